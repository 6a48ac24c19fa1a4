"""What pricing and checking answer. All amounts are unrounded Decimals in the currency of the charge."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from ocpi.protocol.pricing.reasons import why
from ocpi.protocol.tariffs import TariffRestrictions

ZERO = Decimal(0)

Confidence = Literal["high", "low"]
Severity = Literal["error", "warning", "info", "hold"]


@dataclass(frozen=True, slots=True)
class Amount:
    """Money without and with VAT."""

    excl_vat: Decimal = ZERO
    incl_vat: Decimal = ZERO

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.excl_vat + other.excl_vat, self.incl_vat + other.incl_vat)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.excl_vat - other.excl_vat, self.incl_vat - other.incl_vat)


@dataclass(frozen=True, slots=True)
class Billed:
    """Priced volumes after step_size: kWh and hours."""

    energy_kwh: Decimal = ZERO
    time_h: Decimal = ZERO
    parking_h: Decimal = ZERO
    reservation_h: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of the breakdown: a volume of one dimension in one period, and what it costs.

    `part` is the cost field it belongs to: energy, time, parking, fixed or reservation. `volume`, `billed_volume` and
    `surplus` (what step_size added) are in kWh or hours, 1 for a FLAT. `price` is None where no element applied.
    """

    period: int
    start: datetime
    end: datetime
    dimension: str
    part: str
    volume: Decimal
    billed_volume: Decimal
    surplus: Decimal
    tariff_id: str
    element: int | None
    price: Decimal | None
    vat: Decimal | None
    step_size: int
    cost: Amount
    restrictions: TariffRestrictions | None
    time_zone: str

    @property
    def why(self) -> str:
        """Why this price applied, in one sentence."""
        return why(self)


@dataclass(frozen=True, slots=True)
class Warning:
    """Something to know about a price; with low confidence, it rests on an assumption."""

    code: str
    sentence: str
    period: int | None = None
    amount: Amount | None = None
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True)
class Unpriceable:
    """Why there is no number."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Priced:
    """What a charge costs by its tariffs; without numbers where it is `unpriceable`.

    Component costs are before min_price and max_price; `adjustment` is what a limit added to their sum, and `limit`
    names it. `time_zone` is the zone in which local times were read.
    """

    currency: str
    time_zone: str
    total_cost: Amount | None = None
    total_energy_cost: Amount | None = None
    total_time_cost: Amount | None = None
    total_parking_cost: Amount | None = None
    total_fixed_cost: Amount | None = None
    total_reservation_cost: Amount | None = None
    billed: Billed | None = None
    segments: tuple[Segment, ...] = ()
    warnings: tuple[Warning, ...] = ()
    limit: str | None = None
    adjustment: Amount | None = None
    unpriceable: Unpriceable | None = None

    @property
    def confidence(self) -> Confidence:
        """Low when any warning says that the price rests on an assumption."""
        return "low" if any(warning.confidence == "low" for warning in self.warnings) else "high"


class Outcome(StrEnum):
    """What a check can end with."""

    MATCH = "match"
    ROUNDING = "rounding"
    MISMATCH = "mismatch"
    UNPRICEABLE = "unpriceable"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Difference:
    """One compared field: their number, ours, and theirs minus ours."""

    field: str
    theirs: Decimal
    ours: Decimal

    @property
    def delta(self) -> Decimal:
        return self.theirs - self.ours


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the check found; `amount` is in the currency of the CDR, theirs minus ours where it differs."""

    code: str
    severity: Severity
    sentence: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The one deviation from the rules under which the CPO's number comes out."""

    code: str
    sentence: str
    total_cost: Amount


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a check. `priced` is None for credits, which are compared and not priced (R24)."""

    verdict: Outcome
    currency: str
    priced: Priced | None = None
    expected: Amount | None = None
    differences: tuple[Difference, ...] = ()
    findings: tuple[Finding, ...] = ()
    explanation: Explanation | None = None
    unpriceable: Unpriceable | None = None
