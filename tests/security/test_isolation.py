"""Partners and apps try every endpoint and method on what is not theirs: none seen, none changed.

The table is in attacks.py; an endpoint without a row there fails the first test.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from learning.web import urls as learn
from ocpi.credentials import services as credentials
from ocpi.partners import services as partners
from ocpi.partners.models import ApiClient, HubParty, PartnerRole, Scope
from ocpi.protocol.headers import authorization
from ocpi.sessions.models import Session
from tests import factories
from tests.callers import BASE, Answer, Caller
from tests.security import world
from tests.security.attacks import BAD, FINE, LATER, TABLE, Row, path_of
from tests.security.endpoints import ocpi_endpoints, other_pages
from tests.security.world import MARK, Victim

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY")
OPEN_TO_REGISTERING = {("GET", "/ocpi/versions"), ("GET", f"{BASE}/versions"), ("GET", BASE), ("GET", "/ocpi(?:/|$)")}


def test_every_endpoint_has_its_row_and_no_row_is_left_over() -> None:
    assert ocpi_endpoints() == sorted(TABLE)


def test_what_is_open_to_everybody_is_known() -> None:
    """Besides the admin, which has a door of its own, and OCPI, which asks for a token.

    The course knows a learner by a cookie, and is off in production; learning/web/tests/test_learners.py attacks it.
    """
    course = {page for page in other_pages() if page.startswith("/learn/")}
    assert len(course) == len(learn.urlpatterns)
    assert other_pages() - course == {
        "/",
        "/health",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/(?:ocpi/emsp/2.2.1/)?docs",
        "/(?:ocpi/emsp/2.2.1/)?schema",
    }


@pytest.fixture
def victim(db: None) -> Victim:
    factories.token()
    return world.victim()


def attack(by: Caller, key: tuple[str, str], row: Row, victim: Victim, **headers: str) -> Answer:
    options: dict[str, Any] = {"body": row.body(victim)} if row.body else {}
    return by.request(key[0], path_of(key[1], row, victim), query=row.query, **options, **headers)


def try_everything(
    by: Caller, victim: Victim, fits: Callable[[tuple[str, str], Row, Answer], bool], **headers: str
) -> None:
    """Go through the whole table; complain of what was seen, of what changed, and of answers that do not fit."""
    problems, before = [], world.everything(besides=by.partner)
    for key, row in TABLE.items():
        answer = attack(by, key, row, victim, **headers)
        if MARK in world.seen(answer):
            problems.append(f"{key}: sees {world.seen(answer)}")
        after = world.everything(besides=by.partner)
        problems += [f"{key}: {name} changed" for name, row_before in before.items() if after.get(name) != row_before]
        before = {name: after.get(name) for name in before}
        if not fits(key, row, answer):
            problems.append(f"{key}: answered {answer.status} {answer.message}")
    assert problems == []


def as_the_table_says(key: tuple[str, str], row: Row, answer: Answer) -> bool:
    return answer.status == row.foreign


def whatever(key: tuple[str, str], row: Row, answer: Answer) -> bool:
    return True


# --- partners ---------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("TRA-10", "TRA-39", "PAG-18")
def test_another_partner_sees_and_changes_nothing(victim: Victim, cpo: Caller) -> None:
    before = set(world.everything())
    try_everything(cpo, victim, as_the_table_says)
    left = {name for name, _ in set(world.everything()) - before}
    assert left <= {"ocpi_tokens.Authorization"}  # it asked whether a token of ours may charge


@pytest.mark.requirement("TRA-10", "HUB-08")
def test_another_partner_in_the_victims_name_is_refused_where_names_count(victim: Victim, cpo: Caller) -> None:
    names = {"OCPI-from-country-code": victim.ids["country_code"], "OCPI-from-party-id": victim.ids["party_id"]}

    def fits(key: tuple[str, str], row: Row, answer: Answer) -> bool:
        functional = not any(part in key[1] for part in ("versions", "credentials", "hubclientinfo", "(?:"))
        return answer.status == BAD if functional and key[1] != BASE else answer.status == row.foreign

    try_everything(cpo, victim, fits, **names)


@pytest.mark.requirement("TRA-39", "AMB-17")
def test_a_partner_that_calls_itself_as_the_victim_does_has_objects_of_its_own(victim: Victim, cpo: Caller) -> None:
    """Nothing keeps a platform from naming any party in its credentials; rows belong to a platform and a party."""
    country_code, party_id = victim.caller.party or ("", "")
    PartnerRole.objects.filter(partner=cpo.partner).update(country_code=country_code, party_id=party_id)
    try_everything(cpo, victim, whatever)
    assert Session.objects.filter(session_id="S9").count() == 2


@pytest.mark.requirement("HUB-16", "HCI-05")
@pytest.mark.parametrize("behind", [(), (("FR", "HPA"),), (("DE", "CP2"),)], ids=["nobody", "another", "the victim"])
def test_a_hub_reaches_no_party_that_is_connected_to_us_itself(victim: Victim, behind: Any) -> None:
    try_everything(world.hub(*behind), victim, whatever)


@pytest.mark.requirement("HUB-16", "TRA-39")
def test_a_party_behind_a_hub_is_as_safe_as_any_other(db: None, cpo: Caller) -> None:
    factories.token()
    victim = world.victim()
    PartnerRole.objects.filter(partner=victim.caller.partner).update(role="HUB", country_code="NL", party_id="HUB")
    HubParty.objects.create(partner=victim.caller.partner, country_code="DE", party_id="CP2", status="CONNECTED")
    try_everything(cpo, victim, as_the_table_says)
    factories.token("04AABBCCDE")
    try_everything(world.hub(("FR", "HPA"), name="Other hub", token="token-of-other-hub"), victim, whatever)


@pytest.mark.requirement("HCI-09", "HUB-16")
@pytest.mark.parametrize("status", ["PLANNED", "SUSPENDED"])
def test_a_hub_may_not_speak_for_a_party_that_it_has_not_connected(db: None, status: str) -> None:
    caller = world.hub(("FR", "HPA"))
    HubParty.objects.update(status=status)
    body = factories.location(country_code="FR", party_id="HPA")
    assert caller.put("locations", "FR", "HPA", "L1", body=body).status == (404, 2001)


@pytest.mark.requirement("TRA-09", "CRE-06")
def test_a_registration_token_opens_the_registration_and_nothing_else(victim: Victim) -> None:
    expected = {("GET", f"{BASE}/credentials"): FINE, ("POST", f"{BASE}/credentials"): (200, 3001),
                ("PUT", f"{BASE}/credentials"): (405, 2000), ("DELETE", f"{BASE}/credentials"): (405, 2000),
                **{key: TABLE[key].foreign for key in OPEN_TO_REGISTERING}}  # fmt: skip
    try_everything(
        world.registering(), victim, lambda key, row, answer: answer.status == expected.get(key, (401, 2001))
    )


def _suspended(cpo: Caller) -> Caller:
    assert partners.suspend(partner=cpo.partner)
    return cpo


def _unregistered(cpo: Caller) -> Caller:
    credentials.unregister(partner=cpo.partner)
    return cpo


LOCKED_OUT: dict[str, Callable[[Caller], Caller]] = {
    "suspended": _suspended,
    "unregistered": _unregistered,
    "with an unknown token": lambda cpo: Caller("unknown", cpo.partner),
    "with the right token, not encoded": lambda cpo: Caller(cpo.token, cpo.partner, plain=True),
    "with the victim's token in another letter case": lambda cpo: Caller("TOKEN-OF-VICTIM", cpo.partner),
    "with the victim's token and a space": lambda cpo: Caller("token-of-victim x", cpo.partner),
    "with the digest from the database": lambda cpo: Caller(cpo.partner.tokens.get().digest, cpo.partner),
    "with the ciphertext from the database": lambda cpo: Caller(cpo.partner.token_out, cpo.partner),
}


@pytest.mark.requirement("TRA-02", "TRA-05", "TRA-08", "CRE-20")
@pytest.mark.parametrize("who", LOCKED_OUT)
def test_whoever_has_no_right_to_be_here_gets_401_everywhere(
    victim: Victim, cpo: Caller, settings: Any, who: str
) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 10_000
    caller = LOCKED_OUT[who](cpo)
    try_everything(caller, victim, lambda key, row, answer: answer.status == (401, 2001))


@pytest.mark.requirement("TRA-28")
@pytest.mark.parametrize("who", ["cpo", "app"])
def test_methods_that_an_endpoint_does_not_have_do_nothing(victim: Victim, who: str, request: Any) -> None:
    caller: Caller = request.getfixturevalue(who)
    before = world.everything(besides=caller.partner)
    for path, row in {path: row for (_, path), row in TABLE.items()}.items():
        readable = ("GET", path) in TABLE
        for method in METHODS:
            if (method, path) in TABLE or (method == "HEAD" and readable):
                continue
            response = Client().generic(
                method, path_of(path, row, victim), b"{}", "application/json",
                headers={"Authorization": authorization(caller.token)},
            )  # fmt: skip
            assert response.status_code in (405, 404), (method, path, response.status_code)
            assert MARK.encode() not in response.content, (method, path)
        assert world.everything(besides=caller.partner) == before, path


@pytest.mark.requirement("PAG-18", "TRA-39")
@pytest.mark.parametrize("module", ["locations", "sessions", "cdrs", "tariffs"])
@pytest.mark.parametrize("mine", [0, 3])
def test_lists_count_and_page_only_what_is_the_callers(victim: Victim, cpo: Caller, module: str, mine: int) -> None:
    """Neither totals nor offsets, dates or filters tell of others."""
    make = {"locations": factories.location, "sessions": factories.session, "tariffs": factories.tariff}
    for n in range(mine):
        if module == "cdrs":
            cpo.post("cdrs", body=factories.cdr(id=f"D{n}"))
        else:
            cpo.put(module, "NL", "CPO", f"X{n}", body=make[module](id=f"X{n}"))
    for query in (
        "", "limit=1", "limit=1&offset=1", "limit=2&offset=2", "offset=1000", "limit=100000",
        "date_from=1970-01-01T00:00:00Z", "date_to=2999-01-01T00:00:00Z", "unpublished=true", "token_uid=04AABBCCDD",
        "country_code=DE&party_id=CP2",
        "partner=2", "partner_id=2", "status=AVAILABLE", "lat=52.0895&lon=5.11&radius_km=20000", "min_power_kw=0",
    ):  # fmt: skip
        answer = cpo.get(module, query=query)
        assert MARK not in world.seen(answer), query
        if "status" not in query and "lat" not in query and "date" not in query and "min_power" not in query:
            assert answer["X-Total-Count"] == str(mine), query


# --- apps -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def other_app(db: None) -> Callable[..., Caller]:
    def make(*scopes: str) -> Caller:
        ApiClient.objects.filter(name="Other app").delete()
        factories.api_client("token-of-other-app", "Other app")
        ApiClient.objects.filter(name="Other app").update(scopes=list(scopes))
        return Caller("token-of-other-app")

    return make


@pytest.mark.parametrize("scopes", [[], *[[s] for s in Scope], list(Scope)], ids=lambda s: "+".join(s) or "none")
def test_an_app_does_what_its_scopes_say_and_no_more(
    victim: Victim, other_app: Callable[..., Caller], scopes: list[str]
) -> None:
    caller = other_app(*scopes)
    for key, row in TABLE.items():
        before = world.everything()
        answer = attack(caller, key, row, victim)
        if row.scope in scopes:
            assert answer.status[0] != 403, (key, answer.message)
        else:
            assert answer.status == (403, 2000), (key, answer.status)
            assert MARK not in world.seen(answer), key
            assert world.everything() == before, key


def test_an_app_that_is_switched_off_gets_401_everywhere(
    victim: Victim, other_app: Callable[..., Caller], settings: Any
) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 10_000
    caller = other_app(*Scope)
    ApiClient.objects.filter(name="Other app").update(active=False)
    try_everything(caller, victim, lambda key, row, answer: answer.status == (401, 2001))


@pytest.mark.parametrize(
    "path",
    ["commands/{name}", "chargingprofiles/{request_id}", "sessions/DE/CP2/S9/charging_preferences"],
)
def test_what_an_app_asked_of_a_cpo_no_other_app_sees(
    victim: Victim, other_app: Callable[..., Caller], path: str
) -> None:
    url = f"{BASE}/{path.format(**victim.ids)}"
    answer = other_app(*Scope).get(url)
    assert answer.status == (404, 2001)
    assert MARK not in world.seen(answer)
    assert Caller("token-of-first-app").get(url).status == FINE


def test_an_app_neither_cancels_nor_replaces_what_another_one_reserved(
    victim: Victim, other_app: Callable[..., Caller]
) -> None:
    caller, before = other_app(*Scope), world.everything()
    token = {"uid": "04AABBCCDD", "type": "RFID"}
    reserve = {"token": token, "expiry_date": LATER, "reservation_id": "r9", "location_id": "L9", "evse_uid": "E9"}
    assert caller.post("commands", "RESERVE_NOW", body=reserve).status == BAD
    cancel = caller.post("commands", "CANCEL_RESERVATION", body={"reservation_id": "R9"})
    assert cancel.status == BAD
    assert "no reservation R9" in cancel.message
    assert world.everything() == before
    own = Caller("token-of-first-app")
    assert own.post("commands", "RESERVE_NOW", body=reserve).status == (202, 1000)
    assert own.post("commands", "CANCEL_RESERVATION", body={"reservation_id": "R9"}).status == (202, 1000)


def test_an_app_may_reserve_under_an_id_that_is_used_elsewhere(
    victim: Victim, other_app: Callable[..., Caller], cpo: Caller
) -> None:
    """Ids of reservations are unique at one CPO party."""
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    reserve = {"token": {"uid": "04AABBCCDD"}, "expiry_date": LATER, "reservation_id": "R9", "location_id": "L1"}
    assert other_app(*Scope).post("commands", "RESERVE_NOW", body=reserve).status == (202, 1000)


def test_an_app_reports_no_result_on_behalf_of_a_cpo(victim: Victim, other_app: Callable[..., Caller]) -> None:
    callers = [other_app(*Scope), Caller("token-of-first-app")]
    before = world.everything()
    for caller in callers:
        assert caller.post("commands", victim.ids["name"], body={"result": "ACCEPTED"}).status == (404, 2001)
        answer = caller.post("chargingprofiles", victim.ids["request_id"], body={"result": "ACCEPTED"})
        assert answer.status == (403, 2000)
    assert world.everything() == before
