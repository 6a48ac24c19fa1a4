"""What goes wrong between two platforms, and what we do about it: the mock CPO behind real HTTP, and us behind another.

Each story begins with both registered and everything pulled.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings

from mock_cpo.config import Config
from mock_cpo.network import live_child
from mock_cpo.tests.conftest import Cpo, fresh, serve
from ocpi.cdrs.models import CDR
from ocpi.core import clock
from ocpi.credentials import services as credentials
from ocpi.locations.models import EVSE, Location
from ocpi.partners import services as partners
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.types import ci_key
from ocpi.sessions.models import Session
from ocpi.sync import services, tasks
from ocpi.sync.models import MissingBill, Pull, QuarantinedObject, SessionWatch
from ocpi.tariffs.models import Tariff
from tests import factories
from tests.partner_server import Answer, Call, PartnerServer
from tests.ports import free_port

from .conftest import ROOT, manage, wait

TOKEN_A = "token-a-of-the-cpo"
CARD = "04AABBCCDD"


@pytest.fixture(scope="module")
def running() -> Iterator[Cpo]:
    yield from serve(Config(port=free_port(), page_size=10, token_a=TOKEN_A))


@pytest.fixture
def mock(running: Cpo) -> Iterator[Cpo]:
    yield fresh(running)
    running.platform.reset()


@pytest.fixture
def partner(mock: Cpo, transactional_db: None, live_server: Any, settings: Any) -> Partner:
    settings.OCPI_BASE_URL = django_settings.OCPI_BASE_URL.replace(settings.PUBLIC_URL, live_server.url)
    settings.OCPI_VERSIONS_URL = f"{live_server.url}/ocpi/versions"
    settings.PUBLIC_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    factories.token(CARD)
    row = Partner.objects.create(name="Mock")
    credentials.register(partner=row, versions_url=f"{mock.url}/ocpi/cpo/versions", token_a=TOKEN_A)
    row = again(row)
    for module in services.offered(row):
        services.pull(partner=row, module=module)
    return row


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Our own clock goes on by so much; the CPO's does not."""
    real: Callable[[], datetime] = clock.now
    gone = [timedelta()]

    def move(**time: float) -> None:
        gone[0] += timedelta(**time)

    monkeypatch.setattr(clock, "now", lambda: real() + gone[0])
    return move


def again(partner: Partner) -> Partner:
    """As the next task reads it."""
    return Partner.objects.get(pk=partner.pk)


def place() -> dict[str, str]:
    """Where nobody charges."""
    evse = EVSE.objects.filter(status="AVAILABLE").order_by("pk")[0]
    return {
        "location_id": evse.location.wire_id, "evse_uid": evse.wire_uid,
        "connector_id": evse.connectors.first().payload["id"],
    }  # fmt: skip


def begin(mock: Cpo, where: dict[str, str]) -> str:
    """A car is plugged in, our driver's card tapped, and both sides know of the charge."""
    mock.platform.clock.fast = 600
    mock.control("POST", "/plug", where)
    started = mock.control("POST", "/tap", where | {"token_uid": CARD})
    assert started["started"], started
    session_id: str = started["session_id"]
    mock.wait_until(lambda: Session.objects.filter(session_id=session_id, kwh__gt=0).exists(), 60)
    return session_id


def offsets(mock: Cpo, module: str) -> list[str]:
    """Where the pages began that we asked for, in that order."""
    asked = [urlsplit(exchange.url) for exchange in mock.platform.recorder.all() if exchange.method == "GET"]
    return [parse_qs(url.query).get("offset", [""])[0] for url in asked if url.path.endswith(f"/{module}")]


@pytest.mark.requirement("FLD-28", "CDR-33")
def test_a_bill_whose_push_was_lost_is_found_and_filled(
    partner: Partner, mock: Cpo, settings: Any, later: Callable[..., None]
) -> None:
    mock.break_it("drop-cdr-push")
    session_id = begin(mock, place())
    mock.control("POST", "/stop", {"session_id": session_id})
    mock.wait_until(lambda: Session.objects.get(session_id=session_id).status == "COMPLETED", 60)
    mock.wait_until(lambda: mock.control("GET", "/cdrs"), 60)
    assert not CDR.objects.exists()
    tasks.chase_bills()
    assert not MissingBill.objects.exists()

    later(hours=settings.OCPI_CDR_LATE_HOURS + 1)
    tasks.chase_bills()
    assert MissingBill.objects.get().session.wire_id == session_id
    assert (partner.pk, "cdrs") in services.due()
    services.pull(partner=again(partner), module="cdrs")
    tasks.chase_bills()
    assert MissingBill.objects.get().cdr == CDR.objects.get(session_id=session_id)


@pytest.mark.requirement("SES-28", "SES-39")
def test_a_session_that_froze_is_flagged_and_recovered(partner: Partner, mock: Cpo, later: Callable[..., None]) -> None:
    """For a while we take none of their pushes, and they do not repeat them."""
    session_id = begin(mock, place())
    assert partners.suspend(partner=again(partner))
    mock.control("POST", "/stop", {"session_id": session_id})
    mock.wait_until(lambda: mock.session(session_id)["status"] == "COMPLETED", 60)
    mock.wait_until(lambda: not mock.control("GET", "/state")["outbox"]["waiting"], 60)
    assert partners.resume(partner=again(partner))
    assert Session.objects.get(session_id=session_id).status == "ACTIVE"

    later(hours=3)
    tasks.look_around()
    assert [row.session.wire_id for row in SessionWatch.objects.current()] == [session_id]
    assert (partner.pk, "sessions") in services.due()
    services.pull(partner=again(partner), module="sessions")
    found = Session.objects.get(session_id=session_id)
    assert (found.status, float(found.kwh)) == ("COMPLETED", mock.session(session_id)["kwh"])
    assert not SessionWatch.objects.current().exists()


