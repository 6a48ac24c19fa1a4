"""Both platforms from the menu: started in the background, stopped, asked how they are, their logs and settings."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from rich.console import Console
from rich.table import Table

from learning.demo.callers import answers
from learning.demo.errors import DemoFailed
from learning.demo.processes import check_port

_SHOWN = ("ENVIRONMENT", "OCPI_VERSIONS_URL", "EMSP_PARTIES", "EMBEDDED_WORKER", "JOURNAL_ENABLED", "LEARNING_ENABLED",
          "LEARNING_CPO_URL", "LEARNING_IDLE_MINUTES", "OCPI_PAGE_LIMIT", "OCPI_READ_TIMEOUT", "OCPI_SWEEP_INTERVAL",
          "OCPI_PULL_INTERVAL")  # fmt: skip
_LINES = 15
_children: dict[int, "subprocess.Popen[bytes]"] = {}  # of this terminal, by process id


@dataclass(frozen=True)
class Environment:
    """What was started here is remembered in `folder`, so that another terminal can stop it."""

    emsp_url: str
    cpo_url: str
    folder: Path

    @property
    def _pids(self) -> Path:
        return self.folder / "running.json"

    def health(self) -> dict[str, bool]:
        return {"eMSP": answers(f"{self.emsp_url}/health"), "mock CPO": answers(f"{self.cpo_url}/control/health")}

    def start(self) -> Iterator[str]:
        """Whichever of the two does not answer; yields what was done. Raises DemoFailed when a port is taken."""
        well, started = self.health(), self._started()
        for name, command in self._commands().items():
            if well[name]:
                yield f"{name} runs already"
                continue
            url = self.emsp_url if name == "eMSP" else self.cpo_url
            check_port(urlsplit(url).port or 80, "--emsp-port" if name == "eMSP" else "--cpo-port")
            started[name] = self._spawn(name, command)
            yield f"{name} was started: {url}"
        self._pids.write_text(json.dumps(started), encoding="utf-8")

    def _commands(self) -> dict[str, list[str]]:
        emsp, cpo = urlsplit(self.emsp_url), urlsplit(self.cpo_url)
        return {
            "eMSP": ["gunicorn", "emsp_project.wsgi", "--bind", str(emsp.netloc), "--workers", "1", "--threads", "8",
                     "--no-control-socket"],
            "mock CPO": ["mock_cpo", "--port", str(cpo.port), "--public-url", self.cpo_url, "--fast", "60"],
        }  # fmt: skip

    def _spawn(self, name: str, command: list[str]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as output:
            child = subprocess.Popen(  # noqa: S603  our own command line
                [sys.executable, "-m", *command], stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                cwd=settings.BASE_DIR, env=os.environ | {"OCPI_SWEEP_INTERVAL": "1"},
            )  # fmt: skip
        _children[child.pid] = child
        return child.pid

    def stop(self) -> Iterator[str]:
        """What was started from here; yields what was done."""
        started = self._started()
        for name, pid in started.items():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            yield f"{name} is told to stop"
        for child in [_children.pop(pid) for pid in started.values() if pid in _children]:
            with suppress(subprocess.TimeoutExpired):
                child.wait(10)
        if not started:
            yield "nothing was started from here; a demo ends with Ctrl-C in its own terminal"
        self._pids.unlink(missing_ok=True)

    def _started(self) -> dict[str, int]:
        with suppress(OSError, ValueError):
            found: dict[str, int] = json.loads(self._pids.read_text(encoding="utf-8"))
            return found
        self.folder.mkdir(parents=True, exist_ok=True)
        return {}

    def log(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-').lower()}.log"

    def last_lines(self, name: str) -> str:
        """Of its log; logs of a demo are where its first lines say."""
        found = self.log(name)
        lines = found.read_text(errors="replace").splitlines() if found.exists() else []
        return "\n".join(lines[-_LINES:]) or f"(no log at {found})"

    def configuration(self) -> dict[str, dict[str, Any]]:
        """Of both platforms; no secrets among them."""
        emsp = {name: getattr(settings, name) for name in _SHOWN}
        try:
            cpo = requests.get(f"{self.cpo_url}/control/settings", timeout=3).json()
        except (requests.RequestException, ValueError):
            cpo = {"(it does not answer)": ""}
        return {"eMSP": emsp, "mock CPO": cpo}


def menu(console: Console, ask: Callable[[str], str], here: Environment) -> None:
    while True:
        console.print("   [bold]start[/] · [bold]stop[/] · [bold]health[/] · [bold]logs[/] · [bold]config[/] · q")
        answer = ask("environment> ").strip().lower()
        if answer in ("q", "quit", ""):
            return
        try:
            _obey(console, here, answer)
        except DemoFailed as error:
            console.print(str(error), style="red", markup=False)


def _obey(console: Console, here: Environment, answer: str) -> None:
    if answer == "start":
        for line in here.start():
            console.print(f"   {line}")
        _wait(console, here)
    elif answer == "stop":
        for line in here.stop():
            console.print(f"   {line}")
    elif answer == "health":
        _health(console, here)
    elif answer == "logs":
        for name in ("eMSP", "mock CPO"):
            console.print(f"[bold]{name}[/]")
            console.print(here.last_lines(name), markup=False, highlight=False)
    elif answer == "config":
        _configuration(console, here)


def _wait(console: Console, here: Environment) -> None:
    deadline = time.monotonic() + 20
    while not all(here.health().values()) and time.monotonic() < deadline:
        time.sleep(0.3)
    _health(console, here)


def _health(console: Console, here: Environment) -> None:
    for name, well in here.health().items():
        console.print(f"   {'[green]✓[/]' if well else '[red]✗[/]'} {name} {'answers' if well else 'does not answer'}")


def _configuration(console: Console, here: Environment) -> None:
    for name, values in here.configuration().items():
        table = Table(title=name, title_justify="left", box=None, show_header=False, padding=(0, 2))
        for key, value in values.items():
            table.add_row(key, str(value))
        console.print(table)
