"""HTTP as a partner or an app speaks it to us: token, envelope, paths of ids."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.test import Client

from ocpi.protocol.headers import authorization

BASE = "/ocpi/emsp/2.2.1"
_UNSET: Any = object()


@dataclass
class Answer:
    """An HTTP response whose body is an OCPI envelope; anything else fails the test (TRA-13, TRA-14)."""

    http: Any

    def __post_init__(self) -> None:
        assert self.http["Content-Type"] == "application/json", self.http.content
        self.body = json.loads(self.http.content)
        assert isinstance(self.body["status_code"], int)
        assert self.body["timestamp"].endswith("Z")

    @property
    def status(self) -> tuple[int, int]:
        """HTTP status and OCPI status code, as the requirements write them: (200, 1000)."""
        return self.http.status_code, self.body["status_code"]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def message(self) -> str:
        return str(self.body.get("status_message", ""))

    def __getitem__(self, header: str) -> str:
        return str(self.http[header])


@dataclass
class Caller:
    token: str
    partner: Any = None
    party: tuple[str, str] | None = None
    plain: bool = False

    def request(
        self, method: str, *path: str, body: Any = _UNSET, raw: bytes | None = None, query: str = "", **headers: str
    ) -> Answer:
        """Path segments are ids, percent-encoded here; a first segment that starts with `/` is taken as it is."""
        url = path[0] if path and path[0].startswith("/") else "/".join([BASE, *(quote(p, safe="") for p in path)])
        content = raw if raw is not None else b"" if body is _UNSET else json.dumps(body).encode()
        sent = {"Authorization": authorization(self.token, plain=self.plain), **headers}
        response = Client(raise_request_exception=False).generic(
            method, url + (f"?{query}" if query else ""), content, "application/json", headers=sent, RAW_URI=url
        )
        return Answer(response)

    def get(self, *path: str, **kwargs: Any) -> Answer:
        return self.request("GET", *path, **kwargs)

    def put(self, *path: str, **kwargs: Any) -> Answer:
        return self.request("PUT", *path, **kwargs)

    def patch(self, *path: str, **kwargs: Any) -> Answer:
        return self.request("PATCH", *path, **kwargs)

    def post(self, *path: str, **kwargs: Any) -> Answer:
        return self.request("POST", *path, **kwargs)

    def delete(self, *path: str, **kwargs: Any) -> Answer:
        return self.request("DELETE", *path, **kwargs)
