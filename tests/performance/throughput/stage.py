"""What a measurement needs, all of it its own: a PostgreSQL cluster, Redis, two databases with the same rows, servers.

PostgreSQL runs as it is installed: synchronous_commit and fsync on. The servers are told apart by their database alone;
both run as the Procfile says. A third runs the floor on granian, the fastest server for WSGI that we know.
"""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.chaos.house import ROOT, Postgres, Service, wait
from tests.ports import free_port

from .wire import TOKEN

OURS, FLOOR, FASTEST = "ours", "floor", "floor on granian"
APPLICATION, BARE = "emsp_project.wsgi", "tests.performance.throughput.floor:application"
SHIPPED = "Procfile"
WEB = {
    SHIPPED: next(
        line.removeprefix("web: ") for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web: ")
    ),
    "granian": "granian --interface wsgi --workers ${WEB_CONCURRENCY:-2} --blocking-threads 4 --port ${PORT} --no-ws "
               f"--log-level warning {APPLICATION}",
}  # fmt: skip


class Stage:
    def __init__(self, folder: Path, server: str, nice: int, environment: dict[str, str]) -> None:
        self.folder, self.server, self.nice = folder, server, nice
        self.postgres = Postgres(folder, free_port())
        self.redis_port = free_port()
        self.ports = {side: free_port() for side in (OURS, FLOOR, FASTEST)}
        self.services: list[Service] = []
        self.extra = environment

    def open(self) -> None:
        self.postgres.start()
        self.prefer(int((self.postgres.data / "postmaster.pid").read_text().splitlines()[0]))
        self._start("redis", ["redis-server", "--port", str(self.redis_port), "--save", "", "--dir", str(self.folder)])
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True,
                       env=self.environment(OURS, "chaos"))  # fmt: skip
        subprocess.run([sys.executable, "-m", "tests.performance.throughput.filling"], cwd=ROOT, check=True,
                       env=self.environment(OURS, "chaos"))  # fmt: skip
        with psycopg.connect(self._url("postgres"), autocommit=True) as database:
            for name in (OURS, FLOOR):
                database.execute(f"CREATE DATABASE {name} TEMPLATE chaos")  # type: ignore[arg-type]
        for name in (OURS, FLOOR):
            with psycopg.connect(self._url(name), autocommit=True) as database:
                database.execute("VACUUM ANALYZE")
        self._serve(OURS, self.server, APPLICATION, OURS)
        self._serve(FLOOR, self.server, BARE, FLOOR)
        self._serve(FASTEST, "granian", BARE, FLOOR)
        for port in self.ports.values():
            wait(lambda port=port: answers(port, TOKEN), "the start of a web server", 120)

    def close(self) -> None:
        for service in self.services:
            service.kill()
        self.postgres.stop()

    def environment(self, side: str, database: str = "") -> dict[str, str]:
        return {
            **os.environ, "DATABASE_URL": self.postgres.url.rpartition("/")[0] + f"/{database or side}",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0", "ENVIRONMENT": "test", "OCPI_HOST": "emsp.test",
            "SECRET_KEY": "a key for measurements, longer than thirty-two characters", "DEBUG": "false",
            "PORT": str(self.ports[side]), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LOG_LEVEL": "WARNING", **self.extra,
        }  # fmt: skip

    def _serve(self, side: str, server: str, module: str, database: str) -> None:
        command = WEB[server].replace(APPLICATION, module)
        self._start(side, ["sh", "-c", f"exec {command}"], self.environment(side, database))

    def _start(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        service = Service(name, command, environment or dict(os.environ), self.folder / f"{name}.log")
        service.start()
        self.services.append(service)
        assert service.process is not None
        self.prefer(service.process.pid)

    def prefer(self, pid: int) -> None:
        """Before whatever else this machine does, where that is allowed: a session is scheduled as one."""
        if self.nice:
            for _ in range(50):
                with suppress(OSError):
                    Path(f"/proc/{pid}/autogroup").write_text(str(self.nice))
                    return
                time.sleep(0.1)  # the kernel takes one change at a time

    def _url(self, database: str) -> str:
        return self.postgres.url.replace("postgres://", "postgresql://").rpartition("/")[0] + f"/{database}"


def answers(port: int, token: str) -> bool:
    import http.client

    from ocpi.protocol.headers import authorization

    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/ocpi/versions", headers={"Authorization": authorization(token)})
        return connection.getresponse().status == 200
    except OSError:
        return False
