"""What we asked about the power of a session, and the limits that hold there as far as we know."""

from typing import Any, ClassVar

from django.db import models

from ocpi.core.ids import our_url
from ocpi.partners.orders import Order
from ocpi.sessions.models import Session


class ProfileRequest(Order):
    """Set, get or clear the profile of one session; its id tells what a result is about (CHP-08)."""

    class Kind(models.TextChoices):
        SET = "SET", "set"
        GET = "GET", "get"
        CLEAR = "CLEAR", "clear"

    kind = models.CharField(max_length=5, choices=Kind)
    session = models.ForeignKey(Session, models.PROTECT, related_name="profile_requests")
    profile = models.JSONField(null=True, blank=True)  # SET: the ChargingProfile
    duration = models.PositiveIntegerField(null=True, blank=True, help_text="GET: of the profile asked for, in seconds")
    warning = models.CharField(max_length=500, blank=True)  # when it was asked: who else limits this session (CHP-26)
    wait_until = models.DateTimeField(null=True, blank=True)  # TOO_OFTEN: nothing is asked about this session before

    class Meta(Order.Meta):
        indexes: ClassVar = [
            models.Index(fields=["state", "result_due_at"], name="profile_due"),
            models.Index(fields=["created_at", "id"], name="profile_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} profile {str(self.id)[:8]}"

    @property
    def response_url(self) -> str:
        """Ours, unique and unguessable (CHP-22)."""
        return our_url("chargingprofiles", str(self.id))

    def describe(self) -> dict[str, Any]:
        """What an app sees of it."""
        active = ActiveProfile.objects.filter(session=self.session_id).first()
        return {
            "id": str(self.id),
            "kind": self.kind,
            "state": self.state,
            "partner": self.partner.name,
            "session": {
                "country_code": self.session.party.country_code,
                "party_id": self.session.party.party_id,
                "id": self.session.wire_id,
            },
            "url": self.response_url,
            "steps": self.steps,
            "result": self.result,
            "error": self.error or None,
            "warning": self.warning or None,
            "active_profile": active and active.payload,
        }


class ActiveProfile(models.Model):
    """The ActiveChargingProfile of a session, calculated by the charger at `start_date_time` (CHP-11)."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="active_profile")
    start_date_time = models.DateTimeField()
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-received_at"]

    def __str__(self) -> str:
        return f"profile of {self.session}"
