"""Requirements section 1: who may speak, how a message is wrapped, and what happens to one that is wrong."""

import base64
import json
import logging
import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from ocpi.core import secrets
from ocpi.locations import services as locations
from ocpi.partners import authentication, services
from ocpi.partners.models import Partner, PartnerToken
from ocpi.protocol.errors import StatusCode
from tests import factories
from tests.callers import BASE, Answer, Caller

L1 = ("locations", "NL", "CPO", "L1")
T1 = ("tariffs", "NL", "CPO", "T1")
S1 = ("sessions", "NL", "CPO", "S1")
OPEN_WITH_TOKEN_A = ["/ocpi/versions", f"{BASE}/versions", f"{BASE}/", f"{BASE}/credentials"]
FUNCTIONAL = [
    ("GET", "locations/NL/CPO/L1"), ("PUT", "locations/NL/CPO/L1"), ("PATCH", "locations/NL/CPO/L1/E1"),
    ("PUT", "sessions/NL/CPO/S1"), ("POST", "cdrs"), ("PUT", "tariffs/NL/CPO/T1"), ("DELETE", "tariffs/NL/CPO/T1"),
    ("GET", "tokens"), ("POST", "tokens/04AABBCCDD/authorize"), ("POST", "commands/0"), ("GET", "locations"),
]  # fmt: skip
EVERYWHERE = [*(("GET", url) for url in OPEN_WITH_TOKEN_A), *((m, f"{BASE}/{path}") for m, path in FUNCTIONAL)]


def send(method: str, url: str, body: bytes = b"", content_type: str = "application/json", **headers: str) -> Answer:
    """A request with exactly these headers."""
    client = Client(raise_request_exception=False)
    return Answer(client.generic(method, url, body, content_type, headers=headers, RAW_URI=url))


def encoded(token: str) -> str:
    return "Token " + base64.b64encode(token.encode()).decode()


