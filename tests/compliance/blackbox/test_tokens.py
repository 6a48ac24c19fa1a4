"""Requirements section 10 over HTTP: the list, real-time authorization, and what we push."""

import time
from typing import Any

import pytest

from tests import factories

from .conftest import Connect
from .operator import Operator
from .platforms import Platform
from .steps import CREATED, NOT_ALLOWED, OK, REFUSED

UNKNOWN = (404, 2004)
TAKES = ("credentials:SENDER", "tokens:RECEIVER")


def listed(cpo: Platform, uid: str) -> list[dict[str, Any]]:
    """This token in the whole list, page by page."""
    total = int(cpo.get("tokens?limit=1", quiet=True)["X-Total-Count"] or "")
    pages = [cpo.get(f"tokens?offset={offset}", quiet=offset < total - 10).data for offset in range(0, total, 10)]
    return [token for page in pages for token in page if token["uid"] == uid]


@pytest.mark.requirement("TOK-02", "TOK-09", "TOK-17", "TOK-33", "AMB-30", "AMB-27")
def test_a_blocked_token_stays_in_the_list_and_authorize_tells_what_holds_now(
    cpo: Platform, operator: Operator, add_token: Any
) -> None:
    uid, page = add_token()
    (before,) = listed(cpo, uid)
    operator.press(page, "block")
    (after,) = listed(cpo, uid)
    assert (before["valid"], after["valid"]) == (True, False)
    assert after["last_updated"] > before["last_updated"]
    assert after["issuer"]
    assert cpo.post(f"tokens/{uid}/authorize").data["allowed"] == "BLOCKED"
    operator.press(page, "unblock")
    assert cpo.post(f"tokens/{uid}/authorize").data["allowed"] == "ALLOWED"


@pytest.mark.requirement("TOK-03")
def test_app_tokens_can_be_withheld_from_a_partner(cpo: Platform, operator: Operator, add_token: Any) -> None:
    uid, _ = add_token(type="APP_USER")
    total = int(cpo.get("tokens")["X-Total-Count"] or "")
    operator.change(cpo.page, withholds_app_tokens=True)
    assert listed(cpo, uid) == []
    assert int(cpo.get("tokens")["X-Total-Count"] or "") < total
    assert cpo.post(f"tokens/{uid}/authorize?type=APP_USER").data["allowed"] == "ALLOWED"


@pytest.mark.requirement("TOK-04", "TOK-05", "SEED-07")
def test_a_token_can_be_looked_at_below_its_party_only_and_changed_by_nobody(cpo: Platform, add_token: Any) -> None:
    uid, _ = add_token()
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert cpo.send(method, f"tokens/{uid}", {}).codes == NOT_ALLOWED
    assert cpo.get(f"tokens/NL/EMS/{uid}").data["uid"] == uid
    assert cpo.delete(f"tokens/NL/EMS/{uid}").codes == NOT_ALLOWED
    assert cpo.post(f"tokens/NL/EMS/{uid}/authorize").data["allowed"] == "ALLOWED"


@pytest.mark.requirement("TOK-06", "TOK-10", "TOK-15", "TOK-30", "TOK-33", "FLD-24")
def test_a_token_is_authorized_with_all_its_data_without_a_body_and_without_a_content_type(
    cpo: Platform, add_token: Any
) -> None:
    uid, _ = add_token()
    token = cpo.get(f"tokens/NL/EMS/{uid}").data
    answer = cpo.post(f"tokens/{uid}/authorize")
    assert (answer.codes, answer.data["allowed"], answer.data["token"]) == (OK, "ALLOWED", token)
    assert "location" not in answer.data
    reference = answer.data["authorization_reference"]
    assert 0 < len(reference) <= 36
    body = cpo.object("session", authorization_reference=reference)
    assert cpo.put(f"sessions/{cpo.me}/S1", body).codes == CREATED


@pytest.mark.requirement("TOK-07", "TOK-08", "TOK-18", "TOK-25", "TOK-26", "AMB-28", "FLD-25")
def test_uid_and_type_are_the_key(cpo: Platform, add_token: Any) -> None:
    uid, _ = add_token(type="APP_USER")
    missing = cpo.post(f"tokens/{uid}/authorize")
    assert (missing.codes, "data" in missing.body) == (UNKNOWN, False)
    assert cpo.post(f"tokens/{uid}/authorize?type=APP_USER").codes == OK
    assert cpo.post(f"tokens/{uid.lower()}/authorize?type=APP_USER").data["token"]["uid"] == uid
    for wrong in ("XYZ", "rfid", ""):
        assert cpo.post(f"tokens/{uid}/authorize?type={wrong}").codes == REFUSED
    add_token(uid=uid)
    types = sorted(token["type"] for token in listed(cpo, uid))
    assert types == ["APP_USER", "RFID"]


@pytest.mark.requirement("TOK-26")
def test_a_uid_goes_out_as_it_was_entered_however_it_is_asked_for(
    cpo: Platform, operator: Operator, add_token: Any
) -> None:
    uid, page = add_token(uid=f"driver-{cpo.party_id}", type="APP_USER")
    operator.press(page, "block")
    answer = cpo.post(f"tokens/{uid.upper()}/authorize?type=APP_USER")
    assert (answer.data["allowed"], answer.data["token"]["uid"]) == ("BLOCKED", uid)
    assert len(listed(cpo, uid)) == 1


