"""The one place where an error becomes an answer: always the envelope, never HTML (TRA-13, TRA-29, TRA-30)."""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import Http404, HttpResponse
from rest_framework import exceptions as drf

from ocpi.protocol import envelope, errors
from ocpi.protocol.errors import OcpiError

from . import clock
from .answers import answer

logger = logging.getLogger(__name__)


class TooLarge(OcpiError):
    """HTTP 413: more than MAX_BODY_BYTES."""

    default_http_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Crash(OcpiError):
    """HTTP 500: our own mistake (TRA-30)."""

    default_http_status = HTTPStatus.INTERNAL_SERVER_ERROR
    default_status_code = errors.StatusCode.SERVER_ERROR


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception handler."""
    told = as_ocpi(error)
    return answer(envelope.failure(told, clock.now()), int(told.http_status), told.headers)


def as_ocpi(error: Exception) -> OcpiError:
    """What we tell the caller about any exception. Details of our own failures stay in our log."""
    match error:
        case OcpiError():
            return error
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.Unauthorized("a valid credentials token is required in the Authorization header")
        case drf.MethodNotAllowed():
            return errors.MethodNotAllowed(str(error.detail))
        case drf.PermissionDenied() | PermissionDenied():
            return errors.Forbidden("this token may not do that")
        case Http404() | drf.NotFound():
            return errors.UnknownObject("there is nothing at this URL")
        case RequestDataTooBig():
            return TooLarge("the request body is too large")
        case SuspiciousOperation():  # too many parameters, for instance
            return errors.NotJson("the request cannot be read")
        case DatabaseError():
            logger.exception("the database failed while answering a request")
            return errors.ServerError("the request could not be stored; try again later")
        case _:
            logger.exception("unexpected error while answering a request")
            return Crash("an unexpected error happened; nothing was stored")
