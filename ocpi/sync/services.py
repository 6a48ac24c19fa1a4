"""Pulling a module of a partner into our tables, through the same services as the pushes (LOC-50).

Each page is one transaction: its objects, what was left out of it, and where the next page is. A worker that dies
loses the page it was at, and the next one goes on there. From a hub: first who is behind it (HCI-11), then everything
of all of them in one list, by TO = hub (HUB-14).
"""

import logging
import random
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from ocpi.core import clock, ids, parties
from ocpi.core.client import Peer
from ocpi.core.transactions import one_transaction
from ocpi.partners import leniency, outages
from ocpi.partners.models import Partner, registered
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import format_datetime
from ocpi.protocol.versions import InterfaceRole

from . import quarantine, taking
from .ahead import Ahead, by_one
from .crawl import Astray, Page, pages
from .models import Agreement, ListedPage, Pull
from .modules import HUB_CLIENT_INFO, MODULES
from .vanishing import Withheld, bury

logger = logging.getLogger(__name__)

Progress = Callable[[int, int | None], None]
_OVERLAP = timedelta(minutes=5)
_MOST_PROBLEMS = 20
# A list is read on where it broke off for so long; later it has moved too far, and is read from its beginning.
_RESUMABLE = timedelta(minutes=30)
_SAME_DAY = timedelta(days=1)  # a Date header that is further off tells nothing of the clock behind last_updated
_SOON = 0.5  # seconds that a page waits for the next one, so that both are worked on at once
_RARELY = timedelta(days=30)  # hubs tell changes of their ClientInfo by themselves


class Busy(Exception):
    """This module of this partner is being pulled already."""


def pull(*, partner: Partner, module: str, full: bool = False, progress: Progress | None = None) -> Pull:
    """Pull one module to its end: everything, or what changed since the last whole pull.

    What a pull of everything does not bring is no longer offered (PAG-26). Invalid objects are quarantined, those of
    others named, and the rest of the page is stored (TRA-41, HUB-17). Raises Busy, and PartnerError when the crawl
    breaks; what came until then is stored, the high-water mark stays (PAG-25), and the next pull goes on at that page.
    """
    row = _claim(partner, module)
    try:
        _begin_or_go_on(row, full)
        _crawl(partner, row, progress or (lambda done, total: None))
        _finish(partner, row)
    except PartnerError as error:
        _break_off(row, error)
        raise
    except BaseException:
        _mine(row).update(running_since=None)
        raise
    finally:
        partner.keep_leniencies()
        leniency.write()
    return row


# --- what is due ------------------------------------------------------------------------------------------------------
def offered(partner: Partner) -> list[str]:
    """The modules that we can pull from this partner: who is there first, tariffs before the locations with them."""
    modules = [module for module in MODULES if partner.endpoint(module, InterfaceRole.SENDER)]
    return [module for module in modules if module != HUB_CLIENT_INFO or partner.hub is not None]


def due() -> list[tuple[int, str]]:
    """(partner, module) pairs whose time has come; new partners at once, others with jitter (TRA-43, LOC-48).

    Where a hub's ClientInfo is due, nothing else is: its objects would come from nobody that we know.
    """
    partners = Partner.objects.filter(registered(), sandbox=False).exclude(outages.resting())
    partners = partners.prefetch_related("endpoints", "roles")
    wanted = [(partner, module) for partner in partners for module in offered(partner)]
    busy = Pull.alive() | Pull.handed_out()
    later = set(Pull.objects.filter(busy | Q(due_at__gt=clock.now())).values_list("partner_id", "module"))
    found = [(partner.pk, module) for partner, module in wanted if (partner.pk, module) not in later]
    asked = Pull.objects.filter(busy, module=HUB_CLIENT_INFO).values_list("partner_id", flat=True)
    hubs_first = {*asked, *(pk for pk, module in found if module == HUB_CLIENT_INFO)}
    return [(pk, module) for pk, module in found if module == HUB_CLIENT_INFO or pk not in hubs_first]


def hand_out() -> list[tuple[int, str]]:
    """What is due, once: until a worker has begun with it, or its task must be taken for lost."""
    found = due()
    Pull.objects.bulk_create([Pull(partner_id=pk, module=module) for pk, module in found], ignore_conflicts=True)
    for module in {module for _, module in found}:
        whose = [pk for pk, name in found if name == module]
        Pull.objects.filter(module=module, partner__in=whose).update(queued_at=clock.now())
    return found


def ask_hubs_again() -> None:
    """At start: what hubs told while we were away did not reach us (HCI-11)."""
    Pull.objects.filter(module=HUB_CLIENT_INFO).update(due_at=None)


def pull_all_again(partner: Partner) -> None:
    """With the next round, from the beginning; of a hub, but not who is behind it."""
    forget(partner, modules=[module for module in MODULES if module != HUB_CLIENT_INFO])


