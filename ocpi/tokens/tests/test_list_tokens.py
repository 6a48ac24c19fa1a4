"""GET tokens: the list that CPOs pull, and one token of it (SEED-07)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.partners import callers
from ocpi.protocol.errors import InvalidObject
from ocpi.tokens import services
from ocpi.tokens.models import Token
from tests import factories
from tests.callers import Caller


def uids(caller: Caller, query: str = "") -> list[str]:
    return [token["uid"] for token in caller.get("tokens", query=query).data]


@pytest.mark.requirement("TOK-01", "TOK-33", "TOK-35", "PAG-01", "PAG-08")
def test_every_token_is_in_the_list_complete(cpo: Caller) -> None:
    row = factories.token(visual_number="V-1", group_id="FLEET", language="nl", default_profile_type="GREEN")
    answer = cpo.get("tokens")
    assert (answer.status, answer["X-Total-Count"]) == ((200, 1000), "1")
    assert answer.data == [{
        "country_code": "NL", "party_id": "EMS", "uid": "04AABBCCDD", "type": "RFID", "contract_id": "NL-EMS-C0001",
        "visual_number": "V-1", "issuer": "Open eMSP", "group_id": "FLEET", "valid": True, "whitelist": "ALLOWED",
        "language": "nl", "default_profile_type": "GREEN", "last_updated": row.to_wire()["last_updated"],
    }]  # fmt: skip


@pytest.mark.requirement("TOK-02", "AMB-30", "AMB-27")
def test_a_blocked_token_stays_in_the_list_as_invalid(cpo: Caller) -> None:
    row = factories.token(whitelist="ALWAYS")
    before = cpo.get("tokens").data[0]
    services.set_status(token=row, status="BLOCKED")
    [after] = cpo.get("tokens").data
    assert (after["valid"], after["whitelist"]) == (False, "NEVER")
    assert after["last_updated"] >= before["last_updated"]
    assert uids(cpo, f"date_from={after['last_updated']}") == ["04AABBCCDD"]
    assert uids(cpo, f"date_to={after['last_updated']}") == []


@pytest.mark.requirement("TOK-03", "PAG-18", "PAG-08")
def test_app_tokens_may_be_withheld_from_a_partner_and_are_authorized_all_the_same(cpo: Caller, cp2: Caller) -> None:
    factories.token()
    factories.token(uid="APP1", type="APP_USER")
    cpo.partner.withholds_app_tokens = True
    cpo.partner.save()
    assert (uids(cpo), uids(cp2)) == (["04AABBCCDD"], ["04AABBCCDD", "APP1"])
    assert cpo.get("tokens")["X-Total-Count"] == "1"
    assert cpo.get("tokens", "NL", "EMS", "APP1", query="type=APP_USER").status == (404, 2004)
    assert cpo.post("tokens", "APP1", "authorize", query="type=APP_USER").data["allowed"] == "ALLOWED"


@pytest.mark.requirement("TOK-03", "PAG-18", "PAG-23")
def test_each_page_is_of_what_its_caller_may_see_at_that_moment(cpo: Caller, cp2: Caller, app: Caller) -> None:
    learner = factories.partner(name="Learner", party=("NL", "LRN"), token="token-of-learner", sandbox=True)
    other = Caller(token="token-of-learner", partner=learner, party=("NL", "LRN"))
    for n in range(4):
        factories.token(uid=f"CARD{n}")
        factories.token(uid=f"APP{n}", type="APP_USER")
        factories.token(uid=f"LEARN{n}", sandbox=learner)
    cp2.partner.withholds_app_tokens = True
    cp2.partner.save()
    mixed = ["CARD1", "APP1"]
    for _ in range(2):  # the text of the second one is that of the first
        assert [second_page(caller) for caller in (cpo, cp2, other, app)] == [
            (mixed, "8"), (["CARD2", "CARD3"], "4"), (["LEARN2", "LEARN3"], "4"), (mixed, "8"),
        ]  # fmt: skip
    link = cpo.get("tokens", query="limit=2")["Link"].partition("?")[2].partition(">")[0]
    factories.token(uid="LATE")
    assert cpo.get("tokens", query=link)["X-Total-Count"] == "9"
    cpo.partner.withholds_app_tokens = True
    cpo.partner.save()
    assert uids(cpo, link) == ["CARD1", "CARD2"]
    assert cp2.get("tokens", query=link).status == (200, 2001)


def second_page(caller: Caller) -> tuple[list[str], str]:
    answer = caller.get(
        "tokens", query=caller.get("tokens", query="limit=2")["Link"].partition("?")[2].partition(">")[0]
    )
    return [token["uid"] for token in answer.data], answer["X-Total-Count"]


@pytest.mark.requirement("TOK-25")
def test_one_uid_of_two_types_is_two_tokens(cpo: Caller) -> None:
    factories.token(uid="SAME")
    factories.token(uid="SAME", type="APP_USER", contract_id="OTHER")
    assert [(t["uid"], t["type"]) for t in cpo.get("tokens").data] == [("SAME", "RFID"), ("SAME", "APP_USER")]


@pytest.mark.requirement("TOK-26")
def test_one_uid_in_two_spellings_is_one_token(cpo: Caller) -> None:
    factories.token(uid="04AB")
    factories.token(uid="04ab", contract_id="CHANGED")
    [token] = cpo.get("tokens").data
    assert (token["uid"], token["contract_id"]) == ("04ab", "CHANGED")


@pytest.mark.requirement("TOK-29", "SMP-15")
@pytest.mark.parametrize(("type_", "whitelist"), [("RFID", "ALLOWED"), ("APP_USER", "NEVER"), ("AD_HOC_USER", "NEVER")])
def test_app_tokens_are_never_whitelisted_by_default(cpo: Caller, type_: str, whitelist: str) -> None:
    factories.token(type=type_)
    assert cpo.get("tokens").data[0]["whitelist"] == whitelist


@pytest.mark.requirement("TOK-32", "TOK-34", "TOK-33")
def test_a_contract_id_is_not_judged_but_a_language_and_an_issuer_are(cpo: Caller) -> None:
    factories.token(uid="A", contract_id="ABC123")
    with pytest.raises(InvalidObject, match="language"):
        factories.token(uid="B", language="n1")
    with pytest.raises(InvalidObject):
        factories.token(uid="C" * 37)
    assert [(t["uid"], t["contract_id"]) for t in cpo.get("tokens").data] == [("A", "ABC123")]


@pytest.mark.requirement("TOK-04", "TOK-05", "TRA-28")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
def test_below_a_bare_uid_there_is_only_authorize(cpo: Caller, app: Caller, method: str) -> None:
    factories.token()
    assert cpo.request(method, "tokens", "04AABBCCDD", body={}).status == (405, 2000)
    assert app.request(method, "tokens", "04AABBCCDD", body={}).status == (405, 2000)
    if method != "GET":
        assert cpo.request(method, "tokens", body={}).status == (405, 2000)
        assert cpo.request(method, "tokens", "NL", "EMS", "04AABBCCDD", body={}).status == (405, 2000)
    assert Token.objects.get().valid


@pytest.mark.requirement("SEED-07", "TOK-04", "TOK-07", "TOK-18")
def test_one_token_by_party_uid_and_type(cpo: Caller, app: Caller) -> None:
    card, user = factories.token(uid="SAME"), factories.token(uid="SAME", type="APP_USER")
    for caller in (cpo, app):
        assert caller.get("tokens", "nl", "ems", "same").data == card.to_wire()
        assert caller.get("tokens", "NL", "EMS", "SAME", query="type=APP_USER").data == user.to_wire()
        assert caller.get("tokens", "NL", "EMS", "SAME", query="type=OTHER").status == (404, 2004)
        assert caller.get("tokens", "FR", "XYZ", "SAME").status == (404, 2004)
        assert caller.get("tokens", "NL", "EMS", "SAME", query="type=rfid").status == (200, 2001)


def test_a_page_takes_the_same_number_of_queries_however_long(cpo: Caller) -> None:
    def queries() -> int:
        callers.forget()  # or the look-up counts in one of them only
        with CaptureQueriesContext(connection) as captured:
            cpo.get("tokens")
        return len(captured)

    for n in range(3):
        factories.token(uid=f"T{n}")
    cpo.get("tokens")
    with_three = queries()
    for n in range(3, 30):
        factories.token(uid=f"T{n}")
    assert queries() == with_three <= 6
