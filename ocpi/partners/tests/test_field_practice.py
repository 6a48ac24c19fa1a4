"""Each switch for what partners do in the field: off, OCPI's own terms hold; on, it is accepted and counted."""

import ast
from copy import deepcopy
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from celery.signals import task_postrun
from django.core.exceptions import ValidationError
from django.core.signals import request_finished
from django.test import Client

from ocpi import protocol
from ocpi.core import admin as core
from ocpi.core import client
from ocpi.partners import leniency
from ocpi.partners.models import LENIENCIES, Feature, Partner, PartnerLeniency
from tests import admin_pages, factories
from tests.callers import Answer, Caller
from tests.partner_server import PartnerServer

LOCATION = ("locations", "NL", "CPO", "L1")
SESSION = ("sessions", "NL", "CPO", "S1")
OFFSET = "2026-03-01T13:00:00+01:00"


def with_status(status: str) -> dict[str, Any]:
    return factories.location(evses=[factories.evse(status=status)])


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    body = deepcopy(body)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return body


# switch → (where it shows, what they send, kind that is counted, what is stored: path and value)
SWITCHES: dict[str, tuple[str, dict[str, Any], str, tuple[Any, ...]]] = {
    "string_numbers": ("sessions", factories.session(kwh="1.5"), "string-number", ("kwh", 1.5)),
    "bare_prices": ("sessions", factories.session(total_cost=3.5), "bare-price", ("total_cost", {"excl_vat": 3.5})),
    "number_coordinates": (
        "locations",
        factories.location(coordinates={"latitude": "52.08950", "longitude": 5.11}),
        "number-coordinate",
        ("coordinates", "longitude", "5.11"),
    ),
    "alpha2_country": ("locations", factories.location(country="NL"), "alpha2-country", ("country", "NLD")),
    "missing_last_updated": ("sessions", without(factories.session(), "last_updated"), "missing", ("id", "S1")),
    "missing_evse_id": (
        "cdrs",
        without(factories.cdr(), "cdr_location", "evse_id"),
        "missing",
        ("cdr_location", "evse_id", "#NA"),
    ),
    "missing_evse_uid": (
        "cdrs",
        without(factories.cdr(), "cdr_location", "evse_uid"),
        "missing",
        ("cdr_location", "evse_uid", "#NA"),
    ),
    "loose_epoch": (
        "cdrs",
        factories.cdr(start_date_time="1970-1-1T00:00:00Z"),
        "loose-epoch",
        ("start_date_time", "1970-01-01T00:00:00Z"),
    ),
    "loose_enums": ("locations", with_status("OutOfOrder"), "enum-spelling", ("evses", 0, "status", "OUTOFORDER")),
}


def send(caller: Caller, module: str, body: dict[str, Any]) -> Answer:
    if module == "cdrs":
        return caller.post("cdrs", body=body)
    return caller.put(*(LOCATION if module == "locations" else SESSION), body=body)


def stored(caller: Caller, module: str) -> Any:
    path = {"locations": LOCATION, "sessions": SESSION, "cdrs": ("cdrs", "NL", "CPO", "D1")}[module]
    return caller.get(*path)


def switch_on(caller: Caller, **fields: Any) -> None:
    Partner.objects.filter(pk=caller.partner.pk).update(**fields)


def counted(caller: Caller) -> dict[str, int]:
    leniency.write()
    return dict(PartnerLeniency.objects.filter(partner=caller.partner).values_list("kind", "count"))


@pytest.mark.requirement("FLD-08", "FLD-09", "FLD-11", "TYP-09", "TYP-14", "TYP-15", "TYP-17", "CDR-25", "CDR-30")
@pytest.mark.parametrize("switch", SWITCHES)
def test_a_leniency_is_off_until_it_is_switched_on_and_each_use_is_counted(
    cpo: Caller, cp2: Caller, switch: str
) -> None:
    module, body, kind, (*path, value) = SWITCHES[switch]
    assert send(cpo, module, body).status == (200, 2001)
    assert stored(cpo, module).http.status_code == 404
    assert counted(cpo) == {}
    switch_on(cpo, **{switch: True})
    assert send(cpo, module, body).status == (201, 1000)
    found = stored(cpo, module).data
    for step in path:
        found = found[step]
    assert found == value
    assert counted(cpo)[kind] == 1
    assert counted(cp2) == {}


