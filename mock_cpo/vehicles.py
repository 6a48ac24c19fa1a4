"""Cars: how much power a battery takes at its state of charge."""

import random
from dataclasses import dataclass
from itertools import pairwise

AC_TAPER_FROM = 97.0
DC_CURVE = ((0.0, 0.75), (10.0, 1.0), (50.0, 0.95), (60.0, 0.75), (80.0, 0.42), (90.0, 0.22), (100.0, 0.08))
"""(state of charge in percent, share of the largest DC power that the battery accepts)"""


@dataclass(slots=True)
class Vehicle:
    """`soc` and `target_soc` in percent, power in kW, energy in kWh."""

    battery_kwh: float = 60.0
    soc: float = 40.0
    target_soc: float = 80.0
    max_ac_kw: float = 11.0
    max_dc_kw: float = 150.0

    @classmethod
    def random(cls, source: random.Random) -> "Vehicle":
        battery = source.choice((40.0, 52.0, 60.0, 77.0, 100.0))
        return cls(
            battery_kwh=battery,
            soc=float(source.randint(12, 55)),
            target_soc=float(source.choice((80, 80, 90, 100))),
            max_ac_kw=source.choice((7.4, 11.0, 11.0, 22.0)),
            max_dc_kw=source.choice((50.0, 100.0, 150.0, 250.0)),
        )

    @property
    def full(self) -> bool:
        return self.soc >= self.target_soc - 1e-9

    def power(self, allowed_kw: float, direct_current: bool) -> float:
        """kW that flow now, where so much is allowed; a battery takes at least half a kW."""
        if self.full:
            return 0.0
        limit = self._dc_limit() if direct_current else self._ac_limit()
        return min(allowed_kw, max(0.5, limit))

    def charge(self, kwh: float) -> None:
        self.soc = min(self.target_soc, self.soc + kwh / self.battery_kwh * 100)

    def missing_kwh(self) -> float:
        """Energy until the driver's target."""
        return max(0.0, (self.target_soc - self.soc) / 100 * self.battery_kwh)

    def _ac_limit(self) -> float:
        return self.max_ac_kw * (0.35 if self.soc > AC_TAPER_FROM else 1.0)

    def _dc_limit(self) -> float:
        for (low, share), (high, next_share) in pairwise(DC_CURVE):
            if self.soc <= high:
                return self.max_dc_kw * (share + (next_share - share) * (self.soc - low) / (high - low))
        return self.max_dc_kw * DC_CURVE[-1][1]


PHASES = {"AC_1_PHASE": 1, "AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 2, "AC_3_PHASE": 3, "DC": 1}


def connector_power(connector: dict) -> float:
    """kW of a connector; max_voltage of AC_3_PHASE is line to neutral (LOC-38)."""
    if "max_electric_power" in connector:
        return connector["max_electric_power"] / 1000
    return connector["max_voltage"] * connector["max_amperage"] * PHASES[connector["power_type"]] / 1000
