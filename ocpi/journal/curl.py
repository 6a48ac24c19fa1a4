"""A request of the journal as a command line, to be tried again by hand."""

import shlex
from urllib.parse import urljoin

from django.conf import settings

from .models import Exchange
from .redaction import MASK

# Made anew by curl or by whoever sends it, or of no use outside of this one exchange.
_LEFT_OUT = {
    "host", "content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding", "accept",
    "x-request-id", "x-correlation-id", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "cookie",
}  # fmt: skip


def as_curl(row: Exchange) -> str:
    """The token is not kept, so it stands there as `$TOKEN`: Base64 as OCPI wants it. Masked parts stay masked."""
    parts = ["curl", "-i"]
    if row.method != "GET":
        parts += ["-X", row.method]
    lines = [" ".join([*parts, shlex.quote(urljoin(settings.PUBLIC_URL, row.url))])]
    lines += [f"-H {_quoted(name, value)}" for name, value in row.request_headers.items() if _kept(name)]
    if row.request_body:
        lines.append(f"--data-raw {shlex.quote(row.request_body)}")
    return " \\\n  ".join(lines)


def _kept(name: str) -> bool:
    return name.lower() not in _LEFT_OUT


def _quoted(name: str, value: str) -> str:
    if name.lower() == "authorization":
        return f'"{name}: Token $TOKEN"'
    return shlex.quote(f"{name}: {value}")


def is_masked(row: Exchange) -> bool:
    """Whether something that matters for trying again was not kept."""
    return MASK in row.request_body or MASK in row.url
