"""Receiver interface of CDRs, and our list of them (SEED-04, SEED-05)."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from ocpi.core.ids import our_url
from ocpi.core.pagination import paginate
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.protocol import cdrs as wire
from ocpi.protocol import errors
from ocpi.protocol.headers import PartyId

from . import services
from .models import CDR

OWNER = [
    OpenApiParameter("country_code", str, description="Of the party, where two parties use one id."),
    OpenApiParameter("party_id", str, description="The party, where two parties use one id."),
]


class CdrView(OcpiViewSet):
    module = "cdrs"
    api_client_actions = frozenset({"list", "retrieve", "find"})

    @documented("CDRs that you may see", returns=wire.CDR, many=True)
    def list(self, request: Request) -> Response:
        return paginate(self, CDR.objects.visible_to(self.caller), lambda page: [row.to_wire() for row in page])

    @documented("Send us a CDR", body=wire.CDR, created=True)
    def create(self, request: Request) -> Response:
        """The `Location` header of the answer is the CDR's URL. The same CDR again gives the same URL."""
        cdr = self.decode(wire.CDR)
        party = PartyId(cdr.country_code, cdr.party_id)
        if party.key not in {own.key for own in self.caller.parties()}:
            raise errors.InvalidObject("country_code, party_id: not a party of the calling platform")
        row, stored = services.receive(partner=self.caller, party=party, cdr=cdr)
        return self.stored(stored.created, headers={"Location": our_url("cdrs", *row.party, row.wire_id)})

    @documented("One CDR", returns=wire.CDR)
    def retrieve(self, request: Request, country_code: str, party_id: str, cdr_id: str) -> Response:
        return self.ok(self._one({"country_code": country_code, "party_id": party_id}, cdr_id).to_wire())

    @documented("One CDR, by its id alone", returns=wire.CDR, parameters=OWNER)
    def find(self, request: Request, cdr_id: str) -> Response:
        """Where several parties use the id, the answer names them; ask again with `country_code` and `party_id`."""
        query = request.query_params
        owner = {name: query[name] for name in ("country_code", "party_id") if name in query}
        return self.ok(self._one(owner, cdr_id).to_wire())

    def _one(self, owner: dict[str, str], cdr_id: str) -> CDR:
        rows = list(CDR.objects.visible_to(self.caller).filter(**owner, cdr_id=cdr_id)[:20])
        if not rows:
            raise errors.UnknownObject(f"CDR {cdr_id} is not known")
        if len(rows) > 1:
            named = ", ".join(f"{row.party.country_code}-{row.party.party_id}" for row in rows)
            raise errors.InvalidObject(f"cdr_id: used by several parties ({named}); add ?country_code=&party_id=")
        return rows[0]
