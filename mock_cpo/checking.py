"""Looks whether an eMSP stored a location as we sent it: PUT, GET back, compare (LOC-54)."""

from typing import Any

from mock_cpo.client import Client, join
from mock_cpo.partners import Partners
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.headers import PartyId

Wire = dict[str, Any]


def validate_location(client: Client, partners: Partners, us: PartyId, location: Wire) -> list[Wire]:
    """For each registered eMSP its HTTP status and the paths at which its copy differs."""
    rows = []
    for partner in partners.registered():
        endpoint = partner.endpoint("locations", "RECEIVER")
        if endpoint is None:
            continue
        url = join(endpoint, *us, location["id"])
        try:
            status = client.functional("PUT", url, partner, location).http_status
            copy = client.functional("GET", url, partner).data
            rows.append(
                {"registration": partner.id, "http_status": status, "differences": list(differences(location, copy))}
            )
        except PartnerError as error:
            rows.append({"registration": partner.id, "http_status": error.http_status, "differences": [error.message]})
    return rows


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Paths whose values differ. Null and absent are the same, and so are an absent and an empty list."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = sorted(ours.keys() | theirs.keys())
        return [
            found
            for name in names
            for found in differences(ours.get(name), theirs.get(name), f"{path}.{name}".strip("."))
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [found for index, (one, other) in pairs for found in differences(one, other, f"{path}[{index}]")]
    return [] if ours == theirs or (ours in (None, []) and theirs in (None, [])) else [path]
