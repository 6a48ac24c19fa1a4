"""Lesson 5: long lists, page by page, and how not to get lost in them."""

from typing import Any

from ..claims import EMSP, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import ABSENT, That, matching

LOCATIONS = r"/cpo/2\.2\.1/locations"
SOMETHING = That("an error", bool)
FIRST = Seen(
    "the first page tells how many there are, how long a page is, and where the next one is", EMSP, "GET",
    LOCATIONS, 200, 1000, got={"data.#": 3},
    answer_headers={"X-Total-Count": "11", "X-Limit": "3", "Link": matching('rel="next"')},
)  # fmt: skip
PULL: tuple[Any, ...] = (act("pull", module="locations", full=True),)


def requests(count: int) -> Seen:
    return Seen(f"there are {count} requests", EMSP, "GET", LOCATIONS, times=count)


LESSON = Lesson(
    number=5,
    key="paging",
    title="Pulling lists, page by page",
    minutes=12,
    story=(
        "Pushes get lost: a deployment, a dead line, a bug. So each platform also pulls: everything now and then, what "
        "has changed in between. This CPO has small pages, three locations each, so that we can see how it works."
    ),
    reading=("4.1.6 Pagination", "4.1.6.1 Paginated request", "4.1.6.2 Paginated response", "4.1.8 Push and pull"),
    world={"page_size": 3},
    prepare=(act("register"), act("pull", module="tariffs")),
    steps=(
        Say(
            "Four parameters, three headers",
            "A list takes `date_from`, `date_to`, `offset` and `limit`. Its answer has three headers: "
            "`X-Total-Count` is "
            "how many objects match, `X-Limit` how many a page holds at most here, and `Link` the URL of the next "
            "page. "
            "The last page has no Link: that is how one knows that it is the last.",
        ),
        Predict(
            "How many requests?",
            "The CPO has eleven locations, and no page of it holds more than three. How many requests does our pull "
            "need?",
            options=(
                Option("One, with limit=100", "The server decides: X-Limit is 3, whatever we ask for.", (requests(1),)),
                Option("Four", "3 + 3 + 3 + 2, each found by the Link of the one before.", (requests(4),)),
                Option("Eleven", "That would be one request for each object.", (requests(11),)),
            ),
            right=1,
        ),
        Run(
            "Pull everything",
            "Follow the Link headers from page to page.",
            acts=PULL,
            claims=(
                FIRST,
                requests(4),
                Seen("the last page has two locations, and no Link", EMSP, "GET", LOCATIONS + r".*offset=9", 200, 1000,
                     got={"data.#": 2}, answer_headers={"Link": ABSENT}),
                Stored("we have all eleven", "location", count=11),
            ),
        ),
        Look(
            "The first page",
            "Everything that a pull needs stands in the headers.",
            at=FIRST,
            fields=(
                ("answer_headers.X-Total-Count", "how many objects match: so many, not necessarily on this page"),
                ("answer_headers.X-Limit", "the most that this server puts on a page"),
                ("answer_headers.Link", "the next page, as a whole URL: follow it as it is, do not count yourself"),
                ("answer.data.#", "what came on this page"),
            ),
        ),
        Quiz(
            "Growing while we read",
            "While we read page two, the CPO opens a new station. Where does a good server put it?",
            options=(
                Option("In front, because it is the newest",
                       "Then all others would move, and the last of page two would come again on page three."),
                Option("At the end: lists are sorted by creation, oldest first",
                       "So a growing list changes only its last page (4.1.6)."),
                Option("Nowhere until the pull is over", "The server does not know that there is a pull."),
            ),
            right=1,
        ),
        Run(
            "Only what has changed",
            "The next pull asks for less: `date_from` is the newest last_updated of the pull before, minus five "
            "minutes. "
            "The overlap is for objects that were being written while we read. (This world is younger than that: it "
            "sends everything again, and we find that nothing is new.)",
            acts=(act("pull", module="locations"),),
            claims=(
                Seen("we ask with date_from", EMSP, "GET", LOCATIONS + r"\?.*date_from=", 200, 1000),
                Stored("nothing of it was new", "pull", {"module": "locations"}, {"changed": 0}),
            ),
        ),
        Predict(
            "A Link that leads away",
            "The CPO's first page has a Link to another host, `other.example`. What does our pull do?",
            options=(
                Option("It follows: the server must know",
                       "And would show its token to whoever owns that host.",
                       (Seen("we call other.example", EMSP, "GET", r"offset=3"),)),
                Option("It stops there, and says why",
                       "A Link must lead to the server that gave it; our token is for nobody else.",
                       (requests(1), Stored("the pull broke off", "pull", {"module": "locations"},
                                            {"error": SOMETHING}))),
                Option("It counts offsets by itself", "Guessing what a broken server means brings half a list.",
                       (requests(4),)),
            ),
            right=1,
        ),
        Run(
            "Try it",
            "With a fault at the CPO: foreign-link.",
            acts=(act("fault", name="foreign-link"), *PULL, act("mend")),
            claims=(
                requests(1),
                Stored("the pull broke off, and an operator can read why", "pull", {"module": "locations"},
                       {"error": SOMETHING}),
                Stored("what we had stays: a broken pull takes nothing away", "location", count=11),
            ),
        ),
        Break(
            "Break it: a pull without an end",
            "Choose the fault that would keep a careless pull busy for ever, and that ours notices: it breaks off "
            "with an "
            "error.",
            choices=(
                Choice("Pages of two objects only", (act("fault", name="page-size", value=2),),
                       "Six requests instead of four, and all is well."),
                Choice("One object of each page lacks its id", (act("fault", name="invalid-object-in-list"),),
                       "The bad one is put aside and named; its neighbours are stored. One bad apple, not the basket."),
                Choice("The Link leads to the same page again", (act("fault", name="looping-link"),),
                       "A page that has been read is not read again: the pull breaks off."),
            ),
            right=2,
            acts=PULL,
            claims=(
                Stored("the pull broke off with an error", "pull", {"module": "locations"}, {"error": SOMETHING}),
                Seen("after a few requests", EMSP, "GET", LOCATIONS, 200),
            ),
            patience=0.5,
            mend=(act("mend"), *PULL),
        ),
        Write(
            "Be the eMSP: a page of your own",
            "Ask for the third and the fourth location, and no others. Parameters stand in the query, as in "
            "`offset=0&limit=1`. The draft uses words that OCPI does not have.",
            side=EMSP,
            begin=Message("GET", "locations", query="page=2&per_page=2"),
            solution=Message("GET", "locations", query="offset=2&limit=2"),
            wrong=Message("GET", "locations", query="page=2&per_page=2"),
            claims=(
                Seen("you get the two in the middle", EMSP, "GET", LOCATIONS, 200, 1000,
                     got={"data.#": 2, "data.0.id": "NLUTC01", "data.1.id": "NLRTM01"}),
            ),
            hint="offset counts from 0: it is the number of objects to skip.",
        ),
    ),
    able=(
        "read X-Total-Count, X-Limit and Link, and know the last page",
        "say what date_from is for, and why pulls overlap",
        "name the three ways in which a Link can be wrong, and what a client does then",
        "explain why one invalid object must not stop a pull",
    ),
)  # fmt: skip
