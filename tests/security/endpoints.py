"""Every endpoint there is, as the URL resolver tells, so that a new one cannot be forgotten."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
PREFIX = "/ocpi/emsp/2.2.1/"


def patterns(found: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in found if found is not None else get_resolver().url_patterns:
        text = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, text)
        else:
            yield text, pattern


def readable(text: str) -> str:
    """`ocpi/emsp/2.2.1/^locations/(?P<location_id>[^/]+)/?$` → `/ocpi/emsp/2.2.1/locations/{location_id}`."""
    plain = _GROUP.sub(r"{\1}", text).replace("^", "").replace("\\", "")
    return "/" + plain.removesuffix("$").removesuffix("/?")


def ocpi_endpoints() -> list[tuple[str, str]]:
    """(method, path) of everything that speaks OCPI; paths hold `{names}`."""
    found = []
    for text, pattern in patterns():
        actions = getattr(pattern.callback, "actions", None)
        if actions is not None:
            found += [(method.upper(), readable(text)) for method in actions if method != "head"]
    return sorted(set(found))


def other_pages() -> set[str]:
    """What answers without OCPI, and without the admin's own door in front of it."""
    return {
        readable(text)
        for text, pattern in patterns()
        if getattr(pattern.callback, "actions", None) is None and not text.startswith("admin/")
    }
