"""One use of a charger, from authorisation or reservation to the end: its state, its meter and its Session object."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from mock_cpo.billing import HOUR, Bill, Period, number, price_session
from mock_cpo.catalogue import stamp
from mock_cpo.clock import Timeline
from mock_cpo.limits import Limits
from mock_cpo.taximeter import Kind, Slice, Stretch, Taximeter, to_wire
from mock_cpo.vehicles import Vehicle
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_equal

Wire = dict[str, Any]
NOT_AVAILABLE = "#NA"
CDR_TOKEN = ("country_code", "party_id", "uid", "type", "contract_id")


@dataclass(slots=True)
class Authority:
    """Why somebody may charge: the token, how it was allowed, the eMSP's reference. The newest one counts (CDR-23)."""

    token: Wire
    auth_method: str
    reference: str | None = None
    correlation_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def party(self) -> PartyId:
        return PartyId(self.token["country_code"], self.token["party_id"])

    def same_token(self, token: Wire) -> bool:
        return self.token["type"] == token["type"] and all(
            ci_equal(self.token[key], token[key]) for key in CDR_TOKEN[:3]
        )


@dataclass(slots=True)
class Reservation:
    """What RESERVE_NOW promised. `key` is ours: two eMSPs may use one reservation_id (CMD-28)."""

    key: tuple[str, str, str]
    start: datetime
    expires: datetime
    response_url: str
    expired: bool = False
    claimed: bool = False


@dataclass(slots=True)
class Charge:
    """All times are on the charge's own timeline; `meter` is the energy register in kWh, slices are what it saw."""

    authority: Authority
    location_id: str
    evse_uid: str
    connector_id: str
    connector: Wire
    tariff: Wire
    zone: ZoneInfo
    vehicle: Vehicle
    timeline: Timeline
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "PENDING"
    created: datetime = field(init=False)
    activated: datetime | None = None
    ended: datetime | None = None
    reservation: Reservation | None = None
    plugged: bool = False
    limits: Limits = field(default_factory=Limits)
    preferences: Wire | None = None
    leaves_at: datetime | None = None
    slices: list[Slice] = field(default_factory=list)
    meter: float = 0.0
    report: int = 0
    reported_at: datetime | None = None
    reported_real: float = 0.0
    last_updated: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.created = self.timeline.start

    @property
    def open(self) -> bool:
        return self.status in ("PENDING", "RESERVATION", "ACTIVE")

    @property
    def cursor(self) -> datetime:
        """Until when the meter has been read."""
        return self.slices[-1].end if self.slices else self.activated or self.created

    @property
    def kwh(self) -> Decimal:
        return sum((piece.kwh for piece in self.slices), Decimal(0))

    @property
    def cdr_token(self) -> Wire:
        return {key: self.authority.token[key] for key in CDR_TOKEN}

    @property
    def taximeter(self) -> Taximeter:
        return Taximeter(self.tariff, self.zone)

    def periods(self) -> list[Period]:
        """As few as the prices allow: what a CDR lists."""
        return self.taximeter.periods(self.slices)

    def bill(self) -> Bill:
        """The price of everything so far."""
        expired = self.reservation is not None and self.reservation.expired
        return price_session([self.tariff], self.periods(), self.cursor, self.zone, expired)

    def reports(self) -> list[Wire]:
        """Charging periods as the session shows them: one or more for each meter report."""
        return [
            to_wire(stretch.period(live(stretch))) for stretch in self.taximeter.stretches(self.slices, by_report=True)
        ]

    def session(self) -> Wire:
        """The OCPI Session as it stands."""
        with self.lock:
            return self._session()

    def _session(self) -> Wire:
        optional = {
            "authorization_reference": self.authority.reference,
            "end_date_time": self.ended and stamp(self.ended),
            "charging_periods": self.reports() or None,
            "total_cost": self.bill().total.to_wire() if self.slices else None,
            "meter_id": None if self.evse_uid == NOT_AVAILABLE else f"MTR-{self.evse_uid}",
        }
        required = {
            "country_code": self.tariff["country_code"],
            "party_id": self.tariff["party_id"],
            "id": self.id,
            "start_date_time": stamp(self.activated or self.created),
            "kwh": number(self.kwh),
            "cdr_token": self.cdr_token,
            "auth_method": self.authority.auth_method,
            "location_id": self.location_id,
            "evse_uid": self.evse_uid,
            "connector_id": self.connector_id,
            "currency": self.tariff["currency"],
            "status": self.status,
            "last_updated": self.last_updated,
        }
        return required | {key: value for key, value in optional.items() if value is not None}


def live(stretch: Stretch) -> dict[str, Decimal]:
    """What only a session may tell: average power in kW, average current in A, state of charge in percent."""
    pieces = [piece for piece in stretch.slices if piece.kind is Kind.CHARGING and piece.seconds]
    if not pieces:
        return {}
    seconds = sum(piece.seconds for piece in pieces)
    power = sum((piece.kwh for piece in pieces), Decimal(0)) * HOUR / seconds
    current = sum((piece.amperes * piece.seconds for piece in pieces), Decimal(0)) / seconds
    known = {"POWER": power, "CURRENT": current}
    if pieces[-1].soc is not None:
        known["STATE_OF_CHARGE"] = Decimal(str(round(pieces[-1].soc, 1)))
    return known
