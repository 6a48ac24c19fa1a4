"""Paged lists (requirements section 2), once for every module and for our extension lists."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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
from .views import OcpiViewSet

Render = Callable[[Sequence[Any]], list[dict[str, Any]]]


class _Asked(NamedTuple):
    """A page of a list: `rows` are what the filters leave, `at` is where the last Link said that it begins."""

    page: PageRequest
    rows: QuerySet[Any]
    at: Position | None
    grows_by: str


def paginate(
    view: OcpiViewSet, queryset: QuerySet[Any], render: Render | None = None, *, grows_by: str = ""
) -> HttpResponse:
    """One page of what the caller may see, oldest first, so that a growing set changes only its last page (PAG-14).

    `queryset` is filtered to the caller already (PAG-18). `render` turns the rows of one page into wire objects;
    without it each row's `payload` goes out as it is stored. `grows_by` names the column that tells when a row came,
    where rows never leave the list: what was counted once is not counted for every page.
    Raises InvalidObject for parameters that cannot be read (PAG-17), and for a cursor that is not of this list.
    """
    query = view.request.query_params.dict()
    page = PageRequest.parse(query, settings.OCPI_PAGE_LIMIT)
    belongs_to = f"{view.module} {type(view.caller).__name__} {view.caller.pk} {view.tenant} {page.filters(query)}"
    asked = _Asked(page, _between(queryset, page), _position(page, belongs_to), grows_by)
    counted = _counted(asked)
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
    stored = list(rows.values_list("pk", Cast("payload", TextField())))
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
