"""R2 to R5: which tariff prices which period."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing.faults import CannotPrice
from ocpi.protocol.pricing.policy import Policy
from ocpi.protocol.pricing.results import Warning
from ocpi.protocol.pricing.stretches import Charge, is_known
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import ci_equal, ci_key

_FOR_ALL = (None, "REGULAR")


def session_start(charge: Charge) -> datetime:
    """The moment at which tariffs are judged; the first period's where the session's own is not known."""
    return charge.start if is_known(charge.start) or not charge.stretches else charge.stretches[0].start


def is_active(tariff: Tariff, at: datetime) -> bool:
    """R3: start inclusive, end exclusive, absent means open."""
    begun = tariff.start_date_time is None or tariff.start_date_time <= at
    return begun and (tariff.end_date_time is None or at < tariff.end_date_time)


def choose(charge: Charge, tariffs: Sequence[Tariff], policy: Policy) -> tuple[list[Tariff], list[Warning]]:
    """One tariff for each period, in order. Raises CannotPrice where there is none, or in another currency (R5)."""
    if not charge.stretches:
        raise CannotPrice("no_periods", "There are no charging periods to price.")
    if not tariffs:
        raise CannotPrice("no_tariff", "No tariff came with it, and none of ours is known for it.")
    at = session_start(charge)
    named = {ci_key(stretch.tariff_id) for stretch in charge.stretches if stretch.tariff_id}
    found = {key: _named(key, tariffs, at) for key in named}
    if any(not stretch.tariff_id for stretch in charge.stretches):
        found[""] = _unnamed(tariffs, at, policy)
    for tariff in found.values():
        _must_be_in_currency(tariff, charge.currency)
    chosen = [found[ci_key(stretch.tariff_id or "")] for stretch in charge.stretches]
    return chosen, [*_remarks(charge, found, at)]


def _named(key: str, tariffs: Sequence[Tariff], at: datetime) -> Tariff:
    same = [tariff for tariff in tariffs if ci_key(tariff.id) == key]
    if not same:
        known = ", ".join(sorted({tariff.id for tariff in tariffs}))
        raise CannotPrice("unknown_tariff", f"A period names tariff {key}, which is not among {known}.")
    return best_version(same, at)


def best_version(versions: Sequence[Tariff], at: datetime) -> Tariff:
    """Of several versions of a tariff, the newest that was valid and known at that moment."""
    usable = [tariff for tariff in versions if is_active(tariff, at)] or versions
    before = [tariff for tariff in usable if tariff.last_updated <= at]
    return max(before, key=lambda tariff: tariff.last_updated) if before else usable[0]


def _unnamed(tariffs: Sequence[Tariff], at: datetime, policy: Policy) -> Tariff:
    if policy.missing_tariff_id == "unpriceable":
        raise CannotPrice("period_without_tariff", "A period names no tariff.")
    active = [tariff for tariff in tariffs if is_active(tariff, at)]
    if not active:
        raise CannotPrice("no_active_tariff", "A period names no tariff, and none was valid when the session began.")
    first = next((tariff for tariff in active if tariff.type in _FOR_ALL), active[0])
    return best_version([tariff for tariff in active if ci_equal(tariff.id, first.id)], at)


def _must_be_in_currency(tariff: Tariff, currency: str) -> None:
    if tariff.currency != currency:
        raise CannotPrice(
            "currency_differs", f"Tariff {tariff.id} is in {tariff.currency}, the bill in {currency}; nothing converts."
        )


def _remarks(charge: Charge, found: dict[str, Tariff], at: datetime) -> Iterable[Warning]:
    for key, tariff in found.items():
        if key and not is_active(tariff, at):
            yield Warning(
                "tariff_not_valid", f"Tariff {tariff.id} is named, but was not valid when the session began.", None
            )
    if "" in found:
        first = next(stretch.index for stretch in charge.stretches if not stretch.tariff_id)
        sentence = f"Periods without tariff_id were priced with tariff {found[''].id}."
        yield Warning("tariff_id_missing", sentence, first)


def stored_for(cdr: CDR, stored: Iterable[Tariff], policy: Policy) -> list[Tariff]:
    """R2: of our own tariffs, those of the CDR's CPO that were valid and known when the session began."""
    return [tariff for tariff in stored if not _objection(tariff, cdr, policy)]


def objections(cdr: CDR, stored: Iterable[Tariff], policy: Policy) -> str:
    """Why none of our own tariffs may price a CDR that carries none."""
    reasons = "; ".join(f"{tariff.id} {_objection(tariff, cdr, policy)}" for tariff in stored)
    return f"The CDR carries no tariff, and none of ours may price it: {reasons}."


def _objection(tariff: Tariff, cdr: CDR, policy: Policy) -> str:
    """Empty when there is none."""
    at = known_start(cdr)
    if not (ci_equal(tariff.party_id, cdr.party_id) and ci_equal(tariff.country_code, cdr.country_code)):
        return f"is of {tariff.country_code}-{tariff.party_id}"
    if not is_active(tariff, at):
        return "was not valid when the session began"
    if tariff.last_updated > at and not policy.newer_tariffs:
        return f"was changed on {tariff.last_updated:%Y-%m-%d}, after the session began"
    return ""


def known_start(cdr: CDR) -> datetime:
    """When the session began; the first period's start where the session's own is not known."""
    starts = [cdr.start_date_time, *sorted(period.start_date_time for period in cdr.charging_periods)]
    return next((start for start in starts if is_known(start)), starts[0])
