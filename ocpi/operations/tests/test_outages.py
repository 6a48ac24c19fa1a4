"""A partner that is down is left alone for a while, and found again by itself."""

import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ocpi.alerts import lights
from ocpi.core import admin as core
from ocpi.core import client, clock
from ocpi.credentials import rotation
from ocpi.partners import outages, tasks
from ocpi.partners.models import Outage, Partner
from ocpi.protocol.errors import PartnerError
from ocpi.sync import services as sync
from ocpi.tokens import pushes
from ocpi.tokens.models import TokenPush
from tests import admin_pages, factories
from tests.partner_server import PartnerServer


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.OCPI_CONNECT_TIMEOUT = settings.OCPI_READ_TIMEOUT = 0.5
    settings.OCPI_PAUSE_AFTER = 3


@pytest.fixture
def partner(partner_server: PartnerServer, db: None) -> Partner:
    return partner_server.registered()


def call(partner: Partner, times: int = 1, module: str = "tokens") -> None:
    url = partner.versions_url.replace("/versions", "/tokens")
    for _ in range(times):
        with suppress(PartnerError):
            client.call(partner.peer(), "PUT", url, module=module)


def outage() -> Outage:
    return Outage.objects.get()


def after_the_pause() -> None:
    Outage.objects.update(probe_at=clock.now() - timedelta(seconds=1))


def minutes_of_pause() -> float:
    assert outage().probe_at is not None
    return (outage().probe_at - clock.now()).total_seconds() / 60


@pytest.mark.requirement("TRA-31", "TRA-44")
@pytest.mark.parametrize(
    "answer",
    [
        {"drop": True}, {"delay": 5}, {"status": 500, "raw": b"<html>"}, {"status": 503, "raw": b""},
        {"raw": b"<html>maintenance</html>"}, {"status": 429, "raw": b""}, {"status": 401, "status_code": 2001},
        {"status": 403, "raw": b""}, {"status": 500, "status_code": 3000},
    ],
    ids=str,
)  # fmt: skip
def test_calls_in_a_row_that_nobody_answers_begin_a_pause(
    partner_server: PartnerServer, partner: Partner, answer: dict[str, Any]
) -> None:
    partner_server.answer("PUT", "tokens", **answer)
    call(partner, 2)
    assert not outages.paused(partner)
    call(partner)
    assert outages.paused(partner)
    assert 0.5 < minutes_of_pause() < 1.15
    assert outage().reason


@pytest.mark.parametrize(
    "answer",
    [{"status_code": 2001}, {"status": 404, "status_code": 2001}, {"status_code": 3000}, {"status_code": 4003}, {}],
    ids=str,
)
def test_whatever_they_answer_they_are_there(
    partner_server: PartnerServer, partner: Partner, answer: dict[str, Any]
) -> None:
    partner_server.answer("PUT", "tokens", **answer)
    partner_server.answer("PUT", "tokens", times=2, drop=True)
    call(partner, 3)
    assert (outage().failures, outages.paused(partner)) == (0, False)
    call(partner, 3)
    assert not outages.paused(partner)


def test_a_handshake_that_fails_pauses_nobody(partner_server: PartnerServer, partner: Partner) -> None:
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 5, module="credentials")
    assert not Outage.objects.exists()


def test_a_pause_costs_no_calls_and_no_rows_however_many_tokens_change(
    partner_server: PartnerServer,
    partner: Partner,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 3)
    called = len(partner_server.calls())
    announced: list[Any] = []
    monkeypatch.setattr("ocpi.tokens.tasks.push.delay", announced.append)
    monkeypatch.setattr("ocpi.tokens.tasks.sweep.delay", announced.append)
    with django_capture_on_commit_callbacks(execute=True):
        for status in ("ACTIVE", "BLOCKED", "ACTIVE"):
            factories.token(status=status)
    assert (pushes.owed(), announced, sync.due()) == ([], [], [])
    pushes.send(TokenPush.objects.get().pk)
    assert not pushes.drain(partner.pk)
    assert (TokenPush.objects.get().attempts, len(partner_server.calls())) == (0, called)


def test_pushes_to_the_others_go_on(partner_server: PartnerServer, partner: Partner) -> None:
    healthy = factories.partner(party=("DE", "CP2"), token="t2", base_url=f"{partner_server.base_url}/other")
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 3)
    factories.token()
    assert pushes.owed() == [healthy.pk]
    assert not pushes.drain(healthy.pk)
    states = dict(TokenPush.objects.values_list("partner", "state"))
    assert states == {partner.pk: "PENDING", healthy.pk: "DONE"}


