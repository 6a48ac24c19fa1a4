"""What must not be kept is not kept, and what an operator needs stays readable."""

import json
from typing import Any

import pytest

from ocpi.journal import redaction
from ocpi.protocol import envelope, headers
from tests import factories

pytestmark = pytest.mark.requirement("TRA-53")


def cleaned(value: Any) -> Any:
    text, _ = redaction.body(json.dumps(value).encode())
    return json.loads(text)


@pytest.mark.parametrize(
    "name", ["Authorization", "authorization", "AUTHORIZATION", "Cookie", "Set-Cookie", "Proxy-Authorization"]
)
def test_a_secret_header_is_masked_in_any_case(name: str) -> None:
    masked = redaction.headers({name: "Token abc", "Accept": "*/*"})
    assert masked.keys() == {name, "Accept"}
    assert masked[name].startswith(redaction.MASK)
    assert "abc" not in masked[name]


def test_the_mark_of_a_token_is_the_same_wherever_it_stands_and_another_for_another() -> None:
    def shown(token: str) -> str:
        return redaction.headers({"Authorization": headers.authorization(token)})["Authorization"]

    assert shown("secret-one") == cleaned({"token": "secret-one"})["token"]
    assert shown("secret-one") != shown("secret-two")
    assert len(redaction.mark("secret-one")) == 9


@pytest.mark.parametrize("value", ["Basic abc", "Token", "", "Token a b"])
def test_what_is_no_token_has_no_mark(value: str) -> None:
    assert redaction.headers({"Authorization": value}) == {"Authorization": redaction.MASK}


def test_a_credentials_token_is_masked_wherever_it_stands() -> None:
    credentials = {"token": "secret", "url": "http://x.test", "roles": [{"token": "secret"}]}
    for value in (credentials, {"data": credentials, "status_code": 1000}, [credentials], {"a": [{"b": credentials}]}):
        assert "secret" not in json.dumps(cleaned(value))
        assert "http://x.test" in json.dumps(cleaned(value))


def test_a_card_keeps_only_the_end_of_its_number() -> None:
    assert cleaned(factories.cdr_token())["uid"] == redaction.MASK + "CCDD"
    assert cleaned({"cdr_token": factories.cdr_token()})["cdr_token"]["contract_id"] == redaction.MASK + "0001"
    assert cleaned(factories.evse())["uid"] == "E1"  # of an EVSE: nobody's secret


def test_the_token_of_a_command_is_masked_too() -> None:
    """An app may name a token by uid and type alone (SEED-06)."""
    started = cleaned({"token": {"uid": "04AABBCCDD", "type": "RFID"}, "location_id": "L1"})
    assert started == {"token": {"uid": redaction.MASK + "CCDD", "type": "RFID"}, "location_id": "L1"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (
            "/ocpi/emsp/2.2.1/tokens/04AABBCCDD/authorize?type=RFID",
            "/ocpi/emsp/2.2.1/tokens/•••CCDD/authorize?type=RFID",
        ),
        ("https://cpo.test/tokens/NL/EMS/04AABBCCDD", "https://cpo.test/tokens/NL/EMS/•••CCDD"),
        ("/tokens/short", "/tokens/•••"),
        ("/tokens?offset=1", "/tokens?offset=1"),
        ("/tokens/", "/tokens/"),
        ("/locations/NL/CPO/L1", "/locations/NL/CPO/L1"),
    ],
)
def test_a_card_number_in_a_url_is_masked(url: str, kept: str) -> None:
    assert redaction.url(url) == kept


def test_the_status_code_of_an_envelope_is_told() -> None:
    assert redaction.body(b'{"status_code": 2001, "timestamp": ""}')[1] == 2001
    for odd in (b'{"status_code": "2001"}', b'{"status_code": 99999}', b'{"status_code": -1}', b"[]", b"5", b"{}"):
        assert redaction.body(odd)[1] is None


@pytest.mark.parametrize("raw", [b"<html>token=secret</html>", b"{", b"\xff\xfe", b"[" * 1000])
def test_what_is_no_json_is_kept_as_its_size_alone(raw: bytes) -> None:
    assert redaction.body(raw) == (f"({len(raw)} bytes that are not JSON)", None)


def test_long_things_are_cut() -> None:
    assert len(redaction.url("/x" * 5000)) == 1000
    assert len(redaction.headers({"X": "y" * 9000})["X"]) == 1000
    assert len(redaction.body(json.dumps(["x" * 200_000]).encode())[0]) == redaction.MAX_BODY


def test_an_empty_body_is_empty() -> None:
    assert redaction.body(b"") == ("", None)


