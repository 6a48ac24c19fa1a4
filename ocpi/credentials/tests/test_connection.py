"""One GET versions, and its outcome in words."""

from typing import Any

import pytest

from ocpi.credentials import connection, tasks
from ocpi.credentials.errors import NotPossible
from ocpi.partners.models import Partner
from tests import factories
from tests.partner_server import PartnerServer

pytestmark = pytest.mark.django_db


def check(server: PartnerServer, **fields: Any) -> connection.Connection:
    return connection.check(partner=server.registered(**fields))


def test_an_answer_tells_the_time_it_took_and_the_versions(partner_server: PartnerServer) -> None:
    partner_server.versions.append({"version": "2.1.1", "url": f"{partner_server.base_url}/2.1.1"})
    found = check(partner_server)
    assert (found.versions, found.problem, found.advice) == (["2.2.1", "2.1.1"], "", "")
    (call,) = partner_server.calls("GET", "versions")
    assert call.token == "token-for-cpo"
    assert call["X-Correlation-ID"] == found.flow


def test_the_time_is_measured(partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "versions", data=partner_server.versions, delay=0.2)
    assert 200 <= check(partner_server).milliseconds < 60_000


@pytest.mark.parametrize(("answer", "problem", "advice"), [
    ({"status": 401, "status_code": 2001}, "401", "rotate the credentials"),
    ({"status": 404, "status_code": 2000}, "404", "versions URL"),
    ({"status": 503, "raw": b"busy"}, "503", "trouble of their own"),
    ({"raw": b"<html>Welcome</html>"}, "no OCPI envelope", "does not speak OCPI"),
    ({"drop": True}, "broke off", "firewall"),
    ({"data": [{"version": "2.1.1", "url": "http://cpo.test"}]}, "do not offer 2.2.1", "which version"),
    ({"data": "2.2.1"}, "do not offer 2.2.1", "which version"),
])  # fmt: skip
def test_the_cause_is_said_with_what_to_do(
    partner_server: PartnerServer, answer: dict[str, Any], problem: str, advice: str
) -> None:
    partner_server.answer("GET", "versions", **answer)
    found = check(partner_server)
    assert problem in found.problem
    assert advice in found.advice


def test_a_partner_that_is_slow_does_not_hold_an_operator(partner_server: PartnerServer, settings: Any) -> None:
    settings.OCPI_HANDSHAKE_TIMEOUT = 0.3
    partner_server.answer("GET", "versions", delay=60)
    found = check(partner_server)
    assert "no answer within the time limit" in found.problem
    assert found.milliseconds < 30_000


def test_nobody_is_asked_who_never_gave_an_address() -> None:
    with pytest.raises(NotPossible, match="nothing to ask"):
        connection.check(partner=factories.PartnerFactory(status="NEW", versions_url="", token_out=""))


@pytest.mark.requirement("CRE-25")
def test_the_task_unregisters_there_and_then_here(partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    tasks.leave(partner.pk)
    partner.refresh_from_db()
    assert (partner.status, partner.token_out) == (Partner.Status.UNREGISTERED, "")
    assert len(partner_server.calls("DELETE", "credentials")) == 1


@pytest.mark.requirement("CRE-25")
def test_where_they_refuse_the_registration_stays_and_the_reason_is_kept(partner_server: PartnerServer) -> None:
    partner_server.answer("DELETE", "credentials", status=405, status_code=2000)
    partner = partner_server.registered()
    tasks.leave(partner.pk)
    partner.refresh_from_db()
    assert partner.connected
    assert partner.last_error.startswith("not unregistered: ")
