"""Lesson 8: commands, and the result that comes later."""

from typing import Any

from ..claims import CPO, EMSP, InOrder, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import ANY, more_than

START = Seen(
    "we POST START_SESSION, and the CPO accepts it for now", EMSP, "POST", r"/commands/START_SESSION$", 200, 1000,
    sent={"response_url": ANY, "token.uid": ANY, "location_id": "{location_id}"},
    got={"data.result": "ACCEPTED", "data.timeout": more_than(0)},
)  # fmt: skip
RESULT = Seen(
    "later the CPO POSTs the result to our response_url", CPO, "POST", r"/commands/{command_id}$", 200, 1000,
    sent={"result": "ACCEPTED"},
)  # fmt: skip
NOWHERE = "{our_url}/commands/00000000-0000-4000-8000-000000000000"
UNLOCK: tuple[Any, ...] = (act("unlock", evse_uid="{other_evse}"), act("pause", seconds=1.3), act("sweep_commands"))


def stop(session: str, **more: Any) -> Message:
    return Message("POST", "commands", ["STOP_SESSION"], body={"session_id": session, **more})


LESSON = Lesson(
    number=8,
    key="commands",
    title="Commands and the asynchronous result",
    minutes=12,
    story=(
        "The driver taps «start» in her app. Between that tap and the current lie our platform, the CPO's platform, a "
        "mobile network, and a charger that may be asleep. Nobody keeps a connection open for that long; so the answer "
        "comes twice."
    ),
    reading=("13 Commands module", "13.2.2 Sender interface", "13.3.1 CommandResponse", "13.3.2 CommandResult"),
    world={"settings": {"command_timeout": 20}},
    prepare=(act("register"), act("pull", module="tariffs"), act("pull", module="locations"), act("issue_tokens"),
             act("push_tokens")),
    steps=(
        Say(
            "Two answers",
            "A command is a POST. The CPO answers at once with a **CommandResponse**: whether it passes the command "
            "on, and "
            "for how many seconds we should wait. What the charger said comes later, as a **CommandResult**, POSTed "
            "to the "
            "`response_url` that we gave. The URL is new for each command and cannot be guessed.",
        ),
        Predict(
            "ACCEPTED",
            "We send START_SESSION. The CPO answers HTTP 200, status 1000, result ACCEPTED. What do we know?",
            options=(
                Option("The car is charging", "The charger has not even been asked.",
                       (Seen("no further result comes", CPO, "POST", r"/commands/", times=0),)),
                Option("The CPO will try; how it went comes by a POST of its own",
                       "ACCEPTED is a promise to pass it on. The result is another message.",
                       (START, RESULT)),
                Option("The driver may charge, but must hold up her card", "The command brought her token along.",
                       (Seen("the CPO asks for authorization", CPO, "POST", r"/authorize"),)),
            ),
            right=1,
        ),
        Run(
            "Start",
            "For the card …, at {evse_uid}, from an app.",
            acts=(act("start"),
                  act("until", kind="command", where={"id": "{command_id}"}, fields={"state": "SUCCEEDED"}),
                  act("until", kind="session", remember={"session_id": "id"})),
            claims=(
                START,
                RESULT,
                InOrder("first the response, then the result", (START, RESULT)),
                Stored("the command has succeeded", "command", {"id": "{command_id}"}, {"state": "SUCCEEDED"}),
                Seen("and a session has appeared", CPO, "PUT", r"/sessions/{country}/{party}/", 201, 1000),
            ),
        ),
        Look(
            "The command",
            "Everything that the charger needs is in it.",
            at=START,
            fields=(
                ("request.token", "the whole Token: the CPO may never have seen it"),
                ("request.authorization_reference", "comes back in the session: that is how we know which session it "
                                                    "is"),
                ("request.response_url", "where the result goes; it names this one command"),
                ("answer.data.result", "ACCEPTED, REJECTED, NOT_SUPPORTED or UNKNOWN_SESSION: the CPO's own word"),
                ("answer.data.timeout", "seconds after which we need not wait any more"),
            ),
        ),
        Run(
            "And stop",
            "The charger has begun. The driver has seen enough.",
            acts=(act("until", kind="session", where={"session_id": "{session_id}"}, fields={"status": "ACTIVE"}),
                  act("stop"),
                  act("until", kind="session", where={"session_id": "{session_id}"}, fields={"status": "COMPLETED"})),
            claims=(
                Seen("STOP_SESSION names the session", EMSP, "POST", r"/commands/STOP_SESSION$", 200, 1000,
                     sent={"session_id": "{session_id}"}, got={"data.result": "ACCEPTED"}),
                Seen("its result comes", CPO, "POST", r"/commands/{command_id}$", 200, sent={"result": "ACCEPTED"}),
                Stored("the session has ended", "session", {"session_id": "{session_id}"}, {"status": "COMPLETED"}),
            ),
        ),
        Quiz(
            "Silence",
            "We sent START_SESSION, and the connection broke before any answer came. What do we do?",
            options=(
                Option("Send it again", "If the first one arrived, a second car charges, or the same one twice."),
                Option("Wait for a session with our authorization_reference, and tell the driver that we do not know "
                       "yet",
                       "The session is proof. A command is never repeated by a machine."),
                Option("Tell her that it failed", "And her car charges, on her bill."),
            ),
            right=1,
        ),
        Break(
            "Break it: a result that never comes",
            "We send UNLOCK_CONNECTOR, and the CPO announces that it takes one second at most. Choose the fault "
            "after which "
            "our command ends as TIMED_OUT.",
            choices=(
                Choice("Results come twice", (act("fault", name="result-twice"),),
                       "The second one says nothing new and is answered 1000."),
                Choice("Results come before the response", (act("fault", name="result-before-response"),),
                       "It happens: two connections, two speeds. The result counts."),
                Choice("Results never come", (act("fault", name="result-never"),),
                       "After the announced time we stop waiting. Should it come after all, it still counts."),
            ),
            right=2,
            acts=(act("settings", command_timeout=1), *UNLOCK),
            claims=(
                Seen("the CPO had accepted it", EMSP, "POST", r"/commands/UNLOCK_CONNECTOR$", 200, 1000,
                     got={"data.result": "ACCEPTED"}),
                Stored("it has timed out", "command", {"id": "{command_id}"}, {"state": "TIMED_OUT"}),
            ),
            patience=2,
            mend=(act("mend"), act("settings", command_timeout=20)),
        ),
        Write(
            "Be the eMSP: stop a ghost",
            "Write a STOP_SESSION for a session that does not exist. The CPO says so in its CommandResponse: "
            "UNKNOWN_SESSION. The draft lacks what every command needs.",
            side=EMSP,
            begin=stop("GHOST"),
            solution=stop("GHOST", response_url=NOWHERE),
            wrong=stop("GHOST"),
            claims=(Seen("the CPO knows no such session", EMSP, "POST", r"/commands/STOP_SESSION$", 200,
                         got={"data.result": "UNKNOWN_SESSION"}),),
            hint="response_url must be a URL of our platform, such as " + NOWHERE,
        ),
        Quiz(
            "Who may report?",
            "Somebody POSTs a result for our command, with a token of another partner. What do we answer?",
            options=(
                Option("1000: the URL is secret, so it must be right", "Secrets leak. The token says who speaks."),
                Option("404: nobody reports on what another was asked", "For that partner there is no such command."),
                Option("3000: try again", "Nothing is wrong with us."),
            ),
            right=1,
        ),
    ),
    able=(
        "tell a CommandResponse from a CommandResult, and say what each proves",
        "say what response_url and authorization_reference are for",
        "handle results that come early, late, twice or never",
        "explain why no machine repeats a START_SESSION",
    ),
)  # fmt: skip
