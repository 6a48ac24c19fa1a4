"""Telling an app the outcome of its command: the final CommandResult, POSTed to the response_url that it gave."""

import random
from datetime import timedelta

from django.db.models import Q

from ocpi.core import client, clock
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.states import COMMAND

from .models import Command

_TRIES = 5
_STALE = timedelta(minutes=2)  # a try that takes longer belongs to a worker that died
# What an app hears when no CommandResult came from the charger.
_WITHOUT_RESULT = {
    "SUCCEEDED": "ACCEPTED", "REJECTED": "REJECTED", "TIMED_OUT": "TIMEOUT", "UNKNOWN": "FAILED", "EXPIRED": "FAILED",
}  # fmt: skip


def deliver(command_id: str) -> None:
    """Claim and send; after five failures, minutes apart, it is given up, and `GET …/commands/{id}` remains."""
    row = Command.objects.filter(pk=command_id, webhook_state=Command.Webhook.WAITING).first()
    if row is None or COMMAND.waiting(row.state) or not _claim(row):
        return
    tries = row.webhook_attempts + 1
    if _post(row):
        outcome = {"webhook_state": Command.Webhook.SENT}
    elif tries >= _TRIES:
        outcome = {"webhook_state": Command.Webhook.FAILED}
    else:
        outcome = {"webhook_due_at": clock.now() + timedelta(seconds=10 * 2**tries * random.uniform(0.8, 1.2))}
    # News that came meanwhile has its own tries.
    Command.objects.filter(pk=row.pk, state=row.state, webhook_attempts=tries).update(**outcome)


def _claim(row: Command) -> bool:
    moment = clock.now()
    due = Q(webhook_due_at=None) | Q(webhook_due_at__lte=moment)
    mine = Command.objects.filter(due, pk=row.pk, webhook_attempts=row.webhook_attempts, state=row.state)
    return bool(mine.update(webhook_attempts=row.webhook_attempts + 1, webhook_due_at=moment + _STALE))


def _post(row: Command) -> bool:
    result = row.result or {"result": _WITHOUT_RESULT.get(row.state, "FAILED")}
    try:
        return client.deliver(row.webhook_url, result, correlation_id=row.correlation_id)
    except PartnerError:
        return False
