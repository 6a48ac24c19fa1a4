"""What only a real server process shows: percent-encoding, letter case of headers, chunks, threads, shutdown."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from ocpi.protocol.headers import authorization
from tests import factories
from tests.journeys.conftest import ROOT, manage, wait
from tests.journeys.conftest import environment as environment
from tests.partner_server import PartnerServer
from tests.ports import free_port

BASE = "/ocpi/emsp/2.2.1"
STRANGE, ENCODED = "A*1/B C#+%", "A*1%2FB%20C%23%2B%25"
CPO, APP = "cpo_token_c_abcdef", "test_token_c_123"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def codes(self) -> tuple[int, int]:
        return self.status, self.body["status_code"]


class Web:
    """A running eMSP in development, with its well-known tokens."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def send(self, method: str, path: str, body: Any = None, token: str = CPO, **headers: str) -> Reply:
        """Exactly this path; a body that is an iterator goes out in chunks, without a length."""
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, content, {"authorization": authorization(token), **headers})
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def is_up(self) -> bool:
        try:
            return self.send("GET", "/ocpi/versions").status == 200
        except OSError:
            assert self.process.poll() is None, self.log.read_text()
            return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.log.read_text()


def start(server: str, environment: dict[str, str], tmp_path: Path) -> Web:
    port, log = free_port(), tmp_path / "web.log"
    command = {
        "gunicorn": ["gunicorn", "emsp_project.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8",
                     "--no-control-socket"],
        "runserver": ["manage", "runserver", "--noreload", "--nothreading", f"127.0.0.1:{port}"],
    }[server]  # fmt: skip
    environment = {name: value for name, value in environment.items() if name != "REDIS_URL"}  # the worker is inside
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
    web = Web(process, port, log)
    wait(web.is_up, 80)
    return web


@pytest.fixture
def gunicorn(environment: dict[str, str], tmp_path: Path) -> Iterator[Web]:
    web = start("gunicorn", environment, tmp_path)
    yield web
    if web.process.poll() is None:
        web.stop()


def all_of(environment: dict[str, str], sql: str) -> list[tuple[Any, ...]]:
    """Rows of the server's own database, on either kind."""
    url = environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(sql).fetchall()
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[call-overload]


def test_a_connection_outlives_the_pauses_of_a_charge(gunicorn: Web) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", gunicorn.port, timeout=30)) as connection:
        for pause in (0, 3):
            time.sleep(pause)
            assert connection.sock is not None or not pause
            connection.request("GET", "/ocpi/versions", headers={"Authorization": authorization(CPO)})
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)


@pytest.mark.requirement("TRA-48", "TYP-01")
@pytest.mark.parametrize("server", ["gunicorn", "runserver"])
def test_an_id_with_every_awkward_character_is_stored_and_found(
    server: str, environment: dict[str, str], tmp_path: Path
) -> None:
    web = start(server, environment, tmp_path)
    try:
        url = f"{BASE}/locations/NL/CPO/{ENCODED}"
        assert web.send("PUT", url, factories.location(id=STRANGE)).codes == (201, 1000)
        assert web.send("GET", url).body["data"]["id"] == STRANGE
        assert web.send("GET", f"{url}/E1/C1").body["data"]["id"] == "C1"
        assert web.send("GET", f"{url}/?x=%2F").body["data"]["id"] == STRANGE
        assert web.send("GET", f"{BASE}/locations/NL/CPO/A*1/B%20C%23%2B%25").codes == (404, 2003)
        assert web.send("GET", f"{BASE}/locations/NL/CPO/%00").codes[1] == 2001
    finally:
        web.process.kill()
        web.process.wait(30)


# Every printable ASCII character, in ids no longer than the shortest that a module allows.
ASCII = "".join(map(chr, range(0x20, 0x7F)))
STRANGE_IDS = [ASCII[n : n + 32] for n in range(0, len(ASCII), 32)] + ["%2F", "a b", "..a", "+", "a//b", "?#", "%"]
# Tokens are ours: they are entered here, on a command line, which is no place for all of these.
STRANGE_TOKENS = [name for name in STRANGE_IDS if name == name.strip() and not name.startswith("-")]
MODULES: dict[str, tuple[str, Callable[[str], dict[str, Any]], str]] = {
    "location": ("locations/NL/CPO/{id}", lambda name: factories.location(id=name), "id"),
    "EVSE": ("locations/NL/CPO/L1/{id}", lambda name: factories.evse(uid=name), "uid"),
    "connector": ("locations/NL/CPO/L1/E1/{id}", lambda name: factories.connector(id=name), "id"),
    "session": ("sessions/NL/CPO/{id}", lambda name: factories.session(id=name), "id"),
    "tariff": ("tariffs/NL/CPO/{id}", lambda name: factories.tariff(id=name), "id"),
}


