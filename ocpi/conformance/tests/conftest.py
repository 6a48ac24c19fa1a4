"""Runs of the kit against a scripted platform, for answers that no seeded defect of a whole platform gives."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from ocpi.conformance import engine
from ocpi.conformance.findings import Report, Result, Verdict
from ocpi.conformance.kit import Kit, Options
from ocpi.conformance.listener import Listener
from ocpi.conformance.registry import Level, Target
from tests.partner_server import PartnerServer

TOKEN_A = "token-a-of-twenty-letters"
RECEIVED = ("locations", "sessions", "cdrs", "tariffs")


@dataclass(frozen=True)
class Looked:
    """What one run says of each check, by its name; per list as `name/module`."""

    report: Report
    kit: Kit

    def _result(self, name: str) -> Result:
        return next(result for result in self.report.results if result.key == name or result.check.name == name)

    def told(self, name: str) -> list[str]:
        return [finding.text for finding in self._result(name).findings]

    def reason(self, name: str) -> str:
        """Why it was not made; that it was, fails."""
        assert self._result(name).verdict in (Verdict.SKIPPED, Verdict.UNDECIDED), self.told(name)
        return self._result(name).reason

    def passed(self, name: str) -> bool:
        return self._result(name).verdict is Verdict.PASSED


Look = Callable[..., Looked]


@pytest.fixture
def look(partner_server: PartnerServer) -> Iterator[Look]:
    """`look("CRE-15 PAG-08", level=Level.READS)`: only these rows, and what they stand on; nobody to call without
    `visited`. `before` gets the kit before its first check."""
    with ExitStack() as stack:

        def run(
            rows: str = "", *, target: Target = Target.CPO, visited: bool = True, token: str = TOKEN_A,
            before: Callable[[Kit], Any] = lambda kit: None, **options: Any,
        ) -> Looked:  # fmt: skip
            listener = Listener() if visited else None
            if listener is not None:
                stack.callback(listener.close)
            wanted = Options(**{"level": Level.COMMANDS, "patience": 0.05, **options})
            kit = Kit(target, partner_server.versions_url, token, listener, wanted)
            before(kit)
            return Looked(engine.run(kit, only=rows.split()), kit)

        yield run


@pytest.fixture
def emsp_server(partner_server: PartnerServer) -> PartnerServer:
    """The scripted platform as an eMSP that takes whatever is sent, and knows nothing of it."""
    partner_server.roles = [partner_server.role("NL", "EMS", "EMSP")]
    partner_server.endpoints = [partner_server.endpoint(module, "SENDER") for module in ("tokens", "commands")]
    partner_server.endpoints += [partner_server.endpoint(module, "RECEIVER") for module in (*RECEIVED, "credentials")]
    return partner_server
