"""The switchboard, and its faults of versions, commands and CDRs: each does what its description says."""

import argparse
import time
from pathlib import Path

import pytest
import requests

from mock_cpo.cli import add_arguments, build
from mock_cpo.config import Config
from mock_cpo.faults import FAULTS
from mock_cpo.platform import Platform
from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, encoded, token
from ocpi.protocol import pricing
from ocpi.protocol.cdrs import CDR
from ocpi.protocol.paging import next_link
from ocpi.protocol.tariffs import Tariff

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}
VERSIONS = "/ocpi/cpo/versions"


def start(emsp: Emsp) -> requests.Response:
    return emsp.command("START_SESSION", token=token(), **PLACE)


def test_the_table_can_be_read_switched_and_cleared(cpo: Cpo) -> None:
    rows = {row["name"]: row for row in cpo.control("GET", "/faults")}
    assert len(rows) == len(FAULTS)
    assert {row["number"] for row in rows.values()} == set(range(1, 31))
    assert rows["wrong-cost"]["parameter"] == {"name": "factor", "default": 1.2}
    assert cpo.control("PUT", "/faults/wrong-cost", {"value": 3})["value"] == 3
    assert cpo.control("GET", "/state")["faults"] == ["wrong-cost"]
    assert cpo.control("DELETE", "/faults/wrong-cost")["enabled"] is False
    assert "no fault" in cpo.control("PUT", "/faults/nonsense", expect=404)["error"]
    assert "error" in cpo.control("PUT", "/faults/slow-answers", {"value": "soon"}, expect=422)


# Chapter 16.5 of the requirements: each of its thirty fault modes with every variant that it names.
MODES = {
    1: {"plain-token"},
    2: {"newline-token"},
    3: {"versions-401", "versions-500", "versions-html", "versions-timeout", "versions-truncated"},
    4: {"no-2.2.1"},
    5: {"missing-endpoint"},
    6: {"odd-endpoint-urls"},
    7: {"relative-link", "foreign-link", "looping-link", "missing-link"},
    8: {"page-size", "insert-mid-crawl", "mutate-mid-crawl"},
    9: {"invalid-object-in-list"},
    10: {"status-code"},
    11: {"other-success"},
    12: {"too-many-requests"},
    13: {"slow-answers", "connection-reset"},
    14: {"datetimes-without-z", "datetimes-with-offset", "datetimes-fractions"},
    15: {"wh-energy"},
    16: {"numbers-as-strings"},
    17: {"nulls"},
    18: {"unknown-fields", "unknown-enums"},
    19: {"patch-evses"},
    20: {"out-of-order-pushes", "duplicate-pushes", "drop-cdr-push"},
    21: {"result-before-response", "result-late", "result-never", "result-twice", "result-wrapped",
         "result-wrong-peer", "reservation-withdrawn"},
    22: {"command-500", "session-after-failed-command"},
    23: {"duplicate-cdr", "credit-cdr", "rebill", "reservation-cdr"},
    24: {"wrong-cost", "unsplit-periods", "missing-tariff-id"},
    25: {"evse-pause"},
    26: {"no-routing-headers", "lower-case-headers", "lower-case-ids"},
    27: {"lost-credentials-response", "rotate-mid-traffic", "delete-mid-session"},
    28: {"hub-error", "undated-client-info"},
    29: {"active-profile-unasked", "profile-too-often"},
    30: {"strange-ids"},
}  # fmt: skip
EFFECTS = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))
EFFECTS += Path(__file__).read_text().partition("def test_slow_answers_wait")[2]


@pytest.mark.parametrize("number", MODES)
def test_every_fault_mode_is_there_by_name(cpo: Cpo, number: int) -> None:
    rows = cpo.control("GET", "/faults")
    assert {row["name"] for row in rows if row["number"] == number} == MODES[number]
    assert all(row["description"] for row in rows)


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_every_fault_is_switched_by_name_and_has_a_test_of_its_effect(cpo: Cpo, name: str) -> None:
    assert cpo.control("PUT", f"/faults/{name}")["enabled"] is True
    assert cpo.control("GET", "/state")["faults"] == [name]
    assert cpo.control("DELETE", f"/faults/{name}")["enabled"] is False
    assert cpo.control("GET", "/state")["faults"] == []
    assert f'"{name}"' in EFFECTS, "no test shows what it does"


