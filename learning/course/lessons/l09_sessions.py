"""Lesson 9: the life of a session, from the first word to the last kilowatt-hour."""

from typing import Any

from ..claims import CPO, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import ANY, more_than

SESSION = r"/sessions/{country}/{party}/"
THIS = SESSION + "{session_id}$"
MINE: dict[str, Any] = {"session_id": "{session_id}"}
THERE: dict[str, Any] = {"location_id": "{location_id}", "evse_uid": "{other_evse}"}
METER = Seen(
    "meter values come by PATCH: the energy so far, and the newest periods", CPO, "PATCH", THIS, 200, 1000,
    sent={"kwh": more_than(0), "charging_periods.0.dimensions": ANY, "last_updated": ANY},
)  # fmt: skip


def first_status(status: str) -> Seen:
    return Seen(f"the CPO PUTs a session that is {status}", CPO, "PUT", SESSION, 201, 1000, sent={"status": status})


def until(status: str, **more: Any) -> Any:
    return act("until", kind="session", where=MINE, fields={"status": status}, **more)


OTHER = (
    act("start", evse_uid="{other_evse}", uid="{trusted_uid}"),
    act("until", kind="session", where={"evse_uid": "{other_evse}"}, fields={"status": "PENDING"},
        remember={"other_session": "id"}),
)  # fmt: skip
ENDED = {"session_id": "{other_session}"}
PLUG = (
    act("plug", **THERE),
    act("until", kind="session", where=ENDED, fields={"status": "ACTIVE"}),
)
OWN: dict[str, Any] = {
    "country_code": "{country}", "party_id": "{party}", "id": "MINE", "start_date_time": "{hour_ago}", "kwh": 4.2,
    "cdr_token": "{cdr_token}", "auth_method": "WHITELIST", "location_id": "{location_id}", "evse_uid": "{evse_uid}",
    "connector_id": "1", "currency": "EUR", "status": "ACTIVE", "last_updated": "{now}",
}  # fmt: skip
AT = ["{country}", "{party}", "MINE"]

