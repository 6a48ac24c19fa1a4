"""A crawl that breaks, and one whose worker dies: the next one goes on at that page, and nothing is lost."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from ocpi.core import clock
from ocpi.protocol.errors import PartnerError
from ocpi.sync import modules, services
from ocpi.sync.models import ListedPage, Pull, QuarantinedObject
from ocpi.tariffs.models import Tariff
from tests import factories
from tests.partner_server import PartnerServer

from .conftest import asked, serve, tariffs

PAGES = [tariffs("T1", "T2"), tariffs("T3"), tariffs("T4"), tariffs("T5")]


class Killed(BaseException):
    """As `kill -9`: no line of ours runs afterwards."""


def stored() -> list[str]:
    return [row.wire_id for row in Tariff.objects.order_by("pk")]


def die_at(page: int, monkeypatch: pytest.MonkeyPatch, partner: Any, **how: Any) -> None:
    """Pull, and die when that page was committed; what a dying process does not do is not done here either."""
    pages: list[int] = []
    mine = services._mine

    def progress(done: int, total: int | None) -> None:
        pages.append(done)
        if len(pages) == page:
            monkeypatch.setattr(services, "_mine", lambda row: Pull.objects.none())
            raise Killed

    with pytest.raises(Killed):
        services.pull(partner=partner, module="tariffs", progress=progress, **how)
    monkeypatch.setattr(services, "_mine", mine)


@pytest.mark.requirement("PAG-25", "TRA-42")
def test_a_crawl_that_breaks_at_page_3_goes_on_at_page_3(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, *PAGES[:2], {"status": 503}, PAGES[3])
    with pytest.raises(PartnerError):
        services.pull(partner=partner, module="tariffs")
    assert asked(partner_server) == ["first", "p1", "p2"]
    row = Pull.objects.get()
    assert (row.high_water, row.received, row.pages, row.stopped_midway) == (None, 3, 2, True)

    serve(partner_server, *PAGES)
    row = services.pull(partner=partner, module="tariffs")
    assert asked(partner_server, since=3) == ["p2", "p3"]
    assert stored() == ["T1", "T2", "T3", "T4", "T5"]
    assert (row.received, row.pages, row.changed, row.error, row.stopped_midway) == (5, 4, 5, "", False)
    assert row.high_water is not None


@pytest.mark.requirement("PAG-25")
def test_a_worker_that_dies_is_followed_by_one_that_goes_on(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(partner_server, *PAGES)
    die_at(2, monkeypatch, partner)
    before = asked(partner_server)
    assert before[:3] == ["first", "p1", "p2"]  # what comes next is on its way while a page is stored
    assert Pull.objects.get().received == 3

    later(minutes=9)
    with pytest.raises(services.Busy):  # nobody can tell yet that it died
        services.pull(partner=partner, module="tariffs")
    assert (partner.pk, "tariffs") not in services.due()
    later(minutes=2)
    assert (partner.pk, "tariffs") in services.due()
    services.pull(partner=partner, module="tariffs")
    assert asked(partner_server, since=len(before)) == ["p2", "p3"]
    assert stored() == ["T1", "T2", "T3", "T4", "T5"]


def test_progress_is_committed_page_by_page(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, *PAGES, **{"X-Total-Count": "5"})
    seen: list[tuple[int, int, int, int | None]] = []

    def progress(done: int, total: int | None) -> None:
        row = Pull.objects.get()
        seen.append((row.pages, row.received, Tariff.objects.count(), row.total))

    services.pull(partner=partner, module="tariffs", progress=progress)
    assert seen == [(1, 2, 2, 5), (2, 3, 3, 5), (3, 4, 4, 5), (4, 5, 5, 5)]


def test_a_page_is_stored_whole_or_not_at_all(
    partner_server: PartnerServer, partner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = modules.tariffs.put

    def put(*, tariff: Any, **where: Any) -> Any:
        if tariff.id == "T3":
            raise RuntimeError("a defect of ours")
        return real(tariff=tariff, **where)

    serve(partner_server, tariffs("T1"), [{"id": 5}, *tariffs("T2", "T3")])
    with monkeypatch.context() as patch, contextlib.suppress(RuntimeError):
        patch.setattr(modules.tariffs, "put", put)
        services.pull(partner=partner, module="tariffs")
    row = Pull.objects.get()
    assert (stored(), row.received, row.running_since) == (["T1"], 1, None)
    assert not QuarantinedObject.objects.exists()
    services.pull(partner=partner, module="tariffs")
    assert (stored(), asked(partner_server)) == (["T1", "T2", "T3"], ["first", "p1", "p1"])


def test_what_comes_twice_in_a_page_is_what_came_last(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, tariffs("T1"))
    services.pull(partner=partner, module="tariffs")
    serve(partner_server, [*tariffs("T1", type="AD_HOC_PAYMENT"), *tariffs("T1")])
    services.pull(partner=partner, module="tariffs")
    assert Tariff.objects.get().type == "REGULAR"


@pytest.mark.requirement("PAG-26")
def test_what_was_listed_before_the_crash_is_not_taken_for_gone(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(partner_server, *PAGES, tariffs("GONE"))
    services.pull(partner=partner, module="tariffs")
    serve(partner_server, *PAGES)
    die_at(2, monkeypatch, partner, full=True)
    before = asked(partner_server)
    later(minutes=11)
    services.pull(partner=partner, module="tariffs", full=True)
    assert asked(partner_server, since=len(before)) == ["p2", "p3"]
    assert stored() == ["T1", "T2", "T3", "T4", "T5"]
    assert not ListedPage.objects.exists()


def test_a_crash_behind_the_last_page_costs_no_request(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(partner_server, *PAGES)
    die_at(4, monkeypatch, partner)
    later(minutes=11)
    row = services.pull(partner=partner, module="tariffs")
    assert (asked(partner_server), row.received) == (["first", "p1", "p2", "p3"], 5)
    assert row.high_water is not None


def test_a_list_that_had_time_to_move_is_read_from_its_beginning(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any]
) -> None:
    serve(partner_server, *PAGES[:2], {"status": 503})
    with pytest.raises(PartnerError):
        services.pull(partner=partner, module="tariffs")
    serve(partner_server, *PAGES)
    later(minutes=31)
    row = services.pull(partner=partner, module="tariffs")
    assert asked(partner_server, since=3) == ["first", "p1", "p2", "p3"]
    assert (row.received, row.pages) == (5, 4)


@pytest.mark.parametrize("answer", [{"status": 404}, {"status_code": 2001}], ids=["404", "2001"])
def test_a_page_that_is_refused_is_not_asked_for_again(
    partner_server: PartnerServer, partner: Any, answer: dict[str, Any]
) -> None:
    """The Link of an earlier page may have expired; only the beginning of the list is always there."""
    serve(partner_server, *PAGES[:2], answer)
    with pytest.raises(PartnerError):
        services.pull(partner=partner, module="tariffs")
    serve(partner_server, *PAGES)
    services.pull(partner=partner, module="tariffs")
    assert asked(partner_server, since=3) == ["first", "p1", "p2", "p3"]


def test_whoever_asks_for_everything_is_not_served_the_rest_of_less(
    partner_server: PartnerServer, partner: Any
) -> None:
    serve(partner_server, *PAGES)
    services.pull(partner=partner, module="tariffs")
    serve(partner_server, PAGES[0], {"status": 503})
    with pytest.raises(PartnerError):
        services.pull(partner=partner, module="tariffs")  # what changed
    serve(partner_server, *PAGES)
    services.pull(partner=partner, module="tariffs", full=True)
    assert asked(partner_server, since=6) == ["first", "p1", "p2", "p3"]
    assert "date_from" not in partner_server.calls()[6].path


def test_a_platform_with_two_parties_goes_on_in_the_list_of_the_second(
    partner_server: PartnerServer, partner: Any
) -> None:
    partner.roles.create(role="CPO", country_code="NL", party_id="SUB", name="Sub")
    serve(partner_server, tariffs("T1"), tariffs("T2"))
    partner_server.answer("GET", "tariffs", times=1, status=503)
    partner_server.answer("GET", "tariffs", times=1, data=tariffs("T0"))
    with pytest.raises(PartnerError):
        services.pull(partner=type(partner).objects.get(pk=partner.pk), module="tariffs")
    services.pull(partner=type(partner).objects.get(pk=partner.pk), module="tariffs")
    assert [call["OCPI-to-party-id"] for call in partner_server.calls()] == ["CPO", "SUB", "SUB", "SUB"]
    assert stored() == ["T0", "T1", "T2"]


def test_a_worker_that_was_taken_for_dead_writes_no_more(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any]
) -> None:
    """It was only asleep: what it read meanwhile is rolled back, and the marks are those of the other one."""
    serve(partner_server, *PAGES)

    def another_takes_over(done: int, total: int | None) -> None:
        if done == 2:
            later(minutes=11)
            services.pull(partner=partner, module="tariffs")

    with pytest.raises(services.Busy, match="taken over"):
        services.pull(partner=partner, module="tariffs", progress=another_takes_over)
    row = Pull.objects.get()
    assert (row.received, row.pages, row.running_since) == (5, 4, None)
    assert stored() == ["T1", "T2", "T3", "T4", "T5"]


@pytest.mark.requirement("PAG-21", "TRA-51")
def test_our_token_never_follows_a_link_that_an_earlier_worker_left(
    partner_server: PartnerServer, partner: Any
) -> None:
    elsewhere = PartnerServer().start()
    now = clock.now()
    Pull.objects.create(
        partner=partner, module="tariffs", next_url=f"{elsewhere.base_url}/tariffs", beat_at=now, began_at=now
    )
    with pytest.raises(PartnerError, match="another host"):
        services.pull(partner=partner, module="tariffs")
    elsewhere.stop()
    assert elsewhere.recorded == []
    assert not Pull.objects.get().stopped_midway


@pytest.mark.requirement("LOC-48")
def test_a_new_registration_forgets_where_the_crawl_stood(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, *PAGES[:2], {"status": 503})
    with pytest.raises(PartnerError):
        services.pull(partner=partner, module="tariffs")
    services.pull_all_again(partner)
    serve(partner_server, *PAGES)
    services.pull(partner=partner, module="tariffs")
    assert asked(partner_server, since=3) == ["first", "p1", "p2", "p3"]


@pytest.mark.requirement("PAG-25")
def test_what_changes_while_we_read_is_behind_the_mark(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any]
) -> None:
    """The last page may bring an object that is newer than a change to the first one, which we read before it."""
    began = clock.now()
    late = (began + timedelta(minutes=50)).isoformat().replace("+00:00", "Z")
    serve(partner_server, tariffs("T1"), tariffs("T2", last_updated=late))
    row = services.pull(partner=partner, module="tariffs", progress=lambda done, total: later(minutes=5))
    assert row.high_water <= began + timedelta(minutes=2)


@pytest.mark.requirement("PAG-25")
@pytest.mark.parametrize(("hours", "counts"), [(2, True), (2000, False)], ids=["slow", "no clock at all"])
def test_the_partners_clock_counts_when_it_is_slow(
    partner_server: PartnerServer, partner: Any, monkeypatch: pytest.MonkeyPatch, hours: int, counts: bool
) -> None:
    theirs = clock.now() - timedelta(hours=hours)
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda server: format_datetime(theirs))
    newest = clock.now() - timedelta(hours=1)
    serve(partner_server, tariffs("T1", last_updated=newest.isoformat().replace("+00:00", "Z")))
    row = services.pull(partner=partner, module="tariffs")
    assert row.high_water == (theirs.replace(microsecond=0) if counts else newest)


def test_a_task_is_handed_out_once_until_it_must_be_lost(partner: Any, later: Callable[..., Any]) -> None:
    modules = [(partner.pk, module) for module in ("tariffs", "locations", "sessions", "cdrs")]
    assert services.hand_out() == modules
    assert services.hand_out() == []
    later(minutes=11)
    assert services.hand_out() == modules


def test_a_pull_that_is_asked_to_look_back_begins_there_once(partner_server: PartnerServer, partner: Any) -> None:
    newest = factories.cdr(last_updated="2026-03-02T08:00:00Z")
    serve(partner_server, [newest])
    services.pull(partner=partner, module="cdrs")
    long_ago = clock.now() - timedelta(days=400)
    services.look_back(partner_id=partner.pk, module="cdrs", to=long_ago)
    services.look_back(partner_id=partner.pk, module="cdrs", to=clock.now())  # later than that says nothing
    assert services.due() == [(partner.pk, m) for m in ("tariffs", "locations", "sessions", "cdrs")]
    services.pull(partner=partner, module="cdrs")
    services.pull(partner=partner, module="cdrs")
    back, again = partner_server.calls("GET", "cdrs")[1:]
    assert f"date_from={long_ago - timedelta(minutes=5):%Y-%m-%dT%H%%3A%M}" in back.path
    assert "date_from=2026-03-02T07%3A55%3A00Z" in again.path


def test_looking_back_does_not_hurry_a_partner_that_failed(partner_server: PartnerServer, partner: Any) -> None:
    partner_server.answer("GET", "cdrs", status=429, headers={"Retry-After": "7200"})
    with pytest.raises(PartnerError):
        services.pull(partner=partner, module="cdrs")
    services.look_back(partner_id=partner.pk, module="cdrs", to=clock.now())
    assert Pull.objects.get().due_at > clock.now() + timedelta(minutes=100)
