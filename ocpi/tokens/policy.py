"""May this token charge, here, now? Pure: no database, no clock, so that a driver in the rain does not wait."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ocpi.protocol.tokens import AllowedType, LocationReferences

from . import rules
from .facts import Facts
from .models import Authorization, Policy, Token
from .rules import RULES, Found, Outcome


class Decision(NamedTuple):
    """`allowed`: a value of AllowedType, or NO_PLACE when the partner must say where (TOK-11).

    `place`: where charging is allowed, only if the partner asked about a place and the answer is yes (TOK-12).
    """

    allowed: str
    reason: str
    place: LocationReferences | None = None
    trace: Sequence[Found] = ()

    def as_json(self) -> list[dict[str, Any]]:
        return [found.as_json() for found in self.trace]


def decide(token: Token, place: LocationReferences | None, terms: Iterable[tuple[Policy, Facts]] = ()) -> Decision:
    """Every rule is asked, for the trace; the first that refuses gives the answer, and each narrows the place."""
    trace: list[Found] = []
    left = place
    for found in _ask(token, place, terms):
        trace.append(found)
        left = _both(left, found.place)
    refused = next((found for found in trace if found.outcome == Outcome.REFUSED), None)
    if refused is not None:
        return Decision(refused.allowed, _said(refused), None, trace)
    if any(found.outcome == Outcome.NO_PLACE for found in trace):
        return Decision(Authorization.NO_PLACE, "this token is bound to certain places: say which one is meant",
                        None, trace)  # fmt: skip
    if place is not None and left is None:
        return Decision(AllowedType.NOT_ALLOWED, "no EVSE here satisfies every rule", None, trace)
    return Decision(AllowedType.ALLOWED, _why(trace), left, trace)


def _ask(token: Token, place: LocationReferences | None, terms: Iterable[tuple[Policy, Facts]]) -> Iterator[Found]:
    yield rules.status(token)
    yield rules.own_places(token, place)
    for policy, facts in terms:
        for rule in RULES:
            yield replace(rule(policy, facts, place), policy=policy.name)


def _both(left: LocationReferences | None, found: LocationReferences | None) -> LocationReferences | None:
    """What two rules leave; a place without EVSEs is all of them."""
    if left is None or found is None or not found.evse_uids:
        return left
    if not left.evse_uids:
        return found
    keys = {uid.casefold() for uid in found.evse_uids}
    both = [uid for uid in left.evse_uids if uid.casefold() in keys]
    return left.model_copy(update={"evse_uids": both}) if both else None


def _said(found: Found) -> str:
    return f"{found.policy}: {found.sentence}" if found.policy else found.sentence


def _why(trace: Sequence[Found]) -> str:
    """What let it pass: the narrowest of its own places, or just that it is active."""
    own = next((found for found in trace if found.rule == "places" and found.outcome == Outcome.PASSED), trace[0])
    policies = {found.policy for found in trace if found.policy}
    return own.sentence + (f", within {' and '.join(sorted(policies))}" if policies else "")
