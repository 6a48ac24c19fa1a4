"""Celery tasks of synchronisation."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError

from . import bills, quarantine, services, watch
from .modules import HUB_CLIENT_INFO


@shared_task(name="ocpi.sync.pull")
def pull(partner_id: int, module: str, full: bool = False) -> None:
    """The outcome stands in the Pull row; a partner that fails is no failure of the task."""
    partner = Partner.objects.get(pk=partner_id)
    try:
        services.pull(partner=partner, module=module, full=full)
    except (PartnerError, services.Busy):
        return
    if module == HUB_CLIENT_INFO:
        pull_due.delay()  # the rest has waited for it


@shared_task(name="ocpi.sync.pull_due")
def pull_due() -> None:
    for partner_id, module in services.hand_out():
        pull.delay(partner_id, module)


@shared_task(name="ocpi.sync.watch")
def look_around() -> None:
    """Silent charges, and objects left out that came by push or that nobody lists any more."""
    watch.look()
    quarantine.release_what_was_pushed()
    quarantine.forget_old()


@shared_task(name="ocpi.sync.chase_bills")
def chase_bills() -> None:
    bills.chase()


@worker_ready.connect(dispatch_uid="ocpi.sync.hubs", weak=False)
def ask_hubs_again(**kwargs: Any) -> None:
    services.ask_hubs_again()
