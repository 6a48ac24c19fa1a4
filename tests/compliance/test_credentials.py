"""Requirements section 5: the handshake on either side, every failure in it, and who accepts which token when."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from ocpi.core import clock
from ocpi.credentials import claims, rotation
from ocpi.credentials import services as credentials
from ocpi.credentials.errors import EndpointsMissing, HandshakeError, NoMutualVersion, NotPossible, OutcomeUnknown
from ocpi.partners import services as partners
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.versions import InterfaceRole
from ocpi.sync import services as sync
from ocpi.tokens import pushes
from tests import factories
from tests.callers import Caller
from tests.partner_server import Answer, Call, PartnerServer

TOKEN_B = "token-b-of-the-cpo"
L1 = ("locations", "NL", "CPO", "L1")
OUR_VERSIONS = "http://emsp.test/ocpi/versions"
ROUTING = ("OCPI-to-party-id", "OCPI-to-country-code", "OCPI-from-party-id", "OCPI-from-country-code")
OPENS, OPENS_LITTLE, CLOSED = "everything", "registration", "nothing"

# What a platform may do wrong when it is asked for its versions or its details.
UNUSABLE = [
    {"status": 500, "status_code": 3000},
    {"status": 401, "status_code": 2001},
    {"status": 404, "status_code": 2001},
    {"status": 200, "status_code": 2001},
    {"status": 200, "status_code": 3000},
    {"raw": b"<html>hello</html>"},
    {"raw": b""},
    {"raw": b'{"data": [{"version"'},
    {"drop": True},
    {"data": None},
    {"data": "text"},
    {"data": 5},
    {"status": 503, "raw": b""},
    {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}, "raw": b""},
    {"data": {"version": "2.2.1"}},
    {"data": {"version": "2.2.1", "endpoints": []}},
    {"data": {"version": "2.2.1", "endpoints": [{"identifier": "tokens"}]}},
    {"status": 429, "raw": b"slow down", "headers": {"Retry-After": "60"}},
]


@pytest.fixture
def newcomer(db: None) -> Caller:
    partner, token_a = partners.add_partner(name="Newcomer")
    return Caller(token_a, partner=partner)


def body(server: PartnerServer, **changes: Any) -> dict[str, Any]:
    return {**server.credentials, "token": TOKEN_B, **changes}


def opens(token: str) -> str:
    """What a token opens, seen from outside."""
    caller = Caller(token)
    if caller.get("/ocpi/versions").status == (401, 2001):
        return CLOSED
    return OPENS if caller.get("tokens").status == (200, 1000) else OPENS_LITTLE


def fresh(partner: Partner) -> Partner:
    return Partner.objects.get(pk=partner.pk)


def nothing_is_stored(partner: Partner) -> bool:
    row = fresh(partner)
    kept = row.roles.exists() or row.endpoints.exists() or row.token_out or row.version
    return row.status == Partner.Status.NEW and not kept


# === They start =======================================================================================================
@pytest.mark.requirement("CRE-01", "CRE-03", "CRE-15", "CRE-16", "CRE-17")
def test_a_partner_registers_with_token_a(newcomer: Caller, partner_server: PartnerServer) -> None:
    assert opens(newcomer.token) == OPENS_LITTLE
    answer = newcomer.post("credentials", body=body(partner_server))
    assert answer.status == (201, 1000)
    token_c = answer.data["token"]
    assert re.fullmatch(r"[!-~]{32,64}", token_c)
    assert token_c not in (newcomer.token, TOKEN_B)
    assert answer.data["url"] == OUR_VERSIONS
    [role] = answer.data["roles"]
    assert (role["role"], role["country_code"], role["party_id"]) == ("EMSP", "NL", "EMS")
    assert role["business_details"]["name"]
    assert opens(newcomer.token) == CLOSED
    assert newcomer.post("credentials", body=body(partner_server)).status == (401, 2001)
    assert opens(token_c) == OPENS
    assert Caller(token_c).put(*L1, body=factories.location()).status == (201, 1000)


@pytest.mark.requirement("CRE-10", "CRE-35", "VER-16")
def test_their_versions_and_details_are_read_with_token_b_before_the_answer(
    newcomer: Caller, partner_server: PartnerServer
) -> None:
    assert newcomer.post("credentials", body=body(partner_server), **{"X-Correlation-ID": "flow-1"}).status == (
        201,
        1000,
    )
    assert [(c.method, c.path) for c in partner_server.calls()] == [("GET", "/ocpi/versions"), ("GET", "/ocpi/2.2.1")]
    for call in partner_server.calls():
        assert (call.token, call["X-Correlation-ID"]) == (TOKEN_B, "flow-1")
        assert not [name for name in ROUTING if call[name] is not None]
    assert len({call["X-Request-ID"] for call in partner_server.calls()}) == 2


@pytest.mark.requirement("CRE-03")
def test_each_partner_gets_its_own_token_a(db: None) -> None:
    tokens = {partners.add_partner(name=f"Partner {number}")[1] for number in range(5)}
    assert len(tokens) == 5


@pytest.mark.requirement("CRE-03")
def test_a_second_token_a_ends_the_first(newcomer: Caller) -> None:
    second = partners.issue_token_a(partner=newcomer.partner)
    assert (opens(newcomer.token), opens(second)) == (CLOSED, OPENS_LITTLE)


@pytest.mark.requirement("CRE-11")
@pytest.mark.parametrize("path", ["versions", "2.2.1"])
@pytest.mark.parametrize("wrong", UNUSABLE, ids=str)
def test_an_api_that_cannot_be_used_is_3001_and_token_a_stays_good(
    newcomer: Caller, partner_server: PartnerServer, path: str, wrong: dict[str, Any]
) -> None:
    partner_server.answer("GET", path, times=1, **wrong)
    answer = newcomer.post("credentials", body=body(partner_server))
    assert answer.status == (200, 3001), answer.message
    assert nothing_is_stored(newcomer.partner)
    assert opens(newcomer.token) == OPENS_LITTLE
    assert newcomer.post("credentials", body=body(partner_server)).status == (201, 1000)


@pytest.mark.requirement("CRE-11", "CRE-39")
def test_an_api_that_takes_too_long_is_3001_within_one_limit(
    newcomer: Caller, partner_server: PartnerServer, settings: Any
) -> None:
    settings.OCPI_HANDSHAKE_TIMEOUT = 0.3
    partner_server.answer("GET", "versions", times=1, delay=0.2, data=partner_server.versions)
    partner_server.answer("GET", "2.2.1", times=1, delay=0.2, data=partner_server.details)
    assert newcomer.post("credentials", body=body(partner_server)).status == (200, 3001)
    settings.OCPI_HANDSHAKE_TIMEOUT = 5
    again = newcomer.post("credentials", body=body(partner_server))
    assert again.status == (201, 1000), again.message


@pytest.mark.requirement("CRE-39", "TRA-51")
@pytest.mark.parametrize("url", ["http://169.254.169.254/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/versions",
                                 "https://localhost/", "http://example.com/", "https://[::ffff:127.0.0.1]/",
                                 "https://no-such-host.invalid/", "https://" + "a" * 70 + ".com/"])  # fmt: skip
def test_a_url_into_a_private_network_is_never_called_in_production(newcomer: Caller, settings: Any, url: str) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    answer = newcomer.post("credentials", body={"token": TOKEN_B, "url": url, "roles": [PartnerServer.role()]})
    assert answer.status == (200, 3001)
    assert nothing_is_stored(newcomer.partner)


@pytest.mark.parametrize("url", ["http://" + "a" * 70 + ".test/", "http://a..test/", "http://127.0.0.1:99999/", "http://[::1",
                                 "http://%zz/", "http://user:pw@/", "http://127.0.0.1:1/"])  # fmt: skip
def test_a_url_that_leads_nowhere_is_no_crash(newcomer: Caller, url: str) -> None:
    answer = newcomer.post("credentials", body={"token": TOKEN_B, "url": url, "roles": [PartnerServer.role()]})
    assert answer.status in ((200, 3001), (200, 2001))


@pytest.mark.requirement("CRE-12")
@pytest.mark.parametrize(
    "versions",
    [[], [{"version": "2.1.1", "url": "http://x.test/"}], [{"version": "2.2.1"}], [{"version": 2.2}], ["2.2.1"]],
)
def test_a_platform_without_our_version_is_3002(newcomer: Caller, partner_server: PartnerServer, versions: Any) -> None:
    partner_server.versions = versions
    assert newcomer.post("credentials", body=body(partner_server)).status == (200, 3002)
    assert nothing_is_stored(newcomer.partner)


@pytest.mark.requirement("CRE-13")
def test_a_platform_without_what_we_need_is_3003(
    newcomer: Caller, partner_server: PartnerServer, settings: Any
) -> None:
    everything = partner_server.endpoints
    settings.OCPI_REQUIRED_ENDPOINTS = ["tokens:RECEIVER"]
    for lacking in ("tokens", "credentials"):
        partner_server.endpoints = [e for e in everything if e["identifier"] != lacking]
        answer = newcomer.post("credentials", body=body(partner_server))
        assert (answer.status, lacking in answer.message) == ((200, 3003), True)
    settings.OCPI_REQUIRED_ENDPOINTS = []
    partner_server.endpoints = [e for e in everything if e["identifier"] == "credentials"]
    assert newcomer.post("credentials", body=body(partner_server)).status == (200, 3003)
    partner_server.endpoints = [e for e in everything if e["identifier"] in ("credentials", "locations")]
    assert newcomer.post("credentials", body=body(partner_server)).status == (201, 1000)


ROLE = PartnerServer.role()


@pytest.mark.requirement("CRE-29", "CRE-30", "CRE-32")
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
        {"roles": ROLE},
        {"url": "/x"},
        {"url": "ftp://x.test/"},
        {"url": "http://x.test/" + "y" * 250},
        {"url": None},
        {"roles": [{k: v for k, v in ROLE.items() if k != "business_details"}]},
        {"roles": [{**ROLE, "business_details": {}}]},
        {"roles": [{**ROLE, "role": "KING"}]},
        {"roles": [{**ROLE, "country_code": "NLD"}]},
        {"roles": [{**ROLE, "party_id": "LONG"}]},
    ],
    ids=str,
)
def test_credentials_that_are_not_valid_are_2001_and_nobody_is_called(
    newcomer: Caller, cp2: Caller, partner_server: PartnerServer, change: Any
) -> None:
    for answer in (
        newcomer.post("credentials", body=body(partner_server, **change)),
        cp2.put("credentials", body=body(partner_server, **change)),
    ):
        assert answer.status == (200, 2001), answer.message
        assert TOKEN_B not in answer.message
    assert partner_server.calls() == []
    assert nothing_is_stored(newcomer.partner)
    assert (opens(newcomer.token), opens(cp2.token)) == (OPENS_LITTLE, OPENS)


@pytest.mark.requirement("CRE-30", "CRE-31", "CRE-34")
def test_every_role_opens_its_party(newcomer: Caller, partner_server: PartnerServer) -> None:
    partner_server.roles = [PartnerServer.role(*p.split("-")) for p in ("NL-CPO", "BE-CPX", "DE-CPY")]
    caller = Caller(newcomer.post("credentials", body=body(partner_server)).data["token"])
    for country, party, expected in (("NL", "CPO", 201), ("BE", "CPX", 201), ("de", "cpy", 201), ("FR", "XXX", 404)):
        evse = factories.evse(evse_id="DE*ABC*E1")
        place = factories.location(country_code=country, party_id=party, evses=[evse])
        sent = {"OCPI-from-country-code": "NL", "OCPI-from-party-id": "CPO"}
        assert caller.put("locations", country, party, "L1", body=place, **sent).status[0] == expected


@pytest.mark.requirement("CRE-33", "HUB-16")
def test_a_hub_registers_with_its_role_alone(newcomer: Caller, partner_server: PartnerServer) -> None:
    partner_server.roles = [PartnerServer.role("NL", "HUB", "HUB")]
    hub = Caller(newcomer.post("credentials", body=body(partner_server)).data["token"])
    assert [role.role for role in newcomer.partner.roles.all()] == ["HUB"]
    assert hub.put(*L1, body=factories.location()).status == (404, 2001)


@pytest.mark.requirement("CRE-06", "CRE-09")
def test_who_is_registered_cannot_post_or_patch(cpo: Caller, partner_server: PartnerServer) -> None:
    for method in ("POST", "PATCH"):
        answer = cpo.request(method, "credentials", body=body(partner_server))
        assert (answer.status, answer["Allow"]) == ((405, 2000), "GET, PUT, DELETE")
    assert partner_server.calls() == []
    assert opens(cpo.token) == OPENS


@pytest.mark.requirement("CRE-07", "CRE-08", "CRE-09")
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_who_is_not_registered_can_only_get_and_post(
    newcomer: Caller, partner_server: PartnerServer, method: str
) -> None:
    answer = newcomer.request(method, "credentials", body=body(partner_server))
    assert (answer.status, answer["Allow"]) == ((405, 2000), "GET, POST")
    assert partner_server.calls() == []
    assert opens(newcomer.token) == OPENS_LITTLE


@pytest.mark.requirement("CRE-27", "CRE-28")
def test_get_returns_our_credentials_with_the_token_that_was_shown(cpo: Caller, newcomer: Caller) -> None:
    for caller in (cpo, newcomer):
        answer = caller.get("credentials")
        assert answer.status == (200, 1000)
        assert (answer.data["token"], answer.data["url"]) == (caller.token, OUR_VERSIONS)
        assert [role["role"] for role in answer.data["roles"]] == ["EMSP"]


@pytest.mark.requirement("CRE-02", "TRA-53")
def test_neither_token_stands_in_the_database(newcomer: Caller, partner_server: PartnerServer) -> None:
    token_c = newcomer.post("credentials", body=body(partner_server)).data["token"]
    row = fresh(newcomer.partner)
    stored = f"{Partner.objects.values()} {row.tokens.values()} {row.endpoints.values()} {row.roles.values()}"
    for token in (token_c, TOKEN_B, newcomer.token):
        assert token not in stored
    assert row.peer().token == TOKEN_B
    assert TOKEN_B not in repr(row.peer())


@pytest.mark.requirement("VER-05", "VER-12", "VER-13")
def test_modules_and_roles_that_we_do_not_know_are_overlooked(newcomer: Caller, partner_server: PartnerServer) -> None:
    server = partner_server
    server.endpoints += [
        server.endpoint("nltnm-tokens", "RECEIVER"),
        server.endpoint("payments", "SENDER"),
        server.endpoint("x" * 255, "SENDER"),
        server.endpoint("tokens", "A-ROLE-OF-THE-FUTURE"),
        {"identifier": "bookings"},
        "nonsense",
        None,
        server.endpoint("locations", "RECEIVER", "http://x.test/wrong"),
        server.endpoint("tokens", "SENDER", "http://x.test/wrong"),
    ]
    server.endpoints[0] = server.endpoint("credentials", "RECEIVER")
    assert newcomer.post("credentials", body=body(server)).status == (201, 1000)
    row = fresh(newcomer.partner)
    assert row.endpoint("locations", InterfaceRole.SENDER) == f"{server.base_url}/locations"
    assert row.endpoint("tokens", InterfaceRole.RECEIVER) == f"{server.base_url}/tokens"
    assert row.endpoint("credentials", InterfaceRole.SENDER) == f"{server.base_url}/credentials"
    assert row.endpoint("payments", InterfaceRole.SENDER) == ""


# --- they update ------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("CRE-19", "CRE-15", "CRE-16")
def test_an_update_reads_everything_again_and_gives_a_new_token(cpo: Caller, partner_server: PartnerServer) -> None:
    partner_server.endpoints[-1] = partner_server.endpoint(
        "commands", "RECEIVER", f"{partner_server.base_url}/v2/commands"
    )
    partner_server.roles = [PartnerServer.role("NL", "NEW")]
    answer = cpo.put("credentials", body=body(partner_server))
    assert answer.status == (200, 1000)
    assert answer.data["token"] not in (cpo.token, TOKEN_B)
    row = fresh(cpo.partner)
    assert row.endpoint("commands", InterfaceRole.RECEIVER).endswith("/v2/commands")
    assert ([str(role) for role in row.roles.all()], row.peer().token) == (["CPO NL-NEW"], TOKEN_B)
    assert [call.token for call in partner_server.calls("GET")] == [TOKEN_B, TOKEN_B]
    again = cpo.put("credentials", body=body(partner_server))
    assert again.data["token"] != answer.data["token"]
    assert len(partner_server.calls("GET")) == 4


@pytest.mark.requirement("CRE-19")
def test_the_old_token_dies_with_the_first_use_of_the_new_one(cpo: Caller, partner_server: PartnerServer) -> None:
    new = cpo.put("credentials", body=body(partner_server)).data["token"]
    assert opens(cpo.token) == OPENS
    assert opens(new) == OPENS
    assert opens(cpo.token) == CLOSED


@pytest.mark.requirement("CRE-19")
def test_the_old_token_dies_after_five_minutes_at_the_latest(
    cpo: Caller, partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = cpo.put("credentials", body=body(partner_server)).data["token"]
    later = clock.now() + claims.GRACE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert opens(cpo.token) == CLOSED
    assert opens(new) == OPENS


@pytest.mark.requirement("CRE-21")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"status": 500}, 3001), ({"drop": True}, 3001), ({"data": []}, 3002), ({"data": [{"version": "2.2"}]}, 3002)],
)
def test_an_update_that_fails_changes_nothing(
    cpo: Caller, partner_server: PartnerServer, wrong: dict[str, Any], code: int
) -> None:
    rows = Partner.objects.values("status", "token_out", "versions_url", "version", "registered_at")
    before = list(rows), list(cpo.partner.endpoints.values()), list(cpo.partner.roles.values())
    partner_server.answer("GET", "versions", **wrong)
    assert cpo.put("credentials", body=body(partner_server)).status == (200, code)
    assert (list(rows.all()), list(cpo.partner.endpoints.values()), list(cpo.partner.roles.values())) == before
    assert (opens(cpo.token), opens(TOKEN_B)) == (OPENS, CLOSED)


# --- they leave -------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("CRE-24")
def test_after_delete_the_token_is_dead_and_we_call_them_no_more(db: None, partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    cpo = Caller("token-of-cpo")
    factories.token()
    assert sync.due()
    assert cpo.delete("credentials").status == (200, 1000)
    assert opens(cpo.token) == CLOSED
    factories.token("04AABBCCEE")
    for push_id in pushes.owed():
        pushes.send(push_id)
    assert (sync.due(), partner_server.calls()) == ([], [])
    assert (fresh(partner).connected, fresh(partner).token_out) == (False, "")


@pytest.mark.requirement("CRE-26")
def test_who_has_left_may_come_again_and_finds_its_objects(cpo: Caller, partner_server: PartnerServer) -> None:
    cpo.put(*L1, body=factories.location())
    cpo.delete("credentials")
    token_a = partners.issue_token_a(partner=cpo.partner)
    token_c = Caller(token_a).post("credentials", body=body(partner_server)).data["token"]
    assert Caller(token_c).get(*L1).data == factories.location()


# --- while others act -------------------------------------------------------------------------------------------------
def from_a_thread(action: Any) -> Any:
    """For `does`: run it in the server's thread with a connection of its own, and give the connection back."""

    def run(call: Call) -> None:
        try:
            action(call)
        finally:
            connections.close_all()

    return run


