"""Lesson 7: cards and apps of drivers, and the question whether one may charge."""

from typing import Any

from ..claims import CPO, EMSP, Fact, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import ANY

AUTHORIZE = r"/tokens/[^/]+/authorize"
PLACE: dict[str, Any] = {"location_id": "{location_id}", "evse_uid": "{evse_uid}", "authorize_only": True}
ASKED = Seen(
    "the CPO asks, and says where", CPO, "POST", AUTHORIZE, 200, 1000,
    sent={"location_id": "{location_id}"}, got={"data.allowed": "ALLOWED", "data.authorization_reference": ANY},
)  # fmt: skip
NOT_ASKED = Seen("the CPO does not ask", CPO, "POST", AUTHORIZE, times=0)


def tap(uid: str) -> Any:
    return act("tap", uid=uid, **PLACE)


LESSON = Lesson(
    number=7,
    key="tokens",
    title="Tokens and real-time authorisation",
    minutes=12,
    story=(
        "The driver holds her card to the reader, in the rain. The charger knows a number. Behind it stands a contract "
        "with us, perhaps a blocked one. Who decides whether current flows, and how long does she stand there?"
    ),
    reading=("12 Tokens module", "12.3.2 POST real-time authorization", "12.4.5 WhitelistType", "12.4.1 AllowedType"),
    prepare=(act("register"), act("pull", module="tariffs"), act("pull", module="locations")),
    steps=(
        Say(
            "A token is not a token",
            "The credentials tokens of lesson 2 open platforms. The Tokens of this lesson belong to drivers: an RFID "
            "card "
            "or an app account. We own them, the CPO gets copies.\n\n"
            "The copy says who decides, in `whitelist`: **ALWAYS** the charger alone, **ALLOWED** either, "
            "**ALLOWED_OFFLINE** we, unless we cannot be reached, **NEVER** only we.",
        ),
        Run(
            "Give them out",
            "This sandbox has four: a card that needs our word each time (NEVER), one that the CPO may trust "
            "(ALLOWED), a "
            "blocked one, and an app account. We push them.",
            acts=(act("issue_tokens"), act("push_tokens")),
            claims=(
                Seen("four tokens, four PUTs", EMSP, "PUT", r"/tokens/{emsp_country}/{emsp_party}/", 201, times=4),
                Seen("an app account says its type in the URL: without one, RFID is meant", EMSP, "PUT",
                     r"/tokens/.*\?type=APP_USER", 201, 1000),
                Seen("the blocked one is not valid, and nobody may trust it", EMSP, "PUT", r"/tokens/", 201, 1000,
                     sent={"valid": False, "whitelist": "NEVER"}),
                Stored("all of them have arrived", "push", {}, {"state": "DONE"}, count=4),
            ),
        ),
        Predict(
            "A card with NEVER",
            "The driver holds the card with whitelist NEVER to the reader. What happens?",
            options=(
                Option("The CPO decides by its copy", "NEVER means: never decide by the copy.", (NOT_ASKED,)),
                Option("The CPO asks us, and waits for our word", "That is real-time authorization.", (ASKED,)),
                Option("The card is refused", "Then nobody would give out such cards.",
                       (Seen("we say no", CPO, "POST", AUTHORIZE, 200, got={"data.allowed": "NOT_ALLOWED"}),)),
            ),
            right=1,
        ),
        Run(
            "Hold it to the reader",
            "Only the question is asked here; no charge begins.",
            acts=(tap("{token_uid}"),),
            claims=(
                ASKED,
                Fact("the CPO says who decided", "decided_by", "REALTIME"),
                Stored("we keep what we said, and why", "authorization", {}, {"allowed": "ALLOWED"}),
            ),
        ),
        Look(
            "Question and answer",
            "The uid stands in the URL; it is masked here, because it identifies a driver.",
            at=ASKED,
            fields=(
                ("request.location_id", "where she stands: a contract may be bound to places"),
                ("request.evse_uids", "and at which EVSEs"),
                ("answer.status_code", "1000: the question was answered. That is not yet a yes"),
                ("answer.data.allowed", "this is the answer"),
                ("answer.data.authorization_reference", "will stand in the session and on the bill: one thread through "
                                                        "all of it"),
            ),
        ),
        Run(
            "A card with ALLOWED",
            "The CPO has a valid copy of this card and may decide by it. Faster for the driver, and a risk for us: a "
            "card "
            "that was stolen a minute ago still works until the CPO hears of it.",
            acts=(tap("{trusted_uid}"),),
            claims=(NOT_ASKED, Fact("the copy decided", "decided_by", "WHITELIST")),
        ),
        Run(
            "Stolen!",
            "The driver calls: the trusted card is gone. We block it, and the CPO hears of it at once. Whoever holds "
            "it to "
            "a reader now is asked about, and refused.",
            acts=(act("token_status", uid="{trusted_uid}", status="BLOCKED"), tap("{trusted_uid}")),
            claims=(
                Seen("we PATCH what changed: valid and whitelist", EMSP, "PATCH", r"/tokens/", 200, 1000,
                     sent={"valid": False, "whitelist": "NEVER", "last_updated": ANY}),
                Seen("and answer the question: BLOCKED, under status 1000", CPO, "POST", AUTHORIZE, 200, 1000,
                     got={"data.allowed": "BLOCKED"}),
            ),
        ),
        Quiz(
            "Why 1000?",
            "The card is blocked, and our answer says status_code 1000. Why not 2xxx?",
            options=(
                Option("A mistake", "Look again at what 2xxx means."),
                Option("The question was valid and has an answer; 2xxx would say that the question was wrong",
                       "allowed is data. Status codes speak about the message."),
                Option("Blocked cards are a secret", "The CPO is told in so many words."),
            ),
            right=1,
        ),
        Break(
            "Break it: a card that nobody knows",
            "Choose the card for which our answer is HTTP 404 with status 2004.",
            choices=(
                Choice("The blocked card", (tap("{blocked_uid}"),), "It is known, and the answer is BLOCKED."),
                Choice("A card of the local swimming pool", (tap("{unknown_uid}"),),
                       "Nobody pushed it to the CPO, so it asks every eMSP that it knows; we have never heard of it."),
                Choice("The card with NEVER", (tap("{token_uid}"),), "Known and allowed."),
            ),
            right=1,
            claims=(Seen("unknown token: 404 and 2004", CPO, "POST", AUTHORIZE, 404, 2004),),
        ),
        Write(
            "Be the CPO: ask for an app account",
            "Ask whether the app account may charge at {location_id}. The draft asks for an RFID card of that name, "
            "and "
            "there is none.",
            side=CPO,
            begin=Message("POST", "tokens", ["{app_uid}", "authorize"], body={"location_id": "{location_id}"}),
            solution=Message("POST", "tokens", ["{app_uid}", "authorize"], body={"location_id": "{location_id}"},
                             query="type=APP_USER"),
            wrong=Message("POST", "tokens", ["{app_uid}", "authorize"], body={"location_id": "{location_id}"}),
            claims=(Seen("you ask for type APP_USER, and she may charge", CPO, "POST", AUTHORIZE + r"\?type=APP_USER",
                         200, 1000, got={"data.allowed": "ALLOWED"}),),
            hint="The type of a token is a parameter of the URL: type=…",
        ),
    ),
    able=(
        "tell credentials tokens from drivers' tokens",
        "choose a whitelist, and name its risk",
        "read an answer to an authorization: allowed, and what status_code says beside it",
        "follow one charge by its authorization_reference",
    ),
)  # fmt: skip
