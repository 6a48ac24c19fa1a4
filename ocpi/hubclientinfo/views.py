"""Receiver interface of hubclientinfo. A configuration module: no routing headers (HCI-12)."""

from django.http import HttpResponse
from rest_framework.request import Request

from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.partners.owned import check_same
from ocpi.protocol import errors
from ocpi.protocol.headers import PartyId
from ocpi.protocol.hubclientinfo import ClientInfo

from . import services


class HubClientInfoView(OcpiViewSet):
    """`{hubclientinfo}/{country_code}/{party_id}`: the party that is described, not the hub (HCI-04)."""

    module = "hubclientinfo"

    @documented("What you told us about a party", returns=ClientInfo)
    def retrieve(self, request: Request, country_code: str, party_id: str) -> HttpResponse:
        self._require_hub()
        row = services.find(partner=self.caller, party=PartyId(country_code, party_id))
        return self.ok(row.payload)

    @documented("A party is connected, or is not any more", body=ClientInfo, created=True)
    def put(self, request: Request, country_code: str, party_id: str) -> HttpResponse:
        """For hubs. We send to a party only while it is CONNECTED."""
        self._require_hub()
        info = self.decode(ClientInfo)
        check_same({"country_code": country_code, "party_id": party_id}, info.__dict__)
        return self.stored(services.put(partner=self.caller, info=info).created)

    def _require_hub(self) -> None:
        """Who is no hub has nobody behind it (HCI-05)."""
        if self.caller.hub is None:
            raise errors.UnknownObject("your platform did not register as a hub")
