"""Commands as a CPO receives them, without moving a charger: what it must refuse (chapter 13)."""

from dataclasses import dataclass
from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Skip, Target, check
from ocpi.core import ids
from ocpi.protocol.commands import CommandResponse, CommandResult
from ocpi.protocol.errors import InvalidObject

from .expecting import refusal

CPO, COMMANDS = Target.CPO, Level.COMMANDS
NOBODY = "KIT-NO-SUCH-ID"


@dataclass
class Sent:
    """A command, the answer to it, and below which path of ours its result comes."""

    kind: str
    answer: Exchange
    path: str

    @property
    def result(self) -> Any:
        return self.answer.one.get("result")

    def results(self, kit: Kit) -> list[Exchange]:
        return kit.came("POST", self.path)


def command(kit: Kit, kind: str, **order: Any) -> Sent:
    """Raises Skip without a server of ours."""
    name = ids.new_id()
    order = {"response_url": kit.visitor.url("commands", kind, name), **order}
    sent = Sent(kind, kit.post("commands", kind, body=order), f"commands/{kind}/{name}")
    kit.kept.setdefault("commands", []).append(sent)
    return sent


def read_response(sent: Sent) -> Findings:
    """The answer as a CommandResponse."""
    try:
        response = CommandResponse.from_wire(sent.answer.payload)
    except InvalidObject as error:
        yield f"the answer to {sent.kind} is no CommandResponse: {error.message}", sent.answer
        return
    if response.timeout < 0:
        yield f"timeout is {response.timeout}", sent.answer


def valid_token(kit: Kit, suffix: str = "V") -> dict[str, Any]:
    """A token of ours with which somebody may charge; the eMSP has authorised it already (CMD-19)."""
    token = samples.token(kit.party, kit.run_id + suffix, valid=True, type="APP_USER", last_updated=samples.moment(-60))
    if token["uid"] not in {each["uid"] for each in kit.visitor.tokens}:
        kit.visitor.tokens.append(token)
    return token


@check("CMD-08 CMD-05", tests=CPO, module="commands", level=COMMANDS)
def start_nowhere(kit: Kit) -> Findings:
    """START_SESSION at an unknown location is no success: 2003, or at least REJECTED."""
    sent = command(kit, "START_SESSION", token=valid_token(kit), location_id=NOBODY)
    if sent.result == "ACCEPTED":
        yield "it was ACCEPTED", sent.answer
    elif sent.answer.succeeded and sent.result not in ("REJECTED", "NOT_SUPPORTED"):
        yield f"it was answered with {sent.answer.outcome} and the result {sent.result}", sent.answer


@check("CMD-08", tests=CPO, module="commands", level=COMMANDS, severity=Severity.WARNING)
def code_of_an_unknown_location(kit: Kit) -> Findings:
    """The status code for an unknown location is 2003."""
    sent = command(kit, "START_SESSION", token=valid_token(kit), location_id=NOBODY)
    if sent.answer.code != 2003:
        yield f"it was answered with {sent.answer.outcome}", sent.answer


@check("CMD-08", tests=CPO, module="commands", level=COMMANDS)
def stop_nothing(kit: Kit) -> Findings:
    """STOP_SESSION of an unknown session is answered with UNKNOWN_SESSION."""
    sent = command(kit, "STOP_SESSION", session_id=NOBODY)
    if sent.result not in ("UNKNOWN_SESSION", "NOT_SUPPORTED"):
        yield f"the result is {sent.result} ({sent.answer.outcome})", sent.answer


@check("CMD-11 CMD-06", tests=CPO, module="commands", level=COMMANDS)
def cancel_nothing(kit: Kit) -> Findings:
    """CANCEL_RESERVATION of a reservation that nobody made is refused at once, or by its result."""
    sent = command(kit, "CANCEL_RESERVATION", reservation_id=NOBODY)
    yield from read_response(sent)
    if sent.result != "ACCEPTED":
        return
    results = kit.wait(lambda: sent.results(kit))
    if not results:
        yield "it was ACCEPTED and no result came", sent.answer
    elif _said(results[0]) in ("ACCEPTED", "CANCELED_RESERVATION"):
        yield f"the result is {_said(results[0])}", results[0]


def _said(result: Exchange) -> Any:
    return result.sent.get("result") if isinstance(result.sent, dict) else None


@check("CMD-35", tests=CPO, module="commands", level=COMMANDS, severity=Severity.NOTE)
def command_that_is_none(kit: Kit) -> Findings:
    """A command that does not exist is no success."""
    sent = command(kit, "MAKE_COFFEE")
    if sent.answer.succeeded and sent.result == "ACCEPTED":
        yield "it was ACCEPTED", sent.answer


