"""What can happen to partners and API clients outside the credentials handshake."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from ocpi.core import clock, ids, secrets
from ocpi.core.signals import partner_resumed

from .models import ApiClient, Partner, PartnerToken, Scope


class NameTaken(ValueError):
    """A partner or API client of that name exists."""


@transaction.atomic
def add_partner(*, name: str, plain_auth: bool = False) -> tuple[Partner, str]:
    """Create a partner and its CREDENTIALS_TOKEN_A, which is shown once and kept as a digest (CRE-02, CRE-03)."""
    partner = enter(name=name, plain_auth=plain_auth)
    return partner, issue_token_a(partner=partner)


def enter(*, name: str, plain_auth: bool = False) -> Partner:
    """A partner of whom we know the name and nothing else. Raises NameTaken."""
    if Partner.objects.filter(name=name).exists():
        raise NameTaken(f"there is a partner named {name!r} already")
    return Partner.objects.create(name=name, accepts_plain_auth=plain_auth, sends_plain_auth=plain_auth)


@transaction.atomic
def issue_token_a(*, partner: Partner) -> str:
    """A new registration token; an older one that was never used up stops working."""
    partner.tokens.filter(purpose=PartnerToken.Purpose.REGISTRATION, development=False).delete()
    return issue(partner=partner, purpose=PartnerToken.Purpose.REGISTRATION)


def issue(*, partner: Partner, purpose: PartnerToken.Purpose) -> str:
    token = ids.new_token()
    PartnerToken.objects.create(partner=partner, digest=secrets.digest(token), purpose=purpose)
    return token


def revoke(*, partner: Partner, keep: str = "", purpose: PartnerToken.Purpose | None = None) -> None:
    """Every token of theirs stops working now, but `keep` and those that the development environment seeds."""
    tokens = partner.tokens.filter(development=False).exclude(digest=secrets.digest(keep))
    (tokens.filter(purpose=purpose) if purpose else tokens).delete()


def supersede(*, partner: Partner, by: str, overlap: timedelta) -> None:
    """Their older tokens end with the first use of the new one, or after the overlap (AMB-10)."""
    new = partner.tokens.get(digest=secrets.digest(by))
    ends = clock.now() + (timedelta(0) if new.first_used_at else overlap)
    older = partner.tokens.filter(purpose=PartnerToken.Purpose.OPERATIONAL, development=False, valid_until=None)
    older.exclude(pk=new.pk).update(valid_until=ends)


def drop_token(token: str) -> None:
    PartnerToken.objects.filter(digest=secrets.digest(token)).delete()


def suspend(*, partner: Partner) -> bool:
    """Refuse its requests and send it nothing, until `resume`; its tokens stay. False when it was not registered."""
    return _turn(partner, Partner.Status.REGISTERED, Partner.Status.SUSPENDED)


@transaction.atomic
def resume(*, partner: Partner) -> bool:
    """Let a suspended partner go on; what it missed is sent again. False when it was not suspended."""
    resumed = _turn(partner, Partner.Status.SUSPENDED, Partner.Status.REGISTERED)
    if resumed:
        partner_resumed.send(sender=None, partner=partner)
    return resumed


def _turn(partner: Partner, before: Partner.Status, after: Partner.Status) -> bool:
    """Only from that status: a handshake or another operator may have been faster."""
    if not Partner.objects.filter(pk=partner.pk, status=before).update(status=after):
        return False
    partner.status = after
    return True


def is_overdue(partner: Partner) -> bool:
    """Whether the credentials are older than OCPI_TOKEN_MAX_AGE_DAYS (CRE-23)."""
    limit = clock.now() - timedelta(days=settings.OCPI_TOKEN_MAX_AGE_DAYS)
    registered_at = partner.registered_at
    return partner.status == Partner.Status.REGISTERED and registered_at is not None and registered_at < limit


@transaction.atomic
def add_api_client(*, name: str, scopes: Collection[str] | None = None) -> tuple[ApiClient, str]:
    """Create an API client and its token, which is shown once and kept as a digest. It may everything by default."""
    if ApiClient.objects.filter(name=name).exists():
        raise NameTaken(f"there is an API client named {name!r} already")
    token = ids.new_token()
    granted = [str(scope) for scope in Scope if scopes is None or scope in scopes]
    return ApiClient.objects.create(name=name, digest=secrets.digest(token), scopes=granted), token


def heard_from(partner: Partner) -> None:
    """Note that they called; once a minute is enough for a person, and cheap for the database."""
    moment = clock.now()
    if partner.last_seen_at is None or moment - partner.last_seen_at > timedelta(minutes=1):
        Partner.objects.filter(pk=partner.pk).update(last_seen_at=moment)
        getattr(partner, "kept", partner).last_seen_at = moment
