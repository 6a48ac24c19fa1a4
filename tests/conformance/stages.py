"""The two flawless platforms of the mutation score, each behind a proxy, and a run of the kit against them."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Protocol

import uvicorn
from django.core.servers.basehttp import ThreadedWSGIServer

from mock_cpo.config import Config, Settings
from mock_cpo.platform import Platform
from mock_cpo.web.application import create_app
from mock_cpo.web.wire import Protocol as WireProtocol
from ocpi.conformance import engine
from ocpi.conformance.findings import Report
from ocpi.conformance.kit import Kit, Options
from ocpi.conformance.listener import Listener
from ocpi.conformance.registry import Level, Target
from ocpi.core.management.commands.runserver import RawPathHandler
from tests import factories
from tests.ports import free_port

from .proxy import Defect, Proxy

_numbers = count(1)


class Stage(Protocol):
    """A platform behind its proxy. `invite` gives out a token A; `begin` makes it as good as new."""

    target: Target
    proxy: Proxy

    @property
    def versions_url(self) -> str: ...
    def invite(self) -> str: ...
    def begin(self, fault: str = "") -> None: ...


class MockStage:
    target = Target.CPO

    def __init__(self, platform: Platform, proxy: Proxy) -> None:
        self.platform, self.proxy = platform, proxy

    @property
    def versions_url(self) -> str:
        return f"{self.proxy.url}/ocpi/cpo/versions"

    def invite(self) -> str:
        token = f"token-a-of-a-test-number-{next(_numbers)}"
        self.platform.partners.invite(token)
        return token

    def begin(self, fault: str = "") -> None:
        """`fault` is one of the mock's own, NAME or NAME=VALUE."""
        self.platform.reset()
        if fault:
            name, _, value = fault.partition("=")
            self.platform.faults.enable(name, value or None)


@contextmanager
def mock_cpo() -> Iterator[MockStage]:
    """The mock CPO, ten minutes in a second, chargers that need no time."""
    proxy = Proxy()
    config = Config(port=free_port(), page_size=7, public_url=proxy.url, fast=600)
    proxy.port = config.port
    platform = Platform(config, Settings(charger_delay=0.01, report_pause=0.05, command_timeout=2))
    server = uvicorn.Server(
        uvicorn.Config(create_app(platform), port=config.port, log_level="error", http=WireProtocol,
                       timeout_graceful_shutdown=1)
    )  # fmt: skip
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.005)
    try:
        yield MockStage(platform, proxy)
    finally:
        server.should_exit = True
        thread.join(5)
        proxy.close()


class EmspStage:
    target = Target.EMSP

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy

    @property
    def versions_url(self) -> str:
        return f"{self.proxy.url}/ocpi/versions"

    def invite(self) -> str:
        from ocpi.partners import services

        return services.add_partner(name=f"Conformance {next(_numbers)}")[1]

    def begin(self, fault: str = "") -> None:
        """What earlier runs left does no harm: they had other ids. A registration that a defect kept alive ends."""
        from django.core.cache import cache

        from ocpi.partners.models import Partner, PartnerToken

        cache.clear()  # the throttle counts refused tokens there
        PartnerToken.objects.all().delete()
        Partner.objects.update(status=Partner.Status.UNREGISTERED)


@contextmanager
def our_emsp(settings: Any) -> Iterator[EmspStage]:
    """Our own eMSP in this process, with cards of every kind. Needs `transactional_db`."""
    from emsp_project.wsgi import application

    proxy = Proxy()
    server = ThreadedWSGIServer(("127.0.0.1", 0), RawPathHandler, allow_reuse_address=False)
    server.daemon_threads = True
    server.set_app(application)
    proxy.port = server.server_port
    base = settings.OCPI_BASE_URL.replace(settings.PUBLIC_URL, proxy.url)
    settings.OCPI_BASE_URL, settings.OCPI_VERSIONS_URL = base, f"{proxy.url}/ocpi/versions"
    settings.PUBLIC_URL, settings.OCPI_PAGE_LIMIT = proxy.url, 3
    settings.ALLOWED_HOSTS = ["*"]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    for number in range(4):
        factories.token(f"04AABB{number:02d}")
    factories.token("04AABB99", status="BLOCKED")
    factories.token("APP-DRIVER-1", "APP_USER")
    try:
        yield EmspStage(proxy)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        proxy.close()


def examine(
    stage: Stage, *, level: Level = Level.COMMANDS, only: Iterable[str] = (), patience: float = 5,
    outgoing: Defect | None = None, second: bool | None = None,
) -> Report:  # fmt: skip
    """One run of the kit, as two new parties. `outgoing` changes what the platform sends to us."""
    with _listener(outgoing) as listener:
        both = not only if second is None else second
        options = Options(level=level, patience=patience, second_token=stage.invite() if both else "")
        return engine.run(Kit(stage.target, stage.versions_url, stage.invite(), listener, options), only=only)


@contextmanager
def _listener(outgoing: Defect | None) -> Iterator[Listener]:
    """Our server; with a defect, they reach it through a proxy."""
    if outgoing is None:
        listener, between = Listener(), None
    else:
        between = Proxy()
        listener = Listener(public_url=between.url)
        between.port, between.defect = listener.port, outgoing
    try:
        yield listener
    finally:
        listener.close()
        if between is not None:
            between.close()
