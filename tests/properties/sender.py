"""A CPO's side of one charge: what it pushes in which state, and what it does when we do not know an object."""

import copy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests import factories

NO_NEWS = 404  # we do not know the object: the CPO PUTs it whole (TRA-37, SES-09, LOC-12)
LOCATION, SESSION = ("locations", "NL", "CPO", "L1"), ("sessions", "NL", "CPO", "S1")
STATUSES = ["AVAILABLE", "CHARGING", "BLOCKED", "OUTOFORDER", "RESERVED", "REMOVED"]


def at(step: int) -> str:
    return f"2026-03-01T{12 + step // 60:02}:{step % 60:02}:00Z"


class Push:
    """`whole`: the location or session, as it is at the CPO after this change."""

    def __init__(self, method: str, path: tuple[str, ...], body: dict[str, Any], whole: dict[str, Any]) -> None:
        self.method, self.path = method, path
        self.body, self.whole = copy.deepcopy(body), copy.deepcopy(whole)

    def __repr__(self) -> str:
        """Short: of what is whole, the time says enough."""
        shown = self.body if self.method == "PATCH" else self.body["last_updated"]
        return f"{self.method} {self.path[0]} {'/'.join(self.path[3:])} {shown}"


@dataclass
class Sender:
    """Its objects, and every change to them as a push. Each change has a moment of its own."""

    location: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(factories.location()))
    session: dict[str, Any] = field(default_factory=factories.session)
    pushes: list[Push] = field(default_factory=list)
    repeated: set[int] = field(default_factory=set)  # periods that were sent twice

    def __post_init__(self) -> None:
        self.session["charging_periods"] = []
        self.put_location()
        self.put_session()

    @property
    def now(self) -> str:
        return at(len(self.pushes))

    def push(self, method: str, path: tuple[str, ...], body: dict[str, Any], whole: dict[str, Any]) -> None:
        self.pushes.append(Push(method, path, body, whole))

    # --- locations
    def put_location(self, **changes: Any) -> None:
        self.location |= {**changes, "last_updated": self.now}
        self.push("PUT", LOCATION, self.location, self.location)

    def patch_location(self, changes: dict[str, Any]) -> None:
        body = {**changes, "last_updated": self.now}
        self.location |= body
        self.push("PATCH", LOCATION, body, self.location)

    def remove_evse(self) -> None:
        """E2, which is never pushed on its own: an EVSE that we have never seen is taken at any time (LOC-02)."""
        self.put_location(evses=[evse for evse in self.location["evses"] if evse["uid"] != "E2"])

    def put_evse(self, uid: str, changes: dict[str, Any]) -> None:
        connectors = [factories.connector(last_updated=self.now)]
        new = factories.evse(uid=uid, connectors=connectors, last_updated=self.now, **changes)
        kept = {evse["uid"]: evse for evse in self.location["evses"]}
        self.location |= {"evses": list((kept | {uid: new}).values()), "last_updated": self.now}
        self.push("PUT", (*LOCATION, uid), new, self.location)

    def patch_evse(self, n: int, changes: dict[str, Any]) -> None:
        evse, body = self.location["evses"][n], {**changes, "last_updated": self.now}
        evse |= body
        self.location["last_updated"] = self.now
        self.push("PATCH", (*LOCATION, evse["uid"]), body, self.location)

    def patch_connector(self, n: int, changes: dict[str, Any]) -> None:
        evse, body = self.location["evses"][n], {**changes, "last_updated": self.now}
        evse["connectors"][0] |= body
        evse["last_updated"] = self.location["last_updated"] = self.now
        self.push("PATCH", (*LOCATION, evse["uid"], "C1"), body, self.location)

    # --- sessions
    def put_session(self, **changes: Any) -> None:
        self.session |= {**changes, "last_updated": self.now}
        self.push("PUT", SESSION, self.session, self.session)

    def patch_session(self, changes: dict[str, Any], periods: int = 0) -> None:
        body = {**changes, "last_updated": self.now}
        self.session |= body
        if periods:
            step = len(self.pushes)
            new = [factories.period(f"2026-03-01T10:{step:02}:{n:02}Z", step) for n in range(periods)]
            body["charging_periods"] = new
            self.session["charging_periods"] = [*self.session["charging_periods"], *new]
        self.push("PATCH", SESSION, body, self.session)

    def take_back_periods(self, n: int) -> None:
        """And bring one of them again: only a PUT replaces them (SES-10)."""
        before = self.session["charging_periods"]
        self.put_session(charging_periods=before[:n])
        if len(before) > n and id(before[n]) not in self.repeated:
            self.repeated.add(id(before[n]))
            self.session["charging_periods"] = [*before[:n], before[n]]
            self.session["last_updated"] = self.now
            body = {"charging_periods": [before[n]], "last_updated": self.now}
            self.push("PATCH", SESSION, body, self.session)

    # --- tariffs and bills
    def put_tariff(self, price: float) -> None:
        components = [{"type": "ENERGY", "price": price, "vat": 21, "step_size": 1}]
        body = factories.tariff(elements=[{"price_components": components}], last_updated=self.now)
        self.push("PUT", ("tariffs", "NL", "CPO", "T1"), body, {})

    def post_cdr(self) -> None:
        start = factories.LAST_UPDATED
        periods = [factories.period(start, 10)]
        body = factories.cdr(
            tariffs=[], charging_periods=periods, start_date_time=start, end_date_time=at(59), last_updated=self.now
        )
        self.push("POST", ("cdrs",), body, {})