def test_every_leniency_is_tried_and_may_be_switched(admin_client: Client, cpo: Caller) -> None:
    elsewhere = {"wh_energy", "listed_objects"}
    assert SWITCHES.keys() | elsewhere == LENIENCIES.keys()
    html = admin_pages.page(admin_client, core.page(cpo.partner))
    behaviour = {"accepts_plain_auth", "sends_plain_auth", "withholds_app_tokens", "addressing", "missing_routing",
                 "answers_post_with_200", "lacks_put_credentials", "lacks", "rewrites_from", "rewrites_to",
                 "wants_slash", "pages_by_offset", "commands_url"}  # fmt: skip
    for name in LENIENCIES.keys() | behaviour:
        assert f'name="{name}"' in html, name
    fresh = Partner(name="fresh")
    assert not any(getattr(fresh, name) for name in LENIENCIES.keys() | behaviour - {"addressing"})
    assert fresh.addressing == "PARTY"


@pytest.mark.requirement("FLD-11", "TYP-14")
@pytest.mark.parametrize("spelling", ["available", " Available", "AVAILABLE "])
def test_a_known_value_is_understood_in_any_spelling_and_an_unknown_one_never(cpo: Caller, spelling: str) -> None:
    switch_on(cpo, loose_enums=True)
    assert cpo.put(*LOCATION, body=with_status(spelling)).status == (201, 1000)
    assert cpo.get(*LOCATION).data["evses"][0]["status"] == "AVAILABLE"
    for unknown in ("FAULTED", "", 7, None):
        refused = cpo.put(*LOCATION, body=with_status(unknown))  # type: ignore[arg-type]
        assert refused.status == (200, 2001)
        assert "evses[0].status" in refused.message
    assert counted(cpo) == {"enum-spelling": 1}


@pytest.mark.requirement("FLD-11")
def test_words_may_be_parted_as_they_like(cpo: Caller) -> None:
    switch_on(cpo, loose_enums=True)
    body = factories.location(evses=[factories.evse(connectors=[factories.connector(power_type="ac-3 phase")])])
    assert cpo.put(*LOCATION, body=body).status == (201, 1000)
    assert cpo.get(*LOCATION).data["evses"][0]["connectors"][0]["power_type"] == "AC_3_PHASE"


@pytest.mark.requirement("FLD-07", "SES-24")
def test_energy_in_wh_is_taken_by_the_letter_until_the_switch_is_on(cpo: Caller) -> None:
    body = factories.session(kwh=1.5, charging_periods=[factories.period(kwh=1500)])
    assert cpo.put(*SESSION, body=body).status == (201, 1000)
    assert cpo.get(*SESSION).data == body  # the displayed energy is the total, which is right
    assert counted(cpo) == {"looks-like-wh": 1}
    switch_on(cpo, wh_energy=True)
    assert cpo.put(*SESSION, body=body).status == (200, 1000)
    more = {"kwh": 2, "charging_periods": [factories.period("2026-03-01T10:30:00Z", 500)],
            "last_updated": "2026-03-01T12:30:00Z"}  # fmt: skip
    assert cpo.patch(*SESSION, body=more).status == (200, 1000)
    assert cpo.patch(*SESSION, body=more).status == (200, 1000)
    periods = cpo.get(*SESSION).data["charging_periods"]
    assert [period["dimensions"][0]["volume"] for period in periods] == [1.5, 0.5]
    assert cpo.get(*SESSION).data["kwh"] == 2
    assert counted(cpo) == {"looks-like-wh": 1, "wh": 3}


@pytest.mark.requirement("FLD-07")
def test_only_energy_is_divided_and_totals_are_not(cpo: Caller) -> None:
    switch_on(cpo, wh_energy=True, string_numbers=True)
    period = factories.period()
    period["dimensions"] = [{"type": "ENERGY", "volume": "10000"}, {"type": "TIME", "volume": 1}]
    body = factories.cdr(charging_periods=[period])
    assert [cpo.post("cdrs", body=body).status for _ in range(2)] == [(201, 1000), (200, 1000)]
    kept = cpo.get("cdrs", "NL", "CPO", "D1").data
    assert kept["charging_periods"][0]["dimensions"] == [
        {"type": "ENERGY", "volume": 10},
        {"type": "TIME", "volume": 1},
    ]
    assert (kept["total_energy"], kept["total_time"]) == (10, 1)


