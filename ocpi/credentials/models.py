"""One attempt to connect a partner, as the operators' wizard follows it: how far it is, and what it failed at."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from ocpi.core import clock, outbox, secrets
from ocpi.core.client import Peer
from ocpi.partners.models import Partner


class Step(models.TextChoices):
    """What a handshake is doing, or failed at. READING belongs to one that they started: their platform, read by us."""

    VERSIONS = "VERSIONS", "versions"
    DETAILS = "DETAILS", "version details"
    CREDENTIALS = "CREDENTIALS", "credentials"
    READING = "READING", "their versions and details"
    STORED = "STORED", "stored"


class HandshakeQuerySet(models.QuerySet["Handshake"]):
    def open(self) -> "HandshakeQuerySet":
        """Those from which something may still come."""
        return self.exclude(state__in=[Handshake.State.CONNECTED, Handshake.State.CANCELLED])


class Handshake(models.Model):
    """`token_a` is what they gave us, as ciphertext, until it has done its work; a token A of ours is not here at all.

    `cause` names an entry of `causes.CAUSES`, `detail` is what we or they said; `flow` is the correlation id of the
    last try, under which the journal has its messages.
    """

    class Direction(models.TextChoices):
        OURS = "OURS", "we start"
        THEIRS = "THEIRS", "they start"

    class State(models.TextChoices):
        QUEUED = "QUEUED", "waits for a worker"
        RUNNING = "RUNNING", "running"
        WAITING = "WAITING", "waits for them"
        FAILED = "FAILED", "failed"
        CONNECTED = "CONNECTED", "connected"
        CANCELLED = "CANCELLED", "cancelled"

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="handshakes")
    direction = models.CharField(max_length=6, choices=Direction)
    state = models.CharField(max_length=9, choices=State)
    step = models.CharField(max_length=11, choices=Step, blank=True)
    versions_url = models.CharField(max_length=255, blank=True)
    token_a = models.TextField(blank=True, editable=False)
    flow = models.CharField(max_length=255, blank=True)
    tries = models.PositiveIntegerField(default=0)
    cause = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    began_at = models.DateTimeField(default=clock.now)  # the last try, or the last token A
    ended_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)

    objects = HandshakeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partner"], condition=~Q(state__in=["CONNECTED", "CANCELLED"]), name="one_open_handshake"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "claimed_at"], name="handshake_unfinished")]

    def __str__(self) -> str:
        return f"handshake with {self.partner}"

    @property
    def ours(self) -> bool:
        """Whether we started it."""
        return self.direction == self.Direction.OURS

    @property
    def is_open(self) -> bool:
        return self.state not in {self.State.CONNECTED, self.State.CANCELLED}

    @property
    def busy(self) -> bool:
        """Whether a worker has it, or is about to."""
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    def peer(self) -> Peer:
        return self.partner.peer_with(secrets.decrypt(self.token_a))

    def announce(self) -> None:
        outbox.announce(self)
