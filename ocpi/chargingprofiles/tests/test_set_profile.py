"""Setting a profile, from the app's wish to the CPO's answer; what holds for every request is tested on it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from ocpi.chargingprofiles import profiles, services, tasks
from ocpi.chargingprofiles.models import ActiveProfile, ProfileRequest
from ocpi.chargingprofiles.tests.conftest import ACTIVE, LIMITS, Ask, states, tell, work
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import ApiClient
from ocpi.protocol.chargingprofiles import SetChargingProfile
from ocpi.sessions.models import Session
from tests import admin_pages, factories
from tests.callers import Answer, Caller
from tests.partner_server import Call, PartnerServer

Wish = Callable[..., Answer]


def periods(*pairs: tuple[Any, Any], **fields: Any) -> dict[str, Any]:
    """The body of a wish with these (start_period, limit) pairs."""
    listed = [{"start_period": start, "limit": limit} for start, limit in pairs]
    return {"charging_profile": {"charging_rate_unit": "A", "charging_profile_period": listed, **fields}}


@pytest.mark.requirement("CHP-01", "HUB-01", "TRA-44")
def test_the_cpo_gets_profile_and_response_url_under_the_session(partner_server: PartnerServer, ask: Ask) -> None:
    row = ask()
    [call] = partner_server.calls("PUT")
    assert (call.method, call.path, call.token) == ("PUT", "/ocpi/chargingprofiles/S1", "token-for-cpo")
    assert call.json == {"charging_profile": LIMITS, "response_url": row.response_url}
    SetChargingProfile.from_wire(call.json)
    routing = [call[f"OCPI-{end}-{what}"] for end in ("from", "to") for what in ("country-code", "party-id")]
    assert routing == ["NL", "EMS", "NL", "CPO"]
    assert (row.state, call["X-Correlation-ID"]) == ("ACCEPTED", row.correlation_id)


def test_an_app_gets_an_id_at_once_and_the_steps_later(wish: Wish, app: Caller, cpo: Caller) -> None:
    answer = wish()
    assert answer.status == (202, 1000)
    assert answer["Location"] == answer.data["url"]
    assert (answer.data["kind"], answer.data["state"], answer.data["partner"]) == ("SET", "QUEUED", "CPO")
    tell(cpo, work(answer.data["id"]))
    described = app.get(answer.data["url"].removeprefix("http://emsp.test")).data
    assert [step["state"] for step in described["steps"]] == ["QUEUED", "SENDING", "ACCEPTED", "SUCCEEDED"]
    assert described["session"] == {"country_code": "NL", "party_id": "CPO", "id": "S1"}
    assert (described["result"], described["error"], described["warning"]) == ({"result": "ACCEPTED"}, None, None)


@pytest.mark.requirement("CHP-22", "CHP-01")
def test_a_second_profile_replaces_the_first_under_a_url_of_its_own(partner_server: PartnerServer, ask: Ask) -> None:
    ask()
    ask(body=periods((0, 10)))
    first, second = partner_server.calls("PUT")
    assert first.path == second.path
    assert first.json["response_url"] != second.json["response_url"]
    assert all(len(call.json["response_url"]) <= 255 for call in (first, second))


@pytest.mark.requirement("CHP-16")
@pytest.mark.parametrize(("wanted", "sent"), [(8.15, 8.1), (8.19, 8.1), (8, 8), (8.5, 8.5), (15.999, 15.9)])
def test_rates_are_cut_to_one_decimal_because_they_are_maxima(
    partner_server: PartnerServer, ask: Ask, wanted: float, sent: float
) -> None:
    ask(body=periods((0, wanted), min_charging_rate=wanted))
    [call] = partner_server.calls("PUT")
    profile = call.json["charging_profile"]
    assert (profile["charging_profile_period"][0]["limit"], profile["min_charging_rate"]) == (sent, sent)


@pytest.mark.requirement("CHP-18")
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"duration": 3600},
        {"start_date_time": "2026-03-01T10:00:00Z"},
        {"start_date_time": "2026-03-01T10:00:00Z", "duration": 3600, "min_charging_rate": 6},
    ],
)
def test_exactly_the_given_optional_fields_are_sent(
    partner_server: PartnerServer, ask: Ask, given: dict[str, Any]
) -> None:
    body = periods((0, 16), **given)
    ask(body=body)
    assert partner_server.calls("PUT")[0].json["charging_profile"] == body["charging_profile"]


@pytest.mark.requirement("CHP-17")
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (periods((60, 16)), "start_period: must be 0"),
        (periods((0, 16), (900, 8), (600, 4)), "must increase"),
        (periods((0, 16), (0, 8)), "must increase"),
        (periods(), "at least one period"),
        (periods((0, -1)), "must not be negative"),
        (periods((0, 16), min_charging_rate=-6), "must not be negative"),
        (periods((0, 16), duration=0), "duration"),
        (periods((0, 16), charging_rate_unit="kW"), "charging_rate_unit"),
        (periods((0, "16")), "limit"),
        ({"charging_profile": LIMITS | {"charging_profile_period": [{"limit": 1}]}}, "start_period: is required"),
        ({}, "charging_profile: is required"),
        ([], "JSON object"),
    ],
)
def test_a_profile_that_a_charger_could_not_follow_is_refused(wish: Wish, body: Any, problem: str) -> None:
    answer = wish(body=body)
    assert answer.status == (200, 2001)
    assert problem in answer.message
    assert not ProfileRequest.objects.exists()


@pytest.mark.requirement("CHP-17")
def test_what_is_sent_starts_at_zero_and_increases(partner_server: PartnerServer, ask: Ask) -> None:
    ask(body=periods((0, 16), (1, 8), (900, 0)))
    sent = partner_server.calls("PUT")[0].json["charging_profile"]["charging_profile_period"]
    assert [period["start_period"] for period in sent] == [0, 1, 900]


@pytest.mark.requirement("CHP-06", "CHP-07", "CHP-25")
@pytest.mark.parametrize("result", ["NOT_SUPPORTED", "REJECTED", "UNKNOWN_SESSION", "TOO_OFTEN"])
def test_a_refusal_is_final_and_nobody_waits_for_a_result(
    partner_server: PartnerServer, ask: Ask, app: Caller, result: str
) -> None:
    partner_server.answer("PUT", "chargingprofiles", data={"result": result, "timeout": 30})
    row = ask()
    assert (row.state, row.response, row.result_due_at) == ("REJECTED", {"result": result, "timeout": 30}, None)
    assert row.finished_at is not None
    assert app.get("chargingprofiles", str(row.pk)).data["steps"][-1]["detail"] == result


@pytest.mark.requirement("CHP-06")
def test_after_too_often_the_charger_is_left_alone_for_longer_each_time(
    partner_server: PartnerServer, ask: Ask, wish: Wish
) -> None:
    partner_server.answer("PUT", "chargingprofiles", data={"result": "TOO_OFTEN", "timeout": 0})
    pauses = []
    for _ in range(3):
        row = ask()
        assert row.wait_until is not None
        pauses.append(round((row.wait_until - clock.now()).total_seconds() / 60))
        refused = wish()
        assert refused.status == (200, 2001)
        assert "asked too often" in refused.message
        ProfileRequest.objects.update(wait_until=clock.now() - timedelta(seconds=1))
    assert pauses == [1, 2, 4]
    assert len(partner_server.calls("PUT")) == 3


@pytest.mark.requirement("CHP-06")
def test_the_pause_is_an_hour_at_most_and_of_this_session_only(
    partner_server: PartnerServer, ask: Ask, cpo: Caller
) -> None:
    partner_server.answer("PUT", "chargingprofiles", data={"result": "TOO_OFTEN", "timeout": 0})
    for _ in range(9):
        row = ask()
        ProfileRequest.objects.exclude(pk=row.pk).update(wait_until=clock.now())
        ProfileRequest.objects.filter(pk=row.pk).update(wait_until=clock.now() - timedelta(seconds=1))
    assert timedelta(minutes=59) < row.wait_until - clock.now() <= timedelta(hours=1)
    cpo.put("sessions", "NL", "CPO", "S2", body=factories.session(id="S2"))
    assert ask(id="S2").wait_until - clock.now() <= timedelta(minutes=1)


@pytest.mark.requirement("TRA-18", "TRA-31", "CHP-24")
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": 404, "status_code": 2001}, "REJECTED"),
        ({"status_code": 2001, "data": {"result": "ACCEPTED", "timeout": 30}}, "REJECTED"),
        ({"status": 401, "status_code": 2001}, "REJECTED"),
        ({"status": 405, "raw": b"<html>"}, "REJECTED"),
        ({"status_code": 3000}, "UNKNOWN"),
        ({"status": 500, "raw": b"<html>Oops"}, "UNKNOWN"),
        ({"drop": True}, "UNKNOWN"),
        ({"data": "ACCEPTED"}, "UNKNOWN"),
        ({"data": {"result": "PERHAPS", "timeout": 30}}, "UNKNOWN"),
        ({"data": {"result": "ACCEPTED"}}, "UNKNOWN"),
        ({}, "UNKNOWN"),
    ],
)
def test_what_else_may_come_back(partner_server: PartnerServer, ask: Ask, answer: dict[str, Any], state: str) -> None:
    partner_server.answer("PUT", "chargingprofiles", **answer)
    row = ask()
    assert row.state == state
    assert row.error
    services.send(str(row.pk))
    assert len(partner_server.calls("PUT")) == 1


@pytest.mark.requirement("CHP-24")
def test_a_result_that_comes_before_the_answer_is_matched(
    partner_server: PartnerServer, transactional_db: None, wish: Wish, cpo: Caller
) -> None:
    def result_first(call: Call) -> None:
        try:
            url = call.json["response_url"].removeprefix("http://emsp.test")
            assert cpo.post(url, body={"result": "ACCEPTED"}).status == (200, 1000)
        finally:
            connections.close_all()

    accepted = {"result": "ACCEPTED", "timeout": 30}
    partner_server.answer("PUT", "chargingprofiles", data=accepted, does=result_first)
    row = work(wish().data["id"])
    assert (row.state, row.result, row.response) == ("SUCCEEDED", {"result": "ACCEPTED"}, accepted)
    assert states(row) == ["QUEUED", "SENDING", "SUCCEEDED"]


@pytest.mark.requirement("CHP-24")
def test_the_request_is_committed_before_a_worker_hears_of_it(
    wish: Wish, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(tasks.send, "delay", queued.append)
    with django_capture_on_commit_callbacks() as callbacks:
        answer = wish()
    assert queued == []
    for callback in callbacks:
        callback()
    assert queued == [answer.data["id"]]


def test_two_workers_send_it_once(partner_server: PartnerServer, transactional_db: None, wish: Wish) -> None:
    request_id = wish().data["id"]

    def send(_: int) -> None:
        try:
            services.send(request_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert len(partner_server.calls("PUT")) == 1


@pytest.mark.requirement("CHP-21", "TRA-44")
def test_what_no_worker_took_in_time_is_never_sent_late(partner_server: PartnerServer, wish: Wish) -> None:
    request_id = wish().data["id"]
    assert services.sweep() == [request_id]
    ProfileRequest.objects.update(created_at=clock.now() - timedelta(minutes=2))
    assert services.sweep() == []
    row = work(request_id)
    assert (row.state, partner_server.calls("PUT")) == ("EXPIRED", [])


@pytest.mark.requirement("CHP-20")
@pytest.mark.parametrize(
    ("capabilities", "status"),
    [(["CHARGING_PROFILE_CAPABLE"], 202), (["CHARGING_PREFERENCES_CAPABLE"], 200), (["RESERVABLE"], 200), ([], 202)],
)
def test_only_chargers_that_may_know_profiles_are_asked(
    wish: Wish, cpo: Caller, capabilities: list[str], status: int
) -> None:
    evse = factories.evse(capabilities=capabilities, last_updated="2026-03-02T12:00:00Z")
    assert cpo.put("locations", "NL", "CPO", "L1", "E1", body=evse).status == (200, 1000)
    assert wish().http.status_code == status


@pytest.mark.requirement("CHP-20")
def test_a_charger_that_lists_nothing_is_refused_where_that_is_wanted(wish: Wish, cpo: Caller, settings: Any) -> None:
    settings.OCPI_CAPABILITY_UNKNOWN_ALLOWS = False
    cpo.put("locations", "NL", "CPO", "L1", "E1", body=factories.evse(capabilities=[]))
    assert "CHARGING_PROFILE_CAPABLE" in wish().message


@pytest.mark.parametrize("status", ["COMPLETED", "INVALID"])
def test_a_session_that_has_ended_takes_no_profile(wish: Wish, cpo: Caller, status: str) -> None:
    cpo.patch("sessions", "NL", "CPO", "S1", body={"status": status, "last_updated": "2026-03-01T13:00:00Z"})
    answer = wish()
    assert answer.status == (200, 2001)
    assert "has ended" in answer.message


def test_an_unknown_session_is_404(wish: Wish) -> None:
    assert wish(id="S404").status == (404, 2001)


@pytest.mark.requirement("FLD-17")
def test_a_partner_that_lacks_profiles_although_it_advertises_them_is_not_asked(wish: Wish, cpo: Caller) -> None:
    cpo.partner.lacks = ["chargingprofiles"]
    cpo.partner.save()
    assert "takes no charging profiles" in wish().message


@pytest.mark.requirement("VER-12", "TRA-47")
def test_a_partner_without_the_module_is_not_asked(wish: Wish, cpo: Caller) -> None:
    cpo.partner.endpoints.filter(identifier="chargingprofiles").update(role="SENDER")
    answer = wish()
    assert answer.status == (200, 2001)
    assert "takes no charging profiles" in answer.message


def test_a_suspended_partner_is_not_asked(wish: Wish, cpo: Caller) -> None:
    cpo.partner.status = "SUSPENDED"
    cpo.partner.save()
    assert "not connected" in wish().message


@pytest.mark.requirement("CHP-12")
def test_two_cpos_with_one_session_id_are_told_apart(wish: Wish, cp2: Caller, partner_server: PartnerServer) -> None:
    theirs = factories.session(country_code="DE", party_id="CP2")
    cp2.put("sessions", "DE", "CP2", "S1", body=theirs)
    answer = wish()
    assert answer.status == (200, 2001)
    assert "NL-CPO of CPO" in answer.message
    assert "DE-CP2 of CP2" in answer.message
    asked = wish(query="country_code=NL&party_id=CPO")
    assert (asked.status, asked.data["partner"]) == ((202, 1000), "CPO")


@pytest.mark.requirement("CHP-29", "CHP-12")
def test_an_app_that_relays_for_others_gets_our_ids_and_response_url_towards_the_cpo(
    partner_server: PartnerServer, app: Caller, session: Session
) -> None:
    """A provider of smart charging may stand behind an app: the CPO sees neither its spelling nor its URLs."""
    body = {"charging_profile": LIMITS, "response_url": "https://scsp.example/results/1"}
    row = work(app.post("chargingprofiles", "s1", "set", body=body).data["id"])
    [call] = partner_server.calls("PUT")
    assert (call.path, call.json["response_url"]) == ("/ocpi/chargingprofiles/S1", row.response_url)
    assert "scsp" not in call.body.decode()


@pytest.mark.requirement("CHP-26")
def test_limits_that_we_did_not_set_are_warned_of(wish: Wish, ask: Ask, cpo: Caller, admin_client: Client) -> None:
    cpo.put("chargingprofiles", "S1", body=ACTIVE)
    warned = wish()
    assert (warned.status, "that we did not set" in warned.data["warning"]) == ((202, 1000), True)
    row = work(warned.data["id"])
    assert row.warning in admin_pages.page(admin_client, core.page(row))
    tell(cpo, row)
    assert wish().data["warning"] is None  # from now on they are ours
    assert wish("get").data["warning"] is None
    tell(cpo, ask("clear"))
    cpo.put("chargingprofiles", "S1", body=ACTIVE)
    assert "that we did not set" in wish().data["warning"]


@pytest.mark.requirement("CHP-26")
def test_limits_that_another_app_set_are_warned_of(ask: Ask, cpo: Caller, session: Session) -> None:
    tell(cpo, ask())
    factories.api_client("token-of-other", "Other app")
    other = Caller("token-of-other")
    answer = other.post("chargingprofiles", "S1", "set", body={"charging_profile": LIMITS})
    assert answer.data["warning"].startswith("App set limits there")


@pytest.mark.requirement("CHP-15")
@pytest.mark.parametrize(
    ("limit", "unit", "volts", "phases", "kilowatts"),
    [("16", "A", 230, 3, "11.04"), ("16", "A", 230, 1, "3.68"), ("11000", "W", 230, 3, "11"), ("0", "A", 230, 3, "0")],
)
def test_amperes_are_those_of_each_phase_and_watts_the_total(
    limit: str, unit: str, volts: int, phases: int, kilowatts: str
) -> None:
    assert profiles.kilowatts(Decimal(limit), unit, volts=volts, phases=phases) == Decimal(kilowatts)


@pytest.mark.requirement("CHP-15", "CHP-19")
def test_an_operator_reads_maxima_in_kilowatts_too(ask: Ask, admin_client: Client) -> None:
    html = admin_pages.page(admin_client, core.page(ask()))
    assert "at most 16 A" in html
    assert "11.0 kW" in html
    assert "limits that were asked for" in html.lower()


@pytest.mark.requirement("SEED-04")
def test_only_an_app_with_the_scope_may_ask(wish: Wish, app: Caller, cpo: Caller, session: Session) -> None:
    body = {"charging_profile": LIMITS}
    assert cpo.post("chargingprofiles", "S1", "set", body=body).status == (404, 2001)
    ApiClient.objects.update(scopes=["read"])
    assert app.post("chargingprofiles", "S1", "set", body=body).http.status_code == 403
    assert not ProfileRequest.objects.exists()


@pytest.mark.requirement("CHP-14")
def test_setting_alone_changes_nothing_of_what_we_know_to_hold(ask: Ask, cpo: Caller) -> None:
    tell(cpo, ask())
    assert not ActiveProfile.objects.exists()
