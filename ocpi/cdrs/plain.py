"""The flood: bills for charges that we know, stored by one statement (`ocpi.core.rows`).

It looks up what the bill refers to, and inserts it where all of that is there. Credits, repetitions, and bills that
came before their session or their location are not for here: the answer is False, and nothing has happened.
"""

from ocpi.core import outbox, rows
from ocpi.core.rows import Key
from ocpi.locations.models import Location
from ocpi.partners.owned import OWNER_KEY
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token

from .models import CDR
from .remarks import about_content


def receive(row: CDR) -> bool:
    """Store a filled row."""
    if row.credit:
        return False
    owner = {"partner": row.partner_id, "country_code": row.country_code, "party_id": row.party_id}
    card, credited = row.payload["cdr_token"], Key(CDR, **owner, credit=True, credit_reference_id=row.cdr_id)
    found = {"token_row": Token.key(row.partner, card["uid"], card["type"], card["country_code"], card["party_id"])}
    if row.session_id:
        found["session_row"] = Key(Session, **owner, session_id=row.session_id)
    place = Key(Location, **owner, location_id=row.location_id)
    row.remarks = about_content(row)
    stored = rows.upsert(
        row, key=[*OWNER_KEY, "cdr_id"], unless=[credited], given=[place], found_only=True, **found
    )  # fmt: skip
    if stored is None:
        return False
    row.pk, _, *keys = stored
    for name, pk in zip(found, keys, strict=True):
        setattr(row, f"{name}_id", pk)
    outbox.announce(row)
    return True
