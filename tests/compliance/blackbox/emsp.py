"""One running eMSP: a real web process with its embedded worker, and a database that nobody else has."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.databases import database
from tests.journeys.conftest import ROOT, manage, wait
from tests.ports import free_port

from .evidence import Evidence

USER, PASSWORD = "operator", "operator-of-the-compliance-suite"
# Small limits, so that pages, timeouts and sweeps can be seen within seconds; all of them are documented settings.
SETTINGS = {
    "ENVIRONMENT": "development", "DEBUG": "false", "EMBEDDED_WORKER": "true", "OCPI_PAGE_LIMIT": "10",
    "OCPI_SWEEP_INTERVAL": "1", "OCPI_HANDSHAKE_TIMEOUT": "2", "OCPI_READ_TIMEOUT": "2", "LOG_LEVEL": "INFO",
}  # fmt: skip


class Emsp:
    """`url` is its public address; `evidence` collects what is said during the running test.

    Whoever starts it fills in an `operator` who is logged in and the token of an app.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path, environment: dict[str, str]) -> None:
        self.process, self.port, self.log, self.environment = process, port, log, environment
        self.url = f"http://127.0.0.1:{port}"
        self.evidence = Evidence()
        self.endpoints: dict[str, str] = {}
        self.base = ""
        self.operator: Any = None
        self.app_token = ""
        self.log_start = 0

    @property
    def versions_url(self) -> str:
        return f"{self.url}/ocpi/versions"

    def discover(self, send: Any) -> None:
        """Find the modules where the version details say they are (TRA-47), as any partner does."""
        details = urlsplit(send("GET", "/ocpi/versions").data[0]["url"]).path
        self.base = details.rstrip("/")
        found = send("GET", details).data["endpoints"]
        self.endpoints = {part["identifier"]: urlsplit(part["url"]).path.rstrip("/") for part in found}

    def path(self, path: str) -> str:
        """`locations/NL/CPO/L1` below the endpoint that we advertise; what starts with `/` is taken as it is."""
        if path.startswith("/"):
            return path
        module, slash, rest = path.partition("/")
        module, query, values = module.partition("?")
        return f"{self.endpoints.get(module, f'{self.base}/{module}')}{query}{values}{slash}{rest}"

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, timeout: float = 30
    ) -> http.client.HTTPResponse:
        """Exactly this path and these headers; the answer has been read into `.content`."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.content = answer.read()  # type: ignore[attr-defined]
            return answer

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return json.loads(self.request("GET", "/health").content)["status"] == "ok"  # type: ignore[attr-defined]
        except (OSError, ValueError, KeyError):
            return False

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return manage(self.environment, *arguments)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(60)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Emsp]:
    """A fresh eMSP: SQLite, or a new database beside the one that DATABASE_URL names."""
    port = free_port()
    environment = _environment() | {"OCPI_HOST": f"127.0.0.1:{port}"} | settings
    with database(environment, folder) as url:
        environment["DATABASE_URL"] = url
        _add_operator(environment)
        emsp = _start(environment, port, folder / "emsp.log")
        try:
            wait(emsp.is_up, 80)
            yield emsp
        finally:
            emsp.stop()


def _add_operator(environment: dict[str, str]) -> None:
    with_login = environment | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    who = ("--noinput", "--username", USER, "--email", "operator@emsp.test")
    done = manage(with_login, "createsuperuser", *who)
    assert done.returncode == 0, done.stderr


def _start(environment: dict[str, str], port: int, log: Path) -> Emsp:
    command = [
        "gunicorn", "emsp_project.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8",
        "--no-control-socket",
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
    return Emsp(process, port, log, environment)


def _environment() -> dict[str, str]:
    """Nothing of the tests' own settings; and no Redis, which several eMSPs would have to share."""
    ours = {"DJANGO_SETTINGS_MODULE", "OCPI_HOST", "PROTOCOL", "REDIS_URL"}
    return {name: value for name, value in os.environ.items() if name not in ours} | SETTINGS
