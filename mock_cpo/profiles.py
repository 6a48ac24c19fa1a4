"""Charging profiles of the eMSP: set, read and clear limits of a session (mod_charging_profiles, Receiver).

The answer at once says only whether the charger will be asked; what the charger said follows at the response_url.
After the first profile that was set with success the eMSP hears of every change by PUT of an ActiveChargingProfile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mock_cpo.callbacks import Callbacks, Request
from mock_cpo.charge import Charge
from mock_cpo.faults import Point
from mock_cpo.limits import active_profile, next_change
from mock_cpo.metering import read_meter
from mock_cpo.network import Network
from mock_cpo.partners import Partner
from mock_cpo.pushing import Pusher
from mock_cpo.yard import Yard
from ocpi.protocol.chargingprofiles import ChargingProfile, SetChargingProfile
from ocpi.protocol.headers import PartyId

Wire = dict[str, Any]
CAPABILITY = "CHARGING_PROFILE_CAPABLE"
HORIZON = 1800
"""Seconds that a pushed ActiveChargingProfile looks ahead (CHP-14: 5 to 60 minutes)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about the profile of a session, without what is special to set, read and clear."""

    partner: Partner
    session_id: str
    response_url: str
    correlation_id: str
    sender: PartyId | None = None


@dataclass(slots=True)
class Profiles:
    network: Network
    yard: Yard
    pusher: Pusher
    callbacks: Callbacks
    records: list[Request] = field(default_factory=list)

    def set(self, asked: Asked, order: SetChargingProfile) -> Wire:
        """ChargingProfileResponse; the ChargingProfileResult follows."""

        def act(charge: Charge) -> Wire:
            self._change(charge, profile=order.charging_profile, agreed=True)
            self.changed(charge)
            return {"result": "ACCEPTED"}

        return self._receive("SET_PROFILE", asked, act, order.to_wire())

    def get(self, asked: Asked, duration: int) -> Wire:
        """ChargingProfileResponse; the ActiveChargingProfileResult follows."""

        def act(charge: Charge) -> Wire:
            return {"result": "ACCEPTED", "profile": active_profile(charge, charge.timeline.now(), duration)}

        return self._receive("GET_PROFILE", asked, act, {"duration": duration})

    def clear(self, asked: Asked) -> Wire:
        """ChargingProfileResponse; the ClearProfileResult follows: UNKNOWN where there was no profile."""

        def act(charge: Charge) -> Wire:
            if charge.limits.profile is None:
                return {"result": "UNKNOWN"}
            self._change(charge, profile=None)
            self.changed(charge)
            return {"result": "ACCEPTED"}

        return self._receive("CLEAR_PROFILE", asked, act, {})

    def limit_locally(self, charge: Charge, kw: float | None) -> None:
        """The CPO's own load management steps in, or lets go."""
        self._change(charge, local_kw=kw)
        self.changed(charge)

    def changed(self, charge: Charge) -> None:
        """Tells the eMSP what holds now, if it has ever set a profile here (CHP-14)."""
        if self.callbacks.faults.run(Point.PROFILE_PUSH, charge.limits.agreed):
            self.pusher.active_profile(
                charge.authority.party,
                charge.id,
                lambda: active_profile(charge, charge.timeline.now(), HORIZON),
                charge.authority.correlation_id,
            )

    def advance(self, charge: Charge) -> None:
        """A profile whose time has run out is gone, which changes what is active."""
        profile = charge.limits.profile
        over = profile and profile.duration is not None and next_change(charge, charge.timeline.now()) is None
        if over and charge.status == "ACTIVE":
            self._change(charge, profile=None)
            self.changed(charge)

    def _change(self, charge: Charge, **limits: ChargingProfile | float | bool | None) -> None:
        """What has flowed until now was under the old limits."""
        with charge.lock:
            if charge.status == "ACTIVE":
                read_meter(charge, charge.timeline.now())
            for name, value in limits.items():
                setattr(charge.limits, name, value)

    def _receive(self, name: str, asked: Asked, act: Callable[[Charge], Wire], body: Wire) -> Wire:
        now = self.callbacks.clock.now()
        record = Request(name, asked.partner, now, body, asked.correlation_id, asked.sender)
        self.records.append(record)
        charge = self.yard.get(asked.session_id)
        record.session_id = charge.id if charge else None
        result = self.callbacks.faults.run(Point.PROFILE, self._result(charge, asked.partner))
        record.response = {"result": result, "timeout": self.callbacks.settings.command_timeout}
        if charge and result == "ACCEPTED":
            self.callbacks.carry_out(record, lambda: self._at_charger(charge, act), asked.response_url)
        return record.response

    def _result(self, charge: Charge | None, partner: Partner) -> str:
        """Only the platform of the token's owner may ask (CHP-25)."""
        if charge is None:
            return "UNKNOWN_SESSION"
        if not partner.owns(*charge.authority.party):
            return "REJECTED"
        evse = self.network.evse(charge.location_id, charge.evse_uid) or {}
        if CAPABILITY not in evse.get("capabilities", []):
            return "NOT_SUPPORTED"
        return "ACCEPTED" if charge.status in ("ACTIVE", "PENDING") else "REJECTED"

    def _at_charger(self, charge: Charge, act: Callable[[Charge], Wire]) -> Wire:
        """The session may have ended meanwhile."""
        return act(charge) if charge.open else {"result": "REJECTED"}