def _maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_evse_fields = _maybe(
    status=st.sampled_from(STATUSES), floor_level=st.sampled_from(["0", "-1"]), capabilities=st.just(["RFID_READER"])
)
_session_fields = _maybe(
    kwh=st.integers(0, 50), total_cost=st.just({"excl_vat": 4}), auth_method=st.just("WHITELIST"),
    authorization_reference=st.sampled_from(["R1", "R2"]), status=st.sampled_from(["ACTIVE", "PENDING", "COMPLETED"]),
    evse_uid=st.sampled_from(["E1", "E2"]), meter_id=st.just("M1"), x_unknown=st.integers(0, 3),
)  # fmt: skip
_CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "patch_location": st.tuples(_maybe(name=st.sampled_from(["A", "B"]), city=st.just("Gouda"), x_new=st.booleans())),
    "put_location": st.tuples(),
    "remove_evse": st.tuples(),
    "put_evse": st.tuples(st.sampled_from(["E1", "E3"]), _evse_fields),
    "patch_evse": st.tuples(st.just(0), _evse_fields),
    "patch_connector": st.tuples(st.just(0), _maybe(max_amperage=st.integers(6, 64), tariff_ids=st.just(["T2"]))),
    "put_session": st.tuples(),
    "patch_session": st.tuples(_session_fields, st.integers(0, 2)),
    "take_back_periods": st.tuples(st.integers(0, 2)),
    "put_tariff": st.tuples(st.sampled_from([0.1, 0.2, 0.3])),
}


@st.composite
def charges(draw: st.DrawFn) -> list[Push]:
    """The pushes of one charge in the right order, its end and its bill last."""
    sender = Sender()
    sender.put_tariff(0.35)
    for name in draw(st.lists(st.sampled_from(sorted(_CHANGES)), max_size=8)):
        getattr(sender, name)(*draw(_CHANGES[name]))
    sender.patch_session({"status": "COMPLETED", "kwh": 10, "end_date_time": at(59)}, periods=1)
    sender.post_cdr()
    return sender.pushes


@st.composite
def deliveries(draw: st.DrawFn, count: int) -> list[int]:
    """Every push at least once, in any order, some of them again."""
    numbers = list(range(count))
    return [*draw(st.permutations(numbers)), *draw(st.lists(st.sampled_from(numbers), max_size=count))]
