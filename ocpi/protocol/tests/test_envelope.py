"""The envelope: what we write, what we read, and what every failure of a partner is called."""

from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.protocol.envelope import ABSENT, MAX_DEPTH, decode, encode, failure, open_envelope, success
from ocpi.protocol.errors import (
    Failed,
    HubFailed,
    InvalidObject,
    NotJson,
    NotOcpi,
    PartnerError,
    Refused,
    Unauthenticated,
)

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


class TestWriting:
    @pytest.mark.requirement("TRA-14", "TYP-04")
    def test_a_success_has_code_and_timestamp_and_data(self) -> None:
        assert success(NOW, []) == {"data": [], "status_code": 1000, "timestamp": "2026-03-01T10:00:00Z"}
        assert success(NOW, "ACCEPTED", message="hello")["status_message"] == "hello"

    @pytest.mark.requirement("CHP-10")
    def test_data_is_left_out_where_there_is_none(self) -> None:
        assert "data" not in success(NOW)
        assert not ABSENT
        assert repr(ABSENT) == "ABSENT"

    @pytest.mark.requirement("TRA-20")
    @pytest.mark.parametrize("code", [999, 2000, 2001])
    def test_a_success_has_a_success_code(self, code: int) -> None:
        with pytest.raises(ValueError, match="not a success"):
            success(NOW, status_code=code)

    @pytest.mark.requirement("TOK-08", "TRA-29")
    def test_a_failure_has_a_message_and_never_data(self) -> None:
        assert failure(InvalidObject("id: is required"), NOW) == {
            "status_code": 2001,
            "status_message": "id: is required",
            "timestamp": "2026-03-01T10:00:00Z",
        }

    def test_encoding_is_compact_utf_8(self) -> None:
        assert encode({"a": "é", "b": [1, 0.25, None]}) == '{"a":"é","b":[1,0.25,null]}'.encode()


class TestDecoding:
    @pytest.mark.requirement("TRA-22")
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"   ",
            b'{"id":',
            b"{'id': 1}",
            b"<html>",
            b'{"a":NaN}',
            b"[Infinity]",
            b"[-Infinity]",
            b"[1e999]",
            b"[-1e999]",
            b"9" * 400,
            b'"\xff"',
            b'"\\ud800"',
            b'["a\nb"]',
            b"[" * 5000 + b"]" * 5000,
            b"[" * 300 + b"]" * 300,
            b'{"a":' * 300 + b"1" + b"}" * 300,
        ],
    )
    def test_what_is_not_json_is_refused(self, raw: bytes) -> None:
        with pytest.raises(NotJson):
            decode(raw)

    @pytest.mark.requirement("FLD-33")
    def test_a_byte_order_mark_is_skipped(self) -> None:
        assert decode(b"\xef\xbb\xbf{}") == {}

    @pytest.mark.requirement("TYP-19")
    def test_of_two_equal_keys_the_last_wins(self) -> None:
        assert decode(b'{"name":"a","name":"b"}') == {"name": "b"}

    def test_nul_is_dropped_from_strings_and_keys_at_every_level(self) -> None:
        raw = b'{"a\\u0000":["b\\u0000c",{"d":"\\u0000"},1,null],"\\\\u0000":true}'
        assert decode(raw) == {"a": ["bc", {"d": ""}, 1, None], "\\u0000": True}

    def test_wide_documents_are_not_deep(self) -> None:
        assert len(decode(b"[" + b"[{}]," * 999 + b"[]]")) == 1000

    def test_huge_integers_become_floats(self) -> None:
        assert isinstance(decode(b"123456789012345678901234567890"), float)


def answer(status_code: Any = 1000, **more: Any) -> bytes:
    return orjson.dumps({"status_code": status_code, "timestamp": "2026-03-01T10:00:00Z", **more})


