"""Writes the bill of a finished charge as a CDR and keeps it: a CDR never changes (mod_cdrs)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

from mock_cpo.billing import HOUR, number
from mock_cpo.catalogue import stamp
from mock_cpo.charge import NOT_AVAILABLE, Charge
from mock_cpo.client import Reply
from mock_cpo.faults import Point, Switchboard
from mock_cpo.taximeter import Kind, to_wire
from ocpi.protocol.cdrs import CDR
from ocpi.protocol.headers import PartyId

Wire = dict[str, Any]
ADDRESS_LIMIT, STATE_LIMIT = 45, 20
"""CdrLocation kept the short limits when Location got longer ones (FIX-04)."""


@dataclass(slots=True)
class Record:
    """A CDR, whose it is, and what became of its push."""

    cdr: Wire
    owner: PartyId
    delivered: bool = False
    their_url: str | None = None

    def arrived(self, reply: Reply) -> None:
        self.delivered = True
        self.their_url = reply.headers.get("location") or self.their_url


@dataclass(slots=True)
class Cdrs:
    """All CDRs, oldest first."""

    faults: Switchboard
    records: list[Record] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, charge: Charge, location: Wire, last_updated: str) -> list[Record]:
        """Validated before it is tampered with by faults, which may also make several of one."""
        cdr = build(charge, location, last_updated)
        CDR.from_wire(cdr)
        owner = charge.authority.party
        written = [Record(each, owner) for each in self.faults.run(Point.CDRS, [cdr])]
        with self.lock:
            self.records += written
        return written

    def of(self, owns: Callable[[str, str], bool]) -> list[Wire]:
        """The CDRs of the parties for which `owns` is true."""
        with self.lock:
            return [record.cdr for record in self.records if owns(*record.owner)]


def build(charge: Charge, location: Wire, last_updated: str) -> Wire:
    """The CDR of a finished charge; a reservation that preceded it is part of it (TCS-52)."""
    start = charge.slices[0].start if charge.slices else charge.activated or charge.created
    end = charge.ended or charge.cursor
    cdr = {
        "country_code": charge.tariff["country_code"],
        "party_id": charge.tariff["party_id"],
        "id": str(uuid4()),
        "start_date_time": stamp(start),
        "end_date_time": stamp(end),
        "session_id": charge.id,
        "cdr_token": charge.cdr_token,
        "auth_method": charge.authority.auth_method,
        "cdr_location": cdr_location(charge, location),
        "currency": charge.tariff["currency"],
        "tariffs": [charge.tariff],
        "charging_periods": [to_wire(period) for period in charge.periods()],
        "total_energy": number(charge.kwh),
        "total_time": number(Decimal(int((end - start).total_seconds())) / HOUR),
        "last_updated": last_updated,
    }
    return cdr | charge.bill().to_wire() | _optional(charge)


def _optional(charge: Charge) -> Wire:
    parked = sum(piece.seconds for piece in charge.slices if piece.kind is Kind.PARKING)
    known = {
        "authorization_reference": charge.authority.reference,
        "total_parking_time": number(Decimal(parked) / HOUR) if parked else None,
        "meter_id": None if charge.evse_uid == NOT_AVAILABLE else f"MTR-{charge.evse_uid}",
    }
    return {key: value for key, value in known.items() if value is not None}


def cdr_location(charge: Charge, location: Wire) -> Wire:
    """The location as it was, cut to what a CDR has room for."""
    evse_id = next((evse.get("evse_id") for evse in location["evses"] if evse["uid"] == charge.evse_uid), None)
    kept: Wire = {
        key: location[key] for key in ("id", "name", "city", "postal_code", "country", "coordinates") if key in location
    }
    if "state" in location:
        kept["state"] = location["state"][:STATE_LIMIT]
    return kept | {
        "address": location["address"][:ADDRESS_LIMIT],
        "evse_uid": charge.evse_uid,
        "evse_id": evse_id or NOT_AVAILABLE,
        "connector_id": charge.connector_id,
        "connector_standard": charge.connector["standard"],
        "connector_format": charge.connector["format"],
        "connector_power_type": charge.connector["power_type"],
    }
