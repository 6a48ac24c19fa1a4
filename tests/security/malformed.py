"""Requests that nobody should send, made up from a seed: the same seed makes the same requests.

Each is the bytes of one HTTP request. They start from a valid request for one of our endpoints and spoil one thing, or
several: the body, its framing, its type, headers, the query, the path.
"""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from ocpi.protocol.headers import authorization
from tests import factories
from tests.security.endpoints import ocpi_endpoints
from tests.security.known import APP, CPO, IDS, TOKEN_A

LATER = "2030-01-01T00:00:00Z"
_MODULES: dict[str, Callable[[], Any]] = {
    "locations": factories.location, "evse": factories.evse, "connector": factories.connector,
    "sessions": factories.session, "tariffs": factories.tariff, "cdrs": factories.cdr,
    "hubclientinfo": lambda: {"country_code": "NL", "party_id": "CPO", "role": "CPO", "status": "CONNECTED",
                              "last_updated": LATER},
    "credentials": lambda: {"token": "t", "url": "http://127.0.0.1:1/versions", "roles": [
        {"role": "CPO", "country_code": "NL", "party_id": "CPO", "business_details": {"name": "x"}}]},
    "tokens": lambda: {"location_id": "L1", "evse_uids": ["E1"]},
    "commands": lambda: {"token": {"uid": "04AABBCCDD", "type": "RFID"}, "location_id": "L1", "evse_uid": "E1",
                         "response_url": "http://127.0.0.1:1/hook", "result": "ACCEPTED"},
    "chargingprofiles": lambda: {"start_date_time": LATER, "result": "ACCEPTED", "charging_profile": {
        "charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 1.5}]}},
}  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**70), 10**40, 1e308, -0.0, 1e-320, 0.1 + 0.2, "",
    " ", "x" * 256,
    "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\U0010ffff", "\u202e", "😀" * 40, "é" * 300, "'; DROP TABLE x; --",
    "<script>1</script>",
    "{{7*7}}", "%s%n", "../../etc/passwd", "#NA", "NaN", "null", "-1", "1e5", "٣", [], {}, [[]], [None], {"": None},
    {"a": {"b": []}},
    "0000-00-00T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "0001-01-01T00:00:00+23:59", "2026-01-01T00:00:60Z", "2026-01-01", "1e1000", [1] * 300,
    {str(n): n for n in range(300)},
]  # fmt: skip
RAW_VALUES = [
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1" * 5000, b"-" + b"9" * 400, b"0." + b"3" * 4000, b"1e-400",
    b'"\\ud800"', b'"\\udc00\\ud800"',
    b'"\\u0000"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b"[" * 100 + b"]" * 100,
    b"[" * 5000 + b"]" * 5000, b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b'{"a":1,"a":2}', b"'x'", b"{x:1}", b"/*c*/1", b"1,", b"01", b"+1", b"0x10", b"True", b"undefined", b'"\n"',
    b'"\\x41"', b"",
]  # fmt: skip
TYPES = [
    "application/json", "application/json; charset=utf-16", "application/json; charset=nonsense",
    "application/json;charset=rot13", "text/plain",
    "text/html", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "multipart/form-data", "", ";", "*/*",
    "application/json; charset=\"", "application/json; charset=base64", "application/json; charset=idna", "x" * 3000,
    "application/json\t; a=b",
    "application/merge-patch+json", "image/png", "application/json; charset=unicode_escape",
    "application/json; charset=\xe9",
]  # fmt: skip
NUMBERS = [
    "0", "-1", "1", "99999999", "9" * 400, "1e3", "1.5", "NaN", "inf", "-inf", "", " ", "٣", "０", "0x10", "true",
    "null", "1_000", "+1", "%00", "1%00",
    "%ff", "1%0d%0aX: y", "2147483648", "9223372036854775808", "18446744073709551616", "-9223372036854775809",
    "1e400", "1e-400", "[]", "{}", "()", "'",
]  # fmt: skip
DATES = [
    "", "now", "0", "1", "-1", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "99999-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.123456789012345Z",
    "2026-01-01T00:00:00+01:00",
    "%00", "%ff", "2026-01-01T00:00:00Z" * 500, "２０２６-01-01T00:00:00Z", "2026-W01-1", "20260101T000000Z",
    "infinity", "epoch", "'", "2026-01-01 00:00:00Z",
]  # fmt: skip
WORDS = [
    *NUMBERS, *DATES[:6], "RFID", "AVAILABLE", "NL", "CPO", "L1", "E1", "C1", "x" * 5000, "%ed%a0%80", "%c0%80", "%",
    "%zz", "&", "=", ";",
]  # fmt: skip
PARAMETERS = {
    **dict.fromkeys(
        ["offset", "limit", "lat", "lon", "radius_km", "min_power_kw", "kwh", "minutes", "power_kw"], NUMBERS
    ),
    **dict.fromkeys(["date_from", "date_to", "start"], DATES),
    **dict.fromkeys(
        ["type", "status", "connector", "token_uid", "token_type", "unpublished", "country_code", "party_id"], WORDS
    ),
    **dict.fromkeys(["location_id", "evse_uid", "connector_id"], WORDS),
}
SEGMENTS = [
    "", ".", "..", "%2e%2e", "%2F", "%2f%2f", "%5c", "%00", "a%00b", "%ff", "%c0%af", "%ed%a0%80", "%", "%zz",
    "%u0041", "%25", "%2500", "%25252F", "%0d%0aX:%20y",
    "%20", "+", "#", "%23", "%3F", "?", ";a=b", "*", "~", "'", '"', "<b>", "%F0%9F%98%80", "\xe9", "x" * 300,
    "x" * 3000, "null", "-1", "NL", "nl", "CPO",
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}",
    "urn:uuid:00000000-0000-0000-0000-000000000000", "@", "a/b", "%E2%80%AE",
    "0" * 32, "START_SESSION", "charging_preferences", "authorize", "set", "check", "estimate", "%61uthorize",
]  # fmt: skip
HEADERS = [
    ("X-Request-ID", "x" * 7000), ("X-Request-ID", "\xff\xfe"), ("X-Request-ID", "\x01\x02"),
    ("X-Correlation-ID", "a\x00b"), ("X-Correlation-ID", "é"),
    ("X-Request-ID", "a\r\nSet-Cookie: x=y"), ("X-Request-ID", "a\nb"), ("X Y", "z"), ("X-\x00", "z"), (":", "z"),
    ("", "z"), ("Host", "a b"), ("Host", ""), ("Host", "x" * 300),
    ("Host", "evil.example:99999"), ("OCPI-to-party-id", "x" * 500), ("OCPI-to-country-code", "\xff"),
    ("OCPI-from-party-id", "''"), ("OCPI-from-country-code", "N"),
    ("OCPI-to-party-id", ""), ("OCPI-from-party-id", "CPO"), ("Accept", "text/html"), ("Accept", "*/*;q=x"),
    ("Accept", "\xff"), ("Accept-Language", "xx-" * 300), ("Accept-Encoding", "gzip;q=9"),
    ("X-Forwarded-For", "1,2,3," * 200), ("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Host", "evil.example"),
    ("X-HTTP-Method-Override", "DELETE"), ("Cookie", "sessionid=" + "x" * 3000),
    ("Cookie", "\xff=\xff"), ("Content-Encoding", "gzip"), ("Content-Encoding", "br, deflate"),
    ("Expect", "100-continue"), ("Expect", "200-ok"), ("Range", "bytes=0-1"), ("If-None-Match", "*"),
    ("If-Modified-Since", "nonsense"), ("Upgrade", "h2c"), ("Connection", "upgrade"), ("TE", "trailers"),
    ("Trailer", "X"), ("Origin", "null"), ("Origin", "https://evil.example"),
    ("Access-Control-Request-Method", "PUT"), ("SCRIPT_NAME", "/x"), ("X_Y", "z"), ("Content-Length", "5"),
    ("Transfer-Encoding", "identity"), ("Forwarded", "for=x"), ("Max-Forwards", "0"),
]  # fmt: skip
AUTHORIZATIONS = [
    "", "Token", "Token ", "Token  x", "token " + "x" * 7000, "Bearer x", "Basic eA==", "Token =", "Token ====",
    "Token \xff", "Token a b c", "Token AA==", "Token /wD+", "Token 7aCA", "Token\tx",
    "Token " + "A" * 63, "TOKEN eA==", "Token eAo=", "Token ,", "Token eA==, Token eA==", "\x00", "Token a\x00b",
]  # fmt: skip
METHODS = [
    "GET",
    "PUT",
    "PATCH",
    "POST",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "QUERY",
    "X" * 30,
    "P\xd6ST",
    "M-SEARCH",
    "A!B",
]


