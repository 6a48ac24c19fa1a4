"""What the page of a partner says of its health: contact, traffic, pulls, tokens, and what is still owed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocpi.alerts import traffic
from ocpi.alerts.reasons import skew_in_words
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.journal.models import Exchange
from ocpi.partners.models import Partner, PartnerToken
from ocpi.sync import services as sync
from ocpi.sync.admin import progress
from ocpi.sync.models import MissingBill, Pull, QuarantinedObject
from ocpi.tokens.models import TokenPush

_WAYS = {Exchange.Direction.IN: "they call us", Exchange.Direction.OUT: "we call them"}
_SPANS = {"hour": "last hour", "day": "last 24 h"}


def contact(partner: Partner) -> SafeString:
    """Last contact in and out, and the clock over there."""
    out = getattr(partner, "contact", None)
    return format_html(
        "they called us {} · they answered us {} · their clock {}",
        _when(partner.last_seen_at), _when(out and out.answered_at), _clock(out),
    )  # fmt: skip


def _clock(out: Any) -> str:
    if out is None or out.skew_at is None:
        return "is not known yet"
    return f"was {skew_in_words(out.skew_seconds)} ours" if out.skew_seconds else "is right"


def calls(partner: Partner) -> SafeString | str:
    """A table of hour and day, in and out, each figure a link to its messages."""
    found = traffic.of(partner)
    headers = ["", "span", "calls", "failed", "p50", "p95"]
    table = core.table(headers, (_line(partner, line) for line in found))
    capped = any(line.capped for line in found)
    note = format_html("<p>Of the last {} messages: there were more.</p>", f"{traffic.MOST:,}") if capped else ""
    return format_html("{}{}", table, note)


def _line(partner: Partner, line: traffic.Line) -> list[Any]:
    where = {
        "partner__id__exact": partner.pk, "direction__exact": line.direction, "started_at__gte": line.since.isoformat(),
    }  # fmt: skip
    name = "ocpi_journal.exchange"
    failed = core.list_link(name, f"{line.failed:,} ({line.share:.1%})", outcome="failed", **where)
    return [
        _WAYS[Exchange.Direction(line.direction)], _SPANS[line.span], core.list_link(name, f"{line.calls:,}", **where),
        failed if line.failed else "0", _ms(line.p50), _ms(line.p95),
    ]  # fmt: skip


def pulls(partner: Partner) -> SafeString | str:
    """Every module that they offer, also one that nobody has pulled yet."""
    known = {row.module: row for row in Pull.objects.filter(partner=partner)}
    modules = [*known, *(module for module in sync.offered(partner) if module not in known)]
    headers = ["module", "state", "last", "objects", "changed", "left out", "next", "problem"]
    return core.table(headers, (_pull(module, known.get(module)) for module in modules))


def _pull(module: str, row: Pull | None) -> list[Any]:
    if row is None:
        return [module, core.badge("pull", "WAITING", "not yet"), *[core.DASH] * 6]
    return [
        core.link(row, module), core.badge("pull", *progress(row)), _whole(_when(row.finished_at)), f"{row.received:,}",
        f"{row.changed:,}", f"{row.skipped:,}", _whole(_until(row.due_at)), row.error or core.DASH,
    ]  # fmt: skip


def _whole(text: str) -> str:
    """On one line, however narrow the column."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def tokens(partner: Partner) -> SafeString:
    """How old the two tokens in use are."""
    shown = partner.tokens.filter(purpose=PartnerToken.Purpose.OPERATIONAL).order_by("-pk").first()
    theirs = f"issued {_when(shown.created_at)}, {_used(shown)}" if shown else "none was issued"
    ours = f"given to us {_when(partner.registered_at)}" if partner.token_out else "there is none"
    return format_html("they show us: {} · we show them: {}", theirs, ours)


def _used(row: PartnerToken) -> str:
    return f"first used {_when(row.first_used_at)}" if row.first_used_at else "not used yet"


def owed(partner: Partner) -> SafeString:
    """What is still to be sent, to come or to be mended, each a link to its list."""
    state = TokenPush.State
    open_bills = MissingBill.objects.filter(partner=partner, closed_at=None)
    pushes, where = TokenPush.objects.filter(partner=partner), {"partner__id__exact": partner.pk}
    listed = [
        ("ocpi_sync.missingbill", "missing bills", open_bills.filter(reported_at__isnull=False), {"state": "REPORTED"}),
        ("ocpi_sync.missingbill", "bills looked for", open_bills.filter(reported_at=None), {"state": "LOOKING"}),
        ("ocpi_tokens.tokenpush", "token pushes waiting", pushes.filter(state__in=[state.PENDING, state.SENDING]),
         {"progress": "waiting"}),
        ("ocpi_tokens.tokenpush", "token pushes given up", pushes.filter(state=state.FAILED), {"progress": "failed"}),
        ("ocpi_sync.quarantinedobject", "objects left out",
         QuarantinedObject.objects.filter(partner=partner, closed_at=None), {"state": "OPEN"}),
    ]  # fmt: skip
    return core.list_links(
        *(core.list_link(name, f"{core.counted(rows)} {text}", **where, **more) for name, text, rows, more in listed)
    )


def overlooked(partner: Partner) -> str:
    """What we overlook in their messages, the most frequent first; all of it stands in its own tab."""
    rows = partner.leniencies.all()[:4]
    found: Iterable[str] = (f"{row.kind} {row.count:,}×, last {_when(row.last_seen)}" for row in rows)
    return core.lines(found) if rows else "nothing"


def _when(moment: datetime | None) -> str:
    return f"{core.duration(moment, clock.now())} ago" if moment else "never"


def _until(moment: datetime | None) -> str:
    now = clock.now()
    return f"in {core.duration(now, moment)}" if moment and moment > now else "due now"


def _ms(value: int | None) -> str:
    return f"{value:,} ms" if value is not None else core.DASH