@pytest.mark.django_db(transaction=True)
def test_a_reset_during_their_registration_wins(partner_server: PartnerServer) -> None:
    partner, token_a = partners.add_partner(name="Newcomer")
    reset = from_a_thread(lambda call: credentials.reset(partner=fresh(partner)))
    partner_server.answer("GET", "2.2.1", data=partner_server.details, does=reset)
    assert Caller(token_a).post("credentials", body=body(partner_server)).status == (401, 2001)
    assert nothing_is_stored(partner)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ["delete", "suspend"])
def test_what_ends_a_registration_during_their_update_wins(partner_server: PartnerServer, deed: str) -> None:
    partner = partner_server.registered()
    cpo = Caller("token-of-cpo")
    suspend = Partner.objects.filter(pk=partner.pk).update
    deeds = {"delete": lambda call: cpo.delete("credentials"), "suspend": lambda call: suspend(status="SUSPENDED")}
    partner_server.answer("GET", "2.2.1", data=partner_server.details, does=from_a_thread(deeds[deed]))
    assert cpo.put("credentials", body=body(partner_server)).status == (401, 2001)
    assert not fresh(partner).connected
    assert opens(cpo.token) == CLOSED


@pytest.mark.requirement("CRE-36")
@pytest.mark.django_db(transaction=True)
def test_a_second_registration_with_the_same_token_a_is_turned_away(partner_server: PartnerServer) -> None:
    _, token_a = partners.add_partner(name="Newcomer")
    meanwhile: list[Any] = []
    second = from_a_thread(
        lambda call: meanwhile.append(Caller(token_a).post("credentials", body=body(partner_server)))
    )
    partner_server.answer("GET", "2.2.1", data=partner_server.details, does=second, times=1)
    assert Caller(token_a).post("credentials", body=body(partner_server)).status == (201, 1000)
    assert [answer.status for answer in meanwhile] == [(200, 2000)]
    assert Caller(token_a).post("credentials", body=body(partner_server)).status == (401, 2001)
    assert Partner.objects.get().tokens.count() == 1


