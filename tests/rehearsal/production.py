"""The production example on one machine: PostgreSQL, Redis, two web servers, workers, beat, and nginx with TLS.

Roles are started as deploy/run.sh does it, settings are those of deploy/production.env.example, the two web servers
share a socket, and tell when they serve, as under systemd (deploy/systemd). The mock CPO is the partner.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.chaos.house import Missing, Postgres, wait
from tests.ports import free_port

from . import certificate, proxy

ROOT = Path(__file__).resolve().parents[2]
WEB = ("first", "second")
TOKEN_A = "token-a-of-the-rehearsal"
# What systemd does with a socket: it is number 3, and an environment variable tells so.
_HAND_OVER = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_FDS"] = "1"
os.execvp(sys.argv[2], sys.argv[2:])"""


def example() -> dict[str, str]:
    """The settings of the production example, as they stand there."""
    lines = (ROOT / "deploy/production.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@dataclass
class Production:
    """`folder` holds data and logs; everything listens on this machine alone."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        proxy.program()
        if not shutil.which("redis-server"):
            raise Missing("redis-server is not installed")
        names = ("web", "plain", "tls", "cpo", "cpo_tls", "redis")
        self.ports |= {name: free_port() for name in names}
        self.postgres = Postgres(self.folder, free_port(), "-c fsync=off")  # nobody pulls its plug here
        self.certificate, self._key = certificate.make(self.folder)
        self._socket = socket.create_server(("127.0.0.1", self.ports["web"]), backlog=2048)
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told.bind(str(self.folder / "notify"))

    @property
    def emsp(self) -> str:
        return f"https://localhost:{self.ports['tls']}"

    @property
    def cpo(self) -> str:
        """Where people of the CPO go; the eMSP knows it by its https URL."""
        return f"http://127.0.0.1:{self.ports['cpo']}"

    @property
    def versions_url(self) -> str:
        return f"https://localhost:{self.ports['cpo_tls']}/ocpi/cpo/versions"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
        return {
            **example(), **kept, "PATH": f"{Path(sys.executable).parent}:{kept.get('PATH', '')}",
            "SECRET_KEY": "a-key-for-the-time-of-this-run-only-and-no-longer",
            "DATABASE_URL": self.postgres.url, "REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "OCPI_HOST": f"localhost:{self.ports['tls']}", "TMPDIR": str(self.folder), "PYTHONUNBUFFERED": "1",
            # The rehearsal's own: partner and proxy are on this machine, with a certificate that nobody else trusts.
            "OCPI_PRIVATE_NETWORKS": "127.0.0.0/8,::1/128", "OCPI_CA_BUNDLE": str(self.certificate),
            "REQUESTS_CA_BUNDLE": str(self.certificate),
            "WORKER_CONCURRENCY": "2", "BULK_CONCURRENCY": "2", "OCPI_SWEEP_INTERVAL": "2",
        }  # fmt: skip

    def open(self) -> None:
        self.postgres.start()
        redis = ["redis-server", "--port", str(self.ports["redis"]), "--save", "", "--dir", str(self.folder)]
        self._start("redis", redis)
        done = self.manage("migrate", "--no-input", "--verbosity", "0")
        assert done.returncode == 0, done.stderr
        for role in (*WEB, "worker", "bulk", "beat", "cpo", "nginx"):
            self.start(role)
        wait(self._all_well, "the start of everything", 240)

    def close(self) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.postgres.stop()
        self._socket.close()
        self._told.close()

    def start(self, role: str) -> None:
        self._start(role, self._command(role))

    def stop(self, role: str, *, patience: float = 60) -> float:
        """Politely, as a supervisor does it. Seconds until it had ended."""
        process, began = self.processes[role], time.monotonic()
        process.send_signal(signal.SIGTERM if role != "nginx" else signal.SIGQUIT)
        try:
            process.wait(patience)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        return time.monotonic() - began

    def restart(self, role: str) -> float:
        """As `systemctl restart`; seconds that it took to end. Of a web server: until it serves again."""
        took = self.stop(role)
        if role in WEB:
            self._forget_what_was_told()
        self.start(role)
        if role in WEB:
            self._told.settimeout(120)
            assert b"READY=1" in self._told.recv(4096)
        return took

    def _forget_what_was_told(self) -> None:
        """Of earlier starts: each process of a web server tells it."""
        self._told.setblocking(False)
        with suppress(BlockingIOError):
            while self._told.recv(4096):
                pass

    def serves(self) -> bool:
        """Whether a request comes through, whichever process takes it."""
        return _well(f"{self.emsp}/health/live", self.certificate)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def _command(self, role: str) -> list[str]:
        if role in WEB:
            hand_over = [sys.executable, "-c", _HAND_OVER, str(self._socket.fileno())]
            return [*hand_over, "sh", "deploy/run.sh", "web"]
        if role == "cpo":
            public = self.versions_url.removesuffix("/ocpi/cpo/versions")
            return [sys.executable, "-m", "mock_cpo", "--port", str(self.ports["cpo"]), "--public-url", public,
                    "--fast", "400", "--token-a", TOKEN_A, "--log-level", "warning"]  # fmt: skip
        if role == "nginx":
            configuration = proxy.write(self.folder, self.ports, self.certificate, self._key)
            return [proxy.program(), "-c", str(configuration)]
        return ["sh", "deploy/run.sh", role]

    def _start(self, name: str, command: list[str]) -> None:
        environment = self.environment | ({"NOTIFY_SOCKET": str(self.folder / "notify")} if name in WEB else {})
        handed = [self._socket.fileno()] if name in WEB else []
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True, pass_fds=handed
            )

    def _all_well(self) -> bool:
        for name, process in self.processes.items():
            assert process.poll() is None, f"{name} has ended:\n{(self.folder / f'{name}.log').read_text()[-2000:]}"
        return _well(f"{self.emsp}/health", self.certificate) and _well(f"{self.cpo}/control/health", self.certificate)


def _well(url: str, trusted: Path) -> bool:
    try:
        return requests.get(url, timeout=15, verify=str(trusted)).ok
    except requests.RequestException:
        return False