def test_the_deepest_body_that_is_read_can_be_kept() -> None:
    raw = b'{"a":' * (envelope.MAX_DEPTH - 1) + b"1" + b"}" * (envelope.MAX_DEPTH - 1)
    assert redaction.body(raw)[0] == raw.decode()


@pytest.mark.requirement("TRA-53")
@pytest.mark.parametrize("header", ["Token {encoded}", "Token {plain}", "Bearer {plain}", "{plain}", "Token x {plain}"])
def test_a_token_that_the_caller_repeats_elsewhere_is_masked_there_too(header: str) -> None:
    plain, encoded = "token-of-cpo", "dG9rZW4tb2YtY3Bv"
    hide = redaction.hiding({"authorization": header.format(plain=plain, encoded=encoded)})
    assert hide(f"/ocpi/versions?token={plain}") == f"/ocpi/versions?token={redaction.MASK}"
    if "encoded" in header:
        assert hide(encoded) == redaction.MASK


def test_without_a_token_nothing_is_masked() -> None:
    for fields in ({}, {"Authorization": ""}, {"Authorization": "Token"}, {"Authorization": "Token abc"}):
        assert redaction.hiding(fields)("abc Token") == "abc Token"


def test_of_a_long_list_the_same_is_kept_as_of_a_short_one() -> None:
    tokens = [{"uid": f"04AABB{n:06}", "contract_id": f"NL-EMS-C{n:08}", "issuer": "x" * 300} for n in range(2_000)]
    text, status = redaction.body(envelope.encode({"status_code": 1000, "data": tokens, "timestamp": "T"}))
    whole = envelope.encode(redaction.cleaned({"status_code": 1000, "data": tokens, "timestamp": "T"})).decode()
    assert (text, status) == (whole[: redaction.MAX_BODY], 1000)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"contract_id": "NL-EMS-C12345"}',
        b'{"contract\\u005fid":"NL-EMS-C12345"}',
        b'\xef\xbb\xbf{"token":"NL-EMS-C12345"}',
    ],
)
def test_a_name_is_found_however_it_is_written(raw: bytes) -> None:
    assert "C12345" not in redaction.body(raw)[0].replace("...", "")


def test_a_body_that_identifies_nobody_is_kept_as_it_came() -> None:
    assert redaction.body(b'\xef\xbb\xbf{"kwh":  1.50, "name": "Z\xc3\xbcrich"}') == (
        '{"kwh":  1.50, "name": "Zürich"}',
        None,
    )
    assert redaction.body(b'{"status_code": 1000}') == ('{"status_code": 1000}', 1000)


@pytest.mark.parametrize("spaces", [(",", ":"), (", ", ": "), (" ,\n ", " :\t")])
@pytest.mark.parametrize(
    "value",
    [
        factories.session(),
        factories.cdr(),
        [factories.cdr_token(), factories.cdr_token(uid="04", contract_id="")],
        {
            "data": {"allowed": "ALLOWED", "token": {"uid": "04AABBCCDD", "contract_id": "NL-EMS-C1"}},
            "status_code": 1000,
        },
        {"token": "secret-one", "url": "https://cpo.test", "roles": []},
        {"token": {"uid": "04AABBCCDD"}, "location_id": "L1", "evse_uid": "E1"},
        {"issuer": 'uid: "04AABBCCDD"', "contract_id": "contract_id", "uid": ":uid", "visual_number": None},
        {"contract_id": ["NL-EMS-C12345"], "group_id": {"uid": "04AABBCCDD", "issuer": "{x}"}},
        {"evses": [factories.evse(uid="EVSE-ONE", issuer="x")], "cdr_token": factories.cdr_token()},
    ],
)
def test_masks_in_a_text_are_those_of_its_parts(value: Any, spaces: tuple[str, str]) -> None:
    raw = json.dumps(value, separators=spaces, ensure_ascii=False).encode()
    assert json.loads(redaction.body(raw)[0]) == redaction.cleaned(value)


def test_a_body_with_masks_stays_as_it_came_otherwise() -> None:
    raw = b'{"kwh":  1.50, "cdr_token": {"uid" : "04AABBCCDD", "contract_id":"NL-EMS-C1"}}'
    assert redaction.as_it_came(raw) == '{"kwh":  1.50, "cdr_token": {"uid" : "•••CCDD", "contract_id":"•••S-C1"}}'


def test_a_long_header_is_cut() -> None:
    assert redaction.headers({"X": "a" * 2000, "Y": "b"}) == {"X": "a" * 1000, "Y": "b"}
