"""What is allowed in a token but will make trouble at chargers. Advice for operators; nothing is refused."""

import re

from ocpi.protocol.tokens import TokenType

from .models import Token

_OCPP_LENGTH = 20  # of an idTag or parentIdTag in OCPP 1.x
_HEX = re.compile(r"[0-9A-Fa-f]+")
_UID_LENGTHS = {8, 14, 20}  # 4, 7 or 10 bytes, as cards have them
_SEPARATORS = re.compile(r"[\s:.-]+")


def advice(token: Token) -> list[str]:
    """Sentences; the first word is the field."""
    found = []
    if len(token.group_id or "") > _OCPP_LENGTH:
        found.append(
            f"group_id is longer than {_OCPP_LENGTH} characters: chargers with OCPP 1.x cannot hold it (TOK-31)"
        )
    if token.type == TokenType.RFID:
        found += _about_card(token.wire_uid)
    return found


def _about_card(uid: str) -> list[str]:
    """Readers give bytes in hex; some systems hand on decimals, half of them, or the bytes in reverse (FLD-25)."""
    if not _HEX.fullmatch(uid):
        return ["uid is not hexadecimal: chargers read cards as 8, 14 or 20 hexadecimal digits (FLD-25)"]
    if len(uid) in _UID_LENGTHS:
        return []
    if uid.isdigit() and len(uid) in (9, 10):
        return ["uid looks like a decimal number; chargers read cards as hexadecimal digits (FLD-25)"]
    return [f"uid has {len(uid)} digits; cards have 8, 14 or 20, leading zeros included (FLD-25)"]


def as_read(uid: str) -> str:
    """The UID of a card as readers give it: 04:a2-3b becomes 04A23B. Whatever is not hexadecimal stays."""
    digits = _SEPARATORS.sub("", uid)
    return digits.upper() if _HEX.fullmatch(digits) else uid
