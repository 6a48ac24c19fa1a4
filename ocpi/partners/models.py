"""Partners and API clients. Tokens that others show us are kept as digests, tokens that we show as ciphertext."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ocpi.core import secrets
from ocpi.core.client import Peer
from ocpi.core.fields import CiCharField
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import Tolerance
from ocpi.protocol.versions import InterfaceRole


class Partner(models.Model):
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
    development = models.BooleanField(default=False, editable=False)
    registered_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField("last heard from", null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    # --- what the views need of a caller (ocpi.core.views.Caller) ---
    is_authenticated = True
    is_api_client = False
    is_registering = False

    def parties(self) -> list[PartyId]:
        """The parties of all their roles, each once."""
        if not hasattr(self, "_parties"):
            found = {PartyId(r.country_code, r.party_id).key: r for r in self.roles.all()}
            self._parties = [PartyId(r.country_code, r.party_id) for r in found.values()]
        return self._parties

    def tolerance(self) -> Tolerance:
        return Tolerance()

    # --- calling them ---
    def endpoint(self, identifier: str, role: InterfaceRole) -> str:
        """The advertised URL of (identifier, role); empty when they do not offer it (VER-12)."""
        for endpoint in self.endpoints.all():
            if endpoint.identifier == identifier and (endpoint.role == role or identifier == "credentials"):
                return endpoint.url
        return ""

    def peer(self, party: PartyId | None = None) -> Peer:
        """How `core.client` reaches them, on behalf of the given party of theirs (default: their first)."""
        known = party or next(iter(self.parties()), None)
        return Peer(secrets.decrypt(self.token_out), self.sends_plain_auth, known, self.pk)

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
    claimed_at = models.DateTimeField(null=True, blank=True)  # a handshake with this token A is running (CRE-36)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} of {self.partner}"

    @property
    def is_registration(self) -> bool:
        return self.purpose == self.Purpose.REGISTRATION


class ApiClient(models.Model):
    """One of our own systems: reads everything, sends commands, pushes nothing."""

    name = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(default=True)
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

    def parties(self) -> list[PartyId]:
        return []

    def tolerance(self) -> Tolerance:
        return Tolerance()


def registered() -> Q:
    """Partners to whom automated traffic goes."""
    return Q(status=Partner.Status.REGISTERED) & ~Q(token_out="")
