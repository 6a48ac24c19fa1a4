"""START_SESSION, from the app's order to the CPO's answer; what holds for every command is tested on it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from ocpi.commands import services
from ocpi.commands.models import Command
from ocpi.commands.tests.conftest import Order, tell, work
from ocpi.core import clock
from ocpi.partners.models import Partner
from ocpi.protocol.commands import StartSession
from tests import factories
from tests.callers import Answer, Caller
from tests.partner_server import Call, PartnerServer

TOKEN = {"uid": "04AABBCCDD", "type": "RFID"}
HERE = {"token": TOKEN, "location_id": "L1"}


@pytest.mark.requirement("CMD-01", "CMD-02", "CMD-20", "CMD-36", "HUB-01", "SEED-06")
def test_the_cpo_gets_the_whole_command_object(partner_server: PartnerServer, order: Order) -> None:
    command = order(location_id="l1", evse_uid="e1", connector_id="C1")
    [call] = partner_server.calls()
    assert (call.method, call.path, call.token) == ("POST", "/ocpi/commands/START_SESSION", "token-for-cpo")
    assert call.json == {
        "response_url": command.response_url, "token": command.token.to_wire(), "location_id": "L1", "evse_uid": "E1",
        "connector_id": "C1", "authorization_reference": command.describe()["authorization_reference"],
    }  # fmt: skip
    StartSession.from_wire(call.json)
    routing = [call[f"OCPI-{end}-{what}"] for end in ("from", "to") for what in ("country-code", "party-id")]
    assert routing == ["NL", "EMS", "NL", "CPO"]
    assert (command.state, call["X-Correlation-ID"]) == ("ACCEPTED", command.correlation_id)


@pytest.mark.requirement("SEED-06")
def test_an_app_gets_an_id_at_once_and_the_steps_later(give: Callable[..., Answer], app: Caller, cpo: Caller) -> None:
    answer = give("START_SESSION", **HERE)
    assert answer.status == (202, 1000)
    assert answer.data.keys() == {"id", "command", "state", "partner", "url"}
    assert (answer.data["command"], answer.data["state"], answer.data["partner"]) == ("START_SESSION", "QUEUED", "CPO")
    command = work(answer.data["id"])
    tell(cpo, command)
    described = app.get(answer.data["url"].removeprefix("http://emsp.test")).data
    assert [step["state"] for step in described["steps"]] == ["QUEUED", "SENDING", "ACCEPTED", "SUCCEEDED"]
    assert all(step["at"].endswith("Z") for step in described["steps"])
    assert (described["state"], described["result"], described["session"]) == (
        "SUCCEEDED",
        {"result": "ACCEPTED"},
        None,
    )


@pytest.mark.requirement("CMD-03")
def test_every_command_has_a_response_url_of_its_own(partner_server: PartnerServer, order: Order) -> None:
    order()
    order()
    urls = [call.json["response_url"] for call in partner_server.calls()]
    assert len(set(urls)) == 2
    assert all(len(url) <= 255 and url.startswith("http://emsp.test/ocpi/emsp/2.2.1/commands/") for url in urls)


@pytest.mark.requirement("CMD-25", "SES-22", "CMD-34", "AMB-35", "SEED-06")
@pytest.mark.parametrize("given", [None, "My-Ref"])
def test_the_session_is_found_by_the_reference_that_we_gave(
    partner_server: PartnerServer, order: Order, cpo: Caller, app: Caller, given: str | None
) -> None:
    partner_server.answer("POST", "commands", status=500, raw=b"<html>")
    command = order(**({"authorization_reference": given} if given else {}))
    reference = partner_server.calls()[0].json["authorization_reference"]
    assert (len(reference) <= 36, reference == (given or reference), command.state) == (True, True, "UNKNOWN")
    cpo.put("sessions", "NL", "CPO", "S0", body=factories.session(id="S0"))
    cpo.put("sessions", "NL", "CPO", "S7", body=factories.session(id="S7", authorization_reference=reference.lower()))
    described = app.get("commands", str(command.pk)).data
    found = described["session"]
    assert described["authorization_reference"] == reference
    assert (found["id"], found["status"], found["party_id"]) == ("S7", "ACTIVE", "CPO")
    assert app.get(found["url"].removeprefix("http://emsp.test")).data["id"] == "S7"


@pytest.mark.requirement("CMD-05", "CMD-06", "CMD-37", "AMB-43")
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"data": {"result": "ACCEPTED", "timeout": 30}}, "ACCEPTED"),
        ({"status": 202, "data": {"result": "ACCEPTED", "timeout": 30, "message": [
            {"language": "nl", "text": "Even geduld"}, {"language": "en", "text": "Hold on"}]}}, "ACCEPTED"),
        ({"data": {"result": "REJECTED", "timeout": 30}}, "REJECTED"),
        ({"data": {"result": "NOT_SUPPORTED", "timeout": 0}}, "REJECTED"),
        ({"data": {"result": "UNKNOWN_SESSION", "timeout": 0}}, "REJECTED"),
    ],
)  # fmt: skip
def test_what_the_cpo_answers(
    partner_server: PartnerServer, order: Order, app: Caller, answer: dict, state: str
) -> None:
    partner_server.answer("POST", "commands", **answer)
    command = order()
    assert (command.state, command.response) == (state, answer["data"])
    assert app.get("commands", str(command.pk)).data["steps"][-1]["detail"] == answer["data"]["result"]


@pytest.mark.requirement("CMD-07", "CMD-33", "CMD-34", "TRA-18", "TRA-31", "TRA-44")
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status_code": 2003, "data": {"result": "REJECTED", "timeout": 0}}, "REJECTED"),
        ({"status_code": 2003, "data": {"result": "ACCEPTED", "timeout": 30}}, "REJECTED"),
        ({"status": 404, "raw": b"<html>"}, "REJECTED"),
        ({"status": 401, "status_code": 2001}, "REJECTED"),
        ({"status_code": 3000}, "UNKNOWN"),
        ({"status_code": 4002}, "UNKNOWN"),
        ({"status": 500, "raw": b"<html>Oops"}, "UNKNOWN"),
        ({"status": 429, "headers": {"Retry-After": "1"}}, "UNKNOWN"),
        ({"raw": b""}, "UNKNOWN"),
        ({"data": "ACCEPTED"}, "UNKNOWN"),
        ({"data": {"result": "MAYBE", "timeout": 30}}, "UNKNOWN"),
        ({"data": {"result": "ACCEPTED"}}, "UNKNOWN"),
        ({"status": 307, "headers": {"Location": "/elsewhere"}, "raw": b""}, "UNKNOWN"),
        ({"drop": True}, "UNKNOWN"),
        ({"delay": 5}, "UNKNOWN"),
    ],
)  # fmt: skip
def test_a_command_is_sent_once_whatever_comes_back(
    partner_server: PartnerServer, order: Order, settings: Any, answer: dict, state: str
) -> None:
    settings.OCPI_READ_TIMEOUT = 0.2 if "delay" in answer else 5
    partner_server.answer("POST", "commands", **answer)
    command = order()
    assert (command.state, bool(command.error)) == (state, True)
    for _ in range(3):
        for command_id in services.sweep():
            work(command_id)
        work(command.pk)
    assert len(partner_server.calls()) == 1


@pytest.mark.requirement("CMD-19", "LOC-26")
@pytest.mark.parametrize("status", ["BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"])
def test_a_token_that_may_not_charge_starts_nothing(
    give: Callable[..., Answer], partner_server: PartnerServer, status: str
) -> None:
    factories.token(uid="T2", status=status)
    assert give("START_SESSION", token={"uid": "T2"}, location_id="L1").status == (200, 2001)
    assert (Command.objects.count(), partner_server.calls()) == (0, [])


@pytest.mark.requirement("CMD-19")
def test_a_token_that_was_blocked_before_a_worker_came_starts_nothing(
    give: Callable[..., Answer], partner_server: PartnerServer
) -> None:
    command_id = give("START_SESSION", **HERE).data["id"]
    factories.token(status="BLOCKED")
    command = work(command_id)
    assert (command.state, partner_server.calls()) == ("EXPIRED", [])
    assert "blocked" in command.steps[-1]["detail"]


@pytest.mark.requirement("CMD-19", "TOK-12")
def test_a_token_that_is_bound_to_places_starts_nothing_elsewhere(give: Callable[..., Answer]) -> None:
    factories.token(uid="T2", allowed_locations=[{"location_id": "L1", "evse_uids": ["E2"]}])
    bound = {"token": {"uid": "T2"}, "location_id": "L1"}
    assert give("START_SESSION", **bound, evse_uid="E1").status == (200, 2001)
    assert give("START_SESSION", **bound, evse_uid="E2").status == (202, 1000)


@pytest.mark.requirement("CMD-19", "CMD-21", "LOC-26")
def test_only_tokens_of_our_own_can_be_used(give: Callable[..., Answer]) -> None:
    assert give("START_SESSION", token={"uid": "FOREIGN"}, location_id="L1").status == (200, 2004)
    assert give("START_SESSION", token=TOKEN | {"type": "APP_USER"}, location_id="L1").status == (200, 2004)
    factories.token(uid="APP1", type="APP_USER")
    assert give("START_SESSION", token={"uid": "APP1", "type": "APP_USER"}, location_id="L1").status == (202, 1000)


@pytest.mark.requirement("CMD-20", "SEED-06")
def test_what_the_app_says_about_the_token_is_replaced_by_what_we_know(
    order: Order, partner_server: PartnerServer
) -> None:
    command = order(token=TOKEN | {"contract_id": "FORGED", "valid": False})
    assert partner_server.calls()[0].json["token"] == command.token.to_wire()


@pytest.mark.requirement("CMD-24")
@pytest.mark.parametrize(
    ("capabilities", "unknown_allows", "allowed"),
    [
        (["REMOTE_START_STOP_CAPABLE"], False, True),
        (["RFID_READER"], True, False),
        ([], True, True),
        ([], False, False),
    ],
)
def test_only_what_the_charger_can_do_is_asked_of_it(
    give: Callable[..., Answer], cpo: Caller, settings: Any, capabilities: list, unknown_allows: bool, allowed: bool
) -> None:
    settings.OCPI_CAPABILITY_UNKNOWN_ALLOWS = unknown_allows
    cpo.put("locations", "NL", "CPO", "L1", "E1", body=factories.evse(capabilities=capabilities))
    assert give("START_SESSION", **HERE, evse_uid="E1").status == ((202, 1000) if allowed else (200, 2001))
    assert Command.objects.count() == allowed


@pytest.mark.requirement("CMD-23")
def test_a_charger_that_needs_the_connector_named_gets_it(give: Callable[..., Answer], cpo: Caller) -> None:
    needs = ["REMOTE_START_STOP_CAPABLE", "START_SESSION_CONNECTOR_REQUIRED"]
    cpo.put("locations", "NL", "CPO", "L1", "E1", body=factories.evse(capabilities=needs))
    assert give("START_SESSION", **HERE, evse_uid="E1").status == (200, 2001)
    assert give("START_SESSION", **HERE, evse_uid="E1", connector_id="C1").status == (202, 1000)
    assert give("START_SESSION", **HERE, connector_id="C1").status == (200, 2001)
    assert give("START_SESSION", **HERE, evse_uid="E1", connector_id="C9").status == (200, 2003)


@pytest.mark.requirement("CMD-29", "LOC-27")
def test_a_location_is_enough_even_an_unpublished_one(order: Order, cpo: Caller, partner_server: PartnerServer) -> None:
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location(publish=False))
    assert order(evse_uid=None).state == "ACCEPTED"
    assert "evse_uid" not in partner_server.calls()[0].json


@pytest.mark.requirement("CMD-24", "LOC-19")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"location_id": "L9"}, (200, 2003)),
        ({"evse_uid": "E9"}, (200, 2003)),
        ({"evse_uid": "GONE"}, (200, 2003)),
        ({"location_id": 5}, (200, 2001)),
        ({"token": "04AABBCCDD"}, (200, 2001)),
        ({"token": {}}, (200, 2001)),
        ({"authorization_reference": "R" * 37}, (200, 2001)),
        ({"response_url": "not a url"}, (200, 2001)),
        ({"response_url": "https://a.test/" + "x" * 250}, (200, 2001)),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_is_refused_and_nothing_is_stored(
    give: Callable[..., Answer], cpo: Caller, changes: dict, status: tuple[int, int]
) -> None:
    cpo.put("locations", "NL", "CPO", "L1", "GONE", body=factories.evse(uid="GONE", status="REMOVED"))
    assert give("START_SESSION", **HERE | changes).status == status
    assert not Command.objects.exists()


@pytest.mark.requirement("SEED-06")
def test_an_id_that_two_cpos_use_needs_the_party(give: Callable[..., Answer], cp2: Caller) -> None:
    theirs = factories.location(country_code="DE", party_id="CP2")
    cp2.put("locations", "DE", "CP2", "L1", body=theirs)
    answer = give("START_SESSION", **HERE)
    assert answer.status == (200, 2001)
    assert "NL-CPO" in answer.message
    assert "DE-CP2" in answer.message
    assert give("START_SESSION", "country_code=DE&party_id=CP2", **HERE).data["partner"] == "CP2"


@pytest.mark.requirement("SEED-06")
@pytest.mark.parametrize("status", ["SUSPENDED", "UNREGISTERED"])
def test_a_partner_that_is_not_connected_gets_no_commands(
    give: Callable[..., Answer], cpo: Caller, status: str
) -> None:
    cpo.partner.status = status
    cpo.partner.save()
    assert give("START_SESSION", **HERE).status == (200, 2001)


@pytest.mark.requirement("AMB-32", "SEED-06", "CMD-35")
def test_only_apps_give_commands_and_only_those_that_exist(cpo: Caller, give: Callable[..., Answer]) -> None:
    assert cpo.post("commands", "START_SESSION", body=HERE).status == (404, 2001)
    assert give("DANCE").status == give("start_session", **HERE).status == (404, 2001)
    assert not Command.objects.exists()


@pytest.mark.requirement("CMD-33", "TRA-44")
def test_a_command_that_waited_too_long_is_never_sent(
    give: Callable[..., Answer], partner_server: PartnerServer, settings: Any
) -> None:
    settings.OCPI_COMMAND_SEND_WINDOW = 30
    command_id = give("START_SESSION", **HERE).data["id"]
    Command.objects.update(created_at=clock.now() - timedelta(seconds=31))
    assert work(command_id).state == "EXPIRED"
    assert partner_server.calls() == []


@pytest.mark.requirement("CMD-33")
def test_sending_twice_sends_once(order: Order, partner_server: PartnerServer) -> None:
    work(order().pk)
    assert len(partner_server.calls()) == 1


@pytest.mark.requirement("CMD-33")
@pytest.mark.django_db(transaction=True)
def test_workers_that_take_the_same_command_at_once_send_it_once(
    give: Callable[..., Answer], partner_server: PartnerServer
) -> None:
    command_id = give("START_SESSION", **HERE).data["id"]

    def send(_: int) -> None:
        try:
            services.send(command_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(send, range(6)))
    assert (len(partner_server.calls()), Command.objects.get().state) == (1, "ACCEPTED")


@pytest.mark.requirement("CMD-04")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", ["ACCEPTED", "lost"])
def test_a_result_that_overtakes_the_answer_is_matched(
    give: Callable[..., Answer], cpo: Caller, partner_server: PartnerServer, answer: str
) -> None:
    early: list[Answer] = []

    def result_first(call: Call) -> None:
        try:
            early.append(
                cpo.post(call.json["response_url"].removeprefix("http://emsp.test"), body={"result": "ACCEPTED"})
            )
        finally:
            connections.close_all()

    data = {"data": {"result": "ACCEPTED", "timeout": 30}}
    partner_server.answer("POST", "commands", does=result_first, **(data if answer == "ACCEPTED" else {"drop": True}))
    command = work(give("START_SESSION", **HERE).data["id"])
    assert early[0].status == (200, 1000)
    assert [step["state"] for step in command.steps] == ["QUEUED", "SENDING", "SUCCEEDED"]
    assert (command.state, command.error, bool(command.response)) == ("SUCCEEDED", "", answer == "ACCEPTED")


def test_a_partner_that_lists_no_commands_takes_them_where_an_operator_says(
    partner_server: PartnerServer, give: Callable[..., Answer], cpo: Caller
) -> None:
    cpo.partner.endpoints.filter(identifier="commands").delete()
    assert "takes no commands" in give("START_SESSION", **HERE).message
    Partner.objects.filter(pk=cpo.partner.pk).update(commands_url=f"{partner_server.base_url}/unlisted/commands")
    assert work(give("START_SESSION", **HERE).data["id"]).state == "UNKNOWN"
    [call] = partner_server.calls("POST", "unlisted")
    assert call.path == "/ocpi/unlisted/commands/START_SESSION"


def test_a_response_in_a_list_is_read_from_a_flagged_partner_and_counted(
    partner_server: PartnerServer, order: Order, cpo: Caller
) -> None:
    partner_server.answer("POST", "commands", data=[{"result": "ACCEPTED", "timeout": 30}])
    assert order().state == "UNKNOWN"
    Partner.objects.filter(pk=cpo.partner.pk).update(listed_objects=True)
    assert order().state == "ACCEPTED"
    assert list(cpo.partner.leniencies.values_list("kind", "count")) == [("listed", 1)]
