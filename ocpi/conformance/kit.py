"""What checks work with: whom they talk to, as whom, what was found so far, and everything that was said."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings

from ocpi.core import client, clock, ids
from ocpi.protocol import envelope, headers
from ocpi.protocol.errors import Unreachable
from ocpi.protocol.headers import PartyId, Routing
from ocpi.protocol.moments import format_datetime
from ocpi.protocol.paging import next_link, same_origin

from .exchange import Exchange
from .listener import Listener, Visitor
from .registry import Check, Level, Skip, Stage, Target

_UNSET: Any = object()
SENDERS = {
    Target.CPO: {"locations", "sessions", "cdrs", "tariffs"},
    Target.EMSP: {"tokens"},
}  # fmt: skip
EXPECTED = {
    Target.CPO: ("locations", "sessions", "cdrs", "tariffs", "tokens", "commands"),
    Target.EMSP: ("locations", "sessions", "cdrs", "tariffs", "tokens", "commands"),
}
PAGES = 60  # of one list that are read at most
WINDOW = timedelta(days=90)  # how far back sessions are asked for, where a date is required


@dataclass(frozen=True)
class Options:
    """How far to go, and what not to expect."""

    level: Level = Level.OBJECTS
    without: frozenset[str] = frozenset()
    endpoints: Mapping[str, str] = field(default_factory=dict)  # URLs of modules that their version details leave out
    most: int = 200  # objects of one list that are read
    patience: float = 30.0  # seconds to wait for what comes by itself: results, sessions, CDRs
    second_token: str = field(default="", repr=False)  # another token A, for a second party of ours
    location: str = ""  # where commands may move a charger: location_id or location_id/evse_uid
    plain_auth: bool = False

    def shown(self) -> dict[str, Any]:
        kept = {name: value for name, value in asdict(self).items() if name not in {"second_token", "level"}}
        return kept | {"level": self.level.name, "without": sorted(self.without), "second": bool(self.second_token)}


@dataclass
class Crawl:
    """A list as far as it was read; `whole` when its end was reached, `problem` why not otherwise."""

    pages: list[Exchange]
    whole: bool
    problem: str = ""

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [item for page in self.pages for item in page.objects if isinstance(item, dict)]


class Kit:
    """One run against one platform. `me` is who we are there; `other` a second party, where one could register."""

    def __init__(
        self, target: Target, versions_url: str, token: str, listener: Listener | None = None,
        options: Options | None = None, party: PartyId | None = None,
    ) -> None:  # fmt: skip
        self.target, self.versions_url = target, versions_url
        self.options = options or Options()
        self.listener = listener
        self.token, self.token_a = token, token
        self.run_id = ids.new_id()[:6].upper()
        self.me: Visitor | None = None
        self.other: Other | None = None
        self.party = party or PartyId("NL", "KIT")
        self.also: list[PartyId] = []  # more parties of ours, where we are a whole platform
        self.registered = False
        self.ours_to_end = False
        self.details: dict[str, Any] = {}
        self.roles: list[dict[str, Any]] = []
        self.about, self.stopped = "", ""
        self.secrets: set[str] = set()
        self.listen_to: Callable[[Exchange], None] = lambda exchange: None
        self.partner_id: int | None = None
        self.kept: dict[str, Any] = {}  # what one check found and another needs
        self._said: list[Exchange] = []
        self._crawls: dict[str, Crawl] = {}
        self.know(token)
        if listener is not None:
            self.me = listener.visitor(self.party, "CPO" if target is Target.EMSP else "EMSP")
            self.know(self.me.token)

    # --- what may be done -----------------------------------------------------------------------------------------

    def why_not(self, check: Check) -> str:
        """Why a check cannot be made; empty when it can."""
        if self.stopped and check.stage is not Stage.AFTERWARDS:
            return f"not reached: {self.stopped}"
        if check.handshake and not self.ours_to_end and self.registered:
            return "the registration that exists is not touched"
        if check.stage in (Stage.REGISTERED, Stage.UPDATE, Stage.END) and not self.registered:
            return "there is no registration"
        if check.level > self.options.level:
            return f"needs --{check.level.name.lower()}" if check.level > Level.OBJECTS else "this run only reads"
        return self._why_not_module(check.module)

    def _why_not_module(self, module: str) -> str:
        if module in self.options.without:
            return "left out by --without"
        if module and module not in ("versions", "credentials") and not self.offers(module):
            return f"{module} is not offered"
        return ""

    def offers(self, module: str) -> bool:
        return module not in self.options.without and bool(self.endpoint(module))

    def endpoint(self, module: str) -> str:
        """Its URL by identifier and role (VER-12), or as we were told; "" when it is not offered."""
        if url := self.options.endpoints.get(module):
            return url
        return self.listed(module)

    def listed(self, module: str) -> str:
        """Its URL in their version details."""
        role = "SENDER" if module in SENDERS[self.target] else "RECEIVER"
        if self.target is Target.EMSP and module == "commands":
            role = "SENDER"
        for each in self.details.get("endpoints") or []:
            fits = module == "credentials" or each.get("role") == role
            if fits and each.get("identifier") == module and isinstance(each.get("url"), str):
                return str(each["url"])
        return ""

    @property
    def visitor(self) -> Visitor:
        """Who we are for those that call us. Raises Skip without a server of ours."""
        if self.me is None:
            raise Skip("there is no server of ours that they could call")
        return self.me

    @property
    def parties(self) -> list[PartyId]:
        """Who we are there."""
        return [self.party, *self.also, *([self.other.visitor.party] if self.other else [])]

    @property
    def peer_to_peer(self) -> bool:
        """One party in one role on each side: the one case in which routing headers may be left out (HUB-07)."""
        return len(self.roles) <= 1 and not self.also

    @property
    def theirs(self) -> PartyId | None:
        """The party of theirs that we speak to."""
        for role in self.roles:
            if role.get("role") in (str(self.target), "HUB"):
                return PartyId(str(role.get("country_code")), str(role.get("party_id")))
        return None

    # --- saying something -----------------------------------------------------------------------------------------

    @property
    def exchanges(self) -> list[Exchange]:
        return self._said

    @property
    def last(self) -> Exchange | None:
        return self._said[-1] if self._said else None

    @property
    def received(self) -> list[Exchange]:
        """What they asked us, in order."""
        return self.listener.received if self.listener else []

    def know(self, secret: str) -> None:
        """Never to be seen in a report."""
        if secret:
            self.secrets |= {secret, headers.authorization(secret).removeprefix("Token ")}

    def encoded(self) -> str:
        """Our token in Base64, as it stands behind the word Token."""
        return headers.authorization(self.token).removeprefix("Token ")

    def url(self, module: str, *segments: str) -> str:
        if module == "versions":
            return self.versions_url
        if module == "details":
            return str(self.kept["details_url"])
        return ids.join(self.endpoint(module), *segments) if segments else self.endpoint(module)

    def send(
        self, method: str, module: str, *segments: str, body: Any = _UNSET, raw: bytes | None = None,
        query: dict[str, str] | None = None, token: str | None = _UNSET, headers: dict[str, str | None] | None = None,
        url: str = "", party: PartyId | None = None,
    ) -> Exchange:  # fmt: skip
        """One request, exactly so. `token` None sends none; a header of None is left out. Raises Unreachable."""
        target = url or self.url(module, *segments)
        target = ids.with_query(target, query) if query else target
        exchange = Exchange("OUT", method, target, module, clock.now(), ids.new_id(), ids.new_id(), self.partner_id)
        exchange.about, exchange.below = self.about, bool(segments)
        exchange.request_body = raw if raw is not None else b"" if body is _UNSET else envelope.encode(body)
        shown = self.token if token is _UNSET else token
        exchange.request_headers = self._headers(exchange, shown, party, headers or {})
        self._said.append(exchange)
        started = time.monotonic()
        try:
            client.send(exchange, settings.OCPI_READ_TIMEOUT)
        except Unreachable as error:
            exchange.broken = exchange.error = error.message
            exchange.failure = error
            raise
        finally:
            exchange.duration_ms = round((time.monotonic() - started) * 1000)
            self.listen_to(exchange)
        return exchange

    def _headers(
        self, exchange: Exchange, token: str | None, party: PartyId | None, changes: dict[str, str | None]
    ) -> dict[str, str]:
        fields: dict[str, str | None] = {
            "Accept": "application/json",
            headers.REQUEST_ID: exchange.request_id,
            headers.CORRELATION_ID: exchange.correlation_id,
        }
        if token:
            fields["Authorization"] = headers.authorization(token, plain=self.options.plain_auth)
        if exchange.request_body:
            fields["Content-Type"] = "application/json"
        if exchange.functional:
            fields |= Routing(to=self.theirs, from_=party or self.party).to_headers()
        return {name: value for name, value in (fields | changes).items() if value is not None}

    def get(self, module: str, *segments: str, **kwargs: Any) -> Exchange:
        return self.send("GET", module, *segments, **kwargs)

    def put(self, module: str, *segments: str, **kwargs: Any) -> Exchange:
        return self.send("PUT", module, *segments, **kwargs)

    def patch(self, module: str, *segments: str, **kwargs: Any) -> Exchange:
        return self.send("PATCH", module, *segments, **kwargs)

    def post(self, module: str, *segments: str, **kwargs: Any) -> Exchange:
        return self.send("POST", module, *segments, **kwargs)

    def delete(self, module: str, *segments: str, **kwargs: Any) -> Exchange:
        return self.send("DELETE", module, *segments, **kwargs)

    # --- lists ----------------------------------------------------------------------------------------------------

    def page(self, module: str, **query: str) -> Exchange:
        """One request for a list; sessions always with a date, which they require (SES-27)."""
        if module == "sessions":
            query = {"date_from": format_datetime(clock.now() - WINDOW)} | query
        return self.get(module, query=query)

    def crawl(self, module: str) -> Crawl:
        """The list, page by page, once per run; what the bounds leave out is not read."""
        if module not in self._crawls:
            self._crawls[module] = self.read(module)
        return self._crawls[module]

    def read(self, module: str, **query: str) -> Crawl:
        """The same, anew, and with parameters."""
        page = self.page(module, **query)
        pages, seen = [page], {page.url}
        while page.succeeded:
            link = _next(page)
            if link is None:
                return Crawl(pages, whole=True)
            if link in seen or not same_origin(link, page.url):
                return Crawl(pages, False, "the Link leads in a circle" if link in seen else "the Link leads elsewhere")
            if len(pages) >= PAGES or sum(len(each.objects) for each in pages) >= self.options.most:
                return Crawl(pages, whole=False)
            seen.add(link)
            page = self.get(module, url=link)
            pages.append(page)
        return Crawl(pages, False, f"a page was answered with {page.outcome}")

    def objects(self, module: str) -> list[dict[str, Any]]:
        """Raises Skip when there are none."""
        found = self.crawl(module).objects
        if not found:
            raise Skip(f"there are no {module} to look at")
        return found

    # --- waiting --------------------------------------------------------------------------------------------------

    def wait(self, reached: Callable[[], Any], seconds: float | None = None) -> Any:
        """The first true value, or the last false one when the patience ends."""
        deadline = time.monotonic() + (self.options.patience if seconds is None else seconds)
        while not (value := reached()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return value

    def came(self, method: str, path: str) -> list[Exchange]:
        """What they sent below this path of ours."""
        return [each for each in self.received if each.method == method and each.path.startswith(path)]

    def described(self) -> dict[str, Any]:
        """Who they say they are, and what they offer."""
        offered = [
            f"{each.get('identifier')} {each.get('role')}"
            for each in self.details.get("endpoints") or []
            if isinstance(each, dict)
        ]
        names = [f"{r.get('role')} {r.get('country_code')}-{r.get('party_id')}" for r in self.roles]
        return {"version": self.details.get("version", ""), "endpoints": offered, "roles": names}


@dataclass
class Other:
    """A second party of ours at the same platform: its registration and what it shows."""

    visitor: Visitor
    token: str


def _next(page: Exchange) -> str | None:
    try:
        return next_link(page.header("Link"), page.url)
    except Exception:
        return None
