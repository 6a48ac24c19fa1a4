"""Requirements section 9 over HTTP."""

from typing import Any

import pytest

from tests import factories

from .platforms import Caller, Platform
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, REFUSED, Case, Play, Step, location, table, tariff

T1 = "tariffs/{me}/T1"
MADE = Step("PUT", T1, CREATED, tariff())


def element(*components: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"price_components": list(components)}
    return made | ({"restrictions": restrictions} if restrictions else {})


def component(type: str = "ENERGY", price: Any = 0.35, **more: Any) -> dict[str, Any]:
    return {"type": type, "price": price, "step_size": 1, **more}


def kept(rows: str, name: str, **changes: Any) -> Case:
    return Case(rows, name, Step("PUT", T1, CREATED, tariff(**changes)), Step("GET", T1, OK, data=tariff(**changes)))


def refused(rows: str, name: str, **changes: Any) -> Case:
    return Case(rows, name, Step("PUT", T1, REFUSED, tariff(**changes)), Step("GET", T1, NO_SUCH_OBJECT))


@table(
    Case(
        "TAR-01",
        "PUT creates a tariff, then replaces it",
        MADE,
        Step("PUT", T1, OK, tariff(currency="SEK")),
        Step("GET", T1, OK, data=tariff(currency="SEK")),
    ),
    Case(
        "TAR-02",
        "there is no PATCH",
        MADE,
        Step("PATCH", T1, NOT_ALLOWED, {"currency": "SEK", "last_updated": "2026-03-01T13:00:00Z"}),
        Step("GET", T1, OK, data=tariff()),
    ),
    Case(
        "TAR-03 AMB-46",
        "DELETE takes it away",
        MADE,
        Step("DELETE", T1, OK, without=["data"]),
        Step("GET", T1, NO_SUCH_OBJECT),
        Step("GET", "tariffs", OK, data=[]),
    ),
    Case("TAR-04", "DELETE of what is not there", Step("DELETE", T1, NO_SUCH_OBJECT)),
    Case(
        "TAR-05",
        "DELETE while a connector refers to it leaves the price unknown",
        Step("PUT", "locations/{me}/L1", CREATED, location()),
        MADE,
        Step(
            "GET",
            "tariffs/estimate?location_id=L1&evse_uid=E1&country_code={country}&party_id={party}",
            OK,
            by="app",
            also=lambda reply: len(reply.data) == 1,
        ),
        Step("DELETE", T1, OK),
        Step("GET", "locations/{me}/L1/E1/C1", OK, has={"tariff_ids": ["T1"]}),
        Step(
            "GET",
            "tariffs/estimate?location_id=L1&evse_uid=E1&country_code={country}&party_id={party}",
            OK,
            by="app",
            data=[],
        ),
    ),
    kept(
        "TAR-06 TAR-08",
        "elements and components keep their order",
        elements=[
            element(component("TIME", 2), component("FLAT", 1), start_time="10:00"),
            element(component("ENERGY")),
            element(component("FLAT", 0)),
        ],
    ),
    refused("TAR-09", "a tariff without elements", elements=[]),
    refused("TAR-09", "an element without components", elements=[element()]),
    kept("TAR-10 SMP-09 TCS-30", "a step of 0", elements=[element(component("FLAT", 0.0, step_size=0))]),
    refused("TAR-10", "no step", elements=[element({"type": "FLAT", "price": 0})]),
    kept("TAR-11", "a free tariff", elements=[element(component("FLAT", 0.0))]),
    *[
        kept("TAR-12", f"type {kind}", type=kind)
        for kind in ("AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR")
    ],
    kept("TAR-12", "no type", type=...),
    refused("TAR-12", "a type that nobody knows", type="HAPPY_HOUR"),
    kept("TAR-13", "a time of validity", start_date_time="2019-01-01T00:00:00Z", end_date_time="2030-01-01T00:00:00Z"),
    kept(
        "TAR-14",
        "texts in several languages",
        tariff_alt_text=[{"language": "en", "text": "2 euro <b>"}, {"language": "nl", "text": "2 euro"}],
        tariff_alt_url="https://x.test/t",
    ),
    refused("TAR-15", "a price that is a number", max_price=10),
    kept("TAR-15", "a price without VAT", min_price={"excl_vat": 0.5}, max_price={"excl_vat": 10, "incl_vat": 12.1}),
    kept("TAR-16", "no VAT is not a VAT of nothing", elements=[element(component(vat=0.0), component("FLAT"))]),
    refused("TAR-17", "a time of 25:00", elements=[element(component(), start_time="25:00")]),
    refused("TAR-17", "a date of the 32nd", elements=[element(component(), start_date="2026-01-32")]),
    kept(
        "TAR-17",
        "times and dates",
        elements=[element(component(), start_time="09:00", end_time="23:59", start_date="2026-01-01", min_duration=60)],
    ),
    Case(
        "TAR-17", "24:00 is taken", Step("PUT", T1, CREATED, tariff(elements=[element(component(), end_time="24:00")]))
    ),
    Case(
        "TAR-18",
        "energy in a reservation is taken",
        Step("PUT", T1, CREATED, tariff(elements=[element(component(), component("TIME"), reservation="RESERVATION")])),
    ),
    refused("TAR-19", "a price that is text", elements=[element(component(price="0.25"))]),
    kept(
        "TAR-20",
        "an energy mix",
        energy_mix={
            "is_green_energy": True,
            "energy_sources": [{"source": "SOLAR", "percentage": 40}, {"source": "WIND", "percentage": 60}],
        },
    ),
)
def test_tariffs(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("TAR-11", "TAR-12", "TAR-13", "TAR-16")
def test_what_a_driver_is_told_to_pay(cpo: Platform, app: Caller) -> None:
    ids = ["REG", "ADHOC", "FUTURE"]
    cpo.put(
        f"locations/{cpo.me}/L1",
        cpo.object("location", evses=[factories.evse(connectors=[factories.connector(tariff_ids=ids)])]),
    )
    cpo.put(f"tariffs/{cpo.me}/REG", cpo.object("tariff", id="REG", elements=[element(component(price=0.5, vat=20))]))
    cpo.put(f"tariffs/{cpo.me}/ADHOC", cpo.object("tariff", id="ADHOC", type="AD_HOC_PAYMENT"))
    cpo.put(f"tariffs/{cpo.me}/FUTURE", cpo.object("tariff", id="FUTURE", start_date_time="2099-01-01T00:00:00Z"))
    owner = f"country_code={cpo.country_code}&party_id={cpo.party_id}"
    told = app.get(f"tariffs/estimate?location_id=L1&evse_uid=E1&kwh=10&minutes=30&{owner}")
    assert "ADHOC" not in str(told.data)
    assert "FUTURE" not in str(told.data)
    (one,) = told.data
    assert one["total"] == {"excl_vat": 5.0, "incl_vat": 6.0} if "total" in one else "6" in str(one)


@pytest.mark.requirement("TAR-21", "FLD-12")
def test_what_is_addressed_to_others_keeps_its_fields(cpo: Platform) -> None:
    body = cpo.object("tariff", target_operator_id="EMS", target_country="NL")
    assert cpo.put(f"tariffs/{cpo.me}/T1", body).codes == CREATED
    assert cpo.get(f"tariffs/{cpo.me}/T1").data == body


@pytest.mark.requirement("TAR-21", "FLD-12")
def test_of_tariffs_under_one_id_the_one_that_names_us_stays(cpo: Platform) -> None:
    ours = cpo.object("tariff", target_operator_id="NL*EMS")
    theirs = cpo.object("tariff", target_operator_id="FR*XYZ", last_updated="2026-03-02T00:00:00Z")
    assert cpo.put(f"tariffs/{cpo.me}/T1", ours).codes == CREATED
    assert cpo.put(f"tariffs/{cpo.me}/T1", theirs).codes == OK
    assert cpo.get(f"tariffs/{cpo.me}/T1").data == ours
