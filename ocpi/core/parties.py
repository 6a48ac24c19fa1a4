"""The parties that this platform speaks for."""

from django.conf import settings

from ocpi.protocol.headers import PartyId


def ours() -> list[PartyId]:
    return [PartyId(settings.COUNTRY_CODE, settings.PARTY_ID)]


def is_ours(country_code: str, party_id: str) -> bool:
    return PartyId(country_code, party_id).key in {party.key for party in ours()}
