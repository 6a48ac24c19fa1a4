"""Single defects, as changes to a request before the platform sees it or to its answer before the kit does."""

import base64
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ocpi.protocol.moments import format_datetime, parse_datetime

from .proxy import Answer, Defect, Forward, Request

When = Callable[[Request], bool]
Change = Callable[[Request, Answer], Answer | None]
HTML = b"<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"


def always(request: Request) -> bool:
    return True


def lists(request: Request) -> bool:
    return request.is_list


def functional(request: Request) -> bool:
    return request.module not in ("versions", "details", "credentials")


def at(method: str, module: str, depth: int = 0) -> When:
    """Requests to a module with at least so many segments behind it; `*` for any method."""
    return lambda r: method in ("*", r.method) and r.module == module and len(r.parts) > depth


def answers(change: Change, when: When = always) -> Defect:
    """The answer is changed in place, or by what `change` returns."""

    def defect(request: Request, forward: Forward) -> Answer:
        answer = forward(copy.deepcopy(request))
        return (change(request, answer) or answer) if when(request) else answer

    return defect


def requests(change: Callable[[Request], None], when: When = always) -> Defect:
    """The platform gets to see another request."""

    def defect(request: Request, forward: Forward) -> Answer:
        if when(request):
            change(request)
        return forward(request)

    return defect


def said(when: When, status: int, code: int | None, data: Any = None) -> Defect:
    """This is answered instead; the platform is not asked."""

    def defect(request: Request, forward: Forward) -> Answer:
        return made(request, status, code, data) if when(request) else forward(request)

    return defect


def made(request: Request, status: int, code: int | None, data: Any = None) -> Answer:
    answer = Answer(status)
    answer.headers |= {
        name: value for name, value in request.headers.items() if name.lower() in ("x-request-id", "x-correlation-id")
    }
    if functional(request):
        answer.headers |= swapped(request)
    body = {"status_code": code, "timestamp": "2026-01-01T00:00:00Z"}
    answer.json = body if data is None else body | {"data": data}
    return answer


def swapped(request: Request) -> dict[str, str]:
    found = {name.lower(): value for name, value in request.headers.items()}
    pairs = [("to-party-id", "from-party-id"), ("to-country-code", "from-country-code")]
    both = pairs + [(b, a) for a, b in pairs]
    return {f"OCPI-{a}": found[f"ocpi-{b}"] for a, b in both if f"ocpi-{b}" in found}


# --- envelopes and headers -------------------------------------------------------------------------------------------
def envelope(change: Callable[[dict[str, Any]], Any], when: When = always) -> Defect:
    """`change` edits the envelope of an answer, or returns what stands in its place."""

    def edit(request: Request, answer: Answer) -> None:
        body = answer.json
        changed = change(body)
        answer.json = body if changed is None else changed

    return answers(edit, when)


