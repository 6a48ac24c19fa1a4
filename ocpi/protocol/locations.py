"""Locations: where one can charge, with what plug, and when (OCPI 2.2.1, chapter 8)."""

import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from ocpi.protocol.location_enums import (
    AnyCapability,
    AnyConnectorType,
    AnyEnvironmentalImpactCategory,
    AnyFacility,
    AnyImageCategory,
    AnyParkingRestriction,
    AnyParkingType,
    Capability,
    ConnectorFormat,
    ConnectorType,
    EnergySourceCategory,
    EnvironmentalImpactCategory,
    Facility,
    ImageCategory,
    ParkingRestriction,
    ParkingType,
    PowerType,
    Status,
)
from ocpi.protocol.model import Tolerance, invalid, note, tolerates
from ocpi.protocol.types import (
    INTEGRAL,
    Bool,
    CiString4,
    CiString36,
    CiString48,
    Code64,
    Country,
    CountryCode,
    DateTime,
    DisplayText,
    Id36,
    InfoUrl,
    Int,
    LocalTime,
    Many,
    Number,
    OcpiModel,
    PartyCode,
    Some,
    String4,
    String10,
    String16,
    String45,
    String64,
    String100,
    String255,
    TimeZone,
    TokenType,
)
from ocpi.protocol.whereabouts import look_swapped

__all__ = [
    "EVSE",
    "AdditionalGeoLocation",
    "BusinessDetails",
    "Capability",
    "Connector",
    "ConnectorFormat",
    "ConnectorType",
    "EnergyMix",
    "EnergySource",
    "EnergySourceCategory",
    "EnvironmentalImpact",
    "EnvironmentalImpactCategory",
    "ExceptionalPeriod",
    "Facility",
    "GeoLocation",
    "Hours",
    "Image",
    "ImageCategory",
    "Location",
    "ParkingRestriction",
    "ParkingType",
    "PowerType",
    "PublishTokenType",
    "RegularHours",
    "Status",
    "StatusSchedule",
]

_DEGREES = re.compile(r"-?\d{1,3}\.\d{1,15}", re.ASCII)
_AS_SPECIFIED = re.compile(r"-?\d{1,3}\.\d{5,7}", re.ASCII)


def _coordinate(limit: int) -> BeforeValidator:
    """Degrees as text. Any number of decimals up to 15 is read, because a map does not care (LOC-33, FLD-09)."""

    def check(value: Any, info: ValidationInfo) -> Any:
        text = _as_text(value, info)
        if not isinstance(text, str) or not _DEGREES.fullmatch(text):
            raise PydanticCustomError("coordinate", "must be a string of decimal degrees such as 51.047599")
        if abs(float(text)) > limit:
            raise PydanticCustomError("coordinate", "is outside of the globe")
        if not _AS_SPECIFIED.fullmatch(text):
            note(info, value, "coordinate-decimals")
        return text

    return BeforeValidator(check)


def _as_text(value: Any, info: ValidationInfo) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and tolerates(info, "number_coordinates"):
        note(info, value, "number-coordinate")
        return format(Decimal(repr(float(value))), "f")
    return value


Latitude = Annotated[str, _coordinate(90)]
Longitude = Annotated[str, _coordinate(180)]


Pixels = Annotated[int, Field(strict=True, ge=0, le=99999), INTEGRAL]
Weekday = Annotated[int, Field(strict=True, ge=1, le=7), INTEGRAL]


class GeoLocation(OcpiModel):
    """A point on the map (WGS 84)."""

    latitude: Latitude = Field(
        description="Degrees north as text with a decimal point, -90 to 90.", examples=["50.770774"]
    )
    longitude: Longitude = Field(
        description="Degrees east as text with a decimal point, -180 to 180.", examples=["-126.104965"]
    )


class AdditionalGeoLocation(GeoLocation):
    """Another point that helps to find the place, such as an entrance."""

    name: DisplayText | None = Field(default=None, description="What this point is.")


class Image(OcpiModel):
    """A picture or logo, by reference."""

    url: InfoUrl = Field(description="Where the full picture is found.")
    thumbnail: InfoUrl | None = Field(default=None, description="Where a small version is found.")
    category: AnyImageCategory = Field(description="What the picture shows.")
    type: CiString4 = Field(description="File type: gif, jpeg, png or svg.")
    width: Pixels | None = Field(default=None, description="Width of the picture in pixels.")
    height: Pixels | None = Field(default=None, description="Height of the picture in pixels.")


class BusinessDetails(OcpiModel):
    """A company, as shown to drivers."""

    name: String100 = Field(description="Name of the company.")
    website: InfoUrl | None = Field(default=None, description="Its website.")
    logo: Image | None = Field(default=None, description="Its logo.")


