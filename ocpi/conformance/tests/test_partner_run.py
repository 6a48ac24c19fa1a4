"""A look at a registered partner: by its registration, reading only, kept and compared."""

import pytest
from django.test import Client

from ocpi.conformance import services
from ocpi.conformance.models import Run
from ocpi.conformance.registry import Level
from ocpi.core import admin as core
from tests.partner_server import PartnerServer

pytestmark = pytest.mark.django_db(transaction=True)


def _looked(server: PartnerServer, partner: object) -> Run:
    run = services.ask(partner=partner)  # type: ignore[arg-type]
    assert services.carry_out(run=run)
    run.refresh_from_db()
    return run


def test_it_reads_with_the_token_that_exists_and_makes_no_handshake(partner_server: PartnerServer) -> None:
    run = _looked(partner_server, partner_server.registered())
    assert run.state == Run.State.DONE
    assert run.report["options"]["level"] == Level.READS.name
    assert partner_server.calls(None, "credentials") == partner_server.calls("GET", "credentials")
    assert not [call for call in partner_server.recorded if call.method in ("PUT", "PATCH")]
    assert "token-for-cpo" not in str(run.report)


def test_the_second_run_tells_what_has_changed(partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    first = _looked(partner_server, partner)
    assert first.comparison == {}
    partner_server.answer("GET", "tariffs", status=500, raw=b"<html>")
    second = _looked(partner_server, partner)
    assert second.errors >= first.errors
    assert "List is a list (tariffs)" in second.comparison["broken"]


def test_a_run_is_made_once(partner_server: PartnerServer) -> None:
    run = _looked(partner_server, partner_server.registered())
    assert not services.carry_out(run=run)


def test_only_so_many_are_kept(partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    for _ in range(services.KEPT + 3):
        services.ask(partner=partner)
    assert Run.objects.count() == services.KEPT


def test_the_page_shows_findings(partner_server: PartnerServer, admin_client: Client) -> None:
    run = _looked(partner_server, partner_server.registered())
    html = admin_client.get(core.page(run)).content.decode()
    assert "a request without Authorization was answered with HTTP 200" in html
    assert admin_client.get(core.list_page("ocpi_conformance.run")).status_code == 200
