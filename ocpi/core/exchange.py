"""One HTTP exchange as both directions describe it, before it becomes a journal row."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ocpi.protocol.errors import PartnerError


@dataclass
class Exchange:
    """Bodies are raw bytes; headers as sent. Whoever keeps an Exchange redacts it first (TRA-53)."""

    direction: str  # "IN": they called us, "OUT": we called them
    method: str
    url: str
    module: str
    started_at: datetime
    request_id: str = ""
    correlation_id: str = ""
    partner_id: int | None = None
    api_client_id: int | None = None
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: bytes = b""
    request_json: Any = None  # what stands in it, where somebody has read it; nobody may change it
    http_status: int | None = None
    status_code: int | None = None  # "IN" only: of the envelope with which we answered
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: bytes = b""
    response_json: Any = None  # as `request_json`
    duration_ms: int = 0
    error: str = ""
    failure: PartnerError | None = None  # "OUT" only: why it did not succeed
