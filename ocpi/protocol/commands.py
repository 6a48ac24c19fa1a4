"""Commands: what we ask a CPO to do, and what became of it (OCPI 2.2.1, chapter 13)."""

from enum import StrEnum
from typing import Any, Self

from pydantic import Field, ValidationInfo, model_validator

from ocpi.protocol.model import Tolerance, invalid
from ocpi.protocol.tokens import Token
from ocpi.protocol.types import CiString36, DateTime, DisplayText, Id36, Int, Many, OcpiModel, Url


class CommandType(StrEnum):
    """The commands; the last part of the URL."""

    CANCEL_RESERVATION = "CANCEL_RESERVATION"
    RESERVE_NOW = "RESERVE_NOW"
    START_SESSION = "START_SESSION"
    STOP_SESSION = "STOP_SESSION"
    UNLOCK_CONNECTOR = "UNLOCK_CONNECTOR"


class CommandResponseType(StrEnum):
    """The CPO's immediate answer; ACCEPTED means only that it will pass the command on."""

    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class CommandResultType(StrEnum):
    """What the charging station said to the command."""

    ACCEPTED = "ACCEPTED"
    CANCELED_RESERVATION = "CANCELED_RESERVATION"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_INOPERATIVE = "EVSE_INOPERATIVE"
    FAILED = "FAILED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"


class CallbackResult(OcpiModel):
    """A result that a CPO posts to a response_url. It is a bare object; some wrap it like an answer (FLD-29)."""

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, dict) and "result" not in value and isinstance(value.get("data"), dict):
            if isinstance(info.context, Tolerance):
                info.context.warnings.append("data/wrapped")
            return value["data"]
        return value


class CommandResponse(OcpiModel):
    """The CPO's immediate answer to a command."""

    result: CommandResponseType = Field(description="Whether the command is passed on.")
    timeout: Int = Field(description="Seconds after which no result is to be expected any more.")
    message: Many[DisplayText] = Field(default_factory=list, description="Text for the driver, by language.")


class CommandResult(CallbackResult):
    """What became of a command, posted to its response_url."""

    result: CommandResultType = Field(description="What the charging station said.")
    message: Many[DisplayText] = Field(default_factory=list, description="Text for the driver, by language.")


class CancelReservation(OcpiModel):
    """Give a reservation back."""

    response_url: Url = Field(description="Where the result is posted.")
    reservation_id: Id36 = Field(description="The reservation, as named in RESERVE_NOW.")


class ReserveNow(OcpiModel):
    """Keep an EVSE free for a driver; the same id at the same location replaces the earlier reservation."""

    response_url: Url = Field(description="Where the result is posted.")
    token: Token = Field(description="Token of the driver, complete.")
    expiry_date: DateTime = Field(description="When the reservation ends by itself.")
    reservation_id: Id36 = Field(description="Name of the reservation, unique for the eMSP.")
    location_id: CiString36 = Field(description="Location to reserve at.")
    evse_uid: CiString36 | None = Field(
        default=None, description="EVSE to reserve; absent leaves the choice to the CPO."
    )
    authorization_reference: CiString36 | None = Field(
        default=None, description="Our reference; comes back in session and CDR."
    )


class StartSession(OcpiModel):
    """Start charging for a driver."""

    response_url: Url = Field(description="Where the result is posted.")
    token: Token = Field(description="Token of the driver, complete; already authorised by the eMSP.")
    location_id: CiString36 = Field(description="Location to charge at.")
    evse_uid: CiString36 | None = Field(default=None, description="EVSE to charge at.")
    connector_id: CiString36 | None = Field(
        default=None, description="Connector of that EVSE, where the EVSE needs one named."
    )
    authorization_reference: CiString36 | None = Field(
        default=None, description="Our reference; comes back in session and CDR."
    )

    @model_validator(mode="after")
    def _connector_needs_evse(self) -> Self:
        """CMD-23: connector ids are unique within their EVSE only."""
        if self.connector_id and not self.evse_uid:
            raise invalid("evse_uid", "is required when connector_id is given")
        return self


class StopSession(OcpiModel):
    """Stop a session."""

    response_url: Url = Field(description="Where the result is posted.")
    session_id: CiString36 = Field(description="The session, as the CPO named it.")


class UnlockConnector(OcpiModel):
    """Release a stuck cable; for the help desk, not for drivers (CMD-32)."""

    response_url: Url = Field(description="Where the result is posted.")
    location_id: CiString36 = Field(description="Location of the connector.")
    evse_uid: CiString36 = Field(description="EVSE of the connector.")
    connector_id: CiString36 = Field(description="The connector.")


# The object that each command carries.
COMMAND_OBJECTS: dict[CommandType, type[OcpiModel]] = {
    CommandType.CANCEL_RESERVATION: CancelReservation,
    CommandType.RESERVE_NOW: ReserveNow,
    CommandType.START_SESSION: StartSession,
    CommandType.STOP_SESSION: StopSession,
    CommandType.UNLOCK_CONNECTOR: UnlockConnector,
}
