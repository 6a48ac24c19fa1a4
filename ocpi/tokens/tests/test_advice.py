"""What operators are told of a token that OCPI allows but chargers will not like."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from ocpi.core import admin as core
from ocpi.tokens.advice import advice, as_read
from ocpi.tokens.models import Token
from tests import admin_pages, factories
from tests.callers import Caller

ADD = f"{core.list_page('ocpi_tokens.token')}add/"
LONG = "G" * 21


def form(**changes: Any) -> dict[str, Any]:
    return {"uid": "04AABBCCDDEE80", "type": "RFID", "status": "ACTIVE", "contract_id": "C1", "issuer": "We",
            "whitelist": "", "visual_number": "", "group_id": "", "language": "", "default_profile_type": "",
            "energy_contract": "", "allowed_locations": "[]"} | changes  # fmt: skip


@pytest.mark.requirement("TOK-31")
@pytest.mark.parametrize(("length", "warned"), [(0, False), (20, False), (21, True), (36, True)])
def test_a_group_that_old_chargers_cannot_hold_is_saved_with_a_warning(
    admin_client: Client, length: int, warned: bool
) -> None:
    answer = admin_client.post(ADD, form(group_id="G" * length), follow=True)
    assert ("group_id is longer than 20 characters" in answer.content.decode()) is warned
    token = Token.objects.get()
    assert len(token.group_id or "") == length
    page = admin_pages.page(admin_client, core.page(token))
    assert ("group_id is longer than 20 characters" in page) is warned


@pytest.mark.requirement("TOK-31")
def test_partners_get_it_all_the_same(admin_client: Client, cpo: Caller) -> None:
    admin_client.post(ADD, form(group_id=LONG))
    assert cpo.get("tokens").data[0]["group_id"] == LONG


@pytest.mark.requirement("FLD-25")
@pytest.mark.parametrize(
    ("uid", "type", "word"),
    [
        ("04AABBCC", "RFID", ""),
        ("04AABBCCDDEE80", "RFID", ""),
        ("04AABBCCDDEE80112233", "RFID", ""),
        ("00000001", "RFID", ""),
        ("04AABBCCDD", "RFID", "has 10 digits"),
        ("4AABBCC", "RFID", "has 7 digits"),
        ("1234567890", "RFID", "decimal"),
        ("CARD-7", "RFID", "not hexadecimal"),
        ("CARD-7", "APP_USER", ""),
        ("4AABBCC", "OTHER", ""),
    ],
)
def test_a_card_that_no_reader_would_read_so_is_remarked(db: None, uid: str, type: str, word: str) -> None:
    said = advice(factories.token(uid=uid, type=type))
    assert (len(said), word in " ".join(said)) == (bool(word), True)


@pytest.mark.requirement("FLD-25")
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("04:aa:bb:cc", "04AABBCC"),
        ("04-aa-bb-cc", "04AABBCC"),
        (" 04 AA BB CC ", "04AABBCC"),
        ("04.aa.bb.cc", "04AABBCC"),
        ("Card-7", "Card-7"),
        ("x:y", "x:y"),
    ],
)
def test_a_uid_is_saved_as_readers_give_it(admin_client: Client, typed: str, read: str) -> None:
    assert as_read(typed.strip()) == read
    admin_client.post(ADD, form(uid=typed))
    assert Token.objects.get().wire_uid == read


@pytest.mark.requirement("FLD-25")
def test_what_is_no_card_keeps_its_spelling(admin_client: Client) -> None:
    admin_client.post(ADD, form(uid="ab:cd", type="APP_USER"))
    assert Token.objects.get().wire_uid == "ab:cd"


@pytest.mark.requirement("FLD-25", "SEED-13")
def test_the_command_warns_too_and_goes_on(db: None) -> None:
    out, err = StringIO(), StringIO()
    call_command("add_token", "1234567890", contract_id="C1", stdout=out, stderr=err)
    assert "looks like a decimal number" in err.getvalue()
    assert "contract C1" in out.getvalue().splitlines()[-1]
    assert Token.objects.get().wire_uid == "1234567890"
