"""A handshake that an operator follows: begun, carried out by a worker, told step by step, mended and cancelled."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ocpi.core import clock, outbox, secrets
from ocpi.core.signals import handshake_followed
from ocpi.credentials import handshakes
from ocpi.credentials.causes import CAUSES
from ocpi.credentials.errors import NotPossible
from ocpi.credentials.models import Handshake
from ocpi.partners import services as partners
from ocpi.partners.models import Partner, PartnerToken
from tests.callers import Caller
from tests.partner_server import PartnerServer

TOKEN_A = "token-a-that-they-gave-us"


@pytest.fixture
def newcomer(db: None) -> Partner:
    return partners.enter(name="Newcomer")


def begin(partner: Partner, server: PartnerServer, **changes: Any) -> Handshake:
    asked = {"versions_url": server.versions_url, "token_a": TOKEN_A} | changes
    return handshakes.start(partner=partner, **asked)


def run(row: Handshake) -> Handshake:
    handshakes.run(row.pk)
    row.refresh_from_db()
    row.partner.refresh_from_db()
    return row


# --- we start ---------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("CRE-02")
def test_we_register_and_forget_the_token_a(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = run(begin(newcomer, partner_server))
    assert (row.state, row.step, row.cause, row.tries) == ("CONNECTED", "STORED", "", 1)
    assert row.partner.connected
    assert row.token_a == ""
    assert {call.token for call in partner_server.calls()} == {TOKEN_A}
    assert {call["X-Correlation-ID"] for call in partner_server.calls()} == {row.flow}


def test_the_row_is_announced_after_the_commit_and_the_token_is_ciphertext(
    newcomer: Partner, partner_server: PartnerServer, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[Any] = []

    def hear(pk: Any, **kwargs: Any) -> None:
        heard.append(pk)

    outbox.row_waiting.connect(hear, sender=Handshake)
    with django_capture_on_commit_callbacks(execute=True):
        row = begin(newcomer, partner_server)
    outbox.row_waiting.disconnect(hear, sender=Handshake)
    assert heard == [row.pk]
    assert TOKEN_A not in row.token_a
    assert secrets.decrypt(row.token_a) == TOKEN_A


def test_only_one_worker_carries_it_out(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = run(begin(newcomer, partner_server))
    before = len(partner_server.calls())
    handshakes.run(row.pk)
    assert len(partner_server.calls()) == before


def test_whoever_watches_hears_that_it_ended_well(newcomer: Partner, partner_server: PartnerServer) -> None:
    heard: list[Partner] = []

    def hear(partner: Partner, **kwargs: Any) -> None:
        heard.append(partner)

    handshake_followed.connect(hear)
    run(begin(newcomer, partner_server))
    handshake_followed.disconnect(hear)
    assert heard == [newcomer]


LOCATIONS = {"identifier": "locations", "role": "SENDER", "url": "http://x.test/locations"}
FAILURES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("GET", "versions", {"status": 401, "status_code": 2001}, "VERSIONS", "TOKEN"),
    ("GET", "versions", {"status": 403, "raw": b""}, "VERSIONS", "TOKEN"),
    ("GET", "versions", {"status": 404, "raw": b"gone"}, "VERSIONS", "NOT_FOUND"),
    ("GET", "versions", {"status": 302, "raw": b"", "headers": {"Location": "/x"}}, "VERSIONS", "REDIRECT"),
    ("GET", "versions", {"status": 429, "status_code": 2000}, "VERSIONS", "TOO_MANY"),
    ("GET", "versions", {"status": 500, "raw": b"oops"}, "VERSIONS", "SERVER_ERROR"),
    ("GET", "versions", {"raw": b"<html>Welcome</html>"}, "VERSIONS", "NOT_JSON"),
    ("GET", "versions", {"raw": b'{"hello": "world"}'}, "VERSIONS", "NO_ENVELOPE"),
    ("GET", "versions", {"raw": b"[]"}, "VERSIONS", "NO_ENVELOPE"),
    ("GET", "versions", {"data": {"version": "2.2.1", "endpoints": []}}, "VERSIONS", "NOT_VERSIONS"),
    ("GET", "versions", {"data": [{"version": "2.1.1", "url": "http://x.test"}]}, "VERSIONS", "NO_VERSION"),
    ("GET", "versions", {"status_code": 2000, "message": "no"}, "VERSIONS", "CLIENT_ERROR"),
    ("GET", "versions", {"status": 418, "raw": b""}, "VERSIONS", "REFUSED_HTTP"),
    ("GET", "versions", {"drop": True}, "VERSIONS", "BROKE_OFF"),
    ("GET", "versions", {"status_code": 4001}, "VERSIONS", "HUB"),
    ("GET", "2.2.1", {"status": 401, "status_code": 2001}, "DETAILS", "TOKEN_LATER"),
    ("GET", "2.2.1", {"data": {"version": "2.2"}}, "DETAILS", "DETAILS"),
    ("GET", "2.2.1", {"data": {"version": "2.2.1", "endpoints": []}}, "DETAILS", "DETAILS"),
    ("GET", "2.2.1", {"data": {"version": "2.2.1", "endpoints": [LOCATIONS]}}, "DETAILS", "ENDPOINTS"),
    ("POST", "credentials", {"status": 405, "status_code": 2000}, "CREDENTIALS", "METHOD"),
    ("POST", "credentials", {"status": 401, "status_code": 2001}, "CREDENTIALS", "TOKEN_LATER"),
    ("POST", "credentials", {"status_code": 3001}, "CREDENTIALS", "CANNOT_USE_OURS"),
    ("POST", "credentials", {"status_code": 3002}, "CREDENTIALS", "OUR_VERSION"),
    ("POST", "credentials", {"status_code": 3003}, "CREDENTIALS", "OUR_ENDPOINTS"),
    ("POST", "credentials", {"status_code": 3000}, "CREDENTIALS", "SERVER_ERROR"),
    ("POST", "credentials", {"data": {"token": "t", "url": "http://x.test", "roles": []}}, "CREDENTIALS", "NO_ROLE"),
    ("POST", "credentials", {"data": {"url": "http://x.test", "roles": [{}]}}, "CREDENTIALS", "CREDENTIALS"),
    ("POST", "credentials", {"drop": True}, "CREDENTIALS", "OUTCOME_UNKNOWN"),
]


@pytest.mark.parametrize(("method", "path", "answer", "step", "cause"), FAILURES)
def test_each_failure_has_its_step_and_its_cause(
    newcomer: Partner, partner_server: PartnerServer, method: str, path: str, answer: Any, step: str, cause: str
) -> None:
    partner_server.answer(method, path, **answer)
    row = run(begin(newcomer, partner_server))
    assert (row.state, row.step, row.cause) == ("FAILED", step, cause)
    assert row.detail
    assert TOKEN_A not in row.detail
    assert not row.partner.connected


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://127.0.0.1:1/versions", "REFUSED"),
        ("http://no-such-host.invalid/versions", "DNS"),
        ("ftp://cpo.test/versions", "URL"),
        ("http://user:secret@cpo.test/versions", "URL"),
    ],
)
def test_what_never_answers_is_told_apart(
    newcomer: Partner, partner_server: PartnerServer, url: str, cause: str
) -> None:
    assert run(begin(newcomer, partner_server, versions_url=url)).cause == cause


def test_a_plain_server_on_a_tls_port_is_told(newcomer: Partner, partner_server: PartnerServer) -> None:
    url = partner_server.versions_url.replace("http://", "https://")
    assert run(begin(newcomer, partner_server, versions_url=url)).cause == "TLS"


def test_silence_is_told(newcomer: Partner, partner_server: PartnerServer, settings: Any) -> None:
    settings.OCPI_HANDSHAKE_TIMEOUT = 0.3
    partner_server.answer("GET", "versions", delay=2)
    assert run(begin(newcomer, partner_server)).cause == "TIMEOUT"


@pytest.mark.requirement("TRA-51")
@pytest.mark.parametrize(
    ("url", "cause"), [("http://cpo.test/versions", "HTTPS_ONLY"), ("https://127.0.0.1/versions", "PRIVATE")]
)
def test_in_production_nobody_leads_us_into_our_own_network(
    newcomer: Partner, partner_server: PartnerServer, settings: Any, url: str, cause: str
) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    assert run(begin(newcomer, partner_server, versions_url=url)).cause == cause


def test_a_post_that_cannot_have_arrived_leaves_no_doubt(newcomer: Partner, partner_server: PartnerServer) -> None:
    """Nothing listened: they have no token of ours, and the one that we made is gone."""
    partner_server.endpoints = [e for e in partner_server.endpoints if e["identifier"] != "credentials"]
    partner_server.endpoints.append(
        partner_server.endpoint("credentials", "RECEIVER", "http://127.0.0.1:1/credentials")
    )
    row = run(begin(newcomer, partner_server))
    assert (row.cause, row.partner.status) == ("REFUSED", Partner.Status.NEW)
    assert not row.partner.tokens.exists()


def test_our_own_fault_says_nothing_but_its_kind(
    newcomer: Partner, partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError(f"with {TOKEN_A} in it")

    monkeypatch.setattr("ocpi.credentials.services.register", fail)
    row = run(begin(newcomer, partner_server))
    assert (row.state, row.cause, row.detail) == ("FAILED", "OURSELVES", "RuntimeError")


def test_it_is_mended_and_tried_again(newcomer: Partner, partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "versions", times=1, status=401)
    row = run(begin(newcomer, partner_server, token_a="wrong"))
    first = row.flow
    handshakes.again(row=row, token_a=TOKEN_A)
    assert (row.state, row.cause, row.step, row.detail) == ("QUEUED", "", "", "")
    run(row)
    assert (row.state, row.tries) == ("CONNECTED", 2)
    assert row.flow != first
    assert [call.token for call in partner_server.calls()][:2] == ["wrong", TOKEN_A]


def test_what_is_given_anew_is_used_and_the_rest_stays(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = run(begin(newcomer, partner_server, versions_url="http://127.0.0.1:1/versions"))
    handshakes.again(row=row, versions_url=partner_server.versions_url)
    assert run(row).state == "CONNECTED"


def test_one_partner_has_one_open_handshake(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = begin(newcomer, partner_server)
    with pytest.raises(NotPossible, match="open already"):
        handshakes.invite(partner=newcomer)
    handshakes.cancel(row=row)
    handshakes.invite(partner=newcomer)


def test_who_is_connected_is_not_connected_again(cpo: Caller) -> None:
    with pytest.raises(NotPossible, match="registered already"):
        handshakes.invite(partner=cpo.partner)


def test_cancelling_forgets_what_they_gave_us(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = run(begin(newcomer, partner_server, versions_url="http://127.0.0.1:1/versions"))
    handshakes.cancel(row=row)
    assert (row.state, row.token_a) == ("CANCELLED", "")
    with pytest.raises(NotPossible, match="cancelled"):
        handshakes.again(row=row)


def test_what_is_running_cannot_be_cancelled(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = begin(newcomer, partner_server)
    Handshake.objects.update(state="RUNNING")
    with pytest.raises(NotPossible, match="running"):
        handshakes.cancel(row=row)


# --- workers that die -------------------------------------------------------------------------------------------------
def test_a_lost_task_is_queued_again(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = begin(newcomer, partner_server)
    assert handshakes.sweep() == []
    Handshake.objects.update(began_at=timezone.now() - timedelta(seconds=11))
    assert handshakes.sweep() == [row.pk]


def test_a_dead_worker_is_told_and_decides_nothing(newcomer: Partner, partner_server: PartnerServer) -> None:
    row = begin(newcomer, partner_server)
    Handshake.objects.update(state="RUNNING", step="CREDENTIALS", claimed_at=clock.now() - timedelta(minutes=3))
    assert handshakes.sweep() == []
    row.refresh_from_db()
    assert (row.state, row.cause, row.step) == ("FAILED", "INTERRUPTED", "CREDENTIALS")


# --- they start -------------------------------------------------------------------------------------------------------
def invited(partner: Partner) -> tuple[Handshake, Caller]:
    row, token_a = handshakes.invite(partner=partner)
    return row, Caller(token=token_a, partner=partner)


def test_they_register_while_we_wait(newcomer: Partner, partner_server: PartnerServer) -> None:
    row, them = invited(newcomer)
    assert row.state == "WAITING"
    answer = them.post("credentials", body=partner_server.credentials)
    assert answer.status == (201, 1000)
    row.refresh_from_db()
    assert (row.state, row.step, row.tries) == ("CONNECTED", "STORED", 1)


def test_a_token_a_stands_nowhere_but_as_a_digest(newcomer: Partner) -> None:
    row, them = invited(newcomer)
    row.refresh_from_db()
    assert them.token not in str(vars(row))
    assert PartnerToken.objects.get().digest == secrets.digest(them.token)


@pytest.mark.parametrize(
    ("wrong", "step", "cause"),
    [
        ({"status": 401, "status_code": 2001}, "READING", "THEIR_TOKEN"),
        ({"raw": b"<html>"}, "READING", "NOT_JSON"),
        ({"data": [{"version": "2.1.1", "url": "http://x.test"}]}, "READING", "NO_VERSION"),
    ],
)
def test_a_failed_try_of_theirs_is_told_and_the_token_still_good(
    newcomer: Partner, partner_server: PartnerServer, wrong: Any, step: str, cause: str
) -> None:
    row, them = invited(newcomer)
    partner_server.answer("GET", "versions", times=1, **wrong)
    assert them.post("credentials", body=partner_server.credentials).status[1] >= 3000
    row.refresh_from_db()
    assert (row.state, row.step, row.cause) == ("WAITING", step, cause)
    assert them.post("credentials", body=partner_server.credentials).status == (201, 1000)
    row.refresh_from_db()
    assert (row.state, row.cause, row.tries) == ("CONNECTED", "", 2)


def test_what_they_post_wrongly_is_told(newcomer: Partner, partner_server: PartnerServer) -> None:
    row, them = invited(newcomer)
    them.post("credentials", body={**partner_server.credentials, "roles": []})
    row.refresh_from_db()
    assert (row.step, row.cause) == ("CREDENTIALS", "BAD_BODY")
    assert "roles" in row.detail


def test_a_registration_that_nobody_follows_is_as_ever(newcomer: Partner, partner_server: PartnerServer) -> None:
    them = Caller(token=partners.issue_token_a(partner=newcomer), partner=newcomer)
    assert them.post("credentials", body=partner_server.credentials).status == (201, 1000)
    assert not Handshake.objects.exists()


def test_cancelling_kills_the_token_a(newcomer: Partner, partner_server: PartnerServer) -> None:
    row, them = invited(newcomer)
    handshakes.cancel(row=row)
    assert them.post("credentials", body=partner_server.credentials).status[0] == 401


def test_a_new_token_a_kills_the_old_one(newcomer: Partner, partner_server: PartnerServer) -> None:
    row, them = invited(newcomer)
    fresh = Caller(token=handshakes.renew(row=row), partner=newcomer)
    assert them.post("credentials", body=partner_server.credentials).status[0] == 401
    assert fresh.post("credentials", body=partner_server.credentials).status == (201, 1000)


@pytest.mark.requirement("TRA-05")
def test_who_shows_the_token_without_base64_is_noticed(newcomer: Partner) -> None:
    _, them = invited(newcomer)
    them.plain = True
    assert them.get("versions").status[0] == 401
    assert PartnerToken.objects.get().plain_use_at is not None


def test_every_cause_says_what_is_wrong_and_what_to_do() -> None:
    for code, cause in CAUSES.items():
        assert len(code) <= Handshake._meta.get_field("cause").max_length
        assert cause.sentence.endswith(".")
        assert cause.advice.endswith(".")