# === We start =========================================================================================================
def register(server: PartnerServer, partner: Partner | None = None) -> Partner:
    partner = partner or Partner.objects.get_or_create(name="Their platform")[0]
    return credentials.register(partner=partner, versions_url=server.versions_url, token_a="their-token-a")


def sent_token(server: PartnerServer, method: str = "POST") -> str:
    """The token that we handed out in our latest Credentials."""
    return str(server.calls(method, "credentials")[-1].json["token"])


@pytest.mark.requirement("CRE-01", "CRE-04", "CRE-05", "CRE-18", "CRE-35", "CRE-37", "TRA-03", "TRA-12", "TRA-32")
@pytest.mark.django_db(transaction=True)
def test_we_register_and_our_token_works_while_our_post_is_open(partner_server: PartnerServer) -> None:
    seen: list[str] = []
    look = from_a_thread(lambda call: seen.append(opens(call.json["token"])))
    elsewhere = {**partner_server.credentials, "url": f"{partner_server.base_url}/versions/elsewhere"}
    partner_server.answer("POST", "credentials", data=elsewhere, does=look)
    partner = register(partner_server)
    assert seen == [OPENS]

    first, second, post = partner_server.calls()
    assert [(c.method, c.path) for c in (first, second)] == [("GET", "/ocpi/versions"), ("GET", "/ocpi/2.2.1")]
    assert {call.token for call in (first, second, post)} == {"their-token-a"}
    assert post["Content-Type"] == "application/json"
    assert post.json.keys() == {"token", "url", "roles"}
    assert post.json["url"] == OUR_VERSIONS
    assert re.fullmatch(r"[!-~]{32,64}", post.json["token"])
    assert not [name for call in (first, second, post) for name in ROUTING if call[name] is not None]
    assert len({call["X-Request-ID"] for call in (first, second, post)}) == 3
    assert len({call["X-Correlation-ID"] for call in (first, second, post)}) == 1

    assert (partner.status, partner.versions_url) == ("REGISTERED", elsewhere["url"])
    assert fresh(partner).peer().token == partner_server.token
    rotation.rotate(partner=fresh(partner))
    assert partner_server.calls("GET", "versions/elsewhere")
    assert {call.token for call in partner_server.calls()[3:]} == {partner_server.token}


