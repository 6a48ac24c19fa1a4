"""Pushing tokens: partners get the current state, a bounded number of times."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from ocpi.core import clock
from ocpi.tokens import pushes, services, tasks
from ocpi.tokens.models import TokenPush
from tests import factories
from tests.partner_server import PartnerServer

PATH = "/ocpi/tokens/NL/EMS/04AABBCCDD"


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.OCPI_CONNECT_TIMEOUT = settings.OCPI_READ_TIMEOUT = 0.5


@pytest.fixture
def partner(partner_server: PartnerServer, db: None) -> Any:
    return partner_server.registered()


def work() -> None:
    """What a worker does with everything that is due."""
    for partner_id in pushes.to_spread():
        pushes.spread(partner_id)
    for partner_id in pushes.owed():
        assert not pushes.drain(partner_id)


def push() -> TokenPush:
    return TokenPush.objects.get()


def put_on(minutes: float) -> None:
    """As if that time had gone by."""
    TokenPush.objects.update(next_try_at=clock.now() - timedelta(minutes=minutes))


@pytest.mark.requirement("TOK-19", "TOK-24", "TOK-33", "HUB-01", "TRA-12")
def test_a_new_token_is_put_whole_under_our_party(partner_server: PartnerServer, partner: Any) -> None:
    token = factories.token()
    work()
    [call] = partner_server.calls()
    assert (call.method, call.path, call.json) == ("PUT", PATH, token.to_wire())
    assert (call.token, call["Content-Type"]) == ("token-for-cpo", "application/json")
    routing = [call[f"OCPI-{end}-{what}"] for end in ("from", "to") for what in ("country-code", "party-id")]
    assert routing == ["NL", "EMS", "NL", "CPO"]
    assert (push().state, push().delivered) == ("DONE", token.to_wire())


@pytest.mark.requirement("TOK-20", "TOK-29")
@pytest.mark.parametrize("type_", ["APP_USER", "AD_HOC_USER", "OTHER"])
def test_a_type_other_than_rfid_stands_in_every_url(partner_server: PartnerServer, partner: Any, type_: str) -> None:
    token = factories.token(type=type_)
    work()
    partner_server.answer("PATCH", "tokens", status=404, status_code=2004)
    services.set_status(token=token, status="BLOCKED")
    work()
    assert [call.method for call in partner_server.calls()] == ["PUT", "PATCH", "GET", "PUT"]
    assert {call.path for call in partner_server.calls()} == {f"{PATH}?type={type_}"}
    if type_ != "OTHER":
        assert partner_server.calls("PUT")[0].json["whitelist"] == "NEVER"


@pytest.mark.requirement("TRA-46", "TRA-47", "TRA-48", "TOK-20")
def test_the_advertised_url_is_used_as_it_is(partner_server: PartnerServer, partner: Any) -> None:
    endpoint = partner.endpoints.filter(identifier="tokens")
    endpoint.update(url=f"{partner_server.base_url}/x9/foo/?tenant=7")
    factories.token(uid="A*1/B", type="APP_USER")
    work()
    assert [call.path for call in partner_server.calls()] == ["/ocpi/x9/foo/NL/EMS/A%2A1%2FB?tenant=7&type=APP_USER"]


@pytest.mark.requirement("TOK-21", "TOK-22")
def test_a_block_is_patched_and_nothing_is_ever_deleted(partner_server: PartnerServer, partner: Any) -> None:
    token = factories.token()
    work()
    token = services.set_status(token=token, status="BLOCKED")
    work()
    [_, patch] = partner_server.calls()
    assert (patch.method, patch.path) == ("PATCH", PATH)
    expected = {"valid": False, "whitelist": "NEVER", "last_updated": token.to_wire()["last_updated"]}
    assert patch.json == expected


@pytest.mark.requirement("TOK-21")
def test_a_field_that_went_away_needs_a_put(partner_server: PartnerServer, partner: Any) -> None:
    factories.token(group_id="FLEET")
    work()
    token = factories.token(group_id="")
    work()
    assert [call.method for call in partner_server.calls()] == ["PUT", "PUT"]
    assert partner_server.calls()[1].json == token.to_wire()


@pytest.mark.requirement("TRA-44", "AMB-39")
def test_three_changes_while_they_were_away_are_one_push_of_the_current_state(
    partner_server: PartnerServer, partner: Any
) -> None:
    partner_server.answer("PUT", "tokens", times=1, status=503)
    token = factories.token()
    work()
    assert push().state == "PENDING"
    for status in ("BLOCKED", "ACTIVE", "EXPIRED"):
        token = services.set_status(token=token, status=status)
    work()
    assert [call.json["valid"] for call in partner_server.calls()] == [True, False]
    assert push().delivered == token.to_wire()


@pytest.mark.requirement("TRA-37", "TOK-23")
def test_after_a_refused_patch_we_look_and_put_what_is_missing(partner_server: PartnerServer, partner: Any) -> None:
    token = factories.token()
    work()
    partner_server.answer("PATCH", "tokens", status_code=2001)
    partner_server.answer("GET", "tokens", status=404, status_code=2004)
    token = services.set_status(token=token, status="BLOCKED")
    work()
    assert [call.method for call in partner_server.calls()] == ["PUT", "PATCH", "GET", "PUT"]
    assert partner_server.calls()[-1].json == token.to_wire()
    assert push().state == "DONE"


@pytest.mark.requirement("TRA-37", "TOK-23")
def test_after_a_refused_patch_nothing_is_put_when_they_have_it_all(
    partner_server: PartnerServer, partner: Any
) -> None:
    token = factories.token()
    work()
    token = services.set_status(token=token, status="BLOCKED")
    partner_server.answer("PATCH", "tokens", status_code=2001)
    partner_server.answer("GET", "tokens", data=token.to_wire())
    work()
    assert [call.method for call in partner_server.calls()] == ["PUT", "PATCH", "GET"]
    assert push().state == "DONE"


@pytest.mark.requirement("FLD-02", "TRA-37")
@pytest.mark.parametrize("status", [401, 403])
def test_who_rejects_our_credentials_is_not_asked_again(
    partner_server: PartnerServer, partner: Any, status: int
) -> None:
    token = factories.token()
    work()
    partner_server.answer("PATCH", "tokens", status=status, status_code=2001)
    services.set_status(token=token, status="BLOCKED")
    work()
    assert [call.method for call in partner_server.calls()] == ["PUT", "PATCH"]
    assert push().state == "FAILED"


@pytest.mark.requirement("TRA-19", "TRA-31", "FLD-02", "FLD-03", "FLD-33")
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": 201}, "DONE"),
        ({"status_code": 1900}, "DONE"),
        ({"status": 204, "raw": b""}, "DONE"),
        ({"data": {"x": 1}}, "DONE"),
        ({"data": None}, "DONE"),
        ({"raw": b'\xef\xbb\xbf{"status_code":1000,"timestamp":"2026-01-01T00:00:00Z"}'}, "DONE"),
        ({"status_code": 2001, "data": "boom"}, "FAILED"),
        ({"status": 400, "raw": b"<html>"}, "FAILED"),
        ({"status": 401, "status_code": 2001}, "FAILED"),
        ({"status": 403, "raw": b""}, "FAILED"),
        ({"status_code": 3000}, "PENDING"),
        ({"status_code": 4002}, "PENDING"),
        ({"status": 500, "raw": b"<html>Oops"}, "PENDING"),
        ({"status": 502, "raw": b""}, "PENDING"),
        ({"raw": b'{"status_code":'}, "PENDING"),
        ({"raw": b""}, "PENDING"),
        ({"drop": True}, "PENDING"),
        ({"delay": 5}, "PENDING"),
    ],
)  # fmt: skip
def test_what_an_answer_makes_of_a_push(
    partner_server: PartnerServer, partner: Any, settings: Any, answer: dict, state: str
) -> None:
    settings.OCPI_READ_TIMEOUT = 0.2 if "delay" in answer else 5
    partner_server.answer("PUT", "tokens", **answer)
    factories.token()
    work()
    assert (push().state, len(partner_server.calls())) == (state, 1)
    assert bool(push().error) == (state != "DONE")


@pytest.mark.requirement("FLD-31", "TRA-31")
def test_who_asks_for_time_gets_it(partner_server: PartnerServer, partner: Any) -> None:
    partner_server.answer("PUT", "tokens", status=429, headers={"Retry-After": "7200"})
    factories.token()
    work()
    wait = push().next_try_at - clock.now()
    assert timedelta(seconds=7100) < wait <= timedelta(seconds=7200)
    work()
    assert len(partner_server.calls()) == 1


@pytest.mark.requirement("TRA-44", "AMB-39")
@pytest.mark.long
def test_after_eight_tries_we_give_up_until_the_token_changes(
    partner_server: PartnerServer, partner: Any, settings: Any
) -> None:
    settings.OCPI_PAUSE_AFTER = 100
    partner_server.answer("PUT", "tokens", times=8, status=503)
    token = factories.token()
    for _ in range(12):
        work()
        put_on(1)
    assert (len(partner_server.calls()), push().state) == (8, "FAILED")
    services.set_status(token=token, status="BLOCKED")
    work()
    assert (len(partner_server.calls()), push().state) == (9, "DONE")


def test_a_repeated_wish_for_the_same_state_sends_nothing_new(partner_server: PartnerServer, partner: Any) -> None:
    factories.token()
    work()
    TokenPush.objects.update(state="PENDING")
    work()
    assert [call.method for call in partner_server.calls()] == ["PUT"]
    pushes.enqueue_all(partner)
    work()
    assert [call.method for call in partner_server.calls()] == ["PUT", "PUT"]


def test_sending_twice_sends_once(partner_server: PartnerServer, partner: Any) -> None:
    factories.token()
    pushes.send(push().pk)
    pushes.send(push().pk)
    assert len(partner_server.calls()) == 1


def test_the_push_of_a_worker_that_died_is_taken_up_later(partner_server: PartnerServer, partner: Any) -> None:
    factories.token()
    TokenPush.objects.update(state="SENDING", claimed_at=clock.now())
    work()
    assert partner_server.calls() == []
    TokenPush.objects.update(claimed_at=clock.now() - timedelta(minutes=6))
    work()
    assert (len(partner_server.calls()), push().state) == (1, "DONE")


@pytest.mark.parametrize("status", ["SUSPENDED", "UNREGISTERED", "UNKNOWN", "NEW"])
def test_nothing_goes_to_a_partner_that_is_not_connected(
    partner_server: PartnerServer, partner: Any, status: str
) -> None:
    factories.token()
    partner.status = status
    partner.save()
    pushes.send(push().pk)
    work()
    services.put(uid="NEW", type="RFID", contract_id="C", issuer="I")
    assert partner_server.calls() == []
    assert not TokenPush.objects.filter(token__uid="NEW").exists()


@pytest.mark.requirement("TOK-03")
def test_what_a_partner_shall_not_see_is_not_pushed(partner_server: PartnerServer, partner: Any) -> None:
    partner.withholds_app_tokens = True
    partner.save()
    factories.token(type="APP_USER")
    assert pushes.enqueue_all(partner) == 0
    assert not TokenPush.objects.exists()
    partner.endpoints.filter(identifier="tokens").delete()
    factories.token()
    assert not TokenPush.objects.exists()


@pytest.mark.requirement("TOK-17")
def test_a_change_during_the_push_is_pushed_as_well(
    partner_server: PartnerServer, partner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = factories.token()
    deliver = pushes._deliver

    def deliver_while_it_changes(row: TokenPush, wanted: dict) -> None:
        deliver(row, wanted)
        monkeypatch.undo()
        services.set_status(token=token, status="BLOCKED")

    monkeypatch.setattr(pushes, "_deliver", deliver_while_it_changes)
    pushes.send(push().pk)
    assert push().state == "PENDING"
    work()
    assert (push().state, push().delivered["valid"]) == ("DONE", False)
    assert [call.json["valid"] for call in partner_server.calls()] == [True, False]


def test_the_sweeper_hands_out_what_is_due(partner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[str] = []
    monkeypatch.setattr(tasks.drain, "delay", handed.append)
    token = factories.token()
    put_on(-5)
    tasks.sweep()
    assert handed == []
    put_on(1)
    tasks.sweep()
    tasks.sweep()
    assert handed == [str(partner.pk)]  # one worker at a time
    assert not pushes.drain(partner.pk)
    services.set_status(token=token, status="BLOCKED")
    tasks.sweep()
    assert handed == [str(partner.pk)] * 2


@pytest.mark.django_db(transaction=True)
def test_workers_that_take_the_same_push_at_once_send_it_once(partner_server: PartnerServer) -> None:
    partner_server.registered()
    factories.token()
    push_id, start = push().pk, threading.Barrier(6)

    def send(_: int) -> None:
        try:
            start.wait(30)
            pushes.send(push_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(send, range(6)))
    assert (len(partner_server.calls()), push().state) == (1, "DONE")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL looks for it")
def test_what_is_due_to_one_partner_is_found_without_walking_past_the_others(partner: Any) -> None:
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):  # cheaper in a table that is nearly empty
            cursor.execute(f"SET LOCAL enable_{way} = off")
        plan = pushes.due(partner.pk).order_by("next_try_at")[:50].explain()
    assert "token_push_due" in plan
    assert "Sort" not in plan


def test_the_sweeper_costs_the_same_however_many_pushes_wait(partner: Any, django_assert_num_queries: Any) -> None:
    for n in range(3):
        factories.token(uid=f"FEW{n}")
    with django_assert_num_queries(5):  # one of them for the pushes of all partners
        assert pushes.owed() == [partner.pk]
    partner.refresh_from_db()
    partner.pushing_until = None
    partner.save()
    for n in range(30):
        factories.token(uid=f"MANY{n}")
    with django_assert_num_queries(5):  # one of them for the pushes of all partners
        assert pushes.owed() == [partner.pk]
