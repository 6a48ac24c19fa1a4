"""A lesson whose claims nothing fulfils, and a mock CPO that makes a world for it and answers as a test tells it."""

import json
from typing import Any

from learning.course.claims import CPO, Seen
from learning.course.lesson import (
    Break,
    Choice,
    Lesson,
    Look,
    Message,
    Option,
    Predict,
    Quiz,
    Run,
    Say,
    Step,
    Write,
    act,
)
from tests.partner_server import PartnerServer

ASKS = Seen("they ask for our versions", CPO, "GET", "/versions$")
SILENT = Seen("nobody asks", CPO, "GET", "/versions$", times=0)
SWITCHED = act("fault", name="slow")

SAY = Say("Before", "Read this.")
THEY_ASK, NOBODY_ASKS = Option("they ask", "a CPO asks first", [ASKS]), Option("nobody asks", "no reason to", [SILENT])
PREDICT = Predict("Who asks?", "Guess.", options=[THEY_ASK, NOBODY_ASKS])
RUN = Run("It happens", "Now.", acts=[SWITCHED], claims=[ASKS], patience=0.1)
LOOK = Look("What was asked", "Look.", at=ASKS, fields=[("answer.data.0.url", "where it leads")])
QUIZ = Quiz(
    "Which token?", "Say.", right=1, options=[Option("A", "A opens the handshake only"), Option("C", "so it is")]
)
BREAK = Break("Break it", "Do it.", choices=[Choice("wait", why="waiting breaks nothing"), Choice("slow", [SWITCHED])],
              right=1, claims=[SILENT], mend=[act("mend")], patience=0.1)  # fmt: skip
WRITE = Write("Write it", "Ask.", side="EMSP", begin=Message("GET", "versions"), claims=[SILENT], patience=0.1)


def lesson(*steps: Step, **more: Any) -> Lesson:
    return Lesson(99, "made-up", "What nobody does", "A story of {party}.", steps, ["doubt"], ["4.1"], **more)


class World:
    """The mock CPO's side of one lesson: `fails` says what its control API answers to an act, so often."""

    def __init__(self, server: PartnerServer) -> None:
        self.server = server
        self.url = server.base_url
        base = f"{self.url}/worlds/w"
        made = {"id": "w", "base_url": base, "versions_url": f"{base}/versions", "token_a": "token-a"}
        server.answer("POST", "control/worlds", raw=json.dumps(made).encode())
        for method in ("PUT", "POST", "DELETE"):
            server.answer(method, "worlds/w/control", raw=b"{}")
        server.answer("DELETE", "control/worlds", raw=b"{}")

    def fails(self, path: str, times: float = float("inf"), method: str = "PUT") -> None:
        self.server.answer(method, f"worlds/w/control/{path}", raw=b"no such switch", status=500, times=times)

    @property
    def is_gone(self) -> bool:
        return bool(self.server.calls("DELETE", "control/worlds/w"))
