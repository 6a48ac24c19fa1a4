"""Paged lists (requirements section 2), once for every module and for our extension lists."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, ParamSpec, cast

from django.conf import settings
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpResponse

from ocpi.protocol import envelope
from ocpi.protocol.paging import PageRequest, page_headers

from . import counting, cursors
from .counting import Counted
from .cursors import Position
from .ids import our_url
from .tables import here
from .views import OcpiViewSet

P = ParamSpec("P")
Render = Callable[[Sequence[Any]], list[dict[str, Any]]]


class _Asked(NamedTuple):
    """A page of a list: `rows` are what the filters leave, `at` is where the last Link said that it begins."""

    page: PageRequest
    rows: QuerySet[Any]
    at: Position | None
    grows_by: str


class SteadyList:
    """What a list holds, always asked for in the same way: the text of a page by its Link is made once, not each time.

    `rows` may depend on nothing but what whoever keeps this list knows it by: see `steady`.
    """

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows = rows
        self._texts: dict[int, tuple[str, tuple[Any, ...]]] = {}  # by the limit

    def behind(self, at: Position, limit: int) -> tuple[list[int], list[Any], int]:
        """The keys of the page and of one row more, the objects, and how many have come since they were counted."""
        text = self._texts.get(limit)
        if text is None:
            text = self._texts[limit] = self._text(limit)
        sql, params = text
        known = {_AFTER: at.after, _UPTO: at.counted_to}
        found = _answer(sql, [known.get(value, value) for value in params])
        since = found[0][2] if found else self.rows.filter(pk__gt=at.counted_to).count()
        return [row[0] for row in found], [envelope.verbatim(row[1]) for row in found[:limit]], since

    def _text(self, limit: int) -> tuple[str, tuple[Any, ...]]:
        later = self.rows.filter(pk__gt=_UPTO).order_by().values("pk")
        page = _stored(self.rows.filter(pk__gt=_AFTER).order_by("pk")[: limit + 1])
        (counts, upto), (objects, after) = later.query.sql_with_params(), page.query.sql_with_params()
        sql = f"SELECT page.*, (SELECT COUNT(*) FROM ({counts}) AS later) FROM ({objects}) AS page ORDER BY 1"  # noqa: S608
        return sql, (*upto, *after)


_AFTER, _UPTO = 2**62, 2**62 + 1  # stand for keys in texts that are made once


def steady(made: Callable[P, QuerySet[Any]]) -> Callable[P, SteadyList]:
    """A list for each set of arguments, which are all that its rows may depend on: nobody sees another's."""

    def list_of(*args: P.args, **kwargs: P.kwargs) -> SteadyList:
        return SteadyList(made(*args, **kwargs))

    return cast(Callable[P, SteadyList], lru_cache(maxsize=256)(list_of))


def _stored(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.values_list("pk", Cast("payload", TextField()))


def _answer(sql: str, params: list[Any]) -> list[Any]:
    database = here()
    if database.vendor == "postgresql":
        found: list[Any] = database.all_rows(sql, params)
        return found
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def paginate(
    view: OcpiViewSet, queryset: QuerySet[Any] | SteadyList, render: Render | None = None, *, grows_by: str = ""
) -> HttpResponse:
    """One page of what the caller may see, oldest first, so that a growing set changes only its last page (PAG-14).

    `queryset` is filtered to the caller already (PAG-18). `render` turns the rows of one page into wire objects;
    without it each row's `payload` goes out as it is stored. `grows_by` names the column that tells when a row came,
    where rows never leave the list: what was counted once is not counted for every page. A SteadyList is such a list,
    and takes no `render`.
    Raises InvalidObject for parameters that cannot be read (PAG-17), and for a cursor that is not of this list.
    """
    query = view.request.query_params.dict()
    page = PageRequest.parse(query, settings.OCPI_PAGE_LIMIT)
    belongs_to = f"{view.module} {type(view.caller).__name__} {view.caller.pk} {view.tenant} {page.filters(query)}"
    steadily = queryset if isinstance(queryset, SteadyList) else None
    rows = queryset.rows if isinstance(queryset, SteadyList) else queryset
    asked = _Asked(page, _between(rows, page), _position(page, belongs_to), grows_by)
    counted = _counted(asked)
    if steadily is not None and asked.at is not None and asked.rows is rows:
        keys, objects, since = steadily.behind(asked.at, page.limit)
        total = counted.total + since
    else:
        total = counted.total + _come_since(asked)
        keys, objects = _found(asked, total, render)
    link = None
    if len(keys) > page.limit:
        behind = Position(keys[page.limit - 1], page.offset + page.limit, counted.total, counted.upto)
        link = page.following(our_url(view.module), query, cursors.seal(behind, belongs_to))
    headers = page_headers(next_url=link, total=total, cap=settings.OCPI_PAGE_LIMIT)
    return view.ok(objects, headers=headers)


def _between(queryset: QuerySet[Any], page: PageRequest) -> QuerySet[Any]:
    if page.date_from:
        queryset = queryset.filter(last_updated__gte=page.date_from)
    if page.date_to:
        queryset = queryset.filter(last_updated__lt=page.date_to)
    return queryset


def _position(page: PageRequest, belongs_to: str) -> Position | None:
    """None also for who puts another offset into our Link: it means what it says (PAG-23)."""
    at = cursors.read(page.cursor, belongs_to) if page.cursor else None
    return at if at is not None and at.offset == page.offset else None


def _counted(asked: _Asked) -> Counted:
    """What matches, and the key up to which it was counted: with the first page of a list that grows, or each time."""
    page, rows, at, grows_by = asked
    if not grows_by:
        return Counted(0, rows.count())
    if at is not None:
        return Counted(at.counted_to, at.total)
    dated = page.date_from or page.date_to
    return counting.counted(rows) if dated else counting.growing(rows, grows_by)


def _come_since(asked: _Asked) -> int:
    """What the count that the Link brought along does not know of."""
    _, rows, at, grows_by = asked
    return rows.filter(pk__gt=at.counted_to).count() if at is not None and grows_by else 0


def _found(asked: _Asked, total: int, render: Render | None) -> tuple[list[int], list[Any]]:
    """The keys of the page and of one row more, which tells that there is a next page; and the objects."""
    page, rows = asked.page, _from_its_beginning(asked, total).order_by("pk")[: asked.page.limit + 1]
    if render is not None:
        full = list(rows)
        return [row.pk for row in full], render(full[: page.limit])
    stored = list(_stored(rows))
    return [pk for pk, _ in stored], [envelope.verbatim(payload) for _, payload in stored[: page.limit]]


def _from_its_beginning(asked: _Asked, total: int) -> QuerySet[Any]:
    page, rows, at, _ = asked
    if at is not None:
        return rows.filter(pk__gt=at.after)
    if page.offset == 0:
        return rows
    if page.offset >= total:
        return rows.none()
    first = rows.order_by("pk").values_list("pk", flat=True)[page.offset : page.offset + 1]  # keys alone are cheap
    return rows.filter(pk__gte=first[0]) if first else rows.none()