# --- who may speak ---------------------------------------------------------------------------------------------------
@pytest.mark.requirement("TRA-01")
def test_a_plain_http_request_is_turned_away_in_production(cpo: Caller, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    url, headers = f"{BASE}/locations/NL/CPO/L1", {"Authorization": encoded(cpo.token)}
    body = json.dumps(factories.location()).encode()
    answer = Client().generic("PUT", url, body, "application/json", headers=headers)
    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")
    assert cpo.get(*L1, **{"X-Forwarded-Proto": "https"}).status == (404, 2003)
    assert cpo.put(*L1, body=factories.location(), **{"X-Forwarded-Proto": "https"}).status == (201, 1000)


@pytest.mark.requirement("TRA-02", "TRA-13", "TRA-29")
@pytest.mark.parametrize(("method", "url"), EVERYWHERE)
def test_without_a_token_every_endpoint_answers_401(db: None, method: str, url: str) -> None:
    answer = send(method, url, b"{}")
    assert answer.status == (401, 2001)
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.requirement("TRA-08")
@pytest.mark.parametrize(("method", "url"), EVERYWHERE)
def test_an_unknown_token_is_401_everywhere(cpo: Caller, method: str, url: str) -> None:
    assert send(method, url, b"{}", Authorization=encoded("nobody-knows-me")).status == (401, 2001)


@pytest.mark.requirement("TRA-09", "VER-08")
@pytest.mark.parametrize(("method", "path"), FUNCTIONAL)
def test_a_registration_token_opens_no_functional_module(db: None, method: str, path: str) -> None:
    _, token_a = services.add_partner(name="Newcomer")
    assert Caller(token_a).request(method, f"{BASE}/{path}", body={}).status == (401, 2001)


@pytest.mark.requirement("TRA-09", "VER-08")
@pytest.mark.parametrize("url", OPEN_WITH_TOKEN_A)
def test_a_registration_token_opens_versions_and_credentials(db: None, url: str) -> None:
    _, token_a = services.add_partner(name="Newcomer")
    assert Caller(token_a).get(url).status == (200, 1000)


@pytest.mark.requirement("TRA-03")
def test_the_header_is_the_word_token_and_base64(db: None) -> None:
    factories.partner(token="example-token")
    assert send("GET", "/ocpi/versions", Authorization="Token ZXhhbXBsZS10b2tlbg==").status == (200, 1000)


@pytest.mark.requirement("TRA-04")
def test_the_newline_that_the_specifications_sample_encodes_is_overlooked(db: None) -> None:
    factories.partner(token="example-token")
    assert send("GET", "/ocpi/versions", Authorization="Token ZXhhbXBsZS10b2tlbgo=").status == (200, 1000)


@pytest.mark.requirement("TRA-05")
@pytest.mark.parametrize("token", ["token-of-cpo", "0123456789abcdef0123456789abcdef", "abcd"])
def test_a_plain_token_counts_only_where_that_is_agreed(db: None, token: str) -> None:
    partner = factories.partner(token=token)
    assert Caller(token, plain=True).get("/ocpi/versions").status == (401, 2001)
    assert Caller(token).get("/ocpi/versions").status == (200, 1000)
    Partner.objects.filter(pk=partner.pk).update(accepts_plain_auth=True)
    assert Caller(token, plain=True).get("/ocpi/versions").status == (200, 1000)
    assert Caller(token).get("/ocpi/versions").status == (200, 1000)


@pytest.mark.requirement("TRA-07")
@pytest.mark.parametrize("scheme", ["token", "TOKEN", "Token ", " Token"])
def test_the_scheme_word_has_no_case(cpo: Caller, scheme: str) -> None:
    value = encoded(cpo.token).removeprefix("Token")
    assert send("GET", "/ocpi/versions", Authorization=scheme + value).status == (200, 1000)


@pytest.mark.requirement("TRA-07")
@pytest.mark.parametrize(
    "value",
    [
        "", "Token", "Token ", "Basic dG9rZW4tb2YtY3Bv", "Bearer dG9rZW4tb2YtY3Bv", "dG9rZW4tb2YtY3Bv",
        "Token dG9rZW4tb2YtY3Bv dG9rZW4tb2YtY3Bv", "Token dG9rZW4tb2YtY3Bv, Token dG9rZW4tb2YtY3Bv",
        "Token ===", "Token \x00", "Token été", "Token " + "A" * 8000, "Token é" + "\xff" * 50,
    ],
)  # fmt: skip
def test_any_other_authorization_is_401(cpo: Caller, value: str) -> None:
    assert send("GET", f"{BASE}/tokens", Authorization=value).status == (401, 2001)


@pytest.mark.requirement("TRA-10", "HUB-08")
def test_routing_headers_never_say_who_calls(cpo: Caller, cp2: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    claim = {"OCPI-from-country-code": "NL", "OCPI-from-party-id": "CPO"}
    assert cp2.get(*L1, **claim).status == (200, 2001)
    assert cp2.get(*L1).status == (404, 2003)
    assert cp2.put(*L1, body=factories.location(name="Stolen")).status == (404, 2001)
    assert cpo.get(*L1).data["name"] == "Stationsplein"


def test_a_suspended_partner_and_a_switched_off_app_are_401(cpo: Caller, app: Caller) -> None:
    from ocpi.partners.models import ApiClient

    Partner.objects.update(status=Partner.Status.SUSPENDED)
    ApiClient.objects.update(active=False)
    assert cpo.get("/ocpi/versions").status == (401, 2001)
    assert app.get("/ocpi/versions").status == (401, 2001)


def test_a_token_that_has_expired_is_401(cpo: Caller) -> None:
    from ocpi.core import clock

    PartnerToken.objects.update(valid_until=clock.now())
    assert cpo.get("/ocpi/versions").status == (401, 2001)


def test_a_token_stored_under_an_earlier_secret_key_still_opens(cpo: Caller, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key, long enough to be one", [settings.SECRET_KEY]
    assert cpo.get("/ocpi/versions").status == (200, 1000)
    settings.SECRET_KEY_FALLBACKS = []
    assert cpo.get("/ocpi/versions").status == (401, 2001)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", L1, factories.location()), ("PATCH", L1, {"last_updated": factories.LAST_UPDATED}),
        ("PUT", (*L1, "E1"), factories.evse()), ("PUT", (*L1, "E1", "C1"), factories.connector()),
        ("PUT", T1, factories.tariff()), ("DELETE", T1, {}), ("PUT", S1, factories.session()),
        ("PATCH", S1, {"last_updated": factories.LAST_UPDATED}), ("POST", ("cdrs",), factories.cdr()),
        ("POST", ("credentials",), {}), ("PUT", ("credentials",), {}), ("DELETE", ("credentials",), {}),
        ("GET", ("credentials",), {}),
    ],
)  # fmt: skip
def test_an_api_client_pushes_nothing(cpo: Caller, app: Caller, method: str, path: Any, body: Any) -> None:
    cpo.put(*L1, body=factories.location())
    assert app.request(method, *path, body=body).status == (403, 2000)
    assert cpo.get(*L1).data == factories.location()


# --- the envelope ----------------------------------------------------------------------------------------------------
def some_answers(cpo: Caller, monkeypatch: Any) -> list[Answer]:
    """One answer of each kind: 200, 201, 400, 401, 404, 405, 413, 500, and failures inside a 200."""
    found = [
        cpo.put(*L1, body=factories.location()), cpo.put(*L1, body=factories.location()), cpo.get(*L1),
        cpo.get("locations"), cpo.put(*L1, raw=b"{"), Caller("unknown").get(*L1), cpo.get("sessions", "NL", "CPO", "x"),
        cpo.post(*L1, body={}), cpo.put(*L1, body={}), cpo.put(*L1, raw=b" " * (20 * 2**20 + 1)), cpo.get("nowhere"),
    ]  # fmt: skip
    monkeypatch.setattr(locations, "put", fail_with(OperationalError("disk")))
    found.append(cpo.put(*L1, body=factories.location()))
    monkeypatch.setattr(locations, "put", fail_with(RuntimeError("secret detail")))
    return [*found, cpo.put(*L1, body=factories.location())]


def fail_with(error: Exception) -> Any:
    def service(**arguments: Any) -> None:
        raise error

    return service


@pytest.mark.requirement("TRA-13", "TRA-14", "TRA-20", "TRA-21", "TRA-29", "TYP-04")
def test_every_answer_is_an_envelope_with_a_code_of_the_specification(cpo: Caller, monkeypatch: Any) -> None:
    answers = some_answers(cpo, monkeypatch)
    assert [a.status for a in answers] == [
        (201, 1000), (200, 1000), (200, 1000), (200, 1000), (400, 2001), (401, 2001), (404, 2001), (405, 2000),
        (200, 2001), (413, 2000), (404, 2001), (200, 3000), (500, 3000),
    ]  # fmt: skip
    for answer in answers:
        assert type(answer.body["status_code"]) is int
        assert answer.body["status_code"] in set(StatusCode)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", answer.body["timestamp"])
        assert answer.body.keys() <= {"data", "status_code", "status_message", "timestamp"}


@pytest.mark.requirement("TRA-32", "TRA-33", "TRA-34")
def test_both_message_ids_come_back_on_every_answer(cpo: Caller, monkeypatch: Any) -> None:
    ids = {"X-Request-ID": "r-1 é;{}", "X-Correlation-ID": "no uuid at all"}
    monkeypatch.setattr(cpo, "request", lambda *a, **k: Caller.request(cpo, *a, **{**ids, **k}))
    for answer in some_answers(cpo, monkeypatch)[:-1]:
        if answer.status[0] != 401:  # that one is another caller's
            assert answer["X-Correlation-ID"] == "no uuid at all"
            assert answer["X-Request-ID"].startswith("r-1 ")


@pytest.mark.requirement("TRA-32", "TRA-33")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "versions", 200), ("GET", "nowhere", 404), ("PUT", "locations/NL/CPO/L1", 400), ("POST", "tokens", 405)],
)
def test_the_ids_are_the_same_in_the_answer(cpo: Caller, method: str, path: str, status: int) -> None:
    answer = cpo.request(method, f"{BASE}/{path}", **{"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    assert answer.status[0] == status
    assert (answer["X-Request-ID"], answer["X-Correlation-ID"]) == ("r-1", "c-1")
    unknown = Caller("unknown").get(f"{BASE}/{path}", **{"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    assert (unknown.status[0], unknown["X-Request-ID"], unknown["X-Correlation-ID"]) == (401, "r-1", "c-1")


@pytest.mark.requirement("TRA-34")
def test_a_request_without_ids_gets_new_ones(cpo: Caller) -> None:
    first, second = cpo.get("versions"), cpo.get("versions")
    assert len({first["X-Request-ID"], second["X-Request-ID"], first["X-Correlation-ID"]}) == 3
    assert first.status == (200, 1000)


@pytest.mark.requirement("TRA-12")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json; charset=latin-1",
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=hex",
        "nonsense",
        "application/json; charset=utf-16",
    ],
)
def test_the_content_type_is_overlooked(cpo: Caller, content_type: str) -> None:
    url, token = f"{BASE}/locations/NL/CPO/L1", encoded(cpo.token)
    body = json.dumps(factories.location(name="Köln ⚡")).encode()
    assert send("PUT", url, body, content_type, Authorization=token).status == (201, 1000)
    assert send("GET", url, b"", content_type, Authorization=token).data["name"] == "Köln ⚡"
    listed = send("GET", f"{BASE}/locations?limit=1", b"", content_type, Authorization=token)
    assert [location["id"] for location in listed.data] == ["L1"]


@pytest.mark.requirement("TRA-12", "TRA-13")
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "", "nonsense", "application/json;q=0"])
def test_the_accept_header_changes_nothing(cpo: Caller, accept: str) -> None:
    assert cpo.get("versions", Accept=accept).status == (200, 1000)


