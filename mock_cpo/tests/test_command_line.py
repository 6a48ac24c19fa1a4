"""The command line: starts, complains clearly, ends cleanly."""

import argparse
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest
import requests

from mock_cpo.cli import add_arguments, build, main
from tests.ports import free_port


def test_a_taken_port_is_named_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert f"127.0.0.1:{port}" in complaint
    assert f"--port {port + 1}" in complaint


def test_an_unknown_fault_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fault", "nonsense"]) == 1
    assert "slow-answers" in capsys.readouterr().err


def first_health(port: int) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        try:
            return requests.get(f"http://127.0.0.1:{port}/control/health", timeout=10).json()
        except requests.RequestException:
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    port = free_port()
    options = ["--port", str(port), "--party", "abc", "--fast", "60"]
    command = [sys.executable, "-m", "mock_cpo", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            health = first_health(port)
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (health["party"], health["fast"]) == ("NL/ABC", 60)
    assert process.returncode == 0
    assert "token A       cpo_token_a_67890" in output
    assert "Traceback" not in errors


def test_a_hub_is_started_with_one_option(capsys: pytest.CaptureFixture[str]) -> None:
    options = argparse.ArgumentParser()
    add_arguments(options)
    platform = build(options.parse_args(["--hub", "--fault", "hub-error=4001"]))
    assert (str(platform.party), len(platform.cpos), platform.faults.enabled()) == ("NL/HUB", 4, ["hub-error"])
    assert main(["--hub", "--party", "TOOLONG"]) == 1
    assert "party_id" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--fast", "0"], ["--page-size", "0"], ["--port", "x"]])
def test_impossible_options_are_refused_before_anything_starts(options: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(options)


def test_a_party_that_ocpi_has_no_room_for_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--party", "TOOLONG"]) == 1
    assert "party_id" in capsys.readouterr().err
