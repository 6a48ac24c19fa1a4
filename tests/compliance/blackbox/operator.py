"""The operator at the admin, over HTTP: fills in forms and presses buttons as a browser would."""

import html
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import requests

from .emsp import PASSWORD, USER, Emsp

_TYPE = re.compile(r"type the partner(?:'|&#x27;)s name: ([^<]+?)\s*<")
_TOKEN = re.compile(r"ocpi-mono'?\"?>([!-~]{32,64})</strong>")
_ON = "on"


class Form(HTMLParser):
    """The fields of the page's forms with the values that a browser would send back."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self._select = self._area = ""
        self._text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "input" and name and found.get("type") not in {"submit", "button", "image", "file"}:
            self._input(name, found)
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.fields[self._select] = found.get("value") or ""
        elif tag == "textarea" and name:
            self._area, self._text = name, []

    def _input(self, name: str, found: Mapping[str, str | None]) -> None:
        value = found.get("value") or ""
        if found.get("type") not in {"checkbox", "radio"}:
            self.fields[name] = value
        elif "checked" in found:
            self.fields.setdefault(name, []).append(value or _ON)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area:
            self.fields[self._area] = "".join(self._text).removeprefix("\n")
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)


class Operator:
    """Someone who is logged in. Kinds are named as the admin names them: `ocpi_partners/partner`."""

    def __init__(self, emsp: Emsp) -> None:
        self._emsp = emsp
        self._http = requests.Session()
        self._http.headers["Connection"] = "close"  # the server gives up idle ones after two seconds
        self._empty: dict[str, dict[str, Any]] = {}
        login = f"{emsp.url}/admin/login/"
        fields = Form(self._http.get(login).text).fields
        answer = self._http.post(login, {**fields, "username": USER, "password": PASSWORD})
        assert answer.ok, answer.text
        assert "sessionid" in self._http.cookies, "the operator cannot log in"

    def page(self, path: str) -> str:
        """The HTML of a page of the admin."""
        answer = self._http.get(f"{self._emsp.url}/admin/{path}")
        assert answer.ok, (path, answer.status_code)
        return answer.text

    def told(self) -> str:
        """What the admin has to say about the last actions; it says so on any page, once. This one is small."""
        return self.page("password_change/")

    def add(self, kind: str, **fields: Any) -> str:
        """Fill in the form for a new row; returns the path of its page."""
        path = f"{kind}/add/"
        if path not in self._empty:
            self._empty[path] = Form(self.page(path)).fields
        return self._save(path, self._empty[path], fields)

    def change(self, page: str, **fields: Any) -> None:
        """Change fields of a row; False takes a tick away."""
        self._save(page, Form(self.page(page)).fields, fields)

    def press(self, page: str, button: str) -> None:
        """A button of a row's page, confirmed, by typing the name where that is asked for: `press(page, "pull")`."""
        path = page.removesuffix("change/") + f"{button}/"
        answer = self._post(path, {"_form_submitted": _ON}, {})
        if wanted := _TYPE.search(answer.text):
            answer = self._post(path, {"_form_submitted": _ON, "typed": html.unescape(wanted.group(1))}, {})
        assert "HX-Redirect" in answer.headers, (path, answer.status_code, answer.text[:300])

    def _save(self, path: str, known: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
        sent = {**known, **{name: _ON if value is True else value for name, value in fields.items()}, "_continue": "1"}
        answer = self._post(path, {name: value for name, value in sent.items() if value is not False}, fields)
        assert answer.status_code == 302, f"{path}: {problems(answer.text)}"
        return answer.headers["Location"].split("/admin/", 1)[1]

    def _post(self, path: str, fields: Mapping[str, Any], told: Mapping[str, Any]) -> requests.Response:
        """What an operator did is evidence; what the page looked like is not."""
        sent = {**fields, "csrfmiddlewaretoken": self._http.cookies["csrftoken"]}
        answer = self._http.post(f"{self._emsp.url}/admin/{path}", sent, allow_redirects=False)
        self._emsp.evidence.add(
            who="operator → eMSP", method="POST", url=f"/admin/{path}", headers=(), answer=b"",
            body=json.dumps(told, default=str).encode() if told else b"", status=answer.status_code, answer_headers=(),
        )  # fmt: skip
        return answer


def shown_token(page: str) -> str:
    """The last token that a page shows this once."""
    found = _TOKEN.findall(page)
    assert found, "the page shows no token"
    return html.unescape(found[-1])


def cell(page: str, column: str) -> str:
    """The text of the first cell of a column in a page's tables; nothing where there is a dash."""
    found = re.search(rf"<td[^>]*\bfield-{column}\b[^>]*>(.*?)</td>", page, re.S)
    text = html.unescape(re.sub(r"<[^>]+>|\s+", " ", found.group(1))).strip() if found else ""
    return "" if text in {"-", "–"} else text


def problems(page: str) -> str:
    lists = re.findall(r'<ul[^>]*class="[^"]*errorlist[^"]*"[^>]*>(.*?)</ul>', page, re.S)
    return re.sub(r"<[^>]+>|\s+", " ", " ".join(lists)) or "the form was not saved"
