"""One charge point operator: its network, its chargers and what happens at them. A hub has several behind it."""

import random
from dataclasses import dataclass

from mock_cpo.callbacks import Callbacks
from mock_cpo.catalogue import Catalogue
from mock_cpo.cdrs import Cdrs
from mock_cpo.client import Client
from mock_cpo.clock import Clock, Stamps
from mock_cpo.commands import Commands
from mock_cpo.config import Config, Settings
from mock_cpo.faults import Switchboard
from mock_cpo.life import Life
from mock_cpo.network import Network
from mock_cpo.orders import Orders
from mock_cpo.outbox import Outbox
from mock_cpo.partners import Partners
from mock_cpo.preferences import Preferences
from mock_cpo.profiles import Profiles
from mock_cpo.pushing import Pusher
from mock_cpo.recorder import Recorder
from mock_cpo.simulator import Simulator
from mock_cpo.taps import Taps
from mock_cpo.tokens import Tokens
from mock_cpo.yard import Yard
from ocpi.protocol.headers import PartyId


@dataclass(slots=True)
class World:
    """What the CPOs of one process share."""

    settings: Settings
    clock: Clock
    stamps: Stamps
    recorder: Recorder
    faults: Switchboard
    outbox: Outbox
    partners: Partners


class Cpo:
    """`client` speaks for this party; `everyone` is whom broadcasts come from: the party itself, or its hub."""

    def __init__(self, config: Config, world: World, client: Client, tokens: Tokens, everyone: PartyId) -> None:
        self.party = PartyId(config.country, config.party)
        self.client = client
        self.tokens = tokens
        self.network = Network(Catalogue(config, world.clock.now()), world.stamps)
        self.pusher = Pusher(self.party, world.outbox, client, world.partners, self.network, world.faults, everyone)
        self.yard = Yard(world.clock, self.network, self.pusher)
        self.cdrs = Cdrs(world.faults)
        self._wire_chargers(config, world)

    def _wire_chargers(self, config: Config, world: World) -> None:
        chance = random.Random(config.seed)
        clock, settings, faults = world.clock, world.settings, world.faults
        self.life = Life(settings, clock, world.stamps, self.network, self.yard, self.pusher, self.cdrs, chance, faults)
        callbacks = Callbacks(self.client, world.partners, world.outbox, clock, settings, faults)
        self.commands = Commands(Orders(self.network, self.yard, self.life, clock), self.life, callbacks)
        self.profiles = Profiles(self.network, self.yard, self.pusher, callbacks)
        self.preferences = Preferences(self.network, self.yard)
        self.life.on_active.append(self.profiles.changed)
        self.taps = Taps(self.tokens, world.partners, self.client, self.network, self.yard, self.life)
        self.simulator = Simulator(self.yard, self.life, self.profiles)
