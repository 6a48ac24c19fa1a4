"""Receiver interface of CDRs, and our list of them (SEED-04, SEED-05)."""

from decimal import Decimal, InvalidOperation

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from ocpi.core import clock
from ocpi.core.ids import our_url
from ocpi.core.pagination import paginate
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.locations.models import Connector
from ocpi.protocol import cdrs as wire
from ocpi.protocol import errors
from ocpi.protocol.headers import PartyId
from ocpi.protocol.locations import Status
from ocpi.protocol.model import plain_number
from ocpi.protocol.types import parse_datetime

from . import estimates, services
from .models import CDR

OWNER = [
    OpenApiParameter("country_code", str, description="Of the party, where two parties use one id."),
    OpenApiParameter("party_id", str, description="The party, where two parties use one id."),
]


class CdrView(OcpiViewSet):
    module = "cdrs"
    api_client_actions = frozenset({"list", "retrieve", "find", "check"})
    partner_actions = frozenset({"list", "retrieve", "find", "create"})  # what we think of a bill is ours to know

    @documented("CDRs that you may see", returns=wire.CDR, many=True)
    def list(self, request: Request) -> HttpResponse:
        return paginate(self, CDR.objects.visible_to(self.caller), grows_by="received_at")

    @documented("Send us a CDR", body=wire.CDR, created=True)
    def create(self, request: Request) -> HttpResponse:
        """The `Location` header of the answer is the CDR's URL. The same CDR again gives the same URL."""
        cdr = self.decode(wire.CDR)
        party = PartyId(cdr.country_code, cdr.party_id)
        if not self.caller.owns(party):
            raise errors.InvalidObject("country_code, party_id: not a party of the calling platform")
        row, stored = services.receive(
            partner=self.caller, party=party, cdr=cdr, tenant=self.tenant, form=self.form(cdr)
        )  # fmt: skip
        return self.stored(stored.created, headers={"Location": our_url("cdrs", *row.party, row.wire_id)})

    @documented("One CDR", returns=wire.CDR)
    def retrieve(self, request: Request, country_code: str, party_id: str, cdr_id: str) -> HttpResponse:
        return self.ok(self._one({"country_code": country_code, "party_id": party_id}, cdr_id).to_wire())

    @documented("One CDR, by its id alone", returns=wire.CDR, parameters=OWNER)
    def find(self, request: Request, cdr_id: str) -> HttpResponse:
        """Where several parties use the id, the answer names them; ask again with `country_code` and `party_id`."""
        query = request.query_params
        owner = {name: query[name] for name in ("country_code", "party_id") if name in query}
        return self.ok(self._one(owner, cdr_id).to_wire())

    @documented("What our check says of a CDR", parameters=OWNER)
    def check(self, request: Request, cdr_id: str) -> HttpResponse:
        """`verdict`: waiting, match, rounding, mismatch, unpriceable or credit; `report`: our price, line by line."""
        query = request.query_params
        row = self._one({name: query[name] for name in ("country_code", "party_id") if name in query}, cdr_id)
        return self.ok(
            {
                "verdict": row.verdict,
                "difference": None if row.difference is None else plain_number(row.difference),
                "findings": [
                    {"code": f.code, "severity": f.severity, "sentence": f.sentence,
                     "amount": None if f.amount is None else plain_number(f.amount)}
                    for f in row.findings.all()
                ],
                "report": row.report,
            }
        )  # fmt: skip

    def _one(self, owner: dict[str, str], cdr_id: str) -> CDR:
        rows = list(CDR.objects.visible_to(self.caller).filter(**owner, cdr_id=cdr_id)[:20])
        if not rows:
            raise errors.UnknownObject(f"CDR {cdr_id} is not known")
        if len(rows) > 1:
            named = ", ".join(f"{row.party.country_code}-{row.party.party_id}" for row in rows)
            raise errors.InvalidObject(f"cdr_id: used by several parties ({named}); add ?country_code=&party_id=")
        return rows[0]


ESTIMATE = [
    OpenApiParameter("location_id", str, required=True),
    OpenApiParameter("evse_uid", str, required=True),
    OpenApiParameter("connector_id", str, description="May be left out where the EVSE has one connector."),
    OpenApiParameter("kwh", float, description="Energy; default 30."),
    OpenApiParameter("minutes", float, description="Time at the charger; default 45."),
    OpenApiParameter("power_kw", float, description="Power while charging; the rest of the time is parking."),
    OpenApiParameter("start", str, description="UTC; default now."),
    *OWNER,
]


class EstimateView(OcpiViewSet):
    """For apps: a price before the charge. It stands below tariffs, and needs locations too, so it lives up here."""

    module = "tariffs"
    api_client_actions = frozenset({"list"})
    partner_actions = frozenset()

    @documented("What a charge would cost at a connector", parameters=ESTIMATE)
    def list(self, request: Request) -> HttpResponse:
        """One entry per tariff that may apply; an empty list means that the price is unknown, not that it is free."""
        query = request.query_params.dict()
        connector = self._connector(query)
        try:
            found = estimates.estimates(
                connector,
                kwh=_decimal(query, "kwh", "30"),
                minutes=_decimal(query, "minutes", "45"),
                power_kw=_decimal(query, "power_kw") if "power_kw" in query else None,
                start=parse_datetime(query["start"]) if "start" in query else clock.now(),
            )
        except ValueError as error:
            raise errors.InvalidObject(str(error)) from error
        return self.ok([each.to_json() for each in found])

    def _connector(self, query: dict[str, str]) -> Connector:
        """Raises InvalidObject and UnknownLocation (both HTTP 200, as for any parameter that names nothing)."""
        for name in ("location_id", "evse_uid"):
            if not query.get(name):
                raise errors.InvalidObject(f"{name}: is required")
        rows = Connector.objects.exclude(evse__status=Status.REMOVED).filter(
            evse__location__location_id=query["location_id"],
            evse__uid=query["evse_uid"],
            evse__hidden_at=None,
            hidden_at=None,
        )
        owner = {f"evse__location__{name}": query[name] for name in ("country_code", "party_id") if name in query}
        if "connector_id" in query:
            owner["connector_id"] = query["connector_id"]
        found = [*rows.filter(**owner).select_related("evse__location__partner")[:2]]
        if not found:
            raise errors.UnknownLocation("no connector of this location, EVSE and id is known", http_status=200)
        if len(found) > 1:
            raise errors.InvalidObject("connector_id, country_code, party_id: several connectors fit; say which one")
        return found[0]


def _decimal(query: dict[str, str], name: str, default: str = "") -> Decimal:
    try:
        value = Decimal(query.get(name, default))
    except InvalidOperation as error:
        raise errors.InvalidObject(f"{name}: not a number") from error
    if not value.is_finite() or abs(value) > 10**6:
        raise errors.InvalidObject(f"{name}: outside the possible range")
    return value
