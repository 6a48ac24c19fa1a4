"""New tokens for old, and the end of a registration (chapter 7.2)."""

from ocpi.conformance import registration
from ocpi.conformance.kit import Kit
from ocpi.conformance.listener import BROKEN
from ocpi.conformance.registry import Findings, Level, Severity, Skip, Stage, check

from .expecting import status, success


def _visits(kit: Kit) -> int:
    return sum(1 for each in kit.received if each.module == "details" and each.http_status == 200)


@check("CRE-21", stage=Stage.UPDATE, level=Level.WRITES, handshake=True, severity=Severity.NOTE)
def failed_update_changes_nothing(kit: Kit) -> Findings:
    """PUT credentials that fails leaves the registration as it was: the tokens still work."""
    answer = kit.put("credentials", body=kit.visitor.credentials(flaw=BROKEN))
    if answer.succeeded:
        yield "Credentials whose versions URL is out of order were accepted", answer
        registration.settle(kit, answer.one)
    yield from success(kit.get("versions"), "our token after an update that failed")


@check("CRE-19 CRE-16", stage=Stage.UPDATE, level=Level.WRITES, handshake=True)
def update_credentials(kit: Kit) -> Findings:
    """PUT credentials replaces ours: our versions are read again, and the answer has a new token for us."""
    old, before = kit.token, _visits(kit)
    answer = kit.put("credentials", body=kit.visitor.credentials())
    yield from success(answer, "PUT credentials")
    if not answer.succeeded or not isinstance(answer.one.get("token"), str):
        return
    registration.settle(kit, answer.one)
    kit.kept["old_token"] = old
    if kit.token == old:
        yield "the token is the old one", answer
    if _visits(kit) == before:
        yield "our version details were not read again", answer
    yield from success(kit.get("versions"), "the new token")


@check("CRE-18 CRE-19", stage=Stage.UPDATE, level=Level.WRITES, handshake=True)
def old_token_is_dead(kit: Kit) -> Findings:
    """Once the new token has been used, the old one is not valid any more."""
    if kit.kept.get("old_token") in (None, kit.token):
        raise Skip("there is no old token")
    yield from status(kit.get("versions", token=kit.kept["old_token"]), 401, "the token before the update")


@check("CRE-24", stage=Stage.END, handshake=True)
def unregister(kit: Kit) -> Findings:
    """DELETE credentials ends the registration: it is a success, and the token does not work any more."""
    yield from success(kit.delete("credentials"), "DELETE credentials")
    kit.registered = False
    yield from status(kit.get("versions"), 401, "our token after DELETE credentials")


@check("CRE-24 CRE-08", stage=Stage.AFTERWARDS, handshake=True, severity=Severity.NOTE)
def nothing_opens_any_more(kit: Kit) -> Findings:
    """After the end of a registration nothing can be done with its token, DELETE again included."""
    if not kit.ours_to_end or kit.registered:
        raise Skip("there was no registration of ours that ended")
    if (answer := kit.delete("credentials")).succeeded:
        yield "a second DELETE credentials was a success", answer