def forget(partner: Partner, modules: list[str]) -> None:
    """What we know of their lists is worth nothing any more: marks, where a crawl stands, and who works on it."""
    rows = Pull.objects.filter(partner=partner, module__in=modules)
    nobody = {"claim": "", "running_since": None, "queued_at": None}
    rows.update(high_water=None, full_at=None, due_at=None, list_no=0, next_url="", **nobody)


def look_back(*, partner_id: int, module: str, to: datetime) -> None:
    """Pull with the next round, from this moment on at the latest: something of that time seems to be missing.

    A partner that failed is asked no sooner for that than it would be anyway.
    """
    Pull.objects.get_or_create(partner_id=partner_id, module=module)
    row = Pull.objects.filter(partner_id=partner_id, module=module)
    row.filter(look_back_to=None).update(look_back_to=to)
    row.filter(look_back_to__gt=to).update(look_back_to=to)
    row.filter(error="", due_at__gt=clock.now()).update(due_at=clock.now())


def believe(*, row: Pull) -> None:
    """An operator says that what was missing from the list is gone: the next pull of everything takes it away."""
    Pull.objects.filter(pk=row.pk).update(believe=True, full_at=None, due_at=None)
    logger.info("%s: an operator believes what its list says", row)


# --- claim, begin, go on ----------------------------------------------------------------------------------------------
def _claim(partner: Partner, module: str) -> Pull:
    row, _ = Pull.objects.get_or_create(partner=partner, module=module)
    free = Pull.objects.filter(pk=row.pk).exclude(Pull.alive())
    if not free.update(running_since=clock.now(), claim=ids.new_id(), queued_at=None):
        raise Busy(f"{module} of {partner} is being pulled already")
    row.refresh_from_db()
    return row


def _mine(row: Pull) -> QuerySet[Pull]:
    return Pull.objects.filter(pk=row.pk, claim=row.claim)


def _write(row: Pull, **columns: Any) -> None:
    """What a worker writes of its pull; nothing, when another one has taken it for dead and gone on."""
    if not _mine(row).update(**columns):
        raise Busy(f"{row} was taken over by another worker")


def _begin_or_go_on(row: Pull, full: bool) -> None:
    since = None if full or _everything_is_due(row) else _mark(row)
    fresh = row.beat_at is not None and row.beat_at > clock.now() - _RESUMABLE
    enough = row.since is None or (since is not None and row.since <= since)
    if row.stopped_midway and fresh and enough:
        logger.info("%s: goes on after page %d", row, row.pages)
        return
    ListedPage.objects.filter(pull=row).delete()
    counts = dict.fromkeys(("received", "changed", "skipped", "pages", "list_no"), 0)
    unknown = dict.fromkeys(("total", "newest", "their_start"))
    withheld = 0 if since is None else row.withheld
    _become(row, {
        "since": since, "began_at": clock.now(), "problems": [], "next_url": "", "withheld": withheld,
        **counts, **unknown,
    })  # fmt: skip


def _become(row: Pull, state: dict[str, Any]) -> None:
    _write(row, **state)
    _take_over(row, state)


def _take_over(row: Pull, state: dict[str, Any]) -> None:
    for name, value in state.items():
        setattr(row, name, value)


def _everything_is_due(row: Pull) -> bool:
    """Only a pull of everything shows what has vanished; where nothing can vanish, none is needed but the first."""
    if row.high_water is None:
        return True
    interval = timedelta(seconds=settings.OCPI_FULL_PULL_INTERVAL)
    return MODULES[row.module].vanishes is not None and (row.full_at is None or row.full_at < clock.now() - interval)


def _mark(row: Pull) -> datetime | None:
    marks = [moment for moment in (row.high_water, row.look_back_to) if moment is not None]
    return min(marks) if row.high_water else None


# --- page by page -----------------------------------------------------------------------------------------------------
def _crawl(partner: Partner, row: Pull, progress: Progress) -> None:
    endpoint = partner.endpoint(row.module, InterfaceRole.SENDER)
    first = ids.with_query(endpoint, _filters(row.module, row.since))
    believable = Decimal(1) if row.believe else Agreement.believable_loss(partner)
    flow = ids.new_id()
    lists = _lists(partner, row.module)
    with Ahead() as asking, Ahead() as reading:
        for peer, sender in lists[row.list_no :]:
            url, listed = (row.next_url, None) if row.next_url else (first, row.total or 0)
            crawl = pages(
                peer, url, ahead=asking, look=partial(taking.look, partner, row.module), endpoint=endpoint,
                module=row.module, sender=sender, correlation_id=flow, by_offset=partner.pages_by_offset,
            )  # fmt: skip

            def read(page: Page) -> Callable[[], taking.Decoded]:
                return taking.decoding(partner, row.module, page.looked, reading)

            with closing(crawl):
                for page, decoded in by_one(crawl, read, lambda: asking.finishes(_SOON)):
                    _take_over(row, _store_page(partner, row, page, decoded, listed, believable))
                    progress(row.received, row.total)


