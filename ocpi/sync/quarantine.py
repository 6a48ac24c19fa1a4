"""What could not be taken over: kept with its reason until a valid version comes, or an operator replays it (TRA-41).

Only what is invalid is kept. What belongs to somebody else (a party that is not theirs, another eMSP's driver) is
counted and named, and is not ours to store. Pushed objects are not kept either: their sender has our answer.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from ocpi.core import clock, secrets
from ocpi.core.transactions import one_transaction
from ocpi.journal import redaction
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY
from ocpi.protocol import envelope
from ocpi.protocol.errors import OcpiError

from .models import QuarantinedObject
from .modules import MODULES, Key, key_of
from .taking import Bad, take

MOST_OPEN = 5_000  # per partner and module: a feed that is wrong throughout needs no copy of each object
_MOST_BYTES = 512 * 1024
_COLUMNS = ["field", "reason", "count", "last_seen", "closed_at", "closed_by", "sealed", "shown"]
_POSITION = re.compile(r"\[\d+\]")
_TOO_LARGE = "too large to be kept; the next pull brings it again"


def keep(*, partner: Partner, module: str, bad: Sequence[Bad]) -> None:
    """A row for each of these objects, in four queries however many there are; in the caller's transaction."""
    found = {_key(one.item): one for one in bad}
    if not found:
        return
    rows = QuarantinedObject.objects.filter(partner=partner, module=module)
    known = {row.key: row for row in rows.filter(key__in=found)}
    for key, row in known.items():
        row.count += 1
        _describe(row, found[key])
    QuarantinedObject.objects.bulk_update(known.values(), _COLUMNS)
    new = [_new(partner, module, key, one) for key, one in found.items() if key not in known]
    room = max(0, MOST_OPEN - rows.filter(closed_at=None).count()) if new else 0
    QuarantinedObject.objects.bulk_create(new[:room], ignore_conflicts=True)


def release(*, partner: Partner, module: str, good: set[Key]) -> None:
    """These objects are stored now: their rows are closed, if there are any. In the caller's transaction."""
    rows = QuarantinedObject.objects.filter(partner=partner, module=module, closed_at=None)
    if rows.exists():
        _close(rows.filter(key__in=[_named(key) for key in good]), QuarantinedObject.Closed.CAME)


def release_what_was_pushed() -> int:
    """Rows whose object came by push since it was last refused; returns how many."""
    return sum(_close(_overtaken(module), QuarantinedObject.Closed.CAME) for module in MODULES if MODULES[module].table)


def forget_old() -> int:
    """Rows that no list has brought for as long as the journal is kept; they hold what drivers own (TRA-53)."""
    since = clock.now() - timedelta(days=settings.JOURNAL_RETENTION_DAYS)
    return QuarantinedObject.objects.filter(last_seen__lt=since).delete()[0]


@one_transaction
def replay(*, row: QuarantinedObject) -> bool:
    """Try the object once more, with what we overlook in this partner's messages now, through the ordinary service.

    True when it is stored and the row closed; otherwise the row says why not. Raises OcpiError when the object was not
    kept.
    """
    text = secrets.decrypt(row.sealed)
    if not text:
        raise OcpiError("the object itself is not here any more; the next pull brings it again")
    taken = take(row.partner, row.module, envelope.decode(text.encode()))
    row.partner.keep_leniencies()
    if not taken.bad and not taken.others:
        return bool(_close(QuarantinedObject.objects.filter(pk=row.pk), QuarantinedObject.Closed.REPLAYED))
    row.reason = "; ".join([*(problem for bad in taken.bad for problem in bad.problems), *taken.others])
    row.field = _field(row.reason)
    row.save(update_fields=["reason", "field"])
    return False


def _overtaken(module: str) -> QuerySet[QuarantinedObject]:
    table, id_field = MODULES[module].table, MODULES[module].id_field
    named = {name: OuterRef(name) for name in OWNER_KEY} | {id_field: OuterRef("object_id")}
    came = table.objects.filter(changed_at__gt=OuterRef("last_seen"), **named)
    return QuarantinedObject.objects.filter(Exists(came), module=module, closed_at=None).exclude(object_id="")


def _close(rows: QuerySet[QuarantinedObject], how: str) -> int:
    return rows.update(closed_at=clock.now(), closed_by=how, sealed="", shown="")


def _new(partner: Partner, module: str, key: str, bad: Bad) -> QuarantinedObject:
    row = QuarantinedObject(partner=partner, module=module, key=key, first_seen=clock.now())
    if names := key_of(bad.item):
        row.country_code, row.party_id, row.object_id = names[0][:2], names[1][:3], names[2][:39]
    _describe(row, bad)
    return row


def _describe(row: QuarantinedObject, bad: Bad) -> None:
    row.last_seen, row.closed_at, row.closed_by = clock.now(), None, ""
    row.reason = "; ".join(bad.problems)
    row.field = _field(row.reason)
    raw = envelope.encode(bad.item)
    row.sealed, row.shown = "", _TOO_LARGE
    if len(raw) <= _MOST_BYTES:
        row.sealed, row.shown = secrets.encrypt(raw.decode()), redaction.body(raw)[0]


def _field(reason: str) -> str:
    """The path before the first colon, without positions in lists: what an operator filters by."""
    path, colon, _ = reason.partition(": ")
    return _POSITION.sub("", path)[:255] if colon else ""


def _key(item: Any) -> str:
    """One object, one row: by its name, and for a riddle by its content."""
    names = key_of(item)
    return _named(names) if names else "?" + hashlib.blake2b(envelope.encode(item), digest_size=24).hexdigest()


def _named(key: Key) -> str:
    return hashlib.blake2b(repr(key).encode(), digest_size=24).hexdigest()
