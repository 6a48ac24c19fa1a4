"""The life cycles of sessions and of our commands."""

from itertools import pairwise
from typing import get_args

import pytest

from ocpi.protocol.sessions import SessionStatus
from ocpi.protocol.states import COMMAND, SESSION, Machine, Tone

MACHINES = pytest.mark.parametrize("machine", [SESSION, COMMAND], ids=["session", "command"])


@MACHINES
def test_every_state_is_well_formed(machine: Machine) -> None:
    for state in machine.states:
        assert machine.label(state)
        assert machine.tone(state) in get_args(Tone)
        assert not (machine.final(state) and machine.waiting(state))
    assert {new for _, new in machine.transitions()} <= set(machine.states)


@MACHINES
def test_every_state_can_be_reached_and_every_life_can_end(machine: Machine) -> None:
    def reachable(start: set[str]) -> set[str]:
        found = start | {new for old, new in machine.transitions() if old in start}
        return found if found == start else reachable(found)

    assert reachable(set(machine.initial)) == set(machine.states)
    for state in machine.states:
        assert any(machine.final(end) for end in reachable({state}))


@MACHINES
def test_an_unknown_state_is_a_mistake(machine: Machine) -> None:
    with pytest.raises(KeyError):
        machine.allows("NOWHERE", "SUCCEEDED")


@pytest.mark.requirement("SES-14")
def test_the_states_of_a_session_are_those_of_the_specification() -> None:
    assert set(SESSION.states) == set(SessionStatus)
    assert {state for state in SESSION.states if SESSION.final(state)} == {"COMPLETED", "INVALID"}


@pytest.mark.requirement("SES-14", "SES-15", "SES-26", "AMB-19", "AMB-20")
@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("PENDING", "ACTIVE", True),
        ("PENDING", "INVALID", True),
        ("RESERVATION", "ACTIVE", True),
        ("RESERVATION", "COMPLETED", True),
        ("ACTIVE", "ACTIVE", True),
        ("ACTIVE", "COMPLETED", True),
        ("ACTIVE", "PENDING", False),
        ("ACTIVE", "RESERVATION", False),
        ("COMPLETED", "ACTIVE", False),
        ("COMPLETED", "COMPLETED", False),
        ("INVALID", "ACTIVE", False),
        (SessionStatus.PENDING, SessionStatus.ACTIVE, True),
    ],
)
def test_a_session_moves_forward_only(old: str, new: str, allowed: bool) -> None:
    assert SESSION.allows(old, new) is allowed


@pytest.mark.requirement("CMD-04", "CMD-05", "CMD-06", "CMD-09", "CMD-16", "CMD-33", "CMD-34", "AMB-35")
@pytest.mark.parametrize(
    "life",
    [
        "QUEUED SENDING ACCEPTED SUCCEEDED CANCELLED",
        "QUEUED SENDING ACCEPTED FAILED",
        "QUEUED SENDING ACCEPTED TIMED_OUT SUCCEEDED",
        "QUEUED SENDING ACCEPTED TIMED_OUT FAILED",
        "QUEUED SENDING REJECTED",
        "QUEUED SENDING UNKNOWN SUCCEEDED",
        "QUEUED SENDING UNKNOWN FAILED",
        "QUEUED SENDING SUCCEEDED",
        "QUEUED EXPIRED",
    ],
)
def test_a_command_may_live_like_this(life: str) -> None:
    assert life.split()[0] in COMMAND.initial
    for old, new in pairwise(life.split()):
        assert COMMAND.allows(old, new)


@pytest.mark.requirement("CMD-06", "CMD-33")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SENDING", "SENDING"),
        ("SENDING", "QUEUED"),
        ("ACCEPTED", "SENDING"),
        ("REJECTED", "SUCCEEDED"),
        ("EXPIRED", "SENDING"),
        ("SUCCEEDED", "FAILED"),
        ("SUCCEEDED", "TIMED_OUT"),
        ("FAILED", "SUCCEEDED"),
    ],
)
def test_a_command_is_never_sent_twice_and_a_result_never_revised(old: str, new: str) -> None:
    assert not COMMAND.allows(old, new)


@pytest.mark.requirement("CMD-09")
def test_a_command_without_result_is_not_waited_for_but_not_closed_either() -> None:
    assert {state for state in COMMAND.states if COMMAND.waiting(state)} == {"QUEUED", "SENDING", "ACCEPTED"}
    for state in ("TIMED_OUT", "UNKNOWN", "SUCCEEDED"):
        assert not COMMAND.final(state)
