"""Who is told what: alerts, each raised once, and an outbox row for each recipient."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ocpi.core import clock
from ocpi.core.fields import MoneyField
from ocpi.partners.models import Partner


class Event(models.TextChoices):
    """What an alert may be about."""

    LIGHT = "light", "the light of a partner changes"
    COMMAND = "command", "a command gets no result"
    BILL = "bill", "a bill is over an amount"
    TEST = "test", "somebody tries it out"


def every_event() -> list[str]:
    return [Event.LIGHT.value, Event.COMMAND.value]


class Recipient(models.Model):
    """A mailbox or a URL; without partners, about all of them. `secret` signs what goes to a URL, as ciphertext."""

    class Kind(models.TextChoices):
        EMAIL = "EMAIL", "e-mail"
        WEBHOOK = "WEBHOOK", "webhook"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField("by", max_length=7, choices=Kind, default=Kind.EMAIL)
    address = models.CharField(max_length=500, help_text="an e-mail address, or the URL that is called")
    active = models.BooleanField(default=True)
    events = models.JSONField("told when", default=every_event)
    partners = models.ManyToManyField(
        Partner, blank=True, related_name="+", help_text="about whom; none chosen means everyone"
    )
    bill_over = MoneyField(
        "bills over", null=True, blank=True, help_text="excl. VAT; bills of this currency that cost more"
    )
    bill_currency = models.CharField("currency", max_length=3, blank=True)
    secret = models.TextField(blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "recipient of alerts"
        verbose_name_plural = "recipients of alerts"

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """Something that somebody should know. `key` says what it is about, so that it is raised once; `path`: its page."""

    key = models.CharField(max_length=120, unique=True)
    event = models.CharField(max_length=8, choices=Event)
    partner = models.ForeignKey(Partner, models.CASCADE, null=True, related_name="alerts")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=255)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """The outbox: one alert for one recipient, tried until it is taken or given up."""

    class State(models.TextChoices):
        WAITING = "WAITING", "waiting"
        SENT = "SENT", "sent"
        FAILED = "FAILED", "given up"

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    claim = models.CharField(max_length=36, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["alert", "recipient"], name="alert_delivered_once")]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "due_at"], condition=Q(state="WAITING"), name="alert_delivery_due"),
            models.Index(fields=["claim"], condition=~Q(claim=""), name="alert_delivery_claim"),
        ]

    def __str__(self) -> str:
        return f"{self.alert} → {self.recipient}"


class Mark(models.Model):
    """How far a table has been read for alerts: rows up to `first` were there before anyone asked."""

    name = models.CharField(max_length=16, primary_key=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return f"{self.name} up to {self.last}"
