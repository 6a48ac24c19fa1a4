"""`manage.py check_partner`: what it refuses, and its exit codes."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.partner_server import PartnerServer


def run(tmp_path: Path, **options: Any) -> str:
    out = StringIO()
    known = {"played": "emsp", "token": "token-a", "reports": tmp_path, "stdout": out}
    call_command("check_partner", **{**known, **options})
    return out.getvalue()


def test_a_platform_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        run(tmp_path, versions_url="http://127.0.0.1:9/versions")
    assert error.value.returncode == 2
    assert list(tmp_path.glob("conformance-cpo-*.html"))


def test_production_calls_no_private_network(tmp_path: Path, settings: Any) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    for url in ("http://cpo.example/versions", "https://127.0.0.1/versions"):
        with pytest.raises(CommandError) as error:
            run(tmp_path, versions_url=url)
        assert error.value.returncode == 2
    assert not list(tmp_path.iterdir())


def test_a_party_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="country and a party id"):
        run(tmp_path, versions_url="http://127.0.0.1:9/versions", party="Kit")


def test_findings_end_with_1_and_are_told(tmp_path: Path, partner_server: PartnerServer) -> None:
    """The scripted partner lets everybody in."""
    with pytest.raises(CommandError) as error:
        run(tmp_path, versions_url=partner_server.versions_url, only=["TRA-02"])
    assert error.value.returncode == 1
    [report] = tmp_path.glob("*.html")
    assert "a request without Authorization was answered with HTTP 200" in report.read_text()


def test_the_registration_is_ended(tmp_path: Path, partner_server: PartnerServer) -> None:
    run(tmp_path, versions_url=partner_server.versions_url, only=["VER-07"])
    assert len(partner_server.calls("DELETE", "credentials")) == 1


def test_an_endpoint_that_is_named_is_one_of_a_module(tmp_path: Path) -> None:
    for told in ("coffee=http://127.0.0.1:9/", "commands"):
        with pytest.raises(CommandError, match="--endpoint") as error:
            run(tmp_path, versions_url="http://127.0.0.1:9/versions", endpoint=[told])
        assert error.value.returncode == 2