@pytest.mark.requirement("FLD-07")
@pytest.mark.parametrize(("kwh", "volume"), [(1.5, 1.5), (0, 0.5), (0.4, 50), (30, 30.2), (2, 150)])
def test_nobody_is_suspected_for_less(cpo: Caller, kwh: float, volume: float) -> None:
    cpo.put(*SESSION, body=factories.session(kwh=kwh, charging_periods=[factories.period(kwh=volume)]))
    assert counted(cpo) == {}


@pytest.mark.requirement("FLD-06", "FLD-11", "TYP-05", "TYP-07", "LOC-39")
def test_what_everyone_gets_is_counted_too(cpo: Caller) -> None:
    """A missing Z is as specified: no designator is UTC, so nothing is overlooked."""
    odd = factories.connector(standard="MCS", last_updated=OFFSET)
    body = factories.location(evses=[factories.evse(capabilities=["TELEPORT"], connectors=[odd])], facilities=["WIFI"])
    assert cpo.put(*LOCATION, body=body | {"last_updated": "2026-03-01T12:00:00"}).status == (201, 1000)
    kept = cpo.get(*LOCATION).data
    assert kept["last_updated"] == "2026-03-01T12:00:00Z"
    assert kept["evses"][0]["connectors"][0]["last_updated"] == "2026-03-01T12:00:00Z"
    assert kept["evses"][0]["capabilities"] == ["TELEPORT"]
    assert counted(cpo) == {"datetime": 1, "unknown-value": 2}


@pytest.mark.requirement("FLD-01", "TRA-05")
def test_a_token_without_base64_is_refused_then_accepted_and_counted(cpo: Caller) -> None:
    plain = Caller(cpo.token, plain=True)
    assert plain.get("locations").status == (401, 2001)
    assert counted(cpo) == {}
    switch_on(cpo, accepts_plain_auth=True)
    assert [plain.get("locations").status, cpo.get("locations").status] == [(200, 1000), (200, 1000)]
    assert counted(cpo) == {"plain-token": 1}


@pytest.mark.requirement("FLD-01", "TRA-06")
@pytest.mark.parametrize(("switch", "header"), [(False, "Token dG9rZW4tZm9yLWNwbw=="), (True, "Token token-for-cpo")])
def test_our_token_goes_out_as_they_want_it(partner_server: PartnerServer, db: None, switch: bool, header: str) -> None:
    partner = partner_server.registered(sends_plain_auth=switch)
    client.call(partner.peer(), "GET", f"{partner_server.base_url}/locations", module="locations")
    assert partner_server.calls()[0]["Authorization"] == header
    assert counted(Caller("", partner=partner)) == ({"sent-plain": 1} if switch else {})


# --- URLs that lead nowhere from here --------------------------------------------------------------------------------
@pytest.mark.requirement("FLD-05")
def test_their_urls_are_rewritten_where_that_is_wanted(partner_server: PartnerServer, db: None) -> None:
    inside = "http://cpo-internal:8080"
    partner = partner_server.registered(rewrites_from=f"{inside}/", rewrites_to=partner_server.origin)
    client.call(partner.peer(), "GET", f"{inside}/ocpi/locations?limit=5", module="locations")
    client.call(partner.peer(), "GET", f"{partner_server.origin}/ocpi/tariffs", module="tariffs")
    assert [call.path for call in partner_server.calls()] == ["/ocpi/locations?limit=5", "/ocpi/tariffs"]
    assert counted(Caller("", partner=partner)) == {"rewritten": 1}


