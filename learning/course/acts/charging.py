"""Acts of a charge: cards at chargers, commands of apps, charging profiles, and the bill."""

from typing import Any

from ocpi.cdrs import checks
from ocpi.cdrs.models import CDR
from ocpi.chargingprofiles import services as profiles
from ocpi.commands import services as commands
from ocpi.protocol import chargingprofiles as profile_wire
from ocpi.protocol.commands import CommandType
from ocpi.protocol.errors import OcpiError
from ocpi.sessions.models import Session

from ..errors import Trouble
from .stage import APP, DRIVER, Stage, acting

_WORDS = {
    CommandType.START_SESSION: "start charging", CommandType.STOP_SESSION: "stop the session",
    CommandType.RESERVE_NOW: "reserve the EVSE", CommandType.CANCEL_RESERVATION: "cancel the reservation",
    CommandType.UNLOCK_CONNECTOR: "unlock the connector",
}  # fmt: skip


# --- at the charger --------------------------------------------------------------------------------------------------
@acting
def tap(stage: Stage, uid: str, location_id: str, evse_uid: str, connector_id: str = "1", **more: Any) -> None:
    """A driver holds a card to the reader; `more`: authorize_only. Remembers who decided, and the session."""
    stage.tell(DRIVER, "CPO", f"holds the card …{uid[-4:]} to the reader of {evse_uid}")
    place = {"location_id": location_id, "evse_uid": evse_uid, "connector_id": connector_id}
    outcome = stage.control.post("tap", {"token_uid": uid, **place, **more})
    happens = "charging may begin" if outcome["started"] else "no charge begins"
    stage.tell("CPO", DRIVER, f"{happens}: {outcome['reason']}")
    stage.remember(decided_by=outcome["decided_by"])
    if outcome["session_id"]:
        stage.remember(session_id=outcome["session_id"])


@acting
def plug(stage: Stage, location_id: str, evse_uid: str, **car: Any) -> None:
    stage.tell(DRIVER, "CPO", f"plugs in at {evse_uid}")
    stage.control.post("plug", {"location_id": location_id, "evse_uid": evse_uid, **({"vehicle": car} if car else {})})


@acting
def unplug(stage: Stage, location_id: str, evse_uid: str) -> None:
    stage.tell(DRIVER, "CPO", f"pulls the cable at {evse_uid}")
    stage.control.post("unplug", {"location_id": location_id, "evse_uid": evse_uid})


@acting
def stop_at_charger(stage: Stage, session_id: str) -> None:
    stage.tell(DRIVER, "CPO", "presses the stop button")
    stage.control.post("stop", {"session_id": session_id})


# --- from the app ----------------------------------------------------------------------------------------------------
def command(stage: Stage, type: str, **body: Any) -> None:
    """An app asks, we check, and send. What we refuse ourselves is told, and no message of OCPI."""
    kind = CommandType(type)
    stage.tell(APP, "EMSP", f"asks to {_WORDS[kind]}")
    try:
        row = commands.request(type=kind, body=body, sandbox=stage.partner)
    except OcpiError as error:
        stage.tell("EMSP", APP, f"refused before anything was sent: {error.message}")
        return
    stage.remember(command_id=str(row.pk))
    commands.send(str(row.pk))


@acting
def start(stage: Stage, evse_uid: str = "{evse_uid}", uid: str = "", **more: Any) -> None:
    """START_SESSION at this EVSE of the lesson's location, for the lesson's card."""
    card = {"uid": uid or stage.facts["token_uid"]}
    place = {"location_id": stage.facts["location_id"], "evse_uid": _fact(stage, evse_uid),
             "connector_id": stage.facts["connector_id"]}  # fmt: skip
    command(stage, "START_SESSION", token=card, **place, **more)


@acting
def stop(stage: Stage) -> None:
    command(stage, "STOP_SESSION", session_id=stage.facts["session_id"])


@acting
def unlock(stage: Stage, evse_uid: str = "{evse_uid}") -> None:
    command(stage, "UNLOCK_CONNECTOR", location_id=stage.facts["location_id"], evse_uid=_fact(stage, evse_uid),
            connector_id=stage.facts["connector_id"])  # fmt: skip


def _fact(stage: Stage, text: str) -> str:
    return str(stage.facts["evse_uid"]) if text == "{evse_uid}" else text


def _session(stage: Stage) -> Session:
    wanted = stage.facts.get("session_id", "")
    row = Session.objects.filter(partner=stage.partner, session_id=wanted).select_related("partner").first()
    if row is None:
        raise Trouble(f"we do not know the session {wanted or 'of this lesson'} yet")
    return row


@acting
def sweep_commands(stage: Stage) -> None:
    """What the clock does every few seconds: commands whose time is over get their state."""
    commands.sweep()


# --- limits over time ------------------------------------------------------------------------------------------------
@acting
def set_profile(stage: Stage, watts: float, seconds: int = 3600) -> None:
    stage.tell(APP, "EMSP", f"at most {watts / 1000:g} kW, please")
    profile = {"charging_rate_unit": "W", "duration": seconds,
               "charging_profile_period": [{"start_period": 0, "limit": watts}]}  # fmt: skip
    row = profiles.set_profile(session=_session(stage), profile=profile_wire.ChargingProfile.from_wire(profile))
    profiles.send(str(row.pk))


@acting
def get_profile(stage: Stage, seconds: int = 900) -> None:
    row = profiles.get_profile(session=_session(stage), duration=seconds)
    profiles.send(str(row.pk))


# --- the bill --------------------------------------------------------------------------------------------------------
@acting
def check_bills(stage: Stage) -> None:
    """Our own price for each bill that has not been checked, and what comes of the comparison."""
    for row in CDR.objects.filter(partner=stage.partner, verdict=CDR.Verdict.WAITING):
        checks.check(row.pk)
        row.refresh_from_db()
        ours = "no price" if row.our_cost is None else f"{row.our_cost:.2f} {row.currency}"
        stage.tell("EMSP", "EMSP", f"their bill {row.total_cost:.2f} {row.currency}, our price {ours}: "
                                   f"{row.get_verdict_display()}")  # fmt: skip


@acting
def copy_bill(stage: Stage) -> None:
    """The newest bill as it came, for those who write one: the same with a higher total, and its credit."""
    row = CDR.objects.filter(partner=stage.partner, credit=False).order_by("pk").last()
    if row is None:
        raise Trouble("there is no bill yet")
    bill = row.to_wire()
    cost = bill["total_cost"]
    credit = {
        "id": f"{row.wire_id[:34]}-C", "credit": True, "credit_reference_id": row.wire_id,
        "total_cost": {name: -amount for name, amount in cost.items()},
    }  # fmt: skip
    dearer = {"total_cost": {name: amount + 1 for name, amount in cost.items()}}
    stage.remember(bill=bill, credit=bill | credit, dearer=bill | dearer, cdr_id=row.wire_id)
