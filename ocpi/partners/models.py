"""Partners and API clients. Tokens that others show us are kept as digests, tokens that we show as ciphertext."""

from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q

from ocpi.core import clock, secrets
from ocpi.core.client import Peer
from ocpi.core.fields import CiCharField
from ocpi.protocol.headers import PartyId
from ocpi.protocol.hubclientinfo import ConnectionStatus
from ocpi.protocol.types import Role, Tolerance
from ocpi.protocol.versions import InterfaceRole

from . import leniency

# The leniencies of Tolerance that must be switched on for a partner; each is a field of that name (section 16.4).
LENIENCIES: dict[str, tuple[str, str]] = {
    "string_numbers": ("numbers as strings", "they write numbers as JSON strings (FLD-08)"),
    "bare_prices": ("prices without VAT split", "they write a number where a Price is due, as in OCPI 2.1.1 (FLD-08)"),
    "number_coordinates": ("coordinates as numbers", "they write latitude and longitude as JSON numbers (FLD-09)"),
    "alpha2_country": ("two-letter countries", "they write NL where NLD is due (TYP-17)"),
    "missing_last_updated": ("no last_updated", "they leave it out; the time of receipt is taken instead (HCI-14)"),
    "missing_evse_id": ("no evse_id in CDRs", "they leave it out; #NA is taken instead (CDR-25)"),
    "missing_evse_uid": ("no evse_uid in CDRs", "they leave it out; #NA is taken instead (TRA-49)"),
    "listed_objects": ("single objects in a list", "they answer with [{…}] where one object is due"),
    "loose_epoch": ("1970-1-1 for unknown", "they write unknown times as the specification prints them (CDR-30)"),
    "loose_enums": ("enums in any spelling", "they write AVAILABLE as available, say (FLD-11, TYP-14)"),
    "wh_energy": ("energy in Wh", "they write Wh in charging periods, but kWh in totals (FLD-07)"),
}


def _flag(name: str) -> models.BooleanField:
    verbose_name, help_text = LENIENCIES[name]
    return models.BooleanField(verbose_name, default=False, help_text=help_text)


class Feature(models.TextChoices):
    """What a partner may not support although it advertises the module (FLD-17)."""

    CHARGING_PROFILES = "chargingprofiles", "charging profiles"
    PREFERENCES = "charging_preferences", "charging preferences"
    START_SESSION = "START_SESSION", "start a session"
    STOP_SESSION = "STOP_SESSION", "stop a session"
    RESERVE_NOW = "RESERVE_NOW", "reserve"
    CANCEL_RESERVATION = "CANCEL_RESERVATION", "cancel a reservation"
    UNLOCK_CONNECTOR = "UNLOCK_CONNECTOR", "unlock a connector"


