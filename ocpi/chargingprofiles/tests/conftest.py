"""A CPO that takes charging profiles, one running session there, and an app that asks for limits."""

from collections.abc import Callable
from typing import Any

import pytest

from ocpi.chargingprofiles import services
from ocpi.chargingprofiles.models import ProfileRequest
from ocpi.partners.models import Partner, PartnerEndpoint
from ocpi.sessions.models import Session
from tests import factories
from tests.callers import Answer, Caller
from tests.partner_server import PartnerServer

Ask = Callable[..., ProfileRequest]
LIMITS = {
    "charging_rate_unit": "A",
    "charging_profile_period": [{"start_period": 0, "limit": 16}, {"start_period": 900, "limit": 8}],
}
ACTIVE = {
    "start_date_time": "2026-03-01T10:15:00Z",
    "charging_profile": {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": 16}]},
}


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.OCPI_CONNECT_TIMEOUT = settings.OCPI_READ_TIMEOUT = 5


def takes_profiles(partner: Partner, base_url: str) -> Partner:
    url = f"{base_url}/chargingprofiles"
    PartnerEndpoint.objects.create(partner=partner, identifier="chargingprofiles", role="RECEIVER", url=url)
    return partner


@pytest.fixture
def cpo(partner_server: PartnerServer, db: None) -> Caller:
    """The registered CPO NL/CPO, whose endpoints are the recording server; it accepts whatever it is asked."""
    partner = takes_profiles(partner_server.registered(name="CPO"), partner_server.base_url)
    for method in ("PUT", "GET", "DELETE"):
        partner_server.answer(method, "chargingprofiles", data={"result": "ACCEPTED", "timeout": 30})
    caller = Caller(token="token-of-cpo", partner=partner, party=("NL", "CPO"))
    capable = factories.evse(capabilities=["CHARGING_PROFILE_CAPABLE", "REMOTE_START_STOP_CAPABLE"])
    caller.put("locations", "NL", "CPO", "L1", body=factories.location(evses=[capable]))
    return caller


@pytest.fixture
def session(cpo: Caller) -> Session:
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
    return Session.objects.get()


@pytest.fixture
def wish(app: Caller, session: Session) -> Callable[..., Answer]:
    """What the app asks of us; it is stored, and nothing is sent yet."""

    def wish(kind: str = "set", id: str = "S1", **kwargs: Any) -> Answer:
        if kind == "set":
            kwargs = {"body": {"charging_profile": LIMITS}, **kwargs}
        return app.post("chargingprofiles", id, kind, **kwargs)

    return wish


@pytest.fixture
def ask(wish: Callable[..., Answer]) -> Ask:
    """The same, accepted by us, and sent by a worker."""

    def ask(kind: str = "set", **kwargs: Any) -> ProfileRequest:
        answer = wish(kind, **kwargs)
        assert answer.status == (202, 1000), answer.message
        return work(answer.data["id"])

    return ask


def work(request_id: Any) -> ProfileRequest:
    """What a worker does with a request."""
    services.send(str(request_id))
    return ProfileRequest.objects.get(pk=request_id)


def tell(caller: Caller, row: ProfileRequest, result: Any = "ACCEPTED", **more: Any) -> Answer:
    """The result, POSTed to the response_url."""
    path = row.response_url.removeprefix("http://emsp.test")
    return caller.post(path, body=result if isinstance(result, dict) else {"result": result, **more})


def states(row: ProfileRequest) -> list[str]:
    return [step["state"] for step in ProfileRequest.objects.get(pk=row.pk).steps]
