"""Two requests with one token A: exactly one registers (CRE-36)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q

from ocpi.core import clock
from ocpi.partners.models import PartnerToken
from ocpi.protocol.errors import OcpiError

GRACE = timedelta(minutes=5)  # how long an old token outlives an update whose answer got lost (AMB-10)
_STALE = timedelta(minutes=2)  # a claim older than this belongs to a process that died


class Busy(OcpiError):
    """HTTP 200, 2000: another handshake with this token is running or has ended."""


@contextmanager
def hold(token: PartnerToken) -> Iterator[None]:
    """Claim the token for one handshake. Raises Busy when another one is running."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=clock.now() - _STALE)
    if not PartnerToken.objects.filter(free, pk=token.pk).update(claimed_at=clock.now()):
        raise Busy("a registration with this token is running or has ended")
    try:
        yield
    finally:
        PartnerToken.objects.filter(pk=token.pk).update(claimed_at=None)
