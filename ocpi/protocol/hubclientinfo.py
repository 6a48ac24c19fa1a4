"""HubClientInfo: which parties are connected to a hub (OCPI 2.2.1, chapter 15)."""

from enum import StrEnum

from pydantic import Field

from ocpi.protocol.types import CountryCode, DateTime, OcpiModel, PartyCode, Role


class ConnectionStatus(StrEnum):
    """Connected; connected before but not now; not yet ever; never again."""

    CONNECTED = "CONNECTED"
    OFFLINE = "OFFLINE"
    PLANNED = "PLANNED"
    SUSPENDED = "SUSPENDED"


class ClientInfo(OcpiModel):
    """How one party, in one role, is connected to the hub."""

    party_id: PartyCode = Field(description="Party id of the party that is described.")
    country_code: CountryCode = Field(description="Country of the party that is described, two letters.")
    role: Role = Field(description="Role that it plays.")
    status: ConnectionStatus = Field(description="How it is connected.")
    last_updated: DateTime = Field(description="When this was last changed.")
