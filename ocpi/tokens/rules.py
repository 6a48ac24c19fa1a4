"""The rules of authorisation, one function each: what was asked and known goes in, what the rule finds comes out.

A rule never looks at opening hours or the status of an EVSE: those are the CPO's business (TOK-14).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ocpi.protocol.tokens import AllowedType, LocationReferences
from ocpi.protocol.types import ci_key, format_datetime

from .facts import Facts
from .models import Policy, Token


class Outcome(StrEnum):
    PASSED = "PASSED"
    REFUSED = "REFUSED"
    NO_LIMIT = "NO_LIMIT"  # nothing is limited here, or it cannot be told
    NO_PLACE = "NO_PLACE"  # the answer depends on a place that was not given (TOK-11)


@dataclass(frozen=True)
class Found:
    """`allowed` goes with REFUSED only; `place`: narrowed to the EVSEs that are left, if the rule is about places."""

    rule: str
    outcome: Outcome
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    allowed: AllowedType = AllowedType.ALLOWED
    place: LocationReferences | None = None
    policy: str = ""

    def as_json(self) -> dict[str, Any]:
        shown = {"rule": self.rule, "outcome": str(self.outcome), "sentence": self.sentence, "facts": dict(self.facts)}
        return shown | ({"policy": self.policy} if self.policy else {})


Place = LocationReferences | None
_BY_STATUS = {
    Token.Status.BLOCKED: AllowedType.BLOCKED,
    Token.Status.EXPIRED: AllowedType.EXPIRED,
    Token.Status.NO_CREDIT: AllowedType.NO_CREDIT,
    Token.Status.NOT_ALLOWED: AllowedType.NOT_ALLOWED,
}


# --- the token itself -------------------------------------------------------------------------------------------------
def status(token: Token) -> Found:
    label, seen = Token.Status(token.status).label, {"status": token.status}
    if token.status == Token.Status.ACTIVE:
        return Found("status", Outcome.PASSED, "the token is active", seen)
    return Found("status", Outcome.REFUSED, f"the token is {label}", seen, _BY_STATUS[Token.Status(token.status)])


def own_places(token: Token, place: Place) -> Found:
    return _at("places", "the token", token.allowed_locations, place)


# --- what a policy says -----------------------------------------------------------------------------------------------
def validity(policy: Policy, facts: Facts, place: Place) -> Found:
    since, until = policy.valid_from, policy.valid_until
    seen = {"valid_from": since and format_datetime(since), "valid_until": until and format_datetime(until)}
    if since is None and until is None:
        return Found("validity", Outcome.NO_LIMIT, "it has no dates")
    if since is not None and facts.now < since:
        return _no("validity", f"it begins on {since:%Y-%m-%d %H:%M} UTC", seen)
    if until is not None and facts.now >= until:
        return _no("validity", f"it ended on {until:%Y-%m-%d %H:%M} UTC", seen, AllowedType.EXPIRED)
    return Found("validity", Outcome.PASSED, "it is in force now", seen)


def partner(policy: Policy, facts: Facts, place: Place) -> Found:
    if facts.listed is None and facts.barred is None:
        return Found("partner", Outcome.NO_LIMIT, "every partner is allowed")
    seen = {"partner": facts.partner, "listed": facts.listed, "barred": facts.barred}
    if not facts.partner:
        if place is None:
            return Found("partner", Outcome.NO_PLACE, "which partner is meant depends on the place", seen)
        return _no("partner", "nobody knows whose location this is", seen)
    if facts.barred:
        return _no("partner", f"{facts.partner} is forbidden", seen)
    if facts.listed is False:
        return _no("partner", f"{facts.partner} is not among the allowed partners", seen)
    return Found("partner", Outcome.PASSED, f"{facts.partner} is allowed", seen)


def country(policy: Policy, facts: Facts, place: Place) -> Found:
    allowed = ", ".join(policy.countries)
    seen = {"countries": policy.countries, "country": facts.country}
    if not policy.countries:
        return Found("country", Outcome.NO_LIMIT, "every country is allowed")
    if place is None:
        return Found("country", Outcome.NO_PLACE, f"it is for {allowed}, and no place was given", seen)
    if not facts.country:
        return _no("country", f"it is for {allowed}, and we do not know where this location is", seen)
    if facts.country not in policy.countries:
        return _no("country", f"it is for {allowed}, and the location is in {facts.country}", seen)
    return Found("country", Outcome.PASSED, f"the location is in {facts.country}", seen)


def places(policy: Policy, facts: Facts, place: Place) -> Found:
    return _at("locations", "it", policy.locations, place)


def charges(policy: Policy, facts: Facts, place: Place) -> Found:
    most, now = policy.max_charges, facts.charging
    if most is None:
        return Found("charges", Outcome.NO_LIMIT, "any number of charges at once is allowed")
    seen = {"at_most": most, "charging": now}
    if now >= most:
        return _no("charges", f"{now} of {most} charges at once are running or about to start", seen)
    return Found("charges", Outcome.PASSED, f"{now} of {most} charges at once are running or about to start", seen)


def budget(policy: Policy, facts: Facts, place: Place) -> Found:
    if policy.budget is None:
        return Found("budget", Outcome.NO_LIMIT, "there is no budget")
    spent = (
        f"{facts.spent:.2f} of {policy.budget:.2f} {policy.budget_currency} for {policy.get_budget_period_display()}"
    )
    seen = {"budget": str(policy.budget), "spent": str(facts.spent), "currency": policy.budget_currency,
            "period": policy.budget_period}  # fmt: skip
    if facts.spent >= policy.budget:
        return _no("budget", f"{spent} are spent", seen, AllowedType.NO_CREDIT)
    return Found("budget", Outcome.PASSED, f"{spent} are spent", seen)


def price(policy: Policy, facts: Facts, place: Place) -> Found:
    """Leaves the EVSEs whose kWh costs no more, or whose price we do not know in the currency of the cap."""
    cap, currency = policy.price_cap, policy.price_currency
    if cap is None:
        return Found("price", Outcome.NO_LIMIT, "any price is allowed")
    most = f"at most {cap.normalize():f} {currency} per kWh"
    if place is None:
        return Found("price", Outcome.NO_PLACE, f"{most}, and no place was given", {"cap": str(cap)})
    known = {uid: found.price for uid, found in facts.prices.items() if found.currency == currency}
    seen = {"cap": str(cap), "currency": currency, "prices": {uid: str(each) for uid, each in known.items()}}
    dear = {uid for uid, each in known.items() if each > cap}
    named = list(place.evse_uids) or list(facts.evse_uids)
    left = [uid for uid in named if ci_key(uid) not in dear]
    if not known:
        return Found("price", Outcome.NO_LIMIT, f"{most}, and the price here is not known in {currency}", seen)
    if not left:
        return _no("price", f"{most}, and it costs {min(known.values()).normalize():f} here", seen)
    narrowed = _only(place, left) if dear and len(left) < len(named) else place
    return Found("price", Outcome.PASSED, f"{most}, and it costs no more here", seen, place=narrowed)


Rule = Callable[[Policy, Facts, Place], Found]
RULES: Sequence[Rule] = (validity, partner, country, places, charges, budget, price)


def _no(
    rule: str, sentence: str, seen: Mapping[str, Any], allowed: AllowedType = AllowedType.NOT_ALLOWED
) -> Found:  # fmt: skip
    return Found(rule, Outcome.REFUSED, sentence, seen, allowed)


def _at(rule: str, who: str, bound: Sequence[Mapping[str, Any]], place: Place) -> Found:
    """Among these locations and EVSEs; an entry without EVSEs means the whole location."""
    if not bound:
        return Found(rule, Outcome.NO_LIMIT, f"{who} is bound to no location")
    seen = {"locations": list(bound)}
    if place is None:
        return Found(rule, Outcome.NO_PLACE, f"{who} is bound to certain locations, and no place was given", seen)
    here = [entry for entry in bound if ci_key(entry["location_id"]) == ci_key(place.location_id)]
    if not here:
        return _no(rule, f"{who} is not allowed at this location", seen)
    if any(not entry.get("evse_uids") for entry in here):
        return Found(rule, Outcome.PASSED, f"{who} is allowed at this location", seen, place=place)
    uids = {ci_key(uid): uid for entry in here for uid in entry["evse_uids"]}
    left = [uid for uid in place.evse_uids or uids.values() if ci_key(uid) in uids]
    if not left:
        return _no(rule, f"{who} is not allowed at these EVSEs", seen)
    return Found(rule, Outcome.PASSED, f"{who} is allowed at some of these EVSEs", seen, place=_only(place, left))


def _only(place: LocationReferences, uids: Sequence[str]) -> LocationReferences:
    return LocationReferences.from_wire({"location_id": place.location_id, "evse_uids": list(uids)})
