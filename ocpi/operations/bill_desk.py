"""The bills that finance must look at: the queue by money, a bill beside our price, and what can be done about it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from ocpi.cdrs import admin as cdr_admin
from ocpi.cdrs import comparison, reviews
from ocpi.cdrs.models import Review
from ocpi.core import admin as core
from ocpi.protocol.types import ci_key
from ocpi.tariffs.models import Tariff

from .bill_bulk import DID, Bulk
from .bill_exports import REVIEW_COLUMNS
from .bill_files import evidence_of
from .bill_filters import FOUND, AssigneeFilter, CurrencyFilter, FindingFilter, MonthFilter, StateFilter
from .bill_forms import AssignForm, CreditForm, DisputeForm, NoteForm, OptionalNoteForm
from .exports import Exported


@admin.register(Review)
class ReviewDesk(Bulk, Exported, core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = ["bill", "day", "theirs", "ours", "difference", "stake", "found", "state_column", "who"]
    list_select_related: ClassVar = ["cdr", "partner", "assignee"]
    list_defer = ("cdr__payload", "cdr__report")
    list_filter: ClassVar = [
        StateFilter, "partner", MonthFilter, CurrencyFilter, AssigneeFilter, FindingFilter,
    ]  # fmt: skip
    search_fields: ClassVar = ["cdr__cdr_id__exact", "cdr__session_id__exact", "cdr__contract_id__exact"]
    search_help_text = "CDR id, session id or contract, whole"
    ordering: ClassVar = ["-at_stake", "-pk"]
    export_columns, export_defer = REVIEW_COLUMNS, ("cdr__payload", "cdr__report")
    fieldsets: ClassVar = [
        (None, {"fields": [
            ("bill_link", "state_badge"), ("stake", "claim"), ("assignee_link", "decided"), "partner_link", "reason",
            "files",
        ]}),
        ("What we found", {"fields": ["findings", "likely_cause"]}),
        ("Theirs beside ours", {"fields": ["sides"]}),
        ("Our calculation, step by step", {"fields": ["steps"]}),
        ("What belongs to it", {"fields": [
            ("session_link", "tariff_links"), "credits", "token_link", "exchanges_link"]}),
        ("History", {"fields": ["history"]}),
    ]  # fmt: skip
    actions_detail: ClassVar = ["accept", "dispute", "credit", "reopen", "note", "assign", "as_pdf", "as_json"]

    # --- columns ---
    @display(description="bill", header=True)
    def bill(self, row: Review) -> list[str]:
        return [row.cdr.cdr_id, str(row.partner)]

    @display(description="day", ordering="ended_at")
    def day(self, row: Review) -> str:
        return core.moment(row.ended_at)[:10]

    @display(description="they bill")
    def theirs(self, row: Review) -> str:
        return core.money(row.cdr.total_cost, row.currency)

    @display(description="we get")
    def ours(self, row: Review) -> str:
        return core.money(row.cdr.our_cost, row.currency)

    @display(description="difference")
    def difference(self, row: Review) -> str:
        return core.money(row.cdr.difference, row.currency)

    @display(description="at stake", ordering="at_stake")
    def stake(self, row: Review) -> str:
        return core.money(row.at_stake, row.currency)

    @display(description="finding")
    def found(self, row: Review) -> str:
        return FOUND.get(row.finding, row.finding.replace("_", " ")) or core.DASH

    @display(description="state", label=core.TONES["review"])
    def state_column(self, row: Review) -> tuple[str, str]:
        return core.badge_pair("review", row.state)

    @display(description="with")
    def who(self, row: Review) -> str:
        return row.assignee.get_username() if row.assignee else core.DASH

    # --- one bill ---
    @display(description="bill")
    def bill_link(self, row: Review) -> SafeString | str:
        return core.link(row.cdr, f"CDR {row.cdr.cdr_id}")

    @display(description="state")
    def state_badge(self, row: Review) -> SafeString:
        return core.badge("review", row.state)

    @display(description="disputed")
    def claim(self, row: Review) -> str:
        return core.money(row.claimed, row.currency)

    @display(description="assigned to")
    def assignee_link(self, row: Review) -> str:
        return self.who(row)

    @display(description="decided")
    def decided(self, row: Review) -> str:
        if row.decided_at is None:
            return core.DASH
        by = row.decided_by.get_username() if row.decided_by else "the platform"
        return f"{core.moment(row.decided_at)} by {by}"

    partner_link = core.link_column("partner", "partner")

    @display(description="letter and evidence")
    def files(self, row: Review) -> SafeString:
        base = core.page(row).removesuffix("change/")
        texts = (("pdf", "PDF, for people"), ("json", "JSON, for machines"))
        return core.list_links(*(format_html(core.LINK, f"{base}{kind}/", text) for kind, text in texts))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if self.has_export_permission(request):
            return found
        (name, head), *rest = found
        return [(name, {**head, "fields": [each for each in head["fields"] if each != "files"]}), *rest]

    @display(description="findings")
    def findings(self, row: Review) -> SafeString | str:
        return cdr_admin.findings(row.cdr, full=True)

    @display(description="likely cause")
    def likely_cause(self, row: Review) -> str:
        return comparison.cause(row.cdr) or core.DASH

    @display(description="both sides")
    def sides(self, row: Review) -> SafeString | str:
        lines = [*comparison.amounts(row.cdr), *comparison.volumes(row.cdr)]
        heads = ["", "they", "we", "difference", "they, incl. VAT", "we, incl. VAT"]
        return core.table(heads, map(_beside, lines), full=True)

    @display(description="steps")
    def steps(self, row: Review) -> SafeString | str:
        return cdr_admin.breakdown(row.cdr, full=True)

    @display(description="session")
    def session_link(self, row: Review) -> SafeString | str:
        return core.link(row.cdr.session_row, row.cdr.session_id)

    @display(description="tariffs")
    def tariff_links(self, row: Review) -> SafeString | str:
        names = {segment["tariff_id"] for segment in (row.cdr.report or {}).get("segments", [])}
        owned = Tariff.objects.of(row.partner, row.cdr.party).filter(tariff_id__in=map(ci_key, names))
        return core.links(owned) if owned else core.lines(sorted(names))

    @display(description="credit")
    def credits(self, row: Review) -> SafeString | str:
        if row.credit_cdr:
            return format_html("taken back by {}", core.link(row.credit_cdr, row.credit_cdr.cdr_id))
        return cdr_admin.credit_links(row.cdr)

    @display(description="token")
    def token_link(self, row: Review) -> SafeString | str:
        return cdr_admin.token_link(row.cdr)

    @display(description="messages")
    def exchanges_link(self, row: Review) -> SafeString | str:
        if row.cdr.session_row:
            text = "Everything that was exchanged about the charge stands on the page of its session"
            return core.link(row.cdr.session_row, text)
        near = {"started_at__gte": row.cdr.received_at.replace(microsecond=0).isoformat()}
        return core.list_link(
            "ocpi_journal.exchange", "messages about CDRs, from its receipt on", partner__id__exact=row.partner_id,
            module="cdrs", **near,
        )  # fmt: skip

    @display(description="what happened")
    def history(self, row: Review) -> SafeString | str:
        found = row.events.select_related("by")
        return core.table(
            ["when (UTC)", "who", "what", "amount", "note"], (_event(e, row.currency) for e in found), full=True
        )

    # --- what can be done ---
    @action(description="Accept", icon="check_circle", permissions=["decide"], url_path="accept", dialog={
        "title": "Accept this bill?", "form_class": OptionalNoteForm, "form_submit_text": "Accept",
        "description": "It is paid as billed. The partner is told nothing."})  # fmt: skip
    def accept(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, form, reviews.accept)

    @action(description="Dispute", icon="gavel", permissions=["decide"], url_path="dispute",
            variant=ActionVariant.DANGER, dialog={
        "title": "Dispute this bill?", "form_class": DisputeForm, "form_submit_text": "Dispute", "description": (
            "OCPI has no message for it: send them the letter below “letter and evidence”.")})  # fmt: skip
    def dispute(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, form, reviews.dispute)

    @action(description="Credited", icon="undo", permissions=["decide"], url_path="credit", dialog={
        "title": "Was this bill taken back?", "form_class": CreditForm, "form_submit_text": "It was", "description": (
            "A credit CDR does this by itself when it comes. Here for a credit by other means.")})  # fmt: skip
    def credit(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, form, _credit)

    @action(description="Reopen", icon="restart_alt", permissions=["decide"], url_path="reopen", dialog={
        "title": "Open it again?", "form_class": OptionalNoteForm, "form_submit_text": "Reopen",
        "description": "The decision is taken back; the history keeps it."})  # fmt: skip
    def reopen(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, form, reviews.reopen)

    @action(description="Note", icon="edit_note", permissions=["decide"], url_path="note", dialog={
        "title": "A note for colleagues", "form_class": NoteForm, "form_submit_text": "Note",
        "description": "It stays in the history of this bill; the partner does not see it."})  # fmt: skip
    def note(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, form, reviews.add_note)

    @action(
        description="Assign",
        icon="person_add",
        permissions=["decide"],
        url_path="assign",
        dialog={"title": "Who looks at it?", "form_class": AssignForm, "form_submit_text": "Assign", "description": ""},
    )
    def assign(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, form, reviews.assign)

    @action(description="Letter and evidence, PDF", icon="picture_as_pdf", permissions=["export"], url_path="pdf")
    def as_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return evidence_of(request, [core.key(object_id)], "pdf")

    @action(description="Evidence, JSON", icon="data_object", permissions=["export"], url_path="json")
    def as_json(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return evidence_of(request, [core.key(object_id)], "json")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what its state allows; files are links in the page, which a keyboard reaches."""
        row = self.get_object(request, str(object_id))
        can = reviews.possible(row.state) if row else set()
        offered = super().get_actions_detail(request, object_id)
        return [item for item in offered if any(item.action_name.endswith(f"_{name}") for name in can)]

    def _do(
        self, request: HttpRequest, object_id: str, form: OptionalNoteForm, service: Callable[..., list[int]]
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_cdrs.review"))
        try:
            if service([row.pk], by=request.user, **form.given()):
                self.log_change(request, row, form.told(_DID[service]))
            else:
                self.message_user(
                    request, "Somebody else was quicker: this bill is in another state now.", messages.WARNING
                )
        except reviews.ReviewError as error:
            self.message_user(request, f"Nothing was done: {error}.", messages.ERROR)
        return core.go_to(core.page(row))


def _credit(keys: list[int], **given: Any) -> list[int]:
    """One bill at a time: each has a credit of its own."""
    return reviews.credit(keys[0], **given)


_DID = DID | {_credit: "credited"}


def _beside(line: comparison.Line) -> list[Any]:
    places = 3 if line.unit in {"kWh", "h"} else 2
    difference: Any = core.number(line.difference, line.unit, places)
    if line.differs:
        difference = core.badge("severity", "error", difference)
    shown = [core.number(value, line.unit, places) for value in (line.theirs, line.ours)]
    return [
        line.name,
        *shown,
        difference,
        *(core.number(v, line.unit, places) for v in (line.theirs_incl, line.ours_incl)),
    ]


_ACTS = {"open": "put under review", "accept": "accepted", "dispute": "disputed", "credit": "credited", "note": "note",
         "reopen": "reopened", "assign": "assigned", "clear": "cleared", "find": "found again"}  # fmt: skip


def _event(row: Any, currency: str) -> list[Any]:
    note = format_html_join("", "<div>{}</div>", ((line,) for line in row.note.splitlines())) or core.DASH
    by = row.by.get_username() if row.by else "the platform"
    return [core.moment(row.at), by, _ACTS.get(row.act, row.act), core.money(row.amount, currency), note]
