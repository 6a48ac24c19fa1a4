"""Versions, version details and everything that holds for every endpoint: tokens, ids, envelopes, routing."""

import re

import pytest
import requests

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, encoded

ROOT = "/ocpi/cpo"
MODULES = ("locations", "sessions", "cdrs", "tariffs", "tokens", "commands", "credentials")


@pytest.mark.requirement("VER-01", "VER-02", "VER-04", "VER-06", "SEED-12", "TRA-45")
@pytest.mark.parametrize("path", [f"{ROOT}/versions", f"{ROOT}/versions/", f"{ROOT}/2.2.1/versions"])
def test_versions_lead_to_details_that_list_exactly_what_works(cpo: Cpo, emsp: Emsp, path: str) -> None:
    entry = emsp.call("GET", f"{cpo.url}{path}").json()["data"][0]
    details = emsp.call("GET", entry["url"]).json()["data"]
    assert details["version"] == "2.2.1"
    assert {(each["identifier"], each["role"]) for each in details["endpoints"]} == {
        ("credentials", "SENDER"), ("locations", "SENDER"), ("sessions", "SENDER"), ("cdrs", "SENDER"),
        ("tariffs", "SENDER"), ("tokens", "RECEIVER"), ("commands", "RECEIVER"),
        ("chargingprofiles", "RECEIVER"),
    }  # fmt: skip
    assert emsp.call("GET", entry["url"] + "/").status_code == 200


@pytest.mark.requirement("TRA-02", "TRA-07", "TRA-08", "TRA-29")
@pytest.mark.parametrize("path", ["/versions", "/2.2.1", "/2.2.1/nothing", *(f"/2.2.1/{module}" for module in MODULES)])
def test_nothing_is_answered_without_a_known_token(cpo: Cpo, path: str) -> None:
    for header in (None, encoded("unknown"), "Bearer abc", "Token", "Token a b"):
        headers = {"Authorization": header} if header else {}
        response = requests.get(cpo.url + ROOT + path, headers=headers, timeout=30)
        assert (response.status_code, response.json()["status_code"]) == (401, 2001)


@pytest.mark.requirement("TRA-09")
@pytest.mark.parametrize("module", ["locations", "tariffs", "sessions", "cdrs"])
def test_token_a_opens_nothing_but_the_handshake(cpo: Cpo, module: str) -> None:
    headers = {"Authorization": encoded("cpo_token_a_67890")}
    assert requests.get(f"{cpo.url}{ROOT}/2.2.1/{module}", headers=headers, timeout=30).status_code == 401
    assert requests.get(f"{cpo.url}{ROOT}/2.2.1", headers=headers, timeout=30).status_code == 200


@pytest.mark.requirement("TRA-05")
def test_only_the_well_known_token_a_may_be_typed_without_base64(cpo: Cpo, emsp: Emsp) -> None:
    assert emsp.call("GET", "/tariffs", headers={"Authorization": f"Token {emsp.their_token}"}).status_code == 401
    cpo.platform.reset()
    plain = {"Authorization": "Token cpo_token_a_67890"}
    assert requests.get(f"{cpo.url}{ROOT}/versions", headers=plain, timeout=30).status_code == 200


@pytest.mark.requirement("TRA-32", "TRA-33", "TRA-34")
@pytest.mark.parametrize("path", ["/tariffs", "/locations/none", "/nothing", "/credentials", "/tariffs?limit=x"])
def test_message_ids_come_back(emsp: Emsp, path: str) -> None:
    response = emsp.call("GET", path, headers={"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    assert (response.headers["X-Request-ID"], response.headers["X-Correlation-ID"]) == ("r-1", "c-1")
    assert emsp.call("GET", path).headers["X-Request-ID"]


@pytest.mark.requirement("HUB-01", "HUB-02", "HUB-04")
@pytest.mark.parametrize("path", ["/tariffs", "/locations/none", "/tariffs?limit=x", "/nothing"])
def test_routing_headers_come_back_swapped(emsp: Emsp, path: str) -> None:
    headers = emsp.call("GET", path).headers
    assert (headers["OCPI-to-country-code"], headers["OCPI-to-party-id"]) == ("NL", "EMS")
    assert (headers["OCPI-from-country-code"], headers["OCPI-from-party-id"]) == ("NL", "CPO")


@pytest.mark.requirement("HUB-03")
def test_configuration_modules_answer_without_routing_headers(cpo: Cpo, emsp: Emsp) -> None:
    for path in (f"{cpo.url}{ROOT}/versions", "", "/credentials"):
        assert not [name for name in emsp.call("GET", path).headers if name.lower().startswith("ocpi-")]


@pytest.mark.requirement("HUB-05", "HUB-06", "HUB-07", "HUB-08")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"OCPI-to-party-id": "cpo"}, (200, 1000)),
        ({"OCPI-to-party-id": "ZZZ"}, (404, 2001)),
        ({"OCPI-from-party-id": "XXX"}, (200, 2001)),
        ({"OCPI-from-party-id": None}, (200, 2001)),
        ({"OCPI-from-party-id": None, "OCPI-from-country-code": None}, (200, 1000)),
    ],
)
def test_routing_headers_are_checked(emsp: Emsp, change: dict, expected: tuple[int, int]) -> None:
    response = emsp.call("GET", "/tariffs?limit=1", headers=change)
    assert (response.status_code, response.json()["status_code"]) == expected


@pytest.mark.requirement("TRA-28", "AMB-06")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/locations"),
        ("DELETE", "/tariffs"),
        ("PUT", "/cdrs"),
        ("GET", "/commands/START_SESSION"),
        ("POST", "/tokens/NL/EMS/X"),
    ],
)
def test_other_methods_are_405_with_allow(emsp: Emsp, method: str, path: str) -> None:
    response = emsp.call(method, path, {})
    assert (response.status_code, response.json()["status_code"]) == (405, 2000)
    assert response.headers["Allow"]


@pytest.mark.requirement("TRA-13", "TRA-14", "TRA-22", "TRA-25")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"id":', (400, 2001)),
        (b"", (400, 2001)),
        (b'{"a": NaN}', (400, 2001)),
        (b"[]", (200, 2001)),
        (b"3", (200, 2001)),
    ],
)
def test_bodies_that_are_no_object_are_refused_in_the_envelope(
    emsp: Emsp, body: bytes, expected: tuple[int, int]
) -> None:
    response = emsp.call("PUT", "/tokens/NL/EMS/X", data=body)
    assert (response.status_code, response.json()["status_code"]) == expected
    assert response.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", response.json()["timestamp"])
