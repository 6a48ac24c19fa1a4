"""Requirements section 2 over HTTP: the lists that we serve, page by page, and the lists that we pull."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import Connect
from .operator import Operator, cell
from .platforms import Caller, Platform, Reply
from .steps import CREATED, OK, REFUSED, Case, Play, Step, table, tariff

CAP = 10  # OCPI_PAGE_LIMIT of this eMSP
PULLS = ("credentials:SENDER", "tariffs:SENDER")


def moment(number: int) -> str:
    return f"2026-03-01T12:{number:02}:00Z"


def fill(cpo: Platform, count: int) -> list[str]:
    """Tariffs T01, T02…, each changed a minute after the one before."""
    ids = [f"T{number:02}" for number in range(1, count + 1)]
    for number, id_ in enumerate(ids, 1):
        made = cpo.put(f"tariffs/{cpo.me}/{id_}", cpo.object("tariff", id=id_, last_updated=moment(number)), quiet=True)
        assert made.codes == CREATED
    return ids


def ids(reply: Reply) -> list[str]:
    return [item["id"] for item in reply.data]


def following(reply: Reply) -> str | None:
    """Path and query of the next page, if there is one."""
    link = re.fullmatch(r'<([^>]+)>; rel="next"', reply["Link"] or "")
    if link is None:
        assert reply["Link"] is None
        return None
    return link.group(1)


def crawl(cpo: Platform, path: str) -> list[Reply]:
    pages = [cpo.get(path)]
    while (url := following(pages[-1])) is not None:
        assert url.startswith(f"{cpo.emsp.url}/"), "absolute, on the public address"
        pages.append(cpo.get(url.removeprefix(cpo.emsp.url)))
        assert len(pages) < 40
    return pages


# === Lists that we serve ==============================================================================================
@pytest.mark.requirement("PAG-01", "PAG-02", "PAG-03", "PAG-05", "PAG-08", "TOK-01")
def test_dates_bound_a_list_from_inclusive_to_exclusive(cpo: Platform) -> None:
    fill(cpo, 5)
    third, fourth = moment(3), moment(4)
    assert ids(cpo.get(f"tariffs?date_from={third}")) == ["T03", "T04", "T05"]
    assert ids(cpo.get(f"tariffs?date_to={third}")) == ["T01", "T02"]
    both = cpo.get(f"tariffs?date_from={third}&date_to={fourth}&offset=0&limit=5")
    assert (ids(both), both["X-Total-Count"]) == (["T03"], "1")
    bare = third.removesuffix("Z")
    for same in (bare, f"{bare}.000Z", f"{bare}.0", f"{bare}%2B00:00", f"{bare}+00:00"):
        assert ids(cpo.get(f"tariffs?date_from={same}&date_to={fourth}")) == ["T03"], same


@pytest.mark.requirement("PAG-01", "PAG-02", "PAG-03", "PAG-04", "TOK-01")
def test_the_token_list_finds_a_token_by_the_moment_that_it_shows(cpo: Platform, add_token: Any) -> None:
    uid, _ = add_token()
    shown = cpo.get(f"tokens/NL/EMS/{uid}").data["last_updated"]
    since = cpo.get(f"tokens?date_from={shown}")
    assert uid in [token["uid"] for token in since.data]
    before = cpo.get("tokens?limit=1&offset=0")
    total = int(before["X-Total-Count"] or "")
    until = [token["uid"] for page in crawl(cpo, f"tokens?date_to={shown}") for token in page.data]
    assert uid not in until
    assert len(until) + int(since["X-Total-Count"] or "") == total


@pytest.mark.requirement("PAG-06", "PAG-08", "PAG-09", "PAG-10", "PAG-11", "PAG-13", "PAG-15")
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7, 9])
def test_every_object_comes_exactly_once_whatever_the_size_of_a_page(cpo: Platform, limit: int) -> None:
    everything = fill(cpo, 6)
    filters = f"date_from={moment(1)}&date_to={moment(59)}"
    pages = crawl(cpo, f"tariffs?{filters}&limit={limit}")
    assert [id_ for page in pages for id_ in ids(page)] == everything
    assert {page["X-Total-Count"] for page in pages} == {"6"}
    assert {page["X-Limit"] for page in pages} == {str(CAP)}
    assert len(pages) == -(-6 // limit)
    for number, page in enumerate(pages[:-1], 1):
        query = parse_qs(urlsplit(following(page) or "").query)
        query.pop("cursor", None)  # opaque: a Link may carry more than was asked for
        assert query == {
            "date_from": [moment(1)], "date_to": [moment(59)], "limit": [str(limit)], "offset": [str(number * limit)],
        }  # fmt: skip


@pytest.mark.requirement("PAG-07", "PAG-09", "PAG-12", "AMB-13")
def test_who_asks_for_too_much_gets_what_we_serve_at_most(cpo: Platform) -> None:
    everything = fill(cpo, CAP + 2)
    for asked in ("?limit=2000", ""):
        first, second = crawl(cpo, f"tariffs{asked}")
        assert (len(first.data), len(second.data)) == (CAP, 2)
        query = parse_qs(urlsplit(following(first) or "").query)
        assert (query["offset"], query["limit"]) == ([str(CAP)], [str(CAP)])
        assert ids(first) + ids(second) == everything


@pytest.mark.requirement("PAG-14")
def test_what_is_added_or_changed_during_a_crawl_moves_no_page(cpo: Platform) -> None:
    fill(cpo, 4)
    first = cpo.get("tariffs?limit=2")
    cpo.put(f"tariffs/{cpo.me}/T01", cpo.object("tariff", id="T01", last_updated=moment(50)))
    cpo.put(f"tariffs/{cpo.me}/A0", cpo.object("tariff", id="A0", last_updated=moment(0)))
    assert ids(cpo.get("tariffs?limit=2")) == ids(first) == ["T01", "T02"]
    rest = crawl(cpo, (following(first) or "").removeprefix(cpo.emsp.url))
    assert [id_ for page in rest for id_ in ids(page)] == ["T03", "T04", "A0"]


@pytest.mark.requirement("PAG-18", "PAG-08")
def test_only_what_is_the_callers_own_is_listed_and_counted(cpo: Platform, other_cpo: Platform, app: Caller) -> None:
    fill(cpo, 3)
    fill(other_cpo, 2)
    mine, theirs = cpo.get("tariffs"), other_cpo.get("tariffs")
    assert (len(mine.data), mine["X-Total-Count"]) == (3, "3")
    assert (len(theirs.data), theirs["X-Total-Count"]) == (2, "2")
    assert {item["party_id"] for item in mine.data} == {cpo.party_id}
    assert int(app.get("tariffs?limit=1")["X-Total-Count"] or "") >= 5


@table(
    Case(
        "PAG-16 PAG-08 PAG-10",
        "an offset beyond the end is an empty page",
        Step("PUT", "tariffs/{me}/T1", CREATED, tariff()),
        Step("GET", "tariffs?offset=9999", OK, data=[], answers={"X-Total-Count": "1", "X-Limit": "10", "Link": None}),
        Step("GET", "tariffs?offset=1", OK, data=[], answers={"X-Total-Count": "1", "Link": None}),
    ),
    Case(
        "PAG-08 PAG-09 PAG-10 TRA-15",
        "an empty list has its headers",
        Step("GET", "tariffs", OK, data=[], answers={"X-Total-Count": "0", "X-Limit": "10", "Link": None}),
        Step("GET", "sessions", OK, data=[], answers={"X-Total-Count": "0"}),
        Step("GET", "cdrs", OK, data=[], answers={"X-Total-Count": "0"}),
        Step("GET", "locations", OK, data=[], answers={"X-Total-Count": "0"}),
    ),
    *[
        Case("PAG-17", f"a parameter that cannot be read: {query}", Step("GET", f"{module}?{query}", REFUSED))
        for module in ("tokens", "tariffs")
        for query in (
            "offset=-1",
            "offset=x",
            "offset=1.5",
            "offset=",
            "limit=0",
            "limit=-5",
            "limit=ten",
            "date_from=yesterday",
            "date_from=2026-13-01T00:00:00Z",
            "date_to=1",
            "date_from=",
            "limit=9999999999999999999999",
        )
    ],
    Case(
        "PAG-17",
        "unknown parameters are no concern of ours, and a window that ends before it begins is empty",
        Step("PUT", "tariffs/{me}/T1", CREATED, tariff()),
        Step("GET", "tariffs?colour=blue&page=7", OK, has={"0.id": "T1"}),
        Step("GET", f"tariffs?date_from={moment(9)}&date_to={moment(1)}", OK, data=[]),
        Step("GET", f"tariffs?date_from={moment(9)}&date_to={moment(9)}", OK, data=[]),
    ),
)
def test_pages(case: Case, play: Play) -> None:
    play(case)


# === Lists that we pull ===============================================================================================
Pulled = Callable[..., Platform]


@pytest.fixture
def pulled(connect: Connect, operator: Operator) -> Pulled:
    """A CPO whose tariffs T1, T2, T3 … stand on `pages`, each with the headers that the test gives it."""

    def begin(*pages: dict[str, Any], **kwargs: Any) -> Platform:
        cpo = connect(offers=PULLS)
        number = 0
        for place, page in enumerate(pages):
            items = [cpo.object("tariff", id=f"T{number + n}") for n in range(1, page.pop("count", 2) + 1)]
            number += len(items)
            script = {"data": items, **page}
            script["headers"] = {
                name: value.replace("{base}", cpo.server.base_url) for name, value in page.get("headers", {}).items()
            }
            cpo.server.answer("GET", "tariffs" if place == 0 else f"page{place}", **script)
        operator.press(cpo.page, "pull")
        return cpo

    return begin


def known(cpo: Platform) -> list[str]:
    return sorted(ids(cpo.get("tariffs", quiet=True)))


def has(*expected: str) -> Callable[[Reply], bool]:
    return lambda reply: sorted(ids(reply)) == sorted(expected)


@pytest.mark.requirement("PAG-19", "PAG-24")
def test_we_follow_links_until_there_is_none_and_compute_nothing(pulled: Pulled) -> None:
    cpo = pulled(
        {"count": 1, "headers": {"Link": '<{base}/page1?cursor=zzz>; rel="next"'}},
        {"count": 2, "headers": {"Link": '<{base}/page2/x?y=%2F>; rel="next"', "X-Limit": "1"}},
        {"count": 1},
    )
    cpo.until("tariffs", has("T1", "T2", "T3", "T4"))
    assert [call.path for call in cpo.calls("GET")][2:] == [
        "/ocpi/tariffs", "/ocpi/page1?cursor=zzz", "/ocpi/page2/x?y=%2F",
    ]  # fmt: skip


@pytest.mark.requirement("PAG-20")
@pytest.mark.parametrize(
    ("header", "link"),
    [
        ("link", '<{base}/page1>; rel="next"'),
        ("LINK", "<{base}/page1>; rel=next"),
        ("Link", '<{base}/first>; rel="first", <{base}/page1>; rel="next"'),
        ("Link", '<{base}/page1>; title="a, b"; rel="next"'),
        ("Link", '<{base}/page1?ids=1,2>; rel="next"; x=y'),
        ("Link", '</ocpi/page1>; rel="next"'),
        ("Link", "<page1>; REL=NEXT"),
        ("Link", '<{base}/page1>;rel="prefetch next"'),
    ],
)
def test_links_are_read_in_every_form_that_they_have(pulled: Pulled, header: str, link: str) -> None:
    cpo = pulled({"headers": {header: link}}, {})
    cpo.until("tariffs", has("T1", "T2", "T3", "T4"))


@pytest.mark.requirement("PAG-21", "TRA-51")
def test_our_token_goes_to_no_other_host(pulled: Pulled, other_cpo: Platform) -> None:
    stranger = other_cpo.server.base_url
    cpo = pulled({"headers": {"Link": f'<{stranger}/page1>; rel="next"'}}, {})
    cpo.until("tariffs", has("T1", "T2"))
    assert other_cpo.calls("GET", "page1") == []
    cpo.until("tariffs", lambda _: problem(cpo) != "")


def pulls_of(cpo: Platform) -> str:
    return f"ocpi_sync/pull/?partner__id__exact={cpo.page.split('/')[2]}&module=tariffs"


def problem(cpo: Platform) -> str:
    """What the admin says about the last pull of the tariffs."""
    return cell(cpo.emsp.operator.page(pulls_of(cpo)), "error")


@pytest.mark.requirement("PAG-22")
@pytest.mark.parametrize("link", ["{base}/tariffs", "{base}/page1"])
def test_a_list_that_leads_in_a_circle_ends(pulled: Pulled, link: str) -> None:
    cpo = pulled(
        {"headers": {"Link": '<{base}/page1>; rel="next"'}}, {"headers": {"Link": f'<{link}>; rel="next"'}},
    )  # fmt: skip
    cpo.until("tariffs", has("T1", "T2", "T3", "T4"))
    cpo.until("tariffs", lambda _: problem(cpo) != "")
    assert len(cpo.calls("GET", "tariffs")) + len(cpo.calls("GET", "page1")) == 2


@pytest.mark.requirement("PAG-23", "PAG-27")
def test_a_total_that_grows_or_shrinks_stops_nothing_and_no_pull_has_an_end_date(pulled: Pulled) -> None:
    cpo = pulled(
        {"headers": {"Link": '<{base}/page1>; rel="next"', "X-Total-Count": "4"}},
        {"headers": {"Link": '<{base}/page2>; rel="next"', "X-Total-Count": "6"}},
        {"headers": {"X-Total-Count": "5"}},
    )
    cpo.until("tariffs", has("T1", "T2", "T3", "T4", "T5", "T6"))
    assert not [call.path for call in cpo.calls("GET") if "date_to" in call.path]


@pytest.mark.requirement("PAG-25")
def test_the_mark_moves_only_when_the_last_page_has_come(pulled: Pulled, operator: Operator) -> None:
    cpo = pulled({"headers": {"Link": '<{base}/page1>; rel="next"'}}, {"status": 500, "raw": b""})
    cpo.until("tariffs", has("T1", "T2"))
    cpo.until("tariffs", lambda _: problem(cpo) != "")
    cpo.server.answer("GET", "page1", data=[])
    operator.press(cpo.page, "pull")
    cpo.wait_for("GET", "page1", 2)
    cpo.until("tariffs", lambda _: problem(cpo) == "")
    assert len(cpo.calls("GET", "tariffs")) == 1  # it went on where it had broken off
    operator.press(cpo.page, "pull")
    second = cpo.wait_for("GET", "tariffs", 2)[1]
    (since,) = parse_qs(urlsplit(second.path).query)["date_from"]
    assert since == "2026-03-01T11:55:00Z"  # the newest of theirs, with five minutes of overlap; never our own clock


@pytest.mark.requirement("PAG-26", "TAR-07")
def test_what_a_full_pull_does_not_bring_is_gone_and_after_a_partial_one_it_stays(
    pulled: Pulled, operator: Operator
) -> None:
    cpo = pulled({"count": 3})
    cpo.until("tariffs", has("T1", "T2", "T3"))
    cpo.until("tariffs", lambda _: finished(cpo))
    one = [cpo.object("tariff", id="T1", last_updated="2026-03-01T12:30:00Z")]
    cpo.server.answer("GET", "tariffs", data=one)
    operator.press(cpo.page, "pull")  # since the mark
    cpo.wait_for("GET", "tariffs", 2)
    cpo.until(f"tariffs/{cpo.me}/T1", lambda reply: reply.data["last_updated"] == "2026-03-01T12:30:00Z")
    assert known(cpo) == ["T1", "T2", "T3"]
    done = cpo.emsp.manage("sync_partner", partner_name(cpo), "--full", "--module", "tariffs")
    assert done.returncode == 0, done.stderr
    cpo.until("tariffs", has("T1"))


def finished(cpo: Platform) -> bool:
    return cell(cpo.emsp.operator.page(pulls_of(cpo)), "finished") != ""


def partner_name(cpo: Platform) -> str:
    found = re.search(r'name="name" value="([^"]+)"', cpo.emsp.operator.page(cpo.page))
    assert found
    return found.group(1)
