"""What becomes of a bill: the rows that finance works on. The CDR itself is the partner's and stays as it came."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ocpi.core import clock
from ocpi.core.fields import MoneyField
from ocpi.partners.models import Partner

from .models import CDR


class Review(models.Model):
    """A bill that somebody must look at, or did. Partner, currency and end are the CDR's, for the indexes of the queue.

    `at_stake`: how much money hangs on it, never negative, in `currency`; `claimed`: what was disputed.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "open"
        DISPUTED = "DISPUTED", "disputed"
        ACCEPTED = "ACCEPTED", "accepted"
        CREDITED = "CREDITED", "credited"
        CLEARED = "CLEARED", "cleared by a later check"

    cdr = models.OneToOneField(CDR, models.CASCADE, related_name="review")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="reviews", db_index=False)
    currency = models.CharField(max_length=3)
    ended_at = models.DateTimeField("end")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    finding = models.CharField("chief finding", max_length=40, blank=True)
    at_stake = MoneyField("at stake", default=0)
    claimed = MoneyField("disputed", null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    credit_cdr = models.ForeignKey(CDR, models.SET_NULL, null=True, blank=True, related_name="credited_reviews")
    opened_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering: ClassVar = ["-at_stake", "-pk"]
        verbose_name = "bill under review"
        verbose_name_plural = "bills under review"
        indexes: ClassVar = [
            models.Index(fields=["-at_stake", "-id"], name="review_by_money"),
            models.Index(fields=["state", "-at_stake", "-id"], name="review_queue"),
            models.Index(fields=["partner", "state", "-at_stake"], name="review_of_partner"),
            models.Index(fields=["currency", "state", "-at_stake"], name="review_in_currency"),
            models.Index(fields=["ended_at"], name="review_of_month"),
        ]
        permissions: ClassVar = [("decide_bill", "Can accept, dispute and assign bills")]

    def __str__(self) -> str:
        return str(self.cdr.cdr_id)


class ReviewEvent(models.Model):
    """One line of a bill's history. `by`: None for what the platform did itself; `cdr`: the credit it is about."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    act = models.CharField(max_length=16)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10)
    amount = MoneyField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    cdr = models.ForeignKey(CDR, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}"
