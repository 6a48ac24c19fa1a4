"""The outbox: who gets what, signed, tried again, and never twice."""

import hashlib
import hmac
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from ocpi.alerts import delivery, occasions, tasks
from ocpi.alerts.models import Alert, Delivery, Recipient
from ocpi.core import clock, secrets
from tests.partner_server import PartnerServer

pytestmark = pytest.mark.django_db


def recipient(**fields: Any) -> Recipient:
    return Recipient.objects.create(**{"name": "Desk", "address": "desk@emsp.test", **fields})


def hook(server: PartnerServer) -> Recipient:
    server.answer("POST", "alerts", status=204, raw=b"")
    secret = secrets.encrypt("the secret of the desk")
    return recipient(kind="WEBHOOK", address=f"{server.base_url}/alerts", secret=secret)


def alert(to: Recipient, n: int = 1) -> Delivery:
    row = Alert.objects.create(
        key=f"light:{n}", event="light", title=f"CPO {n} is red", text="- no answer", path=f"/admin/partner/{n}/",
        data={"after": "RED"},
    )  # fmt: skip
    return Delivery.objects.create(alert=row, recipient=to)


def state(row: Delivery) -> tuple[str, int, str]:
    row.refresh_from_db()
    return row.state, row.attempts, row.error


class TestEmail:
    def test_an_alert_is_a_letter_with_a_link(self, settings: Any) -> None:
        settings.PROJECT_NAME, settings.PUBLIC_URL = "Volt", "https://emsp.example"
        row = alert(recipient())
        tasks.send(row.recipient_id)
        (letter,) = mail.outbox
        assert (letter.to, letter.subject) == (["desk@emsp.test"], "[Volt] CPO 1 is red")
        assert letter.body == "CPO 1 is red\n- no answer\nhttps://emsp.example/admin/partner/1/\n"
        assert state(row) == ("SENT", 1, "")

    def test_what_waits_goes_out_together(self) -> None:
        to = recipient()
        rows = [alert(to, n) for n in range(1, 4)]
        assert delivery.send(to.pk) == 3
        assert mail.outbox[0].subject.endswith("3 alerts: CPO 1 is red …")
        assert [state(row)[0] for row in rows] == ["SENT"] * 3

    def test_it_is_sent_once(self) -> None:
        to = alert(recipient()).recipient
        assert [delivery.send(to.pk) for _ in range(2)] == [1, 0]
        assert len(mail.outbox) == 1

    def test_a_title_with_line_breaks_forges_no_header(self) -> None:
        row = alert(recipient())
        Alert.objects.update(title="CPO\r\nBcc: all@evil.test is red")
        delivery.send(row.recipient_id)
        assert "\n" not in mail.outbox[0].subject
        assert mail.outbox[0].recipients() == ["desk@emsp.test"]

    def test_a_server_that_refuses_is_asked_again_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(self: Any) -> None:
            raise smtplib.SMTPServerDisconnected

        monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
        row = alert(recipient())
        delivery.send(row.recipient_id)
        assert state(row) == ("WAITING", 1, "the mail server did not take it: SMTPServerDisconnected")
        assert row.due_at > clock.now() + timedelta(seconds=30)
        assert delivery.send(row.recipient_id) == 0, "its time has not come"

    def test_without_a_server_the_reason_is_told(self, settings: Any) -> None:
        settings.EMAIL_URL = ""
        row = alert(recipient())
        delivery.send(row.recipient_id)
        assert "EMAIL_URL is not set" in state(row)[2]


