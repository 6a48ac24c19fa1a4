"""Lesson 2: how two platforms become partners."""

from ..claims import CPO, EMSP, InOrder, Seen, Stored
from ..lesson import Break, Choice, Lesson, Look, Message, Option, Predict, Quiz, Run, Say, Write, act
from ..paths import ANY, matching

VISIT = Seen("the CPO reads our versions while our POST is still open", CPO, "GET", r"/ocpi/versions$", 200, 1000)
NO_VISIT = Seen("the CPO does not call us", CPO, "GET", r"/ocpi/versions$", times=0)
POST = Seen(
    "we POST our Credentials and the CPO answers 201 with its own",
    EMSP,
    "POST",
    r"/credentials$",
    201,
    1000,
    sent={"token": ANY, "url": "{our_versions_url}", "roles.0.role": "EMSP"},
    got={"data.token": ANY, "data.roles.0.role": "CPO", "data.roles.0.party_id": "{party}"},
)

LESSON = Lesson(
    number=2,
    key="handshake",
    title="The handshake: tokens A, B and C",
    minutes=12,
    story=(
        "Two companies have signed a contract: drivers of the eMSP {emsp_country}-{emsp_party} may charge at the "
        "stations of the CPO {country}-{party}. Their platforms have never met. All they have is one token that was "
        "sent by mail, and a URL. Five requests later they are partners."
    ),
    reading=("7 Credentials module", "6 Versions module", "4.1.2 Authorization header"),
    steps=(
        Say(
            "Three tokens, one letter each",
            "Every OCPI request carries `Authorization: Token <Base64 of the token>`. Which token that is "
            "changes during "
            "the handshake.\n\n"
            "**Token A** travels outside OCPI, by mail or telephone. It opens versions and credentials, nothing else, "
            "and dies with the registration.\n\n"
            "**Token B** is made by the side that starts (here: us). It stands in the body of our POST, and from "
            "then on "
            "the other side shows it to us.\n\n"
            "**Token C** is made by the side that answers. It stands in the answer to the POST, and from then on "
            "we show "
            "it to them.",
        ),
        Predict(
            "Before you let it happen",
            "Our POST credentials brings the CPO a token B and the URL of our versions. What does the CPO do before it "
            "answers that POST?",
            options=(
                Option(
                    "It answers at once; it can try our URL later.",
                    "Then a wrong URL would be noticed only when the first charge is lost.",
                    (NO_VISIT,),
                ),
                Option(
                    "It calls our versions endpoint, and shows token B.",
                    "It must be sure that it can use our API before it says yes.",
                    (VISIT,),
                ),
                Option(
                    "It fetches our tokens, to have something to show.",
                    "Functional modules open only once the registration stands.",
                    (Seen("the CPO reads tokens", CPO, "GET", r"/tokens"),),
                ),
            ),
            right=1,
        ),
        Run(
            "Let the two platforms meet",
            "We know the CPO's versions URL `{versions_url}` and its token A. Watch both lanes, and which "
            "request is answered last.",
            acts=(act("register"),),
            claims=(
                Seen(
                    "we read the CPO's versions with token A",
                    EMSP,
                    "GET",
                    r"/ocpi/cpo/versions$",
                    200,
                    1000,
                    got={"data.0.version": "2.2.1", "data.0.url": ANY},
                ),
                Seen(
                    "we read the details of 2.2.1: which module lives where",
                    EMSP,
                    "GET",
                    r"/ocpi/cpo/2\.2\.1$",
                    200,
                    1000,
                    got={"data.endpoints.0.identifier": ANY},
                ),
                POST,
                VISIT,
                Seen("and our version details", CPO, "GET", r"/ocpi/emsp/2\.2\.1/?$", 200, 1000),
                InOrder(
                    "first we look at them, then we POST, then they look at us",
                    (
                        Seen("GET versions", EMSP, "GET", r"/versions$"),
                        Seen("POST", EMSP, "POST", r"/credentials$"),
                        Seen("their GET", CPO, "GET", r"/ocpi/versions$"),
                    ),
                ),
                Stored(
                    "the CPO is our partner",
                    "partner",
                    fields={"status": "REGISTERED", "roles": ["CPO {country}-{party}"]},
                ),
                Stored("no token A of ours is left", "partner", fields={"registration_tokens": 0}),
            ),
        ),
        Look(
            "The request that did it",
            "This is the POST. Its answer has the same shape, because both sides introduce themselves with the same "
            "object. The tokens are masked here as in every log: who reads a log must not become a partner. "
            "We keep a digest of each token, and that tells which of the three it was.",
            at=POST,
            fields=(
                ("request.token", "token B: the CPO shows it whenever it calls us"),
                ("request.url", "where our versions are; all other URLs follow from there"),
                ("request.roles.0.role", "what we are: EMSP. One platform may have several roles and parties"),
                ("answer.data.token", "token C: we show it whenever we call the CPO"),
                ("answer.data.roles.0.party_id", "the party whose objects may come from this platform"),
            ),
        ),
        Quiz(
            "Which token?",
            "A station changes its status, and the CPO sends us a PATCH. Which token stands in its Authorization "
            "header?",
            options=(
                Option("Token A", "It was good for the handshake only, and is dead."),
                Option("Token B, which we made", "Each side shows the token that the other side has given it."),
                Option("Token C, which the CPO made", "That one we show to them."),
            ),
            right=1,
        ),
        Run(
            "New tokens for old",
            "Tokens should not live for ever. PUT credentials has the same body as POST, and replaces both tokens at "
            "once. Neither side may be locked out on the way: the old token works until the new one has been used.",
            acts=(act("rotate"),),
            claims=(
                Seen(
                    "we PUT new Credentials, the CPO answers 200 with new ones",
                    EMSP,
                    "PUT",
                    r"/credentials$",
                    200,
                    1000,
                    sent={"token": ANY},
                    got={"data.token": ANY},
                ),
                Seen("again the CPO looks at us first, with the new token", CPO, "GET", r"/ocpi/versions$", 200, 1000),
                Stored("and we are still partners", "partner", fields={"status": "REGISTERED"}),
            ),
        ),
        Break(
            "Break it: a handshake that ends before the POST",
            "Choose what is wrong at the CPO so that we read its versions and then give up, without ever sending "
            "a POST. "
            "(Our operator deletes the registration first, and is given a new token A.)",
            choices=(
                Choice(
                    "Its list of versions offers 2.1.1 only",
                    (act("fault", name="no-2.2.1"),),
                    "There is no version that both speak, so there is nothing to register for.",
                ),
                Choice(
                    "The answer to the POST gets lost",
                    (act("fault", name="lost-credentials-response"),),
                    "For that the POST must have been sent: the CPO is registered with us, and we do not know it.",
                ),
                Choice(
                    "Its version details lack the module chargingprofiles",
                    (act("fault", name="missing-endpoint", value="chargingprofiles"),),
                    "Nobody needs every module. What is missing cannot be used, that is all.",
                ),
            ),
            right=0,
            acts=(act("forget_registration"), act("register")),
            claims=(
                Seen("we read the list of versions", EMSP, "GET", r"/versions$", 200, 1000),
                Seen("and never sent a POST", EMSP, "POST", r"/credentials$", times=0),
            ),
            mend=(act("mend"), act("forget_registration"), act("register")),
        ),
        Write(
            "Be the CPO: a token that opens nothing",
            "You are the CPO, and you want to renew your credentials by PUT. Give us a token with which we **cannot** "
            "use your API. We try it before we answer, and say so: OCPI status 3001.",
            side="CPO",
            begin=Message(
                "PUT",
                "credentials",
                body={
                    "token": "",
                    "url": "{versions_url}",
                    "roles": [
                        {
                            "role": "CPO",
                            "country_code": "{country}",
                            "party_id": "{party}",
                            "business_details": {"name": "Mock Charging Networks"},
                        }
                    ],
                },
            ),
            solution=Message(
                "PUT",
                "credentials",
                body={
                    "token": "a-token-that-opens-nothing",
                    "url": "{versions_url}",
                    "roles": [
                        {
                            "role": "CPO",
                            "country_code": "{country}",
                            "party_id": "{party}",
                            "business_details": {"name": "Mock Charging Networks"},
                        }
                    ],
                },
            ),
            wrong=Message(
                "POST",
                "credentials",
                body={
                    "token": "a-token-that-opens-nothing",
                    "url": "{versions_url}",
                    "roles": [
                        {
                            "role": "CPO",
                            "country_code": "{country}",
                            "party_id": "{party}",
                            "business_details": {"name": "Mock Charging Networks"},
                        }
                    ],
                },
            ),
            claims=(
                Seen("you sent PUT credentials and were told 3001", CPO, "PUT", r"/credentials$", 200, 3001),
                Seen(
                    "because we had tried your token, and your own platform refused it", EMSP, "GET", r"/versions$", 401
                ),
                Stored("nothing has changed: we are still partners", "partner", fields={"status": "REGISTERED"}),
            ),
            hint="Any token of 1 to 64 printable characters without spaces will do, "
            "as long as your platform never issued it.",
        ),
        Quiz(
            "Twice is once too often",
            "The CPO is registered and sends POST credentials once more. What should we answer?",
            options=(
                Option("201, and register it again", "Then whoever got hold of a token could replace a partner."),
                Option("405 Method Not Allowed", "POST is for newcomers; whoever is known uses PUT."),
                Option("200 with OCPI status 2001", "The body may be perfect: it is the method that is out of place."),
            ),
            right=1,
        ),
        Run(
            "POST once more",
            "The CPO sends POST credentials once more now, with the token that it uses every day.",
            acts=(
                act(
                    "send",
                    side="CPO",
                    method="POST",
                    module="credentials",
                    body={
                        "token": "another-token",
                        "url": "{versions_url}",
                        "roles": [
                            {
                                "role": "CPO",
                                "country_code": "{country}",
                                "party_id": "{party}",
                                "business_details": {"name": "Mock Charging Networks"},
                            }
                        ],
                    },
                ),
            ),
            claims=(
                Seen(
                    "POST of a registered partner is answered 405, and Allow says what it may do",
                    CPO,
                    "POST",
                    r"/credentials$",
                    405,
                    answer_headers={"Allow": matching("PUT")},
                ),
                Stored("we are still partners", "partner", fields={"status": "REGISTERED"}),
            ),
        ),
    ),
    able=(
        "say which token each request carries, before, during and after the handshake",
        "read a failed handshake from the first request that was not answered with 1000",
        "rotate tokens without locking anybody out",
        "explain why a platform calls back before it answers POST credentials",
    ),
)
