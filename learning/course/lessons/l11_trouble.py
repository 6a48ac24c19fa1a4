"""Lesson 11: what breaks between two platforms, and what mends itself."""

from typing import Any

from ocpi.partners.callers import LIFE

from ..claims import CPO, EMSP, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import That, more_than

EVSE = r"/locations/{country}/{party}/{location_id}/{other_evse}$"
SOMETHING = That("an error", bool)
NOTHING = That("no error", lambda value: value == "")
BILL_HERE = {"session_id": "{session_id}"}
CHARGE = (
    act("tap", uid="{token_uid}", location_id="{location_id}", evse_uid="{evse_uid}"),
    act("until", kind="session", where=BILL_HERE, fields={"kwh": more_than(1)}),
    act("stop_at_charger", session_id="{session_id}"),
    act("until", kind="session", where=BILL_HERE, fields={"status": "COMPLETED"}),
)


def broken(status: str) -> Any:
    return act("evse_status", location_id="{location_id}", evse_uid="{other_evse}", status=status)


def twice(count: int) -> Seen:
    return Seen(f"the change comes {count} times", CPO, "PATCH", EVSE, 200, 1000, times=count)


LOST = Seen("we refuse the push with 401: a suspended partner opens nothing", CPO, "PATCH", EVSE, 401)

