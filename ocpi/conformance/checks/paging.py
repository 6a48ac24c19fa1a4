"""Paginated lists: headers, limits, offsets, and whether all pages together are the list (chapter 4.1.6)."""

from urllib.parse import parse_qs, urlsplit

from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import LISTS, Findings, Severity, Skip, check
from ocpi.protocol.moments import parse_datetime
from ocpi.protocol.paging import LIMIT, LINK, TOTAL_COUNT, same_origin
from ocpi.protocol.types import ci_key

from .expecting import MOMENT, refusal, success


@check("TRA-15 PAG-01", module=LISTS)
def list_is_a_list(kit: Kit, module: str) -> Findings:
    """A list is answered with an array in `data`, also when it is empty."""
    page = kit.crawl(module).pages[0]
    yield from success(page, f"GET {module}")
    if page.succeeded and not isinstance(page.data, list):
        yield f"data is {type(page.data).__name__}, no array", page


@check("PAG-08", module=LISTS)
def total_count(kit: Kit, module: str) -> Findings:
    """Every page tells in X-Total-Count how many objects match; it is their number, whatever offset and limit are."""
    crawl = kit.crawl(module)
    for page in crawl.pages:
        if page.succeeded and not (page.header(TOTAL_COUNT) or "").isdecimal():
            yield "X-Total-Count is missing or no number", page
            return
    if crawl.whole and (told := _told(crawl.pages[0])) != len(crawl.objects):
        yield f"X-Total-Count says {told}, the pages hold {len(crawl.objects)} objects", crawl.pages[0]


def _told(page: Exchange) -> int | None:
    text = page.header(TOTAL_COUNT) or ""
    return int(text) if text.isdecimal() else None


@check("PAG-09", module=LISTS)
def limit_header(kit: Kit, module: str) -> Findings:
    """Every page tells in X-Limit how many objects the server would give at most."""
    for page in kit.crawl(module).pages:
        if not page.succeeded:
            continue
        text = page.header(LIMIT) or ""
        if not text.isdecimal() or int(text) < 1:
            yield "X-Limit is missing or no number", page
        elif len(page.objects) > int(text):
            yield f"X-Limit says {text}, the page holds {len(page.objects)} objects", page


@check("PAG-09", module=LISTS, severity=Severity.WARNING)
def limit_is_the_servers(kit: Kit, module: str) -> Findings:
    """X-Limit is the server's own limit, not the number of objects on this page nor the limit that was asked for."""
    whole, one = kit.page(module), kit.page(module, limit="1")
    if whole.succeeded and one.succeeded and whole.header(LIMIT) != one.header(LIMIT):
        yield f"X-Limit is {whole.header(LIMIT)}, and {one.header(LIMIT)} when one object is asked for", one


@check("PAG-10", module=LISTS)
def link_to_the_next_page(kit: Kit, module: str) -> Findings:
    """As long as there are more objects, Link names the next page; on the last page there is none."""
    crawl = kit.crawl(module)
    first, last = crawl.pages[0], crawl.pages[-1]
    total = _told(first)
    if crawl.problem:
        yield crawl.problem, last
    elif crawl.whole and total is not None and len(crawl.objects) < total:
        yield f"there is no Link after {len(crawl.objects)} of {total} objects", last
    elif total is not None and len(crawl.pages) > 1 and not last.objects and last.succeeded:
        yield "the last Link leads to an empty page", last


@check("PAG-13 PAG-21", module=LISTS, severity=Severity.NOTE)
def link_is_absolute(kit: Kit, module: str) -> Findings:
    """The Link is a URL as it can be called, on the host of the endpoint."""
    for page in kit.crawl(module).pages:
        url = _link(page)
        if url and not urlsplit(url).netloc:
            yield "the Link has no host", page
        elif url and not same_origin(url, page.url):
            yield "the Link leads to another host or scheme", page


def _link(page: Exchange) -> str:
    text = page.header(LINK) or ""
    return text[text.find("<") + 1 : text.find(">")] if "<" in text and ">" in text else text.split(";")[0].strip()


@check("PAG-10", module=LISTS, severity=Severity.WARNING)
def link_is_written_well(kit: Kit, module: str) -> Findings:
    """A Link is written as `<URL>; rel="next"`."""
    for page in kit.crawl(module).pages:
        text = (page.header(LINK) or "").replace(" ", "").lower()
        if text and not (text.startswith("<") and 'rel="next"' in text):
            yield f"the Link reads {page.header(LINK)}", page


