"""Tokens, where each of them stands at each partner, and what we answered when a partner asked."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef

from ocpi.core import rows
from ocpi.core.fields import CiCharField
from ocpi.core.rows import Key, Of
from ocpi.partners.models import Partner
from ocpi.protocol import tokens as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import format_datetime


def _sandbox(partner: Partner | None) -> Partner | None:
    return partner if partner is not None and partner.sandbox else None


class TokenQuerySet(models.QuerySet["Token"]):
    def find(self, uid: str, type: str, country_code: str = "", party_id: str = "") -> "Token | None":
        """By uid and type (TOK-07), and by party where several of ours could have it."""
        rows = self.filter(uid=uid, type=type)
        if country_code:
            rows = rows.filter(country_code=country_code, party_id=party_id)
        return rows.first()

    def governed(self) -> "TokenQuerySet":
        """With `is_governed`: whether a policy is in force for it, told by the same query."""
        active = Policy.objects.filter(active=True)
        own = active.filter(token=OuterRef("pk"))
        contract = active.exclude(contract_id="").filter(contract_id=OuterRef("contract_id"))
        return self.annotate(is_governed=Exists(own) | Exists(contract))

    def of_tenant(self, tenant: PartyId | None) -> "TokenQuerySet":
        """Those of one party of ours; all when nobody says which (HUB-06)."""
        return self.filter(country_code=tenant.country_code, party_id=tenant.party_id) if tenant else self

    def at(self, partner: Partner | None) -> "TokenQuerySet":
        """What exists for this partner: a learner's sandbox has tokens of its own and sees no others."""
        return self.filter(sandbox=_sandbox(partner))

    def shown_to(self, partner: Partner) -> "TokenQuerySet":
        """What this CPO's list holds; blocked tokens too, or it would never learn of the block (TOK-02, TOK-03)."""
        rows = self.at(partner)
        return rows.without_app_tokens() if partner.withholds_app_tokens else rows

    def without_app_tokens(self) -> "TokenQuerySet":
        return self.exclude(type__in=[wire.TokenType.APP_USER, wire.TokenType.AD_HOC_USER])


