"""The OCPI endpoints: versions, credentials and what we send: locations, sessions, CDRs, tariffs, ClientInfo."""

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query, Response

from mock_cpo.config import VERSION
from mock_cpo.faults import Point
from mock_cpo.web.call import Call, ConfigurationCall, FunctionalCall, Id
from mock_cpo.web.pages import Paging, page
from mock_cpo.web.schema import describes
from ocpi.protocol.cdrs import CDR
from ocpi.protocol.credentials import Credentials
from ocpi.protocol.errors import InvalidObject, Unauthorized, UnknownLocation, UnknownObject
from ocpi.protocol.hubclientinfo import ClientInfo
from ocpi.protocol.locations import EVSE, Connector, Location
from ocpi.protocol.sessions import ChargingPreferences, Session
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.versions import Version, VersionDetails

BASE = f"/ocpi/cpo/{VERSION}"
router = APIRouter()


# --- versions -----------------------------------------------------------------------------------


@router.get(
    "/ocpi/cpo/versions", tags=["versions"], summary="The versions of OCPI that we speak", **describes(gives=[Version])
)
@router.get(f"{BASE}/versions", tags=["versions"], summary="The same list", **describes(gives=[Version]))
def versions(call: ConfigurationCall) -> Response:
    return call.answer(call.platform.directory.versions())


@router.get(BASE, tags=["versions"], summary="Our modules and their URLs", **describes(gives=VersionDetails))
def version_details(call: ConfigurationCall) -> Response:
    return call.answer(call.platform.directory.details())


# --- credentials --------------------------------------------------------------------------------


@router.get(
    f"{BASE}/credentials", tags=["credentials"], summary="Our Credentials for you", **describes(gives=Credentials)
)
def get_credentials(call: ConfigurationCall) -> Response:
    return call.answer(call.platform.directory.credentials(call.token))


@router.post(
    f"{BASE}/credentials", tags=["credentials"], summary="Register", **describes(takes=Credentials, gives=Credentials)
)
def post_credentials(call: ConfigurationCall) -> Response:
    return call.answer(call.platform.handshake.receive_post(call.partner, call.json()), http_status=201)


@router.put(
    f"{BASE}/credentials", tags=["credentials"], summary="Update", **describes(takes=Credentials, gives=Credentials)
)
def put_credentials(call: ConfigurationCall) -> Response:
    return call.answer(call.platform.handshake.receive_put(call.partner, call.json()))


@router.delete(f"{BASE}/credentials", tags=["credentials"], summary="Unregister", **describes())
def delete_credentials(call: ConfigurationCall) -> Response:
    call.platform.handshake.receive_delete(call.partner)
    return call.answer()


# --- locations ----------------------------------------------------------------------------------


@router.get(
    f"{BASE}/locations",
    tags=["locations"],
    summary="All locations",
    dependencies=[Paging],
    **describes(gives=[Location]),
)
def list_locations(call: FunctionalCall) -> Response:
    lists = [cpo.network.listed() for cpo in call.cpos]
    return page(call, lists[0] if len(lists) == 1 else list(chain.from_iterable(lists)), "locations")


@router.get(
    f"{BASE}/locations/{{location_id}}", tags=["locations"], summary="One location", **describes(gives=Location)
)
def get_location(call: FunctionalCall, location_id: Id) -> Response:
    return _located(call, location_id, call.cpo.network.location(location_id), 3)


@router.get(
    f"{BASE}/locations/{{location_id}}/{{evse_uid}}", tags=["locations"], summary="One EVSE", **describes(gives=EVSE)
)
def get_evse(call: FunctionalCall, location_id: Id, evse_uid: Id) -> Response:
    return _located(call, location_id, call.cpo.network.evse(location_id, evse_uid), 4)


@router.get(
    f"{BASE}/locations/{{location_id}}/{{evse_uid}}/{{connector_id}}",
    tags=["locations"],
    summary="One connector",
    **describes(gives=Connector),
)
def get_connector(call: FunctionalCall, location_id: Id, evse_uid: Id, connector_id: Id) -> Response:
    return _located(call, location_id, call.cpo.network.connector(location_id, evse_uid, connector_id), 5)


def _located(call: Call, location_id: str, found: dict | None, depth: int) -> Response:
    """Private chargers do not exist for partners (LOC-43)."""
    if found is None or call.cpo.network.is_private(location_id):
        raise UnknownLocation
    return call.answer(call.platform.faults.run(Point.WIRE, found, module="locations", depth=depth))


# --- sessions, CDRs, tariffs --------------------------------------------------------------------


@router.get(
    f"{BASE}/sessions", tags=["sessions"], summary="Your sessions", dependencies=[Paging], **describes(gives=[Session])
)
def list_sessions(
    call: FunctionalCall, date_from: Annotated[str | None, Query(description="Required here.")] = None
) -> Response:
    if date_from is None:
        raise InvalidObject("date_from: is required for sessions")
    charges = [charge for cpo in call.cpos for charge in cpo.yard.charges()]
    yours = [charge.session() for charge in charges if call.partner.owns(*charge.authority.party)]
    return page(call, yours, "sessions")


@router.put(
    f"{BASE}/sessions/{{session_id}}/charging_preferences",
    tags=["sessions"],
    summary="What the driver wishes",
    **describes(takes=ChargingPreferences),
)
def put_preferences(call: FunctionalCall, session_id: Id) -> Response:
    wish = ChargingPreferences.from_wire(call.json())
    return call.answer(call.cpo.preferences.receive(call.partner, session_id, wish).value)


@router.get(f"{BASE}/cdrs", tags=["cdrs"], summary="Your CDRs", dependencies=[Paging], **describes(gives=[CDR]))
def list_cdrs(call: FunctionalCall) -> Response:
    return page(call, [cdr for cpo in call.cpos for cdr in cpo.cdrs.of(call.partner.owns)], "cdrs")


@router.get(
    f"{BASE}/tariffs", tags=["tariffs"], summary="All tariffs", dependencies=[Paging], **describes(gives=[Tariff])
)
def list_tariffs(call: FunctionalCall) -> Response:
    return page(call, [tariff for cpo in call.cpos for tariff in cpo.network.tariffs()], "tariffs")


# --- HubClientInfo ------------------------------------------------------------------------------


@router.get(
    f"{BASE}/hubclientinfo",
    tags=["hubclientinfo"],
    summary="Who is connected to this hub",
    dependencies=[Paging],
    **describes(gives=[ClientInfo]),
)
def list_client_infos(call: ConfigurationCall) -> Response:
    """A configuration module: it needs a registration, but has no routing headers (HCI-12)."""
    if call.platform.hub is None:
        raise UnknownObject("This is no hub.")
    if not call.partner.registered:
        raise Unauthorized("This token is good for versions and credentials only.")
    return page(call, call.platform.hub.client_infos(call.partner), "hubclientinfo", depth=2)