class EnergySource(OcpiModel):
    """How much of the electricity comes from one source."""

    source: EnergySourceCategory = Field(description="The source.")
    percentage: Number = Field(description="Its share in percent; all sources together make 100.")


class EnvironmentalImpact(OcpiModel):
    """What one kWh leaves behind."""

    category: AnyEnvironmentalImpactCategory = Field(description="What is left behind.")
    amount: Number = Field(description="How much of it, in grams per kWh.")


class EnergyMix(OcpiModel):
    """What the electricity is made of, and who supplies it."""

    is_green_energy: Bool = Field(description="Whether all of it is from renewable sources.")
    energy_sources: Many[EnergySource] = Field(default_factory=list, description="Shares of the sources.")
    environ_impact: Many[EnvironmentalImpact] = Field(default_factory=list, description="Waste and emissions.")
    supplier_name: String64 | None = Field(default=None, description="Name of the energy supplier.")
    energy_product_name: String64 | None = Field(default=None, description="Name of the supplier's product.")

    @model_validator(mode="wrap")
    @classmethod
    def _remark_odd_sum(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """LOC-47: a wrong sum is worth a remark, not a refusal."""
        mix = handler(value)
        if mix.energy_sources and sum(source.percentage for source in mix.energy_sources) != 100:
            note(info, value, "energy-sources-sum")
        return mix


class RegularHours(OcpiModel):
    """One opening period of one weekday, in the local time of the location; ending at or before its begin, it wraps."""

    weekday: Weekday = Field(description="Day of the week: 1 is Monday, 7 is Sunday.")
    period_begin: LocalTime = Field(description="Local time at which it opens, HH:MM.")
    period_end: LocalTime = Field(description="Local time at which it closes, HH:MM; 00:00 is the end of the day.")


class ExceptionalPeriod(OcpiModel):
    """A stretch of time that differs from the regular hours."""

    period_begin: DateTime = Field(description="Begin of the exception.")
    period_end: DateTime = Field(description="End of the exception.")


class Hours(OcpiModel):
    """When a location is open. Exceptional closings beat openings, and both beat the regular hours."""

    twentyfourseven: Bool = Field(description="Whether it is open all day, every day, apart from the exceptions.")
    regular_hours: Many[RegularHours] = Field(default_factory=list, description="Opening hours by weekday, local time.")
    exceptional_openings: Many[ExceptionalPeriod] = Field(default_factory=list, description="Additional openings.")
    exceptional_closings: Many[ExceptionalPeriod] = Field(
        default_factory=list, description="Closings despite regular hours."
    )

    @model_validator(mode="after")
    def _need_regular_hours(self) -> Self:
        """LOC-30: not around the clock means that the hours must be given."""
        if not self.twentyfourseven and not self.regular_hours:
            raise invalid("regular_hours", "is required when twentyfourseven is false")
        return self


class StatusSchedule(OcpiModel):
    """A planned status; it informs, and never changes the present status by itself (LOC-41)."""

    period_begin: DateTime = Field(description="Begin of the planned period.")
    period_end: DateTime | None = Field(default=None, description="End of the planned period; absent means open-ended.")
    status: Status = Field(description="Status expected in the period.")


class PublishTokenType(OcpiModel):
    """Owners of such a token see an unpublished location; all fields that are set must match (LOC-24)."""

    uid: CiString36 | None = Field(default=None, description="Unique id of the token; comes with `type`.")
    type: TokenType | None = Field(default=None, description="Type of the token.")
    visual_number: Code64 | None = Field(default=None, description="Number printed on the card; comes with `issuer`.")
    issuer: String64 | None = Field(default=None, description="Who issued the token.")
    group_id: CiString36 | None = Field(default=None, description="Group that the token belongs to.")

    def defect(self) -> str | None:
        """What makes this entry useless, if anything (LOC-25)."""
        if not (self.uid or self.visual_number or self.group_id):
            return "needs uid, visual_number or group_id"
        if self.uid and not self.type:
            return "uid needs type"
        return "visual_number needs issuer" if self.visual_number and not self.issuer else None


class Connector(OcpiModel):
    """One socket or cable of an EVSE; the connectors of one EVSE are alternatives to each other."""

    id: Id36 = Field(description="Id of the connector, unique within its EVSE.")
    standard: AnyConnectorType = Field(description="Kind of plug.")
    format: ConnectorFormat = Field(description="Socket, or cable with plug.")
    power_type: PowerType = Field(description="Kind of current and number of phases.")
    max_voltage: Int = Field(description="Highest voltage in V; line to neutral for AC_3_PHASE.")
    max_amperage: Int = Field(description="Highest current in A, per phase.")
    max_electric_power: Int | None = Field(
        default=None, description="Highest power in W where it is below voltage times current."
    )
    tariff_ids: Many[CiString36] = Field(
        default_factory=list, description="Tariffs that apply here; none means price unknown."
    )
    terms_and_conditions: InfoUrl | None = Field(default=None, description="Terms and conditions of the operator.")
    last_updated: DateTime = Field(description="When the connector was last changed.")


class EVSE(OcpiModel):
    """A part of a charging station that serves one vehicle at a time."""

    uid: Id36 = Field(description="Technical id of the EVSE within the CPO's platform; never changes.")
    evse_id: CiString48 | None = Field(
        default=None, description="Public id of the EVSE (eMI3); may be used again elsewhere."
    )
    status: Status = Field(description="What it can be used for right now.")
    status_schedule: Many[StatusSchedule] = Field(default_factory=list, description="Planned statuses.")
    capabilities: Many[AnyCapability] = Field(default_factory=list, description="What it can do.")
    connectors: Some[Connector] = Field(description="Its connectors, at least one.")
    floor_level: String4 | None = Field(default=None, description="Floor it stands on.")
    coordinates: GeoLocation | None = Field(default=None, description="Where exactly it stands.")
    physical_reference: String16 | None = Field(
        default=None, description="What is painted on it, to tell it from others."
    )
    directions: Many[DisplayText] = Field(default_factory=list, description="How to find it from the location.")
    parking_restrictions: Many[AnyParkingRestriction] = Field(default_factory=list, description="Who may park there.")
    images: Many[Image] = Field(default_factory=list, description="Pictures of it.")
    last_updated: DateTime = Field(description="When it or one of its connectors was last changed.")


class Location(OcpiModel):
    """A site with charging stations, owned by one CPO."""

    country_code: CountryCode = Field(description="Country of the CPO that owns this object, two letters.")
    party_id: PartyCode = Field(description="Party id of the CPO that owns this object.")
    id: Id36 = Field(description="Id of the location within the CPO's platform; never changes.")
    publish: Bool = Field(description="Whether it may be shown to everybody.")
    publish_allowed_to: Many[PublishTokenType] = Field(
        default_factory=list, description="Who may see it although it is not published."
    )
    name: String255 | None = Field(default=None, description="Name for display.")
    address: String255 = Field(description="Street and house number.")
    city: String45 = Field(description="City or town.")
    postal_code: String10 | None = Field(default=None, description="Postal code; absent only where there is none.")
    state: String45 | None = Field(default=None, description="State or province, where that matters.")
    country: Country = Field(description="Country of the site, three letters (ISO 3166-1 alpha-3).")
    coordinates: GeoLocation = Field(description="Where it is.")
    related_locations: Many[AdditionalGeoLocation] = Field(
        default_factory=list, description="Other points of interest for it."
    )
    parking_type: AnyParkingType | None = Field(default=None, description="Kind of parking.")
    evses: Many[EVSE] = Field(default_factory=list, description="Its EVSEs.")
    directions: Many[DisplayText] = Field(default_factory=list, description="How to get there.")
    operator: BusinessDetails | None = Field(
        default=None, description="Who operates it; absent means the company behind the CPO's credentials."
    )
    suboperator: BusinessDetails | None = Field(default=None, description="Second operator, where there is one.")
    owner: BusinessDetails | None = Field(default=None, description="Who owns it.")
    facilities: Many[AnyFacility] = Field(default_factory=list, description="What is found nearby.")
    time_zone: TimeZone = Field(description="Time zone of the site, name of the IANA database.")
    opening_times: Hours | None = Field(default=None, description="When one can get to it.")
    charging_when_closed: Annotated[Bool, BeforeValidator(lambda value: True if value is None else value)] = Field(
        default=True, description="Whether vehicles go on charging while it is closed."
    )
    images: Many[Image] = Field(default_factory=list, description="Pictures of it.")
    energy_mix: EnergyMix | None = Field(default=None, description="Electricity that is sold there.")
    last_updated: DateTime = Field(description="When it, an EVSE or a connector of it was last changed.")

    @model_validator(mode="after")
    def _remark_swapped_coordinates(self, info: ValidationInfo) -> Self:
        """FLD-09: a station in the wrong ocean is worth a remark; where it is, only the CPO can say."""
        point = self.coordinates
        if isinstance(info.context, Tolerance) and look_swapped(
            self.country, float(point.latitude), float(point.longitude)
        ):
            info.context.warnings.append("coordinates/looks-swapped")
        return self

    @model_validator(mode="after")
    def _check_publish_tokens(self) -> Self:
        """The list counts for unpublished locations only; on a published one it is kept and ignored (LOC-25)."""
        for index, entry in enumerate(self.publish_allowed_to if not self.publish else ()):
            if problem := entry.defect():
                raise invalid(f"publish_allowed_to[{index}]", problem)
        return self
