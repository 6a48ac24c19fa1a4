"""Identifiers that we make, and the URLs that they stand in."""

import secrets
import string
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import UUID, uuid4

from django.conf import settings

_ALPHABET = string.ascii_letters + string.digits


def new_id() -> str:
    """36 characters, as long as an OCPI id may be."""
    return str(uuid4())


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def new_token() -> str:
    """A credentials token: 48 letters and digits, within OCPI's 64 and safe in any header (CRE-29)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(48))


def segment(text: str) -> str:
    """One path segment: everything that is not plain is percent-encoded, slashes included (TRA-48)."""
    return quote(text, safe="")


def join(endpoint: str, *segments: str) -> str:
    """Append path segments to an advertised endpoint with exactly one slash between, before any query (TRA-46)."""
    base, mark, query = endpoint.partition("?")
    return "/".join([base.rstrip("/"), *(segment(s) for s in segments)]) + mark + query


def with_query(url: str, query: dict[str, str]) -> str:
    """The URL with parameters added to those that it already has (TRA-47), percent-encoded whole (CHP-04)."""
    parts = urlsplit(url)
    merged = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *query.items()])
    return urlunsplit(parts._replace(query=merged))


def our_url(module: str, *segments: str) -> str:
    """The public URL of one of our endpoints or of an object below it."""
    return join(f"{settings.OCPI_BASE_URL}/{module}", *segments)
