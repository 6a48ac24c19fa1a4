"""Lesson 3: stations in three levels, and how they travel."""

from typing import Any

from ..claims import CPO, EMSP, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import matching

LIST = Seen(
    "the CPO gives us a list of its locations", EMSP, "GET", r"/cpo/2\.2\.1/locations", 200, 1000,
    got={"data.0.id": "NLAMS01"},
)  # fmt: skip
KIOSK: dict[str, Any] = {
    "country_code": "{country}", "party_id": "{party}", "id": "NEW01", "publish": True, "name": "Kiosk",
    "address": "Dam 1", "city": "Amsterdam", "country": "NLD", "time_zone": "Europe/Amsterdam",
    "coordinates": {"latitude": "52.373100", "longitude": "4.892600"}, "last_updated": "{now}",
}  # fmt: skip
CONNECTOR: dict[str, Any] = {
    "id": "2", "standard": "IEC_62196_T2", "format": "CABLE", "power_type": "AC_3_PHASE", "max_voltage": 230,
    "max_amperage": 32, "last_updated": "{now}",
}  # fmt: skip
AT_KIOSK = {"side": CPO, "method": "PUT", "module": "locations", "path": ["{country}", "{party}", "NEW01"]}
NUMBERS = {"latitude": 52.3731, "longitude": 4.8926}
AT_CONNECTOR = ["{country}", "{party}", "{location_id}", "{other_evse}", "2"]


def total(count: str) -> Seen:
    return Seen(
        f"the list has {count} locations", EMSP, "GET", r"/locations", 200, answer_headers={"X-Total-Count": count}
    )


