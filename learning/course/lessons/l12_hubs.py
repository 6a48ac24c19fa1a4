"""Lesson 12: a hub in between, routing headers, and limits for the power."""

from typing import Any

from ..claims import CPO, EMSP, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import more_than, one_of

LOCATIONS = r"/2\.2\.1/locations"
TO, TO_COUNTRY = "OCPI-to-party-id", "OCPI-to-country-code"
MINE = {"session_id": "{session_id}"}


def to(country: str, party: str) -> dict[str, str]:
    return {TO_COUNTRY: country, TO: party}


def ask(country: str, party: str) -> Any:
    """GET of the locations of one party, or of all behind the hub."""
    return act("send", side=EMSP, method="GET", module="locations", query="limit=1", headers=to(country, party))


def pushed(count: int, says: str) -> Seen:
    return Seen(says, EMSP, "PUT", r"/tokens/", times=count)


START = Seen(
    "the command goes to the hub, and names the CPO behind it", EMSP, "POST", r"/commands/START_SESSION$", 200, 1000,
    headers={TO_COUNTRY: "NL", TO: "TUL", "OCPI-from-party-id": "{emsp_party}"}, got={"data.result": "ACCEPTED"},
)  # fmt: skip

LESSON = Lesson(
    number=12,
    key="hubs",
    title="Hubs, routing, charging profiles",
    minutes=14,
    story=(
        "With fifty CPOs an eMSP has fifty handshakes, fifty contracts, fifty time zones. A hub stands in between: one "
        "registration, and behind it all the others. The price is one more question on every message: who is it for?"
    ),
    reading=("4.2 Transport and message routing", "15 HubClientInfo module", "14 ChargingProfiles module"),
    world={"hub": True, "fast": 120},
    prepare=(act("register"),),
    steps=(
        Say(
            "From and to",
            "Messages of functional modules carry four headers: `OCPI-from-country-code`, `OCPI-from-party-id`, "
            "`OCPI-to-country-code`, `OCPI-to-party-id`. The answer has them swapped. With one CPO they say nothing "
            "new. "
            "With a hub they are the address on the envelope.\n\n"
            "TO may name a party behind the hub; or the hub itself, which means: everybody. Configuration (versions, "
            "credentials, hubclientinfo) has no such headers: it is between neighbours.",
        ),
        Run(
            "Who is behind it?",
            "The hub's credentials name only itself. Who is there, and whether they are connected, it tells in its "
            "ClientInfo. Then we fetch tariffs and locations of all of them in one list: TO is the hub.",
            acts=(act("pull", module="hubclientinfo"), act("pull", module="tariffs"), act("pull", module="locations")),
            claims=(
                Seen("we ask for ClientInfo, without routing headers", EMSP, "GET", r"/hubclientinfo", 200, 1000),
                Stored("NL-TUL is connected", "hub_party", {"party_id": "tul"}, {"status": "CONNECTED", "role": "CPO"}),
                Stored("FR-LUM is only planned", "hub_party", {"party_id": "lum"}, {"status": "PLANNED"}),
                Seen("one list of all: TO names the hub", EMSP, "GET", LOCATIONS, 200, 1000, headers={TO: "{party}"}),
                Stored("locations of a Dutch CPO have come", "location", {"party_id": "tul"}),
                Stored("and of a German one", "location", {"party_id": "rhe"}),
            ),
        ),
        Predict(
            "Four tokens",
            "We give out four tokens to our drivers, and three CPOs are connected behind the hub. How many requests "
            "does it "
            "take to tell them all?",
            options=(
                Option("Twelve: each token to each CPO", "That is what the hub takes off our hands.",
                       (pushed(12, "twelve requests"),)),
                Option("Four: each token once, TO the hub", "A broadcast: the hub gives it to everybody and answers "
                       "for them.", (pushed(4, "four requests"),)),
                Option("One, with a list of tokens", "There is no PUT of a list in OCPI.", (pushed(1, "one request"),)),
            ),
            right=1,
        ),
        Run(
            "Broadcast",
            "PUT each token, TO the hub.",
            acts=(act("issue_tokens"), act("push_tokens")),
            claims=(
                Seen("each token goes once, to the hub itself", EMSP, "PUT", r"/tokens/", 200, 1000,
                     headers={TO: "{party}"}, times=4),
                Stored("all have arrived", "push", {}, {"state": "DONE"}, count=4),
            ),
        ),
        Run(
            "Through the hub",
            "A driver starts a charge at a station of NL-TUL. We know whose it is from the location, and say so.",
            acts=(act("start"),
                  act("until", kind="command", where={"id": "{command_id}"}, fields={"state": "SUCCEEDED"}),
                  act("until", kind="session", fields={"status": "ACTIVE"}, remember={"session_id": "id"})),
            claims=(
                START,
                Seen("the result comes through the hub, FROM the CPO", CPO, "POST", r"/commands/{command_id}$", 200,
                     headers={"OCPI-from-party-id": "TUL", TO: "{emsp_party}"}),
                Seen("and so does the session", CPO, "PUT", r"/sessions/NL/TUL/", 201, 1000,
                     headers={"OCPI-from-party-id": "TUL"}),
            ),
            patience=15,
        ),
        Look(
            "The address on the envelope",
            "The URL belongs to the hub; the headers say who it is for.",
            at=START,
            fields=(
                ("request_headers.OCPI-from-party-id", "us"),
                ("request_headers.OCPI-to-party-id", "the CPO that owns the station"),
                ("answer_headers.OCPI-from-party-id", "who answered: the CPO, through the hub"),
                ("request_headers.X-Correlation-ID", "stays the same on every leg; X-Request-ID is new on each"),
            ),
        ),
        Break(
            "Break it: return to sender",
            "Choose whom to address so that the hub answers **4001**: unknown receiver.",
            choices=(
                Choice("DE-RHE", (ask("DE", "RHE"),), "Connected, and delivered."),
                Choice("FR-LUM, who is only planned", (ask("FR", "LUM"),),
                       "The hub knows it, but cannot reach it: 4003, not connected."),
                Choice("SE-XYZ", (ask("SE", "XYZ"),), "Nobody of that name behind this hub: 4001."),
            ),
            right=2,
            claims=(Seen("the hub cannot deliver: 4001", EMSP, "GET", LOCATIONS, 200, 4001),),
        ),
        Quiz(
            "4xxx",
            "The answer says HTTP 200, status 4002. Whose fault is it?",
            options=(
                Option("Ours: 4xx is the client", "That is HTTP. OCPI's own codes have four digits."),
                Option("The hub could not deliver in time; whether the CPO got it, nobody knows",
                       "So a command must not simply be repeated."),
                Option("The CPO refused", "Then the CPO's own 2xxx would stand there."),
            ),
            right=1,
        ),
        Run(
            "A limit for the power",
            "Not every charge needs all the power at once. We send a ChargingProfile: at most 4 kW, for an hour. "
            "Like a "
            "command it is answered twice, and the CPO may know better.",
            acts=(act("set_profile", watts=4000), act("pause", seconds=0.3),
                  act("until", kind="profile_request", fields={"kind": "SET", "state": "SUCCEEDED"}),
                  act("get_profile"),
                  act("until", kind="profile_request", fields={"kind": "GET", "state": "SUCCEEDED"})),
            claims=(
                Seen("we PUT the profile for the session", EMSP, "PUT", r"/chargingprofiles/{session_id}$", 200, 1000,
                     sent={"charging_profile.charging_profile_period.0.limit": one_of(4000, 4000.0)},
                     got={"data.result": "ACCEPTED"}),
                Seen("the charger's answer follows", CPO, "POST", r"/chargingprofiles/", 200, 1000,
                     sent={"result": "ACCEPTED"}),
                Stored("what holds now: 4 kW", "active_profile", {"session__session_id": "{session_id}"},
                       {"charging_profile.charging_profile_period.0.limit": one_of(4000, 4000.0)}),
            ),
            patience=15,
        ),
        Quiz(
            "A promise?",
            "The profile says 4 kW and was ACCEPTED. How much flows?",
            options=(
                Option("Exactly 4 kW", "The car decides how much it takes."),
                Option("4 kW at most", "A profile is an upper limit. The car, the charger or the site may take less."),
                Option("4 kW at least", "min_charging_rate is a wish of that kind; it is another field."),
            ),
            right=1,
        ),
        Write(
            "Be the eMSP: one CPO of many",
            "Ask the hub for one location of the German CPO DE-RHE, and of nobody else. The draft is addressed to "
            "everybody.",
            side=EMSP,
            begin=Message("GET", "locations", query="limit=1", headers=to("{country}", "{party}")),
            solution=Message("GET", "locations", query="limit=1", headers=to("DE", "RHE")),
            wrong=Message("GET", "locations", query="limit=1", headers=to("{country}", "{party}")),
            claims=(
                Seen("you ask DE-RHE, and it answers", EMSP, "GET", LOCATIONS, 200, 1000, headers=to("DE", "RHE"),
                     got={"data.#": more_than(0), "data.0.party_id": "RHE"}),
            ),
            hint="Both headers name the receiver: the country and the party.",
        ),
    ),
    able=(
        "read routing headers, and say what TO means with a hub",
        "tell 4001, 4002 and 4003 apart",
        "say who is behind a hub, from its ClientInfo",
        "set a charging profile, and say what it promises",
    ),
)  # fmt: skip
