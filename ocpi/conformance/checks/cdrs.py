"""CDRs as an eMSP receives them: they stay for ever, so they need --writes; ours cost nothing (chapter 10)."""

from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Skip, Target, check
from ocpi.protocol.headers import PartyId
from ocpi.protocol.paging import same_origin

from .expecting import missing, refusal, same, status, success
from .sessions import card

EMSP, WRITES = Target.EMSP, Level.WRITES


def _sent(kit: Kit) -> tuple[dict[str, Any], Exchange]:
    """The test bill and the answer to it, once per run. Raises Skip when there is no URL to read it again."""
    if "cdr" not in kit.kept:
        cdr = samples.cdr(kit.party, card(kit), kit.run_id)
        kit.kept["cdr"] = cdr, kit.post("cdrs", body=cdr)
    cdr, answer = kit.kept["cdr"]
    return cdr, answer


def location_of(kit: Kit) -> str:
    _, answer = _sent(kit)
    location = answer.header("Location") or ""
    if not location.startswith("http"):
        raise Skip("there is no Location of the CDR")
    if not same_origin(location, answer.url):
        raise Skip("the Location leads to another host or scheme, which our token is not for")
    return location


@check("CDR-01", tests=EMSP, module="cdrs", level=WRITES)
def post_cdr(kit: Kit) -> Findings:
    """POST creates a CDR."""
    yield from success(_sent(kit)[1], "POST of a new CDR")


@check("TRA-26 CDR-01", tests=EMSP, module="cdrs", level=WRITES, severity=Severity.WARNING)
def cdr_is_created(kit: Kit) -> Findings:
    """What was made is answered with HTTP 201."""
    answer = _sent(kit)[1]
    if answer.succeeded:
        yield from status(answer, 201, "POST of a new CDR")


@check("CDR-02", tests=EMSP, module="cdrs", level=WRITES)
def location_of_a_cdr(kit: Kit) -> Findings:
    """The answer to POST names in Location the URL under which the CDR can be read, of at most 255 characters."""
    _, answer = _sent(kit)
    location = answer.header("Location") or ""
    if not location.startswith(("http://", "https://")):
        yield "Location is missing or no absolute URL", answer
    elif len(location) > 255:
        yield f"Location has {len(location)} characters", answer


@check("CDR-03", tests=EMSP, module="cdrs", level=WRITES, severity=Severity.NOTE)
def location_where_the_cdr_was_sent(kit: Kit) -> Findings:
    """The URL of a CDR may be anywhere in the eMSP's system; a token goes to no other host than the one it is for."""
    _, answer = _sent(kit)
    location = answer.header("Location") or ""
    if location.startswith("http") and not same_origin(location, answer.url):
        yield f"Location leads to another host or scheme: {location}", answer


@check("CDR-03 TYP-21", tests=EMSP, module="cdrs", level=WRITES)
def read_cdr(kit: Kit) -> Findings:
    """GET of that URL gives the CDR as it was sent."""
    cdr, _ = _sent(kit)
    answer = kit.get("cdrs", url=location_of(kit))
    yield from success(answer, "GET of the Location")
    if answer.succeeded:
        yield from ((text, answer) for text in same(cdr, answer.one))


@check("CDR-06", tests=EMSP, module="cdrs", level=WRITES)
def cdr_cannot_be_replaced(kit: Kit) -> Findings:
    """A CDR is final: another one with the same id does not replace it."""
    cdr, url = _sent(kit)[0], location_of(kit)
    kit.post("cdrs", body=cdr | {"total_energy": 99.0, "last_updated": samples.moment()})
    answer = kit.get("cdrs", url=url)
    if answer.succeeded and answer.one.get("total_energy") != cdr["total_energy"]:
        yield "the later CDR has taken the place of the first", answer


@check("CDR-07", tests=EMSP, module="cdrs", level=WRITES, severity=Severity.NOTE)
def cdr_twice(kit: Kit) -> Findings:
    """The same CDR again, after an answer that was lost, is a success and no second bill."""
    cdr, _ = _sent(kit)
    yield from success(kit.post("cdrs", body=cdr), "the same CDR again")


@check("CDR-05 TRA-28", tests=EMSP, module="cdrs", level=WRITES, severity=Severity.NOTE)
def no_change_of_cdrs(kit: Kit) -> Findings:
    """There is no PUT, PATCH or DELETE for CDRs."""
    cdr, url = _sent(kit)[0], location_of(kit)
    for method in ("PUT", "PATCH", "DELETE"):
        answer = kit.send(method, "cdrs", url=url, **({} if method == "DELETE" else {"body": cdr}))
        if answer.succeeded:
            yield f"{method} was answered with {answer.outcome}", answer


@check("CDR-11 CDR-12", tests=EMSP, module="cdrs", level=WRITES)
def credit_cdr(kit: Kit) -> Findings:
    """A credit CDR has an id of its own and names the CDR that it takes back; its total is the negative."""
    cdr, _ = _sent(kit)
    credit = cdr | {
        "id": f"{cdr['id'][:36]}-C", "credit": True, "credit_reference_id": cdr["id"],
        "total_cost": {"excl_vat": -cdr["total_cost"]["excl_vat"]}, "last_updated": samples.moment(),
    }  # fmt: skip
    yield from success(kit.post("cdrs", body=credit), "POST of a credit CDR")


@check("CDR-20 CDR-27 TRA-23", tests=EMSP, module="cdrs", level=WRITES)
def incomplete_cdr(kit: Kit) -> Findings:
    """A CDR without charging periods or without a total is answered with HTTP 200 and 2xxx."""
    cdr = samples.cdr(kit.party, card(kit), kit.run_id + "I")
    for change in ({"charging_periods": []}, {"total_cost": None}, {"cdr_location": None}):
        yield from refusal(kit.post("cdrs", body=cdr | change), f"a CDR without {next(iter(change))}")


@check("CDR-10", tests=EMSP, module="cdrs", level=WRITES)
def cdr_of_a_foreign_party(kit: Kit) -> Findings:
    """Nobody sends bills of a party that is not his."""
    answer = kit.post("cdrs", body=samples.cdr(PartyId("XX", "ZZZ"), card(kit), kit.run_id + "F"))
    if answer.succeeded:
        yield "a CDR of a foreign party was taken", answer


@check("CDR-18", tests=EMSP, module="cdrs", level=WRITES, severity=Severity.NOTE)
def cdr_of_a_foreign_driver(kit: Kit) -> Findings:
    """The token of a CDR belongs to the eMSP that gets it; 2004 says that it does not."""
    answer = kit.post("cdrs", body=samples.cdr(kit.party, samples.cdr_token(PartyId("XX", "ZZZ")), kit.run_id + "G"))
    if answer.succeeded:
        yield "a CDR of another eMSP's driver was taken", answer


@check("TRA-27 CDR-03", tests=EMSP, module="cdrs", level=WRITES, severity=Severity.WARNING)
def no_such_cdr(kit: Kit) -> Findings:
    """A CDR that does not exist is answered with HTTP 404."""
    cdr, url = _sent(kit)[0], location_of(kit)
    if cdr["id"] not in url:
        raise Skip("the URL does not hold the id")
    yield from missing(kit.get("cdrs", url=url.replace(cdr["id"], "KIT-NO-SUCH-ID")), "an unknown CDR")
