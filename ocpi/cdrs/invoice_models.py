"""A partner's invoice as a list of charges, and what our books say to each of its lines."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ocpi.core import clock
from ocpi.core.fields import MoneyField
from ocpi.partners.models import Partner

from .models import CDR


class Invoice(models.Model):
    """A file that a partner sent. `content` is kept until it was read; `digest` makes that one file is one invoice.

    `layout`: how it was read: encoding, delimiter, decimal mark, and column numbers by field.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "to be confirmed"
        DONE = "DONE", "reconciled"

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="invoices")
    name = models.CharField("file", max_length=255)
    digest = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField(blank=True, default=b"", editable=False)
    layout = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    uploaded_at = models.DateTimeField(default=clock.now)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    first_start = models.DateTimeField(null=True, blank=True)
    last_start = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-uploaded_at", "-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "digest"], name="invoice_once")]

    def __str__(self) -> str:
        return self.name


class InvoiceLine(models.Model):
    """A line of the file, or a CDR of ours that no line bills (then without `number`)."""

    class Result(models.TextChoices):
        MATCHED = "MATCHED", "matched"
        DIFFERS = "DIFFERS", "amount differs"
        UNKNOWN = "UNKNOWN", "not in our books"
        TWICE = "TWICE", "billed twice"
        MISSING = "MISSING", "not on the invoice"
        BAD = "BAD", "cannot be read"

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveIntegerField("line", null=True)
    cdr_ref = models.CharField("CDR", max_length=64, blank=True)
    session_ref = models.CharField("session", max_length=64, blank=True)
    start = models.DateTimeField(null=True)
    kwh = MoneyField("kWh", null=True)
    excl_vat = MoneyField("excl. VAT", null=True)
    incl_vat = MoneyField("incl. VAT", null=True)
    currency = models.CharField(max_length=3, blank=True)
    result = models.CharField(max_length=8, choices=Result)
    difference = MoneyField("theirs minus the CDR", null=True)
    note = models.CharField(max_length=300, blank=True)
    cdr = models.ForeignKey(CDR, models.SET_NULL, null=True, related_name="invoice_lines")

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["invoice", "result"], name="invoice_result")]

    def __str__(self) -> str:
        return f"line {self.number}" if self.number else f"CDR {self.cdr_ref}"
