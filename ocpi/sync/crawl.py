"""Reading a paged list to its end: follow Link, never compute an offset, never leave the origin (PAG-19..24).

The exception is a partner flagged as one whose Links lead nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ocpi.core import client
from ocpi.core.client import Peer, Reply
from ocpi.core.ids import with_query
from ocpi.protocol.errors import NotOcpi
from ocpi.protocol.headers import PartyId
from ocpi.protocol.paging import next_link, same_origin

_MOST_PAGES = 100_000
_MOST_STALE_PAGES = 3  # one may be an object that moved while we read; a list that repeats itself never ends


@dataclass(frozen=True)
class Page:
    """`total` is what the partner says in X-Total-Count, if it says so."""

    objects: list[Any]
    total: int | None


def pages(
    peer: Peer, url: str, *, module: str, sender: PartyId, filters: dict[str, str], correlation_id: str,
    by_offset: bool = False,
) -> Iterator[Page]:  # fmt: skip
    """Every page of the list. Raises PartnerError; NotOcpi also for a Link that loops or leads to another host.

    `by_offset`: ask for the next page ourselves until as many objects have come as X-Total-Count says.

    X-Total-Count bounds nothing here: too many partners put the length of the page there (PAG-08, PAG-24). A circle
    shows in pages that bring nothing new (PAG-22).
    """
    start: str | None = with_query(url, filters)
    seen: set[str] = set()
    known: set[str] = set()
    stale = 0
    while start is not None:
        if start in seen or len(seen) > _MOST_PAGES or stale > _MOST_STALE_PAGES:
            raise NotOcpi("the Link headers run in a circle")
        seen.add(start)
        reply = client.call(peer, "GET", start, module=module, sender=sender, correlation_id=correlation_id)
        if not isinstance(reply.data, list):
            raise NotOcpi("the answer to a list request is not a list")
        fresh = {_fingerprint(item) for item in reply.data} - known
        known |= fresh
        stale = 0 if fresh else stale + 1
        yield Page(reply.data, _total(reply))
        start = _counted(reply, start) if by_offset else _next(reply, start, url, peer)


def _fingerprint(item: Any) -> str:
    names = ("country_code", "party_id", "id")
    return repr([item.get(name) for name in names] if isinstance(item, dict) and "id" in item else item)


def _next(reply: Reply, current: str, endpoint: str, peer: Peer) -> str | None:
    header = next((value for name, value in reply.headers.items() if name.lower() == "link"), None)
    link = next_link(header, current)
    if link is not None and not same_origin(peer.reachable(link), peer.reachable(endpoint)):
        raise NotOcpi("the Link leads to another host; our token does not go there")
    return link


def _counted(reply: Reply, current: str) -> str | None:
    """The page behind `current`; an empty one is the last, whatever the total says."""
    parts = urlsplit(current)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    offset = int(query.get("offset", 0)) + len(reply.data)
    if not reply.data or offset >= (_total(reply) or 0):
        return None
    return urlunsplit(parts._replace(query=urlencode(query | {"offset": str(offset)})))


def _total(reply: Reply) -> int | None:
    text = next((v for name, v in reply.headers.items() if name.lower() == "x-total-count"), "")
    return int(text) if text.isascii() and text.isdigit() else None
