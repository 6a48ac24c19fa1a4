"""The two families of errors: what WE answer, and what THEY did to us (OCPI 2.2.1, chapter 5 "Status codes").

OcpiError                       we answer; rendered into an envelope in one place
├── InvalidObject               HTTP 200, 2001: well-formed JSON that is not the object asked for
├── NotJson                     HTTP 400, 2001: the body cannot be read at all
├── Unauthorized                HTTP 401, 2001: no token, an unknown token, or a token of too small a scope
├── Forbidden                   HTTP 403, 2000: known, but never allowed
├── UnknownObject               HTTP 404, 2001
│   ├── UnknownLocation         HTTP 404, 2003: location, EVSE or connector
│   └── UnknownToken            HTTP 404, 2004
├── TooManyRequests             HTTP 429, 2000: give `headers={"Retry-After": …}`
├── MethodNotAllowed            HTTP 405, 2000: give `headers={"Allow": …}`
├── NotEnoughInformation        HTTP 200, 2002
└── ServerError                 HTTP 200, 3000: our fault, not the request's
    ├── CannotUseClientApi      HTTP 200, 3001
    ├── UnsupportedVersion      HTTP 200, 3002
    └── MissingEndpoints        HTTP 200, 3003

PartnerError                    a partner failed us; `permanent` tells whether another try makes sense
├── Unreachable                 timeout, refused, reset: no answer at all
├── NotOcpi                     an answer, but HTML, truncated, empty or of the wrong shape
├── Refused                     2xxx or an HTTP 4xx: the same request will be refused again
├── Unauthenticated             HTTP 401 or 403: our token is not accepted
├── Failed                      3xxx, HTTP 5xx, 408, 425 or 429: their trouble, may pass
└── HubFailed                   4xxx: the hub could not deliver
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar

SHOWN_PROBLEMS = 3


class StatusCode(IntEnum):
    """The status codes that OCPI 2.2.1 defines: 1xxx success, 2xxx client, 3xxx server, 4xxx hub."""

    SUCCESS = 1000
    CLIENT_ERROR = 2000
    INVALID_PARAMETERS = 2001
    NOT_ENOUGH_INFORMATION = 2002
    UNKNOWN_LOCATION = 2003
    UNKNOWN_TOKEN = 2004
    SERVER_ERROR = 3000
    CANNOT_USE_CLIENT_API = 3001
    UNSUPPORTED_VERSION = 3002
    MISSING_ENDPOINTS = 3003
    HUB_ERROR = 4000
    UNKNOWN_RECEIVER = 4001
    HUB_TIMEOUT = 4002
    RECEIVER_NOT_CONNECTED = 4003


class OcpiError(Exception):
    """An answer that is not a success: HTTP status, OCPI status code, a message that helps, extra HTTP headers.

    A success code is refused with ValueError: an error that says 1000 would be taken for one.
    """

    default_http_status: ClassVar[int] = 200
    default_status_code: ClassVar[StatusCode] = StatusCode.CLIENT_ERROR
    default_message: ClassVar[str] = "The request could not be processed."
    default_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        message: str = "",
        *,
        http_status: int | None = None,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.http_status = self.default_http_status if http_status is None else http_status
        self.status_code = self.default_status_code if status_code is None else StatusCode(status_code)
        self.message = message or self.default_message
        self.headers = {**self.default_headers, **(headers or {})}
        if self.status_code < StatusCode.CLIENT_ERROR:
            raise ValueError(f"{self.status_code.value} is a success, not an error")
        super().__init__(self.message)


class InvalidObject(OcpiError):
    """The JSON is well-formed, but not the object this endpoint takes; `problems` lists what is wrong, path first."""

    default_status_code = StatusCode.INVALID_PARAMETERS
    default_message = "The object is not valid."

    def __init__(
        self,
        message: str = "",
        *,
        problems: Sequence[str] = (),
        http_status: int | None = None,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.problems = list(problems) or ([message] if message else [])
        summary = message or _summary(self.problems)
        super().__init__(summary, http_status=http_status, status_code=status_code, headers=headers)


class NotJson(OcpiError):
    """The body is not JSON: empty, truncated, not UTF-8, or with values that JSON does not know (NaN, 1e999)."""

    default_http_status = 400
    default_status_code = StatusCode.INVALID_PARAMETERS
    default_message = "The body is not valid JSON."


class Unauthorized(OcpiError):
    """No token, an unknown one, or one that may not do this (TRA-02, TRA-08, TRA-09)."""

    default_http_status = 401
    default_status_code = StatusCode.INVALID_PARAMETERS
    default_message = "The credentials token is missing or not known."
    default_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Token"}


class Forbidden(OcpiError):
    """The caller is known, but nobody in its position may do this."""

    default_http_status = 403
    default_message = "This is not allowed."


class UnknownObject(OcpiError):
    """There is no such object, or it is none of the caller's business; both look the same from outside (TRA-39)."""

    default_http_status = 404
    default_status_code = StatusCode.INVALID_PARAMETERS
    default_message = "There is no such object."


