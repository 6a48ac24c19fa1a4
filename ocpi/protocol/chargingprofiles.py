"""ChargingProfiles: limits for the power of a session over time (OCPI 2.2.1, chapter 14)."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from ocpi.protocol.commands import CallbackResult
from ocpi.protocol.model import invalid
from ocpi.protocol.types import DateTime, Int, Many, Number, OcpiModel, Url


class ChargingRateUnit(StrEnum):
    """Unit of the limits: W is the total power, A the current of each phase."""

    W = "W"
    A = "A"


class ChargingProfileResponseType(StrEnum):
    """The CPO's immediate answer; ACCEPTED means only that it will pass the request on."""

    ACCEPTED = "ACCEPTED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TOO_OFTEN = "TOO_OFTEN"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class ChargingProfileResultType(StrEnum):
    """What the charging station said."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class ChargingProfilePeriod(OcpiModel):
    """A limit that holds until the next period begins."""

    start_period: Int = Field(description="Begin of the period, in seconds from the start of the profile.")
    limit: Number = Field(description="Upper limit, in W in total or A per phase, with one decimal at most.")


class ChargingProfile(OcpiModel):
    """Upper limits over time; no promise that so much will be delivered."""

    start_date_time: DateTime | None = Field(
        default=None, description="Start of the profile; absent means start of charging."
    )
    duration: Int | None = Field(
        default=None, description="Length in seconds; absent means that the last period goes on."
    )
    charging_rate_unit: ChargingRateUnit = Field(description="Unit of the limits.")
    min_charging_rate: Number | None = Field(
        default=None, description="Below this rate charging makes no sense to the vehicle; one decimal at most."
    )
    charging_profile_period: Many[ChargingProfilePeriod] = Field(
        default_factory=list, description="Limits in order of time."
    )


class ActiveChargingProfile(OcpiModel):
    """The limits that hold for a session, as the charging station calculated them."""

    start_date_time: DateTime = Field(description="When it was calculated; the periods count from here.")
    charging_profile: ChargingProfile = Field(description="The limits.")


class SetChargingProfile(OcpiModel):
    """Ask for limits on a session."""

    charging_profile: ChargingProfile = Field(description="The limits wanted.")
    response_url: Url = Field(description="Where the result is posted.")


class ChargingProfileResponse(OcpiModel):
    """The CPO's immediate answer to a request about a profile."""

    result: ChargingProfileResponseType = Field(description="Whether the request is passed on.")
    timeout: Int = Field(description="Seconds after which no result is to be expected any more.")


class ActiveChargingProfileResult(CallbackResult):
    """The result of asking for the active profile."""

    result: ChargingProfileResultType = Field(description="Whether the charging station gave one.")
    profile: ActiveChargingProfile | None = Field(default=None, description="The active profile, with ACCEPTED.")

    @model_validator(mode="after")
    def _accepted_needs_profile(self) -> Self:
        """CHP-09: the profile is what was asked for."""
        if self.result is ChargingProfileResultType.ACCEPTED and self.profile is None:
            raise invalid("profile", "is required when the result is ACCEPTED")
        return self


class ChargingProfileResult(CallbackResult):
    """The result of setting a profile."""

    result: ChargingProfileResultType = Field(description="What the charging station said.")


class ClearProfileResult(CallbackResult):
    """The result of removing a profile."""

    result: ChargingProfileResultType = Field(description="What the charging station said.")
