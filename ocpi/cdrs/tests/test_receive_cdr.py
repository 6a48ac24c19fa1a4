"""POST CDR: once, for ever, whatever it refers to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from ocpi.cdrs.models import CDR
from tests import factories
from tests.callers import Answer, Caller

HERE = "http://emsp.test"
NOWHERE = factories.cdr()["cdr_location"] | dict.fromkeys(["evse_uid", "evse_id", "connector_id"], "#NA")


def follow(caller: Caller, location: str) -> Answer:
    assert location.startswith(HERE + "/")
    return caller.get(location.removeprefix(HERE))


@pytest.mark.requirement("CDR-01", "CDR-02", "CDR-03", "TRA-16")
def test_a_cdr_is_created_and_found_at_the_location_of_the_answer(cpo: Caller) -> None:
    answer = cpo.post("cdrs", body=factories.cdr())
    assert (answer.status, "data" in answer.body) == ((201, 1000), False)
    assert len(answer["Location"]) <= 255
    assert follow(cpo, answer["Location"]).data == factories.cdr()


@pytest.mark.requirement("CDR-02", "CDR-09", "TRA-48")
def test_the_location_of_the_longest_and_strangest_id_is_short_enough_and_works(cpo: Caller) -> None:
    strange = "/%?#" * 9
    answer = cpo.post("cdrs", body=factories.cdr(id=strange))
    assert len(answer["Location"]) <= 255
    assert follow(cpo, answer["Location"]).data["id"] == strange


@pytest.mark.requirement("CDR-07", "AMB-23")
def test_the_same_cdr_again_is_acknowledged_with_the_same_location_and_stored_once(cpo: Caller) -> None:
    first = cpo.post("cdrs", body=factories.cdr())
    again = cpo.post("cdrs", body=dict(reversed(factories.cdr(total_energy=10.0).items())))
    assert (first.status, again.status) == ((201, 1000), (200, 1000))
    assert first["Location"] == again["Location"]
    assert len(cpo.get("cdrs").data) == 1


@pytest.mark.requirement("CDR-06")
@pytest.mark.parametrize(
    "changes", [{"total_cost": {"excl_vat": 99}}, {"remark": "new"}, {"last_updated": "2030-01-01T00:00:00Z"}]
)
def test_other_content_under_the_same_id_is_refused_and_the_first_one_kept(cpo: Caller, changes: dict) -> None:
    cpo.post("cdrs", body=factories.cdr())
    answer = cpo.post("cdrs", body=factories.cdr(**changes))
    assert answer.status == (200, 2001)
    assert "D1" in answer.message
    assert cpo.get("cdrs").data == [factories.cdr()]


@pytest.mark.requirement("CDR-08")
def test_an_id_is_unique_per_party_without_regard_to_case(cpo: Caller, cp2: Caller) -> None:
    first = cpo.post("cdrs", body=factories.cdr())
    theirs = cp2.post("cdrs", body=factories.cdr(country_code="DE", party_id="CP2"))
    lower = cpo.post("cdrs", body=factories.cdr(id="d1"))
    assert [first.status, theirs.status, lower.status] == [(201, 1000), (201, 1000), (200, 1000)]
    assert lower["Location"] == first["Location"] != theirs["Location"]
    assert cpo.post("cdrs", body=factories.cdr(id="d1", remark="other")).status == (200, 2001)


@pytest.mark.requirement("CDR-09")
def test_only_credits_should_have_long_ids_and_nobody_longer_ones(cpo: Caller) -> None:
    assert cpo.post("cdrs", body=factories.cdr(id="D" * 36)).status == (201, 1000)
    assert cpo.post("cdrs", body=factories.cdr(id="D" * 37)).status == (201, 1000)
    credit = factories.cdr(id="D" * 39, credit=True, credit_reference_id="D" * 36, total_cost={"excl_vat": -3.5})
    assert cpo.post("cdrs", body=credit).status == (201, 1000)
    assert cpo.post("cdrs", body=factories.cdr(id="D" * 40)).status == (200, 2001)
    remarked = [row.wire_id for row in CDR.objects.all() if "LONG_ID" in row.remarks]
    assert remarked == ["D" * 37]


@pytest.mark.requirement("CDR-10", "TRA-39")
def test_a_party_that_is_not_the_callers_is_refused(cpo: Caller, cp2: Caller) -> None:
    assert cpo.post("cdrs", body=factories.cdr(country_code="DE", party_id="CP2")).status == (200, 2001)
    assert (cpo.get("cdrs").data, cp2.get("cdrs").data) == ([], [])


@pytest.mark.requirement(
    "CDR-17", "CDR-19", "CDR-23", "CDR-24", "CDR-26", "CDR-27", "CDR-31", "CDR-34", "CDR-36", "TRA-50"
)
@pytest.mark.parametrize(
    "changes",
    [
        {"session_id": None},
        {"currency": "SEK"},
        {"auth_method": "WHITELIST", "authorization_reference": "The-Last-One"},
        {"tariffs": []},
        {"total_cost": {"excl_vat": 0, "incl_vat": 0}},
        {"total_parking_time": 0.25, "total_time_cost": {"excl_vat": 1}},
        {"home_charging_compensation": True},
        {"invoice_reference_id": "I" * 39},
        {"cdr_location": NOWHERE},
        {"gireve_id": "G", "charging_periods": [factories.period(kwh=10) | {"extra": {"deep": [1.5, None]}}]},
    ],
)  # fmt: skip
def test_what_is_optional_or_unusual_is_kept_as_it_came(cpo: Caller, changes: dict) -> None:
    body = {key: value for key, value in factories.cdr(**changes).items() if value is not None}
    answer = cpo.post("cdrs", body=body)
    assert answer.status == (201, 1000)
    stored = follow(cpo, answer["Location"]).data
    assert {key: value for key, value in stored.items() if value != []} == {k: v for k, v in body.items() if v != []}


@pytest.mark.requirement("CDR-20", "CDR-25", "CDR-27", "TRA-24")
@pytest.mark.parametrize(
    "lacking", ["total_time", "total_energy", "total_cost", "charging_periods", "cdr_location", "id"]
)
def test_a_cdr_that_lacks_a_required_field_is_refused(cpo: Caller, lacking: str) -> None:
    body = {key: value for key, value in factories.cdr().items() if key != lacking}
    answer = cpo.post("cdrs", body=body)
    assert answer.status == (200, 2001)
    assert lacking in answer.message
    assert cpo.get("cdrs").data == []


@pytest.mark.requirement("CDR-20", "CDR-25")
@pytest.mark.parametrize(
    "changes",
    [
        {"charging_periods": []},
        {"charging_periods": [factories.period() | {"dimensions": []}]},
        {"cdr_location": {k: v for k, v in factories.cdr()["cdr_location"].items() if k != "evse_id"}},
        {"total_cost": 3.5},
        {"total_energy": "10"},
    ],
)  # fmt: skip
def test_a_cdr_that_cannot_be_a_bill_is_refused(cpo: Caller, changes: dict) -> None:
    assert cpo.post("cdrs", body=factories.cdr(**changes)).status == (200, 2001)
    assert cpo.get("cdrs").data == []


@pytest.mark.requirement("CDR-18", "SES-21", "AMB-24")
def test_a_driver_of_another_emsp_is_refused(cpo: Caller) -> None:
    foreign = factories.cdr_token(country_code="FR", party_id="XYZ")
    assert cpo.post("cdrs", body=factories.cdr(cdr_token=foreign)).status == (200, 2004)
    assert cpo.get("cdrs").data == []


@pytest.mark.requirement("CDR-18", "CDR-19")
def test_unknown_references_are_stored_and_remarked(cpo: Caller) -> None:
    assert cpo.post("cdrs", body=factories.cdr()).status == (201, 1000)
    row = CDR.objects.get()
    assert row.remarks == ["UNKNOWN_SESSION", "UNKNOWN_TOKEN", "UNKNOWN_LOCATION"]
    assert list(CDR.objects.remarked()) == [row]


@pytest.mark.requirement("CDR-18")
def test_known_references_are_linked_and_need_no_remark(cpo: Caller) -> None:
    token = factories.token()
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
    cpo.post("cdrs", body=factories.cdr(session_id="s1"))
    row = CDR.objects.get()
    assert (row.session_row.wire_id, row.token_row, row.remarks) == ("S1", token, [])
    assert not CDR.objects.remarked().exists()


@pytest.mark.requirement("CDR-18", "CDR-34", "FLD-28")
def test_a_cdr_that_comes_before_its_session_is_linked_when_that_comes(cpo: Caller, cp2: Caller) -> None:
    cpo.post("cdrs", body=factories.cdr())
    theirs = factories.session(country_code="DE", party_id="CP2")
    cp2.put("sessions", "DE", "CP2", "S1", body=theirs)
    assert CDR.objects.get().session_row is None
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
    row = CDR.objects.get()
    assert row.session_row.wire_id == "S1"
    assert "UNKNOWN_SESSION" not in row.remarks


@pytest.mark.requirement("CDR-18", "CDR-34", "FLD-28")
def test_a_cdr_that_comes_before_its_location_is_no_oddity_any_more_when_that_comes(cpo: Caller, cp2: Caller) -> None:
    cpo.post("cdrs", body=factories.cdr())
    CDR.objects.update(verdict=CDR.Verdict.UNPRICEABLE)
    cp2.put("locations", "DE", "CP2", "L1", body=factories.location(country_code="DE", party_id="CP2"))
    assert "UNKNOWN_LOCATION" in CDR.objects.get().remarks
    cpo.put("locations", "NL", "CPO", "l1", body=factories.location(id="l1"))
    assert "UNKNOWN_LOCATION" not in CDR.objects.get().remarks
    assert CDR.objects.get().verdict == CDR.Verdict.WAITING


@pytest.mark.requirement("CDR-16", "TAR-05")
def test_location_and_tariff_stay_as_they_were_at_the_start(cpo: Caller) -> None:
    cpo.put("tariffs", "NL", "CPO", "T1", body=factories.tariff())
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    cpo.post("cdrs", body=factories.cdr())
    cpo.patch("locations", "NL", "CPO", "L1", body={"name": "Renamed", "last_updated": "2026-03-02T00:00:00Z"})
    cpo.delete("tariffs", "NL", "CPO", "T1")
    assert cpo.get("cdrs", "D1").data == factories.cdr()
    assert CDR.objects.get().location_name == "Stationsplein"


@pytest.mark.requirement("CDR-22")
def test_dimensions_that_belong_into_sessions_are_kept_and_remarked(cpo: Caller) -> None:
    power = {"type": "POWER", "volume": 11}
    body = factories.cdr(charging_periods=[factories.period() | {"dimensions": [power]}])
    assert cpo.post("cdrs", body=body).status == (201, 1000)
    assert "SESSION_DIMENSIONS" in CDR.objects.get().remarks
    assert cpo.get("cdrs", "D1").data == body


@pytest.mark.requirement("CDR-28")
def test_a_tariff_that_is_not_embedded_makes_the_cost_unverifiable(cpo: Caller) -> None:
    cpo.post("cdrs", body=factories.cdr(charging_periods=[factories.period(tariff_id="T9")]))
    cpo.post("cdrs", body=factories.cdr(id="D2", charging_periods=[factories.period(tariff_id="t1")]))
    assert ["UNKNOWN_TARIFF" in row.remarks for row in CDR.objects.all()] == [True, False]


@pytest.mark.requirement("CDR-30")
def test_the_misspelt_epoch_is_refused_and_the_right_one_accepted(cpo: Caller) -> None:
    assert cpo.post("cdrs", body=factories.cdr(start_date_time="1970-1-1T00:00:00Z")).status == (200, 2001)
    assert cpo.post("cdrs", body=factories.cdr(start_date_time="1970-01-01T00:00:00Z")).status == (201, 1000)


@pytest.mark.requirement("CDR-32")
def test_signed_data_is_kept_to_the_letter(cpo: Caller) -> None:
    value = {"nature": "Sometimes", "plain_data": "line 1\r\n\tline 2 " * 220, "signed_data": "MEUCIQ==\n" * 500}
    signed = {"encoding_method": "OCMF", "public_key": "-----BEGIN\n", "signed_values": [value], "url": "see paper"}
    assert cpo.post("cdrs", body=factories.cdr(signed_data=signed)).status == (201, 1000)
    assert cpo.get("cdrs", "D1").data["signed_data"] == signed


@pytest.mark.requirement("SES-38", "CDR-03")
def test_a_cdr_of_2000_periods(cpo: Caller) -> None:
    periods = [factories.period(f"2026-03-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z", n) for n in range(2000)]
    body = factories.cdr(charging_periods=periods)
    assert cpo.post("cdrs", body=body).status == (201, 1000)
    assert cpo.get("cdrs", "D1").data == body


@pytest.mark.parametrize("periods", [1, 100])
def test_a_cdr_takes_a_fixed_number_of_queries(cpo: Caller, periods: int) -> None:
    """Here of one whose session and location are not known, the caller's look-up included."""
    listed = [factories.period(kwh=n) for n in range(periods)]
    body = factories.cdr(charging_periods=listed, total_energy=sum(range(periods)))
    with CaptureQueriesContext(connection) as captured:
        cpo.post("cdrs", body=body)
    assert len(captured) <= 14


@pytest.mark.requirement("CDR-07")
@pytest.mark.django_db(transaction=True)
def test_simultaneous_posts_of_one_cdr_store_one_and_give_one_location(cpo: Caller) -> None:
    def post(n: int) -> Answer:
        try:
            return cpo.post("cdrs", body=factories.cdr())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(8)))
    assert sorted(answer.status for answer in answers) == [(200, 1000)] * 7 + [(201, 1000)]
    assert len({answer["Location"] for answer in answers}) == 1
    assert len(cpo.get("cdrs").data) == 1
