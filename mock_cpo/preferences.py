"""What a driver wishes for his charge: when he leaves, how much he needs, at which price (mod_sessions, Sender)."""

from dataclasses import dataclass
from typing import Any

from mock_cpo.charge import Charge
from mock_cpo.network import Network
from mock_cpo.partners import Partner
from mock_cpo.yard import Yard
from ocpi.protocol.errors import UnknownObject
from ocpi.protocol.sessions import ChargingPreferences, ChargingPreferencesResponse, ProfileType

Wire = dict[str, Any]
Answer = ChargingPreferencesResponse
CAPABILITY = "CHARGING_PREFERENCES_CAPABLE"
FLEXIBLE = (ProfileType.CHEAP, ProfileType.GREEN)
"""Profiles that shift the charge in time: they need to know how long and how much."""


@dataclass(slots=True)
class Preferences:
    network: Network
    yard: Yard

    def receive(self, partner: Partner, session_id: str, wish: ChargingPreferences) -> Answer:
        """404 where there is no such session, or its EVSE knows no preferences (SES-36, SES-37)."""
        charge = self.yard.get(session_id)
        if charge is None or not partner.owns(*charge.authority.party):
            raise UnknownObject(f"There is no session {session_id}.")
        evse = self.network.evse(charge.location_id, charge.evse_uid) or {}
        if CAPABILITY not in evse.get("capabilities", []):
            raise UnknownObject("This EVSE knows no charging preferences.")
        answer = self._answer(charge, wish)
        if answer is Answer.ACCEPTED:
            self._apply(charge, wish)
        return answer

    def _answer(self, charge: Charge, wish: ChargingPreferences) -> Answer:
        if charge.status not in ("ACTIVE", "PENDING"):
            return Answer.NOT_POSSIBLE
        if self.network.tariff_for(charge.connector, wish.profile_type.value) is None:
            return Answer.PROFILE_TYPE_NOT_SUPPORTED
        if wish.profile_type in FLEXIBLE and wish.departure_time is None:
            return Answer.DEPARTURE_REQUIRED
        if wish.profile_type in FLEXIBLE and wish.energy_need is None:
            return Answer.ENERGY_NEED_REQUIRED
        return Answer.ACCEPTED

    def _apply(self, charge: Charge, wish: ChargingPreferences) -> None:
        """The whole session is billed by the tariff of the profile type (SES-33)."""
        with charge.lock:
            charge.preferences = wish.to_wire()
            charge.tariff = self.network.tariff_for(charge.connector, wish.profile_type.value) or charge.tariff
