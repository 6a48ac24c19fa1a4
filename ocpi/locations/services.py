"""What can happen to locations: PUT and PATCH on three levels, in one transaction each (chapter mod_locations)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar

from ocpi.core import clock
from ocpi.core.signals import object_arrived
from ocpi.core.transactions import one_transaction
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, Stored, check_same, patch_moment
from ocpi.protocol import errors
from ocpi.protocol import locations as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.merge import merge
from ocpi.protocol.types import OcpiModel, Tolerance, ci_key

from .models import EVSE, Connector, Location, children, touch

M = TypeVar("M", bound=OcpiModel)
_EVSE_COLUMNS = [
    "position", "last_updated", "hidden_at", "payload", "evse_id", "status", "capabilities", "physical_reference",
]  # fmt: skip
_CONNECTOR_COLUMNS = [
    "position", "last_updated", "hidden_at", "payload", "standard", "format", "power_type", "max_voltage",
    "max_amperage", "power_w", "tariff_ids",
]  # fmt: skip


# --- whole locations -------------------------------------------------------------------------------------------------
@one_transaction
def put(*, partner: Partner, party: PartyId, location: wire.Location) -> Stored:
    """Create or replace a location with its EVSEs; those that it no longer lists are hidden (LOC-01, LOC-22)."""
    row = _lock(partner, party, location.id)
    if row is not None and row.newer_than(location.last_updated):
        return Stored(created=False, applied=False)
    created = row is None
    row = row or Location(partner=partner, country_code=party.country_code, party_id=party.party_id)
    _store(row, location)
    return Stored(created)


@one_transaction
def patch(*, partner: Partner, party: PartyId, location_id: str, patch: dict[str, Any]) -> Stored:
    """Change the given fields only. Raises UnknownLocation, InvalidObject; then nothing has changed."""
    moment = patch_moment(patch)
    check_same({"country_code": party.country_code, "party_id": party.party_id, "id": location_id}, patch)
    row = _known(partner, party, location_id)
    if row.newer_than(moment):
        return Stored(created=False, applied=False)
    if patch.get("evses") is None:  # what it does not name is not read, checked or written
        _fill(row, _merged(wire.Location, row.payload, patch, partner.tolerance()))
    else:
        stored = Location.objects.with_children().get(pk=row.pk).to_wire()
        _store(row, _merged(wire.Location, stored, patch, partner.tolerance()))
    return Stored(created=False)


def _store(row: Location, location: wire.Location) -> None:
    _replace_evses(row, _fill(row, location))


def _fill(row: Location, location: wire.Location) -> list[dict[str, Any]]:
    """Save the location itself; returns its EVSEs, which are rows of their own."""
    is_new = row.pk is None
    payload = location.to_wire()
    evses: list[dict[str, Any]] = payload.pop("evses", [])
    row.fill(payload, location)
    row.save()
    if is_new:
        object_arrived.send(sender=Location, row=row)
    return evses


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
    if row is not None and row.last_updated > evse.last_updated:
        return Stored(created=False, applied=False)
    _store_evse(location, row, evse)
    return Stored(created=row is None or row.hidden_at is not None)


@one_transaction
def patch_evse(*, partner: Partner, party: PartyId, location_id: str, uid: str, patch: dict[str, Any]) -> Stored:
    moment = patch_moment(patch)
    check_same({"uid": uid}, patch)
    location = _known(partner, party, location_id)
    row = _known_evse(location, uid)
    if row.last_updated > moment:
        return Stored(created=False, applied=False)
    _store_evse(location, row, _merged(wire.EVSE, row.to_wire(), patch, partner.tolerance()))
    return Stored(created=False)


def _store_evse(location: Location, known: EVSE | None, evse: wire.EVSE) -> None:
    position = known.position if known else location.evses.count()
    payload = evse.to_wire()
    [row] = _write_evses([EVSE.build(location, position, payload)])
    _replace_connectors([row], [payload])
    _touch(location, evse.last_updated)


# --- one connector ---------------------------------------------------------------------------------------------------
@one_transaction
def put_connector(*, partner: Partner, party: PartyId, location_id: str, uid: str, connector: wire.Connector) -> Stored:
    """Create or replace one connector (LOC-03); its time is carried up to EVSE and location (LOC-04)."""
    location = _known(partner, party, location_id)
    evse = _known_evse(location, uid)
    row = evse.connectors.model.objects.filter(evse=evse, connector_id=connector.id).first()
    if row is not None and row.last_updated > connector.last_updated:
        return Stored(created=False, applied=False)
    _store_connector(location, evse, row, connector)
    return Stored(created=row is None or row.hidden_at is not None)


@one_transaction
def patch_connector(
    *, partner: Partner, party: PartyId, location_id: str, uid: str, connector_id: str, patch: dict[str, Any]
) -> Stored:
    moment = patch_moment(patch)
    check_same({"id": connector_id}, patch)
    location = _known(partner, party, location_id)
    evse = _known_evse(location, uid)
    row = Connector.objects.filter(evse=evse, connector_id=connector_id, hidden_at=None).first()
    if row is None:
        raise errors.UnknownLocation(f"connector {connector_id} is not known at EVSE {uid}")
    if row.last_updated > moment:
        return Stored(created=False, applied=False)
    _store_connector(location, evse, row, _merged(wire.Connector, row.to_wire(), patch, partner.tolerance()))
    return Stored(created=False)


def _store_connector(location: Location, evse: EVSE, known: Connector | None, connector: wire.Connector) -> None:
    position = known.position if known else evse.connectors.count()
    _write_connectors([Connector.build(evse, position, connector.to_wire())])
    touch(evse, connector.last_updated)
    evse.save(update_fields=["last_updated", "payload"])
    _touch(location, connector.last_updated)


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


def _touch(location: Location, moment: datetime) -> None:
    touch(location, moment)
    location.save(update_fields=["last_updated", "payload", "changed_at"])


def _replace_evses(location: Location, payloads: list[dict[str, Any]]) -> None:
    payloads = _once(payloads, "uid")
    rows = _write_evses([EVSE.build(location, n, payload) for n, payload in enumerate(payloads)])
    missing = location.evses.filter(hidden_at=None).exclude(uid__in=[row.uid for row in rows])
    missing.update(hidden_at=clock.now())
    _replace_connectors(rows, payloads)


def _replace_connectors(evses: list[EVSE], payloads: list[dict[str, Any]]) -> None:
    rows = [
        Connector.build(evse, n, connector)
        for evse, payload in zip(evses, payloads, strict=True)
        for n, connector in enumerate(_once(payload["connectors"], "id"))
    ]
    written = _write_connectors(rows)
    missing = Connector.objects.filter(evse__in=evses, hidden_at=None).exclude(pk__in=[row.pk for row in written])
    missing.update(hidden_at=clock.now())


def _write_evses(rows: list[EVSE]) -> list[EVSE]:
    return EVSE.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["location", "uid"], update_fields=_EVSE_COLUMNS
    )


def _write_connectors(rows: list[Connector]) -> list[Connector]:
    return Connector.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["evse", "connector_id"], update_fields=_CONNECTOR_COLUMNS
    )


def _once(payloads: Iterable[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Case variants of one id are one object; the last one counts (AMB-44)."""
    return list({ci_key(payload[key]): payload for payload in payloads}.values())
