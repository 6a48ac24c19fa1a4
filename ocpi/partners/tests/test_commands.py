"""`manage.py add_partner` and `add_api_client`: the token is the last line, and it works."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ocpi.partners.models import ApiClient, Partner
from tests.callers import Caller


def last_line(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().splitlines()[-1]


@pytest.mark.requirement("SEED-13", "CRE-02")
def test_add_partner_ends_with_a_token_a(db: None) -> None:
    token = last_line("add_partner", "New CPO")
    assert Caller(token).get("credentials").data["token"] == token
    assert Caller(token, plain=True).get("credentials").status == (401, 2001)
    assert token not in str(Partner.objects.get().tokens.values())


@pytest.mark.requirement("SEED-13", "TRA-05", "TRA-06")
def test_add_partner_with_plain_auth_takes_the_token_as_it_is(db: None) -> None:
    token = last_line("add_partner", "Old CPO", "--plain-auth")
    assert Caller(token, plain=True).get("credentials").status == (200, 1000)
    assert Partner.objects.get().sends_plain_auth


@pytest.mark.requirement("SEED-13")
def test_add_api_client_ends_with_a_token_that_reads(db: None) -> None:
    token = last_line("add_api_client", "App")
    assert Caller(token).get("locations").status == (200, 1000)
    assert token not in str(ApiClient.objects.values())


@pytest.mark.requirement("SEED-13")
@pytest.mark.parametrize("command", ["add_partner", "add_api_client"])
def test_a_name_that_is_taken_is_a_clear_error(db: None, command: str) -> None:
    last_line(command, "Twice")
    with pytest.raises(CommandError, match="Twice"):
        last_line(command, "Twice")
