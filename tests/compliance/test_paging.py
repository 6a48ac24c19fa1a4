"""Requirements section 2: paged lists, on the standard's list of tokens and on our extension lists alike."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from ocpi.core import clock
from ocpi.protocol.paging import next_link
from ocpi.tokens import services as tokens
from ocpi.tokens.models import Token
from tests import factories
from tests.callers import BASE, Answer, Caller

ORIGIN = "http://emsp.test"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def seven(db: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seven tokens, one second apart, whose order of change is not their order of creation."""
    uids = [f"TOKEN{n}" for n in range(7)]
    for n, uid in enumerate(uids):
        monkeypatch.setattr(clock, "now", lambda n=n: START + timedelta(seconds=(n * 3) % 7, milliseconds=500))
        factories.token(uid)
    monkeypatch.undo()
    return uids


def at(second: int) -> str:
    """A moment at which the token of that second was updated, as we emit it."""
    return f"2026-03-01T12:00:0{second}.500Z"


def uids(answer: Answer) -> list[str]:
    assert answer.status == (200, 1000)
    return [token["uid"] for token in answer.data]


def link(answer: Answer) -> str | None:
    return next_link(answer.http.get("Link"), f"{ORIGIN}{BASE}/tokens")


def parameters(url: str | None) -> dict[str, list[str]]:
    """Those of OCPI and of the caller; how we find the place again is ours."""
    found = parse_qs(urlsplit(url or "").query)
    assert found.pop("cursor")
    return found


def follow(caller: Caller, url: str | None, **changes: str) -> Answer:
    parts = urlsplit(url or "")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return caller.get(parts.path, query=urlencode({name: value for name, value in query.items() if value}))


def crawl(cpo: Caller, module: str, query: str) -> list[list[Any]]:
    """Every page, following Link as a partner does."""
    pages, url = [], f"{BASE}/{module}?{query}"
    while url:
        assert len(pages) < 50
        parts = urlsplit(url)
        answer = cpo.get(parts.path, query=parts.query)
        assert answer.status == (200, 1000)
        pages.append(answer.data)
        found = next_link(answer.http.get("Link"), ORIGIN)
        assert found is None or found.startswith(f"{ORIGIN}{BASE}/{module}?")
        url = found
    return pages


@pytest.mark.requirement("PAG-01")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 7),
        ("date_from=2026-03-01T12:00:03Z", 4),
        ("date_to=2026-03-01T12:00:03Z", 3),
        ("offset=5", 2),
        ("limit=3", 3),
        ("date_from=2026-03-01T12:00:01Z&date_to=2026-03-01T12:00:06Z&offset=1&limit=3", 3),
    ],
)
def test_all_four_parameters_may_be_given_or_left_out(cpo: Caller, seven: list[str], query: str, expected: int) -> None:
    assert len(uids(cpo.get("tokens", query=query))) == expected


@pytest.mark.requirement("PAG-02", "PAG-04")
def test_date_from_includes_the_moment_itself(cpo: Caller, seven: list[str]) -> None:
    shown = {token["uid"]: token["last_updated"] for token in cpo.get("tokens").data}
    for uid, moment in shown.items():
        assert uid in uids(cpo.get("tokens", query=f"date_from={moment}"))
    assert len(uids(cpo.get("tokens", query=f"date_from={at(6)}"))) == 1


@pytest.mark.requirement("PAG-03", "PAG-04")
def test_date_to_excludes_the_moment_itself(cpo: Caller, seven: list[str]) -> None:
    for token in cpo.get("tokens").data:
        assert token["uid"] not in uids(cpo.get("tokens", query=f"date_to={token['last_updated']}"))
    first, second = (cpo.get("tokens", query=q) for q in (f"date_to={at(4)}", f"date_from={at(4)}"))
    assert sorted(uids(first) + uids(second)) == sorted(seven)


@pytest.mark.requirement("PAG-04")
def test_a_moment_finer_than_a_millisecond_is_not_kept(cpo: Caller) -> None:
    factories.token()
    [shown] = cpo.get("tokens").data
    assert Token.objects.get().last_updated.microsecond % 1000 == 0
    assert uids(cpo.get("tokens", query=f"date_from={shown['last_updated']}")) == [shown["uid"]]
    assert uids(cpo.get("tokens", query=f"date_to={shown['last_updated']}")) == []


