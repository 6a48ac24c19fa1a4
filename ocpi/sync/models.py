"""How far we are with each module of each partner."""

from typing import ClassVar

from django.db import models

from ocpi.partners.models import Partner


class Pull(models.Model):
    """One module of one partner. `high_water` moves only after the last page of a pull (PAG-25)."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="pulls")
    module = models.CharField(max_length=16)
    high_water = models.DateTimeField(null=True, blank=True, help_text="the newest last_updated of the last whole pull")
    running_since = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    received = models.PositiveIntegerField(default=0, help_text="objects in the last pull")
    changed = models.PositiveIntegerField(default=0, help_text="of those, new or newer than ours")
    skipped = models.PositiveIntegerField(default=0, help_text="of those, invalid or not theirs")
    problems = models.JSONField(default=list, help_text="why objects were skipped; the first twenty")
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["partner", "module"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "module"], name="pull_once")]

    def __str__(self) -> str:
        return f"{self.module} of {self.partner}"