@pytest.mark.requirement("LOC-22", "PAG-26")
def test_an_evse_that_was_taken_down_without_a_word_is_a_tombstone(partner: Partner, mock: Cpo) -> None:
    where = place()
    network = mock.platform.at(where["location_id"]).network
    site = network._sites[ci_key(where["location_id"])].location
    gone = live_child(site, "evses", "uid", where["evse_uid"])
    site["evses"].remove(gone)
    try:
        services.pull(partner=again(partner), module="locations", full=True)
    finally:
        site["evses"].append(gone)
    row = EVSE.objects.get(uid=where["evse_uid"], location__location_id=where["location_id"])
    assert row.hidden_at is not None
    assert EVSE.objects.filter(hidden_at=None).count() == EVSE.objects.count() - 1


@pytest.mark.requirement("PAG-26")
def test_a_feed_that_is_suddenly_empty_changes_nothing_until_somebody_has_looked(
    partner: Partner, mock: Cpo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Location.objects.filter(gone_at=None).count()
    for cpo in mock.platform.cpos:
        monkeypatch.setattr(cpo.network, "listed", list)
    row = services.pull(partner=again(partner), module="locations", full=True)
    assert (row.received, row.withheld) == (0, before)
    assert Location.objects.filter(gone_at=None).count() == before > 30
    services.believe(row=row)
    services.pull(partner=again(partner), module="locations")
    assert not Location.objects.filter(gone_at=None).exists()


@pytest.mark.requirement("PAG-25", "PAG-19")
def test_a_crawl_that_breaks_at_a_page_goes_on_at_that_page(partner: Partner, mock: Cpo) -> None:
    """When the first page is stored, the second is here and the third on its way."""

    def break_after_page_1(done: int, total: int | None) -> None:
        if done == 10:
            mock.break_it("status-code", 3000)

    mock.platform.recorder.clear()
    with pytest.raises(PartnerError):
        services.pull(partner=again(partner), module="tariffs", full=True, progress=break_after_page_1)
    broken = offsets(mock, "tariffs")
    assert broken in (["", "10"], ["", "10", "20"], ["", "10", "20", "30"])
    mock.control("DELETE", "/faults")
    row = services.pull(partner=again(partner), module="tariffs", full=True)
    assert offsets(mock, "tariffs") == [*broken, *["", "10", "20", "30"][len(broken) - 1 :]]
    assert (row.received, row.pages, row.error) == (38, 4, "")
    assert Tariff.objects.count() == 38


@pytest.mark.requirement("TRA-41")
def test_what_is_spoilt_in_every_page_is_left_out_and_comes_back(partner: Partner, mock: Cpo) -> None:
    before = Location.objects.filter(gone_at=None).count()
    mock.break_it("invalid-object-in-list")
    row = services.pull(partner=again(partner), module="locations", full=True)
    assert row.skipped == row.pages == QuarantinedObject.objects.count()
    assert Location.objects.filter(gone_at=None).count() == before
    assert row.withheld == row.pages  # without its id nobody can tell which one is there
    assert Pull.objects.get(module="locations").problems


@pytest.mark.timeout(300)  # six processes, one after the other
@pytest.mark.requirement("PAG-25", "TRA-42")
def test_a_process_that_is_killed_in_the_middle_of_a_list_is_followed_by_one_that_goes_on(
    environment: dict[str, str], partner_server: PartnerServer
) -> None:
    """`kill -9` while the third page is on its way; ten minutes later another process takes the claim over."""
    here = environment | {"OCPI_HOST": "localhost:1", "PROTOCOL": "http"}
    assert manage(here, "migrate", "--verbosity", "0").returncode == 0
    register = ["register_partner", "CPO", "--versions-url", partner_server.versions_url, "--token", "x" * 20]
    assert manage(here, *register).returncode == 0
    listed(partner_server, 5, slow=2)
    command = [sys.executable, "-W", "ignore", "manage.py", "sync_partner", "CPO", "--module", "tariffs"]
    with subprocess.Popen(command, env=here, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait(lambda: len(partner_server.calls("GET", "tariffs")) == 3, 90)
        time.sleep(3)  # half a second later the second page is stored, whether the third is here or not
        process.kill()
    listed(partner_server, 5)
    assert "is being pulled already" in manage(here, "sync_partner", "CPO", "--module", "tariffs").stderr
    age = "from ocpi.sync.models import *; from django.db.models import F; from datetime import timedelta as t; "
    age += (
        "print(Pull.objects.update(running_since=F('running_since')-t(minutes=11), beat_at=F('beat_at')-t(minutes=11)))"
    )
    assert manage(here, "shell", "--no-imports", "-c", age).stdout.strip() == "1"

    done = manage(here, "sync_partner", "CPO", "--module", "tariffs")
    assert "tariffs: 5 received, 5 new or newer, 0 skipped" in done.stdout, done.stderr
    assert [call.path.partition("page=")[2] for call in partner_server.calls("GET", "tariffs")] == [
        "", "1", "2", "2", "3", "4",
    ]  # fmt: skip


def listed(server: PartnerServer, pages: int, slow: int = -1) -> None:
    """So many pages of one tariff each; one of them takes its time."""

    def page(call: Call) -> Answer:
        number = int(call.path.partition("page=")[2] or 0)
        link = {"Link": f'<{server.base_url}/tariffs?page={number + 1}>; rel="next"'} if number + 1 < pages else {}
        return Answer([factories.tariff(id=f"T{number}")], headers=link, delay=100 if number == slow else 0)

    server.answer("GET", "tariffs", does=page)