@pytest.mark.requirement("PAG-05")
@pytest.mark.parametrize(
    "moment",
    ["2026-03-01T12:00:03", "2026-03-01T12:00:03Z", "2026-03-01T12:00:03.000", "2026-03-01T12:00:03.000000Z",
     "2026-03-01T12:00:03%2B00:00", "2026-03-01T12:00:03+00:00", "2026-03-01T14:00:03%2B02:00"],
)  # fmt: skip
def test_every_way_to_write_a_moment_means_utc(cpo: Caller, seven: list[str], moment: str) -> None:
    assert len(uids(cpo.get("tokens", query=f"date_from={moment}"))) == 4


@pytest.mark.requirement("PAG-06", "PAG-15")
def test_offset_counts_from_zero(cpo: Caller, seven: list[str]) -> None:
    everything = uids(cpo.get("tokens"))
    assert uids(cpo.get("tokens", query="offset=0&limit=3")) == everything[:3]
    assert uids(cpo.get("tokens", query="limit=3")) == everything[:3]
    assert uids(cpo.get("tokens", query="offset=3&limit=3")) == everything[3:6]


@pytest.mark.requirement("PAG-07", "PAG-12")
@pytest.mark.parametrize("asked", ["2000", "6", "999999999999999999"])
def test_asking_for_more_than_we_serve_gives_what_we_serve(
    cpo: Caller, seven: list[str], settings: Any, asked: str
) -> None:
    settings.OCPI_PAGE_LIMIT = 5
    answer = cpo.get("tokens", query=f"limit={asked}")
    assert len(uids(answer)) == 5
    assert answer["X-Limit"] == "5"
    assert parameters(link(answer)) == {"offset": ["5"], "limit": ["5"]}


@pytest.mark.requirement("PAG-08")
@pytest.mark.parametrize(
    ("query", "total"),
    [("limit=2&offset=4", 7), ("limit=1", 7), (f"date_from={at(4)}", 3), (f"date_from={at(4)}&limit=1&offset=2", 3),
     ("date_from=2099-01-01T00:00:00Z", 0), ("offset=9999", 7)],
)  # fmt: skip
def test_the_total_ignores_offset_and_limit(cpo: Caller, seven: list[str], query: str, total: int) -> None:
    assert cpo.get("tokens", query=query)["X-Total-Count"] == str(total)


@pytest.mark.requirement("PAG-09")
@pytest.mark.parametrize("query", ["", "limit=2", "limit=2&offset=6", "offset=9999", "date_from=2099-01-01T00:00:00Z"])
def test_x_limit_is_our_own_limit_on_every_page(cpo: Caller, seven: list[str], query: str) -> None:
    assert cpo.get("tokens", query=query)["X-Limit"] == "100"


