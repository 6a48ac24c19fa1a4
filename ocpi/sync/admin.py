"""Pulls, live; what they left out; bills that did not come; and what was agreed with each partner."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from kombu.exceptions import OperationalError
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from ocpi.core import admin as core
from ocpi.core import clock, confirm
from ocpi.protocol.errors import OcpiError

from . import quarantine, services, tasks
from .models import DEAD, Agreement, MissingBill, Pull, QuarantinedObject
from .modules import MODULES

_NO_FORM: dict[str, Any] = {"form_class": None}
_NAMED: dict[str, Any] = {"form_class": confirm.named("ocpi_sync.Pull", "partner__name")}
_OPEN_BILLS = {
    "LOOKING": ("we are looking for it", Q(closed_at=None, reported_at=None)),
    "REPORTED": ("reported: pulling did not help", Q(closed_at=None, reported_at__isnull=False)),
    "CAME": ("it came", Q(closed_at__isnull=False)),
}


# --- pulls ------------------------------------------------------------------------------------------------------------
def progress(row: Pull) -> tuple[str, str]:
    """A status for the badge: pulls have none of their own."""
    if row.running_since is not None:
        return "RUNNING", "running"
    if row.error:
        return "FAILED", "broke off"
    if row.withheld:
        return "HELD", "not believed"
    return ("DONE", "complete") if row.finished_at else ("WAITING", "not yet")


def standing(row: Pull) -> SafeString:
    """How far a pull is; while it runs or is about to, the browser asks for this part of the page again."""
    known = row.total is not None and row.total >= row.received
    percent = round(100 * row.received / row.total) if known and row.total else None
    waits = row.queued_at is not None or (row.due_at is not None and row.due_at <= clock.now())
    return render_to_string("sync/progress.html", {
        "row": row,
        "url": reverse("admin:ocpi_sync_pull_progress", args=[row.pk]),
        "live": row.running_since is not None or waits,
        "badge": core.badge("pull", *progress(row)),
        "text": _standing_in_words(row),
        "objects": _counted(row) + (f" of {row.total:,}" if known else ""),
        "share": f"{percent} %",
        "percent": percent,
    })  # fmt: skip


def _counted(row: Pull) -> str:
    return f"{row.pages:,} page{'' if row.pages == 1 else 's'}, {row.received:,} objects"


def _standing_in_words(row: Pull) -> str:
    if row.running_since is not None:
        silent = row.beat_at is not None and max(row.beat_at, row.running_since) < clock.now() - DEAD
        what = "everything" if row.complete else f"what changed since {core.moment(row.since)}"
        return "its worker died; another one takes over" if silent else f"{what}, since {core.moment(row.began_at)}"
    if row.stopped_midway:
        return f"broke off after page {row.pages:,}, and goes on there"
    return f"finished {core.moment(row.finished_at)}" if row.finished_at else "has not begun"


@admin.register(Pull)
class PullAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = [
        "name", "state", "finished", "pages", "received", "changed", "skipped", "withheld", "due", "error",
    ]  # fmt: skip
    list_select_related: ClassVar = ["partner"]
    list_filter: ClassVar = [
        "partner",
        core.values("module", "module", MODULES),
        core.choices("outcome", "outcome", {
            "running": ("running", Q(running_since__isnull=False)),
            "failed": ("broke off", ~Q(error="")),
            "skipped": ("left objects out", Q(skipped__gt=0)),
            "held": ("was not believed", Q(withheld__gt=0)),
        }),
    ]  # fmt: skip
    search_fields: ClassVar = ["partner__name__icontains"]
    ordering: ClassVar = ["partner__name", "module"]
    fieldsets: ClassVar = [
        (None, {"fields": [("partner_link", "module"), "standing_now"]}),
        ("The last pull", {"fields": [
            ("running", "finished"), ("received", "changed"), ("skipped", "left_out"), "reasons",
        ]}),
        ("The brake", {"fields": [("withheld", "believe")], "description": (
            "A pull of everything that would take away too much at once takes nothing away, until an operator has "
            "looked: if the objects are really gone, press “Believe it”.")}),
        ("For the next one", {"fields": [("due", "mark"), ("everything", "since_at_latest")]}),
    ]  # fmt: skip
    actions_detail: ClassVar = ["believe_it", "pull_everything"]

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("ocpi_sync.change_pull"))

    def get_urls(self) -> list[Any]:
        own = path("<int:pk>/progress/", self.admin_site.admin_view(self.progress_view), name="ocpi_sync_pull_progress")
        return [own, *super().get_urls()]

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that changes by itself."""
        row = Pull.objects.filter(pk=pk).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return HttpResponse(standing(row))

    @action(
        description="Believe it", icon="verified", permissions=["operate"], url_path="believe",
        variant=ActionVariant.DANGER,
        dialog={**_NAMED, "title": "Are these objects really gone?", "form_submit_text": "Believe it", "description":
            "The next pull of everything begins within a minute, and what is not in the list is no longer offered, "
            "however much that is. What sessions and CDRs refer to stays."},
    )  # fmt: skip
    def believe_it(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_sync.pull"))
        services.believe(row=row)
        self.log_change(request, row, form.told("believed what the list says"))
        self.message_user(request, "The next pull of everything takes away what is not in the list.", messages.SUCCESS)
        return core.go_to(core.page(row))

    @action(
        description="Pull everything", icon="sync", permissions=["operate"], url_path="everything",
        dialog={**_NO_FORM, "title": "Pull everything?", "form_submit_text": "Pull", "description":
            "The whole list is fetched, not only what changed; what it does not bring is no longer offered."},
    )  # fmt: skip
    def pull_everything(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_sync.pull"))
        try:
            tasks.pull.delay(row.partner_id, row.module, full=True)
        except (OperationalError, OSError):
            self.message_user(request, "The broker does not answer: nothing was queued.", messages.ERROR)
        else:
            Pull.objects.filter(pk=row.pk).update(queued_at=clock.now())
            self.log_change(request, row, "pulled everything")
        return core.go_to(core.page(row))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """There is something to believe only where something was withheld."""
        row = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        held = row is not None and row.withheld > 0 and not row.believe
        return [item for item in offered if held or not item.action_name.endswith("believe_it")]

    @display(description="pull", ordering="module")
    def name(self, row: Pull) -> str:
        return str(row)

    @display(description="state", label=core.TONES["pull"])
    def state(self, row: Pull) -> tuple[str, str]:
        return progress(row)

    @display(description="now")
    def standing_now(self, row: Pull) -> SafeString:
        return standing(row)

    partner_link = core.link_column("partner", "partner")
    running = core.time_column("running_since", "running since")
    finished = core.time_column("finished_at", "finished (UTC)")
    mark = core.time_column("high_water", "newest object of the last whole pull")
    due = core.time_column("due_at", "next (UTC)")
    everything = core.time_column("full_at", "last pull of everything")
    since_at_latest = core.time_column("look_back_to", "begins no later than")

    @display(description="why")
    def reasons(self, row: Pull) -> SafeString | str:
        return format_html_join("", "<div>{}</div>", ((problem,) for problem in row.problems)) or core.DASH

    @display(description="objects left out")
    def left_out(self, row: Pull) -> SafeString:
        filters = {"partner__id__exact": row.partner_id, "module": row.module, "state": "OPEN"}
        return core.list_link("ocpi_sync.quarantinedobject", "those that wait for a valid version", **filters)


# --- what was left out ------------------------------------------------------------------------------------------------
@admin.register(QuarantinedObject)
class QuarantinedObjectAdmin(core.ReadOnlyAdmin):
    """Objects that could not be taken over, with the reason, and a button to try again."""

    partner_path = "partner"
    list_display: ClassVar = ["heading", "module", "field_link", "why", "count", "last", "state"]
    list_select_related: ClassVar = ["partner"]
    list_defer = ("sealed", "shown")
    list_filter: ClassVar = [
        core.choices("state", "state", {
            "OPEN": ("waits for a valid version", Q(closed_at=None)), "CLOSED": ("done", Q(closed_at__isnull=False)),
        }),
        "partner",
        core.values("module", "module", MODULES),
        core.recent("last seen", "last_seen"),
        core.pointed("field", "at", lambda name: Q(field=name)),
    ]  # fmt: skip
    search_fields: ClassVar = ["object_id__exact"]
    search_help_text = "the object's id, whole"
    ordering: ClassVar = ["-last_seen", "-pk"]
    fieldsets: ClassVar = [
        (None, {"fields": [("object_name", "state_badge"), ("partner_link", "module"), "reason", "field_link"]}),
        ("When", {"fields": [("first", "last"), "count"]}),
        ("As received, without what identifies a driver", {"fields": ["shown_json"]}),
    ]
    actions: ClassVar = ["replay_selected"]
    actions_detail: ClassVar = ["replay"]

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("ocpi_sync.change_quarantinedobject"))

    @action(
        description="Replay", icon="replay", permissions=["operate"], url_path="replay",
        dialog={**_NO_FORM, "title": "Try this object once more?", "form_submit_text": "Replay", "description":
            "It is read with what we overlook in this partner's messages now, and stored as if it had just come."},
    )  # fmt: skip
    def replay(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_sync.quarantinedobject"))
        if self._replay(request, row):
            self.message_user(request, f"{row} is stored now.", messages.SUCCESS)
        return core.go_to(core.page(row))

    @admin.action(description="Replay the selected objects", permissions=["operate"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[QuarantinedObject]) -> None:
        rows = queryset.filter(closed_at=None).select_related("partner")
        stored = sum(self._replay(request, row, quiet=True) for row in rows)
        self.message_user(request, f"{stored} of {len(rows)} are stored now.", messages.SUCCESS)

    def _replay(self, request: HttpRequest, row: QuarantinedObject, quiet: bool = False) -> bool:
        try:
            stored = quarantine.replay(row=row)
        except OcpiError as error:
            stored, row.reason = False, error.message
        if not stored and not quiet:
            self.message_user(request, f"Still not: {row.reason[:300]}", messages.WARNING)
        self.log_change(request, row, "replayed")
        return stored

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        return offered if row is not None and row.closed_at is None and row.sealed else []

    @display(description="object", header=True, ordering="object_id")
    def heading(self, row: QuarantinedObject) -> list[str]:
        return [row.object_id or "without an id", str(row.partner)]

    @display(description="object")
    def object_name(self, row: QuarantinedObject) -> str:
        return f"{row.country_code}-{row.party_id} · {row.object_id}" if row.object_id else str(row)

    @display(description="field", ordering="field")
    def field_link(self, row: QuarantinedObject) -> SafeString | str:
        return core.list_link("ocpi_sync.quarantinedobject", row.field, at=row.field) if row.field else core.DASH

    @display(description="why")
    def why(self, row: QuarantinedObject) -> str:
        return row.reason[:80]

    @display(description="state", ordering="closed_at", label=core.TONES["quarantine"])
    def state(self, row: QuarantinedObject) -> tuple[str, str]:
        return ("CLOSED", row.get_closed_by_display()) if row.closed_at else ("OPEN", "left out")

    @display(description="state")
    def state_badge(self, row: QuarantinedObject) -> SafeString:
        return core.badge("quarantine", *self.state(row))

    partner_link = core.link_column("partner", "partner")
    first = core.time_column("first_seen", "first seen (UTC)")
    last = core.time_column("last_seen", "last seen (UTC)")

    @display(description="object")
    def shown_json(self, row: QuarantinedObject) -> SafeString | str:
        return core.pretty_body(row.shown)


# --- bills that did not come ------------------------------------------------------------------------------------------
@admin.register(MissingBill)
class MissingBillAdmin(core.ReadOnlyAdmin):
    """Charges that ended and for which no CDR came in the agreed time."""

    partner_path = "partner"
    list_display: ClassVar = ["heading", "ended", "energy", "cost", "tries", "state", "found", "bill"]
    list_select_related: ClassVar = ["session", "partner", "cdr"]
    list_defer = ("session__payload", "cdr__payload", "cdr__report")
    list_filter: ClassVar = [
        core.choices("state", "state", _OPEN_BILLS), "partner", core.recent("found", "found_at"),
    ]  # fmt: skip
    search_fields: ClassVar = ["session__session_id__exact"]
    search_help_text = "session id, whole"
    ordering: ClassVar = ["-found_at", "-pk"]
    sortable_by: ClassVar = ["found"]  # no index for the others
    fieldsets: ClassVar = [
        (None, {"fields": [("session_link", "state_badge"), ("partner_link", "ended"), ("energy", "cost"), "bill"]}),
        ("What we did", {"fields": [("found", "tries"), ("next_try", "reported"), "came"]}),
    ]

    @display(description="session", header=True)
    def heading(self, row: MissingBill) -> list[SafeString | str]:
        return [row.session.session_id, str(row.partner)]

    @display(description="session")
    def session_link(self, row: MissingBill) -> SafeString | str:
        return core.link(row.session, row.session.session_id)

    @display(description="ended (UTC)")
    def ended(self, row: MissingBill) -> str:
        return core.moment(row.session.end_date_time or row.session.last_updated)

    @display(description="energy")
    def energy(self, row: MissingBill) -> str:
        return core.number(row.session.kwh, "kWh", 3)

    @display(description="cost excl. VAT")
    def cost(self, row: MissingBill) -> str:
        return core.money(row.session.total_cost, row.session.currency)

    @display(description="state", label=core.TONES["missing_bill"])
    def state(self, row: MissingBill) -> tuple[str, str]:
        if row.closed_at:
            return "CAME", "came"
        return ("REPORTED", "missing") if row.reported_at else ("LOOKING", "looked for")

    @display(description="state")
    def state_badge(self, row: MissingBill) -> SafeString:
        return core.badge("missing_bill", *self.state(row))

    @display(description="CDR")
    def bill(self, row: MissingBill) -> SafeString | str:
        return core.link(row.cdr)

    partner_link = core.link_column("partner", "partner")
    found = core.time_column("found_at", "missed since (UTC)")
    next_try = core.time_column("next_try_at", "next step (UTC)")
    reported = core.time_column("reported_at", "reported (UTC)")
    came = core.time_column("closed_at", "came (UTC)")


@admin.register(Agreement)
class AgreementAdmin(core.OcpiAdmin):
    """Where a partner differs from the settings; what is empty is as the settings say."""

    list_display: ClassVar = ["partner", "vanish_percent", "bill_hours", "silent_minutes"]
    list_select_related: ClassVar = ["partner"]
    search_fields: ClassVar = ["partner__name__icontains"]
    fields: ClassVar = ["partner", "vanish_percent", "bill_hours", "silent_minutes"]
