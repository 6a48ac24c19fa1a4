"""CDRs: the final record of a charging session, and the basis of the bill (OCPI 2.2.1, chapter 10)."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, model_validator

from ocpi.protocol.location_enums import AnyConnectorType, ConnectorFormat, PowerType
from ocpi.protocol.locations import GeoLocation
from ocpi.protocol.model import Tolerance, invalid
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import (
    NOT_AVAILABLE,
    Bool,
    CiString32,
    CiString36,
    CiString39,
    CiString48,
    Code255,
    Country,
    CountryCode,
    Currency,
    DateTime,
    Id39,
    Int,
    Many,
    Number,
    OcpiModel,
    Opaque512,
    Opaque5000,
    PartyCode,
    Price,
    Some,
    String10,
    String45,
    String255,
    TokenType,
    open_enum,
    remarked,
)


class AuthMethod(StrEnum):
    """How the driver was let in: we were asked, we sent a command, or the token was on the CPO's list."""

    AUTH_REQUEST = "AUTH_REQUEST"
    COMMAND = "COMMAND"
    WHITELIST = "WHITELIST"


class CdrDimensionType(StrEnum):
    """What is measured in a charging period; an open list, because only the first four are priced.

    Units: ENERGY, ENERGY_EXPORT, ENERGY_IMPORT kWh; TIME, PARKING_TIME, RESERVATION_TIME h;
    CURRENT, MAX_CURRENT, MIN_CURRENT A; POWER, MAX_POWER, MIN_POWER kW; STATE_OF_CHARGE %.
    """

    CURRENT = "CURRENT"
    ENERGY = "ENERGY"
    ENERGY_EXPORT = "ENERGY_EXPORT"
    ENERGY_IMPORT = "ENERGY_IMPORT"
    MAX_CURRENT = "MAX_CURRENT"
    MIN_CURRENT = "MIN_CURRENT"
    MAX_POWER = "MAX_POWER"
    MIN_POWER = "MIN_POWER"
    PARKING_TIME = "PARKING_TIME"
    POWER = "POWER"
    RESERVATION_TIME = "RESERVATION_TIME"
    STATE_OF_CHARGE = "STATE_OF_CHARGE"
    TIME = "TIME"


AnyCdrDimensionType = Annotated[str, open_enum(CdrDimensionType), remarked(CdrDimensionType)]

# These describe a moment, so they belong into sessions, never into CDRs (CDR-22).
SESSION_ONLY_DIMENSIONS = frozenset(
    {
        CdrDimensionType.CURRENT,
        CdrDimensionType.ENERGY_EXPORT,
        CdrDimensionType.ENERGY_IMPORT,
        CdrDimensionType.POWER,
        CdrDimensionType.STATE_OF_CHARGE,
    }
)


class CdrDimension(OcpiModel):
    """One measured volume of a charging period."""

    type: AnyCdrDimensionType = Field(description="What was measured.")
    volume: Number = Field(description="How much: kWh, h, A, kW or %, by type.")


class ChargingPeriod(OcpiModel):
    """A stretch of a session under unchanged conditions; it ends where the next begins, or with the session."""

    start_date_time: DateTime = Field(description="Begin of the period.")
    dimensions: Some[CdrDimension] = Field(description="What was measured in it, at least one.")
    tariff_id: CiString36 | None = Field(default=None, description="Tariff that priced it; absent means that none did.")


_ENERGY = frozenset({CdrDimensionType.ENERGY, CdrDimensionType.ENERGY_IMPORT, CdrDimensionType.ENERGY_EXPORT})
_SUSPICIOUS = 100  # ENERGY of this many kWh, and this many times the total: somebody writes Wh