@pytest.mark.requirement("TOK-09")
@pytest.mark.parametrize("status", ["BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"])
def test_a_token_that_may_not_charge_is_answered_with_the_reason(cpo: Platform, add_token: Any, status: str) -> None:
    uid, _ = add_token(status=status)
    answer = cpo.post(f"tokens/{uid}/authorize", {"location_id": "L1"})
    assert (answer.codes, answer.data["allowed"]) == (OK, status)
    assert "location" not in answer.data
    assert answer.data["token"]["uid"] == uid


@pytest.mark.requirement("TOK-11", "TOK-12")
def test_a_token_that_is_bound_to_places_is_allowed_there_only(cpo: Platform, add_token: Any) -> None:
    uid, _ = add_token(allowed_locations='[{"location_id": "L1", "evse_uids": ["E1", "E3"]}]')
    nothing = cpo.post(f"tokens/{uid}/authorize")
    assert (nothing.codes, "data" in nothing.body) == ((200, 2002), False)
    some = cpo.post(f"tokens/{uid}/authorize", {"location_id": "L1", "evse_uids": ["E1", "E2"]})
    assert (some.data["allowed"], some.data["location"]) == ("ALLOWED", {"location_id": "L1", "evse_uids": ["E1"]})
    none = cpo.post(f"tokens/{uid}/authorize", {"location_id": "L2"})
    assert (none.data["allowed"], "location" in none.data) == ("NOT_ALLOWED", False)


@pytest.mark.requirement("TOK-13", "TOK-14", "AMB-29", "FLD-21", "TOK-16")
def test_neither_a_closed_nor_a_broken_nor_an_unknown_place_decides(cpo: Platform, add_token: Any) -> None:
    uid, _ = add_token()
    closed = {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": 1, "period_begin": "01:00", "period_end": "01:01"}],
    }
    broken = [factories.evse(status="OUTOFORDER")]
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location", evses=broken, opening_times=closed, publish=False))
    for place in ({"location_id": "L1", "evse_uids": ["E1"]}, {"location_id": "NOWHERE", "evse_uids": ["E7"]}):
        began = time.monotonic()
        answer = cpo.post(f"tokens/{uid}/authorize", place)
        assert (answer.data["allowed"], answer.data["location"]) == ("ALLOWED", place)
        assert time.monotonic() - began < 5
    assert cpo.calls("POST") == []  # nobody else was asked


# === What we push =====================================================================================================
@pytest.mark.requirement("TOK-19", "TOK-20", "TOK-24", "TOK-29", "TOK-33", "TOK-32")
def test_a_new_token_is_put_whole_under_our_own_party(connect: Connect, add_token: Any) -> None:
    cpo = connect(offers=TAKES)
    card, _ = add_token(contract_id=f"ABC{cpo.party_id}")
    user, _ = add_token(type="APP_USER")
    (put,) = cpo.wait_for("PUT", f"tokens/NL/EMS/{card}")
    assert put.path == f"/ocpi/tokens/NL/EMS/{card}"
    assert put.json == cpo.get(f"tokens/NL/EMS/{card}").data
    assert (put.json["country_code"], put.json["party_id"], put.json["contract_id"]) == (
        "NL",
        "EMS",
        f"ABC{cpo.party_id}",
    )
    (other,) = cpo.wait_for("PUT", f"tokens/NL/EMS/{user}")
    assert other.path == f"/ocpi/tokens/NL/EMS/{user}?type=APP_USER"
    assert (other.json["type"], other.json["whitelist"]) == ("APP_USER", "NEVER")


@pytest.mark.requirement("TOK-21", "TOK-22", "TOK-20", "AMB-39")
def test_a_change_is_patched_with_its_moment_and_nothing_is_deleted(
    connect: Connect, operator: Operator, add_token: Any
) -> None:
    cpo = connect(offers=TAKES)
    uid, page = add_token(type="APP_USER")
    cpo.wait_for("PUT", f"tokens/NL/EMS/{uid}")
    operator.press(page, "block")
    (patch,) = cpo.wait_for("PATCH", f"tokens/NL/EMS/{uid}")
    assert patch.path.endswith("?type=APP_USER")
    assert patch.json["valid"] is False
    assert patch.json["last_updated"].endswith("Z")
    assert "contract_id" not in patch.json
    assert cpo.calls("DELETE") == []


@pytest.mark.requirement("TOK-23", "TRA-37", "FLD-03")
def test_what_they_have_is_looked_at_and_mended(connect: Connect, operator: Operator, add_token: Any) -> None:
    cpo = connect(offers=TAKES)
    uid, page = add_token()
    path = f"tokens/NL/EMS/{uid}"
    (first,) = cpo.wait_for("PUT", path)
    cpo.server.answer("PATCH", path, status_code=2001)
    cpo.server.answer("GET", path, data=first.json)  # stale
    operator.press(page, "block")
    assert cpo.wait_for("PUT", path, 2)[1].json["valid"] is False


@pytest.mark.requirement("TOK-34", "TOK-35", "TOK-27")
def test_language_and_profile_go_out_as_entered(connect: Connect, add_token: Any) -> None:
    cpo = connect(offers=TAKES)
    uid, _ = add_token(language="nl", default_profile_type="GREEN", whitelist="ALLOWED_OFFLINE")
    (put,) = cpo.wait_for("PUT", f"tokens/NL/EMS/{uid}")
    sent = {name: put.json[name] for name in ("language", "default_profile_type", "whitelist")}
    assert sent == {"language": "nl", "default_profile_type": "GREEN", "whitelist": "ALLOWED_OFFLINE"}
    with pytest.raises(AssertionError, match="at most 2 characters"):
        add_token(language="nl-NL")
