"""What can happen to a command. Its life is the table COMMAND in ocpi.protocol.states."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from ocpi.core import client, clock, ids, outbox, parties
from ocpi.partners.models import ApiClient, Partner
from ocpi.protocol import commands as wire
from ocpi.protocol import errors
from ocpi.protocol.commands import CommandResponseType, CommandResultType, CommandType
from ocpi.protocol.errors import NotOcpi, OcpiError, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.states import COMMAND
from ocpi.protocol.versions import InterfaceRole
from ocpi.tokens.models import Token

from . import requests
from .models import Command

CHARGING = {CommandType.START_SESSION, CommandType.RESERVE_NOW}  # those that need a token that may charge (CMD-19)
_ALIVE = timedelta(minutes=2)  # a worker that sends for longer than this has died


@transaction.atomic
def request(
    *, type: CommandType, body: Any, api_client: ApiClient | None = None, owner: PartyId | None = None
) -> Command:
    """Check a command and commit it; a worker sends it at once. Raises OcpiError; then nothing is stored."""
    row = requests.build(type, body, owner)
    row.api_client = api_client
    row.note("QUEUED", f"by {api_client}" if api_client else "")
    row.save(force_insert=True)
    outbox.announce(row)
    return row


def send(command_id: str) -> None:
    """Claim a queued command and send it, once: commands are never tried again and never sent late (CMD-33, TRA-44)."""
    row = _claim(command_id)
    if row is None:
        return
    try:
        response = _post(row)
    except PartnerError as error:
        # Refused for good is an answer; anything else leaves open whether the charger will start (CMD-34).
        _answered(row.pk, "REJECTED" if error.permanent else "UNKNOWN", str(error), error=str(error))
        return
    accepted = response.result == CommandResponseType.ACCEPTED
    _answered(row.pk, "ACCEPTED" if accepted else "REJECTED", str(response.result), response)


def _claim(command_id: str) -> Command | None:
    """The row, now SENDING, or None when another worker has it, it was sent, or it must not be sent any more."""
    with transaction.atomic():
        row = Command.objects.select_for_update().filter(pk=command_id, state="QUEUED").first()
        if row is None:
            return None
        if clock.now() - row.created_at > timedelta(seconds=settings.OCPI_COMMAND_SEND_WINDOW):
            _expire(row, "not sent in time")
            return None
        if row.type in CHARGING and row.token is not None and row.token.status != Token.Status.ACTIVE:
            _expire(row, f"not sent: the token is {Token.Status(row.token.status).label} meanwhile")
            return None
        row.note("SENDING")
        row.sent_at = clock.now()
        row.save()
        return row


def _post(row: Command) -> wire.CommandResponse:
    """Raises PartnerError."""
    url = ids.join(row.partner.endpoint("commands", InterfaceRole.RECEIVER), row.type)
    reply = client.call(
        row.partner.peer(row.party), "POST", url, module="commands",
        body={**row.request, "response_url": row.response_url},
        sender=parties.ours()[0], correlation_id=row.correlation_id,
    )  # fmt: skip
    try:
        return wire.CommandResponse.from_wire(reply.data)
    except OcpiError as error:
        raise NotOcpi(f"their CommandResponse cannot be read: {error.message}") from error


@transaction.atomic
def _answered(
    command_id: Any, state: str, detail: str, response: wire.CommandResponse | None = None, error: str = ""
) -> None:
    """Note the synchronous answer; the state stays when the result has come already (CMD-04)."""
    row = Command.objects.select_for_update().get(pk=command_id)
    row.response = response and response.to_wire()
    if row.state == "SENDING":
        row.error = error[:500]
        row.note(state, detail)
        if response is not None and state == "ACCEPTED":
            row.result_due_at = clock.now() + timedelta(seconds=max(0, response.timeout))
    row.save()
    _tell(row)


@transaction.atomic
def receive_result(*, partner: Partner, command_id: str, result: wire.CommandResult) -> Command:
    """The asynchronous result, whenever it comes: early, late, twice, or as a later cancellation (CMD-09..16).

    Raises UnknownObject when this partner has no such command.
    """
    row = _of(partner, command_id)
    outcome = _outcome(row, result.result)
    if row.state == outcome or not COMMAND.allows(row.state, outcome):
        return row  # a repetition, or news that a finished command has no use for
    row.result = result.to_wire()
    row.error = ""
    row.note(outcome, str(result.result))
    if row.webhook_url:
        row.webhook_state, row.webhook_attempts = Command.Webhook.WAITING, 0
    row.save()
    _tell(row)
    return row


def _of(partner: Partner, command_id: str) -> Command:
    row = None
    if ids.is_uuid(command_id):
        row = Command.objects.select_for_update().filter(pk=command_id, partner=partner).first()
    if row is None:
        raise errors.UnknownObject("there is no such command")
    return row


def _outcome(row: Command, result: CommandResultType) -> str:
    if result == CommandResultType.ACCEPTED:
        return "SUCCEEDED"
    reserved = row.type == CommandType.RESERVE_NOW and COMMAND.allows(row.state, "CANCELLED")
    if result == CommandResultType.CANCELED_RESERVATION and reserved:
        return "CANCELLED"
    return "FAILED"


def _expire(row: Command, why: str) -> None:
    row.note("EXPIRED", why)
    row.save()
    _tell(row)


def _tell(row: Command) -> None:
    """Let a webhook go out once the outcome is known."""
    if row.webhook_state == Command.Webhook.WAITING and not COMMAND.waiting(row.state):
        outbox.announce(row)


# --- the sweeper -----------------------------------------------------------------------------------------------------
def sweep() -> list[str]:
    """Mend what workers or partners left behind; returns the ids of rows that a worker should look at.

    No result in time: TIMED_OUT, a late one still counts. Sender died: UNKNOWN. Never sent in time: EXPIRED.
    """
    moment = clock.now()
    window = timedelta(seconds=settings.OCPI_COMMAND_SEND_WINDOW)
    _move(Q(state="ACCEPTED", result_due_at__lt=moment), "TIMED_OUT", "no result within the partner's time limit")
    _move(Q(state="SENDING", sent_at__lt=moment - _ALIVE), "UNKNOWN", "the sending process ended")
    _move(Q(state="QUEUED", created_at__lt=moment - window), "EXPIRED", "not sent in time")
    settled = [state for state in COMMAND.states if not COMMAND.waiting(state)]
    waiting = Q(state="QUEUED") | Q(state__in=settled, webhook_state=Command.Webhook.WAITING)
    return [str(pk) for pk in Command.objects.filter(waiting).values_list("pk", flat=True)[:500]]


def _move(rows: Q, state: str, detail: str) -> None:
    for pk in Command.objects.filter(rows).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            row = Command.objects.select_for_update().filter(rows, pk=pk).first()
            if row is not None:
                row.note(state, detail)
                row.save()
                _tell(row)
