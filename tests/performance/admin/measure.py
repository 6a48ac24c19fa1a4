"""How long a page takes: in this process, with all its queries and all of its HTML, and nothing of it kept.

Every page is asked for within a transaction that is rolled back, and without what a cache remembers. After a request
that does not count, the median of three does; where that is too slow, three more are made, because a busy machine is
not a slow page.
"""

import statistics
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import caches
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from . import pages
from .pages import Page

_HOPELESS = 20  # seconds after which PostgreSQL gives a query up
_SKIPPED = {302, 403, 405}  # no page for this user, or not by GET


@dataclass
class Answer:
    status: int
    seconds: float
    queries: int
    database: float  # seconds
    slowest: tuple[float, str]
    html: str = ""
    changelist: Any = None


@dataclass
class Timed:
    """`seconds`: of each request that counted; `database`: of them, by the database, in the best of these."""

    page: Page
    queries: int
    status: int
    database: float
    slowest: tuple[float, str]
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def every(client: Client, limit: float, rounds: int = 3, only: str = "") -> Iterator[Timed]:
    """Each page once, those behind links included."""
    waiting, known = deque(pages.first()), set[str]()
    while waiting:
        page = waiting.popleft()
        if page.url in known or only not in page.group:
            continue
        known.add(page.url)
        begun = ask(client, page)
        if begun.status in _SKIPPED:
            continue
        if begun.changelist is not None and page.what == "plain":
            waiting.extendleft(reversed(list(pages.variants(begun.changelist))))
        if page.follow:
            waiting.extend(_new(begun.html, page, known))
        yield time_it(client, page, begun, limit, rounds)


def _new(html: str, page: Page, known: set[str]) -> Iterator[Page]:
    """The links of a page whose like was not seen yet."""
    for url in pages.links(html):
        found = Page(page.group, f"link {url.partition('?')[0]} {url.partition('?')[2][:60]}".strip(), url)
        if found.shape not in known:
            known.add(found.shape)
            yield found


def time_it(client: Client, page: Page, begun: Answer, limit: float, rounds: int) -> Timed:
    timed = Timed(page, begun.queries, begun.status, begun.database, begun.slowest)
    for _ in range(2 if begun.seconds < 5 else 1):
        asked = [ask(client, page) for _ in range(rounds if begun.seconds < 5 else 1)]
        seconds = [each.seconds for each in asked]
        if not timed.seconds or statistics.median(seconds) < timed.median:
            timed.seconds, timed.slowest = seconds, max(each.slowest for each in asked)
            timed.database = min(each.database for each in asked)
        if timed.median <= limit:
            break
    return timed


def ask(client: Client, page: Page) -> Answer:
    for cache in caches.all():
        cache.clear()
    with transaction.atomic():
        _give_up_after(_HOPELESS)
        try:
            answer = _answer(client, page)
        except DatabaseError as error:
            answer = Answer(599, _HOPELESS, 0, _HOPELESS, (_HOPELESS, str(error)))
        transaction.set_rollback(True)
    return answer


def _give_up_after(seconds: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{seconds}s'")


def _answer(client: Client, page: Page) -> Answer:
    connection.queries_log.clear()  # it holds 9,000 and no more
    begin = time.perf_counter()
    with CaptureQueriesContext(connection) as seen:
        response = client.get(page.url)
        body = next(iter(response.streaming_content), b"") if response.streaming else response.content
    seconds = time.perf_counter() - begin
    times = [(float(each["time"]), each["sql"]) for each in seen.captured_queries]
    slowest, database = max(times, default=(0.0, "")), sum(spent for spent, _ in times)
    context = getattr(response, "context_data", None) or {}
    text = body.decode(errors="replace") if page.follow else ""
    return Answer(response.status_code, seconds, len(seen), database, slowest, text, context.get("cl"))
