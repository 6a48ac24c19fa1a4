"""Calling a partner: one function, one exchange, one kind of failure (`PartnerError`).

It knows nothing of partners as rows: it takes a `Peer`. It follows no redirect, reads no more than it must, no longer
than it should, and refuses targets inside our own network where that is not allowed (TRA-51).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from django.conf import settings

from ocpi import __version__
from ocpi.protocol import envelope, headers
from ocpi.protocol.errors import HubFailed, PartnerError, Unreachable
from ocpi.protocol.headers import CONFIGURATION_MODULES, PartyId, Routing

from . import clock
from .exchange import Exchange
from .ids import new_id
from .signals import exchange_ended
from .targets import GuardedAdapter, TimeLimit, check_target, check_url

__all__ = ["Peer", "Pending", "Reply", "call", "check_target", "deliver", "send"]

USER_AGENT = f"open-emsp/{__version__}"
_CHUNK = 64 * 1024
_LATE = "no answer within the time limit"
_threads = threading.local()
_IDLE = 1.0  # seconds; web servers close what nobody uses after two (gunicorn), five (Node, Apache) or more


@dataclass(frozen=True)
class Peer:
    """Whom we call: the token that they issued to us, and the parties on either end."""

    token: str = field(repr=False)
    plain_auth: bool = False
    party: PartyId | None = None
    partner_id: int | None = None
    # (from, to): how their URLs begin and what must be called instead; each use is `noted` as `path/kind` (FLD-05).
    rewrites: tuple[str, str] | None = None
    noted: Callable[[Iterable[str]], None] | None = field(default=None, repr=False, compare=False)

    def reachable(self, url: str) -> str:
        """The URL as it is called from here."""
        before, after = self.rewrites or ("", "")
        if not before or not (url + "/").startswith(before.rstrip("/") + "/"):
            return url
        return after.rstrip("/") + url.removeprefix(before.rstrip("/"))


@dataclass(frozen=True)
class Reply:
    data: Any
    http_status: int
    headers: dict[str, str]


def call(
    peer: Peer,
    method: str,
    url: str,
    *,
    module: str,
    body: dict[str, Any] | None = None,
    sender: PartyId | None = None,
    correlation_id: str = "",
    read_timeout: float | None = None,
) -> Reply:
    """Send one OCPI request and open its envelope.

    Raises PartnerError: `Unreachable` (refused, timed out, forbidden target), `NotOcpi`, `Refused`, `Failed`…;
    `permanent` says whether another try makes sense. The exchange is announced by `exchange_ended` in every case.
    """
    pending = Pending(
        peer, method, url, module=module, body=body, sender=sender, correlation_id=correlation_id,
        read_timeout=read_timeout,
    )  # fmt: skip
    try:
        pending.send()
    finally:
        pending.tell()
    return pending.reply()


class Pending:
    """`call` in three steps, for whoever does something else while the answer is on its way.

    `send` may run in another thread: it touches no table. What the others do belongs to the caller's.
    """

    _reply: Reply

    def __init__(
        self,
        peer: Peer,
        method: str,
        url: str,
        *,
        module: str,
        body: dict[str, Any] | None = None,
        sender: PartyId | None = None,
        correlation_id: str = "",
        read_timeout: float | None = None,
    ) -> None:
        self._peer, self._body = peer, body
        self._read_timeout = read_timeout or settings.OCPI_READ_TIMEOUT
        self._exchange = exchange = Exchange(
            "OUT", method, peer.reachable(url), module, clock.now(), new_id(), correlation_id or new_id(),
            peer.partner_id,
        )  # fmt: skip
        if exchange.url != url and peer.noted is not None:
            peer.noted(["url/rewritten"])
        exchange.request_headers = _headers(peer, exchange, sender, body is not None)
        exchange.request_body = envelope.encode(body) if body is not None else b""
        exchange.request_json = body

    def send(self) -> None:
        """What becomes of it is known afterwards: a PartnerError is raised by `reply`."""
        exchange, started = self._exchange, time.monotonic()
        try:
            self._reply = _exchange(exchange, self._read_timeout)
        except PartnerError as error:
            undelivered = "not delivered by the hub: " if isinstance(error, HubFailed) else ""  # HUB-19
            error.message = undelivered + _hide(error.message, self._peer, self._body)
            error.args = (error.message,)
            exchange.error, exchange.failure = error.message, error
        finally:
            for token in _tokens(self._peer, self._body):
                if token.encode() in exchange.response_body:
                    exchange.response_body = exchange.response_body.replace(token.encode(), b"***")
                    exchange.response_json = None  # it has the token
            exchange.duration_ms = round((time.monotonic() - started) * 1000)

    def tell(self) -> None:
        """Announces the exchange."""
        exchange_ended.send(sender=None, exchange=self._exchange)

    def reply(self) -> Reply:
        """Raises what `call` raises."""
        if self._exchange.failure is not None:
            raise self._exchange.failure
        return self._reply


def _headers(peer: Peer, exchange: Exchange, sender: PartyId | None, has_body: bool) -> dict[str, str]:
    fields = {
        "Authorization": headers.authorization(peer.token, plain=peer.plain_auth),
        "Accept": "application/json",
        "User-Agent": USER_AGENT,
        headers.REQUEST_ID: exchange.request_id,
        headers.CORRELATION_ID: exchange.correlation_id,
    }
    if has_body:
        fields["Content-Type"] = "application/json"
    if exchange.module not in CONFIGURATION_MODULES:
        fields |= Routing(to=peer.party, from_=sender).to_headers()
    return fields


def _hide(text: str, peer: Peer, body: dict[str, Any] | None) -> str:
    """A platform that repeats a token of ours in its answer must not bring it into our logs (TRA-53)."""
    for token in _tokens(peer, body):
        text = text.replace(token, "***")
    return text


def _tokens(peer: Peer, body: dict[str, Any] | None) -> list[str]:
    found = (peer.token, (body or {}).get("token"))
    return [token for token in found if isinstance(token, str) and len(token) > 3]


def deliver(
    url: str, body: dict[str, Any], *, correlation_id: str, sign: Callable[[bytes], dict[str, str]] | None = None
) -> bool:
    """POST JSON to a URL that one of our own apps or operators gave; whether it was taken. No token goes with it.

    `sign` gets the body as it is sent and returns headers. The same limits hold as for partners. Raises PartnerError.
    """
    exchange = Exchange("OUT", "POST", url, "webhooks", clock.now(), new_id(), correlation_id)
    exchange.request_headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
    exchange.request_headers[headers.CORRELATION_ID] = correlation_id
    exchange.request_body = envelope.encode(body)
    exchange.request_headers |= sign(exchange.request_body) if sign else {}
    send(exchange, settings.OCPI_READ_TIMEOUT)
    return exchange.http_status is not None and 200 <= exchange.http_status < 300


def _exchange(exchange: Exchange, read_timeout: float) -> Reply:
    send(exchange, read_timeout)
    status = exchange.http_status or 0
    retry_after = _seconds(exchange.response_headers.get("Retry-After"))
    exchange.response_json = envelope.opened(status, exchange.response_body, retry_after)
    return Reply(exchange.response_json.get("data"), status, exchange.response_headers)


def _seconds(retry_after: str | None) -> str | None:
    """Retry-After in its form with seconds; a date is turned into that (RFC 9110, 10.2.3)."""
    try:
        moment = parsedate_to_datetime(retry_after or "")
    except ValueError:
        return retry_after
    return str(max(0, round((moment.replace(tzinfo=moment.tzinfo or UTC) - clock.now()).total_seconds())))


def send(exchange: Exchange, read_timeout: float) -> None:
    """Send it as it is, whatever it is, and fill in the answer. Raises Unreachable when there is none.

    The peer has `read_timeout` until the headers are here, and as long for the body.
    """
    check_url(exchange.url)
    with TimeLimit(read_timeout) as limit:
        try:
            with _session().request(
                exchange.method,
                exchange.url,
                data=exchange.request_body or None,
                headers=exchange.request_headers,
                timeout=(min(settings.OCPI_CONNECT_TIMEOUT, read_timeout), read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                limit.renew()
                exchange.http_status = response.status_code
                exchange.response_headers = dict(response.headers)
                exchange.response_body = _read(response, limit)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
            raise (Unreachable(_LATE, reason="timeout") if limit.passed else _unreachable(error)) from error
        finally:
            _threads.used = time.monotonic()


def _read(response: requests.Response, limit: TimeLimit) -> bytes:
    """The body, within a size and a time: a peer that drips a byte a second does not hold a worker for ever."""
    parts, size = [], 0
    for part in _arriving(response.raw):
        parts.append(part)
        size += len(part)
        if size > settings.OCPI_MAX_RESPONSE_BYTES:
            raise Unreachable("the answer is larger than we read", reason="size")
        if time.monotonic() > limit.until:
            break
    if limit.passed or time.monotonic() > limit.until:  # what was cut may look complete
        raise Unreachable("the answer took too long to arrive", reason="timeout")
    return b"".join(parts)


def _arriving(raw: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """What is there, as soon as it is there: `iter_content` would wait for a whole chunk, however slowly it comes."""
    while part := raw.read1(_CHUNK, decode_content=True):
        yield part


def _unreachable(error: Exception) -> Unreachable:
    if isinstance(error, requests.ConnectTimeout):
        return Unreachable("no connection within the time limit", reason="connect")
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return Unreachable(_LATE, reason="timeout")
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(f"the TLS certificate was not accepted{_tls(error)}", reason="tls")
    if isinstance(error, (requests.ConnectionError, urllib3.exceptions.ProtocolError)):
        return Unreachable("the connection was refused or broke off", reason=_why(error))
    return Unreachable(f"the request could not be sent ({type(error).__name__})")


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what caused it, down to the socket's own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _why(error: Exception) -> str:
    """What the operating system said of a connection that was not made, or did not last."""
    causes = list(_behind(error))
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return "refused"
    never_made = any(isinstance(each, urllib3.exceptions.NewConnectionError) for each in causes)
    return "route" if never_made else "broken"


def _tls(error: Exception) -> str:
    """What the TLS library found wrong with the certificate, where it says so."""
    said = (getattr(each, "verify_message", "") for each in _behind(error))
    return next((f": {text}" for text in said if text), "")


def _session() -> requests.Session:
    """One connection pool per thread: `requests.Session` is not made to be shared.

    What waited in it for longer than `_IDLE` is not used again: the other side may be closing it at this moment, and
    then nobody could say whether a command that broke off had arrived.
    """
    if hasattr(_threads, "session") and time.monotonic() - _threads.used > _IDLE:
        _threads.session.close()
    if not hasattr(_threads, "session"):
        _threads.session = requests.Session()
        for scheme in ("http://", "https://"):
            _threads.session.mount(scheme, GuardedAdapter())
        _threads.session.verify = settings.OCPI_CA_BUNDLE or True
        _threads.session.trust_env = False  # no proxy and no netrc credentials towards partners
        _threads.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one exchange knows no other
    return _threads.session
