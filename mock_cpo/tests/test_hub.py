"""Hub mode: one registration, four CPOs, and the routing headers of every leg."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mock_cpo.config import Config
from mock_cpo.tests.conftest import Cpo, fresh, serve
from mock_cpo.tests.emsp import Answer, Emsp, token
from mock_cpo.tests.test_lists import crawl
from ocpi.protocol.hubclientinfo import ClientInfo
from tests.ports import free_port

HUB, BERLIN, UTRECHT = ("NL", "HUB"), ("DE", "RHE"), ("NL", "TUL")
PLACE = {"location_id": "DEHAM01", "evse_uid": "DEHAM01-01"}


@pytest.fixture(scope="module")
def running_hub() -> Iterator[Cpo]:
    yield from serve(Config(port=free_port(), page_size=10, hub=True, party="HUB"))


@pytest.fixture
def hub(running_hub: Cpo) -> Cpo:
    return fresh(running_hub)


@pytest.fixture
def emsp(hub: Cpo) -> Iterator[Emsp]:
    emsp = Emsp(hub.url)
    emsp.to = HUB
    assert emsp.register().status_code == 201
    yield emsp
    emsp.close()


def routing(response: requests.Response) -> tuple[str, str]:
    """(FROM, TO) of an answer."""
    named = {name: response.headers.get(f"OCPI-{name}", "") for name in ("from-country-code", "from-party-id")}
    named |= {name: response.headers.get(f"OCPI-{name}", "") for name in ("to-country-code", "to-party-id")}
    sender = f"{named['from-country-code']}/{named['from-party-id']}"
    return sender, f"{named['to-country-code']}/{named['to-party-id']}"


def way(headers: dict[str, str]) -> str:
    return f"{headers['ocpi-from-party-id']} → {headers['ocpi-to-party-id']}"


def ask(emsp: Emsp, to: tuple[str, str] | None, method: str, path: str, body: Any = None) -> requests.Response:
    emsp.to = to
    return emsp.call(method, path, body)


def code(response: requests.Response) -> tuple[int, int]:
    return response.status_code, response.json()["status_code"]


def set_status(hub: Cpo, party: str, status: str) -> dict[str, Any]:
    return hub.control("PUT", f"/hub/parties/{party}", {"status": status})


# --- Who the hub is and whom it knows -----------------------------------------------------------


@pytest.mark.requirement("HUB-16", "VER-04")
def test_the_hub_has_one_role_and_offers_hubclientinfo(hub: Cpo, emsp: Emsp) -> None:
    roles = emsp.call("GET", "/credentials").json()["data"]["roles"]
    assert [(role["role"], role["country_code"], role["party_id"]) for role in roles] == [("HUB", *HUB)]
    details = emsp.call("GET", f"{hub.url}/ocpi/hub/2.2.1").json()["data"]
    urls = {(each["identifier"], each["role"]): each["url"] for each in details["endpoints"]}
    assert urls["hubclientinfo", "SENDER"] == f"{hub.url}/ocpi/hub/2.2.1/hubclientinfo"
    assert hub.control("GET", "/health")["versions_url"] == f"{hub.url}/ocpi/hub/versions"
    assert emsp.call("GET", urls["locations", "SENDER"]).status_code == 200


@pytest.mark.requirement("HCI-11", "HCI-12", "HUB-03")
def test_client_infos_are_listed_without_routing_headers(emsp: Emsp) -> None:
    response = emsp.call("GET", "/hubclientinfo?limit=3")
    assert routing(response) == ("/", "/")
    infos = {f"{info['country_code']}/{info['party_id']}": info for info in crawl(emsp, "/hubclientinfo?limit=3")}
    assert {name: info["status"] for name, info in infos.items()} == {
        "NL/TUL": "CONNECTED", "DE/RHE": "CONNECTED", "BE/VLA": "CONNECTED", "FR/LUM": "PLANNED",
    }  # fmt: skip
    assert {ClientInfo.from_wire(info).role.value for info in infos.values()} == {"CPO"}
    assert response.headers["X-Total-Count"] == "4"


@pytest.mark.requirement("HCI-11")
def test_another_emsp_is_listed_and_token_a_sees_nobody(hub: Cpo, emsp: Emsp) -> None:
    invited = hub.control("POST", "/token-a", expect=201)["token_a"]
    other = Emsp(hub.url, "DE", "OTH")
    other.their_token = invited
    assert other.call("GET", "/hubclientinfo").status_code == 401
    other.register(invited, "other-token-b")
    assert [info["party_id"] for info in crawl(emsp, "/hubclientinfo")][-1] == "OTH"
    other.close()


@pytest.mark.requirement("HCI-01", "HCI-07", "HCI-09", "HCI-12")
def test_a_change_of_status_is_put_at_every_emsp(hub: Cpo, emsp: Emsp) -> None:
    assert set_status(hub, "fr/lum", "CONNECTED")["status"] == "CONNECTED"
    seen = emsp.wait_for("PUT", "/hubclientinfo/")[0]
    assert (seen.path, seen.body["status"], seen.routing) == ("/hubclientinfo/FR/LUM", "CONNECTED", ("/", "/"))
    assert ClientInfo.from_wire(seen.body).to_wire() == hub.control("GET", "/hub/parties")[3]
    assert "error" in hub.control("PUT", "/hub/parties/FR/XXX", {"status": "OFFLINE"}, expect=404)


@pytest.mark.requirement("HCI-14")
def test_fault_client_infos_can_be_undated(hub: Cpo, emsp: Emsp) -> None:
    hub.break_it("undated-client-info")
    assert "last_updated" not in emsp.call("GET", "/hubclientinfo").json()["data"][0]
    set_status(hub, "DE/RHE", "OFFLINE")
    assert "last_updated" not in emsp.wait_for("PUT", "/hubclientinfo/")[0].body


# --- From the eMSP to the CPOs ------------------------------------------------------------------


@pytest.mark.requirement("HUB-14")
def test_get_all_brings_the_objects_of_every_connected_cpo(emsp: Emsp) -> None:
    locations = crawl(emsp, "/locations")
    owners = {(each["country_code"], each["party_id"]) for each in locations}
    assert owners == {UTRECHT, BERLIN, ("BE", "VLA")}
    assert len(locations) == 27
    assert routing(emsp.call("GET", "/tariffs")) == ("NL/HUB", "NL/EMS")
    assert {each["id"][:2] for each in crawl(emsp, "/tariffs")} == {"NL", "DE", "BE"}


@pytest.mark.requirement("HUB-01", "HUB-15")
def test_a_request_to_one_cpo_reaches_that_one_only(emsp: Emsp) -> None:
    answer = ask(emsp, BERLIN, "GET", "/locations/DEHAM01")
    assert (answer.json()["data"]["party_id"], routing(answer)) == ("RHE", ("DE/RHE", "NL/EMS"))
    assert {each["country_code"] for each in crawl(emsp, "/locations")} == {"DE"}
    elsewhere = ask(emsp, UTRECHT, "GET", "/locations/DEHAM01")
    assert (code(elsewhere), routing(elsewhere)) == ((404, 2003), ("NL/TUL", "NL/EMS"))


@pytest.mark.requirement("HUB-13")
def test_a_request_to_nobody_finds_the_owner(emsp: Emsp) -> None:
    answer = ask(emsp, None, "GET", "/locations/BEGNE01")
    assert (answer.json()["data"]["party_id"], routing(answer)) == ("VLA", ("BE/VLA", "NL/EMS"))
    assert code(ask(emsp, None, "GET", "/locations/NOWHERE")) == (200, 4001)
    assert code(ask(emsp, None, "GET", "/locations")) == (200, 2001)


@pytest.mark.requirement("HUB-18")
def test_a_leg_keeps_the_correlation_and_has_a_request_id_of_its_own(hub: Cpo, emsp: Emsp) -> None:
    emsp.to = None
    sent = {"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"}
    answer = emsp.call("GET", "/locations/BEGNE01", headers=sent)
    assert (answer.headers["X-Request-ID"], answer.headers["X-Correlation-ID"]) == ("r-1", "c-1")
    [leg] = hub.control("GET", "/exchanges?direction=hub")
    headers = leg["request_headers"]
    assert leg["url"] == "hub://BE-VLA/locations/BEGNE01"
    assert headers["x-correlation-id"] == "c-1"
    assert headers["x-request-id"] != "r-1"
    assert (headers["ocpi-from-party-id"], headers["ocpi-to-party-id"]) == ("EMS", "VLA")
    assert "authorization" not in headers


@pytest.mark.requirement("HUB-10", "HUB-18", "HUB-20")
def test_a_token_for_the_hub_is_broadcast_to_every_connected_cpo(hub: Cpo, emsp: Emsp) -> None:
    answer = emsp.call("PUT", "/tokens/NL/EMS/04AABBCC", token())
    assert (code(answer), routing(answer), "data" in answer.json()) == ((200, 1000), ("NL/HUB", "NL/EMS"), False)
    assert [row["held_by"] for row in hub.control("GET", "/tokens")] == ["NL/TUL", "DE/RHE", "BE/VLA"]
    legs = hub.control("GET", "/exchanges?direction=hub")
    assert [way(leg["request_headers"]) for leg in legs] == ["HUB → TUL", "HUB → RHE", "HUB → VLA"]
    assert [way(leg["response_headers"]) for leg in legs] == ["TUL → HUB", "RHE → HUB", "VLA → HUB"]
    assert len({leg["request_headers"]["x-request-id"] for leg in legs}) == 3
    assert len({leg["request_headers"]["x-correlation-id"] for leg in legs}) == 1


@pytest.mark.requirement("HUB-19")
def test_errors_of_a_cpo_are_forwarded_except_those_of_a_broadcast(emsp: Emsp) -> None:
    broken = token(valid="perhaps")
    assert code(ask(emsp, BERLIN, "PUT", "/tokens/NL/EMS/04AABBCC", broken)) == (200, 2001)
    assert code(ask(emsp, HUB, "PUT", "/tokens/NL/EMS/04AABBCC", broken)) == (200, 1000)


@pytest.mark.requirement("HUB-11", "HUB-12")
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/locations/DEHAM01"), ("GET", "/tokens/NL/EMS/X"), ("POST", "/commands/START_SESSION"),
     ("PUT", "/chargingprofiles/S1"), ("PUT", "/sessions/S1/charging_preferences")],
)  # fmt: skip
def test_single_objects_and_commands_cannot_be_addressed_to_the_hub(emsp: Emsp, method: str, path: str) -> None:
    answer = ask(emsp, HUB, method, path, {} if method != "GET" else None)
    assert (code(answer), routing(answer)) == ((200, 2001), ("NL/HUB", "NL/EMS"))


@pytest.mark.requirement("HUB-19", "HCI-08", "HCI-10")
def test_what_cannot_be_delivered_has_a_code_of_the_hub(hub: Cpo, emsp: Emsp) -> None:
    assert code(ask(emsp, ("FR", "XXX"), "GET", "/locations")) == (200, 4001)
    assert code(ask(emsp, ("FR", "LUM"), "GET", "/locations")) == (200, 4003)
    for status in ("OFFLINE", "SUSPENDED", "PLANNED"):
        set_status(hub, "DE/RHE", status)
        assert code(ask(emsp, BERLIN, "GET", "/locations")) == (200, 4003)
        assert code(ask(emsp, None, "GET", "/locations/DEHAM01")) == (200, 4003)
    set_status(hub, "DE/RHE", "CONNECTED")
    assert code(ask(emsp, BERLIN, "GET", "/locations")) == (200, 1000)
    hub.break_it("hub-error")
    failed = ask(emsp, BERLIN, "GET", "/locations")
    assert (code(failed), routing(failed)) == ((200, 4002), ("NL/HUB", "NL/EMS"))


@pytest.mark.requirement("HUB-08", "TRA-10")
def test_the_hub_knows_its_callers(hub: Cpo, emsp: Emsp) -> None:
    stolen = {"OCPI-from-country-code": "FR", "OCPI-from-party-id": "XXX"}
    assert code(emsp.call("PUT", "/tokens/NL/EMS/04AABBCC", token(), headers=stolen)) == (200, 2001)
    assert not hub.control("GET", "/tokens")
    for to in (HUB, BERLIN, ("FR", "XXX"), None):
        emsp.to = to
        assert emsp.call("GET", "/locations/DEHAM01", headers={"Authorization": "Token eA=="}).status_code == 401


# --- From the CPOs to the eMSP ------------------------------------------------------------------


@pytest.mark.requirement("HUB-09", "HUB-12", "HUB-01")
def test_a_charge_behind_the_hub_is_pushed_by_its_cpo_and_its_evse_by_the_hub(hub: Cpo, emsp: Emsp) -> None:
    hub.charge(emsp, PLACE)
    cdr = emsp.wait_for("POST", "/cdrs")[0]
    session = emsp.got("PUT", "/sessions/DE/RHE/")[0]
    assert (session.routing, cdr.routing) == (("DE/RHE", "NL/EMS"), ("DE/RHE", "NL/EMS"))
    assert (session.body["party_id"], cdr.body["party_id"], cdr.body["cdr_location"]["country"]) == (
        "RHE",
        "RHE",
        "DEU",
    )
    assert {seen.routing for seen in emsp.got("PATCH", "/locations/DE/RHE/")} == {("NL/HUB", "NL/EMS")}
    emsp.to = HUB
    assert emsp.call("GET", "/cdrs").json()["data"] == [cdr.body]
    emsp.to = UTRECHT
    assert emsp.call("GET", "/cdrs").json()["data"] == []


@pytest.mark.requirement("HUB-22", "HUB-13", "HUB-15")
@pytest.mark.parametrize("to", [BERLIN, None])
def test_a_command_and_its_result_pass_through_the_hub(emsp: Emsp, to: tuple[str, str] | None) -> None:
    emsp.to = to
    answer = emsp.command("START_SESSION", token=token(), **PLACE)
    assert (answer.json()["data"]["result"], routing(answer)) == ("ACCEPTED", ("DE/RHE", "NL/EMS"))
    assert emsp.wait_for("POST", "/results/")[0].routing == ("DE/RHE", "NL/EMS")
    session_id = emsp.wait_for("PUT", "/sessions/DE/RHE/")[0].body["id"]
    assert emsp.command("STOP_SESSION", session_id=session_id).json()["data"]["result"] == "ACCEPTED"


@pytest.mark.requirement("HUB-13")
def test_profiles_preferences_and_reservations_find_their_cpo(hub: Cpo, emsp: Emsp) -> None:
    session_id = hub.begin(emsp, PLACE)
    emsp.to = None
    query = f"duration=60&response_url={emsp.url}/results/profile"
    assert emsp.call("GET", f"/chargingprofiles/{session_id}?{query}").json()["data"]["result"] == "ACCEPTED"
    assert emsp.wait_for("POST", "/results/profile")[0].routing[0] == "DE/RHE"
    wish = emsp.call("PUT", f"/sessions/{session_id}/charging_preferences", {"profile_type": "REGULAR"})
    assert (code(wish), routing(wish)[0]) == ((404, 2001), "DE/RHE")
    free = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}
    expiry = "2099-01-01T00:00:00Z"
    emsp.command("RESERVE_NOW", token=token("04AABBDD"), expiry_date=expiry, reservation_id="R1", **free)
    emsp.wait_for("PUT", "/sessions/NL/TUL/")
    cancelled = emsp.command("CANCEL_RESERVATION", reservation_id="R1")
    assert (cancelled.json()["data"]["result"], routing(cancelled)[0]) == ("ACCEPTED", "NL/TUL")


@pytest.mark.requirement("HUB-01")
def test_a_card_behind_the_hub_is_authorised_in_the_name_of_its_cpo(hub: Cpo, emsp: Emsp) -> None:
    emsp.authorize = lambda uid, seen: Answer({"allowed": "ALLOWED", "token": token(uid)})
    outcome = hub.control("POST", "/tap", PLACE | {"token_uid": "04NEW", "authorize_only": True})
    assert outcome["allowed"] == "ALLOWED"
    assert emsp.got("POST", "/authorize")[0].routing == ("DE/RHE", "NL/EMS")


@pytest.mark.requirement("HCI-08")
def test_a_cpo_that_is_offline_sends_nothing(hub: Cpo, emsp: Emsp) -> None:
    set_status(hub, "DE/RHE", "OFFLINE")
    hub.control("POST", "/evse-status", PLACE | {"status": "BLOCKED"})
    assert hub.control("POST", "/tap", PLACE | {"token_uid": "X"})["authorization"]["http_status"] is None
    hub.wait_until(lambda: hub.control("GET", "/state")["outbox"]["waiting"] == 0)
    assert {seen.path.split("/")[1] for seen in emsp.seen if seen.method != "GET"} == {"hubclientinfo"}


def test_a_plain_cpo_is_no_hub(cpo: Cpo) -> None:
    emsp = Emsp(cpo.url)
    emsp.register()
    assert emsp.call("GET", "/hubclientinfo").status_code == 404
    assert "no hub" in cpo.control("GET", "/hub/parties", expect=409)["error"]
    emsp.close()
