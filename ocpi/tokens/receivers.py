"""What tokens do when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from ocpi.core.signals import partner_registered, partner_resumed, token_asked_for
from ocpi.partners.models import Partner

from . import pushes
from .models import Token, TokenPush


@receiver(partner_registered, dispatch_uid="ocpi.tokens")
def forget_what_was_delivered(*, partner: Partner, **kwargs: Any) -> None:
    """A partner that registers anew may have lost our tokens: the next push is a PUT of the whole object."""
    TokenPush.objects.filter(partner=partner).update(delivered=None)


@receiver(partner_resumed, dispatch_uid="ocpi.tokens")
def push_what_it_missed(*, partner: Partner, **kwargs: Any) -> None:
    """Blocks, for instance."""
    pushes.enqueue_all(partner)


@receiver(token_asked_for, dispatch_uid="ocpi.tokens")
def find_token(*, uid: str, type: str, **kwargs: Any) -> Token | None:
    """Locations ask whose driver wants to see them (LOC-24)."""
    return Token.objects.at(None).find(uid, type)
