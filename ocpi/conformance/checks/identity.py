"""Ids, owners, and what refers to what (chapters 4.1.5, 8, 10, 11)."""

from collections import Counter
from typing import Any

from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import LISTS, Findings, Severity, Skip, Target, check
from ocpi.protocol.types import ci_key, parse_datetime

from .content import listed
from .paging import name


@check("HUB-17 CRE-31", module=LISTS)
def owners_are_known(kit: Kit, module: str) -> Findings:
    """Objects belong to a party of the platform's Credentials; only behind a hub to others."""
    parties = {_key(role) for role in kit.roles}
    if not parties or any(role.get("role") == "HUB" for role in kit.roles):
        raise Skip("who stands behind a hub is told elsewhere")
    for item, page in listed(kit, module):
        if _key(item) not in parties:
            yield f"{name(item)} belongs to a party that the platform does not have", page


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return ci_key(str(item.get("country_code"))), ci_key(str(item.get("party_id")))


@check("LOC-40", tests=Target.CPO, module="locations")
def evse_uids_are_unique(kit: Kit) -> Findings:
    """The uid of an EVSE is unique within the CPO's platform."""
    places = listed(kit, "locations")
    count = Counter(ci_key(str(evse.get("uid"))) for item, _ in places for evse in _many(item, "evses"))
    for item, page in places:
        for evse in _many(item, "evses"):
            if count[ci_key(str(evse.get("uid")))] > 1:
                yield f"the EVSE {evse.get('uid')} stands {count[ci_key(str(evse.get('uid')))]} times", page


def _many(item: dict[str, Any], field: str) -> list[dict[str, Any]]:
    value = item.get(field)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


@check("LOC-40", tests=Target.CPO, module="locations")
def connector_ids_are_unique(kit: Kit) -> Findings:
    """The id of a connector is unique within its EVSE."""
    for item, page in listed(kit, "locations"):
        for evse in _many(item, "evses"):
            ids = [ci_key(str(connector.get("id"))) for connector in _many(evse, "connectors")]
            if len(set(ids)) < len(ids):
                yield f"{name(item)}: connectors of {evse.get('uid')} share an id", page


@check("LOC-07", tests=Target.CPO, module="locations")
def parents_are_updated(kit: Kit) -> Findings:
    """A change of an EVSE or connector moves last_updated of what it is part of, or pulls would miss it."""
    for item, page in listed(kit, "locations"):
        for evse in _many(item, "evses"):
            parts = [evse, *_many(evse, "connectors")]
            newest = max((_moment(part) for part in parts if _moment(part)), default=None)
            if newest is not None and (own := _moment(item)) and newest > own:
                yield f"{name(item)}: {evse.get('uid')} was updated after its location", page


def _moment(item: dict[str, Any]) -> Any:
    try:
        return parse_datetime(str(item.get("last_updated")))
    except ValueError:
        return None


@check("LOC-35 TAR-05", tests=Target.CPO, module="tariffs", severity=Severity.WARNING)
def tariffs_exist(kit: Kit) -> Findings:
    """The tariffs that connectors name are in the list of tariffs."""
    if not kit.offers("locations") or not kit.crawl("tariffs").whole:
        raise Skip("not all tariffs were read")
    known = {ci_key(str(item.get("id"))) for item in kit.crawl("tariffs").objects}
    for item, page in listed(kit, "locations"):
        for evse in _many(item, "evses"):
            for connector in _many(evse, "connectors"):
                for tariff in connector.get("tariff_ids") or []:
                    if ci_key(str(tariff)) not in known:
                        yield f"{name(item)}: tariff {tariff} is not in the list", page


@check("SES-21 PAG-18", tests=Target.CPO, module="sessions")
def sessions_are_ours(kit: Kit) -> Findings:
    """An eMSP is told of sessions of its own drivers only."""
    yield from _ours(kit, "sessions")


@check("CDR-33 PAG-18", tests=Target.CPO, module="cdrs")
def cdrs_are_ours(kit: Kit) -> Findings:
    """An eMSP is given CDRs of its own drivers only."""
    yield from _ours(kit, "cdrs")


def _ours(kit: Kit, module: str) -> Findings:
    ours = {(ci_key(party.country_code), ci_key(party.party_id)) for party in kit.parties}
    for item, page in listed(kit, module):
        token = item.get("cdr_token")
        if isinstance(token, dict) and _key(token) not in ours:
            yield f"{name(item)} is of a driver of {token.get('country_code')}/{token.get('party_id')}", page
