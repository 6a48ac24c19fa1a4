"""Reservations: made, used, changed, cancelled, expired, withdrawn."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, token

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def reserve(emsp: Emsp, minutes: float = 30, reservation_id: str = "R1", **order: object) -> str:
    expiry = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"token": token(), "expiry_date": expiry, "reservation_id": reservation_id, **PLACE, **order}
    answer = emsp.command("RESERVE_NOW", **{key: value for key, value in body.items() if value is not None})
    return answer.json()["data"]["result"]


def result(emsp: Emsp, count: int = 1) -> str:
    return emsp.wait_for("POST", "/results/", count)[-1].body["result"]


def sessions(cpo: Cpo) -> list[dict]:
    return [row["session"] for row in cpo.control("GET", "/sessions")]


@pytest.mark.requirement("CMD-30", "SES-26")
def test_a_reservation_is_a_session_and_reserves_the_evse(cpo: Cpo, emsp: Emsp) -> None:
    assert reserve(emsp, authorization_reference="REF-R") == "ACCEPTED"
    assert result(emsp) == "ACCEPTED"
    session = emsp.wait_for("PUT", "/sessions/")[0].body
    assert (session["status"], session["authorization_reference"]) == ("RESERVATION", "REF-R")
    assert emsp.call("GET", "/locations/NLUTC01/NLUTC01-01").json()["data"]["status"] == "RESERVED"


@pytest.mark.requirement("CMD-08")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"location_id": "DEZUS01", "evse_uid": "DEZUS01-01"}, "NOT_SUPPORTED"),
        ({"minutes": -1}, "REJECTED"),
        ({"token": token(party_id="XXX")}, "REJECTED"),
        ({"location_id": "L404"}, "REJECTED"),
    ],
)
def test_what_cannot_be_reserved_is_refused(emsp: Emsp, order: dict, expected: str) -> None:
    assert reserve(emsp, **order) == expected


@pytest.mark.requirement("SES-26", "CDR-23", "TCS-52")
def test_a_used_reservation_becomes_active_and_its_time_is_billed_with_the_charge(cpo: Cpo, emsp: Emsp) -> None:
    cpo.platform.clock.fast = 1200
    emsp.call("PUT", "/tokens/NL/EMS/04AABBCC", token())
    reserve(emsp, minutes=24 * 60)  # it must not expire before the driver comes, at this pace
    result(emsp)
    reserved = cpo.platform.cpos[0].yard.charges()[0]
    cpo.wait_until(lambda: reserved.timeline.now() - reserved.created > timedelta(minutes=2))
    tap = cpo.control("POST", "/tap", {**PLACE, "connector_id": "1", "token_uid": "04aabbcc"})
    assert tap["started"] is True
    assert [session["id"] for session in sessions(cpo)] == [tap["session_id"]]
    cpo.wait_until(lambda: cpo.session(tap["session_id"])["kwh"] > 0)
    cpo.control("POST", "/stop", {"session_id": tap["session_id"]})
    cdr = emsp.wait_for("POST", "/cdrs")[0].body
    kinds = [dimension["type"] for period in cdr["charging_periods"] for dimension in period["dimensions"]]
    assert kinds[0] == "RESERVATION_TIME"
    assert "ENERGY" in kinds
    assert (cdr["auth_method"], cdr["total_reservation_cost"]["excl_vat"] > 0) == ("WHITELIST", True)
    final = emsp.got("PUT", "/sessions/")[-1].body
    assert cdr["start_date_time"] < final["start_date_time"]


@pytest.mark.requirement("CMD-30", "TCS-49", "CDR-24")
def test_an_unused_reservation_expires_and_is_billed_with_the_fee(cpo: Cpo, emsp: Emsp) -> None:
    cpo.platform.clock.fast = 3600
    reserve(emsp, minutes=20)
    cdr = emsp.wait_for("POST", "/cdrs")[0].body
    assert [d["type"] for p in cdr["charging_periods"] for d in p["dimensions"]] == ["RESERVATION_TIME"]
    assert cdr["total_cost"]["excl_vat"] == pytest.approx(3.0, abs=0.06), "20 minutes of 3.00 per hour, and 2.00"
    assert sessions(cpo)[0]["status"] == "COMPLETED"
    assert emsp.call("GET", "/locations/NLUTC01/NLUTC01-01").json()["data"]["status"] == "AVAILABLE"


@pytest.mark.requirement("CMD-27")
def test_the_same_reservation_id_moves_the_expiry(cpo: Cpo, emsp: Emsp) -> None:
    reserve(emsp, minutes=10)
    result(emsp)
    reserve(emsp, minutes=60)
    assert result(emsp, 2) == "ACCEPTED"
    assert len(sessions(cpo)) == 1
    expires = cpo.platform.cpos[0].yard.charges()[0].reservation.expires
    assert expires > datetime.now(UTC) + timedelta(minutes=50)


@pytest.mark.requirement("CMD-30", "CMD-08")
def test_a_cancelled_reservation_is_completed_and_an_unknown_one_reported(cpo: Cpo, emsp: Emsp) -> None:
    cpo.platform.clock.fast = 10
    reserve(emsp)
    result(emsp)
    cpo.wait_until(
        lambda: cpo.platform.cpos[0].yard.charges()[0].timeline.now() > cpo.platform.cpos[0].yard.charges()[0].created
    )
    emsp.command("CANCEL_RESERVATION", reservation_id="r1")
    assert result(emsp, 2) == "ACCEPTED"
    cdr = emsp.wait_for("POST", "/cdrs")[0].body
    assert cdr["total_cost"]["excl_vat"] < 2, "cancelling costs the time, not the fee for not coming"
    emsp.command("CANCEL_RESERVATION", reservation_id="R1")
    assert result(emsp, 3) == "UNKNOWN_RESERVATION"


@pytest.mark.requirement("CMD-28")
def test_two_emsps_may_use_one_reservation_id(cpo: Cpo, emsp: Emsp, make_emsp: Callable[..., Emsp]) -> None:
    other = make_emsp("DE", "OTH", registered=False)
    other.register(cpo.control("POST", "/token-a", expect=201)["token_a"], "other-token-b")
    reserve(emsp)
    result(emsp)
    reserve(other, token=token(country_code="DE", party_id="OTH"), evse_uid="NLUTC01-02")
    assert result(other) == "ACCEPTED"
    other.command("CANCEL_RESERVATION", reservation_id="R1")
    result(other, 2)
    assert [session["status"] for session in sessions(cpo)] == ["RESERVATION", "COMPLETED"]


@pytest.mark.requirement("CMD-29", "SES-19", "CDR-24")
def test_without_an_evse_the_reservation_is_a_promise_until_the_driver_comes(cpo: Cpo, emsp: Emsp) -> None:
    assert reserve(emsp, evse_uid=None) == "ACCEPTED"
    result(emsp)
    assert sessions(cpo)[0]["evse_uid"] == sessions(cpo)[0]["connector_id"] == "#NA"
    emsp.call("PUT", "/tokens/NL/EMS/04AABBCC", token())
    cpo.control("POST", "/plug", {"location_id": "NLUTC01", "evse_uid": "NLUTC01-03"})
    cpo.control("POST", "/evse-status", {"location_id": "NLUTC01", "evse_uid": "NLUTC01-03", "status": "AVAILABLE"})
    tap = cpo.control("POST", "/tap", {"location_id": "NLUTC01", "evse_uid": "NLUTC01-03", "token_uid": "04AABBCC"})
    assert tap["started"] is True
    assert (sessions(cpo)[0]["evse_uid"], sessions(cpo)[0]["status"]) == ("NLUTC01-03", "ACTIVE")


@pytest.mark.requirement("CMD-22")
def test_the_card_of_a_command_needs_no_real_time_authorisation_for_15_minutes(cpo: Cpo, emsp: Emsp) -> None:
    emsp.call("PUT", "/tokens/NL/EMS/04AABBCC", token(whitelist="NEVER"))
    reserve(emsp, token=token(whitelist="NEVER"))
    result(emsp)
    tap = cpo.control("POST", "/tap", {**PLACE, "token_uid": "04AABBCC"})
    assert (tap["decided_by"], tap["started"]) == ("COMMAND", True)
    assert not emsp.got("POST", "/authorize")


@pytest.mark.requirement("CMD-16")
def test_a_reservation_withdrawn_by_the_cpo_is_told_to_the_same_response_url(cpo: Cpo, emsp: Emsp) -> None:
    reserve(emsp, response_url=f"{emsp.url}/results/R1")
    result(emsp)
    session = cpo.wait_until(lambda: sessions(cpo))[0]
    cpo.control("POST", "/reservations/cancel", {"session_id": session["id"]})
    assert emsp.wait_for("POST", "/results/R1", 2)[1].body == {"result": "CANCELED_RESERVATION"}


def test_a_reserved_evse_is_occupied_for_everybody_else(cpo: Cpo, emsp: Emsp) -> None:
    reserve(emsp)
    result(emsp)
    emsp.command("START_SESSION", token=token("OTHER"), **PLACE)
    assert result(emsp, 2) == "EVSE_OCCUPIED"
    emsp.command("START_SESSION", token=token(), **PLACE)
    assert result(emsp, 3) == "ACCEPTED"
