"""Searching lists of millions: whole values, each looked up in the index of its column.

Django joins what a list is searched by and tries each word on all of it. No index answers a condition that is one
column OR another table's, so what stands behind a key is looked up before, and the list is asked for its keys.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

_EXACT = "__exact"
_MOST = 1000  # objects behind a key, as the cards of one contract


class ByIndex:
    """For an admin page whose `search_fields` are exact, or some of them bare names of its columns."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        fields, text = self.get_search_fields(request), search_term.strip()  # type: ignore[attr-defined]
        exact = [field for field in fields if field.endswith(_EXACT)]
        if not text or not exact or not all(field in exact or "__" not in field for field in fields):
            return super().get_search_results(request, queryset, search_term)  # type: ignore[misc,no-any-return]
        found = Q()
        for field in fields:
            path = field.removesuffix(_EXACT)
            found |= _condition(queryset.model, path, text) if field in exact else Q(**{f"{field}__icontains": text})
        return queryset.filter(found), False


def _condition(model: Any, path: str, text: str) -> Q:
    key, _, rest = path.partition("__")
    field = model._meta.get_field(key)
    if not rest or field.one_to_many or field.many_to_many:
        return Q(**{path: text})
    behind = field.related_model._base_manager.filter(**{rest: text})
    return Q(**{f"{key}__in": list(behind.values_list("pk", flat=True)[:_MOST])})
