"""A command in the README that does not work is a bug: every curl line is run against a demo that is up."""

import json
import re
import shlex
import subprocess

from .conftest import ROOT, Demo

CURL = re.compile(r"^curl .*$", re.MULTILINE)


def test_every_curl_line_of_the_readme_works(demo: Demo) -> None:
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
