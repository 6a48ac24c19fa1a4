"""What a terminal shows of an exchange."""

import io
from typing import Any

from rich.console import Console

from learning.demo.stage import Stage

SENT = {
    "OCPI-from-country-code": "NL",
    "OCPI-from-party-id": "EMS",
    "ocpi-to-country-code": "DE",
    "ocpi-to-party-id": "RHE",
}


def shown(direction: str, headers: dict[str, str], *, routing: bool) -> str:
    exchange: dict[str, Any] = {
        "id": 1, "direction": direction, "method": "GET", "url": "http://localhost/ocpi/hub/2.2.1/locations",
        "request_headers": headers, "response_body": {"status_code": 1000}, "status": 200, "error": None, "ms": 1.2,
    }  # fmt: skip
    out = io.StringIO()
    Stage(Console(file=out, width=150), None, routing=routing).show([exchange])
    return " ".join(out.getvalue().split())


def test_an_exchange_with_a_cpo_is_shown_without_its_routing() -> None:
    assert shown("in", SENT, routing=False) == "eMSP → CPO GET /locations 200 · 1000 1 ms"


def test_with_a_hub_the_routing_headers_stand_behind_each_exchange() -> None:
    assert shown("in", SENT, routing=True) == "eMSP → hub GET /locations 200 · 1000 1 ms FROM NL-EMS TO DE-RHE"
    receiver = {name: value for name, value in SENT.items() if "to" in name}
    assert shown("out", receiver, routing=True).endswith("FROM – TO DE-RHE")
    assert shown("out", {}, routing=True) == "hub → eMSP GET /locations 200 · 1000 1 ms"
    assert shown("hub", SENT, routing=True).startswith("hub → CPO GET /locations")
