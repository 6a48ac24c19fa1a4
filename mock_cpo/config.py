"""What an operator of the mock CPO can choose at start."""

from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

VERSION = "2.2.1"
BEHIND_HUB = (("NL", "TUL"), ("DE", "RHE"), ("BE", "VLA"), ("FR", "LUM"))
"""The CPOs of hub mode: country_code, which is also their part of the network, and party_id."""


@dataclass(frozen=True, slots=True)
class Config:
    """Start options; ``Settings`` holds what may change while the platform runs."""

    host: str = "127.0.0.1"
    port: int = 8001
    public_url: str = ""
    fast: float = 1.0
    country: str = "NL"
    party: str = "CPO"
    page_size: int = 50
    token_a: str = "cpo_token_a_67890"
    seed: int = 1
    faults: tuple[str, ...] = ()
    hub: bool = False
    lands: tuple[str, ...] = ()
    """Countries of which our network consists; all of them when empty."""
    locations: int = 0
    """As many locations, made by building ours again and again, some way off; 0: just ours."""
    flow: str = ""
    """How the correlation ids of what we begin start: by them a learner's messages are found."""
    pushers: int = 8
    """Threads that push to eMSPs."""

    @property
    def base_url(self) -> str:
        """Scheme, host and port under which partners reach us, without a slash at the end."""
        return (self.public_url or f"http://{self._reachable_host}:{self.port}").rstrip("/")

    @property
    def _reachable_host(self) -> str:
        """Who listens on every address is reached on this machine by the usual one."""
        host = self.host
        with suppress(ValueError):
            address = ip_address(host)
            host = f"[{host}]" if address.version == 6 else host
            if address.is_unspecified:
                host = "[::1]" if address.version == 6 else "127.0.0.1"
        return host

    @property
    def versions_url(self) -> str:
        return f"{self.base_url}/ocpi/{self._name}/versions"

    @property
    def details_url(self) -> str:
        return f"{self.base_url}/ocpi/{self._name}/{VERSION}"

    def module_url(self, module: str) -> str:
        return f"{self.details_url}/{module}"

    @property
    def _name(self) -> str:
        return "hub" if self.hub else "cpo"


@dataclass(slots=True)
class Settings:
    """What the control API may change while the platform runs. Times are seconds."""

    auto_plug: bool = True
    """The simulated driver plugs in by himself after ``plug_delay`` simulated seconds."""
    auto_unplug: bool = True
    """The simulated driver comes back some simulated minutes after his car is full."""
    charger_delay: float = 0.5
    """Real seconds that a charger takes to carry out a command."""
    command_timeout: int = 30
    """Real seconds after which the eMSP need not wait for a CommandResult any more."""
    plug_delay: int = 10
    """Simulated seconds between an accepted start and the plug in the socket."""
    connection_timeout: int = 180
    """Simulated seconds after which a session without a cable is given up."""
    report_interval: int = 60
    """Simulated seconds between two meter reports of a running session."""
    report_pause: float = 1.0
    """Real seconds at least between two meter reports, so that fast time does not flood a partner."""
