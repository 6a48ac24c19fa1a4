"""What faults do to a registration while a session runs (fault mode 27)."""

import logging
from dataclasses import dataclass
from functools import partial

from mock_cpo.charge import Charge
from mock_cpo.faults import Point, Switchboard
from mock_cpo.handshake import Handshake
from mock_cpo.outbox import Outbox
from mock_cpo.partners import Partners

log = logging.getLogger("mock_cpo.disturbances")


@dataclass(frozen=True, slots=True)
class Disturbances:
    faults: Switchboard
    handshake: Handshake
    partners: Partners
    outbox: Outbox

    def session_active(self, charge: Charge) -> None:
        """New credentials, or none at all, for the eMSP of a session that has just begun."""
        partner = self.partners.by_party(*charge.authority.party)
        for name in self.faults.run(Point.MID_SESSION, []):
            if partner:
                log.info("%s of registration %s by a fault", name, partner.id)
                self.outbox.later(0.0, partial(getattr(self.handshake, name), partner))
