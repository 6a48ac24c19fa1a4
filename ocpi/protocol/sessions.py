"""Sessions: a charging session while it lasts (OCPI 2.2.1, chapter 9)."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from ocpi.protocol.cdrs import AuthMethod, CdrToken, ChargingPeriod, read_energy
from ocpi.protocol.model import note
from ocpi.protocol.types import (
    Bool,
    CiString36,
    Code255,
    CountryCode,
    Currency,
    DateTime,
    Id36,
    Many,
    Number,
    OcpiModel,
    PartyCode,
    Price,
    ProfileType,
)

__all__ = ["ChargingPreferences", "ChargingPreferencesResponse", "ProfileType", "Session", "SessionStatus"]


class ChargingPreferencesResponse(StrEnum):
    """The CPO's answer to charging preferences; stands bare in `data` (SES-35)."""

    ACCEPTED = "ACCEPTED"
    DEPARTURE_REQUIRED = "DEPARTURE_REQUIRED"
    ENERGY_NEED_REQUIRED = "ENERGY_NEED_REQUIRED"
    NOT_POSSIBLE = "NOT_POSSIBLE"
    PROFILE_TYPE_NOT_SUPPORTED = "PROFILE_TYPE_NOT_SUPPORTED"


class SessionStatus(StrEnum):
    """Where a session is in its life; `states.SESSION` has what may follow what."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    PENDING = "PENDING"
    RESERVATION = "RESERVATION"


def _reserved(value: Any, info: ValidationInfo) -> Any:
    """The text of the specification says RESERVED where its enum says RESERVATION (AMB-18); we emit the latter only."""
    if value == "RESERVED":
        note(info, value, "RESERVED")
        return SessionStatus.RESERVATION
    return value


class Session(OcpiModel):
    """One charging session or reservation, owned by one CPO. #NA stands for an EVSE not assigned yet (SES-19)."""

    country_code: CountryCode = Field(description="Country of the CPO that owns this object, two letters.")
    party_id: PartyCode = Field(description="Party id of the CPO that owns this object.")
    id: Id36 = Field(description="Id of the session within the CPO's platform.")
    start_date_time: DateTime = Field(description="Creation while PENDING; moved to the activation once ACTIVE.")
    end_date_time: DateTime | None = Field(default=None, description="End of the session, not of the flow of energy.")
    kwh: Number = Field(description="Energy charged so far, in kWh.")
    cdr_token: CdrToken = Field(description="Token that is used.")
    auth_method: AuthMethod = Field(description="How the driver was let in; may change on the way.")
    authorization_reference: CiString36 | None = Field(
        default=None, description="Our reference, the last that we gave."
    )
    location_id: CiString36 = Field(description="Location it takes place at.")
    evse_uid: CiString36 = Field(description="Technical id of the EVSE.")
    connector_id: CiString36 = Field(description="Id of the connector within the EVSE.")
    meter_id: Code255 | None = Field(default=None, description="Id of the meter.")
    currency: Currency = Field(description="Currency of all amounts (ISO 4217).")
    charging_periods: Many[ChargingPeriod] = Field(
        default_factory=list, description="Parts of the session so far, in order."
    )
    total_cost: Price | None = Field(default=None, description="What is owed so far; absent means unknown, not free.")
    status: Annotated[SessionStatus, BeforeValidator(_reserved)] = Field(
        description="Where the session is in its life."
    )
    last_updated: DateTime = Field(description="When it was last changed.")

    @model_validator(mode="after")
    def _read_energy(self, info: ValidationInfo) -> Self:
        read_energy(self.charging_periods, self.kwh, info)
        return self


class ChargingPreferences(OcpiModel):
    """What the driver wants from a session that is under way."""

    profile_type: ProfileType = Field(description="Cheap, fast, green, or as usual.")
    departure_time: DateTime | None = Field(default=None, description="When the driver wants to leave.")
    energy_need: Number | None = Field(default=None, description="Energy wanted until then, in kWh.")
    discharge_allowed: Annotated[Bool, BeforeValidator(lambda value: False if value is None else value)] = Field(
        default=False, description="Whether the vehicle may give energy back meanwhile."
    )
