"""What the headers of a message mean, those of OCPI and those of HTTP that OCPI relies on (chapters 4.1 and 4.3)."""

from collections.abc import Mapping
from typing import NamedTuple

_MEANINGS = {
    "authorization": "Who calls: the word Token and the token in Base64. It is masked here, as in every log.",
    "x-request-id": "Names this one request. Its answer repeats it; a repetition of the request gets a new one.",
    "x-correlation-id": "Names the whole flow: whoever passes a message on, or answers later, keeps it.",
    "ocpi-to-party-id": "Party that the message is for, within the country of the next header.",
    "ocpi-to-country-code": "Country of the party that the message is for.",
    "ocpi-from-party-id": "Party that the message comes from.",
    "ocpi-from-country-code": "Country of the party that the message comes from.",
    "link": 'The next page of a list, with rel="next"; the last page has none.',
    "x-total-count": "How many objects the whole list has.",
    "x-limit": "How many objects a page may have at the server.",
    "location": "Where the new object can be fetched; a CDR has no other address.",
    "content-type": "What the body is: JSON.",
    "retry-after": "Seconds after which one may try again.",
}


class Header(NamedTuple):
    name: str
    value: str
    meaning: str


def explained(headers: Mapping[str, str]) -> tuple[list[Header], list[Header]]:
    """Those that OCPI gives a meaning, in the order above; and what else HTTP carries along."""
    order = list(_MEANINGS)
    found = [Header(name, value, _MEANINGS.get(name.lower(), "")) for name, value in headers.items()]
    known = sorted((each for each in found if each.meaning), key=lambda each: order.index(each.name.lower()))
    return known, [each for each in found if not each.meaning]
