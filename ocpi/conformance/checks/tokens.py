"""Tokens as a CPO receives them: PUT, GET, PATCH of a test token that is not valid (chapter 12.2.2)."""

from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Target, check

from .expecting import missing, same, status, success

CPO, OBJECTS = Target.CPO, Level.OBJECTS


def place(kit: Kit, uid: str) -> tuple[str, str, str]:
    return kit.party.country_code, kit.party.party_id, uid


def held(kit: Kit, suffix: str = "", **changes: Any) -> dict[str, Any]:
    """A test token that was just PUT; what came of that is for another check to tell."""
    token = samples.token(kit.party, kit.run_id + suffix, **changes)
    kit.put("tokens", *place(kit, token["uid"]), body=token)
    return token


@check("TOK-36 TOK-19", tests=CPO, module="tokens", level=OBJECTS)
def put_token(kit: Kit) -> Findings:
    """PUT creates a token; GET gives it back as it was sent."""
    token = samples.token(kit.party, kit.run_id)
    kit.kept["put_token"] = answer = kit.put("tokens", *place(kit, token["uid"]), body=token)
    yield from success(answer, "PUT of a new token")
    answer = kit.get("tokens", *place(kit, token["uid"]))
    yield from success(answer, "GET of a token that was just PUT")
    if answer.succeeded:
        yield from ((text, answer) for text in same(token, answer.one))


@check("TRA-26", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def token_created_or_updated(kit: Kit) -> Findings:
    """HTTP 201 for an object that is new, 200 for one that was there."""
    token = samples.token(kit.party, kit.run_id + "N")
    yield from status(kit.put("tokens", *place(kit, token["uid"]), body=token), 201, "PUT of a new token")
    yield from status(kit.put("tokens", *place(kit, token["uid"]), body=token), 200, "PUT of a known token")


@check("TRA-35", tests=CPO, module="tokens", level=OBJECTS)
def put_replaces_token(kit: Kit) -> Findings:
    """PUT replaces the whole object: optional fields that are left out are gone."""
    token = held(kit, "R")
    less = {key: value for key, value in token.items() if key not in ("visual_number", "language")}
    changed = less | {"issuer": samples.NAME + " (2)", "last_updated": samples.moment(-30)}
    yield from success(kit.put("tokens", *place(kit, token["uid"]), body=changed), "PUT of a known token")
    answer = kit.get("tokens", *place(kit, token["uid"]))
    if answer.one.get("issuer") != changed["issuer"]:
        yield "the new state was not kept", answer
    elif answer.one.get("visual_number") or answer.one.get("language"):
        yield "optional fields that were left out are still there", answer


@check("TRA-36 TOK-21", tests=CPO, module="tokens", level=OBJECTS)
def patch_token(kit: Kit) -> Findings:
    """PATCH changes the fields that it carries and no others."""
    token = held(kit, "P")
    change = {"issuer": samples.NAME + " (3)", "last_updated": samples.moment(-30)}
    yield from success(kit.patch("tokens", *place(kit, token["uid"]), body=change), "PATCH of a token")
    answer = kit.get("tokens", *place(kit, token["uid"]))
    if answer.succeeded:
        yield from ((text, answer) for text in same(token | change, answer.one))


@check("LOC-52 TOK-36", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def older_token_does_not_win(kit: Kit) -> Findings:
    """A state that is older than the one held does not replace it: pushes may overtake each other."""
    token = held(kit, "O", last_updated=samples.moment(-30))
    old = token | {"issuer": "older", "last_updated": samples.moment(-3000)}
    kit.put("tokens", *place(kit, token["uid"]), body=old)
    answer = kit.get("tokens", *place(kit, token["uid"]))
    if answer.succeeded and answer.one.get("issuer") == "older":
        yield "the older state was taken", answer


@check("TOK-26 TYP-01", tests=CPO, module="tokens", level=OBJECTS)
def uid_in_any_letter_case(kit: Kit) -> Findings:
    """The uid of a token is found in any letter case."""
    token = held(kit, "C")
    yield from success(kit.get("tokens", *place(kit, token["uid"].lower())), "GET with the uid in small letters")


@check("TOK-20 TOK-07", tests=CPO, module="tokens", level=OBJECTS)
def type_is_part_of_the_key(kit: Kit) -> Findings:
    """Tokens are told apart by uid and type; the type stands in the query, and RFID is meant where it does not."""
    token = samples.token(kit.party, kit.run_id + "T", type="OTHER")
    ids = place(kit, token["uid"])
    yield from success(kit.put("tokens", *ids, body=token, query={"type": "OTHER"}), "PUT with type=OTHER")
    yield from success(kit.get("tokens", *ids, query={"type": "OTHER"}), "GET with type=OTHER")
    yield from missing(kit.get("tokens", *ids), "GET of the same uid as RFID, which was never sent,")


@check("TRA-50", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.NOTE)
def unknown_fields_are_accepted(kit: Kit) -> Findings:
    """Fields that the receiver does not know are no reason to refuse an object."""
    token = samples.token(kit.party, kit.run_id + "U", nltest_extra={"a": 1})
    yield from success(kit.put("tokens", *place(kit, token["uid"]), body=token), "a token with an unknown field")


@check("TYP-07 TYP-06", tests=CPO, module="tokens", level=OBJECTS)
def forms_of_moments(kit: Kit) -> Findings:
    """A DateTime may lack its Z, which means UTC all the same, and may have a fraction."""
    moment = samples.moment(-60).removesuffix("Z")
    for suffix, text in (("D1", moment), ("D2", f"{moment}.123Z")):
        token = samples.token(kit.party, kit.run_id + suffix, last_updated=text)
        yield from success(kit.put("tokens", *place(kit, token["uid"]), body=token), f"last_updated {text}")


@check("TRA-48", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def token_with_special_characters(kit: Kit) -> Findings:
    """Ids in URLs are percent-encoded; a uid may hold a space or a slash."""
    token = samples.token(kit.party, f"{kit.run_id} /1")
    yield from success(kit.put("tokens", *place(kit, token["uid"]), body=token), "PUT of a uid with space and slash")
    answer = kit.get("tokens", *place(kit, token["uid"]))
    if not answer.succeeded or answer.one.get("uid") != token["uid"]:
        yield f"it could not be read again: {answer.outcome}", answer


@check("TRA-12", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def content_type_with_charset(kit: Kit) -> Findings:
    """Content-Type may carry a charset."""
    token = samples.token(kit.party, kit.run_id + "H")
    header: dict[str, str | None] = {"Content-Type": "application/json; charset=utf-8"}
    answer = kit.put("tokens", *place(kit, token["uid"]), body=token, headers=header)
    yield from success(answer, "application/json; charset=utf-8")
