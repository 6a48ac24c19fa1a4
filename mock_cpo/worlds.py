"""Worlds: whole platforms of their own inside one process, for learners who must not meet each other.

A world has a party, versions URL, network, clock, faults and recorder of its own. It lives below `/worlds/<id>/`; its
control API is `/control/worlds/<id>/…`, the same as that of the process's own platform. Whoever does not know the id
cannot reach it.
"""

import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from mock_cpo.config import Config, Settings
from mock_cpo.partners import new_token
from mock_cpo.platform import Platform

MOST = 60
"""Worlds at a time: each has a handful of threads."""
FORGOTTEN = 2 * 3600.0
"""Seconds without a request after which a world is taken for left behind by a learner's platform that died."""
PUSHERS = 2
"""Threads that push; one platform for many eMSPs needs more than a world for one."""


class Full(Exception):
    """There are as many worlds as this process can carry."""


@dataclass(slots=True)
class World:
    """`token_a` opens its registration; it is told once, to whoever made the world."""

    id: str
    platform: Platform
    token_a: str
    used_at: float = field(default_factory=time.monotonic)


class Worlds:
    """All worlds of this process, by id. `host` is the configuration of the process itself."""

    def __init__(self, host: Config) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._all: dict[str, World] = {}

    def create(self, options: dict[str, Any], settings: Settings) -> World:
        """`options`: fields of Config that differ from the usual. Raises Full, InvalidObject, UnknownFault."""
        self._sweep()
        id_, token_a = secrets.token_hex(8), new_token()
        here = {"public_url": f"{self._host.base_url}/worlds/{id_}", "token_a": token_a, "pushers": PUSHERS}
        world = World(id_, Platform(replace(Config(), **options, **here), settings), token_a)
        with self._lock:
            if len(self._all) >= MOST:
                raise Full(f"there are {MOST} worlds already; end one first")
            self._all[id_] = world
        world.platform.start()
        return world

    def find(self, id_: str) -> Platform | None:
        world = self._all.get(id_)
        if world is None:
            return None
        world.used_at = time.monotonic()
        return world.platform

    def end(self, id_: str) -> bool:
        """Whether there was such a world."""
        with self._lock:
            world = self._all.pop(id_, None)
        if world is None:
            return False
        world.platform.stop()
        return True

    def end_all(self) -> None:
        for id_ in list(self._all):
            self.end(id_)

    def __len__(self) -> int:
        return len(self._all)

    def _sweep(self) -> None:
        limit = time.monotonic() - FORGOTTEN
        for world in list(self._all.values()):
            if world.used_at < limit:
                self.end(world.id)