def put(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body.update({name: value})


def listed(body: dict[str, Any]) -> None:
    if isinstance(body.get("data"), dict):
        body["data"] = [body["data"]]


def without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda body: body.pop(name, None) and None


def no_header(name: str, when: When = always) -> Defect:
    return answers(lambda request, answer: answer.drop(name), when)


def header(name: str, value: str | Callable[[Request, Answer], str], when: When = always) -> Defect:
    def edit(request: Request, answer: Answer) -> None:
        new = value if isinstance(value, str) else value(request, answer)
        answer.drop(name)
        answer.headers[name] = new

    return answers(edit, when)


def no_routing(request: Request, answer: Answer) -> None:
    for name in list(answer.headers):
        if name.lower().startswith("ocpi-"):
            del answer.headers[name]


def echoed_routing(request: Request, answer: Answer) -> None:
    no_routing(request, answer)
    answer.headers |= {name: value for name, value in request.headers.items() if name.lower().startswith("ocpi-")}


def web_page(status: int | None = None, when: Callable[[Answer], bool] = lambda answer: True) -> Change:
    def edit(request: Request, answer: Answer) -> None:
        if when(answer):
            answer.status = status or answer.status
            answer.body = HTML
            answer.drop("Content-Type")
            answer.headers["Content-Type"] = "text/html"

    return edit


def status(old: int, new: int, when: When = always) -> Defect:
    def edit(request: Request, answer: Answer) -> None:
        answer.status = new if answer.status == old else answer.status

    return answers(edit, when)


# --- tokens ----------------------------------------------------------------------------------------------------------
def remembering(which: Callable[[Request], bool]) -> Defect:
    """A request for which `which` is true is let in with the last token that worked."""
    memory: dict[str, str] = {}

    def defect(request: Request, forward: Forward) -> Answer:
        if which(request) and memory:
            request.headers = {k: v for k, v in request.headers.items() if k.lower() != "authorization"} | memory
        answer = forward(request)
        if answer.status != 401 and "Authorization" in request.headers:
            memory["Authorization"] = request.headers["Authorization"]
        return answer

    return defect


def _token(request: Request) -> str:
    found = next((v for k, v in request.headers.items() if k.lower() == "authorization"), "")
    try:
        return base64.b64decode(found.split(" ")[-1]).decode()
    except ValueError:
        return found


def dead_tokens_live(method: str) -> Defect:
    """A token works on after the credentials were exchanged with this method: its requests go on with the new one."""
    heirs: dict[str, str] = {}

    def defect(request: Request, forward: Forward) -> Answer:
        shown = _token(request)
        if shown in heirs and request.module != "credentials":
            request.headers["Authorization"] = "Token " + base64.b64encode(heirs[shown].encode()).decode()
        answer = forward(request)
        if request.module == "credentials" and request.method == method and answer.ok:
            new = (answer.json.get("data") or {}).get("token")
            heirs.update({shown: new} if new else {})
        return answer

    return defect


def deleted_in_name_only(request: Request, forward: Forward) -> Answer:
    if request.module == "credentials" and request.method == "DELETE":
        return made(request, 200, 1000)
    return forward(request)


class Hole:
    """Functional requests of the second client are served as if the first had sent them."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}

    def __call__(self, request: Request, forward: Forward) -> Answer:
        routing = {k: v for k, v in request.headers.items() if k.lower().startswith(("ocpi-", "authorization"))}
        if not functional(request):
            return forward(request)
        sender = {k.lower(): v for k, v in routing.items()}.get("ocpi-from-party-id", "")
        if sender == "KIT":
            self.first = self.first or routing
        elif sender == "KT2" and self.first:
            rest = {k: v for k, v in request.headers.items() if not k.lower().startswith(("ocpi-", "authorization"))}
            request.headers = rest | self.first
        return forward(request)


# --- lists -----------------------------------------------------------------------------------------------------------
def items(change: Callable[[list[dict[str, Any]]], Any], module: str = "") -> Defect:
    """`change` edits the objects of every page, or returns others."""

    def edit(request: Request, answer: Answer) -> None:
        body = answer.json
        if isinstance(body.get("data"), list):
            changed = change(body["data"])
            body["data"] = body["data"] if changed is None else changed
            answer.json = body

    return answers(edit, lambda r: r.is_list and module in ("", r.module))


def each(change: Callable[[dict[str, Any]], Any], module: str = "") -> Defect:
    def edit(found: list[dict[str, Any]]) -> None:
        for item in found:
            change(item)

    return items(edit, module)


def parameter(change: Callable[[dict[str, str]], Any], when: When = lists) -> Defect:
    """The platform does not see the query as it was asked."""

    def edit(request: Request) -> None:
        change(request.query)

    return requests(edit, when)


def shift(name: str, milliseconds: int) -> Callable[[dict[str, str]], None]:
    def edit(query: dict[str, str]) -> None:
        if name in query:
            moment = parse_datetime(query[name]) + timedelta(milliseconds=milliseconds)
            query[name] = format_datetime(moment)

    return edit


def offset_by(one: int) -> Callable[[dict[str, str]], None]:
    def edit(query: dict[str, str]) -> None:
        if int(query.get("offset", "0")):
            query["offset"] = str(int(query["offset"]) + one)

    return edit


def link(change: Callable[[Request, str], str | None]) -> Defect:
    """`change` gets the URL of the next page, "" on the last, and returns another Link or None."""

    def edit(request: Request, answer: Answer) -> None:
        url = answer.get("Link").partition("<")[2].partition(">")[0]
        answer.drop("Link")
        if (new := change(request, url)) is not None:
            answer.headers["Link"] = new

    return answers(edit, lists)


def relative(request: Request, url: str) -> str | None:
    return f'<{urlsplit(url)._replace(scheme="", netloc="").geturl()}>; rel="next"' if url else None


def elsewhere(request: Request, url: str) -> str | None:
    return f'<{urlsplit(url)._replace(netloc="other.example").geturl()}>; rel="next"' if url else None


def in_a_circle(request: Request, url: str) -> str | None:
    first = url.split("offset=")[0] + "offset=0&limit=1"
    return f'<{first}>; rel="next"' if url else None


def without_filters(request: Request, url: str) -> str | None:
    query = parse_qs(urlsplit(url).query)
    kept = "&".join(f"{name}={query[name][0]}" for name in ("offset", "limit") if name in query)
    return f'<{urlsplit(url)._replace(query=kept).geturl()}>; rel="next"' if url else None


def on_the_last_page_too(request: Request, url: str) -> str | None:
    again = f"http://{request.headers.get('Host')}{request.path}?offset=900000&date_from=2020-01-01T00:00:00Z"
    last = request.query.get("offset") == "900000"
    return f'<{url or again}>; rel="next"' if url or not last else None


# --- objects in and out ----------------------------------------------------------------------------------------------
def bodies(change: Callable[[Any], Any], when: When) -> Defect:
    """The platform gets to see another body."""

    def edit(request: Request) -> None:
        if request.body:
            try:
                value = request.json
            except ValueError:
                return
            changed = change(value)
            request.json = value if changed is None else changed

    return requests(edit, when)


def data(change: Callable[[Any], Any], when: When) -> Defect:
    """`change` edits `data` of successful answers, or returns another."""

    def edit(request: Request, answer: Answer) -> None:
        body = answer.json
        if answer.ok and "data" in body:
            changed = change(body["data"])
            body["data"] = body["data"] if changed is None else changed
            answer.json = body

    return answers(edit, when)


def merged_by_put(module: str, empty: bool = False) -> Defect:
    """PUT keeps what it does not name; `empty`: and what it names as an empty list."""

    def defect(request: Request, forward: Forward) -> Answer:
        if request.method == "PUT" and request.module == module and len(request.parts) == 4:
            known = forward(Request("GET", request.path, {}, request.headers, b""))
            if known.ok and isinstance(request.json, dict):
                new = {name: value for name, value in request.json.items() if value != [] or not empty}
                request.json = known.json["data"] | new
        return forward(request)

    return defect


def replaced_by_patch(module: str, kept: tuple[str, ...]) -> Defect:
    """PATCH forgets optional fields that it does not name."""

    def defect(request: Request, forward: Forward) -> Answer:
        if request.method != "PATCH" or request.module != module or len(request.parts) != 4:
            return forward(request)
        known = forward(Request("GET", request.path, {}, request.headers, b""))
        if not known.ok or "last_updated" not in request.json:
            return forward(request)
        request.json = {k: v for k, v in known.json["data"].items() if k not in kept} | request.json
        request.method = "PUT"
        return forward(request)

    return defect


def newest(body: Any) -> Any:
    """Whatever comes is made the newest state."""
    if isinstance(body, dict) and "last_updated" in body:
        body["last_updated"] = format_datetime(datetime.now(UTC))


class CaseSensitive:
    """Objects are found only under the spelling of their first PUT or list."""

    def __init__(self, module: str, depth: int = 1) -> None:
        self.module, self.depth = module, depth

    def __call__(self, request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.module != self.module or len(request.parts) <= self.depth or not answer.ok:
            return answer
        named = unquote(request.parts[self.depth])
        found = answer.json.get("data")
        found = found.get("token", found) if isinstance(found, dict) else {}
        stored = found.get("id", found.get("uid", named))
        return made(request, 404, 2001) if stored != named else answer


def if_lower(name: str) -> When:
    """Requests with a header written in small letters only."""
    return lambda request: any(key == name.lower() for key in request.headers)


def unless(wrong: Callable[[Any], bool], status_: int, code: int, when: When) -> Defect:
    """Some bodies are refused that should not be."""

    def defect(request: Request, forward: Forward) -> Answer:
        if when(request) and request.body and wrong(json.loads(request.body)):
            return made(request, status_, code)
        return forward(request)

    return defect


def accepted(when: When, refused: Callable[[Answer], bool] = lambda answer: not _good(answer)) -> Defect:
    """What the platform refuses is called a success."""

    def edit(request: Request, answer: Answer) -> Answer | None:
        return made(request, 200, 1000) if refused(answer) and answer.status != 401 else None

    return answers(edit, when)


def _good(answer: Answer) -> bool:
    return answer.ok and 1000 <= answer.json.get("status_code", 0) < 2000
