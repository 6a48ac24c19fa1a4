"""Several parties of ours (EMSP_PARTIES) and several of a partner's: each message has one of either side."""

from typing import Any

import pytest

from ocpi.cdrs.models import CDR
from ocpi.partners import leniency
from ocpi.partners.models import PartnerLeniency
from ocpi.protocol.headers import PartyId
from ocpi.sessions.models import Session
from ocpi.tokens import pushes
from ocpi.tokens import services as tokens
from ocpi.tokens.models import TokenPush
from tests import factories
from tests.callers import Caller
from tests.hubs.wire import party, route, shown
from tests.partner_server import PartnerServer

S1 = ("sessions", "NL", "CPO", "S1")
MORE = {"kwh": 5, "last_updated": "2026-03-01T13:00:00Z"}


@pytest.fixture
def two_of_us(settings: Any) -> None:
    settings.EMSP_PARTIES = ["NL-EMS", "DE-EM2"]


@pytest.fixture
def platform(partner_server: PartnerServer, db: None) -> Caller:
    """Two CPOs under one roof, one of which is an eMSP too."""
    partner = partner_server.registered(name="Platform", party=("BE", "CPX"), token="token-of-platform")
    partner.roles.create(role="CPO", country_code="BE", party_id="CPY")
    partner.roles.create(role="EMSP", country_code="BE", party_id="CPY")
    partner.roles.create(role="NSP", country_code="BE", party_id="NSP")
    return Caller("token-of-platform", partner=partner)


def deliver() -> None:
    for push in TokenPush.objects.filter(state="PENDING"):
        pushes.send(push.pk)


# --- several of ours, who are called ---------------------------------------------------------------------------------
@pytest.mark.requirement("HUB-06", "HUB-07")
@pytest.mark.usefixtures("two_of_us")
def test_who_calls_must_say_which_of_us_is_meant(cpo: Caller) -> None:
    assert cpo.put(*S1, body=factories.session(), **route("NL/CPO", to="")).status == (200, 2001)
    assert not Session.objects.exists()
    assert cpo.put(*S1, body=factories.session(), **route("NL/CPO", to="NL/EMS")).status == (201, 1000)


@pytest.mark.requirement("HUB-06", "HUB-02")
@pytest.mark.usefixtures("two_of_us")
def test_each_of_us_sees_its_own_drivers_only(cpo: Caller) -> None:
    theirs = factories.cdr_token(country_code="DE", party_id="EM2")
    cpo.put(*S1, body=factories.session(), **route("NL/CPO", to="NL/EMS"))
    cpo.put(
        "sessions", "NL", "CPO", "S2", body=factories.session(id="S2", cdr_token=theirs), **route("NL/CPO", "DE/EM2")
    )
    for us, session_id, other in (("NL/EMS", "S1", "S2"), ("DE/EM2", "S2", "S1")):
        listed = cpo.get("sessions", **route("NL/CPO", to=us))
        assert [row["id"] for row in listed.data] == [session_id]
        assert shown(listed.http.headers) == ("NL/CPO", us)
        assert cpo.get("sessions", "NL", "CPO", other, **route("NL/CPO", to=us)).status == (404, 2001)


@pytest.mark.requirement("HUB-06", "SES-21")
@pytest.mark.usefixtures("two_of_us")
def test_a_session_or_bill_for_one_of_us_must_be_of_its_driver(cpo: Caller) -> None:
    """Otherwise a message to one tenant would write into the books of the other."""
    answer = cpo.put(*S1, body=factories.session(), **route("NL/CPO", to="DE/EM2"))
    assert (answer.status, "not a driver of DE-EM2" in answer.message) == ((200, 2004), True)
    assert cpo.post("cdrs", body=factories.cdr(), **route("NL/CPO", to="DE/EM2")).status == (200, 2004)
    assert not Session.objects.exists()
    assert not CDR.objects.exists()
    cpo.put(*S1, body=factories.session(), **route("NL/CPO", to="nl/ems"))
    assert cpo.patch(*S1, body=MORE, **route("NL/CPO", to="DE/EM2")).status == (404, 2001)
    changed = MORE | {"cdr_token": factories.cdr_token(country_code="DE", party_id="EM2")}
    assert cpo.patch(*S1, body=changed, **route("NL/CPO", to="NL/EMS")).status == (200, 2004)
    assert Session.objects.get().kwh == 1.5
    assert cpo.patch(*S1, body=MORE, **route("NL/CPO", to="NL/EMS")).status == (200, 1000)
    assert cpo.post("cdrs", body=factories.cdr(), **route("NL/CPO", to="NL/EMS")).status == (201, 1000)


