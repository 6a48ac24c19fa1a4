"""After a whole demo: no token in the database, the logs or the journal, in any form; and no card in the journal."""

import base64
import json
import sqlite3
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from learning.demo import cast
from learning.demo.callers import App, Control
from ocpi.partners import development
from ocpi.protocol.headers import authorization
from tests.journeys.conftest import Demo, charge, wait
from tests.journeys.conftest import demo as demo
from tests.journeys.conftest import environment as environment

BASE = "/ocpi/emsp/2.2.1"
CARDS = (cast.GOOD_CARD, cast.BLOCKED_CARD, cast.UNKNOWN_CARD, cast.APP_USER)
# Python runs a module of this name in every process that finds one: both platforms write down the tokens they make.
SPY = """
import os, secrets
made, choice, urlsafe = [], secrets.choice, secrets.token_urlsafe

def note(token):
    with open(os.environ["TOKENS_MADE"], "a") as file:
        file.write(token + "\\n")
    return token

def spying_choice(alphabet):
    made.append(choice(alphabet))
    if len(made) % 48 == 0:
        note("".join(made[-48:]))
    return made[-1]

secrets.choice, secrets.token_urlsafe = spying_choice, lambda *size: note(urlsafe(*size))
"""


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return tmp_path / "tokens.txt"


@pytest.fixture(autouse=True)
def _spies(tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In what every process of the journey inherits."""
    spies = tmp_path / "spies"
    spies.mkdir()
    (spies / "sitecustomize.py").write_text(SPY)
    monkeypatch.setenv("PYTHONPATH", str(spies))
    monkeypatch.setenv("TOKENS_MADE", str(made))


def forms(token: str) -> set[str]:
    """As it is, in Base64 as headers carry it, with the padding cut off, and in hexadecimal."""
    encoded = base64.b64encode(token.encode()).decode()
    with_newline = base64.b64encode(f"{token}\n".encode()).decode()
    return {token, encoded, encoded.rstrip("="), with_newline, token.encode().hex()}


def tables(url: str) -> dict[str, str]:
    """Every table of the database as text."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {n: str(connection.execute(f'SELECT * FROM "{n}"').fetchall()) for n in names}  # noqa: S608
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as server:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        names = [row[0] for row in server.execute(query)]
        rows = {n: server.execute(f'SELECT t::text FROM "{n}" t') for n in names}  # type: ignore[call-overload]  # noqa: S608
        return {n: str(rows[n].fetchall()) for n in names}


def ask(port: int, path: str, token: str, method: str = "GET", body: bytes | None = None, **headers: str) -> None:
    """A request whose answer does not matter."""
    sent = {"Authorization": authorization(token), "Content-Type": "application/json", **headers}
    request = urllib.request.Request(f"http://localhost:{port}{path}", body, sent, method=method)
    with suppress(OSError), urllib.request.urlopen(request, timeout=30):  # noqa: S310  our own server
        pass


def be_careless(port: int, token: str) -> None:
    """What callers do with their token that they should not."""
    ask(port, f"{BASE}/locations?token={token}", token)
    ask(port, f"{BASE}/locations/{token}/{token}/L1", token)
    ask(port, f"{BASE}/locations", token, **{"X-Request-ID": token, "X-Api-Key": token, "Cookie": f"t={token}"})
    ask(port, f"{BASE}/tokens/{token}/authorize", token, "POST", json.dumps({"location_id": token}).encode())
    ask(port, f"{BASE}/credentials", token, "PUT", json.dumps({"token": token, "url": token, "roles": token}).encode())
    ask(port, f"{BASE}/credentials", token, "PUT", b'{"token": "' + token.encode() + b'", ')
    ask(port, f"{BASE}/cdrs", token, "POST", json.dumps([token, {"token": token, token: token}]).encode())


@pytest.mark.requirement("TRA-53", "CRE-03")
def test_no_token_and_no_card_is_found_after_a_whole_demo(
    demo: Demo, environment: dict[str, str], made: Path, tmp_path: Path
) -> None:
    app = App(f"http://localhost:{demo.emsp}", development.API_CLIENT_TOKEN)
    control = Control(f"http://localhost:{demo.cpo}")
    charge(app, control)
    [registration] = [each for each in control.get("registrations") if each["state"] == "REGISTERED"]
    before = len(made.read_text().split())
    control.post(f"registrations/{registration['id']}/update")  # the CPO renews the tokens of both sides
    wait(lambda: len(made.read_text().split()) >= before + 2, 60)
    tokens = [*dict.fromkeys(made.read_text().split()), *development.ALL_TOKENS]
    assert len(tokens) >= 5 + len(development.ALL_TOKENS)  # A, B and C, and the new B and C
    for token in tokens:
        be_careless(demo.emsp, token)
    ask(demo.emsp, "/ocpi/versions", "nobody", **{"X-Correlation-ID": "the-end"})
    wait(lambda: "the-end" in tables(environment["DATABASE_URL"])["ocpi_journal_exchange"], 60)

    kept = tables(environment["DATABASE_URL"])
    assert kept["ocpi_journal_exchange"].count("/ocpi/") > 50
    places = {f"table {name}": text for name, text in kept.items()}
    places |= {f"log {path.name}": path.read_text() for path in (tmp_path / "logs").glob("*.log")}
    places["the demo's output"] = (tmp_path / "demo.txt").read_text()
    secret = {form for token in tokens for form in forms(token)}
    assert [(place, form) for place, text in places.items() for form in secret if form in text] == []
    redacted = {p: text for p, text in places.items() if "journal" in p or p in ("log emsp.log", "log worker.log")}
    assert [(place, card) for place, text in redacted.items() for card in CARDS if card in text] == []
