"""The well-known tokens of the development environment (SEED-08). They never exist in production."""

from typing import Any

from django.conf import settings
from django.db.models import Q

from ocpi.core import clock, secrets

from .models import ApiClient, Partner, PartnerRole, PartnerToken

DEMO_CPO = "Demo CPO"
DEMO_PARTY = ("NL", "CPO")
REGISTRATION_TOKENS = ("emsp_token_a_12345", "emsp_development_token_a")
OPERATIONAL_TOKENS = ("cpo_token_c_abcdef", "cpo_development_token_c")
API_CLIENT_TOKEN = "test_token_c_123"
API_CLIENT = "Demo app"
ALL_TOKENS = (*REGISTRATION_TOKENS, *OPERATIONAL_TOKENS, API_CLIENT_TOKEN)


def seed_after_migrate(**kwargs: Any) -> None:
    if settings.DEVELOPMENT:
        seed()


def seed() -> None:
    """Create what is missing; what is there stays as it is."""
    cpo, created = Partner.objects.get_or_create(
        name=DEMO_CPO,
        defaults={"development": True, "status": Partner.Status.REGISTERED, "registered_at": clock.now()},
    )
    if created:
        country, party = DEMO_PARTY
        PartnerRole.objects.create(partner=cpo, role="CPO", country_code=country, party_id=party, name=DEMO_CPO)
    for token in OPERATIONAL_TOKENS:
        _accept(cpo, token, PartnerToken.Purpose.OPERATIONAL)
    for number, token in enumerate(REGISTRATION_TOKENS, 1):
        newcomer, _ = Partner.objects.get_or_create(
            name=f"Development partner {number}", defaults={"development": True}
        )
        if newcomer.status == Partner.Status.NEW:
            _accept(newcomer, token, PartnerToken.Purpose.REGISTRATION)
    demo_api_client()


def demo_api_client() -> ApiClient:
    client, _ = ApiClient.objects.get_or_create(
        digest=secrets.digest(API_CLIENT_TOKEN), defaults={"name": API_CLIENT, "development": True}
    )
    return client


def _accept(partner: Partner, token: str, purpose: PartnerToken.Purpose) -> None:
    PartnerToken.objects.get_or_create(
        digest=secrets.digest(token), defaults={"partner": partner, "purpose": purpose, "development": True}
    )


def present() -> list[str]:
    """Which kinds of development tokens are in the database; for the deployment check."""
    digests = [digest for token in ALL_TOKENS for digest in secrets.digests(token)]
    seeded = Q(digest__in=digests) | Q(development=True)  # whatever the SECRET_KEY was when they were seeded
    found = ["partner token"] if PartnerToken.objects.filter(seeded).exists() else []
    return found + (["API client token"] if ApiClient.objects.filter(seeded).exists() else [])
