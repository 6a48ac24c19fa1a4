"""Whom the demo plays: an app at the eMSP's API, and a bystander at the mock CPO's control API. Both over HTTP only."""

from typing import Any

import requests

from ocpi.protocol.headers import authorization

from .errors import DemoFailed

_TIMEOUT = 15


class App:
    """A driver app's backend with its API client token (the extension API of the eMSP)."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = f"{base_url}/ocpi/emsp/2.2.1"
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Token {token}"

    def get(self, path: str, **query: Any) -> Any:
        return self._open(self._send("GET", path, params=query))

    def count(self, module: str) -> int:
        return int(self._send("GET", module, params={"limit": 1}).headers["X-Total-Count"])

    def post(self, path: str, body: dict[str, Any], **query: Any) -> Any:
        return self._open(self._send("POST", path, json=body, params=query))

    def find(self, path: str, **query: Any) -> Any:
        """Like `get`, but None where there is nothing yet."""
        answer = self._send("GET", path, params=query)
        return None if answer.status_code == 404 else self._open(answer)

    def _send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        try:
            return self._http.request(method, f"{self.base_url}/{path}", timeout=_TIMEOUT, **kwargs)
        except requests.RequestException as error:
            raise DemoFailed(f"the eMSP at {self.base_url} does not answer ({type(error).__name__})") from error

    def _open(self, answer: requests.Response) -> Any:
        body = answer.json()
        if not (answer.ok and body["status_code"] == 1000):
            raise DemoFailed(f"the eMSP answered {answer.status_code}: {body.get('status_message')}")
        return body["data"]


class Control:
    """The mock CPO's control API: what it holds, and what people do at its chargers."""

    def __init__(self, base_url: str) -> None:
        self.base_url = f"{base_url}/control"

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._call("POST", path, json=body or {})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("PUT", path, json=body)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path)

    def _call(self, method: str, path: str, **kwargs: Any) -> Any:
        try:
            answer = requests.request(method, f"{self.base_url}/{path}", timeout=_TIMEOUT, **kwargs)
        except requests.RequestException as error:
            raise DemoFailed(f"the mock CPO at {self.base_url} does not answer ({type(error).__name__})") from error
        if not answer.ok:
            raise DemoFailed(
                f"the mock CPO answered {answer.status_code} to {method} /control/{path}: {answer.text[:200]}"
            )
        return answer.json()


def status_for(url: str, token: str) -> int:
    """What the mock CPO says to whoever shows this token, as an HTTP status."""
    try:
        return requests.get(url, headers={"Authorization": authorization(token)}, timeout=_TIMEOUT).status_code
    except requests.RequestException as error:
        raise DemoFailed(f"the mock CPO at {url} does not answer ({type(error).__name__})") from error


def answers(url: str) -> bool:
    """Whether something at this URL says that it is well."""
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
