"""What one charger's backend says to the eMSP: users of locust, each with stations and sessions of its own."""

from itertools import count
from random import Random
from typing import Any, ClassVar

from locust import FastHttpUser

from ocpi.conformance import samples
from ocpi.core import ids

from .target import PARTY, Target

KEPT = 20  # sessions that one user keeps running
Wire = dict[str, Any]


class Cpo(FastHttpUser):
    """Each call is counted under the name of what it does."""

    abstract = True
    target: ClassVar[Target]
    _numbers: ClassVar = count(1)

    def on_start(self) -> None:
        self.number = next(self._numbers)
        self.random = Random(self.number)
        self.run = f"{ids.new_id()[:6].upper()}{self.number}"
        self.made = count(1)
        self.sessions: list[Wire] = []
        self.place = self._location(0)
        self._say("(preparation)", "PUT", self._url("locations", self.place["id"]), self.place)

    # --- calls ----------------------------------------------------------------------------------------------------
    def begin_session(self) -> None:
        session = samples.session(PARTY, self._card(), f"{self.run}-{next(self.made)}", status="ACTIVE")
        session |= {"location_id": self.place["id"], "evse_uid": self.place["evses"][0]["uid"]}
        self.sessions.append(session)
        self._say("session: begin", "PUT", self._url("sessions", session["id"]), session)
        if len(self.sessions) > KEPT:
            self.end_session()

    def meter(self) -> None:
        """A driver's app wants the energy every few minutes."""
        session = self._running()
        session["kwh"] = round(session["kwh"] + 0.5, 3)
        change = {"kwh": session["kwh"], "last_updated": samples.moment()}
        self._say("session: meter", "PATCH", self._url("sessions", session["id"]), change)

    def end_session(self) -> None:
        """The end, and the bill."""
        session = self._running()
        self.sessions.remove(session)
        done = {"status": "COMPLETED", "end_date_time": samples.moment(), "last_updated": samples.moment()}
        self._say("session: end", "PATCH", self._url("sessions", session["id"]), done)
        bill = samples.cdr(PARTY, session["cdr_token"], session["id"].removeprefix("KIT-TEST-"))
        self._say("CDR", "POST", self.target.endpoints["cdrs"], bill)

    def change_status(self) -> None:
        evse = self.random.choice(self.place["evses"])
        status = self.random.choice(("AVAILABLE", "CHARGING", "BLOCKED"))
        change = {"status": status, "last_updated": samples.moment()}
        self._say("status of an EVSE", "PATCH", self._url("locations", self.place["id"], evse["uid"]), change)

    def authorize(self) -> None:
        card = self._card()
        url = ids.join(self.target.endpoints["tokens"], card["uid"], "authorize")
        self._say("authorize", "POST", ids.with_query(url, {"type": card["type"]}), {"location_id": self.place["id"]})

    def put_location(self) -> None:
        """One of many stations, again and again, with ten EVSEs."""
        place = self._location(self.random.randrange(1, 50))
        self._say("location", "PUT", self._url("locations", place["id"]), place)

    def put_tariff(self) -> None:
        tariff = samples.tariff(PARTY, f"{self.run}-{self.random.randrange(5)}", last_updated=samples.moment())
        self._say("tariff", "PUT", self._url("tariffs", tariff["id"]), tariff)

    def read_tokens(self) -> None:
        query = {"limit": "100", "offset": str(100 * self.random.randrange(5))}
        self._say("page of tokens", "GET", ids.with_query(self.target.endpoints["tokens"], query))

    # --- how ------------------------------------------------------------------------------------------------------
    def _say(self, name: str, method: str, url: str, body: Wire | None = None) -> None:
        headers = self.target.headers | {"X-Request-ID": ids.new_id(), "X-Correlation-ID": ids.new_id()}
        request = {"headers": headers, "name": name, "catch_response": True}
        with self.client.request(method, url, json=body, **request) as answer:
            if problem := _problem(answer):
                answer.failure(problem)

    def _url(self, module: str, *segments: str) -> str:
        return ids.join(self.target.endpoints[module], *PARTY, *segments)

    def _card(self) -> Wire:
        return self.random.choice(self.target.cards)

    def _running(self) -> Wire:
        """One of the sessions that run; a first one begins where none does."""
        if not self.sessions:
            self.begin_session()
        return self.random.choice(self.sessions)

    def _location(self, number: int) -> Wire:
        name = f"{self.run}-{number}"
        evses = [samples.evse(name, each, status="AVAILABLE", last_updated=samples.moment()) for each in range(1, 11)]
        return samples.location(PARTY, name, evses=evses, last_updated=samples.moment())


def _problem(answer: Any) -> str:
    """Why this is no success; short, because equal ones are counted together."""
    if not answer.status_code:
        return str(answer.error)
    try:
        code = answer.json().get("status_code")
    except (ValueError, AttributeError):
        return f"HTTP {answer.status_code}, no envelope"
    return "" if answer.status_code < 300 and code == 1000 else f"HTTP {answer.status_code}, status code {code}"
