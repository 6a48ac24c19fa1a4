"""date_from and date_to (chapter 4.1.6.1)."""

from datetime import datetime, timedelta
from typing import Any

from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import LISTS, Findings, Severity, Skip, Target, check
from ocpi.protocol.moments import format_datetime, parse_datetime

from .expecting import success
from .paging import name


def _dated(kit: Kit, module: str) -> list[tuple[datetime, dict[str, Any]]]:
    """The objects of the first page by last_updated, oldest first. Raises Skip when none can be dated."""
    found = []
    for item in kit.objects(module):
        try:
            found.append((parse_datetime(str(item.get("last_updated"))), item))
        except ValueError:
            continue
    if not found:
        raise Skip("no object has a last_updated")
    return sorted(found, key=lambda each: each[0])


@check("PAG-02 PAG-04", module=LISTS)
def date_from_is_inclusive(kit: Kit, module: str) -> Findings:
    """date_from is compared with last_updated and includes the very moment."""
    moment, item = _dated(kit, module)[-1]
    crawl = kit.read(module, date_from=format_datetime(moment))
    yield from success(crawl.pages[0], "date_from")
    if crawl.whole and name(item) not in map(name, crawl.objects):
        yield f"{name(item)} was updated at {format_datetime(moment)} and is not listed from there on", crawl.pages[0]


@check("PAG-02", module=LISTS)
def date_from_filters(kit: Kit, module: str) -> Findings:
    """What was updated before date_from is left out."""
    moment, _ = _dated(kit, module)[-1]
    page = kit.page(module, date_from=format_datetime(moment + timedelta(days=3650)))
    if page.objects:
        yield f"{len(page.objects)} objects are listed from ten years after the newest on", page


@check("PAG-03", module=LISTS)
def date_to_is_exclusive(kit: Kit, module: str) -> Findings:
    """date_to is compared with last_updated and excludes the very moment."""
    moment, item = _dated(kit, module)[0]
    crawl = kit.read(module, date_from="2000-01-01T00:00:00Z", date_to=format_datetime(moment))
    yield from success(crawl.pages[0], "date_to")
    if name(item) in map(name, crawl.objects):
        yield f"{name(item)} was updated at {format_datetime(moment)} and is listed up to there", crawl.pages[0]


@check("PAG-03", module=LISTS)
def date_to_filters(kit: Kit, module: str) -> Findings:
    """What was updated at date_to or after it is left out."""
    moment, _ = _dated(kit, module)[0]
    end = format_datetime(moment - timedelta(days=1))
    page = kit.page(module, date_from="2000-01-01T00:00:00Z", date_to=end)
    if page.objects:
        yield f"{len(page.objects)} objects are listed up to a day before the oldest", page


@check("TRA-15 PAG-08", module=LISTS)
def empty_list(kit: Kit, module: str) -> Findings:
    """When nothing matches, `data` is an empty array and X-Total-Count is 0."""
    page = kit.page(module, date_from="2099-01-01T00:00:00Z")
    yield from success(page, "a list without objects")
    if page.succeeded and page.data != []:
        yield "data is not an empty array", page
    elif page.succeeded and page.header("X-Total-Count") != "0":
        yield f"X-Total-Count is {page.header('X-Total-Count')}, not 0", page


@check("PAG-05", module=LISTS)
def forms_of_dates(kit: Kit, module: str) -> Findings:
    """Dates in a query are written as all dates of OCPI: with or without Z, with or without a fraction."""
    for text in ("2020-01-01T00:00:00", "2020-01-01T00:00:00.123Z"):
        yield from success(kit.page(module, date_from=text), f"date_from={text}")


@check("PAG-08 PAG-15", module=LISTS)
def count_of_a_window(kit: Kit, module: str) -> Findings:
    """X-Total-Count counts what matches the filters, not everything there is."""
    moment, _ = _dated(kit, module)[-1]
    everything = kit.page(module, limit="1")
    window = kit.page(module, date_from=format_datetime(moment + timedelta(days=3650)))
    count = window.header("X-Total-Count")
    empty = window.succeeded and not window.objects
    if empty and count not in ("0", None) and count == everything.header("X-Total-Count"):
        yield "X-Total-Count of an empty window is that of the whole list", window


@check("SES-27", tests=Target.CPO, module="sessions", severity=Severity.WARNING)
def sessions_need_a_date(kit: Kit) -> Findings:
    """date_from is required for sessions, and only for them: without it the list is refused."""
    answer = kit.get("sessions")
    if answer.succeeded and answer.objects:
        yield "sessions are listed without date_from", answer
