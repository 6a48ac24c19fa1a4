"""Every answer is JSON in the OCPI envelope, whatever the caller's Accept header says (TRA-13)."""

import json
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

from ocpi.protocol import envelope

JSON = "application/json"


class EnvelopeRenderer(BaseRenderer):
    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else encode(data)


def encode(data: Any) -> bytes:
    """PostgreSQL gives 1e30 in a field that we do not know back as an int of 31 digits, which orjson refuses."""
    try:
        return envelope.encode(data)
    except TypeError:
        return json.dumps(data, ensure_ascii=False).encode()


class AlwaysJson(BaseContentNegotiation):
    """OCPI has one representation: an odd Accept is no reason for a 406 (TRA-12)."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
