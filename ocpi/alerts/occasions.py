"""What is worth an alert, each once: a light that has held, a command without a result, a bill over an amount."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from ocpi.cdrs.models import CDR
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core import clock, ids, outbox
from ocpi.partners.order_admin import WITHOUT_RESULT
from ocpi.partners.sandboxes import real

from .alert_models import Alert, Delivery, Event, Mark, Recipient
from .models import Colour, Light

# How long a light must have held before anyone is told: what flickers is no news.
_WORSE, _BETTER = timedelta(minutes=2), timedelta(minutes=5)
_RANK = {Colour.GREEN: 0, Colour.OFF: 0, Colour.AMBER: 1, Colour.RED: 2}
_LOOK_BACK = timedelta(hours=24)  # commands that are older are nobody's news any more
_MOST = 500  # of one kind in one round; the next round takes the rest
_SLACK = 200  # a transaction that began early may commit late


def raise_due() -> int:
    """Raise what there is; returns how many alerts are new. Safe to run twice, or in two workers at once."""
    recipients = list(Recipient.objects.filter(active=True).prefetch_related("partners"))
    return len(_lights(recipients)) + len(_commands(recipients)) + len(_bills(recipients))


@transaction.atomic
def test(recipient: Recipient) -> Delivery:
    """An alert for this recipient alone, at once."""
    title = "Test: alerts reach this address"
    alert = Alert.objects.create(
        key=f"test:{ids.new_id()}", event=Event.TEST, title=title, path=core.page(recipient),
        text="Somebody pressed the button “Send a test” in the admin.",
    )  # fmt: skip
    delivery = Delivery.objects.create(alert=alert, recipient=recipient)
    outbox.announce(delivery)
    return delivery


def forget_old(limit: datetime) -> int:
    """Delete alerts raised before `limit`; returns how many rows went."""
    return Alert.objects.filter(at__lt=limit).delete()[0]


# --- lights -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def _lights(recipients: Iterable[Recipient]) -> list[Alert]:
    """Those that are not as they were told last, and have been so for a while."""
    now = clock.now()
    rows = Light.objects.select_for_update(of=("self",)).select_related("partner").order_by("pk")
    due = [row for row in rows if row.colour != row.told and now - row.since >= _hold(row)]
    raised = _raise([_for(_of_light(row), recipients) for row in due if _is_news(row)])
    for row in due:
        Light.objects.filter(pk=row.pk).update(told=row.colour)
    return raised


def _hold(row: Light) -> timedelta:
    return _WORSE if _RANK[Colour(row.colour)] > _RANK[Colour(row.told)] else _BETTER


def _is_news(row: Light) -> bool:
    """Who suspends or unregisters a partner knows it; and that it is green again, once it is back."""
    return row.colour != Colour.OFF and (row.told, row.colour) != (Colour.OFF, Colour.GREEN)


def _of_light(row: Light) -> Alert:
    colour = Colour(row.colour).label
    reasons = [f"- {reason['text']}" for reason in row.reasons]
    return Alert(
        key=f"light:{row.partner_id}:{row.since.isoformat()}", event=Event.LIGHT, partner=row.partner,
        title=f"{row.partner} is {colour}"[:200], text="\n".join(reasons), path=core.page(row.partner),
        data={"before": row.told, "after": row.colour, "reasons": row.reasons},
    )  # fmt: skip


# --- commands ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def _commands(recipients: Iterable[Recipient]) -> list[Alert]:
    since = clock.now() - _LOOK_BACK
    known = Alert.objects.filter(event=Event.COMMAND, at__gte=since - _LOOK_BACK).values_list("key", flat=True)
    rows = Command.objects.filter(real(), WITHOUT_RESULT, created_at__gte=since).select_related("partner")
    found = [_of_command(row) for row in rows.defer("request", "response", "result").order_by("-created_at")[:_MOST]]
    told = set(known)
    return _raise([_for(alert, recipients) for alert in found if alert.key not in told])


def _of_command(row: Command) -> Alert:
    place = f" at {row.evse_uid or row.location_id}" if row.evse_uid or row.location_id else ""
    return Alert(
        key=f"command:{row.pk}", event=Event.COMMAND, partner=row.partner,
        title=f"{row.type}{place} of {row.partner} got no result"[:200], text=row.error, path=core.page(row),
        data={"command": str(row.pk), "type": row.type, "state": row.state},
    )  # fmt: skip


# --- bills ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def _bills(recipients: Iterable[Recipient]) -> list[Alert]:
    """New bills, for each recipient those over its own amount in its own currency."""
    newest = CDR.objects.aggregate(newest=Max("pk"))["newest"] or 0
    mark, _ = Mark.objects.select_for_update().get_or_create(name="bills", defaults={"first": newest, "last": newest})
    fresh = CDR.objects.filter(real(), pk__gt=max(mark.first, mark.last - _SLACK), pk__lte=newest, credit=False)
    wanted: dict[int, tuple[CDR, list[Recipient]]] = {}
    for each in filter(_wants_bills, recipients):
        for row in _over(each, fresh):
            wanted.setdefault(row.pk, (row, []))[1].append(each)
    Mark.objects.filter(pk=mark.pk).update(last=newest)
    return _raise([(_of_bill(row), those) for row, those in wanted.values()])


def _wants_bills(recipient: Recipient) -> bool:
    return Event.BILL in recipient.events and recipient.bill_over is not None


def _over(recipient: Recipient, fresh: Any) -> Iterable[CDR]:
    rows = fresh.filter(currency=recipient.bill_currency, total_cost__gt=recipient.bill_over)
    if chosen := [partner.pk for partner in recipient.partners.all()]:
        rows = rows.filter(partner__in=chosen)
    return list(rows.select_related("partner").defer("payload", "report").order_by("pk")[:_MOST])


def _of_bill(row: CDR) -> Alert:
    cost = core.money(row.total_cost, row.currency)
    return Alert(
        key=f"bill:{row.pk}", event=Event.BILL, partner=row.partner, path=core.page(row),
        title=f"{row.partner} billed {cost} for one charge"[:200],
        text=f"CDR {row.cdr_id}, {core.number(row.total_energy, 'kWh')}, excl. VAT",
        data={"cdr": row.cdr_id, "cost": f"{row.total_cost:f}", "currency": row.currency},
    )  # fmt: skip


# --- all --------------------------------------------------------------------------------------------------------------
def _raise(found: list[tuple[Alert, list[Recipient]]]) -> list[Alert]:
    """Store those that are new, each with an outbox row for its recipients; returns the new ones."""
    keys = [alert.key for alert, _ in found]
    known = set(Alert.objects.filter(key__in=keys).values_list("key", flat=True))
    fresh = [(alert, those) for alert, those in found if alert.key not in known]
    Alert.objects.bulk_create((alert for alert, _ in fresh), ignore_conflicts=True)
    stored = dict(Alert.objects.filter(key__in=keys).values_list("key", "pk"))
    rows = [Delivery(alert_id=stored[alert.key], recipient=each) for alert, those in fresh for each in those]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return [alert for alert, _ in fresh]


def _for(alert: Alert, recipients: Iterable[Recipient]) -> tuple[Alert, list[Recipient]]:
    """The alert, and those who want it."""
    return alert, [each for each in recipients if _wants(each, alert)]


def _wants(recipient: Recipient, alert: Alert) -> bool:
    chosen = {partner.pk for partner in recipient.partners.all()}
    return alert.event in recipient.events and (not chosen or alert.partner_id in chosen)
