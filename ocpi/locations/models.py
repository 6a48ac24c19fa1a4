"""Location, EVSE and Connector: one table each, because a status change of one EVSE is the flood of roaming."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from ocpi.core.fields import CiCharField
from ocpi.core.tables import blank
from ocpi.partners.models import PartnerRole
from ocpi.partners.owned import OWNER_KEY, OwnedObject, OwnedQuerySet
from ocpi.protocol import locations as wire
from ocpi.protocol.opening import is_open
from ocpi.protocol.types import Role, format_datetime, parse_datetime


class LocationQuerySet(OwnedQuerySet):
    def with_children(self) -> Self:
        """EVSEs and connectors as they stood in the last PUT, in two more queries however many there are."""
        connectors = Connector.objects.filter(hidden_at=None)
        evses = EVSE.objects.filter(hidden_at=None).prefetch_related(Prefetch("connectors", connectors))
        return self.prefetch_related(Prefetch("evses", evses))

    def in_service(self) -> Self:
        """Not vanished, and with a charger that exists (LOC-19, LOC-20)."""
        usable = EVSE.objects.filter(location=OuterRef("pk"), hidden_at=None).exclude(status=wire.Status.REMOVED)
        return self.filter(Exists(usable), gone_at=None)

    def once(self) -> Self:
        """Each location of a party once: what comes from the party itself hides what a hub says of it (FLD-34)."""
        same = {f"partner__locations__{name}": OuterRef(name) for name in ("country_code", "party_id", "location_id")}
        itself = PartnerRole.objects.exclude(role=Role.HUB).filter(
            ~Q(partner=OuterRef("partner")), country_code=OuterRef("country_code"), party_id=OuterRef("party_id"),
            partner__locations__gone_at=None, **same,
        )  # fmt: skip
        hubs = PartnerRole.objects.filter(role=Role.HUB).values("partner")
        # Found once for the whole list: asked row by row, forty thousand of them take minutes.
        doubles = Location.objects.filter(Exists(itself), partner__in=hubs)
        return self.exclude(pk__in=doubles.order_by().values("pk"))

    def offered(self) -> Self:
        """What may be shown to every driver (LOC-23)."""
        return self.in_service().filter(publish=True)


class Location(OwnedObject):
    location_id = CiCharField("location", max_length=36)
    name = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=255)
    city = models.CharField(max_length=45)
    postal_code = models.CharField(max_length=10, blank=True)
    country = models.CharField(max_length=3)
    latitude = models.FloatField()
    longitude = models.FloatField()
    time_zone = models.CharField(max_length=255)
    operator_name = models.CharField("operator", max_length=100, blank=True)
    publish = models.BooleanField(default=True)
    gone_at = models.DateTimeField("vanished", null=True, blank=True)  # missing from a complete pull
    replaced_at = models.DateTimeField(editable=False)  # last_updated of the last PUT
    field_times = models.JSONField(default=dict, editable=False)  # what PATCHes gave since: ocpi.protocol.order
    # What a pulled list brought last, and `changed_at` of the row that it made; any change of the row parts them.
    listed_digest = models.CharField(max_length=32, null=True, editable=False)
    listed_at = models.DateTimeField(null=True, editable=False)

    objects = LocationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=[*OWNER_KEY, "location_id"], name="location_once")]
        indexes: ClassVar = [
            models.Index(fields=["latitude", "longitude"], name="location_place"),
            models.Index(fields=["last_updated"], name="location_updated"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.address}, {self.city}"

    def fill(self, payload: dict[str, Any], location: wire.Location) -> None:
        """Take over a validated location; `payload` is its wire form without `evses`."""
        for name, value in self.values(payload, location).items():
            setattr(self, name, value)

    @staticmethod
    def values(payload: dict[str, Any], location: wire.Location) -> dict[str, Any]:
        """By column."""
        return {
            "payload": payload,
            "location_id": location.id,
            "last_updated": location.last_updated,
            "gone_at": None,
            "name": location.name or "",
            "address": location.address,
            "city": location.city,
            "postal_code": location.postal_code or "",
            "country": location.country,
            "latitude": float(location.coordinates.latitude),
            "longitude": float(location.coordinates.longitude),
            "time_zone": location.time_zone,
            "publish": location.publish,
            "operator_name": location.operator.name if location.operator else "",
        }

    def is_open(self, at: datetime) -> bool | None:
        """None where no hours are stated (LOC-30)."""
        stated = self.payload.get("opening_times")
        return is_open(wire.Hours.from_wire(stated) if stated else None, self.time_zone, at)

    def images(self) -> list[dict[str, Any]]:
        """All of its pictures, several of one category too, then the logos of its companies (LOC-46)."""
        companies = (self.payload.get(name) or {} for name in ("operator", "suboperator", "owner"))
        logos = [company["logo"] for company in companies if company.get("logo")]
        found = [*(self.payload.get("images") or []), *logos]
        return list({image["url"]: image for image in found}.values())

    def logo(self) -> dict[str, Any] | None:
        """The network's, because drivers know it; the operator's where there is none (LOC-46)."""
        wanted = (wire.ImageCategory.NETWORK, wire.ImageCategory.OPERATOR)
        found = [image for category in wanted for image in self.images() if image["category"] == category]
        return found[0] if found else None

    def to_wire(self) -> dict[str, Any]:
        evses = [evse.to_wire() for evse in self.evses.all()]
        return {**self.payload, "evses": evses} if evses else self.payload


class _Part(models.Model):
    """An EVSE or a connector: never deleted, because sessions and CDRs refer to it (AMB-03)."""

    position = models.PositiveIntegerField()
    last_updated = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True, blank=True)  # missing from the last PUT of its parent
    payload = models.JSONField()
    # last_updated of the last whole object, and what was pushed of it on its own since: ocpi.protocol.order
    since = models.DateTimeField(editable=False)
    field_times = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def of_values(cls, values: dict[str, Any], **parent: models.Model) -> Self:
        row = blank(cls)
        for name, above in parent.items():
            setattr(row, name, above)
        row.__dict__.update(values, last_updated=parse_datetime(values["last_updated"]))
        return row


class EVSE(_Part):
    # Without an index of its own, as `evse` of a connector: `evse_once` begins with it.
    location = models.ForeignKey(Location, models.CASCADE, related_name="evses", db_index=False)
    uid = CiCharField(max_length=36)
    evse_id = models.CharField("EVSE id", max_length=48, blank=True)
    status = models.CharField(max_length=12)
    capabilities = models.JSONField(default=list)
    physical_reference = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        verbose_name = "EVSE"
        constraints: ClassVar = [models.UniqueConstraint(fields=["location", "uid"], name="evse_once")]
        indexes: ClassVar = [models.Index(fields=["status"], name="evse_status")]

    def __str__(self) -> str:
        return self.evse_id or self.uid

    @classmethod
    def build(cls, location: Location, position: int, payload: dict[str, Any]) -> Self:
        """From validated wire form; `connectors` may still be in it."""
        return cls.of_values(cls.values(position, payload), location=location)

    @staticmethod
    def values(position: int, payload: dict[str, Any]) -> dict[str, Any]:
        """By column, its time as text."""
        return {
            "position": position,
            "uid": payload["uid"],
            "evse_id": payload.get("evse_id", ""),
            "status": payload["status"],
            "capabilities": payload.get("capabilities", []),
            "physical_reference": payload.get("physical_reference", ""),
            "last_updated": payload["last_updated"],
            "payload": {key: value for key, value in payload.items() if key != "connectors"},
        }

    def to_wire(self) -> dict[str, Any]:
        return {**self.payload, "connectors": [connector.to_wire() for connector in self.connectors.all()]}

    @property
    def wire_uid(self) -> str:
        return str(self.payload["uid"])


class Connector(_Part):
    evse = models.ForeignKey(EVSE, models.CASCADE, related_name="connectors", db_index=False)
    connector_id = CiCharField("connector", max_length=36)
    standard = models.CharField(max_length=255)
    format = models.CharField(max_length=10)
    power_type = models.CharField(max_length=20)
    max_voltage = models.IntegerField("V")
    max_amperage = models.IntegerField("A")
    power_w = models.BigIntegerField("W")
    tariff_ids = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["evse", "connector_id"], name="connector_once")]

    def __str__(self) -> str:
        return f"{self.evse} · {self.connector_id}"

    @classmethod
    def build(cls, evse: EVSE, position: int, payload: dict[str, Any]) -> Self:
        return cls.of_values(cls.values(position, payload), evse=evse)

    @staticmethod
    def values(position: int, payload: dict[str, Any]) -> dict[str, Any]:
        """By column, its time as text."""
        return {
            "position": position,
            "connector_id": payload["id"],
            "standard": payload["standard"],
            "format": payload["format"],
            "power_type": payload["power_type"],
            "max_voltage": payload["max_voltage"],
            "max_amperage": payload["max_amperage"],
            "power_w": power_w(payload),
            "tariff_ids": payload.get("tariff_ids", []),
            "last_updated": payload["last_updated"],
            "payload": payload,
        }

    def to_wire(self) -> dict[str, Any]:
        return self.payload

    @property
    def phases(self) -> int:
        return _PHASES.get(self.power_type, 1)

    @property
    def kilowatts(self) -> float:
        return self.power_w / 1000


_PHASES = {"AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 2, "AC_3_PHASE": 3}


def power_w(connector: dict[str, Any]) -> int:
    """Watts: what is stated, else V times A times phases; the voltage is line to neutral (LOC-38)."""
    stated = connector.get("max_electric_power")
    phases = _PHASES.get(connector["power_type"], 1)
    return int(stated or connector["max_voltage"] * connector["max_amperage"] * phases)


def touch(row: Location | EVSE, moment: datetime) -> None:
    """A child changed: carry its time up, never backwards (LOC-04..06). The caller saves."""
    if moment > row.last_updated:
        row.last_updated = moment
        row.payload = {**row.payload, "last_updated": format_datetime(moment)}


def children(queryset: QuerySet[EVSE]) -> QuerySet[EVSE]:
    return queryset.prefetch_related(Prefetch("connectors", Connector.objects.filter(hidden_at=None)))
