"""Where a page ends, sealed into the Link to the next one: the next page is found by an index, however far it is.

A cursor belongs to one caller and one list. It carries the total too, because to count a million rows for each page
costs more than the page.
"""

from typing import NamedTuple

from django.core import signing

from ocpi.protocol.errors import InvalidObject


class Position(NamedTuple):
    """`after`: the last key of the page before; `offset`: of the first object of this page.

    `total` objects were counted up to the key `counted_to`; what is behind it came later.
    """

    after: int
    offset: int
    total: int
    counted_to: int


def seal(position: Position, belongs_to: str) -> str:
    return _signer(belongs_to).sign("-".join(map(str, position)))


def read(cursor: str, belongs_to: str) -> Position:
    """Raises InvalidObject for a cursor that we did not give out, or gave to somebody else or for another list."""
    try:
        return Position(*map(int, _signer(belongs_to).unsign(cursor).split("-")))
    except signing.BadSignature:
        raise InvalidObject(
            "cursor: not one of this list; begin with its first page, or leave the cursor out"
        ) from None


def _signer(belongs_to: str) -> signing.Signer:
    return signing.Signer(salt=f"ocpi.core.cursors {belongs_to}", sep=".")
