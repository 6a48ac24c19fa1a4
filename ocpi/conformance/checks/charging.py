"""A whole charge at a CPO, from START_SESSION to its bill; it moves a charger: --commands (chapters 9 and 13)."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Skip, Target, check
from ocpi.core import ids
from ocpi.protocol.merge import merge
from ocpi.protocol.states import SESSION
from ocpi.protocol.types import ci_equal, parse_datetime

from .commands import Sent, command, free_place, read_response, read_result, valid_token
from .content import problem_of

CPO, COMMANDS = Target.CPO, Level.COMMANDS
ENOUGH = 0.001  # kWh after which a charge may be stopped


@dataclass
class Charge:
    """What we asked for, and what came of it."""

    place: dict[str, str]
    token: dict[str, Any]
    reference: str
    start: Sent
    stop: Sent | None = None
    session_id: str = ""
    states: list[tuple[dict[str, Any], Exchange]] = field(default_factory=list)
    cdr: tuple[dict[str, Any], Exchange] | None = None

    @property
    def session(self) -> dict[str, Any]:
        """The newest state."""
        return self.states[-1][0] if self.states else {}


def _charge(kit: Kit) -> Charge:
    """The charge of this run. Raises Skip when none was accepted."""
    if "charge" not in kit.kept:
        raise Skip("there was no charge")
    charge: Charge = kit.kept["charge"]
    return charge


def _with_session(kit: Kit) -> Charge:
    charge = _charge(kit)
    if not charge.states:
        raise Skip("there was no session")
    return charge


def _follow(kit: Kit, charge: Charge) -> bool:
    """Take in what was pushed, and when nothing is, what the list holds. Whether there is a session."""
    pushed = [each for each in kit.received if each.path.startswith("sessions/") and each.method in ("PUT", "PATCH")]
    charge.states = []
    for each in pushed:
        found = each.sent if isinstance(each.sent, dict) else {}
        if each.method == "PUT" and _is_ours(found, charge):
            charge.session_id = str(found.get("id"))
            charge.states.append((found, each))
        elif each.method == "PATCH" and charge.states and each.path.upper().endswith(f"/{charge.session_id.upper()}"):
            charge.states.append((merge(charge.session, found), each))
    return bool(charge.states) or _pulled(kit, charge)


def _is_ours(session: dict[str, Any], charge: Charge) -> bool:
    """By what we gave it; by its place only when it carries nothing of that."""
    token = session.get("cdr_token")
    uid = token.get("uid") if isinstance(token, dict) else None
    if ci_equal(str(session.get("authorization_reference")), charge.reference):
        return True
    return ci_equal(str(uid), charge.token["uid"]) or ci_equal(str(session.get("evse_uid")), charge.place["evse_uid"])


def _pulled(kit: Kit, charge: Charge) -> bool:
    if not kit.offers("sessions"):
        return False
    page = kit.page("sessions", date_from=kit.kept["charge_began"])
    for item in page.objects:
        if isinstance(item, dict) and _is_ours(item, charge):
            charge.session_id = str(item.get("id"))
            charge.states = [(item, page)]
    return bool(charge.states)


@check("CMD-05 CMD-25 CMD-20", tests=CPO, module="commands", level=COMMANDS)
def start_session(kit: Kit) -> Findings:
    """START_SESSION at a free EVSE that can be started remotely is ACCEPTED, with the seconds until a result."""
    place, token, reference = free_place(kit), valid_token(kit), f"KIT-{ids.new_id()[:20]}"
    kit.kept["charge_began"] = samples.moment(-5)
    kit.kept.setdefault("used", set()).add(place["evse_uid"])
    sent = command(kit, "START_SESSION", token=token, authorization_reference=reference, **place)
    yield from read_response(sent)
    if sent.result == "ACCEPTED" or not sent.answer.succeeded:
        kit.kept["charge"] = Charge(place, token, reference, sent)
    if sent.result != "ACCEPTED":
        yield f"the result is {sent.result} ({sent.answer.outcome})", sent.answer


@check("CMD-06 CMD-09 CMD-10 CMD-11", tests=CPO, module="commands", level=COMMANDS)
def result_of_the_start(kit: Kit) -> Findings:
    """After ACCEPTED the charger's result comes to the response_url within the timeout: a bare CommandResult."""
    charge = _charge(kit)
    results = kit.wait(lambda: charge.start.results(kit))
    if not results:
        yield f"no result came within {kit.options.patience:g} s", charge.start.answer
        return
    yield from read_result("START_SESSION", results[0])
    if charge.start.result != "ACCEPTED":
        yield "there is a result although the command was not ACCEPTED", results[0]


