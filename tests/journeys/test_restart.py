"""The eMSP dies in the middle of its life: nothing that it acknowledged is lost, and the next charge works."""

import os
import signal
import subprocess
import sys

from learning.demo.callers import App, Control, answers
from ocpi.partners import development

from .conftest import ROOT, Demo, charge, wait

MODULES = ("locations", "sessions", "cdrs", "tariffs", "tokens")


def kill_listeners(port: int) -> None:
    """kill -9 for every process of the web server on this port, master and workers alike."""
    found = subprocess.run(["pgrep", "-f", f"gunicorn.*localhost:{port}"], capture_output=True, text=True, check=True)
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)


def test_after_kill_9_everything_is_there_and_the_next_charge_works(demo: Demo, environment: dict[str, str]) -> None:
    emsp, cpo = demo.emsp, demo.cpo
    url = f"http://localhost:{emsp}"
    app, control = App(url, development.API_CLIENT_TOKEN), Control(f"http://localhost:{cpo}")
    before = {module: app.count(module) for module in MODULES}
    assert all(before.values())

    kill_listeners(emsp)
    wait(lambda: not answers(f"{url}/health"), 60)
    restarted = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"localhost:{emsp}", "--noreload"],
        env=environment | {"OCPI_HOST": f"localhost:{emsp}"}, cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        wait(lambda: answers(f"{url}/health"), 60)
        assert {module: app.count(module) for module in MODULES} == before
        charge(app, control)
    finally:
        restarted.kill()
        restarted.wait()
