"""Who is behind a hub."""

from typing import ClassVar

from django.db import models

from ocpi.core.fields import CiCharField
from ocpi.protocol.headers import PartyId
from ocpi.protocol.hubclientinfo import ConnectionStatus
from ocpi.protocol.types import Role


class HubParty(models.Model):
    """One role of a party behind a hub: as the hub's ClientInfo says, or as an operator entered it (FLD-16)."""

    class Status(models.TextChoices):
        UNREPORTED = "", "entered by an operator"
        CONNECTED = ConnectionStatus.CONNECTED.value, "connected"
        OFFLINE = ConnectionStatus.OFFLINE.value, "offline"
        PLANNED = ConnectionStatus.PLANNED.value, "planned"
        SUSPENDED = ConnectionStatus.SUSPENDED.value, "suspended"

    partner = models.ForeignKey(
        "ocpi_partners.Partner", models.CASCADE, related_name="hub_parties", verbose_name="hub",
        limit_choices_to={"roles__role": "HUB"},
    )  # fmt: skip
    role = models.CharField(max_length=10, choices=[(r, str(r)) for r in Role], default=Role.CPO)
    country_code = CiCharField(max_length=2)
    party_id = CiCharField("party", max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.UNREPORTED, blank=True, editable=False)
    last_updated = models.DateTimeField(null=True, editable=False)
    payload = models.JSONField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name_plural = "hub parties"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "country_code", "party_id", "role"], name="hub_party_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.country_code}-{self.party_id}"

    @property
    def party(self) -> PartyId:
        return PartyId(self.country_code, self.party_id)

    @property
    def reachable(self) -> bool:
        """Whether it may be sent anything."""
        return self.status in {self.Status.CONNECTED, self.Status.UNREPORTED}

    @property
    def known(self) -> bool:
        """Whether its objects are taken: what one that went offline left on the way is still its own."""
        return self.reachable or self.status == self.Status.OFFLINE