@pytest.mark.requirement("TRA-15")
def test_an_empty_list_is_a_list_and_a_single_object_an_object(cpo: Caller) -> None:
    factories.token()
    assert cpo.get("tokens", query="date_from=2099-01-01T00:00:00Z").data == []
    assert isinstance(cpo.get(f"{BASE}/").data, dict)
    assert isinstance(cpo.get("tokens").data, list)


# --- bodies ----------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("TRA-22")
@pytest.mark.parametrize(
    "raw",
    [
        b'{"id":',
        b"",
        b" ",
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b"{'a': 1}",
        b"{}{}",
        b"[" * 100_000,
        b"[" * 500 + b"]" * 500,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b'"\\ud800"',
        b"\x00",
        b"<html>",
        b"name=x",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", L1), ("PATCH", L1), ("POST", ("cdrs",)), ("PUT", T1), ("PUT", S1)]
)
def test_a_body_that_is_no_json_is_400(cpo: Caller, method: str, path: Any, raw: bytes) -> None:
    cpo.put(*L1, body=factories.location())
    assert cpo.request(method, *path, raw=raw).status == (400, 2001)
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("TRA-23", "TRA-52")
@pytest.mark.parametrize(
    "change",
    [
        {"address": None},
        {"coordinates": "here"},
        {"evses": {"uid": "E1"}},
        {"publish": "true"},
        {"publish": 1},
        {"id": 5},
        {"evses": [None]},
        {"evses": [[]]},
        {"last_updated": "yesterday"},
        {"last_updated": 1},
        {"name": ["x"]},
        {"evses": [factories.evse(status="available")]},
        {"country_code": "N" * 5000},
        {"name": "x" * 300},
    ],
)
def test_a_wrong_object_for_an_existing_one_is_200_with_2001_and_changes_nothing(cpo: Caller, change: Any) -> None:
    cpo.put(*L1, body=factories.location())
    answer = cpo.put(*L1, body=factories.location(**change))
    assert answer.status == (200, 2001)
    assert 0 < len(answer.message) < 1000
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("TRA-52")
def test_keys_are_lower_snake_case(cpo: Caller) -> None:
    shouted = {key.upper() if key == "address" else key: value for key, value in factories.location().items()}
    assert cpo.put(*L1, body=shouted).status == (200, 2001)


@pytest.mark.requirement("TRA-24")
def test_a_wrong_new_object_is_200_with_2001_and_creates_nothing(cpo: Caller) -> None:
    incomplete = {key: value for key, value in factories.location().items() if key != "coordinates"}
    assert cpo.put(*L1, body=incomplete).status == (200, 2001)
    assert cpo.get(*L1).status == (404, 2003)


@pytest.mark.requirement("TRA-25")
@pytest.mark.parametrize("body", [[], "text", 5, 1.5, True, None, [{}]])
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", L1), ("PATCH", L1), ("PUT", (*L1, "E1")), ("PATCH", (*L1, "E1", "C1")), ("PUT", T1), ("PUT", S1),
     ("PATCH", S1), ("POST", ("cdrs",)), ("PUT", ("credentials",)), ("POST", ("tokens", "04AABBCCDD", "authorize"))],
)  # fmt: skip
def test_json_of_the_wrong_kind_is_200_with_2001(cpo: Caller, method: str, path: Any, body: Any) -> None:
    factories.token()
    cpo.put(*L1, body=factories.location())
    cpo.put(*S1, body=factories.session())
    assert cpo.request(method, *path, body=body).status == (200, 2001)


