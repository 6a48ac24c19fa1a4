"""A partner on a foreign stack registers and charges: a CPO made with the PyPI package extrawest-ocpi.

It has its own code for nearly everything that goes over the wire (see foreign_stack/cpo.py). Where it differs from the
specification, flags of the partner in our admin meet it; `FLAGS` says which and why.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from learning.demo.callers import App, answers
from learning.demo.processes import Process
from ocpi.partners import development
from tests.ports import free_port

from . import foreign as stack
from .conftest import manage, wait

TOKEN_A = "token-a-of-the-foreign-cpo"
CARD, BLOCKED, APP_USER = "04F0F0F0F0F080", "04BADBADBADB80", "foreign-app-user"
FLAGS = {
    "wants_slash": "it puts ids directly behind our endpoints: …/locationsDE/FST/…",
    "listed_objects": "it answers [CommandResponse] where one object is due",
    "pages_by_offset": "its Link says https://…/ocpi/cpo/VersionNumber.v_2_2_1/ModuleID.locations/",
    "missing_evse_uid": "its CDR has no cdr_location.evse_uid",
}


pytestmark = pytest.mark.timeout(300)  # the first run installs


@dataclass
class Foreign:
    """The CPO's control API, our API as an app sees it, and our management commands."""

    app: App
    url: str
    environment: dict[str, str]

    @property
    def versions_url(self) -> str:
        return f"{self.url}/ocpi/versions"

    def state(self) -> Any:
        return requests.get(f"{self.url}/control/state", timeout=30).json()

    def tell(self, what: str, **body: str) -> Any:
        return requests.post(f"{self.url}/control/{what}", json=body, timeout=60).json()

    def manage(self, *arguments: str) -> str:
        done = manage(self.environment, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def flag(self, *names: str) -> None:
        """What an operator ticks on the partner's page."""
        values = dict.fromkeys(names, True) | {"commands_url": f"{self.url}/ocpi/cpo/2.2.1/commands"}
        self.shell(f"Partner.objects.filter(pk=partner.pk).update(**{values!r})")

    def shell(self, *lines: str) -> str:
        imports = (
            "from ocpi.partners.models import Partner",
            "from ocpi.credentials import services as credentials",
            "from ocpi.tokens import services as tokens",
            "partner = Partner.objects.get(name='Foreign')",
        )
        return self.manage("shell", "--no-imports", "-c", "\n".join([*imports, *lines]))

    def overlooked(self) -> set[str]:
        """What we overlooked in its messages, as its page in the admin shows; counted in memory, written later."""
        self.app.get("tariffs")
        return set(self.shell("print(*partner.leniencies.values_list('kind', flat=True))").split())


@pytest.fixture
def foreign(environment: dict[str, str], tmp_path: Path) -> Iterator[Foreign]:
    emsp, cpo = free_port(), free_port()
    ours = environment | {"OCPI_HOST": f"localhost:{emsp}", "PROTOCOL": "http", "OCPI_SWEEP_INTERVAL": "1"}
    ours |= {"OCPI_PULL_INTERVAL": "86400"}
    assert manage(ours, "migrate", "--verbosity", "0").returncode == 0
    web = ["gunicorn", "emsp_project.wsgi", "--bind", f"localhost:{emsp}", "--threads", "4", "--no-control-socket"]
    processes = [
        Process("eMSP", [sys.executable, "-m", *web], tmp_path / "emsp.log", ours),
        stack.process("cpo", cpo, environment, tmp_path / "cpo.log", TOKEN_A),
    ]
    if ours.get("REDIS_URL"):
        worker = ["celery", "-A", "emsp_project", "worker", "--beat", "--concurrency", "2", "--schedule"]
        command = [sys.executable, "-m", *worker, str(tmp_path / "schedule")]
        processes.append(Process("worker", command, tmp_path / "worker.log", ours))
    app = App(f"http://localhost:{emsp}", development.API_CLIENT_TOKEN)
    found = Foreign(app, f"http://localhost:{cpo}", ours)
    try:
        for process in processes:
            process.start()
        wait(lambda: answers(f"{found.url}/control/state"), 60)
        wait(lambda: answers(f"http://localhost:{emsp}/health"), 60)
        yield found
    finally:
        for process in processes:
            process.end()
            print(f"--- {process.name}\n{process.last_lines(40)}")


def issue_tokens(foreign: Foreign) -> None:
    kinds: list[dict[str, str]] = [
        {"uid": CARD, "type": "RFID"},
        {"uid": BLOCKED, "type": "RFID", "status": "BLOCKED"},
        {"uid": APP_USER, "type": "APP_USER"},
    ]
    more = "contract_id='NL-EMS-C00000001', issuer='Open eMSP', whitelist='NEVER'"
    foreign.shell(*(f"tokens.put({more}, **{kind!r})" for kind in kinds))


def test_they_register_and_a_driver_of_ours_charges(foreign: Foreign) -> None:
    token_a = foreign.manage("add_partner", "Foreign").split()[-1]
    foreign.flag(*FLAGS)
    versions_url = foreign.app.base_url.replace("/emsp/2.2.1", "/versions")
    handshake = foreign.tell("register", versions_url=versions_url, token=token_a)
    assert (handshake["http_status"], handshake["status_code"]) == (201, 1000), handshake
    assert foreign.state()["emsp"]["roles"][0]["party_id"] == "ems"

    issue_tokens(foreign)
    check_what_each_side_got(foreign)
    check_authorization(foreign)
    session_id = charge(foreign)
    check_bill(foreign, session_id)
    wait(lambda: foreign.overlooked() == {"listed", "missing"}, 60)
    check_pushes(foreign)
    check_that_403_is_understood(foreign)


def check_pushes(foreign: Foreign) -> None:
    outcomes = {(p["module"], p["status"], p["body"].get("status_code")) for p in foreign.state()["pushes"]}
    assert outcomes == {("locations", 200, 1000), ("sessions", 201, 1000), ("sessions", 200, 1000), ("cdrs", 201, None)}


def check_that_403_is_understood(foreign: Foreign) -> None:
    """A CPO that has lost its registration says so with 403 outside the envelope (FLD-02)."""
    foreign.tell("forget")
    refused = manage(foreign.environment, "sync_partner", "Foreign", "--module", "tariffs")
    assert refused.returncode == 1
    assert "HTTP 403, no OCPI envelope (our credentials token is not accepted)" in refused.stderr


def check_what_each_side_got(foreign: Foreign) -> None:
    """Sixty stations on two pages and a tariff here; our tokens there, by our push and by its pull."""
    foreign.manage("sync_partner", "Foreign")
    theirs = {row["id"].lower() for row in foreign.state()["locations"]}
    ours = {row["id"].lower() for row in foreign.app.get("locations", limit=100)}
    assert (len(theirs), ours) == (60, theirs)
    [tariff] = foreign.app.get("tariffs")
    assert [c["type"] for c in tariff["elements"][0]["price_components"]] == ["FLAT", "ENERGY"]
    wait(lambda: len(foreign.state()["tokens"]) == 3, 60)
    valid = {token["uid"]: token["valid"] for token in foreign.state()["tokens"]}
    assert valid == {CARD.lower(): True, BLOCKED.lower(): False, APP_USER: True}
    pulled = {token["uid"] for token in foreign.tell("tokens")["tokens"]}
    assert pulled == set(valid)


def check_authorization(foreign: Foreign) -> None:
    at = {"location_id": "station-001", "evse_uid": "post-001"}
    answers = [foreign.tell("authorize", uid=uid, **at) for uid in (CARD, BLOCKED, "04FFFFFFFFFF80")]
    assert [(a["http_status"], a["status_code"]) for a in answers] == [(200, 1000), (200, 1000), (404, 2004)]
    assert [a["info"].get("allowed") for a in answers] == ["ALLOWED", "BLOCKED", None]
    assert answers[0]["info"]["location"] == {"location_id": "station-001", "evse_uids": ["post-001"]}


def command(foreign: Foreign, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Give a command as an app, and follow it to the result that the CPO posts."""
    sent = foreign.app.post(f"commands/{name}", body)
    state: dict[str, Any] = {}

    def settled() -> bool:
        state.update(foreign.app.get(f"commands/{sent['id']}"))
        return state["state"] not in {"QUEUED", "SENDING", "ACCEPTED"}

    wait(settled, 60)
    steps = [step["state"] for step in state["steps"] if step["state"] != "ACCEPTED"]  # the result may be there first
    assert steps == ["QUEUED", "SENDING", "SUCCEEDED"], state
    assert state["result"]["result"] == "ACCEPTED"
    return state


def charge(foreign: Foreign) -> str:
    place = {"location_id": "STATION-001", "evse_uid": "POST-001", "connector_id": "1"}
    started = command(foreign, "START_SESSION", {**place, "token": {"uid": APP_USER, "type": "APP_USER"}})
    wait(lambda: bool(foreign.app.get(f"commands/{started['id']}")["session"]), 60)
    session = foreign.app.get(f"commands/{started['id']}")["session"]
    path = f"sessions/{session['country_code']}/{session['party_id']}/{session['id']}"
    wait(lambda: foreign.app.get(path)["kwh"] > 0, 60)
    held = foreign.app.get(path)
    assert (held["status"], held["cdr_token"]["type"]) == ("ACTIVE", "APP_USER")
    evse = foreign.app.get("locations/DE/FST/STATION-001/POST-001")
    assert evse["status"] == "CHARGING"
    time.sleep(1)  # the CPO counts whole seconds; one more makes a bill worth checking
    command(foreign, "STOP_SESSION", {"session_id": session["id"]})
    wait(lambda: foreign.app.get(path)["status"] == "COMPLETED", 60)
    [theirs] = foreign.state()["sessions"]
    assert foreign.app.get(path)["kwh"] == theirs["kwh"]
    wait(lambda: foreign.app.get("locations/DE/FST/STATION-001/POST-001")["status"] == "AVAILABLE", 60)
    return session["id"]


def check_bill(foreign: Foreign, session_id: str) -> None:
    """Their CDR is here as they hold it, and our own price is the same."""
    wait(lambda: foreign.app.count("cdrs") == 1, 60)
    [bill], [theirs] = foreign.app.get("cdrs"), foreign.state()["cdrs"]
    assert (bill["id"].lower(), bill["session_id"]) == (theirs["id"].lower(), session_id)
    assert (bill["total_cost"], bill["total_energy"]) == (theirs["total_cost"], theirs["total_energy"])
    path = f"cdrs/{bill['id']}/check"
    wait(lambda: foreign.app.get(path)["verdict"] != "waiting", 60)
    check = foreign.app.get(path)
    assert check["verdict"] == "match", check["findings"]


def test_we_register_with_them_renew_the_tokens_and_leave(foreign: Foreign) -> None:
    foreign.manage("register_partner", "Foreign", "--versions-url", foreign.versions_url, "--token", TOKEN_A)
    first = foreign.state()["emsp"]
    assert first["roles"][0]["role"] == "EMSP"

    unflagged = manage(foreign.environment, "sync_partner", "Foreign")
    assert "the Link leads to another host" in unflagged.stderr
    foreign.flag(*FLAGS)
    assert "locations: 60 received" in foreign.manage("sync_partner", "Foreign")

    foreign.manage("rotate_credentials", "Foreign")
    assert foreign.state()["emsp"]["token"] != first["token"]
    assert "tariffs: 1 received" in foreign.manage("sync_partner", "Foreign")
    pushed = foreign.tell("push", module="tariffs", id="DC-FAST")["receiver_responses"]
    assert [(each["status_code"], each["response"]["status_code"]) for each in pushed] == [(200, 1000)]

    foreign.shell("credentials.leave(partner=partner)")
    assert foreign.state()["emsp"] is None
    assert foreign.shell("print(partner.status)").split() == ["UNREGISTERED"]
