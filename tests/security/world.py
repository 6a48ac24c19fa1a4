"""Two partners, a hub and two apps, each with objects of every kind, so that they can be set on each other.

Everything of the victim's holds MARK somewhere: where it turns up, something was seen that should not have been.
"""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.utils import timezone

from ocpi.chargingprofiles.models import ProfileRequest
from ocpi.commands.models import Command
from ocpi.core import secrets
from ocpi.partners.models import ApiClient, HubParty, Partner, PartnerRole, PartnerToken
from ocpi.sessions.models import ChargingPreference, Session
from tests import factories
from tests.callers import Answer, Caller

MARK = "secret-of-the-victim"
# What a request may always leave behind: when somebody was heard of.
_VOLATILE = {"last_seen_at", "first_used_at"}


@dataclass
class Victim:
    """A partner with one object of every kind, and what an app asked of it; `ids` fill the paths of endpoints."""

    caller: Caller
    app: ApiClient
    ids: dict[str, str] = field(default_factory=dict)
    command: Any = None
    profile: Any = None


def victim(party: tuple[str, str] = ("DE", "CP2"), token: str = "token-of-victim", **fields: Any) -> Victim:
    partner = factories.partner(name="Victim", party=party, token=token, base_url="http://victim.test/ocpi", **fields)
    caller = Caller(token=token, partner=partner, party=party)
    owner = {"country_code": party[0], "party_id": party[1], "x_mark": MARK}
    connector = factories.connector(id="C9", tariff_ids=["T9"], x_mark=MARK)
    evse = factories.evse(uid="E9", connectors=[connector], x_mark=MARK)
    place = factories.cdr(id="D9")["cdr_location"] | {"name": MARK}
    card = factories.cdr_token()
    for answer in (
        caller.put("tariffs", *party, "T9", body=factories.tariff(id="T9", **owner)),
        caller.put("locations", *party, "L9", body=factories.location(id="L9", evses=[evse], **owner)),
        caller.put("sessions", *party, "S9", body=factories.session(
            id="S9", cdr_token=card, location_id="L9", evse_uid="E9", connector_id="C9", **owner)),
        caller.post("cdrs", body=factories.cdr(id="D9", session_id="S9", cdr_location=place, cdr_token=card, **owner)),
    ):  # fmt: skip
        assert answer.status == (201, 1000), answer.body
    app = factories.api_client("token-of-first-app", "First app")
    found = Victim(caller, app)
    session = Session.objects.get(partner=partner)
    asked = {"partner": partner, "country_code": party[0], "party_id": party[1], "api_client": app}
    found.command = Command.objects.create(
        type="RESERVE_NOW", reservation_id="R9", location_id="L9", request={"authorization_reference": MARK},
        steps=[{"detail": MARK}], result_due_at=timezone.now(), state="ACCEPTED", **asked,
    )  # fmt: skip
    found.profile = ProfileRequest.objects.create(
        kind="SET", session=session, profile={}, steps=[{"detail": MARK}], state="ACCEPTED", **asked
    )
    ChargingPreference.objects.create(session=session, request={}, steps=[{"detail": MARK}], **asked)
    found.ids = {
        "country_code": party[0], "party_id": party[1], "location_id": "L9", "evse_uid": "E9", "connector_id": "C9",
        "tariff_id": "T9", "session_id": "S9", "cdr_id": "D9", "token_uid": "04AABBCCDD",
        "name": str(found.command.pk), "request_id": str(found.profile.pk),
    }  # fmt: skip
    return found


def hub(*behind: tuple[str, str], name: str = "Hub", token: str = "token-of-hub") -> Caller:
    partner = factories.partner(name=name, party=("NL", "HUB"), token=token, base_url="http://hub.test/ocpi")
    PartnerRole.objects.filter(partner=partner).update(role="HUB")
    for country_code, party_id in behind:
        HubParty.objects.create(partner=partner, country_code=country_code, party_id=party_id, status="CONNECTED")
    return Caller(token=token, partner=partner, party=("NL", "HUB"))


def registering(token: str = "token-a-of-newcomer") -> Caller:
    partner = factories.PartnerFactory(name="Newcomer", status="NEW", token_out="", registered_at=None)
    PartnerToken.objects.create(partner=partner, digest=secrets.digest(token), purpose="REGISTRATION")
    return Caller(token=token, partner=partner)


def everything(besides: Partner | None = None) -> dict[tuple[str, Any], Any]:
    """Every row of ours as it is now, but what belongs to the partner `besides` itself."""
    rows = {}
    for config in apps.get_app_configs():
        if not config.name.startswith("ocpi."):
            continue
        for model in config.get_models():
            for row in model.objects.all().order_by("pk").values():
                if besides is not None and besides.pk in (row.get("partner_id"), row["id"] if model is Partner else 0):
                    continue
                rows[model._meta.label, row["id"]] = {k: v for k, v in row.items() if k not in _VOLATILE}
    return rows


def seen(answer: Answer) -> str:
    """Everything that came back."""
    return answer.http.content.decode() + str(dict(answer.http.items()))
