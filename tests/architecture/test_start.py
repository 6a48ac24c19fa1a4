"""What a web process loads before it can answer: nothing that only a download, a worker or a test needs."""

import os
import subprocess
import sys

import pytest

from tests.platforms import ROOT

# Sheets, letters, metrics, the terminal, made-up objects, the mock CPO's web stack, the checks of schemas, the course.
NOT_AT_THE_START = (
    "openpyxl", "reportlab", "PIL", "prometheus_client", "rich", "factory", "faker", "fastapi", "starlette", "uvicorn",
    "jsonschema", "sentry_sdk", "learning.course.engine", "mock_cpo.platform", "ocpi.operations.letter",
)  # fmt: skip
_TOLD = """
import gc, sys, emsp_project.wsgi
print(gc.isenabled(), gc.get_freeze_count() > 100_000, *(name for name in sys.argv[1:] if name in sys.modules))
"""


@pytest.mark.long
def test_a_web_process_starts_without_what_is_seldom_needed_and_never_searches_its_start_for_garbage() -> None:
    command = [sys.executable, "-W", "ignore", "-c", _TOLD, *NOT_AT_THE_START]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "emsp_project.settings", "EMBEDDED_WORKER": "false"}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "True"]
