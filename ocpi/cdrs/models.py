"""Charge detail records, immutable. Location, tariff and token stand in them as they were at the start (CDR-16)."""

import hashlib
from typing import Any, ClassVar, Self

import orjson
from django.db import models
from django.db.models import Exists, OuterRef, Q

from ocpi.core.fields import CiCharField, MoneyField
from ocpi.partners.owned import OWNER_KEY, OwnedObject, OwnedQuerySet
from ocpi.protocol import cdrs as wire
from ocpi.protocol.types import ci_key
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token


class CDRQuerySet(OwnedQuerySet):
    def in_force(self) -> Self:
        """What is owed in the end: no credit, and nothing that a credit took back (CDR-12, CDR-15)."""
        credits = CDR.objects.filter(
            credit=True, partner=OuterRef("partner"), country_code=OuterRef("country_code"),
            party_id=OuterRef("party_id"), credit_reference_id=OuterRef("cdr_id"),
        )  # fmt: skip
        return self.filter(~Exists(credits), credit=False)

    def remarked(self) -> Self:
        """The operator's work list: what somebody should look at."""
        return self.exclude(remarks=[])


class CDR(OwnedObject):
    """`remarks` says what is odd about it; none of that is a reason to lose the basis of an invoice."""

    class Remark(models.TextChoices):
        UNKNOWN_SESSION = "UNKNOWN_SESSION", "we do not know its session"
        UNKNOWN_LOCATION = "UNKNOWN_LOCATION", "we do not know its location; a private charger, perhaps"
        UNKNOWN_TOKEN = "UNKNOWN_TOKEN", "we do not know its token"
        UNKNOWN_TARIFF = "UNKNOWN_TARIFF", "a period names a tariff that is not in it: the cost cannot be verified"
        UNKNOWN_ORIGINAL = "UNKNOWN_ORIGINAL", "it credits a CDR that we do not have"
        ODD_CREDIT = "ODD_CREDIT", "it does not credit exactly what the original cost"
        LONG_ID = "LONG_ID", "only credits may have an id of more than 36 characters"
        SESSION_DIMENSIONS = "SESSION_DIMENSIONS", "it has dimensions that belong into sessions only; they are ignored"

    class Verdict(models.TextChoices):
        WAITING = "waiting", "not checked yet"
        MATCH = "match", "match"
        ROUNDING = "rounding", "within rounding"
        MISMATCH = "mismatch", "mismatch"
        UNPRICEABLE = "unpriceable", "cannot be priced"
        CREDIT = "credit", "credit"

    cdr_id = CiCharField("CDR", max_length=39)
    digest = models.CharField(max_length=64, editable=False)
    start_date_time = models.DateTimeField("start")
    end_date_time = models.DateTimeField("end")
    session_id = CiCharField("session", max_length=36, blank=True)
    authorization_reference = CiCharField(max_length=36, blank=True)
    token_uid = CiCharField("token", max_length=36)
    token_type = models.CharField(max_length=12)
    contract_id = models.CharField(max_length=36)
    location_id = CiCharField("location id", max_length=36)
    location_name = models.CharField("location", max_length=255, blank=True)
    evse_id = models.CharField("EVSE id", max_length=48)
    currency = models.CharField(max_length=3)
    total_cost = MoneyField("cost excl. VAT")
    total_cost_incl_vat = MoneyField("cost incl. VAT", null=True, blank=True)
    total_energy = MoneyField("kWh")
    total_time = MoneyField("hours")
    credit = models.BooleanField(default=False)
    credit_reference_id = CiCharField("credits", max_length=39, blank=True)
    invoice_reference_id = CiCharField("invoice", max_length=39, blank=True)
    remarks = models.JSONField(default=list)
    # What our own price says of it; filled by a worker after the receipt (ocpi.cdrs.checks).
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.WAITING)
    our_cost = MoneyField("our price excl. VAT", null=True, blank=True)
    difference = MoneyField("theirs minus ours", null=True, blank=True)
    report = models.JSONField(null=True, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    session_row = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="cdrs")
    token_row = models.ForeignKey(Token, models.SET_NULL, null=True, related_name="cdrs")

    objects = CDRQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name = "CDR"
        constraints: ClassVar = [models.UniqueConstraint(fields=[*OWNER_KEY, "cdr_id"], name="cdr_once")]
        indexes: ClassVar = [
            models.Index(fields=["last_updated"], name="cdr_updated"),
            # Whole, or the owner's bills are read one by one while nobody has counted them yet (rows.Key).
            models.Index(fields=["session_id", "partner", "country_code", "party_id"], name="cdr_of_session"),
            models.Index(fields=["partner", "location_id"], name="cdr_of_location"),
            models.Index(fields=["credit_reference_id", "partner", "country_code", "party_id"], name="cdr_credit_of"),
            models.Index(fields=["verdict", "last_updated"], name="cdr_verdict"),
            models.Index(fields=["token_uid", "start_date_time"], name="cdr_of_token"),
            models.Index(fields=["end_date_time", "partner"], name="cdr_ended"),
            models.Index(fields=["contract_id", "end_date_time"], name="cdr_contract"),
            # For operators: what a partner billed last, credits, and what they look for.
            models.Index(fields=["partner", "last_updated"], name="cdr_of_partner"),
            models.Index(fields=["last_updated"], condition=Q(credit=True), name="cdr_credit_notes"),
            models.Index(fields=["cdr_id"], name="cdr_by_id"),
            models.Index(
                fields=["authorization_reference"], condition=~Q(authorization_reference=""), name="cdr_reference"
            ),
        ]
        permissions: ClassVar = [("export_cdr", "Can export CDRs and evidence")]

    def __str__(self) -> str:
        return self.wire_id

    def fill(self, cdr: wire.CDR, payload: dict[str, Any]) -> None:
        """`payload`: its wire form."""
        self.payload = payload
        self.digest = digest(self.payload)
        self.cdr_id, self.last_updated = cdr.id, cdr.last_updated
        self.start_date_time, self.end_date_time = cdr.start_date_time, cdr.end_date_time
        self.session_id, self.authorization_reference = cdr.session_id or "", cdr.authorization_reference or ""
        token, place = cdr.cdr_token, cdr.cdr_location
        self.token_uid, self.token_type, self.contract_id = token.uid, str(token.type), token.contract_id
        self.location_name, self.evse_id = place.name or f"{place.address}, {place.city}", place.evse_id
        self.location_id = place.id
        self.currency, self.total_cost = cdr.currency, cdr.total_cost.excl_vat
        self.total_cost_incl_vat = cdr.total_cost.incl_vat
        self.total_energy, self.total_time = cdr.total_energy, cdr.total_time
        self.credit, self.credit_reference_id = bool(cdr.credit), cdr.credit_reference_id or ""
        self.invoice_reference_id = cdr.invoice_reference_id or ""


