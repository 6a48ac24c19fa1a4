"""`/metrics`: right figures, in few queries, for nobody else; and the dashboard asks for nothing that is not there."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from ocpi.alerts.models import Colour, Light
from ocpi.commands.models import Command
from ocpi.core import clock, throttle
from ocpi.journal import counts, services, writer
from ocpi.journal.models import ExchangeCount
from ocpi.operations.metrics import Figures
from ocpi.protocol.types import format_datetime
from ocpi.sync.models import Pull
from ocpi.tokens.models import TokenPush
from tests import factories
from tests.callers import Caller

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = ROOT / "deploy/grafana.json"
ALERTS = ROOT / "deploy/prometheus-alerts.yml"
TOKEN = "m3trics-" + "0123456789" * 3


@pytest.fixture(autouse=True)
def journal(settings: Any) -> None:
    settings.JOURNAL_ENABLED = True
    caches["local"].clear()


def told(client: Client, **headers: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Samples by name, each by the values of its labels, which are in alphabetical order."""
    caches["local"].clear()
    text = client.get("/metrics", headers=headers).content.decode()
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def exchange(**changes: Any) -> dict[str, Any]:
    return {
        "direction": "IN", "partner_id": None, "api_client_id": None, "module": "tokens", "http_status": 200,
        "status_code": 1000, "duration_ms": 5, **changes,
    }  # fmt: skip


def command(cpo: Caller, **changes: Any) -> Command:
    told = {"type": "START_SESSION", "partner": cpo.partner, "country_code": "NL", "party_id": "CPO", "request": {}}
    return Command.objects.create(**told | changes)


def test_exchanges_are_counted_by_partner_module_and_status(cpo: Caller, app: Caller, client: Client) -> None:
    for _ in range(3):
        cpo.get("tokens")
    cpo.put("locations", "NL", "CPO", "L1", body={})
    Caller("wrong").get("tokens")
    app.get("locations")
    writer.flush()
    found = told(client)["emsp_exchanges_total"]
    name = cpo.partner.name
    assert found == {
        ("", "IN", "200", "tokens", "1000", name): 3, ("", "IN", "200", "locations", "2001", name): 1,
        ("", "IN", "401", "tokens", "2001", ""): 1, ("App", "IN", "200", "locations", "1000", ""): 1,
    }  # fmt: skip


def test_what_processes_counted_is_added_up(cpo: Caller, client: Client) -> None:
    for _ in range(2):  # each flush is what another process would add
        cpo.get("tokens")
        writer.flush()
    assert ExchangeCount.objects.get().calls == 2


def test_durations_are_a_histogram(cpo: Caller, client: Client) -> None:
    cpo.get("tokens")
    writer.flush()
    ExchangeCount.objects.update(
        direction="OUT", calls=10, total_ms=4000, within_25=1, within_100=2, within_250=3, within_500=7,
        within_1000=10, within_2500=10, within_5000=10, within_15000=10,
    )  # fmt: skip
    found = told(client)
    assert found["emsp_exchange_seconds_sum"] == {("OUT", "tokens"): 4.0}
    assert found["emsp_exchange_seconds_bucket"][("OUT", "0.5", "tokens")] == 7
    assert found["emsp_exchange_seconds_bucket"][("OUT", "+Inf", "tokens")] == 10
    assert found["emsp_partner_answer_seconds_count"] == {(cpo.partner.name,): 10}


def test_codes_that_no_standard_knows_make_no_kinds_of_their_own(db: None) -> None:
    for code in (2001, 2777, 2778, 9999):
        counts.add(exchange(status_code=code, http_status=299))
    counts.keep()
    assert list(ExchangeCount.objects.order_by("status_code").values_list("http_status", "status_code", "calls")) == [
        (200, 2000, 2), (200, 2001, 1), (200, 9000, 1),
    ]  # fmt: skip


