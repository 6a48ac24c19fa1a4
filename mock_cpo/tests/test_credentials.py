"""The handshake in both directions, update and unregister."""

import threading
from collections.abc import Callable

import pytest
import requests

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Answer, Emsp, encoded

TOKEN_A = "cpo_token_a_67890"


def register_by_control(cpo: Cpo, emsp: Emsp, expect: int = 201) -> dict:
    body = {"versions_url": f"{emsp.url}/versions", "token": "emsp-token-a"}
    return cpo.control("POST", "/register", body, expect)


# --- They start --------------------------------------------------------------------------------------


@pytest.mark.requirement("CRE-10", "CRE-15", "CRE-17", "CRE-35")
def test_post_credentials_looks_at_the_caller_before_it_answers_with_a_new_token(cpo: Cpo, stranger: Emsp) -> None:
    response = stranger.register()
    ours = response.json()["data"]
    assert response.status_code == 201
    assert ours["token"] not in (TOKEN_A, "emsp-token-b")
    assert ours["url"] == f"{cpo.url}/ocpi/cpo/versions"
    assert ours["roles"][0]["role"] == "CPO"
    assert [(seen.method, seen.path, seen.credentials_token) for seen in stranger.seen] == [
        ("GET", "/versions", "emsp-token-b"),
        ("GET", "/details", "emsp-token-b"),
    ]
    assert not any("ocpi-" in name for seen in stranger.seen for name in seen.headers)
    dead = requests.get(f"{cpo.url}/ocpi/cpo/versions", headers={"Authorization": encoded(TOKEN_A)}, timeout=30)
    assert dead.status_code == 401


@pytest.mark.requirement("CRE-11", "CRE-12", "CRE-13")
@pytest.mark.parametrize(
    ("path", "answer", "status_code"),
    [
        ("/versions", Answer(http_status=500), 3001),
        ("/versions", Answer(raw=b"<html>"), 3001),
        ("/versions", Answer(status_code=2001), 3001),
        ("/versions", Answer([{"version": "2.1.1", "url": "http://x.test/"}]), 3002),
        (
            "/details",
            Answer({"version": "2.2", "endpoints": [{"identifier": "a", "role": "SENDER", "url": "http://x.test"}]}),
            3001,
        ),
        (
            "/details",
            Answer({"version": "2.2.1", "endpoints": [{"identifier": "a", "role": "SENDER", "url": "http://x.test"}]}),
            3003,
        ),
    ],
)
def test_a_caller_whose_api_is_no_use_is_told_why_and_may_try_again(
    stranger: Emsp, path: str, answer: Answer, status_code: int
) -> None:
    stranger.answers["GET", path] = answer
    response = stranger.register()
    assert (response.status_code, response.json()["status_code"]) == (200, status_code)
    stranger.answers.clear()
    assert stranger.register().status_code == 201


@pytest.mark.requirement("CRE-06", "CRE-07", "CRE-08", "CRE-09")
def test_methods_that_do_not_fit_the_registration_are_not_allowed(cpo: Cpo, stranger: Emsp) -> None:
    stranger.their_token = TOKEN_A
    assert stranger.call("PUT", "/credentials", stranger.credentials()).status_code == 405
    assert stranger.call("DELETE", "/credentials").status_code == 405
    stranger.register()
    again = stranger.call("POST", "/credentials", stranger.credentials())
    assert (again.status_code, again.json()["status_code"], again.headers["Allow"]) == (405, 2000, "GET, PUT, DELETE")
    assert stranger.call("PATCH", "/credentials", {}).status_code == 405


@pytest.mark.requirement("CRE-27", "CRE-28")
def test_get_credentials_shows_the_token_that_was_used(stranger: Emsp) -> None:
    stranger.their_token = TOKEN_A
    assert stranger.call("GET", "/credentials").json()["data"]["token"] == TOKEN_A
    stranger.register()
    assert stranger.call("GET", "/credentials").json()["data"]["token"] == stranger.their_token


@pytest.mark.requirement("CRE-36")
def test_of_two_posts_with_one_token_a_only_one_succeeds(stranger: Emsp) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(stranger.register().status_code)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(201) == 1


@pytest.mark.requirement("CRE-19", "CRE-21")
def test_put_brings_a_new_token_and_a_failed_put_changes_nothing(emsp: Emsp) -> None:
    old = emsp.their_token
    emsp.answers["GET", "/details"] = Answer(http_status=500)
    assert emsp.call("PUT", "/credentials", emsp.credentials("emsp-b2")).json()["status_code"] == 3001
    assert emsp.call("GET", "/tariffs").status_code == 200
    emsp.answers.clear()
    response = emsp.call("PUT", "/credentials", emsp.credentials("emsp-b2"))
    new = response.json()["data"]["token"]
    assert (response.status_code, new != old) == (200, True)
    assert emsp.call("GET", "/tariffs").status_code == 200, "the old token lives until the new one is used"
    emsp.their_token = new
    assert emsp.call("GET", "/tariffs").status_code == 200
    emsp.their_token = old
    assert emsp.call("GET", "/tariffs").status_code == 401


