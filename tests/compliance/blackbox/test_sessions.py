"""Requirements section 7 over HTTP: sessions as CPOs push them, and what our drivers want of them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import factories

from .conftest import Connect
from .operator import Operator
from .platforms import Caller, Platform
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, REFUSED, Case, Play, Step, session, table

S1 = "sessions/{me}/S1"
OLD, NEW = "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"
period = factories.period
ONE, TWO, THREE, FOUR = (period(f"2026-03-01T10:{n}0:00Z") for n in range(4))
MADE = Step("PUT", S1, CREATED, session())


def patch(expected: tuple[int, int] = OK, **fields: Any) -> Step:
    return Step("PATCH", S1, expected, {"last_updated": NEW, **fields})


def reads(**has: Any) -> Step:
    return Step("GET", S1, OK, has={name.replace("__", "."): value for name, value in has.items()})


@table(
    Case(
        "SES-01",
        "PUT creates a session, then replaces it",
        MADE,
        Step("PUT", S1, OK, session(kwh=9)),
        Step("GET", S1, OK, data=session(kwh=9)),
    ),
    Case(
        "SES-02",
        "PUT replaces the periods too",
        Step("PUT", S1, CREATED, session(charging_periods=[ONE, TWO, THREE])),
        reads(charging_periods=[ONE, TWO, THREE]),
        Step("PUT", S1, OK, session()),
        Step("GET", S1, OK, data=session()),
        Step("PUT", S1, OK, session(charging_periods=[ONE])),
        Step("PUT", S1, OK, session(charging_periods=[])),
        reads(charging_periods__0=None),
    ),
    Case(
        "SES-03",
        "PATCH changes what it names",
        MADE,
        patch(total_cost={"excl_vat": 4.0}),
        Step("GET", S1, OK, data=session(total_cost={"excl_vat": 4.0}, last_updated=NEW)),
    ),
    Case(
        "SES-04",
        "a PATCH without last_updated is refused",
        MADE,
        Step("PATCH", S1, REFUSED, {"kwh": 5}, message="last_updated"),
        Step("GET", S1, OK, data=session()),
    ),
    Case(
        "SES-05",
        "periods in a PATCH are appended",
        Step("PUT", S1, CREATED, session(charging_periods=[ONE])),
        patch(charging_periods=[TWO]),
        patch(charging_periods=[THREE, FOUR]),
        reads(charging_periods=[ONE, TWO, THREE, FOUR]),
    ),
    Case(
        "SES-06 AMB-01",
        "a PATCH without periods leaves them alone",
        Step("PUT", S1, CREATED, session(charging_periods=[ONE])),
        patch(charging_periods=[]),
        patch(charging_periods=None),
        patch(kwh=2),
        reads(charging_periods=[ONE], kwh=2),
    ),
    Case(
        "SES-07",
        "a period that comes twice is there once",
        MADE,
        patch(charging_periods=[ONE]),
        patch(charging_periods=[ONE]),
        reads(charging_periods=[ONE]),
    ),
    Case(
        "SES-08",
        "there is nothing deeper to PATCH",
        MADE,
        Step("PATCH", f"{S1}/charging_periods", NO_SUCH_OBJECT, {"last_updated": NEW}),
    ),
    Case("SES-09", "a PATCH creates nothing", patch(NO_SUCH_OBJECT, kwh=1), Step("GET", S1, NO_SUCH_OBJECT)),
    Case(
        "SES-11",
        "GET returns what is there, and nothing of others",
        Step("GET", S1, NO_SUCH_OBJECT),
        Step("PUT", S1, CREATED, session(charging_periods=[THREE, ONE])),
        Step("GET", S1, OK, data=session(charging_periods=[THREE, ONE])),
        Step("GET", "sessions/{other}/S1", NO_SUCH_OBJECT, by="other_cpo"),
    ),
    Case(
        "SES-12",
        "neither POST nor DELETE",
        Step("POST", "sessions", NOT_ALLOWED, session()),
        MADE,
        Step("POST", S1, NOT_ALLOWED, session()),
        Step("DELETE", S1, NOT_ALLOWED),
    ),
    Case(
        "SES-13",
        "the party in URL and body is the caller's",
        Step("PUT", "sessions/{other}/S1", NO_SUCH_OBJECT, session()),
        Step("PUT", S1, REFUSED, session(party_id="XXX")),
        Step("GET", S1, NO_SUCH_OBJECT),
    ),
    Case(
        "SES-14 SES-16 AMB-19",
        "a session goes its way",
        Step("PUT", S1, CREATED, session(status="PENDING", kwh=0)),
        patch(status="ACTIVE", start_date_time="2026-03-01T10:05:00Z"),
        reads(status="ACTIVE", start_date_time="2026-03-01T10:05:00Z"),
        patch(status="COMPLETED", end_date_time=NEW),
        reads(status="COMPLETED", end_date_time=NEW),
    ),
    *[
        Case(
            "SES-14",
            f"a session may be {status}",
            Step("PUT", S1, CREATED, session(status=status)),
            reads(status=status),
        )
        for status in ("PENDING", "ACTIVE", "COMPLETED", "INVALID", "RESERVATION")
    ],
    Case(
        "SES-14 AMB-18 SMP-17",
        "RESERVED is taken for RESERVATION, and never given back",
        Step("PUT", S1, CREATED, session(status="RESERVED")),
        reads(status="RESERVATION"),
        Step("PUT", S1, REFUSED, session(status="FINISHED")),
    ),
    Case(
        "SES-15 AMB-20",
        "a correction after the end is applied",
        Step("PUT", S1, CREATED, session(status="COMPLETED")),
        patch(kwh=7.5),
        reads(kwh=7.5, status="COMPLETED"),
    ),
    Case(
        "SES-17",
        "an end is optional",
        MADE,
        Step("PUT", "sessions/{me}/S2", CREATED, session(id="S2", end_date_time=NEW)),
    ),
    Case(
        "SES-18",
        "no cost is not a cost of nothing",
        MADE,
        Step("GET", S1, OK, without=["total_cost"]),
        patch(total_cost={"excl_vat": 0.0}),
        reads(total_cost__excl_vat=0.0),
    ),
    Case(
        "SES-19",
        "a reservation may know no EVSE",
        Step("PUT", S1, CREATED, session(status="RESERVATION", evse_uid="#NA", connector_id="#NA")),
        reads(evse_uid="#NA"),
    ),
    Case(
        "SES-20 FLD-28",
        "what it refers to may be unknown",
        Step(
            "PUT", S1, CREATED, session(location_id="LX", evse_uid="EX", cdr_token=factories.cdr_token(uid="UNKNOWN"))
        ),
        reads(location_id="LX"),
    ),
    Case(
        "SES-21",
        "a token of others is 2004; half a token is 2001",
        Step("PUT", S1, (200, 2004), session(cdr_token=factories.cdr_token(country_code="FR", party_id="XYZ"))),
        Step("GET", S1, NO_SUCH_OBJECT),
        Step("PUT", S1, REFUSED, session(cdr_token=factories.cdr_token(contract_id=None))),
        Step("GET", S1, NO_SUCH_OBJECT),
    ),
    Case(
        "SES-23",
        "how it was authorised may change",
        Step("PUT", S1, CREATED, session(auth_method="COMMAND")),
        patch(auth_method="WHITELIST"),
        reads(auth_method="WHITELIST"),
    ),
    Case(
        "SES-24 SMP-05",
        "energy in Wh is taken as it is said",
        Step("PUT", S1, CREATED, session(kwh=0.12, charging_periods=[period(kwh=120)])),
        reads(kwh=0.12),
    ),
    Case(
        "SES-25",
        "dimensions that only sessions have",
        Step(
            "PUT",
            S1,
            CREATED,
            session(
                charging_periods=[
                    period(
                        dimensions=[
                            {"type": kind, "volume": 1}
                            for kind in ("CURRENT", "POWER", "ENERGY_IMPORT", "ENERGY_EXPORT", "STATE_OF_CHARGE")
                        ]
                    )
                ]
            ),
        ),
        reads(charging_periods__0__dimensions__4__type="STATE_OF_CHARGE"),
    ),
    Case(
        "SES-38",
        "two thousand periods",
        Step(
            "PUT",
            S1,
            CREATED,
            session(
                charging_periods=[
                    period(f"2026-03-01T{10 + n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z", kwh=0.001)
                    for n in range(2000)
                ]
            ),
        ),
        patch(charging_periods=[period("2026-03-01T12:00:00Z")]),
        reads(charging_periods__2000__start_date_time="2026-03-01T12:00:00Z"),
    ),
    Case(
        "LOC-52 AMB-04 SES-01",
        "older news changes nothing",
        MADE,
        Step("PUT", S1, OK, session(kwh=1, last_updated=OLD)),
        Step("PATCH", S1, OK, {"kwh": 0.5, "last_updated": OLD}),
        Step("GET", S1, OK, data=session()),
    ),
)
def test_sessions(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("SES-22", "CMD-25", "AMB-35", "CMD-34")
@pytest.mark.parametrize(
    "answer", [{}, {"status": 500, "raw": b"<html>"}], ids=["accepted", "failed, and began all the same"]
)
def test_a_session_finds_its_command_by_the_reference(
    cpo: Platform, app: Caller, start: Callable[..., str], answer: dict[str, Any]
) -> None:
    if answer:
        cpo.server.answer("POST", "commands", **answer)
    path = start(cpo)
    (call,) = cpo.wait_for("POST", "commands")
    reference = call.json["authorization_reference"]
    assert 0 < len(reference) <= 36
    token = {name: call.json["token"][name] for name in ("country_code", "party_id", "uid", "type", "contract_id")}
    body = cpo.object("session", authorization_reference=reference, auth_method="COMMAND", cdr_token=token)
    assert cpo.put(f"sessions/{cpo.me}/S1", body).codes == CREATED
    told = app.until(path, lambda reply: bool(reply.data["session"]))
    assert told.data["session"]["id"] == "S1"


@pytest.mark.requirement("SES-22")
def test_what_the_same_driver_does_at_the_same_place_without_our_reference_is_another_session(
    cpo: Platform, app: Caller, start: Callable[..., str]
) -> None:
    path = start(cpo)
    (call,) = cpo.wait_for("POST", "commands")
    token = {name: call.json["token"][name] for name in ("country_code", "party_id", "uid", "type", "contract_id")}

    def begins(id: str, **changes: Any) -> None:
        assert (
            cpo.put(f"sessions/{cpo.me}/{id}", cpo.object("session", id=id, cdr_token=token, **changes)).codes
            == CREATED
        )

    begins("S2", authorization_reference="of-another-start")
    begins("S3")
    assert app.get(path).data["session"] is None
    begins("S1", authorization_reference=call.json["authorization_reference"])
    begins("S4")
    assert app.get(path).data["session"]["id"] == "S1"


@pytest.mark.requirement("SES-27", "SES-28", "SES-29", "AMB-22", "SMP-21")
def test_sessions_are_pulled_with_a_date_and_never_one_by_one(connect: Connect, operator: Operator) -> None:
    cpo = connect(offers=("credentials:SENDER", "sessions:SENDER"))
    cpo.server.answer("GET", "sessions", data=[cpo.object("session"), cpo.object("session", id="S2")])
    operator.press(cpo.page, "pull")
    cpo.until(f"sessions/{cpo.me}/S2", lambda reply: reply.codes == OK)
    calls = cpo.calls("GET", "sessions")
    assert all("date_from=" in call.path for call in calls)
    assert {call.path.split("?")[0] for call in calls} == {"/ocpi/sessions"}


# --- charging preferences ---------------------------------------------------------------------------------------------
CAPABLE = factories.evse(capabilities=["CHARGING_PREFERENCES_CAPABLE"])


@pytest.fixture
def charging(connect: Connect) -> Platform:
    """A CPO with a session at an EVSE that takes preferences."""
    cpo = connect(offers=("credentials:SENDER", "sessions:SENDER"))
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location", evses=[CAPABLE]), quiet=True)
    cpo.put(f"sessions/{cpo.me}/S1", cpo.object("session"), quiet=True)
    return cpo


def wish(app: Caller, cpo: Platform, **body: Any) -> Any:
    return app.put(f"sessions/{cpo.me}/S1/charging_preferences", {"profile_type": "GREEN", **body})


@pytest.mark.requirement("SES-30", "SES-34")
def test_preferences_go_to_the_session_at_the_cpo(charging: Platform, app: Caller) -> None:
    charging.server.answer("PUT", "sessions", data="ACCEPTED")
    sent = wish(app, charging, departure_time="2026-03-01T18:00:00+02:00", energy_need=30.5)
    assert sent.http == 202
    (call,) = charging.wait_for("PUT", "sessions")
    assert call.path == "/ocpi/sessions/S1/charging_preferences"
    assert (call.json["profile_type"], call.json["energy_need"]) == ("GREEN", 30.5)
    assert call.json["departure_time"] in ("2026-03-01T16:00:00Z", "2026-03-01T16:00:00.000Z")
    assert wish(app, charging, profile_type=None).codes == REFUSED


@pytest.mark.requirement("SES-35", "SES-36", "SES-37", "AMB-21")
@pytest.mark.parametrize(
    ("answer", "states"),
    [
        *[
            ({"data": word}, ("SUCCEEDED",) if word == "ACCEPTED" else ("REJECTED", "FAILED"))
            for word in (
                "ACCEPTED",
                "DEPARTURE_REQUIRED",
                "ENERGY_NEED_REQUIRED",
                "NOT_POSSIBLE",
                "PROFILE_TYPE_NOT_SUPPORTED",
            )
        ],
        ({"status": 404, "status_code": 2001}, ("REJECTED", "FAILED")),
        ({"data": {"result": "ACCEPTED"}}, ("UNKNOWN", "REJECTED", "FAILED")),
    ],
    ids=str,
)
def test_each_answer_has_its_outcome(charging: Platform, app: Caller, answer: Any, states: tuple[str, ...]) -> None:
    charging.server.answer("PUT", "sessions", **answer)
    wish(app, charging)
    path = f"sessions/{charging.me}/S1/charging_preferences"
    told = app.until(path, lambda reply: reply.data["state"] not in ("QUEUED", "SENDING"))
    assert told.data["state"] in states, told.data
    if isinstance(answer.get("data"), str) and answer["data"] != "ACCEPTED":
        assert answer["data"] in str(told.data)


@pytest.mark.requirement("SES-31", "SES-37")
def test_preferences_are_offered_only_where_they_can_be_kept(charging: Platform, app: Caller) -> None:
    other = factories.evse(capabilities=["CHARGING_PROFILE_CAPABLE"], last_updated=NEW)
    charging.put(f"locations/{charging.me}/L1/E1", other)
    assert wish(app, charging).codes == REFUSED
    charging.put(f"locations/{charging.me}/L1/E1", {**CAPABLE, "last_updated": NEW})
    charging.put(f"sessions/{charging.me}/S1", charging.object("session", status="COMPLETED", last_updated=NEW))
    ended = wish(app, charging)
    assert (ended.codes, "no longer possible" in ended.message) == (REFUSED, True)
    assert charging.calls("PUT") == []


@pytest.mark.requirement("SES-32")
def test_only_profiles_with_a_tariff_there_are_offered(charging: Platform, app: Caller) -> None:
    charging.put(f"tariffs/{charging.me}/T1", charging.object("tariff", type="PROFILE_CHEAP"))
    assert wish(app, charging, profile_type="GREEN").codes == REFUSED
    assert wish(app, charging, profile_type="CHEAP").http == 202