@pytest.mark.requirement("CRE-16", "TRA-19")
@pytest.mark.parametrize(("status", "code"), [(200, 1000), (201, 1000), (202, 1000), (200, 1900)])
def test_any_success_is_a_success(db: None, partner_server: PartnerServer, status: int, code: int) -> None:
    answer = {"data": partner_server.credentials, "status": status, "status_code": code}
    partner_server.answer("POST", "credentials", **answer)
    assert register(partner_server).connected


@pytest.mark.requirement("CRE-04")
@pytest.mark.parametrize("wrong", UNUSABLE, ids=str)
def test_a_platform_that_cannot_be_read_gets_no_post(db: None, partner_server: PartnerServer, wrong: Any) -> None:
    partner_server.answer("GET", "2.2.1", **wrong)
    with pytest.raises((PartnerError, HandshakeError)):
        register(partner_server)
    assert partner_server.calls("POST") == []
    assert Partner.objects.get().tokens.count() == 0


@pytest.mark.requirement("VER-11")
@pytest.mark.parametrize(
    "versions", [[], [{"version": "2.1.1", "url": "http://x.test/"}], [{"version": "2.2.10"}], [7, None]]
)
def test_without_a_mutual_version_there_is_no_post(db: None, partner_server: PartnerServer, versions: Any) -> None:
    partner_server.versions = versions
    with pytest.raises(NoMutualVersion):
        register(partner_server)
    assert partner_server.calls("POST") == []


