"""Platforms that offer little, hold little, or answer with web pages: what the kit then says, check by check."""

from collections.abc import Callable
from typing import Any

import pytest

from ocpi.conformance import samples
from ocpi.conformance.registry import Level, Target
from ocpi.protocol.headers import PartyId
from tests.partner_server import Answer, Call, PartnerServer

from .conftest import Look

CPO = PartyId("NL", "CPO")
HTML = b"<!DOCTYPE html><html><body>Something went wrong</body></html>"
ROWS = """
    TYP-13 SES-24 HUB-17 PAG-01 PAG-02 PAG-06 PAG-11 LOC-35 LOC-53 TCS-01
    CMD-05 CMD-06 SES-14 CDR-25 CRE-18 TRA-32 CHP-06
"""
EMPTY = [
    ("objects_are_valid/locations", "there are no locations to look at"),
    ("no_looks_like_wh", "there are no cdrs to look at"),
    ("owners_are_known/sessions", "there are no sessions to look at"),
    ("date_from_is_inclusive/cdrs", "there are no cdrs to look at"),
    ("link_keeps_the_question/tariffs", "there are too few tariffs for two pages"),
    ("offset_counts_from_zero/tariffs", "there are too few tariffs"),
    ("tariffs_exist", "there are no locations to look at"),
    ("one_place", "there are no locations to look at"),
    ("cost_by_the_tariff", "there is no CDR that can be read"),
    ("start_session", "there are no locations to look at"),
    ("result_of_the_start", "there was no charge"),
    ("session_is_completed", "there was no charge"),
    ("place_of_the_cdr", "there was no CDR of a charge of ours"),
    ("old_token_is_dead", "there is no old token"),
    ("their_request_ids", "the platform sent nothing to us"),
    ("profile_of_no_session", "chargingprofiles is not offered"),
]


def test_a_cpo_whose_lists_are_empty(look: Look) -> None:
    looked = look(ROWS)
    assert [(name, looked.reason(name)) for name, _ in EMPTY] == EMPTY
    assert all(looked.passed(f"list_is_a_list/{module}") for module in ("locations", "tariffs", "sessions", "cdrs"))


def test_a_platform_that_offers_credentials_only(look: Look, partner_server: PartnerServer) -> None:
    partner_server.endpoints = [partner_server.endpoint("credentials", "SENDER")]
    looked = look("TRA-08 TRA-09 VER-04 HUB-08 PAG-01 CMD-05")
    assert len(looked.told("modules_of_a_cpo")) == 6
    assert looked.reason("token_a_opens_nothing_else") == "no such module is offered"
    assert looked.reason("sender_is_by_token") == "there is no list to ask for"
    assert looked.reason("list_is_a_list/locations") == "locations is not offered"
    assert looked.passed("unknown_token_on_modules")


def test_a_cpo_without_tariffs_where_that_is_agreed(look: Look, partner_server: PartnerServer) -> None:
    partner_server.endpoints = [each for each in partner_server.endpoints if each["identifier"] != "tariffs"]
    looked = look("VER-04 PAG-01 TCS-01", without=frozenset({"tariffs"}))
    assert looked.passed("modules_of_a_cpo")
    assert looked.reason("list_is_a_list/tariffs") == "left out by --without"


def test_a_run_that_may_only_read_says_what_it_would_need(look: Look) -> None:
    looked = look("TOK-36 CRE-21 CMD-05", level=Level.READS)
    assert looked.reason("put_token") == "this run only reads"
    assert looked.reason("failed_update_changes_nothing") == "needs --writes"
    assert looked.reason("start_session") == "needs --commands"


@pytest.mark.parametrize(("status", "outcome"), [(500, "HTTP 500, no envelope"), (200, "HTTP 200, no envelope")])
def test_a_cpo_whose_lists_are_web_pages(look: Look, partner_server: PartnerServer, status: int, outcome: str) -> None:
    for module in ("locations", "tariffs", "sessions", "cdrs", "tokens"):
        partner_server.answer("GET", module, status=status, raw=HTML, headers={"Content-Type": "text/html"})
    looked = look("PAG-01 PAG-07 PAG-08 PAG-09 PAG-10 PAG-14 TOK-36 LOC-35")
    assert looked.told("list_is_a_list/locations") == [f"GET locations was answered with {outcome}"]
    assert looked.told("link_to_the_next_page/cdrs") == [f"a page was answered with {outcome}"]
    assert looked.told("limit_is_kept/tariffs") == [f"limit=1 was answered with {outcome}"]
    assert looked.told("put_token") == [f"GET of a token that was just PUT was answered with {outcome}"]
    assert looked.reason("tariffs_exist") == "not all tariffs were read"
    for name in ("total_count/cdrs", "limit_header/locations", "limit_is_the_servers/tariffs", "stable_order/cdrs"):
        assert looked.passed(name)  # what could not be read is told once, not by every check


