"""Tariffs: what charging costs (OCPI 2.2.1, chapter 11). Prices are without VAT, in the currency of the tariff."""

from enum import StrEnum

from pydantic import Field

from ocpi.protocol.locations import EnergyMix
from ocpi.protocol.types import (
    CountryCode,
    Currency,
    DateTime,
    DisplayText,
    Id36,
    InfoUrl,
    Int,
    LocalDate,
    LocalTime,
    Many,
    Number,
    OcpiModel,
    PartyCode,
    Price,
    Some,
)


class DayOfWeek(StrEnum):
    """Days of the week, local time of the location."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class ReservationRestrictionType(StrEnum):
    """Which part of a reservation an element prices: holding it, or letting it expire unused."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


class TariffDimensionType(StrEnum):
    """What is priced: energy (kWh), the session as such (FLAT), parking time (h), charging or reservation time (h)."""

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


class TariffType(StrEnum):
    """Which sessions a tariff is for; a tariff without type is for all."""

    AD_HOC_PAYMENT = "AD_HOC_PAYMENT"
    PROFILE_CHEAP = "PROFILE_CHEAP"
    PROFILE_FAST = "PROFILE_FAST"
    PROFILE_GREEN = "PROFILE_GREEN"
    REGULAR = "REGULAR"


class PriceComponent(OcpiModel):
    """The price of one dimension."""

    type: TariffDimensionType = Field(description="What is priced.")
    price: Number = Field(description="Price without VAT: per kWh, per hour, or per session for FLAT.")
    vat: Number | None = Field(
        default=None, description="VAT in percent; absent means that no VAT applies, which is not 0 %."
    )
    step_size: Int = Field(description="Volume is billed in steps of this many Wh or seconds; 0 is read as 1 (TAR-10).")


class TariffRestrictions(OcpiModel):
    """When an element applies; all that are given must hold at the same moment."""

    start_time: LocalTime | None = Field(default=None, description="Local time of day from which it applies, HH:MM.")
    end_time: LocalTime | None = Field(
        default=None, description="Local time of day until which it applies; before start_time it means the next day."
    )
    start_date: LocalDate | None = Field(default=None, description="First local date, YYYY-MM-DD, inclusive.")
    end_date: LocalDate | None = Field(default=None, description="Local date from which it no longer applies.")
    min_kwh: Number | None = Field(default=None, description="Energy of the session so far in kWh, from this on.")
    max_kwh: Number | None = Field(default=None, description="Energy of the session so far in kWh, below this.")
    min_current: Number | None = Field(default=None, description="Current in A, sum over all phases, from this on.")
    max_current: Number | None = Field(default=None, description="Current in A, sum over all phases, below this.")
    min_power: Number | None = Field(default=None, description="Power in kW, from this on.")
    max_power: Number | None = Field(default=None, description="Power in kW, below this.")
    min_duration: Int | None = Field(default=None, description="Seconds since the session began, from this on.")
    max_duration: Int | None = Field(default=None, description="Seconds since the session began, below this.")
    day_of_week: Many[DayOfWeek] = Field(
        default_factory=list, description="Local weekdays on which it applies; none means all."
    )
    reservation: ReservationRestrictionType | None = Field(
        default=None, description="The element prices a reservation, by FLAT and TIME only."
    )


class TariffElement(OcpiModel):
    """Prices that apply under the same restrictions. Order counts: for each dimension the first match wins."""

    price_components: Some[PriceComponent] = Field(description="Prices, at least one.")
    restrictions: TariffRestrictions | None = Field(default=None, description="When they apply; absent means always.")


class Tariff(OcpiModel):
    """A price list, owned by one CPO."""

    country_code: CountryCode = Field(description="Country of the CPO that owns this object, two letters.")
    party_id: PartyCode = Field(description="Party id of the CPO that owns this object.")
    id: Id36 = Field(description="Id of the tariff within the CPO's platform.")
    currency: Currency = Field(description="Currency of all prices (ISO 4217).")
    type: TariffType | None = Field(default=None, description="Sessions it is for; absent means all.")
    tariff_alt_text: Many[DisplayText] = Field(
        default_factory=list, description="Explanation for drivers, by language."
    )
    tariff_alt_url: InfoUrl | None = Field(default=None, description="Web page that explains the tariff.")
    min_price: Price | None = Field(default=None, description="A session costs at least this.")
    max_price: Price | None = Field(default=None, description="A session costs at most this.")
    elements: Some[TariffElement] = Field(description="Prices in order of precedence, at least one.")
    start_date_time: DateTime | None = Field(default=None, description="When it begins to be valid.")
    end_date_time: DateTime | None = Field(default=None, description="When it ceases to be valid.")
    energy_mix: EnergyMix | None = Field(default=None, description="Electricity that is sold under it.")
    last_updated: DateTime = Field(description="When it was last changed.")
