"""A driver holds a card to a charger: decided by whitelist or real-time authorisation (TOK-27, 28).

| whitelist       | valid         | not valid                  | eMSP unreachable  |
|-----------------|---------------|----------------------------|-------------------|
| ALWAYS          | start         | refuse (AMB-27)            | is not asked      |
| ALLOWED         | start         | ask: the list may be stale | refuse            |
| ALLOWED_OFFLINE | ask           | ask                        | start when valid  |
| NEVER           | ask           | ask                        | refuse            |
| unknown card    | ask every eMSP                             | refuse            |
"""

from dataclasses import dataclass, replace
from typing import Any

from mock_cpo.authorize import Verdict, ask
from mock_cpo.charge import NOT_AVAILABLE, Authority, Charge
from mock_cpo.client import Client
from mock_cpo.life import Life
from mock_cpo.network import Network
from mock_cpo.partners import Partner, Partners
from mock_cpo.tokens import Tokens
from mock_cpo.vehicles import Vehicle
from mock_cpo.yard import Yard
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_equal

Wire = dict[str, Any]
USABLE = ("AVAILABLE", "RESERVED", "CHARGING")


class UnknownPlace(LookupError):
    """No such location, EVSE or connector in this network."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the reader sees, and where."""

    uid: str
    type: str
    location_id: str
    evse_uid: str
    connector_id: str


@dataclass(slots=True)
class Decision:
    """`decided_by`: WHITELIST, REALTIME, OFFLINE, COMMAND or NOBODY; `authority` is set when the driver may charge."""

    decided_by: str
    reason: str
    authority: Authority | None = None
    verdict: Verdict | None = None

    @property
    def allowed(self) -> str | None:
        if self.authority:
            return "ALLOWED"
        return self.verdict.allowed if self.verdict else "NOT_ALLOWED"