def test_an_emsp_that_answers_pushes_and_nothing_else(look: Look, emsp_server: PartnerServer) -> None:
    for module in ("locations", "tariffs", "sessions", "cdrs"):
        emsp_server.answer("GET", module, status=503, raw=HTML)
    looked = look(target=Target.EMSP)
    gone = "was answered with HTTP 503, no envelope"
    assert looked.told("put_location") == [f"GET on level {depth} {gone}" for depth in (1, 2, 3)]
    assert looked.told("put_tariff") == [f"GET of a tariff that was just PUT {gone}"]
    assert looked.told("put_session") == [f"GET of a session that was just PUT {gone}"]
    assert looked.reason("read_cdr") == "there is no Location of the CDR"
    assert looked.reason("known_card") == "there are no tokens to look at"
    for name in ("patch_location", "parents_follow", "older_location_does_not_win", "unknown_fields_survive",
                 "put_replaces_tariff", "patch_session", "put_replaces_periods"):  # fmt: skip
        assert looked.passed(name)  # what cannot be read again is told once


def test_an_emsp_that_refuses_every_push(look: Look, emsp_server: PartnerServer) -> None:
    for method in ("PUT", "PATCH", "POST", "DELETE"):
        for module in ("locations", "tariffs", "sessions", "cdrs", "tokens", "commands"):
            emsp_server.answer(method, module, status_code=2000)
    looked = look(target=Target.EMSP)
    refused = "was answered with HTTP 200, status code 2000"
    assert looked.told("put_location")[0] == f"PUT of a new location {refused}"
    assert looked.told("post_cdr") == [f"POST of a new CDR {refused}"]
    for name in ("cdr_is_created", "no_data_after_a_push", "no_post_or_delete_of_locations", "no_patch_of_tariffs",
                 "no_delete_of_sessions", "cdr_of_a_foreign_party", "cdr_of_a_foreign_driver", "result_of_nothing",
                 "session_of_a_foreign_driver", "tokens_of_theirs_are_read_only", "remove_the_test_evses"):  # fmt: skip
        assert looked.passed(name)


def test_an_emsp_whose_party_is_not_known_gets_no_session(look: Look, emsp_server: PartnerServer) -> None:
    emsp_server.roles = [emsp_server.role("NL", "EMS", "NSP")]
    looked = look("SES-01 CDR-01 TOK-05 CRE-30", target=Target.EMSP)
    assert looked.reason("put_session") == "the eMSP's party is not known"
    assert looked.reason("post_cdr") == "the eMSP's party is not known"
    assert looked.told("roles") == ["none of its roles is EMSP: NSP"]
    (deleted,) = emsp_server.calls("DELETE", "tokens")
    assert deleted.path == "/ocpi/tokens/NL/KIT/KIT-NO-SUCH-TOKEN"


def test_who_stands_behind_a_hub_is_not_asked_for(look: Look, partner_server: PartnerServer) -> None:
    partner_server.roles = [partner_server.role("NL", "HUB", "HUB")]
    partner_server.answer("GET", "locations", data=[samples.location(PartyId("BE", "XYZ"), "1")])
    looked = look("HUB-17 HUB-16 TRA-39")
    assert looked.reason("owners_are_known/locations") == "who stands behind a hub is told elsewhere"
    assert looked.reason("they_send_their_own") == "who stands behind a hub is told elsewhere"
    assert looked.passed("hub_is_a_hub")


def _endless(path: str) -> Callable[[Call], Answer]:
    """One more location and one more page, however far somebody reads."""

    def page(call: Call) -> Answer:
        number = int(call.path.partition("offset=")[2].partition("&")[0] or 0)
        link = f'<{path}?offset={number + 1}>; rel="next"'
        return Answer([samples.location(CPO, str(number))], headers={"Link": link, "X-Total-Count": "1000"})

    return page