def test_a_byte_order_mark_is_overlooked(cpo: Caller) -> None:
    assert cpo.put(*L1, raw=b"\xef\xbb\xbf" + json.dumps(factories.location()).encode()).status == (201, 1000)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_body_where_none_belongs_is_not_read(cpo: Caller, method: str) -> None:
    cpo.put(*T1, body=factories.tariff())
    assert cpo_http(cpo, method, "tariffs/NL/CPO/T1", b"{nonsense").status_code == 200


def cpo_http(cpo: Caller, method: str, path: str, body: bytes = b"") -> Any:
    headers = {"Authorization": encoded(cpo.token)}
    return Client().generic(method, f"{BASE}/{path}", body, "application/json", headers=headers)


def test_head_is_get_without_a_body(cpo: Caller) -> None:
    answer = cpo_http(cpo, "HEAD", "versions")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.requirement("TRA-50")
def test_fields_that_we_do_not_know_are_kept(cpo: Caller) -> None:
    odd = factories.location(
        gireve_id="G1", help_phone="+31 20", deep={"a": [1, {"b": None}]}, huge=10**30, tiny=1e-300
    )
    assert cpo.put(*L1, body=odd).status == (201, 1000)
    kept = cpo.get(*L1).data
    assert (kept["gireve_id"], kept["help_phone"], kept["deep"]) == ("G1", "+31 20", {"a": [1, {"b": None}]})


