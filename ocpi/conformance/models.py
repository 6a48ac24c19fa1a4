"""What a look at a partner found, kept so that the next one can tell what has changed."""

from typing import ClassVar

from django.db import models

from ocpi.core import clock
from ocpi.partners.models import Partner


class Run(models.Model):
    """One run of the kit against one partner. `report` is `findings.Report.as_json()`: nothing secret stands in it."""

    class State(models.TextChoices):
        WAITING = "WAITING", "waiting for a worker"
        RUNNING = "RUNNING", "running"
        DONE = "DONE", "done"
        FAILED = "FAILED", "broke off"

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="conformance_runs")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    errors = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    notes = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    report = models.JSONField(default=dict)
    comparison = models.JSONField(default=dict)

    class Meta:
        verbose_name = "conformance check"
        ordering: ClassVar = ["-asked_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["partner", "-asked_at"], name="conformance_of_partner")]

    def __str__(self) -> str:
        return f"{self.partner}, {self.asked_at:%Y-%m-%d %H:%M}"
