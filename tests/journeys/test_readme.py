"""A command that does not work is a bug: the curl lines of README and API page are run against a demo that is up."""

import json
import re
import shlex
import subprocess

import pytest

from ocpi.partners import development
from tests.docs import examples

from .conftest import ROOT, Demo

CURL = re.compile(r"^curl .*$", re.MULTILINE)


@pytest.mark.timeout(240)
def test_every_curl_line_of_the_readme_and_of_the_api_page_works(demo: Demo) -> None:
    """One demo for both: first the page, which shows a station by the name that the README then changes."""
    variables = {
        "API": f"http://localhost:{demo.emsp}/ocpi/emsp/2.2.1",
        "AUTH": f"Authorization: Token {development.API_CLIENT_TOKEN}",
    }
    assert examples.play(ROOT / "docs/api.md", variables) == 10
    lines = CURL.findall((ROOT / "README.md").read_text())
    assert len(lines) > 8
    for line in lines:
        command = line.replace("localhost:8000", f"localhost:{demo.emsp}").replace(
            "localhost:8001", f"localhost:{demo.cpo}"
        )
        done = subprocess.run(
            [*shlex.split(command), "--silent", "--fail", "--max-time", "20"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        answer = json.loads(done.stdout)
        assert answer.get("status") == "ok" or answer.get("status_code") == 1000, f"{line}\n{answer}"
