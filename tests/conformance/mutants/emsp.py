"""What an eMSP receives, lists and decides."""

from typing import Any

from tests.conformance import defects as d

from . import EMSP, WRITES, add


def _add(name: str, rows: str, make: Any, **more: Any) -> None:
    add(name, rows, make, on=EMSP, **more)


def _write(name: str, rows: str, make: Any) -> None:
    add(name, rows, make, on=EMSP, level=WRITES)


def _refused(answer: d.Answer) -> bool:
    return answer.ok and answer.json["status_code"] >= 2000


def _gone(answer: d.Answer) -> bool:
    return answer.status == 404


# --- locations ---
_put, _patch, _get = (d.at(method, "locations", 3) for method in ("PUT", "PATCH", "GET"))
_add("PUT of a location is refused", "LOC-01", d.said(_put, 200, 2000))
_add("PUT of a location is forgotten", "LOC-01", d.said(_put, 201, 1000))
_add("a field of a location is lost", "LOC-16", d.data(lambda v: v.pop("address", None) and None, _get))
_add("EVSEs cannot be read one by one", "LOC-16", d.said(d.at("GET", "locations", 4), 404, 2003))
_add("new objects are HTTP 200", "TRA-26", d.status(201, 200, _put))
_add("known objects are HTTP 201", "TRA-26", d.status(200, 201, _put))
_add("pushes are answered with the object", "TRA-16", d.envelope(d.put("data", {"id": 1}), _put))
_add("PUT of a location merges", "TRA-35", d.merged_by_put("locations"))
_add("PATCH of a location replaces", "LOC-08", d.replaced_by_patch("locations", ("name", "postal_code")))
_add("PATCH of a location loses its EVSEs", "TRA-36", d.replaced_by_patch("locations", ("evses",)))
_add("PATCH of an EVSE does nothing", "LOC-08", d.said(lambda r: r.method == "PATCH" and len(r.parts) == 5, 200, 1000))
_add("an EVSE that is PUT is lost", "LOC-02", d.said(lambda r: r.method == "PUT" and len(r.parts) == 5, 201, 1000))
_add("a connector that is PUT is lost", "LOC-03", d.said(lambda r: r.method == "PUT" and len(r.parts) == 6, 201, 1000))
_add(
    "last_updated of the location stays behind",
    "LOC-05",
    d.data(lambda v: v | {"last_updated": "2020-01-01T00:00:00Z"}, lambda r: _get(r) and len(r.parts) == 4),
)
_add("an older location wins", "LOC-52", d.bodies(d.newest, _put))
_add("location ids are case-sensitive", "TYP-01", d.CaseSensitive("locations", 3))
_add("unknown capabilities are refused", "LOC-39", d.unless(lambda b: "KIT_TEST_CAPABILITY" in str(b), 200, 2001, _put))
_add("unknown fields are refused", "TRA-50", d.unless(lambda b: "nltest_extra" in b, 200, 2001, _put))
_add("unknown fields are lost", "TRA-50", d.data(lambda v: v.pop("nltest_extra", None) and None, _get))
_add(
    "moments without Z are refused",
    "TYP-07",
    d.unless(lambda b: isinstance(b, dict) and "Z" not in str(b.get("last_updated", "Z")), 200, 2001, _put),
)
_add(
    "moments without Z are read as local time",
    "TYP-07",
    d.bodies(
        lambda b: (
            b | {"last_updated": b["last_updated"] + "+05:00"}
            if isinstance(b, dict) and "Z" not in str(b.get("last_updated", "Z"))
            else None
        ),
        _put,
    ),
)
_add(
    "nulls are refused", "TYP-21", d.unless(lambda b: isinstance(b, dict) and "related_locations" in b, 200, 2001, _put)
)
_add(
    "ids with a slash are not found", "TRA-48", d.said(lambda r: r.module == "locations" and "%2F" in r.path, 404, 2003)
)
_add("REMOVED is refused", "LOC-19 LOC-01", d.unless(lambda b: "REMOVED" in str(b), 200, 2001, _patch))
_add(
    "unknown locations are 2001",
    "LOC-17",
    d.envelope(lambda b: b["status_code"] == 2003 and b.update(status_code=2001) and None, _get),
)
_add("unknown locations are HTTP 200", "TRA-27", d.status(404, 200, _get))
_add("half a JSON is HTTP 500", "TRA-22", d.status(400, 500, _put))
_add(
    "incomplete locations are HTTP 400",
    "LOC-15",
    d.answers(lambda r, a: d.made(r, 400, 2001) if _refused(a) else None, _put),
)
_add("incomplete locations are taken", "TRA-24", d.accepted(_put, _refused))
_add("the wrong type of JSON is HTTP 500", "TRA-25", d.unless(lambda b: not isinstance(b, dict), 500, 3000, _put))
_add(
    "a status that does not exist is taken",
    "TYP-14",
    d.bodies(
        lambda b: (
            [e.update(status="UNKNOWN") for e in b.get("evses") or [] if e["status"] == "SLEEPING"] and None
            if isinstance(b, dict)
            else None
        ),
        _put,
    ),
)
_add(
    "URL and body may differ",
    "TRA-40",
    d.accepted(
        lambda r: _put(r) and isinstance(r.json_or_none, dict) and not r.path.endswith(str(r.json_or_none.get("id"))),
        _refused,
    ),
)
_add(
    "locations of a foreign party are taken",
    "TRA-39",
    d.accepted(lambda r: r.module == "locations" and "ZZZ" in r.path, _gone),
)
_add("a PATCH needs no last_updated", "LOC-09", d.accepted(_patch, _refused))
_add("PATCH of an unknown location is a success", "LOC-12", d.accepted(_patch, _gone))
_add("PUT of an EVSE of no location is a success", "LOC-13", d.accepted(_put, _gone))
_add("locations can be deleted", "LOC-18", d.accepted(d.at("DELETE", "locations")))
_add("one CPO reads and changes what another sent", "TRA-10 CRE-15", d.Hole)

