"""Lesson 10: the bill, and how it is checked to the cent."""

from typing import Any

from ..claims import CPO, EMSP, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import ANY, matching, more_than, one_of

BILL = Seen(
    "the CPO POSTs the CDR, and we answer 201 with the URL at which we keep it", CPO, "POST", r"/cdrs$", 201, 1000,
    sent={"session_id": "{session_id}", "total_cost.excl_vat": more_than(0), "tariffs.0.elements": ANY},
    answer_headers={"Location": matching("/cdrs/")},
)  # fmt: skip
FINE = one_of("match", "rounding")


def charge(*faults: Any) -> tuple[Any, ...]:
    """A card, two kilowatt-hours, the stop button, the bill, and our own price beside it."""
    return (
        *faults,
        act("tap", uid="{token_uid}", location_id="{location_id}", evse_uid="{evse_uid}"),
        act("until", kind="session", where={"session_id": "{session_id}"}, fields={"kwh": more_than(2)}),
        act("stop_at_charger", session_id="{session_id}"),
        act("until", kind="session", where={"session_id": "{session_id}"}, fields={"status": "COMPLETED"}),
        act("unplug", location_id="{location_id}", evse_uid="{evse_uid}"),
    )


CHECKED = (
    act("until", kind="cdr", where={"session_id": "{session_id}"}, remember={"cdr_id": "id"}),
    act("check_bills"),
)
HERE = {"cdr_id": "{cdr_id}"}
AGAIN = (act("send", side=CPO, method="POST", module="cdrs", body="{bill}"),)

