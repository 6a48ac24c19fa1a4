"""Receiver interface of sessions, and our list of them (SEED-04)."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from ocpi.core.pagination import paginate
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.partners.owned import check_same
from ocpi.protocol import errors
from ocpi.protocol import sessions as wire

from . import preferences, selection, services
from .models import ChargingPreference, Session


class SessionView(OcpiViewSet):
    module = "sessions"
    api_client_actions = frozenset({"list", "retrieve"})

    @documented("Sessions that you may see", returns=wire.Session, many=True)
    def list(self, request: Request) -> HttpResponse:
        rows = Session.objects.visible_to(self.caller).of_tenant(self.tenant).with_periods()
        grows_by = "" if self.tenant else "received_at"  # a PUT may give a session another driver
        return paginate(self, rows, lambda page: [self._shown(row) for row in page], grows_by=grows_by)

    @documented("One session", returns=wire.Session)
    def retrieve(self, request: Request, country_code: str, party_id: str, session_id: str) -> HttpResponse:
        rows = Session.objects.visible_to(self.caller).of_tenant(self.tenant)
        rows = rows.filter(country_code=country_code, party_id=party_id)
        row = rows.with_periods().filter(session_id=session_id).first()
        if row is None:
            raise errors.UnknownObject(f"session {session_id} is not known")
        return self.ok(self._shown(row))

    def _shown(self, row: Session) -> dict[str, Any]:
        """For apps with a field of ours, `stale`, on a session that runs but of which nobody has heard for long."""
        wire_form = row.to_wire()
        return {**wire_form, "stale": True} if row.stale and self.caller.is_api_client else wire_form

    @documented("Create or replace a session", body=wire.Session, created=True)
    def put(self, request: Request, country_code: str, party_id: str, session_id: str) -> HttpResponse:
        """Replaces the charging periods as well."""
        party = self.owned_party(country_code, party_id)
        session = self.decode(wire.Session)
        check_same({"country_code": country_code, "party_id": party_id, "id": session_id}, session.__dict__)
        stored = services.put(
            partner=self.caller, party=party, session=session, tenant=self.tenant, form=self.form(session)
        )  # fmt: skip
        return self.stored(stored.created)

    @documented("Change fields of a session", body=wire.Session)
    def patch(self, request: Request, country_code: str, party_id: str, session_id: str) -> HttpResponse:
        """`charging_periods` are appended to those that we have; `last_updated` is required."""
        party = self.owned_party(country_code, party_id)
        services.patch(
            partner=self.caller, party=party, session_id=session_id, patch=self.json(), tenant=self.tenant
        )  # fmt: skip
        return self.ok()


class ChargingPreferencesView(OcpiViewSet):
    """What the driver wants of a running session: for apps, an extension. A worker tells the CPO."""

    module = "sessions"
    partner_actions = frozenset()
    api_client_actions = {"put": "commands", "retrieve": "read"}

    @documented("What the driver wants", body=wire.ChargingPreferences)
    def put(self, request: Request, country_code: str, party_id: str, session_id: str) -> HttpResponse:
        """Answered with 202; GET the same URL for the CPO's answer. ACCEPTED promises a best effort, no more."""
        session = selection.one(session_id, {"country_code": country_code, "party_id": party_id})
        wanted = self.decode(wire.ChargingPreferences)
        row = preferences.request(session=session, preferences=wanted, api_client=self.caller)
        described = row.describe()
        shown = {key: described[key] for key in ("id", "state", "partner", "url")}
        return self.ok(shown, status=202, headers={"Location": described["url"]})

    @documented("What became of it")
    def retrieve(self, request: Request, country_code: str, party_id: str, session_id: str) -> HttpResponse:
        """The latest preferences that you gave: their state, each step with its time, and the CPO's answer."""
        session = selection.one(session_id, {"country_code": country_code, "party_id": party_id})
        own = ChargingPreference.objects.filter(session=session, api_client=self.caller)
        row = own.select_related("partner").first()
        if row is None:
            raise errors.UnknownObject("no preferences were given for this session")
        return self.ok(row.describe())
