"""Control API: health, settings, registrations, faults, the recorder and what the platform holds."""

import time
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from mock_cpo.faults import UnknownFault
from mock_cpo.partners import Partner
from mock_cpo.platform import Platform
from ocpi.protocol.errors import PartnerError

router = APIRouter(prefix="/control", tags=["control"])
Wire = dict[str, Any]


def platform_of(request: Request) -> Platform:
    found: Platform = request.state.platform  # the entrance says which
    return found


Here = Annotated[Platform, Depends(platform_of)]


# --- Health and settings ------------------------------------------------------------------------


@router.get("/health")
def health(platform: Here) -> Wire:
    """Whether the platform runs, and where an eMSP finds it."""
    uptime = round(time.monotonic() - platform.started)
    return {
        "status": "ok",
        "party": str(platform.party),
        "hub": platform.hub is not None,
        "versions_url": platform.config.versions_url,
        "fast": platform.clock.fast,
        "uptime_seconds": uptime,
    }


@router.get("/state")
def state(platform: Here) -> Wire:
    """Counts of everything."""
    locations = [site for cpo in platform.cpos for site in cpo.network.sites()]
    counts = platform.outbox.counts
    return {
        "registrations": len(platform.partners.registered()),
        "locations": len(locations),
        "evses": sum(len(site.location["evses"]) for site in locations),
        "tariffs": sum(len(cpo.network.tariffs()) for cpo in platform.cpos),
        "tokens": sum(len(cpo.tokens) for cpo in platform.cpos),
        "sessions": Counter(charge.status for cpo in platform.cpos for charge in cpo.yard.charges()),
        "cdrs": sum(len(cpo.cdrs.records) for cpo in platform.cpos),
        "commands": sum(len(cpo.commands.records) for cpo in platform.cpos),
        "exchanges": len(platform.recorder),
        "faults": platform.faults.enabled(),
        "outbox": {"waiting": counts.waiting, "delivered": counts.delivered, "failed": counts.failed},
    }


class SettingsChange(BaseModel):
    """Only what is given changes."""

    fast: float | None = Field(None, gt=0, description="Simulated seconds per real second.")
    auto_plug: bool | None = Field(None, description="The driver plugs in by himself.")
    auto_unplug: bool | None = Field(None, description="The driver drives off by himself when the car is full.")
    charger_delay: float | None = Field(None, ge=0, description="Real seconds that a charger takes for a command.")
    command_timeout: int | None = Field(None, gt=0, description="Seconds announced in CommandResponse.timeout.")
    plug_delay: int | None = Field(None, ge=0, description="Simulated seconds until the cable is in.")
    connection_timeout: int | None = Field(
        None, gt=0, description="Simulated seconds that a session waits for its cable."
    )
    report_interval: int | None = Field(None, gt=0, description="Simulated seconds between two meter reports.")
    report_pause: float | None = Field(None, ge=0, description="Real seconds at least between two meter reports.")


@router.get("/settings")
def settings(platform: Here) -> Wire:
    names = (name for name in SettingsChange.model_fields if name != "fast")
    return {"fast": platform.clock.fast} | {name: getattr(platform.settings, name) for name in names}


@router.put("/settings")
def change_settings(platform: Here, change: SettingsChange) -> Wire:
    for name, value in change.model_dump(exclude_none=True).items():
        setattr(platform.clock if name == "fast" else platform.settings, name, value)
    return settings(platform)


class Reset(BaseModel):
    registrations: bool = Field(True, description="Forget the eMSPs and their tokens too.")


@router.post("/reset")
def reset(platform: Here, how: Reset | None = None) -> Wire:
    """As after a fresh start."""
    platform.reset((how or Reset()).registrations)
    return state(platform)


# --- Registrations ------------------------------------------------------------------------------


class Invitation(BaseModel):
    token: str | None = Field(None, max_length=64, description="Own value instead of a random one.")


class Registration(BaseModel):
    versions_url: str = Field(description="The eMSP's versions endpoint.")
    token: str = Field(description="The CREDENTIALS_TOKEN_A that the eMSP gave us.")