class UnknownLocation(UnknownObject):
    """No such location, EVSE or connector."""

    default_status_code = StatusCode.UNKNOWN_LOCATION
    default_message = "There is no such location, EVSE or connector."


class UnknownToken(UnknownObject):
    """No such token."""

    default_status_code = StatusCode.UNKNOWN_TOKEN
    default_message = "There is no such token."


class MethodNotAllowed(OcpiError):
    """The specification marks this method "n/a" here; `headers` should name the others in `Allow` (TRA-28)."""

    default_http_status = 405
    default_message = "This method is not available here."


class TooManyRequests(OcpiError):
    """The caller has failed too often and is to wait; `headers` should say how long in `Retry-After`."""

    default_http_status = 429
    default_message = "Too many requests; wait before you try again."


class NotEnoughInformation(OcpiError):
    """The request is fine but too little to decide on, for instance an authorize without a location (TOK-11)."""

    default_status_code = StatusCode.NOT_ENOUGH_INFORMATION
    default_message = "There is not enough information to process the request."


class ServerError(OcpiError):
    """Our own failure while processing a well-formed request: HTTP 200 with 3000 (TRA-30)."""

    default_status_code = StatusCode.SERVER_ERROR
    default_message = "The server failed to process the request."


class CannotUseClientApi(ServerError):
    """The caller's own API could not be used during the handshake (CRE-11)."""

    default_status_code = StatusCode.CANNOT_USE_CLIENT_API
    default_message = "The client's API could not be used."


class UnsupportedVersion(ServerError):
    """The caller does not offer the version of the credentials endpoint that it used (CRE-12)."""

    default_status_code = StatusCode.UNSUPPORTED_VERSION
    default_message = "There is no version that both sides support."


class MissingEndpoints(ServerError):
    """The caller lacks endpoints that we need (CRE-13)."""

    default_status_code = StatusCode.MISSING_ENDPOINTS
    default_message = "Endpoints that are needed are missing."


class PartnerError(Exception):
    """A partner failed us. `permanent`: the same request would fail again; `retry_after`: seconds to wait.

    `reason`: a short name of what happened, where one class stands for several things.
    """

    default_permanent: ClassVar[bool] = False
    default_message: ClassVar[str] = "The partner failed to answer the request."

    def __init__(
        self,
        message: str = "",
        *,
        http_status: int | None = None,
        status_code: int | None = None,
        retry_after: float | None = None,
        permanent: bool | None = None,
        reason: str = "",
    ) -> None:
        self.message = message or self.default_message
        self.http_status = http_status
        self.status_code = status_code
        self.reason = reason
        self.retry_after = retry_after
        self.permanent = self.default_permanent if permanent is None else permanent
        super().__init__(self.message)

    @property
    def undeliverable(self) -> bool:
        """Whether no OCPI answer came: the next call, whatever it is about, will hardly fare better."""
        return False


class Unreachable(PartnerError):
    """No answer: timeout, connection refused or reset, name not found, TLS failure.

    `reason`: url, https, private, dns, refused, route, tls, connect, timeout, broken, size; or none of these.
    """

    default_message = "The partner could not be reached."
    undeliverable = True


class NotOcpi(PartnerError):
    """An answer that is not an OCPI envelope, or whose data is not what was asked for.

    `reason`: json (it is no JSON), envelope; or which object of the handshake cannot be read.
    """

    default_message = "The partner's answer is not OCPI."
    undeliverable = True


class Refused(PartnerError):
    """The partner understood and said no: status code 2xxx or an HTTP 4xx."""

    default_permanent = True
    default_message = "The partner refused the request."


class Unauthenticated(PartnerError):
    """HTTP 401, or 403 from those who mean 401 (FLD-02): our token is not accepted."""

    default_permanent = True
    default_message = "The partner does not accept our credentials token."
    undeliverable = True


class Failed(PartnerError):
    """The partner has trouble of its own: status code 3xxx, HTTP 5xx, or it asks us to slow down (429)."""

    default_message = "The partner failed to process the request."

    @property
    def undeliverable(self) -> bool:
        """3xxx is an answer; HTTP 5xx, or 429, says that the platform itself has trouble."""
        return (self.http_status or 0) >= 400


class HubFailed(PartnerError):
    """The hub could not deliver: status code 4xxx."""

    default_message = "The hub could not deliver the request."


def _summary(problems: Sequence[str]) -> str:
    more = len(problems) - SHOWN_PROBLEMS
    return "; ".join(problems[:SHOWN_PROBLEMS]) + (f" (and {more} more)" if more > 0 else "")
