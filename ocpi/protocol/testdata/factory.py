"""The one place to ask for made-up objects: all that belongs together fits together."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

from ocpi.protocol.moments import format_datetime
from ocpi.protocol.testdata import meter, objects
from ocpi.protocol.testdata.meter import QUARTER, Report
from ocpi.protocol.testdata.places import PLACES, clocks_go_back

Wire = dict[str, Any]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_VAT = {place.country: place.vat for place in PLACES}
_DRIVER = ("country_code", "party_id", "uid", "type", "contract_id")
_PLACE = ("id", "name", "address", "city", "postal_code", "country", "coordinates")


class Scene(NamedTuple):
    """What a charge needs, chosen so that it fits: the car stands at the first EVSE of the location."""

    location: Wire
    tariff: Wire
    token: Wire
    start: datetime
    reports: list[Report]

    @property
    def end(self) -> datetime:
        return self.start + len(self.reports) * QUARTER

    @property
    def evse(self) -> Wire:
        return dict(self.location["evses"][0])

    @property
    def connector(self) -> Wire:
        return dict(self.evse["connectors"][0])

    @property
    def common(self) -> Wire:
        """What sessions and CDRs tell alike."""
        by = {"APP_USER": "COMMAND"}.get(self.token["type"], "WHITELIST")
        return {
            "country_code": self.tariff["country_code"], "party_id": self.tariff["party_id"],
            "start_date_time": format_datetime(self.start), "auth_method": by, "currency": self.tariff["currency"],
            "cdr_token": {name: self.token[name] for name in _DRIVER},
            "charging_periods": meter.periods(self.start, self.reports, self.tariff["id"]),
        }  # fmt: skip


class TestDataFactory:
    """Objects of one CPO and one eMSP as JSON values, each valid as its type in `ocpi.protocol`.

    The same seed and the same calls give the same objects. Traits are flags; every other keyword is a field of the
    object and stands as given. `now`: UTC, nothing made up is younger.
    """

    __test__ = False  # pytest takes classes of such a name for tests

    def __init__(
        self, seed: int = 0, *, party: tuple[str, str] = ("NL", "CPO"), emsp: tuple[str, str] = ("NL", "EMS"),
        now: datetime = NOW,
    ) -> None:  # fmt: skip
        self._rng, self._numbers = Random(seed), count(1)
        self._party, self._emsp, self._now = party, emsp, now

    def _given(self, owner: tuple[str, str]) -> Wire:
        return {"rng": self._rng, "number": next(self._numbers), "now": self._now, "owner": owner}

    def create_location(
        self, *, dc_hub: bool = False, home_charger: bool = False, tariff_ids: Iterable[str] = (), **fields: Any
    ) -> Wire:
        """A car park; a hub at a motorway, or a driver's own charger, which is not published."""
        traits = {"dc_hub": dc_hub, "home_charger": home_charger, "tariff_ids": tuple(tariff_ids)}
        made: Wire = objects.LocationFactory.build(**self._given(self._party) | traits | fields)
        return made

    def create_tariff(
        self, *, dc_hub: bool = False, home_charger: bool = False, reservation: bool = False, night: bool = False,
        vat: float = 21, **fields: Any,
    ) -> Wire:  # fmt: skip
        """Prices per kWh and for a full car; `night` and `reservation` put an element before these."""
        traits = {"dc_hub": dc_hub, "home_charger": home_charger, "reservation": reservation, "night": night}
        made: Wire = objects.TariffFactory.build(**self._given(self._party) | traits | {"vat": vat} | fields)
        return made

    def create_token(self, *, app_user: bool = False, blocked: bool = False, **fields: Any) -> Wire:
        """A card of a driver of ours, or what the app shows for a driver without one."""
        traits = {"app_user": app_user, "blocked": blocked}
        made: Wire = objects.TokenFactory.build(**self._given(self._emsp) | traits | fields)
        return made

    def create_session(
        self, *, dc_hub: bool = False, home_charger: bool = False, reservation: bool = False, dst_night: bool = False,
        completed: bool = False, location: Wire | None = None, tariff: Wire | None = None, token: Wire | None = None,
        **fields: Any,
    ) -> Wire:  # fmt: skip
        """A charge that runs, priced so far; `completed` has ended. With `reservation` a bay is held, and no more."""
        scene = self._scene(dc_hub, home_charger, reservation, dst_night, location, tariff, token)
        reports = [report for report in scene.reports if not reservation or report.kind == "RESERVATION_TIME"]
        scene = scene._replace(reports=reports)
        made = scene.common | {
            "id": f"SES{next(self._numbers)}", "kwh": meter.energy(reports), "location_id": scene.location["id"],
            "evse_uid": scene.evse["uid"], "connector_id": scene.connector["id"],
            "status": "RESERVATION" if reservation else "COMPLETED" if completed else "ACTIVE",
            "last_updated": format_datetime(scene.end),
        } | ({"end_date_time": format_datetime(scene.end)} if completed else {})  # fmt: skip
        cost = meter.cost_so_far(made, scene.tariff, scene.location["time_zone"])
        return made | {"total_cost": cost} | fields

    def create_cdr(
        self, *, dc_hub: bool = False, home_charger: bool = False, reservation: bool = False, dst_night: bool = False,
        credit: bool = False, original: Wire | None = None, location: Wire | None = None, tariff: Wire | None = None,
        token: Wire | None = None, **fields: Any,
    ) -> Wire:  # fmt: skip
        """A bill that our pricing comes to as well. `credit` takes back `original`, or one made for it.

        `reservation`: the bay was held before the charge. `dst_night`: charged by a night tariff, over the hour that
        the clocks showed twice. `home_charger`: the driver gets the energy back.
        """
        if credit:
            taken = original or self.create_cdr(
                dc_hub=dc_hub, home_charger=home_charger, reservation=reservation, dst_night=dst_night,
                location=location, tariff=tariff, token=token,
            )  # fmt: skip
            return self._credit(taken) | fields
        scene = self._scene(dc_hub, home_charger, reservation, dst_night, location, tariff, token)
        made = meter.bill(self._record(scene), scene.location["time_zone"])
        return made | ({"home_charging_compensation": True} if home_charger else {}) | fields

    def create_command(self, type: str = "START_SESSION", *, reservation: bool = False, **fields: Any) -> Wire:
        """The body of a command of the eMSP; `reservation` is short for RESERVE_NOW."""
        number = next(self._numbers)
        location = self.create_location()
        evse = location["evses"][0]
        known = {
            "token": self.create_token(app_user=True), "location_id": location["id"], "evse_uid": evse["uid"],
            "connector_id": evse["connectors"][0]["id"], "session_id": f"SES{number}", "reservation_id": f"RES{number}",
            "expiry_date": format_datetime(self._now + timedelta(hours=1)),
        }  # fmt: skip
        names = _COMMANDS["RESERVE_NOW" if reservation else type]
        url = f"https://emsp.example/ocpi/emsp/2.2.1/commands/{number}"
        return {"response_url": url} | {name: known[name] for name in names} | fields

    def _scene(
        self, dc_hub: bool, home_charger: bool, reservation: bool, dst_night: bool, location: Wire | None,
        tariff: Wire | None, token: Wire | None,
    ) -> Scene:  # fmt: skip
        tariff_id = tariff["id"] if tariff else f"TAR{next(self._numbers)}"
        kind = {"dc_hub": dc_hub, "home_charger": home_charger}
        at = location or self.create_location(**kind, tariff_ids=[tariff_id])
        by = tariff or self.create_tariff(
            **kind, id=tariff_id, reservation=reservation, night=dst_night, vat=_VAT.get(at["country"], 21)
        )
        kw, quarters, parked = (150, 3, 0) if dc_hub else (7, 16, 0) if home_charger else (11, 8, 2)
        reports = meter.charge(self._rng, kw, quarters, reserved=2 if reservation else 0, parked=parked)
        return Scene(at, by, token or self.create_token(), self._start(reports, dst_night), reports)

    def _start(self, reports: list[Report], dst_night: bool) -> datetime:
        """Within the last day, on a quarter of an hour; or in the hour that comes twice, when it comes first."""
        if dst_night:
            return clocks_go_back(self._now) - 3 * QUARTER
        hour = self._now.replace(minute=0, second=0, microsecond=0)
        return hour - (len(reports) + self._rng.randint(0, 80)) * QUARTER

    def _record(self, scene: Scene) -> Wire:
        number, parked = next(self._numbers), meter.hours(scene.reports, "PARKING_TIME")
        place = {name: scene.location[name] for name in _PLACE if name in scene.location} | {
            "evse_uid": scene.evse["uid"], "evse_id": scene.evse["evse_id"], "connector_id": scene.connector["id"],
            **{f"connector_{name}": scene.connector[name] for name in ("standard", "format", "power_type")},
        }  # fmt: skip
        return scene.common | {
            "id": f"CDR{number}", "session_id": f"SES{number}", "end_date_time": format_datetime(scene.end),
            "cdr_location": place, "tariffs": [scene.tariff], "total_energy": meter.energy(scene.reports),
            "total_time": meter.hours(scene.reports), "last_updated": format_datetime(scene.end),
        } | ({"total_parking_time": parked} if parked else {})  # fmt: skip

    def _credit(self, original: Wire) -> Wire:
        """Only its total is negative (CDR-11)."""
        back = {name: -amount for name, amount in original["total_cost"].items()}
        return original | {
            "id": f"CDR{next(self._numbers)}", "credit": True, "credit_reference_id": original["id"],
            "total_cost": back, "last_updated": format_datetime(self._now),
        }  # fmt: skip


_COMMANDS = {
    "START_SESSION": ("token", "location_id", "evse_uid", "connector_id"),
    "STOP_SESSION": ("session_id",),
    "RESERVE_NOW": ("token", "expiry_date", "reservation_id", "location_id", "evse_uid"),
    "CANCEL_RESERVATION": ("reservation_id",),
    "UNLOCK_CONNECTOR": ("location_id", "evse_uid", "connector_id"),
}
