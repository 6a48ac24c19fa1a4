"""The operator at the admin, over HTTP: fills in forms and presses buttons as a browser would."""

import html
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import requests

from .emsp import PASSWORD, USER, Emsp

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

    def add(self, kind: str, **fields: Any) -> tuple[str, str]:
        """Fill in the form for a new row: the path of its page, and that page, with what it says once."""
        return self._save(f"{kind}/add/", fields)

    def change(self, page: str, **fields: Any) -> str:
        """Change fields of a row; False takes a tick away."""
        return self._save(page, fields)[1]

    def press(self, page: str, button: str) -> str:
        """A button of a row's page, confirmed: `press(partner.page, "pull")`. Returns the page that follows."""
        path = page.removesuffix("change/") + f"{button}/"
        fields = Form(self.page(page)).fields
        sent = {"csrfmiddlewaretoken": fields["csrfmiddlewaretoken"], "_form_submitted": _ON}
        answer = self._http.post(f"{self._emsp.url}/admin/{path}", sent)
        self._note(answer.history or [answer], {})
        assert "HX-Redirect" in answer.headers, (path, answer.status_code, answer.text[:300])
        return self.page(answer.headers["HX-Redirect"].split("/admin/", 1)[1])

    def _note(self, answers: list[requests.Response], fields: Mapping[str, Any]) -> None:
        """What an operator did belongs to the evidence; what the page looked like does not."""
        self._emsp.evidence.add(
            who="operator → eMSP", method="POST", url=urlsplit(answers[0].url).path, headers=(), answer=b"",
            body=json.dumps(fields, default=str).encode() if fields else b"", status=answers[0].status_code,
            answer_headers=(),
        )  # fmt: skip

    def _save(self, path: str, fields: Mapping[str, Any]) -> tuple[str, str]:
        known = Form(self.page(path)).fields
        sent = {**known, **{name: _ON if value is True else value for name, value in fields.items()}}
        sent = {name: value for name, value in sent.items() if value is not False}
        answer = self._http.post(f"{self._emsp.url}/admin/{path}", {**sent, "_continue": "1"})
        assert answer.ok, (path, answer.status_code)
        self._note(answer.history or [answer], fields)
        assert answer.history, f"{path}: {problems(answer.text)}"
        return answer.url.split("/admin/", 1)[1], answer.text


def shown_token(page: str) -> str:
    """The token that a page shows this once."""
    found = _TOKEN.search(page)
    assert found, "the page shows no token"
    return html.unescape(found.group(1))


def problems(page: str) -> str:
    lists = re.findall(r'<ul[^>]*class="[^"]*errorlist[^"]*"[^>]*>(.*?)</ul>', page, re.S)
    return re.sub(r"<[^>]+>|\s+", " ", " ".join(lists)) or "the form was not saved"
