"""Stations over Europe, and their tariffs."""

from tests import factories

from .partners_filling import PARTY, ago
from .statements import Filling, Number, Text, as_json, wire_time

# Most belong to a few partners, as in life; the last real partner has just been added, and nothing is its own yet.
OWNER = "1 + floor(($partners - 1) * power((({n} * 7919) % 10007) / 10007.0, 4))::int"
CITIES = "(ARRAY['Utrecht','Berlin','Antwerpen','Paris','Wien','Milano','Madrid','Warszawa'])[1 + {n} % 8]"
COUNTRIES = "(ARRAY['NLD','DEU','BEL','FRA','AUT','ITA','ESP','POL'])[1 + {n} % 8]"
STATUSES = "(ARRAY['AVAILABLE','CHARGING','AVAILABLE','OUTOFORDER','AVAILABLE','CHARGING','UNKNOWN'])[1 + {n} % 7]"
PLUGS = "(ARRAY['IEC_62196_T2','IEC_62196_T2_COMBO','CHADEMO'])[1 + {n} % 3]"
STATIONS = f"""(
    SELECT i, {OWNER.format(n="i")} AS partner, {CITIES.format(n="i")} AS city, {COUNTRIES.format(n="i")} AS country,
        'Laan ' || (i % 900) AS name, 42 + ((i * 7331) % 100003) / 100003.0 * 14 AS lat,
        -4 + ((i * 3571) % 100019) / 100019.0 * 26 AS lon, now() - interval '1 hour' * ((i * 31) % 700) AS changed
    FROM generate_series(1, $locations) AS i
) AS s"""
HOURS = {
    "twentyfourseven": False,
    "regular_hours": [{"weekday": day, "period_begin": "08:00", "period_end": "20:00"} for day in range(1, 8)],
}
ALWAYS = {"twentyfourseven": True}
UID = "'E' || {n}"
EVSE_ID = "'NL*P' || lpad((1 + {n} % 25)::text, 2, '0') || '*E' || {n}"


def _location() -> str:
    wire = factories.location(
        party_id=Text(PARTY.format(n="partner")), id=Text("'L' || i"), name=Text("name"), city=Text("city"),
        country=Text("country"), address=Text("name || ' ' || i % 77"), last_updated=wire_time("changed"),
        coordinates={"latitude": Text("round(lat, 5)"), "longitude": Text("round(lon, 5)")}, publish=Number("'true'"),
    )  # fmt: skip
    del wire["evses"]
    by_day, around = as_json(wire | {"opening_times": HOURS}), as_json(wire | {"opening_times": ALWAYS})
    return f"CASE WHEN i % 3 = 0 THEN {by_day} WHEN i % 3 = 1 THEN {around} ELSE {as_json(wire)} END"


def _evse() -> str:
    wire = factories.evse(uid=Text(UID.format(n="i")), evse_id=Text(EVSE_ID.format(n="i")),
                          status=Text(STATUSES.format(n="i")), last_updated=wire_time("changed"))  # fmt: skip
    del wire["connectors"]
    return as_json(wire)


TARIFF = factories.tariff(party_id=Text("party"), id=Text("'T' || i"), last_updated=wire_time("changed"))
TARIFFS = f"""(
    SELECT i, {OWNER.format(n="i")} AS partner, {PARTY.format(n=f"({OWNER.format(n='i')})")} AS party,
        now() - interval '1 hour' * ((i * 17) % 4000) AS changed FROM generate_series(1, {{rows}}) AS i
) AS s"""
VERSION = factories.tariff(party_id=Text("party"), id=Text("'T' || 1 + i % $tariffs"))
CONNECTOR = factories.connector(
    id="C1", standard=Text(PLUGS.format(n="i")), tariff_ids=[Text("'T' || 1 + i % $tariffs")]
)
CAPABILITIES = factories.evse()["capabilities"]
TIMES = {"last_updated": "changed", "replaced_at": "changed", "received_at": ago("500"), "changed_at": "changed"}
CHANGED_PART = (
    "(SELECT i, now() - interval '1 minute' * ((i * 31) % 40000) AS changed FROM generate_series(1, {rows}) AS i) AS s"
)

FILLINGS = {
    "ocpi_locations.Location": Filling(STATIONS, {
        "partner_id": "partner", "country_code": "'NL'", "party_id": PARTY.format(n="partner"),
        "location_id": "'L' || i", "name": "name", "address": "name || ' ' || i % 77", "city": "city",
        "postal_code": "'3511ED'", "country": "country", "latitude": "lat", "longitude": "lon",
        "time_zone": "'Europe/Amsterdam'", "operator_name": "'Operator ' || i % 50", "publish": "i % 50 > 0",
        "gone_at": f"CASE WHEN i % 100 = 7 THEN {ago('3')} END", "payload": _location(), **TIMES,
    }),
    "ocpi_locations.EVSE": Filling(CHANGED_PART.format(rows="$evses"), {
        "location_id": "1 + (i - 1) % $locations", "position": "(i - 1) / $locations", "uid": UID.format(n="i"),
        "evse_id": EVSE_ID.format(n="i"), "status": STATUSES.format(n="i"), "payload": _evse(),
        "capabilities": as_json(CAPABILITIES), "last_updated": "changed", "since": "changed",
        "hidden_at": f"CASE WHEN i % 200 = 9 THEN {ago('9')} END",
    }),
    "ocpi_locations.Connector": Filling(CHANGED_PART.format(rows="$connectors"), {
        "evse_id": "1 + (i - 1) % $evses", "position": "(i - 1) / $evses", "connector_id": "'C' || (i - 1) / $evses",
        "standard": PLUGS.format(n="i"), "format": "CASE WHEN i % 3 = 0 THEN 'SOCKET' ELSE 'CABLE' END",
        "power_type": "CASE WHEN i % 3 = 0 THEN 'AC_3_PHASE' ELSE 'DC' END", "max_voltage": "400",
        "max_amperage": "32", "power_w": "(ARRAY[11000, 22000, 50000, 150000, 300000])[1 + i % 5]",
        "tariff_ids": as_json([Text("'T' || 1 + i % $tariffs")]), "payload": as_json(CONNECTOR),
        "last_updated": "changed", "since": "changed", "hidden_at": f"CASE WHEN i % 200 = 9 THEN {ago('9')} END",
    }),
    "ocpi_tariffs.Tariff": Filling(TARIFFS.format(rows="$tariffs"), {
        "partner_id": "partner", "country_code": "'NL'", "party_id": "party", "tariff_id": "'T' || i",
        "currency": "CASE WHEN i % 9 = 0 THEN 'CHF' ELSE 'EUR' END", "type": "'REGULAR'", "payload": as_json(TARIFF),
        "last_updated": "changed", "received_at": ago("300"), "changed_at": "changed",
        "valid_until": f"CASE WHEN i % 5 = 0 THEN {ago('i % 200 - 100')} END",
    }),
    "ocpi_tariffs.TariffVersion": Filling(TARIFFS.format(rows="$tariff_versions"), {
        "partner_id": "partner", "country_code": "'NL'", "party_id": "party", "tariff_id": "'T' || 1 + i % $tariffs",
        "last_updated": "changed", "received_at": "changed", "payload": as_json(VERSION),
    }),
}  # fmt: skip
