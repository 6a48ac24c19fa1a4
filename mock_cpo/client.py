"""Calls to the eMSPs: one place that adds the headers of OCPI, records the exchange and tells success from failure."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import requests

from mock_cpo.clock import Clock
from mock_cpo.faults import Point, Switchboard
from mock_cpo.partners import Partner
from mock_cpo.recorder import Exchange, Recorder, headers_of
from ocpi.protocol import envelope
from ocpi.protocol.errors import Unreachable
from ocpi.protocol.headers import CORRELATION_ID, REQUEST_ID, PartyId, Routing, authorization

TIMEOUT = (3.05, 10)
"""Seconds to connect, and to wait for the answer."""
IDLE = 1.0
"""Seconds for which a connection is kept for the next request; gunicorn keeps them for two."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A success: `data` of the envelope, and the HTTP headers by lower-case name."""

    http_status: int
    data: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A request of somebody's own writing. `authorization` replaces the whole header, `headers` add or replace."""

    method: str
    url: str
    body: Any = None
    authorization: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    correlation_id: str | None = None
    configuration: bool = False


class Client:
    """Speaks for one party. Raises `PartnerError` whenever the answer is not a success.

    `online` tells whether the party is connected at all: behind a hub it may not be, and then nothing is sent.
    `flow` is how our correlation ids start.
    """

    def __init__(
        self,
        party: PartyId,
        clock: Clock,
        recorder: Recorder,
        faults: Switchboard,
        online: Callable[[], bool] = lambda: True,
        flow: str = "",
    ) -> None:
        self._party = party
        self._clock = clock
        self._recorder = recorder
        self._faults = faults
        self._online = online
        self._flow = flow
        self._local = threading.local()

    def configuration(self, method: str, url: str, token: str, body: Any = None) -> Reply:
        """A call of versions or credentials: no routing headers there (HUB-03)."""
        return self._call(method, url, token, body, {})

    def functional(
        self,
        method: str,
        url: str,
        partner: Partner,
        body: Any = None,
        *,
        to: PartyId | None = None,
        from_: PartyId | None = None,
        correlation_id: str | None = None,
    ) -> Reply:
        """A call of a functional module, from our party to the partner's (HUB-01)."""
        if not self._online():
            raise Unreachable(f"{self._party} is not connected", permanent=True)
        receiver = to or next(iter(partner.parties), None)
        routing = Routing(to=receiver, from_=from_ or self._party).to_headers()
        routing = self._faults.run(Point.ROUTING, routing)
        return self._call(method, url, partner.their_token, body, routing, correlation_id)

    def letter(self, letter: Letter, partner: Partner) -> Reply:
        """Sends it as our party; `data` is the whole answer as it came. Raises Unreachable only."""
        routing = Routing(next(iter(partner.parties), None), self._party).to_headers()
        headers = self._headers(partner.their_token, {} if letter.configuration else routing, letter.correlation_id)
        if letter.authorization is not None:
            headers["Authorization"] = letter.authorization
        headers |= letter.headers
        raw = None if letter.body is None else envelope.encode(letter.body)
        answer = self._send(letter.method, letter.url, headers, raw)
        return Reply(answer.status_code, _parsed(answer), {k.lower(): v for k, v in answer.headers.items()})

    def _headers(self, token: str, routing: Mapping[str, str], correlation_id: str | None) -> dict[str, str]:
        return {
            "Authorization": self._faults.run(Point.TOKEN, authorization(token), token=token),
            REQUEST_ID: str(uuid4()),
            CORRELATION_ID: correlation_id or f"{self._flow}{uuid4()}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            **routing,
        }

    def _call(
        self,
        method: str,
        url: str,
        token: str,
        body: Any,
        routing: Mapping[str, str],
        correlation_id: str | None = None,
    ) -> Reply:
        headers = self._headers(token, routing, correlation_id)
        raw = None if body is None else envelope.encode(body)
        if raw is None:
            del headers["Content-Type"]
        answer = self._send(method, url, headers, raw)
        data = envelope.open_envelope(answer.status_code, answer.content, answer.headers.get("Retry-After"))
        return Reply(answer.status_code, data, {name.lower(): value for name, value in answer.headers.items()})

    def _send(self, method: str, url: str, headers: dict[str, str], raw: bytes | None) -> requests.Response:
        exchange = Exchange(self._clock.now(), "out", method, url, dict(headers), (raw or b"").decode())
        started = time.perf_counter()
        try:
            answer = self._session(url).request(
                method, url, headers=headers, data=raw, timeout=TIMEOUT, allow_redirects=False
            )
            exchange.status, exchange.response_body = answer.status_code, answer.content.decode("utf-8", "replace")
            exchange.response_headers = headers_of(answer.headers)
            return answer
        except (requests.RequestException, ValueError) as error:
            exchange.error = type(error).__name__
            raise Unreachable(f"{method} {url}: {type(error).__name__}") from error
        finally:
            self._local.used = time.monotonic()
            exchange.ms = round((time.perf_counter() - started) * 1000, 1)
            self._recorder.add(exchange)

    def _session(self, url: str) -> requests.Session:
        """One session per thread; a proxy of the environment is not asked for this machine itself.

        What nobody used for `IDLE` is closed, before the other side closes it in the middle of a request.
        """
        if hasattr(self._local, "session") and time.monotonic() - self._local.used > IDLE:
            self._local.session.close()
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        session.trust_env = urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1")
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True  # which requests forgets without trust_env
        return session


def _parsed(answer: requests.Response) -> Any:
    """JSON where it is JSON, else text."""
    try:
        return answer.json()
    except ValueError:
        return answer.text[:10_000]


def join(endpoint: str, *ids: str, query: str = "") -> str:
    """An endpoint URL with percent-encoded segments after it, one slash between, its own query kept (TRA-46 to 48)."""
    parts = urlsplit(endpoint)
    path = "/".join([parts.path.rstrip("/"), *(quote(segment, safe="") for segment in ids)]) if ids else parts.path
    return urlunsplit(parts._replace(path=path, query="&".join(filter(None, [parts.query, query]))))
