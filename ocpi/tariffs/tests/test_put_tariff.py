"""PUT tariff: create or replace, whole, with its elements in order."""

import json
from pathlib import Path

import pytest

from ocpi.protocol.headers import PartyId
from ocpi.tariffs import services
from tests import factories
from tests.callers import Caller

T1 = ("tariffs", "NL", "CPO", "T1")
EXAMPLES = sorted((Path(__file__).parents[3] / "tests" / "spec_examples").glob("tariff_[0-9]*.json"))


def element(price: float, **restrictions: object) -> dict:
    found = {"price_components": [{"type": "ENERGY", "price": price, "step_size": 1}]}
    return found | ({"restrictions": restrictions} if restrictions else {})


@pytest.mark.requirement("TAR-01", "TAR-06", "TRA-26", "TRA-16")
def test_a_new_tariff_is_created_and_a_known_one_replaced(cpo: Caller) -> None:
    first = cpo.put(*T1, body=factories.tariff(tariff_alt_text=[{"language": "en", "text": "x"}]))
    again = cpo.put(*T1, body=factories.tariff(currency="SEK"))
    assert (first.status, again.status, "data" in first.body) == ((201, 1000), (200, 1000), False)
    assert cpo.get(*T1).data == factories.tariff(currency="SEK")


@pytest.mark.requirement("TAR-06", "TAR-08")
def test_the_order_of_elements_and_components_is_kept(cpo: Caller) -> None:
    elements = [element(0.5, start_time="08:00", end_time="20:00"), element(0.1), element(0.3, max_power=16.0)]
    elements[1]["price_components"] += [
        {"type": t, "price": 1, "step_size": 60} for t in ("TIME", "FLAT", "PARKING_TIME")
    ]
    cpo.put(*T1, body=factories.tariff(elements=elements))
    assert cpo.get(*T1).data["elements"] == elements
    cpo.put(*T1, body=factories.tariff(elements=elements[::-1]))
    assert cpo.get(*T1).data["elements"] == elements[::-1]


@pytest.mark.requirement("TAR-06", "TAR-10", "TAR-11", "TAR-14", "TAR-18")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_of_the_specification_survive_the_way_in_and_out(cpo: Caller, path: Path) -> None:
    example = json.loads(path.read_text()) | {"country_code": "NL", "party_id": "CPO"}
    assert cpo.put("tariffs", "NL", "CPO", example["id"], body=example).status == (201, 1000)
    assert cpo.get("tariffs", "NL", "CPO", example["id"]).data == example


@pytest.mark.requirement("TAR-10", "TAR-12", "TAR-13", "TAR-15", "TAR-16", "TAR-20", "TRA-50")
@pytest.mark.parametrize(
    "changes",
    [
        {"elements": [{"price_components": [{"type": "FLAT", "price": 0.00, "step_size": 0}]}]},
        {"elements": [{"price_components": [{"type": "ENERGY", "price": 0.25, "vat": 0, "step_size": 1}]}]},
        {"elements": [{"price_components": [{"type": "ENERGY", "price": 0.25, "step_size": 1}]}]},
        {"type": "AD_HOC_PAYMENT"},
        {"type": None},
        {"start_date_time": "2030-01-01T00:00:00Z", "end_date_time": "2031-01-01T00:00:00Z"},
        {"min_price": {"excl_vat": 0.5}, "max_price": {"excl_vat": 50, "incl_vat": 60.5}},
        {"energy_mix": {"is_green_energy": True, "energy_sources": [{"source": "WIND", "percentage": 100}]}},
        {"gireve_id": "G", "tariff_alt_url": "https://example.com/t"},
    ],
)  # fmt: skip
def test_what_is_optional_is_kept_as_it_came(cpo: Caller, changes: dict) -> None:
    body = {key: value for key, value in factories.tariff(**changes).items() if value is not None}
    assert cpo.put(*T1, body=body).status == (201, 1000)
    assert cpo.get(*T1).data == body


