"""The four kinds of load: who calls what how often, and how many call at a moment."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass


def _steady(share: float) -> float:
    return 1.0


def _hill(share: float) -> float:
    """From a tenth of all up to all and down again."""
    return 0.1 + 0.9 * math.sin(math.pi * share)


def _bursts(share: float) -> float:
    """Three bursts, and nearly nobody between them."""
    return 1.0 if int(share * 6) % 2 == 0 else 0.1


@dataclass(frozen=True)
class Profile:
    """`calls`: weight of each call, by the name of a method of `calls.Cpo`. `pace`: calls of one user a second at most.

    `crowd` says which part of the users is there at a moment, given as a share of the whole time.
    """

    text: str
    users: int
    seconds: int
    calls: Mapping[str, int]
    pace: float | None
    crowd: Callable[[float], float] = _steady


PROFILES = {
    "steady": Profile(
        "an ordinary hour: sessions that begin, run and are billed, chargers that change their status, drivers who ask",
        users=20, seconds=60, pace=1,
        calls={"begin_session": 3, "meter": 12, "end_session": 3, "change_status": 8, "authorize": 4},
    ),
    "morning": Profile(
        "everybody arrives at work: more and more sessions begin, each after an authorization, and the wave ebbs away",
        users=60, seconds=90, pace=1, crowd=_hill,
        calls={"authorize": 8, "begin_session": 8, "change_status": 8, "meter": 6, "end_session": 1},
    ),
    "storm": Profile(
        "a CPO comes back after an outage: it sends all its stations and tariffs again and reads all our tokens",
        users=30, seconds=45, pace=None,
        calls={"put_location": 10, "put_tariff": 2, "read_tokens": 3},
    ),
    "burst": Profile(
        "many cards are held to chargers at the same moment, three times: nothing but real-time authorization",
        users=60, seconds=30, pace=None, crowd=_bursts,
        calls={"authorize": 1},
    ),
}  # fmt: skip
