"""Requirements section 4, as server: which versions we speak and where each module lives."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from ocpi.partners import services
from ocpi.partners.models import Partner, PartnerToken
from tests import factories
from tests.callers import BASE, Caller

ORIGIN = "http://emsp.test"
BELOW = {"commands": "/X", "chargingprofiles": "/X", "hubclientinfo": "/NL/CPO"}  # nothing stands at their root


@pytest.mark.requirement("VER-01", "VER-07", "SEED-02")
@pytest.mark.parametrize("url", ["/ocpi/versions", f"{BASE}/versions"])
def test_the_versions_list_names_2_2_1_and_where_it_is(cpo: Caller, url: str) -> None:
    answer = cpo.get(url)
    assert answer.data == [{"version": "2.2.1", "url": f"{ORIGIN}{BASE}/"}]
    assert "X-Total-Count" not in answer.http


@pytest.mark.requirement("VER-02", "VER-03", "VER-05", "VER-06", "VER-14", "LOC-51")
def test_the_details_list_exactly_what_we_implement(cpo: Caller) -> None:
    [entry] = cpo.get("/ocpi/versions").data
    details = cpo.get(urlsplit(entry["url"]).path).data
    assert details["version"] == "2.2.1"
    receives = {"locations", "sessions", "cdrs", "tariffs", "hubclientinfo"}
    sends = {"credentials", "tokens", "commands", "chargingprofiles"}
    listed = [(endpoint["identifier"], endpoint["role"]) for endpoint in details["endpoints"]]
    assert len(listed) == len(set(listed))
    assert set(listed) == {(name, "RECEIVER") for name in receives} | {(name, "SENDER") for name in sends}


@pytest.mark.requirement("VER-02", "VER-07")
def test_each_endpoint_is_an_absolute_url_behind_which_something_answers(cpo: Caller) -> None:
    for endpoint in cpo.get(f"{BASE}/").data["endpoints"]:
        url = urlsplit(endpoint["url"])
        assert (f"{url.scheme}://{url.netloc}", len(endpoint["url"]) <= 255) == (ORIGIN, True)
        path = url.path + BELOW.get(endpoint["identifier"], "")
        assert cpo.request("OPTIONS", path).status[0] == 405  # which the view says that serves it


@pytest.mark.requirement("VER-07", "PAG-13", "SEED-10")
def test_urls_come_from_the_configured_host_not_from_the_request(cpo: Caller) -> None:
    assert cpo.get("/ocpi/versions", Host="internal:8080").data[0]["url"].startswith(f"{ORIGIN}/")
    factories.token("A")
    factories.token("B")
    assert f"<{ORIGIN}/" in cpo.get("tokens", query="limit=1", Host="internal:8080")["Link"]


@pytest.mark.requirement("VER-08")
@pytest.mark.parametrize("url", ["/ocpi/versions", f"{BASE}/versions", f"{BASE}/"])
def test_token_a_the_operational_token_and_an_app_may_ask_and_nobody_else(cpo: Caller, app: Caller, url: str) -> None:
    _, token_a = services.add_partner(name="Newcomer")
    for caller in (Caller(token_a), cpo, app):
        assert caller.get(url).status == (200, 1000)
    assert Caller("random").get(url).status == (401, 2001)


@pytest.mark.requirement("VER-09")
@pytest.mark.long
def test_asking_a_hundred_times_changes_nothing_and_costs_little(
    cpo: Caller, django_assert_max_num_queries: Any
) -> None:
    first = cpo.get("/ocpi/versions").data
    before = list(PartnerToken.objects.values()), list(Partner.objects.values())
    with django_assert_max_num_queries(300):
        assert all(cpo.get("/ocpi/versions").data == first for _ in range(100))
    assert (list(PartnerToken.objects.values()), list(Partner.objects.values())) == before


@pytest.mark.requirement("VER-19")
def test_versions_that_are_deprecated_are_not_offered(cpo: Caller) -> None:
    assert {entry["version"] for entry in cpo.get("/ocpi/versions").data} == {"2.2.1"}


@pytest.mark.requirement("VER-20", "CRE-20")
@pytest.mark.parametrize("version", ["2.1.1", "2.2", "2.3.0", "9"])
@pytest.mark.parametrize("path", ["", "/credentials", "/cdrs/NL/CPO/D1"])
def test_urls_of_versions_that_we_do_not_speak_are_404_in_an_envelope(cpo: Caller, version: str, path: str) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert cpo.request(method, f"/ocpi/emsp/{version}{path}", body={}).status == (404, 2001)


@pytest.mark.requirement("VER-20")
def test_the_url_of_a_cdr_outlives_a_new_registration(cpo: Caller) -> None:
    """We speak one version only, so the URLs that we have handed out keep their place."""
    location = urlsplit(cpo.post("cdrs", body=factories.cdr())["Location"])
    PartnerToken.objects.create(
        partner=cpo.partner, digest=factories.secrets.digest("token-after-update"), purpose="OPERATIONAL"
    )
    assert Caller("token-after-update").get(location.path).data == factories.cdr()


@pytest.mark.requirement("FLD-04", "TRA-46")
def test_a_platform_that_puts_ids_behind_our_urls_as_they_are_can_get_them_with_a_slash(cpo: Caller) -> None:
    plain = [endpoint["url"] for endpoint in cpo.get("/ocpi/emsp/2.2.1/").data["endpoints"]]
    Partner.objects.filter(pk=cpo.partner.pk).update(wants_slash=True)
    ended = {each["identifier"]: each["url"] for each in cpo.get("/ocpi/emsp/2.2.1/").data["endpoints"]}
    assert list(ended.values()) == [f"{url}/" for url in plain]
    glued = ended["locations"].removeprefix("http://emsp.test") + "NL/CPO/L1"
    assert cpo.put(glued, body=factories.location()).status == (201, 1000)
    assert cpo.post(ended["cdrs"].removeprefix("http://emsp.test"), body={}).status == (200, 2001)