@pytest.mark.requirement("CRE-14")
def test_without_the_endpoints_that_we_need_there_is_no_post(db: None, partner_server: PartnerServer) -> None:
    partner_server.endpoints = [partner_server.endpoint("credentials", "SENDER")]
    with pytest.raises(EndpointsMissing, match="no module"):
        register(partner_server)
    partner_server.endpoints = [partner_server.endpoint("locations", "SENDER")]
    with pytest.raises(EndpointsMissing, match="credentials"):
        register(partner_server)
    assert partner_server.calls("POST") == []


@pytest.mark.requirement("VER-10")
@pytest.mark.parametrize(
    "others",
    [["2.1.1", "2.3.0", "9"], ["3.0"], ["2.2", "2.2.10", "x" * 200], [], ["2.2.1"]],
)
def test_versions_that_we_do_not_know_do_no_harm(db: None, partner_server: PartnerServer, others: list[str]) -> None:
    known = partner_server.versions
    odd = [{"version": name, "url": "http://127.0.0.1:1/never"} for name in others]
    partner_server.versions = [None, 5, {"version": None}, {"url": "x"}, *known, *odd]
    assert register(partner_server).version == "2.2.1"


@pytest.mark.requirement("VER-15")
@pytest.mark.parametrize("change", [{"version": "2.2"}, {"version": None}, {"endpoints": None}, {"endpoints": {}}])
def test_details_that_are_not_those_of_our_version_are_a_failure(
    db: None, partner_server: PartnerServer, change: Any
) -> None:
    partner_server.answer("GET", "2.2.1", data={**partner_server.details, **change})
    with pytest.raises(PartnerError):
        register(partner_server)
    assert partner_server.calls("POST") == []


