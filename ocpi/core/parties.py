"""The parties that this platform speaks for: EMSP_PARTIES, the first of them where nobody says which."""

from functools import lru_cache

from django.conf import settings

from ocpi.protocol.headers import PartyId


def ours() -> list[PartyId]:
    return list(_parsed(tuple(settings.EMSP_PARTIES)))


def is_ours(country_code: str, party_id: str) -> bool:
    return PartyId(country_code, party_id).key in {party.key for party in ours()}


@lru_cache(maxsize=16)
def _parsed(names: tuple[str, ...]) -> tuple[PartyId, ...]:
    return tuple(PartyId(*name.split("-", 1)) for name in names)
