"""One mock CPO for all tests, reset before each; eMSPs as needed."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import uvicorn

from mock_cpo.config import Config, Settings
from mock_cpo.platform import Platform
from mock_cpo.tests.emsp import Emsp, token
from mock_cpo.web.application import create_app
from mock_cpo.web.wire import Protocol
from tests.ports import free_port


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "requirement(*ids): rows of the requirements that a test shows")


@dataclass
class Cpo:
    """The running platform; `control` calls its control API."""

    platform: Platform
    url: str

    def control(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        response = requests.request(method, f"{self.url}/control{path}", json=body, timeout=30)
        assert response.status_code == expect, response.text
        return response.json()

    def wait_until(self, true: Callable[[], Any], seconds: float = 30) -> Any:
        """The first true value."""
        deadline = time.monotonic() + seconds
        while not (value := true()):
            assert time.monotonic() < deadline, "nothing happened"
            time.sleep(0.01)
        return value

    def session(self, session_id: str) -> dict[str, Any]:
        return self.control("GET", f"/sessions/{session_id}")["session"]

    def break_it(self, name: str, value: object = None) -> None:
        """Switches a fault on."""
        self.control("PUT", f"/faults/{name}", {} if value is None else {"value": value})

    def begin(self, emsp: Emsp, place: dict[str, str], **card: Any) -> str:
        """A car is plugged in and a whitelisted card tapped: the id of the ACTIVE session."""
        pushed = token(country_code=emsp.country_code, party_id=emsp.party_id, **card)
        emsp.call("PUT", f"/tokens/{emsp.country_code}/{emsp.party_id}/{pushed['uid']}", pushed)
        self.control("POST", "/plug", place)
        started = self.control("POST", "/tap", place | {"token_uid": pushed["uid"]})
        assert started["started"], started
        return started["session_id"]

    def charge(self, emsp: Emsp, place: dict[str, str]) -> str:
        """A charge from plug to stop; its CDR is written at once."""
        self.platform.clock.fast = 600
        session_id = self.begin(emsp, place)
        self.wait_until(lambda: self.session(session_id)["kwh"] > 0)
        self.control("POST", "/stop", {"session_id": session_id})
        return session_id


def serve(config: Config) -> Iterator[Cpo]:
    """The platform behind a real HTTP server until the generator is closed."""
    platform = Platform(config)
    port = config.port
    server = uvicorn.Server(
        uvicorn.Config(create_app(platform), port=port, log_level="error", http=Protocol, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield Cpo(platform, f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="session")
def running_cpo() -> Iterator[Cpo]:
    yield from serve(Config(port=free_port(), page_size=10))


@pytest.fixture
def cpo(running_cpo: Cpo) -> Cpo:
    return fresh(running_cpo)


def fresh(running_cpo: Cpo) -> Cpo:
    """As freshly started: real time, quick chargers."""
    platform = running_cpo.platform
    quick = Settings(charger_delay=0.01, report_pause=0.05)
    for name in Settings.__slots__:
        setattr(platform.settings, name, getattr(quick, name))
    platform.clock.fast = 1
    platform.reset()
    return running_cpo


@pytest.fixture
def make_emsp(cpo: Cpo) -> Iterator[Callable[..., Emsp]]:
    made: list[Emsp] = []

    def make(*party: str, registered: bool = True) -> Emsp:
        emsp = Emsp(cpo.url, *party)
        made.append(emsp)
        if registered:
            assert emsp.register().status_code == 201
        return emsp

    yield make
    for emsp in made:
        emsp.close()


@pytest.fixture
def emsp(make_emsp: Callable[..., Emsp]) -> Emsp:
    """A registered eMSP, NL/EMS."""
    return make_emsp()


@pytest.fixture
def stranger(make_emsp: Callable[..., Emsp]) -> Emsp:
    """An eMSP that has not registered yet."""
    return make_emsp(registered=False)
