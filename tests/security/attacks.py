"""The table: for every endpoint and method, what it says to a partner who tries it on another partner's objects, and
which scope an app needs for it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests import factories
from tests.security.world import Victim

Status = tuple[int, int]
FINE, NO_SUCH, NO_PLACE, NO_METHOD, BAD = (200, 1000), (404, 2001), (404, 2003), (405, 2000), (200, 2001)
LATER = "2030-01-01T00:00:00Z"


class Row(NamedTuple):
    """`foreign`: the answer to another partner. `scope`: what opens it to an app; None for what only partners do."""

    foreign: Status
    scope: str | None = None
    body: Callable[[Victim], Any] | None = None
    ids: Callable[[Victim], dict[str, str]] = lambda victim: victim.ids
    query: str = ""


def _owner(victim: Victim) -> dict[str, str]:
    return {"country_code": victim.ids["country_code"], "party_id": victim.ids["party_id"]}


def _location(victim: Victim) -> Any:
    return factories.location(id="L9", name="stolen", last_updated=LATER, **_owner(victim))


def _session(victim: Victim) -> Any:
    return factories.session(id="S9", kwh=999, last_updated=LATER, **_owner(victim))


def _tariff(victim: Victim) -> Any:
    return factories.tariff(id="T9", currency="USD", last_updated=LATER, **_owner(victim))


def _cdr(victim: Victim) -> Any:
    return factories.cdr(id="D9", session_id="S9", total_cost={"excl_vat": 9999}, last_updated=LATER, **_owner(victim))


def _request(victim: Victim) -> dict[str, str]:
    """Where the path holds the id of a request and not of a session."""
    return {**victim.ids, "session_id": victim.ids["request_id"]}


def _credentials(victim: Victim) -> Any:
    role = {"role": "CPO", **_owner(victim), "business_details": {"name": "We are they"}}
    return {"token": "stolen-token", "url": "http://nowhere.invalid/versions", "roles": [role]}


def _profile(victim: Victim) -> Any:
    limits = {"charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 1}]}
    return {"start_date_time": LATER, "charging_profile": limits}


def _info(victim: Victim) -> Any:
    return {**_owner(victim), "role": "CPO", "status": "SUSPENDED", "last_updated": LATER}


_RENAMED = {"name": "stolen", "status": "OUTOFORDER", "max_amperage": 1, "kwh": 999, "last_updated": LATER}
_START = {"token": {"uid": "04AABBCCDD", "type": "RFID"}, "location_id": "L9", "evse_uid": "E9"}
_OBJECT = "{country_code}/{party_id}"
_LOCATION = f"locations/{_OBJECT}/{{location_id}}"
_EVSE = f"{_LOCATION}/{{evse_uid}}"
_CONNECTOR = f"{_EVSE}/{{connector_id}}"

_BELOW = {
    ("GET", "versions"): Row(FINE, "read"),
    ("GET", "credentials"): Row(FINE),
    ("POST", "credentials"): Row(NO_METHOD, body=_credentials),
    ("PUT", "credentials"): Row((200, 3001), body=_credentials),
    ("GET", f"hubclientinfo/{_OBJECT}"): Row(NO_SUCH),
    ("PUT", f"hubclientinfo/{_OBJECT}"): Row(NO_SUCH, body=_info),
    ("GET", "locations"): Row(FINE, "read"),
    ("GET", _LOCATION): Row(NO_PLACE, "read"),
    ("PUT", _LOCATION): Row(NO_SUCH, body=_location),
    ("PATCH", _LOCATION): Row(NO_SUCH, body=lambda victim: _RENAMED),
    ("GET", _EVSE): Row(NO_PLACE, "read"),
    ("PUT", _EVSE): Row(NO_SUCH, body=lambda victim: factories.evse(uid="E9", status="OUTOFORDER", last_updated=LATER)),
    ("PATCH", _EVSE): Row(NO_SUCH, body=lambda victim: _RENAMED),
    ("GET", _CONNECTOR): Row(NO_PLACE, "read"),
    ("PUT", _CONNECTOR): Row(NO_SUCH, body=lambda victim: factories.connector(id="C9", last_updated=LATER)),
    ("PATCH", _CONNECTOR): Row(NO_SUCH, body=lambda victim: _RENAMED),
    ("GET", "tariffs"): Row(FINE, "read"),
    ("GET", "tariffs/estimate"): Row(NO_SUCH, "read", query="location_id=L9&evse_uid=E9"),
    ("GET", f"tariffs/{_OBJECT}/{{tariff_id}}"): Row(NO_SUCH, "read"),
    ("PUT", f"tariffs/{_OBJECT}/{{tariff_id}}"): Row(NO_SUCH, body=_tariff),
    ("DELETE", f"tariffs/{_OBJECT}/{{tariff_id}}"): Row(NO_SUCH),
    # The tokens are ours and meant for every partner.
    ("GET", "tokens"): Row(FINE, "read"),
    ("GET", f"tokens/{_OBJECT}/{{token_uid}}"): Row((404, 2004), "read"),
    ("POST", "tokens/{token_uid}/authorize"): Row(FINE, "tokens:authorize"),
    ("POST", f"tokens/{_OBJECT}/{{token_uid}}/authorize"): Row((404, 2004), "tokens:authorize"),
    **{(method, "tokens/{token_uid}"): Row(NO_METHOD, "read") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")},
    ("GET", "sessions"): Row(FINE, "read"),
    ("GET", f"sessions/{_OBJECT}/{{session_id}}"): Row(NO_SUCH, "read"),
    ("PUT", f"sessions/{_OBJECT}/{{session_id}}"): Row(NO_SUCH, body=_session),
    ("PATCH", f"sessions/{_OBJECT}/{{session_id}}"): Row(NO_SUCH, body=lambda victim: _RENAMED),
    ("GET", f"sessions/{_OBJECT}/{{session_id}}/charging_preferences"): Row(NO_SUCH, "read"),
    ("PUT", f"sessions/{_OBJECT}/{{session_id}}/charging_preferences"): Row(
        NO_SUCH, "commands", lambda victim: {"profile_type": "FAST"}
    ),
    ("GET", "cdrs"): Row(FINE, "read"),
    ("POST", "cdrs"): Row(BAD, body=_cdr),
    ("GET", "cdrs/{cdr_id}"): Row(NO_SUCH, "read"),
    ("GET", "cdrs/{cdr_id}/check"): Row(NO_SUCH, "read"),
    ("GET", f"cdrs/{_OBJECT}/{{cdr_id}}"): Row(NO_SUCH, "read"),
    ("GET", "commands/{name}"): Row(NO_METHOD, "read"),
    ("POST", "commands/{name}"): Row(NO_SUCH, "commands", lambda victim: {"result": "ACCEPTED"}),
    ("POST", "commands/{name}/cancel"): Row(NO_SUCH, "commands"),
    ("GET", "chargingprofiles/{session_id}"): Row(NO_METHOD, "read", ids=_request),
    ("POST", "chargingprofiles/{session_id}"): Row(NO_SUCH, body=lambda victim: {"result": "ACCEPTED"}, ids=_request),
    ("PUT", "chargingprofiles/{session_id}"): Row(NO_SUCH, body=_profile),
    ("POST", "chargingprofiles/{session_id}/set"): Row(NO_SUCH, "commands", _profile),
    ("POST", "chargingprofiles/{session_id}/get"): Row(NO_SUCH, "commands"),
    ("POST", "chargingprofiles/{session_id}/clear"): Row(NO_SUCH, "commands"),
    ("DELETE", "credentials"): Row(FINE),  # last: it ends the attacker's own registration
}
TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/ocpi/versions"): Row(FINE, "read"),
    ("GET", "/ocpi/emsp/2.2.1"): Row(FINE, "read"),
    ("GET", "/ocpi(?:/|$)"): Row(NO_SUCH, "read"),
    **{(method, f"/ocpi/emsp/2.2.1/{path}"): row for (method, path), row in _BELOW.items()},
}


def path_of(path: str, row: Row, victim: Victim) -> str:
    return path.replace("(?:/|$)", "/somewhere").format(**row.ids(victim))
