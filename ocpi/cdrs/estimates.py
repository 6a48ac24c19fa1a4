"""What a charge would cost at a connector, by every tariff that may apply to our drivers (LOC-35, TAR-12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ocpi.locations.models import Connector, Location
from ocpi.protocol import pricing
from ocpi.protocol import tariffs as wire
from ocpi.protocol.model import plain_number
from ocpi.protocol.tariffs import TariffType
from ocpi.tariffs.models import Tariff


@dataclass(frozen=True)
class Estimate:
    """One tariff's price for the charge; `priced` says why where there is none. `doubts` are about the charge."""

    tariff: wire.Tariff
    priced: pricing.Priced
    doubts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        cost = self.priced.total_cost
        return {
            "country_code": self.tariff.country_code,
            "party_id": self.tariff.party_id,
            "tariff_id": self.tariff.id,
            "type": self.tariff.type and str(self.tariff.type),
            "currency": self.tariff.currency,
            "total_cost": cost and {"excl_vat": plain_number(cost.excl_vat), "incl_vat": plain_number(cost.incl_vat)},
            "parts": [_part(segment) for segment in self.priced.segments],
            "in_words": pricing.explain(self.tariff),
            "warnings": [*self.doubts, *(warning.sentence for warning in self.priced.warnings)],
            "unpriceable": self.priced.unpriceable and self.priced.unpriceable.reason,
        }


def estimates(
    connector: Connector, *, kwh: Decimal, minutes: Decimal, start: datetime, power_kw: Decimal | None = None
) -> list[Estimate]:
    """One entry for each tariff of the connector that a driver with a contract may get at `start`; none: price unknown.

    Ad hoc tariffs are for people who pay at the charger. Raises ValueError for an impossible charge.
    """
    location = connector.evse.location
    charge = {"start": start, "minutes": minutes, "kwh": kwh, "power_kw": power_kw}
    doubts = tuple(_doubts(connector, power_kw or kwh * 60 / minutes if minutes > 0 else Decimal(0)))
    return [
        Estimate(tariff, pricing.estimate(tariff, time_zone=location.time_zone, **charge), doubts)
        for tariff in _applicable(location, connector, start)
    ]


def _doubts(connector: Connector, power_kw: Decimal) -> Iterator[str]:
    if connector.power_w and power_kw * 1000 > connector.power_w:
        yield f"This takes {power_kw:.0f} kW, but the connector gives {connector.kilowatts:g} kW at most."


def _applicable(location: Location, connector: Connector, start: datetime) -> list[wire.Tariff]:
    rows = Tariff.objects.of(location.partner, location.party).filter(tariff_id__in=connector.tariff_ids)
    found = [wire.Tariff.from_wire(row.payload) for row in rows.exclude(type=TariffType.AD_HOC_PAYMENT)]
    return [tariff for tariff in found if _valid(tariff, start)]


def _valid(tariff: wire.Tariff, moment: datetime) -> bool:
    since, until = tariff.start_date_time, tariff.end_date_time
    return (since is None or since <= moment) and (until is None or moment < until)


def _part(segment: pricing.Segment) -> dict[str, Any]:
    return {
        "dimension": segment.dimension,
        "volume": plain_number(segment.billed_volume),
        "price": None if segment.price is None else plain_number(segment.price),
        "excl_vat": plain_number(segment.cost.excl_vat),
        "why": segment.why,
    }
