"""One party, several ways to it: through a hub and directly, or from two platforms that both say they are it.

Through a hub and directly is how roaming works. From two direct partners it is a change of platform that nobody
finished, or somebody who says to be another: the operator is asked, and ends one of the two. Until then everything that
is asked of the party goes one way, the same for everybody (`foremost`); what each of them brings stays apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from ocpi.core import parties
from ocpi.protocol.headers import PartyId

from .models import HubParty, Partner, PartnerRole

_LIVE = [Partner.Status.REGISTERED, Partner.Status.SUSPENDED, Partner.Status.UNKNOWN]


@dataclass(frozen=True)
class Shared:
    """A party of `partner` that `other` brings as well. `through_hub`: one of the two is a hub in front of it."""

    party: PartyId
    other: Partner
    through_hub: bool


def of(partner: Partner) -> list[Shared]:
    """Whatever else leads to the parties of this partner; of a hub, only to its own."""
    own = {party.key: party for party in partner.senders()} if partner.hub is None else {partner.hub.key: partner.hub}
    named = Q()
    for party in own.values():
        named |= Q(country_code=party.country_code, party_id=party.party_id)
    if not own:
        return []
    others = Q(partner__status__in=_LIVE, partner__sandbox=partner.sandbox) & ~Q(partner=partner)
    direct = PartnerRole.objects.filter(named, others)
    behind = HubParty.objects.filter(named, others)
    found: dict[tuple[Any, int], Shared] = {}
    for rows, through_hub in ((direct, False), (behind, True)):
        for row in rows.select_related("partner").order_by("partner")[:20]:
            party = PartyId(row.country_code, row.party_id)
            found.setdefault((party.key, row.partner_id), Shared(party, row.partner, through_hub))
    return list(found.values())


def names_us(partner: Partner) -> list[PartyId]:
    """Parties of ours that they say they are."""
    return [party for party in partner.senders() if parties.is_ours(*party)]


def foremost(rows: Iterable[Any]) -> Any:
    """Of rows about one thing of one party, that of the partner whom we ask.

    Who is connected before who is not, the party itself before a hub, and whom we knew first before who came later:
    a newcomer takes nothing over by saying a name.
    """
    return min(rows, key=lambda row: (not row.partner.connected, row.partner.hub is not None, row.partner_id))
