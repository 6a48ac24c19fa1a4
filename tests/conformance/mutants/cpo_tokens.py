"""Tokens as a CPO receives them."""

from tests.conformance import defects as d

from . import CPO, add

_tok = lambda method: d.at(method, "tokens")  # noqa: E731
_refused = lambda a: a.ok and a.json["status_code"] >= 2000  # noqa: E731
add("PUT of a token is refused", "TOK-36", d.said(_tok("PUT"), 200, 2000), on=CPO)
add("PUT of a token is forgotten", "TOK-36", d.said(_tok("PUT"), 201, 1000), on=CPO)
add(
    "a field of a token is lost",
    "TOK-36",
    d.bodies(lambda b: isinstance(b, dict) and b.pop("visual_number", None) and None, _tok("PUT")),
    on=CPO,
)
add("new tokens are HTTP 200", "TRA-26", d.status(201, 200, _tok("PUT")), on=CPO)
add("PUT of a token merges", "TRA-35", d.merged_by_put("tokens"), on=CPO)
add("PATCH of a token replaces", "TRA-36", d.replaced_by_patch("tokens", ("visual_number", "language")), on=CPO)
add(
    "PATCH of a token does nothing",
    "TOK-21",
    d.said(lambda r: _tok("PATCH")(r) and "last_updated" in (r.json or {}), 200, 1000),
    on=CPO,
)
add("an older token wins", "LOC-52", d.bodies(d.newest, _tok("PUT")), on=CPO)
add("token uids are case-sensitive", "TOK-26", d.CaseSensitive("tokens", 3), on=CPO)
add(
    "the type of a token is ignored",
    "TOK-20",
    d.requests(
        lambda r: (r.query.pop("type", None), d.bodies(lambda b: b.update(type="RFID"), d.always)(r, lambda x: None)),
        d.at("*", "tokens", 1),
    ),
    on=CPO,
)
add(
    "unknown fields of a token are refused",
    "TRA-50",
    d.unless(lambda b: "nltest_extra" in b, 200, 2001, _tok("PUT")),
    on=CPO,
)
add(
    "moments without Z are refused",
    "TYP-07",
    d.unless(lambda b: isinstance(b, dict) and "Z" not in b.get("last_updated", "Z"), 200, 2001, _tok("PUT")),
    on=CPO,
)
add(
    "uids with a slash are not found",
    "TRA-48",
    d.said(lambda r: r.module == "tokens" and "%2F" in r.path, 404, 2001),
    on=CPO,
)
add(
    "a charset is refused",
    "TRA-12",
    d.answers(lambda r, a: d.made(r, 415, 2000), lambda r: "charset" in r.headers.get("Content-Type", "")),
    on=CPO,
)
add(
    "unknown tokens are 2001",
    "TRA-27",
    d.envelope(lambda b: b["status_code"] == 2004 and b.update(status_code=2001) and None, _tok("GET")),
    on=CPO,
)
add("unknown tokens are HTTP 200", "TRA-27", d.status(404, 200, _tok("GET")), on=CPO)
add("half a JSON is HTTP 500", "TRA-22", d.status(400, 500, _tok("PUT")), on=CPO)
add("half a JSON is HTTP 200", "TRA-22", d.status(400, 200, _tok("PUT")), on=CPO)
add(
    "incomplete tokens are HTTP 400",
    "TRA-23",
    d.answers(lambda r, a: d.made(r, 400, 2001) if _refused(a) else None, _tok("PUT")),
    on=CPO,
)
add("incomplete tokens are taken", "TRA-24", d.accepted(_tok("PUT"), _refused), on=CPO)
add(
    "the wrong type of JSON is HTTP 500",
    "TRA-25",
    d.unless(lambda b: not isinstance(b, dict), 500, 3000, _tok("PUT")),
    on=CPO,
)
add(
    "wrong enum values are taken",
    "TYP-14",
    d.bodies(
        lambda b: isinstance(b, dict) and b.get("whitelist") == "SOMETIMES" and b.update(whitelist="NEVER") and None,
        _tok("PUT"),
    ),
    on=CPO,
)
add(
    "URL and body may differ",
    "TRA-40",
    d.accepted(
        lambda r: (
            _tok("PUT")(r) and isinstance(r.json_or_none, dict) and not r.path.endswith(str(r.json_or_none.get("uid")))
        ),
        _refused,
    ),
    on=CPO,
)
add(
    "tokens of a foreign party are taken",
    "TRA-39",
    d.accepted(lambda r: r.module == "tokens" and "ZZZ" in r.path, lambda a: a.status == 404),
    on=CPO,
)
add("a PATCH needs no last_updated", "LOC-09", d.accepted(_tok("PATCH"), _refused), on=CPO)
add("PATCH of an unknown token is a success", "LOC-12", d.accepted(_tok("PATCH"), lambda a: a.status == 404), on=CPO)
add("tokens can be deleted", "TOK-22", d.accepted(_tok("DELETE")), on=CPO)
