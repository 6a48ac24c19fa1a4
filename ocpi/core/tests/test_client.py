"""The outgoing client: what we send, what we take for a success, and whom we never call."""

import time
from typing import Any

import pytest

from ocpi import __version__
from ocpi.core import client
from ocpi.core.client import Peer, check_target
from ocpi.core.exchange import Exchange
from ocpi.core.signals import exchange_ended
from ocpi.protocol.errors import (
    Failed,
    HubFailed,
    NotOcpi,
    PartnerError,
    Refused,
    Unauthenticated,
    Unreachable,
)
from ocpi.protocol.headers import PartyId
from tests.keeping_server import keeping_server
from tests.partner_server import Answer, Call, PartnerServer

PEER = Peer("example-token", party=PartyId("NL", "CPO"))
US = PartyId("NL", "EMS")


def get(server: PartnerServer, peer: Peer = PEER, **options: Any) -> client.Reply:
    return client.call(peer, "GET", f"{server.base_url}/locations", module="locations", sender=US, **options)


@pytest.mark.requirement("TRA-03", "TRA-04", "TRA-12", "HUB-01")
def test_a_request_carries_token_ids_routing_and_type(partner_server: PartnerServer) -> None:
    url = f"{partner_server.base_url}/tokens/NL/EMS/A%2F1?type=RFID"
    client.call(PEER, "PUT", url, module="tokens", body={"name": "Köln"}, sender=US, correlation_id="flow")
    [call] = partner_server.calls()
    assert call.path == "/ocpi/tokens/NL/EMS/A%2F1?type=RFID"
    assert call["Authorization"] == "Token ZXhhbXBsZS10b2tlbg=="
    assert call["User-Agent"] == f"open-emsp/{__version__}"
    assert (call["Content-Type"], call.json) == ("application/json", {"name": "Köln"})
    assert (call["OCPI-to-party-id"], call["OCPI-from-party-id"], call["X-Correlation-ID"]) == ("CPO", "EMS", "flow")


@pytest.mark.requirement("TRA-12")
def test_a_request_without_body_has_no_content_type(partner_server: PartnerServer) -> None:
    get(partner_server)
    assert partner_server.calls()[0]["Content-Type"] is None


@pytest.mark.requirement("TRA-32", "TRA-33")
def test_no_two_requests_share_an_id(partner_server: PartnerServer) -> None:
    for _ in range(5):
        get(partner_server)
    assert len({call["X-Request-ID"] for call in partner_server.calls()}) == 5
    assert len({call["X-Correlation-ID"] for call in partner_server.calls()}) == 5


@pytest.mark.requirement("TRA-17")
@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": ""}, {"data": {"x": 1}}, {"data": [1]}])
def test_any_data_will_do_where_none_is_expected(partner_server: PartnerServer, answer: dict[str, Any]) -> None:
    partner_server.answer("GET", "locations", **answer)
    assert get(partner_server).http_status == 200


@pytest.mark.requirement("TRA-19")
@pytest.mark.parametrize(("status", "code"), [(200, 1000), (201, 1000), (202, 1000), (200, 1900), (200, 1999)])
def test_a_success_is_2xx_with_1xxx(partner_server: PartnerServer, status: int, code: int) -> None:
    partner_server.answer("GET", "locations", status=status, status_code=code, data=[1])
    assert get(partner_server).data == [1]


@pytest.mark.requirement("TRA-18", "TRA-19", "TRA-20")
@pytest.mark.parametrize(
    ("status", "code", "error", "permanent"),
    [
        (200, 2000, Refused, True),
        (200, 2001, Refused, True),
        (200, 2002, Refused, True),
        (200, 2003, Refused, True),
        (404, 2004, Refused, True),
        (200, 2999, Refused, True),
        (400, 1000, Refused, True),
        (405, 2000, Refused, True),
        (200, 3000, Failed, False),
        (200, 3001, Failed, False),
        (200, 3002, Failed, False),
        (200, 3003, Failed, False),
        (500, 3000, Failed, False),
        (503, 1000, Failed, False),
        (429, 2000, Failed, False),
        (200, 3950, Failed, False),
        (200, 4000, HubFailed, False),
        (200, 4001, HubFailed, False),
        (200, 4002, HubFailed, False),
        (404, 4003, HubFailed, False),
        (401, 2001, Unauthenticated, True),
        (403, 2001, Unauthenticated, True),
        (401, 1000, Unauthenticated, True),
        (200, 0, NotOcpi, False),
        (200, 999, NotOcpi, False),
        (200, 5000, NotOcpi, False),
        (302, 1000, NotOcpi, False),
    ],
)
def test_everything_else_is_a_failure_of_its_kind(
    partner_server: PartnerServer, status: int, code: int, error: type[PartnerError], permanent: bool
) -> None:
    partner_server.answer("GET", "locations", status=status, status_code=code, data="boom", message="because")
    with pytest.raises(PartnerError) as caught:
        get(partner_server)
    assert (type(caught.value), caught.value.permanent) == (error, permanent)


