"""Lesson 4: PATCH, and the one field that keeps two platforms in step."""

from typing import Any

from ..claims import CPO, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import matching

EVSE = ["{country}", "{party}", "{location_id}", "{evse_uid}"]
PATCH: dict[str, Any] = {"side": CPO, "method": "PATCH", "module": "locations", "path": EVSE}
URL = r"/locations/{country}/{party}/{location_id}/{evse_uid}$"


def answered(ocpi: int, says: str) -> Seen:
    return Seen(says, CPO, "PATCH", URL, 200, ocpi)


LESSON = Lesson(
    number=4,
    key="patch",
    title="PATCH and last_updated",
    minutes=10,
    story=(
        "A station's status changes a hundred times a day. The CPO sends each change as a few bytes, over lines that "
        "lose, repeat and overtake. One field decides whether both platforms still agree in the evening: last_updated."
    ),
    reading=("4.1.4.3 PATCH", "8.2.2.3 PATCH of locations", "8.1.2 Flow and life-cycle", "4.1.6 Pagination"),
    prepare=(act("register"), act("pull", module="tariffs"), act("pull", module="locations")),
    steps=(
        Say(
            "Three verbs",
            "**PUT** brings an object as a whole: what is not in it is gone. **PATCH** brings some fields: the "
            "others stay "
            "as they are. **DELETE** exists for tariffs only; an EVSE is never deleted, it becomes REMOVED, because "
            "bills "
            "still speak of it.\n\n"
            "Every object carries `last_updated`: when it last changed, by the clock of its owner, in UTC.",
        ),
        Predict(
            "A PATCH with one field",
            "The CPO sends `{\"status\": \"CHARGING\"}` for EVSE {evse_uid}, and nothing else. What do we answer?",
            options=(
                Option("1000: the field is valid", "Valid, but when was it true?",
                       (answered(1000, "we take it"),)),
                Option("2001: last_updated is missing", "Without it nobody knows whether this is news or history.",
                       (answered(2001, "we refuse it"),)),
                Option("2003: unknown location", "We know this EVSE well.",
                       (answered(2003, "we do not know the EVSE"),)),
            ),
            right=1,
        ),
        Run(
            "Send it",
            "As the CPO, without `last_updated`.",
            acts=(act("send", **PATCH, body={"status": "CHARGING"}),),
            claims=(
                Seen("we refuse it, and say which field is missing", CPO, "PATCH", URL, 200, 2001,
                     got={"status_message": matching("last_updated")}),
                Stored("the EVSE is what it was: available", "evse", {"uid": "{evse_uid}"}, {"status": "AVAILABLE"}),
            ),
        ),
        Run(
            "And with it",
            "The same change, now with the moment at which it happened.",
            acts=(act("send", **PATCH, body={"status": "CHARGING", "last_updated": "{now}"}),),
            claims=(
                Seen("we take it", CPO, "PATCH", URL, 200, 1000, sent={"status": "CHARGING"}),
                Stored("the EVSE charges; and its location has changed with it, at the same moment", "location",
                       {"location_id": "{location_id}"},
                       {"evses.0.status": "CHARGING", "evses.0.last_updated": "{now}", "last_updated": "{now}"}),
            ),
        ),
        Look(
            "Small is beautiful",
            "This is the whole message. A PUT of this location would have been a hundred times as long.",
            at=Seen("the PATCH that was taken", CPO, "PATCH", URL, 200, 1000),
            fields=(
                ("request.status", "the field that changed; every other field stays"),
                ("request.last_updated", "when it changed, by the CPO's clock; Z is UTC"),
                ("answer.status_code", "1000: stored, and not only received"),
                ("request_headers.X-Correlation-ID", "the same for all messages that belong together"),
            ),
        ),
        Quiz(
            "Up the tree",
            "The status of an EVSE changes. Whose last_updated changes?",
            options=(
                Option("The EVSE's", "A pull asks for locations that changed: it would never see this one."),
                Option("The EVSE's and the location's",
                       "Whoever asks for locations changed since noon must find it (8.1.2)."),
                Option("The EVSE's and its connectors'", "They are below it, and have not changed."),
            ),
            right=1,
        ),
        Break(
            "Break it: history that comes late",
            "Messages can overtake each other. Choose the PATCH that we answer with **1000**, although it changes "
            "**nothing**: the EVSE stays as it is now.",
            choices=(
                Choice("OUTOFORDER, changed this moment",
                       (act("send", **PATCH, body={"status": "OUTOFORDER", "last_updated": "{now}"}),),
                       "That is news, and applied."),
                Choice("OUTOFORDER, without a moment",
                       (act("send", **PATCH, body={"status": "OUTOFORDER"}),),
                       "Refused with 2001, as before."),
                Choice("OUTOFORDER, changed an hour ago",
                       (act("send", **PATCH, body={"status": "OUTOFORDER", "last_updated": "{hour_ago}"}),),
                       "It was true an hour ago. The message is fine, so the answer is 1000; newer knowledge stays."),
            ),
            right=2,
            claims=(
                Seen("we answer 1000", CPO, "PATCH", URL, 200, 1000, sent={"status": "OUTOFORDER"}),
                Stored("and the EVSE is what it was", "evse", {"uid": "{evse_uid}"}, {"status": "CHARGING"}),
            ),
            patience=1,
            mend=(act("send", **PATCH, body={"status": "CHARGING", "last_updated": "{now}"}),),
        ),
        Write(
            "Be the CPO: a better name",
            "The car park is called «Museumplein P1» now. Write the PATCH of the **location** {location_id}; the "
            "draft goes "
            "to the EVSE, and lacks a field. `{now}` in a message stands for this moment.",
            side=CPO,
            begin=Message("PATCH", "locations", EVSE, body={"name": "Museumplein P1"}),
            solution=Message("PATCH", "locations", EVSE[:3], body={"name": "Museumplein P1", "last_updated": "{now}"}),
            wrong=Message("PATCH", "locations", EVSE[:3], body={"name": "Museumplein P1"}),
            claims=(
                Seen("you PATCH the location, and we take it", CPO, "PATCH", r"/{party}/{location_id}$",
                     200, 1000, sent={"name": "Museumplein P1"}),
                Stored("it has its new name, and all its EVSEs", "location", {"location_id": "{location_id}"},
                       {"name": "Museumplein P1", "evses.#": 5}),
            ),
            hint="The path ends with the location; last_updated is required in every PATCH.",
        ),
        Quiz(
            "A PATCH into the void",
            "The CPO PATCHes an EVSE that we have never heard of. What do we answer, and what should the CPO do?",
            options=(
                Option("1000, and keep the fields until the rest comes", "Half an object helps nobody."),
                Option("404 with 2003; the CPO sends the whole object by PUT",
                       "A PATCH needs something to be merged into."),
                Option("3000; the CPO tries again later", "Later we shall not know it either."),
            ),
            right=1,
        ),
        Run(
            "See it",
            "As the CPO, for an EVSE `NOBODY`.",
            acts=(act("send", side=CPO, method="PATCH", module="locations", path=[*EVSE[:3], "NOBODY"],
                      body={"status": "CHARGING", "last_updated": "{now}"}),),
            claims=(Seen("we do not know it: 404 and 2003", CPO, "PATCH", r"/NOBODY$", 404, 2003),),
        ),
    ),
    able=(
        "say what PUT and PATCH do to fields that are not in them",
        "explain why last_updated is required in every PATCH, and goes up to the location",
        "say what a receiver does with a message that is older than what it has",
        "mend an unknown object: PUT instead of PATCH",
    ),
)  # fmt: skip
