"""`make fuzz`: tens of thousands of requests that nobody should send, at a real server; nothing may break.

    python -m tests.security.fuzz [--requests 35000] [--examples 20] [--seed 1]

Two attackers: schemathesis, which reads our OpenAPI schema and sends what it does and does not allow, and our own
generator (malformed.py), which knows HTTP below the schema. Every answer is looked at: no 5xx, no HTML, JSON in the
envelope; and the server's log afterwards: no traceback, no error. Numbers come from the server's own access log.
"""

import argparse
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ocpi.protocol.headers import authorization
from tests.ports import free_port
from tests.security.known import APP, CPO, IDS

ROOT = Path(__file__).resolve().parents[2]
_KEPT = ROOT / "var" / "fuzz.log"
_TIME = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ ")
_BAD_LOG = re.compile(r"Traceback|\bERROR\b|\bCRITICAL\b|Exception in|Worker .* was sent|WORKER TIMEOUT")


@dataclass
class Server:
    """A running eMSP in development, with its well-known tokens and a log of its own."""

    port: int
    log: Path
    access: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answered(self) -> Counter[str]:
        """HTTP status → how many, as the server itself wrote them down."""
        return Counter(line.split(" ", 1)[0] for line in self.access.read_text(errors="replace").splitlines())

    def complaints(self) -> list[str]:
        lines = self.log.read_text(errors="replace").splitlines()
        return [_TIME.sub("", line) for line in lines if _BAD_LOG.search(line)]


