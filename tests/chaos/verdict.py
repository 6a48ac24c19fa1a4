"""What must hold when the dust has settled. Each check names what violates it; nothing named, nothing violated."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db.models import Count

from ocpi.cdrs.models import CDR
from ocpi.commands.models import Command
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.protocol.states import COMMAND
from ocpi.protocol.types import ci_key, parse_datetime
from ocpi.sessions.models import Session
from ocpi.tokens.models import TokenPush

from .load import Ledger

Look = Callable[[str], Any]  # GET of the mock CPO's control API
Found = tuple[int, list[str]]  # how many were looked at, and what is wrong


def checks(ledger: Ledger, look: Look, loader: Partner, cpo: Partner) -> dict[str, Found]:
    """By name, in the order of the table."""
    records = look("commands")
    return {
        "locations that show their last acknowledged PATCH": _locations(ledger, loader),
        "sessions acknowledged are there": _all_there(ledger.sessions, Session, "session_id", loader),
        "periods acknowledged are there, once": _periods(ledger, loader),
        "ends of sessions acknowledged are there": _completed(ledger, loader),
        "CDRs acknowledged are there, once": _all_there(ledger.cdrs, CDR, "cdr_id", loader),
        "commands acknowledged are there": _commands_there(ledger),
        "commands have ended": _commands_ended(),
        "starts reached the CPO at most once": _starts_once(records),
        "stops reached the CPO at most once": _stops_once(records),
        "cancelled starts charge no more": _cancelled(ledger, look),
        "sessions that ended there ended here": _ends(look, cpo),
        "sessions that the CPO billed have their CDR, once": _bills(look, cpo),
        "tokens are delivered to the CPO": _tokens(cpo),
    }


def _locations(ledger: Ledger, loader: Partner) -> Found:
    names = dict(Location.objects.filter(partner=loader).values_list("location_id", "payload__name"))
    wrong = []
    for location_id, number in ledger.locations.items():
        name = names.get(location_id, "")
        shown = int(name.removeprefix("name ")) if name.startswith("name ") else 0
        if shown < number:
            wrong.append(f"{location_id} shows {shown}, acknowledged was {number}")
    return sum(ledger.locations.values()), wrong


def _all_there(wanted: set[str], model: Any, field: str, partner: Partner) -> Found:
    found = Counter(model.objects.filter(partner=partner).values_list(field, flat=True))
    return len(wanted), [f"{each}: {found[each]} times" for each in sorted(wanted) if found[each] != 1]


def _periods(ledger: Ledger, loader: Partner) -> Found:
    rows = Session.objects.filter(partner=loader).prefetch_related("periods")
    have = {row.session_id: Counter(period.start_date_time for period in row.periods.all()) for row in rows}
    wrong = [
        f"{session_id} {start}: {have.get(session_id, {})[parse_datetime(start)]} times"
        for session_id, starts in ledger.periods.items()
        for start in starts
        if have.get(session_id, Counter())[parse_datetime(start)] != 1
    ]
    return sum(map(len, ledger.periods.values())), wrong


def _completed(ledger: Ledger, loader: Partner) -> Found:
    ended = set(Session.objects.filter(partner=loader, status="COMPLETED").values_list("session_id", flat=True))
    return len(ledger.completed), sorted(ledger.completed - ended)


def _commands_there(ledger: Ledger) -> Found:
    known = {str(pk) for pk in Command.objects.values_list("pk", flat=True)}
    return len(ledger.starts), sorted(set(ledger.starts) - known)


def _commands_ended() -> Found:
    rows = Command.objects.values_list("pk", "state")
    return len(rows), [f"{pk} is {state}" for pk, state in rows if COMMAND.waiting(state)]


def _starts_once(records: list[Any]) -> Found:
    seen = Counter(r["request"]["authorization_reference"] for r in records if r["command"] == "START_SESSION")
    return len(seen), [f"{reference}: {count} times" for reference, count in seen.items() if count > 1]


def _stops_once(records: list[Any]) -> Found:
    seen = Counter(r["request"]["session_id"] for r in records if r["command"] == "STOP_SESSION")
    return len(seen), [f"{session_id}: {count} times" for session_id, count in seen.items() if count > 1]


def _cancelled(ledger: Ledger, look: Look) -> Found:
    """Each that got a session has one STOP_SESSION, linked to it."""
    wrong = []
    for row in Command.objects.filter(pk__in=ledger.cancelled):
        session = row.session()
        if session is not None and row.stop is None and session.status not in {"COMPLETED", "INVALID"}:
            wrong.append(f"{row.pk}: session {session.session_id} is {session.status}")
    return len(ledger.cancelled), wrong


def _ends(look: Look, cpo: Partner) -> Found:
    rows = [row["session"] for row in look("sessions")]
    ended = {ci_key(row["id"]) for row in rows if row["status"] in {"COMPLETED", "INVALID"}}
    final = Session.objects.filter(partner=cpo, status__in=["COMPLETED", "INVALID"])
    return len(ended), sorted(ended - set(final.values_list("session_id", flat=True)))


def _bills(look: Look, cpo: Partner) -> Found:
    billed = {ci_key(row["cdr"]["id"]) for row in look("cdrs")}
    have = dict(CDR.objects.filter(partner=cpo).values_list("cdr_id").annotate(times=Count("pk")))
    return len(billed), [f"{each}: {have.get(each, 0)} times" for each in sorted(billed) if have.get(each) != 1]


def _tokens(cpo: Partner) -> Found:
    rows = TokenPush.objects.filter(partner=cpo).values_list("token__uid", "state")
    return len(rows), [f"{uid} is {state}" for uid, state in rows if state != "DONE"]
