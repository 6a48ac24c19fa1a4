"""Sessions as an eMSP receives them: they cannot be deleted, so they need --writes (chapter 9.2.2)."""

from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Skip, Target, check
from ocpi.protocol.headers import PartyId

from .expecting import missing, refusal, same, success
from .locations import place

EMSP, WRITES = Target.EMSP, Level.WRITES


def card(kit: Kit) -> dict[str, Any]:
    """A card of theirs, valid in form only. Raises Skip when we do not know who they are."""
    if kit.theirs is None:
        raise Skip("the eMSP's party is not known")
    return samples.cdr_token(PartyId(*kit.theirs))


def _held(kit: Kit, suffix: str, **changes: Any) -> dict[str, Any]:
    session = samples.session(kit.party, card(kit), kit.run_id + suffix, **changes)
    kit.put("sessions", *place(kit, session["id"]), body=session)
    return session


@check("SES-01 SES-11 TYP-21", tests=EMSP, module="sessions", level=WRITES)
def put_session(kit: Kit) -> Findings:
    """PUT creates a session; GET gives it back as it was sent."""
    session = samples.session(kit.party, card(kit), kit.run_id)
    yield from success(kit.put("sessions", *place(kit, session["id"]), body=session), "PUT of a new session")
    answer = kit.get("sessions", *place(kit, session["id"]))
    yield from success(answer, "GET of a session that was just PUT")
    if answer.succeeded:
        yield from ((text, answer) for text in same(session, answer.one))


@check("SES-03 TRA-36", tests=EMSP, module="sessions", level=WRITES)
def patch_session(kit: Kit) -> Findings:
    """PATCH changes the fields that it carries and no others."""
    session = _held(kit, "P")
    change = {"kwh": 2.5, "last_updated": samples.moment(-30)}
    yield from success(kit.patch("sessions", *place(kit, session["id"]), body=change), "PATCH of a session")
    answer = kit.get("sessions", *place(kit, session["id"]))
    if answer.succeeded:
        yield from ((text, answer) for text in same(session | change, answer.one))


@check("SES-05 SES-06", tests=EMSP, module="sessions", level=WRITES)
def patch_appends_periods(kit: Kit) -> Findings:
    """charging_periods of a PATCH are added to those that are there; a PATCH without any leaves them alone."""
    session = _held(kit, "A")
    more = {"charging_periods": [samples.period(1.0, minutes=30)], "last_updated": samples.moment(-30)}
    kit.patch("sessions", *place(kit, session["id"]), body=more)
    kit.patch("sessions", *place(kit, session["id"]), body={"kwh": 2.5, "last_updated": samples.moment(-20)})
    answer = kit.get("sessions", *place(kit, session["id"]))
    if answer.succeeded and len(answer.one.get("charging_periods") or []) != 2:
        yield f"after a PUT with one period and a PATCH with one there are {_count(answer.one)}", answer


def _count(session: dict[str, Any]) -> int:
    return len(session.get("charging_periods") or [])


@check("SES-02 TRA-35", tests=EMSP, module="sessions", level=WRITES)
def put_replaces_periods(kit: Kit) -> Findings:
    """PUT replaces the session with its charging periods: without any there are none."""
    session = _held(kit, "R")
    fresh = session | {"charging_periods": [], "kwh": 0, "last_updated": samples.moment(-30)}
    yield from success(kit.put("sessions", *place(kit, session["id"]), body=fresh), "PUT of a known session")
    answer = kit.get("sessions", *place(kit, session["id"]))
    if answer.succeeded and _count(answer.one):
        yield "the old charging periods are still there", answer


@check("SES-04", tests=EMSP, module="sessions", level=WRITES)
def session_patch_without_a_date(kit: Kit) -> Findings:
    """Every PATCH carries last_updated; without it the answer is 2xxx."""
    session = _held(kit, "L")
    answer = kit.patch("sessions", *place(kit, session["id"]), body={"kwh": 3})
    yield from refusal(answer, "a PATCH without last_updated")


@check("SES-09 SES-11", tests=EMSP, module="sessions", severity=Severity.WARNING)
def no_such_session(kit: Kit) -> Findings:
    """A session that does not exist is answered with HTTP 404."""
    yield from missing(kit.get("sessions", *place(kit, "KIT-NO-SUCH-ID")), "an unknown session")


@check("TRA-23 TYP-14", tests=EMSP, module="sessions", level=WRITES)
def incomplete_session(kit: Kit) -> Findings:
    """An update without a required field, or with a status that is none, is answered with HTTP 200 and 2xxx."""
    session = _held(kit, "I")
    for change in ({"cdr_token": None}, {"status": "PAUSED"}, {"kwh": "much"}):
        answer = kit.put("sessions", *place(kit, session["id"]), body=session | change)
        yield from refusal(answer, f"a session with such a {next(iter(change))}")


@check("SES-13 TRA-39", tests=EMSP, module="sessions", level=WRITES)
def session_of_a_foreign_party(kit: Kit) -> Findings:
    """Nobody sends objects of a party that is not his: HTTP 404, and nothing is kept."""
    session = samples.session(PartyId("XX", "ZZZ"), card(kit), kit.run_id + "F")
    yield from missing(kit.put("sessions", "XX", "ZZZ", session["id"], body=session), "PUT for a foreign party")


@check("SES-21", tests=EMSP, module="sessions", level=WRITES, severity=Severity.NOTE)
def session_of_a_foreign_driver(kit: Kit) -> Findings:
    """The token of a session belongs to the eMSP that is told of it; 2004 says that it does not."""
    session = samples.session(kit.party, samples.cdr_token(PartyId("XX", "ZZZ")), kit.run_id + "G")
    answer = kit.put("sessions", *place(kit, session["id"]), body=session)
    if answer.succeeded:
        yield "a session of another eMSP's driver was taken", answer


@check("SES-12 TRA-28", tests=EMSP, module="sessions", level=WRITES, severity=Severity.NOTE)
def no_delete_of_sessions(kit: Kit) -> Findings:
    """Sessions cannot be deleted, and POST does not exist for them."""
    session = _held(kit, "E")
    for answer in (kit.delete("sessions", *place(kit, session["id"])), kit.post("sessions", body=session)):
        if answer.succeeded:
            yield f"{answer.method} was answered with {answer.outcome}", answer


@check("LOC-52 SES-15", tests=EMSP, module="sessions", level=WRITES, severity=Severity.WARNING)
def older_session_does_not_win(kit: Kit) -> Findings:
    """A state that is older than the one held does not replace it."""
    session = _held(kit, "O", kwh=2.0, last_updated=samples.moment(-30))
    older = session | {"kwh": 0.5, "last_updated": samples.moment(-3000)}
    kit.put("sessions", *place(kit, session["id"]), body=older)
    answer = kit.get("sessions", *place(kit, session["id"]))
    if answer.succeeded and answer.one.get("kwh") == older["kwh"]:
        yield "the older state was taken", answer
