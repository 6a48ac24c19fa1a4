"""What lessons let happen, by name: each act does something for real, on our side or at the world's chargers.

An act is a function of the stage and its own arguments. What people do there (drivers, operators) is told as an event,
because it is no message of OCPI: it stands in the diagram between the messages that it causes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from learning.demo.callers import Control
from learning.models import Run
from ocpi.core import clock
from ocpi.credentials import rotation
from ocpi.credentials import services as handshake
from ocpi.credentials.errors import HandshakeError
from ocpi.partners import services as partners
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.types import format_datetime

from . import kept, letters
from .errors import Trouble
from .lesson import Act
from .paths import at, filled, fits

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


def play(stage: Stage, act: Act) -> None:
    """Raises Trouble for an act that cannot be done, KeyError for one that there is not."""
    stage.remember(now=format_datetime(clock.now()))
    ACTS[act.name](stage, **filled(dict(act.given), stage.facts))


# --- handshake -------------------------------------------------------------------------------------------------------
@acting
def register(stage: Stage, token: str = "") -> None:
    """We register at the CPO with its token A. A refusal is no trouble: the lesson may have wanted it."""
    try:
        handshake.register(
            partner=stage.partner, versions_url=stage.facts["versions_url"],
            token_a=token or stage.facts["cpo_token_a"],
        )  # fmt: skip
    except (HandshakeError, PartnerError) as error:
        stage.tell("EMSP", OPERATOR, f"the registration failed: {error}")


@acting
def invite(stage: Stage) -> None:
    """We give the CPO a token A, for the handshake that it begins."""
    stage.remember(our_token_a=partners.issue_token_a(partner=stage.partner))
    stage.tell(OPERATOR, "CPO", "hands over a token A and our versions URL, by mail or telephone")


@acting
def cpo_registers(stage: Stage) -> None:
    """The CPO begins: GET versions, GET details, POST credentials at our platform."""
    body = {"versions_url": stage.facts["our_versions_url"], "token": stage.facts["our_token_a"]}
    stage.control.post("register", body)


@acting
def rotate(stage: Stage) -> None:
    """PUT credentials: new tokens for both."""
    try:
        rotation.rotate(partner=stage.partner)
    except (HandshakeError, PartnerError) as error:
        stage.tell("EMSP", OPERATOR, f"the rotation failed: {error}")


@acting
def unregister(stage: Stage) -> None:
    """DELETE credentials."""
    try:
        handshake.leave(partner=stage.partner)
    except (HandshakeError, PartnerError) as error:
        stage.tell("EMSP", OPERATOR, f"unregistering failed: {error}")


@acting
def forget_registration(stage: Stage) -> None:
    """We forget our side only, as after a lost database; the CPO gives us a new token A."""
    handshake.reset(partner=stage.partner)
    stage.remember(cpo_token_a=stage.control.post("token-a")["token_a"])


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


@acting
def pause(stage: Stage, seconds: float) -> None:
    time.sleep(seconds)


@acting
def until(
    stage: Stage, kind: str, where: dict[str, Any] | None = None, fields: dict[str, Any] | None = None,
    seconds: float = 15, remember: dict[str, str] | None = None,
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
