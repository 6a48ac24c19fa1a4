"""The eMSPs' tokens: what they push, what we pull."""

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, token

URL = "/tokens/NL/EMS/04AABBCC"


def codes(response: object) -> tuple[int, int]:
    return response.status_code, response.json()["status_code"]  # type: ignore[attr-defined]


@pytest.mark.requirement("TOK-36", "TRA-26", "TRA-35")
def test_put_creates_then_replaces_and_get_returns_what_was_put(emsp: Emsp) -> None:
    assert codes(emsp.call("GET", URL)) == (404, 2004)
    first = token(visual_number="123", x_unknown={"a": 1})
    assert codes(emsp.call("PUT", URL, first)) == (201, 1000)
    assert emsp.call("GET", URL).json()["data"] == first
    second = token()
    assert codes(emsp.call("PUT", URL, second)) == (200, 1000)
    assert emsp.call("GET", "/tokens/nl/ems/04aabbcc").json()["data"] == second


@pytest.mark.requirement("TOK-36", "TRA-39", "TRA-40")
@pytest.mark.parametrize(
    ("url", "body", "expected"),
    [
        (URL, token("OTHER"), (200, 2001)),
        (URL, token(party_id="XXX"), (200, 2001)),
        (URL, token(type="APP_USER"), (200, 2001)),
        (f"{URL}?type=XYZ", token(), (200, 2001)),
        (URL, {"uid": "04AABBCC"}, (200, 2001)),
        ("/tokens/FR/XXX/04AABBCC", token(country_code="FR", party_id="XXX"), (404, 2001)),
    ],
)
def test_a_token_that_does_not_fit_its_url_is_refused(
    emsp: Emsp, url: str, body: dict, expected: tuple[int, int]
) -> None:
    assert codes(emsp.call("PUT", url, body)) == expected


@pytest.mark.requirement("TOK-21", "TOK-36", "AMB-04")
def test_patch_changes_what_is_given_and_needs_last_updated(emsp: Emsp) -> None:
    emsp.call("PUT", URL, token(visual_number="1"))
    assert codes(emsp.call("PATCH", URL, {"valid": False})) == (200, 2001)
    assert codes(emsp.call("PATCH", URL, {"valid": False, "last_updated": "2026-01-02T00:00:00Z"})) == (200, 1000)
    held = emsp.call("GET", URL).json()["data"]
    assert (held["valid"], held["visual_number"]) == (False, "1")
    assert codes(emsp.call("PATCH", URL, {"valid": True, "last_updated": "2025-01-02T00:00:00Z"})) == (200, 1000)
    assert emsp.call("GET", URL).json()["data"]["valid"] is False
    assert codes(emsp.call("PATCH", "/tokens/NL/EMS/NONE", {"last_updated": "2026-01-02T00:00:00Z"})) == (404, 2004)


@pytest.mark.requirement("TOK-25")
def test_one_uid_may_be_a_card_and_an_app(emsp: Emsp) -> None:
    emsp.call("PUT", URL, token())
    assert codes(emsp.call("PUT", f"{URL}?type=APP_USER", token(type="APP_USER"))) == (201, 1000)
    assert emsp.call("GET", f"{URL}?type=APP_USER").json()["data"]["type"] == "APP_USER"


@pytest.mark.requirement("TOK-37", "TRA-41")
def test_a_pull_follows_links_updates_known_tokens_adds_new_ones_and_skips_bad_ones(cpo: Cpo, emsp: Emsp) -> None:
    emsp.call("PUT", URL, token())
    emsp.tokens = [
        token(valid=False),
        {"uid": "broken"},
        token("NEW-1"),
        token("NEW-2"),
        token("ALIEN", party_id="XXX"),
    ]
    pull = cpo.control("POST", "/pull/tokens")[0]
    assert (pull["pages"], pull["received"], pull["added"], pull["updated"], len(pull["problems"])) == (3, 5, 2, 1, 2)
    assert emsp.call("GET", URL).json()["data"]["valid"] is False
    assert len(cpo.control("GET", "/tokens?uid=new-1")) == 1
