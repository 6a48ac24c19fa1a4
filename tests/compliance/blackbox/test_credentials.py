"""Requirements section 5 over HTTP: the handshake from either side, what fails in it, which token opens what when."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.partner_server import Answer, Call, PartnerServer

from .conftest import Connect
from .emsp import Emsp
from .operator import Operator, shown_token
from .platforms import Caller, Platform, Reply
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, REFUSED, UNAUTHORIZED, Case, Play, Step, in_state, table

NOT_USABLE, NO_VERSION, NO_ENDPOINTS = (200, 3001), (200, 3002), (200, 3003)
ROUTING = ("OCPI-to-party-id", "OCPI-to-country-code", "OCPI-from-party-id", "OCPI-from-country-code")
ROLE = PartnerServer.role()


def opens(cpo: Platform, token: str | None) -> str:
    """What a token opens, seen from outside; none of it is evidence."""
    if cpo.get("/ocpi/versions", token=token, quiet=True).codes == UNAUTHORIZED:
        return "nothing"
    return "everything" if cpo.get("tokens", token=token, quiet=True).codes == OK else "registration"


# === They start =======================================================================================================
@pytest.mark.requirement(
    "CRE-01", "CRE-03", "CRE-10", "CRE-15", "CRE-16", "CRE-17", "CRE-29", "CRE-35", "AMB-07", "AMB-09"
)
def test_a_partner_registers_with_token_a_and_gets_token_c(newcomer: Connect) -> None:
    cpo = newcomer()
    answer = cpo.register()
    assert answer.codes == CREATED
    assert [call.path for call in cpo.calls()] == ["/ocpi/versions", "/ocpi/2.2.1"]
    assert {call.token for call in cpo.calls()} == {cpo.server.token}
    assert {call[name] for call in cpo.calls() for name in ROUTING} == {None}
    assert {answer[name] for name in ROUTING} == {None}
    assert re.fullmatch(r"[!-~]{32,64}", answer.data["token"])
    assert answer.data["token"] not in (cpo.token_a, cpo.server.token)
    assert answer.data["url"] == cpo.emsp.versions_url
    (role,) = answer.data["roles"]
    assert (role["role"], role["country_code"], role["party_id"]) == ("EMSP", "NL", "EMS")
    assert role["business_details"]["name"]
    assert (opens(cpo, cpo.token_a), opens(cpo, cpo.token)) == ("nothing", "everything")
    assert cpo.post("credentials", cpo.credentials(), token=cpo.token_a).codes == UNAUTHORIZED


@pytest.mark.requirement("CRE-03", "CRE-02")
def test_each_partner_has_a_token_a_of_its_own_that_is_shown_once(newcomer: Connect, operator: Operator) -> None:
    first, second = newcomer(), newcomer()
    assert first.token_a != second.token_a
    assert first.token_a not in operator.page(first.page)
    assert opens(first, first.token_a) == "registration"


UNUSABLE = {
    "500": {"status": 500, "status_code": 3000}, "401": {"status": 401, "status_code": 2001},
    "404": {"status": 404, "status_code": 2001}, "200/2001": {"status_code": 2001}, "200/3000": {"status_code": 3000},
    "HTML": {"raw": b"<html>hello</html>"}, "nothing": {"raw": b""}, "half of it": {"raw": b'{"data": [{"vers'},
    "the line goes dead": {"drop": True}, "no data": {"data": None}, "data of another kind": {"data": "text"},
    "a redirect": {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}, "raw": b""},
    "too slow": {"delay": 2.5, "raw": b""},
}  # fmt: skip


@pytest.mark.requirement("CRE-11", "CRE-39")
@pytest.mark.parametrize("path", ["versions", "2.2.1"])
@pytest.mark.parametrize("wrong", UNUSABLE)
def test_an_api_that_cannot_be_used_is_3001_and_token_a_stays_good(newcomer: Connect, path: str, wrong: str) -> None:
    cpo = newcomer()
    cpo.server.answer("GET", path, times=1, **UNUSABLE[wrong])
    assert cpo.register().codes == NOT_USABLE
    assert opens(cpo, cpo.token_a) == "registration"
    assert cpo.register().codes == CREATED


@pytest.mark.requirement("CRE-12")
@pytest.mark.parametrize(
    "versions", [[], [{"version": "2.1.1", "url": "http://x.test/"}], [{"version": "2.2.1"}]], ids=str
)
def test_a_platform_without_our_version_is_3002(newcomer: Connect, versions: list[Any]) -> None:
    cpo = newcomer()
    ours, cpo.server.versions = cpo.server.versions, versions
    assert cpo.register().codes == NO_VERSION
    cpo.server.versions = ours
    assert cpo.register().codes == CREATED


@pytest.mark.requirement("CRE-13")
def test_a_platform_without_what_we_need_is_3003(newcomer: Connect) -> None:
    cpo = newcomer()
    for lacking in (["commands:RECEIVER"], ["credentials:SENDER"], []):
        cpo.offer(*lacking)
        assert cpo.register().codes == (NOT_USABLE if not lacking else NO_ENDPOINTS)
    cpo.offer("credentials:SENDER", "locations:SENDER")
    assert cpo.register().codes == CREATED


@pytest.mark.requirement("CRE-13", "CRE-21")
def test_what_is_needed_can_be_configured(another_emsp: Callable[..., Emsp], newcomer: Connect) -> None:
    emsp = another_emsp(OCPI_REQUIRED_ENDPOINTS="tokens:RECEIVER", OCPI_ALLOW_PRIVATE_URLS="true")
    cpo = newcomer(at=emsp)
    refused = cpo.register()
    assert (refused.codes, "tokens" in refused.message) == (NO_ENDPOINTS, True)
    cpo.offer("credentials:SENDER", "tokens:RECEIVER")
    assert cpo.register().codes == CREATED
    cpo.offer("credentials:SENDER", "commands:RECEIVER")
    assert cpo.put("credentials", cpo.credentials()).codes == NO_ENDPOINTS
    assert cpo.get("tokens").codes == OK


@pytest.mark.requirement("CRE-29", "CRE-30", "CRE-32", "TYP-12")
@pytest.mark.parametrize(
    "change",
    [
        {"token": "x" * 65},
        {"token": "with space"},
        {"token": ""},
        {"token": "é"},
        {"token": None},
        {"token": 5},
        {"roles": []},
        {"roles": None},
        {"roles": [ROLE, ROLE]},
        {"roles": [ROLE, {**ROLE, "party_id": "cpo"}]},
        {"roles": [{**ROLE, "business_details": {}}]},
        {"roles": [{**ROLE, "business_details": None}]},
        {"roles": [{**ROLE, "role": "KING"}]},
        {"roles": [{**ROLE, "country_code": "NLD"}]},
        {"roles": [{**ROLE, "party_id": "LONG"}]},
        {"url": "/versions"},
        {"url": "http://x.test/" + "y" * 250},
        {"url": None},
    ],
    ids=lambda change: str(change)[:60],
)
def test_credentials_that_are_not_valid_are_2001_and_nobody_is_called(
    newcomer: Connect, cpo: Platform, change: dict[str, Any]
) -> None:
    someone = newcomer()
    for caller, method in ((someone, "POST"), (cpo, "PUT")):
        called = len(caller.calls())
        answer = caller.send(method, "credentials", caller.credentials(**change))
        assert answer.codes == REFUSED
        assert len(caller.calls()) == called
    assert (opens(someone, someone.token_a), opens(cpo, cpo.token)) == ("registration", "everything")


@pytest.mark.requirement("CRE-30", "CRE-31", "CRE-34")
def test_every_role_opens_its_party_and_no_other(newcomer: Connect) -> None:
    cpo = newcomer()
    mine = [(country, cpo.party_id) for country in ("NL", "BE", "DE")]
    cpo.server.roles = [cpo.server.role(*party) for party in mine]
    cpo.register()
    sent = {"OCPI-from-country-code": "NL", "OCPI-from-party-id": cpo.party_id}
    for country, party in [*mine, ("FR", "XXX")]:
        place = cpo.object("location", country_code=country, party_id=party)
        place["evses"][0]["evse_id"] = "DE*ABC*E1"
        answer = cpo.put(f"locations/{country}/{party}/L1", place, headers=sent)
        assert answer.codes == (CREATED if (country, party) in mine else NO_SUCH_OBJECT)


@pytest.mark.requirement("CRE-33", "HUB-16")
def test_a_hub_registers_with_its_role_alone_and_brings_nothing_of_parties_it_has_not_named(hub: Platform) -> None:
    assert hub.put(f"locations/{hub.me}/L1", hub.object("location")).codes == NO_SUCH_OBJECT
    assert "HUB" in hub.emsp.operator.page(hub.page)


@table(
    *[
        Case(
            "CRE-06 CRE-09",
            f"who is registered cannot {method}",
            Step(method, "credentials", NOT_ALLOWED, {"token": "x"}),
            Step("GET", "tokens", OK),
        )
        for method in ("POST", "PATCH")
    ],
)
def test_who_is_registered(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("CRE-07", "CRE-08", "CRE-09", "AMB-09")
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_who_is_not_registered_can_only_get_and_post(newcomer: Connect, method: str) -> None:
    someone = newcomer()
    assert someone.send(method, "credentials", someone.credentials()).codes == NOT_ALLOWED
    assert someone.calls() == []
    assert someone.send(method, "credentials", someone.credentials(), token="unknown").codes == UNAUTHORIZED
    assert someone.register().codes == CREATED


@pytest.mark.requirement("CRE-27", "CRE-28", "AMB-08")
def test_get_returns_our_credentials_with_the_token_that_was_shown(newcomer: Connect) -> None:
    cpo = newcomer()
    before = cpo.get("credentials")
    assert (before.codes, before.data["token"]) == (OK, cpo.token_a)
    cpo.register()
    after = cpo.get("credentials")
    assert (after.data["token"], after.data["url"]) == (cpo.token, cpo.emsp.versions_url)
    assert [role["role"] for role in after.data["roles"]] == ["EMSP"]


@pytest.mark.requirement("CRE-36")
def test_of_several_posts_at_once_with_one_token_a_one_succeeds(newcomer: Connect) -> None:
    cpo = newcomer()
    cpo.server.answer("GET", "versions", data=cpo.server.versions, delay=0.3)
    replies: list[Reply] = []

    def post() -> None:
        replies.append(cpo.post("credentials", cpo.credentials(), token=cpo.token_a))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [reply for reply in replies if reply.codes == CREATED]
    assert {reply.codes for reply in replies if reply is not won} <= {(200, 2000), UNAUTHORIZED}
    cpo.token = won.data["token"]
    assert opens(cpo, cpo.token) == "everything"


@pytest.mark.requirement("CRE-39")
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no-such-host.invalid/versions"])
def test_a_url_that_leads_nowhere_is_3001(newcomer: Connect, url: str) -> None:
    someone = newcomer()
    assert someone.post("credentials", someone.credentials(url=url)).codes == NOT_USABLE
    assert opens(someone, someone.token_a) == "registration"


# === They update, and leave ===========================================================================================
@pytest.mark.requirement("CRE-19", "CRE-15", "CRE-16", "CRE-37", "AMB-10", "VER-17")
def test_an_update_reads_their_endpoints_again_and_renews_both_tokens(
    cpo: Platform, app: Caller, start: Callable[..., str]
) -> None:
    old = cpo.token
    moved = f"{cpo.server.base_url}/moved"
    cpo.server.endpoints[1] = cpo.server.endpoint("commands", "RECEIVER", moved)
    cpo.server.answer("POST", "moved", data={"result": "ACCEPTED", "timeout": 30})
    answer = cpo.put("credentials", cpo.credentials(token="token-b-number-two"))
    assert answer.codes == OK
    assert [call.token for call in cpo.calls("GET")][-2:] == ["token-b-number-two"] * 2
    assert answer.data["token"] not in (old, cpo.token_a)
    assert opens(cpo, old) == "everything"  # until the first use of the new one
    cpo.token = answer.data["token"]
    assert opens(cpo, cpo.token) == "everything"
    assert opens(cpo, old) == "nothing"
    app.until(start(cpo), in_state("ACCEPTED"))
    (call,) = cpo.calls("POST")
    assert (call.path, call.token) == ("/ocpi/moved/START_SESSION", "token-b-number-two")


@pytest.mark.requirement("CRE-21")
@pytest.mark.parametrize("wrong", ["500", "HTML", "the line goes dead"])
def test_an_update_that_fails_changes_nothing(
    cpo: Platform, app: Caller, start: Callable[..., str], wrong: str
) -> None:
    cpo.server.answer("GET", "2.2.1", times=1, **UNUSABLE[wrong])
    assert cpo.put("credentials", cpo.credentials(token="never-to-be-used")).codes == NOT_USABLE
    assert opens(cpo, cpo.token) == "everything"
    app.until(start(cpo), in_state("ACCEPTED"))
    assert cpo.calls("POST")[0].token == cpo.server.token


@pytest.mark.requirement("CRE-24", "CRE-26", "TRA-26")
def test_who_unregisters_is_left_alone_and_may_come_back(
    newcomer: Connect, operator: Operator, add_token: Any, app: Caller
) -> None:
    cpo = newcomer(offers=("credentials:SENDER", "tokens:RECEIVER", "locations:SENDER", "commands:RECEIVER"))
    cpo.register()
    assert cpo.put(f"locations/{cpo.me}/L1", cpo.object("location")).codes == CREATED
    answer = cpo.delete("credentials")
    assert (answer.codes, "data" in answer.body) == (OK, False)
    assert opens(cpo, cpo.token) == "nothing"
    seen = len(cpo.calls())
    uid, _ = add_token()
    owner = f"country_code={cpo.country_code}&party_id={cpo.party_id}"
    body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": uid, "type": "RFID"}}
    assert app.post(f"commands/START_SESSION?{owner}", body).codes == REFUSED
    time.sleep(1.5)  # two rounds of the sweepers
    assert len(cpo.calls()) == seen
    operator.press(cpo.page, "reset")
    cpo.token_a = shown_token(operator.told())
    assert cpo.register().codes == CREATED
    assert cpo.get(f"locations/{cpo.me}/L1").codes == OK


@pytest.mark.requirement("CRE-38", "AMB-11", "AMB-12")
def test_a_partner_that_lost_its_tokens_is_let_in_again_by_an_operator(cpo: Platform, operator: Operator) -> None:
    assert cpo.post("credentials", cpo.credentials()).codes == NOT_ALLOWED
    old = cpo.token
    operator.press(cpo.page, "reset")
    fresh = shown_token(operator.told())
    assert opens(cpo, old) == "nothing"
    cpo.token_a = fresh
    assert cpo.register().codes == CREATED


@pytest.mark.requirement("AMB-07", "CRE-16")
def test_a_partner_that_takes_no_201_is_answered_with_200(newcomer: Connect) -> None:
    cpo = newcomer(answers_post_with_200=True)
    assert cpo.register().codes == OK
    assert cpo.token is not None


# === We start =========================================================================================================
def joined(cpo: Platform) -> Any:
    """Let the eMSP register here, as an operator does; the fixture's own token A stays unused."""
    return cpo.emsp.manage(
        "register_partner", f"They {cpo.me}", "--versions-url", cpo.server.versions_url, "--token", "token-a-from-them"
    )


