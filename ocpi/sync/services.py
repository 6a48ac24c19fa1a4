"""Pulling a module of a partner into our tables, through the same services as the pushes (LOC-50).

From a hub: first who is behind it (HCI-11), then everything of all of them in one list, by TO = hub (HUB-14).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from ocpi.cdrs import services as cdrs
from ocpi.core import clock, ids, parties
from ocpi.core.client import Peer
from ocpi.hubclientinfo import services as hubs
from ocpi.locations import services as locations
from ocpi.locations.models import Location
from ocpi.partners import leniency, outages
from ocpi.partners.models import Partner, registered
from ocpi.partners.owned import Stored
from ocpi.protocol import cdrs as cdr_wire
from ocpi.protocol import hubclientinfo as hub_wire
from ocpi.protocol import locations as location_wire
from ocpi.protocol import sessions as session_wire
from ocpi.protocol import tariffs as tariff_wire
from ocpi.protocol.errors import OcpiError, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import OcpiModel, ci_key, format_datetime
from ocpi.protocol.versions import InterfaceRole
from ocpi.sessions import services as sessions
from ocpi.tariffs import services as tariffs
from ocpi.tariffs.models import Tariff

from .crawl import pages
from .models import Pull

Store = Callable[[Partner, PartyId, Any], Stored]
Progress = Callable[[int, int | None], None]
_OVERLAP = timedelta(minutes=5)
_STALE = timedelta(hours=2)  # a pull that runs for longer than this has died
_MOST_PROBLEMS = 20

_MOST_LOST = 0.5  # a pull that would take away more than this share, and more than a few, is not believed (PAG-26)
_FEW = 10

HUB_CLIENT_INFO = "hubclientinfo"
_RARELY = timedelta(days=30)  # hubs tell changes of their ClientInfo by themselves

MODULES: dict[str, tuple[type[OcpiModel], Store]] = {
    HUB_CLIENT_INFO: (hub_wire.ClientInfo, lambda p, party, o: hubs.put(partner=p, info=o)),
    "tariffs": (tariff_wire.Tariff, lambda p, party, o: tariffs.put(partner=p, party=party, tariff=o)),
    "locations": (location_wire.Location, lambda p, party, o: locations.put(partner=p, party=party, location=o)),
    "sessions": (session_wire.Session, lambda p, party, o: sessions.put(partner=p, party=party, session=o)),
    "cdrs": (cdr_wire.CDR, lambda p, party, o: cdrs.receive(partner=p, party=party, cdr=o)[1]),
}


# Modules where a complete pull is the whole truth; sessions and CDRs are history, and stay.
VANISHING: dict[str, tuple[Any, Any]] = {"tariffs": (tariffs, Tariff), "locations": (locations, Location)}


class Busy(Exception):
    """This module of this partner is being pulled already."""


@dataclass
class Outcome:
    received: int = 0
    changed: int = 0
    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    nameless: int = 0
    newest: datetime | None = None


def pull(*, partner: Partner, module: str, full: bool = False, progress: Progress | None = None) -> Pull:
    """Pull one module to its end: everything, or what changed since the last whole pull.

    What a pull of everything does not bring is no longer offered (PAG-26). Invalid and foreign objects are skipped and
    named, the rest of the page is stored (TRA-41, HUB-17). Raises Busy, and PartnerError when the crawl breaks; what
    came until then is stored, and the high-water mark stays (PAG-25).
    """
    row = _claim(partner, module)
    since = None if full else row.high_water
    outcome, began = Outcome(), clock.now()
    try:
        _crawl(partner, module, since, outcome, progress or (lambda done, total: None))
        if since is None and module in VANISHING:
            _vanish(partner, module, began, outcome)
    except PartnerError as error:
        _finish(row, outcome, error=str(error), retry_after=error.retry_after)
        raise
    except BaseException:
        Pull.objects.filter(pk=row.pk).update(running_since=None)
        raise
    finally:
        partner.keep_leniencies()
        leniency.write()
    _finish(row, outcome)
    return row


def offered(partner: Partner) -> list[str]:
    """The modules that we can pull from this partner: who is there first, tariffs before the locations with them."""
    modules = [module for module in MODULES if partner.endpoint(module, InterfaceRole.SENDER)]
    return [module for module in modules if module != HUB_CLIENT_INFO or partner.hub is not None]


def due() -> list[tuple[int, str]]:
    """(partner, module) pairs whose time has come; new partners at once, others with jitter (TRA-43, LOC-48).

    Where a hub's ClientInfo is due, nothing else is: its objects would come from nobody that we know.
    """
    partners = Partner.objects.filter(registered()).exclude(outages.resting())
    partners = partners.prefetch_related("endpoints", "roles")
    wanted = [(partner, module) for partner in partners for module in offered(partner)]
    running = Q(running_since__gt=clock.now() - _STALE)
    waiting = Q(due_at__gt=clock.now()) | running
    later = set(Pull.objects.filter(waiting).values_list("partner_id", "module"))
    found = [(partner.pk, module) for partner, module in wanted if (partner.pk, module) not in later]
    asked = Pull.objects.filter(running, module=HUB_CLIENT_INFO).values_list("partner_id", flat=True)
    hubs_first = {*asked, *(pk for pk, module in found if module == HUB_CLIENT_INFO)}
    return [(pk, module) for pk, module in found if module == HUB_CLIENT_INFO or pk not in hubs_first]


def ask_hubs_again() -> None:
    """At start: what hubs told while we were away did not reach us (HCI-11)."""
    Pull.objects.filter(module=HUB_CLIENT_INFO).update(due_at=None)


def pull_all_again(partner: Partner) -> None:
    """With the next round, from the beginning; of a hub, but not who is behind it."""
    Pull.objects.filter(partner=partner).exclude(module=HUB_CLIENT_INFO).update(high_water=None, due_at=None)


def _claim(partner: Partner, module: str) -> Pull:
    row, _ = Pull.objects.get_or_create(partner=partner, module=module)
    free = Q(running_since=None) | Q(running_since__lt=clock.now() - _STALE)
    if not Pull.objects.filter(free, pk=row.pk).update(running_since=clock.now()):
        raise Busy(f"{module} of {partner} is being pulled already")
    return row


def _crawl(partner: Partner, module: str, since: datetime | None, outcome: Outcome, progress: Progress) -> None:
    endpoint = partner.endpoint(module, InterfaceRole.SENDER)
    flow = ids.new_id()
    for peer, sender in _lists(partner, module):
        crawl = pages(
            peer, endpoint, module=module, sender=sender, filters=_filters(module, since), correlation_id=flow
        )  # fmt: skip
        for page in crawl:
            for item in page.objects:
                _take(partner, module, item, outcome)
            progress(outcome.received, page.total)


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


def _take(partner: Partner, module: str, item: Any, outcome: Outcome) -> None:
    outcome.received += 1
    _remember(partner, item, outcome)
    model, store = MODULES[module]
    try:
        obj: Any = model.from_wire(item, partner.tolerance())
        party = _owner(partner, module, obj)
        stored = store(partner, party, obj)
    except OcpiError as error:
        outcome.skipped += 1
        _complain(outcome, f"{_name(item)}: {error.message}")
        return
    outcome.changed += stored.applied
    outcome.newest = max(outcome.newest or obj.last_updated, obj.last_updated)


def _remember(partner: Partner, item: Any, outcome: Outcome) -> None:
    """An object that we cannot read is there all the same."""
    match item:
        case {"country_code": str(country_code), "party_id": str(party_id), "id": str(id_)}:
            outcome.seen.add((ci_key(country_code), ci_key(party_id), ci_key(id_)))
        case _:
            outcome.nameless += 1


def _vanish(partner: Partner, module: str, began: datetime, outcome: Outcome) -> None:
    """Only a list that was read to its end, without riddles, and not suspiciously short, takes anything away."""
    service, model = VANISHING[module]
    lost = service.missing(partner=partner, before=began, seen=outcome.seen)
    if partner.hub is not None:
        lost = _of_those_heard(model, lost, outcome)
    if not lost:
        return
    share = len(lost) / (len(lost) + len(outcome.seen))
    if not outcome.seen or outcome.nameless or (len(lost) > _FEW and share > _MOST_LOST):
        _complain(outcome, f"{len(lost)} {module} were not in the list; not believed, they stay")
    else:
        service.vanish(lost=lost, before=began)


def _of_those_heard(model: Any, lost: list[int], outcome: Outcome) -> list[int]:
    """Who is offline is missing from a hub's list with everything; that takes nothing away."""
    heard = {(country_code, party_id) for country_code, party_id, _ in outcome.seen}
    rows = model.objects.filter(pk__in=lost).values_list("pk", "country_code", "party_id")
    return [pk for pk, *party in rows if tuple(party) in heard]


