"""What a charge costs by its tariffs: the rules in the order in which they act."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing import amounts, cuts, zones
from ocpi.protocol.pricing.faults import CannotPrice
from ocpi.protocol.pricing.instants import Clock
from ocpi.protocol.pricing.lines import Lines, lines_of
from ocpi.protocol.pricing.notices import about_limits, about_spanning
from ocpi.protocol.pricing.periods import accumulate, charge_of
from ocpi.protocol.pricing.policy import Policy, Reading
from ocpi.protocol.pricing.pricelist import PriceList, price_list
from ocpi.protocol.pricing.results import Amount, Priced, Unpriceable
from ocpi.protocol.pricing.selection import choose
from ocpi.protocol.pricing.steps import add_surplus
from ocpi.protocol.pricing.stretches import Charge, is_known
from ocpi.protocol.sessions import Session
from ocpi.protocol.tariffs import Tariff

DEFAULT = Policy()


def price(
    charge: CDR | Session, tariffs: Sequence[Tariff] | None = None, *, time_zone: str | None, policy: Policy = DEFAULT
) -> Priced:
    """Price a CDR, or a session so far, by these tariffs; without any, by those that the CDR carries.

    `time_zone` is the IANA name of the location's zone; None if nobody knows it. ValueError if there is no such zone.
    Nothing that a partner may have sent raises: what cannot be priced has `unpriceable` and no number.
    """
    return price_reading(charge, tariffs, time_zone, Reading(policy))


def price_reading(
    charge: CDR | Session, tariffs: Sequence[Tariff] | None, time_zone: str | None, reading: Reading
) -> Priced:
    """`price`, the rules read in this way."""
    own = charge.tariffs if isinstance(charge, CDR) else ()
    return price_charge(charge_of(charge, reading), tariffs or own, time_zone, reading)


def price_charge(charge: Charge, tariffs: Sequence[Tariff], time_zone: str | None, reading: Reading) -> Priced:
    """Price what `charge_of` read or an estimate made up."""
    try:
        return _priced(charge, tariffs, time_zone, reading)
    except CannotPrice as fault:
        reason = Unpriceable(fault.code, fault.reason)
        return Priced(charge.currency, time_zone or "UTC", warnings=charge.warnings, unpriceable=reason)


def _priced(charge: Charge, tariffs: Sequence[Tariff], time_zone: str | None, reading: Reading) -> Priced:
    chosen, remarks = choose(charge, tariffs, reading.policy)
    different = {id(tariff): tariff for tariff in chosen}
    ready = {key: price_list(tariff, reading, expired=charge.expired) for key, tariff in different.items()}
    local = any(prices.is_local for prices in ready.values())
    zone, doubts = zones.resolve(time_zone, charge.country, reading, local=local)
    _must_know_times(charge, ready.values())
    if reading.split:
        charge, chosen = _split(charge, chosen, zone)
    lists = [ready[id(tariff)] for tariff in chosen]
    found = lines_of(charge, lists, Clock(charge, zone if local else None, reading), reading)
    add_surplus(found.lines, reading)
    bill = _bill(charge, found, chosen, zone.key, reading)
    warnings = [*charge.warnings, *remarks, *doubts, *found.warnings, *about_limits(charge, chosen, bill)]
    if found.spanning and not reading.split:
        split = _priced(charge, tariffs, time_zone, replace(reading, split=True))
        warnings.append(about_spanning(found.spanning, bill, split))
    return replace(bill, warnings=tuple(warnings)) if warnings else bill


def _must_know_times(charge: Charge, lists: Iterable[PriceList]) -> None:
    if any(prices.is_timed for prices in lists) and not all(is_known(stretch.start) for stretch in charge.stretches):
        raise CannotPrice("time_unknown", "The tariff depends on time, and a period does not say when it began.")


def _split(charge: Charge, chosen: Sequence[Tariff], zone: ZoneInfo) -> tuple[Charge, list[Tariff]]:
    pieces = [
        (piece, tariff)
        for stretch, tariff in zip(charge.stretches, chosen, strict=True)
        for piece in cuts.split(stretch, tariff, zone)
    ]
    stretches = accumulate([piece for piece, _ in pieces], charge.start)
    return replace(charge, stretches=stretches), [tariff for _, tariff in pieces]


def _bill(charge: Charge, found: Lines, chosen: Sequence[Tariff], time_zone: str, reading: Reading) -> Priced:
    segments = tuple(amounts.segment(line, charge.currency, time_zone, reading) for line in found.lines)
    costs = amounts.parts(segments)
    total = sum(costs.values(), Amount())
    tariff = _limiting(charge, chosen, reading)
    bounded, limit = amounts.limited(total, tariff, reading, expired=charge.expired)
    return Priced(
        charge.currency,
        time_zone,
        bounded,
        costs["energy"],
        costs["time"],
        costs["parking"],
        costs["fixed"],
        costs["reservation"],
        amounts.billed(segments),
        segments,
        (),
        limit,
        bounded - total if limit else None,
    )


def _limiting(charge: Charge, chosen: Sequence[Tariff], reading: Reading) -> Tariff:
    """The tariff whose min_price and max_price count: that of the first charging period."""
    charging = [tariff for stretch, tariff in zip(charge.stretches, chosen, strict=True) if stretch.charges] or chosen
    return charging[0] if reading.policy.limits_of == "first" else charging[-1]
