"""Counting failed attempts per source: who fails too often within a window is told to wait.

Counters live in Django's cache: in Redis where REDIS_URL is set, so that all web processes count together, otherwise in
this process. Memory is bounded: sources share a fixed number of counters, and each is forgotten with its window. A
Redis that is away never stops a request; this process then counts alone.
"""

import hashlib
import ipaddress
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

logger = logging.getLogger(__name__)
_BUCKETS = 2**18


@dataclass(frozen=True)
class Throttle:
    """At most `limit` failures of one source within `window` seconds; windows follow each other."""

    name: str
    limit: int
    window: int

    def failed(self, source: str) -> int:
        """Count one failure. Seconds to wait from now on, 0 below the limit."""
        key = self._key(source)

        def count(cache: Any) -> int:
            cache.add(key, 0, self.window)
            try:
                return int(cache.incr(key))
            except ValueError:  # expired, or was put out by others, between the two
                return 1

        return self._left() if self._ask(count) > self.limit else 0

    def succeeded(self, source: str) -> None:
        """Take back what `failed` counted."""
        key = self._key(source)

        def uncount(cache: Any) -> int:
            with suppress(ValueError):  # the window is over
                cache.decr(key)
            return 0

        self._ask(uncount)

    def _ask(self, question: Callable[[Any], int]) -> int:
        try:
            return int(question(caches["default"]))
        except Exception as error:  # whatever a broken Redis raises
            logger.warning("the shared counters cannot be reached (%s)", type(error).__name__)
            return int(question(caches["local"]))

    def _key(self, source: str) -> str:
        bucket = int.from_bytes(hashlib.sha256(source.encode()).digest()[:8]) % _BUCKETS
        return f"{self.name}:{int(time.time()) // self.window}:{bucket}"

    def _left(self) -> int:
        return self.window - int(time.time()) % self.window


def source_of(request: HttpRequest) -> str:
    """The caller's address as the outermost of our own PROXY_COUNT proxies saw it; a /64 of IPv6 is one source.

    What stands further left in X-Forwarded-For was written by the caller and counts for nothing.
    """
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    count = settings.PROXY_COUNT
    direct = request.META.get("REMOTE_ADDR", "")
    return _network(seen[-count] if 0 < count <= len(seen) else direct)


def _network(text: str) -> str:
    """Some proxies write a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    host = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)
