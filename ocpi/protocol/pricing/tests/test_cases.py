"""The specification's worked examples as complete cases: amounts, billed volumes, warnings and the verdict."""

import json
from pathlib import Path
from typing import Any

import pytest

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing import as_json, check

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
SECONDS = {"charging_seconds": "time_h", "parking_seconds": "parking_h"}


def judged(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    case = json.loads(path.read_bytes())
    verdict = check(CDR.from_wire(case["cdr"]), time_zone=case["time_zone"])
    return as_json(verdict), case["expected"]


@pytest.mark.requirement("CDR-29")
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_worked_example_is_priced_to_the_cent_and_gets_its_verdict(path: Path) -> None:
    ours, expected = judged(path)
    assert ours["verdict"] == expected["verdict"]
    for name in (name for name in expected if name.endswith("_cost")):
        for side in ("excl_vat", "incl_vat"):
            assert ours[name][side] == pytest.approx(expected[name][side], abs=0.005), name
    for name, value in expected.get("billed", {}).items():
        volume = ours["billed"][SECONDS[name]] * 3600 if name in SECONDS else ours["billed"][name]
        assert volume == pytest.approx(value)
    assert set(expected.get("warnings", [])) <= {warning["code"] for warning in ours["warnings"]}


def test_all_fifteen_are_there() -> None:
    assert len(CASES) == 15
