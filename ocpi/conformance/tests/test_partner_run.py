"""A look at a registered partner: by its registration, reading only, kept and compared."""

import pytest
from django.test import Client

from ocpi.conformance import services, tasks
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


def test_a_run_that_was_forgotten_meanwhile_is_not_made(partner_server: PartnerServer) -> None:
    run = services.ask(partner=partner_server.registered())
    run.delete()
    tasks.carry_out(run.pk or 0)
    assert not partner_server.recorded


def test_a_kit_that_falls_over_is_told_on_the_page(
    partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = services.ask(partner=partner_server.registered())
    monkeypatch.setattr(services.engine, "run", lambda kit: [][1])
    with pytest.raises(IndexError):
        tasks.carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.problem) == (Run.State.FAILED, "the kit fell over (IndexError)")


def test_the_page_tells_what_is_new_and_what_is_mended(partner_server: PartnerServer, admin_client: Client) -> None:
    run = services.ask(partner=partner_server.registered())
    page = core.page(run)
    for new, mended, told in (
        (["List is a list"], [], "new: List is a list"),
        ([], ["Order"], "mended: Order"),
        ([], [], "nothing has changed"),
    ):
        Run.objects.filter(pk=run.pk).update(comparison={"broken": new, "mended": mended, "still": [], "since": ""})
        assert told in admin_client.get(page).content.decode()