@dataclass(slots=True)
class Taps:
    tokens: Tokens
    partners: Partners
    client: Client
    network: Network
    yard: Yard
    life: Life

    def tap(self, card: Card, authorize_only: bool = False, vehicle: Vehicle | None = None) -> Wire:
        """What the charger does, as the control API tells it."""
        card = self._placed(card)
        running = self.yard.bay(card.location_id, card.evse_uid).charge
        if running and running.status == "ACTIVE" and not authorize_only and self._its_card(running, card):
            self.life.stop(running)
            return _outcome(Decision("NOBODY", "the card that started this session stops it"), running, stopped=True)
        decision = self.decide(card)
        if authorize_only or decision.authority is None:
            return _outcome(decision)
        charge, reason = self._begin(card, decision.authority, vehicle)
        decision.reason = reason or decision.reason
        return _outcome(decision, charge, started=charge is not None)

    def _placed(self, card: Card) -> Card:
        """With the ids in our own spelling."""
        location = self.network.location(card.location_id)
        evse = self.network.evse(card.location_id, card.evse_uid)
        connector = self.network.connector(card.location_id, card.evse_uid, card.connector_id)
        if not (location and evse and connector):
            raise UnknownPlace(f"no connector {card.location_id} / {card.evse_uid} / {card.connector_id}")
        return replace(card, location_id=location["id"], evse_uid=evse["uid"], connector_id=connector["id"])

    def decide(self, card: Card) -> Decision:
        """Who may charge, by the table above. Two eMSPs may know one uid: the first that allows it wins."""
        refused = None
        for token in self.tokens.find(card.uid, card.type):
            decision = self._by_whitelist(card, token)
            if decision.authority:
                return decision
            refused = decision
        return refused or self._ask_everyone(card)

    def _by_whitelist(self, card: Card, token: Wire) -> Decision:
        partner = self.partners.by_party(token["country_code"], token["party_id"])
        whitelist, valid = token["whitelist"], token["valid"]
        if partner is None:
            return Decision("NOBODY", "the eMSP of this card is not registered any more")
        if whitelist in ("ALWAYS", "ALLOWED") and valid:
            return Decision("WHITELIST", f"whitelist {whitelist}", Authority(token, "WHITELIST"))
        if whitelist == "ALWAYS":
            return Decision("WHITELIST", "whitelist ALWAYS, but the token is not valid")
        commanded = self.yard.recent_command(card.location_id, card.evse_uid, token)
        if commanded:
            return Decision("COMMAND", "a command named this card less than 15 minutes ago", commanded)
        return self._ask(card, partner, token)

    def _ask(self, card: Card, partner: Partner, token: Wire) -> Decision:
        owner = PartyId(token["country_code"], token["party_id"])
        verdict = ask(self.client, partner, card.uid, card.type, card.location_id, card.evse_uid, owner)
        if not verdict.reachable and token["whitelist"] == "ALLOWED_OFFLINE" and token["valid"]:
            reason = "the eMSP cannot be reached; ALLOWED_OFFLINE"
            return Decision("OFFLINE", reason, Authority(token, "WHITELIST"), verdict)
        return _real_time(card, verdict, token)

    def _ask_everyone(self, card: Card) -> Decision:
        """Nobody pushed this card to us: its eMSP can only be found by asking."""
        decision = Decision("NOBODY", "no eMSP is registered")
        for partner in self.partners.registered():
            decision = _real_time(
                card, ask(self.client, partner, card.uid, card.type, card.location_id, card.evse_uid), None
            )
            if decision.verdict and decision.verdict.allowed:
                return decision
        return decision

    def _its_card(self, charge: Charge, card: Card) -> bool:
        return ci_equal(charge.authority.token["uid"], card.uid) and charge.authority.token["type"] == card.type

    def _begin(self, card: Card, authority: Authority, vehicle: Vehicle | None) -> tuple[Charge | None, str]:
        """The started or claimed charge, or why there is none."""
        with self.yard.lock:
            status = (self.network.evse(card.location_id, card.evse_uid) or {}).get("status")
            if status not in USABLE:
                return None, f"allowed, but the EVSE is {status}"
            reserved = find_reservation(self.yard, card.location_id, card.evse_uid, authority)
            if reserved and (
                reserved.evse_uid != NOT_AVAILABLE or not self.yard.occupied(card.location_id, card.evse_uid)
            ):
                self.life.claim(reserved, authority, card.evse_uid, card.connector_id, vehicle)
                return reserved, "the reservation of this card is used"
            if self.yard.occupied(card.location_id, card.evse_uid):
                return None, "allowed, but the EVSE is in use or reserved for somebody else"
            return self.life.start(authority, card.location_id, card.evse_uid, card.connector_id, vehicle), ""


def find_reservation(yard: Yard, location_id: str, evse_uid: str | None, authority: Authority) -> Charge | None:
    """The reservation that this token holds for the EVSE, or for any EVSE of the location."""
    for charge in yard.charges():
        here = charge.location_id == location_id and (evse_uid is None or charge.evse_uid in (evse_uid, NOT_AVAILABLE))
        if charge.status == "RESERVATION" and here and charge.authority.same_token(authority.token):
            return charge
    return None


def _real_time(card: Card, verdict: Verdict, token: Wire | None) -> Decision:
    if verdict.admits(card.evse_uid):
        authority = Authority(verdict.token or token or {}, "AUTH_REQUEST", verdict.reference, verdict.correlation_id)
        return Decision("REALTIME", "the eMSP allows it", authority, verdict)
    if verdict.allowed == "ALLOWED":
        return Decision("REALTIME", "the eMSP allows it at other EVSEs only", None, verdict)
    return Decision("REALTIME", f"the eMSP says {verdict.allowed or verdict.error}", None, verdict)


def _outcome(decision: Decision, charge: Charge | None = None, started: bool = False, stopped: bool = False) -> Wire:
    return {
        "decided_by": decision.decided_by,
        "allowed": decision.allowed,
        "reason": decision.reason,
        "authorization": decision.verdict and decision.verdict.shown(),
        "started": started,
        "stopped": stopped,
        "session_id": charge.id if charge else None,
    }
