"""Charging preferences: what a driver wants of a running session, from the app's wish to the CPO's bare answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import ApiClient
from ocpi.protocol.sessions import ChargingPreferences
from ocpi.sessions import preferences
from ocpi.sessions.models import ChargingPreference, Session
from tests import admin_pages, factories
from tests.callers import Answer, Caller
from tests.partner_server import PartnerServer

Wish = Callable[..., Answer]
PATH = ("sessions", "NL", "CPO", "S1", "charging_preferences")
GREEN = {
    "profile_type": "GREEN", "departure_time": "2026-03-01T18:00:00Z", "energy_need": 22.5, "discharge_allowed": True,
}  # fmt: skip


@pytest.fixture
def cpo(partner_server: PartnerServer, db: None, settings: Any) -> Caller:
    """NL/CPO, with a charger that takes preferences and has tariffs for GREEN and for everybody."""
    settings.OCPI_CONNECT_TIMEOUT = settings.OCPI_READ_TIMEOUT = 5
    partner_server.answer("PUT", "sessions", data="ACCEPTED")
    caller = Caller(token="token-of-cpo", partner=partner_server.registered(name="CPO"), party=("NL", "CPO"))
    plug = factories.connector(tariff_ids=["T1", "T2"])
    place = factories.evse(capabilities=["CHARGING_PREFERENCES_CAPABLE"], connectors=[plug])
    caller.put("tariffs", "NL", "CPO", "T1", body=factories.tariff())
    caller.put("tariffs", "NL", "CPO", "T2", body=factories.tariff(id="T2", type="PROFILE_GREEN"))
    caller.put("locations", "NL", "CPO", "L1", body=factories.location(evses=[place]))
    caller.put("sessions", "NL", "CPO", "S1", body=factories.session())
    return caller


@pytest.fixture
def wish(app: Caller, cpo: Caller) -> Wish:
    """What the app asks of us; it is stored, and nothing is sent yet."""

    def wish(body: Any = GREEN) -> Answer:
        return app.put(*PATH, body=body)

    return wish


@pytest.fixture
def sent(wish: Wish) -> Callable[..., ChargingPreference]:
    """The same, accepted by us, and sent by a worker."""

    def sent(body: Any = GREEN) -> ChargingPreference:
        answer = wish(body)
        assert answer.status == (202, 1000), answer.message
        preferences.send(answer.data["id"])
        return ChargingPreference.objects.get(pk=answer.data["id"])

    return sent


Sent = Callable[..., ChargingPreference]


def later(**changes: Any) -> dict[str, Any]:
    return {**changes, "last_updated": "2026-03-01T13:00:00Z"}


@pytest.mark.requirement("SES-30", "SES-34", "HUB-01")
def test_the_cpo_gets_them_below_the_session_on_its_sender_interface(partner_server: PartnerServer, sent: Sent) -> None:
    row = sent()
    [call] = partner_server.calls()
    assert (call.method, call.path, call.json) == ("PUT", "/ocpi/sessions/S1/charging_preferences", GREEN)
    ChargingPreferences.from_wire(call.json)
    assert (call["OCPI-to-party-id"], call["OCPI-from-party-id"]) == ("CPO", "EMS")
    assert (row.state, row.answer, call["X-Correlation-ID"]) == ("SUCCEEDED", "ACCEPTED", row.correlation_id)


@pytest.mark.requirement("SES-30")
def test_an_app_gets_an_id_at_once_and_the_answer_later(wish: Wish, app: Caller) -> None:
    assert app.get(*PATH).status == (404, 2001)
    answer = wish()
    assert answer.status == (202, 1000)
    assert (answer.data["state"], answer.data["partner"], answer["Location"]) == ("QUEUED", "CPO", answer.data["url"])
    preferences.send(answer.data["id"])
    described = app.get(answer.data["url"].removeprefix("http://emsp.test")).data
    assert [step["state"] for step in described["steps"]] == ["QUEUED", "SENDING", "SUCCEEDED"]
    assert (described["answer"], described["preferences"], described["error"]) == ("ACCEPTED", GREEN, None)


@pytest.mark.requirement("SES-35")
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("ACCEPTED", "SUCCEEDED"),
        ("DEPARTURE_REQUIRED", "REJECTED"),
        ("ENERGY_NEED_REQUIRED", "REJECTED"),
        ("NOT_POSSIBLE", "REJECTED"),
        ("PROFILE_TYPE_NOT_SUPPORTED", "REJECTED"),
    ],
)
def test_each_answer_is_told_as_it_is(
    partner_server: PartnerServer, sent: Sent, app: Caller, admin_client: Client, answer: str, state: str
) -> None:
    partner_server.answer("PUT", "sessions", data=answer)
    row = sent()
    assert (row.state, row.answer, row.finished_at is not None) == (state, answer, True)
    assert app.get(*PATH).data["answer"] == answer
    assert answer in admin_pages.page(admin_client, core.page(row))


@pytest.mark.requirement("SES-35", "TRA-18", "TRA-44")
@pytest.mark.parametrize(
    "answer",
    [{"data": {"result": "ACCEPTED"}}, {"data": "MAYBE"}, {"data": None}, {}, {"status": 500}, {"drop": True},
     {"status_code": 3000}],
)  # fmt: skip
def test_what_is_no_answer_leaves_it_open_and_is_not_tried_again(
    partner_server: PartnerServer, sent: Sent, answer: dict[str, Any]
) -> None:
    partner_server.answer("PUT", "sessions", **answer)
    row = sent()
    assert (row.state, row.answer) == ("UNKNOWN", "")
    assert row.error
    preferences.send(str(row.pk))
    assert len(partner_server.calls()) == 1


@pytest.mark.requirement("SES-36", "SES-37", "AMB-21")
def test_404_means_not_supported_or_no_longer_possible(partner_server: PartnerServer, sent: Sent, app: Caller) -> None:
    partner_server.answer("PUT", "sessions", status=404, status_code=2001, message="Session finished")
    row = sent()
    described = app.get(*PATH).data
    assert (row.state, described["answer"]) == ("REJECTED", None)
    assert described["error"].startswith("not supported, or no longer possible")


@pytest.mark.requirement("SES-37")
@pytest.mark.parametrize("status", ["COMPLETED", "INVALID"])
def test_a_session_that_has_ended_here_is_not_even_asked_about(wish: Wish, cpo: Caller, status: str) -> None:
    cpo.patch("sessions", "NL", "CPO", "S1", body=later(status=status))
    answer = wish()
    assert answer.status == (200, 2001)
    assert "no longer possible" in answer.message
    assert not ChargingPreference.objects.exists()


@pytest.mark.requirement("SES-31")
@pytest.mark.parametrize(
    ("capabilities", "status"),
    [(["CHARGING_PREFERENCES_CAPABLE"], 202), (["CHARGING_PROFILE_CAPABLE"], 200), (["RESERVABLE"], 200), ([], 202)],
)
def test_only_chargers_that_may_know_preferences_are_asked(
    wish: Wish, cpo: Caller, capabilities: list[str], status: int
) -> None:
    cpo.patch("locations", "NL", "CPO", "L1", "E1", body=later(capabilities=capabilities))
    assert wish().http.status_code == status


@pytest.mark.requirement("SES-32", "SES-33")
@pytest.mark.parametrize(("profile_type", "status"), [("GREEN", 202), ("REGULAR", 202), ("CHEAP", 200), ("FAST", 200)])
def test_only_profile_types_with_a_tariff_at_the_connector_are_possible(
    wish: Wish, profile_type: str, status: int
) -> None:
    answer = wish({"profile_type": profile_type})
    assert answer.http.status_code == status
    assert status == 202 or f"no tariff for {profile_type}" in answer.message


@pytest.mark.requirement("SES-32")
def test_what_is_offered_follows_from_the_tariffs(cpo: Caller, settings: Any) -> None:
    session = Session.objects.get()
    assert [str(kind) for kind in preferences.offered(session)] == ["GREEN", "REGULAR"]
    cpo.delete("tariffs", "NL", "CPO", "T2")
    assert [str(kind) for kind in preferences.offered(session)] == ["REGULAR"]
    cpo.delete("tariffs", "NL", "CPO", "T1")
    assert len(preferences.offered(session)) == 4  # nothing known, nothing excluded
    settings.OCPI_CAPABILITY_UNKNOWN_ALLOWS = False
    assert preferences.offered(session) == []


@pytest.mark.requirement("SES-34", "TYP-22")
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "profile_type"),
        ({"profile_type": "green"}, "profile_type"),
        ({"profile_type": "GREEN", "departure_time": "18:00"}, "departure_time"),
        ({"profile_type": "GREEN", "energy_need": "22"}, "energy_need"),
        ({"profile_type": "GREEN", "discharge_allowed": "yes"}, "discharge_allowed"),
        ([], "object"),
    ],
)
def test_what_are_no_preferences_is_refused(wish: Wish, body: Any, problem: str) -> None:
    answer = wish(body)
    assert answer.status == (200, 2001)
    assert problem in answer.message
    assert not ChargingPreference.objects.exists()


@pytest.mark.requirement("SES-34")
def test_only_what_was_wished_is_sent(partner_server: PartnerServer, sent: Sent) -> None:
    sent({"profile_type": "GREEN", "departure_time": "2026-03-01T19:00:00+01:00"})
    assert partner_server.calls()[0].json == {"profile_type": "GREEN", "departure_time": "2026-03-01T18:00:00Z"}


@pytest.mark.requirement("FLD-17", "VER-12")
@pytest.mark.parametrize("how", ["not advertised", "lacking"])
def test_a_partner_that_takes_none_is_not_asked(wish: Wish, cpo: Caller, how: str) -> None:
    if how == "lacking":
        cpo.partner.lacks = ["charging_preferences"]
        cpo.partner.save()
    else:
        cpo.partner.endpoints.filter(identifier="sessions").update(role="RECEIVER")
    answer = wish()
    assert answer.status == (200, 2001)
    assert "takes no charging preferences" in answer.message


@pytest.mark.requirement("TRA-44")
def test_what_no_worker_took_in_time_is_never_sent_late(partner_server: PartnerServer, wish: Wish) -> None:
    pk = wish().data["id"]
    assert preferences.sweep() == [pk]
    ChargingPreference.objects.update(created_at=clock.now() - timedelta(minutes=2))
    assert preferences.sweep() == []
    preferences.send(pk)
    assert (ChargingPreference.objects.get().state, partner_server.calls()) == ("EXPIRED", [])


@pytest.mark.requirement("SES-30")
def test_only_an_app_with_the_scope_may_wish(wish: Wish, cpo: Caller) -> None:
    assert cpo.put(*PATH, body=GREEN).status == (404, 2001)
    ApiClient.objects.update(scopes=["read"])
    assert wish().http.status_code == 403
    assert not ChargingPreference.objects.exists()


@pytest.mark.requirement("SES-30", "SES-20")
def test_a_session_that_we_do_not_know_is_404(app: Caller, cpo: Caller) -> None:
    assert app.put("sessions", "NL", "CPO", "S404", "charging_preferences", body=GREEN).status == (404, 2001)
