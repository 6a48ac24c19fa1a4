"""The journal's one table; on PostgreSQL it is partitioned by week (`partitions`)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ocpi.partners.models import ApiClient, Partner

_BEGINNINGS = ["varchar_pattern_ops"]  # of PostgreSQL
SLOW_MS = 1000  # from here on an exchange is slow, and easily found
# The same as Exchange.failed, for queries.
FAILED = (
    ~models.Q(error="")
    | models.Q(http_status=None)
    | models.Q(http_status__gte=300)
    | models.Q(status_code__lt=1000)
    | models.Q(status_code__gte=2000)
)


class Exchange(models.Model):
    """One request and its response. Bodies and headers are redacted before they get here."""

    class Direction(models.TextChoices):
        IN = "IN", "in"
        OUT = "OUT", "out"

    direction = models.CharField(max_length=3, choices=Direction)
    # Without constraints of the database: to drop a partition that has them would lock the callers out.
    partner = models.ForeignKey(
        Partner, models.SET_NULL, null=True, related_name="exchanges", db_index=False, db_constraint=False
    )
    api_client = models.ForeignKey(
        ApiClient, models.SET_NULL, null=True, related_name="exchanges", db_index=False, db_constraint=False
    )
    module = models.CharField(max_length=64)
    method = models.CharField(max_length=8)
    url = models.CharField(max_length=1000)
    http_status = models.PositiveSmallIntegerField(null=True)
    status_code = models.PositiveSmallIntegerField("OCPI status", null=True)
    duration_ms = models.PositiveIntegerField()
    request_id = models.CharField(max_length=255)
    correlation_id = models.CharField(max_length=255)
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    error = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["-started_at", "-pk"]
        # One for each filter whose rows may be rare among millions: without, the newest 51 would be looked for in all.
        indexes: ClassVar = [
            models.Index(fields=["partner", "-started_at"], name="exchange_of_partner"),
            models.Index(fields=["api_client", "-started_at"], name="exchange_of_api_client"),
            models.Index(fields=["module", "-started_at"], name="exchange_of_module"),
            models.Index(fields=["http_status", "-started_at"], name="exchange_by_http_status"),
            models.Index(fields=["status_code", "-started_at"], name="exchange_by_status_code"),
            models.Index(fields=["-started_at"], name="exchange_slow", condition=models.Q(duration_ms__gte=SLOW_MS)),
            models.Index(fields=["-started_at"], name="exchange_failed", condition=FAILED),
            models.Index(fields=["url", "-started_at"], name="exchange_of_url"),  # what a push changed
            # Ids and their beginnings by one index each: every batch enters its ids at places all over it.
            models.Index(fields=["request_id"], name="exchange_request", opclasses=_BEGINNINGS),
            models.Index(fields=["correlation_id"], name="exchange_correlation", opclasses=_BEGINNINGS),
            # Who knocked with a token that we do not know.
            models.Index(
                fields=["-started_at"],
                name="exchange_of_nobody",
                condition=Q(partner=None, api_client=None, direction="IN"),
            ),
        ]
        permissions: ClassVar = [("replay_exchange", "Can have a received push taken in once more")]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def failed(self) -> bool:
        ok = self.http_status is not None and self.http_status < 300 and 1000 <= (self.status_code or 1000) < 2000
        return bool(self.error) or not ok


BUCKETS_MS = (25, 100, 250, 500, 1000, 2500, 5000, 15000)


class ExchangeCount(models.Model):
    """How many exchanges of one kind there were, ever (`counts`). 0 stands for none, so that a kind is one row."""

    direction = models.CharField(max_length=3)
    partner_id = models.BigIntegerField()  # no foreign key: what is counted must not wait for a row of a partner
    api_client_id = models.BigIntegerField()
    module = models.CharField(max_length=64)
    http_status = models.PositiveSmallIntegerField()
    status_code = models.PositiveSmallIntegerField()
    calls = models.BigIntegerField()
    total_ms = models.BigIntegerField()
    # How many took no longer than so many milliseconds (BUCKETS_MS).
    within_25 = models.BigIntegerField()
    within_100 = models.BigIntegerField()
    within_250 = models.BigIntegerField()
    within_500 = models.BigIntegerField()
    within_1000 = models.BigIntegerField()
    within_2500 = models.BigIntegerField()
    within_5000 = models.BigIntegerField()
    within_15000 = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["direction", "partner_id", "api_client_id", "module", "http_status", "status_code"],
                name="exchange_kind_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.calls} × {self.direction} {self.module} {self.http_status}"
