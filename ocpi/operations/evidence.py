"""The evidence for a dispute: what came, what we hold, how we calculated, what was exchanged, each part with its hash.

It leaves the house. The partner knows its own CDR by its id, so the driver stays masked: of a contract id and of a
token's uid only the last four characters are left, and messages are as the journal keeps them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Q

from ocpi.cdrs import checks, comparison
from ocpi.cdrs.models import CDR, Review
from ocpi.core import clock, parties
from ocpi.journal import redaction
from ocpi.journal.models import Exchange
from ocpi.protocol.pricing.phrases import ENGLISH, conditions
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import ci_key, format_datetime

from .session_desk import exchanges

Json = dict[str, Any]
MOST = 50  # bills in one pack
_MESSAGES = 50  # of one bill
_UNITS = {"ENERGY": "per kWh", "TIME": "per hour", "PARKING_TIME": "per hour of parking", "FLAT": "once"}


def pack(reviews: Sequence[Review]) -> Json:
    """All of it for these reviews of one partner, as JSON values; amounts are decimal strings."""
    partner = reviews[0].partner
    return {
        "kind": "OCPI 2.2.1 bill evidence, version 1",
        "made_at": format_datetime(clock.now()),
        "from": {"name": settings.PROJECT_NAME, "parties": [f"{p.country_code}-{p.party_id}" for p in parties.ours()]},
        "to": {"name": partner.name, "parties": sorted({f"{r.cdr.country_code}-{r.cdr.party_id}" for r in reviews})},
        "privacy": "Token uids and contract ids are masked but for their last four characters.",
        "hashes": "SHA-256 of each part below `parts`, as JSON with sorted keys, without spaces, in UTF-8.",
        "bills": [bill(review) for review in reviews],
    }


def bill(review: Review) -> Json:
    row = review.cdr
    used = checks.tariffs_used(row)
    parts = {
        "cdr": redaction.cleaned(row.payload),
        "session": redaction.cleaned(row.session_row.payload) if row.session_row else None,
        "tariffs": used,
        "calculation": row.report,
        "messages": [_message(each) for each in _messages(row)],
    }
    signed = row.payload.get("signed_data")
    return {
        "cdr": f"{row.country_code}-{row.party_id} {row.wire_id}",
        "cdr_sha256_as_received": row.digest,
        "session": row.session_id or None,
        "start": format_datetime(row.start_date_time),
        "end": format_datetime(row.end_date_time),
        "location": f"{row.location_name}, {row.evse_id}",
        "contract_id": redaction.mask(row.contract_id),
        "kwh": _plain(row.total_energy),
        "currency": row.currency,
        "verdict": row.verdict,
        "state": review.state,
        "claimed": _plain(review.claimed),
        "reason": review.reason,
        "cause": comparison.cause(row),
        "amounts": [_line(line) for line in comparison.amounts(row)],
        "volumes": [_line(line) for line in comparison.volumes(row)],
        "findings": [_finding(each, row, used) for each in row.findings.all()],
        "signed_data": {"present": bool(signed), "encoding_method": (signed or {}).get("encoding_method")},
        "sha256": {name: _hash(part) for name, part in parts.items()},
        "parts": parts,
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _hash(part: Any) -> str:
    return hashlib.sha256(orjson.dumps(part, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _line(line: comparison.Line) -> Json:
    names = ("theirs", "ours", "difference", "theirs_incl", "ours_incl")
    return {"what": line.name, "unit": line.unit, "differs": line.differs} | {
        name: _plain(getattr(line, name)) for name in names
    }


def _finding(found: Any, row: CDR, used: list[Json]) -> Json:
    return {
        "code": found.code, "severity": found.severity, "sentence": found.sentence, "amount": _plain(found.amount),
        "tariff": list(_quoted(found.code, row, used)),
    }  # fmt: skip


def _quoted(code: str, row: CDR, used: list[Json]) -> Iterator[str]:
    """The elements of the tariff by which the part was priced that this finding is about."""
    if not code.endswith(("_differs", "_rounding")) or not code.startswith("total_"):
        return
    _, part = comparison.COSTS.get(code.removesuffix("_differs").removesuffix("_rounding"), ("", None))
    segments = (row.report or {}).get("segments", [])
    about = [s for s in segments if s["element"] is not None and part in (None, s["part"])]
    by_id = {ci_key(tariff["id"]): Tariff.from_wire(tariff) for tariff in used}
    for key in dict.fromkeys((ci_key(s["tariff_id"]), s["element"], s["dimension"]) for s in about):
        if text := _element(by_id.get(key[0]), key[1], key[2]):
            yield text


def _element(tariff: Tariff | None, position: int, dimension: str) -> str:
    if tariff is None or position >= len(tariff.elements):
        return ""
    element = tariff.elements[position]
    wanted = {"RESERVATION_TIME": "TIME"}.get(dimension, dimension)
    for component in element.price_components:
        if component.type == wanted:
            vat = "" if component.vat is None else f" + {component.vat:f} % VAT"
            step = f", step_size {component.step_size}" if component.step_size > 1 else ""
            when = conditions(element.restrictions, ENGLISH) or "always"
            price = f"{component.type} {component.price:f} {tariff.currency} {_UNITS.get(wanted, '')}{vat}{step}"
            return f"Tariff {tariff.id}, element {position + 1}: {price}, {when}."
    return ""


def _messages(row: CDR) -> list[Exchange]:
    """What was exchanged about the charge; without its session, the receipt of the bill alone."""
    if row.session_row is not None:
        found = exchanges(row.session_row)
    else:
        near = (row.received_at - timedelta(hours=1), row.received_at + timedelta(hours=1))
        named = Q(request_body__contains=f'"id":"{row.wire_id}"') | Q(response_body__contains=f'"id":"{row.wire_id}"')
        found = Exchange.objects.filter(named, partner=row.partner_id, module="cdrs", started_at__range=near)
    return list(found.order_by("started_at", "pk")[:_MESSAGES])


def _message(row: Exchange) -> Json:
    return {
        "at": format_datetime(row.started_at), "direction": row.direction, "method": row.method, "url": row.url,
        "http_status": row.http_status, "status_code": row.status_code, "request_id": row.request_id,
        "correlation_id": row.correlation_id, "request_body": row.request_body, "response_body": row.response_body,
    }  # fmt: skip
