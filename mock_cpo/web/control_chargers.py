"""Control API: what drivers and technicians do at the chargers."""

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from mock_cpo.charge import Charge
from mock_cpo.platform import Platform
from mock_cpo.taps import Card, UnknownPlace
from mock_cpo.vehicles import Vehicle
from mock_cpo.web.control_holdings import charge_of
from mock_cpo.web.control_platform import Here
from ocpi.protocol.locations import Status
from ocpi.protocol.types import TokenType

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


class LocalLimit(BaseModel):
    session_id: str
    kw: float | None = Field(None, ge=0, description="At most so much power; none of our own when absent.")


@router.post("/tap")
def tap(platform: Here, tapped: Tap) -> Wire:
    """A driver holds a card to a charger; the answer tells who decided, what the eMSP said and what happened."""
    card = Card(tapped.token_uid, tapped.token_type.value, tapped.location_id, tapped.evse_uid, tapped.connector_id)
    try:
        return platform.at(tapped.location_id).taps.tap(card, tapped.authorize_only, vehicle_of(tapped.vehicle))
    except UnknownPlace as error:
        raise HTTPException(404, error.args[0]) from error


@router.post("/plug")
def plug(platform: Here, plugged: Plug) -> Wire:
    """The driver puts the cable in. Without a session the bay waits for a card or a command."""
    evse = _evse(platform, plugged)
    vehicle = vehicle_of(plugged.vehicle)
    cpo = platform.at(plugged.location_id)
    bay = cpo.yard.bay(plugged.location_id, evse["uid"])
    if bay.charge and bay.charge.open:
        cpo.life.plug(bay.charge, vehicle)
        return _happened(bay.charge)
    bay.plugged, bay.vehicle = True, vehicle
    return {"session_id": None, "status": evse["status"]}


@router.post("/unplug")
def unplug(platform: Here, place: Place) -> Wire:
    """The cable comes out, which ends a running session."""
    evse = _evse(platform, place)
    cpo = platform.at(place.location_id)
    bay = cpo.yard.bay(place.location_id, evse["uid"])
    charge = bay.charge
    bay.plugged, bay.vehicle = False, None
    if charge is None:
        return {"session_id": None, "status": evse["status"]}
    cpo.life.unplug(charge)
    return _happened(charge)


@router.post("/stop")
def stop(platform: Here, stopped: Stop) -> Wire:
    """The stop button of a charger."""
    charge = charge_of(platform, stopped.session_id) if stopped.session_id else _charging_at(platform, stopped)
    if charge.status not in ("ACTIVE", "PENDING"):
        raise HTTPException(409, f"the session is {charge.status}")
    platform.with_session(charge.id).life.stop(charge)
    return _happened(charge)


@router.post("/evse-status")
def evse_status(platform: Here, change: NewStatus) -> Wire:
    """A charger breaks, or is repaired; pushed to every eMSP."""
    evse = _evse(platform, change)
    cpo = platform.at(change.location_id)
    cpo.yard.set_status(change.location_id, evse["uid"], change.status.value)
    return {"evse": cpo.network.evse(change.location_id, evse["uid"])}


@router.post("/reservations/cancel")
def cancel_reservation(platform: Here, withdrawal: Withdrawal) -> Wire:
    """The CPO itself gives a reservation up; the eMSP hears CANCELED_RESERVATION."""
    charge = charge_of(platform, withdrawal.session_id)
    if charge.status != "RESERVATION" or platform.with_session(charge.id).commands.withdraw(charge) is None:
        raise HTTPException(409, f"the session is {charge.status}, not a reservation by command")
    return _happened(charge)


@router.post("/local-limit")
def local_limit(platform: Here, limit: LocalLimit) -> Wire:
    """Our own load management holds a session back; an eMSP that has set a profile hears of it."""
    charge = charge_of(platform, limit.session_id)
    platform.with_session(charge.id).profiles.limit_locally(charge, limit.kw)
    return _happened(charge)


def _happened(charge: Charge) -> Wire:
    return {"session_id": charge.id, "status": charge.status}


def _charging_at(platform: Platform, place: Stop) -> Charge:
    if not (place.location_id and place.evse_uid):
        raise HTTPException(422, "give session_id, or location_id and evse_uid")
    charge = platform.at(place.location_id).yard.bay(place.location_id, place.evse_uid).charge
    if charge is None:
        raise HTTPException(404, "nobody charges there")
    return charge


def _evse(platform: Platform, place: Place) -> Wire:
    evse = platform.at(place.location_id).network.evse(place.location_id, place.evse_uid)
    if evse is None:
        raise HTTPException(404, f"there is no EVSE {place.location_id} / {place.evse_uid}")
    return evse
