"""The hub between the eMSPs and several CPOs: whom a message is for, and who is connected (chapters 4.2 and 15).

| the eMSP's TO     | request                  | what the hub does                                              |
|-------------------|--------------------------|----------------------------------------------------------------|
| a CPO             | any                      | forwards it; FROM and TO stay                                  |
| the hub           | GET of a list            | answers for all CPOs that are connected (GET ALL)              |
| the hub           | PUT or PATCH of a token  | broadcasts: FROM = hub, TO = each CPO; answers by itself       |
| nobody            | anything but a list      | finds the owner and forwards, TO filled in (open routing)      |

What cannot be delivered is 4001 (nobody of that name), 4002 (no answer in time) or 4003 (not connected).
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mock_cpo.catalogue import stamp
from mock_cpo.client import join
from mock_cpo.cpo import Cpo
from mock_cpo.faults import Point
from mock_cpo.partners import Partner
from ocpi.protocol.errors import InvalidObject, OcpiError, StatusCode
from ocpi.protocol.headers import PartyId, Routing
from ocpi.protocol.hubclientinfo import ConnectionStatus

if TYPE_CHECKING:
    from mock_cpo.platform import Platform

Wire = dict[str, Any]
NOT_YET = (PartyId("FR", "LUM"),)
"""Parties behind the hub that have not been connected at the start."""


class HubError(OcpiError):
    """HTTP 200 with 4xxx: the hub could not deliver."""

    default_status_code = StatusCode.HUB_ERROR
    default_message = "The hub could not deliver the message."


@dataclass(frozen=True, slots=True)
class Message:
    """A request as the hub sees it: `path` begins with the module and is decoded, `body` is its JSON if any."""

    method: str
    path: tuple[str, ...]
    routing: Routing
    body: Any = None

    @property
    def module(self) -> str:
        return self.path[0]

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and len(self.path) == 1


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes. `legs`: the CPOs, each with the routing headers on its way; `answered_by`: who replies."""

    legs: list[tuple[Cpo, Routing]]
    answered_by: PartyId
    broadcast: bool = False


