"""Requirements section 3, as far as a platform without a hub goes: the four routing headers."""

from typing import Any

import pytest

from ocpi.partners.models import PartnerRole
from ocpi.protocol.headers import PartyId, Routing
from ocpi.tokens import pushes
from ocpi.tokens.models import TokenPush
from tests import factories
from tests.callers import BASE, Answer, Caller
from tests.partner_server import PartnerServer

L1 = ("locations", "NL", "CPO", "L1")
NAMES = ("OCPI-to-country-code", "OCPI-to-party-id", "OCPI-from-country-code", "OCPI-from-party-id")


def route(to: str = "NL/EMS", from_: str = "NL/CPO") -> dict[str, str]:
    parties = [PartyId(*text.split("/")) if text else None for text in (to, from_)]
    return Routing(*parties).to_headers()


def shown(answer: Answer) -> tuple[str, str]:
    """Who the answer is for and whom it comes from."""
    to_country, to_party, from_country, from_party = (answer.http.get(name, "") for name in NAMES)
    return f"{to_country}/{to_party}", f"{from_country}/{from_party}"


@pytest.mark.requirement("HUB-01", "HUB-02")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", L1, factories.location()),
        ("GET", ("locations",), None),
        ("PUT", ("tariffs", "NL", "CPO", "T1"), factories.tariff()),
        ("PUT", ("sessions", "NL", "CPO", "S1"), factories.session()),
        ("POST", ("cdrs",), factories.cdr()),
        ("GET", ("tokens",), None),
        ("POST", ("tokens", "04AABBCCDD", "authorize"), {"location_id": "L1"}),
    ],
)
def test_the_answer_swaps_the_parties_of_the_request(cpo: Caller, method: str, path: Any, body: Any) -> None:
    factories.token()
    answer = cpo.request(method, *path, body=body, **route())
    assert answer.body["status_code"] == 1000
    assert shown(answer) == ("NL/CPO", "NL/EMS")


@pytest.mark.requirement("HUB-01")
def test_our_own_requests_carry_all_four_headers(partner_server: PartnerServer, db: None) -> None:
    partner_server.registered()
    factories.token()
    for push in TokenPush.objects.all():
        pushes.send(push.pk)
    [call] = partner_server.calls("PUT", "tokens")
    assert [call[name] for name in NAMES] == ["NL", "CPO", "NL", "EMS"]


@pytest.mark.requirement("HUB-03", "VER-16", "CRE-35")
@pytest.mark.parametrize("url", ["/ocpi/versions", f"{BASE}/versions", f"{BASE}/", f"{BASE}/credentials"])
@pytest.mark.parametrize("sent", [route(), route(to="FR/XXX", from_="FR/YYY"), {"OCPI-to-party-id": "alone"}])
def test_configuration_modules_take_no_notice_of_them(cpo: Caller, url: str, sent: dict[str, str]) -> None:
    answer = cpo.get(url, **sent)
    assert answer.status == (200, 1000)
    assert not [name for name in NAMES if name in answer.http]


@pytest.mark.requirement("HUB-04")
def test_failures_swap_them_too(cpo: Caller, monkeypatch: Any) -> None:
    factories.token()
    failures = [
        cpo.get("locations", "NL", "CPO", "none", **route()),
        cpo.put(*L1, raw=b"{", **route()),
        cpo.put(*L1, body={}, **route()),
        cpo.post(*L1, body={}, **route()),
        cpo.get("tokens", query="limit=0", **route()),
    ]
    assert [answer.status[0] for answer in failures] == [404, 400, 200, 405, 200]
    assert {shown(answer) for answer in failures} == {("NL/CPO", "NL/EMS")}


@pytest.mark.requirement("HUB-05")
def test_their_values_have_no_case(cpo: Caller) -> None:
    assert cpo.put(*L1, body=factories.location(), **route(to="nl/ems", from_="nl/cpo")).status == (201, 1000)


@pytest.mark.requirement("HUB-06")
def test_a_message_for_a_party_that_is_not_ours_is_404_and_not_stored(cpo: Caller) -> None:
    answer = cpo.put(*L1, body=factories.location(), **route(to="NL/ZZZ"))
    assert answer.status == (404, 2001)
    assert shown(answer)[0] == "NL/CPO"
    assert cpo.get(*L1).status == (404, 2003)


@pytest.mark.requirement("HUB-07")
def test_without_them_a_platform_with_one_party_is_understood(cpo: Caller) -> None:
    answer = cpo.put(*L1, body=factories.location())
    assert answer.status == (201, 1000)
    assert shown(answer) == ("NL/CPO", "NL/EMS")


@pytest.mark.requirement("HUB-07")
def test_a_platform_with_several_parties_must_say_which_one_speaks(cpo: Caller) -> None:
    PartnerRole.objects.create(partner=cpo.partner, role="CPO", country_code="BE", party_id="CPX")
    assert cpo.put(*L1, body=factories.location()).status == (200, 2001)
    assert cpo.put(*L1, body=factories.location(), **route()).status == (201, 1000)
    assert cpo.get("tokens", **route(to="", from_="BE/CPX")).status == (200, 1000)


@pytest.mark.requirement("HUB-07")
def test_a_platform_with_several_roles_of_one_party_need_not(cpo: Caller) -> None:
    PartnerRole.objects.create(partner=cpo.partner, role="EMSP", country_code="NL", party_id="CPO")
    assert cpo.put(*L1, body=factories.location()).status == (201, 1000)


@pytest.mark.requirement("HUB-07")
@pytest.mark.parametrize("name", NAMES)
def test_half_a_pair_is_2001(cpo: Caller, name: str) -> None:
    half = {key: value for key, value in route().items() if key != name}
    assert cpo.put(*L1, body=factories.location(), **half).status == (200, 2001)
    assert cpo.get(*L1).status == (404, 2003)


@pytest.mark.requirement("HUB-08")
@pytest.mark.parametrize("stranger", ["FR/XXX", "DE/CP2", "NL/EMS", "XX/CPO"])
def test_a_sender_that_is_not_the_callers_is_2001(cpo: Caller, cp2: Caller, stranger: str) -> None:
    assert cpo.put(*L1, body=factories.location(), **route(from_=stranger)).status == (200, 2001)
    assert cpo.get(*L1).status == (404, 2003)


@pytest.mark.requirement("HUB-09")
def test_the_owner_is_the_party_of_the_url_not_the_one_that_speaks(cpo: Caller) -> None:
    PartnerRole.objects.create(partner=cpo.partner, role="HUB", country_code="NL", party_id="HUB")
    answer = cpo.put(*L1, body=factories.location(), **route(from_="NL/HUB"))
    assert (answer.status, shown(answer)) == ((201, 1000), ("NL/HUB", "NL/EMS"))
    assert cpo.get(*L1, **route(from_="NL/HUB")).data["party_id"] == "CPO"


@pytest.mark.parametrize("value", ["", "TOOLONG", "é", "\x00"])
def test_a_value_that_is_no_party_is_2001_or_overlooked(cpo: Caller, value: str) -> None:
    answer = cpo.get("tokens", **{"OCPI-from-party-id": value, "OCPI-from-country-code": "NL"})
    assert answer.status == (200, 2001)
