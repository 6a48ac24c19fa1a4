"""Control API: what drivers and technicians do at the chargers, and what the platform holds."""

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from mock_cpo.charge import Charge
from mock_cpo.platform import Platform
from mock_cpo.taps import Card, UnknownPlace
from mock_cpo.vehicles import Vehicle, connector_power
from mock_cpo.web.call import Id
from mock_cpo.web.control_platform import Here
from ocpi.protocol.locations import Status
from ocpi.protocol.types import TokenType, ci_equal

router = APIRouter(prefix="/control", tags=["control"])
Wire = dict[str, Any]


class Car(BaseModel):
    """A car; what is left out is taken from an ordinary one."""

    battery_kwh: float = Field(60, gt=0)
    soc: float = Field(40, ge=0, le=100, description="State of charge in percent.")
    target_soc: float = Field(80, gt=0, le=100, description="Where the driver wants to stop, in percent.")
    max_ac_kw: float = Field(11, gt=0)
    max_dc_kw: float = Field(150, gt=0)


def vehicle_of(car: Car | None) -> Vehicle | None:
    return Vehicle(**car.model_dump()) if car else None


class Place(BaseModel):
    location_id: str
    evse_uid: str


class Plug(Place):
    vehicle: Car | None = None


class Tap(Place):
    """A card held to the reader of a charger."""

    connector_id: str = "1"
    token_uid: str
    token_type: TokenType = TokenType.RFID
    authorize_only: bool = Field(False, description="Only ask whether the card may charge.")
    vehicle: Car | None = None


class Stop(BaseModel):
    """Either the session, or the EVSE at which it runs."""

    session_id: str | None = None
    location_id: str | None = None
    evse_uid: str | None = None


class NewStatus(Place):
    status: Status


class Withdrawal(BaseModel):
    session_id: str


# --- What we hold -------------------------------------------------------------------------------


@router.get("/tokens")
def tokens(platform: Here, uid: str = "") -> list[Wire]:
    """The eMSPs' tokens as pushed or pulled."""
    found = [token for token in platform.tokens.all() if not uid or ci_equal(token["uid"], uid)]
    return [
        {"registration": _owner(platform, token["country_code"], token["party_id"]), "token": token} for token in found
    ]


@router.get("/locations")
def locations(platform: Here) -> list[Wire]:
    """All locations, the private one too."""
    return [{"private": site.private, "location": site.location} for site in platform.network.sites()]


@router.get("/locations/{location_id}")
def location(platform: Here, location_id: Id) -> Wire:
    found = platform.network.location(location_id)
    if found is None:
        raise HTTPException(404, f"there is no location {location_id}")
    return {"private": platform.network.is_private(location_id), "location": found}


@router.get("/tariffs")
def tariffs(platform: Here) -> list[Wire]:
    return platform.network.tariffs()


@router.get("/tariffs/{tariff_id}")
def tariff(platform: Here, tariff_id: Id) -> Wire:
    found = platform.network.tariff(tariff_id)
    if found is None:
        raise HTTPException(404, f"there is no tariff {tariff_id}")
    return found


@router.get("/sessions")
def sessions(platform: Here) -> list[Wire]:
    """Sessions of all eMSPs, oldest first."""
    return [shown(platform, charge) for charge in platform.yard.charges()]


@router.get("/sessions/{session_id}")
def session(platform: Here, session_id: str) -> Wire:
    return shown(platform, _charge(platform, session_id))


@router.get("/cdrs")
def cdrs(platform: Here) -> list[Wire]:
    """CDRs of all eMSPs, oldest first, and whether their push arrived."""
    return [
        {
            "registration": _owner(platform, *record.owner),
            "delivered": record.delivered,
            "their_url": record.their_url,
            "cdr": record.cdr,
        }
        for record in platform.cdrs.records
    ]


@router.get("/cdrs/{cdr_id}")
def cdr(platform: Here, cdr_id: str) -> Wire:
    found = next((row for row in cdrs(platform) if ci_equal(row["cdr"]["id"], cdr_id)), None)
    if found is None:
        raise HTTPException(404, f"there is no CDR {cdr_id}")
    return found


@router.get("/commands")
def commands(platform: Here) -> list[Wire]:
    """Commands received, with our answers and the results sent, newest last."""
    return [record.shown() for record in platform.commands.records]


@router.get("/chargers")
def chargers(platform: Here) -> list[Wire]:
    """Every EVSE with its status and session, in short: what the panel shows."""
    return [
        {
            "location_id": site.location["id"],
            "name": site.location["name"],
            "city": site.location["city"],
            "country": site.location["country"],
            "private": site.private,
            "evses": [_charger(platform, site.location["id"], evse) for evse in site.location["evses"]],
        }
        for site in platform.network.sites()
    ]


