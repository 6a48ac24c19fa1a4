"""What every test can ask for: callers with their tokens, and a marker by the folder that a test lives in."""

import gc
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.callers import Caller
from tests.partner_server import PartnerServer
from tests.platforms import ROOT, Demo, installation, running_demo

# The markers of a test: those of the longest of these paths that it lives below. `slow`: it waits for other processes.
# `long`: it does not, but takes its time, as every page for people, or every endpoint with every mistake; not for each
# commit. Single tests say so themselves.
FOLDERS = {
    "ocpi": ("unit",),
    "mock_cpo": ("unit",),
    "learning": ("unit",),
    "learning/explain/tests/test_fields.py": ("unit", "long"),
    "learning/tests/test_playing.py": ("unit", "long"),
    "mock_cpo/tests/test_command_line.py": ("unit", "long"),
    "mock_cpo/tests/test_hub.py": ("unit", "long"),
    "mock_cpo/tests/test_life.py": ("unit", "long"),
    "mock_cpo/tests/test_profiles.py": ("unit", "long"),
    "mock_cpo/tests/test_faults.py": ("unit", "long"),
    "mock_cpo/tests/test_faults_answers.py": ("unit", "long"),
    "mock_cpo/tests/test_faults_bills.py": ("unit", "long"),
    "mock_cpo/tests/test_faults_lists.py": ("unit", "long"),
    "mock_cpo/tests/test_faults_objects.py": ("unit", "long"),
    "mock_cpo/tests/test_faults_pushes.py": ("unit", "long"),
    "ocpi/chargingprofiles/tests/test_profile_result.py": ("unit", "long"),
    "ocpi/chargingprofiles/tests/test_set_profile.py": ("unit", "long"),
    "ocpi/conformance": ("unit", "long"),
    "ocpi/credentials/tests/test_rotation.py": ("unit", "long"),
    "ocpi/operations": ("unit", "long"),
    "ocpi/protocol/tests/test_dictionary.py": ("unit", "long"),
    "ocpi/protocol/tests/test_round_trip.py": ("unit", "long"),
    "ocpi/protocol/pricing/tests/test_properties.py": ("unit", "long"),
    "ocpi/protocol/pricing/tests/test_second_opinion.py": ("unit", "long"),
    "ocpi/sessions/tests/test_order_of_pushes.py": ("unit", "long"),
    "ocpi/sessions/tests/test_put_preferences.py": ("unit", "long"),
    "ocpi/sessions/tests/test_stale_session.py": ("unit", "long"),
    "ocpi/sync/tests/test_vanishing.py": ("unit", "long"),
    "tests/architecture": ("unit",),
    "tests/architecture/test_requirements.py": ("unit", "long"),
    "tests": ("integration",),
    "tests/conformance": ("integration", "slow"),
    "tests/docs": ("integration", "long"),
    "tests/field": ("integration", "long"),
    "tests/hubs": ("integration", "long"),
    "tests/properties": ("integration", "long"),
    "tests/properties/test_at_once.py": ("integration",),
    "tests/security/test_bodies.py": ("integration", "long"),
    "tests/security/test_isolation.py": ("integration", "long"),
    "tests/security/test_leaks.py": ("integration", "long"),
    "tests/security/test_telemetry.py": ("integration", "long"),
    "tests/security/test_throttle.py": ("integration", "long"),
    "tests/journeys": ("integration", "slow"),
    "tests/compliance": ("compliance",),
    "tests/compliance/test_credentials.py": ("compliance", "long"),
    "tests/compliance/test_paging.py": ("compliance", "long"),
    "tests/compliance/test_rows.py": ("compliance", "long"),
    "tests/compliance/test_transport.py": ("compliance", "long"),
    "tests/compliance/test_types.py": ("compliance", "long"),
    "tests/compliance/blackbox": ("compliance", "slow"),
    "tests/compliance/test_web_servers.py": ("compliance", "slow"),
    "tests/browser": ("browser", "slow"),
    "tests/performance": ("performance", "long"),
    "tests/performance/test_admin_bench.py": ("performance", "benchmark", "long"),
    "tests/chaos": ("chaos", "slow"),
}
# Fixtures that take seconds to begin with: the tests of a module that share one run in one process.
STARTED_FOR_A_MODULE = {"browser", "finished", "loaded", "running", "site"}
COMMITTING = {"transactional_db", "live_server"}
pytest_plugins = ["tests.compliance.report", "tests.logs", "pytester"]
gc.disable()  # until all is collected


