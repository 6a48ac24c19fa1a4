"""Tokens at rest, and the identifiers that we make."""

import re
from typing import Any

import pytest

from ocpi.core import ids, secrets


def test_a_digest_is_keyed_and_tells_nothing(settings: Any) -> None:
    first = secrets.digest("token")
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    assert secrets.digest("token") == first != secrets.digest("Token")
    settings.SECRET_KEY = "another"
    assert secrets.digest("token") != first


def test_a_ciphertext_opens_with_its_key_and_with_no_other(settings: Any) -> None:
    old = settings.SECRET_KEY
    sealed = secrets.encrypt("token")
    assert "token" not in sealed
    assert secrets.decrypt(sealed) == "token"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [old]
    assert secrets.decrypt(sealed) == "token"
    settings.SECRET_KEY_FALLBACKS = []
    assert secrets.decrypt(sealed) == ""


def test_nothing_stays_nothing() -> None:
    assert (secrets.encrypt(""), secrets.decrypt(""), secrets.decrypt("nonsense")) == ("", "", "")


@pytest.mark.requirement("CRE-29")
def test_our_tokens_are_long_printable_and_each_new() -> None:
    made = {ids.new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[!-~]{32,64}", token) for token in made)


@pytest.mark.requirement("TRA-46", "TRA-47", "TRA-48")
@pytest.mark.parametrize(
    ("endpoint", "segments", "url"),
    [
        ("http://x/c", ("START_SESSION",), "http://x/c/START_SESSION"), ("http://x/c/", ("A",), "http://x/c/A"),
        ("http://x/c?tenant=7", ("A", "B"), "http://x/c/A/B?tenant=7"), ("http://x/c/?t=7", ("A",), "http://x/c/A?t=7"),
        ("http://x", ("A*1/B C#+%",), "http://x/A%2A1%2FB%20C%23%2B%25"), ("http://x/c", (), "http://x/c"),
        ("http://x/c", ("#NA",), "http://x/c/%23NA"),
    ],
)  # fmt: skip
def test_an_endpoint_and_ids_make_a_url(endpoint: str, segments: tuple[str, ...], url: str) -> None:
    assert ids.join(endpoint, *segments) == url


@pytest.mark.parametrize(
    ("text", "expected"), [("3f0e2b4c-9d1f-4a52-8b7e-0c1d2e3f4a5b", True), ("x", False), ("", False), ("\x00", False)]
)
def test_a_uuid_is_told_from_other_text(text: str, expected: bool) -> None:
    assert ids.is_uuid(text) is expected
