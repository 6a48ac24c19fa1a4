"""A handshake as the wizard shows it: each step with its state, and under it the messages that it really was."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ocpi.core import admin as core
from ocpi.credentials.models import Handshake, Step
from ocpi.journal.admin import outcome
from ocpi.journal.models import Exchange

_MODULES = ("versions", "credentials")
_MOST = 40  # messages that are looked at, and …
_SHOWN = 6  # … those of one step that are shown, the newest
State = Handshake.State


@dataclass(frozen=True)
class Part:
    """One step of the wizard. `steps`: those of the service that it stands for; `takes`: which messages are its own."""

    key: str
    title: str
    text: str
    steps: tuple[str, ...]
    takes: Callable[[Exchange], bool]


@dataclass
class Shown:
    key: str
    title: str
    text: str
    state: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def badge(self) -> Any:
        return core.badge("handshake_step", self.state)

    @property
    def tone(self) -> str:
        return core.TONES["handshake_step"][self.state]


def _nothing(row: Exchange) -> bool:
    return False


def _asks_versions(row: Exchange) -> bool:
    """GET versions, not the details: those have no path of that name."""
    return row.module == "versions" and urlsplit(row.url).path.rstrip("/").endswith("/versions")


def _incoming(module: str, *, versions: bool | None = None) -> Callable[[Exchange], bool]:
    def takes(row: Exchange) -> bool:
        fits = versions is None or _asks_versions(row) == versions
        return row.direction == Exchange.Direction.IN and row.module == module and fits

    return takes


def _outgoing(module: str) -> Callable[[Exchange], bool]:
    return lambda row: row.direction == Exchange.Direction.OUT and row.module == module


_LAST = Part("stored", "Connected", "Roles, endpoints and both tokens are stored at once; the token A is dead.",
             (Step.STORED,), _nothing)  # fmt: skip
_OURS = (
    Part("versions", "We ask for their versions", "GET, with their token A.", (Step.VERSIONS,), _nothing),
    Part("details", "We ask for the details of 2.2.1", "GET: which modules they have, and where.",
         (Step.DETAILS,), _nothing),
    Part("credentials", "We post our credentials",
         "POST, with a new token for them (B). Their answer brings the token that we use from now on (C).",
         (Step.CREDENTIALS,), _outgoing("credentials")),
    Part("callback", "They read our versions meanwhile", "GET with token B, while our POST is open. Some do it later.",
         (), _incoming("versions")),
    _LAST,
)  # fmt: skip
_THEIRS = (
    Part("versions", "They ask for our versions", "GET, with our token A.", (), _incoming("versions", versions=True)),
    Part("details", "They ask for the details of 2.2.1", "GET: which modules we have, and where.", (),
         _incoming("versions", versions=False)),
    Part("credentials", "They post their credentials", "POST, with a token for us (B). Our answer brings theirs (C).",
         (Step.CREDENTIALS,), _incoming("credentials")),
    Part("reading", "We read their versions and details meanwhile", "GET with token B, while their POST is open.",
         (Step.READING,), _outgoing("versions")),
    _LAST,
)  # fmt: skip


def steps(row: Handshake) -> list[Shown]:
    messages = _messages(row)
    parts = _OURS if row.ours else _THEIRS
    by_part = {part.key: [each for each in messages if part.takes(each)] for part in parts}
    if row.ours:
        by_part |= _our_reading(row, messages)
    now = next((n for n, part in enumerate(parts) if row.step in part.steps), 0 if row.busy else -1)
    return [
        Shown(part.key, part.title, part.text, _state(row, part, n, now, by_part[part.key]),
              [message(each) for each in by_part[part.key][-_SHOWN:]])
        for n, part in enumerate(parts)
    ]  # fmt: skip


def _our_reading(row: Handshake, messages: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """What we read is told apart by its order only: their URLs may look like anything."""
    read = [each for each in messages if each.correlation_id == row.flow and _outgoing("versions")(each)]
    return {"versions": read[:1], "details": read[1:]}


def _state(row: Handshake, part: Part, n: int, now: int, messages: list[Exchange]) -> str:
    if not part.steps:  # what we only see when it happens
        return _seen(row, n < now, messages)
    if row.state == State.CONNECTED or n < now:
        return "DONE"
    if n != now:
        return "AHEAD"
    return "FAILED" if row.cause else "RUNNING"


def _seen(row: Handshake, passed: bool, messages: list[Exchange]) -> str:
    if any(not each.failed for each in messages):
        return "DONE"
    if messages:
        return "FAILED"
    return "ABSENT" if passed or row.state == State.CONNECTED else "AHEAD"


def _messages(row: Handshake) -> list[Exchange]:
    """Those of the last try, the oldest first; of a handshake that they start, all since the last token A."""
    rows = Exchange.objects.filter(partner=row.partner, module__in=_MODULES, started_at__gte=row.began_at)
    if row.ended_at and not row.is_open:
        rows = rows.filter(started_at__lte=row.ended_at)
    return list(reversed(rows.order_by("-started_at", "-pk")[:_MOST]))


def knocks(row: Handshake) -> list[dict[str, Any]]:
    """Requests with a token that nobody knows, while we wait for theirs: perhaps it was them, with a wrong one."""
    if row.state != State.WAITING:
        return []
    nobody = Exchange.objects.filter(partner=None, api_client=None, direction=Exchange.Direction.IN)
    rows = nobody.filter(started_at__gte=row.began_at, module__in=_MODULES).order_by("-started_at")[:5]
    return [message(each) for each in rows]


def message(row: Exchange) -> dict[str, Any]:
    """One message in a line, with its bodies to be opened."""
    return {
        "pk": row.pk,
        "at": core.moment(row.started_at),
        "arrow": "→" if row.direction == Exchange.Direction.OUT else "←",
        "who": "we" if row.direction == Exchange.Direction.OUT else "they",
        "method": row.method,
        "url": row.url,
        "badge": core.badge("exchange", "FAILED" if row.failed else "OK", outcome(row)),
        "took": f"{row.duration_ms:,} ms",
        "page": core.page(row),
        "request": core.pretty_body(row.request_body),
        "answer": core.pretty_body(row.response_body),
        "error": row.error,
    }
