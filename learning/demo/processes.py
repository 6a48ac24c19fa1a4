"""The platforms as processes of their own: started, waited for, watched, and ended with the demo."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings

from .errors import DemoFailed


@dataclass
class Process:
    """One child: its name for people, its command line, and the file that its output goes to."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            # A session of its own: Ctrl-C reaches the demo alone, which then ends its children in order.
            self.child = subprocess.Popen(  # noqa: S603  our own command line
                self.command, stdout=output, stderr=subprocess.STDOUT, env=self.environment, start_new_session=True,
                cwd=settings.BASE_DIR,
            )  # fmt: skip

    @property
    def exit_code(self) -> int | None:
        return self.child.poll() if self.child else None

    def end(self) -> None:
        """Politely; then whatever is left of its session, such as the workers of a master that was killed."""
        if self.child is None:
            return
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def last_lines(self, count: int) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([line for line in lines if line.strip()][-count:])


@dataclass
class Platforms:
    """The eMSP (with a worker of its own where there is Redis) and the mock CPO, or with `hub` the mock hub."""

    emsp_port: int
    cpo_port: int
    fast: float
    token_a: str
    logs: Path
    hub: bool = False
    processes: list[Process] = field(default_factory=list)

    @property
    def emsp_url(self) -> str:
        return f"http://localhost:{self.emsp_port}"

    @property
    def other(self) -> str:
        """The name of the process on the other side."""
        return "mock hub" if self.hub else "mock CPO"

    @property
    def cpo_url(self) -> str:
        return f"http://localhost:{self.cpo_port}"

    def start(self) -> None:
        """Raises DemoFailed when a port is taken."""
        check_port(self.emsp_port, "--emsp-port")
        check_port(self.cpo_port, "--cpo-port")
        self._add("eMSP", "gunicorn", "emsp_project.wsgi", "--bind", f"localhost:{self.emsp_port}", "--workers", "1",
                  "--threads", "8", "--no-control-socket", "--graceful-timeout", "5")  # fmt: skip
        if settings.REDIS_URL:
            self._add("worker", "celery", "-A", "emsp_project", "worker", "--beat", "--concurrency", "2",
                      "--schedule", str(self.logs / "celerybeat-schedule"))  # fmt: skip
        self._add(self.other, "mock_cpo", "--port", str(self.cpo_port), "--public-url", self.cpo_url,
                  "--fast", str(self.fast), "--token-a", self.token_a, *(["--hub"] if self.hub else []))  # fmt: skip
        for process in self.processes:
            process.start()

    def wait(self, is_ready: Callable[[], bool], what: str, seconds: float = 90) -> None:
        """Wait until `is_ready`; a child that ends meanwhile ends the wait. Raises DemoFailed."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what} within {seconds:.0f} s. Logs: {self.logs}")
            time.sleep(0.1)

    def check(self) -> None:
        """Raises DemoFailed when one of the platforms is no longer there."""
        if ended := self.ended():
            raise DemoFailed(ended)

    def ended(self, patience: float = 0) -> str:
        """Which process is no longer there, and why; empty while all of them run.

        `patience`: seconds. A process that was killed refuses connections before its end can be read.
        """
        deadline = time.monotonic() + patience
        while all(process.exit_code is None for process in self.processes) and time.monotonic() < deadline:
            time.sleep(0.05)
        for process in self.processes:
            if process.exit_code is not None:
                advice = f"Its log is {process.log}: look there, then run the demo again."
                return f"the {process.name} process {_fate(process)}. {advice}"
        return ""

    def end(self) -> None:
        for process in reversed(self.processes):
            process.end()

    def _add(self, name: str, module: str, *arguments: str) -> None:
        log = self.logs / f"{name.replace(' ', '-').lower()}.log"
        command = [sys.executable, "-m", module, *arguments]
        self.processes.append(Process(name, command, log, self._environment()))

    def _environment(self) -> dict[str, str]:
        own = {"OCPI_SWEEP_INTERVAL": "1", "PYTHONUNBUFFERED": "1", "LEARNING_CPO_URL": self.cpo_url}
        return os.environ | own


def _fate(process: Process) -> str:
    """What happened to a process that is no longer there."""
    if process.exit_code is not None and process.exit_code < 0:
        return f"was killed by signal {-process.exit_code}"
    return f"ended with exit code {process.exit_code}: {process.last_lines(1).strip()}"


def check_port(port: int, option: str) -> None:
    """Raises DemoFailed when something listens there already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise DemoFailed(
                f"port {port} is in use. End what listens there, or choose "
                f"another port: python manage.py demo {option} N"
            )


def check_redis(url: str) -> None:
    """Raises DemoFailed when it does not answer: the worker would wait for it in silence."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise DemoFailed(
            f"Redis at {urlsplit(url).hostname}:{urlsplit(url).port or 6379} cannot be used ({type(error).__name__}). "
            "Start it, correct REDIS_URL, or leave REDIS_URL away: then the worker runs inside the eMSP."
        ) from error
