"""Faults of the connection, of tokens, and of answers as a whole."""

import base64
import time

import pytest
import requests

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, encoded

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def status_push(cpo: Cpo, emsp: Emsp) -> dict[str, str]:
    """The headers of a push."""
    cpo.control("POST", "/evse-status", PLACE | {"status": "BLOCKED"})
    return emsp.wait_for("PATCH", "/locations/")[0].headers


@pytest.mark.requirement("TRA-03", "TRA-04")
@pytest.mark.parametrize(("name", "sent"), [("plain-token", "emsp-token-b"), ("newline-token", "emsp-token-b\n")])
def test_our_token_can_be_spelled_in_the_ways_of_the_field(cpo: Cpo, emsp: Emsp, name: str, sent: str) -> None:
    cpo.break_it(name)
    value = status_push(cpo, emsp)["authorization"].removeprefix("Token ")
    assert (value if name == "plain-token" else base64.b64decode(value).decode()) == sent


@pytest.mark.requirement("CRE-11")
def test_the_versions_endpoint_can_refuse_break_off_or_take_its_time(cpo: Cpo, emsp: Emsp) -> None:
    url = f"{cpo.url}/ocpi/cpo/versions"
    cpo.break_it("versions-401")
    refused = emsp.call("GET", url)
    assert (refused.status_code, refused.json()["status_code"]) == (401, 2001)
    assert emsp.call("GET", "").status_code == 200
    cpo.control("DELETE", "/faults")
    cpo.break_it("versions-truncated")
    with pytest.raises(requests.JSONDecodeError):
        emsp.call("GET", url).json()
    cpo.control("DELETE", "/faults")
    cpo.break_it("versions-timeout", 0.2)
    started = time.monotonic()
    emsp.call("GET", url)
    assert time.monotonic() - started >= 0.2


@pytest.mark.requirement("TRA-31")
@pytest.mark.parametrize("code", [2001, 3000, 4002])
def test_an_answer_under_http_200_can_be_a_failure(cpo: Cpo, emsp: Emsp, code: int) -> None:
    cpo.break_it("status-code", code)
    response = emsp.call("GET", "/tariffs")
    assert (response.status_code, response.json()["status_code"], "data" in response.json()) == (200, code, False)
    assert emsp.call("GET", "/credentials").json()["status_code"] == 1000


@pytest.mark.requirement("TRA-26")
@pytest.mark.parametrize("status", [201, 202, 204])
def test_a_success_can_have_another_http_status(cpo: Cpo, emsp: Emsp, status: int) -> None:
    cpo.break_it("other-success", status)
    response = emsp.call("GET", "/tariffs?limit=1")
    assert response.status_code == status
    assert bool(response.content) == (status != 204)
    assert emsp.call("GET", "/locations/none").status_code == 404


@pytest.mark.requirement("TRA-31")
def test_too_many_requests_say_when_to_come_back(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("too-many-requests", 7)
    response = emsp.call("GET", "/tariffs")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")


@pytest.mark.requirement("HUB-01", "HUB-05")
def test_routing_headers_can_be_missing_or_in_lower_case(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("lower-case-headers")
    assert emsp.call("GET", "/tariffs").headers["OCPI-to-party-id"] == "ems"
    assert status_push(cpo, emsp)["ocpi-from-party-id"] == "cpo"
    cpo.control("DELETE", "/faults")
    cpo.break_it("no-routing-headers")
    assert not [name for name in emsp.call("GET", "/tariffs").headers if name.lower().startswith("ocpi-")]
    cpo.control("POST", "/evse-status", PLACE | {"status": "AVAILABLE"})
    assert emsp.wait_for("PATCH", "/locations/", 2)[1].routing == ("/", "/")


@pytest.mark.requirement("CRE-37")
def test_the_answer_to_post_credentials_can_be_lost(cpo: Cpo, stranger: Emsp) -> None:
    cpo.break_it("lost-credentials-response")
    with pytest.raises(requests.ConnectionError):
        stranger.register()
    assert [row["state"] for row in cpo.control("GET", "/registrations")] == ["REGISTERED"]
    again = requests.get(
        f"{cpo.url}/ocpi/cpo/versions", headers={"Authorization": encoded("cpo_token_a_67890")}, timeout=30
    )
    assert again.status_code == 401