@pytest.mark.requirement("HUB-06", "TOK-01")
@pytest.mark.usefixtures("two_of_us")
def test_tokens_are_listed_and_authorized_by_the_one_that_is_asked(cpo: Caller) -> None:
    tokens.put(uid="CARD1", type="RFID", contract_id="C1", issuer="We", party=PartyId("NL", "EMS"))
    tokens.put(uid="CARD2", type="RFID", contract_id="C2", issuer="We", party=PartyId("DE", "EM2"))
    for us, mine, other in (("NL/EMS", "CARD1", "CARD2"), ("DE/EM2", "CARD2", "CARD1")):
        assert [row["uid"] for row in cpo.get("tokens", **route("NL/CPO", to=us)).data] == [mine]
        assert cpo.post("tokens", mine, "authorize", **route("NL/CPO", to=us)).data["allowed"] == "ALLOWED"
        assert cpo.post("tokens", other, "authorize", **route("NL/CPO", to=us)).status == (404, 2004)


@pytest.mark.requirement("CRE-32", "HUB-06")
@pytest.mark.usefixtures("two_of_us")
def test_our_credentials_name_all_of_us(cpo: Caller) -> None:
    roles = cpo.get("credentials").data["roles"]
    assert [(role["role"], role["country_code"], role["party_id"]) for role in roles] == [
        ("EMSP", "NL", "EMS"), ("EMSP", "DE", "EM2"),
    ]  # fmt: skip


# --- several of ours, who call ---------------------------------------------------------------------------------------
@pytest.mark.requirement("HUB-01", "TOK-24")
@pytest.mark.usefixtures("two_of_us")
def test_a_token_is_pushed_in_the_name_of_its_party(partner_server: PartnerServer, db: None) -> None:
    partner_server.registered()
    tokens.put(uid="CARD2", type="RFID", contract_id="C2", issuer="We", party=PartyId("DE", "EM2"))
    deliver()
    [call] = partner_server.calls()
    assert call.path == "/ocpi/tokens/DE/EM2/CARD2"
    assert shown(call.headers) == ("NL/CPO", "DE/EM2")


# --- several of theirs -----------------------------------------------------------------------------------------------
@pytest.mark.requirement("HUB-07", "HUB-09", "TRA-39", "CRE-32")
def test_a_platform_with_several_parties_brings_the_objects_of_each(platform: Caller) -> None:
    for who in ("CPX", "CPY"):
        body = factories.session(country_code="BE", party_id=who)
        assert platform.put("sessions", "BE", who, "S1", body=body, **route(f"BE/{who}")).status == (201, 1000)
    assert platform.put(*S1, body=factories.session(), **route("BE/CPX")).status == (404, 2001)
    assert [row["party_id"] for row in platform.get("sessions", **route("BE/CPX")).data] == ["CPX", "CPY"]
    body = factories.session(country_code="BE", party_id="CPY")
    assert platform.put("sessions", "BE", "CPX", "S1", body=body, **route("BE/CPX")).status == (200, 2001)