class TestOpening:
    @pytest.mark.requirement("TRA-19", "CRE-16", "AMB-07", "AMB-43")
    @pytest.mark.parametrize("http_status", [200, 201, 202])
    @pytest.mark.parametrize("status_code", [1000, 1900, 1999, "1000"])
    def test_success_is_http_2xx_and_a_code_of_1xxx(self, http_status: int, status_code: object) -> None:
        assert open_envelope(http_status, answer(status_code, data={"a": 1})) == {"a": 1}

    @pytest.mark.requirement("AMB-46", "FLD-33", "CHP-10")
    @pytest.mark.parametrize(
        ("http_status", "raw"), [(204, b""), (204, b"junk"), (200, answer()), (200, answer(data=None))]
    )
    def test_no_data_is_none(self, http_status: int, raw: bytes) -> None:
        assert open_envelope(http_status, raw) is None

    @pytest.mark.requirement("TRA-14")
    def test_a_missing_timestamp_is_overlooked(self) -> None:
        assert open_envelope(200, b'\xef\xbb\xbf{"status_code":1000,"data":[]}') == []

    @pytest.mark.requirement("TRA-18", "TRA-19", "TRA-20", "TRA-31", "FLD-02", "FLD-03", "FLD-31", "CMD-07", "HUB-19")
    @pytest.mark.parametrize(
        ("http_status", "raw", "kind", "permanent"),
        [
            (200, answer(2000), Refused, True),
            (200, answer(2001, data={"result": "ACCEPTED"}), Refused, True),
            (200, answer(2999), Refused, True),
            (200, answer(3000), Failed, False),
            (200, answer(3002), Failed, False),
            (200, answer(4000), HubFailed, False),
            (200, answer(4001), HubFailed, False),
            (200, answer(4002), HubFailed, False),
            (200, answer(4003), HubFailed, False),
            (404, answer(4001), HubFailed, False),
            (503, answer(4002), HubFailed, False),
            (400, answer(2001), Refused, True),
            (404, answer(1000), Refused, True),
            (404, b"<html>", Refused, True),
            (405, b"", Refused, True),
            (400, answer(3001), Failed, False),
            (401, answer(2001), Unauthenticated, True),
            (401, b"", Unauthenticated, True),
            (403, b"<html>", Unauthenticated, True),
            (408, b"", Failed, False),
            (429, b"slow down", Failed, False),
            (500, b"<html>", Failed, False),
            (502, answer(1000), Failed, False),
            (500, answer(2001), Failed, False),
            (200, b"", NotOcpi, False),
            (200, b"<html>", NotOcpi, False),
            (200, b'{"status_code":1000,"da', NotOcpi, False),
            (200, b"[]", NotOcpi, False),
            (200, b"{}", NotOcpi, False),
            (200, answer(None), NotOcpi, False),
            (200, answer(True), NotOcpi, False),
            (200, answer("OK"), NotOcpi, False),
            (200, answer(1000.5), NotOcpi, False),
            (200, answer(0), NotOcpi, False),
            (200, answer(5000), NotOcpi, False),
            (301, b"", NotOcpi, False),
            (308, answer(1000), NotOcpi, False),
        ],
    )
    def test_every_failure_has_its_name(
        self, http_status: int, raw: bytes, kind: type[PartnerError], permanent: bool
    ) -> None:
        with pytest.raises(PartnerError) as failed:
            open_envelope(http_status, raw)
        assert type(failed.value) is kind
        assert failed.value.permanent is permanent
        assert failed.value.http_status == http_status

    def test_what_the_partner_said_is_passed_on_in_one_line(self) -> None:
        with pytest.raises(Refused) as refused:
            open_envelope(200, answer(2001, status_message="id:\r\nmissing" + "x" * 1000))
        assert refused.value.status_code == 2001
        assert refused.value.message.startswith("HTTP 200, status code 2001: id: missing")
        assert len(refused.value.message) < 600

    def test_a_message_that_is_no_text_is_ignored(self) -> None:
        with pytest.raises(Refused, match=r"^HTTP 200, status code 2001$"):
            open_envelope(200, answer(2001, status_message={"a": 1}))

    @pytest.mark.requirement("FLD-31")
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120.0),
            (" 5 ", 5.0),
            ("Fri, 31 Dec 2027 23:59:59 GMT", None),
            ("-1", None),
            ("1e9", None),
            (None, None),
        ],
    )
    def test_retry_after_is_read_in_seconds(self, header: str | None, seconds: float | None) -> None:
        with pytest.raises(Failed) as failed:
            open_envelope(429, b"", header)
        assert failed.value.retry_after == seconds

    @given(st.integers(100, 599), st.binary() | st.integers().map(lambda code: b'{"status_code":%d}' % code))
    def test_nothing_but_a_partner_error_is_ever_raised(self, http_status: int, raw: bytes) -> None:
        with suppress(PartnerError):
            open_envelope(http_status, raw, raw.decode("latin-1"))


@pytest.mark.parametrize(
    ("raw", "fits"),
    [
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, True),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), False),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), False),
        (b'[{"a":[' * 100 + b"]}]" * 100, False),
        (b"[" + b"[[1], {}]," * 500 + b"1]", True),
        (b'["' + b"[{" * 500 + b'"]', True),  # brackets in a text are no depth
        (b'["' + rb"\"[\\" * 500 + b'", "' + rb"\n{\\\"" * 500 + b'"]', True),
        (b'["\\\\", ' + b"[" * MAX_DEPTH + b'"]"' + b"]" * MAX_DEPTH + b"]", False),  # the text has ended
    ],
)
def test_depth_is_what_arrays_and_objects_make(raw: bytes, fits: bool) -> None:
    with nullcontext() if fits else pytest.raises(NotJson, match="nested too deeply"):
        decode(raw)
