"""A session, and its charging periods as rows of their own: the 2,000th costs no more to add than the 20th."""

import hashlib
from datetime import datetime
from itertools import accumulate
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from ocpi.core.fields import CiCharField, MoneyField
from ocpi.core.ids import our_url
from ocpi.locations.models import Location
from ocpi.partners.orders import Order
from ocpi.partners.owned import OWNER_KEY, OwnedObject, OwnedQuerySet
from ocpi.protocol import envelope
from ocpi.protocol import sessions as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.states import SESSION
from ocpi.protocol.types import parse_datetime
from ocpi.tokens.models import Token

from . import watchdog

FINAL = frozenset(state for state in SESSION.states if SESSION.final(state))


class SessionQuerySet(OwnedQuerySet):
    def of_tenant(self, tenant: PartyId | None) -> Self:
        """Those of one party of ours; all when nobody says which (HUB-06)."""
        if tenant is None:
            return self
        return self.filter(token_country_code=tenant.country_code, token_party_id=tenant.party_id)

    def with_periods(self) -> Self:
        return self.prefetch_related("periods")


class Session(OwnedObject):
    session_id = CiCharField("session", max_length=36)
    status = models.CharField(max_length=12)
    start_date_time = models.DateTimeField("start")
    end_date_time = models.DateTimeField("end", null=True, blank=True)
    kwh = MoneyField("kWh")
    currency = models.CharField(max_length=3)
    total_cost = MoneyField("cost excl. VAT", null=True, blank=True)
    auth_method = models.CharField(max_length=12)
    authorization_reference = CiCharField(max_length=36, blank=True)
    location_id = CiCharField("location", max_length=36)
    evse_uid = CiCharField("EVSE", max_length=36)
    connector_id = CiCharField("connector", max_length=36)
    token_uid = CiCharField("token", max_length=36)
    token_type = models.CharField(max_length=12)
    token_country_code = CiCharField(max_length=2)
    token_party_id = CiCharField("party of the token", max_length=3)
    contract_id = models.CharField(max_length=36)
    period_count = models.PositiveIntegerField("periods", default=0)
    replaced_at = models.DateTimeField(editable=False)  # last_updated of the last PUT: it is whole until then
    field_times = models.JSONField(default=dict, editable=False)  # what PATCHes gave since: ocpi.protocol.order
    final_since = models.DateTimeField(null=True, editable=False)  # last_updated of the first push that said so
    # What it refers to, where we know it; a reference to something unknown is accepted and shown as such (SES-20).
    location_row = models.ForeignKey(Location, models.SET_NULL, null=True, related_name="sessions")
    token_row = models.ForeignKey(Token, models.SET_NULL, null=True, related_name="sessions")
    changed_after_end = models.BooleanField(default=False, help_text="the partner changed it after COMPLETED (AMB-20)")

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=[*OWNER_KEY, "session_id"], name="session_once")]
        indexes: ClassVar = [
            models.Index(fields=["last_updated"], name="session_updated"),
            models.Index(fields=["status", "last_updated"], name="session_status"),
            models.Index(fields=["authorization_reference"], name="session_reference"),
            models.Index(fields=["partner", "location_id"], name="session_place"),
            models.Index(fields=["contract_id", "start_date_time"], name="session_contract"),
            # For operators: what a partner changed last, and what they look for.
            models.Index(fields=["partner", "last_updated"], name="session_of_partner"),
            models.Index(fields=["session_id"], name="session_by_id"),
            models.Index(fields=["token_uid", "start_date_time"], name="session_of_token"),
            models.Index(fields=["evse_uid", "last_updated"], name="session_at_evse"),
            models.Index(fields=["last_updated"], condition=Q(changed_after_end=True), name="session_changed_late"),
            models.Index(fields=["id"], condition=Q(status__in=["PENDING", "ACTIVE"]), name="session_running"),
        ]

    def __str__(self) -> str:
        return self.wire_id

    def fill(self, payload: dict[str, Any], session: wire.Session) -> None:
        """Take over a validated session; `payload` is its wire form without `charging_periods`."""
        self.payload = payload
        self.session_id, self.status, self.last_updated = session.id, str(session.status), session.last_updated
        self.start_date_time, self.end_date_time = session.start_date_time, session.end_date_time
        self.kwh, self.currency, self.auth_method = session.kwh, session.currency, str(session.auth_method)
        self.total_cost = session.total_cost.excl_vat if session.total_cost else None
        self.authorization_reference = session.authorization_reference or ""
        self.location_id, self.evse_uid, self.connector_id = session.location_id, session.evse_uid, session.connector_id
        token = session.cdr_token
        self.token_uid, self.token_type, self.contract_id = token.uid, str(token.type), token.contract_id
        self.token_country_code, self.token_party_id = token.country_code, token.party_id

    def note_status(self, status: Any, moment: datetime) -> bool:
        """A push of that moment said so, be it overtaken or not. Returns whether the session is now over since then."""
        is_first = status in FINAL and (self.final_since is None or moment < self.final_since)
        if is_first:
            self.final_since = moment
        self.changed_after_end |= self.final_since is not None and self.last_updated > self.final_since
        return is_first

    @property
    def tenant(self) -> PartyId:
        """The party of ours whose driver is charging."""
        return PartyId(self.token_country_code, self.token_party_id)

    @property
    def stale(self) -> bool:
        """Begun, not ended, and no news for long; only a flag, because the CPO may bill it yet (SES-39)."""
        return watchdog.is_silent(self)

    def to_wire(self) -> dict[str, Any]:
        periods = [period.payload for period in self.periods.all()]
        return {**self.payload, "charging_periods": periods} if periods else self.payload


