"""Versions: which versions a platform speaks, and where its modules are (OCPI 2.2.1, chapter 6)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ocpi.protocol.types import OcpiModel, Some, Url, open_enum


class InterfaceRole(StrEnum):
    """Which side of a module an endpoint serves: the owner of the data sends, the other side receives."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"


class VersionNumber(StrEnum):
    """The versions known when 2.2.1 was written; partners offer newer ones too (VER-10)."""

    V2_0 = "2.0"
    V2_1 = "2.1"
    V2_1_1 = "2.1.1"
    V2_2 = "2.2"
    V2_2_1 = "2.2.1"


class ModuleID(StrEnum):
    """The modules of 2.2.1; partners may list their own beside them (VER-13)."""

    CDRS = "cdrs"
    CHARGINGPROFILES = "chargingprofiles"
    COMMANDS = "commands"
    CREDENTIALS = "credentials"
    HUBCLIENTINFO = "hubclientinfo"
    LOCATIONS = "locations"
    SESSIONS = "sessions"
    TARIFFS = "tariffs"
    TOKENS = "tokens"


AnyVersionNumber = Annotated[str, open_enum(VersionNumber)]
AnyModuleID = Annotated[str, open_enum(ModuleID)]
# Open like the other two: an endpoint of a role that we do not know must not break the handshake (VER-13).
AnyInterfaceRole = Annotated[str, open_enum(InterfaceRole)]


class Version(OcpiModel):
    """One entry of the versions list."""

    version: AnyVersionNumber = Field(description="Version number of OCPI.")
    url: Url = Field(description="Where the details of this version are found.")


class Endpoint(OcpiModel):
    """Where one side of one module is found."""

    identifier: AnyModuleID = Field(description="The module.")
    role: AnyInterfaceRole = Field(
        description="The side of the module that is served here; means nothing for credentials."
    )
    url: Url = Field(description="Base URL of the module; paths are joined to it.")


class VersionDetails(OcpiModel):
    """The endpoints that a platform offers in one version."""

    version: AnyVersionNumber = Field(description="The version that is described.")
    endpoints: Some[Endpoint] = Field(description="All endpoints of this version, at least one.")
