"""Requirements section 14, as far as it can be seen from outside: what a field may look like."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.callers import Caller

L1 = ("locations", "NL", "CPO", "L1")
T1 = ("tariffs", "NL", "CPO", "T1")
S1 = ("sessions", "NL", "CPO", "S1")
ACCEPTED, REFUSED = (201, 1000), (200, 2001)


def with_field(path: str, value: Any, make: Any = factories.location) -> Any:
    """The factory's object with one field, named by its path, set to a value; `...` takes the field away."""
    body = json.loads(json.dumps(make()))
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = body
    for step in parents:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param("name", "Köln ⚡ 中文 🚗", ACCEPTED, marks=pytest.mark.requirement("TYP-02")),
        pytest.param("name", "a\nb", ACCEPTED, marks=pytest.mark.requirement("TYP-02")),
        pytest.param("evses.0.uid", "a\nb", REFUSED, marks=pytest.mark.requirement("TYP-01", "TYP-02")),
        pytest.param("id", "L1é", REFUSED, marks=pytest.mark.requirement("TYP-01")),
        pytest.param("evses.0.uid", "x" * 37, REFUSED, marks=pytest.mark.requirement("TYP-03")),
        pytest.param("name", "é" * 255, ACCEPTED, marks=pytest.mark.requirement("TYP-03")),
        pytest.param("name", "é" * 256, REFUSED, marks=pytest.mark.requirement("TYP-03")),
        pytest.param("address", "x" * 255, ACCEPTED, marks=pytest.mark.requirement("TYP-03")),
        pytest.param("address", "x" * 256, REFUSED, marks=pytest.mark.requirement("TYP-03")),
        pytest.param("evses.0.connectors.0.max_voltage", 230.0, ACCEPTED, marks=pytest.mark.requirement("TYP-10")),
        pytest.param("evses.0.connectors.0.max_voltage", 230.5, REFUSED, marks=pytest.mark.requirement("TYP-10")),
        pytest.param("evses.0.connectors.0.max_voltage", True, REFUSED, marks=pytest.mark.requirement("TYP-10")),
        pytest.param("evses.0.connectors.0.max_voltage", "230", REFUSED, marks=pytest.mark.requirement("TYP-09")),
        pytest.param("evses.0.connectors.0.max_voltage", 2**40, REFUSED),
        pytest.param("evses.0.connectors.0.max_voltage", 10**40, REFUSED),
        pytest.param("publish", "true", REFUSED, marks=pytest.mark.requirement("TYP-11")),
        pytest.param("publish", 1, REFUSED, marks=pytest.mark.requirement("TYP-11")),
        pytest.param(
            "operator",
            {"name": "X", "website": "https://x.test/" + "y" * 240},
            ACCEPTED,
            marks=pytest.mark.requirement("TYP-12"),
        ),
        pytest.param(
            "operator",
            {"name": "X", "website": "https://x.test/" + "y" * 241},
            REFUSED,
            marks=pytest.mark.requirement("TYP-12"),
        ),
        pytest.param("related_locations", None, ACCEPTED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("related_locations", [], ACCEPTED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("name", None, ACCEPTED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("address", None, REFUSED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("address", ..., REFUSED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("evses.0.connectors", [], REFUSED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("evses", [], ACCEPTED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("evses.0.status", "available", REFUSED, marks=pytest.mark.requirement("TYP-14")),
        pytest.param("evses.0.status", "BROKEN", REFUSED, marks=pytest.mark.requirement("TYP-14")),
        pytest.param("evses.0.connectors.0.standard", "MCS", ACCEPTED, marks=pytest.mark.requirement("TYP-14")),
        pytest.param(
            "directions",
            [{"language": "nl", "text": "<b>links</b>"}],
            ACCEPTED,
            marks=pytest.mark.requirement("TYP-16"),
        ),
        pytest.param(
            "directions", [{"language": "dutch", "text": "links"}], REFUSED, marks=pytest.mark.requirement("TYP-16")
        ),
        pytest.param(
            "directions", [{"language": "nl", "text": "x" * 513}], REFUSED, marks=pytest.mark.requirement("TYP-16")
        ),
        pytest.param("country", "NL", REFUSED, marks=pytest.mark.requirement("TYP-17")),
        pytest.param("country", "NLD", ACCEPTED, marks=pytest.mark.requirement("TYP-17")),
        pytest.param("coordinates.latitude", 52.1, REFUSED, marks=pytest.mark.requirement("TYP-18")),
    ],
)
def test_a_field_of_a_location(cpo: Caller, path: str, value: Any, expected: Any) -> None:
    answer = cpo.put(*L1, body=with_field(path, value))
    assert answer.status == expected, answer.message
    assert cpo.get(*L1).status == ((200, 1000) if expected == ACCEPTED else (404, 2003))


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param("currency", "EURO", REFUSED, marks=pytest.mark.requirement("TYP-17")),
        pytest.param("elements.0.price_components.0.price", "0.35", REFUSED, marks=pytest.mark.requirement("TYP-08")),
        pytest.param(
            "elements.0.price_components.0.price", 0.123456, ACCEPTED, marks=pytest.mark.requirement("TYP-09")
        ),
        pytest.param("min_price", {"incl_vat": 1}, REFUSED, marks=pytest.mark.requirement("TYP-15")),
        pytest.param("min_price", {"excl_vat": 1}, ACCEPTED, marks=pytest.mark.requirement("TYP-15")),
        pytest.param("elements", [], REFUSED, marks=pytest.mark.requirement("TYP-13")),
        pytest.param("tariff_alt_url", "relative/page", ACCEPTED),
        pytest.param("type", "regular", REFUSED, marks=pytest.mark.requirement("TYP-14")),
    ],
)
def test_a_field_of_a_tariff(cpo: Caller, path: str, value: Any, expected: Any) -> None:
    answer = cpo.put(*T1, body=with_field(path, value, factories.tariff))
    assert answer.status == expected, answer.message


@pytest.mark.requirement("TYP-04", "TYP-05", "TYP-06", "TYP-07")
@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00.2Z", "2026-03-01T12:00:00.200Z"),
        ("2026-03-01T12:00:00.123456Z", "2026-03-01T12:00:00.123Z"),
        ("2026-03-01T14:00:00+02:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00+00:00", "2026-03-01T12:00:00Z"),
    ],
)
def test_a_moment_in_any_form_is_kept_as_utc(cpo: Caller, sent: str, meant: str) -> None:
    assert cpo.put(*L1, body=factories.location(last_updated=sent)).status == ACCEPTED
    assert cpo.get("locations", query=f"date_from={meant}")["X-Total-Count"] == "1"
    assert cpo.get("locations", query=f"date_to={meant}")["X-Total-Count"] == "0"
    assert cpo.get(*L1).data["last_updated"] in (sent, meant)


@pytest.mark.requirement("TYP-04")
@pytest.mark.parametrize(
    "sent", ["2026-03-01", "01-03-2026T12:00:00Z", "2026-02-30T12:00:00Z", "now", "", 1772366400, None]
)
def test_what_is_no_moment_is_refused(cpo: Caller, sent: Any) -> None:
    status = cpo.put(*L1, body=factories.location(last_updated=sent)).status
    assert status == (ACCEPTED if sent == "2026-03-01" else REFUSED)  # a date alone is its midnight


@pytest.mark.requirement("TYP-08", "TYP-09")
@pytest.mark.parametrize("kwh", [0.1, 0.25, 30.0001, 12345.6789, 0.123456, 0, 7, 1e-4, 0.30000000000000004])
def test_a_number_comes_back_as_the_number_that_it_was(cpo: Caller, kwh: float) -> None:
    assert cpo.put(*S1, body=factories.session(kwh=kwh)).status == ACCEPTED
    back = cpo.get(*S1).data["kwh"]
    assert isinstance(back, int | float)
    assert back == pytest.approx(kwh, abs=1e-6)


@pytest.mark.requirement("TYP-19")
def test_of_two_equal_keys_the_last_counts(cpo: Caller) -> None:
    body = json.dumps(factories.location())[:-1] + ', "name": "Second"}'
    assert cpo.put(*L1, raw=body.encode()).status == ACCEPTED
    assert cpo.get(*L1).data["name"] == "Second"


@pytest.mark.requirement("TYP-20")
def test_a_location_with_500_evses_is_taken(cpo: Caller) -> None:
    text = [{"language": "en", "text": "x" * 500}] * 3
    evses = [factories.evse(uid=f"E{n}", evse_id=f"NL*CPO*E{n}", directions=text) for n in range(500)]
    body = factories.location(evses=evses)
    assert len(json.dumps(body)) > 1_000_000
    assert cpo.put(*L1, body=body).status == ACCEPTED
    assert len(cpo.get(*L1).data["evses"]) == 500


@pytest.mark.requirement("TYP-20")
def test_a_cdr_with_2000_periods_is_taken(cpo: Caller) -> None:
    periods = [factories.period(f"2026-03-01T10:{n // 60 % 60:02}:{n % 60:02}Z", kwh=0.005) for n in range(2000)]
    assert cpo.post("cdrs", body=factories.cdr(charging_periods=periods)).status == ACCEPTED


@pytest.mark.requirement("TYP-20")
def test_a_body_of_five_megabytes_is_read(cpo: Caller) -> None:
    assert cpo.put(*L1, body=factories.location(remark="x" * 5_000_000)).status == ACCEPTED


@pytest.mark.requirement("TYP-22")
def test_defaults_hold_where_a_field_is_left_out(cpo: Caller) -> None:
    factories.token("CARD")
    factories.token("CARD", type="APP_USER")
    assert cpo.get("tokens", "NL", "EMS", "CARD").data["type"] == "RFID"
    assert cpo.post("tokens", "CARD", "authorize").data["token"]["type"] == "RFID"
    assert cpo.put(*L1, body=factories.location()).status == ACCEPTED
    assert cpo.get(*L1).data.get("charging_when_closed", True) is True
    assert len(cpo.get("tokens").data) == len(cpo.get("tokens", query="offset=0").data) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "name",
    "address",
    "evses",
    "coordinates",
    "publish",
    "opening_times",
    "facilities",
    "images",
    "energy_mix",
    "operator",
    "last_updated",
    "time_zone",
    "country",
    "publish_allowed_to",
    "evses.0.connectors",
    "evses.0.status",
    "evses.0.status_schedule",
    "evses.0.connectors.0.tariff_ids",
    "evses.0.uid",
    "unknown_field",
]
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.requirement("TRA-23", "TYP-21")
@MANY
@given(path=st.sampled_from(FIELDS), value=JSON)
def test_whatever_stands_in_a_location_it_is_taken_or_refused(cpo: Caller, path: str, value: Any) -> None:
    body = with_field(path, value)
    body["last_updated"] = value if path == "last_updated" else factories.LAST_UPDATED
    answer = cpo.put(*L1, body=body)
    assert answer.status in (ACCEPTED, (200, 1000), REFUSED)
    if answer.status != REFUSED:
        assert cpo.get(*L1).status == (200, 1000)