@pytest.mark.requirement("PAG-10", "PAG-15")
@pytest.mark.parametrize("limit", range(1, 9))
def test_following_the_links_gives_every_object_once(cpo: Caller, seven: list[str], limit: int) -> None:
    pages = crawl(cpo, "tokens", f"limit={limit}")
    assert [token["uid"] for page in pages for token in page] == seven
    assert len(pages) == -(-7 // limit)
    assert all(pages)


@pytest.mark.requirement("PAG-10")
def test_a_last_page_that_is_exactly_full_has_no_link(cpo: Caller, seven: list[str]) -> None:
    assert "Link" not in cpo.get("tokens", query="limit=7").http
    assert "Link" not in cpo.get("tokens", query="limit=1&offset=6").http
    assert cpo.get("tokens", query="limit=6")["Link"].endswith('>; rel="next"')


@pytest.mark.requirement("PAG-11", "PAG-13")
def test_the_link_is_absolute_and_keeps_the_filters(cpo: Caller, seven: list[str]) -> None:
    moments = f"date_from={at(0)}&date_to=2026-03-01T12:00:06%2B00:00"
    found = urlsplit(link(cpo.get("tokens", query=f"{moments}&limit=2&tenant=a%26b")) or "")
    assert f"{found.scheme}://{found.netloc}{found.path}" == f"{ORIGIN}{BASE}/tokens"
    assert parameters(found.geturl()) == {
        "date_from": [at(0)], "date_to": ["2026-03-01T12:00:06Z"], "offset": ["2"], "limit": ["2"], "tenant": ["a&b"],
    }  # fmt: skip


@pytest.mark.requirement("PAG-11", "PAG-15")
def test_a_filtered_crawl_stays_filtered(cpo: Caller, seven: list[str]) -> None:
    pages = crawl(cpo, "tokens", f"date_from={at(1)}&date_to={at(6)}&limit=2")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert all(at(1) <= token["last_updated"] < at(6) for page in pages for token in page)


@pytest.mark.requirement("PAG-14")
def test_the_order_is_that_of_creation_whatever_changes_during_a_crawl(cpo: Caller, seven: list[str]) -> None:
    first = cpo.get("tokens", query="limit=3")
    tokens.set_status(token=Token.objects.get(uid="TOKEN1"), status="BLOCKED")
    factories.token("TOKEN7")
    later = urlsplit(link(first) or "")
    assert uids(first) + uids(cpo.get(later.path, query=later.query)) == seven[:6]
    assert uids(cpo.get("tokens")) == [*seven, "TOKEN7"]


@pytest.mark.requirement("PAG-14", "PAG-15")
def test_a_page_does_not_move_when_a_row_leaves_or_enters_what_was_read(cpo: Caller, seven: list[str]) -> None:
    window = f"date_to={at(6)}&limit=2"
    first = cpo.get("tokens", query=window)
    _, *expected = crawl(cpo, "tokens", window)
    tokens.set_status(token=Token.objects.get(uid=uids(first)[0]), status="BLOCKED")
    second = follow(cpo, link(first))
    assert second.data == expected[0]
    assert follow(cpo, link(second)).data == expected[1]


@pytest.mark.requirement("PAG-08", "PAG-27")
def test_the_total_grows_with_the_list_during_a_crawl(cpo: Caller, seven: list[str]) -> None:
    first = cpo.get("tokens", query="limit=3")
    factories.token("TOKEN7")
    second = follow(cpo, link(first))
    third = follow(cpo, link(second))
    assert [answer["X-Total-Count"] for answer in (first, second, third)] == ["7", "8", "8"]
    assert uids(third) == ["TOKEN6", "TOKEN7"]
    assert "Link" not in third.http


@pytest.mark.requirement("PAG-06", "PAG-23")
def test_another_offset_in_our_link_means_what_it_says(cpo: Caller, seven: list[str]) -> None:
    url = link(cpo.get("tokens", query="limit=3"))
    assert uids(follow(cpo, url, offset="2")) == seven[2:5]
    assert uids(follow(cpo, url, limit="1")) == seven[3:4]
    assert uids(follow(cpo, url, cursor="")) == seven[3:6]


@pytest.mark.requirement("PAG-17", "PAG-18")
def test_a_cursor_is_good_for_its_own_list_and_caller_only(cpo: Caller, cp2: Caller, seven: list[str]) -> None:
    url = link(cpo.get("tokens", query=f"date_to={at(6)}&limit=2"))
    cursor = parse_qs(urlsplit(url or "").query)["cursor"][0]
    number, seal = cursor.split(".")
    refused = [
        follow(cp2, url), follow(cpo, url, date_to=""), follow(cpo, url, date_from=at(1)), follow(cpo, url, more="x"),
        cpo.get("cdrs", query=f"cursor={cursor}&offset=2&date_to={at(6)}"),
        *(follow(cpo, url, cursor=bad) for bad in ("x", "é.ü", f"{number}.", f".{seal}", f"9{number}.{seal}", seal)),
    ]  # fmt: skip
    assert {answer.status for answer in refused} == {(200, 2001)}
    assert all("cursor" in answer.message and answer.body.get("data") is None for answer in refused)


@pytest.mark.requirement("PAG-16")
@pytest.mark.parametrize("offset", [7, 9999, 10**17])
def test_beyond_the_end_is_an_empty_page(cpo: Caller, seven: list[str], offset: int) -> None:
    answer = cpo.get("tokens", query=f"offset={offset}")
    assert (answer.status, answer.data, answer["X-Total-Count"]) == ((200, 1000), [], "7")
    assert "Link" not in answer.http


@pytest.mark.requirement("PAG-17")
@pytest.mark.parametrize(
    "query",
    ["offset=-1", "offset=x", "offset=1.5", "offset=", "limit=0", "limit=-5", "limit=ten", "limit=1e2", "limit=%D9%A1",
     "date_from=yesterday", "date_from=", "date_from=1700000000", "date_to=2026-13-01T00:00:00Z", f"offset={10**30}",
     "date_to=2026-02-30T00:00:00Z", "date_from=0001-01-01T00:00:00%2B14:00", "date_to=9999-12-31T23:59:59-14:00"],
)  # fmt: skip
@pytest.mark.parametrize("module", ["tokens", "locations", "sessions", "cdrs", "tariffs"])
def test_a_parameter_that_cannot_be_read_is_2001(cpo: Caller, module: str, query: str) -> None:
    answer = cpo.get(module, query=query)
    assert answer.status == (200, 2001)
    assert query.split("=")[0] in answer.message


@pytest.mark.requirement("PAG-17")
def test_unknown_parameters_are_ignored_and_a_window_that_is_upside_down_is_empty(
    cpo: Caller, seven: list[str]
) -> None:
    assert len(uids(cpo.get("tokens", query="sort=name&page=3"))) == 7
    assert uids(cpo.get("tokens", query=f"date_from={at(5)}&date_to={at(2)}")) == []
    assert uids(cpo.get("tokens", query=f"date_from={at(5)}&date_to={at(5)}")) == []


def push(caller: Caller, module: str, number: int) -> None:
    country_code, party_id = caller.party or ("", "")
    name, party = f"X{number}", {"country_code": country_code, "party_id": party_id}
    make = {
        "locations": factories.location,
        "tariffs": factories.tariff,
        "sessions": factories.session,
        "cdrs": factories.cdr,
    }
    body = make[module](id=name, **party)
    answer = (
        caller.post("cdrs", body=body) if module == "cdrs" else caller.put(module, *party.values(), name, body=body)
    )
    assert answer.status == (201, 1000)


@pytest.mark.requirement("PAG-18", "SEED-04")
@pytest.mark.parametrize("module", ["locations", "tariffs", "sessions", "cdrs"])
def test_a_list_shows_and_counts_what_is_the_callers(cpo: Caller, cp2: Caller, app: Caller, module: str) -> None:
    for number in range(3):
        push(cpo, module, number)
    push(cp2, module, 0)
    for caller, expected in ((cpo, 3), (cp2, 1), (app, 4)):
        answer = caller.get(module)
        assert (len(answer.data), answer["X-Total-Count"]) == (expected, str(expected))
    assert {item["party_id"] for item in cp2.get(module).data} == {"CP2"}


@pytest.mark.requirement("PAG-18")
def test_tokens_that_are_withheld_from_a_partner_are_not_counted_either(cpo: Caller, cp2: Caller) -> None:
    factories.token("CARD")
    factories.token("APP", type="APP_USER")
    cp2.partner.withholds_app_tokens = True
    cp2.partner.save()
    assert cpo.get("tokens")["X-Total-Count"] == "2"
    assert (uids(cp2.get("tokens")), cp2.get("tokens")["X-Total-Count"]) == (["CARD"], "1")


@pytest.mark.requirement("PAG-10", "PAG-15", "SEED-04")
@pytest.mark.parametrize("module", ["locations", "tariffs", "sessions", "cdrs"])
def test_the_extension_lists_are_paged_in_the_same_way(cpo: Caller, module: str) -> None:
    for number in range(5):
        push(cpo, module, number)
    pages = crawl(cpo, module, "limit=2")
    assert [[item["id"] for item in page] for page in pages] == [["X0", "X1"], ["X2", "X3"], ["X4"]]
    assert cpo.get(module, query=f"date_from={factories.LAST_UPDATED}")["X-Total-Count"] == "5"
    assert cpo.get(module, query=f"date_to={factories.LAST_UPDATED}")["X-Total-Count"] == "0"
