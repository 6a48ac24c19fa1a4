"""The sandbox of a run: a world at the mock CPO, a partner here, and nothing that stays when the learner has left."""

import logging
import secrets
import string
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet

from learning.demo.callers import Control
from learning.demo.errors import DemoFailed
from learning.models import Run
from ocpi.cdrs.models import CDR, Invoice, Review
from ocpi.chargingprofiles.models import ProfileRequest
from ocpi.commands.models import Command
from ocpi.core import clock
from ocpi.journal import writer
from ocpi.locations.models import Location
from ocpi.partners import services as partners
from ocpi.partners.models import HubParty, Partner, PartnerRole
from ocpi.sessions.models import ChargingPreference, Session
from ocpi.tariffs.models import Tariff, TariffVersion
from ocpi.tokens.models import Authorization, Token

from . import exchanges
from .errors import Trouble

logger = logging.getLogger(__name__)
COUNTRY = "NL"
_QUICK = {"charger_delay": 0.1, "report_pause": 0.25, "plug_delay": 5, "auto_unplug": False}
_TRIES = 5
# Where lessons charge: the first two EVSEs of a site of the mock CPO are always in order.
PLACE = {
    "location_id": "NLAMS01", "evse_uid": "NLAMS01-01", "other_evse": "NLAMS01-02", "connector_id": "1",
    "tariff_id": "NL-ENERGY-PARKING",
}  # fmt: skip


def cpo() -> Control:
    """The control API of the mock CPO in which the worlds live: the only host that lessons call, besides ourselves."""
    return Control(settings.LEARNING_CPO_URL)


def control(run: Run) -> Control:
    """The control API of the run's own world."""
    return Control(f"{settings.LEARNING_CPO_URL}/worlds/{run.world}")


def open_for(run: Run, world: dict[str, Any], name: str) -> None:
    """A world and a partner for this run; not registered yet. Raises Trouble when the mock CPO does not answer."""
    wanted = {"country": COUNTRY, "party": free_party(), "lands": ["NL"], "fast": 60, "flow": run.flow, **world}
    wanted["settings"] = {**_QUICK, **world.get("settings", {})}
    try:
        made = cpo().post("worlds", wanted)
    except DemoFailed as error:
        raise Trouble(f"{error}. `make demo` starts both platforms.") from error
    partner = Partner.objects.create(name=f"Learner {run.id.hex[:8]}: {name}", sandbox=True)
    run.world, run.partner = made["id"], partner
    run.facts |= _facts(made, wanted, partner)
    run.save()


def _facts(made: dict[str, Any], wanted: dict[str, Any], partner: Partner) -> dict[str, Any]:
    return {
        "country": wanted["country"],
        "party": wanted["party"],
        "hub": bool(wanted.get("hub")),
        "versions_url": made["versions_url"],
        "base_url": made["base_url"],
        "cpo_token_a": made["token_a"],
        "emsp_country": settings.EMSP_PARTIES[0][:2],
        "emsp_party": settings.EMSP_PARTIES[0][3:],
        "our_versions_url": settings.OCPI_VERSIONS_URL,
        "our_url": settings.OCPI_BASE_URL,
        "partner": partner.pk,
        **PLACE,
    }


def free_party() -> str:
    """A party_id that nobody here has, nor anybody behind a hub: a digit in front, as no real one begins."""
    while True:
        party = secrets.choice("0123456789") + "".join(
            secrets.choice(string.ascii_uppercase + string.digits) for _ in range(2)
        )
        named = {"country_code": COUNTRY, "party_id": party}
        if not PartnerRole.objects.filter(**named).exists() and not HubParty.objects.filter(**named).exists():
            return party


def close(run: Run) -> None:
    """Everything that the run brought into the world goes again, here and at the mock CPO. Safe to call twice."""
    with suppress(DemoFailed):  # it may be gone, or never have been
        if run.world:
            cpo().delete(f"worlds/{run.world}")
    partner = run.partner
    if partner is not None:
        partners.revoke(partner=partner)
        writer.flush()
        _wipe(run, partner)
    Run.objects.filter(pk=run.pk).update(partner=None, world="", facts={})
    run.partner, run.world, run.facts = None, "", {}


def _wipe(run: Run, partner: Partner) -> None:
    """A message that was under way may still bring a row while we delete: then once more."""
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                exchanges.rows_of(run).delete()
                for rows in _belongings(partner):
                    rows.delete()
                Partner.objects.filter(pk=partner.pk).delete()
            return
        except (ProtectedError, IntegrityError):
            logger.info("%s: something arrived while it was being wiped out, try %d", partner, attempt)
            if attempt == _TRIES:
                raise


def _belongings(partner: Partner) -> Iterator[QuerySet[Any]]:
    """What no cascade reaches, in the order in which it can go."""
    yield Authorization.objects.filter(partner=partner)
    yield ProfileRequest.objects.filter(partner=partner)
    yield ChargingPreference.objects.filter(partner=partner)
    yield Review.objects.filter(partner=partner)
    yield Invoice.objects.filter(partner=partner)
    yield CDR.objects.filter(partner=partner)
    yield Command.objects.filter(partner=partner, undoes__isnull=False)
    yield Command.objects.filter(partner=partner)
    yield Session.objects.filter(partner=partner)
    yield Location.objects.filter(partner=partner)
    yield Tariff.objects.filter(partner=partner)
    yield TariffVersion.objects.filter(partner=partner)
    yield Token.objects.filter(sandbox=partner)


def touch(run: Run) -> None:
    """The learner is still there."""
    run.touched_at = clock.now()
    Run.objects.filter(pk=run.pk).update(touched_at=run.touched_at)