@pytest.mark.requirement("CRE-01", "CRE-04", "CRE-05", "CRE-18", "CRE-29", "CRE-35", "CRE-37", "AMB-07")
def test_we_register_and_token_b_works_while_our_post_is_open(newcomer: Connect) -> None:
    cpo = newcomer()
    met: dict[str, Any] = {}

    def call_back(call: Call) -> Answer:
        """What a CPO does inside the POST: read our versions and details with token B."""
        token = call.json["token"]
        met["versions"] = cpo.get("/ocpi/versions", token=token).codes
        met["details"] = cpo.get("/ocpi/emsp/2.2.1", token=token).codes
        return Answer({**cpo.server.credentials, "token": "token-c-of-the-cpo"}, status=202)

    cpo.server.answer("POST", "credentials", does=call_back)
    done = joined(cpo)
    assert done.returncode == 0, done.stderr
    assert met == {"versions": OK, "details": OK}
    (post,) = cpo.calls("POST", "credentials")
    assert (post.token, post["Content-Type"]) == ("token-a-from-them", "application/json")
    assert post.json["url"] == cpo.emsp.versions_url
    assert [role["role"] for role in post.json["roles"]] == ["EMSP"]
    assert re.fullmatch(r"[!-~]{32,64}", post.json["token"])
    assert {call[name] for call in cpo.calls() for name in ROUTING} == {None}
    cpo.token = post.json["token"]
    assert cpo.put(f"locations/{cpo.me}/L1", cpo.object("location")).codes == CREATED
    assert cpo.get("credentials").data["token"] == cpo.token


