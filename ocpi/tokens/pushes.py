"""Telling partners the CURRENT state of a token: a bounded number of tries, never a queue of old messages (AMB-39).

One row per token and partner, however often the token changes. A change goes out at once; whatever else is due to a
partner, one worker at a time sends, in slices (`drain`). A partner that is down costs its rows and nothing more.
"""

import random
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from ocpi.core import client, clock, ids, outbox
from ocpi.core.client import Peer, Reply
from ocpi.partners import outages
from ocpi.partners.models import Partner, registered
from ocpi.protocol.errors import PartnerError, Unauthenticated
from ocpi.protocol.headers import PartyId
from ocpi.protocol.tokens import TokenType
from ocpi.protocol.versions import InterfaceRole

from .models import Token, TokenPush

State = TokenPush.State
APP_TYPES = {TokenType.APP_USER, TokenType.AD_HOC_USER}
_TRIES = 8
_CHUNK = 1000
_BATCH = 50
_STALE = timedelta(minutes=5)  # a claim older than this belongs to a worker that died
_SLICE = 5.0  # seconds that a worker spends on one partner before others have their turn
_LONGEST_WAIT = 86_400.0  # seconds, whatever a partner asks for


def enqueue(token: Token) -> None:
    """Every partner that may see it should have this token, at once; called inside the token's transaction."""
    partners = _takers([token])
    resting = {partner.pk for partner in partners if _rests(partner)}
    for row in _wish(_pairs([token], partners)):
        if row.partner_id not in resting:
            outbox.announce(row)


def enqueue_many(tokens: Sequence[Token]) -> None:
    """The same for many of a bulk change, without a task for each: `drain` sends what is due."""
    _wish(_pairs(tokens, _takers(tokens)))


def not_told(token: Token) -> list[Partner]:
    """Connected partners that take tokens and for which no push of this one was ever wished; a few of them."""
    untold = ~Exists(TokenPush.objects.filter(token=token, partner=OuterRef("pk")))
    meant = Q(pk=token.sandbox_id) if token.sandbox_id else Q(sandbox=False)
    return list(Partner.objects.filter(registered(), meant).filter(_takes_tokens()).filter(untold)[:50])


def _takers(tokens: Sequence[Token]) -> list[Partner]:
    """Registered partners that take tokens; of sandboxes only those that these tokens are for."""
    meant = Q(sandbox=False) | Q(pk__in={token.sandbox_id for token in tokens if token.sandbox_id})
    return list(Partner.objects.filter(registered(), meant).filter(_takes_tokens()).select_related("outage"))


def _pairs(tokens: Sequence[Token], partners: Sequence[Partner]) -> list[TokenPush]:
    """A sandbox's token is for that sandbox alone, and all others are for real partners (TOK-03)."""
    moment = clock.now()
    return [
        TokenPush(token=token, partner=partner, next_try_at=moment, since=moment)
        for token in tokens for partner in partners
        if token.sandbox_id == (partner.pk if partner.sandbox else None)
        and not (partner.withholds_app_tokens and token.type in APP_TYPES)
    ]  # fmt: skip


def enqueue_all(partner: Partner) -> int:
    """Every token that this partner may see, whole, whatever it acknowledged before; returns how many.

    Here it is only noted: a worker writes the pushes, because there may be a million of them.
    """
    if not _offers(partner):
        return 0
    Partner.objects.filter(pk=partner.pk).update(push_all_at=clock.now())
    partner.refresh_from_db(fields=["push_all_at"])
    outbox.announce(partner)
    return Token.objects.shown_to(partner).count()


def spread(partner_id: int) -> None:
    """Write the pushes that `enqueue_all` noted, in chunks. Safe to run twice, and to die halfway: the note stays.

    None of them is announced: a million tasks would keep the broker busy for hours; `drain` sends what is due.
    """
    partner = Partner.objects.filter(registered(), pk=partner_id).exclude(push_all_at=None).first()
    if partner is None:
        return
    known = Token.objects.shown_to(partner).order_by("pk").values_list("pk", flat=True)
    last = 0
    while chunk := list(known.filter(pk__gt=last)[:_CHUNK]):
        moment = clock.now()
        wished = [TokenPush(token_id=pk, partner=partner, next_try_at=moment, since=moment) for pk in chunk]
        _wish(wished, forget=("delivered",))
        last = chunk[-1]
    Partner.objects.filter(pk=partner.pk, push_all_at=partner.push_all_at).update(push_all_at=None)


def to_spread() -> list[int]:
    """Partners whose note no worker has dealt with."""
    return list(Partner.objects.filter(registered()).exclude(push_all_at=None).values_list("pk", flat=True))


def send(push_id: int) -> None:
    """Claim one push and do it. Safe to call twice: the second call finds nothing to claim."""
    waiting = TokenPush.objects.filter(pk=push_id, state=State.PENDING, next_try_at__lte=clock.now())
    if not waiting.filter(partner__in=_reachable()).update(state=State.SENDING, claimed_at=clock.now()):
        return
    push = TokenPush.objects.select_related("token", "partner").get(pk=push_id)
    wanted = push.token.to_wire()
    try:
        _deliver(push, wanted)
    except PartnerError as error:
        _failed(push, error)
    else:
        # A change that came meanwhile has put the row back to PENDING: then it is not done.
        mine = TokenPush.objects.filter(pk=push.pk, state=State.SENDING)
        mine.update(state=State.DONE, attempts=0, error="", since=clock.now())
        TokenPush.objects.filter(pk=push.pk).update(delivered=wanted, delivered_at=clock.now())


