"""The same story with a hub in between: one registration, several CPOs, routing headers on every message."""

from typing import Any, ClassVar

from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.protocol.headers import PartyId

from .story import CLIENT_INFO, HUB, Story

_CHOSEN = PartyId("DE", "RHE")
_NEWCOMER = PartyId("FR", "LUM")


class HubStory(Story):
    """Differs in who is on the other side, and in what is compared with it."""

    other: ClassVar[str] = "hub"

    @property
    def partner(self) -> Partner:
        return Partner.objects.get_or_create(name=HUB, defaults={"development": True})[0]

    def tell(self) -> None:
        self.handshake()
        self.client_info()
        self.synchronise()
        self.card_at_charger()
        self.charge_by_app()
        self.bill()
        self.newcomer()

    def client_info(self) -> None:
        """Who is behind the hub does not stand in its roles: it tells in HubClientInfo (HUB-16, HCI-11)."""
        self.stage.step("Who is behind the hub? Its ClientInfo tells")
        self.pull(self.partner, CLIENT_INFO)
        self.stage.exchanges()
        ours = self._known()
        for party, status in self._client_infos().items():
            self.stage.require(ours.get(party) == status, f"{_text(party)} is {status} on both sides",
                               f"{_text(party)} is {status} at the hub, {ours.get(party, 'unknown')} here")  # fmt: skip

    def compare_network(self) -> None:
        """The locations of all connected CPOs came in one list, and each has its own owner (HUB-14)."""
        connected = self._connected()
        for party in connected:
            theirs = {row["location"]["id"] for row in self._published(party)}
            ours = Location.objects.filter(partner=self.partner, country_code=party.country_code)
            held = set(ours.filter(party_id=party.party_id).values_list("location_id", flat=True))
            self.stage.require(held == theirs, f"{_text(party)}: {len(held)} locations on both sides",
                               f"{_text(party)}: {len(held)} locations here, {len(theirs)} there")  # fmt: skip
        lists = [self._receiver(each) for each in self._requests("locations")]
        hub = PartyId(*self.control.get("health")["party"].split("/"))
        self.stage.require(_text(hub) in lists, f"all in one list, asked of the hub itself: TO {_text(hub)} (GET ALL)",
                           f"the lists were asked of {', '.join(sorted(set(lists)))}, not of the hub")  # fmt: skip

    def compare_tokens(self, total: int) -> None:
        """Each was sent once, TO the hub; the hub gave it to every CPO (HUB-10)."""
        rows = self.control.get("tokens")
        for party in self._connected():
            held = len({row["token"]["uid"] for row in rows if row["held_by"] == str(party)})
            self.stage.require(held >= total, f"{_text(party)} holds {held} of our tokens",
                               f"{_text(party)} holds {held} of {total} tokens")  # fmt: skip

    def suits(self, owned: dict[str, Any]) -> bool:
        return (owned["country_code"], owned["party_id"]) == _CHOSEN

    def bill(self) -> None:
        super().bill()
        pushed = self.pushed_cdr()
        way = (self._party(pushed, "from"), self._receiver(pushed))
        self.stage.require(way[0] == _text(_CHOSEN), f"its POST came FROM {way[0]} TO {way[1]}, through the hub",
                           f"its POST came from {way[0]}")  # fmt: skip

    def newcomer(self) -> None:
        """The hub tells by PUT when a party comes or goes (HCI-07)."""
        self.stage.step(f"A CPO joins: {_text(_NEWCOMER)} is connected for the first time")
        self.control.put(f"hub/parties/{_NEWCOMER}", {"status": "CONNECTED"})
        self.platforms.wait(lambda: self._known().get(_NEWCOMER) == "CONNECTED", "the eMSP did not hear of it")
        self.stage.exchanges(most=3)
        self.stage.require(True, f"{_text(_NEWCOMER)} is CONNECTED here as well", "")

    # --- What each side holds ---------------------------------------------------------------------------------------

    def _client_infos(self) -> dict[PartyId, str]:
        rows = [row for row in self.control.get("hub/parties") if row["role"] == "CPO"]
        return {PartyId(row["country_code"], row["party_id"]): row["status"] for row in rows}

    def _known(self) -> dict[PartyId, str]:
        return {row.party: str(row.status) for row in self.partner.hub_parties.all() if row.role == "CPO"}

    def _connected(self) -> list[PartyId]:
        return [party for party, status in self._client_infos().items() if status == "CONNECTED"]

    def _published(self, party: PartyId) -> list[dict[str, Any]]:
        return [
            row for row in self.control.get("locations")
            if not row["private"] and (row["location"]["country_code"], row["location"]["party_id"]) == party
        ]  # fmt: skip

    def _requests(self, contains: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.control.get("exchanges", contains=contains, direction="in", limit=2000)
        return rows

    def _receiver(self, exchange: dict[str, Any]) -> str:
        return self._party(exchange, "to")

    def _party(self, exchange: dict[str, Any], side: str) -> str:
        lower = {name.lower(): value for name, value in exchange["request_headers"].items()}
        return f"{lower.get(f'ocpi-{side}-country-code', '')}-{lower.get(f'ocpi-{side}-party-id', '')}"


def _text(party: PartyId) -> str:
    return f"{party.country_code}-{party.party_id}"
