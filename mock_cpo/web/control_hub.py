"""Control API: how the CPOs behind the hub are connected."""

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from mock_cpo.hub import Hub
from mock_cpo.web.control_platform import Here
from ocpi.protocol.headers import PartyId
from ocpi.protocol.hubclientinfo import ConnectionStatus

router = APIRouter(prefix="/control/hub", tags=["control"])
Wire = dict[str, Any]


class Connection(BaseModel):
    status: ConnectionStatus


@router.get("/parties")
def parties(platform: Here) -> list[Wire]:
    """Every party that the hub knows, as ClientInfo."""
    return _hub(platform.hub).client_infos()


@router.put("/parties/{country_code}/{party_id}")
def change(platform: Here, country_code: str, party_id: str, connection: Connection) -> Wire:
    """A CPO comes or goes; every eMSP hears of it by PUT of its ClientInfo."""
    hub = _hub(platform.hub)
    wanted = PartyId(country_code, party_id).key
    cpo = next((cpo for cpo in platform.cpos if cpo.party.key == wanted), None)
    if cpo is None:
        raise HTTPException(404, f"there is no CPO {country_code}/{party_id} behind this hub")
    return hub.set_status(cpo, connection.status.value)


def _hub(hub: Hub | None) -> Hub:
    if hub is None:
        raise HTTPException(409, "this is no hub; start it with --hub")
    return hub
