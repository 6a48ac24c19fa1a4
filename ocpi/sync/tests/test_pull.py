"""Pulling a module: page by page to the end, or not at all."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from ocpi.cdrs.models import CDR
from ocpi.core import clock
from ocpi.locations.models import Location
from ocpi.protocol import locations as location_wire
from ocpi.protocol.errors import PartnerError
from ocpi.sessions.models import Session
from ocpi.sync import services, tasks
from ocpi.sync.models import Pull
from ocpi.tariffs.models import Tariff
from tests import factories
from tests.callers import Caller
from tests.partner_server import Answer, Call, PartnerServer

from .conftest import MAKERS, serve, tariffs

MODELS = {"locations": Location, "sessions": Session, "cdrs": CDR, "tariffs": Tariff}


def stored(module: str = "tariffs") -> list[str]:
    return [row.wire_id for row in MODELS[module].objects.order_by("pk")]


def pull(partner: Any, module: str = "tariffs", **how: Any) -> Pull:
    return services.pull(partner=partner, module=module, **how)


@pytest.mark.requirement("PAG-19", "PAG-24", "TRA-47", "HUB-01")
def test_the_link_is_followed_to_the_end_whatever_it_looks_like(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, tariffs("T1", "T2", "T3"), tariffs("T4"), [], tariffs("T5"))
    row = pull(partner)
    assert stored() == ["T1", "T2", "T3", "T4", "T5"]
    assert (row.received, row.changed, row.skipped, row.error) == (5, 5, 0, "")
    first, *others = partner_server.calls()
    assert first.path == "/ocpi/tariffs"
    assert [call.path for call in others] == [f"/ocpi/odd/tariffs?page=p{n},x" for n in (1, 2, 3)]
    assert {call.token for call in partner_server.calls()} == {"token-for-cpo"}
    assert {call["OCPI-to-party-id"] for call in partner_server.calls()} == {"CPO"}
    assert len({call["X-Request-ID"] for call in partner_server.calls()}) == 4
    assert len({call["X-Correlation-ID"] for call in partner_server.calls()}) == 1


@pytest.mark.requirement("PAG-20")
@pytest.mark.parametrize(
    "link",
    [
        "<{url}>; rel=next",
        "<{url}>;title=x;rel='next'",
        '</ocpi/x>; rel="prev", <{url}>; rel="next"; type="a,b"',
        '<{url}>; rel="last next"',
        "<?page=p{number}>; rel=next",
    ],
)
def test_links_are_read_leniently(partner_server: PartnerServer, partner: Any, link: str) -> None:
    serve(partner_server, tariffs("T1"), tariffs("T2"), tariffs("T3"), link=link)
    pull(partner)
    assert stored() == ["T1", "T2", "T3"]


@pytest.mark.requirement("PAG-24", "PAG-27")
@pytest.mark.parametrize("total", ["", "none", "-1", "1", "2", "99"])
def test_a_total_that_is_missing_wrong_or_grows_breaks_nothing(
    partner_server: PartnerServer, partner: Any, total: str
) -> None:
    serve(partner_server, tariffs("T1"), tariffs("T2"), tariffs("T3"), **{"X-Total-Count": total})
    pull(partner)
    assert stored() == ["T1", "T2", "T3"]


@pytest.mark.requirement("PAG-21", "TRA-51")
def test_our_token_never_goes_to_another_host(partner_server: PartnerServer, partner: Any) -> None:
    other = PartnerServer().start()
    serve(partner_server, tariffs("T1"), tariffs("T2"), link=f'<{other.base_url}/tariffs?page=p1>; rel="next"')
    with pytest.raises(PartnerError, match="another host"):
        pull(partner)
    other.stop()
    row = Pull.objects.get()
    assert (other.recorded, row.high_water, "another host" in row.error) == ([], None, True)


@pytest.mark.requirement("PAG-22")
@pytest.mark.parametrize("link", ["<{base}/tariffs>", "<{base}/odd?turn={turn}>"], ids=["same URL", "ever new URLs"])
def test_a_circle_is_noticed_and_left(partner_server: PartnerServer, partner: Any, link: str) -> None:
    def circle(call: Call) -> Answer:
        url = link.format(base=partner_server.base_url, turn=len(partner_server.calls()))
        return Answer(tariffs("T1", "T2"), headers={"Link": f'{url}; rel="next"'})

    partner_server.answer("GET", "", does=circle)
    with pytest.raises(PartnerError, match="circle"):
        pull(partner)
    assert len(partner_server.calls()) <= 6
    assert (stored(), Pull.objects.get().high_water) == (["T1", "T2"], None)


@pytest.mark.parametrize("link", ["<https://elsewhere.test/ocpi/cpo/Version.V/>", "<{base}/tariffs>", ""])
def test_a_partner_whose_links_lead_nowhere_is_counted_through(
    partner_server: PartnerServer, partner: Any, link: str
) -> None:
    everything = tariffs("T1", "T2", "T3", "T4", "T5")

    def page(call: Call) -> Answer:
        query = parse_qs(urlsplit(call.path).query)
        offset = int(query.get("offset", ["0"])[0])
        broken = {"Link": f"{link.format(base=partner_server.base_url)}; rel=next"} if link else {}
        return Answer(everything[offset : offset + 2], headers={"X-Total-Count": "5", **broken})

    partner_server.answer("GET", "tariffs", does=page)
    partner.pages_by_offset = True
    row = pull(partner, full=True)
    assert (stored(), row.received) == (["T1", "T2", "T3", "T4", "T5"], 5)
    assert [call.path for call in partner_server.calls("GET", "tariffs")] == [
        "/ocpi/tariffs", "/ocpi/tariffs?offset=2", "/ocpi/tariffs?offset=4",
    ]  # fmt: skip


def test_a_total_that_promises_too_much_does_not_keep_us(partner_server: PartnerServer, partner: Any) -> None:
    partner.pages_by_offset = True
    pages = {0: tariffs("T1", "T2"), 2: []}

    def page(call: Call) -> Answer:
        offset = int(parse_qs(urlsplit(call.path).query).get("offset", ["0"])[0])
        return Answer(pages[offset], headers={"X-Total-Count": "999"})

    partner_server.answer("GET", "tariffs", does=page)
    assert pull(partner).received == 2


@pytest.mark.requirement("TRA-41", "TAR-19")
def test_an_invalid_object_is_skipped_and_named_and_the_rest_is_stored(
    partner_server: PartnerServer, partner: Any
) -> None:
    bad = {key: value for key, value in factories.tariff().items() if key != "id"}
    serve(partner_server, [*tariffs("T1"), bad, "no object", None, *tariffs("T3")], tariffs("T4"))
    row = pull(partner)
    assert stored() == ["T1", "T3", "T4"]
    assert (row.received, row.skipped, row.error) == (6, 3, "")
    assert "id" in row.problems[0]


@pytest.mark.requirement("HUB-17")
def test_an_object_of_somebody_else_is_skipped_and_named(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, [*tariffs("T1", country_code="FR", party_id="XXX"), *tariffs("T2")])
    row = pull(partner)
    assert (stored(), row.skipped) == (["T2"], 1)
    assert "FR-XXX" in row.problems[0]


@pytest.mark.requirement("PAG-25", "CDR-33", "LOC-48", "SES-28")
@pytest.mark.parametrize("module", MAKERS)
def test_the_next_pull_begins_at_the_newest_object_with_an_overlap(
    partner_server: PartnerServer, partner: Any, module: str
) -> None:
    newest = MAKERS[module](id="B", last_updated="2026-03-02T08:00:00Z")
    serve(partner_server, [newest, MAKERS[module](id="A")])
    assert pull(partner, module).high_water.isoformat() == "2026-03-02T08:00:00+00:00"
    again = pull(partner, module)
    assert stored(module) == ["B", "A"]
    assert again.received == 2
    assert "date_from=2026-03-02T07%3A55%3A00Z" in partner_server.calls()[-1].path
    assert "date_to" not in partner_server.calls()[-1].path


@pytest.mark.requirement("SES-27", "PAG-23")
@pytest.mark.parametrize("module", MAKERS)
def test_only_sessions_need_a_date_in_the_first_pull(partner_server: PartnerServer, partner: Any, module: str) -> None:
    pull(partner, module)
    [call] = partner_server.calls()
    assert call.path == (f"/ocpi/{module}" + ("?date_from=2000-01-01T00%3A00%3A00Z" if module == "sessions" else ""))


@pytest.mark.requirement("TRA-47", "SES-27")
def test_the_query_of_an_advertised_url_is_kept(partner_server: PartnerServer, partner: Any) -> None:
    partner.endpoints.filter(identifier="sessions").update(url=f"{partner_server.base_url}/x9?tenant=7")
    pull(partner, "sessions")
    assert partner_server.calls()[0].path == "/ocpi/x9?tenant=7&date_from=2000-01-01T00%3A00%3A00Z"


@pytest.mark.requirement("PAG-25", "PAG-26", "TRA-31")
@pytest.mark.parametrize(
    "broken",
    [
        {"status": 500, "raw": b"<html>"},
        {"status_code": 3000},
        {"raw": b'{"data":['},
        {"data": {"not": "a list"}},
        {"status": 204, "raw": b""},
        {"drop": True},
        {"delay": 5},
    ],
)  # fmt: skip
def test_a_crawl_that_breaks_at_page_3_keeps_what_came_and_moves_no_mark(
    partner_server: PartnerServer, partner: Any, settings: Any, broken: dict
) -> None:
    serve(partner_server, tariffs("T1", "T2", "OLD"))
    mark = pull(partner).high_water
    settings.OCPI_READ_TIMEOUT = 0.2 if "delay" in broken else 5
    late = {"last_updated": "2026-03-05T00:00:00Z"}
    serve(partner_server, tariffs("T1", **late), tariffs("T9", **late), broken, tariffs("T10"))
    with pytest.raises(PartnerError):
        pull(partner, full=True)
    row = Pull.objects.get()
    assert (row.high_water, row.running_since, bool(row.error)) == (mark, None, True)
    assert stored() == ["T1", "T2", "OLD", "T9"]
    assert timedelta() < row.due_at - clock.now() <= timedelta(minutes=17)


@pytest.mark.requirement("FLD-31", "TRA-31")
def test_who_asks_for_time_gets_it(partner_server: PartnerServer, partner: Any) -> None:
    partner_server.answer("GET", "tariffs", status=429, headers={"Retry-After": "7200"})
    with pytest.raises(PartnerError):
        pull(partner)
    assert timedelta(minutes=119) < Pull.objects.get().due_at - clock.now() <= timedelta(minutes=120)


@pytest.mark.requirement("PAG-25")
def test_a_date_in_the_future_does_not_hide_what_comes_until_then(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, tariffs("T1", last_updated="2099-01-01T00:00:00Z"))
    assert pull(partner).high_water <= clock.now()


@pytest.mark.requirement("LOC-50", "AMB-04", "CDR-33", "CDR-07")
def test_pull_and_push_share_one_way_in(partner_server: PartnerServer, partner: Any, cpo: Caller) -> None:
    newer = factories.location(name="Pushed", last_updated="2026-03-02T00:00:00Z")
    cpo.put("locations", "NL", "CPO", "L1", body=newer)
    serve(partner_server, [factories.location(name="Older snapshot")])
    assert pull(partner, "locations").changed == 0
    assert cpo.get("locations", "NL", "CPO", "L1").data == newer
    cpo.post("cdrs", body=factories.cdr())
    serve(partner_server, [factories.cdr()], [factories.cdr(total_cost={"excl_vat": 99})])
    row = pull(partner, "cdrs")
    assert (cpo.get("cdrs").data, row.changed, row.skipped) == ([factories.cdr()], 0, 1)


@pytest.mark.requirement("PAG-26", "TAR-07")
@pytest.mark.parametrize("module", ["locations", "tariffs"])
def test_what_a_full_pull_does_not_bring_is_no_longer_offered(
    partner_server: PartnerServer, partner: Any, app: Caller, module: str
) -> None:
    serve(partner_server, [MAKERS[module](id="A"), MAKERS[module](id="B")])
    pull(partner, module)
    serve(partner_server, [MAKERS[module](id="A")])
    pull(partner, module)
    assert [shown["id"] for shown in app.get(module).data] == ["A", "B"]  # filtered by date: says nothing about B
    pull(partner, module, full=True)
    assert [shown["id"] for shown in app.get(module).data] == ["A"]
    serve(partner_server, [MAKERS[module](id="A"), MAKERS[module](id="B")])
    pull(partner, module, full=True)
    assert [shown["id"] for shown in app.get(module).data] == ["A", "B"]


@pytest.mark.requirement("PAG-26")
@pytest.mark.parametrize("module", ["sessions", "cdrs"])
def test_sessions_and_cdrs_are_history_and_never_vanish(
    partner_server: PartnerServer, partner: Any, module: str
) -> None:
    serve(partner_server, [MAKERS[module](id="A"), MAKERS[module](id="B")])
    pull(partner, module)
    serve(partner_server, [MAKERS[module](id="A")])
    pull(partner, module, full=True)
    assert stored(module) == ["A", "B"]


@pytest.mark.requirement("PAG-26")
@pytest.mark.parametrize(
    "listed",
    [[], [{"country_code": "NL"}], [factories.tariff(id="T0") | {"id": 5}], [factories.tariff(id="T0")]],
    ids=["empty list", "riddle", "another riddle", "most of it missing"],
)  # fmt: skip
def test_a_list_that_cannot_be_believed_takes_nothing_away(
    partner_server: PartnerServer, partner: Any, listed: list
) -> None:
    everything = tariffs(*(f"T{n}" for n in range(30)))
    serve(partner_server, everything)
    pull(partner)
    serve(partner_server, listed)
    row = pull(partner, full=True)
    assert len(stored()) == 30
    assert "not believed" in row.problems[-1]


@pytest.mark.requirement("PAG-26", "TRA-41")
def test_an_invalid_object_in_the_list_is_there_all_the_same(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, tariffs("T1", "T2"))
    pull(partner)
    serve(partner_server, [*tariffs("T1"), factories.tariff(id="t2", elements=[])])
    pull(partner, full=True)
    assert stored() == ["T1", "T2"]


@pytest.mark.requirement("PAG-26")
def test_what_was_pushed_during_a_full_pull_stays(partner_server: PartnerServer, partner: Any, cpo: Caller) -> None:
    serve(partner_server, tariffs("T1"))

    def push(done: int, total: int | None) -> None:
        cpo.put("tariffs", "NL", "CPO", "NEW", body=factories.tariff(id="NEW"))

    pull(partner, full=True, progress=push)
    assert stored() == ["T1", "NEW"]


@pytest.mark.requirement("PAG-26", "AMB-16", "HUB-17")
def test_each_party_of_a_platform_is_asked_and_others_keep_what_is_theirs(
    partner_server: PartnerServer, partner: Any, cp2: Caller
) -> None:
    cp2.put("tariffs", "DE", "CP2", "T1", body=factories.tariff(country_code="DE", party_id="CP2"))
    partner.roles.create(role="CPO", country_code="NL", party_id="SUB", name="Sub")

    def own(call: Call) -> Answer:
        return Answer(tariffs("T1", party_id=call["OCPI-to-party-id"]))

    partner_server.answer("GET", "tariffs", does=own)
    pull(type(partner).objects.get(pk=partner.pk))
    owners = [(row.party.country_code, row.party.party_id) for row in Tariff.objects.order_by("pk")]
    assert owners == [("DE", "CP2"), ("NL", "CPO"), ("NL", "SUB")]


def test_a_module_is_pulled_by_one_worker_at_a_time_unless_that_one_died(
    partner_server: PartnerServer, partner: Any
) -> None:
    Pull.objects.create(partner=partner, module="tariffs", running_since=clock.now())
    with pytest.raises(services.Busy):
        pull(partner)
    tasks.pull(partner.pk, "tariffs")
    assert partner_server.calls() == []
    Pull.objects.update(running_since=clock.now() - timedelta(hours=3))
    pull(partner)
    assert Pull.objects.get().running_since is None


def test_a_crash_of_ours_frees_the_module(partner_server: PartnerServer, partner: Any) -> None:
    def crash(done: int, total: int | None) -> None:
        raise RuntimeError

    serve(partner_server, tariffs("T1"))
    with pytest.raises(RuntimeError):
        pull(partner, progress=crash)
    row = Pull.objects.get()
    assert (row.running_since, row.high_water) == (None, None)


@pytest.mark.requirement("TRA-42", "TRA-43", "LOC-48")
def test_a_new_partner_is_pulled_at_once_and_then_at_intervals_that_vary(
    partner_server: PartnerServer, partner: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OCPI_PULL_INTERVAL = 3600
    handed: list[tuple[int, str]] = []
    monkeypatch.setattr(tasks.pull, "delay", lambda *args: handed.append(args))
    tasks.pull_due()
    assert handed == [(partner.pk, module) for module in ("tariffs", "locations", "sessions", "cdrs")]
    waits = set()
    for partner_id, module in handed:
        tasks.pull(partner_id, module)
        waits.add(round((Pull.objects.get(module=module).due_at - clock.now()).total_seconds()))
    assert services.due() == []
    assert len(waits) > 1
    assert all(3200 <= wait <= 4000 for wait in waits)
    Pull.objects.filter(module="cdrs").update(due_at=clock.now())
    assert services.due() == [(partner.pk, "cdrs")]
    partner.status = "SUSPENDED"
    partner.save()
    assert services.due() == []


@pytest.mark.requirement("TRA-31")
def test_a_partner_that_is_away_is_no_failure_of_the_task(partner_server: PartnerServer, partner: Any) -> None:
    partner_server.answer("GET", "tariffs", drop=True)
    tasks.pull(partner.pk, "tariffs")
    assert Pull.objects.get().error


@pytest.mark.requirement("CDR-35", "SES-29")
def test_single_sessions_and_cdrs_are_never_asked_for(partner_server: PartnerServer, partner: Any) -> None:
    for module in MAKERS:
        serve(partner_server, [MAKERS[module](id="A")])
        pull(partner, module)
    assert {call.path.split("?")[0] for call in partner_server.calls()} == {f"/ocpi/{module}" for module in MAKERS}


@pytest.mark.requirement("SEED-13")
def test_the_command_pulls_what_is_offered_and_says_what_went_wrong(
    partner_server: PartnerServer, partner: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(partner_server, tariffs("T1"))
    call_command("sync_partner", partner.name, "--module", "tariffs")
    assert "tariffs: 1 received, 1 new or newer, 0 skipped" in capsys.readouterr().out
    partner_server.answer("GET", "cdrs", status=500)
    with pytest.raises(CommandError, match="cdrs"):
        call_command("sync_partner", partner.name, "--full", "--module", "cdrs")
    with pytest.raises(CommandError, match="no partner"):
        call_command("sync_partner", "NOBODY")
    partner.endpoints.all().delete()
    with pytest.raises(CommandError, match="nothing"):
        call_command("sync_partner", partner.name)


def test_locations_that_have_not_changed_are_not_read_again(
    partner_server: PartnerServer, partner: Any, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    plain = location_wire.Location.from_wire.__func__

    def counting(cls: Any, item: Any, *args: Any) -> Any:
        read.append(item["id"])
        return plain(cls, item, *args)

    monkeypatch.setattr(location_wire.Location, "from_wire", classmethod(counting))
    places = [factories.location(id=f"L{n}") for n in range(5)]
    serve(partner_server, places[:3], places[3:])
    assert pull(partner, "locations").changed == 5
    read.clear()
    row = pull(partner, "locations", full=True)
    assert (row.received, row.changed, row.withheld, read) == (5, 0, 0, [])
    body = {"name": "Pushed", "last_updated": "2099-01-01T00:00:00Z"}
    assert cpo.patch("locations", "NL", "CPO", "L1", body=body).status == (200, 1000)
    places[4] = places[4] | {"name": "Listed", "last_updated": "2026-06-01T00:00:00Z"}
    serve(partner_server, places)
    read.clear()
    assert pull(partner, "locations", full=True).changed == 2  # what was pushed is put once more, and stays
    assert (Location.objects.get(location_id="L1").name, Location.objects.get(location_id="L4").name) == (
        "Pushed", "Listed",
    )  # fmt: skip
    assert read[:2] == ["L1", "L4"]
    partner.string_numbers = not partner.string_numbers
    partner.save()
    read.clear()
    pull(partner, "locations", full=True)
    assert set(read) == {f"L{n}" for n in range(5)}
