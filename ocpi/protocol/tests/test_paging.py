"""Paginated lists: the query, the headers of a page, and the Link of others."""

from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.protocol.errors import InvalidObject, NotOcpi, PartnerError
from ocpi.protocol.paging import PageRequest, next_link, page_headers, same_origin

BASE = "https://cpo.example/ocpi/2.2.1/locations"
NOON = datetime(2019, 1, 28, 12, tzinfo=UTC)


class TestPageRequest:
    @pytest.mark.requirement("PAG-01", "PAG-06", "TYP-22")
    def test_everything_is_optional(self) -> None:
        assert PageRequest.parse({}, cap=100) == PageRequest(date_from=None, date_to=None, offset=0, limit=100)

    @pytest.mark.requirement("PAG-05", "PAG-06")
    def test_everything_is_read(self) -> None:
        query = {"date_from": "2019-01-28T12:00:00", "date_to": "2019-01-28T12:00:00Z", "offset": "10", "limit": "5"}
        assert PageRequest.parse(query, cap=100) == PageRequest(NOON, NOON, 10, 5)

    @pytest.mark.requirement("PAG-05")
    def test_a_plus_that_was_not_escaped_is_understood(self) -> None:
        assert PageRequest.parse({"date_from": "2019-01-28T14:00:00 02:00"}, cap=9).date_from == NOON

    @pytest.mark.requirement("PAG-07")
    def test_a_limit_above_the_cap_becomes_the_cap(self) -> None:
        assert PageRequest.parse({"limit": "2000"}, cap=100).limit == 100

    @pytest.mark.requirement("PAG-17")
    @pytest.mark.parametrize("name", ["offset", "limit", "date_from", "date_to"])
    @pytest.mark.parametrize("text", ["", "abc", "-1", "1.5", " 1", "+1", "\uff11", "9" * 19, "2019-02-30", "NaN"])
    def test_a_malformed_value_is_refused(self, name: str, text: str) -> None:
        with pytest.raises(InvalidObject, match=name) as refused:
            PageRequest.parse({name: text}, cap=100)
        assert (refused.value.http_status, refused.value.status_code) == (200, 2001)

    @pytest.mark.requirement("PAG-17")
    def test_a_limit_of_zero_is_refused_and_unknown_parameters_are_ignored(self) -> None:
        with pytest.raises(InvalidObject, match="limit: must be an integer of at least 1"):
            PageRequest.parse({"limit": "0"}, cap=100)
        assert PageRequest.parse({"colour": "red"}, cap=100).limit == 100


def follow(query: dict[str, str], total: int, cap: int = 100, url: str = BASE) -> str | None:
    return PageRequest.parse(query, cap).next_url(url, query, total)


class TestNextUrl:
    @pytest.mark.requirement("PAG-10", "PAG-16")
    @pytest.mark.parametrize(
        ("offset", "total", "last"), [(0, 0, True), (0, 10, True), (0, 11, False), (10, 20, True), (9999, 20, True)]
    )
    def test_the_last_page_has_no_next(self, offset: int, total: int, last: bool) -> None:
        assert (follow({"limit": "10", "offset": str(offset)}, total) is None) is last

    @pytest.mark.requirement("PAG-11", "PAG-13")
    def test_all_filters_stay_and_are_escaped(self) -> None:
        query = {"status": "A&B=C D", "date_from": "2019-01-28T14:00:00+02:00", "date_to": "2019-02-01", "limit": "2"}
        url = follow(query, total=9, url=BASE + "?old=1#x")
        assert url == (
            BASE + "?status=A%26B%3DC+D&date_from=2019-01-28T12%3A00%3A00Z&date_to=2019-02-01T00%3A00%3A00Z"
            "&offset=2&limit=2"
        )

    @pytest.mark.requirement("PAG-12")
    def test_the_cap_and_not_the_wish_is_carried_on(self) -> None:
        assert follow({"limit": "2000"}, total=500) == BASE + "?offset=100&limit=100"

    @pytest.mark.requirement("PAG-15", "PAG-19")
    @given(st.integers(0, 60), st.integers(1, 70), st.integers(1, 40))
    def test_following_the_links_gives_everything_exactly_once(self, total: int, limit: int, cap: int) -> None:
        query, seen = {"limit": str(limit), "x": "y"}, list[int]()
        while True:
            page = PageRequest.parse(query, cap)
            seen += list(range(total))[page.offset : page.offset + page.limit]
            url = next_link(
                page_headers(total=total, cap=cap, next_url=page.next_url(BASE, query, total)).get("Link"), BASE
            )
            if url is None:
                break
            query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert seen == list(range(total))