LESSON = Lesson(
    number=11,
    key="trouble",
    title="When things break: faults, repeats, resync",
    minutes=14,
    story=(
        "Lines break in the middle of a message. Servers restart. Somebody deploys on a Friday. Two platforms that "
        "talk for "
        "years will meet everything, and the protocol is made so that nothing of it is the end: every message may come "
        "twice, late, or never."
    ),
    reading=("4.1.8 Push and pull", "5 Status codes", "4.1.4 Interface endpoints", "7.1.4 Updating credentials"),
    world={"fast": 600},
    prepare=(act("register"), act("pull", module="tariffs"), act("pull", module="locations"), act("issue_tokens"),
             act("push_tokens")),
    steps=(
        Say(
            "Three rules",
            "**Repeat safely**: a PUT, a PATCH or a CDR that comes twice must leave the same behind as once. **Newer "
            "wins**: "
            "last_updated decides, not the order of arrival. **Pull what you missed**: pushes are quick, pulls are "
            "certain.",
        ),
        Predict(
            "Everything twice",
            "The CPO's outbox has gone mad: each push comes twice. An EVSE breaks. What do we see?",
            options=(
                Option("One message; the second is dropped by the network", "Networks do not read.", (twice(1),)),
                Option("Two messages, both answered 1000, one change",
                       "The second says nothing new, and is no mistake.",
                       (twice(2), Stored("the EVSE is out of order", "evse", {"uid": "{other_evse}"},
                                         {"status": "OUTOFORDER"}))),
                Option("The second is refused", "Then the CPO would think that the change has failed.",
                       (Seen("the second is refused", CPO, "PATCH", EVSE, 200, 2001),)),
            ),
            right=1,
        ),
        Run(
            "Twice",
            "With the fault duplicate-pushes.",
            acts=(act("fault", name="duplicate-pushes"), broken("OUTOFORDER"),
                  act("until", kind="evse", where={"uid": "{other_evse}"}, fields={"status": "OUTOFORDER"}),
                  act("delivered"), act("mend")),
            claims=(
                twice(2),
                Stored("one EVSE, one state", "evse", {"uid": "{other_evse}"}, {"status": "OUTOFORDER"}, count=1),
            ),
        ),
        Run(
            "Not at all",
            "An operator of ours suspends the partner, which each process knows within five seconds, and then the EVSE "
            "is repaired. The push is refused; nobody "
            "queues it, because tomorrow it would be history. The partner is resumed, and our map is wrong.",
            acts=(
                act("suspend"), act("pause", seconds=LIFE + 0.5), broken("AVAILABLE"), act("delivered"), act("resume"),
            ),
            claims=(
                LOST,
                Stored("here the EVSE is still out of order", "evse", {"uid": "{other_evse}"},
                       {"status": "OUTOFORDER"}),
            ),
        ),
        Look(
            "The push that was lost",
            "No status_code 1000, so the sender knows that it did not arrive.",
            at=LOST,
            fields=(
                ("request.status", "the news that we did not take"),
                ("answer.status_code", "2xxx: no use to repeat the same"),
            ),
        ),
        Run(
            "Pull what you missed",
            "We ask for what has changed. One request, and both platforms agree again.",
            acts=(act("pull", module="locations"),),
            claims=(
                Seen("we pull, from a moment before the last pull on", EMSP, "GET", r"/locations\?.*date_from",
                     200, 1000),
                Stored("and the EVSE is available", "evse", {"uid": "{other_evse}"}, {"status": "AVAILABLE"}),
            ),
        ),
        Quiz(
            "Try again?",
            "Which of these answers is worth another try of the very same message?",
            options=(
                Option("HTTP 200 with 2001", "What was invalid stays invalid."),
                Option("HTTP 503, or HTTP 200 with 3000", "Their trouble, which may pass. Wait a little, longer each "
                                                          "time."),
                Option("HTTP 401", "The token is wrong, and will be."),
            ),
            right=1,
        ),
        Run(
            "Their trouble",
            "The CPO answers our pull with HTTP 200 and status 3000: generic server error. The pull ends, keeps what "
            "it "
            "had, and will come again by itself.",
            acts=(act("fault", name="status-code", value=3000), act("pull", module="tariffs"), act("mend")),
            claims=(
                Seen("HTTP says 200, OCPI says 3000", EMSP, "GET", r"/cpo/2\.2\.1/tariffs", 200, 3000),
                Stored("the pull has failed, and says so", "pull", {"module": "tariffs"}, {"error": SOMETHING}),
                Stored("no tariff was lost by it", "tariff", {"tariff_id": "nl-energy"}),
            ),
        ),
        Run(
            "A bill gets lost",
            "A charge, and then the CPO forgets to POST the CDR.",
            acts=(act("fault", name="drop-cdr-push"), *CHARGE, act("delivered"), act("mend")),
            claims=(
                Stored("the session is complete", "session", BILL_HERE, {"status": "COMPLETED"}),
                Seen("no bill has come", CPO, "POST", r"/cdrs$", times=0),
            ),
        ),
        Break(
            "Mend it",
            "The bill is missing. Choose what brings it.",
            choices=(
                Choice("Wait: the CPO will try again", (act("pause", seconds=0.5),),
                       "It believes that it has sent it. Nobody will try again."),
                Choice("Pull the tariffs", (act("pull", module="tariffs"),), "A tariff is a price, not a bill."),
                Choice("Pull the CDRs", (act("pull", module="cdrs"),),
                       "The owner's list has everything. Our platform does this by itself for charges without a bill."),
            ),
            right=2,
            claims=(
                Seen("we ask the CPO for its CDRs", EMSP, "GET", r"/cpo/2\.2\.1/cdrs", 200, 1000),
                Stored("and have the bill", "bill", BILL_HERE),
            ),
        ),
        Write(
            "Be the CPO after a restart",
            "Your database of drivers' tokens is empty. Do as we did: pull. Ask our platform for its tokens, two on "
            "a page. "
            "The draft tries to be sent something.",
            side=CPO,
            begin=Message("POST", "tokens", query="limit=2"),
            solution=Message("GET", "tokens", query="limit=2"),
            wrong=Message("POST", "tokens", query="limit=2"),
            claims=(
                Seen("you get the first two of four, and the way to the next page", CPO, "GET", r"/tokens\?limit", 200,
                     1000, got={"data.#": 2}, answer_headers={"X-Total-Count": "4", "Link": That("a Link", bool)}),
            ),
            hint="Lists are read with GET.",
        ),
    ),
    able=(
        "say for each kind of failure whether another try makes sense",
        "explain why repeats, delays and losses do no harm",
        "choose between push and pull, and mend what a lost push has left behind",
        "read a failed pull, and know that nothing was lost by it",
    ),
)  # fmt: skip
