"""Telling an app the outcome of its command: the final CommandResult, POSTed to the response_url that it gave."""

from ocpi.core import client
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.states import COMMAND

from .models import Command

_TRIES = 5
# What an app hears when no CommandResult came from the charger.
_WITHOUT_RESULT = {"REJECTED": "REJECTED", "TIMED_OUT": "TIMEOUT", "UNKNOWN": "FAILED", "EXPIRED": "FAILED"}


def deliver(command_id: str) -> None:
    """Send once; after five failures the webhook is given up, and `GET …/commands/{id}` remains."""
    row = Command.objects.filter(pk=command_id, webhook_state=Command.Webhook.WAITING).first()
    if row is None or COMMAND.waiting(row.state):
        return
    claimed = Command.objects.filter(pk=row.pk, webhook_attempts=row.webhook_attempts)
    if not claimed.update(webhook_attempts=row.webhook_attempts + 1):
        return
    if _post(row):
        state = Command.Webhook.SENT
    elif row.webhook_attempts + 1 >= _TRIES:
        state = Command.Webhook.FAILED
    else:
        return
    Command.objects.filter(pk=row.pk, state=row.state).update(webhook_state=state)


def _post(row: Command) -> bool:
    result = row.result or {"result": _WITHOUT_RESULT.get(row.state, "FAILED")}
    try:
        return client.deliver(row.webhook_url, result, correlation_id=row.correlation_id)
    except PartnerError:
        return False
