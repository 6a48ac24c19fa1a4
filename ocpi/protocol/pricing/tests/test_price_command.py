"""`manage.py price`: files in, a verdict out, and one clear line when a file cannot be used."""

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocpi.protocol.pricing.tests.builders import billed, cdr, charging, element, energy, parked, parking, tariff, time

CASES = Path(__file__).parent / "cases"
MANAGE = Path(__file__).parents[4] / "manage.py"
MONDAY = CASES / "spec_13_complex_monday.json"


Report = Callable[..., dict[str, Any]]
Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Type the command and return what it prints. The protocol knows no Django, so manage.py is run as a script."""

    def typed(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["manage.py", "price", *(str(argument) for argument in arguments)])
        runpy.run_path(str(MANAGE), run_name="__main__")
        return capsys.readouterr().out

    return typed


@pytest.fixture
def report(run: Run) -> Report:
    return lambda *arguments: json.loads(run(*arguments, "--json"))


@pytest.fixture
def refusal(run: Run, capsys: pytest.CaptureFixture[str]) -> Run:
    """The error of a command that fails, having made sure that it is one line and the exit is not zero."""

    def refused(*arguments: object) -> str:
        with pytest.raises(SystemExit) as caught:
            run(*arguments)
        assert caught.value.code
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return refused


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(content: object, name: str = "file.json") -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_case_file_is_priced_in_its_own_zone(report: Report) -> None:
    found = report("--cdr", MONDAY)
    assert found["verdict"] == "match"
    assert found["time_zone"] == "Europe/Berlin"
    assert found["total_cost"] == {"excl_vat": 9, "incl_vat": 10.3}
    assert found["total_reservation_cost"] == {"excl_vat": 0, "incl_vat": 0}
    assert found["billed"] == {"energy_kwh": 0, "time_h": 2.75, "parking_h": 0.75, "reservation_h": 0}
    assert [one["dimension"] for one in found["segments"]] == ["FLAT", "ENERGY", "TIME", "PARKING_TIME"]
    assert found["segments"][3]["step_size_surplus"] == 0.05
    assert found["findings"] == []


def test_a_bare_cdr_with_a_zone_and_a_tariff_from_another_file(file: Any, report: Report) -> None:
    prices = tariff(element(energy(1), start_time="10:00"), element(energy(2)))
    bill = file(cdr([charging(60, kwh=5)], total_cost=billed(5)).to_wire())
    published = file([prices.to_wire()], "tariff.json")
    assert report("--cdr", bill)["verdict"] == "unpriceable"
    assert report("--cdr", bill, "--tariff", published, "--time-zone", "Europe/Berlin")["verdict"] == "match"
    assert report("--cdr", bill, "--tariff", published, "--time-zone", "UTC")["verdict"] == "mismatch"


def test_an_ocpi_answer_is_opened(file: Any, report: Report) -> None:
    bill = cdr([charging(60, kwh=5)], tariff(energy(1)), total_cost=billed(5)).to_wire()
    assert report("--cdr", file({"status_code": 1000, "data": bill}))["verdict"] == "match"


@pytest.mark.requirement("R2")
def test_what_cannot_be_priced_has_no_numbers(file: Any, report: Report, run: Run) -> None:
    found = report("--cdr", file(cdr([charging(60, kwh=5)]).to_wire()))
    assert found["unpriceable"]["code"] == "no_tariff"
    assert found["total_cost"] is None
    assert found["total_energy_cost"] is None
    assert found["billed"] is None
    assert "UNPRICEABLE" in run("--cdr", file(cdr([charging(60, kwh=5)]).to_wire()))


@pytest.mark.requirement("R24")
def test_a_credit_is_compared_with_its_original(file: Any, report: Report, run: Run) -> None:
    first = cdr([charging(60, kwh=5)], tariff(energy(1)), total_cost=billed(5))
    wire = {**first.to_wire(), "id": "C1-C", "credit": True, "credit_reference_id": "C1", "total_cost": billed(-5)}
    original, credit = file(first.to_wire(), "original.json"), file(wire, "credit.json")
    alone, together = report("--cdr", credit), report("--cdr", credit, "--original", original)
    assert [alone["verdict"], together["verdict"]] == ["credit", "credit"]
    assert alone["findings"][0]["code"] == "credit_original_unknown"
    assert (alone["total_cost"], together["total_cost"]) == (None, {"excl_vat": -5, "incl_vat": -5})
    assert "VERDICT" not in run("--cdr", credit)
    assert "CREDIT: the bill takes another one back." in run("--cdr", credit)


@pytest.mark.requirement("R25")
def test_a_clerk_sees_lines_totals_differences_and_what_the_cpo_did(file: Any, run: Run) -> None:
    prices = tariff(time(6, 900), parking(3, 900), max_price=billed(5, 5))
    text = run("--cdr", file(cdr([charging(50), parked(20)], prices, total_cost=billed(6.5)).to_wire()))
    for expected in (
        "Charging",
        "Parking",
        "max_price",
        "-1.5000",
        "+1.5000",
        "MISMATCH",
        "were ignored",
        "EVSE DE*ALL*E1",
    ):
        assert expected in text, expected


def test_the_breakdown_in_the_docs_is_what_the_command_prints_today(run: Run) -> None:
    page = (MANAGE.parent / "docs" / "pricing.md").read_text()
    printed = "\n".join(line.rstrip() for line in run("--cdr", MONDAY).strip().splitlines())
    assert f"```text\n{printed}\n```" in page


def test_times_are_in_hours_minutes_and_seconds_and_prices_say_their_unit(file: Any, run: Run) -> None:
    prices = tariff(time(6, 900), energy(0.3))
    text = run("--cdr", file(cdr([charging(20, kwh=1.5)], prices, total_cost=billed(3.45)).to_wire()))
    [line] = [line for line in text.splitlines() if "Charging" in line]
    assert line.split()[:9] == ["10:00:00", "10:20:00", "Charging", "0:20:00", "0:30:00", "6", "/", "h", "none"]
    assert "1.5000 kWh   1.5000 kWh   0.3 / kWh" in text


def test_a_charge_over_midnight_shows_the_day_with_each_time(file: Any, run: Run) -> None:
    bill = cdr([charging(30, kwh=1), charging(1200, kwh=1)], tariff(energy(1)), total_cost=billed(2)).to_wire()
    text = run("--cdr", file(bill), "--time-zone", "Asia/Tokyo")
    assert "01-15 18:00:00   01-15 18:30:00" in text
    assert "01-15 18:30:00   01-16 14:30:00" in text


def test_what_a_reservation_costs_is_called_by_its_name(run: Run) -> None:
    expired = " ".join(run("--cdr", CASES / "spec_19_reservation_expirefee_expired_1h.json").split())
    assert "Reserving" in expired
    assert "applies to reservations that" in expired
    assert "applies without" not in expired


@pytest.mark.requirement("R1")
def test_numbers_are_read_as_they_are_written(file: Any, report: Report) -> None:
    bill = json.dumps(cdr([charging(60, kwh=1)], tariff(energy(0.1, 0)), total_cost=billed(0.3)).to_wire())
    bill = bill.replace('"ENERGY", "volume": 1', '"ENERGY", "volume": 3.000000000000000001')
    found = report("--cdr", file(bill))
    assert found["total_cost"]["excl_vat"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[]", "must hold a JSON object"),
        ('{"cdr": {"id": 5}}', "holds no valid CDR"),
        ('{"cdr": 5}', "holds no valid CDR"),
        ('{"a": 1e-99999999999999999999}', "is not JSON"),
        ('{"time_zone": 5, "cdr": {}}', "no time zone"),
        ('{"cdr": null}', "holds no valid CDR"),
        ('{"cdr": {}, "tariff": 5}', "holds no valid Tariff"),
        ('{"cdr": {}, "tariffs": {"tariffs": 7}}', "holds no valid Tariff"),
        ("[" * 5000 + "]" * 5000, "is not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_line(file: Any, content: str, message: str, refusal: Run) -> None:
    assert message in refusal("--cdr", file(content))


@pytest.mark.parametrize("original", [5, [1], "C1", {"cdr": 5}])
def test_an_original_of_the_wrong_shape_is_one_clear_line(file: Any, original: object, refusal: Run) -> None:
    case = json.loads(MONDAY.read_bytes())
    assert "holds no valid CDR" in refusal("--cdr", file({**case, "original": original}))


def test_a_missing_file_and_an_unknown_zone_are_clear_too(tmp_path: Path, refusal: Run) -> None:
    assert "cannot be read: No such file" in refusal("--cdr", tmp_path / "none.json")
    assert "Mars is no time zone" in refusal("--cdr", MONDAY, "--time-zone", "Mars")
