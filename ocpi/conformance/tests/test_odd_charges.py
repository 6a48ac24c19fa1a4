"""Charges and pushes as no seeded defect makes them: commands without a result, lists instead of pushes, nonsense."""

from typing import Any

import pytest
import requests

from ocpi.conformance import samples
from ocpi.protocol.headers import PartyId, authorization
from tests.partner_server import Answer, Call, PartnerServer

from .conftest import Look, Looked

CPO = PartyId("NL", "CPO")
CHARGE = (
    "CMD-05 CMD-06 CMD-09 SES-20 CDR-16 CMD-18 SES-21 SES-14 SES-24 AMB-04 SES-28 CDR-33 CDR-23 CDR-27 CDR-25 TYP-13"
)
ACCEPTED = Answer({"result": "ACCEPTED", "timeout": 30})


class Charger:
    """A CPO with one EVSE to start at and one to reserve.

    `start` and `stop` are what it answers, and `result` is what it sends first; `session` and `cdr` change what it then
    lists, None for nothing.
    """

    def __init__(self, server: PartnerServer) -> None:
        self.server = server
        self.start, self.stop = ACCEPTED, ACCEPTED
        self.result: dict[str, Any] | None = {"result": "ACCEPTED"}
        self.session: dict[str, Any] | None = {}
        self.cdr: dict[str, Any] | None = {}
        self.order: dict[str, Any] = {}
        self.stopped = False
        self.headers: dict[str, str] = {}
        free = samples.evse("1", 1, status="AVAILABLE", capabilities=["REMOTE_START_STOP_CAPABLE"])
        other = samples.evse("1", 2, status="AVAILABLE", capabilities=["RESERVABLE"])
        server.answer("GET", "locations", data=[samples.location(CPO, "1", evses=[free, other])])
        server.answer("GET", "sessions", does=lambda call: Answer(self._sessions()))
        server.answer("GET", "cdrs", does=lambda call: Answer(self._cdrs()))
        server.answer("POST", "commands/START_SESSION", does=self._start)
        server.answer("POST", "commands/STOP_SESSION", does=self._stop)

    def send(self, method: str, url: str, body: Any) -> None:
        token = self.server.calls("POST", "credentials")[-1].json["token"]
        requests.request(
            method, url, json=body, headers={"Authorization": authorization(token), **self.headers}, timeout=5
        )

    def _start(self, call: Call) -> Answer:
        if call.json["location_id"] != "KIT-TEST-1" or call.json["token"]["party_id"] != "KIT":
            return Answer({"result": "REJECTED", "timeout": 30})
        self.order = call.json
        self._report()
        return self.start

    def _stop(self, call: Call) -> Answer:
        if not self.order or call.json.get("session_id") != "KIT-TEST-S":
            return Answer({"result": "UNKNOWN_SESSION", "timeout": 30})
        self.stopped = True
        self.order["response_url"] = call.json["response_url"]
        self._report()
        return self.stop

    def _report(self) -> None:
        if self.result is not None:
            self.send("POST", self.order["response_url"], self.result)

    def _card(self) -> dict[str, Any]:
        names = ("country_code", "party_id", "uid", "type", "contract_id")
        return {name: self.order["token"][name] for name in names}

    def _of_the_order(self) -> dict[str, Any]:
        return {name: self.order[name] for name in ("authorization_reference", "evse_uid", "connector_id")}

    def state(self) -> dict[str, Any]:
        ended = {"status": "COMPLETED", "end_date_time": samples.moment(-1)} if self.stopped else {"status": "ACTIVE"}
        known = {**self._of_the_order(), "location_id": self.order["location_id"], "kwh": 1.0, **ended}
        return samples.session(CPO, self._card(), "S", **known) | (self.session or {})

    def _sessions(self) -> list[Any]:
        return [self.state()] if self.order and self.session is not None else []

    def _cdrs(self) -> list[Any]:
        if not self.stopped or self.cdr is None:
            return []
        bill = samples.cdr(CPO, self._card(), "S", authorization_reference=self.order["authorization_reference"])
        bill["cdr_location"] |= {"id": self.order["location_id"], "evse_uid": self.order["evse_uid"]}
        return [bill | self.cdr]


@pytest.fixture
def charger(partner_server: PartnerServer) -> Charger:
    return Charger(partner_server)


def test_a_cpo_that_pushes_nothing_is_followed_by_its_lists(look: Look, charger: Charger) -> None:
    looked = look(CHARGE)
    for name in ("start_session", "result_of_the_start", "session_of_the_start", "token_of_the_session",
                 "place_of_the_session", "stop_session", "session_is_completed", "pushes_in_order", "session_is_listed",
                 "cdr_of_the_charge", "cdr_is_listed", "reference_of_the_cdr", "token_of_the_cdr", "place_of_the_cdr",
                 "energy_as_in_the_session"):  # fmt: skip
        assert looked.told(name) == [], name
        assert looked.passed(name), name


def test_a_start_that_fails_and_has_a_result_all_the_same(look: Look, charger: Charger) -> None:
    charger.start = Answer(status=500, raw=b"<html>")
    looked = look(CHARGE)
    assert looked.told("result_of_the_start") == ["there is a result although the command was not ACCEPTED"]
    assert looked.passed("session_of_the_start")


