"""Old, unproven and leaked tokens are seen on the partner's page, and rotated from there."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ocpi.alerts import lights
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import Partner, PartnerToken
from tests import admin_pages, factories
from tests.callers import Caller

TROUBLE = core.list_page("ocpi_partners.partner", trouble="yes")


def rotate(client: Client, cpo: Caller) -> Any:
    return client.post(
        core.page(cpo.partner).replace("change/", "rotate/"), {"_form_submitted": "on", "typed": cpo.partner.name}
    )


@pytest.mark.requirement("CRE-23")
def test_an_operator_has_the_credentials_rotated_by_a_worker(
    admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []
    monkeypatch.setattr("ocpi.credentials.tasks.rotate.delay", queued.append)
    assert "Rotate the credentials?" in admin_pages.page(
        admin_client, core.page(cpo.partner).replace("change", "rotate")
    )
    assert queued == []
    assert rotate(admin_client, cpo)["HX-Redirect"] == core.page(cpo.partner)
    assert queued == [cpo.partner.pk]


def test_a_broker_that_does_not_answer_is_told(
    admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("ocpi.credentials.tasks.rotate.delay", refuse)
    rotate(admin_client, cpo)
    assert "The broker does not answer" in admin_pages.page(admin_client, core.page(cpo.partner))


@pytest.mark.requirement("CRE-23")
def test_credentials_that_are_too_old_are_shown(admin_client: Client, cpo: Caller, settings: Any) -> None:
    settings.OCPI_TOKEN_MAX_AGE_DAYS = 30
    Partner.objects.update(registered_at=clock.now() - timedelta(days=26), last_seen_at=clock.now())
    lights.look()
    assert "26 days" in admin_pages.page(admin_client, core.page(cpo.partner))
    assert "the credentials are" not in admin_pages.page(admin_client, TROUBLE)
    Partner.objects.update(registered_at=clock.now() - timedelta(days=31))
    lights.look()
    assert "31 days: rotate them" in admin_pages.page(admin_client, core.page(cpo.partner))
    assert "the credentials are 31 days old; rotate them by the age of 30" in admin_pages.page(admin_client, TROUBLE)


def test_a_new_token_that_is_not_proven_yet_is_shown(admin_client: Client, cpo: Caller) -> None:
    Partner.objects.update(token_out_before="ciphertext-of-the-old-one")
    html = admin_pages.page(admin_client, core.page(cpo.partner))
    assert "their new token has not been used yet" in html
    assert "ciphertext-of-the-old-one" not in html


def test_who_shows_a_token_after_its_end_is_noticed(admin_client: Client, cpo: Caller) -> None:
    PartnerToken.objects.update(valid_until=clock.now() - timedelta(days=1))
    lights.look()
    assert core.page(cpo.partner) not in admin_pages.page(admin_client, TROUBLE)
    factories.partner(name="Other", party=("DE", "CP2"), token="t2")
    assert cpo.get("locations", "NL", "CPO", "L1").status == (401, 2001)
    first = PartnerToken.objects.get(partner=cpo.partner).late_use_at
    assert first is not None
    cpo.get("locations", "NL", "CPO", "L1")
    assert PartnerToken.objects.get(partner=cpo.partner).late_use_at == first  # once a minute is enough
    lights.look()
    assert core.page(cpo.partner) in admin_pages.page(admin_client, TROUBLE)
    assert core.moment(first) in admin_pages.page(admin_client, core.page(cpo.partner))