def owed() -> list[int]:
    """Partners to whom something is due and nobody is sending; each is claimed for one `drain`, until it ends."""
    _take_back()
    idle = Q(pushing_until=None) | Q(pushing_until__lt=clock.now())
    waiting = _reachable().filter(_takes_tokens(), Exists(due(OuterRef("pk"))))
    with transaction.atomic():
        free = Partner.objects.select_for_update(skip_locked=True).filter(idle, pk__in=waiting.values("pk"))
        found = [partner.pk for partner in free.only("pk")]
        Partner.objects.filter(pk__in=found).update(pushing_until=clock.now() + _STALE)
    return found


def drain(partner_id: int) -> bool:
    """Send what is due to one partner, longest due first, for a few seconds; True when there is more.

    Ends when the partner is paused.
    """
    ends = time.monotonic() + _SLICE
    while (batch := _batch(partner_id)) and time.monotonic() < ends:
        for push_id in batch:
            if time.monotonic() < ends:
                send(push_id)
    Partner.objects.filter(pk=partner_id).update(pushing_until=clock.now() + _STALE if batch else None)
    return bool(batch)


def due(partner_id: int | OuterRef) -> QuerySet[TokenPush]:
    """Pushes to one partner whose time has come."""
    return TokenPush.objects.filter(partner=partner_id, state=State.PENDING, next_try_at__lte=clock.now())


def _batch(partner_id: int) -> list[int]:
    if not _reachable().filter(pk=partner_id).exists():
        return []
    return list(due(partner_id).order_by("next_try_at").values_list("pk", flat=True)[:_BATCH])


def _take_back() -> None:
    """Pushes whose worker died, for another one."""
    orphans = TokenPush.objects.filter(state=State.SENDING, claimed_at__lt=clock.now() - _STALE)
    found = list(orphans.values_list("pk", flat=True)[:_CHUNK])
    orphans.filter(pk__in=found).update(state=State.PENDING)


def _reachable() -> QuerySet[Partner]:
    return Partner.objects.filter(registered()).exclude(outages.resting())


def _rests(partner: Partner) -> bool:
    return hasattr(partner, "outage") and partner.outage.probe_at is not None


def _wish(rows: list[TokenPush], forget: tuple[str, ...] = ()) -> list[TokenPush]:
    """Whatever was tried before, the current state has its own tries."""
    return TokenPush.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["token", "partner"],
        update_fields=["state", "attempts", "next_try_at", "error", "since", *forget],
        batch_size=_CHUNK,
    )


def _deliver(push: TokenPush, wanted: dict[str, Any]) -> None:
    """To every party of the platform; again to all of them, when one of them failed."""
    changes = _changes(push.delivered, wanted)
    if changes == {}:
        return  # two wishes for the same state, and the first has been granted
    for receiver in push.partner.receivers():
        _tell(push, push.partner.peer(receiver), changes, wanted)


def _tell(push: TokenPush, peer: Peer, changes: dict[str, Any] | None, wanted: dict[str, Any]) -> None:
    """PATCH what changed where they have the token already, else PUT it whole (TOK-19, TOK-21).

    After a refused PATCH: look, and PUT when it is not there as it should be (TRA-37).
    """
    if changes is not None:
        try:
            _call(push, peer, "PATCH", changes)
            return
        except PartnerError as error:
            if not error.permanent or isinstance(error, Unauthenticated):
                raise
        # Through a hub a GET cannot be broadcast (HUB-11).
        if push.partner.hub is None and _same(push, peer, wanted):
            return
    _call(push, peer, "PUT", wanted)


def _changes(before: dict[str, Any] | None, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """The fields of a PATCH; None when only a PUT can say it (they have nothing, or a field went away)."""
    if before is None or before.keys() - wanted.keys():
        return None
    return {key: value for key, value in wanted.items() if before.get(key) != value}


def _same(push: TokenPush, peer: Peer, wanted: dict[str, Any]) -> bool:
    try:
        return bool(_call(push, peer, "GET").data == wanted)
    except PartnerError:
        return False


def _call(push: TokenPush, peer: Peer, method: str, body: dict[str, Any] | None = None) -> Reply:
    token = push.token
    url = ids.join(_endpoint(push.partner), token.country_code, token.party_id, token.wire_uid)
    if token.type != TokenType.RFID:  # RFID is the default of every CPO (TOK-20)
        url += ("&" if "?" in url else "?") + f"type={token.type}"
    sender = PartyId(token.country_code, token.party_id)
    return client.call(peer, method, url, module="tokens", body=body, sender=sender)


def _failed(push: TokenPush, error: PartnerError) -> None:
    attempts = push.attempts + 1
    state = State.FAILED if error.permanent or attempts >= _TRIES else State.PENDING
    wait = error.retry_after or min(3600.0, 10 * 2**attempts) * random.uniform(0.8, 1.2)
    wait = min(wait, _LONGEST_WAIT)
    given_up = {"since": clock.now()} if state == State.FAILED else {}
    TokenPush.objects.filter(pk=push.pk, state=State.SENDING).update(
        state=state, attempts=attempts, error=str(error)[:500], next_try_at=clock.now() + timedelta(seconds=wait),
        **given_up,
    )  # fmt: skip


def _takes_tokens() -> Q:
    return Q(endpoints__identifier="tokens", endpoints__role=InterfaceRole.RECEIVER)


def _endpoint(partner: Partner) -> str:
    return partner.endpoint("tokens", InterfaceRole.RECEIVER)


def _offers(partner: Partner) -> bool:
    return partner.connected and bool(_endpoint(partner))