def _complain(outcome: Outcome, problem: str) -> None:
    if len(outcome.problems) < _MOST_PROBLEMS:
        outcome.problems.append(problem[:300])


def _owner(partner: Partner, module: str, obj: Any) -> PartyId:
    party = PartyId(obj.country_code, obj.party_id)
    if module != HUB_CLIENT_INFO and not partner.owns(party):
        raise OcpiError(f"party {party.country_code}-{party.party_id} does not belong to {partner.name}")
    return party


def _name(item: Any) -> str:
    return str(item.get("id", "object without id"))[:39] if isinstance(item, dict) else "not an object"


def _finish(row: Pull, outcome: Outcome, error: str = "", retry_after: float | None = None) -> None:
    row.received, row.changed, row.skipped = outcome.received, outcome.changed, outcome.skipped
    row.problems, row.error, row.running_since = outcome.problems, error[:500], None
    row.finished_at = clock.now()
    wait = _RARELY.total_seconds() if row.module == HUB_CLIENT_INFO else settings.OCPI_PULL_INTERVAL
    wait = min(900, settings.OCPI_PULL_INTERVAL) if error else wait
    row.due_at = clock.now() + timedelta(seconds=max(retry_after or 0, wait * random.uniform(0.9, 1.1)))
    if not error and outcome.newest is not None:
        newest = min(outcome.newest, clock.now())  # a date in the future would hide everything until then
        row.high_water = max(row.high_water or newest, newest)
    row.save()
