"""The processes of a production installation on one machine, all of them its own: database and broker too.

A supervisor starts again what ended, as systemd would; the visitors of `strike` end things without a word.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
import requests

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("web", "worker", "redis", "postgres")


class Missing(Exception):
    """A program that this needs is not installed."""


def wait(reached: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.2)


@dataclass
class Service:
    """A child in a process group of its own, so that a kill takes its children along."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        self.starts += 1

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.process.wait()

    def kill_a_child(self, choice: random.Random) -> str:
        """One of the processes below, or the whole group where there is none yet."""
        assert self.process is not None
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = path.read_text().split() if path.exists() else []
        if not children:
            self.kill()
            return "all of it"
        os.kill(int(choice.choice(children)), signal.SIGKILL)
        return f"one of {len(children)} processes"


class Postgres:
    """A cluster of our own, so that its restarts disturb nobody."""

    def __init__(self, folder: Path, port: int, settings: str = "") -> None:
        self.data, self.port, self._settings = folder / "postgres", port, settings
        self._bin = _postgres_binaries()
        self.data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres", "postgres")

    def start(self) -> None:
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "--auth", "trust", "--encoding", "UTF8")
        self._control("start")
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE chaos")

    def restart(self, mode: str) -> None:
        self._control("restart", "-m", mode)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate", check=False)

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/chaos"

    def _control(self, *what: str, check: bool = True) -> None:
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 {self._settings}"
        log = str(self.data / "server.log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", log, "-o", options, *what, check=check)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        who = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*who, str(self._bin / program), *arguments]
        subprocess.run(command, check=check, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _postgres_binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not installed:
        raise Missing("PostgreSQL's initdb is not installed")
    return installed[-1].parent


@dataclass
class House:
    """Everything that runs. `folder` holds data and logs."""

    folder: Path
    web_port: int = field(default_factory=free_port)
    cpo_port: int = field(default_factory=free_port)
    redis_port: int = field(default_factory=free_port)
    services: dict[str, Service] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not shutil.which("redis-server"):
            raise Missing("redis-server is not installed")
        self.postgres = Postgres(self.folder, free_port())
        self._leaving = threading.Event()

    @property
    def emsp(self) -> str:
        return f"http://localhost:{self.web_port}"

    @property
    def cpo(self) -> str:
        return f"http://localhost:{self.cpo_port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OCPI_", "DJANGO_", "CELERY_"))}
        return inherited | {
            "DATABASE_URL": self.postgres.url, "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "ENVIRONMENT": "test", "DEBUG": "false", "OCPI_HOST": f"localhost:{self.web_port}", "PROTOCOL": "http",
            "SECRET_KEY": "a-key-for-the-time-of-this-run-only", "LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1",
            "OCPI_SWEEP_INTERVAL": "5", "OCPI_PULL_INTERVAL": "30", "DJANGO_SETTINGS_MODULE": "emsp_project.settings",
        }  # fmt: skip

    def open(self) -> None:
        """Database and broker, then the schema, then everything else."""
        self.postgres.start()
        self._add("redis", ["redis-server", "--port", str(self.redis_port), "--save", "", "--appendonly", "no",
                            "--dir", str(self.folder)])  # fmt: skip
        self.services["redis"].start()
        self._manage("migrate", "--verbosity", "0")
        celery = ["-m", "celery", "-A", "emsp_project"]
        worker = [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2"]
        address, url = f"localhost:{self.web_port}", self.cpo
        self._add("web", [sys.executable, "-m", "gunicorn", "emsp_project.wsgi", "--bind", address, "--workers", "2",
                          "--threads", "8", "--graceful-timeout", "5", "--no-control-socket"])  # fmt: skip
        self._add("worker", [sys.executable, *worker, "--queues", "celery", "--hostname", "worker@chaos"])
        self._add("bulk", [sys.executable, *worker, "--queues", "bulk", "--hostname", "bulk@chaos"])
        self._add("beat", [sys.executable, *celery, "beat", "--loglevel", "WARNING", "--pidfile", "",
                           "--schedule", str(self.folder / "beat")])  # fmt: skip
        self._add("cpo", [sys.executable, "manage.py", "mock_cpo", "--port", str(self.cpo_port), "--public-url", url,
                          "--fast", "400", "--token-a", "chaos-token-a", "--log-level", "warning"])  # fmt: skip
        for name in ("web", "worker", "bulk", "beat", "cpo"):
            self.services[name].start()
        wait(lambda: _well(f"{self.emsp}/health") and _well(f"{self.cpo}/control/health"), "the start")
        threading.Thread(target=self._supervise, daemon=True).start()

    def close(self) -> None:
        self._leaving.set()
        for service in self.services.values():
            service.kill()
        self.postgres.stop()

    def strike(self, kind: str, choice: random.Random) -> str:
        """End something without a word; returns what it was."""
        match kind:
            case "web" if choice.random() < 0.7:
                return "a web process: " + self.services["web"].kill_a_child(choice)
            case "web":
                self.services["web"].kill()
                return "the whole web server"
            case "worker":
                name = choice.choice(["worker", "worker", "bulk"])
                return f"{name}: " + self._strike_worker(self.services[name], choice)
            case "redis":
                self.services["redis"].kill()
                return "Redis, with all its data"
        mode = choice.choice(["fast", "immediate"])
        self.postgres.restart(mode)
        return f"PostgreSQL restarted ({mode})"

    def _strike_worker(self, service: Service, choice: random.Random) -> str:
        if choice.random() < 0.4:
            return service.kill_a_child(choice)
        service.kill()
        return "all of it"

    def _supervise(self) -> None:
        while not self._leaving.wait(0.5):
            for service in self.services.values():
                if service.ended and not self._leaving.is_set():
                    service.start()

    def _add(self, name: str, command: list[str]) -> None:
        self.services[name] = Service(name, command, self.environment, self.folder / f"{name}.log")

    def _manage(self, *arguments: str) -> None:
        wait(self._broker_answers, "the start of Redis")
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)

    def _broker_answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self.redis_port, socket_connect_timeout=1).ping())
        except redis.RedisError:
            return False


def _well(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
