"""The thread that lets time pass: looks at every charge a few times per real second."""

import logging
import threading
from dataclasses import dataclass, field

from mock_cpo.life import Life
from mock_cpo.profiles import Profiles
from mock_cpo.yard import Yard

log = logging.getLogger("mock_cpo.simulator")
TICK = 0.1
"""Real seconds between two looks."""


@dataclass(slots=True)
class Simulator:
    yard: Yard
    life: Life
    profiles: Profiles
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._run, name="simulator", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            for charge in self.yard.open_charges():
                try:
                    self.life.advance(charge)
                    self.profiles.advance(charge)
                except Exception:
                    log.exception("charge %s", charge.id)
