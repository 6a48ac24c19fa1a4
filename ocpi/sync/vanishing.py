"""What a complete crawl did not bring is no longer offered (PAG-26): tombstones, and the brake before them."""

import logging
from typing import Any, NamedTuple

from ocpi.partners.models import Partner

from .models import Agreement, ListedPage, Pull
from .modules import MODULES, Key
from .taking import FEW

logger = logging.getLogger(__name__)


class Withheld(NamedTuple):
    """What the brake kept, and what operators read about it; nothing when all went its way."""

    count: int = 0
    problem: str = ""


def bury(partner: Partner, row: Pull) -> Withheld:
    """Take away what is gone, or hold it back; in the caller's transaction.

    Only a list that was read to its end, without riddles, and not suspiciously short, takes anything away, unless an
    operator has said that it is right (`row.believe`).
    """
    service, table = MODULES[row.module].vanishes, MODULES[row.module].table
    seen, nameless = _listed(row)
    lost = service.missing(partner=partner, before=row.began_at, seen=seen)
    if partner.hub is not None:
        lost = _of_those_heard(table, lost, seen)
    doubtful = not seen or nameless or _too_many(partner, len(lost), len(seen))
    if lost and doubtful and not row.believe:
        logger.warning("%s: %d are not in the list any more; not believed, they stay", row, len(lost))
        return Withheld(len(lost), f"{len(lost)} {row.module} were not in the list; not believed, they stay")
    if lost:
        logger.info("%s: %d are not in the list any more", row, len(lost))
        service.vanish(lost=lost, before=row.began_at)
    return Withheld()


def _listed(row: Pull) -> tuple[set[Key], int]:
    pages = ListedPage.objects.filter(pull=row)
    return {(key[0], key[1], key[2]) for page in pages for key in page.keys}, sum(page.nameless for page in pages)


def _too_many(partner: Partner, lost: int, listed: int) -> bool:
    return lost > FEW and lost > Agreement.believable_loss(partner) * (lost + listed)


def _of_those_heard(table: Any, lost: list[int], seen: set[Key]) -> list[int]:
    """Who is offline is missing from a hub's list with everything; that takes nothing away."""
    heard = {(country_code, party_id) for country_code, party_id, _ in seen}
    rows = table.objects.filter(pk__in=lost).values_list("pk", "country_code", "party_id")
    return [pk for pk, *party in rows if tuple(party) in heard]
