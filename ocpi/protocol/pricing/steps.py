"""R16 to R18: step_size, rounded up once per session, the surplus billed in the last period of its kind."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from ocpi.protocol.pricing.lines import Line
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.results import ZERO

THOUSAND = Decimal(1000)


def add_surplus(lines: Sequence[Line], reading: Reading) -> None:
    """Set `surplus` of the lines in which step_size is billed."""
    if reading.steps == "none":
        return
    metered = [line for line in lines if line.dimension != "FLAT"]
    for bucket in _buckets(metered, reading):
        _round(bucket, reading)


def _buckets(lines: Sequence[Line], reading: Reading) -> Iterable[list[Line]]:
    """Lines that are rounded together: energy; parking time, or time if none was priced; reserved time."""
    by_kind: dict[object, list[Line]] = {}
    for line in lines:
        by_kind.setdefault(_kind(line, reading), []).append(line)
    parked = any(line.part == "parking" and line.offer is not None and line.volume > 0 for line in lines)
    once_for_both = reading.steps in ("session", "down")
    return [bucket for bucket in by_kind.values() if not (parked and once_for_both and bucket[0].part == "time")]


def _kind(line: Line, reading: Reading) -> object:
    if reading.steps == "period":
        return (line.dimension, line.stretch.index)
    if reading.steps == "switch":
        return (line.dimension, line.tariff_id, line.offer and line.offer.element)
    return line.dimension


def _round(bucket: list[Line], reading: Reading) -> None:
    """R17: only what was priced is rounded, by the step of the last priced line, and billed there."""
    priced = [line for line in bucket if line.offer is not None]
    if not priced:
        return
    last = priced[-1]
    counted = bucket if reading.policy.rounded_volume == "all" else priced
    total = sum((line.volume for line in counted), ZERO)
    last.surplus = _surplus(total, last, down=reading.steps == "down")


def _surplus(total: Decimal, last: Line, *, down: bool) -> Decimal:
    """What is missing to the next step; nothing where more was given back than was taken (V2G)."""
    step_size = last.offer.step_size if last.offer else 0
    if step_size <= 0 or total < 0:
        return ZERO
    step = step_size / THOUSAND if last.dimension == "ENERGY" else Decimal(step_size)
    steps = (total / step).to_integral_value(ROUND_FLOOR if down else ROUND_CEILING)
    return steps * step - total
