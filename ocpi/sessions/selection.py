"""Finding the session that an app means."""

from collections.abc import Mapping

from ocpi.protocol import errors

from .models import Session


def one(session_id: str, owner: Mapping[str, str]) -> Session:
    """By its id, and by `country_code` and `party_id` of its CPO where two CPOs use one.

    Raises UnknownObject, and InvalidObject naming the parties when there are several.
    """
    keys = {name: owner[name] for name in ("country_code", "party_id") if owner.get(name)}
    rows = Session.objects.filter(session_id=session_id, **keys).select_related("partner", "location_row")
    found = list(rows[:20])
    if not found:
        raise errors.UnknownObject(f"session {session_id} is not known")
    if len(found) > 1:
        named = ", ".join(f"{row.party.country_code}-{row.party.party_id} of {row.partner.name}" for row in found)
        raise errors.InvalidObject(f"session_id: used by several parties ({named}); add ?country_code=&party_id=")
    return found[0]