@MANY
@given(
    what=st.sampled_from(["cdrs", "sessions", "tariffs"]),
    field=st.sampled_from(
        [
            "id",
            "kwh",
            "total_cost",
            "charging_periods",
            "cdr_token",
            "elements",
            "cdr_location",
            "last_updated",
            "currency",
            "tariffs",
            "status",
            "start_date_time",
            "signed_data",
            "min_price",
        ]
    ),
    value=JSON,
)
def test_whatever_stands_in_another_object_it_is_taken_or_refused(
    cpo: Caller, what: str, field: str, value: Any
) -> None:
    make = {"cdrs": factories.cdr, "sessions": factories.session, "tariffs": factories.tariff}[what]
    body = make(**{field: value})
    answer = cpo.post("cdrs", body=body) if what == "cdrs" else cpo.put(what, "NL", "CPO", make()["id"], body=body)
    assert answer.status in (ACCEPTED, (200, 1000), REFUSED)
    assert cpo.get(what).status == (200, 1000)


@MANY
@given(patch=st.dictionaries(st.sampled_from([*FIELDS, "id", "uid"]), JSON, max_size=3), level=st.integers(0, 2))
def test_whatever_stands_in_a_patch_it_is_taken_or_refused(cpo: Caller, patch: Any, level: int) -> None:
    cpo.put(*L1, body=factories.location())
    path = (*L1, "E1", "C1")[: 4 + level]
    answer = cpo.patch(*path, body={"last_updated": factories.LAST_UPDATED, **patch})
    assert answer.status in ((200, 1000), REFUSED)
    assert cpo.get(*L1).status == (200, 1000)


@pytest.mark.requirement("TRA-22")
@MANY
@given(raw=st.binary(max_size=200))
def test_whatever_the_bytes_are_they_are_answered(cpo: Caller, raw: bytes) -> None:
    assert cpo.put(*L1, raw=raw).status in ((400, 2001), REFUSED)
