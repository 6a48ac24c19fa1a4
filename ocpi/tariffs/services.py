"""What can happen to tariffs: PUT and DELETE (chapter mod_tariffs). There is no PATCH in 2.2.1."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from ocpi.core import parties
from ocpi.core.transactions import one_transaction
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, Stored
from ocpi.protocol import errors
from ocpi.protocol import tariffs as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key

from .models import Tariff, TariffVersion


@one_transaction
def put(*, partner: Partner, party: PartyId, tariff: wire.Tariff) -> Stored:
    """Create or replace a tariff; one that is older than ours is a version of its own time, and no more (AMB-04)."""
    row = Tariff.objects.of(partner, party).select_for_update().filter(tariff_id=tariff.id).first()
    payload = tariff.to_wire()
    if row is not None and not _replaces(row, payload, tariff):
        if for_us(payload) or not for_us(row.payload):
            _keep_version(row, payload, tariff)
        return Stored(created=False, applied=False)
    created = row is None
    row = row or Tariff(partner=partner, country_code=party.country_code, party_id=party.party_id)
    if created or row.payload != payload:
        _keep_version(row, payload, tariff)
    row.fill(payload, tariff)
    row.save()
    return Stored(created)


def _keep_version(row: Tariff, payload: dict[str, Any], tariff: wire.Tariff) -> None:
    """Once, however often it comes, and also when a newer one overtook it: an old bill is checked by the old price."""
    version = TariffVersion(
        partner=row.partner,
        country_code=row.country_code,
        party_id=row.party_id,
        tariff_id=tariff.id,
        last_updated=tariff.last_updated,
        payload=payload,
    )
    owned = TariffVersion.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    known = owned.filter(tariff_id=tariff.id, last_updated=tariff.last_updated).values_list("payload", flat=True)
    if payload not in known:
        version.save()


class Version(NamedTuple):
    """A tariff as it once was, and when we received it so."""

    received_at: datetime
    tariff: wire.Tariff


def versions(*, partner: Partner, party: PartyId, tariff_ids: Collection[str]) -> list[Version]:
    """Every version of these tariffs that we ever received, newest first; deleted tariffs included."""
    rows = TariffVersion.objects.of(partner, party).filter(tariff_id__in=[ci_key(text) for text in tariff_ids])
    newest_first = rows.order_by("-last_updated", "-pk")
    return [Version(row.received_at, wire.Tariff.from_wire(row.payload)) for row in newest_first]


def _replaces(row: Tariff, payload: dict[str, Any], tariff: wire.Tariff) -> bool:
    """Newer or equal; but what names another eMSP never replaces what is meant for us (TAR-21)."""
    ours_now, ours_then = for_us(payload), for_us(row.payload)
    return not row.newer_than(tariff.last_updated) if ours_now == ours_then else ours_now


def for_us(payload: dict[str, Any]) -> bool:
    """Some hubs send one id several times, once per eMSP, named by fields `target_operator_*` (FLD-12)."""
    named = [str(value) for name, value in payload.items() if name.startswith("target_operator_") and value]
    text = "".join(filter(str.isalnum, "".join(named))).upper()
    return not text or any(party.country_code + party.party_id in text for party in parties.ours())


def missing(*, partner: Partner, before: datetime, seen: Collection[tuple[str, str, str]]) -> list[int]:
    """What a complete pull that began at `before` did not bring. `seen`: (country_code, party_id, id) as keys."""
    known = Tariff.objects.filter(partner=partner, changed_at__lt=before)
    return [pk for pk, *key in known.values_list("pk", *OWNER_KEY[1:], "tariff_id") if tuple(key) not in seen]


def vanish(*, lost: list[int], before: datetime) -> None:
    """The list of a complete pull is the whole list (TAR-07). What was pushed meanwhile stays."""
    Tariff.objects.filter(pk__in=lost, changed_at__lt=before).delete()


@one_transaction
def delete(*, partner: Partner, party: PartyId, tariff_id: str) -> None:
    """Remove a tariff. Connectors that name it show "price unknown" from now on (TAR-05). Raises UnknownObject."""
    deleted, _ = Tariff.objects.of(partner, party).filter(tariff_id=tariff_id).delete()
    if not deleted:
        raise errors.UnknownObject(f"tariff {tariff_id} is not known")
