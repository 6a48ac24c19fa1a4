"""What is odd about a bill besides its price: each finding has a code, a severity, an amount and a sentence."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q

from ocpi.locations.models import Connector
from ocpi.protocol.cdrs import CdrDimensionType
from ocpi.protocol.headers import PartyId
from ocpi.protocol.pricing import Finding
from ocpi.protocol.pricing.stretches import is_known
from ocpi.protocol.states import SESSION
from ocpi.protocol.tokens import AllowedType
from ocpi.protocol.types import parse_datetime
from ocpi.sessions.models import Session
from ocpi.tokens.models import Authorization, Token

from .models import CDR

_KWH = Decimal("0.05")  # meters and rounding differ by less
_HOURS = Decimal(2) / 60
_HEADROOM = Decimal("1.1")  # a connector gives a little more than its nameplate says
_OVERLAP = timedelta(minutes=1)
_REFUSED = {Token.Status.BLOCKED, Token.Status.EXPIRED}
_ZERO = timedelta(0)
_ASKED_BEFORE, _CLOCKS_APART = timedelta(hours=1), timedelta(minutes=1)


def findings(row: CDR) -> Iterator[Finding]:
    """Everything that can be said without a price. `row` comes with partner, session and token."""
    yield from _about_token(row)
    yield from _about_time(row)
    if row.credit:
        yield from _about_other_credits(row)
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
    elif (said := _our_answer(row)) and said.allowed != AllowedType.ALLOWED:
        sentence = f"We said {said.allowed} when we were asked on {said.decided_at:%Y-%m-%d %H:%M} UTC."
        yield Finding("token_refused", "error", sentence, row.total_cost)


def _our_answer(row: CDR) -> Authorization | None:
    """What we last said of this token to this partner for this place, shortly before the charge."""
    began, place = row.start_date_time, row.payload["cdr_location"]["id"]
    if not is_known(began):
        return None
    asked = Authorization.objects.filter(token=row.token_row_id, partner=row.partner_id, location_id__in=["", place])
    recent = asked.filter(decided_at__gt=began - _ASKED_BEFORE, decided_at__lte=began + _CLOCKS_APART)
    return recent.order_by("-decided_at", "-pk").first()


def _about_time(row: CDR) -> Iterator[Finding]:
    late = row.received_at - row.end_date_time
    if is_known(row.end_date_time) and late > timedelta(hours=settings.OCPI_CDR_LATE_HOURS):
        after = f"{late.days} days" if late.days > 1 else f"{late // timedelta(hours=1)} hours"
        yield Finding("late", "info", f"It came {after} after the end of the charge.", row.total_cost)


def _about_other_credits(row: CDR) -> Iterator[Finding]:
    """What is taken back can be taken back once."""
    owned = CDR.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    same = owned.filter(credit=True, credit_reference_id=row.credit_reference_id, pk__lt=row.pk)
    if other := same.defer("payload", "report").first():
        sentence = f"CDR {row.credit_reference_id} was taken back by {other.cdr_id} already."
        yield Finding("credited_twice", "error", sentence, row.total_cost)


def _about_session(row: CDR) -> Iterator[Finding]:
    session = row.session_row
    if session is None:
        if row.session_id or not _is_reservation_only(row):
            yield Finding("no_such_session", "warning", "We never heard of its session.", row.total_cost)
        return
    if session.currency != row.currency:
        sentence = f"The session was in {session.currency}, the bill is in {row.currency}."
        yield Finding("currency_differs", "error", sentence, row.total_cost)
    yield from _about_energy(row, session)
    yield from _about_duration(row, session)


def _about_energy(row: CDR, session: Session) -> Iterator[Finding]:
    excess = row.total_energy - session.kwh
    if SESSION.final(session.status) and abs(excess) > _KWH:
        sentence = (
            f"It bills {row.total_energy.normalize():f} kWh, the session ended with {session.kwh.normalize():f} kWh."
        )
        cost = _part(row, "total_energy_cost")
        yield Finding("energy_differs_from_session", "warning", sentence, _share(cost, excess, row.total_energy))


def _about_duration(row: CDR, session: Session) -> Iterator[Finding]:
    if session.end_date_time is None or _has(row, CdrDimensionType.RESERVATION_TIME):
        return
    lasted = Decimal((session.end_date_time - session.start_date_time).total_seconds()) / 3600
    excess = row.total_time - lasted
    if abs(excess) > _HOURS:
        sentence = f"It bills {row.total_time:.2f} h, the session lasted {lasted:.2f} h."
        cost = _part(row, "total_time_cost", "total_parking_cost")
        yield Finding("time_differs_from_session", "warning", sentence, _share(cost, excess, row.total_time))


def _part(row: CDR, *names: str) -> Decimal:
    """What the CPO bills for this; the whole bill where it does not say."""
    found = [row.payload[name]["excl_vat"] for name in names if row.payload.get(name)]
    return sum((Decimal(str(amount)) for amount in found), Decimal(0)) if found else row.total_cost


def _share(cost: Decimal, excess: Decimal, billed: Decimal) -> Decimal:
    """What is too much of a cost; less than nothing where too little was billed."""
    return cost * excess / billed if billed > abs(excess) else cost


def _about_power(row: CDR) -> Iterator[Finding]:
    place, hours = row.payload["cdr_location"], _hours_of_energy(row)
    owned = Connector.objects.filter(
        evse__location__partner=row.partner_id,
        evse__location__country_code=row.country_code,
        evse__location__party_id=row.party_id,
        evse__location__location_id=place["id"],
        evse__uid=place["evse_uid"],
        connector_id=place["connector_id"],
    )
    watts = owned.values_list("power_w", flat=True).first()
    if watts and hours > 0 and row.total_energy / hours > Decimal(watts) / 1000 * _HEADROOM:
        sentence = f"{row.total_energy / hours:.0f} kW on average, but the connector gives {watts / 1000:g} kW at most."
        yield Finding("impossible_power", "error", sentence, row.total_cost)
    elif hours <= 0 and row.total_energy > _KWH:
        yield Finding("no_duration", "error", "It bills energy, but took no time.", row.total_cost)


def _hours_of_energy(row: CDR) -> Decimal:
    """How long the periods with energy lasted: hours of parking must not hide how fast the charge was."""
    periods = sorted((parse_datetime(p["start_date_time"]), _lists_energy(p)) for p in row.payload["charging_periods"])
    ends = [start for start, _ in periods[1:]] + [row.end_date_time]
    lasted = sum(
        (max(end - start, _ZERO) for (start, charged), end in zip(periods, ends, strict=True) if charged), _ZERO
    )
    return Decimal((lasted or row.end_date_time - row.start_date_time).total_seconds()) / 3600


def _lists_energy(period: dict[str, Any]) -> bool:
    return any(d["type"] == CdrDimensionType.ENERGY and d["volume"] > 0 for d in period["dimensions"])


def _about_other_charges(row: CDR) -> Iterator[Finding]:
    """One card charges one car at a time; the same charge twice is one bill too many: the one that came later."""
    same_charge = Q(start_date_time=row.start_date_time, evse_id=row.evse_id)
    if row.session_id:
        owner = {"partner": row.partner, "country_code": row.country_code, "party_id": row.party_id}
        same_charge |= Q(session_id=row.session_id, **owner)
    if is_known(row.start_date_time) and is_known(row.end_date_time):
        begins, ends = row.start_date_time + _OVERLAP, row.end_date_time - _OVERLAP
        same_charge |= Q(start_date_time__lt=ends, end_date_time__gt=begins)
    others = CDR.objects.in_force().filter(
        same_charge, token_uid=row.token_uid, token_type=row.token_type, pk__lt=row.pk
    )
    for other in others.defer("payload", "report")[:5]:
        same = _is_same_charge(row, other)
        code = "duplicate_charge" if same else "overlapping_charge"
        what = "the same charge" if same else "a charge of this token at the same time"
        yield Finding(code, "error" if same else "warning", f"CDR {other.cdr_id} bills {what}.", row.total_cost)


def _is_same_charge(row: CDR, other: CDR) -> bool:
    if (other.start_date_time, other.evse_id) == (row.start_date_time, row.evse_id):
        return True
    sessions = [(one.partner_id, one.country_code, one.party_id, one.session_id) for one in (row, other)]
    return bool(row.session_id) and sessions[0] == sessions[1]


def _is_reservation_only(row: CDR) -> bool:
    types = {d["type"] for period in row.payload["charging_periods"] for d in period["dimensions"]}
    return types == {CdrDimensionType.RESERVATION_TIME.value}


def _has(row: CDR, dimension: str) -> bool:
    return any(d["type"] == dimension for period in row.payload["charging_periods"] for d in period["dimensions"])
