"""Every request that the platform sent to us meanwhile: token, ids, routing, owners (chapters 4.1 and 4.2)."""

from typing import Any

from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Severity, Skip, Stage, Target, check
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.headers import CORRELATION_ID, REQUEST_ID, authorization
from ocpi.protocol.locations import Location
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.tokens import Token
from ocpi.protocol.types import ci_equal

from .messages import ROUTING

AFTER = Stage.AFTERWARDS


def _requests(kit: Kit) -> list[Exchange]:
    """Raises Skip when nothing came."""
    if not kit.received:
        raise Skip("the platform sent nothing to us")
    return list(kit.received)


@check("TRA-03 TRA-04", stage=AFTER)
def their_token_is_base64(kit: Kit) -> Findings:
    """Requests carry our token as `Token` and its Base64, without a newline in it."""
    for each in _requests(kit):
        tokens = [visitor.token for visitor in kit.listener.visitors] if kit.listener else []
        if each.http_status != 401 and each.asked_with("Authorization") not in map(authorization, tokens):
            yield f"{each.method} {each.module}: the token is not its plain Base64", each


@check("TRA-02 CMD-12", stage=AFTER)
def their_requests_carry_a_token(kit: Kit) -> Findings:
    """Every request carries the token that we gave."""
    for each in _requests(kit):
        if each.http_status == 401:
            yield f"{each.method} {each.module} came without our token", each


@check("TRA-32", stage=AFTER)
def their_request_ids(kit: Kit) -> Findings:
    """Every request has an X-Request-ID of its own."""
    seen: set[str] = set()
    for each in _requests(kit):
        value = each.asked_with(REQUEST_ID)
        if not value:
            yield f"{each.method} {each.module}: X-Request-ID is missing", each
        elif value in seen:
            yield f"{each.method} {each.module}: X-Request-ID {value} was used before", each
        seen.add(value or "")


@check("TRA-33", stage=AFTER)
def their_correlation_ids(kit: Kit) -> Findings:
    """Every request has an X-Correlation-ID."""
    for each in _requests(kit):
        if not each.asked_with(CORRELATION_ID):
            yield f"{each.method} {each.module}: X-Correlation-ID is missing", each


@check("HUB-01", stage=AFTER)
def their_routing(kit: Kit) -> Findings:
    """Requests to functional modules are addressed, from a party to a party."""
    if kit.peer_to_peer:
        raise Skip("one party in one role on each side: routing headers may be left out")
    yield from _not_addressed(kit)


@check("HUB-01 HUB-07 CMD-36", stage=AFTER, severity=Severity.NOTE)
def their_routing_between_two_parties(kit: Kit) -> Findings:
    """Between two parties with one role each they may be left out; platforms implement them all the same."""
    if not kit.peer_to_peer:
        raise Skip("there are more parties")
    yield from _not_addressed(kit)


def _not_addressed(kit: Kit) -> Findings:
    for each in _requests(kit):
        missing = [name for name in ROUTING if not each.asked_with(name)]
        if each.functional and missing:
            yield f"{each.method} {each.module}: {', '.join(missing)} missing", each


@check("HUB-03", stage=AFTER, severity=Severity.WARNING)
def their_configuration_has_no_routing(kit: Kit) -> Findings:
    """Versions and credentials are between platforms, not parties: no routing headers."""
    for each in _requests(kit):
        if not each.functional and any(each.asked_with(name) for name in ROUTING):
            yield f"{each.method} {each.module} came with routing headers", each


@check("TRA-12", stage=AFTER)
def their_content_type(kit: Kit) -> Findings:
    """A request with a body is application/json."""
    for each in _requests(kit):
        kind = (each.asked_with("Content-Type") or "nothing").split(";")[0].strip().lower()
        if each.request_body and kind != "application/json":
            yield f"{each.method} {each.module} came as {kind}", each


@check("TRA-52 TRA-22", stage=AFTER)
def their_bodies_are_json(kit: Kit) -> Findings:
    """What is sent is JSON, an object."""
    for each in _requests(kit):
        if each.request_body and not isinstance(each.sent, dict):
            yield f"{each.method} {each.module}: the body is no JSON object", each


@check("TRA-46 TRA-38", stage=AFTER)
def their_urls_are_joined_with_a_slash(kit: Kit) -> Findings:
    """Ids follow the URL of an endpoint behind one slash, whether or not that URL ends in one."""
    for each in _requests(kit):
        if each.glued:
            yield f"{each.method} {each.url} has no slash behind {each.module}", each


@check("TRA-40 TOK-24 SES-13", stage=AFTER)
def their_urls_name_what_they_send(kit: Kit) -> Findings:
    """The ids in the URL are those of the object that is sent."""
    for each in _requests(kit):
        parts = each.path.split("/")
        if each.method != "PUT" or len(parts) != 4 or not isinstance(each.sent, dict):
            continue
        name = "uid" if parts[0] == "tokens" else "id"
        for key, value in zip(("country_code", "party_id", name), parts[1:], strict=True):
            if key in each.sent and not ci_equal(str(each.sent[key]), value):
                yield f"{each.module}: {key} is {value} in the URL and {each.sent[key]} in the body", each


@check("TRA-39 CRE-31", stage=AFTER)
def they_send_their_own(kit: Kit) -> Findings:
    """Objects that are sent belong to a party of the platform."""
    parties = {(str(r.get("country_code")).upper(), str(r.get("party_id")).upper()) for r in kit.roles}
    if not parties or any(role.get("role") == "HUB" for role in kit.roles):
        raise Skip("who stands behind a hub is told elsewhere")
    for each in _requests(kit):
        parts = each.path.upper().split("/")
        if each.method in ("PUT", "PATCH", "DELETE") and len(parts) >= 4 and (parts[1], parts[2]) not in parties:
            yield f"{each.method} {each.module} for {parts[1]}/{parts[2]}", each


@check("LOC-09 SES-04 TOK-21", stage=AFTER)
def their_patches_are_dated(kit: Kit) -> Findings:
    """Every PATCH carries last_updated."""
    for each in _requests(kit):
        if each.method == "PATCH" and isinstance(each.sent, dict) and not each.sent.get("last_updated"):
            yield f"a PATCH of {each.path} has no last_updated", each


@check("LOC-01 TAR-01 TOK-19 TYP-13", stage=AFTER)
def their_objects_are_valid(kit: Kit) -> Findings:
    """Objects that are sent whole have all their required fields."""
    models: dict[str, Any] = {"locations": Location, "tariffs": Tariff, "tokens": Token}
    for each in _requests(kit):
        if each.method != "PUT" or each.module not in models or len(each.path.split("/")) != 4:
            continue
        try:
            models[each.module].from_wire(each.sent)
        except InvalidObject as error:
            yield f"{each.module}: {error.message}", each


@check("TRA-44 AMB-04", stage=AFTER, severity=Severity.NOTE)
def nothing_is_sent_twice(kit: Kit) -> Findings:
    """A push that was answered is not sent again."""
    seen: set[tuple[str, str, bytes]] = set()
    for each in _requests(kit):
        key = each.method, each.url, each.request_body
        if each.request_body and each.module != "commands" and key in seen and (each.http_status or 0) < 300:
            yield f"{each.method} {each.path} came twice with the same body", each
        seen.add(key)


@check("CHP-14", stage=AFTER, tests=Target.CPO)
def no_profile_unasked(kit: Kit) -> Findings:
    """An ActiveChargingProfile is sent only after we set a profile for that session."""
    for each in _requests(kit):
        if each.method == "PUT" and each.module == "chargingprofiles":
            yield "an ActiveChargingProfile came although nobody set a profile", each
