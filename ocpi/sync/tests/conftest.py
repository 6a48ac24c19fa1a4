"""A partner behind real HTTP, whose lists a test writes, and the time that a test sets."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from ocpi.core import clock
from tests import factories
from tests.callers import Caller
from tests.partner_server import Answer, Call, PartnerServer

MAKERS = {"locations": factories.location, "sessions": factories.session, "cdrs": factories.cdr,
          "tariffs": factories.tariff}  # fmt: skip


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.OCPI_CONNECT_TIMEOUT = settings.OCPI_READ_TIMEOUT = 5


@pytest.fixture
def partner(partner_server: PartnerServer, db: None) -> Any:
    return partner_server.registered()


@pytest.fixture
def cpo(partner: Any) -> Caller:
    return Caller(token="token-of-cpo", partner=partner, party=("NL", "CPO"))


def tariffs(*ids: str, **changes: Any) -> list[dict[str, Any]]:
    return [factories.tariff(id=id, **changes) for id in ids]


def serve(server: PartnerServer, *pages: Any, link: str = '<{url}>; rel="next"', **headers: str) -> None:
    """One page after the other, each under a URL that nobody can compute; a dict is an answer of another kind."""

    def page(call: Call) -> Answer:
        number = int(found[1]) if (found := re.search(r"page=p(\d+)", call.path)) else 0
        more = link.format(url=f"{server.base_url}/odd/tariffs?page=p{number + 1},x", number=number + 1)
        own = {"Link": more} if number + 1 < len(pages) else {}
        content = pages[number]
        return Answer(**content) if isinstance(content, dict) else Answer(content, headers=own | headers)

    for path in (*MAKERS, "odd"):
        server.answer("GET", path, does=page)


def asked(server: PartnerServer, since: int = 0) -> list[str]:
    """Which pages were asked for: `first` or the number behind the Link."""
    paths = [call.path for call in server.calls("GET")[since:]]
    return [found[1] if (found := re.search(r"page=(p\d+)", path)) else "first" for path in paths]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., datetime]:
    """Moves our clock on: `later(hours=3)`."""
    real, gone = clock.now, [timedelta()]

    def move(**time: float) -> datetime:
        gone[0] += timedelta(**time)
        return clock.now()

    monkeypatch.setattr(clock, "now", lambda: real() + gone[0])
    return move
