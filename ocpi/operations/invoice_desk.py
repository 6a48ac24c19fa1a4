"""A partner's invoice list: uploaded, read on trial with columns to be confirmed, and reconciled with our CDRs."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from ocpi.cdrs import invoices
from ocpi.cdrs.invoice_files import DELIMITERS, FIELDS, MOST_BYTES, InvoiceError, Layout, Row, headers
from ocpi.cdrs.models import Invoice, InvoiceLine
from ocpi.core import admin as core
from ocpi.partners.models import Partner

from .exports import Columns, Exported

_ENCODINGS = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows (Western)"), ("utf-16", "UTF-16")]
_RESULTS = [result.value for result in InvoiceLine.Result]


class UploadForm(forms.Form):
    partner = forms.ModelChoiceField(
        queryset=Partner.objects.filter(sandbox=False).order_by("name"), widget=UnfoldAdminSelectWidget
    )
    file = forms.FileField(
        label="CSV file", widget=UnfoldAdminFileFieldWidget, help_text=f"At most {MOST_BYTES // 1024 // 1024} MB."
    )

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > MOST_BYTES:
            raise forms.ValidationError(f"the file has more than {MOST_BYTES // 1024 // 1024} MB")
        return self.cleaned_data["file"]


class LayoutForm(forms.Form):
    """Which column is what."""

    encoding = forms.ChoiceField(choices=_ENCODINGS, widget=UnfoldAdminSelectWidget)
    delimiter = forms.ChoiceField(choices=list(DELIMITERS.items()), widget=UnfoldAdminSelectWidget)
    decimal = forms.ChoiceField(
        label="decimal mark", choices=[(".", "point"), (",", "comma")], widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, heads: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [("", "not in the file"), *((str(n), f"{n + 1}: {head}") for n, head in enumerate(heads))]
        for name, text in FIELDS.items():
            self.fields[name] = forms.ChoiceField(
                label=text, choices=options, required=False, widget=UnfoldAdminSelectWidget
            )

    @property
    def layout(self) -> Layout:
        given = self.cleaned_data
        columns = {name: int(given[name]) for name in FIELDS if given.get(name)}
        return Layout(given["encoding"], given["delimiter"], given["decimal"], columns)


@admin.register(Invoice)
class InvoiceDesk(core.ReadOnlyAdmin):
    list_display: ClassVar = ["name", "partner", "uploaded", "by", "state_column"]
    list_select_related: ClassVar = ["partner", "uploaded_by"]
    list_defer = ("content",)
    list_filter: ClassVar = ["partner", core.states("invoice", "state")]
    search_fields: ClassVar = ["name"]
    actions_list: ClassVar = ["import_list"]
    fieldsets: ClassVar = [
        (
            None,
            {"fields": [("name", "state_badge"), ("partner_link", "uploaded"), ("span", "by"), "results", "read_as"]},
        ),
        ("The file", {"fields": ["digest"], "classes": ["collapse"]}),
    ]

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("ocpi_cdrs.add_invoice"))

    uploaded = core.time_column("uploaded_at", "uploaded (UTC)")
    partner_link = core.link_column("partner", "partner")

    @display(description="uploaded by")
    def by(self, row: Invoice) -> str:
        return row.uploaded_by.get_username() if row.uploaded_by else core.DASH

    @display(description="state", label=core.TONES["invoice"])
    def state_column(self, row: Invoice) -> tuple[str, str]:
        return core.badge_pair("invoice", row.state)

    @display(description="state")
    def state_badge(self, row: Invoice) -> SafeString:
        badge = core.badge("invoice", row.state)
        if row.state == Invoice.State.DONE:
            return badge
        return format_html('{} <a class="text-link" href="{}">confirm its columns</a>', badge, _trial(row))

    @display(description="charges from")
    def span(self, row: Invoice) -> str:
        return f"{core.moment(row.first_start)} to {core.moment(row.last_start)}"

    @display(description="reconciliation")
    def results(self, row: Invoice) -> SafeString | str:
        found = invoices.counts(row)
        lines = [
            [core.badge("invoice_line", result), f"{found[result]:,}",
             core.list_link("ocpi_cdrs.invoiceline", "show", of=row.pk, result=result)]
            for result in _RESULTS if result in found
        ]  # fmt: skip
        return core.table(["", "lines", ""], lines)

    @display(description="read as")
    def read_as(self, row: Invoice) -> str:
        layout = invoices.layout_of(row)
        columns = core.lines(f"{FIELDS[name]}: column {n + 1}" for name, n in layout.columns.items())
        return f"{layout.encoding}, {DELIMITERS[layout.delimiter]}, decimal {layout.decimal}; {columns}"

    @action(description="Import a partner's list", icon="upload_file", permissions=["import"], url_path="import")
    def import_list(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                invoice, created = invoices.receive(
                    partner=form.cleaned_data["partner"], name=file.name, content=file.read(), by=request.user
                )
            except InvoiceError as error:
                form.add_error("file", str(error))
            else:
                if created:
                    self.log_addition(request, invoice, f"imported for {invoice.partner}")
                else:
                    messages.warning(request, "This very file is here already.")
                return redirect(_trial(invoice) if invoice.state == Invoice.State.DRAFT else core.page(invoice))
        return self._page(request, "operations/invoice_upload.html", title="Import a partner's list", form=form)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.trial_view)
        return [path("<int:pk>/trial/", view, name="ocpi_cdrs_invoice_trial"), *super().get_urls()]

    def trial_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How the file would be read; POST with `confirmed` reconciles it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        invoice = Invoice.objects.select_related("partner").filter(pk=pk).first()
        if invoice is None:
            raise Http404
        if invoice.state == Invoice.State.DONE:
            return redirect(core.page(invoice))
        layout = invoices.layout_of(invoice)
        heads = headers(bytes(invoice.content), self._asked(request, layout))
        form = LayoutForm(request.POST or None, heads=heads, initial=_initial(layout))
        layout = form.layout if form.is_bound and form.is_valid() else layout
        try:
            if "confirmed" in request.POST and form.is_valid() and invoices.reconcile(invoice, layout):
                self.log_change(request, invoice, "reconciled")
                return redirect(core.page(invoice))
            good, bad, count = invoices.preview(invoice, layout)
        except InvoiceError as error:
            form.add_error(None, str(error)) if form.is_bound else messages.error(request, str(error))
            good, bad, count = [], [], 0
        shown = core.table(["line", *FIELDS.values()], map(_shown, good), full=True)
        problems = core.table(["line", "why"], ([row.number, row.problem] for row in bad), full=True) if bad else ""
        return self._page(
            request, "operations/invoice_trial.html", title=f"{invoice.name} of {invoice.partner}", form=form,
            shown=shown, problems=problems, count=count, bad=len(bad),
        )  # fmt: skip

    @staticmethod
    def _asked(request: HttpRequest, layout: Layout) -> Layout:
        """Headers depend on how the text is split."""
        encoding, delimiter = request.POST.get("encoding"), request.POST.get("delimiter")
        encoding = encoding if encoding in dict(_ENCODINGS) else layout.encoding
        return Layout(encoding, delimiter if delimiter in DELIMITERS else layout.delimiter, layout.decimal, {})

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request, template, self.admin_site.each_context(request) | {"opts": self.opts} | context
        )


def _trial(invoice: Invoice) -> str:
    return reverse("admin:ocpi_cdrs_invoice_trial", args=[invoice.pk])


def _initial(layout: Layout) -> dict[str, str]:
    columns = {name: str(position) for name, position in layout.columns.items()}
    return {"encoding": layout.encoding, "delimiter": layout.delimiter, "decimal": layout.decimal, **columns}


def _shown(row: Row) -> list[Any]:
    values = (row.values.get(name) for name in FIELDS)
    return [
        row.number,
        *(core.moment(v) if hasattr(v, "year") else core.DASH if v in (None, "") else f"{v}" for v in values),
    ]


LINE_COLUMNS: Columns = [
    ("result", lambda row: row.get_result_display()),
    ("line", lambda row: row.number),
    ("cdr_id", lambda row: row.cdr_ref),
    ("session_id", lambda row: row.session_ref),
    ("start", lambda row: row.start),
    ("kwh", lambda row: row.kwh),
    ("total_excl_vat", lambda row: row.excl_vat),
    ("total_incl_vat", lambda row: row.incl_vat),
    ("currency", lambda row: row.currency),
    ("difference", lambda row: row.difference),
    ("note", lambda row: row.note),
]


@admin.register(InvoiceLine)
class InvoiceLineDesk(Exported, core.ReadOnlyAdmin):
    list_display: ClassVar = ["where", "bill", "started", "energy", "cost", "result_column", "delta", "note"]
    list_select_related: ClassVar = ["invoice", "cdr"]
    list_defer = ("invoice__content", "cdr__payload", "cdr__report")
    list_filter: ClassVar = [
        core.states("invoice_line", "result"),
        core.pointed("invoice", "of", lambda pk: Q(invoice=core.key(pk))),
    ]
    search_fields: ClassVar = ["cdr_ref__exact", "session_ref__exact"]
    ordering: ClassVar = ["pk"]
    export_columns, export_defer = LINE_COLUMNS, ("cdr__payload", "cdr__report", "invoice__content")
    fieldsets: ClassVar = [
        (None, {"fields": [("where", "invoice_link"), ("bill", "session_ref"), ("started", "energy"),
                           ("cost", "cost_incl"), ("result_badge", "delta"), "note"]}),
    ]  # fmt: skip

    started = core.time_column("start", "start (UTC)")

    @display(description="line")
    def where(self, row: InvoiceLine) -> str:
        return str(row.number) if row.number else "none"

    @display(description="invoice")
    def invoice_link(self, row: InvoiceLine) -> SafeString | str:
        return core.link(row.invoice)

    @display(description="energy")
    def energy(self, row: InvoiceLine) -> str:
        return core.number(row.kwh, "kWh", 3)

    @display(description="excl. VAT")
    def cost(self, row: InvoiceLine) -> str:
        return core.money(row.excl_vat, row.currency)

    @display(description="incl. VAT")
    def cost_incl(self, row: InvoiceLine) -> str:
        return core.money(row.incl_vat, row.currency)

    @display(description="result", label=core.TONES["invoice_line"])
    def result_column(self, row: InvoiceLine) -> tuple[str, str]:
        return core.badge_pair("invoice_line", row.result)

    @display(description="result")
    def result_badge(self, row: InvoiceLine) -> SafeString:
        return core.badge("invoice_line", row.result)

    @display(description="more than the CDR")
    def delta(self, row: InvoiceLine) -> str:
        return core.money(row.difference, row.currency)

    @display(description="CDR")
    def bill(self, row: InvoiceLine) -> SafeString | str:
        named = row.cdr_ref or row.session_ref
        return core.link(row.cdr, named or row.cdr.cdr_id) if row.cdr else named or core.DASH
