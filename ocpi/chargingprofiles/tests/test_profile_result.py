"""The result on the response_url: of which type, the request says; it may be early, late, twice or another's."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.chargingprofiles import services
from ocpi.chargingprofiles.models import ActiveProfile, ProfileRequest
from ocpi.chargingprofiles.tests.conftest import ACTIVE, Ask, states, tell
from ocpi.core import clock
from ocpi.partners import leniency
from ocpi.partners.models import PartnerLeniency, PartnerRole
from tests.callers import Caller

KINDS = ("set", "get", "clear")


@pytest.mark.requirement("CHP-08", "CHP-10")
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_result_and_the_answer_has_no_data(ask: Ask, cpo: Caller, kind: str) -> None:
    row = ask(kind)
    answer = tell(cpo, row, profile=ACTIVE)
    assert answer.status == (200, 1000)
    assert "data" not in answer.body
    row.refresh_from_db()
    assert row.state == "SUCCEEDED"
    assert ActiveProfile.objects.exists() is (kind == "get")


@pytest.mark.requirement("CHP-09")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("result", ["REJECTED", "UNKNOWN"])
def test_what_is_not_accepted_has_failed(ask: Ask, cpo: Caller, kind: str, result: str) -> None:
    row = ask(kind)
    assert tell(cpo, row, result).status == (200, 1000)
    row.refresh_from_db()
    assert (row.state, row.steps[-1]["detail"]) == ("FAILED", result)


@pytest.mark.requirement("TYP-14")
@pytest.mark.parametrize(
    "body", [{}, [], "ACCEPTED", {"result": "accepted"}, {"result": "TOO_OFTEN"}, {"result": None}]
)
def test_what_is_no_result_is_2001_and_changes_nothing(ask: Ask, cpo: Caller, body: Any) -> None:
    row = ask()
    path = row.response_url.removeprefix("http://emsp.test")
    assert cpo.post(path, body=body).status == (200, 2001)
    assert cpo.post(path, raw=b"{").status == (400, 2001)
    row.refresh_from_db()
    assert (row.state, row.result) == ("ACCEPTED", None)


@pytest.mark.requirement("FLD-29")
def test_a_result_inside_an_envelope_is_understood_and_counted(ask: Ask, cpo: Caller) -> None:
    row = ask()
    wrapped = {"data": {"result": "ACCEPTED"}, "status_code": 1000, "timestamp": "2026-03-01T10:00:00Z"}
    assert tell(cpo, row, wrapped).status == (200, 1000)
    leniency.write()
    counted = PartnerLeniency.objects.get()
    assert (counted.partner, counted.kind, counted.count) == (cpo.partner, "wrapped", 1)


@pytest.mark.requirement("CHP-23", "TRA-39")
def test_a_result_of_another_platform_is_404(ask: Ask, cp2: Caller, cpo: Caller) -> None:
    row = ask()
    assert tell(cp2, row).status == (404, 2001)
    assert cpo.post("chargingprofiles", "00000000-0000-4000-8000-000000000000", body={"result": "ACCEPTED"}).status == (
        404,
        2001,
    )
    assert cpo.post("chargingprofiles", "S1", body={"result": "ACCEPTED"}).status == (404, 2001)
    assert states(row) == ["QUEUED", "SENDING", "ACCEPTED"]


@pytest.mark.requirement("CHP-23")
def test_an_app_reports_nothing(ask: Ask, app: Caller) -> None:
    row = ask()
    assert tell(app, row).http.status_code == 403
    assert states(row)[-1] == "ACCEPTED"


@pytest.mark.requirement("CHP-23", "HUB-02", "HUB-08", "AMB-33", "AMB-34")
def test_the_answer_swaps_the_parties_and_any_correlation_id_will_do(ask: Ask, cpo: Caller) -> None:
    PartnerRole.objects.create(partner=cpo.partner, role="HUB", country_code="NL", party_id="HUB")
    row = ask()
    path = row.response_url.removeprefix("http://emsp.test")
    headers = {"OCPI-from-country-code": "NL", "OCPI-from-party-id": "HUB", "OCPI-to-country-code": "NL",
               "OCPI-to-party-id": "EMS", "X-Correlation-ID": "another"}  # fmt: skip
    answer = cpo.post(path, body={"result": "ACCEPTED"}, **headers)
    assert answer.status == (200, 1000)
    assert (answer["OCPI-to-party-id"], answer["OCPI-from-party-id"]) == ("HUB", "EMS")
    assert answer["X-Correlation-ID"] == "another"


@pytest.mark.requirement("CHP-21")
def test_no_result_in_time_is_taken_for_never_and_a_late_one_corrects_that(ask: Ask, cpo: Caller, app: Caller) -> None:
    row = ask()
    services.sweep()
    assert states(row)[-1] == "ACCEPTED"  # there is time left
    ProfileRequest.objects.update(result_due_at=clock.now() - timedelta(seconds=1))
    services.sweep()
    assert app.get("chargingprofiles", str(row.pk)).data["state"] == "TIMED_OUT"
    assert tell(cpo, row).status == (200, 1000)
    assert states(row) == ["QUEUED", "SENDING", "ACCEPTED", "TIMED_OUT", "SUCCEEDED"]


@pytest.mark.requirement("CHP-21")
def test_the_time_limit_is_the_one_that_the_cpo_gave(ask: Ask, partner_server: Any) -> None:
    partner_server.answer("PUT", "chargingprofiles", data={"result": "ACCEPTED", "timeout": 2})
    row = ask()
    assert timedelta(0) < row.result_due_at - row.sent_at < timedelta(seconds=10)


def test_the_same_result_twice_is_acknowledged_and_noted_once(ask: Ask, cpo: Caller) -> None:
    row = ask()
    assert [tell(cpo, row).status for _ in range(2)] == [(200, 1000), (200, 1000)]
    assert states(row).count("SUCCEEDED") == 1


def test_a_contradicting_second_result_changes_nothing(ask: Ask, cpo: Caller) -> None:
    row = ask()
    tell(cpo, row)
    assert tell(cpo, row, "REJECTED").status == (200, 1000)
    row.refresh_from_db()
    assert (row.state, row.result) == ("SUCCEEDED", {"result": "ACCEPTED"})


def test_a_result_with_strings_for_numbers_needs_the_partners_flag(ask: Ask, cpo: Caller) -> None:
    profile = ACTIVE["charging_profile"] | {"charging_profile_period": [{"start_period": "0", "limit": "16"}]}
    odd = ACTIVE | {"charging_profile": profile}
    row = ask("get")
    assert tell(cpo, row, profile=odd).status == (200, 2001)
    cpo.partner.string_numbers = True
    cpo.partner.save()
    assert tell(cpo, row, profile=odd).status == (200, 1000)
    assert ActiveProfile.objects.get().payload == ACTIVE