class ChargingPeriod(models.Model):
    """In the order of the pushes that brought them, also when a later push overtook an earlier one."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="periods")
    pushed_at = models.DateTimeField()  # last_updated of that push
    repeated_at = models.DateTimeField(null=True)  # last_updated of the last PATCH that brought it again
    # Its start, or the latest before it in its push: chronological where two pushes have one moment, and as it was sent
    # within each.
    order_at = models.DateTimeField()
    start_date_time = models.DateTimeField()
    digest = models.CharField(max_length=32)
    payload = models.JSONField()

    class Meta:
        ordering: ClassVar = ["pushed_at", "order_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["session", "digest"], name="period_digest")]

    def __str__(self) -> str:
        return f"{self.session} from {self.start_date_time:%H:%M:%S}"

    @classmethod
    def build(cls, session: Session, pushed_at: datetime, payloads: list[dict[str, Any]]) -> list[Self]:
        """Of the periods of one push, in its order."""
        starts = [parse_datetime(payload["start_date_time"]) for payload in payloads]
        return [
            cls(session=session, pushed_at=pushed_at, start_date_time=start, order_at=order_at, digest=digest(payload),
                payload=payload)
            for payload, start, order_at in zip(payloads, starts, accumulate(starts, max), strict=True)
        ]  # fmt: skip

    @property
    def last_pushed_at(self) -> datetime:
        return self.repeated_at or self.pushed_at


def digest(period: dict[str, Any]) -> str:
    """Equal for the same start with the same dimensions, in whatever order: a repeated PATCH (SES-07)."""
    dimensions = sorted((d["type"], d["volume"]) for d in period["dimensions"])
    return hashlib.blake2b(envelope.encode([period["start_date_time"], dimensions]), digest_size=16).hexdigest()


class ChargingPreference(Order):
    """What a driver wants of a running session, and the CPO's answer to it (SES-30..37)."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="preferences")
    request = models.JSONField("preferences")
    answer = models.CharField(max_length=32, blank=True)

    class Meta(Order.Meta):
        indexes: ClassVar = [
            models.Index(fields=["state", "sent_at"], name="preference_due"),
            models.Index(fields=["created_at", "id"], name="preference_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.request['profile_type']} for {self.session}"

    def describe(self) -> dict[str, Any]:
        """What an app sees of it."""
        return {
            "id": str(self.id),
            "state": self.state,
            "partner": self.partner.name,
            "preferences": self.request,
            "answer": self.answer or None,
            "steps": self.steps,
            "error": self.error or None,
            "url": our_url("sessions", *self.session.party, self.session.wire_id, "charging_preferences"),
        }