def test_a_push_of_many_stops_where_the_partner_does(partner_server: PartnerServer, partner: Partner) -> None:
    for n in range(10):
        factories.token(uid=f"CARD{n}")
    partner_server.answer("PUT", "tokens", drop=True)
    assert pushes.owed() == [partner.pk]
    assert not pushes.drain(partner.pk)
    assert len(partner_server.calls("PUT", "tokens")) == 3
    outages.close(partner.pk)
    assert pushes.owed() == [partner.pk]  # nobody holds it any more


def test_a_probe_that_is_answered_lets_everything_go_and_the_first_answer_makes_it_well(
    partner_server: PartnerServer, partner: Partner
) -> None:
    partner_server.answer("PUT", "tokens", drop=True, times=3)
    call(partner, 3)
    factories.token()
    assert outages.to_probe() == []
    after_the_pause()
    [due] = outages.to_probe()
    outages.probe(due)
    assert [c.path for c in partner_server.calls("GET")] == ["/ocpi/versions"]
    assert (outages.paused(partner), outage().failures) == (False, 2)
    for partner_id in pushes.owed():
        pushes.drain(partner_id)
    assert (TokenPush.objects.get().state, outage().failures, outage().pauses) == ("DONE", 0, 0)


def test_each_pause_is_twice_as_long_until_an_hour(partner_server: PartnerServer, partner: Partner) -> None:
    partner_server.answer(None, "tokens", drop=True)
    partner_server.answer("GET", "versions", status=503, raw=b"")
    call(partner, 3)
    lengths = [minutes_of_pause()]
    for _ in range(7):
        after_the_pause()
        outages.probe(partner.pk)
        lengths.append(minutes_of_pause())
    assert lengths == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60], rel=0.15)


def test_after_a_probe_one_call_is_enough_to_pause_again_and_for_longer(
    partner_server: PartnerServer, partner: Partner
) -> None:
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 3)
    after_the_pause()
    outages.probe(partner.pk)
    call(partner)
    assert 1.3 < minutes_of_pause() < 2.3


def test_one_worker_probes(partner_server: PartnerServer, partner: Partner) -> None:
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 3)
    after_the_pause()
    outages.probe(partner.pk)
    outages.probe(partner.pk)
    assert len(partner_server.calls("GET", "versions")) == 1


@pytest.mark.requirement("FLD-31")
def test_who_asks_for_more_time_gets_it(partner_server: PartnerServer, partner: Partner) -> None:
    partner_server.answer("PUT", "tokens", status=503, raw=b"", headers={"Retry-After": "1800"})
    call(partner, 3)
    assert minutes_of_pause() == pytest.approx(30, abs=0.2)


@pytest.mark.requirement("FLD-31")
def test_retry_after_may_be_a_date(partner_server: PartnerServer, partner: Partner) -> None:
    then = clock.now() + timedelta(minutes=45)
    date = then.strftime("%a, %d %b %Y %H:%M:%S GMT")
    partner_server.answer("PUT", "tokens", status=503, raw=b"", headers={"Retry-After": date})
    call(partner, 3)
    assert minutes_of_pause() == pytest.approx(45, abs=0.2)


def test_calls_that_were_under_way_prolong_nothing(partner_server: PartnerServer, partner: Partner) -> None:
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 3)
    until = outage().probe_at
    call(partner, 5)
    assert (outage().probe_at, outage().failures) == (until, 8)


def test_a_new_registration_ends_the_pause(partner_server: PartnerServer, partner: Partner) -> None:
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 3)
    rotation.rotate(partner=partner)
    assert not outages.paused(partner)


def test_the_sweeper_hands_out_probes_of_registered_partners(
    partner_server: PartnerServer, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[int] = []
    monkeypatch.setattr(tasks.probe, "delay", handed.append)
    partner_server.answer("PUT", "tokens", drop=True)
    call(partner, 3)
    after_the_pause()
    tasks.sweep()
    Partner.objects.update(status="SUSPENDED")
    tasks.sweep()
    assert handed == [partner.pk]


def test_the_partners_page_tells_why_and_until_when_and_an_operator_ends_it(
    admin_client: Client, partner_server: PartnerServer, partner: Partner
) -> None:
    url = core.page(partner)
    assert "Call again" not in admin_pages.page(admin_client, url)
    partner_server.answer("PUT", "tokens", status=503, raw=b"")
    call(partner, 3)
    html = admin_pages.page(admin_client, url)
    assert "HTTP 503, no OCPI envelope" in html
    assert f"Next probe {core.moment(outage().probe_at)}" in html
    lights.look()
    listed = admin_pages.page(admin_client, core.list_page("ocpi_partners.partner", trouble="yes"))
    assert re.search(r"our calls have been paused for \d+ seconds?: HTTP 503", listed)
    assert "Call again" in html
    admin_client.post(url.replace("change/", "call-again/"), {"_form_submitted": "on"})
    assert not outages.paused(partner)
