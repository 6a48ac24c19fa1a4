"""The outbox of alerts: what waits for a recipient goes out together, is claimed first, and tried for some hours.

A mail server or a receiver that is down costs its rows their tries and nothing else.
"""

import hashlib
import hmac
import random
import smtplib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, QuerySet

from ocpi.core import client, clock, ids, secrets
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.types import format_datetime

from .alert_models import Delivery, Recipient

SIGNATURE = "X-EMSP-Signature"
_TRIES = 8  # within about two hours
_BATCH = 50
_STALE = timedelta(minutes=2)  # a claim older than this belongs to a worker that died
State = Delivery.State


class NotSent(Exception):
    """Why a message did not leave us or was not taken; for operators."""


def owed() -> list[int]:
    """Recipients for whom something is due."""
    return list(_due().order_by().values_list("recipient", flat=True).distinct())


def oldest() -> datetime | None:
    """Since when the oldest delivery that is due waits; None when there is none."""
    found: datetime | None = _due().order_by("due_at").values_list("due_at", flat=True).first()
    return found


def send(recipient_id: int) -> int:
    """Send what is due to one recipient as one message; returns how many alerts were in it. Safe to run twice."""
    claim = ids.new_id()
    chosen = list(_due().filter(recipient=recipient_id).order_by("due_at", "pk").values_list("pk", flat=True)[:_BATCH])
    mine = _due().filter(pk__in=chosen)
    if not chosen or not mine.update(claim=claim, attempts=F("attempts") + 1, due_at=clock.now() + _STALE):
        return 0
    rows = list(Delivery.objects.filter(claim=claim).select_related("alert__partner", "recipient").order_by("pk"))
    try:
        _tell(rows[0].recipient, rows)
    except NotSent as error:
        _put_off(rows, str(error))
    else:
        Delivery.objects.filter(claim=claim).update(state=State.SENT, sent_at=clock.now(), error="", claim="")
    return len(rows)


def signature(secret: str, moment: int, body: bytes) -> str:
    """`t=…,v1=…`: the second is HMAC-SHA256 over `t`, a full stop and the body, in hex."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def _due() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=State.WAITING, due_at__lte=clock.now(), recipient__active=True)


def _put_off(rows: Sequence[Delivery], problem: str) -> None:
    """For longer each time; news that is hours old is given up, and stays in the list of alerts."""
    for row in rows:
        wait = timedelta(seconds=30 * 2**row.attempts * random.uniform(0.8, 1.2))
        state = State.FAILED if row.attempts >= _TRIES else State.WAITING
        Delivery.objects.filter(pk=row.pk, claim=row.claim).update(
            state=state, due_at=clock.now() + wait, error=problem[:500], claim=""
        )


def _tell(recipient: Recipient, rows: Sequence[Delivery]) -> None:
    send_by = {Recipient.Kind.EMAIL: _by_email, Recipient.Kind.WEBHOOK: _by_webhook}
    send_by[Recipient.Kind(recipient.kind)](recipient, rows)


def _by_email(recipient: Recipient, rows: Sequence[Delivery]) -> None:
    if not settings.EMAIL_URL:
        raise NotSent("EMAIL_URL is not set: there is no mail server")
    first = " ".join(rows[0].alert.title.split())
    subject = first if len(rows) == 1 else f"{len(rows)} alerts: {first} …"
    message = EmailMessage(f"[{settings.PROJECT_NAME}] {subject}", _letter(rows), to=[recipient.address])
    try:
        message.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(f"the mail server did not take it: {type(error).__name__}") from error


def _letter(rows: Sequence[Delivery]) -> str:
    parts = ("\n".join(filter(None, [row.alert.title, row.alert.text, _url(row)])) for row in rows)
    return "\n\n".join(parts) + "\n"


def _by_webhook(recipient: Recipient, rows: Sequence[Delivery]) -> None:
    """Where the URL leads is checked with every call, as for partners (`ocpi.core.targets`)."""
    secret, moment = secrets.decrypt(recipient.secret), int(time.time())
    body = {"alerts": [_on_the_wire(row) for row in rows]}
    try:
        taken = client.deliver(
            recipient.address, body, correlation_id=ids.new_id(),
            sign=lambda content: {SIGNATURE: signature(secret, moment, content)},
        )  # fmt: skip
    except PartnerError as error:
        raise NotSent(str(error)) from error
    if not taken:
        raise NotSent("the receiver did not answer with 2xx")


def _on_the_wire(row: Delivery) -> dict[str, Any]:
    alert = row.alert
    return {
        "key": alert.key, "event": alert.event, "at": format_datetime(alert.at), "title": alert.title,
        "text": alert.text, "url": _url(row), "partner": alert.partner and alert.partner.name, "data": alert.data,
    }  # fmt: skip


def _url(row: Delivery) -> str:
    return settings.PUBLIC_URL + row.alert.path
