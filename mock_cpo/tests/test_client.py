"""How the mock CPO calls an eMSP."""

import pytest

from mock_cpo import client
from mock_cpo.config import Config
from mock_cpo.platform import Platform
from tests.keeping_server import keeping_server


def test_a_connection_is_used_again_but_not_one_that_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Platform(Config()).client
    with keeping_server() as server:
        for _ in range(2):
            assert ours.configuration("GET", server.url, "a-token").http_status == 200
        assert server.connections == 1
        monkeypatch.setattr(client, "IDLE", 0.0)  # else the other side may be closing it just now
        ours.configuration("GET", server.url, "a-token")
        assert server.connections == 2
