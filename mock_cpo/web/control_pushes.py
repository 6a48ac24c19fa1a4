"""Control API: pushes and pulls that the platform does on demand."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from mock_cpo.checking import validate_location
from mock_cpo.cpo import Cpo
from mock_cpo.faults import Point
from mock_cpo.network import child
from mock_cpo.platform import Platform
from mock_cpo.pulling import pull_tokens
from mock_cpo.web.call import Id
from mock_cpo.web.control_platform import Here
from ocpi.protocol.types import ci_equal

router = APIRouter(prefix="/control", tags=["control"])
Wire = dict[str, Any]


class LocationPush(BaseModel):
    """Nothing given: every published location. Otherwise one location, EVSE or connector."""

    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None
    method: Literal["PUT", "PATCH"] = "PUT"
    fields: list[str] = Field(default_factory=list, description="For PATCH: the fields to send besides last_updated.")
    validate_: bool = Field(False, alias="validate", description="PUT, then GET it back and compare.")


class TariffPush(BaseModel):
    tariff_id: str | None = Field(None, description="One tariff; all of them when absent.")


class TokenPull(BaseModel):
    date_from: str | None = Field(None, description="Only tokens changed since then (OCPI DateTime).")


@router.post("/push/locations")
def push_locations(platform: Here, push: LocationPush | None = None) -> Wire:
    """PUT or PATCH at every eMSP that has the endpoint; returns how many pushes were queued."""
    push = push or LocationPush()
    if push.location_id is None:
        return {"queued": sum(_push_all(cpo, platform) for cpo in platform.cpos)}
    cpo = platform.at(push.location_id)
    if cpo.network.is_private(push.location_id):
        raise HTTPException(404, f"there is no published location {push.location_id}")
    if push.validate_:
        location = cpo.network.location(push.location_id) or {}
        return {"pushed": validate_location(cpo.client, platform.partners, cpo.party, location)}
    return {"queued": _push_part(cpo, push)}


def _push_all(cpo: Cpo, platform: Platform) -> int:
    locations = platform.faults.run(Point.LIST, cpo.network.published(), offset=0, module="locations")
    return sum(cpo.pusher.location(location) for location in locations)


def _push_part(cpo: Cpo, push: LocationPush) -> int:
    location_id = push.location_id or ""
    try:
        location = cpo.network.touch(location_id, push.evse_uid, push.connector_id)
    except KeyError as error:
        raise HTTPException(404, f"there is no {error.args[0]} at {location_id}") from error
    body: Wire | None = location
    ids = [each for each in (push.evse_uid, push.connector_id) if each]
    for name, key, wanted in zip(("evses", "connectors"), ("uid", "id"), ids, strict=False):
        body = child(body, name, key, wanted)
    body = body or {}
    if push.method == "PATCH":
        body = {name: body[name] for name in [*push.fields, "last_updated"] if name in body}
    return cpo.pusher.part(push.method, location["id"], ids, body)


@router.post("/push/tariffs")
def push_tariffs(platform: Here, push: TariffPush | None = None) -> Wire:
    """PUT of all tariffs or of one."""
    wanted = (push or TariffPush()).tariff_id
    found = [
        (cpo, tariff["id"])
        for cpo in platform.cpos
        for tariff in cpo.network.tariffs()
        if not wanted or ci_equal(tariff["id"], wanted)
    ]
    if not found:
        raise HTTPException(404, f"there is no tariff {wanted}")
    return {"queued": sum(cpo.pusher.tariff(cpo.network.update_tariff(tariff_id)) for cpo, tariff_id in found)}


@router.delete("/tariffs/{tariff_id}")
def delete_tariff(platform: Here, tariff_id: Id) -> Wire:
    """Connectors lose the tariff first, then it is deleted (TAR-22)."""
    cpo = platform.with_tariff(tariff_id)
    tariff = cpo.network.tariff(tariff_id)
    if tariff is None:
        raise HTTPException(404, f"there is no tariff {tariff_id}")
    changed = cpo.network.unlink_tariff(tariff["id"])
    for location_id, evse_uid, connector in changed:
        body = {"tariff_ids": connector["tariff_ids"], "last_updated": connector["last_updated"]}
        cpo.pusher.part("PATCH", location_id, [evse_uid, connector["id"]], body)
    cpo.network.remove_tariff(tariff["id"])
    return {"deleted": tariff["id"], "connectors": len(changed), "queued": cpo.pusher.tariff_gone(tariff["id"])}


@router.post("/pull/tokens")
def pull(platform: Here, wanted: TokenPull | None = None) -> list[Wire]:
    """GET tokens from every eMSP, all pages."""
    date_from = (wanted or TokenPull()).date_from
    pulls = [
        pull_tokens(cpo.client, cpo.tokens, partner, date_from)
        for cpo in platform.cpos
        for partner in platform.partners.registered()
    ]
    return [
        {
            "registration": done.registration,
            "pages": done.pages,
            "received": done.received,
            "added": done.added,
            "updated": done.updated,
            "problems": done.problems,
        }
        for done in pulls
    ]