class TestPageHeaders:
    @pytest.mark.requirement("PAG-08", "PAG-09", "PAG-10", "AMB-13")
    def test_the_total_and_our_limit_stand_on_every_page(self) -> None:
        assert page_headers(total=0, cap=100, next_url=None) == {"X-Total-Count": "0", "X-Limit": "100"}
        assert page_headers(total=7, cap=5, next_url="https://a/b?c=1&d=2")["Link"] == (
            '<https://a/b?c=1&d=2>; rel="next"'
        )


class TestNextLink:
    @pytest.mark.requirement("PAG-20", "PAG-24")
    @pytest.mark.parametrize(
        "header",
        [
            '<https://cpo.example/p?offset=2&limit=2>; rel="next"',
            "<https://cpo.example/p?offset=2&limit=2>; rel=next",
            "<https://cpo.example/p?offset=2&limit=2>;rel='next'",
            '<https://cpo.example/p?offset=2&limit=2>; REL = "NEXT"',
            '<https://cpo.example/p?offset=2&limit=2>; title="a, b; <c>"; rel="next"; type=x',
            '<https://cpo.example/p?offset=2&limit=2>; rel="last next"',
            '<https://cpo.example/p>; rel="prev", <https://cpo.example/p?offset=2&limit=2>; rel="next"',
            '<https://cpo.example/p?offset=2&limit=2>; rel="next", <https://cpo.example/z>; rel="last"',
            '</p?offset=2&limit=2>; rel="next"',
            '<//cpo.example/p?offset=2&limit=2>; rel="next"',
            '< https://cpo.example/p?offset=2&limit=2 >; rel="next"',
            'https://cpo.example/p?offset=2&limit=2; rel="next"',
        ],
    )
    def test_every_spelling_is_understood(self, header: str) -> None:
        assert next_link(header, BASE) == "https://cpo.example/p?offset=2&limit=2"

    @pytest.mark.requirement("PAG-20")
    def test_commas_in_the_url_do_not_split_it(self) -> None:
        assert next_link('<https://a/p?ids=1,2;3>; rel="next"', BASE) == "https://a/p?ids=1,2;3"

    def test_a_query_alone_is_relative_to_the_page(self) -> None:
        assert next_link('<?offset=2>; rel="next"', BASE + "?offset=0") == BASE + "?offset=2"

    @pytest.mark.requirement("PAG-10", "PAG-24")
    @pytest.mark.parametrize(
        "header", [None, "", "nonsense", '<https://a/b>; rel="prev"', "<https://a/b>", "<a>; xrel=next"]
    )
    def test_no_next_means_the_last_page(self, header: str | None) -> None:
        assert next_link(header, BASE) is None

    @pytest.mark.parametrize("target", ["http://[::1", "https://a:b/", "https://a:99999/"])
    def test_a_next_that_is_no_url_is_not_taken_for_the_last_page(self, target: str) -> None:
        with pytest.raises(NotOcpi):
            next_link(f'<{target}>; rel="next"', BASE)

    @given(st.text() | st.text().map(lambda text: f"<{text}>; rel=next"))
    @pytest.mark.long
    def test_nothing_but_a_partner_error_is_ever_raised(self, header: str) -> None:
        with suppress(PartnerError):
            next_link(header, BASE)


class TestSameOrigin:
    @pytest.mark.requirement("PAG-21")
    @pytest.mark.parametrize(
        ("a", "b", "same"),
        [
            ("https://a.example/x", "https://A.example:443/y?z", True),
            ("http://a.example", "http://a.example:80", True),
            ("https://a.example", "http://a.example", False),
            ("https://a.example", "https://a.example:8443", False),
            ("https://a.example", "https://a.example.evil.com", False),
            ("https://a.example", "https://a.example@evil.com", False),
            ("/relative", "/relative", False),
            ("https://a.example", "https://[", False),
            ("https://a.example", "https://a.example:x", False),
        ],
    )
    def test_scheme_host_and_port_decide(self, a: str, b: str, same: bool) -> None:
        assert same_origin(a, b) is same
        assert same_origin(b, a) is same
