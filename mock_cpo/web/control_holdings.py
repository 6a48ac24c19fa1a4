"""Control API: what the platform holds, of every CPO when there are several."""

from typing import Any

from fastapi import APIRouter, HTTPException

from mock_cpo.catalogue import Site
from mock_cpo.charge import Charge
from mock_cpo.cpo import Cpo
from mock_cpo.platform import Platform
from mock_cpo.vehicles import connector_power
from mock_cpo.web.call import Id
from mock_cpo.web.control_platform import Here
from ocpi.protocol.types import ci_equal

router = APIRouter(prefix="/control", tags=["control"])
Wire = dict[str, Any]


@router.get("/tokens")
def tokens(platform: Here, uid: str = "") -> list[Wire]:
    """The eMSPs' tokens as pushed or pulled; `held_by` is the CPO."""
    return [
        {
            "registration": _owner(platform, token["country_code"], token["party_id"]),
            "held_by": str(cpo.party),
            "token": token,
        }
        for cpo in platform.cpos
        for token in cpo.tokens.all()
        if not uid or ci_equal(token["uid"], uid)
    ]


@router.get("/locations")
def locations(platform: Here) -> list[Wire]:
    """All locations, the private one too."""
    return [
        {"private": site.private, "location": site.location} for cpo in platform.cpos for site in cpo.network.sites()
    ]


@router.get("/locations/{location_id}")
def location(platform: Here, location_id: Id) -> Wire:
    network = platform.at(location_id).network
    found = network.location(location_id)
    if found is None:
        raise HTTPException(404, f"there is no location {location_id}")
    return {"private": network.is_private(location_id), "location": found}


@router.get("/tariffs")
def tariffs(platform: Here) -> list[Wire]:
    return [tariff for cpo in platform.cpos for tariff in cpo.network.tariffs()]


@router.get("/tariffs/{tariff_id}")
def tariff(platform: Here, tariff_id: Id) -> Wire:
    found = platform.with_tariff(tariff_id).network.tariff(tariff_id)
    if found is None:
        raise HTTPException(404, f"there is no tariff {tariff_id}")
    return found


@router.get("/sessions")
def sessions(platform: Here) -> list[Wire]:
    """Sessions of all eMSPs, oldest first."""
    return [shown(platform, charge) for cpo in platform.cpos for charge in cpo.yard.charges()]


@router.get("/sessions/{session_id}")
def session(platform: Here, session_id: str) -> Wire:
    return shown(platform, charge_of(platform, session_id))


@router.get("/cdrs")
def cdrs(platform: Here) -> list[Wire]:
    """CDRs of all eMSPs, oldest first, and whether their push arrived."""
    return [
        {
            "registration": _owner(platform, *record.owner),
            "delivered": record.delivered,
            "their_url": record.their_url,
            "cdr": record.cdr,
        }
        for cpo in platform.cpos
        for record in cpo.cdrs.records
    ]


@router.get("/cdrs/{cdr_id}")
def cdr(platform: Here, cdr_id: str) -> Wire:
    found = next((row for row in cdrs(platform) if ci_equal(row["cdr"]["id"], cdr_id)), None)
    if found is None:
        raise HTTPException(404, f"there is no CDR {cdr_id}")
    return found


@router.get("/commands")
def commands(platform: Here) -> list[Wire]:
    """Commands received, with our answers and the results sent, newest last."""
    return [record.shown() for cpo in platform.cpos for record in cpo.commands.records]


@router.get("/profiles")
def profiles(platform: Here) -> list[Wire]:
    """Requests about charging profiles, likewise."""
    return [record.shown() for cpo in platform.cpos for record in cpo.profiles.records]


@router.get("/chargers")
def chargers(platform: Here) -> list[Wire]:
    """Every EVSE with its status and session, in short: what the panel shows."""
    return [_site(cpo, site) for cpo in platform.cpos for site in cpo.network.sites()]


def _site(cpo: Cpo, site: Site) -> Wire:
    place = site.location
    return {
        "location_id": place["id"],
        "operator": str(cpo.party),
        "name": place["name"],
        "city": place["city"],
        "country": place["country"],
        "private": site.private,
        "evses": [_charger(cpo, place["id"], evse) for evse in place["evses"]],
    }


def _charger(cpo: Cpo, location_id: str, evse: Wire) -> Wire:
    charge = cpo.yard.bay(location_id, evse["uid"]).charge
    return {
        "uid": evse["uid"],
        "status": evse["status"],
        "kw": round(max(connector_power(connector) for connector in evse["connectors"])),
        "connectors": {connector["id"]: connector["standard"] for connector in evse["connectors"]},
        "session_id": charge.id if charge else None,
    }


def shown(platform: Platform, charge: Charge) -> Wire:
    """A session with what only the charger knows."""
    with charge.lock:
        limits = charge.limits
        car = {
            "soc": round(charge.vehicle.soc, 1),
            "target_soc": charge.vehicle.target_soc,
            "full": charge.vehicle.full,
            "plugged": charge.plugged,
        }
        return {
            "registration": _owner(platform, *charge.authority.party),
            "correlation_id": charge.authority.correlation_id,
            "time": charge.timeline.now().isoformat().replace("+00:00", "Z"),
            "session": charge.session(),
            "car": car,
            "preferences": charge.preferences,
            "profile": limits.profile.to_wire() if limits.profile else None,
            "local_limit_kw": limits.local_kw,
        }


def charge_of(platform: Platform, session_id: str) -> Charge:
    charge = platform.with_session(session_id).yard.get(session_id)
    if charge is None:
        raise HTTPException(404, f"there is no session {session_id}")
    return charge


def _owner(platform: Platform, country_code: str, party_id: str) -> str | None:
    partner = platform.partners.by_party(country_code, party_id)
    return partner.id if partner else None