@check("PAG-11 PAG-12", module=LISTS)
def link_keeps_the_question(kit: Kit, module: str) -> Findings:
    """The Link repeats the filters of the question and carries the next offset and a limit within the server's."""
    asked = {"date_from": "2001-02-03T04:05:06Z", "limit": "1"}
    page = kit.page(module, **asked)
    if not (url := _link(page)):
        raise Skip(f"there are too few {module} for two pages")
    query = parse_qs(urlsplit(url).query)
    date_from = query.get("date_from", ["missing"])[0]
    if not MOMENT.fullmatch(date_from) or parse_datetime(date_from) != parse_datetime(asked["date_from"]):
        yield f"date_from in the Link is {date_from}; {asked['date_from']} was asked for", page
    if query.get("offset") != ["1"]:
        yield f"offset in the Link is {query.get('offset', ['missing'])[0]}, not 1", page
    if "limit" not in query:
        yield "limit is not in the Link", page


@check("PAG-07", module=LISTS)
def limit_is_kept(kit: Kit, module: str) -> Findings:
    """limit is a maximum: the server may give fewer objects, never more."""
    page = kit.page(module, limit="1")
    yield from success(page, "limit=1")
    if len(page.objects) > 1:
        yield f"limit=1 was answered with {len(page.objects)} objects", page
    elif page.succeeded and not page.objects and kit.crawl(module).objects:
        yield "limit=1 was answered with an empty page", page


@check("PAG-06", module=LISTS)
def offset_counts_from_zero(kit: Kit, module: str) -> Findings:
    """offset=0 begins with the first object: the object at offset 1 is the second one."""
    both = kit.page(module, limit="2", offset="0")
    if len(both.objects) < 2:
        raise Skip(f"there are too few {module}")
    for offset in (0, 1):
        page = kit.page(module, limit="1", offset=str(offset))
        if page.succeeded and _names(page)[:1] != _names(both)[offset : offset + 1]:
            yield f"offset={offset} does not begin with object {offset + 1} of the list", page


def _names(page: Exchange) -> list[str]:
    found = [item if isinstance(item, dict) else {} for item in page.objects]
    return [name(item) for item in found]


def name(item: dict[str, object]) -> str:
    """What identifies an object of a list, comparable."""
    parts = ("country_code", "party_id", "type" if "uid" in item else "", "uid" if "uid" in item else "id")
    return ci_key("/".join(str(item.get(part, "")) for part in parts if part))


@check("PAG-15", module=LISTS)
def every_object_once(kit: Kit, module: str) -> Findings:
    """All pages together hold every matching object exactly once."""
    seen: set[str] = set()
    for page in kit.crawl(module).pages:
        for each in _names(page):
            if each in seen:
                yield f"{each} comes twice", page
            seen.add(each)


@check("PAG-14", module=LISTS, severity=Severity.WARNING)
def stable_order(kit: Kit, module: str) -> Findings:
    """The order of a list is stable, oldest objects first, so that a growing list only changes its last page."""
    first, again = kit.page(module), kit.page(module)
    if first.succeeded and again.succeeded and _names(first) != _names(again):
        yield "the same question gave another order", again


@check("PAG-16", module=LISTS, severity=Severity.NOTE)
def beyond_the_end(kit: Kit, module: str) -> Findings:
    """Behind the end of a list there is an empty page without Link."""
    page = kit.page(module, offset="1000000")
    yield from success(page, "an offset behind the end")
    if page.objects or page.header(LINK):
        yield "there are objects or a Link behind the end", page


@check("PAG-17", module=LISTS, severity=Severity.NOTE)
def nonsense_is_refused(kit: Kit, module: str) -> Findings:
    """An offset, limit or date that is none is told to the caller with a status code, not with the whole list."""
    for query in ({"limit": "many"}, {"offset": "-1"}, {"date_from": "yesterday"}):
        text = "&".join(f"{key}={value}" for key, value in query.items())
        yield from refusal(kit.page(module, **query), text)


@check("PAG-17", module=LISTS, severity=Severity.NOTE)
def other_parameters_are_ignored(kit: Kit, module: str) -> Findings:
    """Query parameters that the server does not know are no reason to refuse a request."""
    yield from success(kit.page(module, nobody_knows_this="1"), "an unknown parameter")
