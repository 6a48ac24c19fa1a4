"""A bill that is wrong: the mock CPO overcharges, and the eMSP says which component, how much, and the likely cause."""

from .conftest import Demo, charge, wait


def test_a_wrong_cost_is_a_mismatch_that_names_component_amount_and_cause(shared_demo: Demo) -> None:
    app, control = shared_demo.app, shared_demo.control
    right = app.get("cdrs", limit=100)[0]
    wait(lambda: app.get(f"cdrs/{right['id']}/check")["verdict"] == "match", 60)

    control.put("faults/wrong-cost", {"value": 1.2})
    try:
        bill = charge(app, control)
    finally:
        control.delete("faults/wrong-cost")
    wait(lambda: app.get(f"cdrs/{bill['id']}/check")["verdict"] != "waiting", 60)
    checked = app.get(f"cdrs/{bill['id']}/check")
    assert checked["verdict"] == "mismatch"
    found = {finding["code"]: finding for finding in checked["findings"]}
    assert found["total_energy_cost_differs"]["severity"] == "error"
    assert found["total_energy_cost_differs"]["amount"] > 0
    assert "per kWh" in found["deviation_other_price"]["sentence"]
    assert checked["difference"] > 0
