"""What synchronisation does when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from ocpi.core.signals import hub_party_connected, partner_registered
from ocpi.partners.models import Partner

from . import services
from .modules import MODULES


@receiver(partner_registered, dispatch_uid="ocpi.sync")
def pull_everything_again(*, partner: Partner, **kwargs: Any) -> None:
    """A new registration begins with a full pull of every module, at once (LOC-48)."""
    services.forget(partner, modules=list(MODULES))


@receiver(hub_party_connected, dispatch_uid="ocpi.sync")
def pull_what_it_had_before(*, partner: Partner, **kwargs: Any) -> None:
    """A party is new behind the hub: what it published earlier is older than our mark (HCI-07)."""
    services.pull_all_again(partner)
