"""Lesson 1: who is who in OCPI, and how one platform finds out what another can do."""

from ..claims import EMSP, Seen
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import ANY, MISSING, That

NO_DATA = That("nothing to read", lambda value: value is MISSING or value is None)
VERSIONS = Seen(
    "the CPO names the versions that it speaks, each with a URL", EMSP, "GET", r"/ocpi/cpo/versions$", 200, 1000,
    got={"data.0.version": "2.2.1", "data.0.url": ANY},
)  # fmt: skip
DETAILS = Seen(
    "the details of 2.2.1 list eight modules, each with its role and URL", EMSP, "GET", r"/ocpi/cpo/2\.2\.1$", 200,
    1000, got={"data.version": "2.2.1", "data.endpoints.#": 8},
)  # fmt: skip

LESSON = Lesson(
    number=1,
    key="roles",
    title="Roles and versions",
    minutes=8,
    story=(
        "A driver of the eMSP {emsp_country}-{emsp_party} stands before a station of the CPO {country}-{party}. She "
        "has "
        "a contract with the first and none with the second. That she can charge all the same is what OCPI is for: two "
        "platforms that tell each other what they need to know. Here they are, and here is how one of them finds its "
        "way around the other."
    ),
    reading=("3.2 Roles", "6 Versions module", "4.1.3 Request format", "5 Status codes"),
    prepare=(act("register"),),
    steps=(
        Say(
            "Who is who",
            "A **CPO** (charge point operator) runs stations. An **eMSP** (e-mobility service provider) has the "
            "drivers: "
            "it gives out cards and apps, and pays the CPO. A **hub** connects many of both. Each of them is a "
            "**party** "
            "with a country_code of two letters and a party_id of three, such as {country}-{party}.\n\n"
            "One platform may speak for several parties, and in several roles.",
        ),
        Predict(
            "One URL is all we know",
            "Of the CPO we know one URL: that of its versions. We GET it with the token that the CPO gave us. What "
            "comes "
            "back?",
            options=(
                Option(
                    "Its stations",
                    "They have a URL of their own, which we do not know yet.",
                    (Seen("we read locations", EMSP, "GET", r"/locations"),),
                ),
                Option(
                    "Versions, each with one more URL",
                    "A platform may speak several versions at once; each has its own entrance.",
                    (VERSIONS,),
                ),
                Option(
                    "401, because versions are secret",
                    "Our token opens this door.",
                    (Seen("we are refused", EMSP, "GET", r"/versions$", 401),),
                ),
            ),
            right=1,
        ),
        Run(
            "Two questions",
            "First the versions, then the details of the one that both speak.",
            acts=(
                act("send", side=EMSP, method="GET", module="versions"),
                act("send", side=EMSP, method="GET", module="versions", path=["2.2.1"]),
            ),
            claims=(VERSIONS, DETAILS),
        ),
        Look(
            "What a platform can do",
            "A module is a subject, such as `locations`; a role says which side of it is implemented. **SENDER** "
            "owns the "
            "objects and has a list to be pulled; **RECEIVER** takes what is pushed. URLs are found here and nowhere "
            "else: "
            "never build them yourself.",
            at=DETAILS,
            fields=(
                ("answer.status_code", "every OCPI answer is an envelope: 1000 is success, whatever HTTP says"),
                ("answer.timestamp", "and says when it was made"),
                ("answer.data.endpoints.1", "locations, SENDER: the stations belong to the CPO, we may pull them"),
                ("answer.data.endpoints.5", "tokens, RECEIVER: cards belong to us, the CPO takes them"),
                ("answer.data.endpoints.6", "commands, RECEIVER: we send, the CPO carries out"),
            ),
        ),
        Quiz(
            "Sender and receiver",
            "The CPO lists `tokens` as RECEIVER, we list `tokens` as SENDER. Which of these can happen?",
            options=(
                Option("We pull a list of tokens from the CPO", "A receiver has no list: it holds copies of ours."),
                Option(
                    "The CPO pulls the list of tokens from us, and we push changes to it",
                    "Both ways lead from the owner to the one who needs them.",
                ),
                Option("The CPO creates a token for one of our drivers", "Only the owner creates objects."),
            ),
            right=1,
        ),
        Break(
            "Break it: be refused at the door",
            "Choose a question to which the CPO answers HTTP 401.",
            choices=(
                Choice(
                    "The right token, and ?limit=1 in the URL",
                    (act("send", side=EMSP, method="GET", module="versions", query="limit=1"),),
                    "What a list does not know in its URL it ignores.",
                ),
                Choice(
                    "A token that nobody issued",
                    (act("send", side=EMSP, method="GET", module="versions", authorization="Token bm9ib2R5"),),
                    "401, and no word about what would be behind the door.",
                ),
                Choice(
                    "The right token, while the CPO is slow",
                    (
                        act("fault", name="slow-answers", value=0.5),
                        act("send", side=EMSP, method="GET", module="versions"),
                    ),
                    "Slow is not wrong: the answer comes late, and is 200.",
                ),
            ),
            right=1,
            claims=(Seen("the CPO answers 401", EMSP, "GET", r"/versions", 401, 2001, got={"data": NO_DATA}),),
            mend=(act("mend"),),
        ),
        Write(
            "Be the eMSP of tomorrow",
            "Ask the CPO for the details of version `3.0`. Segments of the path stand behind the CPO's entrance: "
            "`versions` alone is the list, `2.2.1` are the details that you have seen.",
            side=EMSP,
            begin=Message("GET", "versions", ["2.2.1"]),
            solution=Message("GET", "versions", ["3.0"]),
            wrong=Message("GET", "versions", ["2.2.1"]),
            claims=(
                Seen(
                    "there is no such thing: 404, and an envelope all the same",
                    EMSP,
                    "GET",
                    r"/ocpi/cpo/3\.0$",
                    404,
                    2001,
                ),
            ),
            hint="Only one segment of the path has to change.",
        ),
        Quiz(
            "Two kinds of status",
            "The answer says HTTP 200 and OCPI status 2001. What happened?",
            options=(
                Option(
                    "All is well: 200 is 200", "HTTP only says that the message arrived and was understood as HTTP."
                ),
                Option(
                    "The request reached the platform, and its content was refused",
                    "2xxx means: something is wrong with what you sent. 3xxx: something is wrong with us.",
                ),
                Option("The platform is down", "Then there would be no envelope."),
            ),
            right=1,
        ),
        Say(
            "Both ways",
            "The CPO has walked the same path at our platform: GET versions, GET details. You can see it in the "
            "diagram, before everything else: it was part of the handshake, which is the next lesson.",
        ),
    ),
    able=(
        "tell CPO, eMSP and hub apart, and read a party like {country}-{party}",
        "find the URL of any module from the versions URL alone",
        "say from module and role who owns the objects, who pulls and who pushes",
        "read an envelope: HTTP status, status_code, data, timestamp",
    ),
)
