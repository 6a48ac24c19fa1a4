"""Partners: tokens that they show us are kept as digests, tokens that we show them as ciphertext."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from ocpi.core import secrets
from ocpi.core.client import Peer
from ocpi.core.fields import CiCharField
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import Role
from ocpi.protocol.versions import InterfaceRole

from . import callers
from .api_clients import ApiClient, Scope, every_scope
from .deviations import LENIENCIES, Deviations, Feature
from .hub_parties import HubParty

__all__ = [
    "LENIENCIES", "ApiClient", "Feature", "HubParty", "Outage", "Partner", "PartnerEndpoint", "PartnerLeniency",
    "PartnerRole", "PartnerToken", "Scope", "every_scope", "registered",
]  # fmt: skip


class Partner(Deviations):
    """A platform that speaks OCPI with us: a CPO, several CPOs under one roof, or a hub."""

    class Status(models.TextChoices):
        NEW = "NEW", "not registered"
        REGISTERED = "REGISTERED", "registered"
        UNKNOWN = "UNKNOWN", "outcome unknown"  # our POST or PUT credentials got no answer (AMB-11)
        SUSPENDED = "SUSPENDED", "suspended"
        UNREGISTERED = "UNREGISTERED", "unregistered"

    name = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.NEW)
    versions_url = models.URLField(max_length=255, blank=True)
    version = models.CharField(max_length=10, blank=True, help_text="the OCPI version in use")
    token_out = models.TextField(blank=True, editable=False)
    token_out_before = models.TextField(blank=True, editable=False)  # until the one that replaced it has been used
    push_all_at = models.DateTimeField(null=True, editable=False)  # all tokens wait to be pushed since then
    pushing_until = models.DateTimeField(null=True, editable=False)  # a worker is sending it what is due
    development = models.BooleanField(default=False, editable=False)
    sandbox = models.BooleanField(default=False, editable=False)  # of a learner: ocpi.partners.sandboxes
    registered_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField("last heard from", null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = callers.CallerQuerySet.as_manager()

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
        return party.key in self._own_keys()

    def _own_keys(self) -> frozenset[PartyId]:
        if "keys" not in self._read:
            self._read["keys"] = frozenset(own.key for own in self._role_parties(hub=False))
        keys: frozenset[PartyId] = self._read["keys"]
        return keys

    def speaks_for(self, party: PartyId) -> bool:
        """Whether they may send as this party: a hub also as itself (HUB-08)."""
        return (self.hub is not None and party.key == self.hub.key) or self.owns(party)

    def senders(self) -> list[PartyId]:
        """As whom they may send, each once (HUB-07)."""
        if "senders" not in self._read:
            found = [*self._role_parties(hub=True), *self.parties()]
            self._read["senders"] = list({party.key: party for party in found}.values())
        return self._read["senders"]

    @property
    def hub(self) -> PartyId | None:
        """Its own party, when this is a hub (HUB-16)."""
        return next(iter(self._role_parties(hub=True)), None)

    def _role_parties(self, hub: bool) -> list[PartyId]:
        if hub not in self._read:
            rows = [row for row in self.read_roles() if (row.role == Role.HUB) is hub]
            self._read[hub] = [PartyId(row.country_code, row.party_id) for row in rows]
        return self._read[hub]

    def read_roles(self) -> list["PartnerRole"]:
        """Once, until `read_again`."""
        if "roles" not in self._read:
            self._read["roles"] = list(self.roles.all())
        return self._read["roles"]

    def _behind(self, party: PartyId) -> list[HubParty]:
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

    def for_one_request(self) -> "Partner":
        """A copy of one that many requests share; it need not read its roles again."""
        own = callers.own_copy(self)
        self._own_keys()
        if self.hub is None:  # those behind a hub come and go without it
            self.senders()
        own.__dict__["_read_already"] = self._read.copy()
        return own

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.read_again()

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
        cpos = {PartyId(r.country_code, r.party_id).key for r in self.read_roles() if r.role == Role.CPO}
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

    objects = callers.CallerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "role", "country_code", "party_id"], name="partner_role_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.country_code}-{self.party_id}"


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
    plain_use_at = models.DateTimeField(null=True, blank=True)  # shown without Base64, and refused for that
    claimed_at = models.DateTimeField(null=True, blank=True)  # a handshake with this token A is running (CRE-36)

    objects = callers.CallerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} of {self.partner}"

    @property
    def is_registration(self) -> bool:
        return self.purpose == self.Purpose.REGISTRATION


def registered() -> Q:
    """Partners to whom automated traffic goes."""
    return Q(status=Partner.Status.REGISTERED) & ~Q(token_out="")