@check("TRA-23 TYP-13", tests=CPO, module="commands", level=COMMANDS)
def incomplete_command(kit: Kit) -> Findings:
    """A command without a required field is answered with HTTP 200 and 2xxx."""
    yield from refusal(command(kit, "START_SESSION", location_id=NOBODY).answer, "START_SESSION without a token")
    yield from refusal(command(kit, "STOP_SESSION").answer, "STOP_SESSION without a session_id")


@check("CMD-22 CMD-19", tests=CPO, module="commands", level=COMMANDS, severity=Severity.WARNING)
def start_for_a_foreign_driver(kit: Kit) -> Findings:
    """A command with the token of another eMSP is not carried out."""
    place = free_place(kit)
    foreign = valid_token(kit) | {"country_code": "XX", "party_id": "ZZZ"}
    sent = command(kit, "START_SESSION", token=foreign, **place)
    if sent.result == "ACCEPTED":
        yield "START_SESSION with a token of XX/ZZZ was ACCEPTED", sent.answer


def free_place(kit: Kit, capability: str = "REMOTE_START_STOP_CAPABLE") -> dict[str, str]:
    """Where a command makes sense: as --location says, or the first free EVSE that can do it. Raises Skip."""
    wanted, _, uid = kit.options.location.partition("/")
    for location in kit.objects("locations"):
        for evse in location.get("evses") or []:
            if wanted and (location.get("id") != wanted or (uid and evse.get("uid") != uid)):
                continue
            free = evse.get("status") == "AVAILABLE" and capability in (evse.get("capabilities") or [])
            if free and evse.get("connectors") and evse.get("uid") not in kit.kept.get("used", set()):
                connector = str(evse["connectors"][0].get("id"))
                return {"location_id": location["id"], "evse_uid": evse["uid"], "connector_id": connector}
    raise Skip(f"no free EVSE is {capability}")


@check("CMD-05 CMD-10 CMD-30 CMD-27", tests=CPO, module="commands", level=COMMANDS)
def reserve_and_cancel(kit: Kit) -> Findings:
    """RESERVE_NOW and CANCEL_RESERVATION: accepted at once, and a result of the charger for each."""
    place = free_place(kit, "RESERVABLE")
    kit.kept.setdefault("used", set()).add(place["evse_uid"])
    name = f"KIT-{kit.run_id}"
    place.pop("connector_id")
    order = {"token": valid_token(kit, "R"), "expiry_date": samples.moment(900), "reservation_id": name, **place}
    for kind, fields in (("RESERVE_NOW", order), ("CANCEL_RESERVATION", {"reservation_id": name})):
        sent = command(kit, kind, **fields)
        yield from read_response(sent)
        if sent.result != "ACCEPTED":
            yield f"{kind} was answered with {sent.result} ({sent.answer.outcome})", sent.answer
            return
        results = kit.wait(lambda sent=sent: sent.results(kit))
        if not results:
            yield f"no result of {kind} came within {kit.options.patience:g} s", sent.answer
            return
        yield from read_result(kind, results[0])


def read_result(kind: str, result: Exchange, wanted: tuple[str, ...] = ("ACCEPTED",)) -> Findings:
    try:
        CommandResult.from_wire(result.sent)
    except InvalidObject as error:
        yield f"the result of {kind} is no CommandResult: {error.message}", result
        return
    if _said(result) is None:
        yield f"the result of {kind} is wrapped in something", result
    elif _said(result) not in wanted:
        yield f"the result of {kind} is {_said(result)}", result


@check("CHP-06 CHP-02", tests=CPO, module="chargingprofiles", level=COMMANDS)
def profile_of_no_session(kit: Kit) -> Findings:
    """The charging profile of an unknown session: UNKNOWN_SESSION."""
    query = {"duration": "900", "response_url": kit.visitor.url("chargingprofiles", ids.new_id())}
    answer = kit.get("chargingprofiles", NOBODY, query=query)
    if answer.one.get("result") not in ("UNKNOWN_SESSION", "NOT_SUPPORTED", "REJECTED"):
        yield f"the result is {answer.one.get('result')} ({answer.outcome})", answer


@check("SES-36 SES-37", tests=CPO, module="sessions", level=COMMANDS, severity=Severity.WARNING)
def preferences_of_no_session(kit: Kit) -> Findings:
    """Charging preferences for an unknown session are no success, or NOT_POSSIBLE."""
    answer = kit.put("sessions", NOBODY, "charging_preferences", body={"profile_type": "REGULAR"})
    if answer.succeeded and answer.data != "NOT_POSSIBLE":
        yield f"they were answered with {answer.outcome}", answer
