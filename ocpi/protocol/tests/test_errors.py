"""The two families of errors."""

import pytest

from ocpi.protocol import errors
from ocpi.protocol.errors import InvalidObject, OcpiError, PartnerError, StatusCode

ANSWERS = [
    (errors.InvalidObject, 200, 2001),
    (errors.NotJson, 400, 2001),
    (errors.Unauthorized, 401, 2001),
    (errors.Forbidden, 403, 2000),
    (errors.UnknownObject, 404, 2001),
    (errors.UnknownLocation, 404, 2003),
    (errors.UnknownToken, 404, 2004),
    (errors.MethodNotAllowed, 405, 2000),
    (errors.TooManyRequests, 429, 2000),
    (errors.NotEnoughInformation, 200, 2002),
    (errors.ServerError, 200, 3000),
    (errors.CannotUseClientApi, 200, 3001),
    (errors.UnsupportedVersion, 200, 3002),
    (errors.MissingEndpoints, 200, 3003),
]
FAILURES = [
    (errors.Unreachable, False),
    (errors.NotOcpi, False),
    (errors.Refused, True),
    (errors.Unauthenticated, True),
    (errors.Failed, False),
    (errors.HubFailed, False),
]


def children(of: type[Exception]) -> set[type[Exception]]:
    own = [child for child in of.__subclasses__() if child.__module__ == errors.__name__]
    return {found for child in own for found in {child, *children(child)}}


def test_the_tables_of_this_test_are_complete() -> None:
    assert {row[0] for row in ANSWERS} == children(OcpiError)
    assert {row[0] for row in FAILURES} == children(PartnerError)


@pytest.mark.requirement("AMB-06", "TRA-22", "TRA-24", "TRA-27", "TRA-28", "TRA-30", "AMB-28", "AMB-45", "CRE-11")
@pytest.mark.parametrize(("kind", "http_status", "status_code"), ANSWERS)
def test_an_answer_has_its_two_codes_and_a_message(kind: type[OcpiError], http_status: int, status_code: int) -> None:
    error = kind()
    assert (error.http_status, error.status_code) == (http_status, status_code)
    assert error.message
    assert str(kind("because")) == kind("because").message == "because"


@pytest.mark.requirement("TRA-20")
def test_the_status_codes_are_those_of_the_specification() -> None:
    defined = {1000, 2000, 2001, 2002, 2003, 2004, 3000, 3001, 3002, 3003, 4000, 4001, 4002, 4003}
    assert {int(code) for code in StatusCode} == defined


def test_an_answer_may_be_adjusted() -> None:
    error = errors.UnknownObject("no such party", http_status=410, status_code=4001, headers={"X-A": "b"})
    assert (error.http_status, error.status_code, error.headers) == (410, StatusCode.UNKNOWN_RECEIVER, {"X-A": "b"})


@pytest.mark.requirement("TRA-21")
@pytest.mark.parametrize("code", [1000, 2999, 0])
def test_an_error_never_carries_a_success_or_a_custom_code(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        OcpiError(status_code=code)


@pytest.mark.requirement("TRA-02")
def test_unauthorized_names_the_scheme() -> None:
    assert errors.Unauthorized().headers == {"WWW-Authenticate": "Token"}
    assert errors.MethodNotAllowed(headers={"Allow": "GET"}).headers == {"Allow": "GET"}


def test_headers_are_not_shared_between_errors() -> None:
    errors.Unauthorized().headers["X-Leak"] = "1"
    assert "X-Leak" not in errors.Unauthorized().headers


def test_problems_become_the_message_and_the_message_a_problem() -> None:
    assert InvalidObject("limit: too small").problems == ["limit: too small"]
    assert InvalidObject(problems=["a", "b"]).message == "a; b"
    assert InvalidObject(problems=list("abcde")).message == "a; b; c (and 2 more)"
    assert InvalidObject().problems == []
    assert InvalidObject().message


@pytest.mark.parametrize(("kind", "permanent"), FAILURES)
def test_a_failure_of_a_partner_says_whether_to_try_again(kind: type[PartnerError], permanent: bool) -> None:
    assert kind().permanent is permanent
    assert kind(permanent=not permanent).permanent is not permanent
    assert str(kind("why")) == "why"


def test_a_failure_of_a_partner_remembers_what_was_said() -> None:
    error = errors.Failed("busy", http_status=429, status_code=3000, retry_after=30)
    assert (error.http_status, error.status_code, error.retry_after) == (429, 3000, 30)