@pytest.mark.requirement("TRA-47", "TRA-46")
def test_odd_urls_are_used_as_they_are_advertised(db: None, partner_server: PartnerServer) -> None:
    server = partner_server
    server.versions = [{"version": "2.2.1", "url": f"{server.base_url}/2.2.1/details/?tenant=7"}]
    server.endpoints[0] = server.endpoint("credentials", "SENDER", f"{server.base_url}/credentials/x9?tenant=7")
    register(server)
    assert [c.path for c in server.calls()][1:] == ["/ocpi/2.2.1/details/?tenant=7", "/ocpi/credentials/x9?tenant=7"]


# How the other side may refuse our POST or PUT (step A7).
REFUSALS = [
    {"status": 405, "status_code": 2000},
    {"status_code": 3001},
    {"status_code": 3002},
    {"status_code": 3003},
    {"status_code": 2001},
    {"status": 401, "status_code": 2001},
    {"status": 500, "raw": b"<html>"},
    {"status": 503, "raw": b""},
    {"raw": b"{}"},
    {"data": {}},
    {"data": "token"},
    {"data": None},
    {"data": {"token": "x" * 65, "url": "http://x.test", "roles": []}},
    {},
    {"status": 301, "raw": b"", "headers": {"Location": "http://127.0.0.1:1/"}},
    {"raw": b'{"status_code": 1000, "da'},
]


