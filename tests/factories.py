"""The plain object of each kind, whose ids and numbers a test can name; and rows: partners, API clients, tokens.

`ocpi.protocol.testdata.TestDataFactory` makes what has to be varied, or realistic, or consistent.
"""

from typing import Any

import factory

from ocpi.core import clock, secrets
from ocpi.partners.models import ApiClient, Partner, PartnerEndpoint, PartnerRole, PartnerToken
from ocpi.tokens import services as token_services
from ocpi.tokens.models import Token

LAST_UPDATED = "2026-03-01T12:00:00Z"


def connector(**changes: Any) -> dict[str, Any]:
    return {
        "id": "C1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE", "max_voltage": 230,
        "max_amperage": 16, "tariff_ids": ["T1"], "last_updated": LAST_UPDATED,
    } | changes  # fmt: skip


def evse(**changes: Any) -> dict[str, Any]:
    return {
        "uid": "E1", "evse_id": "NL*CPO*E1", "status": "AVAILABLE",
        "capabilities": ["REMOTE_START_STOP_CAPABLE", "RFID_READER", "RESERVABLE", "UNLOCK_CAPABLE"],
        "connectors": [connector()], "last_updated": LAST_UPDATED,
    } | changes  # fmt: skip


def location(**changes: Any) -> dict[str, Any]:
    return {
        "country_code": "NL", "party_id": "CPO", "id": "L1", "publish": True, "name": "Stationsplein",
        "address": "Stationsplein 1", "city": "Utrecht", "postal_code": "3511ED", "country": "NLD",
        "coordinates": {"latitude": "52.08950", "longitude": "5.11000"}, "time_zone": "Europe/Amsterdam",
        "evses": [evse(), evse(uid="E2", evse_id="NL*CPO*E2")], "last_updated": LAST_UPDATED,
    } | changes  # fmt: skip


def tariff(**changes: Any) -> dict[str, Any]:
    return {
        "country_code": "NL", "party_id": "CPO", "id": "T1", "currency": "EUR", "type": "REGULAR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.35, "vat": 21, "step_size": 1}]}],
        "last_updated": LAST_UPDATED,
    } | changes  # fmt: skip


def cdr_token(**changes: Any) -> dict[str, Any]:
    return {
        "country_code": "NL", "party_id": "EMS", "uid": "04AABBCCDD", "type": "RFID", "contract_id": "NL-EMS-C0001",
    } | changes  # fmt: skip


def session(**changes: Any) -> dict[str, Any]:
    return {
        "country_code": "NL", "party_id": "CPO", "id": "S1", "start_date_time": "2026-03-01T10:00:00Z", "kwh": 1.5,
        "cdr_token": cdr_token(), "auth_method": "AUTH_REQUEST", "location_id": "L1", "evse_uid": "E1",
        "connector_id": "C1", "currency": "EUR", "status": "ACTIVE", "last_updated": LAST_UPDATED,
    } | changes  # fmt: skip


def period(start: str = "2026-03-01T10:00:00Z", kwh: float = 1.5, **changes: Any) -> dict[str, Any]:
    return {"start_date_time": start, "dimensions": [{"type": "ENERGY", "volume": kwh}], "tariff_id": "T1"} | changes


def cdr(**changes: Any) -> dict[str, Any]:
    place = {
        "id": "L1", "name": "Stationsplein", "address": "Stationsplein 1", "city": "Utrecht", "country": "NLD",
        "coordinates": {"latitude": "52.08950", "longitude": "5.11000"}, "evse_uid": "E1", "evse_id": "NL*CPO*E1",
        "connector_id": "C1", "connector_standard": "IEC_62196_T2", "connector_format": "SOCKET",
        "connector_power_type": "AC_3_PHASE",
    }  # fmt: skip
    return {
        "country_code": "NL", "party_id": "CPO", "id": "D1", "start_date_time": "2026-03-01T10:00:00Z",
        "end_date_time": "2026-03-01T11:00:00Z", "session_id": "S1", "cdr_token": cdr_token(),
        "auth_method": "AUTH_REQUEST", "cdr_location": place, "currency": "EUR", "tariffs": [tariff()],
        "charging_periods": [period(kwh=10)], "total_cost": {"excl_vat": 3.5, "incl_vat": 4.235}, "total_energy": 10,
        "total_time": 1, "last_updated": LAST_UPDATED,
    } | changes  # fmt: skip


class PartnerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Partner

    name = factory.Sequence(lambda n: f"CPO {n}")
    status = Partner.Status.REGISTERED
    version = "2.2.1"
    versions_url = "http://cpo.test/ocpi/versions"
    token_out = factory.LazyFunction(lambda: secrets.encrypt("token-for-cpo"))
    registered_at = factory.LazyFunction(clock.now)


def partner(
    *,
    party: tuple[str, str] = ("NL", "CPO"),
    token: str = "token-of-cpo",
    base_url: str = "http://cpo.test/ocpi",
    **fields: Any,
) -> Partner:
    """A registered CPO with its role, its endpoints below `base_url` and the token that it shows us."""
    row = PartnerFactory(**fields)
    country_code, party_id = party
    PartnerRole.objects.create(
        partner=row, role="CPO", country_code=country_code, party_id=party_id, name=f"{party_id} Charging",
        business_details={"name": f"{party_id} Charging"},
    )  # fmt: skip
    offered = [("credentials", "RECEIVER"), *((m, "SENDER") for m in ("locations", "sessions", "cdrs", "tariffs")),
               ("tokens", "RECEIVER"), ("commands", "RECEIVER")]  # fmt: skip
    PartnerEndpoint.objects.bulk_create(
        PartnerEndpoint(partner=row, identifier=i, role=r, url=f"{base_url}/{i}") for i, r in offered
    )
    PartnerToken.objects.create(partner=row, digest=secrets.digest(token), purpose="OPERATIONAL")
    return row


def api_client(token: str = "token-of-app", name: str = "App") -> ApiClient:
    return ApiClient.objects.create(name=name, digest=secrets.digest(token))


def token(uid: str = "04AABBCCDD", type: str = "RFID", **fields: Any) -> Token:
    return token_services.put(uid=uid, type=type, **{"contract_id": "NL-EMS-C0001", "issuer": "Open eMSP", **fields})
