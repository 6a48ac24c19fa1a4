"""Receiver interface of tariffs, and our list of them (SEED-04)."""

from django.http import HttpResponse
from rest_framework.request import Request

from ocpi.core.pagination import paginate
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.partners.owned import check_same
from ocpi.protocol import errors
from ocpi.protocol import tariffs as wire

from . import services
from .models import Tariff


class TariffView(OcpiViewSet):
    module = "tariffs"
    api_client_actions = frozenset({"list", "retrieve"})

    @documented("Tariffs that you may see", returns=wire.Tariff, many=True)
    def list(self, request: Request) -> HttpResponse:
        return paginate(self, Tariff.objects.visible_to(self.caller))

    @documented("One tariff", returns=wire.Tariff)
    def retrieve(self, request: Request, country_code: str, party_id: str, tariff_id: str) -> HttpResponse:
        rows = Tariff.objects.visible_to(self.caller).filter(country_code=country_code, party_id=party_id)
        row = rows.filter(tariff_id=tariff_id).first()
        if row is None:
            raise errors.UnknownObject(f"tariff {tariff_id} is not known")
        return self.ok(row.to_wire())

    @documented("Create or replace a tariff", body=wire.Tariff, created=True)
    def put(self, request: Request, country_code: str, party_id: str, tariff_id: str) -> HttpResponse:
        party = self.owned_party(country_code, party_id)
        tariff = self.decode(wire.Tariff)
        check_same({"country_code": country_code, "party_id": party_id, "id": tariff_id}, tariff.__dict__)
        return self.stored(services.put(partner=self.caller, party=party, tariff=tariff).created)

    @documented("Delete a tariff")
    def destroy(self, request: Request, country_code: str, party_id: str, tariff_id: str) -> HttpResponse:
        party = self.owned_party(country_code, party_id)
        services.delete(partner=self.caller, party=party, tariff_id=tariff_id)
        return self.ok()
