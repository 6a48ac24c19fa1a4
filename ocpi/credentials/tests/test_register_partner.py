"""`manage.py register_partner`: one clear line, whatever happens."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ocpi.partners.models import Partner
from tests.partner_server import PartnerServer

pytestmark = pytest.mark.requirement("SEED-13")


def run(server: PartnerServer, *more: str) -> str:
    out = StringIO()
    call_command(
        "register_partner",
        "Their platform",
        "--versions-url",
        server.versions_url,
        "--token",
        "token-a",
        *more,
        stdout=out,
    )
    return out.getvalue()


def test_it_tells_roles_and_endpoints(db: None, partner_server: PartnerServer) -> None:
    told = run(partner_server)
    assert "registered with OCPI 2.2.1" in told
    assert "CPO NL-CPO" in told
    assert "locations SENDER" in told
    assert partner_server.token not in told
    assert Partner.objects.get().connected


def test_plain_auth_is_used_from_the_first_request(db: None, partner_server: PartnerServer) -> None:
    run(partner_server, "--plain-auth")
    assert {call["Authorization"] for call in partner_server.calls()} == {"Token token-a"}
    assert Partner.objects.get().accepts_plain_auth


@pytest.mark.parametrize(
    ("path", "wrong", "told"),
    [
        ("versions", {"status": 401}, "not registered: HTTP 401"),
        ("versions", {"drop": True}, "not registered"),
        ("versions", {"data": [{"version": "2.1.1", "url": "http://x.test"}]}, "offers 2.1.1; we speak 2.2.1"),
        ("credentials", {"status_code": 3001, "message": "cannot reach you"}, "cannot reach you"),
        ("credentials", {"drop": True}, "may or may not have registered us"),
    ],
)
def test_a_failure_is_one_clear_line(db: None, partner_server: PartnerServer, path: str, wrong: Any, told: str) -> None:
    partner_server.answer("POST" if path == "credentials" else "GET", path, **wrong)
    with pytest.raises(CommandError, match=told) as caught:
        run(partner_server)
    assert "token-a" not in str(caught.value)


def test_who_is_registered_already_is_told_so(db: None, partner_server: PartnerServer) -> None:
    run(partner_server)
    with pytest.raises(CommandError, match="registered already"):
        run(partner_server)
