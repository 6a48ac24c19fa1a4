"""Celery tasks of credentials."""

from contextlib import suppress

from celery import shared_task

from ocpi.core import outbox
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError

from . import handshakes, rotation, services
from .errors import HandshakeError
from .models import Handshake


@shared_task(name="ocpi.credentials.rotate")
def rotate(partner_id: int) -> None:
    """The outcome stands at the partner; one that fails is no failure of the task."""
    with suppress(HandshakeError, PartnerError):
        rotation.rotate(partner=Partner.objects.get(pk=partner_id))


@shared_task(name="ocpi.credentials.leave")
def leave(partner_id: int) -> None:
    """As `rotate`; where they refuse, the registration stays and the partner's page says why."""
    partner = Partner.objects.get(pk=partner_id)
    try:
        services.leave(partner=partner)
    except (HandshakeError, PartnerError) as error:
        services.note(partner, f"not unregistered: {error}")


@shared_task(name="ocpi.credentials.resume")
def resume(partner_id: int) -> None:
    with suppress(HandshakeError, PartnerError):
        rotation.resume(partner=Partner.objects.get(pk=partner_id))


@shared_task(name="ocpi.credentials.sweep")
def sweep() -> None:
    for partner_id in rotation.unfinished():
        resume.delay(partner_id)
    for handshake_id in handshakes.sweep():
        connect.delay(handshake_id)


@shared_task(name="ocpi.credentials.connect")
def connect(handshake_id: int) -> None:
    """The outcome stands in the row."""
    handshakes.run(int(handshake_id))


queue_handshake = outbox.hands_to(connect)
outbox.row_waiting.connect(queue_handshake, sender=Handshake, dispatch_uid="ocpi.credentials.connect")