@pytest.mark.requirement("CRE-04", "TRA-18", "TRA-31")
@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_refused_registration_leaves_nothing_and_may_be_tried_again(
    db: None, partner_server: PartnerServer, refusal: dict[str, Any]
) -> None:
    partner_server.answer("POST", "credentials", times=1, **refusal)
    with pytest.raises((PartnerError, HandshakeError)):
        register(partner_server)
    partner = Partner.objects.get()
    assert nothing_is_stored(partner)
    assert partner.last_error
    assert opens(sent_token(partner_server)) == CLOSED
    assert register(partner_server, partner).connected
    assert opens(sent_token(partner_server)) == OPENS


@pytest.mark.requirement("CRE-38")
def test_an_answer_that_got_lost_is_not_known_and_a_reset_starts_anew(db: None, partner_server: PartnerServer) -> None:
    partner_server.answer("POST", "credentials", times=1, drop=True)
    with pytest.raises(OutcomeUnknown):
        register(partner_server)
    partner = Partner.objects.get()
    assert (partner.status, partner.connected) == ("UNKNOWN", False)
    assert opens(sent_token(partner_server)) == OPENS  # they may be using it
    token_a = credentials.reset(partner=partner)
    assert (fresh(partner).status, opens(sent_token(partner_server)), opens(token_a)) == ("NEW", CLOSED, OPENS_LITTLE)
    assert Caller(token_a).post("credentials", body=body(partner_server)).status == (201, 1000)


