"""What a push makes of a session, before anything is stored."""

from datetime import datetime
from typing import Any, NamedTuple

from ocpi.core import parties
from ocpi.partners.models import Partner
from ocpi.protocol import order
from ocpi.protocol import sessions as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.merge import merge
from ocpi.protocol.types import format_datetime

from .models import ChargingPeriod, Session


class Change(NamedTuple):
    """`payload`: without `charging_periods`; `periods`: those of the push; `applied`: whether it gave anything new."""

    payload: dict[str, Any]
    session: wire.Session
    periods: list[dict[str, Any]]
    applied: bool


def merged(row: Session, patch: dict[str, Any], moment: datetime, partner: Partner, tenant: PartyId | None) -> Change:
    """Of a PATCH; notes in the row which fields it gave. Raises InvalidObject, UnknownToken."""
    # Only the new periods are validated: the stored ones were, when they came.
    rest = {key: value for key, value in patch.items() if key != "charging_periods"}
    whole = merge(row.payload, rest) | {"charging_periods": patch.get("charging_periods") or []}
    session = wire.Session.from_wire(whole, partner.tolerance())
    check_token(session, tenant)
    payload = session.to_wire()
    periods = payload.pop("charging_periods", [])
    counting = order.counting(rest, moment, row.field_times)
    row.field_times = order.given(counting, moment, row.field_times)
    applied = not row.newer_than(moment)
    if not applied:
        payload, session = at_latest(row, row.payload | {name: payload[name] for name in counting}, moment)
    return Change(payload, session, periods, applied or bool(counting))


def at_latest(row: Session, payload: dict[str, Any], moment: datetime) -> tuple[dict[str, Any], wire.Session]:
    """What an overtaken push left, under the time of the newest."""
    payload = payload | {"last_updated": format_datetime(max(row.last_updated, moment))}
    return payload, wire.Session.from_wire(payload)


def distinct(row: Session, moment: datetime, payloads: list[dict[str, Any]]) -> list[ChargingPeriod]:
    """The periods of a PATCH, each once, in its order."""
    found = {period.digest: period for period in reversed(ChargingPeriod.build(row, moment, payloads))}
    return list(reversed(found.values()))


def check_token(session: wire.Session, tenant: PartyId | None) -> None:
    """A session of another eMSP's driver is none of ours; one of a card that we do not know may be (SES-20, SES-21)."""
    token = session.cdr_token
    parties.check_driver(PartyId(token.country_code, token.party_id), tenant)
