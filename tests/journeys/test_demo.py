"""The demo is the product's first promise: a charge from handshake to bill, between two processes."""

import socket
from pathlib import Path

from .conftest import free_port, manage


def test_the_demo_tells_its_story_and_exits_with_0(environment: dict[str, str], tmp_path: Path) -> None:
    ports = ["--emsp-port", str(free_port()), "--cpo-port", str(free_port())]
    done = manage(environment, "demo", "--exit", "--fast", "400", "--logs", str(tmp_path / "logs"), *ports)
    logs = "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in (tmp_path / "logs").glob("*.log"))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{logs}"
    for told in (
        "HTTP 200, 1000, BLOCKED",
        "HTTP 404, 2004",
        "is PENDING",
        "is COMPLETED",
        "is stored as the CPO made it",
    ):
        assert told in done.stdout


def test_a_second_demo_on_the_same_database_works_too(environment: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):
        ports = ["--emsp-port", str(free_port()), "--cpo-port", str(free_port())]
        done = manage(environment, "demo", "--exit", "--fast", "600", "--logs", str(tmp_path / "logs"), *ports)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_a_port_in_use_is_one_clear_line(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = manage(environment, "demo", "--exit", "--emsp-port", str(port), "--logs", str(tmp_path))
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if line.strip()]
    assert f"port {port} is in use" in line
    assert "--emsp-port" in line


def test_the_demo_refuses_to_run_in_production(environment: dict[str, str]) -> None:
    production = environment | {
        "ENVIRONMENT": "production",
        "SECRET_KEY": "k" * 50,
        "OCPI_HOST": "https://emsp.example",
    }
    done = manage(production, "demo", "--exit")
    assert done.returncode == 1
    assert "ENVIRONMENT=development" in done.stderr