class Partner(models.Model):
    """A platform that speaks OCPI with us: a CPO, several CPOs under one roof, or a hub."""

    class Status(models.TextChoices):
        NEW = "NEW", "not registered"
        REGISTERED = "REGISTERED", "registered"
        UNKNOWN = "UNKNOWN", "outcome unknown"  # our POST or PUT credentials got no answer (AMB-11)
        SUSPENDED = "SUSPENDED", "suspended"
        UNREGISTERED = "UNREGISTERED", "unregistered"

    class Addressing(models.TextChoices):
        """Whom our requests name as receiver (OCPI-to-*); beyond a hub, the party that the request is about."""

        PARTY = "PARTY", "the party it is about"
        HUB = "HUB", "always the hub"  # FLD-17
        OPEN = "OPEN", "nobody: the hub finds out"  # open routing, HUB-13

    name = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.NEW)
    versions_url = models.URLField(max_length=255, blank=True)
    version = models.CharField(max_length=10, blank=True, help_text="the OCPI version in use")
    token_out = models.TextField(blank=True, editable=False)
    token_out_before = models.TextField(blank=True, editable=False)  # until the one that replaced it has been used
    accepts_plain_auth = models.BooleanField(
        "accept plain tokens", default=False, help_text="they send their token without Base64 (TRA-05)"
    )
    sends_plain_auth = models.BooleanField(
        "send plain tokens", default=False, help_text="they expect our token without Base64 (TRA-06)"
    )
    withholds_app_tokens = models.BooleanField(
        "withhold app tokens",
        default=False,
        help_text="their token list shows cards only; authorize still works (TOK-03)",
    )
    addressing = models.CharField(
        max_length=5, choices=Addressing, default=Addressing.PARTY,
        help_text="hubs only: whom our requests name as receiver, where they are about one party (HUB-13, FLD-17)",
    )  # fmt: skip
    answers_post_with_200 = models.BooleanField(
        "answer registration with 200", default=False, help_text="they do not accept 201 on POST credentials (AMB-07)"
    )
    lacks_put_credentials = models.BooleanField(
        "no PUT credentials",
        default=False,
        help_text="they renew tokens by unregistering and registering again (FLD-15)",
    )
    wants_slash = models.BooleanField(
        "give our URLs a slash at the end",
        default=False,
        help_text="they put ids behind our endpoints without one; takes effect when they read our versions (FLD-04)",
    )
    pages_by_offset = models.BooleanField(
        "count pages instead of following Link",
        default=False,
        help_text="their Link headers lead nowhere; X-Total-Count must be right (PAG-19)",
    )
    commands_url = models.CharField(
        "URL for commands", max_length=255, blank=True, validators=[URLValidator(["http", "https"])],
        help_text="they take commands although their version details do not list the module (VER-12)",
    )  # fmt: skip
    string_numbers = _flag("string_numbers")
    bare_prices = _flag("bare_prices")
    number_coordinates = _flag("number_coordinates")
    alpha2_country = _flag("alpha2_country")
    missing_last_updated = _flag("missing_last_updated")
    missing_evse_id = _flag("missing_evse_id")
    missing_evse_uid = _flag("missing_evse_uid")
    listed_objects = _flag("listed_objects")
    loose_epoch = _flag("loose_epoch")
    loose_enums = _flag("loose_enums")
    wh_energy = _flag("wh_energy")
    missing_routing = models.BooleanField(
        "no routing headers",
        default=False,
        help_text="they leave them out although one side has several parties; the URL then tells the owner (FLD-26)",
    )
    lacks = models.JSONField(
        "does not support", default=list, blank=True, help_text="what they refuse although they advertise it (FLD-17)"
    )
    rewrites_from = models.CharField(
        "their URLs begin with",
        max_length=255,
        blank=True,
        help_text="what stands in their version details and links but leads nowhere from here (FLD-05)",
    )
    rewrites_to = models.CharField("and we call", max_length=255, blank=True, help_text="what we put in its place")
    push_all_at = models.DateTimeField(null=True, editable=False)  # all tokens wait to be pushed since then
    pushing_until = models.DateTimeField(null=True, editable=False)  # a worker is sending it what is due
    development = models.BooleanField(default=False, editable=False)
    sandbox = models.BooleanField(default=False, editable=False)  # of a learner: ocpi.partners.sandboxes
    registered_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField("last heard from", null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        permissions: ClassVar = [
            ("operate_partner", "Can test, pull from, push to and call partners again"),
            ("suspend_partner", "Can suspend and resume partners"),
            ("rotate_credentials", "Can rotate credentials"),
            ("register_partner", "Can connect, reset and unregister partners, and see a token A once"),
        ]

    def __str__(self) -> str:
        return self.name

    # --- what the views need of a caller (ocpi.core.views.Caller) ---
    is_authenticated = True
    is_api_client = False
    is_registering = False

    def parties(self) -> list[PartyId]:
        """Whose objects they may bring: the parties of their roles, for a hub those behind it; each once."""
        if "parties" not in self._read:
            behind = [row.party for row in self.hub_parties.all() if row.known] if self.hub else []
            found = {party.key: party for party in [*self._role_parties(hub=False), *behind]}
            self._read["parties"] = list(found.values())
        return self._read["parties"]

    def owns(self, party: PartyId) -> bool:
        """Whether objects of this party may come from them (TRA-39, HUB-16)."""
        return self._is_itself(party) or any(row.known for row in self._behind(party))

    def _is_itself(self, party: PartyId) -> bool:
        return party.key in {own.key for own in self._role_parties(hub=False)}

    def speaks_for(self, party: PartyId) -> bool:
        """Whether they may send as this party: a hub also as itself (HUB-08)."""
        return (self.hub is not None and party.key == self.hub.key) or self.owns(party)

    def senders(self) -> list[PartyId]:
        """As whom they may send, each once (HUB-07)."""
        found = [*self._role_parties(hub=True), *self.parties()]
        return list({party.key: party for party in found}.values())

    @property
    def hub(self) -> PartyId | None:
        """Its own party, when this is a hub (HUB-16)."""
        return next(iter(self._role_parties(hub=True)), None)

    def _role_parties(self, hub: bool) -> list[PartyId]:
        if "roles" not in self._read:
            self._read["roles"] = list(self.roles.all())
        return [PartyId(r.country_code, r.party_id) for r in self._read["roles"] if (r.role == Role.HUB) is hub]

    def _behind(self, party: PartyId) -> "list[HubParty]":
        """The roles of one party behind this hub; of thousands, one request needs two."""
        if self.hub is None:
            return []
        if party.key not in self._read:
            rows = self.hub_parties.filter(country_code=party.country_code, party_id=party.party_id)
            self._read[party.key] = list(rows)
        return self._read[party.key]

    @property
    def _read(self) -> dict[Any, Any]:
        """What was read of roles and parties: once for one request or one pull."""
        return self.__dict__.setdefault("_read_already", {})

    def read_again(self) -> None:
        self.__dict__.pop("_read_already", None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.read_again()

    def clean(self) -> None:
        """A rewriting needs both halves, each the beginning of an absolute URL."""
        if bool(self.rewrites_from) != bool(self.rewrites_to):
            raise ValidationError({"rewrites_to": "the two belong together"})
        for name in ("rewrites_from", "rewrites_to"):
            parts = urlsplit(getattr(self, name))
            if getattr(self, name) and (parts.scheme not in {"http", "https"} or not parts.netloc):
                raise ValidationError({name: "not the beginning of an http(s) URL"})

    # --- what we overlook in their messages ---
    def tolerance(self) -> Tolerance:
        """For one message; what was overlooked in the one before goes to the counters."""
        self.keep_leniencies()
        flags = {name: getattr(self, name) for name in LENIENCIES}
        self._tolerance = Tolerance(**flags, received_at=clock.now())
        return self._tolerance

    def keep_leniencies(self) -> None:
        tolerance = self.__dict__.pop("_tolerance", None)
        if tolerance is not None and tolerance.warnings:
            self.note(tolerance.warnings)

    def note(self, uses: Iterable[str]) -> None:
        """Count uses of leniencies, `path/kind` each."""
        leniency.note(self.pk, uses)

    def may_omit_routing(self) -> bool:
        """Whether a message without OCPI-from-* or OCPI-to-* is taken although several parties are possible."""
        if self.missing_routing:
            self.note(["OCPI-from-*/missing-routing"])
        return self.missing_routing

    # --- calling them ---
    def endpoint(self, identifier: str, role: InterfaceRole) -> str:
        """The advertised URL of (identifier, role), or what an operator entered; empty when there is none (VER-12)."""
        for endpoint in self.endpoints.all():
            if endpoint.identifier == identifier and (endpoint.role == role or identifier == "credentials"):
                return endpoint.url
        return self.commands_url if (identifier, role) == ("commands", InterfaceRole.RECEIVER) else ""

    def peer(self, party: PartyId | None = None) -> Peer:
        """How `core.client` reaches them, for the given party of theirs. Without one: the hub itself, which means all
        behind it (HUB-10, HUB-14), or their first party."""
        return self.peer_with(secrets.decrypt(self.token_out), self._receiver(party))

    def peer_with(self, token: str, party: PartyId | None = None) -> Peer:
        """The same with any token of theirs: during the handshake it is not ours to keep yet."""
        if self.sends_plain_auth:
            self.note(["Authorization/sent-plain"])
        return Peer(
            token, self.sends_plain_auth, party, self.pk,
            rewrites=(self.rewrites_from, self.rewrites_to) if self.rewrites_from else None, noted=self.note,
        )  # fmt: skip

    def receivers(self) -> list[PartyId | None]:
        """Whom data for everybody is sent to, one request each: a hub hands it on, else every CPO there (HUB-10)."""
        if self.hub is not None:
            return [None]
        cpos = {PartyId(r.country_code, r.party_id).key for r in self._read["roles"] if r.role == Role.CPO}
        parties = [party for party in self.parties() if party.key in cpos] or self.parties()
        return [*parties] or [None]

    def _receiver(self, party: PartyId | None) -> PartyId | None:
        hub = self.hub
        if hub is None:
            return party or next(iter(self.parties()), None)
        if party is None:
            return hub
        if self.addressing == self.Addressing.PARTY:
            return party
        self.note([f"OCPI-to-*/{self.addressing.lower()}-addressing"])
        return hub if self.addressing == self.Addressing.HUB else None

    def takes(self, feature: str) -> bool:
        """Whether they support what they advertise (FLD-17)."""
        return feature not in self.lacks

    def unreachable(self, party: PartyId) -> str:
        """Why nothing can be sent to this party now; empty when it can (HCI-07..10)."""
        if not self.connected:
            return f"{self.name} is not connected"
        if self.hub is None or self._is_itself(party):
            return ""
        rows = self._behind(party)
        rows = [row for row in rows if row.role == Role.CPO] or rows  # one party may be several things (HCI-06)
        if any(row.reachable for row in rows):
            return ""
        state = rows[0].get_status_display() if rows else "not known there"
        return f"{party.country_code}-{party.party_id} behind {self.name} is {state}"

    @property
    def connected(self) -> bool:
        return self.status == self.Status.REGISTERED and bool(self.token_out)


class PartnerRole(models.Model):
    """One role of a partner: what they are, as which party, under which name."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=10)
    country_code = CiCharField(max_length=2)
    party_id = CiCharField(max_length=3)
    name = models.CharField(max_length=100, blank=True)
    business_details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "role", "country_code", "party_id"], name="partner_role_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.country_code}-{self.party_id}"


class HubParty(models.Model):
    """One role of a party behind a hub: as the hub's ClientInfo says, or as an operator entered it (FLD-16)."""

    class Status(models.TextChoices):
        UNREPORTED = "", "entered by an operator"
        CONNECTED = ConnectionStatus.CONNECTED.value, "connected"
        OFFLINE = ConnectionStatus.OFFLINE.value, "offline"
        PLANNED = ConnectionStatus.PLANNED.value, "planned"
        SUSPENDED = ConnectionStatus.SUSPENDED.value, "suspended"

    partner = models.ForeignKey(
        Partner, models.CASCADE, related_name="hub_parties", verbose_name="hub", limit_choices_to={"roles__role": "HUB"}
    )
    role = models.CharField(max_length=10, choices=[(r, str(r)) for r in Role], default=Role.CPO)
    country_code = CiCharField(max_length=2)
    party_id = CiCharField("party", max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.UNREPORTED, blank=True, editable=False)
    last_updated = models.DateTimeField(null=True, editable=False)
    payload = models.JSONField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name_plural = "hub parties"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "country_code", "party_id", "role"], name="hub_party_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.country_code}-{self.party_id}"

    @property
    def party(self) -> PartyId:
        return PartyId(self.country_code, self.party_id)

    @property
    def reachable(self) -> bool:
        """Whether it may be sent anything."""
        return self.status in {self.Status.CONNECTED, self.Status.UNREPORTED}

    @property
    def known(self) -> bool:
        """Whether its objects are taken: what one that went offline left on the way is still its own."""
        return self.reachable or self.status == self.Status.OFFLINE


class PartnerLeniency(models.Model):
    """How often we overlooked something of one kind in a partner's messages."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="leniencies")
    kind = models.CharField(max_length=32)
    count = models.PositiveBigIntegerField(default=0)
    last_seen = models.DateTimeField()
    example = models.CharField("last field", max_length=255)

    class Meta:
        ordering: ClassVar = ["-count"]
        verbose_name_plural = "leniencies"
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "kind"], name="leniency_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.partner}"


class PartnerEndpoint(models.Model):
    """Where a module of theirs lives, as their version details say (TRA-47)."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="endpoints")
    identifier = models.CharField(max_length=64)
    role = models.CharField(max_length=10)
    url = models.URLField(max_length=255)

    class Meta:
        ordering: ClassVar = ["identifier", "role"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "identifier", "role"], name="partner_endpoint_once")
        ]

    def __str__(self) -> str:
        return f"{self.identifier} {self.role}"