def test_what_could_not_be_written_is_counted_with_the_next(cpo: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    cpo.get("tokens")
    with monkeypatch.context() as broken:
        broken.setattr(counts, "_write", lambda rows: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            counts.keep()
    cpo.get("tokens")
    writer.flush()
    assert ExchangeCount.objects.get().calls == 2


def test_counts_of_partners_that_are_gone_are_forgotten(cpo: Caller) -> None:
    cpo.get("tokens")
    Caller("wrong").get("tokens")
    writer.flush()
    counts.forget_strangers(set())
    assert [row.partner_id for row in ExchangeCount.objects.all()] == [0]


def test_what_is_now(cpo: Caller, client: Client) -> None:
    partner, now = cpo.partner, clock.now()
    Light.objects.create(partner=partner, colour=Colour.AMBER, since=now, looked_at=now)
    Pull.objects.create(partner=partner, module="locations", finished_at=now - timedelta(hours=2))
    factories.token()
    TokenPush.objects.update(next_try_at=now - timedelta(minutes=5))
    command(cpo, state="TIMED_OUT")
    made = cpo.post("cdrs", body=factories.cdr() | {"last_updated": format_datetime(now)})
    assert made.status == (201, 1000), made.message
    found = told(client)
    assert found["emsp_partner_light"] == {(partner.name,): 1}
    assert found["emsp_pull_age_seconds"][("locations", partner.name)] == pytest.approx(7200, abs=60)
    assert found["emsp_token_pushes"] == {(partner.name, "pending"): 1}
    assert found["emsp_queue_age_seconds"][("token_pushes",)] == pytest.approx(300, abs=60)
    assert found["emsp_commands_last_hour"] == {("START_SESSION", partner.name, "TIMED_OUT"): 1}
    assert found["emsp_cdrs_last_day"][("waiting",)] == 1
    assert found["emsp_sessions"] == {("PENDING",): 0, ("RESERVATION",): 0, ("ACTIVE",): 0}


def test_learners_are_left_out(cpo: Caller, client: Client) -> None:
    cpo.get("tokens")
    writer.flush()
    command(cpo)
    type(cpo.partner).objects.update(sandbox=True)
    assert cpo.partner.name not in str(told(client))


@pytest.mark.parametrize("partners", [1, 6])
def test_the_number_of_queries_does_not_grow_with_partners(
    db: None, django_assert_num_queries: Any, partners: int
) -> None:
    for number in range(partners):
        partner = factories.partner(name=f"P{number}", party=("NL", f"P{number:02}"), token=f"t{number}")
        Pull.objects.create(partner=partner, module="tariffs")
    with django_assert_num_queries(18):
        list(Figures().collect())


def test_many_that_ask_at_once_are_one_look(client: Client, db: None, django_assert_num_queries: Any) -> None:
    client.get("/metrics")
    with django_assert_num_queries(0):
        assert client.get("/metrics").status_code == 200


# --- who may read it --------------------------------------------------------------------------------------------------
def status(client: Client, **how: Any) -> int:
    return int(client.get("/metrics", **how).status_code)


def test_in_production_nobody_reads_it_by_default(client: Client, db: None, settings: Any) -> None:
    assert status(client) == 200
    settings.PRODUCTION = True
    refused = client.get("/metrics")
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')


def test_the_token_opens_it(client: Client, db: None, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert status(client, headers={"Authorization": f"Bearer {TOKEN}"}) == 200
    for header in (f"Bearer {TOKEN[:-1]}", "Bearer ", f"Token {TOKEN}", "Bearer é"):
        assert status(client, headers={"Authorization": header}) == 401
    assert status(client) == 401


def test_an_operator_reads_it_and_somebody_without_the_admin_does_not(
    client: Client, admin_client: Client, settings: Any
) -> None:
    settings.PRODUCTION = True
    assert status(admin_client) == 200
    client.force_login(User.objects.create_user("driver"))
    assert status(client) == 401


@pytest.mark.parametrize(
    ("address", "expected"),
    [("10.1.2.3", 200), ("192.0.2.1", 401), ("2001:db8::7", 200), ("2001:db9::7", 401), ("nonsense", 401)],
)
def test_a_network_opens_it(client: Client, db: None, settings: Any, address: str, expected: int) -> None:
    settings.METRICS_NETWORKS = ["10.0.0.0/8", "2001:db8::/32"]
    assert status(client, REMOTE_ADDR=address) == expected
    settings.PROXY_COUNT = 1
    assert status(client, REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": f"10.9.9.9, {address}"}) == expected


def test_who_guesses_is_told_to_wait(client: Client, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started = throttle.time.time() // 60 * 60 + 10  # no minute ends meanwhile
    monkeypatch.setattr(throttle.time, "time", lambda: started)
    settings.METRICS_TOKEN, settings.AUTH_FAILURES_PER_MINUTE = TOKEN, 2
    found = [client.get("/metrics", headers={"Authorization": "Bearer guess"}) for _ in range(3)]
    assert [answer.status_code for answer in found] == [401, 401, 429]
    assert int(found[-1]["Retry-After"]) > 0


# --- what is built on it ----------------------------------------------------------------------------------------------
def names() -> set[str]:
    found = set()
    for family in Figures().collect():
        ending = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        found |= {family.name + each for each in ending}
    return found


def test_the_dashboard_asks_for_what_there_is_and_shows_all_of_it(db: None) -> None:
    board = json.loads(DASHBOARD.read_text())
    asked = {name for panel in board["panels"] for target in panel.get("targets", [])
             for name in re.findall(r"\bemsp_\w+", target["expr"])}  # fmt: skip
    told = names()
    assert asked - told == set()
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in told} == {
        re.sub("_(bucket|sum|count)$", "", name) for name in asked
    }


def test_the_page_that_explains_them_names_them_all(db: None) -> None:
    page = set(re.findall(r"\bemsp_\w+", (ROOT / "docs/observability.md").read_text()))
    assert page == {re.sub("_(bucket|sum|count)$", "", name) for name in names()}


def test_the_dashboard_lays_every_panel_somewhere_and_none_twice() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    spots = [(x, y) for panel in panels for g in [panel["gridPos"]]
             for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])]  # fmt: skip
    assert len(spots) == len(set(spots))
    assert max(x for x, _ in spots) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_alerts_ask_for_what_there_is(db: None) -> None:
    asked = set(re.findall(r"\bemsp_\w+", ALERTS.read_text()))
    assert asked
    assert asked - names() == set()


def test_old_counts_go_with_the_journal(cpo: Caller) -> None:
    counts.add(exchange(partner_id=999_999))
    counts.keep()
    services.forget_old()
    assert not ExchangeCount.objects.filter(partner_id=999_999).exists()
