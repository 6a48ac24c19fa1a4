"""Tariffs as received; the order of their elements is part of their meaning (TAR-08)."""

from typing import Any, ClassVar

from django.db import models

from ocpi.core import clock
from ocpi.core.fields import CiCharField
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, OwnedObject, OwnedQuerySet
from ocpi.protocol import tariffs as wire


class Tariff(OwnedObject):
    tariff_id = CiCharField("tariff", max_length=36)
    currency = models.CharField(max_length=3)
    type = models.CharField(max_length=20, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=[*OWNER_KEY, "tariff_id"], name="tariff_once")]
        indexes: ClassVar = [models.Index(fields=["last_updated"], name="tariff_updated")]

    def __str__(self) -> str:
        return f"{self.tariff_id} ({self.currency})"

    def fill(self, payload: dict[str, Any], tariff: wire.Tariff) -> None:
        self.payload = payload
        self.tariff_id, self.currency, self.type = tariff.id, tariff.currency, str(tariff.type or "")
        self.valid_from, self.valid_until = tariff.start_date_time, tariff.end_date_time
        self.last_updated = tariff.last_updated


class TariffVersion(models.Model):
    """A tariff as it once was: kept with the time of its receipt, so that an old bill is checked by the old price."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tariff_versions")
    country_code = CiCharField(max_length=2)
    party_id = CiCharField("party", max_length=3)
    tariff_id = CiCharField("tariff", max_length=36)
    last_updated = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    payload = models.JSONField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=[*OWNER_KEY, "tariff_id", "-received_at"], name="tariff_version_of"),
        ]

    def __str__(self) -> str:
        return f"{self.tariff_id} received {self.received_at:%Y-%m-%d %H:%M}"