LESSON = Lesson(
    number=9,
    key="sessions",
    title="The life of a session",
    minutes=14,
    story=(
        "A charge takes minutes or a night. All that time two platforms hold the same object, and one of them writes "
        "it: "
        "the CPO, whose meter it is. We watch, show the driver what flows, and do not write a word."
    ),
    reading=("9 Sessions module", "9.2.2 Receiver interface", "9.3.1 Session", "9.4.2 SessionStatus"),
    world={"fast": 600, "settings": {"auto_plug": False, "connection_timeout": 100000}},
    prepare=(act("register"), act("pull", module="tariffs"), act("pull", module="locations"), act("issue_tokens"),
             act("push_tokens")),
    steps=(
        Say(
            "Five states",
            "**PENDING**: authorised, but no cable yet. **ACTIVE**: it charges, or could. **COMPLETED**: over, and "
            "to be "
            "billed. **INVALID**: over, and never billed. **RESERVATION**: somebody has reserved and not come yet.\n\n"
            "The CPO PUTs a session whole when it begins and when it ends, and PATCHes what changes in between.",
        ),
        Predict(
            "No cable yet",
            "The driver taps «start» in the app, and walks to her car for the cable. In which state does the session "
            "appear?",
            options=(
                Option("ACTIVE: she has started it", "No car is connected.", (first_status("ACTIVE"),)),
                Option("PENDING", "Authorised and waiting. Some CPOs skip this state; then the session appears later.",
                       (first_status("PENDING"),)),
                Option("RESERVATION", "Nobody has reserved anything.", (first_status("RESERVATION"),)),
            ),
            right=1,
        ),
        Run(
            "Start without a cable",
            "In this world drivers do not plug in by themselves. Time runs six hundred times faster than yours.",
            acts=(act("start"),
                  act("until", kind="session", fields={"status": "PENDING"}, remember={"session_id": "id"})),
            claims=(
                first_status("PENDING"),
                Stored("we hold it, without energy", "session", MINE, {"status": "PENDING", "kwh": 0}),
            ),
        ),
        Run(
            "Plug in",
            "The cable is in, and the charge begins. Two objects change: the session, and the status of the EVSE.",
            acts=(act("plug", location_id="{location_id}", evse_uid="{evse_uid}"), until("ACTIVE")),
            claims=(
                Seen("the session is ACTIVE from now on, and its start is now", CPO, "PATCH", THIS, 200, 1000,
                     sent={"status": "ACTIVE", "start_date_time": ANY}),
                Seen("the EVSE is CHARGING", CPO, "PATCH", r"/locations/.*/{evse_uid}$", 200, 1000,
                     sent={"status": "CHARGING"}),
                Stored("both are so here", "evse", {"uid": "{evse_uid}"}, {"status": "CHARGING"}),
            ),
        ),
        Run(
            "Watch the meter",
            "Every simulated minute the CPO reports. Wait until three kilowatt-hours have flowed.",
            acts=(act("until", kind="session", where=MINE, fields={"kwh": more_than(3)}),),
            claims=(
                METER,
                Stored("the periods have been collected, one behind the other", "session", MINE,
                       {"kwh": more_than(3), "charging_periods.#": more_than(1), "total_cost.excl_vat": more_than(0)}),
            ),
            patience=15,
        ),
        Look(
            "A report",
            "Small, and with one peculiarity.",
            at=METER,
            fields=(
                ("request.kwh", "all energy since the start: it replaces the value before"),
                ("request.charging_periods", "only the new ones: they are **added** to those that we have"),
                ("request.charging_periods.0.dimensions", "what was measured in this period: energy, time, power"),
                ("request.total_cost", "what it costs so far, in the CPO's eyes; the bill decides"),
                ("request.last_updated", "the order of reports; a late one is no news"),
            ),
        ),
        Quiz(
            "The exception",
            "A PATCH replaces the fields that it carries. What about the list charging_periods in a PATCH of a "
            "session?",
            options=(
                Option("It is replaced, like every list", "Then each PATCH would have to carry the whole night."),
                Option("Its periods are appended", "The one exception from the rule (9.2.2.3), so that reports stay "
                                                   "small."),
                Option("It is ignored", "Then nobody would see the curve of the charge."),
            ),
            right=1,
        ),
        Break(
            "Break it: a session that is never billed",
            "At {other_evse} somebody starts another charge. Choose what must happen so that it ends as **INVALID**.",
            choices=(
                Choice("Plug in, and pull the cable again", (*OTHER, *PLUG, act("unplug", **THERE)),
                       "COMPLETED: it was short, but it was a charge."),
                Choice("Plug in, and press the stop button",
                       (*OTHER, *PLUG, act("stop_at_charger", session_id="{other_session}"), act("unplug", **THERE)),
                       "COMPLETED."),
                Choice("Nobody ever plugs in", (*OTHER, act("settings", connection_timeout=60)),
                       "The charger waits for a while and gives up. No energy, no bill: INVALID."),
            ),
            right=2,
            claims=(
                Seen("the CPO PUTs the session as INVALID", CPO, "PUT", SESSION + "{other_session}$", 200, 1000,
                     sent={"status": "INVALID"}),
                Stored("and so it is here", "session", ENDED, {"status": "INVALID"}),
            ),
            patience=5,
            mend=(act("settings", connection_timeout=100000),),
        ),
        Run(
            "The end",
            "Back to the first charge: its driver presses stop. The final state comes as a whole; whatever report was "
            "lost on the way does not matter any more.",
            acts=(act("stop_at_charger", session_id="{session_id}"), until("COMPLETED")),
            claims=(
                Seen("the CPO PUTs the whole session, with its end", CPO, "PUT", THIS, 200, 1000,
                     sent={"status": "COMPLETED", "end_date_time": ANY, "kwh": more_than(3), "total_cost": ANY}),
                Seen("and the bill follows: a CDR", CPO, "POST", r"/cdrs$", 201, 1000,
                     sent={"session_id": "{session_id}"}),
            ),
        ),
        Write(
            "Be the CPO: a session of your own",
            "Another driver has held her card to {evse_uid}, and it has charged 4.2 kWh so far. PUT the session "
            "MINE. Two "
            "values of the draft are not OCPI's, and one field is missing.",
            side=CPO,
            begin=Message("PUT", "sessions", AT, body={k: v for k, v in OWN.items() if k != "currency"}
                          | {"status": "CHARGING", "auth_method": "RFID"}),
            solution=Message("PUT", "sessions", AT, body=OWN),
            wrong=Message("PUT", "sessions", AT, body=OWN | {"status": "CHARGING"}),
            claims=(
                Seen("you PUT it, and we take it", CPO, "PUT", SESSION + "MINE$", 201, 1000),
                Stored("it is ACTIVE here", "session", {"session_id": "mine"}, {"status": "ACTIVE", "kwh": 4.2}),
            ),
            hint="A session that charges is ACTIVE; auth_method is WHITELIST, AUTH_REQUEST or COMMAND; money has a "
                 "currency.",
        ),
    ),
    able=(
        "name the states of a session and what leads from one to the next",
        "say which changes come by PUT and which by PATCH",
        "collect charging_periods, the one list that is appended",
        "tell a charge that is billed from one that never is",
    ),
)  # fmt: skip
