"""How often a leniency was used: counted in memory and written seldom, so that no message costs a row."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import F

from ocpi.core import clock

# What each kind of remark means, and the switch without which it is refused; "" for what everyone gets.
KINDS: dict[str, tuple[str, str]] = {
    "24:00": ("24:00 for the end of a day", ""),
    "RESERVED": ("RESERVED for RESERVATION", ""),
    "alpha2-country": ("a country of two letters", "alpha2_country"),
    "bare-price": ("a number where a Price is due", "bare_prices"),
    "control-character": ("line breaks or tabs in a text; they were replaced", ""),
    "coordinate-decimals": ("coordinates with fewer than 5 or more than 7 decimals", ""),
    "credit-length": ("an id of 37 to 39 characters although it is no credit", ""),
    "datetime": ("a time with an offset, or digits that OCPI does not know; taken as UTC", ""),
    "energy-sources-sum": ("an energy mix that does not make 100 %", ""),
    "enum-spelling": ("a value of a closed enum in another spelling", "loose_enums"),
    "hub-addressing": ("we named the hub as receiver", "addressing"),
    "listed": ("one object inside a list", "listed_objects"),
    "loose-epoch": ("1970-1-1 for an unknown time", "loose_epoch"),
    "looks-swapped": ("latitude and longitude that seem to have changed places", ""),
    "looks-like-wh": ("energy that looks like Wh; taken as kWh", ""),
    "missing": ("a required field that was missing", "missing_last_updated, missing_evse_id, missing_evse_uid"),
    "missing-routing": ("no routing headers although they are needed", "missing_routing"),
    "number-coordinate": ("coordinates as numbers", "number_coordinates"),
    "open-addressing": ("we named no receiver", "addressing"),
    "plain-token": ("their token without Base64", "accepts_plain_auth"),
    "rewritten": ("a URL of theirs that was rewritten", "rewrites_from"),
    "sent-plain": ("our token without Base64", "sends_plain_auth"),
    "session-only": ("dimensions in a CDR that belong into sessions", ""),
    "string-number": ("a number as a string", "string_numbers"),
    "unknown-value": ("a value that OCPI does not know, kept as it is", ""),
    "url": ("a website without http", ""),
    "wh": ("energy in Wh, divided by 1000", "wh_energy"),
    "wrapped": ("a result inside an envelope", ""),
}

_PAUSE = 5.0  # seconds between two writes of one process
_lock = threading.Lock()
_counts: Counter[tuple[int, str]] = Counter()
_examples: dict[tuple[int, str], str] = {}
_written = 0.0


def note(partner_id: int, warnings: Iterable[str]) -> None:
    """`warnings` as `Tolerance` collects them: `path/kind`."""
    with _lock:
        for warning in warnings:
            path, _, kind = warning.rpartition("/")
            _counts[partner_id, kind[:32]] += 1
            _examples[partner_id, kind[:32]] = path[:255]


def write_seldom(**kwargs: Any) -> None:
    """After a request: what was counted, unless it was written a moment ago."""
    if _counts and time.monotonic() - _written > _PAUSE:
        write()


def write() -> None:
    """Everything that was counted until now."""
    global _written
    with _lock:
        counts, examples = dict(_counts), dict(_examples)
        _counts.clear()
        _examples.clear()
        _written = time.monotonic()
    for key, count in counts.items():
        _add(*key, count, examples[key])


def forget() -> None:
    """Drop what was counted; what comes is written by `write` alone. For tests: a request costs the same every time."""
    global _written
    with _lock:
        _counts.clear()
        _examples.clear()
        _written = float("inf")


def _add(partner_id: int, kind: str, count: int, example: str) -> None:
    from .models import Partner, PartnerLeniency

    if not Partner.objects.filter(pk=partner_id).exists():
        return
    seen = {"last_seen": clock.now(), "example": example}
    known = PartnerLeniency.objects.filter(partner_id=partner_id, kind=kind)
    if not known.update(count=F("count") + count, **seen):
        _, created = PartnerLeniency.objects.get_or_create(
            partner_id=partner_id, kind=kind, defaults={"count": count, **seen}
        )
        if not created:  # another process was faster
            known.update(count=F("count") + count, **seen)
