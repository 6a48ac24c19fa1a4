"""Each load profile at a real server for a moment, and the report that it leaves."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from learning.demo.callers import answers
from learning.demo.processes import Process
from ocpi.partners import loading
from tests.performance.load.chart import curve, page
from tests.performance.load.figures import Figures, Line
from tests.performance.load.profiles import PROFILES
from tests.performance.load.target import PARTY, find
from tests.platforms import ROOT, installation, manage, wait
from tests.ports import free_port

_CHARGE = {"session: begin", "session: meter", "session: end", "CDR", "status of an EVSE", "authorize"}
KINDS = {
    "steady": _CHARGE,
    "morning": _CHARGE,
    "storm": {"location", "tariff", "page of tokens"},
    "burst": {"authorize"},
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """What a run of all profiles printed, and where its reports are."""
    folder, port = tmp_path_factory.mktemp("load"), free_port()
    with installation(folder) as environment:
        ours = environment | {"OCPI_HOST": f"localhost:{port}", "PROTOCOL": "http"}
        token = manage(ours, "load_partner", "--cards", "3").stdout.split()[-1]
        web = ["gunicorn", "emsp_project.wsgi", "--bind", f"localhost:{port}", "--threads", "4", "--no-control-socket"]
        server = Process("eMSP", [sys.executable, "-m", *web], folder / "emsp.log", ours)
        server.start()
        try:
            wait(lambda: answers(f"http://localhost:{port}/health/live"), 90)
            yield _run(f"http://localhost:{port}", token, folder), folder
        finally:
            server.end()


def _run(url: str, token: str, reports: Path) -> str:
    short = ["--users", "2", "--seconds", "2", "--reports", str(reports)]
    command = [sys.executable, "-m", "tests.performance.load", url, "--token", token, *short]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=80, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_loads_the_emsp(loaded: tuple[str, Path], profile: str) -> None:
    printed, folder = loaded
    assert f"Load: {profile}" in printed
    report = (folder / f"load-{profile}.html").read_text()
    told = set(re.findall(r"<tr><td>(.*?)</td>", report)) - {"(preparation)", "all"}
    assert told
    assert told <= KINDS[profile]
    assert "<h2>Failed</h2>" not in report


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_crowd_is_never_more_than_all(profile: object) -> None:
    assert isinstance(profile, type(PROFILES["steady"]))
    crowd = [profile.crowd(share / 100) for share in range(100)]
    assert min(crowd) > 0
    assert 0.9 < max(crowd) <= 1


def test_a_report_asks_no_other_host_and_escapes() -> None:
    figures = Figures([Line("authorize", 1200, 3, 20.5, 12, 34, 56, 78)], errors=["3× authorize: <b>HTTP 500</b>"])
    html = page("burst", "a text", "http://localhost:8000", datetime(2026, 1, 1, tzinfo=UTC), figures)
    assert "<td>1,200</td><td>3</td><td>20.5</td><td>12</td><td>34</td><td>56</td><td>78</td>" in html
    assert "&lt;b&gt;HTTP 500" in html
    assert not {"src=", "@import", "<link", "url("} & set(html.split())
    assert "prefers-color-scheme: dark" in html


def test_a_curve_begins_at_the_left_and_ends_at_the_right() -> None:
    assert 'points="56.0,170.0 458.0,91.0 860.0,12.0"' in curve([0, 5, 10])
    assert "<polyline" in curve([])


def test_the_load_comes_from_the_party_that_is_registered() -> None:
    assert loading.PARTY == PARTY


def test_an_emsp_without_cards_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    details = {"endpoints": [{"identifier": "tokens", "url": "http://emsp.test/tokens"}]}
    data = {"http://emsp.test/ocpi/versions": [{"version": "2.2.1", "url": "http://emsp.test/2.2.1"}],
            "http://emsp.test/2.2.1": details}  # fmt: skip

    def get(url: str, **kwargs: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.json = 200, lambda **_: {"status_code": 1000, "data": data.get(url, [])}  # type: ignore[method-assign]
        return answer

    monkeypatch.setattr(requests, "get", get)
    with pytest.raises(ValueError, match="lists no tokens"):
        find("http://emsp.test", "token")
