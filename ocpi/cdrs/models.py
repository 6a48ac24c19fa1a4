"""Charge detail records, immutable. Location, tariff and token stand in them as they were at the start (CDR-16)."""

import hashlib
from typing import Any, ClassVar

import orjson
from django.db import models

from ocpi.core.fields import CiCharField, MoneyField
from ocpi.partners.owned import OWNER_KEY, OwnedObject
from ocpi.protocol import cdrs as wire
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token


class CDR(OwnedObject):
    cdr_id = CiCharField("CDR", max_length=39)
    digest = models.CharField(max_length=64, editable=False)
    start_date_time = models.DateTimeField("start")
    end_date_time = models.DateTimeField("end")
    session_id = CiCharField("session", max_length=36, blank=True)
    authorization_reference = CiCharField(max_length=36, blank=True)
    token_uid = CiCharField("token", max_length=36)
    token_type = models.CharField(max_length=12)
    contract_id = models.CharField(max_length=36)
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
    session_row = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="cdrs")
    token_row = models.ForeignKey(Token, models.SET_NULL, null=True, related_name="cdrs")

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name = "CDR"
        constraints: ClassVar = [models.UniqueConstraint(fields=[*OWNER_KEY, "cdr_id"], name="cdr_once")]
        indexes: ClassVar = [
            models.Index(fields=["last_updated"], name="cdr_updated"),
            models.Index(fields=["partner", "session_id"], name="cdr_of_session"),
        ]

    def __str__(self) -> str:
        return self.wire_id

    def fill(self, cdr: wire.CDR) -> None:
        self.payload = cdr.to_wire()
        self.digest = digest(self.payload)
        self.cdr_id, self.last_updated = cdr.id, cdr.last_updated
        self.start_date_time, self.end_date_time = cdr.start_date_time, cdr.end_date_time
        self.session_id, self.authorization_reference = cdr.session_id or "", cdr.authorization_reference or ""
        token, place = cdr.cdr_token, cdr.cdr_location
        self.token_uid, self.token_type, self.contract_id = token.uid, str(token.type), token.contract_id
        self.location_name, self.evse_id = place.name or f"{place.address}, {place.city}", place.evse_id
        self.currency, self.total_cost = cdr.currency, cdr.total_cost.excl_vat
        self.total_cost_incl_vat = cdr.total_cost.incl_vat
        self.total_energy, self.total_time = cdr.total_energy, cdr.total_time
        self.credit, self.credit_reference_id = bool(cdr.credit), cdr.credit_reference_id or ""
        self.invoice_reference_id = cdr.invoice_reference_id or ""


def digest(payload: dict[str, Any]) -> str:
    """Equal for equal content, whatever the order of keys: tells a retry from another bill with the same id."""
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()
