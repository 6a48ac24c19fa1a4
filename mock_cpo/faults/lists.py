"""Faults of versions, version details and paginated lists."""

import copy
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from mock_cpo.config import VERSION

Wire = dict
ODD_PREFIX = "/x9/cpo-gw/"
ODD_QUERY = "tenant=7"
STRANGE = {"percent": "%2F50% off?x=1#y", "emoji": "🔌⚡", "8-bit": "caf\u00e9\u00df"}


def without_version(versions: list[Wire], _value: object, **__: object) -> list[Wire]:
    kept = [entry for entry in versions if entry["version"] != VERSION]
    return [*kept, {"version": "2.1.1", "url": versions[0]["url"].replace(VERSION, "2.1.1")}]


def without_endpoint(endpoints: list[Wire], module: str, **_: object) -> list[Wire]:
    return [endpoint for endpoint in endpoints if endpoint["identifier"] != module]


def odd_urls(endpoints: list[Wire], _value: object, **__: object) -> list[Wire]:
    """Module URLs end in a slash or carry a query, and share no path with the version details (TRA-46, TRA-47)."""
    return [_odd(endpoint, index) for index, endpoint in enumerate(endpoints)]


def _odd(endpoint: Wire, index: int) -> Wire:
    base = endpoint["url"].split("/ocpi/")[0]
    tail = f"/?{ODD_QUERY}" if index % 2 else f"?{ODD_QUERY}"
    return endpoint | {"url": f"{base}{ODD_PREFIX}{endpoint['identifier']}{tail}"}


def foreign_link(url: str | None, host: str, **_: object) -> str | None:
    return url and re.sub(r"^(https?://)[^/]+", rf"\g<1>{host}", url)


def relative_link(url: str | None, _value: object, **__: object) -> str | None:
    return url and urlsplit(url)._replace(scheme="", netloc="").geturl()


def looping_link(_url: str | None, _value: object, current: str, **__: object) -> str:
    return current


def missing_link(_url: str | None, _value: object, **__: object) -> None:
    return None


def page_size(_size: int, wanted: float, **_: object) -> int:
    return max(1, int(wanted))


def inserted(objects: list[Wire], _value: object, offset: int, **__: object) -> list[Wire]:
    """After the first page a new object stands before all others: the rest moves down and one comes twice."""
    if not offset or not objects:
        return objects
    return [objects[0] | {"id": f"{objects[0]['id'][:30]}-NEW", "last_updated": _now()}, *objects]


def mutated(objects: list[Wire], _value: object, offset: int, **__: object) -> list[Wire]:
    """After the first page its first object has changed and moved to the end: the rest moves up and one is missed."""
    return [*objects[1:], objects[0] | {"last_updated": _now()}] if offset and objects else objects


def strange_id(objects: list[Wire], kind: str, module: str, **_: object) -> list[Wire]:
    """One location more, whose id OCPI hardly or not at all allows (TRA-48, TYP-01)."""
    if module != "locations" or not objects:
        return objects
    return [*objects, objects[0] | {"id": f"ODD-{STRANGE[kind]}"}]


def spoil_second(page: list[Wire], _value: object, **__: object) -> list[Wire]:
    """The second object of a page loses what identifies it (the only one, when there is no second)."""
    spoilt = copy.deepcopy(page)
    if spoilt:
        spoilt[min(1, len(spoilt) - 1)].pop("id", None)
    return spoilt


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
