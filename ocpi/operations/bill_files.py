"""Letter and evidence as a download."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ocpi.cdrs.models import Review
from ocpi.core import admin as core
from ocpi.core import clock

from . import evidence

_TYPES = {"pdf": "application/pdf", "json": "application/json"}


def evidence_of(request: HttpRequest, keys: Sequence[Any], kind: str) -> HttpResponse:
    """For these reviews, all of one partner; the reason instead, on the list's page, when there can be no such file."""
    rows = Review.objects.filter(pk__in=keys).order_by("pk")
    found = list(rows.select_related("partner", "cdr__partner", "cdr__session_row")[: evidence.MOST + 1])
    problem = _problem(found)
    if problem:
        messages.error(request, problem)
        return redirect(core.list_page("ocpi_cdrs.review"))
    pack = evidence.pack(found)
    content = _pdf(pack) if kind == "pdf" else orjson.dumps(pack, option=orjson.OPT_INDENT_2)
    about = (
        "".join(c if c.isalnum() or c in "-_" else "-" for c in found[0].cdr.cdr_id)
        if len(found) == 1
        else f"{len(found)}-bills"
    )
    answer = HttpResponse(content, content_type=_TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="evidence-{about}-{clock.now():%Y-%m-%d}.{kind}"'
    return answer


def _pdf(pack: dict[str, Any]) -> bytes:
    from . import letter  # reportlab: 70 ms of each start, for a letter now and then

    return letter.pdf(pack)


def _problem(found: Sequence[Review]) -> str:
    if not found:
        return "These bills are not there."
    if len(found) > evidence.MOST:
        return f"At most {evidence.MOST} bills fit into one letter."
    if len({row.partner_id for row in found}) > 1:
        return "A letter goes to one partner: choose bills of one."
    return ""
