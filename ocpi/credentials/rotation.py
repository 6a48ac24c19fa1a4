"""Our own update of the credentials: new tokens both ways, in steps of which each may be the last before a kill.

| after step                                | they may show us      | we show them         | then         |
|-------------------------------------------|-----------------------|----------------------|--------------|
| 1 a new token for them is committed       | old, new              | old                  | run it again |
| 2 they have answered our PUT with theirs  | old, new              | old, in their grace  | run it again |
| 3 their answer is committed               | new, old in our grace | new, and old is kept | `settle`     |
| 4 the new token has opened their versions | new, old in our grace | new                  | done         |

Our grace ends with the first use of the new token, after five minutes at most (AMB-10).
`unfinished` finds what a killed process left, and a sweeper goes on with it while the grace lasts (CRE-22, AMB-10).
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Q

from ocpi.core import client, clock, ids, secrets
from ocpi.core.client import Peer
from ocpi.partners import services as partners
from ocpi.partners.models import Partner, PartnerToken, registered
from ocpi.protocol.credentials import Credentials
from ocpi.protocol.errors import PartnerError, Unauthenticated, Unreachable

from . import claims, services
from .discovery import Discovered, discover
from .errors import HandshakeError, NotPossible, OutcomeUnknown

_INTERRUPTED = timedelta(minutes=2)  # no rotation takes longer
_FORGOTTEN = timedelta(hours=1)  # what nobody could finish until then is for an operator
_MOST_TRIES = 3


def rotate(*, partner: Partner) -> Partner:
    """Give each other new tokens, and read their endpoints again. Safe to run again, whatever became of the last time.

    Raises HandshakeError or PartnerError. Then the old tokens hold; after OutcomeUnknown the new one for them as well,
    because they may have it.
    """
    _check(partner)
    try:
        with claims.hold(_current(partner)):
            _finish_the_last(partner)
            _rotate(partner)
    except claims.Busy as error:
        raise NotPossible(
            f"the credentials of {partner.name} are being rotated, or that was interrupted within the last two minutes"
        ) from error
    return partner


def settle(*, partner: Partner) -> None:
    """Use the new token, then forget the one before; go back to that one where only it opens.

    Raises PartnerError; Unauthenticated when the new one does not open. Without an answer both are kept.
    """
    if not partner.token_out_before:
        return
    try:
        _open(partner, partner.token_out)
    except Unauthenticated:
        _go_back(partner)
        raise
    _keep(partner, partner.token_out)


def _go_back(partner: Partner) -> None:
    try:
        _open(partner, partner.token_out_before)
    except Unauthenticated:
        problem = "they accept neither the token of their answer nor the one before: reset the registration"
        services.note(partner, problem, Partner.Status.UNKNOWN)
    else:
        _keep(partner, partner.token_out_before)
        services.note(partner, "they do not accept the token of their own answer; the one before is in use again")


def unfinished() -> list[int]:
    """Partners whose rotation was interrupted: a token is not proven yet, or an answer was never stored."""
    moment = clock.now()
    live = Q(tokens__purpose=services.OPERATIONAL, tokens__valid_until=None, tokens__development=False)
    recent = PartnerToken.objects.filter(
        purpose=services.OPERATIONAL, created_at__gt=moment - _FORGOTTEN, claimed_at=None
    ) | PartnerToken.objects.filter(
        purpose=services.OPERATIONAL, created_at__gt=moment - _FORGOTTEN, claimed_at__lt=moment - _INTERRUPTED
    )
    unproven = ~Q(token_out_before="")
    interrupted = Q(live__range=(2, 1 + _MOST_TRIES), pk__in=recent.values("partner"))
    rows = Partner.objects.filter(registered()).annotate(live=Count("tokens", filter=live))
    return list(rows.filter(unproven | interrupted).values_list("pk", flat=True))


def resume(*, partner: Partner) -> None:
    """Go on with what `unfinished` found. Raises as `rotate`."""
    if partner.token_out_before:
        settle(partner=partner)
    else:
        rotate(partner=partner)


def _check(partner: Partner) -> None:
    possible = {Partner.Status.REGISTERED, Partner.Status.UNKNOWN}
    if partner.status not in possible or not partner.token_out:
        raise NotPossible(f"{partner.name} is not registered")
    if partner.lacks_put_credentials:
        raise NotPossible(
            f"{partner.name} knows no PUT credentials (FLD-15): reset the registration and give them the new token A, "
            "or unregister and register anew with one of theirs"
        )


def _current(partner: Partner) -> PartnerToken:
    row = partner.tokens.filter(purpose=services.OPERATIONAL, valid_until=None).order_by("pk").first()
    if row is None:
        raise NotPossible(f"{partner.name} has no token that could be replaced")
    return row


def _finish_the_last(partner: Partner) -> None:
    try:
        settle(partner=partner)
    except Unauthenticated:
        if partner.token_out_before:  # neither opens: the next request tells that to whoever runs this
            raise


def _rotate(partner: Partner) -> None:
    flow, peer = ids.new_id(), partner.peer()
    discovered = discover(peer, partner.versions_url, flow)
    token_b = partners.issue(partner=partner, purpose=services.OPERATIONAL)
    credentials = _put(partner, peer, discovered, token_b, flow)
    _take_over(partner, credentials, discovered, token_b)
    settle(partner=partner)


def _put(partner: Partner, peer: Peer, discovered: Discovered, token_b: str, flow: str) -> Credentials:
    try:
        return services.send(peer, "PUT", discovered.url("credentials"), token_b, flow)
    except Unreachable as error:
        raise _outcome_unknown(partner, error) from error
    except (PartnerError, HandshakeError) as error:
        partners.drop_token(token_b)
        services.note(partner, str(error))
        if getattr(error, "http_status", None) == 405:
            hint = "is it a case for 'no PUT credentials'?"
            raise NotPossible(f"{partner.name} refuses PUT credentials; {hint}") from error
        raise


def _outcome_unknown(partner: Partner, error: Unreachable) -> OutcomeUnknown:
    """They may have taken it, and may give us a while with the old token (AMB-10, AMB-11)."""
    try:
        _open(partner, partner.token_out)
        status, advice = "", "the old tokens still work: run it again"
    except Unauthenticated:
        status, advice = Partner.Status.UNKNOWN, "they do not accept the old token any more: reset the registration"
    except PartnerError:
        status, advice = "", "they may have taken the new token: run it again"
    services.note(partner, f"no answer to PUT credentials: {error}; {advice}", status)
    return OutcomeUnknown(f"{error}; {advice}")


@transaction.atomic
def _take_over(partner: Partner, credentials: Credentials, discovered: Discovered, token_b: str) -> None:
    """Both new tokens count from here on. Theirs is kept beside the old one until it has opened something."""
    before = partner.token_out
    suspended = Partner.objects.filter(pk=partner.pk, status=Partner.Status.SUSPENDED).exists()
    services.store(partner, credentials, discovered)
    partner.token_out_before = before
    partner.status = Partner.Status.SUSPENDED if suspended else partner.status
    partner.save(update_fields=["token_out_before", "status"])
    partners.supersede(partner=partner, by=token_b, overlap=claims.GRACE)


def _open(partner: Partner, token: str) -> None:
    """Raises PartnerError when this token does not open their versions."""
    peer = Peer(secrets.decrypt(token), partner.sends_plain_auth, partner_id=partner.pk)
    client.call(peer, "GET", partner.versions_url, module="versions")


def _keep(partner: Partner, token: str) -> None:
    """Of the two, only this one; unless another handshake has changed them meanwhile."""
    mine = Partner.objects.filter(pk=partner.pk, token_out=partner.token_out)
    mine.update(token_out=token, token_out_before="")
    partner.token_out, partner.token_out_before = token, ""