# --- tariffs ---
_tariff = d.at("GET", "tariffs", 3)
_add(
    "the order of a tariff's elements changes",
    "TAR-08",
    d.data(lambda v: v | {"elements": v["elements"][::-1]}, _tariff),
)
_add("PUT of a tariff is refused", "TAR-01", d.said(d.at("PUT", "tariffs"), 200, 2000))
_add(
    "PUT of a known tariff does nothing",
    "TAR-01",
    d.said(lambda r: r.method == "PUT" and r.module == "tariffs" and len(r.json["elements"]) == 1, 200, 1000),
)
_add("DELETE of a tariff does nothing", "TAR-03", d.said(d.at("DELETE", "tariffs"), 200, 1000))
_add("DELETE of a tariff is refused", "TAR-03", d.said(d.at("DELETE", "tariffs"), 405, 2000))
_add("unknown tariffs are HTTP 200", "TAR-04", d.status(404, 200, _tariff))
_add("tariffs without elements are taken", "TAR-09", d.accepted(d.at("PUT", "tariffs"), _refused))
_add("PATCH of a tariff is a success", "TAR-02", d.accepted(d.at("PATCH", "tariffs")))
_add(
    "tariffs of a foreign party are taken",
    "TRA-39",
    d.accepted(lambda r: r.module == "tariffs" and "ZZZ" in r.path, _gone),
)

# --- sessions ---
_sessions = {method: d.at(method, "sessions", 3) for method in ("GET", "PUT", "PATCH")}
_write("PUT of a session is refused", "SES-01", d.said(_sessions["PUT"], 200, 2000))
_write(
    "a field of a session is lost", "SES-11", d.data(lambda v: v.pop("auth_method", None) and None, _sessions["GET"])
)
_write(
    "PATCH of a session replaces the periods",
    "SES-05",
    d.data(
        lambda v: v | {"charging_periods": v["charging_periods"][-1:]} if v.get("charging_periods") else v,
        _sessions["GET"],
    ),
)
_write("PUT of a session keeps the old periods", "SES-02", d.merged_by_put("sessions", empty=True))
_write(
    "PATCH of a session does nothing",
    "SES-03",
    d.said(lambda r: _sessions["PATCH"](r) and "last_updated" in r.json, 200, 1000),
)
_write("a PATCH of a session needs no last_updated", "SES-04", d.accepted(_sessions["PATCH"], _refused))
_write("unknown sessions are HTTP 200", "SES-11", d.status(404, 200, _sessions["GET"]))
_write("sessions with a wrong status are taken", "TYP-14", d.accepted(_sessions["PUT"], _refused))
_write("sessions of a foreign party are taken", "SES-13", d.accepted(_sessions["PUT"], _gone))
_write(
    "sessions of other eMSPs' drivers are taken",
    "SES-21",
    d.answers(lambda r, a: d.made(r, 201, 1000) if a.ok and a.json["status_code"] == 2004 else None, _sessions["PUT"]),
)
_write("sessions can be deleted", "SES-12", d.accepted(d.at("DELETE", "sessions")))
_write("an older session wins", "LOC-52", d.bodies(d.newest, _sessions["PUT"]))

