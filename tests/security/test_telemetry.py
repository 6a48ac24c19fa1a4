"""Sentry and OpenTelemetry: optional, and told no secret."""

import gzip
import importlib
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s3cr3t-token-of-a-partner-0123456789"
OPTIONAL = ("sentry_sdk", "opentelemetry.sdk", "opentelemetry.instrumentation", "opentelemetry.exporter")
WITHOUT = f"""
import sys
for name in {OPTIONAL}:
    sys.modules[name] = None
import emsp_project.wsgi
print(len([name for name in sys.modules if name.startswith(("sentry_sdk.", "opentelemetry.sdk."))]))
"""
BROKEN = f"""
import emsp_project.wsgi, logging
from django.test import Client
from ocpi.core import logs
with logs.bound(correlation_id="c-1", partner_id=7):
    try:
        token = {SECRET!r}
        raise ValueError("refused: Token " + token)
    except ValueError:
        logging.getLogger("ocpi").exception("it broke with Token %s", token)
Client(headers={{"Authorization": "Token " + token, "host": "localhost"}}).get("/health/live?token=" + token)
"""
FLUSH = {
    "SENTRY_DSN": "import sentry_sdk; sentry_sdk.flush(60)",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "from opentelemetry import trace; trace.get_tracer_provider().shutdown()",
}


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = {"ENVIRONMENT": "test", "EMBEDDED_WORKER": "false", "DATABASE_URL": "sqlite://:memory:"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=inherited | settings | environment, capture_output=True, text=True,
        timeout=90, check=False,
    )  # fmt: skip


def test_without_its_packages_everything_runs() -> None:
    done = run(WITHOUT)
    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr


@pytest.mark.parametrize("name", FLUSH)
def test_a_setting_without_its_package_says_what_to_install(name: str) -> None:
    done = run(WITHOUT, **{name: "http://key@127.0.0.1:9/1"})
    assert done.returncode != 0
    assert f"{name} is set, but a package is missing: pip install -r requirements-observability.txt" in done.stderr


def unpacked(raw: bytes, encoding: str | None) -> bytes:
    if encoding == "br":  # Sentry's choice where the package is there
        return bytes(importlib.import_module("brotli").decompress(raw))
    return {"gzip": gzip.decompress, "deflate": zlib.decompress}.get(encoding or "", bytes)(raw)


@pytest.fixture
def collector() -> Iterator[Any]:
    """Keeps what is posted to it, unpacked."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(unpacked(raw, self.headers["Content-Encoding"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.bodies = bodies  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.requirement("TRA-53")
def test_sentry_gets_errors_with_ids_and_no_secret(collector: Any) -> None:
    where = f"http://key@127.0.0.1:{collector.server_port}/1"
    done = run(BROKEN + FLUSH["SENTRY_DSN"], SENTRY_DSN=where)
    assert done.returncode == 0, done.stderr
    sent = b"\n".join(collector.bodies).decode()
    event = next(item for line in sent.splitlines() if "exception" in (item := json.loads(line)))
    assert event["tags"]["correlation_id"] == "c-1"
    assert event["release"] == "open-emsp@" + __import__("ocpi").__version__
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert SECRET not in sent


@pytest.mark.requirement("TRA-53")
def test_a_collector_gets_traces_and_no_secret(collector: Any) -> None:
    where = f"http://127.0.0.1:{collector.server_port}"
    code = BROKEN + FLUSH["OTEL_EXPORTER_OTLP_ENDPOINT"]
    done = run(code, OTEL_EXPORTER_OTLP_ENDPOINT=where, TRACES_SAMPLE_RATE="1")
    assert done.returncode == 0, done.stderr
    sent = b"".join(collector.bodies)
    assert b"emsp-web" in sent
    assert b"health/live" in sent
    assert SECRET.encode() not in sent
