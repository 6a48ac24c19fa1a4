"""Where a partner may make us connect to, and for how long (TRA-51).

Names are looked up once: the address that was checked is the one that is connected to, so a name that answers first
with a public and then with a private address (DNS rebinding) gains nothing. Applies to addresses behind pooled
connections as well, because they were checked when they were made.
"""

import ipaddress
import socket
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from ocpi.protocol.errors import Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRIES = 3  # addresses of one name that are tried, so that a long list does not multiply the time limit
# Azure's platform lives behind a public address; Oracle's metadata in a range that older Pythons take for public.
_METADATA = [ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.0.0.0/24")]
# What carries an IPv4 address inside: NAT64 (RFC 6052 and 8215). 6to4 and Teredo are told by ipaddress.
_NAT64 = [ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")]
_in_use = threading.local()


def check_url(url: str) -> tuple[str, int]:
    """Host and port. Raises Unreachable for what is never called: no absolute http(s) URL, a password in it; and in
    production, what is not https."""
    try:
        parts = urlsplit(url)
        host, port, secured = parts.hostname, parts.port, parts.scheme == "https"
    except ValueError as error:
        raise Unreachable("the URL cannot be read", reason="url") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise Unreachable("the URL is not an absolute http(s) URL", reason="url")
    if "@" in parts.netloc:
        # It would replace our Authorization header.
        raise Unreachable("the URL holds a user name or password", reason="url")
    if not secured and not settings.OCPI_ALLOW_PRIVATE_URLS:
        raise Unreachable("only https is called in production", reason="https")
    return host, port or (443 if secured else 80)


def check_target(url: str) -> None:
    """As `check_url`, and in production the addresses behind the name too: to refuse a URL before anything is sent."""
    host, port = check_url(url)
    if not settings.OCPI_ALLOW_PRIVATE_URLS:
        addresses(host, port)


def addresses(host: str, port: int) -> list[str]:
    """Where this name leads. Raises Unreachable when any of it is not public and that matters here."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("the host name is unknown", reason="dns") from error
    names = [str(entry[4][0]) for entry in found]
    if not settings.OCPI_ALLOW_PRIVATE_URLS and not all(
        _may_be_called(ipaddress.ip_address(n.split("%")[0])) for n in names
    ):
        raise Unreachable("the URL points into a private network", reason="private")
    return names


def _may_be_called(address: Address) -> bool:
    """Public, or in a network that the operator named, but never what a cloud keeps secrets behind."""
    if is_public(address):
        return True
    secret = address.is_link_local or any(address in network for network in _METADATA)
    return not secret and any(address in network for network in settings.OCPI_PRIVATE_NETWORKS)


def is_public(address: Address) -> bool:
    """Not loopback, private, link-local, multicast, reserved or metadata; nor any of these wrapped into IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    if address.is_multicast or address.is_reserved or any(address in network for network in _METADATA):
        return False
    return address.is_global


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or int(address) >> 32 == 0:  # ::a.b.c.d, deprecated
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


class TimeLimit:
    """Cuts the connection that this thread uses when the time is up.

    A socket's own time-out starts anew with every byte; a peer that drips its headers would hold a worker for ever.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.passed, self.sock = seconds, False, None
        self._ended = False
        self._lock = threading.Lock()

    def __enter__(self) -> "TimeLimit":
        _in_use.limit = self
        self._start()
        return self

    def __exit__(self, *args: Any) -> None:
        with self._lock:  # the connection goes back to its pool: whoever uses it next must not be cut
            self._ended = True
        self._timer.cancel()
        _in_use.limit = None

    def renew(self) -> None:
        """The same time once more: the headers are here, the body follows."""
        self._timer.cancel()
        self._start()

    def _start(self) -> None:
        self.until = time.monotonic() + self.seconds
        self._timer = threading.Timer(self.seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        with self._lock:
            if self._ended:
                return
            self.passed = True
            if self.sock is not None:
                with suppress(OSError):
                    # Not TLS's own shutdown, which would write: only this wakes a thread that is reading.
                    socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _Guarded:
    """A urllib3 connection that connects to checked addresses only, and that a time limit can cut."""

    def _new_conn(self) -> socket.socket:
        name, port = self.host, self.port  # type: ignore[attr-defined]
        try:
            return self._first_of(addresses(name, port)[:_TRIES])
        finally:
            self.host = name  # certificates are for names

    def _first_of(self, found: list[str]) -> socket.socket:
        *others, last = found
        for address in others:
            with suppress(HTTPError):
                return self._to(address)
        return self._to(last)

    def _to(self, address: str) -> socket.socket:
        self.host = address
        return super()._new_conn()  # type: ignore[misc]

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._tell()

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._tell()
        super().request(*args, **kwargs)  # type: ignore[misc]

    def _tell(self) -> None:
        limit = getattr(_in_use, "limit", None)
        if limit is not None:
            limit.sock = self.sock  # type: ignore[attr-defined]


class _GuardedHttp(_Guarded, HTTPConnection):
    pass


class _GuardedHttps(_Guarded, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHttps


class GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