class Request(NamedTuple):
    """`closes`: the connection is of no use afterwards."""

    content: bytes
    what: str
    closes: bool = False


class Malformed:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.endpoints = [
            (m, p.replace("(?:/|$)", "/x")) for m, p in ocpi_endpoints() if m != "DELETE" or "credentials" not in p
        ]

    def __iter__(self) -> Iterator[Request]:
        kinds = [
            *[self.body] * 3, *[self.query] * 2, *[self.path] * 2, self.raw_body, self.framing, self.type, self.header,
            self.authorization, self.method,
        ]  # fmt: skip
        number = 0
        while True:
            number += 1
            yield self.huge() if number % 2500 == 0 else self.random.choice(kinds)()

    # --- what is spoiled ---
    def body(self) -> Request:
        """A valid object with one to three values, keys or places changed."""
        method, path = self._writing()
        value = json.loads(json.dumps(self._valid(path)))
        for _ in range(self.random.randint(1, 3)):
            value = self._spoil(value)
        content = json.dumps(value, ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        return self._request(method, path, content, "body")

    def raw_body(self) -> Request:
        """What is no JSON, or hardly: cut off, doubled, not UTF-8, numbers and nesting without end."""
        method, path = self._writing()
        content = json.dumps(self._valid(path)).encode()
        at = self.random.randrange(len(content))
        raw = self.random.choice(RAW_VALUES)
        spoiled: Callable[[], bytes] = self.random.choice([
            lambda: content[:at], lambda: content[at:], lambda: content + content, lambda: raw,
            lambda: content[:at] + raw + content[at:],
            lambda: b'{"x":' + raw + b"," + content[1:],
            lambda: content[:-1] + b',"id":' + raw + b',"last_updated":' + raw + b"}",
            lambda: self.random.randbytes(self.random.randint(1, 400)), lambda: content.decode().encode("utf-16"),
            lambda: b"\xef\xbb\xbf" + content,
            lambda: content.replace(b'"', b"'"), lambda: b"[" + content + b"]",
            lambda: bytes(b ^ 0x80 if n == at else b for n, b in enumerate(content)),
        ])  # fmt: skip
        return self._request(method, path, spoiled(), "raw body")

    def framing(self) -> Request:
        """Lengths and chunks that lie."""
        method, path = self._writing()
        content = json.dumps(self._valid(path)).encode()
        chunk = f"{len(content):x}\r\n".encode() + content + b"\r\n0\r\n\r\n"
        head, body = self.random.choice([
            (["Transfer-Encoding: chunked"], chunk),
            (["Transfer-Encoding: chunked"], b"zz\r\n" + content),
            (["Transfer-Encoding: chunked"], b"-5\r\n" + content),
            (["Transfer-Encoding: chunked"], b"fffffffffffffffff\r\n" + content),
            (["Transfer-Encoding: chunked"], chunk[:-4]),
            (["Transfer-Encoding: chunked"], b"5;a=b\r\n{}   \r\n0\r\nX: y\r\n\r\n"),
            (["Transfer-Encoding: chunked"], b"2\r\n{}5\r\n"),
            (["Transfer-Encoding: chunked"], b""),
            (["Transfer-Encoding: chunked", f"Content-Length: {len(content)}"], chunk),
            (["Transfer-Encoding: gzip, chunked"], chunk), (["Transfer-Encoding: xchunked"], chunk),
            (["Transfer-Encoding: chunked, chunked"], chunk),
            (["Transfer-Encoding : chunked"], chunk), (["Transfer-Encoding:\x0bchunked"], chunk),
            (["Content-Length: -1"], content), (["Content-Length: 0"], content),
            (["Content-Length: 5"], content), (["Content-Length: 999"], content[:50]),
            (["Content-Length: 99999999999999999999"], content),
            (["Content-Length: 1e3"], content), (["Content-Length: 0x10"], content),
            (["Content-Length: ٣"], content), (["Content-Length:"], content),
            (["Content-Length: 3", "Content-Length: 4"], content), (["Content-Length: 3, 3"], content),
            (["Content-Length: +5"], content), ([], content), ([], b""),
            ([" Folded: x", f"Content-Length: {len(content)}"], content),
            (["X: a", "\tb: c", f"Content-Length: {len(content)}"], content),
            (["Expect: 100-continue", f"Content-Length: {len(content)}"], content),
            (["Content-Length: 20971521"], content),
        ])  # fmt: skip
        return self._raw(method, path, head, body, "framing")

    def type(self) -> Request:
        method, path = self._writing()
        content = json.dumps(self._valid(path)).encode()
        return self._request(method, path, content, "type", type_=self.random.choice(TYPES))

    def header(self) -> Request:
        method, path = self._any()
        content = json.dumps(self._valid(path)).encode() if method in {"PUT", "POST", "PATCH"} else b""
        extra = self.random.choices(HEADERS, k=self.random.choice([1, 1, 2, 5, 150]))
        return self._request(method, path, content, "header", extra=extra, closes=True)

    def authorization(self) -> Request:
        method, path = self._any()
        value = self.random.choice(
            [*AUTHORIZATIONS, authorization(TOKEN_A), authorization(APP), authorization(CPO, plain=True)]
        )
        return self._request(method, path, b"{}", "authorization", token=value, closes=True)

    def query(self) -> Request:
        method, path = self.random.choice([e for e in self.endpoints if e[0] == "GET"])
        path = path.format(**IDS)
        pairs = [
            (name, self.random.choice(PARAMETERS[name]))
            for name in self.random.choices(list(PARAMETERS), k=self.random.randint(1, 4))
        ]
        text = "&".join(f"{name}={value}" for name, value in pairs)
        text = self.random.choice(
            [text, text, text, "&" * 2000, "a=b&" * 1500, "%ff=%ff", "limit", text + "#x", "offset[]=1", "?" + text]
        )
        return self._request(
            method, f"{path}?{quote(text, safe=chr(37) + '&=+;?:/[]{}()!~*,@#' + chr(39))}", b"", "query"
        )

    def path(self) -> Request:
        method, path = self._any()
        parts = path.split("/")
        for _ in range(self.random.randint(1, 2)):
            where = self.random.randrange(2, len(parts))  # what does not begin with /ocpi is not for machines
            parts[where] = self.random.choice(SEGMENTS)
        if self.random.random() < 0.2:
            parts += self.random.choices(SEGMENTS, k=self.random.choice([1, 2, 30]))
        content = json.dumps(self._valid(path)).encode() if method in {"PUT", "POST", "PATCH"} else b""
        return self._request(method, "/".join(parts), content, "path", closes=True)

    def method(self) -> Request:
        _, path = self._any()
        return self._request(self.random.choice(METHODS), path, b"{}", "method", closes=True)

    def huge(self) -> Request:
        """Ten million characters, in one string or in many small things; or more than we read at all."""
        method, path = self._writing()
        valid = self._valid(path)
        content = self.random.choice([
            lambda: json.dumps({**valid, "id": "x" * 10_000_000}).encode(),
            lambda: json.dumps({**valid, "x": "\u0000" * 2_000_000}).encode(),
            lambda: json.dumps({**valid, "evses": [{}] * 1_000_000}).encode(), lambda: b"[" * 10_000_000,
            lambda: b"1" * 10_000_000,
            lambda: b" " * 21_000_000, lambda: b'{"' + b"k" * 10_000_000 + b'":1}',
            lambda: json.dumps({**valid, "charging_periods": [1] * 3_000_000}).encode(),
        ])()  # fmt: skip
        return self._request(method, path, content, "huge", closes=True)

    # --- from what ---
    def _any(self) -> tuple[str, str]:
        method, path = self.random.choice(self.endpoints)
        return method, path.format(**IDS)

    def _writing(self) -> tuple[str, str]:
        method, path = self.random.choice([e for e in self.endpoints if e[0] in {"PUT", "POST", "PATCH"}])
        return method, path.format(**IDS)

    def _valid(self, path: str) -> dict[str, Any]:
        module = path.split("?")[0].removeprefix("/ocpi/emsp/2.2.1/").split("/")[0]
        if module == "locations":
            module = {5: "evse", 6: "connector"}.get(path.count("/") - 3, module)
        valid = _MODULES.get(module, dict)()
        if self.random.random() < 0.7 and "last_updated" in valid:
            valid["last_updated"] = f"20{self.random.randint(27, 89)}-01-01T00:00:00Z"
        return valid

    def _spoil(self, value: Any) -> Any:
        """Walk down to some place and put something else there."""
        if isinstance(value, dict) and value and self.random.random() < 0.85:
            key = self.random.choice(list(value))
            match self.random.randrange(12):
                case 0:
                    return {k: v for k, v in value.items() if k != key}
                case 1:
                    return {
                        **value,
                        self.random.choice(["", "\x00", "x" * 500, "__proto__", "pk", "partner_id", "\ud800"]): value[
                            key
                        ],
                    }
                case _:
                    return {**value, key: self._spoil(value[key])}
        if isinstance(value, list) and value and self.random.random() < 0.85:
            return (
                [self._spoil(value[0]), *value[1:]]
                if self.random.random() < 0.8
                else value * self.random.choice([2, 50])
            )
        return self.random.choice(VALUES)

    # --- as bytes ---
    def _request(
        self, method: str, path: str, content: bytes, what: str, *, type_: str = "application/json",
        token: str | None = None,
        extra: list[tuple[str, str]] | None = None, closes: bool = False,
    ) -> Request:  # fmt: skip
        head = [f"Content-Type: {type_}", *(f"{name}: {value}" for name, value in extra or [])]
        if not any(name.lower() in {"content-length", "transfer-encoding"} for name, _ in extra or []):
            head.append(f"Content-Length: {len(content)}")
        return self._raw(method, path, head, content, what, token, closes)

    def _raw(
        self, method: str, path: str, head: list[str], content: bytes, what: str, token: str | None = None,
        closes: bool = True,
    ) -> Request:  # fmt: skip
        shown = authorization(self.random.choice([CPO, CPO, CPO, APP])) if token is None else token
        lines = [
            f"{method} {path} HTTP/1.1",
            *([] if any(h.startswith("Host:") for h in head) else ["Host: localhost"]),
            f"Authorization: {shown}",
            *head,
        ]
        return Request("\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + content, what, closes)
