"""What hubs tell about the parties behind them. The rows are `ocpi.partners.models.HubParty`: who may call us."""

import logging

from django.db.models import QuerySet

from ocpi.core.signals import hub_party_connected
from ocpi.core.transactions import one_transaction
from ocpi.partners.models import HubParty, Partner
from ocpi.partners.owned import Stored
from ocpi.protocol import errors
from ocpi.protocol.headers import PartyId
from ocpi.protocol.hubclientinfo import ClientInfo, ConnectionStatus

logger = logging.getLogger(__name__)
_FIRST = {"CPO": 0}


@one_transaction
def put(*, partner: Partner, info: ClientInfo) -> Stored:
    """Create or update what is known of one party in one role (HCI-01, HCI-06); an older message changes nothing."""
    party = PartyId(info.country_code, info.party_id)
    row = _of(partner, party).select_for_update().filter(role=str(info.role)).first()
    if row is not None and row.last_updated is not None and row.last_updated > info.last_updated:
        return Stored(created=False, applied=False)
    created = row is None or row.payload is None  # an operator may have entered the party before the hub told of it
    row = row or HubParty(partner=partner, country_code=party.country_code, party_id=party.party_id, role=info.role)
    was_known = row.pk is not None and row.known
    before = row.status
    row.status, row.last_updated, row.payload = str(info.status), info.last_updated, info.to_wire()
    row.save()
    partner.read_again()
    if before != row.status:
        logger.info("%s: %s is %s", partner, row, row.get_status_display())
    if row.status == ConnectionStatus.CONNECTED and not was_known:
        hub_party_connected.send(sender=None, partner=partner)
    return Stored(created)


def find(*, partner: Partner, party: PartyId) -> HubParty:
    """What the hub told of a party; of several roles the CPO (AMB-31). Raises UnknownObject."""
    rows = sorted(_of(partner, party).exclude(payload=None), key=lambda row: (_FIRST.get(row.role, 1), row.pk))
    if not rows:
        raise errors.UnknownObject(f"party {party.country_code}-{party.party_id} is not known behind this hub")
    return rows[0]


def _of(partner: Partner, party: PartyId) -> QuerySet[HubParty]:
    return HubParty.objects.filter(partner=partner, country_code=party.country_code, party_id=party.party_id)
