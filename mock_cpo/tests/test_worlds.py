"""Worlds: platforms beside the process's own that know nothing of each other, and nothing of it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mock_cpo import worlds
from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, encoded

Wire = dict[str, Any]


@pytest.fixture
def make_world(cpo: Cpo) -> Iterator[Any]:
    made: list[str] = []

    def make(**options: Any) -> Wire:
        world = cpo.control("POST", "/worlds", {"lands": ["NL"], **options}, expect=201)
        made.append(world["id"])
        return world

    yield make
    for id_ in made:
        requests.delete(f"{cpo.url}/control/worlds/{id_}", timeout=30)


@pytest.fixture
def learner(cpo: Cpo, make_world: Any) -> Iterator[Emsp]:
    """An eMSP that is registered in a world of its own, as party NL/L01's partner."""
    world = make_world(party="L01")
    emsp = Emsp(world["base_url"])
    emsp.to = ("NL", "L01")
    emsp.world = world
    assert emsp.register(world["token_a"]).status_code == 201
    yield emsp
    emsp.close()


def test_a_world_is_a_cpo_with_a_party_of_its_own(cpo: Cpo, make_world: Any) -> None:
    world = make_world(party="L01")
    answer = requests.get(world["versions_url"], headers={"Authorization": encoded(world["token_a"])}, timeout=30)
    [version] = answer.json()["data"]
    assert world["party"] == "NL/L01"
    assert version["url"] == f"{world['base_url']}/ocpi/cpo/2.2.1"
    assert requests.get(version["url"], headers={"Authorization": encoded(world["token_a"])}, timeout=30).ok


@pytest.mark.long
def test_its_lists_link_to_itself(learner: Emsp) -> None:
    page = learner.call("GET", "/locations?limit=2")
    assert page.headers["Link"].startswith(f"<{learner.cpo_url}/ocpi/cpo/2.2.1/locations?")
    assert {location["party_id"] for location in page.json()["data"]} == {"L01"}


def test_tokens_of_one_world_open_no_other(cpo: Cpo, learner: Emsp, make_world: Any) -> None:
    other = make_world(party="L02")
    for url in (other["base_url"], cpo.url):
        answer = requests.get(f"{url}/ocpi/cpo/versions", headers={"Authorization": encoded(learner.their_token)},
                              timeout=30)  # fmt: skip
        assert answer.status_code == 401


def test_faults_recorder_and_settings_are_its_own(cpo: Cpo, learner: Emsp, emsp: Emsp) -> None:
    control = f"/worlds/{learner.world['id']}"
    cpo.control("PUT", f"{control}/faults/versions-500", {})
    cpo.control("PUT", f"{control}/settings", {"fast": 77})
    assert cpo.control("GET", "/state")["faults"] == []
    assert cpo.control("GET", "/settings")["fast"] == 1
    urls = {row["url"] for row in cpo.control("GET", f"{control}/exchanges")}
    assert urls
    assert not any(emsp.url in url for url in urls)
    assert not any("/worlds/" in row["url"] for row in cpo.control("GET", "/exchanges"))


def test_an_ended_world_answers_nobody(cpo: Cpo, learner: Emsp) -> None:
    before = threading.active_count()
    assert cpo.control("DELETE", f"/worlds/{learner.world['id']}") == {"ended": learner.world["id"]}
    assert learner.call("GET", "/locations").status_code == 404
    assert cpo.control("DELETE", f"/worlds/{learner.world['id']}", expect=404)
    cpo.wait_until(lambda: threading.active_count() < before)


def test_a_world_may_be_a_hub(cpo: Cpo, make_world: Any) -> None:
    world = make_world(hub=True, party="HB1", lands=[])
    parties = cpo.control("GET", f"/worlds/{world['id']}/hub/parties")
    assert {row["party_id"] for row in parties if row["role"] == "CPO"} == {"TUL", "RHE", "VLA", "LUM"}


def test_whose_worlds_there_are_is_not_told(cpo: Cpo, make_world: Any) -> None:
    world = make_world()
    told = requests.get(f"{cpo.url}/control/worlds", timeout=30)
    assert told.json()["worlds"] == 1
    assert world["id"] not in told.text


def test_there_is_a_limit(cpo: Cpo, make_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world()
    monkeypatch.setattr(worlds, "MOST", 1)
    cpo.control("POST", "/worlds", {}, expect=503)


def test_what_was_left_behind_is_ended(cpo: Cpo, make_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    monkeypatch.setattr(worlds, "FORGOTTEN", -1.0)
    make_world()
    cpo.control("GET", f"/worlds/{world['id']}/health", expect=404)


@pytest.mark.parametrize("options", [{"party": "TOOLONG"}, {"country": "nl"}, {"fast": 0}])
def test_a_party_that_ocpi_does_not_allow_is_refused(cpo: Cpo, options: Wire) -> None:
    cpo.control("POST", "/worlds", options, expect=422)


def test_an_own_letter_goes_out_as_it_was_written(cpo: Cpo, learner: Emsp) -> None:
    letter = {"method": "PUT", "module": "locations", "path": ["NL", "L01", "A B"], "body": {"id": 1},
              "correlation_id": "flow-1"}  # fmt: skip
    answer = cpo.control("POST", f"/worlds/{learner.world['id']}/send", letter)
    [seen] = learner.got("PUT", "/locations/NL/L01/")
    assert seen.path.endswith("/A%20B")
    assert seen.body == {"id": 1}
    assert seen.headers["x-correlation-id"] == "flow-1"
    assert seen.routing == ("NL/L01", "NL/EMS")
    assert answer["http_status"] == 200
    assert answer["body"]["status_code"] == 1000


def test_an_own_letter_may_show_another_token_and_other_headers(cpo: Cpo, learner: Emsp) -> None:
    letter = {"method": "GET", "module": "versions", "authorization": "Token abc", "headers": {"X-Own": "1"}}
    cpo.control("POST", f"/worlds/{learner.world['id']}/send", letter)
    seen = learner.got("GET", "/versions")[-1]
    assert seen.headers["authorization"] == "Token abc"
    assert seen.headers["x-own"] == "1"
    assert "ocpi-from-party-id" not in seen.headers


def test_a_letter_needs_somebody_who_takes_it(cpo: Cpo, learner: Emsp, make_world: Any) -> None:
    letter = {"method": "GET", "module": "locations"}
    cpo.control("POST", f"/worlds/{make_world()['id']}/send", letter, expect=409)
    letter["module"] = "bookings"
    cpo.control("POST", f"/worlds/{learner.world['id']}/send", letter, expect=404)
