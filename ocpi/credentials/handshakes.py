"""Handshakes that an operator follows: begun by a form, carried out by a worker, told step by step.

we start:    QUEUED ─▶ RUNNING ─▶ CONNECTED            they start:    WAITING ─▶ CONNECTED
                ▲          │                                             │ what failed is noted; they may try again
                └─ again ◀─▶ FAILED                    both: everything but RUNNING and CONNECTED ─▶ CANCELLED

A try begins with their versions each time: what was wrong there may have been mended, and reading costs nothing.
A partner has one open handshake at a time; the database holds that.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ocpi.core import clock, ids, secrets
from ocpi.core.signals import handshake_followed
from ocpi.partners import services as partners
from ocpi.partners.models import Partner, PartnerToken
from ocpi.protocol.errors import OcpiError, PartnerError

from . import causes, services
from .discovery import Follow
from .errors import HandshakeError, NotPossible
from .models import Handshake, Step

logger = logging.getLogger(__name__)
State = Handshake.State
_NOBODY_CAME = timedelta(seconds=10)  # a task that nobody began for so long is queued once more
_DEAD = timedelta(minutes=2)  # no handshake takes longer: its worker has died
_NOTHING: dict[str, Any] = {"step": "", "cause": "", "detail": ""}


# --- begun by an operator ---------------------------------------------------------------------------------------------
def start(*, partner: Partner, versions_url: str, token_a: str, by: Any = None) -> Handshake:
    """We start, with the token A that they gave us; a worker goes on. Raises NotPossible."""
    with _only_one(partner), transaction.atomic():
        row = Handshake.objects.create(
            partner=partner, direction=Handshake.Direction.OURS, state=State.QUEUED, created_by=by,
            versions_url=versions_url, token_a=secrets.encrypt(token_a),
        )  # fmt: skip
        row.announce()
    return row


def invite(*, partner: Partner, by: Any = None) -> tuple[Handshake, str]:
    """They start, with the token A that is returned and kept nowhere but as a digest. Raises NotPossible."""
    with _only_one(partner), transaction.atomic():
        row = Handshake.objects.create(
            partner=partner, direction=Handshake.Direction.THEIRS, state=State.WAITING, created_by=by
        )
        token_a = partners.issue_token_a(partner=partner)
    return row, token_a


@contextmanager
def _only_one(partner: Partner) -> Iterator[None]:
    if partner.connected or partner.status == Partner.Status.SUSPENDED:
        raise NotPossible(f"{partner} is registered already; unregister or reset it first")
    try:
        yield
    except IntegrityError as error:
        raise NotPossible(f"a handshake with {partner} is open already: go on there, or cancel it") from error


def renew(*, row: Handshake) -> str:
    """A new token A for one that got lost; the old one stops working. Raises NotPossible."""
    with transaction.atomic():
        _turn(row, {State.WAITING}, tries=0, began_at=clock.now(), **_NOTHING)
        return partners.issue_token_a(partner=row.partner)


def again(*, row: Handshake, versions_url: str = "", token_a: str = "") -> None:
    """Try once more, from the beginning, with what is given anew. Raises NotPossible."""
    changes = {"versions_url": versions_url} if versions_url else {}
    changes |= {"token_a": secrets.encrypt(token_a)} if token_a else {}
    with transaction.atomic():
        _turn(row, {State.FAILED}, state=State.QUEUED, began_at=clock.now(), ended_at=None, claimed_at=None,
              flow="", **changes, **_NOTHING)  # fmt: skip
        row.announce()


@transaction.atomic
def cancel(*, row: Handshake) -> None:
    """Nothing comes of it; token A is worth nothing any more, whoever issued it. Raises NotPossible."""
    free = {State.QUEUED, State.WAITING, State.FAILED}
    _turn(row, free, state=State.CANCELLED, ended_at=clock.now(), token_a="")
    partners.revoke(partner=row.partner, purpose=PartnerToken.Purpose.REGISTRATION)


def _turn(row: Handshake, before: set[State], **changes: Any) -> None:
    """Only from those states: a worker, or another operator, may have been faster."""
    if not Handshake.objects.filter(pk=row.pk, state__in=before).update(**changes):
        row.refresh_from_db()
        raise NotPossible(f"the {row} is {row.get_state_display()}")
    row.refresh_from_db()


# --- carried out by a worker ------------------------------------------------------------------------------------------
def run(pk: int) -> None:
    """One try, by whoever claims the row first; the outcome stands in it."""
    flow = ids.new_id()
    begun = {"state": State.RUNNING, "claimed_at": clock.now(), "began_at": clock.now(), "flow": flow}
    if not Handshake.objects.filter(pk=pk, state=State.QUEUED).update(**begun):
        return
    row = Handshake.objects.select_related("partner").get(pk=pk)
    Handshake.objects.filter(pk=pk).update(tries=row.tries + 1)
    at = _following(row, flow)
    try:
        token_a = secrets.decrypt(row.token_a)
        services.register(
            partner=row.partner, versions_url=row.versions_url, token_a=token_a, correlation_id=flow, at=at
        )
    except (HandshakeError, PartnerError) as error:
        _failed(row, flow, error, State.FAILED)
    except Exception as error:
        logger.exception("a handshake failed by our own fault")
        _failed(row, flow, error, State.FAILED)
    else:
        _connected(row)


def _following(row: Handshake, flow: str) -> Follow:
    def at(step: str) -> None:
        row.step = step
        Handshake.objects.filter(pk=row.pk, flow=flow).update(step=step)

    return at


def _failed(row: Handshake, flow: str, error: Exception, state: State) -> None:
    """`detail`: only messages that are made for people; an unexpected exception may hold anything."""
    meant = isinstance(error, HandshakeError | PartnerError | OcpiError)
    Handshake.objects.open().filter(pk=row.pk, flow=flow).update(
        state=state, cause=causes.of(error, row.step), detail=str(error)[:500] if meant else type(error).__name__,
        ended_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def _connected(row: Handshake) -> None:
    Handshake.objects.filter(pk=row.pk).update(
        state=State.CONNECTED, step=Step.STORED, cause="", detail="", token_a="", ended_at=clock.now()
    )
    handshake_followed.send(sender=None, partner=row.partner)


def sweep() -> list[int]:
    """Handshakes whose task got lost; those whose worker died are failed, and an operator decides."""
    moment = clock.now()
    dead = Handshake.objects.filter(state=State.RUNNING, claimed_at__lt=moment - _DEAD)
    dead.update(state=State.FAILED, cause="INTERRUPTED", ended_at=moment)
    lost = Handshake.objects.filter(state=State.QUEUED, began_at__lt=moment - _NOBODY_CAME)
    return list(lost.values_list("pk", flat=True)[:100])


# --- they start: what comes in ----------------------------------------------------------------------------------------
@contextmanager
def told(partner: Partner, flow: str) -> Iterator[Callable[[str], None]]:
    """Around a POST of credentials: the operator who waits for it, if anybody does, is told how it goes."""
    row = Handshake.objects.open().filter(partner=partner, state=State.WAITING).first()
    if row is None:
        yield lambda step: None
        return
    row.partner = partner
    Handshake.objects.filter(pk=row.pk).update(
        flow=flow, tries=row.tries + 1, step=Step.CREDENTIALS, cause="", detail=""
    )
    row.step = Step.CREDENTIALS
    try:
        yield _following(row, flow)
    except OcpiError as error:
        _failed(row, flow, error, State.WAITING)
        raise
    _connected(row)