class Outage(models.Model):
    """Calls to a partner that went nowhere since its last answer; see `outages`."""

    partner = models.OneToOneField(Partner, models.CASCADE, related_name="outage")
    failures = models.PositiveIntegerField(default=0)
    pauses = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    probe_at = models.DateTimeField(null=True, blank=True)  # paused until a probe then
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["partner"]
        indexes: ClassVar = [models.Index(fields=["probe_at"], name="outage_probe")]

    def __str__(self) -> str:
        return f"{self.failures} failed calls to {self.partner}"


class PartnerToken(models.Model):
    """A token that this partner may show us. Only its digest is here."""

    class Purpose(models.TextChoices):
        REGISTRATION = "REGISTRATION", "registration (token A)"
        OPERATIONAL = "OPERATIONAL", "operational"

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, choices=Purpose)
    development = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    first_used_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    late_use_at = models.DateTimeField(null=True, blank=True)  # shown to us after its end: somebody kept it
    claimed_at = models.DateTimeField(null=True, blank=True)  # a handshake with this token A is running (CRE-36)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} of {self.partner}"

    @property
    def is_registration(self) -> bool:
        return self.purpose == self.Purpose.REGISTRATION


class Scope(models.TextChoices):
    """What an API client may do."""

    READ = "read", "read everything"
    COMMANDS = "commands", "send commands, charging profiles and preferences"
    AUTHORIZE = "tokens:authorize", "ask whether a token may charge"


def every_scope() -> list[str]:
    return [str(scope) for scope in Scope]


class ApiClient(models.Model):
    """One of our own systems: reads, sends commands, pushes nothing; `scopes` may say less."""

    name = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(default=True)
    scopes = models.JSONField(default=every_scope)
    development = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "API client"

    def __str__(self) -> str:
        return self.name

    is_authenticated = True
    is_api_client = True
    is_registering = False

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def keep_leniencies(self) -> None:
        """Our own systems get none."""

    def tolerance(self) -> Tolerance:
        return Tolerance()


def registered() -> Q:
    """Partners to whom automated traffic goes."""
    return Q(status=Partner.Status.REGISTERED) & ~Q(token_out="")
