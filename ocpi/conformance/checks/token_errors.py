"""Tokens as a CPO must refuse them (chapters 4.1.7, 5 and 12.2.2)."""

from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Target, check

from .expecting import NOT_JSON, missing, refusal, status
from .tokens import held, place

CPO, OBJECTS = Target.CPO, Level.OBJECTS
_NEWER = {"contract_id": "NL-KIT-CREFUSED1"}


@check("TRA-27 TOK-36", tests=CPO, module="tokens", severity=Severity.WARNING)
def no_such_token(kit: Kit) -> Findings:
    """A token that was never sent is answered with HTTP 404; 2004 is the status code for tokens."""
    yield from missing(kit.get("tokens", *place(kit, "KIT-NO-SUCH-TOKEN")), "an unknown token", (2004,))


@check("TRA-22", tests=CPO, module="tokens", level=OBJECTS)
def token_that_is_no_json(kit: Kit) -> Findings:
    """A body that is no JSON is answered with HTTP 400."""
    answer = kit.put("tokens", *place(kit, f"KIT-TEST-{kit.run_id}J"), raw=b'{"uid": ')
    yield from status(answer, NOT_JSON[0], "half a JSON")


@check("TRA-23 TYP-13", tests=CPO, module="tokens", level=OBJECTS)
def incomplete_token(kit: Kit) -> Findings:
    """An update of a token without a required field is answered with HTTP 200 and 2xxx, and nothing of it is kept."""
    token = held(kit, "I")
    for field in ("issuer", "valid", "last_updated"):
        less = {key: value for key, value in (token | _NEWER).items() if key != field}
        yield from refusal(kit.put("tokens", *place(kit, token["uid"]), body=less), f"a token without {field}")
    answer = kit.get("tokens", *place(kit, token["uid"]))
    if answer.succeeded and answer.one.get("contract_id") == _NEWER["contract_id"]:
        yield "something of a token that was refused was kept", answer


@check("TRA-24", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.NOTE)
def incomplete_new_token(kit: Kit) -> Findings:
    """A new token without a required field is refused in the same way, and is not kept."""
    token = samples.token(kit.party, kit.run_id + "I2")
    del token["issuer"]
    yield from refusal(kit.put("tokens", *place(kit, token["uid"]), body=token), "a new token without issuer")
    answer = kit.get("tokens", *place(kit, token["uid"]))
    if answer.succeeded:
        yield "a token that was refused is there all the same", answer


@check("TRA-25 TRA-23", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def token_of_another_type(kit: Kit) -> Findings:
    """JSON of another type than an object is answered with HTTP 200 and 2xxx."""
    token = held(kit, "J2")
    for body in ([], "token", 1):
        answer = kit.put("tokens", *place(kit, token["uid"]), body=body)
        yield from refusal(answer, f"a body that is {type(body).__name__}")


@check("TYP-14 TYP-03 TYP-11", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def wrong_values(kit: Kit) -> Findings:
    """Values outside their enum, type or length are answered with HTTP 200 and 2xxx."""
    wrong: list[dict[str, Any]] = [
        {"whitelist": "SOMETIMES"}, {"type": "rfid"}, {"valid": "yes"}, {"issuer": "x" * 200}, {"last_updated": "now"},
    ]  # fmt: skip
    token = held(kit, "W")
    for change in wrong:
        answer = kit.put("tokens", *place(kit, token["uid"]), body=token | change)
        yield from refusal(answer, f"{next(iter(change))} {_short(change)}")


def _short(change: dict[str, Any]) -> str:
    return str(next(iter(change.values())))[:20]


@check("TRA-40", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def url_and_body_differ(kit: Kit) -> Findings:
    """The ids in URL and body are those of one object, else the answer is 2xxx."""
    token = samples.token(kit.party, kit.run_id + "X")
    answer = kit.put("tokens", *place(kit, token["uid"] + "Y"), body=token)
    yield from refusal(answer, "another uid in the URL than in the body")
    other = samples.token(kit.party, kit.run_id + "Z", party_id="ZZZ")
    yield from refusal(kit.put("tokens", *place(kit, other["uid"]), body=other), "another party in the body")


@check("TRA-39", tests=CPO, module="tokens", level=OBJECTS)
def token_of_a_foreign_party(kit: Kit) -> Findings:
    """Nobody sends objects of a party that is not his: HTTP 404, and nothing is kept."""
    token = samples.token(kit.party, kit.run_id + "F", country_code="XX", party_id="ZZZ")
    yield from missing(kit.put("tokens", "XX", "ZZZ", token["uid"], body=token), "PUT for a foreign party")
    answer = kit.get("tokens", "XX", "ZZZ", token["uid"])
    if answer.succeeded:
        yield "the token of a foreign party is there", answer


@check("LOC-09 TOK-36", tests=CPO, module="tokens", level=OBJECTS)
def patch_without_last_updated(kit: Kit) -> Findings:
    """Every PATCH carries last_updated; without it the answer is 2xxx."""
    token = held(kit, "L")
    answer = kit.patch("tokens", *place(kit, token["uid"]), body={"issuer": "x"})
    yield from refusal(answer, "a PATCH without last_updated")


@check("TRA-27 LOC-12", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.WARNING)
def patch_of_no_token(kit: Kit) -> Findings:
    """PATCH of something that does not exist creates nothing: HTTP 404."""
    change = {"valid": False, "last_updated": samples.moment()}
    yield from missing(kit.patch("tokens", *place(kit, "KIT-NO-SUCH-TOKEN"), body=change), "PATCH of an unknown token")


@check("TRA-28 TOK-22", tests=CPO, module="tokens", level=OBJECTS, severity=Severity.NOTE)
def tokens_are_never_deleted(kit: Kit) -> Findings:
    """There is no DELETE for tokens: they become invalid. POST does not exist either."""
    token = held(kit, "E")
    for answer in (kit.delete("tokens", *place(kit, token["uid"])), kit.post("tokens", body=token)):
        if answer.succeeded:
            yield f"{answer.method} was answered with {answer.outcome}", answer