class Finding(models.Model):
    """Something about a CDR that an operator acts on. `amount`: in the CDR's currency, what it is about."""

    class Severity(models.TextChoices):
        ERROR = "error", "error"
        WARNING = "warning", "warning"
        HOLD = "hold", "hold"
        INFO = "info", "info"

    cdr = models.ForeignKey(CDR, models.CASCADE, related_name="findings")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity)
    amount = MoneyField(null=True, blank=True)
    sentence = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["code", "severity"], name="finding_code")]

    def __str__(self) -> str:
        return self.sentence


class WantedTariff(models.Model):
    """A tariff without which a CDR cannot be priced. `seen`: how many versions of it were known at the last check."""

    cdr = models.ForeignKey(CDR, models.CASCADE, related_name="wanted_tariffs")
    tariff_id = CiCharField("tariff", max_length=36)
    seen = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["cdr", "tariff_id"], name="wanted_once")]

    def __str__(self) -> str:
        return self.tariff_id


def digest(payload: dict[str, Any]) -> str:
    """Equal for equal content, whatever the order of keys: tells a retry from another bill with the same id.

    The names of the bill itself are CiStrings: `d1` repeats `D1` (CDR-08).
    """
    payload = payload | {name: ci_key(payload[name]) for name in ("country_code", "party_id", "id")}
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()


from .day_models import BillDay  # noqa: E402, F401
from .invoice_models import Invoice, InvoiceLine  # noqa: E402, F401  Django looks for models here
from .review_models import Review, ReviewEvent  # noqa: E402, F401
