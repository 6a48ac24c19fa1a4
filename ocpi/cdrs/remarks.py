"""What is odd about a CDR. Everything here is stored and shown, and refuses nothing (CDR-09, 12..15, 18, 22, 28)."""

from collections.abc import Iterator

from ocpi.locations.models import Location
from ocpi.protocol.cdrs import SESSION_ONLY_DIMENSIONS
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key

from .models import CDR

Remark = CDR.Remark


def remarks(row: CDR) -> list[str]:
    """The row need not be saved, but its references must be resolved."""
    return [*_about_references(row), *about_content(row), *(_about_credit(row) if row.credit else ())]


def about_content(row: CDR) -> list[str]:
    """Of a bill whose references are all known, and which is no credit, there is no other."""
    return list(_about_content(row))


def _about_references(row: CDR) -> Iterator[str]:
    if row.session_id and row.session_row_id is None:
        yield Remark.UNKNOWN_SESSION
    if row.token_row_id is None:
        yield Remark.UNKNOWN_TOKEN
    owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    if not owned.filter(location_id=row.location_id).exists():
        yield Remark.UNKNOWN_LOCATION


def _about_content(row: CDR) -> Iterator[str]:
    periods = row.payload["charging_periods"]
    embedded = {ci_key(tariff["id"]) for tariff in row.payload.get("tariffs", [])}
    if any(ci_key(period.get("tariff_id", "")) not in {*embedded, ""} for period in periods):
        yield Remark.UNKNOWN_TARIFF
    if any(d["type"] in SESSION_ONLY_DIMENSIONS for period in periods for d in period["dimensions"]):
        yield Remark.SESSION_DIMENSIONS
    if len(row.cdr_id) > 36 and not row.credit:
        yield Remark.LONG_ID


def _about_credit(row: CDR) -> Iterator[str]:
    owned = CDR.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    original = owned.filter(cdr_id=row.credit_reference_id).first()
    if original is None:
        yield Remark.UNKNOWN_ORIGINAL
    elif row.currency != original.currency or not _negates(row, original):
        yield Remark.ODD_CREDIT


def _negates(credit: CDR, original: CDR) -> bool:
    pairs = [
        (credit.total_cost, original.total_cost),
        (credit.total_cost_incl_vat or 0, original.total_cost_incl_vat or 0),
    ]
    return all(round(a + b, 6) == 0 for a, b in pairs)
