"""What can happen to a bill under review: each act once, whoever is quicker, with a line of history (who, when, what).

A bill that passes our check needs no review and has none. Every other one gets its row from the check itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from ocpi.core import clock
from ocpi.protocol import pricing

from .models import CDR
from .review_models import Review, ReviewEvent

State = Review.State


class ReviewError(ValueError):
    """What was asked for makes no sense for this bill; the message is for the operator."""


@dataclass(frozen=True)
class Act:
    """In which states it is possible, and where it leads; without `after`, the state stays."""

    name: str
    before: frozenset[str]
    after: str = ""


_ALL = frozenset(State.values)
ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("accept", frozenset({State.OPEN, State.DISPUTED}), State.ACCEPTED),
        Act("dispute", frozenset({State.OPEN}), State.DISPUTED),
        # A partner may take back what nobody disputed, and even what was accepted: then it is not owed any more.
        Act("credit", frozenset({State.OPEN, State.DISPUTED, State.ACCEPTED}), State.CREDITED),
        Act("reopen", frozenset({State.ACCEPTED, State.DISPUTED, State.CREDITED, State.CLEARED}), State.OPEN),
        Act("note", _ALL),
        Act("assign", _ALL),
        Act("open", frozenset()),
        Act("clear", frozenset({State.OPEN}), State.CLEARED),
        Act("find", frozenset({State.CLEARED}), State.OPEN),
    )
}
_RANK = {"error": 3, "hold": 2, "warning": 1}
_MOST = Decimal(10) ** 14
_ZERO = Decimal(0)


def possible(state: str) -> set[str]:
    """The acts that an operator may choose in this state."""
    return {act.name for act in ACTS.values() if state in act.before} - {"clear", "find"}


# --- what operators do ------------------------------------------------------------------------------------------------
def accept(rows: Sequence[int], *, by: Any, note: str = "") -> list[int]:
    """Accept these reviews (keys); returns those that this call decided. The others were decided by somebody else."""
    return _act("accept", rows, by=by, note=note, claimed=None, reason="", **_decision(by))


def dispute(rows: Sequence[int], *, by: Any, reason: str, amount: Decimal | None = None, note: str = "") -> list[int]:
    """Dispute `amount` of each bill, or what is at stake with it. Raises ReviewError for an amount that cannot be."""
    if not reason.strip():
        raise ReviewError("a dispute needs a reason")
    if amount is not None and not _ZERO < amount < _MOST:
        raise ReviewError("the disputed amount must be more than nothing")
    act = ACTS["dispute"]
    with transaction.atomic():
        found = list(_locked(rows, act).select_related("cdr").defer("cdr__payload", "cdr__report"))
        for row in found if amount is not None else ():
            if amount > abs(row.cdr.total_cost_incl_vat or row.cdr.total_cost):
                raise ReviewError(f"CDR {row.cdr.cdr_id} is about {row.cdr.total_cost:f} {row.currency} only")
        claims = {row.pk: row.at_stake if amount is None else amount for row in found}
        claimed = F("at_stake") if amount is None else amount
        fields = {"claimed": claimed, "reason": reason.strip()[:500], **_decision(by)}
        return _apply(act, found, fields, by=by, note=f"{reason.strip()}\n{note}".strip(), claims=claims)


def credit(row: int, *, by: Any, cdr_id: str = "", note: str = "") -> list[int]:
    """The credit has come. `cdr_id` names it when it is a CDR; raises ReviewError when that one is no such credit."""
    review = Review.objects.select_related("cdr").get(pk=row)
    found = _credits_of(review.cdr).filter(cdr_id=cdr_id).first() if cdr_id else None
    if cdr_id and found is None:
        raise ReviewError(f"CDR {cdr_id} is no credit for CDR {review.cdr.cdr_id}")
    return _act("credit", [row], by=by, note=note, about=found, credit_cdr=found, **_decision(by))


def reopen(rows: Sequence[int], *, by: Any, note: str = "") -> list[int]:
    return _act(
        "reopen", rows, by=by, note=note, claimed=None, reason="", credit_cdr=None, decided_at=None, decided_by=None
    )


def add_note(rows: Sequence[int], *, by: Any, note: str) -> list[int]:
    if not note.strip():
        raise ReviewError("there is nothing to note")
    return _act("note", rows, by=by, note=note)


def assign(rows: Sequence[int], *, by: Any, assignee: Any, note: str = "") -> list[int]:
    """To a user, or to nobody (None)."""
    to = f"to {assignee.get_username()}" if assignee else "to nobody"
    return _act("assign", rows, by=by, note=f"{to}\n{note}".strip(), assignee=assignee)


def open_for(cdr: CDR, *, by: Any = None) -> Review:
    """The review of a bill that our check did not send there."""
    row, created = Review.objects.get_or_create(cdr=cdr, defaults=_facts(cdr, ()) | {"at_stake": abs(cdr.total_cost)})
    if created:
        ReviewEvent.objects.create(review=row, by=by, act="open", after=row.state)
    return row


# --- what the platform does -------------------------------------------------------------------------------------------
def consider(cdr: CDR, findings: Iterable[pricing.Finding]) -> None:
    """In a check's transaction: what it found is put before an operator; what is decided stays decided."""
    worrying = [finding for finding in findings if finding.severity in _RANK]
    facts = _facts(cdr, worrying)
    row = Review.objects.select_for_update().filter(cdr=cdr).first()
    if row is not None:
        _reconsider(row, facts, bool(worrying))
    elif worrying:
        row = Review.objects.create(cdr=cdr, **facts)
        ReviewEvent.objects.create(review=row, act="open", after=row.state, amount=row.at_stake)
    if row is not None:
        settle(cdr)


