"""The production example as processes behind nginx with TLS: a handshake, a charge, and a restart of everything."""

import http.client
import json
import shutil
import ssl
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from learning.demo.callers import App, Control
from ocpi.protocol.headers import authorization
from tests.chaos.house import Missing
from tests.rehearsal.production import TOKEN_A, WEB, Production

from .conftest import wait

CARD = "REHEARSAL1"
BASE = "/ocpi/emsp/2.2.1"
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("production")]


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    folder = Path(tempfile.mkdtemp(prefix="emsp-production-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    try:
        running = Production(folder)
    except Missing as problem:
        pytest.skip(str(problem))
    try:
        running.open()
        done = running.manage(
            "register_partner", "Mock CPO", "--versions-url", running.versions_url, "--token", TOKEN_A
        )
        assert "is registered" in done.stdout, done.stderr
        yield running
    finally:
        running.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def app(production: Production) -> App:
    token = production.manage("add_api_client", "App").stdout.split()[-1]
    return App(production.emsp, authorization(token).removeprefix("Token "))


@pytest.fixture(autouse=True)
def _trusted(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(production.certificate))


def raw(production: Production, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Exactly this path, over TLS; headers of the answer are of no interest here.

    nginx answers before it has read all of what is too long, and may hang up on who still sends: they send it again.
    """
    for _ in range(5):
        with suppress(ssl.SSLError, ConnectionError):
            return _raw(production, method, path, body, **headers)
    return _raw(production, method, path, body, **headers)


def _raw(production: Production, method: str, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    trust = ssl.create_default_context(cafile=str(production.certificate))
    with_tls = http.client.HTTPSConnection("localhost", production.ports["tls"], context=trust, timeout=30)
    with_tls.request(method, path, body, headers)
    answer = with_tls.getresponse()
    text = answer.read()
    with_tls.close()
    assert answer.getheader("Content-Type") == "application/json"
    return answer.status, json.loads(text)


@pytest.mark.requirement("TRA-01", "CRE-01")
def test_a_charge_over_https_from_handshake_to_bill(production: Production, app: App) -> None:
    control = Control(production.cpo)
    [there] = control.get("registrations")
    assert there["versions_url"] == f"{production.emsp}/ocpi/versions"
    added = production.manage("add_token", CARD, "--contract-id", "NL-EMS-C00000042-X")
    assert added.returncode == 0, added.stderr
    wait(lambda: CARD in str(control.get("tokens")), 60)
    wait(lambda: app.count("locations") > 30, 90)  # the first pull

    place = next(
        {"location_id": each["location"]["id"], "evse_uid": evse["uid"], "connector_id": evse["connectors"][0]["id"]}
        for each in control.get("locations")
        if not each["private"]
        for evse in each["location"]["evses"]
        if evse["status"] == "AVAILABLE" and "REMOTE_START_STOP_CAPABLE" in evse.get("capabilities", [])
    )
    sent = app.post("commands/START_SESSION", {**place, "token": {"uid": CARD}})
    state: dict[str, Any] = {}

    def charging() -> bool:
        state.update(app.get(f"commands/{sent['id']}"))
        return state["state"] == "SUCCEEDED" and bool(state["session"])

    wait(charging, 60)
    session = f"sessions/{state['session']['country_code']}/{state['session']['party_id']}/{state['session']['id']}"
    wait(lambda: app.get(session)["kwh"] > 0, 60)
    control.post("stop", {"session_id": state["session"]["id"]})
    wait(lambda: app.get(session)["status"] == "COMPLETED", 60)
    wait(lambda: any(bill.get("session_id") == state["session"]["id"] for bill in app.get("cdrs")), 60)
    seen = [each["url"] for each in control.get("exchanges", limit=1000) if "/emsp/" in each["url"]]
    assert seen
    assert all(url.startswith(("/", production.emsp)) for url in seen), "all of it went through nginx"


@pytest.mark.requirement("TRA-01", "TRA-48")
def test_what_nginx_hands_on_and_what_it_answers_itself(production: Production) -> None:
    token = production.manage("add_partner", "Bare").stdout.split()[-1]
    mine = {"Authorization": authorization(token)}
    assert raw(production, "GET", "/ocpi/versions", **mine)[0] == 200
    status, answer = raw(production, "GET", f"{BASE}/locations/NL/CPO/a%2Fb%25c", **mine)
    assert status in {401, 404}, answer  # one segment: with three it would be an EVSE of location a
    status, answer = raw(production, "PUT", f"{BASE}/locations/NL/CPO/L1", b" " * (20 * 2**20 + 1), **mine)
    assert (status, answer["status_code"]) == (413, 2000)
    status, answer = raw(production, "GET", f"{BASE}/{'x' * 70_000}", **mine)
    assert (status, answer["status_code"], answer["timestamp"][-1]) == (414, 2001, "Z")
    status, answer = raw(production, "GET", "/ocpi/versions", **{"X-Long": "x" * 70_000})
    assert (status, answer["status_code"]) == (400, 2001)
    plain = requests.get(
        f"http://127.0.0.1:{production.ports['plain']}/ocpi/versions", allow_redirects=False, timeout=5
    )
    assert (plain.status_code, plain.headers["location"]) == (308, "https://127.0.0.1/ocpi/versions")
    page = requests.get(f"{production.emsp}/admin/login/", timeout=20)
    assert "Secure" in page.headers["Set-Cookie"]
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert requests.get(f"{production.emsp}/static/admin/css/base.css", timeout=20).status_code == 200


def test_whoever_fails_too_often_is_told_to_wait_whatever_address_is_claimed(production: Production) -> None:
    def guess(number: int) -> int:
        return raw(production, "GET", "/ocpi/versions", Authorization="Token d3Jvbmc=",
                   **{"X-Forwarded-For": f"192.0.2.{number}"})[0]  # fmt: skip

    assert Counter(guess(number) for number in range(40))[429] >= 5


def test_a_restart_of_everything_is_not_seen_by_a_partner(production: Production, app: App) -> None:
    """A short `make restart-check`."""
    seen: Counter[Any] = Counter()
    leaving = threading.Event()
    url, mine = f"{app.base_url}/locations?limit=1", {"Authorization": str(app._http.headers["Authorization"])}

    def push() -> None:
        with requests.Session() as session:
            while not leaving.is_set():
                try:
                    answer = session.get(url, headers=mine, timeout=20)
                    seen[answer.status_code] += 1
                except requests.RequestException as error:
                    seen[type(error).__name__] += 1

    threads = [threading.Thread(target=push) for _ in range(2)]
    for thread in threads:
        thread.start()
    for role in (*WEB, "worker", "bulk", "beat"):
        assert production.restart(role) < 60
        wait(production.serves, 60)
    leaving.set()
    for thread in threads:
        thread.join(30)
    assert set(seen) == {200}, seen
    assert seen[200] > 10