class Hub:
    def __init__(self, party: PartyId, platform: "Platform") -> None:
        self.party = party
        self._platform = platform
        self._lock = threading.Lock()
        self._status: dict[PartyId, tuple[str, str]] = {}

    # --- Who is connected ------------------------------------------------------------------------

    def status(self, party: PartyId) -> tuple[str, str]:
        """(ConnectionStatus, since when)."""
        with self._lock:
            first = ConnectionStatus.PLANNED if party in NOT_YET else ConnectionStatus.CONNECTED
            return self._status.setdefault(party, (first.value, stamp(self._platform.stamps.next())))

    def is_connected(self, party: PartyId) -> bool:
        return self.status(party)[0] == ConnectionStatus.CONNECTED

    def connected(self) -> list[Cpo]:
        return [cpo for cpo in self._platform.cpos if self.is_connected(cpo.party)]

    def client_infos(self, reader: Partner | None = None) -> list[Wire]:
        """Every CPO, and every eMSP but the reader itself."""
        cpos = [self._info(cpo.party, "CPO", *self.status(cpo.party)) for cpo in self._platform.cpos]
        return [*cpos, *(info for other in self._others(reader) for info in self._emsp_infos(other))]

    def _others(self, reader: Partner | None) -> Iterator[Partner]:
        return (partner for partner in self._platform.partners.registered() if partner is not reader)

    def _emsp_infos(self, partner: Partner) -> list[Wire]:
        since = stamp(partner.registered_at or self._platform.clock.now())
        return [
            self._info(PartyId(role["country_code"], role["party_id"]), role["role"], "CONNECTED", since)
            for role in partner.roles
        ]

    def _info(self, party: PartyId, role: str, status: str, since: str) -> Wire:
        named = {"country_code": party.country_code, "party_id": party.party_id}
        return named | {"role": role, "status": status, "last_updated": since}

    def set_status(self, cpo: Cpo, status: str) -> Wire:
        """Changes how a CPO is connected, and tells every eMSP by PUT of its ClientInfo."""
        with self._lock:
            self._status[cpo.party] = (status, stamp(self._platform.stamps.next()))
        info = self._info(cpo.party, "CPO", *self.status(cpo.party))
        for partner in self._platform.partners.registered():
            self._tell(partner, cpo.party, info)
        return info

    def _tell(self, partner: Partner, party: PartyId, info: Wire) -> None:
        """A configuration module: no routing headers (HCI-12)."""
        endpoint = partner.endpoint("hubclientinfo", "RECEIVER")
        body = self._platform.faults.run(Point.WIRE, info, module="hubclientinfo", depth=2)
        if endpoint is None:
            return
        url = join(endpoint, *party)

        def send() -> None:
            self._platform.client.configuration("PUT", url, partner.their_token, body)

        self._platform.outbox.add(("hubclientinfo", partner.id, party), send)

    # --- Whom a message is for -------------------------------------------------------------------

    def route(self, message: Message) -> Route:
        """Raises HubError for what cannot be delivered, InvalidObject for what makes no sense."""
        code = self._platform.faults.run(Point.HUB, None)
        if code is not None:
            raise HubError(status_code=int(code))
        to = message.routing.to
        if to is None:
            return self._open(message)
        if to.key == self.party.key:
            return self._to_hub(message)
        return self._direct(self._find(to), message)

    def _find(self, party: PartyId) -> Cpo:
        found = next((cpo for cpo in self._platform.cpos if cpo.party.key == party.key), None)
        if found is None:
            raise HubError(f"{party} is not known to this hub.", status_code=StatusCode.UNKNOWN_RECEIVER)
        return found

    def _direct(self, cpo: Cpo, message: Message) -> Route:
        if not self.is_connected(cpo.party):
            text = f"{cpo.party} is {self.status(cpo.party)[0]}."
            raise HubError(text, status_code=StatusCode.RECEIVER_NOT_CONNECTED)
        return Route([(cpo, Routing(cpo.party, message.routing.from_))], cpo.party)

    def _to_hub(self, message: Message) -> Route:
        """GET ALL and broadcasts (HUB-10, HUB-14); sessions and CDRs are never broadcast (HUB-12)."""
        if message.is_list:
            return Route([(cpo, message.routing) for cpo in self.connected()], self.party)
        if message.module == "tokens" and message.method in ("PUT", "PATCH"):
            legs = [(cpo, Routing(cpo.party, self.party)) for cpo in self.connected()]
            return Route(legs, self.party, broadcast=True)
        raise InvalidObject("Only lists and tokens can be addressed to the hub itself.")

    def _open(self, message: Message) -> Route:
        if message.is_list:
            raise InvalidObject("A list has no owner to be found: address one party, or the hub for all.")
        owner = next((cpo for cpo in self._platform.cpos if _concerns(cpo, message)), None)
        if owner is None:
            raise HubError("Nobody behind this hub owns that.", status_code=StatusCode.UNKNOWN_RECEIVER)
        return self._direct(owner, message)


def _concerns(cpo: Cpo, message: Message) -> bool:
    """Whether the message is about an object of this CPO."""
    named = message.body if message.module == "commands" and isinstance(message.body, dict) else {}
    if message.module == "locations":
        named = {"location_id": message.path[1]}
    if message.module in ("sessions", "chargingprofiles") and len(message.path) > 1:
        named = {"session_id": message.path[1]}
    place, session = str(named.get("location_id", "")), str(named.get("session_id", ""))
    reservation = str(named.get("reservation_id", ""))
    return bool(
        (place and cpo.network.location(place))
        or (session and cpo.yard.get(session))
        or (reservation and not place and cpo.yard.reserved(reservation))
    )