@pytest.mark.requirement("TRA-49")
def test_na_stands_in_for_what_cannot_be_known(cpo: Caller) -> None:
    unknown = factories.session(evse_uid="#NA", connector_id="#NA", status="RESERVATION")
    assert cpo.put(*S1, body=unknown).status == (201, 1000)
    assert cpo.get(*S1).data["evse_uid"] == "#NA"


@pytest.mark.requirement("TRA-35", "TRA-36")
def test_put_replaces_and_patch_changes_only_what_it_names(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    later = "2026-03-01T13:00:00Z"
    assert cpo.patch(*L1, body={"name": "Patched", "last_updated": later}).status == (200, 1000)
    assert cpo.get(*L1).data == factories.location(name="Patched", last_updated=later)
    nameless = {key: value for key, value in factories.location(last_updated=later).items() if key != "name"}
    cpo.put(*L1, body=nameless)
    assert cpo.get(*L1).data == nameless


# --- statuses --------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("TRA-27")
@pytest.mark.parametrize(
    ("path", "code"),
    [
        (L1, 2003),
        ((*L1, "E1"), 2003),
        ((*L1, "E1", "C1"), 2003),
        (S1, 2001),
        (T1, 2001),
        (("cdrs", "NL", "CPO", "D1"), 2001),
        (("cdrs", "D1"), 2001),
        (("tokens", "NL", "EMS", "nobody"), 2004),
        (("nowhere",), 2001),
        (("locations", "NL"), 2001),
    ],
)
def test_what_does_not_exist_is_404(cpo: Caller, path: Any, code: int) -> None:
    assert cpo.get(*path).status == (404, code)


@pytest.mark.requirement("TRA-28", "TRA-38", "VER-18", "CRE-09")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (("versions",), {"GET"}),
        ((), {"GET"}),
        (("credentials",), {"GET", "PUT", "DELETE"}),
        (L1, {"GET", "PUT", "PATCH"}),
        ((*L1, "E1"), {"GET", "PUT", "PATCH"}),
        ((*L1, "E1", "C1"), {"GET", "PUT", "PATCH"}),
        (T1, {"GET", "PUT", "DELETE"}),
        (S1, {"GET", "PUT", "PATCH"}),
        (("cdrs",), {"GET", "POST"}),
        (("cdrs", "NL", "CPO", "D1"), {"GET"}),
        (("tokens",), {"GET"}),
        (("tokens", "NL", "EMS", "X"), {"GET"}),
        (("tokens", "X", "authorize"), {"POST"}),
        (("locations",), {"GET"}),
        (("sessions",), {"GET"}),
        (("tariffs",), {"GET"}),
    ],
)
def test_methods_that_are_not_available_are_405_and_name_those_that_are(
    cpo: Caller, path: Any, allowed: set[str]
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - allowed:
        answer = cpo.request(method, *(path or (f"{BASE}/",)), body={})
        assert (method, answer.status) == (method, (405, 2000))
        named = {name.strip() for name in answer["Allow"].split(",") if name.strip()}
        assert named - {"HEAD"} == allowed


@pytest.mark.requirement("TRA-28")
def test_a_response_url_takes_post_only(cpo: Caller) -> None:
    answer = cpo.get("commands", "X")
    assert (answer.status, answer["Allow"]) == ((405, 2000), "POST")
    assert cpo.put("commands", "X", body={}).status == (405, 2000)


@pytest.mark.requirement("TRA-28")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_token_url_without_its_party_takes_nothing(cpo: Caller, method: str) -> None:
    assert cpo.request(method, "tokens", "X", body={}).status == (405, 2000)


@pytest.mark.requirement("TRA-30")
@pytest.mark.parametrize("error", [OperationalError("disk full at /var/lib"), RuntimeError("secret detail")])
def test_our_own_failure_is_3000_and_tells_nothing_of_its_inside(
    cpo: Caller, monkeypatch: Any, error: Exception
) -> None:
    monkeypatch.setattr(locations, "put", fail_with(error))
    answer = cpo.put(*L1, body=factories.location())
    assert answer.status == ((500, 3000) if isinstance(error, RuntimeError) else (200, 3000))
    assert str(error) not in answer.http.content.decode()
    assert "Traceback" not in answer.http.content.decode()


@pytest.mark.requirement("TRA-30")
@pytest.mark.parametrize("error", [OperationalError("gone"), RuntimeError("gone")])
def test_a_failure_before_the_caller_is_known_is_an_envelope_too(
    cpo: Caller, monkeypatch: Any, error: Exception
) -> None:
    monkeypatch.setattr(authentication, "find_caller", lambda *a, **k: fail_with(error)())
    assert cpo.get(*L1).body["status_code"] == 3000


@pytest.mark.requirement("TRA-39", "CRE-31")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", ("locations", "DE", "CP2", "L1"), factories.location(country_code="DE", party_id="CP2")),
        ("PATCH", ("locations", "DE", "CP2", "L1"), {"name": "X", "last_updated": "2027-01-01T00:00:00Z"}),
        ("PUT", ("locations", "DE", "CP2", "L1", "E1"), factories.evse(status="BLOCKED")),
        ("PATCH", ("locations", "DE", "CP2", "L1", "E1", "C1"), {"last_updated": "2027-01-01T00:00:00Z"}),
        ("PUT", ("tariffs", "DE", "CP2", "T1"), factories.tariff(country_code="DE", party_id="CP2", currency="SEK")),
        ("DELETE", ("tariffs", "DE", "CP2", "T1"), {}),
        ("PUT", ("sessions", "DE", "CP2", "S1"), factories.session(country_code="DE", party_id="CP2", kwh=99)),
        ("PATCH", ("sessions", "DE", "CP2", "S1"), {"kwh": 99, "last_updated": "2027-01-01T00:00:00Z"}),
    ],
)  # fmt: skip
def test_the_objects_of_another_party_are_out_of_reach(
    cpo: Caller, cp2: Caller, method: str, path: Any, body: Any
) -> None:
    mine = {"country_code": "DE", "party_id": "CP2"}
    cp2.put("locations", "DE", "CP2", "L1", body=factories.location(**mine))
    cp2.put("tariffs", "DE", "CP2", "T1", body=factories.tariff(**mine))
    cp2.put("sessions", "DE", "CP2", "S1", body=factories.session(**mine))
    assert cpo.request(method, *path, body=body).status == (404, 2001)
    assert cp2.get("locations", "DE", "CP2", "L1").data == factories.location(**mine)
    assert cp2.get("tariffs", "DE", "CP2", "T1").data == factories.tariff(**mine)
    assert cp2.get("sessions", "DE", "CP2", "S1").data["kwh"] == 1.5
    assert cpo.get(*path).status[0] == 404