class TestWebhook:
    def test_the_receiver_can_check_who_sent_it(self, partner_server: PartnerServer) -> None:
        row = alert(hook(partner_server))
        tasks.send(row.recipient_id)
        (call,) = partner_server.calls("POST", "alerts")
        stamp, signed = (part.split("=")[1] for part in str(call["X-EMSP-Signature"]).split(","))
        content = f"{stamp}.".encode() + call.body
        assert signed == hmac.new(b"the secret of the desk", content, hashlib.sha256).hexdigest()
        assert abs(int(stamp) - clock.now().timestamp()) < 60
        assert state(row) == ("SENT", 1, "")

    def test_what_it_says(self, partner_server: PartnerServer, settings: Any) -> None:
        settings.PUBLIC_URL = "https://emsp.example"
        row = alert(hook(partner_server))
        delivery.send(row.recipient_id)
        (call,) = partner_server.calls("POST", "alerts")
        (told,) = call.json["alerts"]
        assert told.pop("at").endswith("Z")
        assert told == {
            "key": "light:1", "event": "light", "title": "CPO 1 is red", "text": "- no answer", "partner": None,
            "url": "https://emsp.example/admin/partner/1/", "data": {"after": "RED"},
        }  # fmt: skip

    def test_no_token_goes_with_it(self, partner_server: PartnerServer) -> None:
        delivery.send(alert(hook(partner_server)).recipient_id)
        (call,) = partner_server.calls("POST", "alerts")
        assert call["Authorization"] is None

    @pytest.mark.parametrize(("answer", "problem"), [
        ({"status": 500, "raw": b""}, "2xx"), ({"drop": True}, "broke off"), ({"status": 302, "raw": b""}, "2xx"),
    ])  # fmt: skip
    def test_one_that_fails_is_tried_again_and_given_up(
        self, partner_server: PartnerServer, answer: dict[str, Any], problem: str
    ) -> None:
        row = alert(hook(partner_server))
        partner_server.answer("POST", "alerts", **answer)
        for attempt in range(1, 9):
            Delivery.objects.update(due_at=clock.now())
            delivery.send(row.recipient_id)
            assert state(row)[:2] == ("FAILED" if attempt == 8 else "WAITING", attempt)
        assert problem in row.error
        assert delivery.owed() == []

    def test_a_url_into_our_own_network_is_not_called(self, partner_server: PartnerServer, settings: Any) -> None:
        row = alert(hook(partner_server))
        settings.OCPI_ALLOW_PRIVATE_URLS = False
        delivery.send(row.recipient_id)
        assert partner_server.calls("POST", "alerts") == []
        assert state(row)[0] == "WAITING"
        assert "https" in row.error

    def test_two_workers_send_it_once(self, partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """The second comes while the first is sending."""
        row, tell, second = alert(hook(partner_server)), delivery._tell, []

        def meanwhile(*args: Any) -> None:
            second.append(delivery.send(row.recipient_id))
            tell(*args)

        monkeypatch.setattr(delivery, "_tell", meanwhile)
        assert delivery.send(row.recipient_id) == 1
        assert second == [0]
        assert len(partner_server.calls("POST", "alerts")) == 1


def test_a_claim_of_a_worker_that_died_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    row = alert(recipient())

    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery, "_tell", die)
    with pytest.raises(KeyboardInterrupt):
        delivery.send(row.recipient_id)
    monkeypatch.undo()
    assert delivery.owed() == []
    Delivery.objects.update(due_at=clock.now())
    assert delivery.send(row.recipient_id) == 1
    assert state(row)[:2] == ("SENT", 2)


def test_nobody_is_told_who_was_switched_off_meanwhile() -> None:
    row = alert(recipient())
    Recipient.objects.update(active=False)
    assert delivery.owed() == []
    assert delivery.send(row.recipient_id) == 0


def test_a_test_goes_to_one_recipient_alone(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    queued: list[str] = []
    monkeypatch.setattr("ocpi.alerts.tasks.deliver.delay", queued.append)
    first, _ = recipient(), recipient(name="Other")
    with django_capture_on_commit_callbacks(execute=True):
        row = occasions.test(first)
    assert queued == [str(row.pk)]
    tasks.deliver(str(row.pk))
    assert [letter.to for letter in mail.outbox] == [["desk@emsp.test"]]
    assert "Test: alerts reach this address" in mail.outbox[0].subject


def test_a_round_looks_raises_and_hands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[int] = []
    monkeypatch.setattr("ocpi.alerts.tasks.send.delay", queued.append)
    row = alert(recipient())
    tasks.look()
    assert queued == [row.recipient_id]
