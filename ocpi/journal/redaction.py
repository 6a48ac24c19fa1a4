"""What must not be kept: credentials tokens anywhere, and what identifies a driver (TRA-53).

Of a credentials token its mark is kept, the beginning of its keyed digest: whether two messages carry the same token
can be seen, and nobody can make the token of it.

A card's uid stays recognisable to someone who holds it (its last characters), so that an operator can still follow a
complaint, and useless to anyone else.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from ocpi.core import secrets
from ocpi.core.masking import MASK, mask, token_path
from ocpi.protocol import envelope
from ocpi.protocol.errors import OcpiError, Unauthorized
from ocpi.protocol.headers import token_candidates

MAX_BODY = 64 * 1024
_SECRET_HEADERS = {"authorization", "cookie", "set-cookie", "proxy-authorization", "x-csrftoken"}
_NESTED = {dict, list}
_SCHEMES = {"token", "bearer", "basic"}
_PERSONAL = {"contract_id", "visual_number", "group_id", "token"}
_TOKENS = _PERSONAL | {"uid"}
_MARKS_A_TOKEN = {"contract_id", "issuer", "whitelist", "visual_number"}
# Without any of these names nothing is masked, and a body that has no escapes is kept as it came.
_MAY_IDENTIFY = tuple(name.encode() for name in sorted(_PERSONAL | _MARKS_A_TOKEN))
_IDENTIFIES = re.compile(rf'("(?:{"|".join(sorted(_TOKENS - {"token"}))})"\s*:\s*")([^"]*)')
_CREDENTIALS = re.compile(rb'"token"\s*:\s*"')


def hiding(request_headers: Mapping[str, str]) -> Callable[[str], str]:
    """Masks the token that the caller showed wherever else it stands: in the URL, in another header, in a body."""
    shown = next((value for name, value in request_headers.items() if name.lower() == "authorization"), "")
    longest_first = _secrets(shown)

    def hide(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, MASK)
        return text

    return hide


@lru_cache(maxsize=1024)
def _secrets(authorization: str) -> tuple[str, ...]:
    """What must not be seen of a header, the longest first. Callers show the same one with each request."""
    words = {word for word in authorization.split() if word.lower() not in _SCHEMES}  # no token may still be a secret
    with suppress(Unauthorized):
        words |= set(token_candidates(authorization))
    return tuple(sorted((word for word in words if len(word) > 3), key=len, reverse=True))


def headers(fields: Mapping[str, str], hide: Callable[[str], str] = str) -> dict[str, str]:
    masked = {name: _masked(name.lower(), fields[name]) for name in fields if name.lower() in _SECRET_HEADERS}
    kept = {**fields, **masked}
    values = "\n".join(kept.values())
    if len(values) <= 1000 and hide(values) == values:  # as nearly always: nothing to hide or to cut in any of them
        return kept
    return {name: hide(value)[:1000] for name, value in kept.items()}


def _masked(name: str, value: str) -> str:
    return _masked_authorization(value) if name == "authorization" else MASK


@lru_cache(maxsize=1024)
def _masked_authorization(value: str) -> str:
    with suppress(Unauthorized):
        return f"{MASK} {mark(token_candidates(value)[0])}"
    return MASK


def mark(token: str) -> str:
    """`#` and eight hex digits, the same for the same token while SECRET_KEY is the same."""
    return f"#{secrets.digest(token)[:8]}"


def url(text: str) -> str:
    """The URL with a token's uid in its path masked, at most 1,000 characters."""
    return token_path(text)[:1000]


def as_it_came(raw: bytes) -> str | None:
    """What is kept of a body that somebody has read as JSON, unchanged but for masks; None where `body` must read it.

    Without escapes a string ends with the next quote, so names are found in the text. The uids of EVSEs, and the
    tokens of partners, are not masked as a card's uid is: what holds any of these is taken apart.
    """
    if b"\\" in raw:
        return None
    if not any(name in raw for name in _MAY_IDENTIFY):
        return raw[:MAX_BODY].decode(errors="ignore").removeprefix("\ufeff")
    if len(raw) > MAX_BODY or b'"connectors"' in raw or _CREDENTIALS.search(raw):
        return None
    parts = _IDENTIFIES.split(raw.decode(errors="ignore").removeprefix("\ufeff"))
    parts[2::3] = map(mask, parts[2::3])
    return "".join(parts)


def body(raw: bytes, read: Any = None) -> tuple[str, int | None]:
    """The body as text with secrets masked, and the OCPI status code if it is an envelope.

    What is not JSON is kept only as its size: nobody can say what stands in it. `read`: what stands in it, where
    somebody has read it.
    """
    if not raw:
        return "", None
    try:
        value = envelope.decode(raw) if read is None else read
    except OcpiError:
        return f"({len(raw)} bytes that are not JSON)", None
    status = value.get("status_code") if isinstance(value, dict) else None
    text = as_it_came(raw)
    if text is None:
        text = envelope.encode(cleaned(value) if len(raw) <= MAX_BODY else _beginning(value)).decode()[:MAX_BODY]
    return text, status if isinstance(status, int) and 0 <= status < 10000 else None


def _beginning(value: Any) -> Any:
    """`cleaned`, and of a long list only as much as is kept of it."""
    items = value.get("data") if isinstance(value, dict) else None
    if not isinstance(items, list):
        return cleaned(value)
    kept, size = [], 0
    for item in items:
        text = envelope.encode(cleaned(item))
        kept.append(envelope.verbatim(text))
        size += len(text.decode())  # characters
        if size > MAX_BODY:
            break
    return cleaned({**value, "data": []}) | {"data": kept}


def cleaned(value: Any, is_token: bool = False) -> Any:
    """A JSON value without tokens, and with what identifies a driver masked."""
    if type(value) is list:
        return [cleaned(item) if type(item) in _NESTED else item for item in value]
    if type(value) is not dict:
        return value
    personal = _TOKENS if is_token or not _MARKS_A_TOKEN.isdisjoint(value) else _PERSONAL
    result = value.copy()
    for key, item in value.items():
        if type(item) in _NESTED:
            result[key] = cleaned(item, is_token=key == "token")
        elif key in personal and type(item) is str:
            result[key] = f"{MASK} {mark(item)}" if key == "token" and item else mask(item)
    return result