def read_energy(periods: list[ChargingPeriod], total: Decimal, info: ValidationInfo) -> None:
    """Energy of a flagged partner's periods is turned from Wh into kWh (FLD-07).

    Who seems to write Wh without the flag gets a remark, and is read by the letter (SES-24).
    """
    if not isinstance(info.context, Tolerance):
        return
    if info.context.wh_energy:
        _turn_into_kwh(periods, info.context)
        return
    volumes = (d.volume for period in periods for d in period.dimensions if d.type == CdrDimensionType.ENERGY)
    energy = sum(volumes, Decimal(0))
    if energy >= _SUSPICIOUS and energy > _SUSPICIOUS * total:
        info.context.warnings.append("charging_periods/looks-like-wh")


def _turn_into_kwh(periods: list[ChargingPeriod], tolerance: Tolerance) -> None:
    for i, period in enumerate(periods):
        for j, dimension in enumerate(period.dimensions):
            if dimension.type in _ENERGY:
                dimension.volume /= 1000
                tolerance.warnings.append(f"charging_periods[{i}].dimensions[{j}].volume/wh")


class CdrToken(OcpiModel):
    """The token of a session, as it was when the session began."""

    country_code: CountryCode = Field(description="Country of the eMSP that owns the token.")
    party_id: PartyCode = Field(description="Party id of the eMSP that owns the token.")
    uid: CiString36 = Field(description="Unique id of the token.")
    type: TokenType = Field(description="Type of the token.")
    contract_id: CiString36 = Field(description="Contract of the driver with the eMSP.")


class CdrLocation(OcpiModel):
    """The place of a session, as it was at its begin. A pure reservation has #NA for what was never assigned."""

    id: CiString36 = Field(description="Id of the location.")
    name: String255 | None = Field(default=None, description="Name for display.")
    # The correction of 45/20 to 255/45 reached Location only; a CDR must hold what a Location may (FIX-04, TYP-03).
    address: String255 = Field(description="Street and house number.")
    city: String45 = Field(description="City or town.")
    postal_code: String10 | None = Field(default=None, description="Postal code; absent only where there is none.")
    state: String45 | None = Field(default=None, description="State or province, where that matters.")
    country: Country = Field(description="Country of the site, three letters (ISO 3166-1 alpha-3).")
    coordinates: GeoLocation = Field(description="Where it is.")
    evse_uid: CiString36 = Field(description="Technical id of the EVSE.")
    evse_id: CiString48 = Field(description="Public id of the EVSE (eMI3).")
    connector_id: CiString36 = Field(description="Id of the connector within the EVSE.")
    connector_standard: AnyConnectorType = Field(description="Kind of plug.")
    connector_format: ConnectorFormat = Field(description="Socket, or cable with plug.")
    connector_power_type: PowerType = Field(description="Kind of current and number of phases.")


class SignedValue(OcpiModel):
    """One signed meter value; kept to the letter, or the signature breaks (CDR-32)."""

    nature: CiString32 = Field(
        description="Moment of the value: Start, End, Intermediate, or another that the meter names."
    )
    plain_data: Opaque5000 = Field(description="The value as readable text.")
    signed_data: Opaque5000 = Field(description="The value as the meter signed it, often Base64.")


class SignedData(OcpiModel):
    """Signed meter values with what is needed to check them."""

    encoding_method: CiString36 = Field(description="Name of the format of the signed data.")
    encoding_method_version: Int | None = Field(default=None, description="Version of that format.")
    public_key: Opaque512 | None = Field(default=None, description="Public key of the meter, often Base64.")
    signed_values: Some[SignedValue] = Field(description="The signed values, at least one.")
    url: Opaque512 | None = Field(default=None, description="Where a driver can check the values.")


