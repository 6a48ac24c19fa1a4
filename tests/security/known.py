"""Tokens of the development environment, and ids of objects that an attacker from outside may know."""

CPO, APP, TOKEN_A = "cpo_token_c_abcdef", "test_token_c_123", "emsp_development_token_a"
IDS = {
    "country_code": "NL", "party_id": "CPO", "location_id": "L1", "evse_uid": "E1", "connector_id": "C1",
    "tariff_id": "T1", "session_id": "S1", "cdr_id": "D1", "token_uid": "04AABBCCDD", "name": "START_SESSION",
}  # fmt: skip
