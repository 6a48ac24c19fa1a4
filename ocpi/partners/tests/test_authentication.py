"""Which token opens what, seen from inside: the rules that no single request shows."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.core import clock, secrets
from ocpi.partners import development, services
from ocpi.partners.authentication import find_caller
from ocpi.partners.models import ApiClient, Partner, PartnerToken
from tests import factories


def issue(partner: Partner, token: str, **fields: Any) -> PartnerToken:
    fields = {"purpose": "OPERATIONAL", **fields}
    return PartnerToken.objects.create(partner=partner, digest=secrets.digest(token), **fields)


@pytest.mark.requirement("CRE-19")
def test_the_first_use_of_a_token_ends_the_grace_of_older_ones_and_no_more(db: None) -> None:
    partner = factories.partner()
    soon = clock.now() + timedelta(minutes=5)
    issue(partner, "in-grace", valid_until=soon)
    issue(partner, "lasting")
    issue(partner, "new")
    issue(partner, "newer", valid_until=soon)
    assert find_caller("new") == partner
    assert [find_caller(t) is not None for t in ("token-of-cpo", "in-grace", "lasting", "new", "newer")] == [
        True, False, True, True, True,
    ]  # fmt: skip


def test_the_first_use_is_noted_once(db: None, django_assert_num_queries: Any) -> None:
    factories.partner()
    find_caller("token-of-cpo")
    noted = PartnerToken.objects.get().first_used_at
    assert noted is not None
    with django_assert_num_queries(2):  # the token, and the roles of its partner
        find_caller("token-of-cpo")
    with django_assert_num_queries(0):
        find_caller("token-of-cpo")
    with django_assert_num_queries(1):
        find_caller("token-of-cpo", anew=True)
    assert PartnerToken.objects.get().first_used_at == noted


def test_a_registration_token_ends_nobodys_grace(db: None) -> None:
    partner = factories.partner()
    issue(partner, "in-grace", valid_until=clock.now() + timedelta(minutes=5))
    issue(partner, "token-a", purpose="REGISTRATION")
    assert find_caller("token-a").is_registering
    assert find_caller("in-grace") is not None


@pytest.mark.requirement("TRA-05")
def test_a_plain_token_of_an_app_counts_only_in_development(db: None, settings: Any) -> None:
    factories.api_client("plain-app")
    assert find_caller("plain-app", raw=True) is None
    assert find_caller("plain-app") is not None


@pytest.mark.requirement("SEED-08")
@pytest.mark.parametrize("token", development.ALL_TOKENS)
def test_development_tokens_open_only_in_development_and_plain(db: None, settings: Any, token: str) -> None:
    settings.DEVELOPMENT = True
    development.seed()
    assert find_caller(token, raw=True) is not None
    assert find_caller(token) is not None
    settings.DEVELOPMENT = False
    assert find_caller(token, raw=True) is None
    assert find_caller(token) is None


@pytest.mark.requirement("SEED-08")
def test_seeding_again_changes_nothing(db: None) -> None:
    development.seed()
    before = [list(model.objects.values()) for model in (Partner, PartnerToken, ApiClient)]
    development.seed()
    assert [list(model.objects.values()) for model in (Partner, PartnerToken, ApiClient)] == before


@pytest.mark.requirement("SEED-08")
def test_outside_development_nothing_is_seeded(db: None) -> None:
    development.seed_after_migrate()
    assert not Partner.objects.exists()


def test_a_used_registration_token_is_not_seeded_again(db: None) -> None:
    development.seed()
    Partner.objects.filter(name="Development partner 1").update(status="REGISTERED")
    PartnerToken.objects.filter(purpose="REGISTRATION").delete()
    development.seed()
    assert PartnerToken.objects.filter(purpose="REGISTRATION").count() == 1


@pytest.mark.requirement("SEED-08")
def test_what_is_seeded_is_found_whatever_the_key_was(db: None, settings: Any) -> None:
    assert development.present() == []
    development.seed()
    assert development.present() == ["partner token", "API client token"]
    settings.SECRET_KEY = "a key of production, longer than thirty-two characters"
    assert development.present() == ["partner token", "API client token"]


def test_revoking_spares_what_is_to_be_kept(db: None) -> None:
    partner = factories.partner()
    issue(partner, "kept")
    issue(partner, "token-a", purpose="REGISTRATION")
    services.revoke(partner=partner, keep="kept")
    assert [find_caller(t) is not None for t in ("token-of-cpo", "kept", "token-a")] == [False, True, False]


def test_hearing_from_a_partner_is_noted_once_a_minute(db: None, django_assert_num_queries: Any) -> None:
    partner = factories.partner()
    services.heard_from(partner)
    partner.refresh_from_db()
    assert partner.last_seen_at is not None
    with django_assert_num_queries(0):
        services.heard_from(partner)
