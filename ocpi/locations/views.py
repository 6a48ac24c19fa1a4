"""Receiver interface of locations, and the list that apps search (SEED-04)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from ocpi.core.pagination import paginate
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.partners.models import PartnerRole
from ocpi.partners.owned import check_same
from ocpi.protocol import errors
from ocpi.protocol import locations as wire
from ocpi.protocol.types import ci_key

from . import search, services
from .models import EVSE, Location, LocationQuerySet

AUDIENCE = [
    OpenApiParameter("token_uid", str, description="Apps: also unpublished locations that this driver's token opens."),
    OpenApiParameter("token_type", str, description="Type of that token; default RFID."),
    OpenApiParameter("unpublished", bool, description="Apps: also locations that are not for everyone (helpdesk)."),
]
SEARCH = [
    OpenApiParameter("lat", float, description="Latitude of the middle of the search, with `lon`."),
    OpenApiParameter("lon", float, description="Longitude of the middle of the search."),
    OpenApiParameter("radius_km", float, description="Radius of the search; default 10."),
    OpenApiParameter("status", str, enum=[str(s) for s in wire.Status], description="An EVSE in this status."),
    OpenApiParameter("min_power_kw", float, description="A connector with at least this power."),
    OpenApiParameter("connector", str, description="A connector of this standard, for instance IEC_62196_T2_COMBO."),
    *AUDIENCE,
]


class _LocationsView(OcpiViewSet):
    module = "locations"

    def find(self, country_code: str, party_id: str, location_id: str) -> Location:
        """The caller's location. Raises UnknownLocation (LOC-17)."""
        rows = search.shown_to(self.caller, self.request.query_params.dict())
        rows = rows.filter(country_code=country_code, party_id=party_id)
        row = self.with_operator(rows.with_children()).filter(location_id=location_id).first()
        if row is None:
            raise errors.UnknownLocation(f"location {location_id} is not known")
        return row

    def with_operator(self, rows: LocationQuerySet) -> LocationQuerySet:
        if not self.caller.is_api_client:
            return rows
        roles = Prefetch("partner__roles", PartnerRole.objects.all())
        return rows.select_related("partner").prefetch_related(roles)

    def render(self, rows: Iterable[Location]) -> list[dict[str, Any]]:
        """For an app as drivers see it, for a partner as it was pushed."""
        return [_for_driver(row) if self.caller.is_api_client else row.to_wire() for row in rows]

    def find_evse(self, country_code: str, party_id: str, location_id: str, evse_uid: str) -> EVSE:
        location = self.find(country_code, party_id, location_id)
        row = next((e for e in location.evses.all() if e.uid == ci_key(evse_uid)), None)
        if row is None:
            raise errors.UnknownLocation(f"EVSE {evse_uid} is not known at location {location_id}")
        return row


class LocationView(_LocationsView):
    api_client_actions = frozenset({"list", "retrieve"})

    @documented("Locations that you may see", returns=wire.Location, many=True, parameters=SEARCH)
    def list(self, request: Request) -> HttpResponse:
        """A partner sees its own locations, an app those that drivers may see."""
        rows = search.visible_to(self.caller, request.query_params.dict()).with_children()
        return paginate(self, self.with_operator(rows), self.render)

    @documented("One location", returns=wire.Location, parameters=AUDIENCE)
    def retrieve(self, request: Request, **ids: str) -> HttpResponse:
        """An unpublished location is shown to the app only where the list would show it."""
        [shown] = self.render([self.find(**ids)])
        return self.ok(shown)

    @documented("Create or replace a location", body=wire.Location, created=True)
    def put(self, request: Request, country_code: str, party_id: str, location_id: str) -> HttpResponse:
        """EVSEs that the new object does not list are no longer offered."""
        party = self.owned_party(country_code, party_id)
        location = self.decode(wire.Location)
        check_same({"country_code": country_code, "party_id": party_id, "id": location_id}, location.__dict__)
        return self.stored(services.put(partner=self.caller, party=party, location=location).created)

    @documented("Change fields of a location", body=wire.Location)
    def patch(self, request: Request, country_code: str, party_id: str, location_id: str) -> HttpResponse:
        """Only the given fields change; `last_updated` is required."""
        party = self.owned_party(country_code, party_id)
        services.patch(partner=self.caller, party=party, location_id=location_id, patch=self.json())
        return self.ok()


class EvseView(_LocationsView):
    api_client_actions = frozenset({"retrieve"})

    @documented("One EVSE", returns=wire.EVSE)
    def retrieve(self, request: Request, **ids: str) -> HttpResponse:
        return self.ok(self.find_evse(**ids).to_wire())

    @documented("Create or replace one EVSE", body=wire.EVSE, created=True)
    def put(self, request: Request, country_code: str, party_id: str, location_id: str, evse_uid: str) -> HttpResponse:
        party = self.owned_party(country_code, party_id)
        evse = self.decode(wire.EVSE)
        check_same({"uid": evse_uid}, evse.__dict__)
        stored = services.put_evse(partner=self.caller, party=party, location_id=location_id, evse=evse)
        return self.stored(stored.created)

    @documented("Change fields of one EVSE, its status for instance", body=wire.EVSE)
    def patch(
        self, request: Request, country_code: str, party_id: str, location_id: str, evse_uid: str
    ) -> HttpResponse:
        party = self.owned_party(country_code, party_id)
        services.patch_evse(partner=self.caller, party=party, location_id=location_id, uid=evse_uid, patch=self.json())
        return self.ok()


class ConnectorView(_LocationsView):
    api_client_actions = frozenset({"retrieve"})

    @documented("One connector", returns=wire.Connector)
    def retrieve(self, request: Request, connector_id: str, **ids: str) -> HttpResponse:
        evse = self.find_evse(**ids)
        row = next((c for c in evse.connectors.all() if c.connector_id == ci_key(connector_id)), None)
        if row is None:
            raise errors.UnknownLocation(f"connector {connector_id} is not known at EVSE {ids['evse_uid']}")
        return self.ok(row.to_wire())

    @documented("Create or replace one connector", body=wire.Connector, created=True)
    def put(self, request: Request, connector_id: str, **ids: str) -> HttpResponse:
        connector = self.decode(wire.Connector)
        check_same({"id": connector_id}, connector.__dict__)
        return self.stored(services.put_connector(**self._place(**ids), connector=connector).created)

    @documented("Change fields of one connector", body=wire.Connector)
    def patch(self, request: Request, connector_id: str, **ids: str) -> HttpResponse:
        services.patch_connector(**self._place(**ids), connector_id=connector_id, patch=self.json())
        return self.ok()

    def _place(self, country_code: str, party_id: str, location_id: str, evse_uid: str) -> dict[str, Any]:
        party = self.owned_party(country_code, party_id)
        return {"partner": self.caller, "party": party, "location_id": location_id, "uid": evse_uid}


def _for_driver(row: Location) -> dict[str, Any]:
    """Without removed EVSEs, and always with an operator's name (LOC-19, LOC-28)."""
    shown = row.to_wire()
    evses = [e for e in shown.get("evses", []) if e["status"] != wire.Status.REMOVED]
    operator = shown.get("operator") or _operator(row)
    return {**shown, "evses": evses, "operator": operator}


def _operator(row: Location) -> dict[str, Any]:
    for role in row.partner.roles.all():
        if (role.country_code, role.party_id) == (row.country_code, row.party_id) and role.business_details:
            return role.business_details
    return {"name": f"{row.party.country_code}-{row.party.party_id}"}
