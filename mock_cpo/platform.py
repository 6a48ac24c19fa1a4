"""The whole platform in one object: the CPO, or a hub with several CPOs, and everything they share."""

import time
from dataclasses import replace
from functools import partial

from mock_cpo.client import Client
from mock_cpo.clock import Clock, Stamps
from mock_cpo.config import BEHIND_HUB, Config, Settings
from mock_cpo.cpo import Cpo, World
from mock_cpo.directory import Directory
from mock_cpo.disturbances import Disturbances
from mock_cpo.faults import FAULTS, Switchboard
from mock_cpo.handshake import Handshake
from mock_cpo.hub import Hub
from mock_cpo.outbox import Outbox
from mock_cpo.partners import Partners
from mock_cpo.recorder import Recorder
from mock_cpo.tokens import Tokens
from ocpi.protocol.headers import PartyId


class Platform:
    """What lives as long as the process; `reset` rebuilds everything that has happened since the start."""

    def __init__(self, config: Config, settings: Settings | None = None) -> None:
        self.config = config
        self.settings = settings or Settings()
        self.party = PartyId(config.country, config.party)
        self.started = time.monotonic()
        self.clock = Clock(config.fast)
        self.stamps = Stamps(self.clock)
        self.recorder = Recorder()
        self.faults = Switchboard(FAULTS)
        self.client = Client(self.party, self.clock, self.recorder, self.faults, flow=config.flow)
        self.directory = Directory(config, self.faults)
        self.outbox = Outbox(config.pushers)
        self._forget_partners()
        self._build()
        self._enable_faults()

    def _forget_partners(self) -> None:
        self.partners = Partners(self.clock)
        self.partners.invite(self.config.token_a)
        self._tokens: dict[PartyId, Tokens] = {}
        self.handshake = Handshake(self.partners, self.directory, self.client, self.clock)

    def _build(self) -> None:
        world = World(
            self.settings, self.clock, self.stamps, self.recorder, self.faults, self.outbox, self.partners
        )  # fmt: skip
        self.hub = Hub(self.party, self) if self.config.hub else None
        self.cpos = [self._cpo(config, world) for config in self._configs()]
        disturbances = Disturbances(self.faults, self.handshake, self.partners, self.outbox)
        for cpo in self.cpos:
            cpo.life.on_active.append(disturbances.session_active)

    def _configs(self) -> list[Config]:
        """One for each CPO; behind a hub each has its own part of the network."""
        if not self.config.hub:
            return [self.config]
        return [replace(self.config, country=land, party=party, lands=(land,)) for land, party in BEHIND_HUB]

    def _cpo(self, config: Config, world: World) -> Cpo:
        party = PartyId(config.country, config.party)
        online = partial(self.hub.is_connected, party) if self.hub else lambda: True
        client = Client(party, self.clock, self.recorder, self.faults, online, config.flow)
        return Cpo(config, world, client, self._tokens.setdefault(party, Tokens()), everyone=self.party)

    def _enable_faults(self) -> None:
        for text in self.config.faults:
            name, _, value = text.partition("=")
            self.faults.enable(name, value or None)

    # --- Who of several CPOs ---------------------------------------------------------------------

    def at(self, location_id: str) -> Cpo:
        """The CPO that has this location; any one when nobody has."""
        return next((cpo for cpo in self.cpos if cpo.network.location(location_id)), self.cpos[0])

    def with_session(self, session_id: str) -> Cpo:
        """The CPO at which this session runs; any one when nobody knows it."""
        return next((cpo for cpo in self.cpos if cpo.yard.get(session_id)), self.cpos[0])

    def with_tariff(self, tariff_id: str) -> Cpo:
        """The CPO that has this tariff; any one when nobody has."""
        return next((cpo for cpo in self.cpos if cpo.network.tariff(tariff_id)), self.cpos[0])

    # --- Start, stop, begin anew -----------------------------------------------------------------

    def start(self) -> None:
        self.outbox.start()
        for cpo in self.cpos:
            cpo.simulator.start()

    def stop(self) -> None:
        for cpo in self.cpos:
            cpo.simulator.stop()
        self.outbox.stop()

    def reset(self, registrations: bool = True) -> None:
        """Network, sessions, CDRs, commands and the recorder as at the start; the eMSPs too, unless they may stay."""
        for cpo in self.cpos:
            cpo.simulator.stop()
        self.outbox.clear()
        self.recorder.clear()
        self.faults.clear()
        if registrations:
            self._forget_partners()
        self._build()
        for cpo in self.cpos:
            cpo.simulator.start()
