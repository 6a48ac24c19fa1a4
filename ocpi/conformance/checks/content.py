"""Whether listed objects are what the chapters say: fields, types, lengths, enums (chapters 8 to 12 and 16)."""

from collections.abc import Callable
from typing import Any

from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import LISTS, Findings, Lists, Severity, Skip, Target, check
from ocpi.protocol.cdrs import CDR
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.locations import Location
from ocpi.protocol.model import OcpiModel, Tolerance
from ocpi.protocol.sessions import Session
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.tokens import Token

from .paging import name

MODELS: dict[str, type[OcpiModel]] = {
    "locations": Location, "tariffs": Tariff, "sessions": Session, "cdrs": CDR, "tokens": Token,
}  # fmt: skip


def problem_of(module: str, item: Any) -> str:
    """What is wrong with an object, with paths; empty when it can be read."""
    try:
        MODELS[module].from_wire(item)
    except InvalidObject as error:
        return error.message
    return ""


def remarks_of(module: str, item: Any) -> list[str]:
    """What can be read and deviates all the same, as `path/kind`."""
    tolerance = Tolerance()
    try:
        MODELS[module].from_wire(item, tolerance)
    except InvalidObject:
        return []
    return tolerance.warnings


@check("TYP-13 TYP-03 TYP-08 TYP-14", module=LISTS)
def objects_are_valid(kit: Kit, module: str) -> Findings:
    """Every object has its required fields; types, lengths and enums are those of its chapter."""
    kit.objects(module)
    for page in kit.crawl(module).pages:
        for item in page.objects:
            if problem := problem_of(module, item):
                yield f"{name(item) if isinstance(item, dict) else item}: {problem}", page


def _remarked(kind: str, rows: str, severity: Severity, module: str | Lists, told: str) -> None:
    """One check for one kind of remark."""

    def look(kit: Kit, which: str) -> Findings:
        kit.objects(which)
        for page in kit.crawl(which).pages:
            for item in page.objects:
                found = [remark for remark in remarks_of(which, item) if remark.endswith(f"/{kind}")]
                if found:
                    more = f" and {len(found) - 1} more places" if len(found) > 1 else ""
                    yield f"{name(item)}: {found[0].rpartition('/')[0]}{more}", page

    look.__doc__ = told
    _declare(f"no_{kind.replace('-', '_').replace(':', '')}", rows, severity, module, look)


def _declare(
    named: str, rows: str, severity: Severity, module: str | Lists, look: Callable[[Kit, str], Findings]
) -> None:
    if isinstance(module, Lists):
        look.__name__ = named
        check(rows, module=module, severity=severity)(look)
        return

    def one(kit: Kit) -> Findings:
        yield from look(kit, module)

    one.__name__, one.__doc__ = named, look.__doc__
    check(rows, module=module, severity=severity, tests=Target.CPO)(one)


_E, _W = Severity.ERROR, Severity.WARNING
_remarked("datetime", "TYP-04 TYP-05", _E, LISTS,
          "A DateTime is UTC, ends with Z or nothing, and carries no offset.")  # fmt: skip
_remarked("control-character", "TYP-02", _W, LISTS, "Strings hold printable characters: no line breaks, no tabs.")
_remarked("url", "TYP-12", _W, LISTS, "A URL is absolute and has at most 255 characters.")
_remarked("coordinate-decimals", "LOC-33", _W, "locations",
          "Coordinates are strings with five to seven decimals.")  # fmt: skip
_remarked("looks-swapped", "LOC-33", _W, "locations", "Latitude and longitude are not mixed up.")
_remarked("energy-sources-sum", "LOC-47", _W, "locations", "The shares of an energy mix add up to 100 %.")
_remarked("24:00", "TAR-17 LOC-31", _W, "tariffs", "A time of day is between 00:00 and 23:59.")
_remarked("looks-like-wh", "SES-24", _E, "cdrs", "ENERGY of a charging period is in kWh.")
_remarked("session-only", "CDR-22", _E, "cdrs",
          "What can only be measured while a session runs, such as its power now, has no place in a CDR.")  # fmt: skip
_remarked("credit-length", "CDR-09", _W, "cdrs", "Only credit CDRs use ids of more than 36 characters.")
_remarked("RESERVED", "SES-14", _E, "sessions", "The status of a reservation is RESERVATION.")


@check("SES-24", tests=Target.CPO, module="sessions")
def energy_of_sessions(kit: Kit) -> Findings:
    """ENERGY of a charging period is in kWh, as the total is."""
    for item, page in listed(kit, "sessions"):
        if any(remark.endswith("/looks-like-wh") for remark in remarks_of("sessions", item)):
            yield f"{name(item)}: the periods seem to be in Wh", page


def listed(kit: Kit, module: str) -> list[tuple[dict[str, Any], Exchange]]:
    """Each object with the page that it stands on. Raises Skip when there is none."""
    pages = kit.crawl(module).pages
    found = [(item, page) for page in pages for item in page.objects if isinstance(item, dict)]
    if not found:
        raise Skip(f"there are no {module} to look at")
    return found
