"""The flood: bills for charges that we know, stored in two statements (`ocpi.core.rows`).

One asks for what the bill refers to, one inserts it. Credits, repetitions, and bills that came before their session or
their location are not for here: the answer is False, and nothing has happened.
"""

from ocpi.core import outbox, rows
from ocpi.core.rows import Key
from ocpi.locations.models import Location
from ocpi.partners.owned import OWNER_KEY
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token

from .models import CDR
from .remarks import remarks


def receive(row: CDR) -> bool:
    """Store a filled row."""
    if row.credit:
        return False
    owner = {"partner": row.partner_id, "country_code": row.country_code, "party_id": row.party_id}
    token, credited = row.payload["cdr_token"], Key(CDR, **owner, credit=True, credit_reference_id=row.cdr_id)
    row.token_row_id, row.session_row_id, place, known = rows.ids(
        Token.key(row.partner, token["uid"], token["type"], token["country_code"], token["party_id"]),
        Key(Session, **owner, session_id=row.session_id), Key(Location, **owner, location_id=row.location_id),
        Key(CDR, **owner, cdr_id=row.cdr_id),
    )  # fmt: skip
    if known or place is None or (row.session_id and row.session_row_id is None):
        return False
    row.remarks = remarks(row, placed=True)
    stored = rows.upsert(row, key=[*OWNER_KEY, "cdr_id"], unless=[credited])
    if stored is None:  # the same POST, or its credit, was a moment faster
        return False
    row.pk = stored[0]
    outbox.announce(row)
    return True
