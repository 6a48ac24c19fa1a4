"""What can happen to tariffs: PUT and DELETE (chapter mod_tariffs). There is no PATCH in 2.2.1."""

from ocpi.core.transactions import one_transaction
from ocpi.partners.models import Partner
from ocpi.partners.owned import Stored
from ocpi.protocol import errors
from ocpi.protocol import tariffs as wire
from ocpi.protocol.headers import PartyId

from .models import Tariff


@one_transaction
def put(*, partner: Partner, party: PartyId, tariff: wire.Tariff) -> Stored:
    """Create or replace a tariff; one that is older than ours is acknowledged and ignored."""
    row = Tariff.objects.of(partner, party).select_for_update().filter(tariff_id=tariff.id).first()
    if row is not None and row.newer_than(tariff.last_updated):
        return Stored(created=False, applied=False)
    created = row is None
    row = row or Tariff(partner=partner, country_code=party.country_code, party_id=party.party_id)
    row.fill(tariff.to_wire(), tariff)
    row.save()
    return Stored(created)


@one_transaction
def delete(*, partner: Partner, party: PartyId, tariff_id: str) -> None:
    """Remove a tariff. Connectors that name it show "price unknown" from now on (TAR-05). Raises UnknownObject."""
    deleted, _ = Tariff.objects.of(partner, party).filter(tariff_id=tariff_id).delete()
    if not deleted:
        raise errors.UnknownObject(f"tariff {tariff_id} is not known")
