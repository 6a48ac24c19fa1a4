"""A partner that exists to be measured: registered without a handshake, and never called."""

from django.db import transaction

from ocpi.core import clock
from ocpi.protocol.headers import PartyId

from . import services
from .models import Partner, PartnerRole, PartnerToken

NAME = "Load"
PARTY = PartyId("NL", "LOD")


@transaction.atomic
def enter() -> str:
    """The load partner with a new token, the only one that works. It has no endpoints: nothing is sent there."""
    state = {"status": Partner.Status.REGISTERED, "version": "2.2.1", "registered_at": clock.now()}
    partner, _ = Partner.objects.update_or_create(name=NAME, defaults=state)
    PartnerRole.objects.get_or_create(
        partner=partner, role="CPO", country_code=PARTY.country_code, party_id=PARTY.party_id, defaults={"name": NAME}
    )
    services.revoke(partner=partner)
    return services.issue(partner=partner, purpose=PartnerToken.Purpose.OPERATIONAL)
