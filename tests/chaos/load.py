"""A steady load: a CPO that pushes and notes what was acknowledged, and drivers whose app starts charges at another."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import requests

from ocpi.protocol.headers import authorization
from ocpi.protocol.types import format_datetime
from tests import factories

PARTY = ("NL", "LOD")
PATIENCE = 40.0  # seconds for which a push is repeated until somebody acknowledges it
PERIODS = 5


@dataclass
class Ledger:
    """What the eMSP has acknowledged with 1000, and what was asked of it."""

    locations: dict[str, int] = field(default_factory=dict)  # id → number of the last PATCH
    sessions: set[str] = field(default_factory=set)
    periods: dict[str, list[str]] = field(default_factory=dict)  # session id → starts of its periods
    completed: set[str] = field(default_factory=set)
    cdrs: set[str] = field(default_factory=set)
    starts: dict[str, str] = field(default_factory=dict)  # command id → authorization_reference
    cancelled: set[str] = field(default_factory=set)  # command ids
    counts: Counter[str] = field(default_factory=Counter)
    errors: int = 0  # what no caller should ever see: no answer, or one that blames us
    seconds: list[float] = field(default_factory=list)  # that each answer took
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def failed(self, what: str) -> None:
        self.count(what)
        with self.lock:
            self.errors += 1


class Api:
    """HTTP to the eMSP; the connection may break at any moment."""

    def __init__(self, base_url: str, token: str, ledger: Ledger, session: requests.Session | None = None) -> None:
        """With a session its connection is kept; otherwise each request has one of its own."""
        self._base, self._ledger = f"{base_url}/ocpi/emsp/2.2.1", ledger
        self._request = session.request if session else requests.request
        self._headers = {"Authorization": authorization(token)}

    def once(self, method: str, path: str, body: Any) -> dict[str, Any] | None:
        """The envelope of an acknowledgement; None for everything else."""
        self._ledger.count("requests")
        began = time.monotonic()
        try:
            answer = self._request(method, f"{self._base}/{path}", json=body, headers=self._headers, timeout=20)
            envelope = answer.json()
        except (requests.RequestException, ValueError) as error:
            self._ledger.failed(f"requests without an answer ({type(error).__name__})")
            return None
        self._ledger.seconds.append(time.monotonic() - began)
        if answer.ok and envelope.get("status_code") == 1000:
            return dict(envelope)
        ours = answer.status_code >= 500 or envelope.get("status_code", 3000) >= 3000
        told = self._ledger.failed if ours else self._ledger.count
        told(f"answers {answer.status_code}/{envelope.get('status_code')}")
        return None

    def until_acknowledged(self, method: str, path: str, body: Any) -> bool:
        """The same push again and again, as a CPO that heard no answer does."""
        deadline = time.monotonic() + PATIENCE
        while self.once(method, path, body) is None:
            if time.monotonic() > deadline:
                self._ledger.count("pushes given up")
                return False
            self._ledger.count("pushes repeated")
            time.sleep(0.5)
        self._ledger.count("pushes acknowledged")
        return True


def push(api: Api, ledger: Ledger, number: int, leaving: threading.Event) -> None:
    """One thread of the pushing CPO: a location of its own, and one session after the other."""
    location_id = f"LOAD{number}"
    party = {"country_code": PARTY[0], "party_id": PARTY[1]}
    api.until_acknowledged("PUT", _at("locations", location_id), factories.location(id=location_id, **party))
    ledger.locations[location_id] = 0
    round_ = 0
    while not leaving.is_set():
        round_ += 1
        _charge(api, ledger, f"S{number}-{round_}", location_id, party, leaving)


def _charge(
    api: Api, ledger: Ledger, session_id: str, location_id: str, party: dict[str, str], leaving: threading.Event
) -> None:
    path, start = _at("sessions", session_id), datetime.now(UTC).replace(microsecond=0)
    starts = [format_datetime(start + timedelta(seconds=n)) for n in range(PERIODS + 1)]
    body = factories.session(
        id=session_id, location_id=location_id, start_date_time=starts[0], last_updated=_now(), **party,
        charging_periods=[factories.period(start=starts[0])],
    )  # fmt: skip
    if not api.until_acknowledged("PUT", path, body):
        return
    ledger.sessions.add(session_id)
    ledger.periods[session_id] = [starts[0]]
    for moment in starts[1:]:
        patch = {"kwh": 2.5, "charging_periods": [factories.period(start=moment)], "last_updated": _now()}
        if api.until_acknowledged("PATCH", path, patch):
            ledger.periods[session_id].append(moment)
        _rename(api, ledger, location_id)
        leaving.wait(0.1)
    ended = {"status": "COMPLETED", "end_date_time": starts[-1], "last_updated": _now()}
    if api.until_acknowledged("PATCH", path, ended):
        ledger.completed.add(session_id)
    bill = factories.cdr(
        id=f"D{session_id}", session_id=session_id, start_date_time=starts[0], end_date_time=starts[-1],
        last_updated=_now(), **party,
    )  # fmt: skip
    if api.until_acknowledged("POST", "cdrs", bill):
        ledger.cdrs.add(bill["id"])


def _rename(api: Api, ledger: Ledger, location_id: str) -> None:
    number = ledger.locations[location_id] + 1
    patch = {"name": f"name {number}", "last_updated": _now()}
    if api.until_acknowledged("PATCH", _at("locations", location_id), patch):
        ledger.locations[location_id] = number


def drive(
    api: Api,
    ledger: Ledger,
    chargers: list[dict[str, str]],
    tokens: list[str],
    choice: Random,
    leaving: threading.Event,
) -> None:
    """One thread of the app: starts that are never repeated, some of them cancelled at once."""
    while not leaving.is_set():
        reference = str(uuid4())
        body = {
            **choice.choice(chargers),
            "token": {"uid": choice.choice(tokens)},
            "authorization_reference": reference,
        }
        answer = api.once("POST", "commands/START_SESSION", body)
        if answer is not None:
            command_id = answer["data"]["id"]
            ledger.starts[command_id] = reference
            if choice.random() < 0.15 and api.once("POST", f"commands/{command_id}/cancel", {}) is not None:
                ledger.cancelled.add(command_id)
        leaving.wait(0.5 + choice.random())


def read(api: Api, tokens: list[str], leaving: threading.Event) -> None:
    """One thread of the pushing CPO that asks: pages of tokens, and whether a card may charge."""
    while not leaving.is_set():
        for uid in tokens:
            api.once("POST", f"tokens/{uid}/authorize", None)
            api.once("GET", "tokens?limit=10", None)
            leaving.wait(0.1)


def _at(module: str, object_id: str) -> str:
    return f"{module}/{PARTY[0]}/{PARTY[1]}/{object_id}"


def _now() -> str:
    return format_datetime(datetime.now(UTC))
