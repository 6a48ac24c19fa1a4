"""Life cycles as tables: sessions (OCPI 2.2.1, chapter 9) and our own command rows (chapter 13).

Code, badges and diagrams read the same table. Why a transition is there stands beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Tone = Literal["info", "success", "warning", "danger", "neutral"]


@dataclass(frozen=True)
class State:
    """One state: its name on a screen, its colour, what may follow, whether something is still expected."""

    label: str
    tone: Tone
    next: tuple[str, ...] = ()
    waiting: bool = False


@dataclass(frozen=True)
class Machine:
    """A life cycle: its states by name, and those in which it may begin. Unknown names raise KeyError."""

    table: Mapping[str, State]
    initial: tuple[str, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """The names of all states, in the order of the table."""
        return tuple(self.table)

    def allows(self, old: str, new: str) -> bool:
        """Whether the second state may follow the first."""
        return new in self.table[old].next

    def final(self, state: str) -> bool:
        """Whether nothing can follow any more."""
        return not self.table[state].next

    def waiting(self, state: str) -> bool:
        """Whether something is still expected to happen. A state may be neither waiting nor final: see TIMED_OUT."""
        return self.table[state].waiting

    def label(self, state: str) -> str:
        """The name of the state for people."""
        return self.table[state].label

    def tone(self, state: str) -> Tone:
        """The colour family of its badge."""
        return self.table[state].tone

    def transitions(self) -> Iterator[tuple[str, str]]:
        """Every allowed step, for diagrams."""
        return ((old, new) for old, state in self.table.items() for new in state.next)


# A session is updated many times without changing its state, so a state that is not final may follow itself. Steps that
# the table does not allow are applied and flagged all the same: the CPO owns its session (SES-15, AMB-20).
SESSION = Machine(
    initial=("PENDING", "RESERVATION", "ACTIVE"),  # AMB-19: some begin with ACTIVE
    table={
        "PENDING": State("Pending", "info", ("PENDING", "RESERVATION", "ACTIVE", "COMPLETED", "INVALID"), waiting=True),
        "RESERVATION": State(
            "Reserved", "info", ("RESERVATION", "PENDING", "ACTIVE", "COMPLETED", "INVALID"), waiting=True
        ),
        "ACTIVE": State("Charging", "success", ("ACTIVE", "COMPLETED", "INVALID"), waiting=True),
        "COMPLETED": State("Completed", "neutral"),
        "INVALID": State("Invalid", "danger"),
    },
)

COMMAND = Machine(
    initial=("QUEUED",),
    table={
        "QUEUED": State("Queued", "info", ("SENDING", "EXPIRED"), waiting=True),
        # The result may overtake the answer to the request itself (CMD-04).
        "SENDING": State("Sending", "info", ("ACCEPTED", "REJECTED", "UNKNOWN", "SUCCEEDED", "FAILED"), waiting=True),
        "ACCEPTED": State("Accepted, waiting", "info", ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"), waiting=True),
        # The reservation may be taken back by the CPO later, on the same response_url (CMD-16).
        "SUCCEEDED": State("Succeeded", "success", ("CANCELLED",)),
        "FAILED": State("Failed", "danger"),
        "REJECTED": State("Rejected", "danger"),
        # No answer proves nothing: the charger may have got the command, and a result may still come (CMD-09, CMD-34).
        "TIMED_OUT": State("No result", "warning", ("SUCCEEDED", "FAILED", "CANCELLED")),
        "UNKNOWN": State("Unknown", "warning", ("SUCCEEDED", "FAILED", "CANCELLED")),
        "EXPIRED": State("Never sent", "neutral"),
        "CANCELLED": State("Cancelled by the operator", "warning"),
    },
)