def test_commands_whose_results_never_come(look: Look, charger: Charger) -> None:
    charger.result = None
    looked = look(CHARGE)
    assert looked.told("result_of_the_start") == ["no result came within 0.05 s"]
    assert looked.told("stop_session") == ["no result came within 0.05 s"]


def test_a_charge_that_becomes_no_session(look: Look, charger: Charger) -> None:
    charger.session = None
    looked = look(CHARGE)
    assert looked.told("session_of_the_start") == ["no session came within 0.05 s"]
    for name in ("token_of_the_session", "stop_session", "session_is_completed", "cdr_of_the_charge"):
        assert looked.reason(name) == "there was no session"
    assert looked.reason("cdr_is_listed") == "there was no CDR"


def test_a_charge_that_cannot_be_stopped(look: Look, charger: Charger) -> None:
    charger.stop = Answer({"result": "REJECTED", "timeout": -1})
    charger.session = {"status": "ACTIVE"}
    looked = look(CHARGE)
    assert looked.told("stop_session") == [
        "timeout is -1", "the result is REJECTED (HTTP 200, status code 1000)"
    ]  # fmt: skip
    assert looked.reason("session_is_completed") == "the session was not stopped"
    assert looked.reason("cdr_of_the_charge") == "the session was not completed"
    assert looked.told("one_result_for_each_command") == ["a result of STOP_SESSION came, which was not ACCEPTED"]


def test_a_session_that_is_billed_before_it_says_what_it_charged(look: Look, charger: Charger) -> None:
    charger.session = {"kwh": "much", "cdr_token": None}
    looked = look(CHARGE)
    assert set(looked.told("token_of_the_session")) == {"there is no cdr_token"}
    assert looked.passed("energy_only_grows")
    assert looked.reason("energy_as_in_the_session") == "the session was not completed"


def test_a_charge_without_a_bill(look: Look, charger: Charger) -> None:
    charger.cdr = None
    looked = look(CHARGE)
    assert looked.told("cdr_of_the_charge") == ["no CDR came within 0.05 s"]
    assert looked.reason("place_of_the_cdr") == "there was no CDR of a charge of ours"


def test_a_bill_that_cannot_be_read(look: Look, charger: Charger, partner_server: PartnerServer) -> None:
    charger.cdr = {"total_energy": None}
    looked = look(CHARGE)
    assert looked.passed("cdr_of_the_charge")
    assert looked.reason("place_of_the_cdr") == "there is no CDR that can be read"


def test_another_bill_does_not_stand_for_the_one_that_cannot_be_read(look: Look, charger: Charger) -> None:
    other = samples.cdr(CPO, {**samples.cdr_token(CPO)}, "X")
    charger.cdr = {"total_energy": None}
    alone = charger._cdrs
    charger.server.answer("GET", "cdrs", does=lambda call: Answer([*alone(), other]))
    assert look(CHARGE).reason("place_of_the_cdr") == "the CDR cannot be read"


def test_a_bill_of_more_energy_at_another_place(look: Look, charger: Charger) -> None:
    charger.session = {"kwh": 7.5}
    place = samples.cdr(CPO, {}, "1")["cdr_location"]
    charger.cdr = {"cdr_location": place | {"id": "ELSEWHERE", "evse_uid": "#NA"}}
    looked = look(CHARGE)
    assert looked.told("energy_as_in_the_session") == ["the session has 7.5 kWh, the CDR 1.0"]
    assert looked.told("place_of_the_cdr") == ["location_id is ELSEWHERE, not KIT-TEST-1"]


def test_a_charge_at_a_cpo_that_lists_no_sessions(look: Look, charger: Charger, partner_server: PartnerServer) -> None:
    partner_server.endpoints = [each for each in partner_server.endpoints if each["identifier"] != "sessions"]
    looked = look(CHARGE)
    assert looked.passed("result_of_the_start")
    assert looked.reason("session_of_the_start") == "sessions is not offered"


def test_a_bill_of_another_card_under_another_reference(look: Look, charger: Charger) -> None:
    charger.cdr = {"authorization_reference": "OTHER", "cdr_token": samples.cdr_token(PartyId("NL", "KIT"), "OTHER")}
    looked = look(CHARGE)
    assert looked.told("reference_of_the_cdr") == ["authorization_reference is OTHER"]
    assert "uid of the cdr_token is not that of the command" in looked.told("token_of_the_cdr")


def test_a_bill_that_is_sent_again_and_not_as_it_was(look: Look, charger: Charger) -> None:
    bill = samples.cdr(CPO, samples.cdr_token(CPO), "1")
    pushes = [("POST", "cdrs", bill), ("POST", "cdrs", bill), ("POST", "cdrs", bill | {"remark": "corrected"})]
    told = _pushing(look, charger, "CDR-06", *pushes).told("every_cdr_is_sent_once")
    assert told == ["KIT-TEST-1 was sent again", "KIT-TEST-1 was sent again, with other contents"]