@pytest.mark.requirement("HUB-10", "HUB-01", "TOK-19")
def test_a_token_goes_to_each_cpo_of_a_platform_and_to_nobody_else(
    platform: Caller, partner_server: PartnerServer
) -> None:
    factories.token()
    deliver()
    assert [shown(call.headers)[0] for call in partner_server.calls("PUT", "tokens")] == ["BE/CPX", "BE/CPY"]


@pytest.mark.requirement("HUB-10", "TRA-37")
def test_when_one_of_them_fails_all_are_told_again(platform: Caller, partner_server: PartnerServer) -> None:
    partner_server.answer("PUT", "tokens", times=1, status=500)
    partner_server.answer("PUT", "tokens", times=1)
    row = factories.token()
    deliver()
    assert row.pushes.get().state == "PENDING"
    row.pushes.update(next_try_at="2026-03-01T00:00:00Z")
    deliver()
    assert row.pushes.get().state == "DONE"
    asked = [shown(call.headers)[0] for call in partner_server.calls("PUT", "tokens")]
    assert asked == ["BE/CPX", "BE/CPY", "BE/CPX", "BE/CPY"]


def test_a_partner_without_a_cpo_gets_them_once_for_each_party(cpo: Caller) -> None:
    assert cpo.partner.receivers() == [party("NL/CPO")]
    cpo.partner.roles.update(role="NSP")
    cpo.partner.read_again()
    assert cpo.partner.receivers() == [party("NL/CPO")]
    cpo.partner.roles.all().delete()
    cpo.partner.read_again()
    assert cpo.partner.receivers() == [None]


@pytest.mark.requirement("FLD-26", "HUB-07")
def test_who_leaves_routing_headers_out_needs_a_flag_where_they_are_needed(platform: Caller) -> None:
    body = factories.session(country_code="BE", party_id="CPX")
    put = ("sessions", "BE", "CPX", "S1")
    assert platform.put(*put, body=body).status == (200, 2001)
    assert not Session.objects.exists()
    platform.partner.missing_routing = True
    platform.partner.save()
    answer = platform.put(*put, body=body)
    assert answer.status == (201, 1000)
    assert "OCPI-to-party-id" not in answer.http  # we do not know who asks
    assert answer["OCPI-from-party-id"] == "EMS"
    leniency.write()
    assert PartnerLeniency.objects.get(kind="missing-routing").count == 1
    assert platform.put("sessions", "NL", "CPO", "S1", body=factories.session()).status == (404, 2001)
    assert platform.put(*put, body=body, **{"OCPI-from-party-id": "CPX"}).status == (200, 2001)


@pytest.mark.requirement("FLD-26", "HUB-07", "HUB-06")
@pytest.mark.usefixtures("two_of_us")
def test_the_same_where_we_are_several(cpo: Caller) -> None:
    assert cpo.put(*S1, body=factories.session()).status == (200, 2001)
    cpo.partner.missing_routing = True
    cpo.partner.save()
    assert cpo.put(*S1, body=factories.session()).status == (201, 1000)
    assert cpo.get(*S1, **route("NL/CPO", to="DE/EM2")).status == (404, 2001)


# --- which endpoint --------------------------------------------------------------------------------------------------
@pytest.mark.requirement("VER-12", "TRA-47")
def test_endpoints_are_chosen_by_module_and_role(platform: Caller) -> None:
    """A platform with CPOs and eMSPs lists both roles of a module; the receiver of locations is none for us."""
    platform.partner.endpoints.create(identifier="tokens", role="SENDER", url="http://wrong.test/tokens")
    platform.partner.endpoints.create(identifier="locations", role="RECEIVER", url="http://wrong.test/locations")
    chosen = [platform.partner.endpoint(*which) for which in (("tokens", "RECEIVER"), ("locations", "SENDER"))]
    assert all(url and "wrong" not in url for url in chosen)
    assert platform.partner.endpoint("chargingprofiles", "RECEIVER") == ""
    assert platform.partner.endpoint("credentials", "SENDER") == platform.partner.endpoint("credentials", "RECEIVER")
