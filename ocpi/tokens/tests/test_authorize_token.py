"""POST authorize: may this driver charge, here, now?"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.tokens import services
from ocpi.tokens.models import Authorization
from tests import factories
from tests.callers import Answer, Caller

UID = "04AABBCCDD"


def authorize(caller: Caller, uid: str = UID, **kwargs: Any) -> Answer:
    return caller.post("tokens", uid, "authorize", **kwargs)


@pytest.mark.requirement("TOK-06", "TOK-10", "TOK-30", "TOK-33")
def test_a_known_token_is_allowed_with_all_its_data(cpo: Caller) -> None:
    token = factories.token()
    answer = authorize(cpo)
    assert answer.status == (200, 1000)
    reference = answer.data["authorization_reference"]
    assert answer.data == {"allowed": "ALLOWED", "token": token.to_wire(), "authorization_reference": reference}


@pytest.mark.requirement("TOK-15")
def test_each_permission_has_a_reference_of_its_own_that_sessions_can_carry(cpo: Caller) -> None:
    factories.token()
    first, second = (authorize(cpo).data["authorization_reference"] for _ in range(2))
    assert first != second
    assert max(len(first), len(second)) <= 36
    body = factories.session(authorization_reference=first)
    cpo.put("sessions", "NL", "CPO", "S1", body=body)
    assert cpo.get("sessions", "NL", "CPO", "S1").data["authorization_reference"] == first
    assert Authorization.objects.get(authorization_reference=first).partner == cpo.partner


@pytest.mark.requirement("TOK-07", "TOK-25")
def test_the_type_belongs_to_the_key_and_is_rfid_by_default(cpo: Caller) -> None:
    factories.token(uid="APP1", type="APP_USER")
    assert authorize(cpo, "APP1").status == (404, 2004)
    assert authorize(cpo, "APP1", query="type=RFID").status == (404, 2004)
    assert authorize(cpo, "APP1", query="type=APP_USER").data["token"]["type"] == "APP_USER"


@pytest.mark.requirement("TOK-08", "AMB-28")
def test_an_unknown_token_is_not_found_and_there_is_no_data(cpo: Caller) -> None:
    answer = authorize(cpo, "NEVER-SEEN")
    assert answer.status == (404, 2004)
    assert "data" not in answer.body


@pytest.mark.requirement("TOK-09")
@pytest.mark.parametrize("status", ["BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"])
def test_a_token_that_may_not_charge_is_answered_with_the_reason(cpo: Caller, status: str) -> None:
    factories.token(status=status)
    answer = authorize(cpo, body={"location_id": "L1"})
    assert answer.status == (200, 1000)
    assert (answer.data["allowed"], answer.data["token"]["uid"]) == (status, UID)
    assert answer.data.keys() == {"allowed", "token"}


@pytest.mark.requirement("TOK-17")
def test_the_answer_is_about_now(cpo: Caller) -> None:
    token = factories.token(status="BLOCKED")
    assert authorize(cpo).data["allowed"] == "BLOCKED"
    services.set_status(token=token, status="ACTIVE")
    assert authorize(cpo).data["allowed"] == "ALLOWED"


@pytest.mark.requirement("TOK-18")
@pytest.mark.parametrize("type_", ["XYZ", "rfid", ""])
def test_an_unknown_type_is_refused(cpo: Caller, type_: str) -> None:
    factories.token()
    assert authorize(cpo, query=f"type={type_}").status == (200, 2001)


@pytest.mark.requirement("TOK-26", "TRA-48")
def test_letters_may_be_small_and_characters_strange(cpo: Caller) -> None:
    factories.token()
    factories.token(uid="a b/c%2F")
    assert authorize(cpo, UID.lower()).data["token"]["uid"] == UID
    assert authorize(cpo, "A B/C%2f").data["token"]["uid"] == "a b/c%2F"


@pytest.mark.requirement("TOK-12", "TOK-13", "TOK-14", "AMB-29")
def test_where_does_not_matter_for_a_token_that_is_bound_to_no_place(cpo: Caller) -> None:
    factories.token()
    closed = {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": 1, "period_begin": "01:00", "period_end": "01:01"}],
    }
    broken = factories.evse(status="OUTOFORDER")
    cpo.put(
        "locations", "NL", "CPO", "L1", body=factories.location(evses=[broken], opening_times=closed, publish=False)
    )
    for place in ({"location_id": "L1", "evse_uids": ["E1"]}, {"location_id": "LX", "evse_uids": ["E7", "E8"]}):
        answer = authorize(cpo, body=place)
        assert (answer.data["allowed"], answer.data["location"]) == ("ALLOWED", place)


@pytest.mark.requirement("TOK-11")
@pytest.mark.parametrize("nothing", [{}, {"raw": b""}, {"raw": b"  \n"}])
def test_a_token_that_is_bound_to_places_needs_to_know_where(cpo: Caller, nothing: dict) -> None:
    factories.token(allowed_locations=[{"location_id": "L1"}])
    answer = authorize(cpo, **nothing)
    assert (answer.status, "data" in answer.body) == ((200, 2002), False)


@pytest.mark.requirement("TOK-12")
@pytest.mark.parametrize(
    ("bound", "asked", "allowed"),
    [
        ([{"location_id": "L1"}], {"location_id": "l1", "evse_uids": ["E1"]}, ["E1"]),
        ([{"location_id": "L1"}], {"location_id": "L1"}, []),
        ([{"location_id": "L1", "evse_uids": ["E1", "E3"]}], {"location_id": "L1", "evse_uids": ["e1", "E2"]}, ["e1"]),
        ([{"location_id": "L1", "evse_uids": ["E1", "E3"]}], {"location_id": "L1"}, ["E1", "E3"]),
        ([{"location_id": "L1", "evse_uids": ["E1"]}, {"location_id": "L1"}],
         {"location_id": "L1", "evse_uids": ["E2"]}, ["E2"]),
        ([{"location_id": "L1", "evse_uids": ["E1"]}], {"location_id": "L1", "evse_uids": ["E2"]}, None),
        ([{"location_id": "L1"}], {"location_id": "L2"}, None),
    ],
)  # fmt: skip
def test_the_answer_names_only_the_evses_where_charging_is_allowed(
    cpo: Caller, bound: list, asked: dict, allowed: list[str] | None
) -> None:
    factories.token(allowed_locations=bound)
    data = authorize(cpo, body=asked).data
    if allowed is None:
        assert (data["allowed"], "location" in data, "authorization_reference" in data) == ("NOT_ALLOWED", False, False)
    else:
        assert data["allowed"] == "ALLOWED"
        assert (data["location"]["location_id"], data["location"].get("evse_uids", [])) == (
            asked["location_id"],
            allowed,
        )


@pytest.mark.requirement("TRA-22", "TRA-25")
@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"{", (400, 2001)), (b"[]", (200, 2001)), (b"{}", (200, 2001)), (b'{"location_id":5}', (200, 2001))],
)
def test_a_body_that_is_no_place_is_refused(cpo: Caller, raw: bytes, status: tuple[int, int]) -> None:
    factories.token()
    assert authorize(cpo, raw=raw).status == status


@pytest.mark.requirement("SEED-07")
def test_the_party_may_stand_in_the_url_and_an_app_may_ask_too(cpo: Caller, app: Caller) -> None:
    factories.token(uid="APP1", type="APP_USER")
    for caller in (cpo, app):
        path = ("tokens", "NL", "EMS", "APP1", "authorize")
        assert caller.post(*path, query="type=APP_USER").data["allowed"] == "ALLOWED"
        assert caller.post(*path).status == (404, 2004)
        assert caller.post("tokens", "FR", "XYZ", "APP1", "authorize", query="type=APP_USER").status == (404, 2004)


@pytest.mark.requirement("TRA-28")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_authorize_takes_post_only(cpo: Caller, method: str) -> None:
    factories.token()
    assert cpo.request(method, "tokens", UID, "authorize", body={}).status == (405, 2000)


@pytest.mark.requirement("TOK-16")
def test_the_answer_needs_few_queries_however_many_tokens_there_are(cpo: Caller) -> None:
    for n in range(30):
        factories.token(uid=f"T{n}")
    authorize(cpo, "T7")
    with CaptureQueriesContext(connection) as captured:
        authorize(cpo, "T7", body={"location_id": "L1", "evse_uids": ["E1"]})
    assert len(captured) <= 5
