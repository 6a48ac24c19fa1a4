"""A token A is held by one handshake at a time, and given back whatever happens."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.core import clock
from ocpi.credentials import claims
from ocpi.partners import services
from ocpi.partners.models import PartnerToken

pytestmark = pytest.mark.requirement("CRE-36")


@pytest.fixture
def token(db: None) -> PartnerToken:
    partner, _ = services.add_partner(name="Newcomer")
    return partner.tokens.get()


def test_a_second_claim_is_refused_until_the_first_ends(token: PartnerToken) -> None:
    with claims.hold(token), pytest.raises(claims.Busy), claims.hold(token):
        pass
    with claims.hold(token):
        pass


def test_a_failure_gives_the_token_back(token: PartnerToken) -> None:
    with pytest.raises(ZeroDivisionError), claims.hold(token):
        raise ZeroDivisionError
    with claims.hold(token):
        pass


def test_the_claim_of_a_process_that_died_runs_out(token: PartnerToken, monkeypatch: Any) -> None:
    died = claims.hold(token)
    died.__enter__()
    with pytest.raises(claims.Busy), claims.hold(token):
        pass
    later = clock.now() + timedelta(minutes=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    with claims.hold(token):
        pass
    died.__exit__(None, None, None)


def test_a_token_that_was_used_up_cannot_be_claimed(token: PartnerToken) -> None:
    PartnerToken.objects.all().delete()
    with pytest.raises(claims.Busy), claims.hold(token):
        pass