@contextmanager
def server(folder: Path, database_url: str = "", workers: int = 1) -> Iterator[Server]:
    port = free_port()
    inherited = {k: v for k, v in os.environ.items() if k not in {"DJANGO_SETTINGS_MODULE", "OCPI_HOST", "PROTOCOL"}}
    environment = inherited | {
        "ENVIRONMENT": "development", "DEBUG": "false", "AUTH_FAILURES_PER_MINUTE": "1000000000",
        "DATABASE_URL": database_url or f"sqlite:///{folder / 'fuzz.sqlite3'}", "LOG_LEVEL": "INFO",
        "OCPI_HOST": f"127.0.0.1:{port}", "OCPI_HANDSHAKE_TIMEOUT": "1", "OCPI_CONNECT_TIMEOUT": "1",
    }  # fmt: skip
    manage = [sys.executable, "-W", "ignore", "manage.py"]
    for arguments in (["migrate", "--verbosity", "0"], ["add_token", IDS["token_uid"], "--contract-id", "NL-EMS-C1"]):
        subprocess.run([*manage, *arguments], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    log, access = folder / "server.log", folder / "access.log"
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "emsp_project.wsgi", "--bind", f"127.0.0.1:{port}",
               "--workers", str(workers), "--threads", "8", "--no-control-socket", "--access-logfile", str(access),
               "--access-logformat", "%(s)s %(m)s"]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    found = Server(port, log, access, process)
    try:
        _wait_until_up(found)
        _furnish(found)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_until_up(found: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and found.process.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", found.port), 1)):
            return
        time.sleep(0.1)
    raise RuntimeError(found.log.read_text())


def _furnish(found: Server) -> None:
    """One object of every kind, or most requests would end at 404."""
    from tests import factories

    below = "/ocpi/emsp/2.2.1/{}/NL/CPO/{}"
    for method, path, body in (
        ("PUT", below.format("tariffs", "T1"), factories.tariff()),
        ("PUT", below.format("locations", "L1"), factories.location()),
        ("PUT", below.format("sessions", "S1"), factories.session()),
        ("POST", "/ocpi/emsp/2.2.1/cdrs", factories.cdr()),
    ):
        with closing(http.client.HTTPConnection("127.0.0.1", found.port, timeout=30)) as connection:
            connection.request(method, path, json.dumps(body), {"Authorization": authorization(CPO)})
            assert connection.getresponse().status in (200, 201), path


# --- our own generator ------------------------------------------------------------------------------------------------
@dataclass
class Outcome:
    sent: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def note(self, what: str, status: int | None, problem: str) -> None:
        with self.lock:
            self.sent += 1
            self.kinds[what] += 1
            if status is None:
                self.unanswered[what] += 1
            else:
                self.answers[status] += 1
            if problem and len(self.problems) < 200:
                self.problems.append(problem)


def send_malformed(port: int, count: int, seed: int, threads: int = 4, seconds: float = 3600) -> Outcome:
    from tests.security.malformed import Malformed

    outcome, deadline = Outcome(), time.monotonic() + seconds

    def work(number: int) -> None:
        connection: socket.socket | None = None
        for request in islice(Malformed(seed * 1000 + number), count // threads):
            if time.monotonic() > deadline:
                break
            connection = _one(port, request, connection, outcome)
        if connection is not None:
            connection.close()

    workers = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return outcome


def _one(port: int, request: Any, connection: socket.socket | None, outcome: Outcome) -> socket.socket | None:
    """Send one request; returns the connection when it can be used again."""
    connection = connection or socket.create_connection(("127.0.0.1", port), 30)
    connection.settimeout(60)
    status, problem, keep = None, "", False
    try:
        with suppress(OSError):  # the server may answer and hang up before it has read everything
            connection.sendall(request.content)
            if request.closes:
                connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection, method="HEAD" if request.content[:5] == b"HEAD " else None)
        answer.begin()
        content = answer.read()
        status = answer.status
        problem = judge(status, answer.headers, content, request.content[:5] == b"HEAD ")
        keep = not request.closes and not answer.will_close
    except TimeoutError:
        problem = "no answer within a minute"
    except (OSError, http.client.HTTPException):
        pass  # hung up without an answer: HTTP allows it where the request has no end
    if problem:
        problem = f"{problem}\n    {request.what}: {request.content[:600]!r}"
    outcome.note(request.what, status, problem)
    if keep:
        return connection
    connection.close()
    return None


def judge(status: int, headers: Any, content: bytes, bodiless: bool = False) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if status >= 500:
        return f"HTTP {status}: {content[:300]!r}"
    kind = (headers.get("Content-Type") or "").split(";")[0]
    if b"<html" in content.lower() or (kind == "text/html" and content):
        return f"HTML with HTTP {status}: {content[:300]!r}"
    if bodiless or status in (100, 204, 301, 302, 304) or not content:
        return ""
    try:
        code = json.load(io.BytesIO(content)).get("status_code")
    except (ValueError, AttributeError):
        return f"HTTP {status} without JSON: {content[:300]!r}"
    return "" if isinstance(code, int) or "openapi" in content[:20].decode("latin-1") else f"HTTP {status}, no envelope"


# --- schemathesis -----------------------------------------------------------------------------------------------------
def run_schemathesis(found: Server, token: str, examples: int, seed: int, folder: Path) -> tuple[int, str]:
    """Exit code and output. The checks are in schema_checks.py."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "run", f"{found.url}/schema", "--url", found.url,
               "--header", f"Authorization:{authorization(token)}", "--seed", str(seed),
               "--checks", "not_a_server_error,answers_in_the_envelope", "--max-examples", str(examples),
               "--phases", "examples,coverage,fuzzing", "--workers", "1", "--no-shrink", "--continue-on-failure",
               "--request-timeout", "60", "--warnings", "off", "--suppress-health-check", "all",
               "--generation-database", "none", "--no-color"]  # fmt: skip
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.security.schema_checks", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--requests", type=int, default=35_000, help="malformed requests of our own (default %(default)s)"
    )
    parser.add_argument("--examples", type=int, default=20, help="schemathesis' examples per operation; 0 for none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30, help="our own requests end then at the latest")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory() as name:
        return _attack(Path(name), options)


def _attack(folder: Path, options: argparse.Namespace) -> int:
    failed, started = [], time.monotonic()
    with server(folder, os.environ.get("DATABASE_URL", ""), workers=2) as found:
        for who, token in (("a CPO", CPO), ("an app", APP)) if options.examples else ():
            code, output = run_schemathesis(found, token, options.examples, options.seed, folder)
            print(
                f"schemathesis as {who}: exit code {code}, {sum(found.answered().values())} requests so far", flush=True
            )
            if code:
                failed.append(output)
                print(output[-3000:], flush=True)
        before = found.answered()
        outcome = send_malformed(found.port, options.requests, options.seed, seconds=options.minutes * 60)
    answered = found.answered()
    print(f"schemathesis: {sum(before.values())} requests, answers {dict(sorted(before.items()))}")
    print(f"our own: {outcome.sent} requests ({dict(outcome.kinds)}), answers {dict(sorted(outcome.answers.items()))}, "
          f"hung up on {sum(outcome.unanswered.values())} ({dict(outcome.unanswered)})")  # fmt: skip
    print(f"together {sum(before.values()) + outcome.sent} requests in {time.monotonic() - started:.0f} s")
    failed += outcome.problems + [f"log: {line}" for line in found.complaints()]
    failed += [
        f"the server wrote down HTTP {s}, {n} times"
        for s, n in (answered - before).items()
        if s[0] == "5" and s != "501"  # answered as 400, see gunicorn.conf.py
    ]
    for problem in list(dict.fromkeys(failed))[:40]:
        print(f"- {problem}")
    if failed:
        _KEPT.parent.mkdir(exist_ok=True)
        _KEPT.write_text("\n".join([*failed, found.log.read_text(errors="replace")]))
    print("nothing broke" if not failed else f"{len(failed)} problems; they and the server's log are in {_KEPT}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