@pytest.mark.timeout(300)
@pytest.mark.requirement("TRA-48", "TYP-01", "CDR-02", "CDR-03", "TOK-06", "TOK-26", "CHP-11")
def test_ids_of_any_printable_ascii_survive_the_way_in_and_out_in_every_module(
    gunicorn: Web, environment: dict[str, str]
) -> None:
    assert gunicorn.send("PUT", f"{BASE}/locations/NL/CPO/L1", factories.location()).codes == (201, 1000)
    add = f"from django.core.management import call_command\nfor uid in {STRANGE_TOKENS}:\n "
    added = manage(environment, "shell", "-c", add + "call_command('add_token', uid, '--contract-id', 'C1')")
    assert added.returncode == 0, added.stderr
    for name in STRANGE_IDS:
        for module, (path, make, key) in MODULES.items():
            url = f"{BASE}/{path.format(id=quote(name, safe=''))}"
            assert gunicorn.send("PUT", url, make(name)).codes == (201, 1000), (module, name)
            assert gunicorn.send("GET", url).body["data"][key] == name
            if module != "tariff":
                assert gunicorn.send("PATCH", url, {"last_updated": "2026-03-02T00:00:00Z"}).codes == (200, 1000)
            else:
                assert gunicorn.send("DELETE", url).codes == (200, 1000)
        _check_a_bill(gunicorn, name)
        if name in STRANGE_TOKENS:
            url = f"{BASE}/tokens/{quote(name, safe='')}/authorize"
            assert gunicorn.send("POST", url).body["data"]["token"]["uid"] == name
        profile = {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": 16}]}
        active = {"start_date_time": "2026-03-01T12:00:00Z", "charging_profile": profile}
        assert gunicorn.send("PUT", f"{BASE}/chargingprofiles/{quote(name, safe='')}", active).codes == (200, 1000)
    listed = gunicorn.send("GET", f"{BASE}/sessions").body["data"]
    assert [session["id"] for session in listed] == STRANGE_IDS


def _check_a_bill(web: Web, name: str) -> None:
    reply = web.send("POST", f"{BASE}/cdrs", factories.cdr(id=name))
    assert reply.codes == (201, 1000)
    path = urlsplit(reply.headers["location"])
    assert path.query == path.fragment == ""
    assert web.send("GET", path.path).body["data"]["id"] == name


@pytest.mark.requirement("TRA-11", "TRA-12", "TRA-13", "TRA-32", "TRA-33")
def test_what_reaches_a_real_server_is_answered_in_the_envelope(gunicorn: Web) -> None:
    web, url = gunicorn, f"{BASE}/locations/NL/CPO/L1"
    body = json.dumps(factories.location()).encode()
    assert web.send("PUT", url, iter([body[:100], body[100:]])).codes == (201, 1000)  # in chunks
    assert web.send("GET", url).body["data"] == factories.location()
    assert web.send("PUT", url, iter([*[b" " * 2**20] * 20, b" "])).codes == (413, 2000)
    assert web.send("PUT", url, None, **{"Content-Length": str(21 * 2**20)}).codes == (413, 2000)
    assert web.send("PUT", url, b"").codes == (400, 2001)

    lower = {
        "x-request-id": "r-1",
        "x-correlation-id": "c-1",
        "ocpi-from-party-id": "CPO",
        "ocpi-from-country-code": "NL",
    }
    reply = web.send("GET", url, **lower)
    assert (reply.codes, reply.headers["x-request-id"], reply.headers["x-correlation-id"]) == (
        (200, 1000),
        "r-1",
        "c-1",
    )
    assert (reply.headers["ocpi-to-party-id"], reply.headers["ocpi-from-party-id"]) == ("CPO", "EMS")

    assert web.send("GET", url, b"{nonsense").codes == (200, 1000)
    assert web.send("HEAD", url).raw == b""
    for method in ("OPTIONS", "TRACE", "PROPFIND", "POST"):
        refused = web.send(method, url)
        assert (refused.codes, refused.headers["content-type"]) == ((405, 2000), "application/json")
    assert web.send("GET", "/ocpi/nowhere").codes == (404, 2001)
    assert web.send("GET", url, token="unknown").codes == (401, 2001)
    assert web.send("GET", f"{BASE}/locations", token=APP).codes == (200, 1000)
    assert web.send("GET", "/health").status == 200


@pytest.mark.requirement("CRE-36")
def test_of_many_registrations_at_once_with_one_token_a_one_succeeds(
    gunicorn: Web, environment: dict[str, str], partner_server: PartnerServer
) -> None:
    token_a = manage(environment, "add_partner", "Newcomer").stdout.split()[-1]
    partner_server.answer("GET", "versions", data=partner_server.versions, delay=0.2)
    replies: list[Reply] = []

    def post() -> None:
        replies.append(gunicorn.send("POST", f"{BASE}/credentials", partner_server.credentials, token=token_a))

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [reply for reply in replies if reply.codes == (201, 1000)]
    assert len(won) == 1
    assert all(reply.codes in ((200, 2000), (401, 2001)) for reply in replies if reply is not won[0])
    assert gunicorn.send("GET", f"{BASE}/tokens", token=won[0].body["data"]["token"]).codes == (200, 1000)
    assert gunicorn.send("GET", "/ocpi/versions", token=token_a).codes == (401, 2001)


@pytest.mark.requirement("SES-05", "CDR-07", "LOC-05", "TRA-26")
def test_pushes_at_once_to_one_object_lose_nothing(gunicorn: Web) -> None:
    session, periods = f"{BASE}/sessions/NL/CPO/S1", [factories.period(f"2026-03-01T11:0{n}:00Z", n) for n in range(8)]
    assert gunicorn.send("PUT", session, factories.session()).codes == (201, 1000)

    def push(n: int) -> tuple[Any, ...]:
        patch = {"charging_periods": [periods[n]], "kwh": n, "last_updated": f"2026-03-01T12:0{n}:00Z"}
        posted = gunicorn.send("POST", f"{BASE}/cdrs", factories.cdr())
        place = gunicorn.send("PUT", f"{BASE}/locations/NL/CPO/L1", factories.location())
        return gunicorn.send("PATCH", session, patch).codes, posted.codes, posted.headers["location"], place.codes

    with ThreadPoolExecutor(8) as threads:
        patched, posted, urls, placed = zip(*threads.map(push, range(8)), strict=True)
    assert set(patched) == {(200, 1000)}
    assert sorted(posted) == sorted(placed) == [(200, 1000)] * 7 + [(201, 1000)]
    assert len(set(urls)) == 1
    stored = gunicorn.send("GET", session).body["data"]
    assert (stored["charging_periods"], stored["kwh"]) == (periods, 7)


@pytest.mark.requirement("TRA-53")
def test_a_shutdown_loses_nothing_of_the_journal_and_no_token_was_logged(
    gunicorn: Web, environment: dict[str, str]
) -> None:
    before = gunicorn.send("GET", "/ocpi/versions").headers["x-correlation-id"]
    for number in range(40):
        gunicorn.send("PUT", f"{BASE}/locations/NL/CPO/L{number}", factories.location(id=f"L{number}"))
    last = gunicorn.send("GET", f"{BASE}/tokens").headers["x-correlation-id"]
    gunicorn.stop()
    kept = all_of(environment, "SELECT correlation_id, request_headers FROM ocpi_journal_exchange")
    assert {before, last} <= {row[0] for row in kept}
    assert len(kept) >= 42
    shown = gunicorn.log.read_text() + str(kept)
    for secret in (CPO, authorization(CPO).removeprefix("Token ")):
        assert secret not in shown


@pytest.mark.requirement("SEED-08", "TRA-01")
def test_in_production_the_well_known_tokens_open_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "production.log"
    secure = environment | {
        "ENVIRONMENT": "production", "SECRET_KEY": "s3cr3t-" + "abcdefghijkl" * 5, "OCPI_HOST": "127.0.0.1",
        "EMBEDDED_WORKER": "false",
    }  # fmt: skip
    token = manage(secure, "add_api_client", "App").stdout.split()[-1]
    with log.open("w") as out:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "emsp_project.wsgi",
                "--bind",
                f"127.0.0.1:{port}",
                "--no-control-socket",
            ],
            env={k: v for k, v in secure.items() if k not in os.environ or k != "DEBUG"},
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    web = Web(process, port, log)
    tls = {"X-Forwarded-Proto": "https", "Host": "127.0.0.1"}

    def up() -> bool:
        try:
            return web.send("GET", "/ocpi/versions", token=token, **tls).status == 200
        except OSError:
            return False

    try:
        wait(up, 80)
        for known in (CPO, APP, "emsp_token_a_12345"):
            assert web.send("GET", "/ocpi/versions", token=known, **tls).codes == (401, 2001)
        assert web.send("GET", "/ocpi/versions", token=token, Host="127.0.0.1").status == 301
        assert web.send("GET", "/ocpi/versions", token=token, Host="evil.test").codes == (400, 2001)
        assert web.send("GET", "/ocpi/nowhere", token=token, **tls).codes == (404, 2001)
    finally:
        web.stop()
