"""Paginated lists, both roles."""

from typing import Any

from tests.conformance import defects as d

from . import add

_lists = d.lists
add("X-Total-Count is missing", "PAG-08", d.no_header("X-Total-Count", _lists))
add(
    "X-Total-Count is the size of the page",
    "PAG-08",
    d.header("X-Total-Count", lambda r, a: str(len(a.json.get("data") or [])), _lists),
)
add(
    "X-Total-Count counts beyond the filter",
    "PAG-08",
    d.header("X-Total-Count", lambda r, a: "9" if "date_from" in r.query else a.get("X-Total-Count"), _lists),
)
add(
    "X-Total-Count is one too many",
    "PAG-08",
    d.header("X-Total-Count", lambda r, a: str(int(a.get("X-Total-Count") or 0) + 1), _lists),
)
add("X-Limit is missing", "PAG-09", d.no_header("X-Limit", _lists))
add(
    "X-Limit repeats what was asked",
    "PAG-09",
    d.header("X-Limit", lambda r, a: r.query.get("limit", a.get("X-Limit")), _lists),
)
add("X-Limit is smaller than the page", "PAG-09", d.header("X-Limit", "1", _lists))
add("there is never a Link", "PAG-10", d.link(lambda r, url: None))
add("there is a Link on the last page too", "PAG-10", d.link(d.on_the_last_page_too))
add("the Link leads in a circle", "PAG-10", d.link(d.in_a_circle))
add("the Link is relative", "PAG-13", d.link(d.relative))
add("the Link leads to another host", "PAG-13", d.link(d.elsewhere))
add("the Link is not in brackets", "PAG-10", d.link(lambda r, url: f"{url}; rel=next" if url else None))
add("the Link forgets the filter", "PAG-11", d.link(d.without_filters))
add("limit is ignored", "PAG-07", d.parameter(lambda q: q.pop("limit", None)))
add("offset counts from one", "PAG-06", d.parameter(d.offset_by(-1)))
add("offset is ignored", "PAG-06", d.parameter(lambda q: q.pop("offset", None)))
add("offset skips one", "PAG-06", d.parameter(d.offset_by(1)))
add(
    "the last object of a page comes again on the next",
    "PAG-15",
    d.parameter(lambda q: q.update(offset=str(int(q["offset"]) - 1)) if int(q.get("offset", 0)) > 1 else None),
)
_counter = {"n": 0}


def _turn(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    _counter["n"] += 1
    return found[::-1] if _counter["n"] % 2 else found


add("the order changes from time to time", "PAG-14", d.items(_turn))
add(
    "an offset behind the end is 404",
    "PAG-16",
    d.said(lambda r: r.is_list and r.query.get("offset") == "1000000", 404, 2001),
)
add(
    "date_from is ignored",
    "PAG-02",
    d.parameter(lambda q: "date_from" in q and q.update(date_from="2000-01-01T00:00:00Z")),
)
add(
    "date_from excludes its moment",
    "PAG-02",
    d.parameter(lambda q: "Z" in q.get("date_from", "") and "." in q["date_from"] and d.shift("date_from", 1)(q)),
)
add("date_to is ignored", "PAG-03", d.parameter(lambda q: q.pop("date_to", None)))
add("date_to includes its moment", "PAG-03", d.parameter(d.shift("date_to", 1)))
add(
    "dates without Z are refused",
    "PAG-05",
    d.said(lambda r: r.is_list and r.query.get("date_from", "Z")[-1] != "Z", 200, 2001),
)
add("an empty list is null", "TRA-15", d.envelope(lambda b: b.update(data=b.get("data") or None), _lists))
add(
    "an empty list is 404",
    "TRA-15",
    d.answers(lambda r, a: d.made(r, 404, 2001) if a.ok and not a.json.get("data") else None, _lists),
)
add(
    "nonsense in the query is overlooked",
    "PAG-17",
    d.parameter(lambda q: [q.pop(n) for n in ("limit", "offset") if n in q and not q[n].isdecimal()]),
)
add("unknown parameters are refused", "PAG-17", d.said(lambda r: "nobody_knows_this" in r.query, 200, 2001))
add("an object lacks last_updated", "TYP-13", d.items(lambda f: f and f[0].pop("last_updated") and None))
add(
    "moments have an offset",
    "TYP-05",
    d.each(lambda o: o.update(last_updated=o["last_updated"].replace("Z", "+00:00"))),
)
add("moments are no moments", "TYP-13", d.items(lambda f: f and f[0].update(last_updated="yesterday")))
add("objects belong to somebody else", "HUB-17", d.items(lambda f: f and f[-1].update(party_id="ZZZ")))
add("strings are too long", "TYP-03", d.items(lambda f: f and f[0].update(country_code="NLD")))
add(
    "any sender may be named",
    "HUB-08",
    d.requests(
        lambda r: [
            r.headers.update({k: {"XX": "NL", "ZZZ": "KIT"}.get(v, v)})
            for k, v in list(r.headers.items())
            if k.lower().startswith("ocpi-from")
        ]
    ),
)