def pytest_configure() -> None:
    """Generated examples are the same in every run, and may take their time: neither luck nor a busy machine fails."""
    from hypothesis import HealthCheck, settings

    luck = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"  # tries others as well; see tests/properties
    settings.register_profile(
        "ours", deadline=None, derandomize=not luck, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("ours")


def pytest_collection_finish() -> None:
    """What was collected stays: nobody looks for garbage in a million objects again, nor while they are made."""
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What `-m "not slow"` leaves out need not be read: a third of what there is. None: as pytest decides."""
    asked = config.option.markexpr
    if collection_path.suffix != ".py" or " or " in asked:  # a folder, or what a demo left beside: its database
        return None
    unwanted = {name for name in ("slow", "long") if f"not {name}" in asked}
    spared = unwanted and not unwanted.isdisjoint(_folder(collection_path))
    return True if spared or (asked.startswith("commits and") and not _may_commit(collection_path)) else None


def _may_commit(file: Path) -> bool:
    """Of those that wait for no other process: whose fixtures with real transactions are their own or pytest's."""
    text = file.read_text()
    return any(word in text for word in ("transaction=True", *COMMITTING))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in _markers(item):
            item.add_marker(name)
        fixtures = {*getattr(item, "fixturenames", ())}
        if "shared_demo" in fixtures:  # one process starts it, once; a second one for learners, else the rest waits
            item.add_marker(pytest.mark.xdist_group("lessons" if "learner" in fixtures else "demo"))
        elif fixtures & STARTED_FOR_A_MODULE:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
        elif item.path.parent.name == "blackbox":
            item.add_marker(pytest.mark.xdist_group(f"blackbox {len(item.path.name) % 2}"))


def _folder(file: Path) -> tuple[str, ...]:
    path = file.relative_to(ROOT)
    found = next((FOLDERS[str(place)] for place in (path, *path.parents) if str(place) in FOLDERS), ())
    return (*found, "long") if "unit" in found and "admin" in path.name else found


def _markers(item: pytest.Item) -> Iterator[str]:
    yield from _folder(item.path)
    if _commits(item):
        yield "commits"


def _commits(item: pytest.Item) -> bool:
    """Its transactions are real ones: what locks, waits for a commit or migrates, which each database does its way."""
    mark = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    return bool(mark and mark.kwargs.get("transaction")) or bool(COMMITTING & {*fixtures})


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any,
                    tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:  # fmt: skip
    """Instead of pytest-django's: a copy of what was migrated once, and tests that commit leave it as they found it."""
    from django.db import connection
    from django.test import TransactionTestCase

    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    given = connection.settings_dict
    name = f"test_{given['NAME']}_{worker}" if connection.vendor == "postgresql" else ""
    with databases.database(os.environ, tmp_path_factory.mktemp("database"), name=name) as url:
        with django_db_blocker.unblock():
            connection.close()
            given["NAME"] = name or url.removeprefix("sqlite:///")
        TransactionTestCase._fixture_teardown = lambda self: databases.empty()  # type: ignore[method-assign]
        yield
        with django_db_blocker.unblock():
            connection.close()


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
def _no_answers_of_another_test() -> None:
    """Which partner answered is noted twice a minute, and their keys are the same in each test."""
    from ocpi.alerts import contacts

    contacts.forget()


@pytest.fixture(autouse=True)
def _no_exchanges_of_another_test(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait in memory for a thread, which sees what is committed alone: other tests call `writer.flush`."""
    from ocpi.journal import writer

    writer.forget()
    if not _commits(request.node):
        monkeypatch.setattr(writer, "_start", lambda: None)


@pytest.fixture(autouse=True)
def _no_log_levels_of_another_test() -> Iterator[None]:
    """Commands that tell a story keep the loggers quiet, for the process is theirs."""
    ours = [logging.getLogger(name) for name in ("ocpi", "learning", "mock_cpo")]
    levels = [logger.level for logger in ours]
    yield
    for logger, level in zip(ours, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def _no_failures_of_another_test() -> None:
    """The throttle counts them in memory, and all tests come from one address."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def one_moment(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Our clock stands still: what a test makes before midnight is not looked at after it."""
    from ocpi.core import clock

    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


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