@check("CMD-18 SES-14 CMD-26", tests=CPO, module="sessions", level=COMMANDS)
def session_of_the_start(kit: Kit) -> Findings:
    """A charge that was started becomes a session, which the eMSP is sent or finds in the list."""
    charge = _charge(kit)
    if not kit.wait(lambda: _follow(kit, charge)):
        yield f"no session came within {kit.options.patience:g} s", charge.start.answer
    kit.wait(lambda: _follow(kit, charge) and (charge.session.get("kwh") or 0) >= ENOUGH)


@check("SES-21 CMD-26", tests=CPO, module="sessions", level=COMMANDS)
def token_of_the_session(kit: Kit) -> Findings:
    """The session carries the token of the command, with contract and party."""
    charge = _with_session(kit)
    for session, exchange in charge.states:
        token = session.get("cdr_token")
        if not isinstance(token, dict):
            yield "there is no cdr_token", exchange
        else:
            for name in ("country_code", "party_id", "uid", "type", "contract_id"):
                if not ci_equal(str(token.get(name)), str(charge.token[name])):
                    yield f"{name} of the cdr_token is not that of the command", exchange


@check("SES-22 CMD-25", tests=CPO, module="sessions", level=COMMANDS)
def reference_of_the_session(kit: Kit) -> Findings:
    """The authorization_reference of the command comes back in the session."""
    for session, exchange in _with_session(kit).states:
        if not ci_equal(str(session.get("authorization_reference")), _charge(kit).reference):
            yield f"authorization_reference is {session.get('authorization_reference')}", exchange


@check("SES-20 SES-19", tests=CPO, module="sessions", level=COMMANDS)
def place_of_the_session(kit: Kit) -> Findings:
    """The session takes place where the command wanted it."""
    charge = _with_session(kit)
    for name, value in charge.place.items():
        if not ci_equal(str(charge.session.get(name)), value):
            yield f"{name} is {charge.session.get(name)}, not {value}", charge.states[-1][1]


@check("CMD-05 CMD-10", tests=CPO, module="commands", level=COMMANDS)
def stop_session(kit: Kit) -> Findings:
    """STOP_SESSION of a session that runs is ACCEPTED, and its result comes."""
    charge = _with_session(kit)
    charge.stop = command(kit, "STOP_SESSION", session_id=charge.session_id)
    yield from read_response(charge.stop)
    if charge.stop.result != "ACCEPTED":
        yield f"the result is {charge.stop.result} ({charge.stop.answer.outcome})", charge.stop.answer
        return
    results = kit.wait(lambda: charge.stop and charge.stop.results(kit))
    if not results:
        yield f"no result came within {kit.options.patience:g} s", charge.stop.answer
    else:
        yield from read_result("STOP_SESSION", results[0])


@check("SES-14 SES-17", tests=CPO, module="sessions", level=COMMANDS)
def session_is_completed(kit: Kit) -> Findings:
    """A session that was stopped becomes COMPLETED, with its end."""
    charge = _with_session(kit)
    if charge.stop is None or charge.stop.result != "ACCEPTED":
        raise Skip("the session was not stopped")
    if not kit.wait(lambda: _follow(kit, charge) and charge.session.get("status") == "COMPLETED"):
        yield f"the session is {charge.session.get('status')} after {kit.options.patience:g} s", charge.states[-1][1]
    elif not charge.session.get("end_date_time"):
        yield "end_date_time is missing", charge.states[-1][1]


@check("SES-14 SES-15", tests=CPO, module="sessions", level=COMMANDS)
def states_of_the_session(kit: Kit) -> Findings:
    """PENDING or RESERVATION comes first, then ACTIVE; nothing follows COMPLETED."""
    states = [(str(session.get("status")), exchange) for session, exchange in _with_session(kit).states]
    for (before, _), (after, exchange) in pairwise(states):
        if before in SESSION.states and not SESSION.allows(before, after) and (before, after) != ("COMPLETED",) * 2:
            yield f"{after} follows {before}", exchange


@check("TYP-13 SES-01", tests=CPO, module="sessions", level=COMMANDS)
def pushed_sessions_are_whole(kit: Kit) -> Findings:
    """A session that is PUT is complete."""
    for session, exchange in _with_session(kit).states:
        if exchange.method == "PUT" and (problem := problem_of("sessions", session)):
            yield problem, exchange


@check("SES-24", tests=CPO, module="sessions", level=COMMANDS, severity=Severity.WARNING)
def energy_only_grows(kit: Kit) -> Findings:
    """kwh is what was charged until now: it never becomes less."""
    last = 0.0
    for session, exchange in _with_session(kit).states:
        kwh = session.get("kwh")
        if isinstance(kwh, int | float):
            if kwh < last:
                yield f"kwh went from {last:g} to {kwh:g}", exchange
            last = float(kwh)


