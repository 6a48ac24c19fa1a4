"""What we ask of a partner and it may refuse, do at once, or report later: commands, charging profiles, preferences.

One life for all of them (the table COMMAND in ocpi.protocol.states): a committed row, claimed by one worker, sent once
and never late (CMD-33, TRA-44), answered, and settled by a result that may come early, late, twice or never.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from ocpi.core import clock, ids
from ocpi.core.fields import CiCharField
from ocpi.protocol import errors
from ocpi.protocol.errors import PartnerError, StatusCode
from ocpi.protocol.headers import PartyId
from ocpi.protocol.states import COMMAND
from ocpi.protocol.types import format_datetime

from .models import ApiClient, Partner

ALIVE = timedelta(minutes=2)  # a worker that sends for longer than this has died

_UNDELIVERED = {StatusCode.UNKNOWN_RECEIVER, StatusCode.RECEIVER_NOT_CONNECTED}  # after 4002 it may have arrived


class Order(models.Model):
    """`steps` is the history, oldest first; (country_code, party_id) is the party of the partner that is asked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=10, choices=[(s, COMMAND.label(s)) for s in COMMAND.states], default="QUEUED")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="%(class)ss")
    country_code = CiCharField(max_length=2)
    party_id = CiCharField("party", max_length=3)
    api_client = models.ForeignKey(ApiClient, models.SET_NULL, null=True, related_name="%(class)ss")
    response = models.JSONField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    steps = models.JSONField(default=list)
    correlation_id = models.CharField(max_length=36, default=ids.new_id)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    result_due_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["-created_at"]

    @property
    def party(self) -> PartyId:
        return PartyId(self.country_code, self.party_id)

    def note(self, state: str, detail: str = "") -> None:
        """Take a step; the caller saves."""
        self.state = state
        self.steps = [*self.steps, {"state": state, "at": format_datetime(clock.now()), "detail": detail[:500]}]
        if not COMMAND.waiting(state):
            self.finished_at = clock.now()

    def step(self, state: str, detail: str = "") -> None:
        """Take a step and save; whoever waits for the outcome hears of it."""
        self.note(state, detail)
        self.save()
        self.tell()

    def tell(self) -> None:
        """After each saved step; for orders whose outcome somebody wants to hear."""


O = TypeVar("O", bound=Order)  # noqa: E741


def claim(model: type[O], pk: Any, refuse: Callable[[O], str] = lambda row: "") -> O | None:
    """The row, now SENDING, or None when another worker has it, it was sent, or it must not be sent any more.

    `refuse` says why the order makes no sense any more, or nothing.
    """
    with transaction.atomic():
        row = model.objects.select_for_update().filter(pk=pk, state="QUEUED").first()
        if row is None:
            return None
        obstacle = _too_late(row) or row.partner.unreachable(row.party) or refuse(row)
        if obstacle:
            row.step("EXPIRED", f"not sent: {obstacle}")
            return None
        row.note("SENDING")
        row.sent_at = clock.now()
        row.save()
        return row


def _too_late(row: Order) -> str:
    late = clock.now() - row.created_at > timedelta(seconds=settings.OCPI_COMMAND_SEND_WINDOW)
    return "no worker took it in time" if late else ""


@transaction.atomic
def answered(
    row: Order, state: str, detail: str, *, response: dict[str, Any] | None = None, timeout: int = 0, error: str = ""
) -> None:
    """Note the synchronous answer; the state stays when the result has come already (CMD-04).

    `timeout`: seconds that an accepted order waits for its result.
    """
    row = type(row).objects.select_for_update().get(pk=row.pk)
    row.response = response
    if row.state == "SENDING":
        row.error = error[:500]
        row.note(state, detail)
        if state == "ACCEPTED":
            row.result_due_at = clock.now() + timedelta(seconds=max(0, timeout))
    row.save()
    row.tell()


def failed(row: Order, error: PartnerError) -> None:
    """Refused for good, or not delivered by a hub, is an answer; anything else leaves it open (CMD-34, HUB-19)."""
    never = error.permanent or error.status_code in _UNDELIVERED
    answered(row, "REJECTED" if never else "UNKNOWN", str(error), error=str(error))


def find(model: type[O], partner: Partner, pk: str) -> O:
    """The order of this partner, locked. Raises UnknownObject: nobody reports on what another was asked (CMD-12)."""
    row = model.objects.select_for_update().filter(pk=pk, partner=partner).first() if ids.is_uuid(pk) else None
    if row is None:
        raise errors.UnknownObject("this response_url is not known")
    return row


def settle(row: Order, outcome: str, detail: str, result: dict[str, Any]) -> bool:
    """Note a result; False for a repetition, or news that a finished order has no use for. The caller saves.

    What we knew already without it, from the session for instance, it completes.
    """
    if row.state == outcome:
        row.result = row.result or result
        return False
    if not COMMAND.allows(row.state, outcome):
        return False
    row.result, row.error = result, ""
    row.note(outcome, detail)
    return True


def sweep(model: type[Order]) -> list[str]:
    """Mend what workers or partners left behind; returns the ids of rows that still wait to be sent.

    No result in time: TIMED_OUT, a late one still counts. Sender died: UNKNOWN. Never sent in time: EXPIRED.
    """
    moment = clock.now()
    window = timedelta(seconds=settings.OCPI_COMMAND_SEND_WINDOW)
    _move(
        model, Q(state="ACCEPTED", result_due_at__lt=moment), "TIMED_OUT", "no result within the partner's time limit"
    )
    _move(model, Q(state="SENDING", sent_at__lt=moment - ALIVE), "UNKNOWN", "the sending process ended")
    _move(model, Q(state="QUEUED", created_at__lt=moment - window), "EXPIRED", "not sent in time")
    return [str(pk) for pk in model.objects.filter(state="QUEUED").values_list("pk", flat=True)[:500]]


def _move(model: type[Order], rows: Q, state: str, detail: str) -> None:
    for pk in model.objects.filter(rows).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            row = model.objects.select_for_update().filter(rows, pk=pk).first()
            if row is not None:
                row.step(state, detail)
