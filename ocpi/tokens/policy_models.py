"""What a contract or a token may do beyond being active. Ours alone: partners never get it, they get our answers."""

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from ocpi.core.fields import MoneyField
from ocpi.partners.models import Partner

from .models import Token


class PolicyQuerySet(models.QuerySet["Policy"]):
    def of(self, token: Token) -> "PolicyQuerySet":
        """Those in force for a token: its own, and its contract's."""
        return self.filter(Q(token=token) | Q(contract_id=token.contract_id) & ~Q(contract_id=""), active=True)

    def seen_by(self, partner: Partner | None) -> "PolicyQuerySet":
        """With what they say of one partner, in the same query: `lists_partners`, `lists_it`, `bars_it`."""
        listed = Policy.partners.through.objects.filter(policy=OuterRef("pk"))
        barred = Policy.barred_partners.through.objects.filter(policy=OuterRef("pk"))
        return self.annotate(
            lists_partners=Exists(listed), lists_it=Exists(listed.filter(partner=partner)),
            bars_partners=Exists(barred), bars_it=Exists(barred.filter(partner=partner)),
        )  # fmt: skip


class Policy(models.Model):
    """What is empty is not limited. A token for which two hold, its own and its contract's, must satisfy both."""

    class Period(models.TextChoices):
        DAY = "DAY", "a day"
        MONTH = "MONTH", "a month"
        CONTRACT = "CONTRACT", "the whole contract"

    name = models.CharField(max_length=100)
    active = models.BooleanField(default=True)
    contract_id = models.CharField("contract", max_length=36, blank=True, help_text="for every token of this contract")
    token = models.ForeignKey(Token, models.CASCADE, null=True, blank=True, related_name="policies")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    countries = models.JSONField(default=list, blank=True)  # ISO 3166-1 alpha-3, as locations have them
    partners = models.ManyToManyField(
        Partner, related_name="+", blank=True, verbose_name="allowed partners", help_text="none: all"
    )
    barred_partners = models.ManyToManyField(
        Partner, related_name="+", blank=True, verbose_name="forbidden partners", help_text="also when allowed above"
    )
    locations = models.JSONField(
        "allowed locations", default=list, blank=True,
        help_text='[{"location_id": …, "evse_uids": […]}]; empty: all',
    )  # fmt: skip
    max_charges = models.PositiveSmallIntegerField(
        "charges at once", null=True, blank=True, help_text="reservations do not count"
    )
    budget = MoneyField(null=True, blank=True, help_text="excluding VAT: what is billed, and what is not billed yet")
    budget_currency = models.CharField(max_length=3, blank=True)
    budget_period = models.CharField("budget for", max_length=8, choices=Period, default=Period.MONTH)
    price_cap = MoneyField(
        "price per kWh at most", null=True, blank=True,
        help_text="excluding VAT; an EVSE whose tariff we do not know is not held back",
    )  # fmt: skip
    price_currency = models.CharField(max_length=3, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name_plural = "policies"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(contract_id="", token=None), name="policy_is_for_somebody"),
            models.UniqueConstraint(
                fields=["contract_id"], condition=Q(active=True) & ~Q(contract_id=""), name="policy_of_contract",
                violation_error_message="another active policy is for this contract",
            ),
            models.UniqueConstraint(
                fields=["token"], condition=Q(active=True), name="policy_of_token",
                violation_error_message="another active policy is for this token",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
