"""`PUT {chargingprofiles}/{session_id}`: the CPO tells which limits hold now."""

from typing import Any

import pytest
from django.test import Client

from ocpi.chargingprofiles.models import ActiveProfile
from ocpi.chargingprofiles.tests.conftest import ACTIVE, Ask
from ocpi.core import admin as core
from ocpi.partners.models import HubParty, PartnerRole
from ocpi.protocol.headers import PartyId, Routing
from ocpi.sessions.models import Session
from tests import admin_pages, factories
from tests.callers import Caller


def active(start: str = "2026-03-01T10:15:00Z", limit: Any = 16) -> dict[str, Any]:
    periods = [{"start_period": 0, "limit": limit}]
    profile = {"charging_rate_unit": "A", "charging_profile_period": periods}
    return {"start_date_time": start, "charging_profile": profile}


def stored(session_id: str = "S1", **owner: str) -> Any:
    return ActiveProfile.objects.get(session__session_id=session_id, **owner).payload


@pytest.mark.requirement("CHP-11", "CHP-10")
def test_what_was_put_holds_from_now_on(cpo: Caller, session: Session) -> None:
    for limit in (16, 8):
        answer = cpo.put("chargingprofiles", "S1", body=active(limit=limit))
        assert answer.status == (200, 1000)
        assert "data" not in answer.body
        assert stored() == active(limit=limit)
    assert ActiveProfile.objects.count() == 1


@pytest.mark.requirement("CHP-11")
@pytest.mark.long
def test_apps_and_operators_see_it(ask: Ask, app: Caller, cpo: Caller, admin_client: Client) -> None:
    row = ask()
    cpo.put("chargingprofiles", "S1", body=active(limit=9.5))
    assert app.get("chargingprofiles", str(row.pk)).data["active_profile"] == active(limit=9.5)
    assert "at most 9.5 A" in admin_pages.page(admin_client, core.page(row))


@pytest.mark.requirement("CHP-11", "AMB-04")
def test_one_that_was_calculated_earlier_does_not_replace_it(cpo: Caller, session: Session) -> None:
    newer = active("2026-03-01T10:20:00Z", 8)
    cpo.put("chargingprofiles", "S1", body=newer)
    assert cpo.put("chargingprofiles", "S1", body=active("2026-03-01T10:15:00Z", 16)).status == (200, 1000)
    assert stored() == newer


@pytest.mark.requirement("TYP-01")
def test_the_session_id_has_no_case(cpo: Caller, session: Session) -> None:
    assert cpo.put("chargingprofiles", "s1", body=ACTIVE).status == (200, 1000)
    assert stored() == ACTIVE


@pytest.mark.requirement("CHP-13", "CHP-12")
def test_an_unknown_session_is_404_and_so_is_another_platforms(cpo: Caller, cp2: Caller, session: Session) -> None:
    assert cpo.put("chargingprofiles", "S404", body=ACTIVE).status == (404, 2001)
    assert cp2.put("chargingprofiles", "S1", body=ACTIVE).status == (404, 2001)
    assert not ActiveProfile.objects.exists()


@pytest.mark.requirement("CHP-12")
def test_two_platforms_with_one_session_id_do_not_mix(cpo: Caller, cp2: Caller, session: Session) -> None:
    cp2.put("sessions", "DE", "CP2", "S1", body=factories.session(country_code="DE", party_id="CP2"))
    cpo.put("chargingprofiles", "S1", body=active(limit=16))
    cp2.put("chargingprofiles", "S1", body=active(limit=8))
    assert stored(session__party_id="CPO") == active(limit=16)
    assert stored(session__party_id="CP2") == active(limit=8)


@pytest.mark.requirement("CHP-12", "HUB-09")
def test_the_sender_decides_between_two_parties_of_one_platform(cpo: Caller, session: Session) -> None:
    PartnerRole.objects.create(partner=cpo.partner, role="CPO", country_code="BE", party_id="CPX")
    us = PartyId("NL", "EMS")
    theirs = Routing(to=us, from_=PartyId("BE", "CPX")).to_headers()
    assert cpo.put("chargingprofiles", "S1", body=ACTIVE, **theirs).status == (404, 2001)
    cpo.put("sessions", "BE", "CPX", "S1", body=factories.session(country_code="BE", party_id="CPX"), **theirs)
    assert cpo.put("chargingprofiles", "S1", body=ACTIVE).status == (200, 2001)  # no sender, and two are possible
    assert cpo.put("chargingprofiles", "S1", body=ACTIVE, **theirs).status == (200, 1000)
    assert stored(session__party_id="CPX") == ACTIVE
    assert ActiveProfile.objects.count() == 1


