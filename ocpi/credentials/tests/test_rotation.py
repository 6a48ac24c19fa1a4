"""Rotation of credentials: killed after each of its steps, something still works both ways, and a re-run completes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from ocpi.core import secrets
from ocpi.credentials import discovery, rotation, services, tasks
from ocpi.credentials.errors import NotPossible
from ocpi.partners import services as partners
from ocpi.partners.models import Partner, PartnerToken
from ocpi.protocol.errors import PartnerError, Unauthenticated
from tests.callers import Caller
from tests.partner_server import Answer, Call, PartnerServer

L1 = ("locations", "NL", "CPO", "L1")
NAME = "Rotating CPO"


class Killed(BaseException):
    """The process ends here: nobody catches this."""


class Receiver:
    """A CPO that takes part: it accepts what it gave out, and keeps its old token alive until the new one is used."""

    def __init__(self, server: PartnerServer) -> None:
        self.server, self.ours, self.theirs = server, ["token-for-cpo"], "token-of-cpo"
        server.answer(None, "", does=self.check)
        server.answer("PUT", "credentials", does=self.take)

    def check(self, call: Call) -> Answer | None:
        if call.token not in self.ours:
            return Answer(status=401, status_code=2001)
        if call.token == self.ours[-1]:
            self.ours = self.ours[-1:]
        return self._friendly(call)

    def take(self, call: Call) -> Answer | None:
        refused = self.check(call)
        if refused is not None and refused.status == 401:
            return refused
        self.theirs = call.json["token"]
        self.ours = [self.ours[-1], f"new-{uuid4()}"]
        return Answer({**self.server.credentials, "token": self.ours[-1]})

    def _friendly(self, call: Call) -> Answer:
        if call.is_below("GET", "versions"):
            return Answer(self.server.versions)
        return Answer(self.server.details) if call.is_below("GET", "2.2.1") else Answer()

    def works_both_ways(self) -> None:
        """Whatever happened: their token opens us, and ours opens them."""
        partner = Partner.objects.get()
        assert Caller(self.theirs).get(*L1).status == (404, 2003)
        assert partner.peer().token in self.ours


@pytest.fixture
def receiver(partner_server: PartnerServer, db: None) -> Receiver:
    partner_server.registered(name=NAME)
    return Receiver(partner_server)


def partner() -> Partner:
    return Partner.objects.get()


def later(minutes: float) -> None:
    """As if that time had gone by."""
    for row in PartnerToken.objects.all():
        moved = {name: getattr(row, name) and getattr(row, name) - timedelta(minutes=minutes)
                 for name in ("created_at", "valid_until", "claimed_at")}  # fmt: skip
        PartnerToken.objects.filter(pk=row.pk).update(**moved)


def kill(module: Any, name: str, *, after: bool) -> Callable[[pytest.MonkeyPatch], None]:
    """Replace a step by one that does not come back, before or after its work."""
    step = getattr(module, name)

    def dying(*args: Any, **kwargs: Any) -> None:
        if after:
            step(*args, **kwargs)
        raise Killed

    return lambda monkeypatch: monkeypatch.setattr(module, name, dying)


STEPS = {
    "before anything": kill(rotation, "discover", after=False),
    "their versions are read": kill(rotation, "discover", after=True),
    "a new token is committed": kill(partners, "issue", after=True),
    "the PUT is about to go": kill(services, "send", after=False),
    "they have answered": kill(services, "send", after=True),
    "their answer is half stored": kill(partners, "supersede", after=False),
    "their answer is stored": kill(rotation, "_take_over", after=True),
    "the new token is about to be tried": kill(rotation, "_open", after=False),
    "the new token has worked": kill(rotation, "_open", after=True),
    "the old token is about to be forgotten": kill(rotation, "_keep", after=False),
}


@pytest.mark.requirement("CRE-22", "CRE-23", "AMB-10")
@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_it_works_and_a_re_run_completes(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patch:
        STEPS[step](patch)
        with pytest.raises(Killed):
            rotation.rotate(partner=partner())
    receiver.works_both_ways()
    rotation.rotate(partner=partner())
    receiver.works_both_ways()
    assert (partner().token_out_before, partner().status) == ("", "REGISTERED")
    assert partner().peer().token != "token-for-cpo"
    assert Caller("token-of-cpo").get(*L1).status == (401, 2001)
    assert partner().tokens.filter(valid_until=None).count() == 1


@pytest.mark.requirement("CRE-22", "AMB-10")
@pytest.mark.parametrize("step", [step for step in STEPS if step not in {"before anything", "their versions are read"}])
def test_what_a_kill_left_behind_is_finished_by_the_sweeper(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patch:
        STEPS[step](patch)
        with pytest.raises(Killed):
            rotation.rotate(partner=partner())
    later(minutes=3)
    handed: list[int] = []
    monkeypatch.setattr(tasks.resume, "delay", handed.append)
    tasks.sweep()
    assert handed == [partner().pk]
    tasks.resume(handed[0])
    receiver.works_both_ways()
    assert (partner().token_out_before, rotation.unfinished()) == ("", [])
    assert partner().tokens.filter(valid_until=None).count() == 1


@pytest.mark.requirement("CRE-22")
def test_their_old_token_ends_with_the_first_use_of_the_new_or_with_the_overlap(receiver: Receiver) -> None:
    rotation.rotate(partner=partner())
    assert Caller("token-of-cpo").get(*L1).status == (404, 2003)
    later(minutes=5.1)
    assert Caller("token-of-cpo").get(*L1).status == (401, 2001)
    assert partner().tokens.get(digest=secrets.digest("token-of-cpo")).late_use_at is not None  # somebody kept it
    assert Caller(receiver.theirs).get(*L1).status == (404, 2003)
    assert rotation.unfinished() == []


def test_a_token_of_their_answer_that_does_not_open_is_not_used(receiver: Receiver) -> None:
    """They answered, and then lost what they had answered."""
    receiver.server.answer("PUT", "credentials", data={**receiver.server.credentials, "token": "never-stored"})
    with pytest.raises(Unauthenticated):
        rotation.rotate(partner=partner())
    assert (partner().peer().token, partner().token_out_before) == ("token-for-cpo", "")
    assert "the one before is in use again" in partner().last_error
    receiver.works_both_ways()


def test_when_neither_token_opens_it_is_for_an_operator(receiver: Receiver) -> None:
    def forget_us(call: Call) -> Answer | None:
        answer = receiver.take(call)
        receiver.ours = []
        return answer

    receiver.server.answer("PUT", "credentials", does=forget_us)
    with pytest.raises(Unauthenticated):
        rotation.rotate(partner=partner())
    assert (partner().status, rotation.unfinished()) == ("UNKNOWN", [])
    assert "reset the registration" in partner().last_error


def test_a_new_token_that_could_not_be_tried_yet_is_tried_later(receiver: Receiver) -> None:
    def answer(call: Call) -> Answer | None:
        receiver.server.answer("GET", "versions", times=1, drop=True)
        return receiver.take(call)

    receiver.server.answer("PUT", "credentials", does=answer)
    with pytest.raises(PartnerError):
        rotation.rotate(partner=partner())
    assert partner().token_out_before
    assert rotation.unfinished() == [partner().pk]
    rotation.resume(partner=partner())
    assert partner().token_out_before == ""
    receiver.works_both_ways()


def test_two_rotations_at_once_are_one(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        with pytest.raises(NotPossible, match="are being rotated"):
            rotation.rotate(partner=partner())
        return discovery.discover(*args, **kwargs)

    monkeypatch.setattr(rotation, "discover", meanwhile)
    rotation.rotate(partner=partner())
    assert len(receiver.server.calls("PUT", "credentials")) == 1


def test_a_partner_that_is_suspended_meanwhile_stays_suspended(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_over = rotation._take_over

    def suspended(row: Partner, *args: Any) -> None:
        partners.suspend(partner=Partner.objects.get(pk=row.pk))
        take_over(row, *args)

    monkeypatch.setattr(rotation, "_take_over", suspended)
    rotation.rotate(partner=partner())
    assert partner().status == "SUSPENDED"


@pytest.mark.requirement("FLD-15")
def test_who_knows_no_put_is_told_what_to_do_instead(receiver: Receiver) -> None:
    Partner.objects.update(lacks_put_credentials=True)
    with pytest.raises(NotPossible, match="reset the registration"):
        rotation.rotate(partner=partner())
    assert receiver.server.calls() == []
    Partner.objects.update(lacks_put_credentials=False)
    receiver.server.answer("PUT", "credentials", status=405, status_code=2000)
    with pytest.raises(NotPossible, match="no PUT credentials"):
        rotation.rotate(partner=partner())
    receiver.works_both_ways()


@pytest.mark.parametrize("status", ["NEW", "SUSPENDED", "UNREGISTERED"])
def test_who_is_not_registered_has_nothing_to_rotate(receiver: Receiver, status: str) -> None:
    Partner.objects.update(status=status)
    with pytest.raises(NotPossible, match="is not registered"):
        rotation.rotate(partner=partner())


# --- they rotate ------------------------------------------------------------------------------------------------------
THEIR_STEPS = {
    "we have read their versions": kill(services, "_visit", after=True),
    "we have stored half of it": kill(services, "store", after=True),
    "their new token is issued": kill(partners, "issue", after=True),
    "all but the commit": kill(partners, "supersede", after=True),
    "everything is committed, and the answer gets lost": kill(services, "ours", after=False),
}


@pytest.mark.requirement("CRE-19", "CRE-21", "AMB-10")
@pytest.mark.parametrize("step", THEIR_STEPS)
def test_we_die_in_their_update_and_they_do_it_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    receiver.ours = ["their-new-token", *receiver.ours]  # both of theirs work while the PUT is open
    row, body = partner(), {**receiver.server.credentials, "token": "their-new-token"}
    row.token_row = row.tokens.get()
    with monkeypatch.context() as patch:
        THEIR_STEPS[step](patch)
        with pytest.raises(Killed):
            services.update(partner=row, credentials=services.Credentials.from_wire(body))
    receiver.works_both_ways()
    answer = Caller("token-of-cpo").put("credentials", body=body)
    assert answer.status == (200, 1000)
    receiver.theirs = answer.data["token"]
    receiver.works_both_ways()
    assert partner().peer().token == "their-new-token"
    assert Caller("token-of-cpo").get(*L1).status == (401, 2001)


# --- the command ------------------------------------------------------------------------------------------------------
def test_the_command_rotates_and_tells_until_when_the_old_one_works(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("rotate_credentials", NAME)
    told = capsys.readouterr().out
    assert f"{NAME}: new tokens both ways." in told
    assert "Their old one ends when the new is used, or at " in told
    assert receiver.theirs not in told
    assert receiver.ours[-1] not in told
    receiver.works_both_ways()


def test_the_command_says_in_one_line_what_went_wrong(receiver: Receiver) -> None:
    with pytest.raises(CommandError, match=f"no partner named 'Nobody'; known: {NAME}"):
        call_command("rotate_credentials", "Nobody")
    receiver.server.answer("GET", "versions", status=503, raw=b"")
    with pytest.raises(CommandError, match="are not rotated: HTTP 503"):
        call_command("rotate_credentials", NAME)


@pytest.mark.requirement("CRE-22")
@pytest.mark.django_db(transaction=True)
def test_a_real_kill_while_our_put_is_open(partner_server: PartnerServer) -> None:
    """`kill -9` in the moment in which they have taken our new token and have not answered yet."""
    partner_server.registered(name=NAME)
    receiver, killed = Receiver(partner_server), []

    def take_and_kill(call: Call) -> Answer:
        receiver.take(call)
        os.kill(process.pid, signal.SIGKILL)
        killed.append(process.wait(30))
        return Answer(drop=True)

    partner_server.answer("PUT", "credentials", times=1, does=take_and_kill)
    process = subprocess.Popen([sys.executable, "-c", _ROTATE.format(url=_database_url())], env=_environment())
    deadline = time.monotonic() + 60
    while not killed and time.monotonic() < deadline:
        time.sleep(0.1)
    assert killed == [-signal.SIGKILL]
    receiver.works_both_ways()
    with pytest.raises(NotPossible, match="interrupted within the last two minutes"):
        rotation.rotate(partner=partner())
    later(minutes=2.5)
    assert rotation.unfinished() == [partner().pk]
    tasks.resume(partner().pk)
    receiver.works_both_ways()
    assert (rotation.unfinished(), partner().token_out_before) == ([], "")
    connections.close_all()


_ROTATE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from django.conf import settings
settings.DATABASES["default"].update({url})
import django
django.setup()
from django.core.management import call_command
call_command("rotate_credentials", "Rotating CPO")
"""


def _database_url() -> str:
    """Where the test's own database is, as settings say it."""
    names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    return repr({name: str(connection.settings_dict.get(name) or "") for name in names})


def _environment() -> dict[str, str]:
    root = Path(__file__).resolve().parents[3]
    return os.environ | {"PYTHONPATH": str(root), "DJANGO_SETTINGS_MODULE": "tests.settings"}
