"""What an operator can open: told by the admin's registry and the URL resolver, so that a new page needs no line here.

Lists plain, by each value of each filter, searched, sorted, and turned to their last page; objects with their history;
pages of their own and dialogs; the map; and every link that stands on one of these.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

_CHOICES = 6  # of one filter are looked at: of partners, say, first and last ones and some between
_NOWHERE = "nothing-like-this"
_WORDS = ("NL", "COMPLETED", _NOWHERE)
_MAP = {
    "world": {"zoom": 1},
    "Europe": {"zoom": 4, "south": 35, "west": -10, "north": 60, "east": 30},
    "a country": {"zoom": 7, "south": 47, "west": 5, "north": 55, "east": 15},
    "a town": {"zoom": 13, "south": 52.0, "west": 5.0, "north": 52.2, "east": 5.3},
}
_MAP_FILTERS: list[dict[str, Any]] = [
    {}, {"partner": 1}, {"min_power_kw": 150}, {"connector": "CHADEMO"}, {"tariff": "T7"}, {"open_now": "on"},
    {"stale": "on"}, {"partner": 1, "min_power_kw": 50, "open_now": "on"},
]  # fmt: skip
_LINK = re.compile(r'(?:href|hx-get|action)="(/admin/[^"#]*)"')
_ID = re.compile(r"(?<=/)(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27})(?=/)")


@dataclass(frozen=True)
class Page:
    """`group`: what it belongs to in the report; `what`: which of its group; `follow`: whether its links are taken."""

    group: str
    what: str
    url: str
    follow: bool = False

    @property
    def shape(self) -> str:
        """Equal for pages that differ in values only: keys of objects, and what is asked for by the same names."""
        parts = urlsplit(self.url)
        return f"{_ID.sub('…', parts.path)}?{'&'.join(sorted({name for name, _ in parse_qsl(parts.query)}))}"


def first() -> Iterator[Page]:
    """Where one begins, whatever is registered."""
    yield Page("home", "", reverse("admin:index"), follow=True)
    for model_admin in admin.site._registry.values():
        yield Page(name_of(model_admin), "plain", _list(model_admin), follow=True)
        yield from _objects(model_admin)
    yield from own_pages()
    yield from _map()


def name_of(model_admin: ModelAdmin) -> str:
    return str(model_admin.opts.verbose_name_plural)


def _list(model_admin: ModelAdmin, **query: Any) -> str:
    url = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
    return f"{url}?{urlencode(query)}" if query else url


# --- lists ------------------------------------------------------------------------------------------------------------
def variants(changelist: Any) -> Iterator[Page]:
    """Of a list that was opened: all that one can ask it."""
    model_admin = changelist.model_admin
    group, url = name_of(model_admin), _list(model_admin)
    for spec in changelist.filter_specs:
        offered = [choice for choice in spec.choices(changelist) if choice.get("query_string", "?") != "?"]
        for choice in spread(offered, _CHOICES):
            yield Page(group, f"{spec.title}: {choice['display']}", url + choice["query_string"])
    for column, name in enumerate(changelist.list_display):
        if changelist.get_ordering_field(name) and column in _sortable(changelist):
            yield Page(group, f"by {name}", f"{url}?o={column}")
            yield Page(group, f"by {name}, descending", f"{url}?o=-{column}")
    last = changelist.paginator.num_pages
    for number in sorted({2, last} - {1}) if last > 1 else []:
        yield Page(group, f"page {number}", f"{url}?p={number}")
    for text in sorted(searches(model_admin)):
        yield Page(group, f"search {text}", f"{url}?{urlencode({'q': text})}")


def _sortable(changelist: Any) -> set[int]:
    """The columns whose head is a link."""
    allowed = changelist.sortable_by
    return {n for n, name in enumerate(changelist.list_display) if allowed is None or name in allowed}


def spread(items: list[Any], most: int) -> list[Any]:
    if len(items) <= most:
        return items
    return [items[round(n * (len(items) - 1) / (most - 1))] for n in range(most)]


def searches(model_admin: ModelAdmin) -> set[str]:
    """What stands in the fields that are searched, whole and its beginning; what is everywhere, and what is nowhere."""
    if not model_admin.search_fields:
        return set()
    found = set(_WORDS)
    for field in model_admin.search_fields:
        path, _, lookup = re.sub(r"^[\^=@]", "", field).rpartition("__")
        whole = (
            field if not path or lookup not in {"exact", "iexact", "icontains", "istartswith", "startswith"} else path
        )
        for row in ends(model_admin.model):
            text = str(_value(row, whole) or "")
            found |= {text, text[:3]} - {""} if not field.endswith("exact") else {text} - {""}
    return found


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        try:
            if row is None or row._meta.get_field(name).one_to_many or row._meta.get_field(name).many_to_many:
                return None
        except FieldDoesNotExist:
            return None
        row = getattr(row, name)
    return row


def ends(model: type[Model]) -> list[Model]:
    """The first and the last row, and one between."""
    rows = model._base_manager.order_by("pk")
    first, last = rows.first(), rows.last()
    if first is None or last is None:
        return []
    between = rows.filter(pk__gte=(first.pk + last.pk) // 2).first() if isinstance(first.pk, int) else None
    return list({row.pk: row for row in (first, between, last) if row is not None}.values())


# --- objects and other pages ------------------------------------------------------------------------------------------
def _objects(model_admin: ModelAdmin) -> Iterator[Page]:
    opts = model_admin.opts
    for n, row in enumerate(ends(opts.model)):
        for page in ("change", "history", "delete"):
            url = reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[row.pk])
            yield Page(name_of(model_admin), f"{page} {('first', 'middle', 'last')[n]}", url, follow=page == "change")
    yield Page(name_of(model_admin), "add", reverse(f"admin:{opts.app_label}_{opts.model_name}_add"))


_STANDARD = re.compile(r"_(changelist|add|history|delete|change|None)$")
_NO_PAGES = {"logout", "jsi18n", "view_on_site", "app_list", "login", "index", "autocomplete", "map-points"}


def own_pages() -> Iterator[Page]:
    """What stands below /admin/ beside lists and forms: with the first object of its model, where it needs one."""
    for pattern, route in _patterns(get_resolver(), ""):
        name = pattern.name or ""
        if not route.startswith("admin/") or not name or _STANDARD.search(name) or name in _NO_PAGES:
            continue
        model_admin = next((each for each in admin.site._registry.values() if _belongs(name, each)), None)
        group = name_of(model_admin) if model_admin else "pages of their own"
        if (url := _address(pattern, model_admin)) is not None:
            yield Page(group, f"page {name}", url, follow=model_admin is None)
    yield Page("pages of their own", "search everything", f"{reverse('admin:search')}?{urlencode({'s': 'CPO'})}")


def _patterns(resolver: URLResolver, before: str) -> Iterator[tuple[URLPattern, str]]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, route)
        else:
            yield each, route


def _belongs(name: str, model_admin: ModelAdmin) -> bool:
    return name.startswith(f"{model_admin.opts.app_label}_{model_admin.opts.model_name}_")


def _address(pattern: URLPattern, model_admin: ModelAdmin | None) -> str | None:
    """With what its route wants to know: the key of an object, the kind of a file."""
    row = model_admin.model._base_manager.order_by("pk").first() if model_admin else None
    known = {"object_id": row and row.pk, "pk": row and row.pk, "kind": "csv"}  # a sheet takes seconds, and says so
    values = {name: known.get(name) for name in pattern.pattern.converters}
    if None in values.values():
        return None
    for namespace in ("admin:", ""):
        with suppress(NoReverseMatch):
            return reverse(f"{namespace}{pattern.name}", kwargs=values)
    return None


def _map() -> Iterator[Page]:
    for place, box in _MAP.items():
        for asked in _MAP_FILTERS:
            what = ", ".join([place, *(f"{name} {value}" for name, value in asked.items())])
            yield Page("map", what, f"{reverse('map-points')}?{urlencode(box | asked)}")


def links(html: str) -> Iterator[str]:
    for url in _LINK.findall(html):
        yield url.replace("&amp;", "&")
