"""The token bench: what an Authorization header is, as OCPI 2.2.1 sees it. It compares with no token that exists.

OCPI 2.2.1 (chapter 4.1.2) encodes the token in Base64; 2.1.1 and 2.2 sent it as it was. Much of the field still does,
and a hexadecimal token is valid Base64 too, so that looks alone do not decide (TRA-05).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal

from ocpi.protocol.errors import Unauthorized
from ocpi.protocol.headers import authorization, token_candidates

Verdict = Literal["valid", "plain", "ambiguous", "wrong"]

MAX_HEADER = 2000
_TOKEN = re.compile(r"[!-~]{1,64}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


@dataclass(frozen=True)
class Reading:
    """`findings`: sentences, in the order of reading; `decoded`: None where the value is no Base64 of text.

    `valid`: as 2.2.1 wants it; `plain`: only readable as 2.1.1 sends it; `ambiguous`: decodes, but to nothing that
    looks like a token. `corrected`: the header as it should be, where that can be known.
    """

    scheme: str
    value: str
    decoded: str | None
    verdict: Verdict
    findings: tuple[str, ...]
    corrected: str = ""
    candidates: tuple[str, ...] = ()


def read_authorization(text: str) -> Reading:
    """`text`: the header's value, or the whole line `Authorization: Token …`."""
    header = re.sub(r"^\s*authorization\s*:", "", text[:MAX_HEADER], flags=re.IGNORECASE)
    parts = header.split()
    if len(parts) != 2:
        return _not_two(parts)
    scheme, value = parts
    if scheme.lower() != "token":
        return _wrong_scheme(scheme, value)
    return _token(scheme, value, _decoded(value))


def _not_two(parts: list[str]) -> Reading:
    if not parts:
        return Reading("", "", None, "wrong", ("There is nothing here; a request without a token is answered 401.",))
    if len(parts) == 1 and parts[0].lower() == "token":
        return Reading(parts[0], "", None, "wrong", ("After the scheme the token itself is missing.",))
    if len(parts) == 1:
        text = "A scheme is missing: OCPI wants the word Token, a space, and the token in Base64."
        fixed = authorization(parts[0]) if _TOKEN.fullmatch(parts[0]) else ""
        return Reading("", parts[0], _decoded(parts[0]), "wrong", (text,), fixed)
    text = f"After the scheme stands one value without spaces; here are {len(parts) - 1}."
    return Reading(parts[0], " ".join(parts[1:]), None, "wrong", (text,))


def _wrong_scheme(scheme: str, value: str) -> Reading:
    said = {
        "bearer": "Bearer is OAuth's scheme. OCPI's is Token.",
        "basic": "Basic is for a user name and a password. OCPI's scheme is Token.",
    }.get(scheme.lower(), f"{scheme} is not the scheme of OCPI, which is Token.")
    return Reading(scheme, value, _decoded(value), "wrong", (said,))


def _token(scheme: str, value: str, decoded: str | None) -> Reading:
    findings = ["The scheme is Token, as OCPI wants it."]
    candidates = _candidates(scheme, value)
    if decoded is None:
        return _plain(scheme, value, candidates, findings)
    verdict: Verdict = "valid"
    findings.append(f"The value is Base64 of {len(decoded)} characters.")
    findings += _oddities(value, decoded)
    if re.fullmatch(r"[0-9a-fA-F]{16,}", value):
        verdict = "ambiguous"
        findings.append("It looks like a hexadecimal token that nobody encoded: hexadecimal digits are Base64 too.")
    if not _TOKEN.fullmatch(decoded.rstrip()):
        verdict = "ambiguous" if candidates else "wrong"
        findings.append("What it decodes to is no token: at most 64 printable ASCII characters without spaces.")
    token = decoded.rstrip() if verdict == "valid" else value
    corrected = authorization(token) if _TOKEN.fullmatch(token) else ""
    return Reading(scheme, value, decoded, verdict, tuple(findings), corrected, candidates)


def _plain(scheme: str, value: str, candidates: tuple[str, ...], findings: list[str]) -> Reading:
    findings.append("The value is not Base64 of readable text.")
    if not candidates:
        findings.append("And it is no token either: at most 64 printable ASCII characters without spaces.")
        return Reading(scheme, value, None, "wrong", tuple(findings))
    findings.append("This is how OCPI 2.1.1 sent tokens: as they are. A 2.2.1 receiver that is strict answers 401.")
    return Reading(scheme, value, None, "plain", tuple(findings), authorization(value), candidates)


def _oddities(value: str, decoded: str) -> list[str]:
    found = []
    if len(value) % 4:
        found.append("The padding (=) at its end is missing; strict decoders refuse that.")
    if {"-", "_"} & set(value):
        found.append("It uses the URL-safe alphabet (- and _); OCPI means the ordinary one.")
    if decoded != decoded.rstrip():
        found.append("A line break was encoded with the token: made with `echo` instead of `echo -n`.")
    if _twice(decoded.rstrip()):
        found.append("What comes out may be Base64 once more: was it encoded twice?")
    return found


def _twice(decoded: str) -> bool:
    inner = _decoded(decoded)
    return decoded.endswith("=") and inner is not None and bool(_TOKEN.fullmatch(inner.rstrip()))


def _decoded(value: str) -> str | None:
    """Text, or None. What is Base64 of bytes that are no text was no token."""
    if not _BASE64.fullmatch(value):
        return None
    bare = value.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        text = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return text if text.rstrip().isprintable() and text.strip() else None


def _candidates(scheme: str, value: str) -> tuple[str, ...]:
    """What our own eMSP would compare with its tokens, in this order."""
    try:
        return tuple(token_candidates(f"{scheme} {value}"))
    except Unauthorized:
        return ()
