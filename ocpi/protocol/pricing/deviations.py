"""R25: what a CPO may have done differently. Each deviation is one row; the first that yields its number is told."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing.comparison import differences, outcome
from ocpi.protocol.pricing.engine import price_reading
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.results import Amount, Explanation, Outcome, Priced
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import ci_equal


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to price a CDR. `others` are tariffs that we know beside those that it carries."""

    cdr: CDR
    tariffs: Sequence[Tariff]
    others: Sequence[Tariff]
    time_zone: str | None
    reading: Reading

    def price(self) -> Priced:
        return price_reading(self.cdr, self.tariffs, self.time_zone, self.reading)


@dataclass(frozen=True, slots=True)
class Deviation:
    """A way to count that is not the rules'; `attempts` turns the right attempt into the deviating ones."""

    code: str
    sentence: str
    attempts: Callable[[Attempt], Iterable[Attempt]]


def _read(code: str, sentence: str, **changes: Any) -> Deviation:
    """Another reading of the rules."""
    return Deviation(code, sentence, lambda right: [replace(right, reading=replace(right.reading, **changes))])


def _policy(code: str, sentence: str, **changes: Any) -> Deviation:
    """The other choice where the specification is open."""

    def attempts(right: Attempt) -> Iterator[Attempt]:
        policy = replace(right.reading.policy, **changes)
        yield replace(right, reading=replace(right.reading, policy=policy))

    return Deviation(code, sentence, attempts)


def _other_versions(right: Attempt) -> Iterator[Attempt]:
    """Another version of one of the tariffs."""
    for other in (*right.tariffs, *right.others):
        if any(ci_equal(other.id, used.id) for used in right.tariffs):
            rest = [used for used in right.tariffs if not ci_equal(used.id, other.id)]
            yield replace(right, tariffs=[other, *rest])


def _one_tariff_for_all(right: Attempt) -> Iterator[Attempt]:
    """A single tariff for the whole session, whatever the periods name."""
    periods = [period.model_copy(update={"tariff_id": None}) for period in right.cdr.charging_periods]
    cdr = right.cdr.model_copy(update={"charging_periods": periods})
    for tariff in (*right.tariffs, *right.others):
        always = tariff.model_copy(update={"start_date_time": None, "end_date_time": None})
        yield replace(right, cdr=cdr, tariffs=[always])


# The ten of R25 in its order, then what else CPOs are known to do.
DEVIATIONS: tuple[Deviation, ...] = (
    _read("no_step_size", "step_size was not applied", steps="none"),
    _read("step_size_on_time_too", "charging time was rounded up although parking followed", steps="both"),
    _read("step_size_per_period", "step_size was applied to each period instead of once per session", steps="period"),
    _read("utc", "times of day were read in UTC instead of local time", utc=True),
    Deviation("other_tariff_version", "another version of the tariff was used", _other_versions),
    _read("flat_per_period", "the flat fee was charged for every period", flats="period"),
    _read("limits_ignored", "min_price and max_price were ignored", limits="none"),
    _read("vat_inside_price", "prices were taken to include VAT", vat="inside"),
    _read("duration_from_timestamps", "durations came from timestamps", durations="timestamps"),
    _read("truncated", "each amount was cut off after the minor unit", lines="truncated"),
    _read("step_size_per_element", "step_size was applied at each change of price", steps="switch"),
    _policy("step_size_on_free_volume", "step_size rounded volume that has no price too", rounded_volume="all"),
    _read("step_size_rounded_down", "step_size rounded down instead of up", steps="down"),
    Deviation("one_tariff_for_all", "one tariff priced all periods, whatever they name", _one_tariff_for_all),
    _policy("every_flat", "every flat fee was charged, not only the first", several_flats="each"),
    _read("no_flat", "the flat fee was left out", left_out="fixed"),
    _read("max_price_ignored", "max_price was ignored", limits="min"),
    _read("min_price_ignored", "min_price was ignored", limits="max"),
    _policy("limit_vat_unchanged", "a limit without incl_vat left the VAT as it was", limit_vat="unchanged"),
    _policy("limits_of_last_tariff", "the limits of the last tariff were applied", limits_of="last"),
    _policy("min_price_after_expiry", "min_price was applied to an expired reservation", min_price_after_expiry=True),
    _read("vat_left_out", "VAT was left out", vat="none"),
    _read("reservation_left_out", "the reservation was left out", left_out="reservation"),
    _read("energy_left_out", "the energy was left out", left_out="energy"),
    _read("time_left_out", "the charging time was left out", left_out="time"),
    _read("parking_left_out", "the parking time was left out", left_out="parking"),
    _read("whole_session_as_time", "the whole session was billed as charging time", durations="whole_session"),
    _read("energy_from_total", "energy came from total_energy, not from the periods", energy="total"),
    _read("rounded_per_line", "each line was rounded before adding up", lines="rounded"),
    _read("decided_at_period_end", "prices were chosen at the end of each period", decided_at="end"),
    _read("decided_at_session_start", "the prices at the start of the session were kept", decided_at="session"),
    _read("split_evenly", "periods were split where the price changes, volumes shared evenly over time", split=True),
    _read("hours_not_snapped", "hours with four decimals were taken literally before rounding up", snap=False),
    _read("duration_from_parking", "durations counted from the start of parking", duration_from="parking"),
    _policy("wrapped_weekday", "hours after midnight counted to the day before", wrapped_weekday="first_day"),
    _policy("unknown_power", "elements that depend on power were left out", unknown_power="no_match"),
    _read("restrictions_ignored", "the first price was taken, whatever its restrictions", restrictions="none"),
)


def explain_difference(right: Attempt) -> tuple[Explanation | None, Explanation | None]:
    """The first deviation that yields every amount of the CPO; else, if its total is wrong, one that yields that."""
    total_is_wrong = not _agrees(right, right.price(), "total_cost.")
    only_total = None
    for deviation in DEVIATIONS:
        for priced in _priced(deviation, right):
            if _agrees(right, priced, ""):
                return _explanation(deviation, priced), None
            if only_total is None and total_is_wrong and _agrees(right, priced, "total_cost."):
                only_total = _explanation(deviation, priced, " Its parts do not add up that way.")
    return None, only_total


def _priced(deviation: Deviation, right: Attempt) -> Iterator[Priced]:
    for attempt in deviation.attempts(right):
        priced = attempt.price()
        if priced.unpriceable is None:
            yield priced


def _agrees(right: Attempt, priced: Priced, fields: str) -> bool:
    policy = right.reading.policy
    found = tuple(d for d in differences(right.cdr, priced, policy) if d.field.startswith(fields))
    return outcome(found, right.cdr.currency, policy) == Outcome.MATCH


def _explanation(deviation: Deviation, priced: Priced, reservation: str = "") -> Explanation:
    sentence = f"The CPO's number comes out if {deviation.sentence}.{reservation}"
    return Explanation(deviation.code, sentence, priced.total_cost or Amount())