class CDR(OcpiModel):
    """What one session cost, once and for all. A credit CDR takes another back: only its `total_cost` is negative."""

    country_code: CountryCode = Field(description="Country of the CPO that owns this object, two letters.")
    party_id: PartyCode = Field(description="Party id of the CPO that owns this object.")
    id: Id39 = Field(description="Id of the CDR, unique for the party; 37 to 39 characters are for credit CDRs.")
    start_date_time: DateTime = Field(description="Begin of the session, or of the reservation before it.")
    end_date_time: DateTime = Field(description="End of the session.")
    session_id: CiString36 | None = Field(
        default=None, description="Session it belongs to; absent after a mere reservation."
    )
    cdr_token: CdrToken = Field(description="Token that was used.")
    auth_method: AuthMethod = Field(description="How the driver was let in, the last time.")
    authorization_reference: CiString36 | None = Field(
        default=None, description="Our reference, the last that we gave."
    )
    cdr_location: CdrLocation = Field(description="Where it took place.")
    meter_id: Code255 | None = Field(default=None, description="Id of the meter.")
    currency: Currency = Field(description="Currency of all amounts (ISO 4217).")
    tariffs: Many[Tariff] = Field(
        default_factory=list, description="Tariffs that the periods refer to, as at session start."
    )
    charging_periods: Some[ChargingPeriod] = Field(description="Parts of the session in order, at least one.")
    signed_data: SignedData | None = Field(default=None, description="Signed meter values.")
    total_cost: Price = Field(description="What is owed for everything; negative in a credit CDR.")
    total_fixed_cost: Price | None = Field(
        default=None, description="Flat fees, without those of parking and reservation."
    )
    total_energy: Number = Field(description="Energy charged, in kWh.")
    total_energy_cost: Price | None = Field(default=None, description="Cost of the energy.")
    total_time: Number = Field(description="Duration of the whole session, in hours.")
    total_time_cost: Price | None = Field(default=None, description="Cost of the time spent charging.")
    total_parking_time: Number | None = Field(default=None, description="Time without charging, in hours.")
    total_parking_cost: Price | None = Field(default=None, description="Cost of parking, flat fees included.")
    total_reservation_cost: Price | None = Field(
        default=None, description="Cost of the reservation, flat fees included."
    )
    remark: String255 | None = Field(default=None, description="Remark of the CPO for people.")
    invoice_reference_id: CiString39 | None = Field(default=None, description="Invoice that this CDR will appear on.")
    credit: Bool | None = Field(default=None, description="Whether this CDR takes another one back.")
    credit_reference_id: CiString39 | None = Field(default=None, description="Id of the CDR that is taken back.")
    home_charging_compensation: Bool | None = Field(
        default=None, description="Whether the driver gets the energy cost back, having charged at home."
    )
    last_updated: DateTime = Field(description="When this record was made.")

    @classmethod
    def _repair(cls, data: dict[str, Any], tolerance: Tolerance) -> dict[str, Any]:
        data = super()._repair(data, tolerance)
        place = data.get("cdr_location")
        if not isinstance(place, dict):
            return data
        flags = {"evse_id": tolerance.missing_evse_id, "evse_uid": tolerance.missing_evse_uid}
        lacking = [name for name, flag in flags.items() if flag and place.get(name) is None]
        tolerance.warnings += [f"cdr_location.{name}/missing" for name in lacking]
        return {**data, "cdr_location": {**place, **dict.fromkeys(lacking, NOT_AVAILABLE)}} if lacking else data

    @model_validator(mode="after")
    def _pair_credit_fields(self) -> Self:
        """CDR-11: a credit without its original, or an original without credit, cannot be booked."""
        if bool(self.credit) != bool(self.credit_reference_id):
            raise invalid("credit", "goes together with credit_reference_id")
        return self

    @model_validator(mode="after")
    def _remark_oddities(self, info: ValidationInfo) -> Self:
        """CDR-09, CDR-22, SES-24: odd, but no reason to lose the basis of an invoice."""
        if isinstance(info.context, Tolerance):
            if len(self.id) > 36 and not self.credit:
                info.context.warnings.append("id/credit-length")
            info.context.warnings += self._session_only_dimensions()
        read_energy(self.charging_periods, self.total_energy, info)
        return self

    def _session_only_dimensions(self) -> list[str]:
        return [
            f"charging_periods[{i}].dimensions[{j}]/session-only"
            for i, period in enumerate(self.charging_periods)
            for j, dimension in enumerate(period.dimensions)
            if dimension.type in SESSION_ONLY_DIMENSIONS
        ]
