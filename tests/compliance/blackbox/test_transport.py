"""Requirements section 1 over HTTP: the header, the envelope, ids of messages, PUT and PATCH, who owns a URL."""

import base64
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from ocpi.protocol.headers import authorization

from . import emsp as processes
from .conftest import Connect
from .operator import Operator
from .platforms import Caller, Platform, Reply
from .steps import (
    CREATED,
    NO_SUCH_OBJECT,
    NO_SUCH_PLACE,
    NOT_ALLOWED,
    OK,
    REFUSED,
    UNAUTHORIZED,
    Case,
    Play,
    Step,
    cdr,
    in_state,
    location,
    session,
    table,
    tariff,
)

L1, T1, S1 = "locations/{me}/L1", "tariffs/{me}/T1", "sessions/{me}/S1"
BROKEN = (400, 2001)
LATER = "2026-03-01T13:00:00Z"
STRANGE, ENCODED = "A*1/B C#+%", "A*1%2FB%20C%23%2B%25"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def plain(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def allows(methods: str) -> Callable[[Reply], bool]:
    """The Allow header names these; HEAD goes without saying."""
    return lambda reply: set((reply["Allow"] or "").split(", ")) - {"HEAD"} == set(methods.split(", "))


# === Who are you ======================================================================================================
@table(
    *[
        Case(
            "TRA-02 TRA-13 TRA-29",
            f"no token, no answer: {method} {path}",
            Step(method, path, UNAUTHORIZED, by="nobody", answers={"WWW-Authenticate": "Token"}),
        )
        for method, path in [
            ("GET", "/ocpi/versions"),
            ("GET", "/ocpi/emsp/2.2.1"),
            ("GET", "tokens"),
            ("PUT", L1),
            ("POST", "cdrs"),
            ("GET", "credentials"),
            ("POST", "commands/x"),
            ("PUT", S1),
            ("PUT", "hubclientinfo/NL/ABC"),
            ("PUT", "chargingprofiles/S1"),
            ("DELETE", T1),
        ]
    ],
    *[
        Case(
            "TRA-08",
            f"a token that nobody has: {method} {path}",
            Step(method, path, UNAUTHORIZED, token="nobody-has-this"),
        )
        for method, path in [("GET", "/ocpi/versions"), ("GET", "tokens"), ("PUT", L1), ("POST", "credentials")]
    ],
    *[
        Case(
            "TRA-07",
            f"not a token: {header!r}",
            Step("GET", "tokens", UNAUTHORIZED, token=None, headers={"Authorization": header}),
        )
        for header in [
            "Bearer abc",
            "Basic YTpi",
            "Token",
            "Token ",
            "",
            "Token YQ== YQ==",
            "YQ==",
            "Token  YQ==",
            "Token é",
        ]
    ],
    Case(
        "TRA-10",
        "FROM opens nothing: only the token says who calls",
        Step("PUT", L1, CREATED, location()),
        Step("GET", "locations/{other}/L1", NO_SUCH_PLACE, by="other_cpo", also=lambda reply: "data" not in reply.body),
        Step(
            "GET",
            "tokens",
            REFUSED,
            by="other_cpo",
            headers={"OCPI-from-country-code": "NL", "OCPI-from-party-id": "ZZZ"},
        ),
    ),
)
def test_who_calls(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("TRA-03", "TRA-04", "TRA-07", "TRA-11")
def test_the_token_comes_in_base64_whatever_the_case_of_the_scheme(cpo: Platform) -> None:
    assert cpo.token is not None
    for header in (f"Token {encoded(cpo.token)}", f"token {encoded(cpo.token)}", f"TOKEN {encoded(cpo.token)}",
                   f"Token {encoded(cpo.token + chr(10))}"):  # fmt: skip
        assert cpo.get("tokens", token=None, headers={"authorization": header}).codes == OK


@pytest.mark.requirement("TRA-03", "TRA-04")
def test_our_token_goes_out_in_standard_base64_without_a_newline(newcomer: Connect) -> None:
    cpo = newcomer()
    cpo.server.token = "example-token"
    assert cpo.register().codes == CREATED
    assert [call["Authorization"] for call in cpo.calls()] == ["Token ZXhhbXBsZS10b2tlbg=="] * 2
    tricky = newcomer()
    tricky.server.token = "~~~???>>>"  # needs both `+` and `/`
    assert tricky.register().codes == CREATED
    assert tricky.calls()[0]["Authorization"] == "Token fn5+Pz8/Pj4+"


@pytest.mark.requirement("TRA-05")
def test_a_token_without_base64_counts_only_where_that_is_agreed(cpo: Platform, operator: Operator) -> None:
    assert cpo.get("tokens", token=None, headers=plain(cpo.token)).codes == UNAUTHORIZED
    operator.change(cpo.page, accepts_plain_auth=True)
    assert cpo.get("tokens", token=None, headers=plain(cpo.token)).codes == OK
    assert cpo.get("tokens").codes == OK
    operator.change(cpo.page, accepts_plain_auth=False)
    assert cpo.get("tokens", token=None, headers=plain(cpo.token)).codes == UNAUTHORIZED


@pytest.mark.requirement("TRA-06")
def test_a_token_goes_out_without_base64_where_that_is_agreed(
    cpo: Platform, app: Caller, operator: Operator, start: Callable[..., str]
) -> None:
    start(cpo)
    operator.change(cpo.page, sends_plain_auth=True)
    app.until(start(cpo), in_state("ACCEPTED"))
    first, second = cpo.wait_for("POST", "commands", 2)
    assert first["Authorization"] == authorization(cpo.server.token)
    assert second["Authorization"] == f"Token {cpo.server.token}"


@pytest.mark.requirement("TRA-09", "VER-08")
def test_token_a_opens_versions_details_and_credentials_and_nothing_else(newcomer: Connect) -> None:
    someone = newcomer()
    for path in ("/ocpi/versions", "/ocpi/emsp/2.2.1", "credentials"):
        assert someone.get(path).codes == OK
    assert someone.get("tokens").codes == UNAUTHORIZED
    assert someone.post("cdrs", someone.object("cdr")).codes == UNAUTHORIZED
    assert someone.put(f"locations/{someone.me}/L1", someone.object("location")).codes == UNAUTHORIZED
    assert someone.post("commands/START_SESSION", {}).codes == UNAUTHORIZED


@pytest.mark.requirement("TRA-10")
def test_one_partner_never_reads_as_another(cpo: Platform, other_cpo: Platform) -> None:
    assert cpo.put(f"locations/{cpo.me}/L1", cpo.object("location")).codes == CREATED
    sent = {"OCPI-from-country-code": cpo.country_code, "OCPI-from-party-id": cpo.party_id,
            "OCPI-to-country-code": "NL", "OCPI-to-party-id": "EMS"}  # fmt: skip
    for headers in (sent, {}):
        answer = other_cpo.get(f"locations/{cpo.me}/L1", headers=headers)
        assert answer.codes in (NO_SUCH_PLACE, REFUSED)
        assert "data" not in answer.body


# === The envelope and what carries it =================================================================================
@table(
    *[
        Case(
            "TRA-13 TRA-14 TRA-29 TRA-32 TRA-33 TRA-21",
            f"the envelope and the ids of a {expected[0]}: {method} {path}",
            Step(
                method,
                path,
                expected,
                headers={"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"},
                by=by,
                raw=raw,
                answers={"Content-Type": "application/json", "X-Request-ID": "r-1", "X-Correlation-ID": "c-1"},
            ),
        )
        for method, path, expected, by, raw in [
            ("GET", "/ocpi/versions", OK, "cpo", None),
            ("GET", "/ocpi/versions", UNAUTHORIZED, "nobody", None),
            ("GET", "/ocpi/nowhere", NO_SUCH_OBJECT, "cpo", None),
            ("GET", S1, NO_SUCH_OBJECT, "cpo", None),
            ("PATCH", T1, NOT_ALLOWED, "cpo", b"{}"),
            ("PUT", L1, BROKEN, "cpo", b"{"),
            ("PUT", L1, REFUSED, "cpo", b"[]"),
            ("POST", "/ocpi/versions", NOT_ALLOWED, "cpo", b"{}"),
        ]
    ],
    Case(
        "TRA-34",
        "who sends no ids is served, and gets some",
        Step(
            "GET",
            "tokens",
            OK,
            also=lambda reply: (
                re.fullmatch(UUID, reply["X-Request-ID"]) and re.fullmatch(UUID, reply["X-Correlation-ID"]) is not None
            ),
        ),
    ),
    Case(
        "TRA-34",
        "ids are any text",
        Step("GET", "tokens", OK, headers={"X-Request-ID": "Grüße/7 \u00a7", "X-Correlation-ID": "x" * 200}),
    ),
    Case(
        "TRA-11",
        "header names in lower case",
        Step(
            "PUT",
            L1,
            CREATED,
            location(),
            headers={
                "x-request-id": "r-2",
                "ocpi-to-party-id": "ems",
                "ocpi-to-country-code": "nl",
                "ocpi-from-party-id": "{party}",
                "ocpi-from-country-code": "{country}",
            },
            answers={"x-request-id": "r-2", "ocpi-to-party-id": "{party}"},
        ),
    ),
    Case(
        "TRA-12",
        "a GET and a DELETE need no content type",
        Step("PUT", T1, CREATED, tariff()),
        Step("GET", T1, OK),
        Step("DELETE", T1, OK),
    ),
    *[
        Case(
            "TRA-12",
            f"content type {kind!r} and accept {accept!r}",
            Step("PUT", L1, CREATED, location(), headers={"Content-Type": kind, "Accept": accept}),
        )
        for kind, accept in [
            ("application/json; charset=utf-8", "*/*"),
            ("APPLICATION/JSON", "text/html"),
            (None, "application/xml"),
        ]
    ],
    Case("TRA-15", "an empty list is a list", Step("GET", "tokens?date_from=2099-01-01T00:00:00Z", OK, data=[])),
    Case(
        "TRA-15",
        "one object is an object, not a list of one",
        Step("PUT", L1, CREATED, location()),
        Step("GET", L1, OK, has={"id": "L1"}),
    ),
    Case(
        "TRA-16 TRA-26",
        "a push is answered 201, then 200, without data",
        Step("PUT", T1, CREATED, tariff(), without=["data"]),
        Step("PUT", T1, OK, tariff(currency="SEK"), without=["data"]),
        Step("PUT", L1, CREATED, location(), without=["data"]),
        Step("PATCH", L1, OK, {"name": "New", "last_updated": LATER}, without=["data"]),
        Step("PUT", S1, CREATED, session(), without=["data"]),
        Step("POST", "cdrs", CREATED, cdr(), without=["data"]),
        Step("DELETE", T1, OK, without=["data"]),
    ),
)
def test_the_envelope(case: Case, play: Play) -> None:
    play(case)


# === What can be wrong with a request =================================================================================
@table(
    *[
        Case(
            "TRA-22 TRA-29", f"no JSON: {raw[:20]!r}", Step("PUT", L1, BROKEN, raw=raw), Step("GET", L1, NO_SUCH_PLACE)
        )
        for raw in [
            b'{"id":',
            b"",
            b"\xff\xfe{}",
            b'{"id": NaN}',
            b'{"id": Infinity}',
            b"<xml/>",
            b"{'id': 1}",
            b'{"a":1}}',
        ]
    ],
    Case(
        "TRA-23 TRA-24 LOC-15",
        "an object that is not valid is 200/2001 and changes nothing",
        Step("PUT", L1, REFUSED, location(coordinates=...), message="coordinates"),
        Step("GET", L1, NO_SUCH_PLACE),
        Step("PUT", L1, CREATED, location()),
        Step("PUT", L1, REFUSED, location(address=..., name="Half"), message="address"),
        Step("GET", L1, OK, data=location()),
    ),
    Case(
        "TRA-24",
        "a tariff, a session and a CDR that are not valid are 200/2001 and are not there",
        Step("PUT", T1, REFUSED, tariff(currency=...)),
        Step("GET", T1, NO_SUCH_OBJECT),
        Step("PUT", S1, REFUSED, session(kwh=...)),
        Step("GET", S1, NO_SUCH_OBJECT),
        Step("POST", "cdrs", REFUSED, cdr(total_cost=...), answers={"Location": None}),
    ),
    *[
        Case(
            "TRA-25",
            f"JSON of another kind: {raw!r}",
            Step("PUT", L1, REFUSED, raw=raw),
            Step("PATCH", L1, REFUSED, raw=raw),
            Step("POST", "cdrs", REFUSED, raw=raw),
            Step("PUT", "credentials", REFUSED, raw=raw),
        )
        for raw in [b"[]", b'"text"', b"5", b"null", b"true"]
    ],
    Case(
        "TRA-27",
        "what is not there is 404, with the code of its kind",
        Step("GET", S1, NO_SUCH_OBJECT),
        Step("GET", T1, NO_SUCH_OBJECT),
        Step("GET", L1, NO_SUCH_PLACE),
        Step("GET", f"{L1}/E1", NO_SUCH_PLACE),
        Step("GET", f"{L1}/E1/C1", NO_SUCH_PLACE),
        Step("POST", "tokens/NOBODYHASIT/authorize", (404, 2004)),
        Step("GET", "cdrs/{me}/D9", NO_SUCH_OBJECT),
    ),
    *[
        Case(
            "TRA-28 TRA-38", f"{method} {path} does not exist", Step(method, path, NOT_ALLOWED, {}, also=allows(allow))
        )
        for method, path, allow in [
            ("POST", L1, "GET, PUT, PATCH"),
            ("DELETE", L1, "GET, PUT, PATCH"),
            ("DELETE", f"{L1}/E1", "GET, PUT, PATCH"),
            ("POST", S1, "GET, PUT, PATCH"),
            ("DELETE", S1, "GET, PUT, PATCH"),
            ("PATCH", T1, "GET, PUT, DELETE"),
            ("POST", T1, "GET, PUT, DELETE"),
            ("PUT", "cdrs", "GET, POST"),
            ("PATCH", "credentials", "GET, PUT, DELETE"),
        ]
    ],
    Case(
        "TRA-52",
        "keys and enum values are case-sensitive",
        Step("PUT", S1, REFUSED, session(status="active")),
        Step("PUT", S1, REFUSED, {**session(status=...), "Status": "ACTIVE"}),
        Step("PUT", T1, REFUSED, tariff(type="regular")),
    ),
    Case(
        "TRA-50",
        "fields that nobody knows are taken, and given back",
        Step("PUT", L1, CREATED, location(gireve_id="G1", help_phone="+31")),
        Step("GET", L1, OK, has={"gireve_id": "G1", "help_phone": "+31"}),
        Step("POST", "cdrs", CREATED, cdr(x_new={"deep": [1]})),
        Step("PUT", S1, CREATED, session(future=None)),
    ),
    Case(
        "TRA-49",
        "#NA stands for an EVSE that cannot be known",
        Step("PUT", S1, CREATED, session(status="RESERVATION", evse_uid="#NA", connector_id="#NA")),
        Step("GET", S1, OK, has={"evse_uid": "#NA", "connector_id": "#NA"}),
    ),
)
def test_what_can_be_wrong(case: Case, play: Play) -> None:
    play(case)


# === PUT, PATCH, owners ===============================================================================================
@table(
    Case(
        "TRA-35",
        "PUT replaces: what is left out is gone",
        Step("PUT", L1, CREATED, location(name="Old")),
        Step("PUT", L1, OK, location(name=...)),
        Step("GET", L1, OK, data=location(name=...)),
    ),
    Case(
        "TRA-36",
        "PATCH changes what it names and nothing else",
        Step("PUT", L1, CREATED, location()),
        Step("PATCH", L1, OK, {"name": "New", "last_updated": LATER}),
        Step("GET", L1, OK, data=location(name="New", last_updated=LATER)),
    ),
    Case(
        "TRA-39",
        "the URL of another party is nobody's business of ours",
        Step("PUT", "locations/{other}/L1", NO_SUCH_OBJECT, location()),
        Step("PUT", "tariffs/{other}/T1", NO_SUCH_OBJECT, tariff()),
        Step("PUT", "sessions/{other}/S1", NO_SUCH_OBJECT, session()),
        Step("GET", "locations/{me}/L1", NO_SUCH_PLACE, by="other_cpo"),
        Step("GET", "locations", OK, by="other_cpo", data=[]),
    ),
    Case(
        "TRA-40",
        "the body says what the URL says",
        Step("PUT", T1, REFUSED, tariff(id="T2")),
        Step("GET", T1, NO_SUCH_OBJECT),
        Step("PUT", T1, REFUSED, tariff(party_id="XXX")),
        Step("PUT", T1, REFUSED, tariff(country_code="BE")),
        Step("PUT", L1, REFUSED, location(id="L2")),
        Step("PUT", S1, REFUSED, session(id="S2")),
        Step("PUT", "tariffs/{me}/t1", CREATED, tariff(id="T1")),
        Step("GET", T1, OK, has={"id": "T1"}),
    ),
    Case(
        "TRA-38",
        "client-owned objects live below their party and come by PUT",
        Step("PUT", L1, CREATED, location()),
        Step("PUT", T1, CREATED, tariff()),
        Step("PUT", S1, CREATED, session()),
        Step("POST", "locations", NOT_ALLOWED, location()),
        Step("POST", "tariffs", NOT_ALLOWED, tariff()),
    ),
    Case(
        "TRA-45",
        "a slash at the end changes nothing",
        Step("PUT", f"{L1}/", CREATED, location()),
        Step("GET", f"{L1}/", OK, data=location()),
        Step("POST", "cdrs/", CREATED, cdr()),
        Step("POST", "cdrs", CREATED, cdr(id="D2")),
        Step("GET", "tokens/", OK),
        Step("GET", "/ocpi/versions/", OK),
        Step("GET", "/ocpi/emsp/2.2.1/", OK),
        Step("GET", "credentials/", OK),
    ),
    Case(
        "TRA-48",
        "an id is any printable ASCII",
        Step("PUT", f"locations/{{me}}/{ENCODED}", CREATED, location(id=STRANGE)),
        Step("GET", f"locations/{{me}}/{ENCODED}", OK, data=location(id=STRANGE)),
        Step("GET", f"locations/{{me}}/{ENCODED}/E1", OK, has={"uid": "E1"}),
        Step("GET", "locations/{me}/A*1/B%20C%23%2B%25", NO_SUCH_PLACE),
        Step("PUT", f"tariffs/{{me}}/{ENCODED}", CREATED, tariff(id=STRANGE)),
        Step("DELETE", f"tariffs/{{me}}/{ENCODED}", OK),
        Step("PUT", f"sessions/{{me}}/{ENCODED}", CREATED, session(id=STRANGE)),
        Step("GET", f"sessions/{{me}}/{ENCODED}", OK, has={"id": STRANGE}),
    ),
)
def test_put_patch_and_owners(case: Case, play: Play) -> None:
    play(case)


# === What we send =====================================================================================================
@pytest.mark.requirement("TRA-12", "TRA-32", "TRA-33", "HUB-01")
def test_every_request_of_ours_has_its_ids_and_its_content_type(
    connect: Connect, app: Caller, operator: Operator, start: Callable[..., str], add_token: Any
) -> None:
    cpo = connect(offers=("credentials:SENDER", "commands:RECEIVER", "tokens:RECEIVER", "locations:SENDER"))
    uid, _ = add_token()
    operator.press(cpo.page, "pull")
    app.until(start(cpo, uid=uid), in_state("ACCEPTED"))
    cpo.wait_for("PUT", f"tokens/NL/EMS/{uid}")
    cpo.wait_for("GET", "locations")
    calls = cpo.calls()
    assert len({call["X-Request-ID"] for call in calls}) == len(calls)
    assert all(call["X-Correlation-ID"] for call in calls)
    assert {call["Content-Type"] for call in calls if call.body} == {"application/json"}
    assert {call["Content-Type"] for call in calls if call.method == "GET"} == {None}


# What a CPO may answer to a command, and what we make of it.
ANSWERED = {"result": "ACCEPTED", "timeout": 30}
ACCEPTED, OPEN, NO = ("ACCEPTED",), ("UNKNOWN",), ("REJECTED", "UNKNOWN", "FAILED")


@pytest.mark.parametrize(
    ("answer", "states"),
    [
        pytest.param(
            {"data": ANSWERED, "status": 201}, ACCEPTED, marks=pytest.mark.requirement("TRA-19"), id="201/1000"
        ),
        pytest.param(
            {"data": ANSWERED, "status": 202},
            ACCEPTED,
            marks=pytest.mark.requirement("TRA-19", "AMB-43"),
            id="202/1000",
        ),
        pytest.param(
            {"data": ANSWERED, "status_code": 1900}, ACCEPTED, marks=pytest.mark.requirement("TRA-19"), id="200/1900"
        ),
        *[
            pytest.param(
                {"data": ANSWERED, "status_code": code},
                NO,
                id=f"200/{code}",
                marks=pytest.mark.requirement("TRA-19", "TRA-20", "CMD-07"),
            )
            for code in (2000, 2001, 2002, 2003, 2004, 2999, 3000, 3001, 3002, 3003, 3500, 4000, 4001, 4002, 4003, 4711)
        ],
        pytest.param(
            {"data": "boom", "status_code": 2001},
            NO,
            marks=pytest.mark.requirement("TRA-18"),
            id="2001 and data that is no object",
        ),
        pytest.param(
            {"data": [1, 2], "status_code": 3000},
            NO,
            marks=pytest.mark.requirement("TRA-18"),
            id="3000 and data that is a list",
        ),
        *[
            pytest.param(answer, NO, id=name, marks=pytest.mark.requirement("TRA-31", "CMD-34"))
            for name, answer in {
                "HTML": {"raw": b"<html>502</html>", "status": 502, "headers": {"Content-Type": "text/html"}},
                "nothing": {"raw": b""},
                "half of it": {"raw": b'{"status_code": 10'},
                "a list": {"raw": b"[]"},
                "429": {"raw": b"slow", "status": 429, "headers": {"Retry-After": "1"}},
                "503": {"raw": b"", "status": 503},
                "no answer in time": {"delay": 4},
                "the line goes dead": {"drop": True},
                "no status_code": {"raw": b'{"data": {"result": "ACCEPTED", "timeout": 30}}'},
            }.items()
        ],
    ],
)
def test_what_a_partner_answers_is_taken_for_what_it_is(
    cpo: Platform, app: Caller, start: Callable[..., str], answer: dict[str, Any], states: tuple[str, ...]
) -> None:
    cpo.server.answer("POST", "commands", **answer)
    path = start(cpo)
    told = app.until(path, lambda reply: reply.data["state"] not in ("QUEUED", "SENDING"))
    assert told.data["state"] in states, told.data
    assert app.get(path).codes == OK
    assert len(cpo.calls("POST", "commands")) == 1


@pytest.mark.requirement("TRA-17")
@pytest.mark.parametrize("data", [{"data": {"x": 1}}, {"data": None}, {"data": ""}, {}, {"data": [7]}], ids=str)
def test_a_push_has_succeeded_whatever_data_says(
    connect: Connect, operator: Operator, add_token: Any, data: dict[str, Any]
) -> None:
    cpo = connect(offers=("credentials:SENDER", "tokens:RECEIVER"))
    cpo.server.answer("PUT", "tokens", **data)
    uid, page = add_token()
    cpo.wait_for("PUT", f"tokens/NL/EMS/{uid}")
    operator.press(page, "block")
    (patch,) = cpo.wait_for("PATCH", f"tokens/NL/EMS/{uid}")  # only who has it can be told of a change
    assert patch.json["valid"] is False
    assert len(cpo.calls("PUT", f"tokens/NL/EMS/{uid}")) == 1


@pytest.mark.requirement("TRA-37")
def test_after_a_failed_patch_we_look_and_put(connect: Connect, operator: Operator, add_token: Any) -> None:
    cpo = connect(offers=("credentials:SENDER", "tokens:RECEIVER"))
    uid, page = add_token(type="APP_USER")
    path = f"tokens/NL/EMS/{uid}"
    cpo.wait_for("PUT", path)
    cpo.server.answer("PATCH", path, status=404, status_code=2004)
    cpo.server.answer("GET", path, status=404, status_code=2004)
    operator.press(page, "block")
    put = cpo.wait_for("PUT", path, 2)[1]
    assert [call.method for call in cpo.calls(path=path)] == ["PUT", "PATCH", "GET", "PUT"]
    assert put.json["valid"] is False
    assert put.json["type"] == "APP_USER"
    assert put.path.endswith("?type=APP_USER")


@pytest.mark.requirement("TRA-44")
def test_what_failed_is_not_replayed_but_the_current_state_is_sent(
    connect: Connect, operator: Operator, add_token: Any
) -> None:
    cpo = connect(offers=("credentials:SENDER", "tokens:RECEIVER"))
    cpo.server.answer("PUT", "tokens", status=503, raw=b"", headers={"Retry-After": "2"})
    uid, page = add_token()
    cpo.wait_for("PUT", f"tokens/NL/EMS/{uid}")
    cpo.server.answer("PUT", "tokens")
    operator.press(page, "block")
    last = cpo.wait_for("PUT", f"tokens/NL/EMS/{uid}", 2, seconds=20)[-1]
    assert last.json["valid"] is False


@pytest.mark.requirement("TRA-41", "TRA-42")
def test_of_a_list_with_a_broken_object_the_good_ones_are_taken(connect: Connect, operator: Operator) -> None:
    cpo = connect(offers=("credentials:SENDER", "locations:SENDER"))
    places = [cpo.object("location", id=f"L{n}") for n in (1, 2, 3)]
    del places[1]["id"]
    cpo.server.answer("GET", "locations", data=places)
    operator.press(cpo.page, "pull")
    told = cpo.until("locations", lambda reply: len(reply.data) == 2)
    assert [place["id"] for place in told.data] == ["L1", "L3"]


@pytest.mark.requirement("TRA-46", "TRA-47")
@pytest.mark.parametrize("ending", ["", "/", "?tenant=7", "/?tenant=7&x=%2F"])
def test_urls_are_used_as_advertised_and_joined_with_one_slash(
    newcomer: Connect, app: Caller, operator: Operator, start: Callable[..., str], ending: str
) -> None:
    cpo = newcomer()
    odd = f"{cpo.server.base_url}/x9/foo{ending}"
    cpo.server.endpoints = [
        cpo.server.endpoint("credentials", "SENDER"),
        cpo.server.endpoint("commands", "RECEIVER", odd),
        cpo.server.endpoint("locations", "SENDER", f"{cpo.server.base_url}/y9/bar{ending}"),
    ]
    cpo.server.answer("POST", "x9", data=ANSWERED)
    cpo.register()
    app.until(start(cpo), in_state("ACCEPTED"))
    (call,) = cpo.calls("POST")
    query = ending.lstrip("/")
    assert call.path == f"/ocpi/x9/foo/START_SESSION{query}"
    operator.press(cpo.page, "pull")
    pulled = cpo.wait_for("GET", "y9")[0]
    assert pulled.path.startswith(f"/ocpi/y9/bar{ending}")


@pytest.mark.requirement("TRA-48")
def test_ids_are_percent_encoded_where_we_send_them(connect: Connect, add_token: Any) -> None:
    cpo = connect(offers=("credentials:SENDER", "tokens:RECEIVER"))
    uid, _ = add_token(uid=f"{STRANGE} {next(_unique)}")
    call = cpo.wait_for("PUT", "tokens")[-1]
    wanted = [c for c in cpo.calls("PUT", "tokens") if c.json["uid"] == uid]
    assert wanted, call.path
    base, _, sent = wanted[0].path.rpartition("/")
    assert (base, unquote(sent)) == ("/ocpi/tokens/NL/EMS", uid)
    assert not set(sent) & set("/ #+")


_unique = itertools.count()


@pytest.mark.requirement("TRA-51")
def test_a_redirect_is_not_followed(cpo: Platform, other_cpo: Platform, app: Caller, start: Callable[..., str]) -> None:
    elsewhere = {"Location": f"{other_cpo.server.base_url}/commands/START_SESSION"}
    cpo.server.answer("POST", "commands", status=307, headers=elsewhere, raw=b"")
    told = app.until(start(cpo), lambda reply: reply.data["state"] not in ("QUEUED", "SENDING"))
    assert told.data["state"] in NO
    assert other_cpo.calls("POST") == []


@pytest.mark.requirement("TRA-53")
def test_no_token_is_in_the_log_or_in_an_answer(newcomer: Connect, app: Caller, start: Callable[..., str]) -> None:
    cpo = newcomer()
    cpo.server.token = "secret-token-b-that-nobody-may-read"
    assert cpo.register().codes == CREATED
    cpo.server.answer("POST", "commands", status=401, status_code=2001, message=f"{cpo.server.token} is unknown")
    told = app.until(start(cpo), lambda reply: reply.data["state"] not in ("QUEUED", "SENDING"))
    refused = cpo.put("credentials", cpo.credentials(token=f"{cpo.server.token} x"))
    assert refused.codes == REFUSED
    shown = cpo.emsp.log.read_text(errors="replace") + json.dumps(told.body) + json.dumps(refused.body)
    for token in (cpo.token, cpo.token_a, cpo.server.token):
        assert token is not None
        assert token not in shown
        assert encoded(token) not in shown


@pytest.mark.requirement("TRA-01", "VER-07", "SEED-08")
def test_in_production_nothing_is_served_without_tls(tmp_path: Path) -> None:
    settings = {"ENVIRONMENT": "production", "SECRET_KEY": "compliance-" + "abcdefghijkl" * 4, "PROTOCOL": "https"}
    with processes.running(tmp_path, **settings) as emsp:
        caller = Caller(emsp, "app", emsp.manage("add_api_client", "App").stdout.split()[-1])
        tls = {"X-Forwarded-Proto": "https"}
        (version,) = caller.get("/ocpi/versions", headers=tls).data
        assert version["url"].startswith(f"https://127.0.0.1:{emsp.port}/")
        bare = emsp.request("GET", "/ocpi/versions", headers=plain("x"))
        assert (bare.status, bare.getheader("Location")) == (301, f"https://127.0.0.1:{emsp.port}/ocpi/versions")
        for known in ("cpo_token_c_abcdef", "test_token_c_123", "emsp_token_a_12345"):
            assert Caller(emsp, "stranger", known).get("/ocpi/versions", headers=tls).codes == UNAUTHORIZED


@pytest.mark.requirement("TRA-42", "LOC-48")
def test_an_operator_can_pull_at_any_time(connect: Connect, operator: Operator) -> None:
    cpo = connect(offers=("credentials:SENDER", "locations:SENDER"))
    cpo.server.answer("GET", "locations", data=[cpo.object("location")])
    operator.press(cpo.page, "pull")
    cpo.until("locations", lambda reply: bool(reply.data))
    assert cpo.get(f"locations/{cpo.me}/L1").data == cpo.object("location")
