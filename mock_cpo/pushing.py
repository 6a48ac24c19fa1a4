"""Sends what changed to every eMSP that has the receiving endpoint: locations, tariffs, sessions and CDRs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from mock_cpo.client import Client, Reply, join
from mock_cpo.faults import Point, Push, Switchboard
from mock_cpo.network import Network
from mock_cpo.outbox import Outbox
from mock_cpo.partners import Partner, Partners
from ocpi.protocol.errors import PartnerError, Refused
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import parse_datetime

Wire = dict[str, Any]
TRIES = 5
"""For sessions and CDRs; everything else is sent once (TRA-44)."""


@dataclass(slots=True)
class Pusher:
    """Queues pushes. `us` is the party in the URLs of client-owned objects (TRA-38).

    `everyone` is whom locations and tariffs come from: our party, or the hub that broadcasts them (HUB-09).
    """

    us: PartyId
    outbox: Outbox
    client: Client
    partners: Partners
    network: Network
    faults: Switchboard
    everyone: PartyId
    whole: dict[tuple[str, str], str] = field(default_factory=dict)
    """(registration, session id) → `last_updated` of the whole object that was last sent after a failed PATCH."""
    last: dict[tuple[str, ...], Push] = field(default_factory=dict)
    """(registration, module, country_code, party_id, id) → what was pushed there last."""

    # --- Locations and tariffs go to everyone ----------------------------------------------------

    def location(self, location: Wire) -> int:
        """PUT of a whole location; returns to how many eMSPs."""
        path = (*self.us, location["id"])
        return self._everyone(
            "locations", location["id"], lambda partner: self._send("PUT", partner, "locations", path, location)
        )

    def part(self, method: str, location_id: str, ids: Iterable[str], body: Wire) -> int:
        """PUT or PATCH of a location, EVSE or connector; who does not know the location gets it whole (LOC-13)."""
        path = (*self.us, location_id, *ids)

        def send(partner: Partner) -> None:
            try:
                self._send(method, partner, "locations", path, body)
            except Refused as error:
                self._unless_unknown(error, lambda: self._whole_location(partner, location_id))

        return self._everyone("locations", location_id, send)

    def evse_status(self, location_id: str, evse: Wire) -> int:
        return self.part(
            "PATCH", location_id, [evse["uid"]], {"status": evse["status"], "last_updated": evse["last_updated"]}
        )

    def tariff(self, tariff: Wire) -> int:
        path = (*self.us, tariff["id"])
        return self._everyone(
            "tariffs", tariff["id"], lambda partner: self._send("PUT", partner, "tariffs", path, tariff)
        )

    def tariff_gone(self, tariff_id: str) -> int:
        path = (*self.us, tariff_id)
        return self._everyone("tariffs", tariff_id, lambda partner: self._send("DELETE", partner, "tariffs", path))

    def _everyone(self, module: str, object_id: str, send: Callable[[Partner], object]) -> int:
        if module == "locations" and self.network.hides(object_id):
            return 0
        receivers = [partner for partner in self.partners.registered() if partner.endpoint(module, "RECEIVER")]
        for partner in receivers:
            self.outbox.add((module, partner.id, object_id), partial(_sent, send, partner))
        return len(receivers)

    def _whole_location(self, partner: Partner, location_id: str) -> None:
        location = self.network.location(location_id)
        if location:
            self._replace(partner, "locations", (*self.us, location_id), location)

    # --- Sessions and CDRs go to the owner of the token ------------------------------------------

    def session(self, owner: PartyId, session: Wire, correlation_id: str) -> None:
        path = (*self.us, session["id"])

        def send(partner: Partner) -> None:
            self._send("PUT", partner, "sessions", path, session, owner, correlation_id)

        self._owner("sessions", owner, session["id"], send)

    def session_part(self, owner: PartyId, change: Wire, whole: Callable[[], Wire], correlation_id: str) -> None:
        """PATCH of a session. A receiver that answers 404 gets the whole session instead (SES-10)."""
        path = (*self.us, change["id"])
        body = {key: value for key, value in change.items() if key != "id"}

        def send(partner: Partner) -> None:
            if self._has(partner, change["id"], body["last_updated"]):
                return
            try:
                self._send("PATCH", partner, "sessions", path, body, owner, correlation_id)
            except Refused as error:
                self._unless_unknown(error, lambda: self._whole_session(partner, path, whole(), owner, correlation_id))

        self._owner("sessions", owner, change["id"], send)

    def _has(self, partner: Partner, session_id: str, last_updated: str) -> bool:
        """Whether a whole object that holds this change has gone out already."""
        sent = self.whole.get((partner.id, session_id))
        return sent is not None and parse_datetime(sent) >= parse_datetime(last_updated)

    def _whole_session(
        self, partner: Partner, path: tuple[str, ...], session: Wire, owner: PartyId, correlation_id: str
    ) -> None:
        self._replace(partner, "sessions", path, session, owner, correlation_id)
        self.whole[partner.id, session["id"]] = session["last_updated"]

    def cdr(
        self, owner: PartyId, cdr: Wire, queue: str, correlation_id: str, delivered: Callable[[Reply], None]
    ) -> None:
        """POST of a CDR, behind the pushes of its session."""

        def send(partner: Partner) -> None:
            for copy in self.faults.run(Point.CDR_PUSH, [cdr]):
                reply = self._send("POST", partner, "cdrs", (), copy, owner, correlation_id)
                if reply:
                    delivered(reply)

        self._owner("cdrs", owner, queue, send)

    def _owner(self, module: str, owner: PartyId, object_id: str, send: Callable[[Partner], None]) -> None:
        def to_owner() -> None:
            partner = self.partners.by_party(*owner)
            if partner:
                send(partner)

        self.outbox.add(("owner", owner.key, object_id), to_owner, TRIES)

    def active_profile(self, owner: PartyId, session_id: str, profile: Callable[[], Wire], correlation_id: str) -> None:
        """PUT of an ActiveChargingProfile as it is when it is sent; the URL has no party (CHP-12)."""

        def send(partner: Partner) -> None:
            endpoint = partner.endpoint("chargingprofiles", "SENDER")
            if endpoint:
                url = join(endpoint, session_id)
                self.client.functional("PUT", url, partner, profile(), to=owner, correlation_id=correlation_id)

        self._owner("chargingprofiles", owner, session_id, send)

    # --- One request -----------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        partner: Partner,
        module: str,
        path: tuple[str, ...],
        body: Wire | None = None,
        to: PartyId | None = None,
        correlation_id: str | None = None,
    ) -> Reply | None:
        """None when the partner has left or never had the endpoint."""
        endpoint = partner.endpoint(module, "RECEIVER")
        if not endpoint or not partner.registered or self.partners.get(partner.id) is not partner:
            return None
        from_ = None if to else self.everyone
        if body is None:
            url = join(endpoint, *path)
            return self.client.functional(method, url, partner, to=to, from_=from_, correlation_id=correlation_id)
        reply = None
        for push in self._tampered(partner, module, Push(method, path, body)):
            url = join(endpoint, *push.path)
            reply = self.client.functional(
                push.method, url, partner, push.body, to=to, from_=from_, correlation_id=correlation_id
            )
        return reply

    def _tampered(self, partner: Partner, module: str, push: Push) -> list[Push]:
        """The push as faults make it: usually itself."""
        body = self.faults.run(Point.WIRE, push.body, module=module, depth=len(push.path))
        key = (partner.id, module, *push.path[:3])
        pushes: list[Push] = self.faults.run(
            Point.PUSH, [replace(push, body=body)], module=module, previous=self.last.get(key)
        )
        self.last[key] = pushes[0]
        return pushes

    def _replace(
        self,
        partner: Partner,
        module: str,
        path: tuple[str, ...],
        whole: Wire,
        to: PartyId | None = None,
        correlation_id: str | None = None,
    ) -> None:
        """After a failed PATCH: look what they have, then PUT the whole object (TRA-37)."""
        try:
            self._send("GET", partner, module, path, to=to, correlation_id=correlation_id)
        except Refused as error:
            self._unless_unknown(error, lambda: None)
        self._send("PUT", partner, module, path, whole, to, correlation_id)

    def _unless_unknown(self, error: PartnerError, repair: Callable[[], None]) -> None:
        if error.http_status != 404:
            raise error
        repair()


def _sent(send: Callable[[Partner], object], partner: Partner) -> None:
    send(partner)