def _reconsider(row: Review, facts: dict[str, Any], worrying: bool) -> None:
    if not worrying and row.state == State.OPEN:
        if row.events.filter(act__in=("open", "reopen"), by__isnull=False).exists():
            return  # somebody wants to see it all the same
        _act("clear", [row.pk], note="A later check found nothing.")
    elif worrying and row.state == State.CLEARED:
        _act("find", [row.pk])
    Review.objects.filter(pk=row.pk).update(finding=facts["finding"], at_stake=facts["at_stake"])


def settle(original: CDR) -> None:
    """A credit that takes back exactly this bill ends its review, whichever of the two came first."""
    credit = _credits_of(original).first()
    review = Review.objects.filter(cdr=original, credit_cdr=None).first() if credit else None
    if review is None:
        return
    odd = CDR.Remark.ODD_CREDIT in credit.remarks
    if review.events.filter(cdr=credit, act="note" if odd else "credit").exists():
        return  # what an operator opened again since stays open
    if odd:
        note = f"Credit {credit.cdr_id} came, but it does not take back exactly this bill."
        _act("note", [review.pk], note=note, about=credit)
    else:
        note = f"Credit {credit.cdr_id} came."
        _act("credit", [review.pk], note=note, about=credit, credit_cdr=credit, decided_at=clock.now())


def credited_by(credit: CDR) -> None:
    """A credit has come: settle what it takes back, if we have that."""
    if original := _same_owner(credit).filter(cdr_id=credit.credit_reference_id, credit=False).first():
        settle(original)


def _credits_of(cdr: CDR) -> QuerySet[CDR]:
    found = _same_owner(cdr).filter(credit=True, credit_reference_id=cdr.cdr_id)
    return found.defer("payload", "report").order_by("pk")


def _same_owner(cdr: CDR) -> QuerySet[CDR]:
    return CDR.objects.filter(partner=cdr.partner_id, country_code=cdr.country_code, party_id=cdr.party_id)


def _facts(cdr: CDR, findings: Sequence[pricing.Finding]) -> dict[str, Any]:
    gap = abs(cdr.difference or _ZERO)
    # Findings about prices name the larger of two differences, often the one with VAT; the queue counts without.
    told = [f for f in findings if not (gap and f.code.startswith("total_") and f.code.endswith("_differs"))]
    amounts = [gap, *(abs(finding.amount) for finding in told if finding.amount is not None)]
    fitting = [amount for amount in amounts if amount < _MOST]
    chief = max(findings, key=lambda f: (_RANK[f.severity], abs(f.amount or 0)), default=None)
    return {
        "partner_id": cdr.partner_id, "currency": cdr.currency, "ended_at": cdr.end_date_time,
        "finding": chief.code[:40] if chief else "", "at_stake": max(fitting, default=_ZERO),
    }  # fmt: skip


# --- one act ----------------------------------------------------------------------------------------------------------
def _decision(by: Any) -> dict[str, Any]:
    return {"decided_by": by, "decided_at": clock.now()}


@transaction.atomic
def _act(
    name: str, rows: Sequence[int], *, by: Any = None, note: str = "", about: CDR | None = None, **fields: Any
) -> list[int]:
    return _apply(ACTS[name], list(_locked(rows, ACTS[name])), fields, by=by, note=note, about=about)


def _locked(rows: Sequence[int], act: Act) -> QuerySet[Review]:
    """Locked, so that no second operator decides the same bill; in the order of keys, so that nobody deadlocks."""
    return Review.objects.select_for_update(of=("self",)).filter(pk__in=rows, state__in=act.before).order_by("pk")


def _apply(
    act: Act, rows: Sequence[Review], fields: dict[str, Any], *, by: Any, note: str, about: CDR | None = None,
    claims: Mapping[int, Decimal] = MappingProxyType({}),
) -> list[int]:  # fmt: skip
    """To rows that are locked: one statement for all, and a line of history for each. `about`: the credit's CDR."""
    keys = [row.pk for row in rows]
    if changed := fields | ({"state": act.after} if act.after else {}):
        Review.objects.filter(pk__in=keys).update(**changed)
    ReviewEvent.objects.bulk_create(
        ReviewEvent(
            review=row, by=by, act=act.name, before=row.state, after=act.after or row.state, note=note[:2000],
            amount=claims.get(row.pk), cdr=about,
        )
        for row in rows
    )  # fmt: skip
    return keys
