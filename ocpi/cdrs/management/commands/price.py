"""`manage.py price --cdr FILE`: recompute a CDR from files, without a database, and show the bill line by line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError, CommandParser
from rich import box
from rich.console import Console
from rich.table import Table

from ocpi.core.management.base import OcpiCommand
from ocpi.protocol.cdrs import CDR
from ocpi.protocol.envelope import decode
from ocpi.protocol.errors import OcpiError
from ocpi.protocol.pricing import Amount, Outcome, Priced, Segment, Verdict, as_json, check
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import is_time_zone

WIDTH = 132
LINES = box.SIMPLE_HEAD
_MILLISECOND = Decimal("0.001")
MAX_DIGITS = 40  # beyond it, an exponent would make a huge integer of a short text


class Command(OcpiCommand):
    help = (
        "Recompute a CDR by the tariffs that it carries, or by --tariff where it carries none, and compare. A file may "
        "also hold an object with cdr, tariff or tariffs, time_zone and original, or an OCPI answer with data."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cdr", required=True, type=Path, metavar="FILE", help="the CDR, as JSON")
        parser.add_argument("--tariff", type=Path, metavar="FILE", help="published tariff, or a list of versions of it")
        parser.add_argument("--original", type=Path, metavar="FILE", help="what a credit CDR takes back")
        parser.add_argument("--time-zone", metavar="ZONE", help="of the location, such as Europe/Oslo")
        parser.add_argument("--json", action="store_true", help="print unrounded numbers for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        task = _task(options)
        verdict = check(task.cdr, task.tariffs, time_zone=task.time_zone, original=task.original)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(verdict), indent=2, ensure_ascii=False))
            return
        console = Console(file=self.stdout, width=WIDTH if not self.stdout.isatty() else None, highlight=False)
        for part in _pages(task.cdr, verdict):
            console.print(part, markup=False) if isinstance(part, str) else console.print(part)


@dataclass(frozen=True, slots=True)
class Task:
    """What was read from the files."""

    cdr: CDR
    tariffs: list[Tariff]
    time_zone: str | None
    original: CDR | None


def _task(options: dict[str, Any]) -> Task:
    found = _read(options["cdr"])
    wrapper = found if "cdr" in found else {"cdr": found}
    if options["tariff"]:
        tariffs = _list(_read(options["tariff"], several=True), options["tariff"])
    else:
        tariffs = _list(wrapper.get("tariffs") or wrapper.get("tariff") or [], options["cdr"])
    time_zone = options["time_zone"] or wrapper.get("time_zone")
    if time_zone is not None and not (isinstance(time_zone, str) and is_time_zone(time_zone)):
        raise CommandError(f"{time_zone} is no time zone of the IANA database; write it as Europe/Oslo.")
    original = _read(options["original"]) if options["original"] else wrapper.get("original")
    if isinstance(original, dict):
        original = original.get("cdr", original)
    return Task(
        _decoded(CDR, wrapper["cdr"], options["cdr"]),
        tariffs,
        time_zone,
        None if original is None else _decoded(CDR, original, options["original"] or options["cdr"]),
    )


def _list(found: Any, path: Path) -> list[Tariff]:
    if isinstance(found, dict):
        found = found.get("tariffs") or found.get("tariff") or found
    return [_decoded(Tariff, item, path) for item in (found if isinstance(found, list) else [found])]


def _decoded(kind: Any, found: Any, path: Path) -> Any:
    try:
        return kind.from_wire(found)
    except OcpiError as error:
        raise CommandError(f"{path} holds no valid {kind.__name__}: {error}") from None


def _read(path: Path, *, several: bool = False) -> Any:
    """JSON with decimals (R1): `decode` says whether it is JSON at all, then numbers are read as they are written."""
    try:
        raw = path.read_bytes()
        decode(raw)
        found = json.loads(raw.decode("utf-8-sig"), parse_float=_exact)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except (OcpiError, ValueError, ArithmeticError) as error:
        raise CommandError(f"{path} is not JSON: {error}") from None
    if isinstance(found, dict) and "status_code" in found and "data" in found:
        found = found["data"]
    if not isinstance(found, dict) and not (several and isinstance(found, list)):
        raise CommandError(f"{path} must hold a JSON object.")
    return found


def _exact(text: str) -> Decimal | int:
    value = Decimal(text)
    integral = abs(value.adjusted()) < MAX_DIGITS and value == value.to_integral_value()
    return int(value) if integral else value


# --- For people


def _pages(cdr: CDR, verdict: Verdict) -> Iterator[str | Table]:
    yield from _head(cdr, verdict)
    if verdict.priced is not None and verdict.priced.segments:
        yield _breakdown(cdr, verdict.priced)
    if verdict.differences:
        yield _comparison(verdict)
    yield from _remarks(verdict)
    yield f"\n{_MEANINGS[verdict.verdict]}"


_MEANINGS = {
    Outcome.MATCH: "MATCH: the bill is what the tariff gives.",
    Outcome.ROUNDING: "ROUNDING: the bill differs from the tariff by no more than rounding explains.",
    Outcome.MISMATCH: "MISMATCH: the bill is not what the tariff gives, or contradicts itself.",
    Outcome.UNPRICEABLE: "UNPRICEABLE: whether the bill is right cannot be told.",
    Outcome.CREDIT: "CREDIT: the bill takes another one back.",
}


def _head(cdr: CDR, verdict: Verdict) -> Iterator[str]:
    place = cdr.cdr_location
    zone = verdict.priced.time_zone if verdict.priced else "UTC"
    yield f"CDR {cdr.id} of {cdr.country_code}-{cdr.party_id}, session {cdr.session_id or '(none)'}"
    yield f"{place.name or place.address}, {place.city}, EVSE {place.evse_id}"
    yield f"{_local(cdr.start_date_time, zone)} to {_local(cdr.end_date_time, zone)} ({zone})\n"


def _local(moment: Any, zone: str, form: str = "%Y-%m-%d %H:%M") -> str:
    try:
        return f"{moment.astimezone(ZoneInfo(zone)):{form}}"
    except OverflowError:
        return "unknown"


_WHAT = {
    "ENERGY": "Energy",
    "TIME": "Charging",
    "PARKING_TIME": "Parking",
    "RESERVATION_TIME": "Reserved",
    "FLAT": "Flat fee",
}
_LIMITS = {
    "min_price": "A session costs at least the min_price of the tariff: the rest is added.",
    "max_price": "A session costs at most the max_price of the tariff: the rest is taken off.",
}


def _breakdown(cdr: CDR, priced: Priced) -> Table:
    table = Table(
        title=f"What the tariff gives, in {priced.currency}", title_justify="left", show_footer=True, box=LINES
    )
    total = priced.total_cost or Amount()
    for name in ("From", "To"):
        table.add_column(name, no_wrap=True)
    table.add_column("What", "Total", no_wrap=True)
    for name in ("Measured", "Billed", "Price", "VAT %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Excl. VAT", _money(total.excl_vat), justify="right", no_wrap=True)
    table.add_column("Incl. VAT", _money(total.incl_vat), justify="right", no_wrap=True)
    table.add_column("Why")
    form = _form(cdr, priced.time_zone)
    for segment in priced.segments:
        table.add_row(*_row(segment, priced.time_zone, form))
    if priced.limit and priced.adjustment:
        change = (_money(priced.adjustment.excl_vat), _money(priced.adjustment.incl_vat))
        table.add_row("", "", priced.limit, "", "", "", "", *change, _LIMITS[priced.limit])
    return table


def _form(cdr: CDR, zone: str) -> str:
    """Times of day, with the day where the charge has several."""
    days = {_local(moment, zone, "%Y-%m-%d") for moment in (cdr.start_date_time, cdr.end_date_time)}
    return "%H:%M:%S" if len(days) == 1 else "%m-%d %H:%M:%S"


def _row(segment: Segment, zone: str, form: str) -> tuple[str, ...]:
    flat = segment.dimension == "FLAT"
    label = "Reserving" if flat and segment.part == "reservation" else _WHAT[segment.dimension]
    return (
        _local(segment.start, zone, form),
        "" if flat else _local(segment.end, zone, form),
        label,
        "" if flat else _volume(segment.volume, segment.dimension),
        "" if flat or segment.price is None else _volume(segment.billed_volume, segment.dimension),
        _price(segment),
        _vat(segment),
        _money(segment.cost.excl_vat),
        _money(segment.cost.incl_vat),
        segment.why,
    )


def _volume(volume: Decimal, dimension: str) -> str:
    """Energy in kWh, time as h:mm:ss, so that a clerk can multiply without a third of an hour being 0.3333."""
    if dimension == "ENERGY":
        return f"{volume:.4f} kWh"
    minutes, seconds = divmod((volume * 3600).quantize(_MILLISECOND), 60)
    exact = f"{seconds:06.3f}".rstrip("0").rstrip(".")
    return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{exact}"


def _price(segment: Segment) -> str:
    if segment.price is None:
        return "free"
    unit = {"ENERGY": " / kWh", "FLAT": ""}.get(segment.dimension, " / h")
    return f"{segment.price:f}{unit}"


def _vat(segment: Segment) -> str:
    if segment.price is None:
        return ""
    return "none" if segment.vat is None else f"{segment.vat:f}"


def _money(amount: Decimal) -> str:
    return f"{amount:.4f}"


def _comparison(verdict: Verdict) -> Table:
    table = Table(title="Beside the CPO's bill", title_justify="left", box=LINES)
    table.add_column("Field", no_wrap=True)
    for name in ("CPO", "Ours", "CPO minus ours"):
        table.add_column(name, justify="right", no_wrap=True)
    for difference in verdict.differences:
        ours, delta = f"{difference.ours:.4f}", f"{difference.delta:+.4f}"
        table.add_row(difference.field, f"{difference.theirs:.4f}", ours, delta)
    return table


def _remarks(verdict: Verdict) -> Iterator[str]:
    if verdict.unpriceable is not None:
        yield f"Cannot be priced: {verdict.unpriceable.reason}"
    for finding in verdict.findings:
        yield f"{finding.severity.upper()}: {finding.sentence}"
    for warning in verdict.priced.warnings if verdict.priced else ():
        yield f"NOTE: {warning.sentence}"
