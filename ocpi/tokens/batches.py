"""Bulk changes: received, checked line by line by a worker, confirmed by an operator, and written in chunks.

A chunk is one transaction that writes tokens, wishes for their pushes, and deletes its rows: a worker that dies loses
nothing and does nothing twice. What became of a token in the meantime is looked at again when it is written.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from ocpi.core import clock, outbox, parties
from ocpi.core.sheets import SheetError
from ocpi.core.transactions import one_transaction
from ocpi.protocol import tokens as wire
from ocpi.protocol.errors import InvalidObject, OcpiError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key

from . import pushes
from .advice import advice
from .batch_files import Layout, Line, guess, lines
from .models import Token, TokenBatch, TokenBatchRow

State, Kind, Result = TokenBatch.State, TokenBatch.Kind, TokenBatchRow.Result
MOST = 100_000  # tokens of one bulk change of a list
_CHUNK = 1000
_LEASE = timedelta(minutes=5)
_FORGOTTEN = timedelta(hours=24)
_MENDED = timedelta(days=30)
_WRITTEN = ("status", "whitelist", "contract_id", "issuer", "visual_number", "group_id", "language",
            "default_profile_type", "last_updated", "payload")  # fmt: skip
Key = tuple[str, str]


# --- what an operator does --------------------------------------------------------------------------------------------
def receive(*, name: str, content: bytes, by: Any, party: PartyId | None = None) -> TokenBatch:
    """Keep the file as a draft. `party`: ours, whose tokens they are. Raises SheetError for what is no list."""
    layout, party = guess(content), party or parties.ours()[0]
    return TokenBatch.objects.create(
        kind=Kind.IMPORT, name=name[:255], content=content, layout=layout.as_json(), created_by=by,
        country_code=party.country_code, party_id=party.party_id, created_at=clock.now(),
    )  # fmt: skip


def layout_of(batch: TokenBatch) -> Layout:
    return Layout(**batch.layout)


def sample(batch: TokenBatch, layout: Layout, most: int = 10) -> list[Line]:
    """The first lines as they would be read. Raises SheetError."""
    return list(islice(lines(bytes(batch.content), layout), most))


def check_later(batch: TokenBatch, layout: Layout) -> bool:
    """A worker reads every line; False when it is too late for that. Raises SheetError without a column for UIDs."""
    if "uid" not in layout.columns:
        raise SheetError("a column must be the UID")
    waiting = TokenBatch.objects.filter(pk=batch.pk, state__in=TokenBatch.UNCONFIRMED)
    fresh = {"layout": layout.as_json(), "state": State.CHECKING, "claimed_until": None, "total": 0, "counts": {}}
    return _begin(batch, waiting.update(error="", **fresh))


def confirm(batch: TokenBatch) -> bool:
    """Write what is new or changed; the file is forgotten. False when somebody else was quicker."""
    checked = TokenBatch.objects.filter(pk=batch.pk, state=State.CHECKED)
    return _begin(batch, checked.update(state=State.RUNNING, content=b"", claimed_until=None))


def discard(batch: TokenBatch) -> bool:
    """Nothing of it remains, unless it was confirmed."""
    return bool(TokenBatch.objects.filter(pk=batch.pk, state__in=TokenBatch.UNCONFIRMED).delete()[0])


@transaction.atomic
def set_status(*, tokens: QuerySet[Token], kind: Kind, by: Any) -> TokenBatch:
    """Block, or unblock what is blocked, in the background; confirmed already. At most MOST tokens."""
    status = Token.Status.BLOCKED if kind == Kind.BLOCK else Token.Status.ACTIVE
    party, now = parties.ours()[0], clock.now()
    found = would_change(tokens, kind).order_by("pk").values_list("pk", "uid", "type", "status")[:MOST]
    batch = TokenBatch.objects.create(
        kind=kind, name=f"{Kind(kind).label} of a list, {now:%Y-%m-%d %H:%M}", state=State.RUNNING, created_by=by,
        created_at=now, total=len(found), counts={Result.CHANGED: len(found)},
        country_code=party.country_code, party_id=party.party_id,
    )  # fmt: skip
    TokenBatchRow.objects.bulk_create((
        TokenBatchRow(batch=batch, number=n, result=Result.CHANGED, token_id=pk, uid=uid, type=type_,
                      values={"status": status}, changes={"status": [old, status]})
        for n, (pk, uid, type_, old) in enumerate(found, 1)
    ), batch_size=_CHUNK)  # fmt: skip
    outbox.announce(batch)
    return batch


def would_change(tokens: QuerySet[Token], kind: Kind) -> QuerySet[Token]:
    """Unblocking is for what is blocked: an expired card stays expired."""
    blocked = Q(status=Token.Status.BLOCKED)
    return tokens.filter(~blocked if kind == Kind.BLOCK else blocked)


def _begin(batch: TokenBatch, changed: int) -> bool:
    if changed:
        outbox.announce(batch)
    return bool(changed)


# --- what a worker does -----------------------------------------------------------------------------------------------
def work(batch_id: int) -> bool:
    """Check a whole file, or write one chunk; True when there is more to do. Safe to call twice, at any time."""
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    mine = TokenBatch.objects.filter(free, pk=batch_id, state__in=TokenBatch.WORKING)
    if not mine.update(claimed_until=now + _LEASE):
        return False
    batch = TokenBatch.objects.get(pk=batch_id)
    try:
        return _check(batch) if batch.state == State.CHECKING else _write(batch)
    finally:
        TokenBatch.objects.filter(pk=batch_id).update(claimed_until=None)


def unfinished() -> list[int]:
    """Batches that wait for a worker. Drafts of yesterday are forgotten with their files, and lines of last month."""
    now = clock.now()
    TokenBatch.objects.filter(state__in=TokenBatch.UNCONFIRMED, created_at__lt=now - _FORGOTTEN).delete()
    TokenBatchRow.objects.filter(batch__finished_at__lt=now - _MENDED).delete()
    return list(TokenBatch.objects.filter(state__in=TokenBatch.WORKING).values_list("pk", flat=True)[:100])


def _check(batch: TokenBatch) -> bool:
    batch.rows.all().delete()
    counts: Counter[str] = Counter()
    try:
        _check_lines(batch, counts)
    except SheetError as error:
        batch.rows.all().delete()
        _during(batch, State.CHECKING).update(state=State.FAILED, error=str(error)[:300])
    else:
        _during(batch, State.CHECKING).update(state=State.CHECKED, total=counts.total(), counts=dict(counts))
    return False


def _check_lines(batch: TokenBatch, counts: Counter[str]) -> None:
    seen: dict[Key, int] = {}
    read = lines(bytes(batch.content), layout_of(batch))
    while chunk := list(islice(read, _CHUNK)):
        with transaction.atomic():
            found = TokenBatchRow.objects.bulk_create(_judged(batch, chunk, seen))
        counts.update(row.result for row in found)
        lease = clock.now() + _LEASE
        _during(batch, State.CHECKING).update(total=counts.total(), counts=dict(counts), claimed_until=lease)


def _during(batch: TokenBatch, state: State) -> QuerySet[TokenBatch]:
    return TokenBatch.objects.filter(pk=batch.pk, state=state)


def _judged(batch: TokenBatch, chunk: Sequence[Line], seen: dict[Key, int]) -> list[TokenBatchRow]:
    known = _known(batch, [(line.values.get("uid", ""), line.values["type"]) for line in chunk])
    rows = []
    for line in chunk:
        uid, type_ = line.values.pop("uid", ""), line.values.pop("type")
        row = TokenBatchRow(batch=batch, number=line.number, uid=uid[:64], type=type_, values=line.values)
        first = seen.setdefault((ci_key(uid), type_), line.number)
        twice = f"the same token is on line {first}" if uid and first != line.number else ""
        _judge(row, known.get((ci_key(uid), type_)), line.problem or twice)
        rows.append(row)
    return rows


def _judge(row: TokenBatchRow, token: Token | None, problem: str) -> None:
    """Fills in what would become of it."""
    try:
        trial, before = _changed(row, token)
    except OcpiError as error:
        problem = problem or error.message
    if problem:
        row.result, row.note = Result.BAD, problem[:300]
        return
    row.note = "; ".join(advice(trial))[:300]
    row.changes = {name: [before.get(name), str(getattr(trial, name))] for name in row.values
                   if before.get(name) != str(getattr(trial, name))}  # fmt: skip
    row.result = Result.NEW if token is None else Result.CHANGED if row.changes else Result.UNCHANGED


def _changed(row: TokenBatchRow, token: Token | None) -> tuple[Token, dict[str, str]]:
    """The token as it would be, unsaved, and what it was. Raises InvalidObject for what OCPI does not allow."""
    if token is not None and token.sandbox_id:
        raise InvalidObject("uid: belongs to a sandbox of the course")
    before = {name: str(getattr(token, name)) for name in row.values} if token else {}
    trial = token or _new(row)
    for name, value in row.values.items():
        setattr(trial, name, value)
    if not trial.contract_id:
        raise InvalidObject("contract_id: is missing")
    trial.last_updated = clock.now()
    trial.build_payload(row.uid if token is None else token.wire_uid)
    wire.Token.from_wire(trial.payload)
    return trial, before


def _new(row: TokenBatchRow) -> Token:
    batch = row.batch
    new = Token(country_code=batch.country_code, party_id=batch.party_id, uid=row.uid, type=row.type)
    new.issuer = settings.PROJECT_NAME
    if row.type in {wire.TokenType.APP_USER, wire.TokenType.AD_HOC_USER}:
        new.whitelist = wire.WhitelistType.NEVER  # TOK-29
    return new


def _known(batch: TokenBatch, keys: Iterable[Key]) -> dict[Key, Token]:
    """The tokens that are there already, by UID in upper case and type."""
    uids = {ci_key(uid) for uid, _ in keys}
    rows = Token.objects.filter(uid__in=uids, country_code=batch.country_code, party_id=batch.party_id)
    return {(row.uid, row.type): row for row in rows}


# --- writing ----------------------------------------------------------------------------------------------------------
@one_transaction
def _write(batch: TokenBatch) -> bool:
    """The next chunk; whether more are to come."""
    waiting = batch.rows.filter(result__in=TokenBatchRow.TO_WRITE).order_by("result", "number")
    rows = list(waiting.select_related("batch")[:_CHUNK])
    taken = _taken(batch, rows)
    bad = [row for row in rows if row.result == Result.BAD]
    saved = _save(taken)
    pushes.enqueue_many(saved)
    TokenBatchRow.objects.bulk_update(bad, ["result", "note"])
    batch.rows.filter(pk__in=[row.pk for row in rows if row.result != Result.BAD]).delete()
    _during(batch, State.RUNNING).update(written=batch.written + len(saved), counts=_counted(batch, bad))
    if len(rows) == _CHUNK:
        return True
    batch.rows.filter(result=Result.UNCHANGED).delete()
    _during(batch, State.RUNNING).update(state=State.DONE, finished_at=clock.now())
    return False


def _taken(batch: TokenBatch, rows: Sequence[TokenBatchRow]) -> list[Token]:
    """The tokens as they shall be; a row that cannot be taken any more becomes BAD."""
    known = _locked(batch, rows)
    taken = []
    for row in rows:
        token = known.get(row.token_id) or known.get((ci_key(row.uid), row.type))
        try:
            trial, before = _changed(row, token)
        except OcpiError as error:
            row.result, row.note = Result.BAD, error.message[:300]
            continue
        if token is None or any(before[name] != str(value) for name, value in row.values.items()):
            taken.append(trial)
    return taken


def _locked(batch: TokenBatch, rows: Sequence[TokenBatchRow]) -> dict[Any, Token]:
    keys = [row.token_id for row in rows if row.token_id]
    if keys:
        return {token.pk: token for token in Token.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    pairs = [(row.uid, row.type) for row in rows]
    known = _known(batch, pairs)
    locked = Token.objects.select_for_update().filter(pk__in=[token.pk for token in known.values()]).order_by("pk")
    return {(token.uid, token.type): token for token in locked}


def _save(tokens: Sequence[Token]) -> list[Token]:
    """One statement for new and old, whatever else came meanwhile with the same key."""
    return Token.objects.bulk_create(
        tokens, update_conflicts=True, unique_fields=["uid", "type", "country_code", "party_id"],
        update_fields=_WRITTEN,
    )  # fmt: skip


def _counted(batch: TokenBatch, bad: Sequence[TokenBatchRow]) -> dict[str, int]:
    """Those that turned out bad only now are counted so."""
    return {**batch.counts, Result.BAD: batch.counts.get(Result.BAD, 0) + len(bad)} if bad else dict(batch.counts)
