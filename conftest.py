"""What every test can ask for: callers with their tokens, and a marker by the folder that a test lives in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.callers import Caller
from tests.partner_server import PartnerServer
from tests.platforms import Demo, installation, running_demo

FOLDERS = {"blackbox": "compliance", "journeys": "journey", "browser": "browser", "security": "security"}
pytest_plugins = ["tests.compliance.report", "tests.logs", "pytester"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = Path(item.path).parent.name
        item.add_marker(getattr(pytest.mark, FOLDERS.get(folder, "unit")))
        if "shared_demo" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("demo"))  # one process starts it, once
        elif folder == "blackbox":
            item.add_marker(pytest.mark.xdist_group(f"blackbox {len(item.path.name) % 2}"))


@pytest.fixture(autouse=True)
def _no_leniencies_of_another_test() -> None:
    """They are counted in memory, and written after some later request."""
    from ocpi.partners import leniency

    leniency.forget()


@pytest.fixture(autouse=True)
def _no_callers_of_another_test() -> None:
    """Their rows were rolled back, and nobody told the process."""
    from ocpi.partners import callers

    callers.forget()


@pytest.fixture(autouse=True)
def _no_failures_of_another_test() -> None:
    """The throttle counts them in memory, and all tests come from one address."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def shared_demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests of this process that leave the platforms as they found them (faults off again)."""
    from tests import logs

    folder = tmp_path_factory.mktemp("demo")
    logs.of(request, folder)
    with installation(folder) as environment, running_demo(environment, folder) as running:
        yield running


@pytest.fixture
def cpo(db: None) -> Caller:
    """The registered CPO NL/CPO."""
    from tests import factories

    return Caller(token="token-of-cpo", partner=factories.partner(name="CPO"), party=("NL", "CPO"))


@pytest.fixture
def cp2(db: None) -> Caller:
    """Another registered CPO, DE/CP2, who must never see anything of NL/CPO's."""
    from tests import factories

    partner = factories.partner(name="CP2", party=("DE", "CP2"), token="token-of-cp2", base_url="http://cp2.test/ocpi")
    return Caller(token="token-of-cp2", partner=partner, party=("DE", "CP2"))


@pytest.fixture
def hub(db: None) -> Caller:
    """The registered hub NL/HUB, with nothing but that role; its ClientInfo stands at a URL of another kind."""
    from ocpi.partners.models import PartnerEndpoint
    from tests import factories

    partner = factories.partner(name="Hub", party=("NL", "HUB"), token="token-of-hub", base_url="http://hub.test/ocpi")
    partner.roles.update(role="HUB")
    PartnerEndpoint.objects.create(
        partner=partner, identifier="hubclientinfo", role="SENDER", url="http://hub.test/ocpi/who-is-there"
    )
    return Caller(token="token-of-hub", partner=partner, party=("NL", "HUB"))


@pytest.fixture
def app(db: None) -> Caller:
    """An API client: one of our own systems."""
    from tests import factories

    factories.api_client()
    return Caller(token="token-of-app")


@pytest.fixture
def partner_server() -> Iterator[PartnerServer]:
    """A CPO over real HTTP that records what we send and answers as scripted; see tests/partner_server.py."""
    server = PartnerServer().start()
    yield server
    server.stop()
