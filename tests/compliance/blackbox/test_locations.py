"""Requirements section 6 over HTTP: locations on three levels, as pushed, as pulled, as apps see them."""

from typing import Any

import pytest

from tests import factories

from .conftest import Connect
from .operator import Operator
from .platforms import Caller, Platform
from .steps import (
    CREATED,
    NO_SUCH_OBJECT,
    NO_SUCH_PLACE,
    NOT_ALLOWED,
    OK,
    REFUSED,
    Case,
    Play,
    Step,
    location,
    session,
    table,
)

L1, E1, C1 = "locations/{me}/L1", "locations/{me}/L1/E1", "locations/{me}/L1/E1/C1"
OLD, NOW, NEW = "2026-03-01T11:00:00Z", factories.LAST_UPDATED, "2026-03-01T13:00:00Z"
evse, connector = factories.evse, factories.connector
MADE = Step("PUT", L1, CREATED, location())


def reads(path: str, **has: Any) -> Step:
    return Step("GET", path, OK, has={name.replace("__", "."): value for name, value in has.items()})


@table(
    Case(
        "LOC-01",
        "PUT creates a location, then replaces it with its EVSEs",
        MADE,
        Step("PUT", L1, OK, location(name="Second", evses=[evse(uid="E5")])),
        Step("GET", L1, OK, data=location(name="Second", evses=[evse(uid="E5")])),
    ),
    Case(
        "LOC-02",
        "PUT of one EVSE leaves its siblings alone",
        MADE,
        Step("PUT", "locations/{me}/L1/E3", CREATED, evse(uid="E3")),
        Step("PUT", "locations/{me}/L1/E3", OK, evse(uid="E3", status="BLOCKED")),
        reads(L1, evses__0__uid="E1", evses__1__uid="E2", evses__2__status="BLOCKED"),
    ),
    Case(
        "LOC-03",
        "PUT of one connector leaves its siblings alone",
        MADE,
        Step("PUT", f"{E1}/C2", CREATED, connector(id="C2")),
        Step("PUT", f"{E1}/C2", OK, connector(id="C2", max_amperage=32)),
        reads(E1, connectors__0__id="C1", connectors__1__max_amperage=32),
    ),
    Case(
        "LOC-04",
        "what changes a connector is seen on the EVSE and on the location",
        MADE,
        Step("PATCH", C1, OK, {"max_amperage": 32, "last_updated": NEW}),
        reads(
            L1,
            last_updated=NEW,
            evses__0__last_updated=NEW,
            evses__0__connectors__0__last_updated=NEW,
            evses__1__last_updated=NOW,
        ),
        Step("PUT", C1, OK, connector(last_updated="2026-03-01T14:00:00Z")),
        reads(L1, last_updated="2026-03-01T14:00:00Z", evses__0__last_updated="2026-03-01T14:00:00Z"),
    ),
    Case(
        "LOC-05",
        "what changes an EVSE is seen on the location",
        MADE,
        Step("PATCH", E1, OK, {"status": "CHARGING", "last_updated": NEW}),
        reads(L1, last_updated=NEW, evses__0__status="CHARGING"),
        Step("PUT", E1, OK, evse(last_updated="2026-03-01T14:00:00Z")),
        reads(L1, last_updated="2026-03-01T14:00:00Z"),
    ),
    Case(
        "LOC-06",
        "parents never move backwards",
        Step("PUT", L1, CREATED, location(last_updated=NEW)),
        Step("PUT", "locations/{me}/L1/E3", CREATED, evse(uid="E3", last_updated=OLD)),
        reads(L1, last_updated=NEW),
    ),
    Case(
        "LOC-08",
        "PATCH on each level changes what it names",
        MADE,
        Step("PATCH", L1, OK, {"name": "New", "last_updated": NEW}),
        Step("PATCH", E1, OK, {"status": "CHARGING", "last_updated": NEW}),
        Step("PATCH", C1, OK, {"max_amperage": 32, "last_updated": NEW}),
        Step(
            "GET",
            L1,
            OK,
            data=location(
                name="New",
                last_updated=NEW,
                evses=[
                    evse(
                        status="CHARGING", last_updated=NEW, connectors=[connector(max_amperage=32, last_updated=NEW)]
                    ),
                    evse(uid="E2", evse_id="NL*CPO*E2"),
                ],
            ),
        ),
    ),
    Case(
        "LOC-09",
        "a PATCH without last_updated is refused",
        MADE,
        Step("PATCH", L1, REFUSED, {"name": "New"}, message="last_updated"),
        Step("PATCH", E1, REFUSED, {"status": "CHARGING"}),
        Step("PATCH", C1, REFUSED, {"max_amperage": 32}),
        Step("GET", L1, OK, data=location()),
    ),
    Case(
        "LOC-10 AMB-01 FLD-10",
        "null in a PATCH takes nothing away; an empty list does",
        Step("PUT", L1, CREATED, location(facilities=["HOTEL"])),
        Step("PATCH", L1, OK, {"name": None, "facilities": [], "last_updated": NEW}),
        reads(L1, name="Stationsplein", facilities=[]),
    ),
    Case(
        "LOC-11 AMB-02 FLD-13",
        "EVSEs and connectors in a PATCH are merged by their ids",
        MADE,
        Step(
            "PATCH", L1, OK, {"evses": [{"uid": "E1", "status": "BLOCKED", "last_updated": NEW}], "last_updated": NEW}
        ),
        reads(L1, evses__0__status="BLOCKED", evses__0__connectors__0__id="C1", evses__1__uid="E2"),
        Step("PUT", f"{E1}/C2", CREATED, connector(id="C2", last_updated=NEW)),
        Step(
            "PATCH", E1, OK, {"connectors": [{"id": "C2", "max_amperage": 32}], "last_updated": "2026-03-01T14:00:00Z"}
        ),
        reads(E1, connectors__0__id="C1", connectors__1__max_amperage=32),
    ),
    Case(
        "LOC-12",
        "a PATCH creates nothing",
        Step("PATCH", L1, NO_SUCH_PLACE, {"name": "x", "last_updated": NEW}),
        Step("GET", L1, NO_SUCH_PLACE),
    ),
    Case(
        "LOC-13 AMB-05",
        "a child needs its parent",
        Step("PUT", E1, NO_SUCH_PLACE, evse()),
        Step("PUT", C1, NO_SUCH_PLACE, connector()),
        Step("PATCH", E1, NO_SUCH_PLACE, {"status": "BLOCKED", "last_updated": NEW}),
        MADE,
        Step("PUT", "locations/{me}/L1/E9/C1", NO_SUCH_PLACE, connector()),
        Step("GET", L1, OK, data=location()),
    ),
    Case(
        "LOC-14",
        "a PATCH does not change the key",
        MADE,
        Step("PATCH", L1, REFUSED, {"id": "L2", "last_updated": NEW}),
        Step("PATCH", L1, REFUSED, {"party_id": "XXX", "last_updated": NEW}),
        Step("PATCH", E1, REFUSED, {"uid": "E2", "last_updated": NEW}),
        Step("PATCH", L1, OK, {"id": "l1", "last_updated": NEW}),
        reads(L1, id="L1"),
    ),
    Case(
        "LOC-15 SMP-02",
        "an EVSE or a connector that is not whole is refused",
        MADE,
        Step("PUT", E1, REFUSED, evse(connectors=[])),
        Step("PUT", C1, REFUSED, connector(power_type=None)),
        Step("GET", L1, OK, data=location()),
    ),
    Case(
        "LOC-16",
        "GET answers on the level that was asked",
        MADE,
        Step("GET", E1, OK, data=evse()),
        Step("GET", C1, OK, data=connector()),
    ),
    Case(
        "LOC-17",
        "unknown on every level",
        Step("GET", L1, NO_SUCH_PLACE),
        MADE,
        Step("GET", "locations/{me}/L1/E9", NO_SUCH_PLACE),
        Step("GET", "locations/{me}/L1/E1/C9", NO_SUCH_PLACE),
    ),
    Case(
        "LOC-18 FLD-27",
        "neither POST nor DELETE; the list shows the caller's own",
        MADE,
        Step("POST", L1, NOT_ALLOWED, location()),
        Step("DELETE", L1, NOT_ALLOWED),
        Step("DELETE", E1, NOT_ALLOWED),
        Step("GET", "locations", OK, data=[location()]),
        Step("GET", "locations", OK, by="other_cpo", data=[]),
    ),
    Case(
        "LOC-19",
        "a removed EVSE stays, and is offered to nobody",
        MADE,
        Step("PATCH", E1, OK, {"status": "REMOVED", "last_updated": NEW}),
        reads(E1, status="REMOVED"),
        Step("GET", L1, OK, by="app", has={"evses.0.uid": "E2", "evses.1": None}),
    ),
    Case(
        "LOC-20",
        "a location without EVSEs is shown to no driver",
        Step("PUT", L1, CREATED, location(evses=[evse(status="REMOVED")])),
        Step(
            "GET",
            "locations?lat=52.0895&lon=5.11&radius_km=0.01&limit=10",
            OK,
            by="app",
            also=lambda reply: (
                all(e["status"] != "REMOVED" for place in reply.data for e in place["evses"])
                and all(place["evses"] for place in reply.data)
            ),
        ),
    ),
    Case(
        "LOC-21",
        "an evse_id may go and come elsewhere",
        MADE,
        Step("PUT", E1, OK, evse(status="REMOVED", evse_id=None)),
        Step("PUT", "locations/{me}/L1/E5", CREATED, evse(uid="E5")),
        Step("PUT", "locations/{me}/L1/E6", CREATED, evse(uid="E6")),
    ),
    Case(
        "LOC-22 AMB-03",
        "an EVSE that a PUT leaves out is gone, and a session there is not",
        MADE,
        Step("PUT", "sessions/{me}/S1", CREATED, session(evse_uid="E2")),
        Step("PUT", L1, OK, location(evses=[evse()])),
        Step("GET", "locations/{me}/L1/E2", NO_SUCH_PLACE),
        reads(L1, evses__1=None),
        reads("sessions/{me}/S1", evse_uid="E2"),
    ),
    Case(
        "LOC-25",
        "what identifies a token in publish_allowed_to is complete",
        Step("PUT", L1, REFUSED, location(publish=False, publish_allowed_to=[{"uid": "X"}])),
        Step("PUT", L1, REFUSED, location(publish=False, publish_allowed_to=[{"visual_number": "X"}])),
        Step("PUT", L1, REFUSED, location(publish=False, publish_allowed_to=[{"type": "RFID"}])),
        Step("PUT", L1, CREATED, location(publish=False, publish_allowed_to=[{"group_id": "X"}])),
        Step("PUT", L1, OK, location(publish=True, publish_allowed_to=[{"group_id": "X"}])),
        Step("GET", L1, OK, by="app"),
    ),
    Case(
        "LOC-27 LOC-23 AMB-41",
        "what is not published is for the helpdesk",
        MADE,
        Step("GET", L1, OK, by="app"),
        Step("PUT", L1, OK, location(publish=False)),
        Step("GET", L1, NO_SUCH_PLACE, by="app"),
        Step("GET", f"{L1}?unpublished=true", OK, by="app"),
        Step("GET", L1, OK),
    ),
    Case(
        "LOC-28",
        "without an operator, the credentials tell its name",
        MADE,
        Step("GET", L1, OK, by="app", has={"operator.name": "{party} Charging"}),
    ),
    Case(
        "LOC-30 LOC-31 AMB-36",
        "opening hours",
        Step("PUT", L1, REFUSED, location(opening_times={"regular_hours": []})),
        Step("PUT", L1, REFUSED, location(opening_times={"twentyfourseven": False})),
        Step(
            "PUT",
            L1,
            CREATED,
            location(
                opening_times={
                    "twentyfourseven": False,
                    "regular_hours": [
                        {"weekday": 1, "period_begin": "22:00", "period_end": "00:00"},
                        {"weekday": 2, "period_begin": "22:00", "period_end": "06:00"},
                    ],
                }
            ),
        ),
    ),
    Case(
        "LOC-32",
        "a time zone is a name",
        Step("PUT", L1, REFUSED, location(time_zone="CET+1")),
        Step("PUT", L1, REFUSED, location(time_zone=...)),
        Step("PUT", L1, CREATED, location(time_zone="Europe/Oslo")),
    ),
    Case(
        "LOC-35 LOC-36 LOC-37 AMB-42",
        "tariff ids may be several, unknown, or missing",
        Step(
            "PUT",
            L1,
            CREATED,
            location(
                evses=[evse(connectors=[connector(tariff_ids=["T8", "T9"]), connector(id="C2", tariff_ids=None)])]
            ),
        ),
        reads(C1, tariff_ids=["T8", "T9"]),
        Step(
            "GET",
            "tariffs/estimate?location_id=L1&evse_uid=E1&connector_id=C2&country_code={country}&party_id={party}",
            OK,
            by="app",
            data=[],
        ),
    ),
    Case(
        "LOC-40 AMB-40 AMB-44",
        "an EVSE uid may stand at two locations",
        MADE,
        Step("PUT", "locations/{me}/L2", CREATED, location(id="L2")),
        Step("PATCH", E1, OK, {"status": "BLOCKED", "last_updated": NEW}),
        reads("locations/{me}/L2/E1", status="AVAILABLE"),
    ),
    Case(
        "LOC-41",
        "a schedule changes no status",
        Step(
            "PUT",
            L1,
            CREATED,
            location(evses=[evse(status_schedule=[{"period_begin": "2020-01-01T00:00:00Z", "status": "INOPERATIVE"}])]),
        ),
        reads(E1, status="AVAILABLE"),
    ),
    Case(
        "LOC-46",
        "all pictures are kept",
        Step(
            "PUT",
            L1,
            CREATED,
            location(
                images=[
                    {"url": f"https://x.test/{n}.png", "category": kind, "type": "png"}
                    for n, kind in enumerate(["ENTRANCE", "ENTRANCE", "NETWORK"])
                ]
            ),
        ),
        Step(
            "GET",
            L1,
            OK,
            by="app",
            has={
                "images.0.category": "ENTRANCE",
                "images.1.url": "https://x.test/1.png",
                "images.2.category": "NETWORK",
            },
        ),
    ),
    Case(
        "LOC-47",
        "an energy mix",
        Step("PUT", L1, REFUSED, location(energy_mix={"energy_sources": []})),
        Step(
            "PUT",
            L1,
            CREATED,
            location(
                energy_mix={
                    "is_green_energy": False,
                    "energy_sources": [{"source": "COAL", "percentage": 90}],
                    "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": 372}],
                }
            ),
        ),
        reads(L1, energy_mix__environ_impact__0__category="CARBON_DIOXIDE"),
    ),
    Case(
        "LOC-52 AMB-04 FLD-20",
        "older news changes nothing, equal news does",
        MADE,
        Step("PUT", L1, OK, location(name="Older", last_updated=OLD)),
        Step("PATCH", E1, OK, {"status": "BLOCKED", "last_updated": OLD}),
        Step("GET", L1, OK, data=location()),
        Step("PUT", L1, OK, location(name="Equal")),
        reads(L1, name="Equal"),
    ),
    Case(
        "LOC-42",
        "an app searches by the state of EVSEs",
        MADE,
        Step(
            "GET",
            "locations?status=CHARGING&lat=52.0895&lon=5.11&radius_km=1",
            OK,
            by="app",
            also=lambda reply: all(any(e["status"] == "CHARGING" for e in place["evses"]) for place in reply.data),
        ),
    ),
)
def test_locations(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("LOC-23", "LOC-24")
def test_an_unpublished_location_is_shown_to_the_drivers_it_names(cpo: Platform, app: Caller, add_token: Any) -> None:
    matching, _ = add_token(visual_number=f"V-{cpo.party_id}", issuer="We")
    same_number, _ = add_token(visual_number=f"V-{cpo.party_id}", issuer="Others")
    allowed = [{"visual_number": f"V-{cpo.party_id}", "issuer": "We"}]
    path = f"locations/{cpo.me}/L1"
    assert cpo.put(path, cpo.object("location", publish=False, publish_allowed_to=allowed)).codes == CREATED
    assert app.get(path).codes == NO_SUCH_PLACE
    assert app.get(f"{path}?token_uid={matching}").codes == OK
    assert app.get(f"{path}?token_uid={same_number}").codes == NO_SUCH_PLACE
    near = "locations?lat=52.0895&lon=5.11&radius_km=1&limit=10"
    owner = [item["party_id"] for item in app.get(near).data]
    assert cpo.party_id not in owner


@pytest.mark.requirement("LOC-26", "CMD-19")
def test_a_session_is_started_with_tokens_of_ours_only(cpo: Platform, app: Caller) -> None:
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location"))
    body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": "NOT-OURS", "type": "RFID"}}
    owner = f"country_code={cpo.country_code}&party_id={cpo.party_id}"
    assert app.post(f"commands/START_SESSION?{owner}", body).codes == (200, 2004)
    assert cpo.calls("POST") == []


@pytest.mark.requirement("LOC-38")
def test_power_is_volts_times_amperes_times_phases(cpo: Platform, app: Caller) -> None:
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location"))  # 3 × 230 V × 16 A

    def found(least: str) -> bool:
        reply = app.get(f"locations?min_power_kw={least}&lat=52.0895&lon=5.11&radius_km=1&limit=10&offset=0")
        total = int(reply["X-Total-Count"] or "")
        pages = [
            app.get(f"locations?min_power_kw={least}&lat=52.0895&lon=5.11&radius_km=1&offset={n}")
            for n in range(0, total, 10)
        ]
        return any(item["party_id"] == cpo.party_id for page in pages for item in page.data)

    assert (found("11.0"), found("11.1")) == (True, False)


@pytest.mark.requirement("LOC-48", "LOC-50", "LOC-51")
def test_what_is_pulled_is_whole_and_never_older_than_what_was_pushed(connect: Connect, operator: Operator) -> None:
    cpo = connect(offers=("credentials:SENDER", "locations:SENDER"))
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location", name="Pushed", last_updated=NEW))
    six = [evse(uid=f"E{n}") for n in range(6)]
    pulled = [cpo.object("location", name="Older"), cpo.object("location", id="L2", evses=six)]
    cpo.server.answer("GET", "locations", data=pulled)
    operator.press(cpo.page, "pull")
    cpo.until(f"locations/{cpo.me}/L2", lambda reply: reply.codes == OK)
    assert len(cpo.get(f"locations/{cpo.me}/L2").data["evses"]) == 6
    assert cpo.get(f"locations/{cpo.me}/L1").data["name"] == "Pushed"
    assert cpo.calls("GET", "locations")[0].path == "/ocpi/locations"
    assert cpo.get("locations/FR/XXX/L1").codes in (NO_SUCH_OBJECT, NO_SUCH_PLACE)
