"""Requirements section 8 over HTTP: bills come once, stay as they are, and are seen by whoever sent them."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import factories

from .conftest import Connect
from .operator import Operator
from .platforms import Caller, Platform
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, REFUSED, Case, Play, Step, cdr, location, table

POSTED = Step("POST", "cdrs", CREATED, cdr())
PLACE = factories.cdr()["cdr_location"]
CREDIT = {"credit": True, "credit_reference_id": "D1", "total_cost": {"excl_vat": -3.5, "incl_vat": -4.235}}


def taken(rows: str, name: str, **changes: Any) -> Case:
    return Case(
        rows, name, Step("POST", "cdrs", CREATED, cdr(**changes)), Step("GET", "cdrs", OK, data=[cdr(**changes)])
    )


def refused(rows: str, name: str, expected: tuple[int, int] = REFUSED, **changes: Any) -> Case:
    return Case(
        rows,
        name,
        Step("POST", "cdrs", expected, cdr(**changes), answers={"Location": None}),
        Step("GET", "cdrs", OK, data=[]),
    )


@table(
    Case(
        "CDR-01 CDR-16",
        "a bill is posted, and later changes of the location do not reach it",
        POSTED,
        Step("PUT", "locations/{me}/L1", CREATED, location(name="Renamed")),
        Step("GET", "cdrs", OK, data=[cdr()]),
    ),
    Case(
        "CDR-05",
        "a bill cannot be put, patched or deleted",
        Step("PUT", "cdrs", NOT_ALLOWED, cdr()),
        Step("PATCH", "cdrs", NOT_ALLOWED, {}),
        Step("DELETE", "cdrs", NOT_ALLOWED),
        POSTED,
        Step("GET", "cdrs", OK, by="other_cpo", data=[]),
    ),
    Case(
        "CDR-06",
        "another bill under the same id is refused, and the first one stays",
        POSTED,
        Step("POST", "cdrs", REFUSED, cdr(total_cost={"excl_vat": 99})),
        Step("GET", "cdrs", OK, data=[cdr()]),
    ),
    Case(
        "CDR-08",
        "an id is unique per party, whatever its case",
        POSTED,
        Step("POST", "cdrs", OK, cdr()),
        Step("POST", "cdrs", REFUSED, cdr(id="d1", currency="SEK")),
        Step("POST", "cdrs", CREATED, cdr(), by="other_cpo"),
        Step("GET", "cdrs", OK, data=[cdr()]),
    ),
    taken("CDR-09", "an id of 39 characters", id="x" * 39),
    refused("CDR-09", "an id of 40 characters", id="x" * 40),
    refused("CDR-10", "a bill of another party", country_code="FR", party_id="XXX"),
    Case(
        "CDR-11 CDR-12 TAMB-08",
        "a credit names what it credits",
        POSTED,
        Step("POST", "cdrs", REFUSED, cdr(id="D1-C", **{**CREDIT, "credit_reference_id": None})),
        Step("POST", "cdrs", REFUSED, cdr(id="D1-C", **{**CREDIT, "credit": None})),
        Step("POST", "cdrs", CREATED, cdr(id="D1-C", **CREDIT)),
        Step("GET", "cdrs", OK, data=[cdr(), cdr(id="D1-C", **CREDIT)]),
    ),
    taken("CDR-13", "a credit for a bill that nobody knows", id="D1-C", **{**CREDIT, "credit_reference_id": "D404"}),
    Case(
        "CDR-14 AMB-25",
        "a credit of half the amount",
        POSTED,
        Step("POST", "cdrs", CREATED, cdr(id="D1-C", **{**CREDIT, "total_cost": {"excl_vat": -1}})),
    ),
    Case(
        "CDR-15",
        "a new bill for the same session",
        POSTED,
        Step("POST", "cdrs", CREATED, cdr(id="D1-C", **CREDIT)),
        Step("POST", "cdrs", CREATED, cdr(id="D2")),
    ),
    taken("CDR-17 SMP-19", "a bill without a session", session_id=...),
    taken(
        "CDR-18 CDR-19",
        "a bill whose session, place and card are unknown",
        session_id="S404",
        cdr_location={**PLACE, "id": "L404"},
        cdr_token=factories.cdr_token(uid="NEVER-SEEN"),
    ),
    refused(
        "CDR-18 AMB-24",
        "a bill for a card of others",
        (200, 2004),
        cdr_token=factories.cdr_token(country_code="FR", party_id="XYZ"),
    ),
    refused("CDR-20", "a bill without periods", charging_periods=[]),
    refused("CDR-20", "a period without dimensions", charging_periods=[factories.period(dimensions=[])]),
    taken(
        "CDR-22",
        "a dimension that only sessions have",
        charging_periods=[
            factories.period(dimensions=[{"type": "ENERGY", "volume": 10}, {"type": "POWER", "volume": 7}])
        ],
    ),
    taken("CDR-23", "the last method and reference", auth_method="WHITELIST", authorization_reference="R2"),
    taken(
        "CDR-24",
        "a reservation that was not used",
        cdr_location={**PLACE, "evse_uid": "#NA", "evse_id": "#NA", "connector_id": "#NA"},
    ),
    refused(
        "CDR-25 AMB-26", "no evse_id", cdr_location={name: value for name, value in PLACE.items() if name != "evse_id"}
    ),
    taken("CDR-26", "another currency", currency="SEK"),
    *[refused("CDR-27", f"no {name}", **{name: ...}) for name in ("total_cost", "total_energy", "total_time")],
    taken("CDR-28", "a period whose tariff is not in the list", charging_periods=[factories.period(tariff_id="T9")]),
    taken(
        "CDR-28",
        "a free tariff in the list",
        tariffs=[factories.tariff(elements=[{"price_components": [{"type": "FLAT", "price": 0, "step_size": 0}]}])],
    ),
    taken("CDR-29", "a sum that does not come out", total_cost={"excl_vat": 99.0, "incl_vat": 120.0}),
    taken("CDR-30", "unknown times as the epoch", start_date_time="1970-01-01T00:00:00Z"),
    refused("CDR-30 SMP-16", "the epoch as the specification prints it", start_date_time="1970-1-1T00:00:00Z"),
    taken("CDR-31", "home charging", home_charging_compensation=True),
    taken(
        "CDR-32 FIX-03",
        "signed data of 4000 characters",
        signed_data={
            "encoding_method": "OCMF",
            "url": "not a url",
            "signed_values": [{"nature": "Weird", "plain_data": " x " * 1333, "signed_data": "y" * 5000}],
        },
    ),
    taken(
        "CDR-34",
        "a bill from last year",
        start_date_time="2025-01-01T00:00:00Z",
        end_date_time="2025-01-01T01:00:00Z",
        charging_periods=[factories.period("2025-01-01T00:00:00Z", kwh=10)],
    ),
    taken("CDR-36", "an invoice reference", invoice_reference_id="i" * 39),
    refused("CDR-36", "an invoice reference that is too long", invoice_reference_id="i" * 40),
    taken("FLD-22", "a bill without VAT", total_cost={"excl_vat": 3.5}),
)
def test_cdrs(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("CDR-02", "CDR-03", "CDR-04", "CDR-05", "CDR-07", "AMB-23", "FLD-20")
def test_the_location_header_leads_its_sender_to_the_bill_also_the_second_time(
    cpo: Platform, other_cpo: Platform
) -> None:
    made = cpo.post("cdrs", cpo.object("cdr"))
    url = made["Location"] or ""
    assert url.startswith(f"{cpo.emsp.url}/")
    assert len(url) <= 255
    path = urlsplit(url).path
    assert cpo.get(path).data == cpo.object("cdr")
    again = cpo.post("cdrs", cpo.object("cdr"))
    assert (again.codes, again["Location"]) == (OK, url)
    assert len(cpo.get("cdrs").data) == 1
    assert other_cpo.get(path).codes == NO_SUCH_OBJECT
    for method in ("PUT", "PATCH", "DELETE"):
        assert cpo.send(method, path, cpo.object("cdr")).codes == NOT_ALLOWED
    assert cpo.get(path).data == cpo.object("cdr")


@pytest.mark.requirement("CDR-12", "CDR-13", "CDR-14", "CDR-29", "TCS-37", "TAMB-22")
@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "match"),
        ({"total_cost": {"excl_vat": 99.0}}, "mismatch"),
        ({"charging_periods": [factories.period(kwh=10, tariff_id=None)]}, "match"),  # the only tariff there is
        ({"charging_periods": [factories.period(kwh=10, tariff_id="T9")]}, "unpriceable"),
        (CREDIT, "credit"),
    ],
    ids=["right", "wrong", "no tariff_id", "a tariff that is not there", "a credit"],
)
def test_a_bill_is_taken_and_then_checked(cpo: Platform, app: Caller, changes: dict[str, Any], verdict: str) -> None:
    assert cpo.post("cdrs", cpo.object("cdr", id=f"D-{cpo.party_id}", **changes)).codes == CREATED
    path = f"cdrs/D-{cpo.party_id}/check?country_code={cpo.country_code}&party_id={cpo.party_id}"
    told = app.until(path, lambda reply: reply.data["verdict"] != "waiting")
    assert told.data["verdict"] == verdict, told.data


@pytest.mark.requirement("CDR-33", "CDR-35")
def test_bills_are_pulled_as_a_list_and_a_bill_that_came_twice_is_one(connect: Connect, operator: Operator) -> None:
    cpo = connect(offers=("credentials:SENDER", "cdrs:SENDER"))
    assert cpo.post("cdrs", cpo.object("cdr")).codes == CREATED
    cpo.server.answer("GET", "cdrs", data=[cpo.object("cdr"), cpo.object("cdr", id="D2")])
    operator.press(cpo.page, "pull")
    listed = cpo.until("cdrs", lambda reply: len(reply.data) == 2)
    assert [item["id"] for item in listed.data] == ["D1", "D2"]
    assert {call.path.split("?")[0] for call in cpo.calls("GET", "cdrs")} == {"/ocpi/cdrs"}


@pytest.mark.requirement("CDR-25", "CDR-30")
@pytest.mark.parametrize(
    ("flag", "changes"),
    [
        ("missing_evse_id", {"cdr_location": {name: value for name, value in PLACE.items() if name != "evse_id"}}),
        ("loose_epoch", {"start_date_time": "1970-1-1T00:00:00Z"}),
    ],
)
def test_what_is_overlooked_in_a_bill_must_be_agreed(
    cpo: Platform, operator: Operator, flag: str, changes: dict[str, Any]
) -> None:
    assert cpo.post("cdrs", cpo.object("cdr", **changes)).codes == REFUSED
    operator.change(cpo.page, **{flag: True})
    assert cpo.post("cdrs", cpo.object("cdr", **changes)).codes == CREATED
