"""What a black-box test can ask for. One eMSP per worker; for each test partners of its own, by a real handshake."""

import itertools
import string
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import logs
from tests.compliance import report

from . import emsp as processes
from .emsp import Emsp
from .operator import Operator, shown_token
from .platforms import QUIET, Caller, Platform
from .steps import Play

_LETTERS = string.ascii_uppercase
_numbers = itertools.count()
Connect = Callable[..., Platform]


def _party_id() -> str:
    """AAA, AAB, AAC…: never the same twice in one process."""
    number = next(_numbers)
    return _LETTERS[number // 676 % 26] + _LETTERS[number // 26 % 26] + _LETTERS[number % 26]


@pytest.fixture(scope="session")
def emsp(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emsp]:
    """The eMSP under test, running."""
    folder = tmp_path_factory.mktemp("emsp")
    logs.of(request, folder)
    with processes.running(folder) as running:
        yield _equipped(running)


def _equipped(running: Emsp) -> Emsp:
    running.operator = Operator(running)
    running.operator.add("ocpi_partners/apiclient", name="Compliance app")
    running.app_token = shown_token(running.operator.told())
    running.discover(Caller(running, "app", running.app_token).send)
    return running


@pytest.fixture
def another_emsp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Emsp]]:
    """More eMSPs, with other settings: `another_emsp(EMSP_PARTIES="NL-EMS,DE-EM2")`. Takes seconds."""
    logs.of(request, tmp_path)
    with ExitStack() as stack:

        def start(**settings: str) -> Emsp:
            folder = tmp_path / f"emsp-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return _equipped(stack.enter_context(processes.running(folder, **settings)))

        yield start


@pytest.fixture
def operator(emsp: Emsp) -> Operator:
    """An operator who is logged in to the admin."""
    return emsp.operator


@pytest.fixture
def newcomer(emsp: Emsp) -> Iterator[Connect]:
    """Partners that hold a token A and have not registered: `newcomer(country="DE", role="HUB", offers=[…])`."""
    with ExitStack() as stack:

        def add(
            *, country: str = "NL", party_id: str = "", role: str = "CPO", offers: Any = QUIET, at: Emsp = emsp,
            **flags: Any,
        ) -> Platform:  # fmt: skip
            party = (country, party_id or _party_id())
            name = f"{role} {country}-{party[1]} {next(_numbers)}"
            with at.evidence.paused():
                page = at.operator.add("ocpi_partners/partner", name=name, **flags)
            token_a = shown_token(at.operator.told())
            made = Platform(at, party=party, role=role, page=page, token_a=token_a, offers=offers)
            stack.callback(made.leave)
            return made

        yield add


@pytest.fixture
def connect(newcomer: Connect) -> Connect:
    """Partners that are registered; takes what `newcomer` takes, and `prepare=` to script the server before."""

    def registered(**kwargs: Any) -> Platform:
        prepare = kwargs.pop("prepare", None)
        made = newcomer(**kwargs)
        if prepare is not None:
            prepare(made)
        with made.emsp.evidence.paused():
            answer = made.register()
        assert answer.codes == (201, 1000), answer
        return made

    return registered


@pytest.fixture
def cpo(connect: Connect) -> Platform:
    """A registered CPO. It offers nothing to pull and takes no tokens: what the eMSP says to it, the test caused."""
    return connect()


@pytest.fixture
def other_cpo(connect: Connect) -> Platform:
    """Another CPO, in another country, who must never see anything of the first one's."""
    made = connect(country="DE")
    made.name = made.server.name = "other CPO"
    return made


@pytest.fixture
def hub(connect: Connect) -> Platform:
    return connect(role="HUB")


@pytest.fixture
def app(emsp: Emsp) -> Caller:
    """One of the operator's own systems."""
    return Caller(emsp, "app", emsp.app_token)


@pytest.fixture
def nobody(emsp: Emsp) -> Caller:
    """Who has no token at all."""
    return Caller(emsp, "stranger", None)


@pytest.fixture
def add_token(operator: Operator) -> Callable[..., tuple[str, str]]:
    """A card or an app user of ours: `uid, page = add_token(type="APP_USER", status="BLOCKED")`."""

    def add(uid: str = "", **fields: Any) -> tuple[str, str]:
        uid = uid or f"04C0{next(_numbers):08X}"
        known = {"type": "RFID", "contract_id": f"NL-EMS-C{next(_numbers):08d}-X", "issuer": "Open eMSP"}
        return uid, operator.add("ocpi_tokens/token", uid=uid, **{**known, **fields})

    return add


@pytest.fixture
def start(app: Caller, add_token: Callable[..., tuple[str, str]]) -> Callable[..., str]:
    """An app starts a session at E1 of a CPO's L1; what it returns is where `app.until` can follow it."""

    def begin(cpo: Platform, *, uid: str = "", **changes: Any) -> str:
        cpo.put(f"locations/{cpo.me}/L1", cpo.object("location"), quiet=True)
        token = {"uid": uid or add_token()[0], "type": "RFID"}
        owner = f"country_code={cpo.country_code}&party_id={cpo.party_id}"
        body = {"location_id": "L1", "evse_uid": "E1", "token": token, **changes}
        answer = app.post(f"commands/START_SESSION?{owner}", body)
        assert answer.codes == (202, 1000), answer
        return f"commands/{answer.data['id']}"

    return begin


@pytest.fixture
def play(request: pytest.FixtureRequest, emsp: Emsp) -> Play:
    """Carries out the steps of a case; see steps.py."""
    return Play(request.getfixturevalue)


# --- evidence and the log ---------------------------------------------------------------------------------------------
@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What fixtures say to prepare a test is no evidence; what the test says is."""
    running = getattr(item, "funcargs", {}).get("emsp")
    if running is None:
        return (yield)
    running.evidence.clear()
    running.log_start = running.log.stat().st_size
    try:
        return (yield)
    finally:
        item.user_properties.append((report.EXCHANGES, running.evidence.as_json()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """A test that failed brings the eMSP's log since its start."""
    result = yield
    running = getattr(item, "funcargs", {}).get("emsp")
    if running is not None and result.failed:
        with running.log.open("rb") as log:
            log.seek(getattr(running, "log_start", 0))
            result.sections.append(("log of the eMSP", log.read().decode(errors="replace")[-8000:]))
    return result
