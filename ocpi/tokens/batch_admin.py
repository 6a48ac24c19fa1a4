"""Bulk changes in the admin: a list is uploaded, its columns confirmed, every line judged, and only then written."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from ocpi.core import admin as core
from ocpi.core import parties
from ocpi.core.sheets import DELIMITERS, ENCODINGS, SheetError
from ocpi.protocol.headers import PartyId

from . import batches
from .batch_files import FIELDS, MOST_BYTES, Layout, Line, headers
from .models import TokenBatch, TokenBatchRow

State, Result = TokenBatch.State, TokenBatchRow.Result
_SHOWN = 50
_NO_FORM: dict[str, Any] = {"form_class": None}


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV or XLSX file", widget=UnfoldAdminFileFieldWidget,
        help_text=f"At most {MOST_BYTES // 1024 // 1024} MB; of a workbook the first sheet.",
    )  # fmt: skip
    party = forms.ChoiceField(label="whose tokens", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ours = [f"{each.country_code}-{each.party_id}" for each in parties.ours()]
        if len(ours) > 1:
            self.fields["party"].choices = [(name, name) for name in ours]
        else:
            del self.fields["party"]

    @property
    def chosen_party(self) -> PartyId | None:
        chosen = self.cleaned_data.get("party")
        return PartyId(*chosen.split("-", 1)) if chosen else None

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > MOST_BYTES:
            raise forms.ValidationError(f"the file has more than {MOST_BYTES // 1024 // 1024} MB")
        return self.cleaned_data["file"]


class ColumnsForm(forms.Form):
    """Which column is what. A sheet needs no encoding and no delimiter."""

    encoding = forms.ChoiceField(choices=list(ENCODINGS.items()), widget=UnfoldAdminSelectWidget)
    delimiter = forms.ChoiceField(choices=list(DELIMITERS.items()), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, heads: list[str], layout: Layout, **kwargs: Any) -> None:
        columns = {name: str(position) for name, position in layout.columns.items()}
        first = {"encoding": layout.encoding, "delimiter": layout.delimiter, **columns}
        super().__init__(*args, initial=first, **kwargs)
        if not layout.encoding:
            del self.fields["encoding"], self.fields["delimiter"]
        options = [("", "not in the file"), *((str(n), f"{n + 1}: {head}") for n, head in enumerate(heads))]
        for name, text in FIELDS.items():
            self.fields[name] = forms.ChoiceField(
                label=text, choices=options, required=False, widget=UnfoldAdminSelectWidget
            )

    @property
    def layout(self) -> Layout:
        given = self.cleaned_data
        columns = {name: int(given[name]) for name in FIELDS if given.get(name)}
        return Layout(given.get("encoding", ""), given.get("delimiter", ""), columns)


@admin.register(TokenBatch)
class TokenBatchAdmin(core.ReadOnlyAdmin):
    list_display: ClassVar = ["name", "kind", "state_column", "total", "written", "by", "begun"]
    list_select_related: ClassVar = ["created_by"]
    list_defer = ("content",)
    list_filter: ClassVar = [
        core.choices("kind", "kind", {k.value: (k.label, Q(kind=k)) for k in TokenBatch.Kind}),
        core.states("token_batch", "state"),
    ]
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["-pk"]
    actions_list: ClassVar = ["import_tokens"]
    actions_detail: ClassVar = ["write", "columns", "discard"]
    fieldsets: ClassVar = [(None, {"fields": [("kind", "begun"), ("by", "finished"), "standing"]})]

    begun = core.time_column("created_at", "begun (UTC)")
    finished = core.time_column("finished_at", "finished (UTC)")

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may enter and change tokens one by one."""
        return bool(request.user.has_perms(["ocpi_tokens.add_token", "ocpi_tokens.change_token"]))

    @display(description="by")
    def by(self, row: TokenBatch) -> str:
        return row.created_by.get_username() if row.created_by else core.DASH

    @display(description="state", label=core.TONES["token_batch"])
    def state_column(self, row: TokenBatch) -> tuple[str, str]:
        return core.badge_pair("token_batch", row.state)

    @display(description="so far")
    def standing(self, row: TokenBatch) -> SafeString:
        return standing(row)

    # --- pages ---
    @action(description="Import tokens", icon="upload_file", permissions=["import"], url_path="import")
    def import_tokens(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                batch = batches.receive(name=file.name, content=file.read(), by=request.user, party=form.chosen_party)
            except SheetError as error:
                form.add_error("file", str(error))
            else:
                self.log_change(request, batch, "uploaded")
                return redirect("admin:ocpi_tokens_tokenbatch_columns_of", batch.pk)
        return self._page(request, "ocpi_tokens/import.html", title="Import tokens", form=form)

    def get_urls(self) -> list[Any]:
        own = [
            path("<int:pk>/columns-of/", self.admin_site.admin_view(self.columns_view),
                 name="ocpi_tokens_tokenbatch_columns_of"),
            path("<int:pk>/live/", self.admin_site.admin_view(self.live_view), name="ocpi_tokens_tokenbatch_live"),
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def columns_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How the file would be read; POST with `confirmed` lets a worker read all of it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        batch = TokenBatch.objects.filter(pk=pk).first()
        if batch is None:
            raise Http404
        if batch.state not in TokenBatch.UNCONFIRMED:
            return redirect(core.page(batch))
        form, layout = _columns_form(request, batch)
        try:
            if "confirmed" in request.POST and form.is_valid() and batches.check_later(batch, layout):
                return redirect(core.page(batch))
            shown = batches.sample(batch, layout)
        except SheetError as error:
            form.add_error(None, str(error)) if form.is_bound else messages.error(request, str(error))
            shown = []
        heads = [FIELDS[name] for name in _names(layout)]
        table = core.table(["line", *heads, "problem"], (_shown(line, layout) for line in shown), full=True)
        return self._page(request, "ocpi_tokens/columns.html", title=batch.name, form=form, shown=table)

    def live_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that changes by itself; at its end the whole page is loaded anew, with its buttons."""
        row = TokenBatch.objects.defer("content").filter(pk=pk).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        over = {} if row.state in TokenBatch.WORKING else {"HX-Refresh": "true"}
        return HttpResponse(standing(row), headers=over)

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request, template, self.admin_site.each_context(request) | {"opts": self.opts} | context
        )  # fmt: skip

    # --- what can be done ---
    @action(
        description="Write them", icon="check_circle", permissions=["import"], url_path="write",
        dialog={**_NO_FORM, "title": "Write the new and the changed tokens?", "form_submit_text": "Write them",
                "description": "Every partner is told. Lines that cannot be taken are left out."},
    )  # fmt: skip
    def write(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        batch = self.get_object(request, object_id)
        if batch is not None and batches.confirm(batch):
            self.log_change(request, batch, "confirmed")
        return core.go_to(core.page(batch) if batch else core.list_page("ocpi_tokens.tokenbatch"))

    @action(description="Other columns", icon="view_column", permissions=["import"], url_path="columns")
    def columns(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:ocpi_tokens_tokenbatch_columns_of", object_id)

    @action(
        description="Discard", icon="delete", permissions=["import"], url_path="discard", variant=ActionVariant.DANGER,
        dialog={**_NO_FORM, "title": "Discard this import?", "form_submit_text": "Discard it", "description": (
            "The file and what was read of it are deleted. No token changes.")},
    )  # fmt: skip
    def discard(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        batch = self.get_object(request, object_id)
        if batch is not None and batches.discard(batch):
            self.log_change(request, batch, "discarded")
            self.message_user(request, f"{batch.name} is discarded.", messages.SUCCESS)
        return core.go_to(core.list_page("ocpi_tokens.tokenbatch"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what its state allows."""
        row = self.get_object(request, str(object_id))
        possible = {State.DRAFT: {"columns", "discard"}, State.FAILED: {"columns", "discard"},
                    State.CHECKED: {"write", "columns", "discard"}}.get(row.state if row else "", set())  # fmt: skip
        offered = super().get_actions_detail(request, object_id)
        return [item for item in offered if item.action_name.removeprefix("ocpi_tokens_tokenbatch_") in possible]


def _columns_form(request: HttpRequest, batch: TokenBatch) -> tuple[ColumnsForm, Layout]:
    """Headers depend on how the text is split."""
    layout = batches.layout_of(batch)
    encoding, delimiter = request.POST.get("encoding", ""), request.POST.get("delimiter", "")
    if layout.encoding:
        encoding = encoding if encoding in ENCODINGS else layout.encoding
        layout = Layout(encoding, delimiter if delimiter in DELIMITERS else layout.delimiter, layout.columns)
    form = ColumnsForm(request.POST or None, heads=headers(bytes(batch.content), layout), layout=layout)
    return form, form.layout if form.is_bound and form.is_valid() else layout


def _names(layout: Layout) -> list[str]:
    return [name for name in FIELDS if name in layout.columns]


def _shown(line: Line, layout: Layout) -> list[Any]:
    values = (line.values.get(name) or core.DASH for name in _names(layout))
    return [line.number, *values, line.problem or core.DASH]


def standing(row: TokenBatch) -> SafeString:
    """How far it is, and what becomes of its lines."""
    live = row.state in TokenBatch.WORKING
    bad = row.rows.filter(result=Result.BAD)[:_SHOWN]
    changed = row.rows.filter(result=Result.CHANGED)[:_SHOWN] if row.state == State.CHECKED else []
    to_write = sum(row.counts.get(result, 0) for result in TokenBatchRow.TO_WRITE)
    return render_to_string("ocpi_tokens/batch.html", {
        "row": row, "live": live, "url": reverse("admin:ocpi_tokens_tokenbatch_live", args=[row.pk]),
        "badge": core.badge("token_batch", row.state),
        "percent": 100 * row.written // to_write if row.state == State.RUNNING and to_write else None,
        "share": f"{row.written:,} of {to_write:,}",
        "counts": core.table(["", "lines", ""], [_count(row, result) for result in Result if row.counts.get(result)]),
        "bad": core.table(["line", "UID", "why"], ([r.number, r.uid, r.note] for r in bad), full=True) if bad else "",
        "changed": core.table(["line", "token", "what changes"], map(_changes, changed), full=True) if changed else "",
        "shown": _SHOWN,
    })  # fmt: skip


def _count(row: TokenBatch, result: Result) -> list[Any]:
    kept = row.state in {State.CHECKED, State.CHECKING} or result == Result.BAD
    link = core.list_link("ocpi_tokens.tokenbatchrow", "show", batch=row.pk, result=result.value) if kept else ""
    return [core.badge("batch_row", result.value), f"{row.counts[result]:,}", link]


def _changes(row: TokenBatchRow) -> list[Any]:
    found = ((FIELDS.get(name, name), old or core.DASH, new) for name, (old, new) in row.changes.items())
    return [row.number, f"{row.type} {row.uid}", format_html_join("", "<div>{}: {} → {}</div>", found)]


@admin.register(TokenBatchRow)
class TokenBatchRowAdmin(core.ReadOnlyAdmin):
    list_display: ClassVar = ["number", "result_column", "name", "what", "note"]
    list_filter: ClassVar = [
        core.states("batch_row", "result"),
        core.pointed("bulk change", "batch", lambda pk: Q(batch=core.key(pk))),
    ]
    search_fields: ClassVar = ["uid__exact"]
    search_help_text = "UID as in the file, whole"
    ordering: ClassVar = ["batch", "result", "number"]
    sortable_by = ()  # the index has this order
    fieldsets: ClassVar = [(None, {"fields": [("number", "result_badge"), ("name", "batch_link"), "what", "note"]})]

    batch_link = core.link_column("batch", "bulk change")

    @display(description="token")
    def name(self, row: TokenBatchRow) -> str:
        return f"{row.type} {row.uid}" if row.uid else core.DASH

    @display(description="result", label=core.TONES["batch_row"])
    def result_column(self, row: TokenBatchRow) -> tuple[str, str]:
        return core.badge_pair("batch_row", row.result)

    @display(description="result")
    def result_badge(self, row: TokenBatchRow) -> SafeString:
        return core.badge("batch_row", row.result)

    @display(description="what it sets")
    def what(self, row: TokenBatchRow) -> SafeString | str:
        found = ((FIELDS.get(name, name), value) for name, value in row.values.items())
        return format_html_join(", ", "{}: {}", found) or core.DASH
