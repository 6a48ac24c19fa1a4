"""Every exchange becomes one row, in and out."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.core import client, clock
from ocpi.core.client import Peer
from ocpi.journal import services, writer
from ocpi.journal.models import Exchange
from ocpi.journal.tasks import forget_old
from ocpi.protocol.errors import PartnerError
from tests import factories
from tests.callers import BASE, Caller
from tests.partner_server import PartnerServer

L1 = ("locations", "NL", "CPO", "L1")


@pytest.fixture(autouse=True)
def journal(settings: Any) -> None:
    settings.JOURNAL_ENABLED = True


def rows() -> list[Exchange]:
    writer.flush()
    return list(Exchange.objects.order_by("pk"))


def test_a_request_to_us_is_kept_with_caller_status_and_ids(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location(), **{"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    [row] = rows()
    assert (row.direction, row.method, row.module, row.partner_id) == ("IN", "PUT", "locations", cpo.partner.pk)
    assert (row.http_status, row.status_code, row.failed) == (201, 1000, False)
    assert (row.request_id, row.correlation_id) == ("r-1", "c-1")
    assert '"Stationsplein"' in row.request_body
    assert '"status_code":1000' in row.response_body
    assert row.url == f"{BASE}/locations/NL/CPO/L1"
    assert row.duration_ms >= 0


def test_the_url_stands_there_as_it_came(cpo: Caller) -> None:
    cpo.get("locations", "NL", "CPO", "A*1/B C#+%25")
    assert rows()[0].url == f"{BASE}/locations/NL/CPO/A*1%2FB%20C%23+%2525"


def test_an_app_is_named_as_an_app(app: Caller) -> None:
    app.get("locations")
    [row] = rows()
    assert (row.partner_id, row.api_client.name) == (None, "App")


@pytest.mark.parametrize(("status", "code"), [(401, 2001), (404, 2001), (405, 2000), (400, 2001), (200, 2001)])
def test_failures_are_kept_as_failures(cpo: Caller, status: int, code: int) -> None:
    {
        401: lambda: Caller("unknown").get(*L1), 404: lambda: cpo.get("nowhere"), 405: lambda: cpo.post(*L1, body={}),
        400: lambda: cpo.put(*L1, raw=b"{"), 200: lambda: cpo.put(*L1, body={}),
    }[status]()  # fmt: skip
    [row] = rows()
    assert (row.http_status, row.status_code, row.failed) == (status, code, True)


@pytest.mark.long
def test_pages_that_are_not_ocpi_are_not_kept(client: Any, db: None) -> None:
    client.get("/health")
    client.get("/admin/login/")
    assert rows() == []


@pytest.mark.requirement("TRA-53")
def test_no_token_is_kept_in_either_direction(cpo: Caller, partner_server: PartnerServer) -> None:
    body = {**partner_server.credentials, "token": "secret-token-b"}
    token = cpo.put("credentials", body=body).data["token"]
    Caller(token).get("credentials")
    kept = str(list(Exchange.objects.values())) + str([vars(row) for row in rows()])
    assert len(rows()) == 4
    for secret in (cpo.token, token, "secret-token-b", "c2VjcmV0LXRva2VuLWI"):
        assert secret not in kept


def test_our_own_requests_are_kept_with_their_failure(cpo: Caller, partner_server: PartnerServer) -> None:
    peer = Peer("out", partner_id=cpo.partner.pk)
    client.call(
        peer, "PUT", f"{partner_server.base_url}/tokens/NL/EMS/04AABBCCDD", module="tokens", body={"valid": True}
    )
    partner_server.answer("GET", "tokens", status=503, raw=b"<html>")
    for url in (f"{partner_server.base_url}/tokens", "http://127.0.0.1:1/"):
        with pytest.raises(PartnerError):
            client.call(peer, "GET", url, module="tokens", correlation_id="flow")
    put, failed, refused = rows()
    assert (put.direction, put.http_status, put.status_code, put.request_body) == ("OUT", 200, 1000, '{"valid":true}')
    assert put.url.endswith("/tokens/NL/EMS/•••CCDD")
    assert (failed.http_status, failed.correlation_id, failed.failed) == (503, "flow", True)
    assert (refused.http_status, refused.error) == (None, "the connection was refused or broke off")


def test_odd_values_fit_into_the_row(cpo: Caller) -> None:
    cpo.request("PROPFINDANDMORE", *L1, **{"X-Request-ID": "é" * 500, "X-Odd": "\x01"})
    cpo.put(*L1, raw=b'{"a": "\\u0000", "token": 5, "status_code": true}')
    assert [len(row.request_id) <= 255 for row in rows()] == [True, True]


def test_switched_off_it_keeps_nothing(cpo: Caller, settings: Any) -> None:
    settings.JOURNAL_ENABLED = False
    cpo.get("versions")
    assert rows() == []


def test_a_journal_that_fails_costs_the_caller_nothing(cpo: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(services, "record", broken)
    assert cpo.put(*L1, body=factories.location()).status == (201, 1000)


@pytest.mark.requirement("TRA-54")
def test_what_is_older_than_the_retention_is_forgotten(cpo: Caller, settings: Any) -> None:
    settings.JOURNAL_RETENTION_DAYS = 30
    for _ in range(3):
        cpo.get("versions")
    old, young, _ = rows()
    Exchange.objects.filter(pk=old.pk).update(started_at=clock.now() - timedelta(days=31))
    Exchange.objects.filter(pk=young.pk).update(started_at=clock.now() - timedelta(days=29))
    forget_old()
    assert old.pk not in Exchange.objects.values_list("pk", flat=True)
    assert Exchange.objects.count() == 2


def test_a_deleted_partner_leaves_its_exchanges(cpo: Caller) -> None:
    cpo.get("versions")
    [row] = rows()
    cpo.partner.delete()
    row.refresh_from_db()
    assert row.partner is None