@pytest.mark.requirement("FLD-05")
@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("http://inside/ocpi/x?a=1", "https://cpo.example/gate/x?a=1"),
        ("http://inside/ocpi", "https://cpo.example/gate"),
        ("http://inside/ocpi.evil.example/x", None),
        ("http://inside/other", None),
        ("https://inside/ocpi/x", None),
    ],
)
def test_only_whole_beginnings_are_rewritten(cpo: Caller, url: str, called: str | None) -> None:
    """Else our token could be led to a host that merely begins alike."""
    for ending in ("", "/"):
        cpo.partner.rewrites_from, cpo.partner.rewrites_to = f"http://inside/ocpi{ending}", "https://cpo.example/gate"
        assert cpo.partner.peer().reachable(url) == (called or url)
    cpo.partner.rewrites_from = cpo.partner.rewrites_to = ""
    assert cpo.partner.peer().reachable(url) == url


@pytest.mark.requirement("FLD-05")
@pytest.mark.parametrize(
    ("before", "after"),
    [("http://inside", ""), ("", "http://outside"), ("inside", "http://outside"), ("http://inside", "ftp://outside")],
)
def test_half_a_rewriting_or_none_that_could_work_is_refused_at_the_form(before: str, after: str) -> None:
    with pytest.raises(ValidationError, match="rewrites"):
        Partner(name="x", rewrites_from=before, rewrites_to=after).clean()
    Partner(name="x", rewrites_from="http://in_side:8080/ocpi", rewrites_to="https://outside").clean()


# --- operators -------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("FLD-17", "FLD-15", "FLD-05")
def test_an_operator_turns_switches_and_sees_what_was_overlooked(cpo: Caller, admin_client: Client) -> None:
    cpo.put(*SESSION, body=factories.session(kwh=1.5, charging_periods=[factories.period(kwh=1500)]))
    leniency.write()
    page = core.page(cpo.partner)
    html = admin_pages.page(admin_client, page)
    assert "energy that looks like Wh; taken as kWh" in html
    assert "everyone gets it" in html
    names = ("roles", "endpoints", "tokens", "leniencies", "pulls")
    management = {f"{name}-{field}_FORMS": 0 for name in names for field in ("TOTAL", "INITIAL")}
    form = {"name": "CPO", "addressing": "HUB", "wh_energy": "on", "lacks_put_credentials": "on",
            "lacks": [Feature.RESERVE_NOW, Feature.UNLOCK_CONNECTOR], "rewrites_from": "http://in",
            "rewrites_to": "https://out"}  # fmt: skip
    assert admin_client.post(page, form | management).status_code == 302
    cpo.partner.refresh_from_db()
    assert (cpo.partner.wh_energy, cpo.partner.lacks_put_credentials, cpo.partner.addressing) == (True, True, "HUB")
    assert not cpo.partner.takes("RESERVE_NOW")
    assert cpo.partner.takes("START_SESSION")
    assert (cpo.partner.rewrites_from, cpo.partner.rewrites_to) == ("http://in", "https://out")


def test_every_kind_of_remark_is_explained_to_operators() -> None:
    """The kinds are literals in the protocol and in this module."""
    folders = (Path(protocol.__file__).parent, Path(leniency.__file__).parent)
    sources = [p.read_text() for folder in folders for p in folder.glob("*.py")]
    literals = {
        node.value for source in sources for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }  # fmt: skip
    noted = {
        str(ast.literal_eval(node.args[2]))
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "note" and len(node.args) == 3
    }
    named = {text.rpartition("/")[2] for text in literals if "/" in text} | noted
    assert noted <= leniency.KINDS.keys()
    addressing = {f"{value.lower()}-addressing" for value in Partner.Addressing.values}
    assert leniency.KINDS.keys() <= named | addressing | literals
    fields = {field.name for field in Partner._meta.get_fields()}
    assert {name for _, names in leniency.KINDS.values() for name in names.split(", ") if name} <= fields


@pytest.mark.parametrize("moment", [request_finished, task_postrun], ids=["web", "worker"])
def test_counts_reach_the_table_from_web_and_worker(cpo: Caller, monkeypatch: pytest.MonkeyPatch, moment: Any) -> None:
    monkeypatch.setattr(leniency, "_written", float("-inf"))
    leniency.note(cpo.partner.pk, ["kwh/string-number", "x.kwh/string-number"])
    for _, receiver, *_ in moment.receivers:
        found = receiver() if isinstance(receiver, ref) else receiver
        if found is leniency.write_seldom:
            found(sender=None)
    row = PartnerLeniency.objects.get()
    assert (row.kind, row.count, row.example) == ("string-number", 2, "x.kwh")
