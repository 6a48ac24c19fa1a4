"""What can happen to a command. Its life is the table COMMAND in ocpi.protocol.states."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from ocpi.core import client, clock, ids, outbox, parties
from ocpi.partners import leniency, orders, outages
from ocpi.partners.models import ApiClient, Partner
from ocpi.protocol import commands as wire
from ocpi.protocol.commands import CommandResponseType, CommandResultType, CommandType
from ocpi.protocol.errors import InvalidObject, NotOcpi, OcpiError, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.states import COMMAND
from ocpi.protocol.versions import InterfaceRole
from ocpi.tokens import permissions
from ocpi.tokens.models import Token

from . import requests
from .models import Command

CHARGING = {CommandType.START_SESSION, CommandType.RESERVE_NOW}  # those that need a token that may charge (CMD-19)


def request(
    *, type: CommandType, body: Any, api_client: ApiClient | None = None, owner: PartyId | None = None,
    sandbox: Partner | None = None,
) -> Command:  # fmt: skip
    """Check a command and commit it; a worker sends it at once.

    `sandbox`: a learner's, in which the command stays; without it, no sandbox can be meant. Raises OcpiError; then
    nothing is stored but why a token may not charge.
    """
    try:
        return _request(type, body, api_client, requests.Among(owner, sandbox))
    except permissions.MayNotCharge as refused:
        permissions.keep(refused)
        raise


@transaction.atomic
def _request(type: CommandType, body: Any, api_client: ApiClient | None, among: requests.Among) -> Command:
    row = requests.build(type, body, among)
    row.api_client = api_client
    _check_reservation(row)
    row.note("QUEUED", f"by {api_client}" if api_client else "")
    row.save(force_insert=True)
    outbox.announce(row)
    return row


def _check_reservation(row: Command) -> None:
    """An app neither cancels nor replaces what somebody else reserved: a CPO takes a known id for a change (CMD-23)."""
    if not row.reservation_id or row.api_client is None:
        return
    made = Command.objects.filter(type=CommandType.RESERVE_NOW, partner=row.partner, reservation_id=row.reservation_id)
    made = made.filter(country_code=row.country_code, party_id=row.party_id)
    if not made.exclude(api_client=row.api_client).exists():
        return
    if row.type == CommandType.CANCEL_RESERVATION:
        raise InvalidObject(f"reservation_id: no reservation {row.reservation_id} was made here")
    raise InvalidObject("reservation_id: is in use already; choose another one")


def send(command_id: str) -> None:
    """Claim a queued command and send it, once: commands are never tried again and never sent late (CMD-33, TRA-44)."""
    row = orders.claim(Command, command_id, _token_changed)
    if row is None:
        return
    try:
        response = _post(row)
    except PartnerError as error:
        orders.failed(row, error)
        return
    accepted = response.result == CommandResponseType.ACCEPTED
    state = "ACCEPTED" if accepted else "REJECTED"
    orders.answered(row, state, str(response.result), response=response.to_wire(), timeout=response.timeout)


def _token_changed(row: Command) -> str:
    """It may have been blocked since the command was given (CMD-19)."""
    if row.type not in CHARGING or row.token is None or row.token.status == Token.Status.ACTIVE:
        return ""
    return f"the token is {Token.Status(row.token.status).label} meanwhile"


def _post(row: Command) -> wire.CommandResponse:
    """Raises PartnerError."""
    url = ids.join(row.partner.endpoint("commands", InterfaceRole.RECEIVER), row.type)
    reply = client.call(
        row.partner.peer(row.party), "POST", url, module="commands",
        body={**row.request, "response_url": row.response_url},
        sender=_sender(row), correlation_id=row.correlation_id, read_timeout=outages.patience(row.partner),
    )  # fmt: skip
    try:
        return wire.CommandResponse.from_wire(reply.data, row.partner.tolerance())
    except OcpiError as error:
        raise NotOcpi(f"their CommandResponse cannot be read: {error.message}") from error
    finally:
        row.partner.keep_leniencies()
        leniency.write()


def _sender(row: Command) -> PartyId:
    """The party of ours whose driver it is about."""
    return PartyId(row.token.country_code, row.token.party_id) if row.token else parties.ours()[0]


@transaction.atomic
def receive_result(*, partner: Partner, command_id: str, result: wire.CommandResult) -> Command:
    """The asynchronous result, whenever it comes: early, late, twice, or as a later cancellation (CMD-09..16).

    Raises UnknownObject when this partner has no such command.
    """
    row = orders.find(Command, partner, command_id)
    if orders.settle(row, _outcome(row, result.result), str(result.result), result.to_wire()):
        row.expect_webhook()
        row.tell()
    row.save()
    return row


def _outcome(row: Command, result: CommandResultType) -> str:
    if result == CommandResultType.ACCEPTED:
        return "SUCCEEDED"
    reserved = row.type == CommandType.RESERVE_NOW and COMMAND.allows(row.state, "CANCELLED")
    if result == CommandResultType.CANCELED_RESERVATION and reserved:
        return "CANCELLED"
    return "FAILED"


def sweep() -> list[str]:
    """The ids of commands that a worker should look at: to be sent, or to tell their outcome."""
    queued = orders.sweep(Command)
    settled = [state for state in COMMAND.states if not COMMAND.waiting(state)]
    due = Q(webhook_due_at=None) | Q(webhook_due_at__lte=clock.now())
    telling = Command.objects.filter(due, state__in=settled, webhook_state=Command.Webhook.WAITING)
    return queued + [str(pk) for pk in telling.values_list("pk", flat=True)[:500]]