@pytest.mark.requirement("TRA-39", "PAG-18")
def test_two_platforms_that_claim_one_party_do_not_meet(cpo: Caller) -> None:
    """A partner may announce any role; the objects are kept apart by platform."""
    factories.partner(name="Pretender", token="token-of-pretender")
    pretender = Caller("token-of-pretender")
    cpo.put(*L1, body=factories.location())
    assert pretender.get(*L1).status == (404, 2003)
    assert pretender.put(*L1, body=factories.location(name="Pretended")).status == (201, 1000)
    assert cpo.get(*L1).data["name"] == "Stationsplein"
    assert [location["name"] for location in pretender.get("locations").data] == ["Pretended"]


@pytest.mark.requirement("TRA-40")
@pytest.mark.parametrize("change", [{"id": "T2"}, {"party_id": "XXX"}, {"country_code": "DE"}])
def test_an_id_in_the_body_that_differs_from_the_url_is_2001(cpo: Caller, change: Any) -> None:
    assert cpo.put(*T1, body=factories.tariff(**change)).status == (200, 2001)
    assert cpo.get(*T1).status == (404, 2001)


@pytest.mark.requirement("TRA-40", "TYP-01")
def test_ids_differ_by_more_than_their_case(cpo: Caller) -> None:
    assert cpo.put("tariffs", "nl", "Cpo", "t1", body=factories.tariff()).status == (201, 1000)
    assert cpo.get(*T1).data == factories.tariff()