# --- other commands ---
def _reserving(look: Look, server: PartnerServer, result: str) -> Looked:
    server.answer("POST", "commands/RESERVE_NOW", data={"result": result, "timeout": 30})
    server.answer("POST", "commands/CANCEL_RESERVATION", data={"result": "REJECTED", "timeout": 30})
    return look("CMD-27 CMD-11")


def test_a_reservation_that_is_refused(look: Look, charger: Charger, partner_server: PartnerServer) -> None:
    looked = _reserving(look, partner_server, "REJECTED")
    assert looked.told("reserve_and_cancel") == [
        "RESERVE_NOW was answered with REJECTED (HTTP 200, status code 1000)"
    ]  # fmt: skip
    assert looked.passed("cancel_nothing")


def test_a_reservation_without_a_result(look: Look, charger: Charger, partner_server: PartnerServer) -> None:
    looked = _reserving(look, partner_server, "ACCEPTED")
    assert looked.told("reserve_and_cancel") == ["no result of RESERVE_NOW came within 0.05 s"]


def test_a_reservation_that_nobody_made_is_cancelled(
    look: Look, charger: Charger, partner_server: PartnerServer
) -> None:
    def cancel(call: Call) -> Answer:
        charger.send("POST", call.json["response_url"], {"result": "CANCELED_RESERVATION"})
        return ACCEPTED

    partner_server.answer("POST", "commands/CANCEL_RESERVATION", does=cancel)
    assert look("CMD-11").told("cancel_nothing") == ["the result is CANCELED_RESERVATION"]


def test_results_that_are_none(look: Look, charger: Charger) -> None:
    charger.result = {"data": {"result": "ACCEPTED"}}
    assert look("CMD-05 CMD-09").told("result_of_the_start")
    charger.result = {"result": "FAILED"}
    assert look("CMD-05 CMD-09").told("result_of_the_start") == ["the result of START_SESSION is FAILED"]


def test_a_start_at_no_place_is_answered_with_a_word_of_their_own(look: Look, partner_server: PartnerServer) -> None:
    partner_server.answer("POST", "commands", data={"result": "PERHAPS", "timeout": 30})
    told = look("CMD-08").told("start_nowhere")
    assert told == ["it was answered with HTTP 200, status code 1000 and the result PERHAPS"]


@pytest.mark.parametrize("location", ["NOWHERE", "KIT-TEST-1/NOWHERE"])
def test_a_charger_other_than_the_one_that_is_named_is_left_alone(look: Look, charger: Charger, location: str) -> None:
    assert look("CMD-05", location=location).reason("start_session") == "no free EVSE is REMOTE_START_STOP_CAPABLE"


def test_a_result_has_to_say_from_whom_it_comes_where_there_are_several(
    look: Look, charger: Charger, partner_server: PartnerServer
) -> None:
    partner_server.roles = [partner_server.role(), partner_server.role("NL", "CP2")]
    looked = look("CMD-05 CMD-09 CMD-12 HUB-01")
    assert looked.told("results_come_from_the_cpo") == ["the result of START_SESSION does not say from whom it comes"]
    assert looked.reason("their_routing_between_two_parties") == "there are more parties"
    assert looked.told("their_routing")


# --- what is pushed unasked ---
def _pushing(look: Look, charger: Charger, rows: str, *pushes: tuple[str, str, Any]) -> Looked:
    def register(call: Call) -> None:
        base = call.json["url"].removesuffix("versions") + "2.2.1/"
        for method, path, body in pushes:
            charger.send(method, base + path, body)

    charger.server.answer("POST", "credentials", data=charger.server.credentials, does=register)
    return look(rows)


def test_pushes_that_contradict_their_url(look: Look, charger: Charger) -> None:
    place = samples.location(CPO, "1")
    pushes = [
        ("PUT", "locations/NL/CPO/OTHER", place),
        ("PUT", "locations/NL/CPO/EMPTY", {}),
        ("PUT", "locations/NL/CPO/KIT-TEST-1", place),
        ("PUT", "locations/NL/CPO/KIT-TEST-1", place),
        ("PUT", "locations/NL/CPO/WORDS", ["no object"]),
        ("PATCH", "locations/NL/CPO/KIT-TEST-1", {"city": "Delft"}),
        ("PATCH", "tariffs/NL/CPO/UNKNOWN", {"currency": "CHF", "last_updated": samples.moment()}),
    ]
    looked = _pushing(look, charger, "TRA-40 TRA-44 TRA-22 LOC-01 LOC-09 TRA-39", *pushes)
    assert looked.told("their_urls_name_what_they_send") == [
        "locations: id is OTHER in the URL and KIT-TEST-1 in the body"
    ]  # fmt: skip
    assert looked.told("nothing_is_sent_twice") == ["PUT locations/NL/CPO/KIT-TEST-1 came twice with the same body"]
    assert looked.told("their_bodies_are_json") == ["PUT locations: the body is no JSON object"]
    assert len(looked.told("their_objects_are_valid")) == 2
    assert looked.told("their_patches_are_dated") == ["a PATCH of locations/NL/CPO/KIT-TEST-1 has no last_updated"]
    assert looked.passed("they_send_their_own")
