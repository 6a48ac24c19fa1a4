"""What is odd about a bill besides its price: each finding has a code, a severity, an amount and a sentence."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.conf import settings

from ocpi.locations.models import Connector
from ocpi.protocol.cdrs import CdrDimensionType
from ocpi.protocol.pricing import Finding
from ocpi.protocol.states import SESSION
from ocpi.tokens.models import Token

from .models import CDR

_KWH = Decimal("0.05")  # meters and rounding differ by less
_HOURS = Decimal(2) / 60
_HEADROOM = Decimal("1.1")  # a connector gives a little more than its nameplate says
_OVERLAP = timedelta(minutes=1)
_REFUSED = {Token.Status.BLOCKED, Token.Status.EXPIRED}


def findings(row: CDR) -> Iterator[Finding]:
    """Everything that can be said without a price. `row` comes with partner, session and token."""
    yield from _about_token(row)
    yield from _about_time(row)
    if row.credit:
        return
    yield from _about_session(row)
    yield from _about_power(row)
    yield from _about_other_charges(row)


def _about_token(row: CDR) -> Iterator[Finding]:
    token = row.token_row
    if token is None:
        yield Finding("unknown_token", "warning", "No token of ours has this uid and type.", row.total_cost)
    elif token.status in _REFUSED and token.last_updated <= row.start_date_time:
        state = Token.Status(token.status).label
        since = f"{token.last_updated:%Y-%m-%d %H:%M} UTC"
        yield Finding(
            "token_refused", "error", f"The token is {state} since {since}, before the charge.", row.total_cost
        )


def _about_time(row: CDR) -> Iterator[Finding]:
    late = row.received_at - row.end_date_time
    if late > timedelta(hours=settings.OCPI_CDR_LATE_HOURS):
        yield Finding("late", "info", f"It came {late.days} days after the end of the charge.")


def _about_session(row: CDR) -> Iterator[Finding]:
    session = row.session_row
    if session is None:
        if row.session_id or not _is_reservation_only(row):
            yield Finding("no_such_session", "warning", "We never heard of its session.", row.total_cost)
        return
    if session.currency != row.currency:
        yield Finding(
            "currency_differs", "error", f"The session was in {session.currency}, the bill is in {row.currency}."
        )
    if SESSION.final(session.status) and abs(session.kwh - row.total_energy) > _KWH:
        sentence = (
            f"It bills {row.total_energy.normalize():f} kWh, the session ended with {session.kwh.normalize():f} kWh."
        )
        yield Finding("energy_differs_from_session", "warning", sentence)
    if session.end_date_time is not None:
        lasted = Decimal((session.end_date_time - session.start_date_time).total_seconds()) / 3600
        if abs(lasted - row.total_time) > _HOURS and not _has(row, CdrDimensionType.RESERVATION_TIME):
            sentence = f"It bills {row.total_time:.2f} h, the session lasted {lasted:.2f} h."
            yield Finding("time_differs_from_session", "warning", sentence)


def _about_power(row: CDR) -> Iterator[Finding]:
    place = row.payload["cdr_location"]
    hours = Decimal((row.end_date_time - row.start_date_time).total_seconds()) / 3600
    owned = Connector.objects.filter(
        evse__location__partner=row.partner_id,
        evse__location__location_id=place["id"],
        evse__uid=place["evse_uid"],
        connector_id=place["connector_id"],
    )
    watts = owned.values_list("power_w", flat=True).first()
    if watts and hours > 0 and row.total_energy / hours > Decimal(watts) / 1000 * _HEADROOM:
        sentence = f"{row.total_energy / hours:.0f} kW on average, but the connector gives {watts / 1000:g} kW at most."
        yield Finding("impossible_power", "error", sentence, row.total_cost)
    elif hours <= 0 and row.total_energy > _KWH:
        yield Finding("no_duration", "error", "It bills energy, but ends when it starts.", row.total_cost)


def _about_other_charges(row: CDR) -> Iterator[Finding]:
    """One card charges one car at a time; the same charge twice is one bill too many."""
    others = CDR.objects.in_force().filter(
        token_uid=row.token_uid,
        token_type=row.token_type,
        contract_id=row.contract_id,
        start_date_time__lt=row.end_date_time - _OVERLAP,
        end_date_time__gt=row.start_date_time + _OVERLAP,
    )
    for other in others.exclude(pk=row.pk).defer("payload", "report")[:5]:
        same = (other.start_date_time, other.evse_id) == (row.start_date_time, row.evse_id)
        code = "duplicate_charge" if same else "overlapping_charge"
        what = "the same charge" if same else "a charge of this token at the same time"
        yield Finding(code, "error" if same else "warning", f"CDR {other.cdr_id} bills {what}.", row.total_cost)


def _is_reservation_only(row: CDR) -> bool:
    types = {d["type"] for period in row.payload["charging_periods"] for d in period["dimensions"]}
    return types == {CdrDimensionType.RESERVATION_TIME.value}


def _has(row: CDR, dimension: str) -> bool:
    return any(d["type"] == dimension for period in row.payload["charging_periods"] for d in period["dimensions"])
