"""The colour and the name of every status there is, in one table."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ocpi.protocol.states import COMMAND, SESSION, Machine, Tone


def _tones(machine: Machine) -> dict[str, Tone]:
    return {state: machine.tone(state) for state in machine.states}


# The colour of every status there is, by what it is the status of; unfold's labels have the same names (decision 6).
TONES: dict[str, dict[str, Tone]] = {
    "session": _tones(SESSION),
    "command": _tones(COMMAND),
    "verdict": {"waiting": "info", "match": "success", "rounding": "success", "mismatch": "danger",
                "unpriceable": "warning", "credit": "neutral"},
    "severity": {"error": "danger", "warning": "warning", "hold": "warning", "info": "info"},
    "webhook": {"WAITING": "info", "SENT": "success", "FAILED": "danger"},
    "evse": {
        "AVAILABLE": "success", "CHARGING": "info", "RESERVED": "info", "BLOCKED": "warning", "UNKNOWN": "warning",
        "INOPERATIVE": "danger", "OUTOFORDER": "danger", "PLANNED": "neutral", "REMOVED": "neutral",
    },
    "partner": {
        "NEW": "neutral", "REGISTERED": "success", "UNKNOWN": "warning", "SUSPENDED": "warning",
        "UNREGISTERED": "neutral",
    },
    "token": {
        "ACTIVE": "success", "BLOCKED": "danger", "EXPIRED": "neutral", "NO_CREDIT": "warning",
        "NOT_ALLOWED": "warning",
    },
    "allowed": {
        "ALLOWED": "success", "BLOCKED": "danger", "EXPIRED": "warning", "NO_CREDIT": "warning",
        "NOT_ALLOWED": "warning", "NO_PLACE": "info",
    },
    "rule": {"PASSED": "success", "REFUSED": "danger", "NO_LIMIT": "neutral", "NO_PLACE": "info"},
    "token_batch": {
        "DRAFT": "info", "CHECKING": "info", "CHECKED": "warning", "RUNNING": "info", "DONE": "success",
        "FAILED": "danger",
    },
    "batch_row": {"NEW": "success", "CHANGED": "info", "UNCHANGED": "neutral", "BAD": "danger"},
    "push": {"PENDING": "info", "SENDING": "info", "DONE": "success", "FAILED": "danger"},
    "pull": {"RUNNING": "info", "DONE": "success", "WAITING": "neutral", "FAILED": "danger", "HELD": "warning"},
    "quarantine": {"OPEN": "warning", "CLOSED": "success"},
    "silence": {"STALE": "warning", "ESCALATED": "danger"},
    "missing_bill": {"LOOKING": "info", "REPORTED": "danger", "CAME": "success"},
    "hub_party": {
        "": "neutral", "CONNECTED": "success", "OFFLINE": "warning", "PLANNED": "info", "SUSPENDED": "danger",
    },
    "conformance": {
        "WAITING": "info", "RUNNING": "info", "DONE": "success", "FAILED": "danger",
        "ERROR": "danger", "WARNING": "warning", "NOTE": "info",
    },
    "exchange": {"OK": "success", "FAILED": "danger"},
    "review": {
        "OPEN": "warning", "DISPUTED": "danger", "ACCEPTED": "success", "CREDITED": "success", "CLEARED": "neutral",
        "PASSED": "success", "WAITING": "info",
    },
    "invoice": {"DRAFT": "info", "DONE": "success"},
    "invoice_line": {
        "MATCHED": "success", "DIFFERS": "danger", "UNKNOWN": "danger", "TWICE": "danger", "MISSING": "warning",
        "BAD": "warning",
    },
    "bill": {"CREDIT": "warning", "BILL": "neutral"},
    "outage": {"PAUSED": "warning"},
    "light": {"GREEN": "success", "AMBER": "warning", "RED": "danger", "OFF": "neutral"},
    "handshake": {
        "QUEUED": "info", "RUNNING": "info", "WAITING": "info", "FAILED": "danger", "CONNECTED": "success",
        "CANCELLED": "neutral",
    },
    "handshake_step": {
        "DONE": "success", "RUNNING": "info", "FAILED": "danger", "AHEAD": "neutral", "ABSENT": "warning",
    },
    "switch": {"YES": "success", "NO": "neutral"},
    "act": {"ADDED": "success", "CHANGED": "info", "DELETED": "danger"},
}  # fmt: skip
_MACHINES = {"session": SESSION, "command": COMMAND}
_NAMES = {
    "OUTOFORDER": "out of order",
    "NO_CREDIT": "no credit",
    "NOT_ALLOWED": "not allowed",
    "NO_PLACE": "asked where",
    "NO_LIMIT": "does not apply",
    "NEW": "not registered",
    "": "entered by an operator",
}
# What the same word means elsewhere too, by what it is the state of.
_NAMES_OF = {
    "review": {
        "PASSED": "passed our check", "WAITING": "waiting for our check", "CLEARED": "cleared by a later check",
    },
    "invoice": {"DRAFT": "to be confirmed", "DONE": "reconciled"},
    "token_batch": {
        "DRAFT": "columns to be confirmed", "CHECKING": "being read", "CHECKED": "to be confirmed",
        "RUNNING": "being written", "FAILED": "cannot be read",
    },
    "batch_row": {"NEW": "new", "BAD": "cannot be taken"},
    "handshake": {"QUEUED": "waits for a worker", "WAITING": "waits for them"},
    "handshake_step": {"AHEAD": "not yet", "ABSENT": "did not happen"},
    "invoice_line": {
        "DIFFERS": "amount differs", "UNKNOWN": "not in our books", "TWICE": "billed twice",
        "MISSING": "not on the invoice", "BAD": "cannot be read",
    },
}  # fmt: skip


def label(kind: str, value: str) -> str:
    """The name of a status for people; a value that we do not know stays as it came."""
    machine = _MACHINES.get(kind)
    if machine is not None and value in machine.states:
        return machine.label(value)
    names = _NAMES | _NAMES_OF.get(kind, {})
    return names.get(value, value.replace("_", " ").lower() if value in TONES[kind] else value)


def badge_pair(kind: str, value: str) -> tuple[str, str]:
    """What a list column with `display(label=TONES[kind])` returns."""
    return value, label(kind, value)


def badge(kind: str, value: str, text: str = "") -> SafeString:
    """The same badge for a form or a table; a dash when there is no status."""
    tone = TONES[kind].get(value, "neutral")
    return render_to_string("ocpi_core/badge.html", {"tone": tone, "text": text or label(kind, value)})
