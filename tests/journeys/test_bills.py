"""A bill that is wrong: the mock CPO overcharges, and the eMSP says which component, how much, and the likely cause."""

import requests

from learning.demo.callers import App, Control
from ocpi.partners import development

from .conftest import Demo, charge, wait


def test_a_wrong_cost_is_a_mismatch_that_names_component_amount_and_cause(demo: Demo) -> None:
    app, control = (
        App(f"http://localhost:{demo.emsp}", development.API_CLIENT_TOKEN),
        Control(f"http://localhost:{demo.cpo}"),
    )
    [right] = app.get("cdrs", limit=100)
    wait(lambda: app.get(f"cdrs/{right['id']}/check")["verdict"] == "match", 20)

    requests.put(f"{control.base_url}/faults/wrong-cost", json={"value": 1.2}, timeout=5).raise_for_status()
    bill = charge(app, control)
    wait(lambda: app.get(f"cdrs/{bill['id']}/check")["verdict"] != "waiting", 20)
    checked = app.get(f"cdrs/{bill['id']}/check")
    assert checked["verdict"] == "mismatch"
    found = {finding["code"]: finding for finding in checked["findings"]}
    assert found["total_energy_cost_differs"]["severity"] == "error"
    assert found["total_energy_cost_differs"]["amount"] > 0
    assert "per kWh" in found["deviation_other_price"]["sentence"]
    assert checked["difference"] > 0
