"""Paged lists (requirements section 2), once for every module and for our extension lists."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.response import Response

from ocpi.protocol.paging import PageRequest, page_headers

from .ids import our_url
from .views import OcpiViewSet

Render = Callable[[Iterable[Any]], list[dict[str, Any]]]


def paginate(view: OcpiViewSet, queryset: QuerySet[Any], render: Render) -> Response:
    """One page of what the caller may see, oldest first, so that a growing set changes only its last page (PAG-14).

    `queryset` is filtered to the caller already (PAG-18); `render` turns the rows of one page into wire objects.
    Raises InvalidObject for parameters that cannot be read (PAG-17).
    """
    query = view.request.query_params.dict()
    page = PageRequest.parse(query, settings.OCPI_PAGE_LIMIT)
    queryset = _between(queryset, page).order_by("pk")
    total = queryset.count()
    rows = queryset[page.offset : page.offset + page.limit] if page.offset < total else []
    headers = page_headers(
        next_url=page.next_url(our_url(view.module), query, total), total=total, cap=settings.OCPI_PAGE_LIMIT
    )
    return view.ok(render(rows), headers=headers)


def _between(queryset: QuerySet[Any], page: PageRequest) -> QuerySet[Any]:
    if page.date_from:
        queryset = queryset.filter(last_updated__gte=page.date_from)
    if page.date_to:
        queryset = queryset.filter(last_updated__lt=page.date_to)
    return queryset