@router.get("/registrations")
def registrations(platform: Here) -> list[Wire]:
    """Every eMSP, also those that have only been given a token A."""
    return [partner.shown() for partner in platform.partners.all()]


@router.post("/token-a", status_code=201)
def invite(platform: Here, invitation: Invitation | None = None) -> Wire:
    """A CREDENTIALS_TOKEN_A with which one more eMSP may register."""
    wanted = (invitation or Invitation()).token
    if wanted and platform.partners.by_token([wanted]):
        raise HTTPException(409, "this token is in use already")
    partner = platform.partners.invite(wanted)
    return {"token_a": partner.our_tokens[0], "versions_url": platform.config.versions_url, "id": partner.id}


@router.post("/register", status_code=201)
def register(platform: Here, registration: Registration) -> Wire:
    """We are the Sender: GET versions and details, then POST credentials at the eMSP."""
    try:
        return platform.handshake.register(registration.versions_url, registration.token).shown()
    except PartnerError as error:
        raise _failed(error) from error


@router.post("/registrations/{partner_id}/update")
def update(platform: Here, partner_id: str) -> Wire:
    """PUT credentials with a fresh token for the eMSP."""
    try:
        return platform.handshake.update(_partner(platform, partner_id)).shown()
    except PartnerError as error:
        raise _failed(error) from error


@router.delete("/registrations/{partner_id}")
def unregister(platform: Here, partner_id: str, local: bool = False) -> Wire:
    """DELETE credentials at the eMSP and forget it; `local` only forgets it here (CRE-38)."""
    partner = _partner(platform, partner_id)
    answer = "not asked"
    if local or not partner.registered:
        platform.partners.forget(partner)
    else:
        try:
            platform.handshake.unregister(partner)
            answer = "accepted"
        except PartnerError as error:
            answer = error.message
    return {"unregistered": partner_id, "their_answer": answer}


def _partner(platform: Platform, partner_id: str) -> Partner:
    partner = platform.partners.get(partner_id)
    if partner is None:
        raise HTTPException(404, f"there is no registration {partner_id}")
    return partner


def _failed(error: PartnerError) -> HTTPException:
    detail = {"error": error.message, "http_status": error.http_status, "status_code": error.status_code}
    return HTTPException(502, detail)  # type: ignore[arg-type]


# --- Recorder and faults ------------------------------------------------------------------------


@router.get("/exchanges")
def exchanges(
    platform: Here, direction: str = "", contains: str = "", method: str = "", after: int = 0, limit: int = 100
) -> list[Wire]:
    """The last HTTP exchanges that fit, oldest first; `contains` looks in the URL, `after` is an exchange id."""
    fitting = [
        exchange
        for exchange in platform.recorder.all()
        if exchange.id > after
        and contains in exchange.url
        and exchange.direction.startswith(direction)
        and exchange.method.startswith(method.upper())
    ]
    return [exchange.shown() for exchange in fitting[-limit:]]


@router.delete("/exchanges")
def forget_exchanges(platform: Here) -> Wire:
    platform.recorder.clear()
    return {"exchanges": 0}


class FaultValue(BaseModel):
    value: Any = Field(None, description="Value of the fault's parameter; its default when absent.")


@router.get("/faults")
def faults(platform: Here) -> list[Wire]:
    """Every way in which this CPO can misbehave."""
    return platform.faults.rows()


@router.put("/faults/{name}")
def enable_fault(platform: Here, name: str, setting: FaultValue | None = None) -> Wire:
    try:
        platform.faults.enable(name, (setting or FaultValue()).value)
    except UnknownFault as error:
        raise HTTPException(404, error.args[0]) from error
    except ValueError as error:
        raise HTTPException(422, f"value: {error}") from error
    return platform.faults.row(name)


@router.delete("/faults/{name}")
def disable_fault(platform: Here, name: str) -> Wire:
    try:
        platform.faults.disable(name)
    except UnknownFault as error:
        raise HTTPException(404, error.args[0]) from error
    return platform.faults.row(name)


@router.delete("/faults")
def clear_faults(platform: Here) -> Wire:
    platform.faults.clear()
    return {"faults": []}