@pytest.mark.requirement("TAR-09", "TAR-15", "TAR-17", "TAR-19", "TRA-24")
@pytest.mark.parametrize(
    "changes",
    [
        {"elements": []},
        {"elements": [{"price_components": []}]},
        {"elements": [{"price_components": [{"type": "ENERGY", "price": "0.25", "step_size": 1}]}]},
        {"elements": [{"price_components": [{"type": "ENERGY", "price": 0.25}]}]},
        {"elements": [element(1, start_time="25:00")]},
        {"elements": [element(1, start_date="2026-13-01")]},
        {"elements": [element(1, max_duration=1.5)]},
        {"min_price": 0.5},
        {"type": "CHEAP"},
        {"currency": "EURO"},
        {"last_updated": None},
    ],
)  # fmt: skip
def test_what_cannot_be_priced_is_refused(cpo: Caller, changes: dict) -> None:
    assert cpo.put(*T1, body=factories.tariff(**changes)).status == (200, 2001)
    assert cpo.get(*T1).status == (404, 2001)


@pytest.mark.requirement("TAR-17")
def test_24_00_is_read_as_the_end_of_the_day(cpo: Caller) -> None:
    cpo.put(*T1, body=factories.tariff(elements=[element(1, start_time="20:00", end_time="24:00")]))
    assert cpo.get(*T1).data["elements"][0]["restrictions"]["end_time"] == "00:00"


@pytest.mark.requirement("TRA-40", "TRA-39")
@pytest.mark.parametrize("changes", [{"id": "T2"}, {"party_id": "CP2"}, {"country_code": "DE"}])
def test_other_ids_in_the_body_than_in_the_url_are_refused(cpo: Caller, changes: dict) -> None:
    assert cpo.put(*T1, body=factories.tariff(**changes)).status == (200, 2001)
    assert cpo.put(*T1, body=factories.tariff(id="t1")).status == (201, 1000)


@pytest.mark.requirement("TRA-39")
def test_a_foreign_party_is_not_found_and_nothing_is_stored(cpo: Caller, cp2: Caller) -> None:
    foreign = factories.tariff(country_code="DE", party_id="CP2")
    assert cpo.put("tariffs", "DE", "CP2", "T1", body=foreign).status == (404, 2001)
    assert cp2.get("tariffs").data == []


@pytest.mark.requirement("LOC-52", "AMB-04")
def test_an_older_tariff_is_acknowledged_and_ignored(cpo: Caller) -> None:
    cpo.put(*T1, body=factories.tariff())
    older = factories.tariff(currency="SEK", last_updated="2026-02-01T00:00:00Z")
    assert cpo.put(*T1, body=older).status == (200, 1000)
    assert cpo.get(*T1).data == factories.tariff()


@pytest.mark.requirement("AMB-04")
def test_versions_are_the_same_in_whatever_order_and_however_often_they_come(cpo: Caller) -> None:
    bodies = [
        factories.tariff(elements=[element(n)], last_updated=f"2026-02-0{n}T00:00:00Z", id=name)
        for name in ("T1", "t2")
        for n in (1, 2, 3)
    ]
    for body in [*bodies[:3], *reversed(bodies[3:]), *bodies]:
        assert cpo.put("tariffs", "NL", "CPO", body["id"], body=body).body["status_code"] == 1000
    party = PartyId("NL", "CPO")
    for name, kept in (("T1", bodies[:3]), ("T2", bodies[3:])):
        found = services.versions(partner=cpo.partner, party=party, tariff_ids=[name])
        assert [version.tariff.to_wire() for version in found] == kept[::-1]


@pytest.mark.requirement("TAR-21", "FLD-12")
@pytest.mark.parametrize("last", ["ours", "theirs"])
def test_of_tariffs_for_several_emsps_under_one_id_ours_is_taken(cpo: Caller, last: str) -> None:
    ours = factories.tariff(target_operator_id="NL*EMS", tariff_alt_text=[{"language": "en", "text": "ours"}])
    theirs = factories.tariff(target_operator_id="FR*XYZ", last_updated="2026-03-02T00:00:00Z")
    for body in (theirs, ours) if last == "ours" else (ours, theirs):
        assert cpo.put(*T1, body=body).body["status_code"] == 1000
    assert cpo.get(*T1).data == ours


@pytest.mark.requirement("LOC-36", "LOC-51")
def test_a_location_may_come_before_its_tariffs(cpo: Caller) -> None:
    assert cpo.put("locations", "NL", "CPO", "L1", body=factories.location()).status == (201, 1000)
    assert cpo.put(*T1, body=factories.tariff()).status == (201, 1000)


def test_a_tariff_takes_a_fixed_number_of_queries(cpo: Caller, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(11):
        cpo.put(*T1, body=factories.tariff(elements=[element(n) for n in range(100)]))