LESSON = Lesson(
    number=3,
    key="locations",
    title="Locations, EVSEs, connectors",
    minutes=12,
    story=(
        "Before a driver can charge she must find a station. Everything that her app knows about one came from the CPO "
        "as a Location: where it is, when it is open, what can be plugged in, and what is free just now."
    ),
    reading=("8 Locations module", "8.3.1 Location", "8.3.2 EVSE", "8.3.3 Connector", "8.2.2 Receiver interface"),
    prepare=(act("register"), act("pull", module="tariffs")),
    steps=(
        Say(
            "Three levels",
            "A **Location** is a place with an address. At it stand **EVSEs**: each charges one car at a time, and "
            "each "
            "has a status. An EVSE has one or more **connectors**: sockets or cables, of which one can be used at a "
            "time.\n\n"
            "A car park is one location; its ten bays are ten EVSEs; a fast charger with CCS and CHAdeMO cables that "
            "serves one car is one EVSE with two connectors.",
        ),
        Predict(
            "How many will come?",
            "The CPO runs twelve sites in the Netherlands. One of them is a charger on somebody's driveway, and one "
            "is a "
            "company's car park for its own staff. How many locations does its list show us?",
            options=(
                Option("Twelve: we are partners", "Even partners need not know of a private driveway.",
                       (total("12"),)),
                Option("Eleven: all but the driveway",
                       "The staff car park comes with publish false: our drivers who work there must find it.",
                       (total("11"),)),
                Option("Ten: neither of the two",
                       "publish false is not secret: it says to whom the location may be shown.", (total("10"),)),
            ),
            right=1,
        ),
        Run(
            "Fetch them",
            "We GET the CPO's list of locations and store every one of them.",
            acts=(act("pull", module="locations", full=True),),
            claims=(
                LIST,
                total("11"),
                Stored("at the Museumplein there are five EVSEs", "location", {"location_id": "NLAMS01"},
                       {"evses.#": 5, "evses.0.uid": "{evse_uid}", "evses.4.connectors.#": 3}),
                Stored("the staff car park is not published", "location", {"location_id": "NLDFT01"},
                       {"publish": False}),
                Stored("of the driveway we know nothing", "location", {"location_id": "NLHOME1"}, count=0),
            ),
        ),
        Look(
            "One location",
            "The first of the list. Look at what is a number and what is text.",
            at=LIST,
            fields=(
                ("answer.data.0.coordinates.latitude", "text with decimals: a number would lose its last digits"),
                ("answer.data.0.time_zone", "opening hours and tariffs are meant in this zone"),
                ("answer.data.0.evses.0.uid", "names the EVSE in messages; unique within the CPO; never shown to "
                                              "drivers"),
                ("answer.data.0.evses.0.evse_id", "stands on the charger: for people; may be given to another EVSE "
                                                  "later"),
                ("answer.data.0.evses.0.capabilities", "what it can do: here, being started by a command"),
                ("answer.data.0.evses.0.connectors.0.tariff_ids", "what charging costs there: lesson 6"),
            ),
        ),
        Quiz(
            "uid or evse_id?",
            "A charger is replaced by a new model on the same bay. What happens to the two names?",
            options=(
                Option("Both stay", "The uid means this very EVSE, for ever: old sessions and bills still point to "
                                    "it."),
                Option("A new uid; the evse_id may stay", "The bay keeps the name that people know, the EVSE is "
                                                          "another."),
                Option("The uid stays, the evse_id is new", "The other way round: see what each is for."),
            ),
            right=1,
        ),
        Run(
            "An EVSE breaks",
            "Nobody pulls a list all day. When something changes, the CPO pushes just that: a PATCH of the one EVSE.",
            acts=(act("evse_status", location_id="{location_id}", evse_uid="{other_evse}", status="OUTOFORDER"),),
            claims=(
                Seen("the CPO PATCHes the EVSE: its status, and when that changed", CPO, "PATCH",
                     r"/locations/{country}/{party}/{location_id}/{other_evse}$", 200, 1000,
                     sent={"status": "OUTOFORDER", "last_updated": matching("Z$")}),
                Stored("here it is out of order too", "evse", {"uid": "{other_evse}"}, {"status": "OUTOFORDER"}),
            ),
        ),
        Break(
            "Break it: a location that we do not take",
            "Three ways to PUT a new location. Choose the one that our platform refuses, with OCPI status 2001 and the "
            "field at fault.",
            choices=(
                Choice("With a field that OCPI does not know", (act("send", **AT_KIOSK, body=KIOSK | {"wifi": True}),),
                       "Unknown fields are kept: they may be of a later version."),
                Choice("With the latitude as a number",
                       (act("send", **AT_KIOSK, body=KIOSK | {"coordinates": NUMBERS}),),
                       "It must be text like \"52.373100\"; the answer names coordinates.latitude."),
                Choice("Twice, without any change",
                       (act("send", **AT_KIOSK, body=KIOSK), act("send", **AT_KIOSK, body=KIOSK)),
                       "A repeated PUT does no harm: messages may come twice."),
            ),
            right=1,
            claims=(
                Seen("PUT is refused: HTTP 200, OCPI 2001, and the field is named", CPO, "PUT", r"/NEW01$", 200,
                     2001, got={"status_message": matching(r"coordinates\.latitude")}),
            ),
        ),
        Write(
            "Be the CPO: a second connector",
            "A cable is added to EVSE `{other_evse}`. Write the PUT of the new Connector `2`: of type 2 with an "
            "attached "
            "cable, three phases, 230 V, 32 A. The draft has two mistakes, and one field is missing.",
            side=CPO,
            begin=Message("PUT", "locations", AT_CONNECTOR, body={
                "id": "2", "standard": "IEC_62196_T2", "format": "PLUG", "max_voltage": "230", "max_amperage": 32,
                "last_updated": "{now}"}),
            solution=Message("PUT", "locations", AT_CONNECTOR, body=CONNECTOR),
            wrong=Message("PUT", "locations", AT_CONNECTOR, body=CONNECTOR | {"format": "PLUG"}),
            claims=(
                Seen("you PUT the connector, and it is created: 201", CPO, "PUT", r"/{other_evse}/2$", 201, 1000),
                Stored("we keep it", "connector", {"connector_id": "2", "evse__uid": "{other_evse}"},
                       {"standard": "IEC_62196_T2"}),
            ),
            hint="format is SOCKET or CABLE; voltage and current are numbers; power_type says how many phases.",
        ),
        Quiz(
            "Which URL?",
            "The CPO wants to change the tariff of one connector only. What does it send, and where?",
            options=(
                Option("A PUT of the whole Location", "It would work, and carry forty kilobytes for one word."),
                Option("A PATCH with `tariff_ids` and `last_updated` to …/location/EVSE/connector",
                       "Each level has a URL of its own: the smallest one that fits."),
                Option("A PATCH of the EVSE with a list of connectors",
                       "Lists are replaced as a whole: the other connectors would be gone."),
            ),
            right=1,
        ),
    ),
    able=(
        "tell Location, EVSE and connector apart, and uid from evse_id",
        "say what publish means, and who may see what is not published",
        "find the field at fault in an answer with status 2001",
        "choose the level at which a change is pushed",
    ),
)  # fmt: skip