LESSON = Lesson(
    number=10,
    key="cdrs",
    title="CDRs, and checking them",
    minutes=14,
    story=(
        "The charge is over. Days later an invoice with ten thousand lines arrives, and each line is a CDR that came "
        "minutes after its charge. Whoever checks them as they come need not argue about the invoice."
    ),
    reading=("10 CDRs module", "10.2.2 Receiver interface", "10.3.1 CDR", "10.4.3 CdrDimensionType"),
    world={"fast": 600},
    prepare=(act("register"), act("pull", module="tariffs"), act("pull", module="locations"), act("issue_tokens"),
             act("push_tokens")),
    steps=(
        Say(
            "Written once",
            "A **CDR** (charge detail record) says what a charge cost, and why: the periods with what was measured in "
            "each, and the tariffs as they were. It is never changed. What is wrong in it is taken back by a **credit "
            "CDR**, and billed anew.",
        ),
        Predict(
            "How does it come?",
            "The session has ended. How does the CPO deliver the bill?",
            options=(
                Option("By PUT to …/cdrs/{country}/{party}/ID, like a session",
                       "PUT would mean that it could be sent again, changed.",
                       (Seen("a CDR comes by PUT", CPO, "PUT", r"/cdrs"),)),
                Option("By POST to …/cdrs; our answer says where we keep it",
                       "We choose the URL and tell it in the Location header, so that the CPO can look at what we "
                       "have.",
                       (BILL,)),
                Option("Not at all: we must pull", "Pulling is for what got lost.",
                       (Seen("no CDR is POSTed", CPO, "POST", r"/cdrs$", times=0),)),
            ),
            right=1,
        ),
        Run(
            "Charge, and be billed",
            "A card at {evse_uid}, two kilowatt-hours, the stop button. Then our own price is put beside the CPO's.",
            acts=(*charge(), *CHECKED),
            claims=(
                BILL,
                Stored("our price is theirs: the bill matches", "cdr", HERE,
                       {"verdict": FINE, "total_energy": more_than(2)}),
            ),
            patience=15,
        ),
        Look(
            "The bill",
            "All that is needed to price it again is in it.",
            at=BILL,
            fields=(
                ("request.cdr_token.contract_id", "whose charge it was; masked here"),
                ("request.charging_periods", "what was measured, from moment to moment"),
                ("request.tariffs", "the tariff as it was: no need to search for it"),
                ("request.total_cost", "what is owed, without and with VAT"),
                ("request.total_energy", "the sum of the periods: if it is not, something is wrong"),
                ("answer_headers.Location", "where we keep it; the CPO may GET it there"),
            ),
        ),
        Predict(
            "Once more",
            "The CPO's worker died before it read our answer. It POSTs the very same CDR again. What happens?",
            options=(
                Option("We keep it twice, and pay twice", "The id is the same, and so is every word.",
                       (Stored("there are two bills", "bill", HERE, count=2),)),
                Option("We answer success, and keep one",
                       "The CPO must be able to repeat; we must be able to recognise.",
                       (Seen("we answer success", CPO, "POST", r"/cdrs$", (200, 201), 1000),
                        Stored("there is one bill", "bill", HERE, count=1))),
                Option("We refuse it", "Then its worker would try for ever.",
                       (Seen("we refuse", CPO, "POST", r"/cdrs$", 200, 2001),)),
            ),
            right=1,
        ),
        Run(
            "Repeat it",
            "The same bill, word for word.",
            acts=(act("copy_bill"), *AGAIN),
            claims=(
                Seen("we answer success", CPO, "POST", r"/cdrs$", (200, 201), 1000, sent={"id": "{cdr_id}"}),
                Stored("and keep it once", "bill", HERE, count=1),
            ),
        ),
        Quiz(
            "Whose arithmetic?",
            "The bill says 7.83, our check says 7.81. How do we know who is right?",
            options=(
                Option("The CPO: it has the meter", "The meter gave the periods. The price follows from the tariff."),
                Option("We both price the same periods by the same tariff; what differs can be shown line by line",
                       "That is why a CDR carries both. A dispute needs no opinions."),
                Option("Nobody: take the middle", "Ten thousand times a month?"),
            ),
            right=1,
        ),
        Break(
            "Break it: a bill that does not match",
            "Choose the fault with which the next bill makes our check say **mismatch**.",
            choices=(
                Choice("Bills are POSTed twice", charge(act("fault", name="duplicate-cdr")),
                       "Recognised and kept once: it matches."),
                Choice("The charger pauses for five minutes", charge(act("fault", name="evse-pause")),
                       "Then there is a period without energy. It is priced as what it is."),
                Choice("The dearest part costs a fifth more", charge(act("fault", name="wrong-cost", value=1.2)),
                       "Periods and tariff say one thing, the total another. Finance gets it with the evidence."),
            ),
            right=2,
            acts=CHECKED,
            claims=(
                Seen("we had to take it: a bill is kept, right or wrong", CPO, "POST", r"/cdrs$", (200, 201), 1000),
                Stored("and our check says mismatch", "cdr", HERE, {"verdict": "mismatch"}),
            ),
            mend=(act("mend"), act("copy_bill")),
        ),
        Write(
            "Be the CPO: take it back",
            "You see your mistake. A CDR cannot be changed: write the **credit** for {cdr_id}. The draft is that "
            "bill. Give "
            "it an id of its own, say that it is a credit and of what, and negate total_cost; nothing else changes.",
            side=CPO,
            begin=Message("POST", "cdrs", body="{bill}"),
            solution=Message("POST", "cdrs", body="{credit}"),
            wrong=Message("POST", "cdrs", body="{dearer}"),
            claims=(
                Seen("you POST a credit, and we take it", CPO, "POST", r"/cdrs$", 201, 1000,
                     sent={"credit": True, "credit_reference_id": "{cdr_id}"}),
                Stored("both bills are kept", "cdr", {"credit": True, "credit_reference_id": "{cdr_id}"},
                       {"verdict": ANY}),
            ),
            hint="id, credit: true, credit_reference_id, and total_cost with a minus in excl_vat and incl_vat.",
        ),
        Run(
            "What if it never comes?",
            "Once more a charge, and this time the POST is forgotten. The list of CDRs still has it: pulling is the "
            "net "
            "under the trapeze.",
            acts=(*charge(act("fault", name="drop-cdr-push")), act("delivered"), act("pull", module="cdrs"), *CHECKED,
                  act("mend")),
            claims=(
                Seen("no bill is POSTed", CPO, "POST", r"/cdrs$", times=0),
                Seen("we pull the list", EMSP, "GET", r"/cpo/2\.2\.1/cdrs", 200, 1000),
                Stored("and have it, checked", "cdr", HERE, {"verdict": FINE}),
            ),
            patience=15,
        ),
    ),
    able=(
        "say what a CDR holds, and why it can be priced again by anybody",
        "handle a CDR that comes twice, or never",
        "read the verdict of a check, and find the line that differs",
        "take a bill back by a credit CDR",
    ),
)  # fmt: skip
