"""Who calls: found by the digest of the credentials token and by nothing else (TRA-10).

A source that keeps showing wrong tokens is answered with 429 until its minute is over. A right token opens even then:
partners may share an address with whoever fails (a NAT, a hosting company), and the throttle loses nothing by it,
because nobody guesses one of 62^48 tokens. It is there against noise, and costs the right callers no look at a counter.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ocpi.core import clock, logs, secrets, throttle
from ocpi.protocol import headers
from ocpi.protocol.errors import OcpiError, TooManyRequests, Unauthorized

from . import callers, development
from .models import ApiClient, Partner, PartnerToken

Identity = tuple[Any, Any]


class TokenAuthentication(BaseAuthentication):
    """Raises Unauthorized (401) unless exactly one accepted token is shown.

    On success `request.user` is a Partner or an ApiClient, `request.auth` the token as it was shown.
    """

    def authenticate(self, request: Request) -> Identity:
        # Set by nothing that comes over a network: an operator has what this partner sent us taken in once more.
        replayed_for = getattr(request._request, "ocpi_replayed_for", None)
        identity = (replayed_for, "") if replayed_for is not None else self._identify(request)
        caller = request._request.ocpi_caller = identity[0]  # the journal wants to know
        logs.bind(**{"client_id" if caller.is_api_client else "partner_id": caller.pk})
        return identity

    def authenticate_header(self, request: Request) -> str:
        return "Token"

    def _identify(self, request: Request) -> Identity:
        header = request._request.META.get("HTTP_AUTHORIZATION")
        if settings.NO_AUTH and header is None:
            return development.demo_api_client(), ""
        for token in headers.token_candidates(header):
            caller = find_caller(token, raw=token == header.split()[1], anew=_handshakes(request))
            if caller is not None:
                return caller, token
        raise _refusal(request, header)


def _refusal(request: Request, header: str | None) -> OcpiError:
    """A request without any token guesses nothing and is not counted."""
    limit = throttle.Throttle("authentication", settings.AUTH_FAILURES_PER_MINUTE, 60)
    wait = limit.failed(throttle.source_of(request._request)) if header else 0
    if wait:
        return TooManyRequests(
            "too many wrong credentials tokens came from your address; wait", headers={"Retry-After": str(wait)}
        )
    return Unauthorized("the credentials token is not known")


def _handshakes(request: Request) -> bool:
    """Where the caller's own row is changed, it is read anew."""
    return not getattr(request.parser_context["view"], "functional", False)


def find_caller(token: str, raw: bool = False, anew: bool = False) -> Partner | ApiClient | None:
    """The owner of a token. A raw (not Base64) token counts only where that is agreed (TRA-05, SEED-08).

    What was found a moment ago is found again without a statement (`callers`), unless it is to be read `anew`.
    """
    digests = secrets.digests(token)
    row = _look_up(digests) if anew else callers.known(digests[0], partial(_with_roles, digests))
    caller = _admitted(row, raw)
    if caller is None and row is not None:
        callers.leave_out(digests[0])
    return caller


def _admitted(row: PartnerToken | ApiClient | None, raw: bool) -> Partner | ApiClient | None:
    if row is None or isinstance(row, ApiClient):
        return _api_client(row, raw)
    if not _still_valid(row):
        return None
    if raw and not (row.partner.accepts_plain_auth or row.development):
        PartnerToken.objects.filter(pk=row.pk).update(plain_use_at=clock.now())  # the operator wonders why it fails
        return None
    if row.development and not settings.DEVELOPMENT:
        return None
    return _partner(row, raw)


def _look_up(digests: list[str]) -> PartnerToken | ApiClient | None:
    row = PartnerToken.objects.select_related("partner").filter(digest__in=digests).first()
    return row or ApiClient.objects.filter(digest__in=digests).first()


def _with_roles(digests: list[str]) -> PartnerToken | ApiClient | None:
    row = _look_up(digests)
    if isinstance(row, PartnerToken):
        row.partner.read_roles()
    return row


def _still_valid(row: PartnerToken) -> bool:
    """Who shows a token after its end has kept it: perhaps not the partner."""
    moment = clock.now()
    if row.valid_until is None or row.valid_until > moment:
        return True
    if row.late_use_at is None or moment - row.late_use_at > timedelta(minutes=1):
        PartnerToken.objects.filter(pk=row.pk).update(late_use_at=moment)
        row.late_use_at = moment
    return False


def _partner(row: PartnerToken, raw: bool) -> Partner | None:
    partner = row.partner.for_one_request() if "_read_already" in row.partner.__dict__ else row.partner
    if partner.status == Partner.Status.SUSPENDED:
        return None
    partner.token_row = row
    if raw:
        partner.note(["Authorization/plain-token"])
    partner.is_registering = row.is_registration
    if row.first_used_at is None:
        _first_use(row)
    return partner


def _first_use(row: PartnerToken) -> None:
    """The first use of a new token ends the grace of the one that it replaced (AMB-10)."""
    moment = clock.now()
    PartnerToken.objects.filter(pk=row.pk).update(first_used_at=moment)
    if not row.is_registration:
        older = PartnerToken.objects.filter(partner=row.partner, pk__lt=row.pk, valid_until__gt=moment)
        older.update(valid_until=moment)


def _api_client(client: ApiClient | None, raw: bool) -> ApiClient | None:
    if client is None or not client.active or (client.development and not settings.DEVELOPMENT):
        return None
    return client if client.development or not raw else None
