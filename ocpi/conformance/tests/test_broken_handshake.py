"""A handshake that breaks in the middle: the run ends, says where, and leaves nothing behind."""

from typing import Any

import pytest

from ocpi.conformance.checks import discovery
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Level, Target
from tests.partner_server import PartnerServer

from .conftest import TOKEN_A, Look

HTML = b"<!DOCTYPE html><html><body>Something went wrong</body></html>"
BREAKS: list[tuple[str, str, dict[str, Any], str]] = [
    ("GET", "versions", {"drop": True}, "versions: no answer: "),
    ("GET", "versions", {"status": 401, "status_code": 2001}, "HTTP 401, status code 2001; a token A is good for one"),
    ("GET", "versions", {"raw": HTML}, "the versions cannot be read: HTTP 200, no envelope"),
    ("GET", "versions", {"data": {"version": "2.2.1"}}, "the versions cannot be read: HTTP 200, status code 1000"),
    ("GET", "versions", {"data": [{"version": "2.1.1", "url": "https://cpo.example/2.1.1"}]}, "2.2.1 is not offered"),
    ("GET", "2.2.1", {"drop": True}, "details: no answer: "),
    ("GET", "2.2.1", {"data": {"version": "2.2.1", "endpoints": []}}, "the version details cannot be read: HTTP 200"),
    ("GET", "2.2.1", {"status": 500, "raw": HTML}, "the version details cannot be read: HTTP 500, no envelope"),
    ("POST", "credentials", {"drop": True}, "POST credentials: no answer: "),
    ("POST", "credentials", {"status_code": 3001}, "POST credentials was answered with HTTP 200, status code 3001"),
    ("POST", "credentials", {"data": {"token": 1}}, "POST credentials was answered with HTTP 200, status code 1000"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "answer", "told"), BREAKS)
def test_it_ends_where_it_breaks(
    look: Look, partner_server: PartnerServer, method: str, path: str, answer: dict[str, Any], told: str
) -> None:
    partner_server.answer(method, path, **answer)
    looked = look("CRE-15 PAG-08 CRE-24")
    assert told in looked.report.stopped
    assert looked.reason("total_count/locations") == f"not reached: {looked.report.stopped}"
    assert looked.reason("nothing_opens_any_more") == "there was no registration of ours that ended"
    assert not partner_server.calls("DELETE", "credentials")


def test_a_platform_that_has_nobody_to_call_registers_nobody(look: Look, partner_server: PartnerServer) -> None:
    looked = look("CRE-15 CRE-05 CRE-07 CRE-11", visited=False)
    assert looked.report.stopped == "there is no server of ours that they could call"
    for name in ("put_before_registration", "unusable_client", "incomplete_credentials"):
        assert looked.reason(name) == looked.report.stopped
    assert not partner_server.calls("POST", "credentials")
    assert not partner_server.calls("PUT", "credentials")


def test_who_was_registered_by_a_flawed_client_is_registered_anew(look: Look, partner_server: PartnerServer) -> None:
    looked = look("CRE-11")
    assert looked.told("unusable_client") == ["a registration was accepted (HTTP 200, status code 1000)"]
    assert [call.method for call in partner_server.calls(None, "credentials")] == ["POST", "PUT", "DELETE"]


def test_a_registration_by_a_flawed_client_is_ended_although_it_cannot_be_corrected(
    look: Look, partner_server: PartnerServer
) -> None:
    partner_server.answer("PUT", "credentials", status_code=3001)
    look("CRE-11")
    assert [call.method for call in partner_server.calls(None, "credentials")] == ["POST", "PUT", "DELETE"]


def test_a_delete_that_is_not_answered_does_not_break_the_report(look: Look, partner_server: PartnerServer) -> None:
    partner_server.answer("DELETE", "credentials", drop=True)
    looked = look("CRE-15", second_token="second-token-of-twenty-letters")
    assert looked.report.stopped == ""
    assert len(partner_server.calls("DELETE", "credentials")) == 2  # once for each party


def test_a_client_that_is_not_visited_is_told(look: Look, partner_server: PartnerServer) -> None:
    looked = look("CRE-10 CRE-19", level=Level.WRITES)
    assert looked.told("client_was_visited") == ["nobody read our versions", "nobody read our details"]
    assert looked.told("update_credentials") == ["the token is the old one", "our version details were not read again"]


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("token " * 11, ["the token has 66 characters", "the token holds spaces or characters outside ASCII"]),
        ("short", []),
        ("a-token-of-more-than-twenty", []),
    ],
)
def test_the_form_of_a_token(look: Look, partner_server: PartnerServer, token: str, told: list[str]) -> None:
    partner_server.token = token
    looked = look("CRE-29")
    assert looked.told("form_of_the_token") == told
    assert bool(looked.told("length_of_the_token")) == (len(token) < 20)


def test_credentials_that_cannot_be_read_are_told(look: Look, partner_server: PartnerServer) -> None:
    partner_server.roles = []
    looked = look("CRE-27 CRE-30")
    assert any("roles" in text for text in looked.told("read_credentials"))
    assert looked.reason("roles") == "the roles are not known"


def test_a_second_party_that_gets_the_token_of_the_first(look: Look) -> None:
    looked = look("CRE-03", second_token="second-token-of-twenty-letters")
    assert looked.told("second_party") == ["both parties were given the same token"]


def test_a_second_party_that_is_refused(look: Look, partner_server: PartnerServer) -> None:
    partner_server.answer("POST", "credentials", status_code=2000)
    partner_server.answer("POST", "credentials", data=partner_server.credentials, times=1)
    looked = look("CRE-03 TRA-10", second_token="second-token-of-twenty-letters")
    assert looked.told("second_party") == ["the second party was not registered: HTTP 200, status code 2000"]
    assert looked.reason("tokens_of_another_emsp") == "there is no second party of ours (--second-token)"


def test_endpoints_that_are_no_objects_are_not_used(look: Look, partner_server: PartnerServer) -> None:
    partner_server.endpoints = ["locations", *partner_server.endpoints]
    looked = look("VER-02")
    assert looked.told("version_details")
    assert looked.kit.offers("locations")


def test_a_url_that_is_too_long_is_told(look: Look, partner_server: PartnerServer) -> None:
    long = partner_server.endpoint("hubclientinfo", "SENDER", "https://cpo.example/" + "x" * 240)
    partner_server.endpoints = [*partner_server.endpoints, long]
    assert look("VER-07").told("endpoint_urls") == [f"{long['url'][:60]}… has 260 characters"]


def test_a_versions_url_of_its_own_form_gets_no_slash(look: Look, partner_server: PartnerServer) -> None:
    partner_server.versions_url += "?tenant=1"
    assert look("TRA-45").reason("trailing_slash") == "the versions URL has a form of its own"
    assert all(call.path == "/ocpi/versions?tenant=1" for call in partner_server.calls("GET", "versions"))


@pytest.mark.parametrize(("url", "told"), [("http://cpo.example/v", 1), ("https://cpo.example/v", 0)])
def test_a_foreign_platform_speaks_https(url: str, told: int) -> None:
    assert len(list(discovery.https(Kit(Target.CPO, url, "token-a")))) == told


def test_a_registration_that_gives_the_token_a_back(look: Look, partner_server: PartnerServer) -> None:
    partner_server.token = TOKEN_A
    assert look("CRE-15").told("register") == ["the token is still our token A"]
