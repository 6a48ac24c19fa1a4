"""What stands on a handshake's page: steps, the cause of a failure, who else has these parties, the first pulls."""

import ipaddress
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.safestring import SafeString

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.credentials.causes import CAUSES, Cause
from ocpi.credentials.models import Handshake
from ocpi.partners import shared_parties
from ocpi.partners.models import Partner, PartnerToken
from ocpi.sync import services as sync
from ocpi.sync.admin import progress
from ocpi.sync.models import Pull

from .connect_steps import knocks, steps

State = Handshake.State
_SETTLES = timedelta(seconds=4)  # until the last message has reached the journal
_PATIENCE = timedelta(minutes=15)  # after which nobody watches the first pulls any more


def standing(row: Handshake) -> dict[str, Any]:
    """The part that changes by itself, and whether it still may (`live`)."""
    pulls = first_pulls(row)
    return {
        "row": row,
        "badge": core.badge("handshake", row.state),
        "headline": _headline(row),
        "steps": steps(row),
        "knocks": knocks(row),
        "cause": cause(row),
        "pulls": pulls,
        "pulled": all(each["done"] for each in pulls),
        "partner": core.link(row.partner),
        "all_messages": _all_messages(row),
        "warnings": _warnings(row),
        "roles": list(row.partner.roles.all()) if row.state == State.CONNECTED else [],
        "endpoints": list(row.partner.endpoints.all()) if row.state == State.CONNECTED else [],
        "live": _live(row, pulls),
    }


def _live(row: Handshake, pulls: list[dict[str, Any]]) -> bool:
    if row.busy or row.state == State.WAITING:
        return True
    if row.ended_at is None or clock.now() - row.ended_at < _SETTLES:
        return True
    return clock.now() - row.ended_at < _PATIENCE and any(not each["done"] for each in pulls)


def _headline(row: Handshake) -> str:
    name = row.partner.name
    match row.state:
        case State.QUEUED:
            return "A worker is about to begin."
        case State.RUNNING:
            return f"We are talking to {name} …"
        case State.WAITING if row.tries:
            return f"{name} has tried {row.tries}× and may try again: the token A is still good."
        case State.WAITING:
            return f"We wait for {name} to begin with the token A. This page shows each of their requests as it comes."
        case State.FAILED:
            return f"{name} is not connected."
        case State.CONNECTED:
            return f"{name} is connected with OCPI {row.partner.version}."
        case _:
            return "Cancelled. The token A is worth nothing any more."


def cause(row: Handshake) -> Cause | None:
    """What went wrong; also of a token that is shown without Base64, which reaches no handshake."""
    if row.cause:
        found = CAUSES[row.cause]
        if row.cause == "CANNOT_USE_OURS" and ours_is_local():
            return Cause(found.sentence, f"{_LOCAL} {found.advice}")
        return found
    plain = PartnerToken.objects.filter(partner=row.partner, plain_use_at__gte=row.began_at)
    return CAUSES["PLAIN_TOKEN"] if row.state == State.WAITING and plain.exists() else None


_LOCAL = "Our versions URL leads to this machine or network only (OCPI_HOST): nobody outside can read it."


def ours_is_local() -> bool:
    """Whether the URLs that we give out can be reached from here only; names are not looked up."""
    host = urlsplit(settings.OCPI_VERSIONS_URL).hostname or ""
    with suppress(ValueError):
        return not ipaddress.ip_address(host).is_global
    return host == "localhost" or "." not in host


def _all_messages(row: Handshake) -> SafeString:
    """Of every try, also of the earlier ones."""
    until = {} if row.ended_at is None or row.is_open else {"started_at__lte": row.ended_at.isoformat()}
    return core.list_link(
        "ocpi_journal.exchange", "All messages of this handshake", partner__id__exact=row.partner_id,
        started_at__gte=row.created_at.isoformat(), **until,
    )  # fmt: skip


# --- who else has these parties ---------------------------------------------------------------------------------------
def _warnings(row: Handshake) -> list[dict[str, Any]]:
    if row.state != State.CONNECTED:
        return []
    ours = ", ".join(f"{party.country_code}-{party.party_id}" for party in shared_parties.names_us(row.partner))
    mine = [{"title": f"They say that they are {ours}, which is us.", "text": "Ask them which party they are.",
             "others": []}] if ours else []  # fmt: skip
    return [*mine, *(_shared(each, row.partner) for each in shared_parties.of(row.partner))]


def _shared(each: shared_parties.Shared, partner: Partner) -> dict[str, Any]:
    name = f"{each.party.country_code}-{each.party.party_id}"
    if each.through_hub:
        title = f"{name} is also behind the hub {each.other}."
        text = "That is fine: what comes from the party itself is used, the hub's only where there is nothing else."
    else:
        title = f"Is {name} the same company here and there? {each.other} says that it is {name}, too."
        first = min(partner, each.other, key=lambda one: one.pk)
        text = (
            f"Until you have decided, commands go to {first}, whom we knew first; what each of them sends stays apart. "
            "Changed its platform: unregister the old one. Somebody else: suspend the wrong one, and ask both."
        )
    return {"title": title, "text": text, "others": [core.link(each.other)]}


# --- the first pulls --------------------------------------------------------------------------------------------------
def first_pulls(row: Handshake) -> list[dict[str, Any]]:
    if row.state != State.CONNECTED or row.ended_at is None:
        return []
    known = {pull.module: pull for pull in Pull.objects.filter(partner=row.partner)}
    return [_pull(module, known.get(module), row) for module in sync.offered(row.partner)]


def _pull(module: str, pull: Pull | None, row: Handshake) -> dict[str, Any]:
    if pull is None or pull.began_at is None or row.ended_at is None or pull.began_at < row.ended_at:
        waiting = core.badge("pull", "WAITING", "not yet")
        return {"module": module, "badge": waiting, "done": False, "text": "", "percent": None, "error": "", "page": ""}
    whole = pull.total if pull.total and pull.total >= pull.received else None
    return {
        "module": module,
        "badge": core.badge("pull", *progress(pull)),
        "text": f"{pull.received:,} of {whole:,}" if whole else f"{pull.received:,} objects",
        "percent": round(100 * pull.received / whole) if whole else None,
        "done": pull.running_since is None,
        "error": pull.error,
        "page": core.page(pull),
    }
