"""R9, R12: the moment at which a charging period is judged, and its last instant."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from ocpi.protocol.pricing.conditions import Moment
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.results import ZERO
from ocpi.protocol.pricing.stretches import Charge, Stretch, is_known

WATT_HOUR = Decimal("0.001")
SECOND = timedelta(seconds=1)


class Clock:
    """Makes the moments of one charge. `zone` is None when no price depends on local time."""

    def __init__(self, charge: Charge, zone: ZoneInfo | None, reading: Reading) -> None:
        self._zone = zone
        self._lists_energy = charge.lists_energy
        self._reading = reading
        self._first = next((stretch for stretch in charge.stretches if stretch.charges), charge.stretches[0])

    def decisive(self, stretch: Stretch) -> Moment:
        """The instant that decides all prices of the period: its start."""
        if self._reading.decided_at == "end":
            return self.last(stretch)
        if self._reading.decided_at == "session":
            stretch = self._first
        return self._begin(stretch, stretch.elapsed)

    def reserved(self, stretch: Stretch) -> Moment:
        """The start of reserved time, whose clock runs from the reservation."""
        return self._begin(stretch, stretch.reserved_elapsed)

    def last(self, stretch: Stretch) -> Moment:
        """One second and one watt-hour before the end: an end that lies exactly on a bound is still inside.

        Where the end is not known, nothing is known of what came after the start.
        """
        if not is_known(stretch.end):
            return self._begin(stretch, stretch.elapsed)
        at = stretch.end - SECOND if stretch.seconds else stretch.start
        energy = stretch.energy or ZERO
        before = stretch.energy_before + max(ZERO, energy - WATT_HOUR)
        return self._moment(stretch, at, before, stretch.elapsed + max(0, stretch.seconds - 1))

    def _begin(self, stretch: Stretch, elapsed: int) -> Moment:
        if self._reading.duration_from == "parking" and stretch.parked is not None:
            elapsed = stretch.parked
        return self._moment(stretch, stretch.start, stretch.energy_before, elapsed)

    def _moment(self, stretch: Stretch, at: datetime, energy: Decimal, elapsed: int) -> Moment:
        minute, date, weekday = 0, "", 0
        if self._zone is not None:
            local = at.astimezone(self._zone)
            minute, date, weekday = local.hour * 60 + local.minute, local.date().isoformat(), local.weekday()
        flow = (stretch.min_power, stretch.max_power, stretch.min_current, stretch.max_current)
        return Moment(minute, date, weekday, energy, elapsed, *flow, partial(self._average_power, stretch))

    def _average_power(self, stretch: Stretch) -> Decimal | None:
        if not self._lists_energy or not stretch.seconds:
            return None
        return (stretch.energy or ZERO) * 3600 / stretch.seconds
