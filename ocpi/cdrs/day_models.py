"""What was billed, counted by day."""

from typing import ClassVar

from django.db import models

from ocpi.core.fields import MoneyField
from ocpi.partners.models import Partner


class BillDay(models.Model):
    """What a partner billed for the charges that ended on one day, in one currency; see `days`.

    `energy` in kWh and `cost` excl. VAT, less what credits took back; `newest`: the key of the last CDR in it.
    """

    day = models.DateField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="bill_days", db_index=False)
    currency = models.CharField(max_length=3)
    bills = models.PositiveIntegerField()
    energy = MoneyField("kWh")
    cost = MoneyField("cost excl. VAT")
    newest = models.BigIntegerField(db_index=True)

    class Meta:
        ordering: ClassVar = ["day", "partner"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "partner", "currency"], name="bill_day_once")]

    def __str__(self) -> str:
        return f"{self.partner} on {self.day}, {self.currency}"