@check("SES-10 AMB-04", tests=CPO, module="sessions", level=COMMANDS, severity=Severity.WARNING)
def pushes_in_order(kit: Kit) -> Findings:
    """last_updated of a session moves forward from push to push."""
    newest = None
    for _, exchange in _with_session(kit).states:
        text = exchange.sent.get("last_updated") if isinstance(exchange.sent, dict) else None
        try:
            moment = parse_datetime(str(text))
        except ValueError:
            continue
        if newest is not None and moment < newest:
            yield f"a push of {text} came after a newer one", exchange
        newest = max(newest, moment) if newest else moment


@check("SES-28 TRA-42", tests=CPO, module="sessions", level=COMMANDS)
def session_is_listed(kit: Kit) -> Findings:
    """What is pushed can be pulled too: the list holds the session in the same state."""
    charge = _with_session(kit)
    page = kit.page("sessions", date_from=kit.kept["charge_began"])
    found = [each for each in page.objects if isinstance(each, dict) and _is_named(each, charge.session_id)]
    if not found:
        yield f"the session {charge.session_id} is not in the list", page
    elif charge.session.get("status") == "COMPLETED" and found[0].get("status") != "COMPLETED":
        yield f"the session is COMPLETED, and {found[0].get('status')} in the list", page


def _is_named(item: dict[str, Any], name: str) -> bool:
    return ci_equal(str(item.get("id")), name)


@check("CDR-01 CDR-33", tests=CPO, module="cdrs", level=COMMANDS)
def cdr_of_the_charge(kit: Kit) -> Findings:
    """A completed session is billed by a CDR, which is sent or found in the list."""
    charge = _with_session(kit)
    if charge.session.get("status") != "COMPLETED":
        raise Skip("the session was not completed")
    if not kit.wait(lambda: _bill(kit, charge)):
        yield f"no CDR came within {kit.options.patience:g} s", charge.states[-1][1]


def _bill(kit: Kit, charge: Charge) -> bool:
    pushed = [(each.sent, each) for each in kit.came("POST", "cdrs") if isinstance(each.sent, dict)]
    listed: list[Any] = []
    if not pushed:
        page = kit.page("cdrs", date_from=kit.kept["charge_began"])
        listed = [(item, page) for item in page.objects if isinstance(item, dict)]
    for cdr, exchange in pushed + listed:
        if ci_equal(str(cdr.get("session_id")), charge.session_id):
            charge.cdr = cdr, exchange
    return charge.cdr is not None


@check("CDR-33 TRA-42", tests=CPO, module="cdrs", level=COMMANDS)
def cdr_is_listed(kit: Kit) -> Findings:
    """The list of CDRs holds every one, so that a bill whose push was lost can be found."""
    charge = _charge(kit)
    if charge.cdr is None:
        raise Skip("there was no CDR")
    page = kit.page("cdrs", date_from=kit.kept["charge_began"])
    if not any(isinstance(item, dict) and _is_named(item, str(charge.cdr[0].get("id"))) for item in page.objects):
        yield f"{charge.cdr[0].get('id')} is not in the list", page


@check("CMD-15 CMD-06", tests=CPO, module="commands", level=COMMANDS, severity=Severity.WARNING)
def one_result_for_each_command(kit: Kit) -> Findings:
    """Each command that was ACCEPTED has one result, at its own response_url."""
    for sent in kit.kept.get("commands", []):
        results = sent.results(kit)
        if len(results) > 1:
            yield f"{len(results)} results of one {sent.kind} came", results[1]
        if results and sent.result != "ACCEPTED":
            yield f"a result of {sent.kind} came, which was not ACCEPTED", results[0]


@check("CMD-12 CMD-36 HUB-22", tests=CPO, module="commands", level=COMMANDS)
def results_come_from_the_cpo(kit: Kit) -> Findings:
    """Results carry our token, and routing headers from the CPO's party to ours."""
    for sent in kit.kept.get("commands", []):
        for result in sent.results(kit):
            if result.http_status == 401:
                yield f"the result of {sent.kind} does not carry our token", result
                continue
            said = result.asked_with("OCPI-from-party-id")
            if not said and not kit.peer_to_peer:
                yield f"the result of {sent.kind} does not say from whom it comes", result
            elif said and kit.theirs and not ci_equal(said, kit.theirs.party_id):
                yield f"the result of {sent.kind} comes from the party {said}, not {kit.theirs.party_id}", result