@pytest.mark.requirement("TRA-45", "SEED-02")
@pytest.mark.parametrize(
    "url", ["/ocpi/versions", f"{BASE}/versions", BASE, f"{BASE}/tokens", f"{BASE}/locations/NL/CPO/L1"]
)
def test_a_trailing_slash_makes_no_difference(cpo: Caller, url: str) -> None:
    cpo.put(*L1, body=factories.location())
    with_slash, without = cpo.get(f"{url}/"), cpo.get(url)
    assert with_slash.status == without.status == (200, 1000)
    assert with_slash.data == without.data


@pytest.mark.requirement("TRA-45")
def test_a_cdr_is_taken_with_and_without_a_slash(cpo: Caller) -> None:
    assert cpo.post(f"{BASE}/cdrs/", body=factories.cdr()).status == (201, 1000)
    assert cpo.post(f"{BASE}/cdrs", body=factories.cdr(id="D2")).status == (201, 1000)


@pytest.mark.requirement("TRA-48")
@pytest.mark.parametrize("text", ["A*1/B C#+%", "%2F", "%252F", "a;b?c&d=e", "/", "//", "100%", "~!@$^()_-.'\"\\|<>"])
def test_ids_of_any_printable_ascii_survive_the_path(cpo: Caller, text: str) -> None:
    assert cpo.put("locations", "NL", "CPO", text, body=factories.location(id=text)).status == (201, 1000)
    assert cpo.get("locations", "NL", "CPO", text).data["id"] == text
    assert cpo.get("locations", "NL", "CPO", text, "E1").data["uid"] == "E1"


@pytest.mark.requirement("TYP-01", "TYP-02")
@pytest.mark.parametrize("text", ["é", "a\tb", "a\nb", "a\x00b", "\x7f", "ключ"])
@pytest.mark.parametrize("module", ["locations", "tariffs", "sessions"])
def test_ids_with_other_characters_are_2001_and_never_found(cpo: Caller, module: str, text: str) -> None:
    make = {"locations": factories.location, "tariffs": factories.tariff, "sessions": factories.session}[module]
    assert cpo.put(module, "NL", "CPO", text, body=make(id=text)).status == (200, 2001)
    assert cpo.get(module, "NL", "CPO", text).status[1] in (2001, 2003)
    assert cpo.get(module).data == []


