"""The handshake itself, and what the platform says of itself in it (chapter 7)."""

from ocpi.conformance import registration
from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Severity, Skip, Stage, check

from .admission import read_of, readable
from .expecting import status, success


@check("CRE-15 CRE-04", stage=Stage.REGISTRATION, handshake=True)
def register(kit: Kit) -> Findings:
    """POST credentials registers: the answer holds the platform's own Credentials, with a new token for us."""
    kit.kept["registration"] = answer = kit.kept.get("registered_too_early") or registration.register(kit)
    if "registered_too_early" in kit.kept:
        registration.correct(kit, answer)
    if problem := registration.readable(answer.payload):
        yield f"the Credentials cannot be read: {problem}", answer
    if answer.one.get("token") == kit.token_a:
        yield "the token is still our token A", answer


def _registered(kit: Kit) -> Exchange:
    """The answer that made the registration: checks of a handshake have their turn only where we made it."""
    answer: Exchange = kit.kept["registration"]
    return answer


@check("CRE-16", severity=Severity.WARNING, handshake=True)
def created(kit: Kit) -> Findings:
    """A new registration is answered with HTTP 201."""
    yield from status(_registered(kit), 201, "POST credentials")


@check("CRE-10", handshake=True)
def client_was_visited(kit: Kit) -> Findings:
    """Before it answers, the Receiver reads the client's versions and details with the token that it just got."""
    answer = _registered(kit)
    visits = {each.module for each in kit.received if each.http_status == 200}
    for module in ("versions", "details"):
        if module not in visits:
            yield f"nobody read our {module}", answer


@check("CRE-17", handshake=True)
def token_a_is_used_up(kit: Kit) -> Findings:
    """After the registration the token A is no longer valid."""
    _registered(kit)
    yield from status(kit.get("versions", token=kit.token_a), 401, "the token A of a finished registration")


@check("CRE-06", handshake=True)
def registered_twice(kit: Kit) -> Findings:
    """POST credentials by somebody who is registered already is answered with HTTP 405."""
    yield from status(kit.post("credentials", body=kit.visitor.credentials()), 405, "a second POST credentials")


@check("CRE-09", severity=Severity.NOTE, handshake=True)
def no_patch_of_credentials(kit: Kit) -> Findings:
    """PATCH does not exist for credentials."""
    answer = kit.patch("credentials", body={})
    if answer.succeeded:
        yield f"PATCH credentials was answered with {answer.outcome}"


@check("CRE-27")
def read_credentials(kit: Kit) -> Findings:
    """GET credentials gives the platform's Credentials; their token is the one that we show it."""
    answer = kit.get("credentials")
    kit.kept["credentials"] = answer
    yield from success(answer, "GET credentials")
    if answer.succeeded and (problem := registration.readable(answer.payload)):
        yield f"the Credentials cannot be read: {problem}", answer
    if answer.succeeded and answer.one.get("token") != kit.token:
        yield "the token in it is not the one that we use", answer


@check("CRE-30 CRE-31")
def roles(kit: Kit) -> Findings:
    """Credentials name every role of the platform, the one that we came for among them."""
    if not kit.roles:
        raise Skip("the roles are not known")
    found = {str(role.get("role")) for role in kit.roles}
    if not found & {str(kit.target), "HUB"}:
        yield f"none of its roles is {kit.target}: {', '.join(sorted(found))}", kit.kept.get("registration")


@check("CRE-33 HUB-16")
def hub_is_a_hub(kit: Kit) -> Findings:
    """A hub has the role HUB and no other; who is behind it stands in its HubClientInfo."""
    found = {str(role.get("role")) for role in kit.roles}
    if "HUB" in found and len(found) > 1:
        yield f"beside HUB it has the roles {', '.join(sorted(found - {'HUB'}))}"


@check("CRE-29")
def form_of_the_token(kit: Kit) -> Findings:
    """A credentials token has at most 64 printable characters without spaces."""
    if len(kit.token) > 64:
        yield f"the token has {len(kit.token)} characters", None
    if not all("!" <= letter <= "~" for letter in kit.token):
        yield "the token holds spaces or characters outside ASCII", None


@check("CRE-29", severity=Severity.NOTE, handshake=True)
def length_of_the_token(kit: Kit) -> Findings:
    """A token that can be guessed opens the platform to everybody: 20 random characters are little enough."""
    if len(kit.token) < 20:
        yield f"the token has only {len(kit.token)} characters", None


@check("TRA-08", stage=Stage.REGISTERED)
def unknown_token_on_modules(kit: Kit) -> Findings:
    """An unknown token is answered with HTTP 401 by the functional modules too."""
    for module in readable(kit):
        if kit.offers(module):
            answer = kit.get(module, *read_of(kit, module), token="nobody-has-this-token")
            yield from status(answer, 401, f"{module} with an unknown token")
