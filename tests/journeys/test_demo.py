"""The demo is the product's first promise: a charge from handshake to bill, between two processes."""

import socket
import subprocess
from pathlib import Path

from .conftest import free_port, manage


def test_the_demo_tells_its_story_twice_on_one_database(environment: dict[str, str], tmp_path: Path) -> None:
    """The second time the mock CPO is new and remembers nothing, while the eMSP still has everything."""
    for _ in range(2):
        done = run_demo(environment, tmp_path / "logs")
        logs = "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in (tmp_path / "logs").glob("*.log"))
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{logs}"
        for told in ("1000, BLOCKED", "404, 2004", "is PENDING", "is COMPLETED", "is stored as the CPO made it"):
            assert told in done.stdout


def run_demo(environment: dict[str, str], logs: Path) -> subprocess.CompletedProcess[str]:
    ports = ["--emsp-port", str(free_port()), "--cpo-port", str(free_port())]
    return manage(environment, "demo", "--exit", "--fast", "400", "--logs", str(logs), *ports)


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
