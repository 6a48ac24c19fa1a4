"""The token bench."""

import base64

import pytest

from learning.explain import read_authorization
from ocpi.protocol.headers import authorization, token_candidates

TOKEN = "ebf3b399-779f-4497-9b9d-ac6ad3cc44d2"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.requirement("TRA-03", "TRA-05")
@pytest.mark.parametrize(
    ("header", "verdict", "decoded"),
    [
        (authorization(TOKEN), "valid", TOKEN),
        (f"Authorization: {authorization(TOKEN)}", "valid", TOKEN),
        (f"Token {TOKEN}", "plain", None),
        ("Token 0123456789abcdef0123456789abcdef", "plain", None),
        ("Token b0c0b0c0b0c0b0c0", "ambiguous", "oG4oG4oG4oG4"),
        (f"Token {coded('two words')}", "ambiguous", "two words"),
        (f"Token {coded('x' * 65)}", "wrong", "x" * 65),
        (f"Bearer {TOKEN}", "wrong", None),
        (f"Basic {coded('user:password')}", "wrong", "user:password"),
        ("Token", "wrong", None),
        (TOKEN, "wrong", None),
        ("", "wrong", None),
        ("Token a b", "wrong", None),
        (f"Token {'ü' * 10}", "wrong", None),
    ],
)
def test_a_header_is_read(header: str, verdict: str, decoded: str | None) -> None:
    reading = read_authorization(header)
    assert (reading.verdict, reading.decoded) == (verdict, decoded)
    assert reading.findings


@pytest.mark.parametrize("header", [authorization(TOKEN), f"Token {TOKEN}", TOKEN])
def test_the_corrected_header_is_the_one_that_would_be_accepted(header: str) -> None:
    corrected = read_authorization(header).corrected
    assert token_candidates(corrected)[0] == TOKEN


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (coded(TOKEN + "\n"), "echo"),
        (coded(TOKEN + "xx").rstrip("="), "padding"),
        (base64.urlsafe_b64encode(b"??>>??>>ab~").decode(), "URL-safe"),
        (coded(coded(TOKEN + "x")), "twice"),
    ],
)
def test_what_is_odd_is_told(value: str, word: str) -> None:
    assert word in " ".join(read_authorization(f"Token {value}").findings)
