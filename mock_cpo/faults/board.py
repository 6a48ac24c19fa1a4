"""What a fault is, where it can act, and which ones are switched on."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Point(StrEnum):
    """Where a fault acts, and what its function receives and returns."""

    ANSWER = "answer"  # Interference, with module= and method=
    TOKEN = "token"  # value of Authorization in our requests, with token=
    ROUTING = "routing"  # routing headers of our requests and answers
    VERSIONS = "versions"  # list of Version
    ENDPOINTS = "endpoints"  # list of Endpoint
    LIST = "list"  # all objects of a list, with offset= and module=
    PAGE_SIZE = "page_size"  # most objects of a page
    LINK = "link"  # URL of the next page, with current=
    PAGE = "page"  # list of objects of one page
    WIRE = "wire"  # one object as it leaves us, with module= and depth= (segments of its Receiver URL)
    PUSH = "push"  # list of Push, with module= and previous=
    CDRS = "cdrs"  # list of CDRs when a charge is billed
    CDR_PUSH = "cdr_push"  # list of CDRs to POST
    RESULT = "result"  # list of Delivery, with command=
    WITHDRAWAL = "withdrawal"  # real seconds after which we cancel a reservation, or None
    PAUSE = "pause"  # (from, until) in which the EVSE gives no power, or None; with start=
    MID_SESSION = "mid_session"  # list of methods of Handshake to run when a session has become ACTIVE
    PROFILE = "profile"  # ChargingProfileResponseType
    PROFILE_PUSH = "profile_push"  # whether the eMSP hears of a changed profile
    HUB = "hub"  # status code with which the hub refuses to deliver, or None


@dataclass(frozen=True, slots=True)
class Interference:
    """What happens to an answer. `delay` in seconds; `status` and `body` replace it before our code sees the request.

    `lost`: our code does its work, then the connection breaks. `success`: HTTP status instead of 200 and 201.
    """

    delay: float = 0.0
    reset: bool = False
    lost: bool = False
    success: int | None = None
    status: int | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One asynchronous result to be sent: its JSON, real seconds to wait, and whether before the synchronous response.

    `wrong_peer`: as another platform, or where there is none as another party.
    """

    body: dict[str, Any]
    delay: float = 0.0
    before_response: bool = False
    wrong_peer: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """One request to a Receiver endpoint; `path` are the segments behind its URL, the owner's party first."""

    method: str
    path: tuple[str, ...]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that tunes a fault; its default tells the type, `choices` what a text may be."""

    name: str
    default: Any
    choices: Iterable[str] = ()

    def read(self, value: Any) -> Any:
        """The given value or the default. ValueError when it does not fit."""
        if value is None:
            return self.default
        if not isinstance(self.default, str):
            return float(value)
        if self.choices and value not in self.choices:
            raise ValueError(f"{self.name} is one of {', '.join(self.choices)}")
        return str(value)


@dataclass(frozen=True, slots=True)
class Fault:
    """`number` is that of the list of fault modes in the requirements (chapter 16.5)."""

    name: str
    number: int
    description: str
    point: Point
    apply: Callable[..., Any]
    parameter: Parameter | None = None


class UnknownFault(KeyError):
    """No fault of that name stands in the table."""


class Switchboard:
    """Which faults are on, and with what value."""

    def __init__(self, table: tuple[Fault, ...]) -> None:
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
