"""The stage on which acts play, and those that every lesson needs: faults, messages of one's own, patience."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from learning.demo.callers import Control
from learning.models import Run
from ocpi.core import clock
from ocpi.partners.models import Partner
from ocpi.protocol.types import format_datetime

from .. import kept, letters
from ..errors import Trouble
from ..lesson import Act
from ..paths import at, filled, fits

DRIVER, OPERATOR, APP = "driver", "operator", "app"


@dataclass
class Stage:
    """Where acts play: the run with its facts, its world's control API, and what people did."""

    run: Run
    control: Control
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        return self.run.facts

    @property
    def partner(self) -> Partner:
        """Fresh from the database: a handshake may have changed it meanwhile."""
        found = Partner.objects.filter(pk=self.run.partner_id).first()
        if found is None:
            raise Trouble("this lesson has been left; begin it again")
        return found

    def tell(self, who: str, to: str, text: str) -> None:
        """`who` and `to` are lanes: driver, app, operator, EMSP, CPO."""
        self.events.append({"at": format_datetime(clock.now()), "by": who, "to": to, "text": text})

    def remember(self, **facts: Any) -> None:
        self.facts.update(facts)


Action = Callable[..., None]
ACTS: dict[str, Action] = {}


def acting(function: Action) -> Action:
    ACTS[function.__name__] = function
    return function


def moments() -> dict[str, str]:
    """Facts that every message may need: OCPI DateTimes."""
    now, hour = clock.now(), timedelta(hours=1)
    found = {"now": now, "hour_ago": now - hour, "in_an_hour": now + hour}
    return {name: format_datetime(moment) for name, moment in found.items()}


def play(stage: Stage, act: Act) -> None:
    """Raises Trouble for an act that cannot be done, KeyError for one that there is not."""
    stage.remember(**moments())
    ACTS[act.name](stage, **filled(dict(act.given), stage.facts))


# --- the world -------------------------------------------------------------------------------------------------------
@acting
def fault(stage: Stage, name: str, value: Any = None) -> None:
    stage.control.put(f"faults/{name}", {} if value is None else {"value": value})
    stage.tell(OPERATOR, "CPO", f"switches on: {name}" + ("" if value is None else f" ({value})"))


@acting
def mend(stage: Stage) -> None:
    """All faults off."""
    stage.control.delete("faults")


@acting
def settings(stage: Stage, **changes: Any) -> None:
    stage.control.put("settings", changes)


# --- messages of one's own, and patience -----------------------------------------------------------------------------
@acting
def send(stage: Stage, side: str, method: str, module: str, **more: Any) -> None:
    """A message in the lesson's own words, as the CPO or as the eMSP."""
    message = letters.message_of({"method": method, "module": module, **more}, stage.facts)
    (letters.send_as_cpo if side == "CPO" else letters.send_as_emsp)(stage.run, message)


def patience(reached: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether it came about in time."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@acting
def delivered(stage: Stage) -> None:
    """Waits until the world has sent whatever it wanted to push."""
    patience(lambda: stage.control.get("state")["outbox"]["waiting"] == 0)


@acting
def pause(stage: Stage, seconds: float) -> None:
    time.sleep(seconds)


@acting
def until(
    stage: Stage, kind: str, where: dict[str, Any] | None = None, fields: dict[str, Any] | None = None,
    seconds: float = 30, remember: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """Waits until our platform keeps such an object; `remember` maps names of facts to paths in it."""
    deadline = time.monotonic() + seconds
    while not (found := _matching(stage, kind, where or {}, fields or {})):
        if time.monotonic() > deadline:
            raise Trouble(f"no {kind} with {fields or where} came within {seconds:.0f} seconds")
        time.sleep(0.05)
    stage.remember(**{name: at(found[-1], path) for name, path in (remember or {}).items()})


def _matching(stage: Stage, kind: str, where: dict[str, Any], fields: dict[str, Any]) -> list[dict[str, Any]]:
    rows = kept.find(stage.run.partner_id, kind, where)
    return [row for row in rows if all(fits(expected, at(row, path)) for path, expected in fields.items())]
