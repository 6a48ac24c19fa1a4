"""A whole charge, from the command or the card to the CDR."""

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, token
from ocpi.protocol.cdrs import CDR

HPC = {"location_id": "DEZUS01", "evse_uid": "DEZUS01-01", "connector_id": "1"}
CAR = {"battery_kwh": 60, "soc": 20, "target_soc": 80, "max_dc_kw": 150}


@pytest.mark.requirement("CMD-26", "CDR-21", "SES-16")
@pytest.mark.long
def test_a_commanded_charge_becomes_a_session_and_a_cdr(cpo: Cpo, emsp: Emsp) -> None:
    cpo.platform.clock.fast = 3000
    app_token = token("APP-1", type="APP_USER", whitelist="NEVER")
    cpo.control("POST", "/plug", {"location_id": "DEZUS01", "evse_uid": "DEZUS01-01", "vehicle": CAR})
    answer = emsp.command("START_SESSION", token=app_token, authorization_reference="REF-1", **HPC)
    assert answer.json()["data"] == {"result": "ACCEPTED", "timeout": 30}
    assert emsp.wait_for("POST", "/results/")[0].body == {"result": "ACCEPTED"}
    pending = emsp.wait_for("PUT", "/sessions/NL/CPO/")[0].body
    assert (pending["status"], pending["authorization_reference"]) == ("PENDING", "REF-1")
    cdr = emsp.wait_for("POST", "/cdrs")[0].body
    CDR.from_wire(cdr)
    final = emsp.got("PUT", "/sessions/NL/CPO/")[-1].body
    patches = [seen.body for seen in emsp.got("PATCH", "/sessions/NL/CPO/")]
    assert patches[0]["status"] == "ACTIVE"
    assert (final["status"], final["kwh"]) == ("COMPLETED", 36)
    assert cdr["cdr_token"]["uid"] == "APP-1"
    assert cdr["authorization_reference"] == "REF-1"
    assert cdr["total_energy"] == 36
    volumes = [d["volume"] for p in cdr["charging_periods"] for d in p["dimensions"] if d["type"] == "ENERGY"]
    assert sum(volumes) == pytest.approx(36)
    assert not emsp.got("POST", "/authorize")
