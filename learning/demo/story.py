"""The story: handshake, pull and push, a card at a charger, a charge by app, its bill.

Each step is checked by what the other side holds, not by what was sent.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.conf import settings

from ocpi.credentials import services as credentials
from ocpi.credentials.errors import HandshakeError
from ocpi.partners import development
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.sync import services as sync
from ocpi.sync.models import Pull
from ocpi.tokens import pushes
from ocpi.tokens.models import TokenPush

from . import cast
from .callers import App, Control, status_for
from .errors import DemoFailed
from .processes import Platforms
from .ride import Ride
from .stage import Stage

CLIENT_INFO = "hubclientinfo"
HUB = "Demo hub"
_PATIENT = 7 * 24 * 3600  # simulated seconds
_VEHICLE = {"battery_kwh": 60, "soc": 20, "target_soc": 80}


def forget_earlier_demos() -> None:
    """The platforms of another run are gone; those that come in their place are new and remember nothing."""
    for partner in Partner.objects.filter(name__in=(development.DEMO_CPO, HUB)):
        if partner.connected:
            credentials.reset(partner=partner)


@dataclass
class Story:
    platforms: Platforms
    stage: Stage
    app: App
    control: Control
    token_a: str
    charger: dict[str, Any] = field(default_factory=dict)
    cdr: dict[str, Any] = field(default_factory=dict)
    patience: int = 180
    other: ClassVar[str] = "CPO"

    def __post_init__(self) -> None:
        self.ride = Ride(self.platforms, self.stage, self.app)

    @property
    def session(self) -> dict[str, Any]:
        return self.ride.session

    @property
    def partner(self) -> Partner:
        """The other platform, as the eMSP's operator has entered it."""
        return Partner.objects.get(name=development.DEMO_CPO)

    def tell(self) -> None:
        self.handshake()
        self.synchronise()
        self.card_at_charger()
        self.charge_by_app()
        self.bill()

    # --- 1 ----------------------------------------------------------------------------------------------------------
    def handshake(self) -> None:
        """Versions, version details, credentials; tokens A → B → C."""
        self.stage.step(f"Handshake: the eMSP registers at the {self.other}")
        partner = self.partner
        url = self.control.get("health")["versions_url"]
        self.stage.say(f"The {self.other} gave us token A and its versions URL, {url}")
        try:
            credentials.register(partner=partner, versions_url=url, token_a=self.token_a)
        except (HandshakeError, PartnerError) as error:
            raise DemoFailed(f"the handshake failed: {error}. Logs: {self.platforms.logs}") from error
        self._check_handshake(partner, url)

    def _check_handshake(self, partner: Partner, url: str) -> None:
        ours = f"{settings.COUNTRY_CODE}-{settings.PARTY_ID}"
        theirs = [r for r in self.control.get("registrations") if r["state"] == "REGISTERED"]
        roles = [f"{r['country_code']}-{r['party_id']}" for each in theirs for r in each["roles"]]
        self.stage.require(ours in roles, f"the {self.other} holds our registration: {', '.join(roles)}",
                           f"the {self.other} does not hold our registration")  # fmt: skip
        self.stage.exchanges()
        again = status_for(url, self.token_a)
        self.stage.require(again == 401, "token A has done its work: it now gets 401 (token C is in use)",
                           f"token A still gets {again}")  # fmt: skip
        self.stage.exchanges()
        partner.refresh_from_db()
        held = ", ".join(str(role) for role in partner.roles.all())
        self.stage.require(partner.connected, f"we hold theirs: {held}, {partner.endpoints.count()} endpoints",
                           f"the eMSP does not hold the registration of the {self.other}")  # fmt: skip

    # --- 2 ----------------------------------------------------------------------------------------------------------
    def synchronise(self) -> None:
        """Pull of tariffs and locations page by page; push of our tokens."""
        self.stage.step("Synchronise: their stations and prices to us, our tokens to them")
        partner = self.partner
        for module in sync.offered(partner):
            if module != CLIENT_INFO:
                self.pull(partner, module)
        self.stage.exchanges()
        self.compare_network()
        self._push_tokens(partner)

    def compare_network(self) -> None:
        """What is here against what is there."""
        state = self.control.get("state")
        published = sum(not each["private"] for each in self.control.get("locations"))
        ours = len(self._theirs("locations", unpublished="true"))
        self.stage.require(ours == published, f"{ours} locations here, {published} published there",
                           f"{ours} locations here, but the CPO publishes {published}")  # fmt: skip
        tariffs = len(self._theirs("tariffs"))
        self.stage.require(tariffs == state["tariffs"], f"{tariffs} tariffs on both sides", "the tariffs differ")

    def _theirs(self, module: str, **query: Any) -> list[dict[str, Any]]:
        """What the eMSP holds of this partner; an earlier demo may have left what belongs to another one."""
        return [each for each in self.app.get(module, limit=100, **query) if self.suits(each)]

    def pull(self, partner: Partner, module: str) -> None:
        """One module; the worker may have begun with it already, because a new partner is due at once."""
        running = Pull.objects.filter(partner=partner, module=module).exclude(running_since=None)
        self.platforms.wait(lambda: not running.exists(), f"the worker did not finish pulling {module}")
        with self.stage.progress(f"pull {module:<10}", None) as show:
            try:
                row = sync.pull(
                    partner=partner,
                    module=module,
                    full=True,
                    progress=lambda done, total: show(done, f"{done} of {total or done}", total or done),
                )
            except (PartnerError, sync.Busy) as error:
                raise DemoFailed(f"pulling {module} broke off: {error}") from error
            show(row.received or 1, f"{row.received} received, {row.skipped} skipped", row.received or 1)

    def _push_tokens(self, partner: Partner) -> None:
        total = pushes.enqueue_all(partner)
        noted = Partner.objects.filter(pk=partner.pk).exclude(push_all_at=None)
        done = TokenPush.objects.filter(partner=partner, state=TokenPush.State.DONE, delivered__isnull=False)
        with self.stage.progress("push tokens    ", total) as show:

            def delivered() -> bool:
                count = done.count()
                show(count, f"{count} of {total} delivered by the worker")
                return count >= total and not noted.exists()

            self.platforms.wait(delivered, "the worker did not deliver the tokens")
        self.stage.exchanges(most=4)
        self.compare_tokens(total)

    def compare_tokens(self, total: int) -> None:
        held = len({t["token"]["uid"] for t in self.control.get("tokens")})
        self.stage.require(
            held >= total, f"the CPO holds {held} of our tokens", f"the CPO holds {held} of {total} tokens"
        )

    # --- 3 ----------------------------------------------------------------------------------------------------------
    def card_at_charger(self) -> None:
        """Real-time authorization: ALLOWED, BLOCKED, and 404 with 2004 for a card that nobody knows."""
        self.stage.step("A driver holds a card to a charger: the CPO asks us in real time")
        self.charger = self._find_charger()
        for uid, who, expected in (
            (cast.GOOD_CARD, "a good card", (200, 1000, "ALLOWED")),
            (cast.BLOCKED_CARD, "a blocked card", (200, 1000, "BLOCKED")),
            (cast.UNKNOWN_CARD, "a card that we never issued", (404, 2004, None)),
        ):
            answer = (
                self.control.post(
                    "tap", {**self.charger, "token_uid": uid, "token_type": "RFID", "authorize_only": True}
                )["authorization"]
                or {}
            )
            seen = (answer.get("http_status"), answer.get("status_code"), answer.get("allowed"))
            self.stage.require(seen == expected, f"{who}: HTTP {seen[0]}, {seen[1]}, {seen[2] or 'no data'}",
                               f"{who}: expected {expected}, the CPO got {seen}")  # fmt: skip
        self.stage.exchanges()

    def _find_charger(self) -> dict[str, Any]:
        """What an app would do: look for a free fast charger and take the first."""
        for place in self.app.get("locations", status="AVAILABLE", min_power_kw=50, limit=100):
            if not self.suits(place):
                continue
            for evse in place["evses"]:
                plugs = [c for c in evse["connectors"] if c["power_type"] == "DC" and c.get("tariff_ids")]
                if (
                    evse["status"] == "AVAILABLE"
                    and plugs
                    and "REMOTE_START_STOP_CAPABLE" in evse.get("capabilities", [])
                ):
                    self.stage.say(f"{place['name']}, {place['city']}: EVSE {evse.get('evse_id', evse['uid'])}, DC")
                    self.ride.owner = {key: place[key] for key in ("country_code", "party_id")}
                    return {"location_id": place["id"], "evse_uid": evse["uid"], "connector_id": plugs[0]["id"]}
        raise DemoFailed("no free DC charger was found among the CPO's stations")

    def suits(self, owned: dict[str, Any]) -> bool:
        """Whether the owner of this location or tariff takes part in the story."""
        return bool(self.partner.owns(PartyId(owned["country_code"], owned["party_id"])))

    # --- 4 ----------------------------------------------------------------------------------------------------------
    def charge_by_app(self) -> None:
        """START_SESSION → result → PENDING → ACTIVE → kWh and cost rise → STOP_SESSION → COMPLETED."""
        self.stage.step("An app starts a charge")
        self.patience = self.control.get("settings")["connection_timeout"]
        # The charger's clock runs fast: on a slow machine it would give up before the driver is there.
        self.control.put("settings", {"auto_plug": False, "auto_unplug": False, "connection_timeout": _PATIENT})
        command = self.ride.command(
            "START_SESSION", {**self.charger, "token": {"uid": cast.APP_USER, "type": "APP_USER"}}
        )
        session = self.ride.started_by(command)
        self.ride.wait_for(session, "PENDING")
        self.stage.say("The driver plugs in …")
        self.control.post("plug", {**self._place(), "vehicle": _VEHICLE})
        self.ride.wait_for(session, "ACTIVE")
        self.stage.exchanges()
        self.ride.watch(session)
        self.ride.command("STOP_SESSION", {"session_id": self.session["id"]})
        self.ride.wait_for(session, "COMPLETED")
        self.stage.exchanges(most=5)
        theirs = self.control.get(f"sessions/{self.session['id']}")["session"]
        self.stage.require(theirs["kwh"] == self.session["kwh"], f"both sides hold {theirs['kwh']} kWh",
                           f"we hold {self.session['kwh']} kWh, the CPO {theirs['kwh']}")  # fmt: skip

    def _place(self) -> dict[str, str]:
        return {"location_id": self.charger["location_id"], "evse_uid": self.charger["evse_uid"]}

    # --- 5 ----------------------------------------------------------------------------------------------------------
    def bill(self) -> None:
        """The CDR is here, and it is the one that the CPO made."""
        self.stage.step("The bill arrives")
        theirs: dict[str, Any] = {}

        def delivered() -> bool:
            made = [c for c in self.control.get("cdrs") if c["cdr"].get("session_id") == self.session["id"]]
            theirs.update(made[0] if made else {})
            return bool(theirs.get("delivered"))

        self.platforms.wait(delivered, "the CPO did not deliver a CDR")
        self.cdr = self.app.get(f"cdrs/{theirs['cdr']['id']}")
        self.stage.show([self.pushed_cdr()])
        same = all(self.cdr[key] == theirs["cdr"][key] for key in ("total_cost", "total_energy", "charging_periods"))
        self.stage.require(same, f"CDR {self.cdr['id']} is stored as the CPO made it", "the stored CDR differs")
        session = self.session["kwh"]
        self.stage.require(self.cdr["total_energy"] == session, f"its {session} kWh are those of the session",
                           f"it bills {self.cdr['total_energy']} kWh, the session had {session}")  # fmt: skip
        self._check_bill()
        self._drive_away()

    def pushed_cdr(self) -> dict[str, Any]:
        """The exchange that brought it."""
        rows = self.control.get("exchanges", contains="/cdrs", direction="out", method="POST")
        return next(row for row in reversed(rows) if row["request_body"]["id"] == self.cdr["id"])

    def _check_bill(self) -> None:
        """A worker of ours prices the charge by its tariff: is the bill right, to the cent?"""
        path = f"cdrs/{self.cdr['id']}/check"
        self.platforms.wait(lambda: bool(self.app.get(path)["verdict"] != "waiting"), "the bill was not checked")
        check = self.app.get(path)
        cost, currency = check["report"]["total_cost"], self.cdr["currency"]
        said = "; ".join(finding["sentence"] for finding in check["findings"])
        self.stage.require(check["verdict"] == "match",
                           f"our own price is {cost and cost['excl_vat']} {currency} excl. VAT: the bill is a match",
                           f"the bill is a {check['verdict']}: {said}")  # fmt: skip

    def _drive_away(self) -> None:
        """The charger is free again, here as well: the next one can start."""
        self.control.post("unplug", self._place())
        patience = {"connection_timeout": self.patience}
        self.control.put("settings", {"auto_plug": True, "auto_unplug": True, **patience})
        place = self.session
        evse = f"locations/{place['country_code']}/{place['party_id']}/{place['location_id']}/{place['evse_uid']}"
        self.platforms.wait(
            lambda: bool(self.app.get(evse)["status"] == "AVAILABLE"), "the charger did not become free again"
        )
        self.stage.require(True, "the driver has left; the charger is AVAILABLE again on both sides", "")

    def figures(self) -> dict[str, str]:
        cost, currency, periods = self.cdr["total_cost"], self.cdr["currency"], len(self.cdr["charging_periods"])
        incl = f", {cost['incl_vat']:.2f} incl. VAT" if "incl_vat" in cost else ""
        return {
            "energy": f"{self.cdr['total_energy']} kWh in {periods} charging period{'s' if periods > 1 else ''}",
            "time": f"{self.cdr['total_time'] * 60:.0f} simulated minutes",
            "cost": f"{cost['excl_vat']:.2f} {currency} excl. VAT{incl}",
        }
