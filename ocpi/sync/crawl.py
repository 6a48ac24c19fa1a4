"""Reading a paged list to its end: follow Link, never compute an offset, never leave the origin (PAG-19..24).

The exception is a partner flagged as one whose Links lead nowhere.
"""

import hashlib
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ocpi.core.client import Peer, Pending, Reply
from ocpi.protocol.errors import NotOcpi, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.paging import next_link, same_origin

from .ahead import Ahead

_MOST_PAGES = 100_000
_MOST_STALE_PAGES = 3  # one may be an object that moved while we read; a list that repeats itself never ends


class Astray(NotOcpi):
    """The Link headers lead nowhere; asking once more at the same place would too."""


@dataclass(frozen=True)
class Page:
    """`total` is what the partner says in X-Total-Count, if it says so; `next_url` is None on the last page.

    `looked` is what `look` made of the objects.
    """

    objects: list[Any]
    looked: Any
    total: int | None
    next_url: str | None
    their_time: datetime | None


def pages(
    peer: Peer,
    url: str,
    *,
    ahead: Ahead,
    look: Callable[[list[Any]], Any],
    endpoint: str,
    module: str,
    sender: PartyId,
    correlation_id: str,
    by_offset: bool = False,
) -> Generator[Page, None, None]:
    """Every page of the list from `url` on, which may be its beginning or the Link of an earlier page.

    The next page is asked for, and looked at, while the caller works on this one. `by_offset`: ask for it ourselves
    until as many objects have come as X-Total-Count says.

    Raises PartnerError; Astray for a Link that loops or leads away from the `endpoint`'s host. X-Total-Count bounds
    nothing here: too many partners put the length of the page there (PAG-08, PAG-24). A circle shows in pages that
    bring nothing new (PAG-22).
    """
    way = _Way(peer, endpoint)
    asked: _Asked | None = None

    def ask(link: str) -> _Asked:
        way.go(link)
        pending = Pending(peer, "GET", link, module=module, sender=sender, correlation_id=correlation_id)
        return _Asked(link, pending, ahead.submit(_ask, pending, look))

    try:
        asked = ask(url)
        while asked is not None:
            (start, *_), (reply, looked), asked = asked, asked.reply(), None
            way.saw(reply.data)
            link, problem = (_counted(reply, start), None) if by_offset else _next(reply, start)
            try:
                asked = ask(link) if link is not None and problem is None else None
            except Astray as astray:
                problem = astray
            yield Page(reply.data, looked, _total(reply), link, _date(reply))
            if problem is not None:
                raise problem
    finally:
        if asked is not None:
            asked.forget()


def _ask(pending: Pending, look: Callable[[list[Any]], Any]) -> Any:
    pending.send()
    with suppress(PartnerError):
        data = pending.reply().data
        return look(data) if isinstance(data, list) else None


class _Asked(NamedTuple):
    """A page that is on its way."""

    url: str
    pending: Pending
    sent: Future[Any]

    def reply(self) -> tuple[Reply, Any]:
        """And what `look` made of its objects."""
        try:
            looked = self.sent.result()
        finally:
            self.pending.tell()
        reply = self.pending.reply()
        if not isinstance(reply.data, list):
            raise NotOcpi("the answer to a list request is not a list")
        return reply, looked

    def forget(self) -> None:
        """Nobody reads the answer; that we asked is told all the same."""
        if not self.sent.cancel():
            with suppress(PartnerError):
                self.reply()


class _Way:
    """Where a crawl has been, and what it has seen."""

    def __init__(self, peer: Peer, endpoint: str) -> None:
        self._peer, self._endpoint = peer, peer.reachable(endpoint)
        self._been: set[str] = set()
        self._known: set[bytes] = set()
        self._stale = 0

    def go(self, url: str) -> None:
        """Raises Astray where no way leads on."""
        if not same_origin(self._peer.reachable(url), self._endpoint):
            raise Astray("the Link leads to another host; our token does not go there")
        if url in self._been or len(self._been) > _MOST_PAGES or self._stale > _MOST_STALE_PAGES:
            raise Astray("the Link headers run in a circle")
        self._been.add(url)

    def saw(self, objects: list[Any]) -> None:
        fresh = {_fingerprint(item) for item in objects} - self._known
        self._known |= fresh
        self._stale = 0 if fresh else self._stale + 1


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
