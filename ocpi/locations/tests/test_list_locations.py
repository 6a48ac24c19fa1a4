"""GET locations: our extension list, for partners and for apps (SEED-04)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.partners import callers
from tests import factories
from tests.callers import Caller

LATER = "2026-03-01T12:05:00Z"


def put(caller: Caller, id: str, **changes: object) -> None:
    country_code, party_id = caller.party or ("", "")
    body = factories.location(country_code=country_code, party_id=party_id, id=id, **changes)
    assert caller.put("locations", country_code, party_id, id, body=body).status == (201, 1000)


def ids(caller: Caller, query: str = "") -> list[str]:
    return [location["id"] for location in caller.get("locations", query=query).data]


@pytest.mark.requirement("SEED-04", "LOC-18", "PAG-18", "PAG-08")
def test_two_partners_never_mix_and_an_app_sees_both(cpo: Caller, cp2: Caller, app: Caller) -> None:
    put(cpo, "L1")
    put(cp2, "L1")
    put(cp2, "L2")
    assert (ids(cpo), ids(cp2), ids(app)) == (["L1"], ["L1", "L2"], ["L1", "L1", "L2"])
    assert [caller.get("locations")["X-Total-Count"] for caller in (cpo, cp2, app)] == ["1", "2", "3"]


@pytest.mark.requirement("SEED-04", "PAG-10", "PAG-11")
def test_the_search_stays_in_the_link_to_the_next_page(cpo: Caller, app: Caller) -> None:
    for n in range(5):
        put(cpo, f"L{n}")
    first = app.get("locations", query="limit=2&lat=52.0895&lon=5.11&radius_km=5")
    assert first["X-Total-Count"] == "5"
    next_page = first["Link"].split("<")[1].split(">")[0]
    assert all(part in next_page for part in ("lat=52.0895", "lon=5.11", "radius_km=5", "offset=2", "limit=2"))
    path, query = next_page.removeprefix("http://emsp.test").split("?")
    assert [location["id"] for location in app.get(path, query=query).data] == ["L2", "L3"]


@pytest.mark.requirement("SEED-04", "PAG-02", "PAG-03")
def test_dates_filter_on_last_updated(cpo: Caller) -> None:
    put(cpo, "L1")
    put(cpo, "L2", last_updated=LATER)
    assert ids(cpo, f"date_from={LATER}") == ["L2"]
    assert ids(cpo, f"date_to={LATER}") == ["L1"]


@pytest.mark.requirement("SEED-04")
def test_a_place_and_a_radius(cpo: Caller, app: Caller) -> None:
    put(cpo, "UTRECHT")
    put(cpo, "AMSTERDAM", coordinates={"latitude": "52.37910", "longitude": "4.90030"})
    put(cpo, "SUVA", coordinates={"latitude": "-18.14160", "longitude": "178.44190"})
    put(cpo, "POLE", coordinates={"latitude": "89.99900", "longitude": "0.00000"})
    assert ids(app, "lat=52.0895&lon=5.11") == ["UTRECHT"]
    assert ids(app, "lat=52.0895&lon=5.11&radius_km=34") == ["UTRECHT"]
    assert ids(app, "lat=52.0895&lon=5.11&radius_km=36") == ["UTRECHT", "AMSTERDAM"]
    assert ids(app, "lat=-18&lon=-179&radius_km=300") == ["SUVA"]  # across the date line
    assert ids(app, "lat=89.999&lon=180&radius_km=1") == ["POLE"]


@pytest.mark.requirement("SEED-04", "PAG-17")
@pytest.mark.parametrize(
    "query",
    ["lat=52", "lon=5", "radius_km=5", "lat=x&lon=5", "lat=nan&lon=5", "lat=91&lon=5", "lat=5&lon=181",
     "lat=5&lon=5&radius_km=0", "lat=5&lon=5&radius_km=-1", "lat=5&lon=5&radius_km=inf", "min_power_kw=much",
     "min_power_kw=-1", "min_power_kw=-1.7976931348623155e308",
     "status=available", "limit=0", "offset=-1", "date_from=soon"],
)  # fmt: skip
def test_a_search_that_cannot_be_read_is_refused(app: Caller, query: str) -> None:
    assert app.get("locations", query=query).status == (200, 2001)


@pytest.mark.requirement("SEED-04", "LOC-38", "LOC-42")
def test_status_power_and_plug_must_meet_in_one_evse(cpo: Caller, app: Caller) -> None:
    fast = factories.connector(standard="IEC_62196_T2_COMBO", power_type="DC", max_voltage=500, max_amperage=300)
    busy_and_fast = factories.evse(uid="FAST", status="CHARGING", connectors=[fast])
    put(cpo, "SLOW")
    put(cpo, "MIXED", evses=[busy_and_fast, factories.evse()])
    put(cpo, "FREE", evses=[factories.evse(connectors=[factories.connector(), fast | {"id": "C2"}])])
    assert ids(app, "status=AVAILABLE") == ["SLOW", "MIXED", "FREE"]
    assert ids(app, "status=AVAILABLE&min_power_kw=50") == ["FREE"]
    assert ids(app, "min_power_kw=50") == ["MIXED", "FREE"]
    assert ids(app, "connector=IEC_62196_T2_COMBO") == ["MIXED", "FREE"]
    assert ids(app, "connector=IEC_62196_T2&min_power_kw=50") == []
    assert ids(app, "min_power_kw=11.04") == ["SLOW", "MIXED", "FREE"]  # 3 phases x 230 V (line to neutral) x 16 A
    assert ids(app, "min_power_kw=11.05") == ["MIXED", "FREE"]


@pytest.mark.requirement("LOC-38")
def test_a_stated_power_counts_more_than_volts_times_amperes(cpo: Caller, app: Caller) -> None:
    put(cpo, "L1", evses=[factories.evse(connectors=[factories.connector(max_electric_power=7400)])])
    assert (ids(app, "min_power_kw=7.4"), ids(app, "min_power_kw=7.5")) == (["L1"], [])


@pytest.mark.requirement("LOC-19", "LOC-22")
def test_removed_and_hidden_chargers_are_not_found_by_what_they_could(cpo: Caller, app: Caller) -> None:
    chademo = factories.evse(uid="E9", connectors=[factories.connector(standard="CHADEMO")])
    put(cpo, "REMOVED", evses=[factories.evse(), chademo | {"status": "REMOVED"}])
    put(cpo, "HIDDEN", evses=[factories.evse(), chademo])
    cpo.put("locations", "NL", "CPO", "HIDDEN", body=factories.location(id="HIDDEN"))
    assert ids(app, "connector=CHADEMO") == []
    assert ids(cpo, "connector=CHADEMO") == ["REMOVED"]


@pytest.mark.requirement("LOC-23", "LOC-20", "LOC-27", "AMB-41")
def test_apps_see_what_is_published_and_has_chargers(cpo: Caller, app: Caller) -> None:
    put(cpo, "OPEN")
    put(cpo, "CLOSED", publish=False)
    put(cpo, "EMPTY", evses=[])
    put(cpo, "GONE", evses=[factories.evse(status="REMOVED")])
    assert ids(app) == ["OPEN"]
    assert ids(app, "unpublished=true") == ids(cpo) == ["OPEN", "CLOSED", "EMPTY", "GONE"]
    cpo.patch("locations", "NL", "CPO", "OPEN", body={"publish": False, "last_updated": LATER})
    assert ids(app) == []


@pytest.mark.requirement("LOC-24")
@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ({"uid": "04aabbccdd", "type": "RFID"}, True),
        ({"uid": "04AABBCCDD", "type": "APP_USER"}, False),
        ({"visual_number": "V-1", "issuer": "Open eMSP"}, True),
        ({"visual_number": "V-1", "issuer": "Other"}, False),
        ({"visual_number": "V-2", "issuer": "Open eMSP"}, False),
        ({"group_id": "fleet"}, True),
        ({"group_id": "FLEET", "uid": "OTHER", "type": "RFID"}, False),
        ({"group_id": "OTHERS"}, False),
    ],
)
def test_all_fields_of_one_entry_must_be_those_of_the_token(cpo: Caller, app: Caller, entry: dict, shown: bool) -> None:
    factories.token(visual_number="V-1", group_id="FLEET")
    put(cpo, "L1", publish=False, publish_allowed_to=[{"group_id": "NOBODY"}, entry])
    assert ids(app, "token_uid=04AABBCCDD") == (["L1"] if shown else [])
    assert ids(app) == []


@pytest.mark.requirement("LOC-23", "TOK-25")
def test_the_type_of_the_token_counts(cpo: Caller, app: Caller) -> None:
    factories.token(uid="SAME", type="APP_USER")
    put(cpo, "L1", publish=False, publish_allowed_to=[{"uid": "SAME", "type": "APP_USER"}])
    assert ids(app, "token_uid=SAME") == []
    assert ids(app, "token_uid=SAME&token_type=APP_USER") == ["L1"]


@pytest.mark.parametrize("who", ["cpo", "app"])
@pytest.mark.long
def test_a_page_takes_the_same_number_of_queries_however_long(
    request: pytest.FixtureRequest, cpo: Caller, who: str
) -> None:
    caller = request.getfixturevalue(who)

    def queries() -> int:
        callers.forget()  # or the look-up counts in one of them only
        with CaptureQueriesContext(connection) as captured:
            assert caller.get("locations").status == (200, 1000)
        return len(captured)

    for n in range(3):
        put(cpo, f"L{n}")
    caller.get("locations")
    with_three = queries()
    for n in range(3, 30):
        put(cpo, f"L{n}")
    assert queries() == with_three <= 10
