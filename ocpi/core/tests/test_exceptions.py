"""What a caller is told of an error that somebody else raised: the framework, the database, our own mistake."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions as drf

from ocpi.core import exceptions
from ocpi.protocol import errors

SECRET = "relation ocpi_partners_partner at /var/lib"
KNOWN = errors.UnknownObject("location L1 is not known")


@pytest.mark.parametrize(
    ("error", "http_status", "status_code"),
    [
        (KNOWN, 404, 2001), (drf.NotAuthenticated(), 401, 2001), (drf.AuthenticationFailed(), 401, 2001),
        (drf.MethodNotAllowed("PUT"), 405, 2000), (drf.PermissionDenied(), 403, 2000), (PermissionDenied(), 403, 2000),
        (Http404(SECRET), 404, 2001), (drf.NotFound(SECRET), 404, 2001), (RequestDataTooBig(SECRET), 413, 2000),
        (SuspiciousOperation(SECRET), 400, 2001), (OperationalError(SECRET), 200, 3000), (KeyError(SECRET), 500, 3000),
    ],
)  # fmt: skip
def test_every_error_has_an_answer_that_tells_nothing_of_our_inside(
    error: Exception, http_status: int, status_code: int
) -> None:
    answer = exceptions.as_ocpi(error)
    assert (answer.http_status, answer.status_code) == (http_status, status_code)
    assert SECRET not in answer.message


def test_an_error_of_ours_is_told_as_it_is() -> None:
    assert exceptions.as_ocpi(KNOWN) is KNOWN
