"""What our platform stores of a sandbox, as JSON: what claims look at beside the messages, and acts wait for."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model

from ocpi.cdrs.models import CDR
from ocpi.chargingprofiles.models import ActiveProfile, ProfileRequest
from ocpi.commands.models import Command
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.partners.models import HubParty, Partner
from ocpi.sessions.models import Session
from ocpi.sync.models import Pull, QuarantinedObject
from ocpi.tariffs.models import Tariff
from ocpi.tokens.models import Authorization, Token, TokenPush

_MOST = 200


def _wire(row: Any) -> dict[str, Any]:
    return dict(row.to_wire())


def _columns(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return str(value)
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


def _partner(row: Partner) -> dict[str, Any]:
    roles = [f"{role.role} {role.country_code}-{role.party_id}" for role in row.roles.all()]
    endpoints = sorted(f"{end.identifier}:{end.role}" for end in row.endpoints.all())
    return {
        "status": row.status, "version": row.version, "roles": roles, "endpoints": endpoints,
        "tokens": row.tokens.filter(purpose="OPERATIONAL", valid_until=None).count(),
        "registration_tokens": row.tokens.filter(purpose="REGISTRATION").count(),
    }  # fmt: skip


def _cdr(row: CDR) -> dict[str, Any]:
    return _wire(row) | _columns("verdict", "our_cost", "difference", "remarks")(row)


# Each: its rows, how they lead to the partner, and how one is shown.
KINDS: dict[str, tuple[Any, str, Callable[[Any], dict[str, Any]]]] = {
    "partner": (Partner.objects, "pk", _partner),
    "location": (Location.objects.with_children(), "partner",
                 lambda row: _wire(row) | {"gone": row.gone_at is not None}),
    "evse": (EVSE.objects.filter(hidden_at=None), "location__partner", _columns("uid", "status")),
    "connector": (Connector.objects.filter(hidden_at=None), "evse__location__partner",
                  _columns("connector_id", "standard", "tariff_ids")),
    "tariff": (Tariff.objects, "partner", _wire),
    "token": (Token.objects, "sandbox", lambda row: _wire(row) | {"status": row.status}),
    "push": (TokenPush.objects, "partner", _columns("state", "error", "attempts")),
    "authorization": (Authorization.objects, "partner", _columns("allowed", "reason", "location_id")),
    "session": (Session.objects, "partner", _wire),
    "bill": (CDR.objects, "partner", _wire),
    "cdr": (CDR.objects, "partner", _cdr),
    "command": (Command.objects.order_by("created_at"), "partner",
                _columns("id", "type", "state", "response", "result", "error", "steps")),
    "profile_request": (ProfileRequest.objects.order_by("created_at"), "partner",
                        _columns("kind", "state", "response", "result", "error")),
    "active_profile": (ActiveProfile.objects, "session__partner", lambda row: dict(row.payload)),
    "hub_party": (HubParty.objects, "partner", _columns("role", "country_code", "party_id", "status")),
    "pull": (Pull.objects, "partner",
             _columns("module", "received", "changed", "skipped", "pages", "error", "problems")),
    "quarantine": (QuarantinedObject.objects, "partner", _columns("module", "reason", "closed_at")),
}  # fmt: skip


def find(partner_id: int | None, kind: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Objects of this sandbox that meet the conditions (of Django's kind), oldest first."""
    rows, path, show = KINDS[kind]
    return [show(row) for row in rows.filter(**{path: partner_id}, **where)[:_MOST]]
