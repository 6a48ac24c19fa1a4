"""Tokens: how drivers identify themselves, and whether they may charge (OCPI 2.2.1, chapter 12)."""

from enum import StrEnum

from pydantic import Field

from ocpi.protocol.types import (
    Bool,
    CiString36,
    Code64,
    CountryCode,
    DateTime,
    DisplayText,
    Id36,
    Language,
    Many,
    OcpiModel,
    PartyCode,
    ProfileType,
    String64,
    TokenType,
)

__all__ = [
    "AllowedType",
    "AuthorizationInfo",
    "EnergyContract",
    "LocationReferences",
    "Token",
    "TokenType",
    "WhitelistType",
]


class AllowedType(StrEnum):
    """May this token charge: yes; blocked; expired; out of credit; valid, but not at this location."""

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"


class WhitelistType(StrEnum):
    """When the CPO asks us: never, as it likes, unless we cannot be reached, always."""

    ALWAYS = "ALWAYS"
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"
    NEVER = "NEVER"


class EnergyContract(OcpiModel):
    """The driver's own contract with an energy supplier."""

    supplier_name: String64 = Field(description="Name of the energy supplier.")
    contract_id: Code64 | None = Field(default=None, description="Id of the contract at that supplier.")


class LocationReferences(OcpiModel):
    """Where a token is to be used, or may be used."""

    location_id: CiString36 = Field(description="Id of the location.")
    evse_uids: Many[CiString36] = Field(default_factory=list, description="EVSEs of it; none means all or any.")


class Token(OcpiModel):
    """What a driver identifies with, owned by one eMSP; its key is uid together with type."""

    country_code: CountryCode = Field(description="Country of the eMSP that owns the token, two letters.")
    party_id: PartyCode = Field(description="Party id of the eMSP that owns the token.")
    uid: Id36 = Field(description="Unique id: of the card's chip for RFID, made up by the eMSP otherwise.")
    type: TokenType = Field(description="What kind of thing the token is.")
    contract_id: CiString36 = Field(description="Contract of the driver with the eMSP, preferably an eMA id.")
    visual_number: Code64 | None = Field(default=None, description="Number printed on the card.")
    issuer: String64 = Field(description="Company that issued the token, often printed on the card.")
    group_id: CiString36 | None = Field(default=None, description="Tokens of one group may stop each other's sessions.")
    valid: Bool = Field(description="Whether it may be used.")
    whitelist: WhitelistType = Field(description="When the CPO must ask us before charging.")
    language: Language | None = Field(default=None, description="Language of the driver, two letters (ISO 639-1).")
    default_profile_type: ProfileType | None = Field(
        default=None, description="Charging preference when none is given."
    )
    energy_contract: EnergyContract | None = Field(default=None, description="The driver's own energy contract.")
    last_updated: DateTime = Field(description="When it was last changed.")


class AuthorizationInfo(OcpiModel):
    """Our answer to the question whether a token may charge."""

    allowed: AllowedType = Field(description="The decision.")
    token: Token = Field(description="The complete token.")
    location: LocationReferences | None = Field(
        default=None, description="Where it may charge; only if a location was asked for and charging is allowed."
    )
    authorization_reference: CiString36 | None = Field(
        default=None, description="Our reference; comes back in session and CDR."
    )
    info: DisplayText | None = Field(default=None, description="Text for the driver.")
