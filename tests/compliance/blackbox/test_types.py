"""Requirements section 14 over HTTP: what each type takes, refuses and gives back."""

import copy
import json
import time
from typing import Any

import pytest

from tests import factories

from .operator import Operator
from .platforms import Platform
from .steps import CREATED, NO_SUCH_PLACE, OK, REFUSED, Case, Play, Step, cdr, location, session, table, tariff

L1, T1, S1 = "locations/{me}/L1", "tariffs/{me}/T1", "sessions/{me}/S1"


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with one field, named by a dotted path, set to a value or (...) left out."""
    made = copy.deepcopy(body)
    *parents, last = path.split(".")
    place: Any = made
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return made


def takes(rows: str, path: str, value: Any, back: Any = None) -> Case:
    """A location with this value is stored, and comes back with `back` or the value itself."""
    shown = value if back is None else back
    return Case(
        rows, f"takes {path} = {str(value)[:40]!r} ({len(str(value))})",
        Step("PUT", L1, CREATED, changed(location(), path, value)),
        Step("GET", L1, OK, has={} if shown in (None, ..., []) else {path: shown}),
    )  # fmt: skip


def refuses(rows: str, path: str, value: Any) -> Case:
    """A location with this value is 2001, says where, and is not there."""
    named = next(part for part in reversed(path.split(".")) if not part.isdigit())
    return Case(
        rows, f"refuses {path} = {str(value)[:40]!r} ({len(str(value))})",
        Step("PUT", L1, REFUSED, changed(location(), path, value), message=named),
        Step("GET", L1, NO_SUCH_PLACE),
    )  # fmt: skip


CONNECTOR = "evses.0.connectors.0"
URL = "https://x.test/"


@table(
    Case(
        "TYP-01",
        "an id is found in any letter case, and comes back as it came",
        Step("PUT", L1, CREATED, location()),
        Step("GET", "locations/{me}/l1", OK, has={"id": "L1"}),
        Step("PUT", "locations/{me}/l1", OK, location(name="Second")),
        Step("GET", L1, OK, has={"name": "Second"}),
    ),
    Case(
        "TYP-01",
        "an id in other letters is the same party's",
        Step("PUT", L1, CREATED, location()),
        Step("GET", "locations/nl/{party}/L1", OK, has={"country_code": "{country}"}),
    ),
    refuses("TYP-01", "evses.0.uid", "É1"),
    refuses("TYP-01", "evses.0.uid", "E\t1"),
    refuses("TYP-01", "evses.0.uid", "x" * 37),
    refuses("TYP-01", f"{CONNECTOR}.id", "é"),
    takes("TYP-01", "evses.0.uid", "x" * 36),
    takes("TYP-02", "name", "Köln ⚡ 東京"),
    takes("TYP-02", "name", "⚡" * 255),
    takes("TYP-02", "name", "two\nlines", "two lines"),
    refuses("TYP-03 TYP-02", "name", "x" * 256),
    takes("TYP-03 FIX-04", "address", "x" * 200),
    takes("TYP-03 FIX-04", "address", "x" * 255),
    refuses("TYP-03", "address", "x" * 256),
    takes("TYP-03 FIX-04", "state", "x" * 45),
    refuses("TYP-03", "state", "x" * 46),
    refuses("TYP-03", "city", "x" * 46),
    takes("TYP-08 TYP-10", f"{CONNECTOR}.max_voltage", 230.0),
    refuses("TYP-10", f"{CONNECTOR}.max_voltage", 230.5),
    refuses("TYP-10", f"{CONNECTOR}.max_voltage", True),
    refuses("TYP-10 TYP-08", f"{CONNECTOR}.max_voltage", "230"),
    refuses("TYP-11", "publish", "true"),
    refuses("TYP-11", "publish", 1),
    takes("TYP-11", "charging_when_closed", False),
    takes("TYP-12", "operator", {"name": "X", "website": URL + "y" * (255 - len(URL))}),
    refuses("TYP-12", "operator.website", URL + "y" * (256 - len(URL))),
    takes("TYP-13", "related_locations", None),
    takes("TYP-13", "related_locations", []),
    takes("TYP-13", "evses", []),
    takes("TYP-13", "name", None),
    refuses("TYP-13", "address", None),
    refuses("TYP-13", "address", ...),
    refuses("TYP-13", "coordinates", ...),
    refuses("TYP-13", "evses.0.connectors", []),
    refuses("TYP-13", "evses.0.connectors", None),
    refuses("TYP-14", "evses.0.status", "available"),
    refuses("TYP-14", "evses.0.status", "BROKEN"),
    takes("TYP-14 LOC-39", f"{CONNECTOR}.standard", "MCS"),
    takes("TYP-14 LOC-39", "facilities", ["HOTEL", "SAUNA"]),
    takes("TYP-16", "directions", [{"language": "nl", "text": "<b>links</b>"}]),
    refuses("TYP-16", "directions", [{"language": "nl-NL", "text": "x"}]),
    refuses("TYP-16", "directions", [{"language": "nl", "text": "x" * 513}]),
    takes("TYP-16", "directions", [{"language": "nl", "text": "x" * 512}]),
    refuses("TYP-17 LOC-34", "country", "NL"),
    refuses("TYP-17", "country", "Nederland"),
    takes("TYP-17 LOC-34", "country", "DEU"),
    refuses("TYP-18 LOC-33", "coordinates.latitude", 52.1),
    refuses("TYP-18 LOC-33", "coordinates.latitude", "north"),
    refuses("TYP-18 LOC-33", "coordinates.latitude", "91.00000"),
    takes("TYP-18 LOC-33", "coordinates.latitude", "52.370216"),
    takes("TYP-18 LOC-33", "coordinates.longitude", "-4.10"),
    takes("TYP-22 LOC-29", "charging_when_closed", None),
)
def test_a_field_of_a_location(case: Case, play: Play) -> None:
    play(case)


@table(
    Case(
        "TYP-15 TAR-15",
        "a price has excl_vat",
        Step("PUT", T1, REFUSED, tariff(min_price={"incl_vat": 1})),
        Step("PUT", T1, REFUSED, tariff(min_price=1)),
        Step("PUT", T1, CREATED, tariff(min_price={"excl_vat": 1})),
        Step("PUT", T1, OK, tariff(min_price={"excl_vat": 1, "incl_vat": 1.21})),
        Step("GET", T1, OK, has={"min_price": {"excl_vat": 1, "incl_vat": 1.21}}),
    ),
    Case(
        "TYP-10 TYP-11",
        "a number is neither a boolean nor text",
        Step("PUT", S1, REFUSED, session(kwh=True), message="kwh"),
        Step("PUT", S1, REFUSED, session(kwh="1.5"), message="kwh"),
        Step("PUT", S1, CREATED, session(kwh=1)),
    ),
    Case(
        "TYP-17",
        "a currency has three letters",
        Step("PUT", T1, REFUSED, tariff(currency="EURO")),
        Step("PUT", T1, REFUSED, tariff(currency="€")),
        Step("PUT", T1, CREATED, tariff(currency="SEK")),
    ),
    Case(
        "TYP-08 TAR-19",
        "a number is a JSON number",
        Step("PUT", T1, REFUSED, changed(tariff(), "elements.0.price_components.0.price", "0.25")),
        Step("PUT", T1, CREATED, changed(tariff(), "elements.0.price_components.0.price", 0.25)),
        Step(
            "GET",
            T1,
            OK,
            has={"elements.0.price_components.0.price": 0.25},
            also=lambda reply: b'"price":0.25' in reply.raw.replace(b" ", b""),
        ),
    ),
    *[
        Case(
            "TYP-08 TYP-09",
            f"a number comes back as it came: {kwh}",
            Step("PUT", S1, CREATED, session(kwh=kwh)),
            Step("GET", S1, OK, has={"kwh": kwh}),
        )
        for kwh in (0, 7, 0.1, 0.25, 30.0001, 12345.6789, 0.123456, 1e-4)
    ],
    *[
        Case(
            "TYP-04 TYP-05 TYP-06 TYP-07",
            f"a moment in any form: {sent}",
            Step("PUT", T1, CREATED, tariff(last_updated=sent)),
            Step("GET", f"tariffs?date_from={meant}", OK, has={"0.id": "T1"}),
            Step("GET", f"tariffs?date_to={meant}", OK, data=[]),
        )
        for sent, meant in [
            ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
            ("2026-03-01T12:00:00", "2026-03-01T12:00:00Z"),
            ("2026-03-01T12:00:00.2Z", "2026-03-01T12:00:00.200Z"),
            ("2026-03-01T12:00:00.123456Z", "2026-03-01T12:00:00.123Z"),
            ("2026-03-01T14:00:00+02:00", "2026-03-01T12:00:00Z"),
            ("2026-03-01T12:00:00+00:00", "2026-03-01T12:00:00Z"),
        ]
    ],
    *[
        Case(
            "TYP-04",
            f"not a moment: {sent!r}",
            Step("PUT", T1, REFUSED, tariff(last_updated=sent), message="last_updated"),
        )
        for sent in ("01-03-2026T12:00:00Z", "2026-02-30T12:00:00Z", "now", "", 1772366400, None, "2026-03-01 noon")
    ],
    Case(
        "TYP-19",
        "of two equal keys the last counts",
        Step("PUT", "sessions/{me}/S2", REFUSED, raw=json.dumps(factories.session()).encode()[:-1] + b', "id": "S2"}'),
    ),
    Case(
        "TYP-23",
        "one bad connector refuses the whole, and its path is told",
        Step(
            "PUT",
            L1,
            REFUSED,
            location(
                evses=[factories.evse(uid=f"E{n}") for n in range(9)]
                + [factories.evse(uid="E9", connectors=[factories.connector(standard=None)])]
            ),
            message="standard",
        ),
        Step("GET", L1, NO_SUCH_PLACE),
    ),
    Case(
        "TYP-03 CDR-32 FIX-03",
        "signed data may be long, and comes back byte for byte",
        Step(
            "POST",
            "cdrs",
            CREATED,
            cdr(
                signed_data={
                    "encoding_method": "OCMF",
                    "signed_values": [{"nature": "Start", "plain_data": " a\\n" * 1000, "signed_data": "x" * 5000}],
                }
            ),
        ),
        Step("GET", "cdrs", OK, has={"0.signed_data.signed_values.0.plain_data": " a\\n" * 1000}),
    ),
    Case(
        "TYP-03",
        "signed data may not be longer",
        Step(
            "POST",
            "cdrs",
            REFUSED,
            cdr(
                signed_data={
                    "encoding_method": "OCMF",
                    "signed_values": [{"nature": "Start", "plain_data": "x" * 5001, "signed_data": "x"}],
                }
            ),
        ),
    ),
    Case(
        "TYP-14",
        "a closed enumeration takes its values and no other",
        Step("PUT", S1, REFUSED, session(status="active")),
        Step("PUT", S1, REFUSED, session(auth_method="MAGIC")),
        Step("PUT", S1, CREATED, session(status="ACTIVE")),
    ),
    Case(
        "TYP-10 TYP-11",
        "an int is no boolean and no text",
        Step("PUT", T1, REFUSED, changed(tariff(), "elements.0.price_components.0.step_size", True)),
        Step("PUT", T1, REFUSED, changed(tariff(), "elements.0.price_components.0.step_size", 1.5)),
        Step("PUT", T1, CREATED, changed(tariff(), "elements.0.price_components.0.step_size", 1.0)),
    ),
)
def test_a_field_of_another_object(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("TYP-19")
def test_the_second_of_two_equal_keys_is_stored(cpo: Platform) -> None:
    body = json.dumps(cpo.object("location"))[:-1] + ', "name": "Second"}'
    assert cpo.send("PUT", f"locations/{cpo.me}/L1", raw=body.encode()).codes == CREATED
    assert cpo.get(f"locations/{cpo.me}/L1").data["name"] == "Second"


@pytest.mark.requirement("TYP-20")
def test_a_location_of_500_evses_and_a_bill_of_2000_periods_are_taken(cpo: Platform) -> None:
    text = [{"language": "en", "text": "x" * 500}] * 3
    evses = [factories.evse(uid=f"E{n}", evse_id=f"NL*CPO*E{n}", directions=text) for n in range(500)]
    began = time.monotonic()
    assert cpo.put(f"locations/{cpo.me}/L1", cpo.object("location", evses=evses)).codes == CREATED
    assert time.monotonic() - began < 15
    assert len(cpo.get(f"locations/{cpo.me}/L1").data["evses"]) == 500
    periods = [factories.period(f"2026-03-01T10:{n // 60:02}:{n % 60:02}Z", kwh=0.005) for n in range(2000)]
    assert cpo.post("cdrs", cpo.object("cdr", charging_periods=periods)).codes == CREATED
    big = cpo.object("location", id="L2", remark="x" * 5_000_000)
    assert cpo.put(f"locations/{cpo.me}/L2", big).codes == CREATED


@pytest.mark.requirement("TYP-21", "TYP-08")
@pytest.mark.parametrize("kind", ["location", "tariff", "session", "cdr"])
def test_what_is_taken_comes_back_equal(cpo: Platform, kind: str) -> None:
    body = cpo.object(kind, x_unknown={"a": [1, None, "é"]})
    if kind == "cdr":
        assert cpo.post("cdrs", body).codes == CREATED
        assert cpo.get("cdrs").data == [body]
        return
    path = f"{kind}s/{cpo.me}/{body['id']}"
    assert cpo.put(path, body).codes == CREATED
    assert cpo.get(path).data == body


@pytest.mark.requirement("TYP-22", "TOK-07")
def test_defaults_hold_where_a_parameter_is_left_out(cpo: Platform, add_token: Any) -> None:
    uid, _ = add_token()
    add_token(uid=uid, type="APP_USER")
    assert cpo.post(f"tokens/{uid}/authorize").data["token"]["type"] == "RFID"
    assert cpo.post(f"tokens/{uid}/authorize?type=APP_USER").data["token"]["type"] == "APP_USER"
    assert cpo.get("tokens").data == cpo.get("tokens?offset=0").data


# --- leniencies, off unless agreed ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("flag", "kind", "path", "value"),
    [
        pytest.param(
            "string_numbers",
            "tariff",
            "elements.0.price_components.0.price",
            "0.25",
            marks=pytest.mark.requirement("TYP-09", "TAR-19", "FLD-08"),
        ),
        pytest.param("bare_prices", "tariff", "min_price", 1, marks=pytest.mark.requirement("FLD-08")),
        pytest.param(
            "number_coordinates", "location", "coordinates.latitude", 52.1, marks=pytest.mark.requirement("FLD-09")
        ),
        pytest.param("alpha2_country", "location", "country", "NL", marks=pytest.mark.requirement("TYP-17")),
    ],
)
def test_what_is_overlooked_must_be_agreed(
    cpo: Platform, operator: Operator, flag: str, kind: str, path: str, value: Any
) -> None:
    body = changed(cpo.object(kind), path, value)
    url = f"{kind}s/{cpo.me}/{body['id']}"
    assert cpo.put(url, body).codes == REFUSED
    operator.change(cpo.page, **{flag: True})
    assert cpo.put(url, body).codes == CREATED
    operator.change(cpo.page, **{flag: False})
    assert cpo.put(url, body).codes == REFUSED
