"""The control API, the panel, the API documentation and the recorder."""

import re

import pytest
import requests

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, token

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def test_health_and_state_tell_where_we_stand(cpo: Cpo, emsp: Emsp) -> None:
    health = cpo.control("GET", "/health")
    assert (health["status"], health["party"], health["versions_url"]) == (
        "ok",
        "NL/CPO",
        f"{cpo.url}/ocpi/cpo/versions",
    )
    state = cpo.control("GET", "/state")
    assert (state["registrations"], state["locations"], state["tariffs"], state["sessions"]) == (1, 37, 38, {})


def test_settings_change_while_it_runs(cpo: Cpo) -> None:
    changed = cpo.control("PUT", "/settings", {"fast": 5, "auto_plug": False})
    assert (changed["fast"], changed["auto_plug"], changed["auto_unplug"]) == (5, False, True)
    assert "error" in cpo.control("PUT", "/settings", {"fast": -1}, expect=422)


@pytest.mark.requirement("TRA-53")
def test_the_recorder_keeps_exchanges_and_hides_tokens(cpo: Cpo, emsp: Emsp) -> None:
    rows = cpo.control("GET", "/exchanges")
    assert [(row["direction"], row["method"]) for row in rows] == [("out", "GET"), ("out", "GET"), ("in", "POST")]
    post = rows[-1]
    assert (post["status"], post["response_body"]["data"]["token"]) == (201, f"{emsp.their_token[:4]}…(43)")
    assert post["ms"] > 0
    text = requests.get(f"{cpo.url}/control/exchanges", timeout=30).text
    for secret in ("cpo_token_a_67890", "emsp-token-b", emsp.their_token):
        assert secret not in text
    assert cpo.control("GET", f"/exchanges?direction=in&after={rows[1]['id']}") == [post]
    assert cpo.control("DELETE", "/exchanges") == {"exchanges": 0}


def test_plug_stop_and_unplug_do_what_a_driver_does(cpo: Cpo, emsp: Emsp) -> None:
    cpo.control("PUT", "/settings", {"auto_plug": False, "auto_unplug": False})
    emsp.call("PUT", "/tokens/NL/EMS/04AABBCC", token())
    session_id = cpo.control("POST", "/tap", PLACE | {"token_uid": "04AABBCC"})["session_id"]
    assert cpo.session(session_id)["status"] == "PENDING"
    assert cpo.control("POST", "/plug", PLACE | {"vehicle": {"soc": 50}}) == {
        "session_id": session_id,
        "status": "ACTIVE",
    }
    assert cpo.control("GET", f"/sessions/{session_id}")["car"]["soc"] == 50
    assert cpo.control("POST", "/stop", PLACE)["status"] == "COMPLETED"
    assert cpo.control("POST", "/stop", {"session_id": session_id}, expect=409)
    assert cpo.platform.cpos[0].network.evse("NLUTC01", "NLUTC01-01")["status"] == "CHARGING"  # type: ignore[index]
    cpo.control("POST", "/unplug", PLACE)
    assert cpo.platform.cpos[0].network.evse("NLUTC01", "NLUTC01-01")["status"] == "AVAILABLE"  # type: ignore[index]
    assert cpo.control("POST", "/unplug", PLACE)["session_id"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/locations/L404", None, 404),
        ("GET", "/sessions/S404", None, 404),
        ("GET", "/cdrs/D404", None, 404),
        ("GET", "/tariffs/T404", None, 404),
        ("POST", "/plug", {"location_id": "NLUTC01", "evse_uid": "E404"}, 404),
        ("POST", "/stop", {}, 422),
        ("POST", "/stop", PLACE, 404),
        ("POST", "/tap", {}, 422),
        ("DELETE", "/registrations/99", None, 404),
        ("POST", "/token-a", {"token": "cpo_token_a_67890"}, 409),
        ("GET", "/nothing", None, 404),
    ],
)
def test_mistakes_are_named_in_one_sentence(cpo: Cpo, method: str, path: str, body: dict | None, status: int) -> None:
    assert isinstance(cpo.control(method, path, body, expect=status)["error"], str)


def test_what_we_hold_can_be_looked_at(cpo: Cpo) -> None:
    assert len(cpo.control("GET", "/locations")) == 37
    assert cpo.control("GET", "/locations/FRNCE%2FT2%20P5")["location"]["city"] == "Nice"
    assert cpo.control("GET", "/locations/NLHOME1")["private"] is True
    assert cpo.control("GET", "/tariffs/nl-free")["id"] == "NL-FREE"


@pytest.mark.requirement("CRE-38")
def test_a_registration_can_be_forgotten_on_our_side_only(cpo: Cpo, emsp: Emsp) -> None:
    registration = cpo.control("GET", "/registrations")[0]
    emsp.seen.clear()
    cpo.control("DELETE", f"/registrations/{registration['id']}?local=true")
    assert emsp.call("GET", "/tariffs").status_code == 401
    assert not emsp.seen


def test_reset_may_keep_the_registrations(cpo: Cpo, emsp: Emsp) -> None:
    cpo.control("POST", "/reset", {"registrations": False})
    assert emsp.call("GET", "/tariffs").status_code == 200
    cpo.control("POST", "/reset")
    assert emsp.call("GET", "/tariffs").status_code == 401


@pytest.mark.requirement("SEED-03")
@pytest.mark.parametrize("path", ["/", "/docs", "/docs/"])
def test_pages_load_nothing_from_other_hosts(cpo: Cpo, path: str) -> None:
    page = requests.get(cpo.url + path, timeout=30)
    assert page.headers["Content-Type"].startswith("text/html")
    assets = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert assets
    assert not [asset for asset in assets if "//" in asset]
    for asset in assets:
        assert requests.get(cpo.url + asset, timeout=30).status_code == 200, asset


@pytest.mark.requirement("SEED-03")
@pytest.mark.long
def test_the_openapi_document_describes_ocpi_and_control_with_protocol_types(cpo: Cpo) -> None:
    document = requests.get(f"{cpo.url}/openapi.json", timeout=30).json()
    assert document["openapi"].startswith("3.1")
    assert {"Location", "Session", "CDR", "Tariff", "Token", "StartSession"} <= document["components"]["schemas"].keys()
    operation = document["paths"]["/ocpi/cpo/2.2.1/commands/{command}"]["post"]
    assert {"$ref": "#/components/schemas/StartSession"} in operation["requestBody"]["content"]["application/json"][
        "schema"
    ]["oneOf"]
    assert document["paths"]["/control/tap"]["post"]["tags"] == ["control"]


def test_images_of_locations_exist(cpo: Cpo) -> None:
    for row in cpo.control("GET", "/locations"):
        for image in [row["location"]["operator"]["logo"], *row["location"].get("images", [])]:
            assert image["url"].startswith(f"{cpo.url}/static/")
    for name in ("network", "charger", "location"):
        assert requests.get(f"{cpo.url}/static/{name}.svg", timeout=30).status_code == 200
