"""Who is let in, versions and credentials, both roles."""

from tests.conformance import defects as d

from . import CPO, WRITES, add, fresh

_bare = lambda r: not any(k.lower() == "authorization" for k in r.headers)  # noqa: E731
_scheme = lambda r: any(  # noqa: E731
    k.lower() == "authorization" and not v.lower().startswith("token") for k, v in r.headers.items()
)
add("no token is needed", "TRA-02", fresh(d.remembering, _bare))
add("no token: 403", "TRA-02", d.status(401, 403, _bare))
add(
    "every token is taken",
    "TRA-08",
    fresh(
        d.remembering,
        lambda r: (
            not _bare(r)
            and r.module in ("versions", "credentials")
            and len(d._token(r)) == 48
            and r.method == "GET"
            and r.headers.get("X-Test") is None
        ),
    ),
)
add("Bearer is taken", "TRA-07", fresh(d.remembering, _scheme))
add("small letters in header names are not read", "TRA-11", d.said(d.if_lower("authorization"), 401, 2001))
add(
    "message ids are required",
    "TRA-34",
    d.said(lambda r: not any(k.lower() == "x-request-id" for k in r.headers), 200, 2001),
)
add("a slash at the end is 404", "TRA-45", d.said(lambda r: r.path.endswith("versions/"), 404, 2001))
add(
    "POST of versions is a success",
    "VER-18",
    d.said(lambda r: r.module == "versions" and r.method == "POST", 200, 1000),
)
add(
    "token A opens lists",
    "TRA-09",
    d.answers(
        lambda r, a: (
            d.made(r, 200, 1000, []) if r.is_list and a.status == 401 and d._token(r).startswith("token-a") else None
        )
    ),
    on=CPO,
)

_versions = lambda r: r.module == "versions"  # noqa: E731
_details = lambda r: r.module == "details"  # noqa: E731
_cred = lambda method: lambda r: r.module == "credentials" and r.method == method  # noqa: E731
add("2.2.1 is not offered", "VER-02", d.data(lambda v: [e | {"version": "2.1.1"} for e in v], _versions))
add("2.2 is offered too", "VER-19", d.data(lambda v: [*v, v[0] | {"version": "2.2"}], _versions))
add("a version has no url", "VER-01", d.data(lambda v: [*v, {"version": "3.0"}], _versions))
add("details name another version", "VER-15", d.data(lambda v: v | {"version": "2.2"}, _details))
add(
    "endpoint URLs are relative",
    "VER-07",
    d.data(
        lambda v: v | {"endpoints": [*v["endpoints"], {"identifier": "x", "role": "SENDER", "url": "/x"}]}, _details
    ),
)
add(
    "credentials is listed twice",
    "VER-05",
    d.data(lambda v: v | {"endpoints": [*v["endpoints"], v["endpoints"][0] | {"role": "RECEIVER"}]}, _details),
)
add(
    "tokens are not offered",
    "VER-03 VER-04",
    d.data(lambda v: v | {"endpoints": [e for e in v["endpoints"] if e["identifier"] != "tokens"]}, _details),
)
add(
    "locations have the other role",
    "VER-03 VER-04",
    d.data(
        lambda v: (
            v
            | {
                "endpoints": [
                    e | {"role": {"SENDER": "RECEIVER", "RECEIVER": "SENDER"}[e["role"]]}
                    if e["identifier"] == "locations"
                    else e
                    for e in v["endpoints"]
                ]
            }
        ),
        _details,
    ),
)
add("POST credentials is HTTP 200", "CRE-16", d.status(201, 200, _cred("POST")))
add(
    "the answer to POST credentials has no url",
    "CRE-15",
    d.data(lambda v: {k: x for k, x in v.items() if k != "url"}, _cred("POST")),
)
add("the answer to POST credentials has no roles", "CRE-15", d.data(lambda v: v | {"roles": []}, _cred("POST")))
add(
    "the role is another one",
    "CRE-30",
    d.data(lambda v: v | {"roles": [r | {"role": "NSP"} for r in v["roles"]]}, _cred("POST")),
)
add(
    "HUB beside another role",
    "CRE-33",
    d.data(lambda v: v | {"roles": [*v["roles"], v["roles"][0] | {"role": "HUB"}]}, _cred("POST")),
)
add("token A works on", "CRE-17", fresh(d.dead_tokens_live, "POST"))
add("registering twice is a success", "CRE-06", d.accepted(_cred("POST"), lambda a: a.status == 405))
add("PUT before registration is a success", "CRE-07", d.accepted(_cred("PUT"), lambda a: a.status == 405))
add("DELETE before registration is a success", "CRE-08", d.accepted(_cred("DELETE"), lambda a: a.status == 405))
add("PATCH of credentials is a success", "CRE-09", d.accepted(_cred("PATCH")))
add(
    "an unusable client is 2000",
    "CRE-11",
    d.answers(lambda r, a: d.made(r, 200, 2000) if a.json["status_code"] == 3001 else None, _cred("POST")),
)
add(
    "an unusable client is registered",
    "CRE-11",
    d.answers(
        lambda r, a: (
            d.made(r, 201, 1000, {"token": "x" * 40, "url": "http://x.example/versions", "roles": []})
            if a.json["status_code"] == 3001
            else None
        ),
        _cred("POST"),
    ),
)
add(
    "a client without our version is 3000",
    "CRE-12",
    d.answers(lambda r, a: d.made(r, 200, 3000) if a.json["status_code"] == 3002 else None, _cred("POST")),
)
add(
    "a client without endpoints is 3000",
    "CRE-13",
    d.answers(lambda r, a: d.made(r, 200, 3000) if a.json["status_code"] == 3003 else None, _cred("POST")),
)
add(
    "Credentials without roles are HTTP 500",
    "CRE-05",
    d.answers(lambda r, a: d.made(r, 500, 3000) if a.json["status_code"] == 2001 else None, _cred("POST")),
)
add("GET credentials has another token", "CRE-27", d.data(lambda v: v | {"token": "another-token"}, _cred("GET")))
add("PUT credentials leaves the old token alive", "CRE-18 CRE-19", fresh(d.dead_tokens_live, "PUT"), level=WRITES)
add("PUT credentials is refused", "CRE-19", d.said(_cred("PUT"), 200, 2000), level=WRITES)
add(
    "PUT credentials takes what is out of order",
    "CRE-21",
    d.answers(
        lambda r, a: (
            d.made(r, 200, 1000, {"token": "y" * 40, "url": "http://x.example/versions", "roles": []})
            if a.json["status_code"] == 3001
            else None
        ),
        _cred("PUT"),
    ),
    level=WRITES,
)
add("DELETE credentials deletes nothing", "CRE-24", d.deleted_in_name_only)
add("DELETE credentials is refused", "CRE-24", d.said(_cred("DELETE"), 200, 2000))
