"""What follows from a start: its session is taken for its success, and is stopped when nobody wants it any more.

| the start is       | its session appears                        | we cancel it                               |
|--------------------|--------------------------------------------|--------------------------------------------|
| QUEUED             |                                            | EXPIRED: never sent                        |
| SENDING, ACCEPTED  | SUCCEEDED, before its result               | its session is stopped when it appears     |
| TIMED_OUT, UNKNOWN | SUCCEEDED: the CPO had got it (CMD-09, 34) | its session is stopped when it appears     |
| SUCCEEDED          | shown                                      | its session is stopped, now or later       |
| REJECTED, FAILED   | flagged: they said no, and charge          | refused: there is nothing to cancel        |
| EXPIRED            | flagged: we never sent it                  | refused: there is nothing to cancel        |

Reservations are found by their session in the same way; they are ended by CANCEL_RESERVATION, or by the CPO (CMD-16).
"""

from django.db import transaction

from ocpi.core import clock, ids, outbox
from ocpi.partners.models import ApiClient
from ocpi.protocol import errors
from ocpi.protocol.commands import CommandType
from ocpi.protocol.errors import OcpiError
from ocpi.protocol.states import COMMAND, SESSION
from ocpi.sessions.models import Session

from . import requests
from .models import Command

# The states of a session that prove the success of a command; PENDING proves that the CPO knows of it, no more.
_PROOFS = {
    CommandType.START_SESSION: {"ACTIVE", "COMPLETED"},
    CommandType.RESERVE_NOW: {"RESERVATION", "ACTIVE", "COMPLETED"},
}


@transaction.atomic
def cancel(*, command_id: str, api_client: ApiClient | None = None) -> Command:
    """The driver does not want to charge any more. Asked twice, it is done once.

    Raises UnknownObject, and InvalidObject where there is nothing to cancel: another command, a failed start, a session
    that has ended.
    """
    row = Command.objects.select_for_update().filter(pk=command_id).first() if ids.is_uuid(command_id) else None
    if row is None:
        raise errors.UnknownObject("there is no such command")
    if row.cancelled_at is not None:
        return row
    session = row.session()
    _check_cancellable(row, session)
    by = f"cancelled by {api_client or 'an operator'}"
    row.cancelled_at = clock.now()
    if row.state == "QUEUED":
        row.step("EXPIRED", f"not sent: {by}")
        return row
    row.remark(f"{by}; the session is stopped when it appears" if session is None else by)
    _stop(row, session)
    row.save()
    return row


def _check_cancellable(row: Command, session: Session | None) -> None:
    if row.type != CommandType.START_SESSION:
        raise errors.InvalidObject(f"{row.type} cannot be cancelled; for a reservation there is CANCEL_RESERVATION")
    if COMMAND.final(row.state):
        raise errors.InvalidObject(f"nothing was started: {COMMAND.label(row.state)}")
    if session is not None and SESSION.final(session.status):
        raise errors.InvalidObject(f"session {session.wire_id} has ended")


def cancellable(row: Command) -> bool:
    """Whether `cancel` would do anything."""
    try:
        _check_cancellable(row, row.session())
    except OcpiError:
        return False
    return row.cancelled_at is None


def meet(session: Session) -> None:
    """A session is new, or its status changed: which command led to it? In the session's transaction."""
    row = _started_by(session)
    if row is None:
        return
    if session.status in _PROOFS[CommandType(row.type)] and COMMAND.allows(row.state, "SUCCEEDED"):
        _succeed(row, session)
    elif COMMAND.final(row.state) and not row.error.startswith("session"):
        row.error = f"session {session.wire_id} is there all the same"
        row.remark(row.error)
    _stop(row, session)
    row.save()


def _started_by(session: Session) -> Command | None:
    """By the reference that we gave, of the party that was asked (SES-22). Apps may use one twice: the latest."""
    if not session.authorization_reference:
        return None
    asked = Command.objects.select_for_update().filter(
        type__in=_PROOFS, authorization_reference=session.authorization_reference, partner=session.partner_id,
        country_code=session.country_code, party_id=session.party_id,
    )  # fmt: skip
    return asked.order_by("-created_at").first()


def _succeed(row: Command, session: Session) -> None:
    told = not COMMAND.waiting(row.state)  # the app heard of a failure, or will
    row.error = ""
    row.note("SUCCEEDED", f"session {session.wire_id} is {SESSION.label(session.status).lower()}")
    if told:
        row.expect_webhook()
    row.tell()


def _stop(row: Command, session: Session | None) -> None:
    """Once; the caller saves. What became of it is the business of that command, and shown with this one."""
    if session is None or row.cancelled_at is None or SESSION.final(session.status) or row.stop is not None:
        return
    try:
        stop = requests.stop_of(session)
    except OcpiError as error:
        row.error = f"session {session.wire_id} cannot be stopped: {error.message}"[:500]
        row.remark(row.error)
        return
    stop.undoes, stop.api_client = row, row.api_client
    stop.note("QUEUED", f"because {row} had been cancelled")
    stop.save(force_insert=True)
    row.remark(f"session {session.wire_id} is being stopped")
    outbox.announce(stop)
