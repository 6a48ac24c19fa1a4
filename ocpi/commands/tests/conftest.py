"""A CPO that can be commanded: a location with two chargers, one of our tokens, and an app that gives the orders."""

from collections.abc import Callable
from typing import Any

import pytest

from ocpi.commands import services, webhooks
from ocpi.commands.models import Command
from tests import factories
from tests.callers import Answer, Caller
from tests.partner_server import PartnerServer

Order = Callable[..., Command]


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.OCPI_CONNECT_TIMEOUT = settings.OCPI_READ_TIMEOUT = 5


@pytest.fixture
def cpo(partner_server: PartnerServer, db: None) -> Caller:
    """The registered CPO NL/CPO, whose endpoints are the recording server."""
    caller = Caller(token="token-of-cpo", partner=partner_server.registered(name="CPO"), party=("NL", "CPO"))
    caller.put("locations", "NL", "CPO", "L1", body=factories.location())
    return caller


@pytest.fixture
def give(app: Caller, cpo: Caller) -> Callable[..., Answer]:
    """An order of the app, with one of our tokens; it is stored, and nothing is sent yet."""
    factories.token()

    def give(name: str, query: str = "", **body: Any) -> Answer:
        return app.post("commands", name, body=body, query=query)

    return give


@pytest.fixture
def order(give: Callable[..., Answer]) -> Order:
    """The same, accepted by us, and taken up by a worker."""

    def order(name: str = "START_SESSION", **body: Any) -> Command:
        token = {"uid": "04AABBCCDD"}
        defaults = {"START_SESSION": {"token": token, "location_id": "L1", "evse_uid": "E1"},
                    "RESERVE_NOW": {"token": token, "location_id": "L1", "evse_uid": "E1", "reservation_id": "R1",
                                    "expiry_date": "2030-01-01T00:00:00Z"}}  # fmt: skip
        answer = give(name, **{**defaults.get(name, {}), **body})
        assert answer.status == (202, 1000), answer.message
        return work(answer.data["id"])

    return order


def work(command_id: Any) -> Command:
    """What a worker does with a command."""
    services.send(str(command_id))
    webhooks.deliver(str(command_id))
    return Command.objects.get(pk=command_id)


def tell(caller: Caller, command: Command, result: Any = "ACCEPTED", **more: Any) -> Answer:
    """The CommandResult, POSTed to the response_url."""
    path = command.response_url.removeprefix("http://emsp.test")
    return caller.post(path, body=result if isinstance(result, dict) else {"result": result, **more})
