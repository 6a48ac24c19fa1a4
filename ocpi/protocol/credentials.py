"""Credentials: how two platforms exchange tokens, URLs and roles (OCPI 2.2.1, chapter 7)."""

from typing import Self

from pydantic import Field, model_validator

from ocpi.protocol.locations import BusinessDetails
from ocpi.protocol.model import invalid
from ocpi.protocol.types import CountryCode, OcpiModel, PartyCode, Role, SecretToken, Some, Url, ci_key

__all__ = ["Credentials", "CredentialsRole", "Role"]


class CredentialsRole(OcpiModel):
    """One role that a party plays on the platform."""

    role: Role = Field(description="What the party does.")
    business_details: BusinessDetails = Field(description="The company behind the party.")
    party_id: PartyCode = Field(description="Id of the party, unique in its country (as in ISO 15118).")
    country_code: CountryCode = Field(description="Country of the party, two letters (ISO 3166-1 alpha-2).")


class Credentials(OcpiModel):
    """What one platform tells the other about itself. `token` is what the OTHER side uses when it calls the sender."""

    token: SecretToken = Field(description="Credentials token for calls to the sender of this object.")
    url: Url = Field(description="Versions endpoint of the sender.")
    roles: Some[CredentialsRole] = Field(description="Roles of the sender, each combination of role and party once.")

    @model_validator(mode="after")
    def _refuse_duplicate_roles(self) -> Self:
        """CRE-30: the same role may come again, but for another party."""
        keys = {(role.role, ci_key(role.country_code), ci_key(role.party_id)) for role in self.roles}
        if len(keys) < len(self.roles):
            raise invalid("roles", "each combination of role, country_code and party_id may stand once")
        return self