@pytest.mark.requirement("TRA-31")
@pytest.mark.parametrize(
    "answer",
    [
        {"raw": b"<html>Bad gateway</html>", "status": 502},
        {"raw": b""},
        {"raw": b'{"data": ['},
        {"raw": b"[]"},
        {"raw": b"null"},
        {"raw": b"\xff\xfe"},
        {"raw": b'{"status_code": "ok"}'},
        {"raw": b"[" * 10_000},
        {"raw": b'{"status_code": true}'},
        {"raw": b"slow down", "status": 429},
        {"drop": True},
        {"raw": b"x", "headers": {"Content-Length": "100"}},
        {"raw": b"no gzip", "headers": {"Content-Encoding": "gzip"}},
        {"raw": b"zz\r\n", "headers": {"Transfer-Encoding": "chunked"}},
        {"raw": b"{}", "headers": {"Content-Type": "text/html; charset=nonsense"}},
        {"raw": b"x", "headers": {"Content-Length": "-5"}},
    ],
    ids=str,
)
def test_whatever_comes_back_it_is_a_partner_error(partner_server: PartnerServer, answer: dict[str, Any]) -> None:
    partner_server.answer("GET", "locations", **answer)
    with pytest.raises(PartnerError):
        get(partner_server)


@pytest.mark.requirement("TRA-31")
def test_retry_after_is_told(partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "locations", status=429, raw=b"", headers={"Retry-After": "7"})
    with pytest.raises(Failed) as caught:
        get(partner_server)
    assert caught.value.retry_after == 7


@pytest.mark.requirement("TRA-51")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(partner_server: PartnerServer, status: int) -> None:
    other = PartnerServer().start()
    for target in (f"{other.base_url}/locations", f"{partner_server.base_url}/elsewhere", "/ocpi/elsewhere"):
        partner_server.answer("GET", "locations", status=status, raw=b"", headers={"Location": target})
        with pytest.raises(NotOcpi):
            get(partner_server)
    other.stop()
    assert (other.calls(), partner_server.calls("GET", "elsewhere")) == ([], [])


@pytest.mark.requirement("TRA-51")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://192.168.0.1/x",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://[::ffff:10.0.0.1]/",
        "https://100.64.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "http://8.8.8.8/",
        "https://no-such-name.invalid/",
        "https://" + "a" * 64 + ".com/",
        "https://a..b/",
    ],
)
def test_private_and_plain_targets_are_refused_in_production(settings: Any, url: str) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    with pytest.raises(Unreachable):
        check_target(url)


@pytest.mark.requirement("TRA-51")
def test_a_public_address_is_called_in_production(settings: Any) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    check_target("https://8.8.8.8/ocpi/versions")


@pytest.mark.parametrize(
    "url",
    ["ftp://x.test/", "/relative", "", "http://", "file:///etc/passwd", "http://[", "http://x:port/", "javascript:1"],
)
def test_what_is_no_absolute_web_url_is_refused_everywhere(url: str) -> None:
    with pytest.raises(Unreachable):
        check_target(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://a..b/",
        "http://" + "a" * 64 + ".com/",
        "http://%zz/",
        "http://é.invalid/",
        "http://*/",
    ],
)
def test_a_target_that_cannot_be_reached_is_a_partner_error(url: str) -> None:
    with pytest.raises(Unreachable):
        client.call(PEER, "GET", url, module="versions")


def test_an_answer_that_does_not_come_ends_with_the_time_limit(partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "locations", delay=100)
    started = time.monotonic()
    with pytest.raises(Unreachable, match="time limit"):
        get(partner_server, read_timeout=0.2)
    assert time.monotonic() - started < 30


@pytest.mark.requirement("TRA-31")
def test_an_answer_that_drips_ends_with_the_time_limit(partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "locations", raw=b" " * 2000, drip=0.05)
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"time limit|too long"):
        get(partner_server, read_timeout=0.3)
    assert time.monotonic() - started < 30


def test_an_answer_that_is_too_large_is_not_read(partner_server: PartnerServer, settings: Any) -> None:
    settings.OCPI_MAX_RESPONSE_BYTES = 1000
    partner_server.answer("GET", "locations", data="x" * 2000)
    with pytest.raises(Unreachable, match="larger"):
        get(partner_server)


def test_a_large_answer_is_read_whole(partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "locations", data=["x" * 1000] * 3000)
    assert len(get(partner_server).data) == 3000


def test_cookies_are_not_kept(partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "locations", data=[], headers={"Set-Cookie": "id=1; Path=/"})
    get(partner_server)
    get(partner_server)
    assert [call["Cookie"] for call in partner_server.calls()] == [None, None]


@pytest.mark.requirement("TRA-53")
def test_every_exchange_is_announced_and_holds_no_token_in_its_answer(partner_server: PartnerServer) -> None:
    heard: list[Exchange] = []

    def listen(exchange: Exchange, **kwargs: Any) -> None:
        heard.append(exchange)

    def repeat(call: Call) -> Answer:
        return Answer(status=401, status_code=2001, message=f"{call.token} is wrong")

    partner_server.answer("GET", "locations", does=repeat)
    exchange_ended.connect(listen)
    try:
        for url in (f"{partner_server.base_url}/locations", "http://127.0.0.1:1/", "nonsense"):
            with pytest.raises(PartnerError):
                client.call(PEER, "GET", url, module="locations")
    finally:
        exchange_ended.disconnect(listen)
    assert [exchange.http_status for exchange in heard] == [401, None, None]
    assert all(exchange.error for exchange in heard)
    assert b"is wrong" in heard[0].response_body
    assert "example-token" not in "".join(f"{e.error}{e.response_body!r}" for e in heard) + repr(PEER)


def test_a_connection_is_used_again_but_not_one_that_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> int:
        client.call(PEER, "GET", server.url, module="locations", sender=US)
        return server.connections

    with keeping_server() as server:
        assert (ask(), ask()) == (1, 1)
        monkeypatch.setattr(client, "_IDLE", 0.0)  # else the other side may be closing it just now
        assert ask() == 2
