"""Asking which limits hold: everything stands in the query, and the answer comes later."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ocpi.chargingprofiles.models import ActiveProfile, ProfileRequest
from ocpi.chargingprofiles.tests.conftest import ACTIVE, Ask, tell
from ocpi.partners.models import PartnerEndpoint
from tests.callers import Caller
from tests.partner_server import PartnerServer


def query_of(path: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(path).query, strict_parsing=True)


@pytest.mark.requirement("CHP-02", "CHP-04", "CHP-22", "HUB-01")
def test_duration_and_response_url_stand_in_the_query_and_there_is_no_body(
    partner_server: PartnerServer, ask: Ask
) -> None:
    row = ask("get", body={"duration": 1800})
    [call] = partner_server.calls("GET", "chargingprofiles")
    assert urlsplit(call.path).path == "/ocpi/chargingprofiles/S1"
    assert query_of(call.path) == [("duration", "1800"), ("response_url", row.response_url)]
    assert "%3A%2F%2F" in call.path
    assert (call.body, call["Content-Type"]) == (b"", None)
    assert (call["OCPI-to-party-id"], call["OCPI-from-party-id"]) == ("CPO", "EMS")


@pytest.mark.requirement("CHP-04", "TRA-47")
def test_a_response_url_with_a_query_of_its_own_arrives_whole(
    partner_server: PartnerServer, ask: Ask, cpo: Caller, settings: Any
) -> None:
    settings.OCPI_BASE_URL = "http://emsp.test/ocpi/emsp/2.2.1?a=1&b=2#x"
    url = f"{partner_server.base_url}/chargingprofiles?tenant=7"
    PartnerEndpoint.objects.filter(identifier="chargingprofiles").update(url=url)
    row = ask("get")
    [call] = partner_server.calls("GET", "chargingprofiles")
    assert "?" in row.response_url
    assert query_of(call.path) == [("tenant", "7"), ("duration", "900"), ("response_url", row.response_url)]


@pytest.mark.requirement("CHP-02")
@pytest.mark.parametrize("kwargs", [{}, {"body": {}}, {"body": {"duration": None}}])
def test_without_a_duration_fifteen_minutes_are_asked_for(
    partner_server: PartnerServer, ask: Ask, kwargs: dict[str, Any]
) -> None:
    ask("get", **kwargs)
    [call] = partner_server.calls("GET", "chargingprofiles")
    assert query_of(call.path)[0] == ("duration", "900")


@pytest.mark.parametrize("duration", [0, -1, "900", 1.5, True])
def test_a_duration_is_a_whole_number_of_seconds_above_0(wish: Any, duration: Any) -> None:
    answer = wish("get", body={"duration": duration})
    assert answer.status == (200, 2001)
    assert "duration" in answer.message
    assert not ProfileRequest.objects.exists()


@pytest.mark.requirement("CHP-11", "CHP-08")
def test_the_limits_that_come_are_shown_to_apps(ask: Ask, cpo: Caller, app: Caller) -> None:
    row = ask("get")
    assert tell(cpo, row, profile=ACTIVE).status == (200, 1000)
    described = app.get("chargingprofiles", str(row.pk)).data
    assert (described["state"], described["active_profile"]) == ("SUCCEEDED", ACTIVE)
    assert described["result"] == {"result": "ACCEPTED", "profile": ACTIVE}


@pytest.mark.requirement("CHP-09")
@pytest.mark.parametrize("result", ["REJECTED", "UNKNOWN"])
def test_without_a_profile_what_we_knew_stays(ask: Ask, cpo: Caller, result: str) -> None:
    tell(cpo, ask("get"), profile=ACTIVE)
    row = ask("get")
    assert tell(cpo, row, result).status == (200, 1000)
    row.refresh_from_db()
    assert row.state == "FAILED"
    assert ActiveProfile.objects.get().payload == ACTIVE


@pytest.mark.requirement("CHP-09")
def test_accepted_without_a_profile_is_2001_and_another_result_may_follow(ask: Ask, cpo: Caller) -> None:
    row = ask("get")
    refused = tell(cpo, row)
    assert refused.status == (200, 2001)
    assert "profile" in refused.message
    row.refresh_from_db()
    assert row.state == "ACCEPTED"
    assert tell(cpo, row, profile=ACTIVE).status == (200, 1000)
    assert ActiveProfile.objects.exists()


def test_nobody_else_learns_of_a_request(ask: Ask, cp2: Caller, app: Caller) -> None:
    row = ask("get")
    assert cp2.get("chargingprofiles", str(row.pk)).status == (405, 2000)
    for stranger in ("not-a-uuid", "00000000-0000-4000-8000-000000000000", "S1"):
        assert app.get("chargingprofiles", stranger).status == (404, 2001)
