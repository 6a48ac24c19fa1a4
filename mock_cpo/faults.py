"""The switchboard: ways in which a real partner misbehaves, each one entry of a table.

A fault acts at one point of the platform. The code at that point hands its subject to `Switchboard.run`, and every
fault that is switched on may change it. To add a fault, write a function `(subject, value, **context) -> subject` and
one entry.
"""

import copy
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from mock_cpo.config import VERSION

ODD_PREFIX = "/x9/cpo-gw/"
ODD_QUERY = "tenant=7"


class Point(StrEnum):
    """Where a fault acts, and what its function receives and returns."""

    ANSWER = "answer"  # Interference, with module=
    VERSIONS = "versions"  # list of Version
    ENDPOINTS = "endpoints"  # list of Endpoint
    LINK = "link"  # URL of the next page, with current=
    PAGE = "page"  # list of objects of one page
    WIRE = "wire"  # one object as it leaves us, with module=
    CDR = "cdr"  # a CDR when it is written
    CDR_PUSH = "cdr_push"  # list of CDRs to POST
    RESULT = "result"  # list of Delivery


@dataclass(frozen=True, slots=True)
class Interference:
    """What happens to an answer before our code sees the request. `delay` in seconds."""

    delay: float = 0.0
    reset: bool = False
    status: int | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One CommandResult to be sent: its JSON, real seconds to wait, and whether before the synchronous response."""

    body: dict[str, Any]
    delay: float = 0.0
    before_response: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that tunes a fault; its default tells the type."""

    name: str
    default: Any

    def read(self, value: Any) -> Any:
        """The given value or the default. ValueError when a number is due and none is given."""
        if value is None:
            return self.default
        return str(value) if isinstance(self.default, str) else float(value)


@dataclass(frozen=True, slots=True)
class Fault:
    """`number` is that of the list of fault modes in the requirements (chapter 16.5)."""

    name: str
    number: int
    description: str
    point: Point
    apply: Callable[..., Any]
    parameter: Parameter | None = None


HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
DATETIME_Z = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z$")


def slow(subject: Interference, seconds: float, **_: object) -> Interference:
    return replace(subject, delay=subject.delay + seconds)


def reset(subject: Interference, _value: object, **__: object) -> Interference:
    return replace(subject, reset=True)


def broken(wanted: str, status: int) -> Callable[..., Interference]:
    """Answers of one module become a web server's HTML page."""

    def apply(subject: Interference, _value: object, module: str, **__: object) -> Interference:
        return replace(subject, status=status, body=HTML) if module == wanted else subject

    return apply


def without_version(versions: list[dict], _value: object, **__: object) -> list[dict]:
    kept = [entry for entry in versions if entry["version"] != VERSION]
    return [*kept, {"version": "2.1.1", "url": versions[0]["url"].replace(VERSION, "2.1.1")}]


def without_endpoint(endpoints: list[dict], module: str, **_: object) -> list[dict]:
    return [endpoint for endpoint in endpoints if endpoint["identifier"] != module]


def odd_urls(endpoints: list[dict], _value: object, **__: object) -> list[dict]:
    """Module URLs end in a slash or carry a query, and share no path with the version details (TRA-46, TRA-47)."""
    return [_odd(endpoint, index) for index, endpoint in enumerate(endpoints)]


def _odd(endpoint: dict, index: int) -> dict:
    base = endpoint["url"].split("/ocpi/cpo/")[0]
    tail = f"/?{ODD_QUERY}" if index % 2 else f"?{ODD_QUERY}"
    return endpoint | {"url": f"{base}{ODD_PREFIX}{endpoint['identifier']}{tail}"}


def foreign_link(url: str | None, host: str, **_: object) -> str | None:
    return url and re.sub(r"^(https?://)[^/]+", rf"\g<1>{host}", url)


def looping_link(_url: str | None, _value: object, current: str, **__: object) -> str:
    return current


def spoil_second(page: list[dict], _value: object, **__: object) -> list[dict]:
    """The second object of a page loses what identifies it (the only one, when there is no second)."""
    spoilt = copy.deepcopy(page)
    if spoilt:
        spoilt[min(1, len(spoilt) - 1)].pop("id", None)
    return spoilt


def without_z(wire: Any, _value: object = None, **__: object) -> Any:
    if isinstance(wire, dict):
        return {key: without_z(value) for key, value in wire.items()}
    if isinstance(wire, list):
        return [without_z(value) for value in wire]
    return DATETIME_Z.sub(r"\1", wire) if isinstance(wire, str) else wire


def unknown_fields(wire: dict, _value: object, **__: object) -> dict:
    return wire | {"gireve_id": "GIR-0001", "help_phone": "+31 20 123 4567", "x_nested": {"a": [1, None, {"b": True}]}}


def watt_hours(wire: dict, _value: object, module: str = "cdrs", **__: object) -> dict:
    """ENERGY of charging periods in Wh, as the samples of the specification print it (FLD-07); totals stay kWh."""
    if module not in ("cdrs", "sessions") or "charging_periods" not in wire:
        return wire
    changed = copy.deepcopy(wire)
    for period in changed["charging_periods"]:
        for dimension in period["dimensions"]:
            if dimension["type"] == "ENERGY":
                dimension["volume"] = round(dimension["volume"] * 1000, 4)
    return changed


def wrong_cost(cdr: dict, factor: float, **_: object) -> dict:
    total = {key: round(value * factor, 4) for key, value in cdr["total_cost"].items()}
    return cdr | {"total_cost": total}


