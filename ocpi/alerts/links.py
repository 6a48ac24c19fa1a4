"""The list behind each reason of a light."""

from typing import Any

from ocpi.core import admin as core
from ocpi.partners.models import Partner

_EXCHANGES, _PULLS, _PUSHES = "ocpi_journal.exchange", "ocpi_sync.pull", "ocpi_tokens.tokenpush"
# Code → the list and its filters beside the partner; codes that are not here are about the partner's own page.
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "HANDSHAKE_UNCLEAR": (_EXCHANGES, {"module": "credentials"}),
    "HANDSHAKE_FAILED": (_EXCHANGES, {"module": "credentials"}),
    "CALLS_PAUSED": (_EXCHANGES, {"outcome": "failed", "direction__exact": "OUT"}),
    "CALLS_UNANSWERED": (_EXCHANGES, {"outcome": "failed", "direction__exact": "OUT"}),
    "ERRORS_OUT": (_EXCHANGES, {"outcome": "failed", "direction__exact": "OUT"}),
    "ERRORS_IN": (_EXCHANGES, {"outcome": "refused"}),
    "NO_CONTACT": (_EXCHANGES, {}),
    "CLOCK_SKEW": (_EXCHANGES, {"direction__exact": "OUT"}),
    "PULL_FAILED": (_PULLS, {"outcome": "failed"}),
    "PULL_HELD": (_PULLS, {"outcome": "held"}),
    "PULL_OVERDUE": (_PULLS, {}),
    "PUSHES_LATE": (_PUSHES, {"progress": "waiting"}),
    "PUSHES_FAILED": (_PUSHES, {"progress": "failed"}),
    "MISSING_BILLS": ("ocpi_sync.missingbill", {"state": "REPORTED"}),
    "LEFT_OUT": ("ocpi_sync.quarantinedobject", {"state": "OPEN"}),
}


def behind(code: str, partner: Partner | int) -> str:
    """The path of the page behind a reason."""
    pk = partner if isinstance(partner, int) else partner.pk
    if code not in LISTS:
        return core.page(Partner(pk=pk))
    name, filters = LISTS[code]
    own: dict[str, Any] = {"partner__id__exact": pk}
    return core.list_page(name, **own, **filters)
