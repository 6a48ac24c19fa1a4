"""Every answer is JSON in the OCPI envelope, whatever the caller's Accept header says (TRA-12, TRA-13)."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from ocpi.protocol import envelope


def answer(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """`body` is an envelope, of a success or a failure."""
    response = HttpResponse(_encode(body), "application/json", status, headers=headers)
    response.ocpi_status = body.get("status_code")  # type: ignore[attr-defined]  for whoever would have to read it again
    return response


def _encode(body: Mapping[str, Any]) -> bytes:
    """PostgreSQL gives 1e30 in a field that we do not know back as an int of 31 digits, which orjson refuses."""
    try:
        return envelope.encode(body)
    except TypeError:
        return json.dumps(body, ensure_ascii=False).encode()
