"""What is odd about the periods of a charge: worth a warning, never a refusal (R1, R4, R6, R14, R23)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing.results import Warning
from ocpi.protocol.pricing.stretches import CONTEXT_ONLY, PRICED, Stretch, is_known
from ocpi.protocol.sessions import Session

_UNDERSTOOD = PRICED | CONTEXT_ONLY


def remarks(
    source: CDR | Session, stretches: Sequence[Stretch], order: Sequence[int], *, expired: bool
) -> Iterator[Warning]:
    """`order` holds the places in the CDR of the stretches, which are in order of time."""
    yield from _about_order(stretches, order)
    yield from _about_bounds(source, stretches)
    yield from _about_dimensions(source)
    yield from _about_energy(source, stretches)
    if expired:
        yield Warning(
            "reservation_expired",
            "Reserved time and nothing else: read as a reservation that expired unused; a cancelled one looks alike.",
            confidence="low",
        )


def _about_order(stretches: Sequence[Stretch], order: Sequence[int]) -> Iterator[Warning]:
    if any(first > second for first, second in pairwise(order)):
        yield Warning("periods_out_of_order", "The charging periods were not in order of time; they were sorted.")
    for first, second in pairwise(stretches):
        if first.start == second.start:
            yield Warning(
                "periods_start_together",
                f"Periods {first.index + 1} and {second.index + 1} start at the same moment.",
                second.index,
            )


def _about_bounds(source: CDR | Session, stretches: Sequence[Stretch]) -> Iterator[Warning]:
    start, end = source.start_date_time, source.end_date_time
    if not is_known(start):
        yield Warning("session_start_unknown", "The session's start is not known; that of its first period was taken.")
        return
    if end is not None and not is_known(end):
        yield Warning("session_end_unknown", "The session's end is not known.", confidence="low")
        return
    if end is not None and end < start:
        yield Warning("session_ends_before_start", "The session ends before it starts.", confidence="low")
    for stretch in stretches:
        if stretch.start < start:
            yield Warning(
                "period_before_session_start", f"Period {stretch.index + 1} starts before the session.", stretch.index
            )
        elif end is not None and stretch.start > end:
            yield Warning(
                "period_after_session_end", f"Period {stretch.index + 1} starts after the session's end.", stretch.index
            )


def _about_dimensions(source: CDR | Session) -> Iterator[Warning]:
    ignored: dict[str, int] = {}
    for index, period in enumerate(source.charging_periods):
        for dimension in period.dimensions:
            if dimension.type not in _UNDERSTOOD:
                ignored.setdefault(dimension.type, index)
    for kind, index in ignored.items():
        yield Warning("dimension_ignored", f"{kind} is not priced by OCPI 2.2.1 and was left out.", index)


def _about_energy(source: CDR | Session, stretches: Sequence[Stretch]) -> Iterator[Warning]:
    total = source.total_energy if isinstance(source, CDR) else source.kwh
    if total and all(stretch.energy is None for stretch in stretches):
        yield Warning(
            "total_energy_not_in_periods", f"The total says {total} kWh, but no period lists ENERGY: none was priced."
        )
    if any(stretch.energy is not None and stretch.energy < 0 for stretch in stretches):
        yield Warning(
            "negative_energy",
            "Energy was given back to the grid; it was netted off, and step_size rounds the net total if any is left.",
            confidence="low",
        )
