"""Paginated lists, both sides (OCPI 2.2.1, chapter 4.1.6 "Pagination")."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from ocpi.protocol.errors import InvalidObject, NotOcpi
from ocpi.protocol.moments import format_datetime, parse_datetime

LINK = "Link"
TOTAL_COUNT = "X-Total-Count"
LIMIT = "X-Limit"

_COUNT = re.compile(r"\d{1,18}", re.ASCII)  # anything longer overflows a database
_OWN = ("date_from", "date_to", "offset", "limit", "cursor")


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list is asked for: `date_from` inclusive, `date_to` exclusive, both on `last_updated`.

    `cursor` is what a server may add to its own Links to find the place again; to everybody else it means nothing.
    """

    date_from: datetime | None
    date_to: datetime | None
    offset: int
    limit: int
    cursor: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str], cap: int) -> "PageRequest":
        """Read the query; `cap` is the most we serve and the default. InvalidObject for a malformed value (PAG-17)."""
        return cls(
            date_from=_moment(query, "date_from"),
            date_to=_moment(query, "date_to"),
            offset=_count(query, "offset", default=0),
            limit=min(_count(query, "limit", default=cap, least=1), cap),
            cursor=query.get("cursor", ""),
        )

    def next_url(self, url: str, query: Mapping[str, str], total: int) -> str | None:
        """The URL of the next page, or None on the last (PAG-10)."""
        return self.following(url, query) if self.offset + self.limit < total else None

    def following(self, url: str, query: Mapping[str, str], cursor: str = "") -> str:
        """The URL of the page behind this one: all filters stay, escaped anew (PAG-11 to PAG-13)."""
        parameters = self.filters(query) | {"offset": str(self.offset + self.limit), "limit": str(self.limit)}
        if cursor:
            parameters["cursor"] = cursor
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(parameters), ""))

    def filters(self, query: Mapping[str, str]) -> dict[str, str]:
        """What all pages of the list have in common, moments in our spelling."""
        found = {name: value for name, value in query.items() if name not in _OWN}
        moments = {"date_from": self.date_from, "date_to": self.date_to}
        return found | {name: format_datetime(moment) for name, moment in moments.items() if moment is not None}


def page_headers(*, total: int, cap: int, next_url: str | None) -> dict[str, str]:
    """The headers of a page: `total` objects match, `cap` is our own limit whatever was asked for (PAG-08, PAG-09)."""
    headers = {TOTAL_COUNT: str(total), LIMIT: str(cap)}
    if next_url is not None:
        headers[LINK] = f'<{next_url}>; rel="next"'
    return headers


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse_datetime(text)
    except ValueError:
        raise InvalidObject(f"{name}: must be a DateTime such as 2019-01-28T12:00:00Z") from None


def _count(query: Mapping[str, str], name: str, default: int, least: int = 0) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not _COUNT.fullmatch(text) or int(text) < least:
        raise InvalidObject(f"{name}: must be an integer of at least {least}")
    return int(text)


_LINK_VALUE = re.compile(r"<([^<>]*)>((?:[^<\"]|\"[^\"]*\")*)")
_BARE_LINK = re.compile(r"\s*([^\s;<>]+)(\s*;.*)", re.DOTALL)
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;,]+))", re.IGNORECASE)


def next_link(header: str | None, base_url: str) -> str | None:
    """The absolute URL that a Link header names as the next page; None means that this page was the last.

    Several links, unquoted rel, other parameters, commas in the URL, a missing pair of <> and relative URLs are all
    read (PAG-20). Raises NotOcpi for a next link that is no URL: a list cut short would look complete.
    """
    for target, parameters in _links(header or ""):
        if "next" in _relations(parameters):
            return _absolute(base_url, target.strip())
    return None


def _links(header: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = _LINK_VALUE.findall(header) or _BARE_LINK.findall(header)
    return found


def _relations(parameters: str) -> list[str]:
    return [word for match in _REL.finditer(parameters) for word in "".join(match.groups("")).lower().split()]


def _absolute(base_url: str, target: str) -> str:
    try:
        url = urljoin(base_url, target)
        urlsplit(url).port  # noqa: B018 - reading it validates it
    except ValueError:
        raise NotOcpi("The Link to the next page is not a URL.") from None
    return url


_DEFAULT_PORTS = {"http": 80, "https": 443}


def same_origin(a: str, b: str) -> bool:
    """Whether two URLs share scheme, host and port, so that a token for one may go to the other (PAG-21)."""
    try:
        return _origin(a) == _origin(b) is not None
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str, int] | None:
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None
