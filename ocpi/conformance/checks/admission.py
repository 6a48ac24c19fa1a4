"""Who is let in: tokens, and what a token A opens (chapters 4.1.2 and 7)."""

from ocpi.conformance.kit import Kit
from ocpi.conformance.listener import BROKEN, EMPTY, OLD
from ocpi.conformance.registry import OFFERED, Findings, Severity, Skip, Stage, check
from ocpi.core import ids

from .expecting import status, success


@check("TRA-02", stage=Stage.BEFORE)
def no_token(kit: Kit) -> Findings:
    """Every request carries a credentials token, also for versions; without one the answer is HTTP 401."""
    yield from status(kit.get("versions", token=None), 401, "a request without Authorization")


@check("TRA-08 VER-08", stage=Stage.BEFORE)
def unknown_token(kit: Kit) -> Findings:
    """A token that was never issued is answered with HTTP 401."""
    for module in ("versions", "details", "credentials"):
        yield from status(kit.get(module, token=ids.new_token()), 401, f"{module} with an unknown token")


@check("TRA-07", stage=Stage.BEFORE, severity=Severity.NOTE)
def other_scheme(kit: Kit) -> Findings:
    """The scheme of Authorization is the word Token; others are refused with HTTP 401."""
    for value in ("Bearer", "Basic"):
        header = {"Authorization": f"{value} {kit.encoded()}"}
        yield from status(kit.get("versions", token=None, headers=dict(header)), 401, f"the scheme {value}")


@check("TRA-03", stage=Stage.BEFORE)
def base64_decoded(kit: Kit) -> Findings:
    """Tokens are sent in Base64: the platform decodes what stands behind the word Token."""
    encoded = kit.get("versions", headers={"Authorization": f"Token {kit.encoded()}"})
    yield from success(encoded, "a token in Base64")


@check("TRA-11", stage=Stage.BEFORE)
def lower_case_headers(kit: Kit) -> Findings:
    """Names of HTTP headers are read in any letter case."""
    header = {"authorization": f"Token {kit.encoded()}"}
    yield from success(kit.get("versions", token=None, headers=dict(header)), "an authorization in small letters")


@check("TRA-34", stage=Stage.BEFORE, severity=Severity.NOTE)
def without_message_ids(kit: Kit) -> Findings:
    """The ids of messages are for finding them again: a request without them is no reason to refuse it."""
    answer = kit.get("versions", headers={"X-Request-ID": None, "X-Correlation-ID": None})
    yield from success(answer, "a request without X-Request-ID")


@check("TRA-09", stage=Stage.BEFORE, handshake=True)
def token_a_opens_nothing_else(kit: Kit) -> Findings:
    """A token A is for registering: on modules other than versions and credentials it is answered with HTTP 401."""
    offered = [each for each in readable(kit) if kit.offers(each)]
    if not offered:
        raise Skip("no such module is offered")
    for module in offered[:2]:
        yield from status(kit.get(module, *read_of(kit, module)), 401, f"{module} with a token A")


def readable(kit: Kit) -> tuple[str, ...]:
    """Modules in which something can be read without knowing what is there."""
    lists = OFFERED[kit.target]
    return *lists, *(each for each in ("tokens", "locations", "tariffs", "sessions") if each not in lists)


def read_of(kit: Kit, module: str) -> tuple[str, ...]:
    """What to read there: the list of a Sender, or an object of ours at a Receiver."""
    listed = module in OFFERED[kit.target]
    return () if listed else (kit.party.country_code, kit.party.party_id, "KIT-NO-SUCH-ID")


@check("CRE-07", stage=Stage.BEFORE, handshake=True)
def put_before_registration(kit: Kit) -> Findings:
    """PUT credentials by somebody who is not registered yet is answered with HTTP 405."""
    yield from status(kit.put("credentials", body=kit.visitor.credentials()), 405, "PUT credentials with a token A")


@check("CRE-08", stage=Stage.BEFORE, handshake=True)
def delete_before_registration(kit: Kit) -> Findings:
    """DELETE credentials by somebody who is not registered is answered with HTTP 405."""
    yield from status(kit.delete("credentials"), 405, "DELETE credentials with a token A")


def _flawed(kit: Kit, flaw: str, code: int) -> Findings:
    answer = kit.post("credentials", body=kit.visitor.credentials(flaw=flaw))
    if answer.succeeded:
        kit.kept["registered_too_early"] = answer
        yield f"a registration was accepted ({answer.outcome})", answer
    elif answer.code != code:
        yield f"it was answered with {answer.outcome}, not with {code}", answer


@check("CRE-11", stage=Stage.BEFORE, handshake=True)
def unusable_client(kit: Kit) -> Findings:
    """Who registers is visited before the answer: when its versions cannot be read, that is 3001."""
    yield from _flawed(kit, BROKEN, 3001)


@check("CRE-12", stage=Stage.BEFORE, handshake=True, severity=Severity.WARNING)
def no_common_version(kit: Kit) -> Findings:
    """When the client does not offer the version of the endpoint that it called, that is 3002."""
    yield from _flawed(kit, OLD, 3002)


@check("CRE-13", stage=Stage.BEFORE, handshake=True, severity=Severity.WARNING)
def no_useful_endpoint(kit: Kit) -> Findings:
    """When the client offers none of the modules that are needed, that is 3003."""
    yield from _flawed(kit, EMPTY, 3003)


@check("CRE-05 TRA-24", stage=Stage.BEFORE, handshake=True, severity=Severity.WARNING)
def incomplete_credentials(kit: Kit) -> Findings:
    """Credentials without roles are no Credentials: 2xxx, and the token A is not used up."""
    broken = {name: value for name, value in kit.visitor.credentials().items() if name != "roles"}
    answer = kit.post("credentials", body=broken)
    if answer.succeeded or not 2000 <= (answer.code or 0) < 3000:
        yield f"Credentials without roles were answered with {answer.outcome}", answer
