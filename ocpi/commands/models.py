"""A command that we send: committed before the call, because its result may come before the answer (CMD-04)."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from ocpi.core import clock, outbox
from ocpi.core.fields import CiCharField
from ocpi.core.ids import our_url
from ocpi.partners.orders import Order
from ocpi.protocol.commands import CommandType
from ocpi.protocol.states import COMMAND
from ocpi.protocol.types import format_datetime
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token

_CLOCKS_DIFFER = timedelta(minutes=2)
_UNTIL_PLUGGED = timedelta(minutes=15)


class Command(Order):
    """`request` is the OCPI command object without its response_url."""

    class Webhook(models.TextChoices):
        NONE = "", "none"
        WAITING = "WAITING", "waiting"
        SENT = "SENT", "sent"
        FAILED = "FAILED", "given up"

    type = models.CharField("command", max_length=20, choices=[(c, str(c)) for c in CommandType])
    token = models.ForeignKey(Token, models.SET_NULL, null=True, related_name="commands")
    location_id = CiCharField("location", max_length=36, blank=True)
    evse_uid = CiCharField("EVSE", max_length=36, blank=True)
    session_id = CiCharField("session", max_length=36, blank=True)
    reservation_id = CiCharField("reservation", max_length=36, blank=True)
    authorization_reference = CiCharField(max_length=36, blank=True, db_index=True)
    request = models.JSONField()
    webhook_url = models.CharField(max_length=255, blank=True)
    webhook_state = models.CharField(max_length=8, choices=Webhook, default=Webhook.NONE, blank=True)
    webhook_attempts = models.PositiveSmallIntegerField(default=0)
    webhook_due_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField("cancelled by us", null=True, blank=True)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by", verbose_name="stops what it started"
    )

    class Meta(Order.Meta):
        indexes: ClassVar = [
            models.Index(fields=["state", "result_due_at"], name="command_due"),
            models.Index(fields=["webhook_state", "webhook_due_at"], name="command_webhook"),
            models.Index(fields=["created_at"], name="command_created"),
            # For operators: what was asked of a partner last, and what they look for.
            models.Index(fields=["partner", "created_at"], name="command_of_partner"),
            models.Index(fields=["location_id", "created_at"], name="command_at_location"),
            models.Index(fields=["session_id"], condition=~Q(session_id=""), name="command_of_session"),
            models.Index(fields=["correlation_id"], name="command_flow"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {str(self.id)[:8]}"

    @property
    def response_url(self) -> str:
        """Ours, unique and unguessable; it stays live, because a reservation may be cancelled much later (CMD-16)."""
        return our_url("commands", str(self.id))

    def session(self) -> Session | None:
        """The session that this command started, found by the reference that we gave (SES-22), or that it is about."""
        owned = Session.objects.filter(partner=self.partner_id)
        if self.session_id:
            return owned.filter(session_id=self.session_id).first()
        if not self.authorization_reference:
            return None
        found = owned.filter(authorization_reference=self.authorization_reference).order_by("-pk").first()
        return found or self._session_without_our_reference(owned)

    def _session_without_our_reference(self, owned: models.QuerySet[Session]) -> Session | None:
        """Some hubs put references of their own in place of ours: then driver, place and time must do (FLD-18)."""
        if self.token is None or self.sent_at is None or self.partner.hub is None:
            return None
        span = (self.sent_at - _CLOCKS_DIFFER, self.sent_at + _UNTIL_PLUGGED)
        driver = {"token_uid": self.token.uid, "token_type": self.token.type, "location_id": self.location_id}
        rows = owned.filter(**driver, start_date_time__range=span)
        others = Command.objects.filter(token=self.token).exclude(authorization_reference="")
        rows = rows.exclude(authorization_reference__in=others.values("authorization_reference"))
        return (rows.filter(evse_uid=self.evse_uid) if self.evse_uid else rows).order_by("start_date_time").first()

    def tell(self) -> None:
        """Let a webhook go out once the outcome is known."""
        if self.webhook_state == self.Webhook.WAITING and not COMMAND.waiting(self.state):
            outbox.announce(self)

    def expect_webhook(self) -> None:
        """There is news for the app, with tries of its own; the caller saves."""
        if self.webhook_url:
            self.webhook_state, self.webhook_attempts, self.webhook_due_at = self.Webhook.WAITING, 0, None

    def remark(self, detail: str) -> None:
        """A line in the history that is no step; the caller saves."""
        self.steps = [*self.steps, {"state": self.state, "at": format_datetime(clock.now()), "detail": detail[:500]}]

    @property
    def stop(self) -> "Command | None":
        """The STOP_SESSION that was sent because this start had been cancelled."""
        return Command.objects.filter(undoes=self.pk).first()

    def describe(self) -> dict[str, Any]:
        """What an app sees of it (SEED-06)."""
        session, stop = self.session(), self.stop if self.cancelled_at else None
        return {
            "id": str(self.id),
            "command": self.type,
            "state": self.state,
            "partner": self.partner.name,
            "url": self.response_url,
            "authorization_reference": self.request.get("authorization_reference"),
            "steps": self.steps,
            "result": self.result,
            "error": self.error or None,
            "cancelled_at": self.cancelled_at and format_datetime(self.cancelled_at),
            "stop": stop and {"id": str(stop.id), "state": stop.state, "url": stop.response_url},
            "session": session and {
                "country_code": session.party.country_code,
                "party_id": session.party.party_id,
                "id": session.wire_id,
                "status": session.status,
                "url": our_url("sessions", *session.party, session.wire_id),
            },
        }  # fmt: skip
