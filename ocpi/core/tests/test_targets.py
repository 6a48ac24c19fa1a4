"""Where a partner may make us connect to, and for how long."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from ocpi.core import client, targets
from ocpi.core.client import Peer
from ocpi.protocol.errors import PartnerError, Unreachable
from tests.partner_server import PartnerServer

PEER = Peer("example-token")
REAL = socket.getaddrinfo


@pytest.mark.requirement("TRA-51")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "198.18.0.1",
        "240.0.0.1",
        "168.63.129.16",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "fec0::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
    ],
)
def test_an_address_that_is_not_public_is_told_in_every_disguise(address: str) -> None:
    assert not targets.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_public(address: str) -> None:
    assert targets.is_public(ipaddress.ip_address(address))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A name server that gives its answers one after the other; the last one stays."""
    answers: dict[str, list[str]] = {}

    def lookup(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        found = answers.get(host)
        if found is None:
            return REAL(host, port, *args, **kwargs)
        address = found.pop(0) if len(found) > 1 else found[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return answers


@pytest.mark.requirement("TRA-51")
def test_a_name_that_turns_private_after_the_check_is_not_connected_to(
    names: dict[str, list[str]], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    connected: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: connected.append(address))
    names["rebinding.test"] = ["8.8.8.8", "127.0.0.1"]
    targets.check_target("https://rebinding.test/versions")
    with pytest.raises(Unreachable, match="private"):
        client.call(PEER, "GET", "https://rebinding.test/versions", module="versions")
    assert connected == []


@pytest.mark.requirement("TRA-51")
def test_the_address_that_was_checked_is_the_one_connected_to(
    names: dict[str, list[str]], partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second lookup would lead elsewhere; there is none. The Host header and TLS still name the name."""
    names["cpo.test"] = ["127.0.0.1", "192.0.2.1"]
    port = partner_server.origin.rpartition(":")[2]
    client.call(PEER, "GET", f"http://cpo.test:{port}/ocpi/versions", module="versions")
    [call] = partner_server.calls()
    assert call["Host"] == f"cpo.test:{port}"


@pytest.mark.requirement("TRA-51")
def test_a_name_with_one_private_address_among_public_ones_is_refused(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    found = [(socket.AF_INET, 1, 6, "", (a, 443)) for a in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(Unreachable, match="private"):
        targets.addresses("mixed.test", 443)


@pytest.mark.requirement("TRA-51")
def test_a_network_that_the_operator_named_is_called_and_no_other(settings: Any) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    settings.OCPI_PRIVATE_NETWORKS = [ipaddress.ip_network(name) for name in ("10.8.0.0/24", "169.254.0.0/16")]
    assert targets.addresses("10.8.0.7", 443) == ["10.8.0.7"]
    for elsewhere in ("10.8.1.7", "127.0.0.1", "169.254.169.254", "::1"):
        with pytest.raises(Unreachable, match="private"):
            targets.addresses(elsewhere, 443)
    with pytest.raises(Unreachable, match="https"):
        targets.check_url("http://10.8.0.7/versions")


def test_the_next_address_of_a_name_is_tried(partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Partners with a broken IPv6 are common."""
    port = int(partner_server.origin.rpartition(":")[2])
    found = [(socket.AF_INET6, 1, 6, "", ("::1", port, 0, 0)), (socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]

    def lookup(host: str, *args: Any, **kwargs: Any) -> Any:
        return found if host == "both.test" else REAL(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    client.call(PEER, "GET", f"http://both.test:{port}/ocpi/versions", module="versions")
    assert len(partner_server.calls()) == 1


@pytest.mark.requirement("TRA-51", "TRA-53")
@pytest.mark.parametrize("url", ["https://user:pass@cpo.example/", "https://evil@8.8.8.8/", "http://:x@127.0.0.1/"])
def test_a_url_with_a_password_is_refused_because_it_would_replace_our_token(url: str) -> None:
    with pytest.raises(Unreachable, match="password"):
        targets.check_url(url)


class Raw:
    """A peer below HTTP: what it does with a connection is a function."""

    def __init__(self, does: Callable[[socket.socket], None]) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/"
        self.does = does
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                with closing(connection), suppress(OSError):
                    connection.recv(65536)
                    self.does(connection)


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[socket.socket], None]], Raw]]:
    peers: list[Raw] = []

    def start(does: Callable[[socket.socket], None]) -> Raw:
        peers.append(Raw(does))
        return peers[-1]

    yield start
    for peer in peers:
        peer.listening.close()


def drip(content: bytes) -> Callable[[socket.socket], None]:
    def does(connection: socket.socket) -> None:
        for n in range(len(content)):
            connection.sendall(content[n : n + 1])
            time.sleep(0.05)

    return does


@pytest.mark.requirement("TRA-31", "TRA-51")
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 300,
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 40,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 300,
    ],
    ids=["one header", "many headers", "100 for ever", "body"],
)
def test_a_peer_that_drips_is_cut_off_wherever_it_drips(raw: Any, answer: bytes) -> None:
    peer = raw(drip(answer))
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"time limit|too long"):
        client.call(PEER, "GET", peer.url, module="versions", read_timeout=0.3)
    assert time.monotonic() - started < 12


def test_what_was_cut_is_not_taken_for_complete(raw: Any) -> None:
    """Without Content-Length the end of the connection is the end of the body."""

    def does(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"status_code":1000,"data":[]}')
        time.sleep(2)

    with pytest.raises(Unreachable, match=r"time limit|too long"):
        client.call(PEER, "GET", raw(does).url, module="versions", read_timeout=0.3)


def test_a_time_limit_that_has_ended_cuts_nothing_any_more() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        with targets.TimeLimit(0.05) as limit:
            limit.sock = ours  # type: ignore[assignment]
        limit._cut()
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"
        assert not limit.passed


@pytest.mark.requirement("TRA-31", "TRA-51")
@pytest.mark.parametrize(
    "encoding", ["gzip", "gzip, gzip", "deflate"], ids=["a gzip bomb", "a gzip bomb in gzip", "a deflate bomb"]
)
def test_a_bomb_is_not_unpacked(partner_server: PartnerServer, settings: Any, encoding: str) -> None:
    import gzip
    import zlib

    settings.OCPI_MAX_RESPONSE_BYTES = 1_000_000
    bomb = b" " * 30_000_000
    for name in encoding.split(", "):
        bomb = gzip.compress(bomb) if name == "gzip" else zlib.compress(bomb)
    partner_server.answer("GET", "locations", raw=bomb, headers={"Content-Encoding": encoding})
    with pytest.raises(Unreachable, match="larger"):
        client.call(PEER, "GET", f"{partner_server.base_url}/locations", module="locations")


def test_a_webhook_has_the_same_limits(settings: Any, partner_server: PartnerServer) -> None:
    partner_server.answer("POST", "hook", status=302, raw=b"", headers={"Location": f"{partner_server.base_url}/x"})
    assert not client.deliver(f"{partner_server.base_url}/hook", {"result": "ACCEPTED"}, correlation_id="flow")
    assert [call.path for call in partner_server.calls()] == ["/ocpi/hook"]
    assert partner_server.calls()[0]["Authorization"] is None
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    with pytest.raises(PartnerError):
        client.deliver(f"{partner_server.base_url}/hook", {}, correlation_id="flow")
    assert len(partner_server.calls()) == 1
