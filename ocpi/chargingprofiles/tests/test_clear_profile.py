"""Taking our limits back."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from ocpi.chargingprofiles.models import ActiveProfile, ProfileRequest
from ocpi.chargingprofiles.tests.conftest import ACTIVE, Ask, tell
from tests.callers import Caller
from tests.partner_server import PartnerServer


@pytest.mark.requirement("CHP-03", "CHP-04", "CHP-22", "HUB-01")
def test_response_url_stands_in_the_query_and_there_is_no_body(partner_server: PartnerServer, ask: Ask) -> None:
    row = ask("clear")
    [call] = partner_server.calls("DELETE", "chargingprofiles")
    parts = urlsplit(call.path)
    assert parts.path == "/ocpi/chargingprofiles/S1"
    assert parse_qsl(parts.query, strict_parsing=True) == [("response_url", row.response_url)]
    assert (call.body, call["Content-Type"]) == (b"", None)
    assert (call["OCPI-to-party-id"], call["OCPI-from-party-id"]) == ("CPO", "EMS")


@pytest.mark.requirement("CHP-08", "CHP-14")
def test_what_held_is_forgotten_until_the_cpo_tells_what_does(ask: Ask, cpo: Caller, app: Caller) -> None:
    cpo.put("chargingprofiles", "S1", body=ACTIVE)
    row = ask("clear")
    assert ActiveProfile.objects.exists()
    assert tell(cpo, row).status == (200, 1000)
    assert app.get("chargingprofiles", str(row.pk)).data["active_profile"] is None
    cpo.put("chargingprofiles", "S1", body=ACTIVE)
    assert ActiveProfile.objects.exists()


@pytest.mark.requirement("CHP-09")
@pytest.mark.parametrize("result", ["REJECTED", "UNKNOWN"])
def test_a_profile_that_was_not_there_is_a_failure_and_forgets_nothing(ask: Ask, cpo: Caller, result: str) -> None:
    cpo.put("chargingprofiles", "S1", body=ACTIVE)
    row = ask("clear")
    tell(cpo, row, result)
    row.refresh_from_db()
    assert (row.state, row.result) == ("FAILED", {"result": result})
    assert ActiveProfile.objects.exists()


@pytest.mark.requirement("CHP-06", "CHP-07")
def test_a_refused_clearing_waits_for_nothing(partner_server: PartnerServer, ask: Ask) -> None:
    partner_server.answer("DELETE", "chargingprofiles", data={"result": "UNKNOWN_SESSION", "timeout": 0})
    row = ask("clear")
    assert (row.state, row.result_due_at) == ("REJECTED", None)


@pytest.mark.requirement("CHP-06")
def test_too_often_stops_every_kind_of_request(partner_server: PartnerServer, ask: Ask, wish: object) -> None:
    partner_server.answer("DELETE", "chargingprofiles", data={"result": "TOO_OFTEN", "timeout": 0})
    ask("clear")
    for kind in ("set", "get", "clear"):
        assert wish(kind).status == (200, 2001)  # type: ignore[operator]
    assert ProfileRequest.objects.count() == 1