class Token(models.Model):
    """`status` is what we answer when asked; `valid` and `whitelist` on the wire follow from it (AMB-27)."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "active"
        BLOCKED = "BLOCKED", "blocked"
        EXPIRED = "EXPIRED", "expired"
        NO_CREDIT = "NO_CREDIT", "no credit"
        NOT_ALLOWED = "NOT_ALLOWED", "not allowed"

    country_code = CiCharField(max_length=2)
    party_id = CiCharField("party", max_length=3)
    uid = CiCharField("UID", max_length=36)
    type = models.CharField(max_length=12, choices=[(t, str(t)) for t in wire.TokenType], default=wire.TokenType.RFID)
    contract_id = models.CharField("contract", max_length=36)
    visual_number = models.CharField(max_length=64, blank=True)
    issuer = models.CharField(max_length=64)
    group_id = models.CharField("group", max_length=36, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    whitelist = models.CharField(
        max_length=16, choices=[(w, str(w)) for w in wire.WhitelistType], default=wire.WhitelistType.ALLOWED
    )
    language = models.CharField(max_length=2, blank=True)
    default_profile_type = models.CharField(max_length=8, blank=True, choices=[(p, str(p)) for p in wire.ProfileType])
    energy_contract = models.JSONField(default=dict, blank=True)
    allowed_locations = models.JSONField(
        default=list, blank=True, help_text='where it may charge: [{"location_id": …, "evse_uids": […]}]; empty: all'
    )
    sandbox = models.ForeignKey(
        Partner, models.CASCADE, null=True, blank=True, editable=False, related_name="sandbox_tokens"
    )
    last_updated = models.DateTimeField()
    payload = models.JSONField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["uid", "type", "country_code", "party_id"], name="token_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["last_updated"], name="token_updated"),
            models.Index(fields=["contract_id"], name="token_contract"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.wire_uid}"

    @property
    def wire_uid(self) -> str:
        return str(self.payload["uid"])

    @property
    def valid(self) -> bool:
        return self.status not in {self.Status.BLOCKED, self.Status.EXPIRED}

    @classmethod
    def key(cls, partner: Partner | None, uid: str, type: str, country_code: str = "", party_id: str = "") -> Key:
        """The same as `Token.objects.at(partner).find(…)`."""
        whose = {"country_code": country_code, "party_id": party_id} if country_code else {}
        return Key(cls, uid=uid, type=type, **whose, sandbox=_sandbox(partner))

    @classmethod
    def governed(cls, partner: Partner | None, uid: str, type: str, party: PartyId | None) -> "Token | None":
        """The same as `Token.objects.of_tenant(party).at(partner).governed().find(uid, type)`, for those who wait."""
        whose = {"country_code": party.country_code, "party_id": party.party_id} if party else {}
        policies = [Key(Policy, active=True, token=Of("id")), Key(Policy, active=True, contract_id=Of("contract_id"))]
        asking = {"is_governed": policies}
        return rows.find(cls, asking=asking, uid=uid, type=type, **whose, sandbox=_sandbox(partner))

    def to_wire(self) -> dict[str, Any]:
        return self.payload

    def build_payload(self, uid: str) -> None:
        """The Token object as partners get it; `uid` in the spelling that was entered (TOK-26)."""
        active = self.status == self.Status.ACTIVE
        optional = ("visual_number", "group_id", "language", "default_profile_type", "energy_contract")
        self.payload = {
            "country_code": self.country_code,
            "party_id": self.party_id,
            "uid": uid,
            "type": str(self.type),
            "contract_id": self.contract_id,
            "issuer": self.issuer,
            "valid": self.valid,
            "whitelist": str(self.whitelist if active else wire.WhitelistType.NEVER),
            **{name: getattr(self, name) for name in optional if getattr(self, name)},
            "last_updated": format_datetime(self.last_updated),
        }


class TokenPush(models.Model):
    """That a partner should have the current state of a token. One row per pair, however often the token changes."""

    class State(models.TextChoices):
        PENDING = "PENDING", "waiting"
        SENDING = "SENDING", "being sent"
        DONE = "DONE", "delivered"
        FAILED = "FAILED", "given up"

    token = models.ForeignKey(Token, models.CASCADE, related_name="pushes")
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="token_pushes", db_index=False)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    delivered = models.JSONField(null=True, blank=True, editable=False)  # what they acknowledged last
    delivered_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField("in this state since", null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "partner"], name="token_push_once")]
        # Most rows are DONE; what waits is found per partner, without walking past what waits for another.
        indexes: ClassVar = [
            models.Index(fields=["state"], name="token_push_state"),
            models.Index(fields=["partner", "id"], name="token_push_of_partner"),
            models.Index(fields=["partner", "next_try_at"], condition=models.Q(state="PENDING"), name="token_push_due"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="SENDING"), name="token_push_sent"),
        ]
        verbose_name_plural = "token pushes"

    def __str__(self) -> str:
        return f"{self.token} → {self.partner}"


class Authorization(models.Model):
    """Somebody asked whether a driver may charge, and what we said; `trace` tells why, rule by rule (`rules.Found`)."""

    class Origin(models.TextChoices):
        REALTIME = "REALTIME", "real-time authorization"
        START_SESSION = "START_SESSION", "start by command"
        RESERVE_NOW = "RESERVE_NOW", "reservation by command"

    NO_PLACE = "NO_PLACE"  # we had to ask where (TOK-11); the other values of `allowed` are those of AllowedType

    partner = models.ForeignKey(Partner, models.SET_NULL, null=True, related_name="authorizations", db_index=False)
    token = models.ForeignKey(Token, models.SET_NULL, null=True, related_name="authorizations", db_index=False)
    origin = models.CharField("asked for", max_length=16, choices=Origin, default=Origin.REALTIME)
    location_id = CiCharField("location", max_length=36, blank=True)
    evse_uids = models.JSONField(default=list)
    allowed = models.CharField(max_length=12)
    reason = models.CharField(max_length=255)
    trace = models.JSONField(default=list)
    authorization_reference = CiCharField(max_length=36, blank=True, db_index=True)
    decided_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["token", "decided_at"], name="authorization_token"),
            models.Index(fields=["partner", "decided_at"], name="authorization_partner"),
            models.Index(fields=["allowed", "decided_at"], name="authorization_allowed"),
        ]

    def __str__(self) -> str:
        return f"{self.allowed} {self.token}"


from .batch_models import TokenBatch, TokenBatchRow  # noqa: E402, F401  Django looks for models here
from .policy_models import Policy  # noqa: E402