# --- CDRs ---
_post = d.at("POST", "cdrs")
_cdr = d.at("GET", "cdrs", 1)
_write("POST of a CDR is HTTP 200", "CDR-01", d.status(201, 200, _post))
_write("POST of a CDR is refused", "CDR-01", d.said(_post, 200, 2000))
_write("the answer to a CDR has no Location", "CDR-02", d.no_header("Location", _post))
_write("Location is relative", "CDR-02", d.header("Location", lambda r, a: a.get("Location").partition("//")[2], _post))
_write("Location leads to another host", "CDR-03", d.header("Location", "https://elsewhere.example/cdrs/1", _post))
_write("the Location leads nowhere", "CDR-03", d.said(_cdr, 404, 2001))
_write("a field of a CDR is lost", "CDR-03", d.data(lambda v: v.pop("remark", None) and None, _cdr))
_write("CDRs can be replaced", "CDR-06", d.data(lambda v: v | {"total_energy": 99.0}, _cdr))
_write("the same CDR again is refused", "CDR-07", d.unless(lambda b: _seen_before(b), 200, 2001, _post))
_write("CDRs can be deleted", "CDR-05", d.accepted(d.at("DELETE", "cdrs")))
_write("credit CDRs are refused", "CDR-11", d.unless(lambda b: bool(b.get("credit")), 200, 2001, _post))
_write("CDRs without periods are taken", "CDR-20", d.accepted(_post, _refused))
_write(
    "incomplete CDRs are HTTP 400",
    "TRA-23",
    d.answers(lambda r, a: d.made(r, 400, 2001) if _refused(a) else None, _post),
)
_write(
    "CDRs of other eMSPs' drivers are taken",
    "CDR-18",
    d.answers(lambda r, a: d.made(r, 201, 1000) if a.ok and a.json["status_code"] == 2004 else None, _post),
)
_write("unknown CDRs are HTTP 200", "TRA-27", d.status(404, 200, _cdr))
_ids: list[str] = []


def _seen_before(body: dict[str, Any]) -> bool:
    _ids.append(body["id"])
    return _ids.count(body["id"]) > 1


# --- authorize ---
_authorize = lambda r: r.parts[-1:] == ["authorize"]  # noqa: E731
_add(
    "unknown cards are ALLOWED",
    "TOK-08",
    d.answers(
        lambda r, a: d.made(r, 200, 1000, {"allowed": "ALLOWED", "token": {}}) if a.status == 404 else None, _authorize
    ),
)
_add("unknown cards are HTTP 200 with 2004", "TOK-08", d.status(404, 200, _authorize))
_add(
    "unknown cards are 2001",
    "TOK-08",
    d.envelope(lambda b: b["status_code"] == 2004 and b.update(status_code=2001) and None, _authorize),
)
_add(
    "unknown cards are BLOCKED",
    "TOK-08",
    d.answers(lambda r, a: d.made(r, 200, 1000, {"allowed": "BLOCKED"}) if a.status == 404 else None, _authorize),
)
_add("known cards are unknown", "TOK-06", d.said(_authorize, 404, 2004))
_add("the decision lacks the token", "TOK-06", d.data(lambda v: {"allowed": v["allowed"]}, _authorize))
_add("the decision is a bare word", "TOK-06", d.data(lambda v: v["allowed"], _authorize))
_add(
    "the decision has another token",
    "TOK-06",
    d.data(lambda v: v | {"token": v["token"] | {"uid": "OTHER"}}, _authorize),
)
_add("blocked cards are ALLOWED", "TOK-09", d.data(lambda v: v | {"allowed": "ALLOWED"}, _authorize))
_add(
    "blocked cards are 2004",
    "TOK-09",
    d.answers(
        lambda r, a: d.made(r, 404, 2004) if a.ok and a.json["data"]["allowed"] == "BLOCKED" else None, _authorize
    ),
)
_add("a type is required", "TOK-07", d.said(lambda r: _authorize(r) and "type" not in r.query, 200, 2001))
_add("the type is ignored", "TOK-07", d.parameter(lambda q: q.pop("type", None), _authorize))
_add("uids are case-sensitive", "TOK-26", d.CaseSensitive("tokens", 1))
_add(
    "a place nobody named is in the decision",
    "TOK-12",
    d.data(lambda v: v | {"location": {"location_id": "L1"}}, _authorize),
)
_add("places are not understood", "TOK-10", d.unless(lambda b: "location_id" in b, 500, 3000, _authorize))
_add("the reference is too long", "TOK-15", d.data(lambda v: v | {"authorization_reference": "r" * 40}, _authorize))
_add("a type that does not exist is unknown", "TOK-18", d.said(lambda r: r.query.get("type") == "KITTYPE", 404, 2004))
_add("tokens can be deleted by others", "TOK-05", d.accepted(d.at("DELETE", "tokens")))
_add("results of commands that never were are taken", "CMD-13", d.accepted(d.at("POST", "commands")))
_add("tokens are listed without issuer", "TYP-13", d.each(lambda o: o.pop("issuer"), "tokens"))
