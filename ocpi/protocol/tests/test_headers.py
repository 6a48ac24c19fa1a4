"""Credentials tokens and routing headers."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.protocol import headers
from ocpi.protocol.errors import InvalidObject, Unauthorized
from ocpi.protocol.headers import PartyId, Routing, authorization, token_candidates

CPO, EMS = PartyId("NL", "CPO"), PartyId("NL", "EMS")


class TestAuthorization:
    @pytest.mark.requirement("TRA-03", "TRA-04", "SMP-01")
    def test_a_token_is_sent_in_base64_without_a_newline(self) -> None:
        assert authorization("example-token") == "Token ZXhhbXBsZS10b2tlbg=="

    @pytest.mark.requirement("TRA-03")
    def test_the_standard_alphabet_is_used(self) -> None:
        assert authorization("??>>") == "Token Pz8+Pg=="

    @pytest.mark.requirement("TRA-06", "FLD-01")
    def test_a_partner_may_need_the_plain_token(self) -> None:
        assert authorization("example-token", plain=True) == "Token example-token"

    @given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64))
    def test_what_we_send_is_the_first_thing_we_would_read(self, token: str) -> None:
        assert token_candidates(authorization(token))[0] == token
        assert token in token_candidates(authorization(token, plain=True))


class TestTokenCandidates:
    @pytest.mark.requirement("TRA-03", "TRA-04", "TRA-07", "SMP-01", "TRA-11")
    @pytest.mark.parametrize(
        "header",
        [
            "Token ZXhhbXBsZS10b2tlbg==",
            "Token ZXhhbXBsZS10b2tlbgo=",
            "Token ZXhhbXBsZS10b2tlbg0K",
            "Token ZXhhbXBsZS10b2tlbg",
            "token ZXhhbXBsZS10b2tlbg==",
            "TOKEN  ZXhhbXBsZS10b2tlbg== ",
        ],
    )
    def test_the_decoded_token_comes_first(self, header: str) -> None:
        assert token_candidates(header)[0] == "example-token"

    @pytest.mark.requirement("TRA-05", "FLD-01")
    def test_a_plain_token_comes_second_or_alone(self) -> None:
        assert token_candidates("Token ZXhhbXBsZS10b2tlbg==") == ["example-token", "ZXhhbXBsZS10b2tlbg=="]
        assert token_candidates("Token test_token_c_123!") == ["test_token_c_123!"]
        assert token_candidates("Token 0123456789abcdef0123456789abcdef")[-1] == "0123456789abcdef0123456789abcdef"

    def test_the_url_safe_alphabet_is_read_too(self) -> None:
        assert token_candidates("Token Pz8-Pg==")[0] == "??>>"

    @pytest.mark.requirement("TRA-02", "TRA-07")
    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "   ",
            "Token",
            "Token ",
            "Bearer ZXhhbXBsZS10b2tlbg==",
            "Basic ZXhhbXBsZTo=",
            "ZXhhbXBsZS10b2tlbg==",
            "Token a b",
            "Token ZXhhbXBsZS10b2tlbg==, Token ZXhhbXBsZS10b2tlbg==",
            "Token é",
            "Token " + "x" * 500,
        ],
    )
    def test_anything_else_is_unauthorized(self, header: str | None) -> None:
        with pytest.raises(Unauthorized) as refused:
            token_candidates(header)
        assert refused.value.http_status == 401

    @pytest.mark.requirement("TRA-53")
    def test_the_refusal_does_not_repeat_the_token(self) -> None:
        with pytest.raises(Unauthorized) as refused:
            token_candidates("Bearer secret-token")
        assert "secret" not in refused.value.message

    @given(st.text() | st.text().map(lambda text: "Token " + text))
    def test_nothing_but_unauthorized_is_ever_raised(self, header: str) -> None:
        with suppress(Unauthorized):
            assert token_candidates(header)


class TestPartyId:
    @pytest.mark.requirement("HUB-05", "TYP-01")
    def test_parties_are_compared_by_key(self) -> None:
        assert PartyId("nl", "Cpo").key == CPO.key == ("NL", "CPO")
        assert PartyId("nl", "Cpo") != CPO
        assert str(CPO) == "NL/CPO"


class TestRouting:
    @pytest.mark.requirement("HUB-01", "TRA-11", "HUB-05")
    def test_headers_are_read_in_any_letter_case_and_values_kept(self) -> None:
        sent = {
            "OCPI-TO-COUNTRY-CODE": "nl",
            "ocpi-to-party-id": " ems ",
            "Ocpi-From-Country-Code": "NL",
            "Ocpi-From-Party-Id": "CPO",
            "Host": "example.com",
        }
        assert Routing.parse(sent) == Routing(to=PartyId("nl", "ems"), from_=CPO)

    @pytest.mark.requirement("HUB-07", "HUB-13", "AMB-15")
    def test_a_party_may_be_left_out(self) -> None:
        assert Routing.parse({}) == Routing()
        assert Routing.parse(Routing(from_=EMS).to_headers()) == Routing(from_=EMS)
        assert Routing.parse(Routing(to=EMS).to_headers()) == Routing(to=EMS)
        assert Routing(from_=EMS).to_headers() == {"OCPI-from-country-code": "NL", "OCPI-from-party-id": "EMS"}

    @pytest.mark.requirement("HUB-07")
    @pytest.mark.parametrize(
        "sent",
        [
            {"OCPI-to-party-id": "EMS"},
            {"OCPI-from-country-code": "NL"},
            {"OCPI-to-party-id": "EMS", "OCPI-to-country-code": ""},
            {"OCPI-to-party-id": "EMSP", "OCPI-to-country-code": "NL"},
            {"OCPI-to-party-id": "EMS", "OCPI-to-country-code": "NLD"},
            {"OCPI-from-party-id": "é", "OCPI-from-country-code": "NL"},
        ],
    )
    def test_half_a_party_or_one_that_is_too_long_is_refused(self, sent: dict[str, str]) -> None:
        with pytest.raises(InvalidObject, match="OCPI-"):
            Routing.parse(sent)

    def test_all_four_headers_are_written(self) -> None:
        routing = Routing(to=EMS, from_=CPO)
        assert routing.to_headers() == {
            headers.TO_COUNTRY_CODE: "NL",
            headers.TO_PARTY_ID: "EMS",
            headers.FROM_COUNTRY_CODE: "NL",
            headers.FROM_PARTY_ID: "CPO",
        }
        assert Routing.parse(routing.to_headers()) == routing

    @pytest.mark.requirement("HUB-02", "HUB-13")
    def test_the_answer_is_swapped_and_not_echoed(self) -> None:
        assert Routing(to=EMS, from_=CPO).reply() == Routing(to=CPO, from_=EMS)
        assert Routing(from_=CPO).reply(responder=EMS) == Routing(to=CPO, from_=EMS)
        assert Routing().reply() == Routing()

    @pytest.mark.requirement("HUB-03")
    def test_configuration_modules_are_known(self) -> None:
        assert {"versions", "credentials", "hubclientinfo"} == headers.CONFIGURATION_MODULES
