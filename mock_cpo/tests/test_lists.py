"""Locations, tariffs, sessions and CDRs as the Sender lists them."""

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp
from ocpi.protocol.locations import Location
from ocpi.protocol.paging import next_link


def crawl(emsp: Emsp, path: str) -> list[dict]:
    """All pages, by following Link."""
    items: list[dict] = []
    url: str | None = path
    while url:
        response = emsp.call("GET", url)
        items += response.json()["data"]
        url = next_link(response.headers.get("Link"), response.url)
    return items


@pytest.mark.requirement("PAG-10", "PAG-15", "LOC-43", "LOC-53")
def test_a_crawl_brings_every_published_location_exactly_once(emsp: Emsp) -> None:
    ids = [item["id"] for item in crawl(emsp, "/locations")]
    assert len(ids) == len(set(ids)) == 36
    assert "NLHOME1" not in ids
    assert all(Location.from_wire(item) for item in crawl(emsp, "/locations"))


@pytest.mark.requirement("PAG-07", "PAG-08", "PAG-09", "PAG-12")
def test_a_limit_above_ours_becomes_ours(emsp: Emsp) -> None:
    response = emsp.call("GET", "/locations?limit=2000")
    assert len(response.json()["data"]) == 10
    assert (response.headers["X-Total-Count"], response.headers["X-Limit"]) == ("36", "10")
    assert "limit=10" in response.headers["Link"]
    assert "offset=10" in response.headers["Link"]


@pytest.mark.requirement("PAG-08", "PAG-09", "PAG-16")
def test_an_offset_beyond_the_end_is_an_empty_page(emsp: Emsp) -> None:
    response = emsp.call("GET", "/tariffs?offset=9999")
    assert (response.status_code, response.json()["data"]) == (200, [])
    assert response.headers["X-Total-Count"] == "38"
    assert "Link" not in response.headers


@pytest.mark.requirement("PAG-17")
@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "offset=x", "date_from=yesterday", "limit="])
def test_malformed_paging_is_refused(emsp: Emsp, query: str) -> None:
    response = emsp.call("GET", f"/locations?{query}")
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)


@pytest.mark.requirement("PAG-02", "PAG-03", "PAG-05", "PAG-11", "LOC-07", "LOC-48")
def test_a_changed_evse_brings_its_whole_location_into_the_window(cpo: Cpo, emsp: Emsp) -> None:
    cpo.control("POST", "/evse-status", {"location_id": "NLAMS01", "evse_uid": "NLAMS01-01", "status": "OUTOFORDER"})
    location = emsp.call("GET", "/locations/NLAMS01").json()["data"]
    changed = location["last_updated"]
    assert location["evses"][0]["last_updated"] == changed
    since = emsp.call("GET", f"/locations?date_from={changed}").json()["data"]
    assert [item["id"] for item in since] == ["NLAMS01"]
    assert len(since[0]["evses"]) == 5
    before = crawl(emsp, f"/locations?date_to={changed}&limit=3")
    assert (len(before), "NLAMS01" in [item["id"] for item in before]) == (35, False)


@pytest.mark.requirement("LOC-49", "LOC-53", "TRA-48", "TYP-01")
def test_each_level_of_a_location_has_its_own_url(emsp: Emsp) -> None:
    slash = emsp.call("GET", "/locations/FRNCE%2FT2%20P5").json()["data"]
    assert slash["id"] == "FRNCE/T2 P5"
    assert emsp.call("GET", "/locations/frnce%2ft2%20p5/frncet2p5-01/").json()["data"]["uid"] == "FRNCET2P5-01"
    assert emsp.call("GET", "/locations/NLAMS01/NLAMS01-05/2").json()["data"]["standard"] == "CHADEMO"


@pytest.mark.requirement("LOC-17", "LOC-53")
@pytest.mark.parametrize("path", ["/L9", "/NLAMS01/E9", "/NLAMS01/NLAMS01-01/9", "/NLHOME1", "/NLHOME1/NLHOME1-01"])
def test_unknown_and_private_places_are_404_with_2003(emsp: Emsp, path: str) -> None:
    response = emsp.call("GET", f"/locations{path}")
    assert (response.status_code, response.json()["status_code"]) == (404, 2003)


@pytest.mark.requirement("SES-27", "SES-29", "CDR-35")
def test_sessions_need_a_date_and_have_no_url_of_their_own(emsp: Emsp) -> None:
    assert emsp.call("GET", "/sessions").json()["status_code"] == 2001
    assert emsp.call("GET", "/sessions?date_from=2020-01-01T00:00:00Z").json()["data"] == []
    assert emsp.call("GET", "/sessions/S1").status_code == 404
    assert emsp.call("GET", "/cdrs/D1").status_code == 404


@pytest.mark.requirement("PAG-13", "VER-07")
def test_links_are_absolute_and_keep_other_parameters(cpo: Cpo, emsp: Emsp) -> None:
    link = next_link(emsp.call("GET", "/tariffs?limit=2&tenant=a%26b").headers["Link"], "http://unused.test/")
    assert link == f"{cpo.url}/ocpi/cpo/2.2.1/tariffs?tenant=a%26b&offset=2&limit=2"
