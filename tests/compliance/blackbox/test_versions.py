"""Requirements section 4 over HTTP: what we offer, and how we choose from what others offer."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from .conftest import Connect
from .emsp import Emsp
from .operator import shown_token
from .platforms import Caller, Platform
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, UNAUTHORIZED, Case, Play, Step, table

OFFERED = {
    "credentials": "SENDER", "locations": "RECEIVER", "sessions": "RECEIVER", "cdrs": "RECEIVER", "tariffs": "RECEIVER",
    "tokens": "SENDER", "commands": "SENDER", "chargingprofiles": "SENDER", "hubclientinfo": "RECEIVER",
}  # fmt: skip
ROUTING = ("OCPI-to-party-id", "OCPI-to-country-code", "OCPI-from-party-id", "OCPI-from-country-code")


@pytest.mark.requirement("VER-01", "VER-07", "VER-08", "VER-19", "SEED-02")
@pytest.mark.parametrize("path", ["/ocpi/versions", "/ocpi/emsp/2.2.1/versions"])
def test_the_versions_are_a_list_for_token_a_and_afterwards(newcomer: Connect, path: str) -> None:
    cpo = newcomer()
    expected = [{"version": "2.2.1", "url": f"{cpo.emsp.url}/ocpi/emsp/2.2.1/"}]
    answer = cpo.get(path)
    assert (answer.codes, answer.data, answer["X-Total-Count"]) == (OK, expected, None)
    cpo.register()
    assert cpo.get(path).data == expected


@pytest.mark.requirement("VER-02", "VER-03", "VER-05", "VER-06", "VER-07", "VER-14", "CHP-27", "LOC-51", "TOK-30")
def test_the_details_list_what_we_implement_and_nothing_else(cpo: Platform) -> None:
    (version,) = cpo.get("/ocpi/versions").data
    details = cpo.get(urlsplit(version["url"]).path).data
    assert details["version"] == "2.2.1"
    endpoints = details["endpoints"]
    assert {part["identifier"]: part["role"] for part in endpoints} == OFFERED
    assert len(endpoints) == len(OFFERED)
    for part in endpoints:
        assert part["url"].startswith(f"{cpo.emsp.url}/")
        assert len(part["url"]) <= 255


@table(
    Case(
        "VER-08",
        "details need a token",
        Step("GET", "/ocpi/emsp/2.2.1", UNAUTHORIZED, by="nobody"),
        Step("GET", "/ocpi/emsp/2.2.1", UNAUTHORIZED, token="unknown"),
        Step("GET", "/ocpi/emsp/2.2.1", OK),
    ),
    *[
        Case("VER-18", f"only GET: {method} {path}", Step(method, path, NOT_ALLOWED, {}))
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for path in ("/ocpi/versions", "/ocpi/emsp/2.2.1")
    ],
    *[
        Case(
            "VER-19 VER-20 CRE-20",
            f"another version is not there: {path}",
            Step("GET", path, NO_SUCH_OBJECT),
            Step("PUT", path, NO_SUCH_OBJECT, {}),
        )
        for path in (
            "/ocpi/emsp/2.1.1",
            "/ocpi/emsp/2.2",
            "/ocpi/emsp/2.2/credentials",
            "/ocpi/emsp/2.3.0/credentials",
            "/ocpi/emsp/2.1.1/cdrs/NL/CPO/D1",
        )
    ],
)
def test_versions(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("VER-09", "HCI-13")
def test_asking_a_hundred_times_is_answered_a_hundred_times(cpo: Platform) -> None:
    first = cpo.get("/ocpi/versions").data
    began = time.monotonic()
    assert all(cpo.get("/ocpi/versions", quiet=True).data == first for _ in range(100))
    assert time.monotonic() - began < 20
    assert cpo.get("tokens").codes == OK
    assert len(cpo.calls()) == 2  # the handshake's


@pytest.mark.requirement("VER-10", "VER-13", "VER-05", "VER-16", "CRE-10")
def test_the_version_that_both_speak_is_chosen_whatever_else_stands_there(newcomer: Connect) -> None:
    cpo = newcomer()
    ours = cpo.server.versions[0]
    cpo.server.versions = [
        {"version": "2.1.1", "url": "http://x.test/211"}, {"version": "9", "url": "http://x.test/9"},
        {"version": "2.10", "url": "http://x.test/210"}, ours, {"version": "2.3.0", "url": "http://x.test/230"},
        {"version": "latest"}, 7,
    ]  # fmt: skip
    cpo.server.endpoints[0]["role"] = "RECEIVER"  # credentials: its role means nothing
    cpo.server.endpoints += [
        cpo.server.endpoint("payments", "SENDER"), cpo.server.endpoint("nltnm-tokens", "RECEIVER"),
        cpo.server.endpoint("tokens", "OBSERVER"), {"identifier": "bookings"},
    ]  # fmt: skip
    assert cpo.register().codes == CREATED
    assert [call.path for call in cpo.calls()] == ["/ocpi/versions", "/ocpi/2.2.1"]
    assert {call[name] for call in cpo.calls() for name in ROUTING} == {None}


@pytest.mark.requirement("VER-12", "TRA-47")
def test_of_a_platform_with_both_roles_the_right_endpoints_are_used(newcomer: Connect, add_token: Any) -> None:
    both = newcomer()
    server = both.server
    server.endpoints = [
        server.endpoint("credentials", "SENDER"),
        server.endpoint("locations", "RECEIVER", f"{server.base_url}/wrong"),
        server.endpoint("locations", "SENDER"),
        server.endpoint("tokens", "SENDER", f"{server.base_url}/wrong"),
        server.endpoint("tokens", "RECEIVER"),
    ]
    both.register()
    uid, _ = add_token()
    both.wait_for("PUT", f"tokens/NL/EMS/{uid}")
    both.emsp.operator.press(both.page, "pull")
    both.wait_for("GET", "locations")
    assert both.calls(path="wrong") == []


# --- we are the Sender of the handshake -------------------------------------------------------------------------------
def register_at(cpo: Platform) -> Any:
    name = f"They {cpo.me}"
    return cpo.emsp.manage(
        "register_partner", name, "--versions-url", cpo.server.versions_url, "--token", "token-a-from-them"
    )


@pytest.mark.requirement("VER-11", "VER-15", "CRE-14")
@pytest.mark.parametrize(
    "problem", ["no mutual version", "details of another version", "no endpoint that we could use"]
)
def test_who_cannot_be_used_gets_no_post_and_the_operator_is_told(newcomer: Connect, problem: str) -> None:
    cpo = newcomer()
    if problem == "no mutual version":
        cpo.server.versions = [{"version": "2.1.1", "url": f"{cpo.server.base_url}/2.1.1"}]
    elif problem == "details of another version":
        cpo.server.answer("GET", "2.2.1", data={**cpo.server.details, "version": "2.2"})
    else:
        cpo.offer("credentials:SENDER")
    done = register_at(cpo)
    assert done.returncode != 0
    assert "is not registered" in done.stderr
    assert cpo.calls("POST") == []


@pytest.mark.requirement("VER-15", "CRE-12")
def test_details_of_another_version_are_3001_when_they_register(newcomer: Connect) -> None:
    cpo = newcomer()
    cpo.server.answer("GET", "2.2.1", times=1, data={**cpo.server.details, "version": "2.2"})
    assert cpo.register().codes == (200, 3001)
    assert cpo.register().codes == CREATED


@pytest.mark.requirement("VER-20")
def test_the_url_of_a_cdr_outlives_an_update_of_the_credentials(cpo: Platform) -> None:
    made = cpo.post("cdrs", cpo.object("cdr"))
    path = urlsplit(made["Location"] or "").path
    assert cpo.put("credentials", cpo.credentials()).codes == OK
    assert cpo.get(path, token=cpo.token).codes in (OK, UNAUTHORIZED)


@pytest.mark.requirement("VER-08", "SEED-04")
def test_an_app_finds_its_way_from_the_versions_too(emsp: Emsp, app: Caller) -> None:
    assert app.get("/ocpi/versions").codes == OK
    assert app.get("/ocpi/emsp/2.2.1/").codes == OK
    emsp.operator.add("ocpi_partners/apiclient", name=f"App {time.monotonic_ns()}")
    fresh = Caller(emsp, "another app", shown_token(emsp.operator.told()))
    assert fresh.get("/ocpi/versions").codes == OK