def _charger(platform: Platform, location_id: str, evse: Wire) -> Wire:
    charge = platform.yard.bay(location_id, evse["uid"]).charge
    return {
        "uid": evse["uid"],
        "status": evse["status"],
        "kw": round(max(connector_power(connector) for connector in evse["connectors"])),
        "connectors": {connector["id"]: connector["standard"] for connector in evse["connectors"]},
        "session_id": charge.id if charge else None,
    }


# --- At the charger -----------------------------------------------------------------------------


@router.post("/tap")
def tap(platform: Here, tapped: Tap) -> Wire:
    """A driver holds a card to a charger; the answer tells who decided, what the eMSP said and what happened."""
    card = Card(tapped.token_uid, tapped.token_type.value, tapped.location_id, tapped.evse_uid, tapped.connector_id)
    try:
        return platform.taps.tap(card, tapped.authorize_only, vehicle_of(tapped.vehicle))
    except UnknownPlace as error:
        raise HTTPException(404, error.args[0]) from error


@router.post("/plug")
def plug(platform: Here, plugged: Plug) -> Wire:
    """The driver puts the cable in. Without a session the bay waits for a card or a command."""
    evse = _evse(platform, plugged)
    vehicle = vehicle_of(plugged.vehicle)
    bay = platform.yard.bay(plugged.location_id, evse["uid"])
    if bay.charge and bay.charge.open:
        platform.life.plug(bay.charge, vehicle)
        return _happened(bay.charge)
    bay.plugged, bay.vehicle = True, vehicle
    return {"session_id": None, "status": evse["status"]}


@router.post("/unplug")
def unplug(platform: Here, place: Place) -> Wire:
    """The cable comes out, which ends a running session."""
    evse = _evse(platform, place)
    bay = platform.yard.bay(place.location_id, evse["uid"])
    charge = bay.charge
    bay.plugged, bay.vehicle = False, None
    if charge is None:
        return {"session_id": None, "status": evse["status"]}
    platform.life.unplug(charge)
    return _happened(charge)


@router.post("/stop")
def stop(platform: Here, stopped: Stop) -> Wire:
    """The stop button of a charger."""
    charge = _charge(platform, stopped.session_id) if stopped.session_id else _charging_at(platform, stopped)
    if charge.status not in ("ACTIVE", "PENDING"):
        raise HTTPException(409, f"the session is {charge.status}")
    platform.life.stop(charge)
    return _happened(charge)


@router.post("/evse-status")
def evse_status(platform: Here, change: NewStatus) -> Wire:
    """A charger breaks, or is repaired; pushed to every eMSP."""
    evse = _evse(platform, change)
    platform.yard.set_status(change.location_id, evse["uid"], change.status.value)
    return {"evse": platform.network.evse(change.location_id, evse["uid"])}


@router.post("/reservations/cancel")
def cancel_reservation(platform: Here, withdrawal: Withdrawal) -> Wire:
    """The CPO itself gives a reservation up; the eMSP hears CANCELED_RESERVATION."""
    charge = _charge(platform, withdrawal.session_id)
    if charge.status != "RESERVATION" or platform.commands.withdraw(charge) is None:
        raise HTTPException(409, f"the session is {charge.status}, not a reservation by command")
    return _happened(charge)


def shown(platform: Platform, charge: Charge) -> Wire:
    """A session with what only the charger knows."""
    with charge.lock:
        car = {
            "soc": round(charge.vehicle.soc, 1),
            "target_soc": charge.vehicle.target_soc,
            "full": charge.vehicle.full,
        }
        return {
            "registration": _owner(platform, *charge.authority.party),
            "correlation_id": charge.authority.correlation_id,
            "time": charge.timeline.now().isoformat().replace("+00:00", "Z"),
            "session": charge.session(),
            "car": car | {"plugged": charge.plugged},
        }


def _owner(platform: Platform, country_code: str, party_id: str) -> str | None:
    partner = platform.partners.by_party(country_code, party_id)
    return partner.id if partner else None


def _happened(charge: Charge) -> Wire:
    return {"session_id": charge.id, "status": charge.status}


def _charge(platform: Platform, session_id: str) -> Charge:
    charge = platform.yard.get(session_id)
    if charge is None:
        raise HTTPException(404, f"there is no session {session_id}")
    return charge


def _charging_at(platform: Platform, place: Stop) -> Charge:
    if not (place.location_id and place.evse_uid):
        raise HTTPException(422, "give session_id, or location_id and evse_uid")
    charge = platform.yard.bay(place.location_id, place.evse_uid).charge
    if charge is None:
        raise HTTPException(404, "nobody charges there")
    return charge


def _evse(platform: Platform, place: Place) -> Wire:
    evse = platform.network.evse(place.location_id, place.evse_uid)
    if evse is None:
        raise HTTPException(404, f"there is no EVSE {place.location_id} / {place.evse_uid}")
    return evse
