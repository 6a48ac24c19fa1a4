"""Reading a paged list to its end: follow Link, never compute an offset, never leave the origin (PAG-19..24).

The exception is a partner flagged as one whose Links lead nowhere.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ocpi.core import client
from ocpi.core.client import Peer, Reply
from ocpi.protocol.errors import NotOcpi
from ocpi.protocol.headers import PartyId
from ocpi.protocol.paging import next_link, same_origin

_MOST_PAGES = 100_000
_MOST_STALE_PAGES = 3  # one may be an object that moved while we read; a list that repeats itself never ends


class Astray(NotOcpi):
    """The Link headers lead nowhere; asking once more at the same place would too."""


@dataclass(frozen=True)
class Page:
    """`total` is what the partner says in X-Total-Count, if it says so; `next_url` is None on the last page."""

    objects: list[Any]
    total: int | None
    next_url: str | None
    their_time: datetime | None


def pages(
    peer: Peer, url: str, *, endpoint: str, module: str, sender: PartyId, correlation_id: str, by_offset: bool = False
) -> Iterator[Page]:
    """Every page of the list from `url` on, which may be its beginning or the Link of an earlier page.

    `by_offset`: ask for the next page ourselves until as many objects have come as X-Total-Count says.

    Raises PartnerError; Astray for a Link that loops or leads away from the `endpoint`'s host. X-Total-Count bounds
    nothing here: too many partners put the length of the page there (PAG-08, PAG-24). A circle shows in pages that
    bring nothing new (PAG-22).
    """
    start: str | None = url
    seen: set[str] = set()
    known: set[bytes] = set()
    stale = 0
    while start is not None:
        if not same_origin(peer.reachable(start), peer.reachable(endpoint)):
            raise Astray("the Link leads to another host; our token does not go there")
        if start in seen or len(seen) > _MOST_PAGES or stale > _MOST_STALE_PAGES:
            raise Astray("the Link headers run in a circle")
        seen.add(start)
        reply = client.call(peer, "GET", start, module=module, sender=sender, correlation_id=correlation_id)
        if not isinstance(reply.data, list):
            raise NotOcpi("the answer to a list request is not a list")
        fresh = {_fingerprint(item) for item in reply.data} - known
        known |= fresh
        stale = 0 if fresh else stale + 1
        link, problem = (_counted(reply, start), None) if by_offset else _next(reply, start)
        yield Page(reply.data, _total(reply), link, _date(reply))
        if problem is not None:
            raise problem
        start = link


def _next(reply: Reply, current: str) -> tuple[str | None, NotOcpi | None]:
    """The next page; when nobody can tell, this page once more, and why. Its objects are good all the same."""
    try:
        return next_link(_header(reply, "link"), current), None
    except NotOcpi as problem:
        return current, problem


def _fingerprint(item: Any) -> bytes:
    """Eight bytes: a list may have a million objects."""
    names = ("country_code", "party_id", "id")
    text = repr([item.get(name) for name in names] if isinstance(item, dict) and "id" in item else item)
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest()


def _header(reply: Reply, name: str) -> str | None:
    return next((value for key, value in reply.headers.items() if key.lower() == name), None)


def _counted(reply: Reply, current: str) -> str | None:
    """The page behind `current`; an empty one is the last, whatever the total says."""
    parts = urlsplit(current)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    offset = int(query.get("offset", 0)) + len(reply.data)
    if not reply.data or offset >= (_total(reply) or 0):
        return None
    return urlunsplit(parts._replace(query=urlencode(query | {"offset": str(offset)})))


def _total(reply: Reply) -> int | None:
    text = _header(reply, "x-total-count") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _date(reply: Reply) -> datetime | None:
    try:
        found = parsedate_to_datetime(_header(reply, "date") or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
