"""The live network: what each EVSE is doing now, with every change stamped up to its location (LOC-07)."""

import copy
import threading
from zoneinfo import ZoneInfo

from mock_cpo.catalogue import Catalogue, Site, Wire, stamp
from mock_cpo.clock import Stamps
from ocpi.protocol.locations import Location
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import ci_key


class Network:
    """Locations and tariffs by CiString id, oldest first. Objects handed out are copies."""

    def __init__(self, catalogue: Catalogue, stamps: Stamps) -> None:
        self._lock = threading.RLock()
        self._stamps = stamps
        self._sites = {ci_key(site.location["id"]): site for site in catalogue.sites()}
        self._listed = [site.location for site in self._sites.values() if not site.private]
        self._tariffs = {ci_key(tariff["id"]): tariff for tariff in catalogue.tariffs()}
        self._validate()

    def _validate(self) -> None:
        for site in self._sites.values():
            Location.from_wire(site.location)
        for tariff in self._tariffs.values():
            Tariff.from_wire(tariff)

    def sites(self) -> list[Site]:
        with self._lock:
            return [copy.deepcopy(site) for site in self._sites.values()]

    def published(self) -> list[Wire]:
        """Locations that travel over OCPI: all but the private ones (LOC-43)."""
        return [site.location for site in self.sites() if not site.private]

    def listed(self) -> list[Wire]:
        """The same, uncopied, and always the same list: it may be long, and is asked for with every page of it."""
        return self._listed

    def is_private(self, location_id: str) -> bool:
        site = self._sites.get(ci_key(location_id))
        return site is None or site.private

    def hides(self, location_id: str) -> bool:
        """Whether it is one of ours that no partner may see."""
        site = self._sites.get(ci_key(location_id))
        return site is not None and site.private

    def location(self, location_id: str) -> Wire | None:
        with self._lock:
            site = self._sites.get(ci_key(location_id))
            return copy.deepcopy(site.location) if site else None

    def evse(self, location_id: str, evse_uid: str) -> Wire | None:
        return child(self.location(location_id), "evses", "uid", evse_uid)

    def connector(self, location_id: str, evse_uid: str, connector_id: str) -> Wire | None:
        return child(self.evse(location_id, evse_uid), "connectors", "id", connector_id)

    def siblings(self, location_id: str, evse_uid: str) -> list[str]:
        """Other virtual EVSEs of the same charge point: only one of them works at a time (LOC-45)."""
        return list(self._sites[ci_key(location_id)].siblings.get(evse_uid, []))

    def zone(self, location_id: str) -> ZoneInfo:
        return ZoneInfo(self._sites[ci_key(location_id)].location["time_zone"])

    def set_status(self, location_id: str, evse_uid: str, status: str) -> Wire:
        """The changed EVSE; its location carries the same `last_updated`."""
        with self._lock:
            location = self._sites[ci_key(location_id)].location
            evse = live_child(location, "evses", "uid", evse_uid)
            evse["status"] = status
            evse["last_updated"] = location["last_updated"] = stamp(self._stamps.next())
            return copy.deepcopy(evse)

    def touch(self, location_id: str, evse_uid: str | None = None, connector_id: str | None = None) -> Wire:
        """A new `last_updated` from the named object upwards; returns the location."""
        with self._lock:
            location = self._sites[ci_key(location_id)].location
            evse = live_child(location, "evses", "uid", evse_uid) if evse_uid else None
            connector = live_child(evse, "connectors", "id", connector_id) if evse and connector_id else None
            moment = stamp(self._stamps.next())
            for changed in filter(None, (location, evse, connector)):
                changed["last_updated"] = moment
            return copy.deepcopy(location)

    def tariffs(self) -> list[Wire]:
        with self._lock:
            return [copy.deepcopy(tariff) for tariff in self._tariffs.values()]

    def tariff(self, tariff_id: str) -> Wire | None:
        return copy.deepcopy(self._tariffs.get(ci_key(tariff_id)))

    def tariff_for(self, connector: Wire, profile_type: str = "REGULAR") -> Wire | None:
        """What a driver with these charging preferences pays; without, the REGULAR tariff or one for everybody."""
        wanted = (None, "REGULAR") if profile_type == "REGULAR" else (f"PROFILE_{profile_type}",)
        tariffs = [self.tariff(tariff_id) for tariff_id in connector.get("tariff_ids", [])]
        return next((tariff for tariff in tariffs if tariff and tariff.get("type") in wanted), None)

    def unlink_tariff(self, tariff_id: str) -> list[tuple[str, str, Wire]]:
        """Takes a tariff off every connector, before it is deleted (TAR-22). Returns (location, EVSE, connector)."""
        changed = []
        with self._lock:
            for location in [site.location for site in self._sites.values()]:
                for evse in location["evses"]:
                    for connector in evse["connectors"]:
                        if tariff_id in connector.get("tariff_ids", []):
                            self._unlink(location, evse, connector, tariff_id)
                            changed.append((location["id"], evse["uid"], copy.deepcopy(connector)))
        return changed

    def _unlink(self, location: Wire, evse: Wire, connector: Wire, tariff_id: str) -> None:
        connector["tariff_ids"] = [other for other in connector["tariff_ids"] if other != tariff_id]
        moment = stamp(self._stamps.next())
        connector["last_updated"] = evse["last_updated"] = location["last_updated"] = moment

    def remove_tariff(self, tariff_id: str) -> None:
        with self._lock:
            self._tariffs.pop(ci_key(tariff_id), None)

    def update_tariff(self, tariff_id: str) -> Wire:
        """The tariff with a new `last_updated`."""
        with self._lock:
            tariff = self._tariffs[ci_key(tariff_id)]
            tariff["last_updated"] = stamp(self._stamps.next())
            return copy.deepcopy(tariff)


def child(parent: Wire | None, name: str, key: str, wanted: str) -> Wire | None:
    """The EVSE of a location, or the connector of an EVSE, with that CiString id."""
    found = (parent or {}).get(name, [])
    return next((item for item in found if ci_key(item[key]) == ci_key(wanted)), None)


def live_child(parent: Wire, name: str, key: str, wanted: str) -> Wire:
    found = child(parent, name, key, wanted)
    if found is None:
        raise KeyError(wanted)
    return found
