"""Which object a message carries."""

import pytest

from learning.explain import shape_of

CPO, EMSP = "https://cpo.test/ocpi/cpo/2.2.1", "/ocpi/emsp/2.2.1"


@pytest.mark.parametrize(
    ("module", "method", "url", "to_emsp", "asked", "answered"),
    [
        ("versions", "GET", "https://cpo.test/ocpi/versions", False, None, "Version"),
        ("versions", "GET", f"{CPO}", False, None, "VersionDetails"),
        ("credentials", "POST", f"{CPO}/credentials", False, "Credentials", "Credentials"),
        ("credentials", "DELETE", f"{EMSP}/credentials", True, None, None),
        ("locations", "GET", f"{CPO}/locations?limit=5", False, None, "Location"),
        ("locations", "GET", f"{CPO}/locations/LOC1/EV1", False, None, "EVSE"),
        ("locations", "PUT", f"{EMSP}/locations/NL/CPO/LOC1", True, "Location", None),
        ("locations", "PATCH", f"{EMSP}/locations/NL/CPO/LOC1/EV1", True, "EVSE", None),
        ("locations", "PUT", f"{EMSP}/locations/NL/CPO/LOC1/EV1/1", True, "Connector", None),
        ("tariffs", "PUT", f"{EMSP}/tariffs/NL/CPO/T1", True, "Tariff", None),
        ("tariffs", "DELETE", f"{EMSP}/tariffs/NL/CPO/T1", True, None, None),
        ("tokens", "PUT", f"{CPO}/tokens/NL/EMS/04AA", False, "Token", None),
        ("tokens", "POST", f"{EMSP}/tokens/04AA/authorize?type=RFID", True, "LocationReferences", "AuthorizationInfo"),
        ("sessions", "PATCH", f"{EMSP}/sessions/NL/CPO/S1", True, "Session", None),
        ("sessions", "PUT", f"{CPO}/sessions/S1/charging_preferences", False, "ChargingPreferences", None),
        ("cdrs", "POST", f"{EMSP}/cdrs", True, "CDR", None),
        ("cdrs", "GET", f"{CPO}/cdrs", False, None, "CDR"),
        ("commands", "POST", f"{CPO}/commands/START_SESSION", False, "StartSession", "CommandResponse"),
        ("commands", "POST", f"{EMSP}/commands/0b9f2c", True, "CommandResult", None),
        ("commands", "POST", f"{EMSP}/commands/START_SESSION", True, None, None),
        (
            "chargingprofiles",
            "PUT",
            f"{CPO}/chargingprofiles/S1",
            False,
            "SetChargingProfile",
            "ChargingProfileResponse",
        ),
        ("chargingprofiles", "POST", f"{EMSP}/chargingprofiles/0b9f2c", True, "ActiveChargingProfileResult", None),
        ("hubclientinfo", "PUT", f"{EMSP}/clientinfo/NL/CPO", True, "ClientInfo", None),
        ("elsewhere", "GET", "/elsewhere", True, None, None),
    ],
)
def test_a_message_carries(
    module: str, method: str, url: str, to_emsp: bool, asked: str | None, answered: str | None
) -> None:
    models = [shape_of(module, method, url, to_emsp=to_emsp, answer=answer).model for answer in (False, True)]
    assert [model and model.__name__ for model in models] == [asked, answered]


def test_only_a_patch_may_leave_fields_out() -> None:
    path = "locations/NL/CPO/LOC1"
    assert shape_of("locations", "PATCH", path, to_emsp=True).partial
    assert not shape_of("locations", "PUT", path, to_emsp=True).partial