@pytest.mark.requirement("CRE-24", "CRE-26")
def test_after_delete_nothing_works_until_a_new_token_a(cpo: Cpo, emsp: Emsp) -> None:
    assert emsp.call("DELETE", "/credentials").json()["status_code"] == 1000
    assert emsp.call("GET", "/versions").status_code == 401
    emsp.seen.clear()
    cpo.control("POST", "/push/tariffs")
    assert not emsp.seen
    invitation = cpo.control("POST", "/token-a", expect=201)
    assert emsp.register(invitation["token_a"]).status_code == 201


@pytest.mark.requirement("CRE-29", "CRE-30", "CRE-32")
@pytest.mark.parametrize("change", [{"token": "with space"}, {"token": "x" * 65}, {"roles": []}, {"url": "/relative"}])
def test_invalid_credentials_are_refused(stranger: Emsp, change: dict) -> None:
    stranger.their_token = TOKEN_A
    response = stranger.call("POST", "/credentials", stranger.credentials() | change)
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)


# --- We start ----------------------------------------------------------------------------------------


@pytest.mark.requirement("CRE-01", "CRE-04", "CRE-05", "CRE-18")
def test_we_register_at_an_emsp_that_looks_back_while_our_post_is_open(cpo: Cpo, stranger: Emsp) -> None:
    looks: list[int] = []
    answer = stranger.respond

    def look_back(seen: object) -> Answer:
        if seen.method == "POST":  # type: ignore[attr-defined]
            headers = {"Authorization": encoded(seen.body["token"])}  # type: ignore[attr-defined]
            looks.append(requests.get(seen.body["url"], headers=headers, timeout=30).status_code)  # type: ignore[attr-defined]
        return answer(seen)  # type: ignore[arg-type]

    stranger.respond = look_back  # type: ignore[method-assign, assignment]
    registration = register_by_control(cpo, stranger)
    assert looks == [200]
    assert [(seen.method, seen.credentials_token) for seen in stranger.seen] == [("GET", "emsp-token-a")] * 2 + [
        ("POST", "emsp-token-a")
    ]
    assert registration["roles"][0]["party_id"] == "EMS"
    assert stranger.call("GET", "/tariffs").status_code == 200
    cpo.control("POST", "/push/tariffs", {"tariff_id": "NL-FREE"})
    assert stranger.wait_for("PUT", "/tariffs/")[0].credentials_token == "emsp-token-c"


@pytest.mark.requirement("CRE-14")
def test_we_do_not_post_where_no_useful_module_is(cpo: Cpo, stranger: Emsp) -> None:
    stranger.modules = [("credentials", "SENDER")]
    assert "module" in register_by_control(cpo, stranger, 502)["error"]
    assert not stranger.got("POST", "/")


def test_a_refused_registration_leaves_no_trace(cpo: Cpo, stranger: Emsp) -> None:
    stranger.answers["POST", "/credentials"] = Answer(http_status=405, status_code=2000)
    error = register_by_control(cpo, stranger, 502)
    assert (error["http_status"], error["status_code"]) == (405, 2000)
    assert cpo.control("GET", "/state")["registrations"] == 0


@pytest.mark.requirement("CRE-22", "CRE-25")
def test_we_rotate_tokens_and_unregister(cpo: Cpo, stranger: Emsp) -> None:
    registration = register_by_control(cpo, stranger)
    old = stranger.their_token
    cpo.control("POST", f"/registrations/{registration['id']}/update")
    assert stranger.their_token != old
    assert stranger.call("GET", "/tariffs").status_code == 200
    answer = cpo.control("DELETE", f"/registrations/{registration['id']}")
    assert answer == {"unregistered": registration["id"], "their_answer": "accepted"}
    assert stranger.call("GET", "/versions").status_code == 401


def test_a_second_registration_of_one_party_replaces_the_first(cpo: Cpo, make_emsp: Callable[..., Emsp]) -> None:
    first = make_emsp()
    second = make_emsp(registered=False)
    second.register(cpo.control("POST", "/token-a", expect=201)["token_a"])
    assert first.call("GET", "/tariffs").status_code == 401
    assert cpo.control("GET", "/state")["registrations"] == 1