@one_transaction
def _store_page(
    partner: Partner, row: Pull, page: Page, decoded: taking.Decoded, listed: int | None, believable: Decimal
) -> dict[str, Any]:
    """The page, and where the crawl stands behind it, which is returned. `listed`: the total of the lists before."""
    taken = taking.store(partner, row.module, decoded, believable=believable)
    quarantine.keep(partner=partner, module=row.module, bad=taken.bad)
    quarantine.release(partner=partner, module=row.module, good=taken.good)
    if row.complete and MODULES[row.module].vanishes:
        nameless = len(page.objects) - len(decoded.keys)
        ListedPage.objects.create(pull=row, keys=decoded.keys, nameless=nameless)
    state = _behind(row, page, listed) | _counts(row, page, taken)
    _write(row, **state)
    return state


def _behind(row: Pull, page: Page, listed: int | None) -> dict[str, Any]:
    now = clock.now()
    theirs = page.their_time if page.their_time and abs(page.their_time - now) < _SAME_DAY else now
    known = listed is not None and page.total is not None
    return {
        "next_url": page.next_url or "",
        "list_no": row.list_no + (page.next_url is None),
        "total": (listed or 0) + (page.total or 0) if known else row.total,
        "their_start": row.their_start or min(now, theirs),
        "beat_at": now,
    }


def _counts(row: Pull, page: Page, taken: taking.Taken) -> dict[str, Any]:
    bad = [f"{taking.name(one.item)}: {'; '.join(one.problems)}" for one in taken.bad]
    return {
        "received": row.received + len(page.objects),
        "pages": row.pages + 1,
        "changed": row.changed + taken.changed,
        "skipped": row.skipped + len(taken.bad) + len(taken.others),
        "problems": [*row.problems, *(text[:300] for text in [*bad, *taken.others])][:_MOST_PROBLEMS],
        "newest": max((moment for moment in (row.newest, taken.newest) if moment), default=None),
        "withheld": row.withheld + taken.withheld if row.complete else max(row.withheld, taken.withheld),
    }


def _lists(partner: Partner, module: str) -> list[tuple[Peer, PartyId]]:
    """One list for each pair of parties: that is how platforms with several tell them apart (AMB-16). A hub has one."""
    ours = parties.ours()[:1] if module == HUB_CLIENT_INFO else parties.ours()
    theirs: list[PartyId | None] = [None] if partner.hub else [*partner.parties()] or [None]
    return [(partner.peer(party), sender) for sender in ours for party in theirs]


def _filters(module: str, since: datetime | None) -> dict[str, str]:
    """Sessions always need a date_from (SES-27). The overlap is for objects that were being written (PAG-25)."""
    if since is None:
        return {"date_from": format_datetime(datetime(2000, 1, 1, tzinfo=UTC))} if module == "sessions" else {}
    return {"date_from": format_datetime(since - _OVERLAP)}


# --- the end ----------------------------------------------------------------------------------------------------------
@one_transaction
def _finish(partner: Partner, row: Pull) -> None:
    """The list was read to its end: what it lacks is gone, and the mark moves."""
    wait = _RARELY.total_seconds() if row.module == HUB_CLIENT_INFO else settings.OCPI_PULL_INTERVAL
    state = {"list_no": 0, "next_url": "", "error": "", "high_water": _new_mark(row), **_ended(wait)}
    if row.complete:
        state |= _buried(partner, row)
    # What somebody asked for while we were reading is for the next pull.
    Pull.objects.filter(pk=row.pk, look_back_to=row.look_back_to).update(look_back_to=None)
    _become(row, state)


def _buried(partner: Partner, row: Pull) -> dict[str, Any]:
    found = bury(partner, row) if MODULES[row.module].vanishes else Withheld()
    ListedPage.objects.filter(pull=row).delete()
    problems = [*row.problems[: _MOST_PROBLEMS - 1], found.problem] if found.problem else row.problems
    state = {"full_at": clock.now(), "problems": problems, "withheld": row.withheld + found.count}
    return state | {"believe": False} if row.believe else state


def _new_mark(row: Pull) -> datetime | None:
    """The newest object, but no later than the crawl began, by their clock or by ours: what changed while we read may
    be older than the newest (PAG-25), and a date in the future would hide everything until then."""
    if row.newest is None:
        return row.high_water
    newest = min(row.newest, row.their_start or row.newest)
    return max(row.high_water or newest, newest)


def _break_off(row: Pull, error: PartnerError) -> None:
    state = {"error": str(error)[:500], **_ended(min(900, settings.OCPI_PULL_INTERVAL), error.retry_after)}
    if isinstance(error, Astray) or error.permanent:  # asking at the same place would give the same
        state |= {"list_no": 0, "next_url": ""}
    _become(row, state)


def _ended(wait: float, retry_after: float | None = None) -> dict[str, Any]:
    seconds = max(retry_after or 0, wait * random.uniform(0.9, 1.1))
    now = clock.now()
    return {"running_since": None, "finished_at": now, "due_at": now + timedelta(seconds=seconds)}
