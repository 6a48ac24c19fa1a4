"""What a CPO lists."""

from tests.conformance import defects as d

from . import CPO, add

add(
    "coordinates are numbers",
    "TYP-13",
    d.each(lambda o: o.update(coordinates={k: float(v) for k, v in o["coordinates"].items()}), "locations"),
    on=CPO,
)
add(
    "coordinates have two decimals",
    "LOC-33",
    d.each(
        lambda o: o.update(coordinates={k: v[: v.index(".") + 3] for k, v in o["coordinates"].items()}), "locations"
    ),
    on=CPO,
)
add("country has two letters", "TYP-13", d.each(lambda o: o.update(country="NL"), "locations"), on=CPO)
add(
    "EVSE uids are not unique",
    "LOC-40",
    d.each(lambda o: [e.update(uid="E1") for e in o["evses"]], "locations"),
    on=CPO,
)
add(
    "connector ids are not unique",
    "LOC-40",
    d.each(lambda o: [e.update(connectors=[*e["connectors"], e["connectors"][0]]) for e in o["evses"]], "locations"),
    on=CPO,
)
add(
    "locations are older than their EVSEs",
    "LOC-07",
    d.each(lambda o: o.update(last_updated="2020-01-01T00:00:00Z"), "locations"),
    on=CPO,
)
add(
    "a status that does not exist",
    "TYP-14",
    d.items(lambda f: f and f[0]["evses"][0].update(status="SLEEPING"), "locations"),
    on=CPO,
)
add(
    "connectors name tariffs that do not exist",
    "LOC-35",
    d.each(lambda o: [c.update(tariff_ids=["NONE"]) for e in o["evses"] for c in e["connectors"]], "locations"),
    on=CPO,
)
add(
    "prices are strings",
    "TYP-08",
    d.each(
        lambda o: [c.update(price=str(c["price"])) for e in o["elements"] for c in e["price_components"]], "tariffs"
    ),
    on=CPO,
)
add("a tariff has no elements", "TYP-13", d.items(lambda f: f and f[0].update(elements=[]), "tariffs"), on=CPO)
add(
    "published locations say who may see them",
    "LOC-25",
    d.items(lambda f: f and f[0].update(publish=True, publish_allowed_to=[{"uid": "1", "type": "RFID"}]), "locations"),
    on=CPO,
)
_place = d.at("GET", "locations", 1)
add("one location is another object", "LOC-53", d.data(lambda v: v | {"id": "OTHER"}, _place), on=CPO)
add("there are no single locations", "LOC-53", d.said(_place, 404, 2003), on=CPO)
add("location ids are case-sensitive", "TYP-01", d.CaseSensitive("locations"), on=CPO)
add("unknown locations are HTTP 200", "TRA-27", d.status(404, 200, _place), on=CPO)
add(
    "unknown locations are 2001",
    "LOC-17",
    d.envelope(lambda b: b["status_code"] == 2003 and b.update(status_code=2001) and None, _place),
    on=CPO,
)
add("DELETE of a location is a success", "TRA-28", d.said(d.at("DELETE", "locations"), 200, 1000), on=CPO)
add(
    "sessions need no date",
    "SES-27",
    d.answers(
        lambda r, a: d.made(r, 200, 1000, [{"id": "1"}]) if r.is_list and "date_from" not in r.query else None,
        lambda r: r.module == "sessions",
    ),
    on=CPO,
)
