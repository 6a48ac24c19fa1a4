"""Real-time authorization by an eMSP (chapter 12.2.1)."""

from typing import Any

from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Severity, Skip, Target, check
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.tokens import AuthorizationInfo

from .expecting import refusal, success

EMSP = Target.EMSP
NOBODY = "KIT-NO-SUCH-TOKEN"


def _ask(kit: Kit, uid: str, type_: str = "", **kwargs: Any) -> Exchange:
    query = {"type": type_} if type_ else None
    return kit.post("tokens", uid, "authorize", query=query, **kwargs)


def _token(kit: Kit, **wanted: Any) -> dict[str, Any]:
    """One of theirs. Raises Skip when none is like that."""
    for item in kit.objects("tokens"):
        if all(item.get(key) == value for key, value in wanted.items()):
            return item
    raise Skip("no listed token is " + ", ".join(f"{key} {value}" for key, value in wanted.items()))


@check("TOK-08", tests=EMSP, module="tokens")
def unknown_card(kit: Kit) -> Findings:
    """A token that the eMSP does not know: HTTP 404 and 2004, and no data."""
    answer = _ask(kit, NOBODY)
    if answer.codes != (404, 2004):
        yield f"an unknown token was answered with {answer.outcome}, not with HTTP 404 and 2004", answer
    if answer.one.get("allowed"):
        yield f"an unknown token is {answer.one['allowed']}", answer


@check("TOK-06", tests=EMSP, module="tokens")
def known_card(kit: Kit) -> Findings:
    """A token that the eMSP knows: a decision with the whole token."""
    token = _token(kit)
    answer = _ask(kit, str(token.get("uid")), str(token.get("type", "RFID")))
    yield from success(answer, "a token that is listed")
    if answer.succeeded:
        yield from _read(answer, token)


def _read(answer: Exchange, token: dict[str, Any]) -> Findings:
    try:
        info = AuthorizationInfo.from_wire(answer.payload)
    except InvalidObject as error:
        yield f"the answer cannot be read: {error.message}", answer
        return
    if info.token.uid.upper() != str(token.get("uid")).upper():
        yield "the token in the answer is another one", answer


@check("TOK-17 TOK-09", tests=EMSP, module="tokens")
def invalid_card(kit: Kit) -> Findings:
    """A token that is not valid is not ALLOWED; the answer is a success all the same, with the reason."""
    token = _token(kit, valid=False)
    answer = _ask(kit, str(token.get("uid")), str(token.get("type", "RFID")))
    yield from success(answer, "a token that is not valid")
    if answer.one.get("allowed") == "ALLOWED":
        yield "a token with valid:false is ALLOWED", answer


@check("TOK-07", tests=EMSP, module="tokens")
def type_of_a_card(kit: Kit) -> Findings:
    """The type in the query is part of the key: without it RFID is meant, and the uid of another type is unknown."""
    token = _token(kit, type="RFID")
    uid = str(token["uid"])
    without, with_type = _ask(kit, uid), _ask(kit, uid, "RFID")
    if without.codes != with_type.codes:
        yield f"without a type: {without.outcome}; as RFID: {with_type.outcome}", without
    listed = {(str(item.get("uid")).upper(), item.get("type")) for item in kit.objects("tokens")}
    if (uid.upper(), "OTHER") not in listed and (answer := _ask(kit, uid, "OTHER")).succeeded:
        yield "the uid is known as OTHER too, which is not listed", answer


@check("TOK-26", tests=EMSP, module="tokens")
def card_in_any_letter_case(kit: Kit) -> Findings:
    """The uid of a token is found in any letter case."""
    token = _token(kit)
    uid, type_ = str(token["uid"]), str(token.get("type", "RFID"))
    if uid.swapcase() == uid:
        raise Skip("the uid has no letters")
    as_listed, other = _ask(kit, uid, type_), _ask(kit, uid.swapcase(), type_)
    if as_listed.succeeded and not other.succeeded:
        yield f"in other letters it was answered with {other.outcome}", other


@check("TOK-10 TOK-12", tests=EMSP, module="tokens")
def card_at_a_place(kit: Kit) -> Findings:
    """A place may be named; the answer names it again only when it was asked for."""
    token = _token(kit)
    uid, type_ = str(token["uid"]), str(token.get("type", "RFID"))
    nowhere = _ask(kit, uid, type_)
    if nowhere.succeeded and nowhere.one.get("location"):
        yield "the answer names a location that nobody asked for", nowhere
    place = _ask(kit, uid, type_, body={"location_id": "KIT-TEST-PLACE", "evse_uids": ["KIT-TEST-EVSE"]})
    if place.http_status != 200 or (place.code or 0) >= 3000:
        yield f"with a place it was answered with {place.outcome}", place


@check("TOK-15", tests=EMSP, module="tokens")
def authorization_reference(kit: Kit) -> Findings:
    """The reference that comes with a decision has at most 36 characters."""
    token = _token(kit)
    answer = _ask(kit, str(token["uid"]), str(token.get("type", "RFID")))
    reference = answer.one.get("authorization_reference")
    if reference is not None and (not isinstance(reference, str) or not 0 < len(reference) <= 36):
        yield f"authorization_reference is {reference!r}", answer


@check("TOK-18", tests=EMSP, module="tokens", severity=Severity.NOTE)
def type_that_is_none(kit: Kit) -> Findings:
    """A type that does not exist is a wrong parameter: 2xxx."""
    yield from refusal(_ask(kit, NOBODY, "KITTYPE"), "type=KITTYPE")


@check("TOK-16", tests=EMSP, module="tokens", severity=Severity.WARNING)
def quick_decision(kit: Kit) -> Findings:
    """A driver waits for the decision: it comes with as little delay as possible, here within two seconds."""
    answer = _ask(kit, NOBODY)
    if answer.duration_ms > 2000:
        yield f"it took {answer.duration_ms} ms", answer


@check("TOK-05 TRA-28", tests=EMSP, module="tokens", severity=Severity.NOTE)
def tokens_of_theirs_are_read_only(kit: Kit) -> Findings:
    """The eMSP owns its tokens: nobody else changes them."""
    answer = kit.delete("tokens", kit.theirs.country_code if kit.theirs else "NL", "KIT", NOBODY)
    if answer.succeeded:
        yield f"DELETE was answered with {answer.outcome}", answer


@check("CMD-13", tests=EMSP, module="commands", severity=Severity.NOTE)
def result_of_nothing(kit: Kit) -> Findings:
    """A result of a command that the eMSP never sent is no success."""
    answer = kit.post("commands", "START_SESSION", "kit-no-such-command", body={"result": "ACCEPTED"})
    if answer.succeeded:
        yield f"it was answered with {answer.outcome}", answer
