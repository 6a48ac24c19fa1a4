"""The whole platform in one object: builds the parts, wires them together, starts and stops their threads."""

import random
import time

from mock_cpo.catalogue import Catalogue
from mock_cpo.cdrs import Cdrs
from mock_cpo.client import Client
from mock_cpo.clock import Clock, Stamps
from mock_cpo.commands import Commands
from mock_cpo.config import Config, Settings
from mock_cpo.directory import Directory
from mock_cpo.faults import Switchboard
from mock_cpo.handshake import Handshake
from mock_cpo.life import Life
from mock_cpo.network import Network
from mock_cpo.orders import Orders
from mock_cpo.outbox import Outbox
from mock_cpo.partners import Partners
from mock_cpo.pushing import Pusher
from mock_cpo.recorder import Recorder
from mock_cpo.simulator import Simulator
from mock_cpo.taps import Taps
from mock_cpo.tokens import Tokens
from mock_cpo.yard import Yard
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
        self.faults = Switchboard()
        self.client = Client(self.party, self.clock, self.recorder)
        self.directory = Directory(config, self.faults)
        self.outbox = Outbox()
        self._forget_partners()
        self._build()
        self._enable_faults()

    def _forget_partners(self) -> None:
        self.partners = Partners(self.clock)
        self.partners.invite(self.config.token_a)
        self.tokens = Tokens()
        self.handshake = Handshake(self.partners, self.directory, self.client, self.clock)

    def _build(self) -> None:
        catalogue = Catalogue(self.config, self.clock.now())
        self.network = Network(catalogue, self.stamps)
        self.pusher = Pusher(self.party, self.outbox, self.client, self.partners, self.network, self.faults)
        self.yard = Yard(self.clock, self.network, self.pusher)
        self.cdrs = Cdrs(self.faults)
        self.life = Life(
            self.settings,
            self.clock,
            self.stamps,
            self.network,
            self.yard,
            self.pusher,
            self.cdrs,
            random.Random(self.config.seed),
        )
        orders = Orders(self.network, self.yard, self.life, self.clock)
        self.commands = Commands(orders, self.life, self.client, self.outbox, self.clock, self.settings, self.faults)
        self.taps = Taps(self.tokens, self.partners, self.client, self.network, self.yard, self.life)
        self.simulator = Simulator(self.yard, self.life)

    def _enable_faults(self) -> None:
        for text in self.config.faults:
            name, _, value = text.partition("=")
            self.faults.enable(name, value or None)

    def start(self) -> None:
        self.outbox.start()
        self.simulator.start()

    def stop(self) -> None:
        self.simulator.stop()
        self.outbox.stop()

    def reset(self, registrations: bool = True) -> None:
        """Network, sessions, CDRs, commands and the recorder as at the start; the eMSPs too, unless they may stay."""
        self.simulator.stop()
        self.outbox.clear()
        self.recorder.clear()
        self.faults.clear()
        if registrations:
            self._forget_partners()
        self._build()
        self.simulator.start()
