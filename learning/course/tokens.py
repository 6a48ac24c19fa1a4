"""Which of the three tokens a message carries: A, B or C. Told by the marks of tokens, which the journal keeps of them.

Token A opened the handshake, B stood in the body of the POST, C in the answer to it. PUT credentials gives both sides
new ones: who sent a B before sends a B again. What is no token of this run, a wrong one for instance, has no letter.
"""

import re
from collections.abc import Mapping
from typing import Any

from learning.models import Run
from ocpi.journal.models import Exchange
from ocpi.journal.redaction import mark

Letters = Mapping[str, str]
"""From what the journal keeps of a token to its letter."""

MEANINGS = {
    "A": "token A: it came outside OCPI, opens versions and credentials only, and dies with the registration",
    "B": "token B: made by the side that sent POST credentials; the other side shows it whenever it calls",
    "C": "token C: made by the side that answered the POST; the other side shows it whenever it calls",
}
_MARK = re.compile(r"••• (#[0-9a-f]{8})")
_IN_BODY = re.compile(r'"token": ?"••• (#[0-9a-f]{8})"')
_HEAVY = ("request_headers", "request_body", "response_body")


def letters(run: Run, rows: Any) -> dict[str, str]:
    """`rows`: the exchanges of the run (a query)."""
    known = {mark(run.facts[name]): "A" for name in ("cpo_token_a", "our_token_a") if run.facts.get(name)}
    known |= dict.fromkeys(run.facts.get("marks_of_a", []), "A")
    issued: dict[str, str] = {}  # the letter of what each side makes, by the direction in which its messages go
    handshakes = rows.filter(module="credentials", method__in=("POST", "PUT")).order_by("started_at", "pk")
    for row in handshakes.only("method", "direction", *_HEAVY):
        us, them = row.direction, _other(row.direction)
        shown = mark_of(row.request_headers)
        if row.method == "POST" and known.get(shown, "A") == "A":
            known[shown] = "A"
            issued = {us: "B", them: "C"}
        for side, body in ((us, row.request_body), (them, row.response_body)):
            if (found := _IN_BODY.search(body)) and side in issued:
                known.setdefault(found[1], issued[side])
    known.pop("", None)
    return known


def _other(direction: str) -> str:
    return Exchange.Direction.IN if direction == Exchange.Direction.OUT else Exchange.Direction.OUT


def mark_of(headers: Mapping[str, str]) -> str:
    """Of the token that a request shows; empty where it shows none."""
    shown = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    found = _MARK.search(shown)
    return found[1] if found else ""


def shown(known: Letters, headers: Mapping[str, str]) -> str:
    """A, B, C, or nothing where that is not known."""
    return known.get(mark_of(headers), "")


def named(known: Letters, text: str) -> str:
    """The text of a message with each token by its letter."""
    return _MARK.sub(lambda found: f"••• token {known[found[1]]}" if found[1] in known else found[0], text)