@pytest.mark.requirement("CHP-12")
def test_a_hub_that_speaks_for_itself_is_understood_where_the_id_is_unique(cpo: Caller, session: Session) -> None:
    PartnerRole.objects.create(partner=cpo.partner, role="HUB", country_code="NL", party_id="HUB")
    HubParty.objects.create(partner=cpo.partner, country_code="BE", party_id="CPX")
    hub = Routing(to=PartyId("NL", "EMS"), from_=PartyId("NL", "HUB")).to_headers()
    assert cpo.put("chargingprofiles", "S1", body=ACTIVE, **hub).status == (200, 1000)
    Session.objects.create(**_copy(session, "BE", "CPX"))
    assert cpo.put("chargingprofiles", "S1", body=ACTIVE, **hub).status == (404, 2001)


def _copy(session: Session, country_code: str, party_id: str) -> dict[str, Any]:
    values = {f.attname: getattr(session, f.attname) for f in Session._meta.concrete_fields if not f.primary_key}
    return values | {"country_code": country_code, "party_id": party_id}


@pytest.mark.requirement("HUB-06", "CHP-12")
def test_the_session_must_be_of_the_party_of_ours_that_is_addressed(
    cpo: Caller, session: Session, settings: Any
) -> None:
    settings.EMSP_PARTIES = ["NL-EMS", "DE-EM2"]
    sender = PartyId("NL", "CPO")
    other = Routing(to=PartyId("DE", "EM2"), from_=sender).to_headers()
    right = Routing(to=PartyId("NL", "EMS"), from_=sender).to_headers()
    assert cpo.put("chargingprofiles", "S1", body=ACTIVE, **other).status == (404, 2001)
    assert cpo.put("chargingprofiles", "S1", body=ACTIVE, **right).status == (200, 1000)


@pytest.mark.requirement("CHP-11", "TYP-13")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"charging_profile": ACTIVE["charging_profile"]}, (200, 2001)),
        ({"start_date_time": "2026-03-01T10:15:00Z"}, (200, 2001)),
        (active(limit="16"), (200, 2001)),
        (active(start="now"), (200, 2001)),
        ([], (200, 2001)),
        ({"start_date_time": "2026-03-01T10:15:00Z", "charging_profile": {"charging_rate_unit": "kW"}}, (200, 2001)),
    ],
)
def test_what_is_no_active_profile_is_refused(
    cpo: Caller, session: Session, body: Any, status: tuple[int, int]
) -> None:
    assert cpo.put("chargingprofiles", "S1", body=body).status == status
    assert not ActiveProfile.objects.exists()


@pytest.mark.requirement("CHP-11")
def test_a_profile_without_periods_and_with_unknown_fields_is_taken_as_it_is(cpo: Caller, session: Session) -> None:
    body = {"start_date_time": "2026-03-01T10:15:00Z", "charging_profile": {"charging_rate_unit": "W"}, "x_vendor": 1}
    assert cpo.put("chargingprofiles", "S1", body=body).status == (200, 1000)
    assert stored() == body


@pytest.mark.requirement("CHP-28", "TRA-28")
def test_partners_have_no_other_methods_here(cpo: Caller, session: Session) -> None:
    cpo.put("chargingprofiles", "S1", body=ACTIVE)
    for method in ("GET", "PATCH", "DELETE"):
        answer = cpo.request(method, "chargingprofiles", "S1")
        assert answer.status == (405, 2000)
        assert {"PUT", "POST"} <= set(answer["Allow"].split(", "))
    for path in (("chargingprofiles",), ("chargingprofiles", "NL", "CPO", "S1")):
        assert cpo.put(*path, body=ACTIVE).status == (404, 2001)
    assert stored() == ACTIVE


@pytest.mark.requirement("CHP-27", "VER-05")
def test_the_module_is_never_offered_without_sessions(cpo: Caller) -> None:
    """What we advertise, and what we hold of others: a request about a profile needs their session."""
    offered = {(e["identifier"], e["role"]) for e in cpo.get("/ocpi/emsp/2.2.1/").data["endpoints"]}
    assert ("chargingprofiles", "SENDER") in offered
    assert ("sessions", "RECEIVER") in offered
    assert ("chargingprofiles", "RECEIVER") not in offered


def test_an_app_sets_no_active_profile(app: Caller, session: Session) -> None:
    assert app.put("chargingprofiles", "S1", body=ACTIVE).http.status_code == 403
