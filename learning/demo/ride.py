"""One charge as an app follows it: commands until their result, the session until it is what it should be."""

import time
from dataclasses import dataclass, field
from typing import Any

from .callers import App
from .processes import Platforms
from .stage import Stage

ENOUGH_KWH = 12.0


@dataclass
class Ride:
    """`owner` is the CPO at whose charger it happens, `session` what the eMSP held of it when it was last asked."""

    platforms: Platforms
    stage: Stage
    app: App
    owner: dict[str, str] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)

    def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send as an app, and follow until the asynchronous result is there."""
        sent = self.app.post(f"commands/{name}", body, **self.owner)
        state: dict[str, Any] = {}

        def settled() -> bool:
            state.update(self.app.get(f"commands/{sent['id']}"))
            return state["state"] not in {"QUEUED", "SENDING", "ACCEPTED"}

        self.platforms.wait(settled, f"no result of {name} came")
        path = " → ".join(step["state"] for step in state["steps"])
        self.stage.require(
            state["state"] == "SUCCEEDED", f"{name}: {path}", f"{name} ended as {path}: {state['error']}"
        )
        return state

    def started_by(self, command: dict[str, Any]) -> str:
        """The URL path of the session that the command started, once the CPO has pushed it."""
        found: dict[str, Any] = {}

        def there() -> bool:
            found.update(self.app.get(f"commands/{command['id']}")["session"] or {})
            return bool(found)

        self.platforms.wait(there, "the CPO did not push the session")
        return f"sessions/{found['country_code']}/{found['party_id']}/{found['id']}"

    def wait_for(self, path: str, status: str) -> None:
        def reached() -> bool:
            self.session = self.app.get(path)
            return bool(self.session["status"] == status)

        self.platforms.wait(reached, f"the session did not become {status}")
        self.stage.require(True, f"session {self.session['id']} is {status}", "")

    def watch(self, path: str) -> None:
        """Energy and cost rise by PATCH; each figure is what the eMSP holds at that moment."""
        seen: list[float] = []
        with self.stage.progress("charging       ", ENOUGH_KWH) as show:

            def enough() -> bool:
                self.session = self.app.get(path)
                seen.append(self.session["kwh"])
                cost = (self.session.get("total_cost") or {}).get("excl_vat", 0)
                show(self.session["kwh"], f"{self.session['kwh']:.2f} kWh, {cost:.2f} {self.session['currency']}")
                time.sleep(0.2)
                return bool(self.session["kwh"] >= ENOUGH_KWH)

            self.platforms.wait(enough, "the charge does not make progress", seconds=60)
        steps = len(set(seen))
        self.stage.require(steps > 2, f"{steps} different meter values seen on the way", "the meter values do not rise")
