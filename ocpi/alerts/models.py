"""The light of each partner, every change of it, and what our calls told of its reachability and its clock."""

from typing import ClassVar

from django.db import models

from ocpi.partners.models import Partner


class Colour(models.TextChoices):
    """OFF: nothing is expected of this partner, by our own wish."""

    GREEN = "GREEN", "green"
    AMBER = "AMBER", "amber"
    RED = "RED", "red"
    OFF = "OFF", "off"


class Light(models.Model):
    """How a partner is. `reasons`: [{"code", "colour", "text"}, …], the gravest first; `since`: of this colour."""

    partner = models.OneToOneField(Partner, models.CASCADE, related_name="light")
    colour = models.CharField(max_length=5, choices=Colour, default=Colour.OFF)
    since = models.DateTimeField()
    reasons = models.JSONField(default=list)
    looked_at = models.DateTimeField()
    told = models.CharField(max_length=5, choices=Colour, default=Colour.GREEN, editable=False)  # by the last alert

    class Meta:
        ordering: ClassVar = ["partner"]

    def __str__(self) -> str:
        return f"{self.get_colour_display()} light of {self.partner}"


class LightChange(models.Model):
    """The event: from when on the light of a partner was another one, and why. `before` is empty for the first look."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="light_changes", db_index=False)
    at = models.DateTimeField(db_index=True)
    before = models.CharField(max_length=5, choices=Colour, blank=True)
    after = models.CharField(max_length=5, choices=Colour)
    reasons = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name = "change of light"
        verbose_name_plural = "changes of light"
        indexes: ClassVar = [models.Index(fields=["partner", "-at"], name="light_change_of")]

    def __str__(self) -> str:
        return f"{self.partner}: {self.before or 'first look'} → {self.after}"


class Contact(models.Model):
    """When a partner last answered a call of ours, and how far its clock was from ours then: positive is ahead."""

    partner = models.OneToOneField(Partner, models.CASCADE, related_name="contact")
    answered_at = models.DateTimeField()
    skew_seconds = models.IntegerField(null=True)
    skew_at = models.DateTimeField(null=True)  # the last answer that told its time

    class Meta:
        ordering: ClassVar = ["partner"]

    def __str__(self) -> str:
        return f"contact with {self.partner}"


from .alert_models import Alert, Delivery, Mark, Recipient  # noqa: E402, F401  Django looks for models here
