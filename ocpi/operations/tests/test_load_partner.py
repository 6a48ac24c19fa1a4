"""`manage.py load_partner`: a CPO that may send and is never called; not by accident in production."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from ocpi.partners.loading import NAME
from ocpi.partners.models import Partner
from ocpi.protocol.headers import authorization
from ocpi.tokens.models import Token

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("load_partner", *arguments, stdout=out)
    return out.getvalue().split()[-1]


def status(client: Client, token: str) -> int:
    return client.get("/ocpi/emsp/2.2.1/credentials", headers={"Authorization": authorization(token)}).status_code


def test_its_last_token_opens_and_earlier_ones_do_not(client: Client) -> None:
    first, second = run(), run()
    assert [status(client, first), status(client, second)] == [401, 200]
    assert Partner.objects.count() == 1


def test_nothing_is_ever_sent_to_it() -> None:
    run("--cards", "2")
    assert Token.objects.count() == 2
    assert not Partner.objects.get(name=NAME).endpoints.exists()


def test_production_must_be_wanted(settings: Any) -> None:
    settings.PRODUCTION = True
    for arguments in ([], ["--in-production", "--cards", "2"]):
        with pytest.raises(CommandError, match="production"):
            run(*arguments)
    assert not Partner.objects.exists()
    assert run("--in-production")