def test_a_list_without_end_is_read_so_far_and_no_further(look: Look, partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "locations", does=_endless(f"{partner_server.base_url}/locations"))
    looked = look("PAG-08 PAG-10", most=4)
    crawl = looked.kit.crawl("locations")
    assert (len(crawl.pages), crawl.whole, crawl.problem) == (4, False, "")
    assert looked.passed("total_count/locations")
    assert looked.passed("link_to_the_next_page/locations")


def test_a_page_that_is_empty_for_limit_one_is_told(look: Look, partner_server: PartnerServer) -> None:
    def page(call: Call) -> Any:
        return Answer([] if "limit=1" in call.path else [samples.location(CPO, "1")])

    partner_server.answer("GET", "locations", does=page)
    assert look("PAG-07").told("limit_is_kept/locations") == ["limit=1 was answered with an empty page"]


def test_a_redirect_is_told(look: Look, partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "tariffs", status=302, headers={"Location": "https://cpo.example/tariffs"})
    told = look("TRA-13 PAG-01").told("no_redirects")
    assert told == ["GET tariffs was answered with HTTP 302"]


def test_an_answer_in_the_name_of_another_party_is_told(look: Look, partner_server: PartnerServer) -> None:
    routing = {"OCPI-to-party-id": "KIT", "OCPI-to-country-code": "NL", "OCPI-from-party-id": "XYZ"}
    partner_server.answer("GET", "tariffs", data=[], headers=routing)
    (told,) = look("HUB-02 PAG-01").told("routing_is_turned_round")
    assert told.startswith("GET tariffs: the answer is from XYZ")


def test_a_link_that_forgets_where_to_go_on(look: Look, partner_server: PartnerServer) -> None:
    link = f'<{partner_server.base_url}/tariffs?date_from=2001-02-03T04:05:06Z>; rel="next"'
    partner_server.answer("GET", "tariffs", data=[{"id": "T1"}], headers={"Link": link, "X-Total-Count": "2"})
    looked = look("PAG-11 PAG-16 PAG-08")
    assert looked.told("link_keeps_the_question/tariffs") == [
        "offset in the Link is missing, not 1", "limit is not in the Link"
    ]  # fmt: skip
    assert looked.told("beyond_the_end/tariffs") == ["there are objects or a Link behind the end"]


def test_the_count_of_an_empty_window_is_not_that_of_everything(look: Look, partner_server: PartnerServer) -> None:
    def page(call: Call) -> Answer:
        listed = [] if "date_from" in call.path else [samples.tariff(CPO, "1")]
        return Answer(listed, headers={"X-Total-Count": "1"})

    partner_server.answer("GET", "tariffs", does=page)
    told = look("PAG-08").told("count_of_a_window/tariffs")
    assert told == ["X-Total-Count of an empty window is that of the whole list"]


def test_cards_of_one_kind_only(look: Look, emsp_server: PartnerServer) -> None:
    card = samples.token(PartyId("NL", "EMS"), "1", uid="0411", type="APP_USER", valid=True)
    emsp_server.answer("GET", "tokens", data=[card])
    looked = look("TOK-07 TOK-09 TOK-26", target=Target.EMSP)
    assert looked.reason("type_of_a_card") == "no listed token is type RFID"
    assert looked.reason("invalid_card") == "no listed token is valid False"
    assert looked.reason("card_in_any_letter_case") == "the uid has no letters"


def test_bills_behind_a_url_that_is_too_long_or_without_their_id(look: Look, emsp_server: PartnerServer) -> None:
    url = f"{emsp_server.base_url}/cdrs/"
    emsp_server.answer("POST", "cdrs", status=201, headers={"Location": url + "x" * 255})
    looked = look("CDR-02 CDR-03", target=Target.EMSP)
    assert looked.told("location_of_a_cdr") == [f"Location has {len(url) + 255} characters"]
    assert looked.reason("no_such_cdr") == "the URL does not hold the id"


def test_there_is_no_bill_to_keep_from_others_where_none_was_sent(look: Look, emsp_server: PartnerServer) -> None:
    assert look("CDR-04", target=Target.EMSP).reason("cdrs_of_another_cpo") == "there is no CDR to ask for"