@pytest.mark.requirement("CRE-18", "CRE-37")
def test_after_our_registration_token_c_is_all_that_we_show(newcomer: Connect, operator: Operator) -> None:
    cpo = newcomer(offers=("credentials:SENDER", "locations:SENDER"))
    cpo.server.answer("POST", "credentials", data={**cpo.server.credentials, "token": "token-c-of-the-cpo"})
    assert joined(cpo).returncode == 0
    assert cpo.emsp.manage("sync_partner", f"They {cpo.me}").returncode == 0
    pulls = cpo.calls("GET", "locations")
    assert {call.token for call in pulls} == {"token-c-of-the-cpo"}
    cpo.token = cpo.calls("POST", "credentials")[0].json["token"]


@pytest.mark.requirement("CRE-38", "CRE-04", "AMB-11")
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 405, "status_code": 2000},
        {"status_code": 3001},
        {"status_code": 2001},
        {"drop": True},
        {"raw": b"<html>"},
    ],
    ids=str,
)
def test_a_post_of_ours_that_fails_is_told_and_token_b_opens_nothing_more(newcomer: Connect, answer: Any) -> None:
    cpo = newcomer()
    cpo.server.answer("POST", "credentials", **answer)
    done = joined(cpo)
    assert (done.returncode != 0, "Traceback" in done.stderr) == (True, False)
    (post,) = cpo.calls("POST", "credentials")
    left = opens(cpo, post.json["token"])
    assert left == "nothing" or "drop" in answer or "raw" in answer  # unanswered: they may have taken it


@pytest.mark.requirement("CRE-20")
def test_the_credentials_of_a_version_that_we_do_not_have_are_not_there(cpo: Platform) -> None:
    path = urlsplit(cpo.emsp.url + "/ocpi/emsp/2.1.1/credentials").path
    assert cpo.put(path, cpo.credentials()).codes == NO_SUCH_OBJECT
    assert opens(cpo, cpo.token) == "everything"
