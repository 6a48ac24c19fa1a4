"""What an operator may decide about pricing, and how one pricing run reads the rules.

`Policy` holds the open questions of the specification; its defaults are this project's readings. `Reading` adds the
deviations that `check` tries when it looks for the CPO's own way of counting (R25); nobody sets those by hand.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Policy:
    """Choices of the operator. Amounts are in minor units of the currency: 1 is a cent, or a yen."""

    tolerance: Decimal = Decimal(1)
    """Differences up to this are a match (R22)."""
    rounding: Decimal = Decimal(2)
    """Differences above `tolerance` and up to this are `rounding`; above it, a mismatch."""
    inconsistent_volumes: Literal["mismatch", "warning"] = "mismatch"
    """What it means when total_energy, total_time or total_parking_time contradict the periods (R23)."""
    several_flats: Literal["first", "each"] = "first"
    """Whether a session pays one FLAT, or every different one that it meets (R15)."""
    limits_of: Literal["first", "last"] = "first"
    """The charging period whose tariff limits the total, when a CDR has several tariffs."""
    min_price_after_expiry: bool = False
    """Whether a reservation that expired unused pays min_price."""
    limit_vat: Literal["proportional", "unchanged"] = "proportional"
    """What happens to incl_vat under a limit that has none of its own (R21)."""
    unknown_power: Literal["average", "no_match"] = "average"
    """How a power restriction is decided when MIN_POWER and MAX_POWER do not decide it (R13)."""
    wrapped_weekday: Literal["each_instant", "first_day"] = "each_instant"
    """Whose weekday counts after midnight in a window that wraps (R10)."""
    missing_tariff_id: Literal["first_active", "unpriceable"] = "first_active"
    """What prices a period that names no tariff (R4)."""
    rounded_volume: Literal["priced", "all"] = "priced"
    """Whether step_size rounds the priced volume or all volume of the dimension (R17, R18)."""
    missing_time_zone: Literal["country", "utc", "unpriceable"] = "country"
    """Where local time comes from when nobody knows the zone of the location."""
    newer_tariffs: bool = False
    """Whether a stored tariff that was changed after the session began may price it (R2)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one run reads the rules. The defaults are the rules themselves; each other value is a known deviation."""

    policy: Policy = field(default_factory=Policy)
    steps: Literal["session", "none", "both", "period", "down", "switch"] = "session"
    snap: bool = True
    durations: Literal["listed", "timestamps", "whole_session"] = "listed"
    energy: Literal["listed", "total"] = "listed"
    flats: Literal["session", "period"] = "session"
    limits: Literal["both", "none", "min", "max"] = "both"
    vat: Literal["on_top", "inside", "none"] = "on_top"
    lines: Literal["exact", "truncated", "rounded"] = "exact"
    decided_at: Literal["start", "end", "session"] = "start"
    restrictions: Literal["all", "none"] = "all"
    duration_from: Literal["session", "parking"] = "session"
    split: bool = False
    left_out: Literal["energy", "time", "parking", "fixed", "reservation"] | None = None
    utc: bool = False
