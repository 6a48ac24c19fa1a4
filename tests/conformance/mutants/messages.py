"""Envelopes and headers, both roles."""

from tests.conformance import defects as d

from . import add

_lists = d.lists
add("answers have no envelope", "TRA-13", d.envelope(lambda body: body.get("data", []), _lists))
add("timestamp is missing", "TRA-14", d.envelope(d.without("timestamp")))
add(
    "timestamp is missing in errors only",
    "TRA-14",
    d.answers(lambda r, a: d.envelope(d.without("timestamp"))(r, lambda _: a) if a.status >= 400 else None),
)
add("timestamp as Python writes it", "TRA-14", d.envelope(d.put("timestamp", "2026-01-01T10:00:00.123456+00:00")))
add("timestamp with an offset", "TYP-04", d.envelope(d.put("timestamp", "2026-01-01T11:00:00+01:00")))
add("timestamp without Z", "TYP-04", d.envelope(d.put("timestamp", "2026-01-01T10:00:00")))
add("timestamp is a number", "TRA-14", d.envelope(d.put("timestamp", 1767261600)))
add("status_code is a string", "TRA-14", d.envelope(lambda body: body.update(status_code=str(body["status_code"]))))
add("status_code is missing", "TRA-14", d.envelope(d.without("status_code"), _lists))
add("status_code of lists is 1999", "TRA-21", d.envelope(d.put("status_code", 1999), _lists))
add("status_message is an object", "TRA-14", d.envelope(d.put("status_message", {"en": "fine"})))
add(
    "names in camelCase",
    "TRA-52",
    d.envelope(lambda body: {"data": body.get("data"), "statusCode": body["status_code"]}, _lists),
)
add("one object stands in a list", "TRA-15 LOC-16", d.envelope(d.listed, d.functional))
add(
    "errors have no envelope",
    "TRA-29",
    d.envelope(lambda body: {"detail": "no"} if body["status_code"] > 1999 else None),
)
add("answers are text/html", "TRA-13", d.header("Content-Type", "text/html", _lists))
add("404 is an HTML page", "TRA-29", d.answers(d.web_page(when=lambda a: a.status == 404)))
add("401 is an HTML page", "TRA-29", d.answers(d.web_page(when=lambda a: a.status == 401)))
add("405 is an HTML page", "TRA-29", d.answers(d.web_page(when=lambda a: a.status == 405)))
add(
    "401 says 1000",
    "TRA-19",
    d.answers(lambda r, a: d.envelope(d.put("status_code", 1000))(r, lambda _: a) if a.status == 401 else None),
)
add("lists are HTTP 500", "TRA-30", d.answers(d.web_page(500), _lists))
add("lists are HTTP 202", "TRA-20", d.status(200, 202, _lists))
add("lists are HTTP 204", "TRA-15", d.answers(lambda r, a: d.Answer(204, {}), _lists))
add("versions are redirected", "VER-01", d.said(lambda r: r.module == "versions", 301, 1000))
add("X-Request-ID does not come back", "TRA-32", d.no_header("X-Request-ID"))
add("X-Request-ID is a new one", "TRA-32", d.header("X-Request-ID", "something-else"))
add("X-Correlation-ID does not come back", "TRA-33", d.no_header("X-Correlation-ID"))
add("answers carry no routing headers", "HUB-01", d.answers(d.no_routing))
add("routing headers are echoed", "HUB-02", d.answers(d.echoed_routing, d.functional))
add("versions carry routing headers", "HUB-03", d.header("OCPI-to-party-id", "KIT", lambda r: r.module == "versions"))
add(
    "tokens stand in status messages",
    "TRA-53",
    d.answers(lambda r, a: d.envelope(d.put("status_message", f"token {d._token(r)}"))(r, lambda _: a)),
)
