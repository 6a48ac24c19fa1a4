"""Faults of lists: where the next page is, how long pages are, and what changes between them."""

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp
from mock_cpo.tests.test_lists import crawl


@pytest.mark.requirement("PAG-13")
def test_the_link_can_be_relative(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("relative-link")
    assert emsp.call("GET", "/tariffs").headers["Link"].startswith("</ocpi/cpo/2.2.1/tariffs?offset=10")
    assert len(crawl(emsp, "/tariffs")) == 38


@pytest.mark.requirement("PAG-10")
def test_the_link_can_be_missing(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("missing-link")
    response = emsp.call("GET", "/tariffs")
    assert (response.headers["X-Total-Count"], "Link" in response.headers) == ("38", False)


@pytest.mark.requirement("PAG-07")
def test_pages_can_be_shorter_than_asked(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("page-size", 4)
    response = emsp.call("GET", "/tariffs?limit=9")
    assert (len(response.json()["data"]), response.headers["X-Limit"]) == (4, "4")
    assert len(crawl(emsp, "/tariffs")) == 38


@pytest.mark.requirement("PAG-14", "PAG-20")
def test_an_object_inserted_mid_crawl_brings_another_one_twice(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("insert-mid-crawl")
    ids = [item["id"] for item in crawl(emsp, "/tariffs")]
    assert len(ids) - len(set(ids)) >= 1
    assert len(set(ids)) == 38


@pytest.mark.requirement("PAG-14", "PAG-20")
def test_an_object_changed_mid_crawl_hides_another_one(cpo: Cpo, emsp: Emsp) -> None:
    everything = {item["id"] for item in crawl(emsp, "/tariffs")}
    cpo.break_it("mutate-mid-crawl")
    ids = [item["id"] for item in crawl(emsp, "/tariffs")]
    assert len(everything - set(ids)) == 1
    assert ids[0] == ids[-1]


@pytest.mark.requirement("TRA-48", "TYP-01")
@pytest.mark.parametrize(
    ("kind", "location_id", "path"),
    [
        ("percent", "ODD-%2F50% off?x=1#y", "ODD-%252F50%25%20off%3Fx%3D1%23y"),
        ("emoji", "ODD-🔌⚡", "ODD-%F0%9F%94%8C%E2%9A%A1"),
        ("8-bit", "ODD-caféß", "ODD-caf%C3%A9%C3%9F"),
    ],
)
def test_a_location_can_have_a_strange_id(cpo: Cpo, emsp: Emsp, kind: str, location_id: str, path: str) -> None:
    cpo.break_it("strange-ids", kind)
    assert crawl(emsp, "/locations")[-1]["id"] == location_id
    cpo.control("POST", "/push/locations")
    pushed = [seen for seen in emsp.wait_for("PUT", "/locations/", 37) if "ODD" in seen.path]
    assert [seen.path for seen in pushed] == [f"/locations/NL/CPO/{path}"]
    assert pushed[0].body["id"] == location_id
    assert "is one of" in cpo.control("PUT", "/faults/strange-ids", {"value": "none"}, expect=422)["error"]