@pytest.mark.parametrize("mode", [[], ["--hub"]])
def test_the_command_line_knows_every_fault(mode: list[str]) -> None:
    options = argparse.ArgumentParser()
    add_arguments(options)
    names = sorted(fault.name for fault in FAULTS)
    chosen = [word for name in names for word in ("--fault", name)]
    assert build(options.parse_args([*mode, *chosen])).faults.enabled() == names


@pytest.mark.requirement("TRA-31")
def test_slow_answers_wait(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("slow-answers", 0.3)
    started = time.monotonic()
    emsp.call("GET", "/tariffs?limit=1")
    assert time.monotonic() - started >= 0.3


@pytest.mark.requirement("TRA-31")
def test_a_reset_connection_gives_no_answer(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("connection-reset")
    with pytest.raises(requests.ConnectionError, match="reset"):
        emsp.call("GET", "/tariffs")
    cpo.control("DELETE", "/faults")
    assert cpo.control("GET", "/exchanges?contains=tariffs")[-1]["error"] == "connection reset by a fault"


@pytest.mark.requirement("TRA-31", "CRE-11")
@pytest.mark.parametrize(("name", "status"), [("versions-500", 500), ("versions-html", 200)])
def test_the_versions_endpoint_can_answer_with_a_web_page(cpo: Cpo, emsp: Emsp, name: str, status: int) -> None:
    cpo.break_it(name)
    response = emsp.call("GET", f"{cpo.url}{VERSIONS}")
    assert (response.status_code, response.text[:15]) == (status, "<!DOCTYPE html>")
    assert emsp.call("GET", "").status_code == 200


@pytest.mark.requirement("VER-11")
def test_2_2_1_can_be_missing(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("no-2.2.1")
    assert [entry["version"] for entry in emsp.call("GET", f"{cpo.url}{VERSIONS}").json()["data"]] == ["2.1.1"]


@pytest.mark.requirement("CRE-14")
def test_one_module_can_be_missing(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("missing-endpoint", "commands")
    assert "commands" not in [each["identifier"] for each in emsp.call("GET", "").json()["data"]["endpoints"]]


@pytest.mark.requirement("TRA-46", "TRA-47")
def test_odd_endpoint_urls_work_for_who_keeps_path_and_query(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("odd-endpoint-urls")
    urls = {each["identifier"]: each["url"] for each in emsp.call("GET", "").json()["data"]["endpoints"]}
    assert urls["locations"].endswith("/x9/cpo-gw/locations/?tenant=7")
    response = emsp.call("GET", urls["locations"] + "&limit=1")
    link = next_link(response.headers["Link"], "http://unused.test")
    assert link is not None
    assert "/x9/cpo-gw/locations" in link
    assert len(emsp.call("GET", link).json()["data"]) == 1
    base, _, query = urls["locations"].partition("/?")
    assert emsp.call("GET", f"{base}/NLUTC01?{query}").json()["data"]["id"] == "NLUTC01"
    assert emsp.call("GET", f"{base}/NLUTC01").status_code == 404


@pytest.mark.requirement("PAG-21")
def test_the_link_can_lead_to_a_stranger(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("foreign-link")
    assert emsp.call("GET", "/tariffs").headers["Link"].startswith("<http://other.example:9/ocpi/")


@pytest.mark.requirement("PAG-22")
def test_the_link_can_lead_nowhere_new(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("looping-link")
    response = emsp.call("GET", "/tariffs?offset=30")
    assert next_link(response.headers["Link"], response.url) == response.url


@pytest.mark.requirement("TRA-41")
def test_an_object_of_a_list_can_be_invalid(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("invalid-object-in-list")
    items = emsp.call("GET", "/tariffs").json()["data"]
    assert [index for index, item in enumerate(items) if "id" not in item] == [1]


@pytest.mark.requirement("CMD-09", "CMD-15", "CMD-04")
def test_results_can_come_late_twice_never_or_wrapped(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("result-wrapped")
    start(emsp)
    assert emsp.wait_for("POST", "/results/")[0].body["data"] == {"result": "ACCEPTED"}
    cpo.control("DELETE", "/faults")
    cpo.break_it("result-twice")
    start(emsp)
    assert [seen.body for seen in emsp.wait_for("POST", "/results/", 3)[1:]] == [{"result": "EVSE_OCCUPIED"}] * 2
    cpo.control("DELETE", "/faults")
    cpo.break_it("result-late", 0.4)
    started = time.monotonic()
    start(emsp)
    emsp.wait_for("POST", "/results/", 4)
    assert time.monotonic() - started >= 0.4
    cpo.control("DELETE", "/faults")
    cpo.break_it("result-never")
    start(emsp)
    time.sleep(0.1)
    assert len(emsp.got("POST", "/results/")) == 4


@pytest.mark.requirement("CMD-04")
def test_a_result_can_overtake_the_response(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("result-before-response")
    start(emsp)
    assert [seen.body for seen in emsp.got("POST", "/results/")] == [{"result": "ACCEPTED"}]


@pytest.mark.requirement("CMD-34")
def test_a_command_can_fail_and_be_carried_out(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("command-500")
    assert start(emsp).status_code == 500
    assert emsp.wait_for("PUT", "/sessions/")[0].body["status"] == "PENDING"


@pytest.mark.requirement("CDR-06", "CDR-07")
@pytest.mark.parametrize("how", ["equal", "different"])
def test_a_cdr_can_be_posted_twice(cpo: Cpo, emsp: Emsp, how: str) -> None:
    cpo.break_it("duplicate-cdr", how)
    cpo.charge(emsp, PLACE)
    first, second = (seen.body for seen in emsp.wait_for("POST", "/cdrs", 2))
    assert first["id"] == second["id"]
    assert (first == second) == (how == "equal")


@pytest.mark.requirement("CDR-29", "CDR-33")
def test_a_cdr_can_be_wrong_and_only_in_the_list(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("wrong-cost", 2)
    cpo.break_it("drop-cdr-push")
    cpo.charge(emsp, PLACE)
    cdr = emsp.call("GET", "/cdrs").json()["data"][0]
    right = pricing.price(CDR.from_wire(cdr), [Tariff.from_wire(t) for t in cdr["tariffs"]], time_zone=None)
    assert right.total_energy_cost is not None
    assert cdr["total_energy_cost"]["excl_vat"] == pytest.approx(2 * float(right.total_energy_cost.excl_vat), abs=0.001)
    parts = sum(cost["excl_vat"] for name, cost in cdr.items() if name.endswith("_cost") and name != "total_cost")
    assert cdr["total_cost"]["excl_vat"] == pytest.approx(parts, abs=0.001)
    assert not emsp.got("POST", "/cdrs")


@pytest.mark.requirement("SES-24")
def test_energy_can_come_in_watt_hours(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("wh-energy")
    cpo.charge(emsp, PLACE)
    cdr = emsp.wait_for("POST", "/cdrs")[0].body
    energy = sum(d["volume"] for p in cdr["charging_periods"] for d in p["dimensions"] if d["type"] == "ENERGY")
    assert energy == pytest.approx(cdr["total_energy"] * 1000)


@pytest.mark.requirement("TYP-07", "TRA-50")
def test_objects_can_lack_z_and_carry_unknown_fields(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("datetimes-without-z")
    cpo.break_it("unknown-fields")
    for item in (emsp.call("GET", "/tariffs").json()["data"][0], emsp.call("GET", "/locations/NLUTC01").json()["data"]):
        assert not item["last_updated"].endswith("Z")
        assert item["gireve_id"]


def test_faults_of_the_command_line_are_on_from_the_start() -> None:
    platform = Platform(Config(faults=("slow-answers=2", "result-never")))
    assert platform.faults.enabled() == ["result-never", "slow-answers"]
    assert platform.faults.row("slow-answers")["value"] == 2


def test_a_reset_platform_misbehaves_no_more(cpo: Cpo) -> None:
    cpo.break_it("versions-500")
    cpo.control("POST", "/reset")
    headers = {"Authorization": encoded("cpo_token_a_67890")}
    assert requests.get(f"{cpo.url}{VERSIONS}", headers=headers, timeout=30).status_code == 200
