"""The handshake as the kit makes it: each step is what a check looks at, and what the next checks stand on."""

from contextlib import suppress
from typing import Any

from ocpi.protocol.credentials import Credentials
from ocpi.protocol.errors import InvalidObject, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.versions import Version, VersionDetails

from .exchange import Exchange
from .kit import Kit, Other
from .listener import VERSION
from .registry import Stop


def read_versions(kit: Kit, token: str | None = None) -> list[Version]:
    """The entries that can be read. Raises Stop when the list itself cannot."""
    answer = _ask(kit, "versions", token)
    if not answer.succeeded or not isinstance(answer.data, list):
        hint = "; a token A is good for one registration, is it used up?" if answer.http_status == 401 else ""
        raise Stop(f"the versions cannot be read: {answer.outcome}{hint}")
    found = []
    for item in answer.objects:
        with suppress(InvalidObject):
            found.append(Version.from_wire(item))
    return found


def read_details(kit: Kit, versions: list[Version]) -> Exchange:
    """Sets what the kit knows of their endpoints. Raises Stop when 2.2.1 is not offered or cannot be read."""
    url = next((version.url for version in versions if version.version == VERSION), "")
    if not url:
        raise Stop(f"OCPI {VERSION} is not offered")
    kit.kept["details_url"] = url
    answer = _ask(kit, "details", None)
    endpoints = answer.one.get("endpoints")
    if not answer.succeeded or not isinstance(endpoints, list) or not endpoints:
        raise Stop(f"the version details cannot be read: {answer.outcome}")
    kit.details = answer.one | {"endpoints": [each for each in endpoints if isinstance(each, dict)]}
    return answer


def wrong_with_details(data: Any) -> str:
    """What is wrong with version details; empty when nothing is."""
    try:
        VersionDetails.from_wire(data)
    except InvalidObject as error:
        return error.message
    return ""


def _ask(kit: Kit, module: str, token: str | None) -> Exchange:
    try:
        return kit.get(module, token=token or kit.token)
    except PartnerError as error:
        raise Stop(f"{module}: no answer: {error.message}") from error


def register(kit: Kit) -> Exchange:
    """POST credentials. Raises Stop when nobody registered us."""
    if kit.me is None:
        raise Stop("there is no server of ours that they could call")
    try:
        answer = kit.post("credentials", body=kit.me.credentials())
    except PartnerError as error:
        raise Stop(f"POST credentials: no answer: {error.message}") from error
    if not answer.succeeded or not isinstance(answer.one.get("token"), str):
        raise Stop(f"POST credentials was answered with {answer.outcome}")
    settle(kit, answer.one)
    kit.ours_to_end = True
    return answer


def settle(kit: Kit, credentials: dict[str, Any]) -> None:
    """From now on their token is used; a token of ours that they got before stays valid for them."""
    kit.token = str(credentials["token"])
    kit.know(kit.token)
    kit.roles = [role for role in credentials.get("roles") or [] if isinstance(role, dict)]
    kit.registered = True


def correct(kit: Kit, answer: Exchange) -> None:
    """Somebody registered us by Credentials that only tested him: from now on by those that work."""
    settle(kit, answer.one)
    kit.ours_to_end = True
    update = kit.put("credentials", body=kit.visitor.credentials())
    if update.succeeded and isinstance(update.one.get("token"), str):
        settle(kit, update.one)


def readable(data: Any) -> str:
    """What is wrong with a Credentials object; empty when nothing is."""
    try:
        Credentials.from_wire(data)
    except InvalidObject as error:
        return error.message
    return ""


def register_other(kit: Kit) -> Exchange | None:
    """A second party of ours, with the second token A; None where none was given."""
    if kit.other is not None or not kit.options.second_token or kit.listener is None or kit.me is None:
        return None
    kit.know(kit.options.second_token)
    visitor = kit.listener.visitor(PartyId("DE", "KT2"), kit.me.role)
    kit.know(visitor.token)
    answer = kit.post("credentials", body=visitor.credentials(), token=kit.options.second_token)
    if answer.succeeded and isinstance(answer.one.get("token"), str):
        kit.other = Other(visitor, str(answer.one["token"]))
        kit.know(kit.other.token)
    return answer


def unregister(kit: Kit) -> None:
    """What we made is ended, once; nobody listens any more to what they answer."""
    if kit.other is not None:
        with suppress(PartnerError):
            kit.delete("credentials", token=kit.other.token)
        kit.other = None
    if kit.ours_to_end and kit.registered:
        kit.registered = False
        with suppress(PartnerError):
            kit.delete("credentials")