def test_a_registered_or_suspended_partner_is_not_registered_again(db: None, partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    for status in ("REGISTERED", "SUSPENDED"):
        partner.status = status
        with pytest.raises(NotPossible):
            register(partner_server, partner)
    assert partner_server.calls() == []


def test_our_registration_uses_up_the_token_a_that_they_had(newcomer: Caller, partner_server: PartnerServer) -> None:
    register(partner_server, newcomer.partner)
    assert opens(newcomer.token) == CLOSED


@pytest.mark.requirement("TRA-06")
def test_a_partner_that_expects_plain_tokens_gets_them(db: None, partner_server: PartnerServer) -> None:
    partner = Partner.objects.create(name="Plain", sends_plain_auth=True)
    register(partner_server, partner)
    assert {call["Authorization"] for call in partner_server.calls()} == {"Token their-token-a"}


# --- we update --------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("CRE-22", "CRE-23", "VER-17")
@pytest.mark.django_db(transaction=True)
def test_while_we_update_both_tokens_work_and_afterwards_the_new_one(partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    seen: list[list[str]] = []
    look = from_a_thread(lambda call: seen.append([opens(call.json["token"]), opens("token-of-cpo")]))
    partner_server.answer("PUT", "credentials", data={**partner_server.credentials, "token": "new-out"}, does=look)
    rotation.rotate(partner=partner)
    assert seen == [[OPENS, OPENS]]
    [put] = partner_server.calls("PUT", "credentials")
    assert (put.token, put.json["url"]) == ("token-for-cpo", OUR_VERSIONS)
    assert (opens(put.json["token"]), opens("token-of-cpo")) == (OPENS, CLOSED)
    assert fresh(partner).peer().token == "new-out"


@pytest.mark.requirement("CRE-22", "TRA-18")
@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_an_update_that_they_refuse_leaves_the_old_tokens(
    db: None, partner_server: PartnerServer, refusal: dict[str, Any]
) -> None:
    partner = partner_server.registered()
    partner_server.answer("PUT", "credentials", **refusal)
    with pytest.raises((PartnerError, HandshakeError)):
        rotation.rotate(partner=partner)
    assert (opens(sent_token(partner_server, "PUT")), opens("token-of-cpo")) == (CLOSED, OPENS)
    assert (fresh(partner).peer().token, fresh(partner).connected) == ("token-for-cpo", True)


@pytest.mark.requirement("CRE-38", "AMB-10")
def test_an_update_whose_answer_got_lost_keeps_both_tokens_and_is_done_again(
    db: None, partner_server: PartnerServer
) -> None:
    partner = partner_server.registered()
    partner_server.answer("PUT", "credentials", times=1, drop=True)
    with pytest.raises(OutcomeUnknown, match="run it again"):
        rotation.rotate(partner=partner)
    lost = sent_token(partner_server, "PUT")
    assert (fresh(partner).status, opens("token-of-cpo"), opens(lost)) == ("REGISTERED", OPENS, OPENS)
    rotation.rotate(partner=fresh(partner))
    assert (fresh(partner).peer().token, opens(sent_token(partner_server, "PUT"))) == (partner_server.token, OPENS)
    assert (opens(lost), opens("token-of-cpo")) == (CLOSED, CLOSED)


@pytest.mark.requirement("CRE-38", "AMB-11")
def test_who_took_an_update_and_no_longer_knows_the_old_token_needs_a_reset(
    db: None, partner_server: PartnerServer
) -> None:
    partner = partner_server.registered()

    def take_it(call: Call) -> Answer:
        partner_server.answer("GET", "versions", status=401, status_code=2001)
        return Answer(drop=True)

    partner_server.answer("PUT", "credentials", does=take_it)
    with pytest.raises(OutcomeUnknown, match="reset the registration"):
        rotation.rotate(partner=partner)
    new = sent_token(partner_server, "PUT")
    assert (fresh(partner).status, opens(new)) == ("UNKNOWN", OPENS)
    credentials.reset(partner=fresh(partner))
    assert (opens(new), opens("token-of-cpo")) == (CLOSED, CLOSED)


def test_an_update_of_a_platform_that_is_down_is_not_even_started(db: None, partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    partner_server.answer("GET", "versions", drop=True)
    with pytest.raises(PartnerError):
        rotation.rotate(partner=partner)
    assert (fresh(partner).connected, partner.tokens.count(), partner_server.calls("PUT")) == (True, 1, [])


# --- we leave ---------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("CRE-25")
@pytest.mark.parametrize("answer", [{}, {"status": 204, "raw": b""}, {"data": None}, {"data": {"x": 1}}])
def test_we_leave_with_their_token_and_forget_ours(db: None, partner_server: PartnerServer, answer: Any) -> None:
    partner = partner_server.registered()
    partner_server.answer("DELETE", "credentials", **answer)
    credentials.leave(partner=partner)
    [call] = partner_server.calls()
    assert (call.method, call.token, call.body) == ("DELETE", "token-for-cpo", b"")
    assert opens("token-of-cpo") == CLOSED
    assert (fresh(partner).status, sync.due()) == ("UNREGISTERED", [])
    with pytest.raises(NotPossible):
        credentials.leave(partner=fresh(partner))


@pytest.mark.requirement("CRE-25")
@pytest.mark.parametrize("refusal", [{"status": 500}, {"status_code": 2000}, {"drop": True}, {"status": 405}])
def test_when_they_do_not_let_us_leave_nothing_changes(db: None, partner_server: PartnerServer, refusal: Any) -> None:
    partner = partner_server.registered()
    partner_server.answer("DELETE", "credentials", **refusal)
    with pytest.raises(PartnerError):
        credentials.leave(partner=partner)
    assert (opens("token-of-cpo"), fresh(partner).connected) == (OPENS, True)


@pytest.mark.requirement("TRA-53")
@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_platform_that_repeats_our_tokens_does_not_bring_them_into_our_notes(
    db: None, partner_server: PartnerServer, status: int
) -> None:
    def repeat(call: Call) -> Answer:
        return Answer(status=status, status_code=2001, message=f"{call.token} and {call.json['token']} are wrong")

    partner_server.answer("POST", "credentials", does=repeat)
    with pytest.raises(PartnerError) as caught:
        register(partner_server)
    noted = Partner.objects.get().last_error
    for token in ("their-token-a", sent_token(partner_server)):
        assert token not in str(caught.value) + noted
    assert "are wrong" in noted