@pytest.mark.parametrize(
    "path",
    [
        "locations/NL/CPO/%00",
        "tokens/NL/EMS/%00",
        "cdrs/%00",
        "cdrs/NL/%00/D1",
        "tariffs/%00/CPO/T1",
        "locations/NL/CPO/%",
        "locations/NL/CPO/%zz",
        "locations/NL/CPO/%FF%FE",
        "locations/NL/CPO/%c0%af",
        "commands/%00",
        "%00",
        "tokens/%00/authorize",
        "locations/NL/CPO/" + "x" * 3000,
        "locations/NL/CPO/%E2%82",
        "sessions/NL/CPO/%0A",
        "credentials%0A",
        "locations%00",
        "locations/NL/CPO/L1/%00/C1",
        "locations//CPO/L1",
        "locations/NL/CPO//E1",
        "../../admin/",
        "./versions",
        "versions;x=1",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH", "DELETE"])
def test_odd_paths_are_refused_in_an_envelope(cpo: Caller, app: Caller, method: str, path: str) -> None:
    for caller in (cpo, app):
        answer = caller.request(method, f"{BASE}/{path}", body={"last_updated": factories.LAST_UPDATED})
        assert answer.body["status_code"] in (2000, 2001, 2003, 2004), answer.body
        assert answer.http.status_code < 500


@pytest.mark.parametrize(
    "query",
    [
        "country_code=%00&party_id=%00",
        "type=%00",
        "type=\x00",
        "country_code=\x00&party_id=CPO",
        "status=%00",
        "connector=%00&lat=%00",
        "date_from=%00",
        "lat=nan&lon=inf",
        "lat=1e400&lon=1&radius_km=-1",
        "min_power_kw=%F0%28",
        "offset=%EF%BC%91",
        "limit[]=1&limit=%FF",
        "&&&===;;",
        "%",
        "lat=",
        "x=" + "y" * 8000,
    ],
)
@pytest.mark.parametrize(
    "path", ["locations", "tokens", "cdrs", "cdrs/D1", "tokens/NL/EMS/X", "sessions", "commands/X"]
)
def test_odd_queries_are_no_crash(cpo: Caller, app: Caller, path: str, query: str) -> None:
    for caller in (cpo, app):
        answer = caller.get(f"{BASE}/{path}", query=query)
        assert answer.http.status_code < 500
        assert answer.body["status_code"] < 3000


@pytest.mark.parametrize(
    "name",
    [
        "X-Request-ID",
        "X-Correlation-ID",
        "OCPI-from-party-id",
        "OCPI-to-country-code",
        "Cookie",
        "Accept-Language",
        "Host",
        "X-Forwarded-For",
        "If-Modified-Since",
        "Range",
        "Expect",
    ],
)
@pytest.mark.parametrize("value", ["", " ", "é\xff", "x" * 8000, "\x00", "%00", "a;b=c,d", "\x1b[31m"])
def test_odd_headers_are_no_crash(cpo: Caller, name: str, value: str) -> None:
    for answer in (cpo.get("tokens", **{name: value}), cpo.put(*L1, body=factories.location(), **{name: value})):
        assert answer.http.status_code < 500
        assert "\r" not in answer["X-Request-ID"]


@pytest.mark.parametrize("size", [20 * 2**20 + 1, 21 * 10**6])
def test_a_body_beyond_the_limit_is_413_in_an_envelope(cpo: Caller, size: int) -> None:
    assert cpo.put(*L1, raw=b" " * size).status == (413, 2000)


# --- pulling and secrets ---------------------------------------------------------------------------------------------
@pytest.mark.requirement("TRA-42")
def test_a_partner_that_missed_every_push_can_pull_what_it_lacks(cpo: Caller) -> None:
    factories.token("04AABBCCDD")
    factories.token("04AABBCCEE")
    assert {token["uid"] for token in cpo.get("tokens").data} == {"04AABBCCDD", "04AABBCCEE"}


@pytest.mark.requirement("TRA-53")
def test_a_token_is_in_no_answer_and_no_log(cpo: Caller, monkeypatch: Any, caplog: Any) -> None:
    logging.getLogger().addHandler(caplog.handler)
    monkeypatch.setattr(locations, "put", fail_with(RuntimeError("boom")))
    with caplog.at_level(logging.DEBUG):
        answers = [cpo.get("nowhere"), cpo.put(*L1, body=factories.location()), Caller("strange-token").get("tokens")]
        answers.append(cpo.put("credentials", body={"token": "x" * 65 + "secret-b", "url": "no", "roles": []}))
    logging.getLogger().removeHandler(caplog.handler)
    shown = caplog.text + "".join(answer.http.content.decode() for answer in answers)
    assert "boom" in caplog.text
    for secret in (cpo.token, "strange-token", "secret-b", encoded(cpo.token), secrets.digest(cpo.token)):
        assert secret not in shown
