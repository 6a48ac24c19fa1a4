"""The flood: PATCHes of a location, an EVSE or a connector, stored without a lock in two statements (`ocpi.core.rows`).

The row is read, the patch is laid over it, and one statement writes it and carries its time up, if nobody wrote the row
meanwhile. A status is what comes most. For everything else (what is not known, was overtaken, or names its own parts)
the answer is None, and nothing has happened.
"""

from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import models

from ocpi.core import clock, rows
from ocpi.core.rows import Key, Then
from ocpi.core.tables import blank
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, Stored
from ocpi.protocol import locations as wire
from ocpi.protocol import order
from ocpi.protocol.headers import PartyId
from ocpi.protocol.merge import merge
from ocpi.protocol.types import format_datetime

from . import parts
from .models import EVSE, Connector, Location

M = TypeVar("M", bound=models.Model)
_KEPT = {"id", *OWNER_KEY, "location_id", "received_at"}  # by a PATCH of a location
# An EVSE needs one to be whole; those that it has were read and checked when they came.
_A_CONNECTOR = {
    "id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_1_PHASE", "max_voltage": 230,
    "max_amperage": 16, "last_updated": "2026-01-01T00:00:00Z",
}  # fmt: skip


def place(partner: Partner, party: PartyId, location_id: str) -> Key:
    return Key(Location, **_owner(partner, party), location_id=location_id)


def patch(partner: Partner, party: PartyId, location_id: str, patch: dict[str, Any], moment: datetime) -> Stored | None:
    if patch.get("evses") is not None:
        return None
    with rows.turn():
        row = rows.find(Location, **_owner(partner, party), location_id=location_id)
        if row is None or moment < row.replaced_at or row.newer_than(moment):
            return None
        location = wire.Location.from_wire(merge(row.payload, patch), partner.tolerance())
        payload = location.to_wire() | {"last_updated": format_datetime(moment)}
        payload.pop("evses", None)
        row.field_times = order.given(order.counting(patch, moment, row.field_times), moment, row.field_times)
        row.fill(payload, location)
        row.last_updated = moment
        written = [field.name for field in Location._meta.concrete_fields if field.name not in _KEPT]
        return Stored(created=False) if rows.rewrite(row, written) else None


def patch_evse(key: Key, uid: str, patch: dict[str, Any], moment: datetime, partner: Partner) -> Stored | None:
    """`key`: of its location."""
    if patch.get("connectors") is not None:
        return None
    with rows.turn():
        row = rows.find(EVSE, location=key, uid=uid, hidden_at=None)
        if row is None or moment < row.since:
            return None
        whole = merge(row.payload, patch) | {"connectors": [_A_CONNECTOR]}
        evse = wire.EVSE.from_wire(whole, partner.tolerance())
        build = partial(EVSE.build, _only(Location, row.location_id), row.position)
        new = parts.changed(build, row, patch, evse.to_wire(), moment)
        above = Key(Location, id=row.location_id)
        then = [_carry(above, moment, changed_at=clock.now())]
        return Stored(created=False) if _rewrite(row, new, parts.EVSE_COLUMNS, then, above) else None


def patch_connector(
    key: Key, uid: str, connector_id: str, patch: dict[str, Any], moment: datetime, partner: Partner
) -> Stored | None:
    with rows.turn():
        row = rows.find(Connector, evse=Key(EVSE, location=key, uid=uid, hidden_at=None), connector_id=connector_id,
                        hidden_at=None)  # fmt: skip
        if row is None or moment < row.since:
            return None
        connector = wire.Connector.from_wire(merge(row.payload, patch), partner.tolerance())
        build = partial(Connector.build, _only(EVSE, row.evse_id), row.position)
        new = parts.changed(build, row, patch, connector.to_wire(), moment)
        then = [_carry(Key(EVSE, id=row.evse_id), moment), _carry(key, moment, changed_at=clock.now())]
        return Stored(created=False) if _rewrite(row, new, parts.CONNECTOR_COLUMNS, then, key) else None


def put_connector(key: Key, uid: str, connector: wire.Connector) -> Stored | None:
    """Over one that is there."""
    with rows.turn():
        row = rows.find(Connector, evse=Key(EVSE, location=key, uid=uid, hidden_at=None),
                        connector_id=connector.id, hidden_at=None)  # fmt: skip
        if row is None or connector.last_updated < row.since:
            return None
        new = parts.whole_connector(_only(EVSE, row.evse_id), row, connector.to_wire())
        moment = connector.last_updated
        then = [_carry(Key(EVSE, id=row.evse_id), moment), _carry(key, moment, changed_at=clock.now())]
        return Stored(created=False) if _rewrite(row, new, parts.CONNECTOR_COLUMNS, then, key) else None


def _rewrite(row: Any, new: Any, columns: list[str], then: list[Then], lock: Key) -> bool:
    """`new` is built from scratch, as if it came first."""
    new.pk, new.row_version = row.pk, row.row_version
    return rows.rewrite(new, columns, then=then, lock=lock)


def _carry(key: Key, moment: datetime, **others: Any) -> Then:
    """The time of a part counts for what is around it (LOC-04)."""
    return rows.raising(key, "last_updated", moment, format_datetime(moment), **others)


def _only(model: type[M], pk: int) -> M:
    """What stands above a part, as far as its row names it."""
    row = blank(model)
    row.pk = pk
    return row


def _owner(partner: Partner, party: PartyId) -> dict[str, Any]:
    return {"partner": partner.pk, "country_code": party.country_code, "party_id": party.party_id}