def drop(_cdrs: list[dict], _value: object, **__: object) -> list[dict]:
    return []


def twice(cdrs: list[dict], how: str, **_: object) -> list[dict]:
    """Each CDR again: `equal`, or `different` under the same id (CDR-06, CDR-07)."""
    again = [cdr | {"remark": "second copy"} if how == "different" else cdr for cdr in cdrs]
    return [*cdrs, *again]


def late(results: list[Delivery], seconds: float, **_: object) -> list[Delivery]:
    return [replace(result, delay=result.delay + seconds) for result in results]


def never(_results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return []


def doubled(results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return [*results, *results]


def early(results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return [replace(result, delay=0.0, before_response=True) for result in results]


def wrapped(results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return [replace(result, body={"data": result.body, "status_code": 1000}) for result in results]


FAULTS: tuple[Fault, ...] = (
    Fault("slow-answers", 13, "Every OCPI answer waits", Point.ANSWER, slow, Parameter("seconds", 5)),
    Fault("connection-reset", 13, "The connection breaks instead of an answer", Point.ANSWER, reset),
    Fault("versions-500", 3, "The versions endpoint answers HTTP 500", Point.ANSWER, broken("versions", 500)),
    Fault("versions-html", 3, "The versions endpoint answers 200 with HTML", Point.ANSWER, broken("versions", 200)),
    Fault("no-2.2.1", 4, "The list of versions offers 2.1.1 only", Point.VERSIONS, without_version),
    Fault(
        "missing-endpoint",
        5,
        "Version details lack one module",
        Point.ENDPOINTS,
        without_endpoint,
        Parameter("module", "tokens"),
    ),
    Fault("odd-endpoint-urls", 6, "Module URLs with slash, query and another path", Point.ENDPOINTS, odd_urls),
    Fault(
        "foreign-link",
        7,
        "Link to the next page leads to another host",
        Point.LINK,
        foreign_link,
        Parameter("host", "other.example:9"),
    ),
    Fault("looping-link", 7, "Link to the next page leads to the same page", Point.LINK, looping_link),
    Fault("invalid-object-in-list", 9, "One object of every page lacks its id", Point.PAGE, spoil_second),
    Fault("result-late", 21, "CommandResults come late", Point.RESULT, late, Parameter("seconds", 40)),
    Fault("result-never", 21, "CommandResults never come", Point.RESULT, never),
    Fault("result-twice", 21, "CommandResults come twice", Point.RESULT, doubled),
    Fault("result-before-response", 21, "CommandResults come before the CommandResponse", Point.RESULT, early),
    Fault("result-wrapped", 21, "CommandResults come inside an envelope", Point.RESULT, wrapped),
    Fault(
        "command-500",
        22,
        "Commands are carried out but answered HTTP 500 with HTML",
        Point.ANSWER,
        broken("commands", 500),
    ),
    Fault("duplicate-cdr", 23, "CDRs are POSTed twice", Point.CDR_PUSH, twice, Parameter("how", "equal")),
    Fault("wrong-cost", 24, "total_cost of new CDRs is multiplied", Point.CDR, wrong_cost, Parameter("factor", 1.2)),
    Fault("wh-energy", 15, "ENERGY of charging periods in Wh", Point.WIRE, watt_hours),
    Fault("datetimes-without-z", 14, "DateTimes carry no Z", Point.WIRE, without_z),
    Fault("unknown-fields", 18, "Objects carry fields that OCPI does not know", Point.WIRE, unknown_fields),
    Fault("drop-cdr-push", 20, "CDRs are not POSTed, only listed", Point.CDR_PUSH, drop),
)


class UnknownFault(KeyError):
    """No fault of that name stands in the table."""


class Switchboard:
    """Which faults are on, and with what value."""

    def __init__(self, table: tuple[Fault, ...] = FAULTS) -> None:
        self._table = {fault.name: fault for fault in table}
        self._on: dict[str, Any] = {}
        self._lock = threading.Lock()

    def enable(self, name: str, value: Any = None) -> None:
        """Raises UnknownFault, and ValueError for a value that does not fit."""
        parameter = self._find(name).parameter
        with self._lock:
            self._on[name] = parameter.read(value) if parameter else None

    def disable(self, name: str) -> None:
        self._find(name)
        with self._lock:
            self._on.pop(name, None)

    def clear(self) -> None:
        with self._lock:
            self._on.clear()

    def enabled(self) -> list[str]:
        return sorted(self._on)

    def run(self, point: Point, subject: Any, **context: Any) -> Any:
        """The subject after every fault of this point that is switched on."""
        for fault in [self._table[name] for name in list(self._on)]:
            if fault.point is point:
                subject = fault.apply(subject, self._on.get(fault.name), **context)
        return subject

    def rows(self) -> list[dict[str, Any]]:
        return [self.row(name) for name in self._table]

    def row(self, name: str) -> dict[str, Any]:
        fault = self._find(name)
        parameter = fault.parameter and {"name": fault.parameter.name, "default": fault.parameter.default}
        state = {"enabled": name in self._on, "value": self._on.get(name)}
        return {"name": name, "number": fault.number, "description": fault.description, "parameter": parameter} | state

    def _find(self, name: str) -> Fault:
        if name not in self._table:
            raise UnknownFault(f"no fault is called {name}")
        return self._table[name]
