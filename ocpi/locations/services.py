"""What can happen to locations: PUT and PATCH on three levels, in one transaction each (chapter mod_locations).

Pushes may come twice and in any order, also those of different levels: see `ocpi.protocol.order`. Most change a status;
`plain` stores these in two statements. Everything else is stored here, with the location locked.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypeVar

from ocpi.core import clock
from ocpi.core.signals import object_arrived
from ocpi.core.transactions import one_transaction
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, Stored, check_same, patch_moment
from ocpi.protocol import errors, order
from ocpi.protocol import locations as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.merge import merge
from ocpi.protocol.types import OcpiModel, Tolerance, format_datetime

from . import parts, plain
from .models import EVSE, Connector, Location, children, touch

M = TypeVar("M", bound=OcpiModel)


# --- whole locations -------------------------------------------------------------------------------------------------
@one_transaction
def put(*, partner: Partner, party: PartyId, location: wire.Location) -> Stored:
    """Create or replace a location with its EVSEs; those that it no longer lists are hidden (LOC-01, LOC-22).

    What was pushed of it, of its EVSEs and of their connectors after that moment stays.
    """
    row, moment = _lock(partner, party, location.id), location.last_updated
    if row is not None and moment < row.replaced_at:
        return Stored(created=False, applied=False)
    created = row is None
    row = row or Location(partner=partner, country_code=party.country_code, party_id=party.party_id)
    payload = location.to_wire()
    evses = payload.pop("evses", [])
    row.replaced_at, row.field_times = moment, order.since(moment, row.field_times)
    if row.field_times:
        location = wire.Location.from_wire(order.laid_under(payload, row.payload, row.field_times))
    _fill(row, location, order.latest(moment, row.field_times))
    if created:
        parts.create_evses(row, evses)
    elif (newest := parts.replace_evses(row, evses, moment)) > row.last_updated:
        _touch(row, newest)
    return Stored(created)


def patch(*, partner: Partner, party: PartyId, location_id: str, patch: dict[str, Any]) -> Stored:
    """Change the given fields only. Raises UnknownLocation, InvalidObject; then nothing has changed."""
    moment = patch_moment(patch)
    check_same({"country_code": party.country_code, "party_id": party.party_id, "id": location_id}, patch)
    given = (partner, party, location_id, patch, moment)
    return plain.patch(*given) or _patch(*given)


@one_transaction
def _patch(partner: Partner, party: PartyId, location_id: str, patch: dict[str, Any], moment: datetime) -> Stored:
    row = _known(partner, party, location_id)
    if moment < row.replaced_at:
        return Stored(created=False, applied=False)
    stored = row.payload  # EVSEs that it does not name are not read, checked or written
    if patch.get("evses") is not None:
        stored = Location.objects.with_children().get(pk=row.pk).to_wire()
    location = _merged(wire.Location, stored, patch, partner.tolerance())
    evses = location.to_wire().get("evses", [])
    counting = order.counting(patch, moment, row.field_times)
    row.field_times = order.given(counting, moment, row.field_times)
    if row.newer_than(moment):
        location = _merged(wire.Location, row.payload, counting, partner.tolerance())
    _fill(row, location, max(moment, row.last_updated))
    parts.patch_evses(row, patch, evses, moment)
    return Stored(created=False)


def _fill(row: Location, location: wire.Location, moment: datetime) -> None:
    """Save the location itself; its EVSEs are rows of their own."""
    is_new = row.pk is None
    payload = location.to_wire() | {"last_updated": format_datetime(moment)}
    payload.pop("evses", None)
    row.fill(payload, location)
    row.last_updated = moment
    row.save()
    if is_new:
        object_arrived.send(sender=Location, row=row)


def missing(*, partner: Partner, before: datetime, seen: Collection[tuple[str, str, str]]) -> list[int]:
    """What a complete pull that began at `before` did not bring. `seen`: (country_code, party_id, id) as keys."""
    known = Location.objects.filter(partner=partner, gone_at=None, changed_at__lt=before)
    return [pk for pk, *key in known.values_list("pk", *OWNER_KEY[1:], "location_id") if tuple(key) not in seen]


def vanish(*, lost: list[int], before: datetime) -> None:
    """They are no longer offered, and kept for references (PAG-26). What was pushed meanwhile stays."""
    Location.objects.filter(pk__in=lost, changed_at__lt=before).update(gone_at=clock.now())


# --- one EVSE --------------------------------------------------------------------------------------------------------
@one_transaction
def put_evse(*, partner: Partner, party: PartyId, location_id: str, evse: wire.EVSE) -> Stored:
    """Create or replace one EVSE; its siblings stay (LOC-02). Raises UnknownLocation (LOC-13)."""
    location = _known(partner, party, location_id)
    row = location.evses.filter(uid=evse.uid).first()
    if row is not None and evse.last_updated < row.since:
        return Stored(created=False, applied=False)
    parts.put_evse(location, row, evse.to_wire())
    _touch(location, evse.last_updated)
    return Stored(created=row is None or row.hidden_at is not None)


def patch_evse(*, partner: Partner, party: PartyId, location_id: str, uid: str, patch: dict[str, Any]) -> Stored:
    moment = patch_moment(patch)
    check_same({"uid": uid}, patch)
    place = plain.place(partner, party, location_id)
    return plain.patch_evse(place, uid, patch, moment, partner) or _patch_evse(
        partner, party, location_id, uid, patch, moment
    )


@one_transaction
def _patch_evse(
    partner: Partner, party: PartyId, location_id: str, uid: str, patch: dict[str, Any], moment: datetime
) -> Stored:
    location = _known(partner, party, location_id)
    row = _known_evse(location, uid)
    if moment < row.since:
        return Stored(created=False, applied=False)
    evse = _merged(wire.EVSE, row.to_wire(), patch, partner.tolerance())
    parts.patch_evse(row, patch, evse.to_wire(), moment)
    _touch(location, moment)
    return Stored(created=False)


# --- one connector ---------------------------------------------------------------------------------------------------
def put_connector(*, partner: Partner, party: PartyId, location_id: str, uid: str, connector: wire.Connector) -> Stored:
    """Create or replace one connector (LOC-03); its time is carried up to EVSE and location (LOC-04)."""
    stored = plain.put_connector(plain.place(partner, party, location_id), uid, connector)
    return stored or _put_connector(partner, party, location_id, uid, connector)


@one_transaction
def _put_connector(partner: Partner, party: PartyId, location_id: str, uid: str, connector: wire.Connector) -> Stored:
    location = _known(partner, party, location_id)
    evse = _known_evse(location, uid)
    row = Connector.objects.filter(evse=evse, connector_id=connector.id).first()
    if row is not None and connector.last_updated < row.since:
        return Stored(created=False, applied=False)
    parts.put_connector(evse, row, connector.to_wire())
    _touch_both(location, evse, connector.last_updated)
    return Stored(created=row is None or row.hidden_at is not None)


def patch_connector(
    *, partner: Partner, party: PartyId, location_id: str, uid: str, connector_id: str, patch: dict[str, Any]
) -> Stored:
    moment = patch_moment(patch)
    check_same({"id": connector_id}, patch)
    place = plain.place(partner, party, location_id)
    return plain.patch_connector(place, uid, connector_id, patch, moment, partner) or _patch_connector(
        partner, party, location_id, uid, connector_id, patch, moment
    )


@one_transaction
def _patch_connector(
    partner: Partner, party: PartyId, location_id: str, uid: str, connector_id: str, patch: dict[str, Any],
    moment: datetime,
) -> Stored:  # fmt: skip
    location = _known(partner, party, location_id)
    evse = _known_evse(location, uid)
    row = Connector.objects.filter(evse=evse, connector_id=connector_id, hidden_at=None).first()
    if row is None:
        raise errors.UnknownLocation(f"connector {connector_id} is not known at EVSE {uid}")
    if moment < row.since:
        return Stored(created=False, applied=False)
    connector = _merged(wire.Connector, row.to_wire(), patch, partner.tolerance())
    parts.patch_connector(row, patch, connector.to_wire(), moment)
    _touch_both(location, evse, moment)
    return Stored(created=False)


# --- shared ----------------------------------------------------------------------------------------------------------
def _lock(partner: Partner, party: PartyId, location_id: str) -> Location | None:
    """The row, locked: whatever happens below a location happens one after the other."""
    return Location.objects.of(partner, party).select_for_update().filter(location_id=location_id).first()


def _known(partner: Partner, party: PartyId, location_id: str) -> Location:
    row = _lock(partner, party, location_id)
    if row is None:
        raise errors.UnknownLocation(f"location {location_id} is not known; PUT the whole location first")
    return row


def _known_evse(location: Location, uid: str) -> EVSE:
    row = children(location.evses.filter(uid=uid, hidden_at=None)).first()
    if row is None:
        raise errors.UnknownLocation(f"EVSE {uid} is not known at location {location.wire_id}")
    return row


def _merged(model: type[M], stored: dict[str, Any], patch: dict[str, Any], tolerance: Tolerance) -> M:
    return model.from_wire(merge(stored, patch), tolerance)


def _touch_both(location: Location, evse: EVSE, moment: datetime) -> None:
    touch(evse, moment)
    evse.save(update_fields=["last_updated", "payload"])
    _touch(location, moment)


def _touch(location: Location, moment: datetime) -> None:
    touch(location, moment)
    location.save(update_fields=["last_updated", "payload", "changed_at"])
