"""The parties that this platform speaks for: EMSP_PARTIES, the first of them where nobody says which."""

from functools import lru_cache

from django.conf import settings

from ocpi.protocol.errors import UnknownToken
from ocpi.protocol.headers import PartyId


def ours() -> tuple[PartyId, ...]:
    return _parsed(tuple(settings.EMSP_PARTIES))


def is_ours(country_code: str, party_id: str) -> bool:
    return PartyId(country_code, party_id).key in _keys(tuple(settings.EMSP_PARTIES))


def check_driver(party: PartyId, addressed: PartyId | None) -> None:
    """The party in a `cdr_token` must be ours, and the one of us that was addressed (HUB-06).

    Raises UnknownToken, HTTP 200: the request is well-formed, one of its fields names nobody.
    """
    problem = ""
    if not is_ours(*party):
        problem = f"party {party.country_code}-{party.party_id} is not on this platform"
    elif addressed is not None and party.key != addressed.key:
        problem = f"not a driver of {addressed.country_code}-{addressed.party_id}, which was addressed"
    if problem:
        raise UnknownToken(f"cdr_token: {problem}", http_status=200)


@lru_cache(maxsize=16)
def _parsed(names: tuple[str, ...]) -> tuple[PartyId, ...]:
    return tuple(PartyId(*name.split("-", 1)) for name in names)


@lru_cache(maxsize=16)
def _keys(names: tuple[str, ...]) -> frozenset[PartyId]:
    return frozenset(party.key for party in _parsed(names))
