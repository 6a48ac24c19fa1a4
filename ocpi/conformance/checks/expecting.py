"""What several checks say when an answer is not the one that was due."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ocpi.conformance.exchange import Exchange
from ocpi.protocol.types import ci_equal, parse_datetime

Told = tuple[str, Exchange]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", re.ASCII)  # as the standard writes a DateTime
UNAUTHORIZED, NO_METHOD, NOT_JSON = (401, 2001), (405, 2000), (400, 2001)


def success(answer: Exchange, about: str = "the request") -> Iterator[Told]:
    if not answer.succeeded:
        yield f"{about} was answered with {answer.outcome}", answer


def status(answer: Exchange, http_status: int, about: str) -> Iterator[Told]:
    """Only the HTTP status counts; envelopes are looked at elsewhere."""
    if answer.http_status != http_status:
        yield f"{about} was answered with {answer.outcome}, not with HTTP {http_status}", answer


def refusal(answer: Exchange, about: str) -> Iterator[Told]:
    """A well-formed request that is wrong in itself: HTTP 200 and 2xxx (TRA-23)."""
    if answer.succeeded:
        yield f"{about} was taken ({answer.outcome}), not refused with 2xxx", answer
    elif answer.http_status != 200 or not 2000 <= (answer.code or 0) < 3000:
        yield f"{about} was answered with {answer.outcome}, not with HTTP 200 and 2xxx", answer


def missing(answer: Exchange, about: str, codes: tuple[int, ...] = ()) -> Iterator[Told]:
    """An object that does not exist: HTTP 404, or at least 2xxx; `codes` where the standard has one for it."""
    if answer.http_status != 404:
        yield f"{about} was answered with {answer.outcome}, not with HTTP 404", answer
    elif codes and answer.enveloped and answer.code not in codes:
        yield f"{about} was answered with status code {answer.code}, not {' or '.join(map(str, codes))}", answer


def same(wanted: Mapping[str, Any], found: Any) -> list[str]:
    """The paths at which what was sent and what came back differ; more fields than were sent are no difference."""
    return list(_differences(wanted, found, ""))


def _differences(wanted: Any, found: Any, path: str) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name, value in wanted.items():
            yield from _differences(value, found.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif not _equal(wanted, found, path):
        yield f"{path}: {_short(wanted)} came back as {_short(found)}"


_CI_STRINGS = (
    "country_code", "party_id", "id", "uid", "contract_id", "evse_id", "evse_uid", "location_id", "connector_id",
    "session_id", "tariff_id", "tariff_ids", "group_id", "authorization_reference", "credit_reference_id",
    "invoice_reference_id",
)  # fmt: skip


def _equal(wanted: Any, found: Any, path: str) -> bool:
    if wanted == found or (wanted in (None, []) and found in (None, [])):
        return True
    if not isinstance(wanted, str) or not isinstance(found, str):
        return False
    name = path.rpartition(".")[2].partition("[")[0]
    if name in _CI_STRINGS:
        return ci_equal(wanted, found)
    return name.endswith(("_updated", "_time", "_begin", "_end")) and _moment(wanted) == _moment(found) is not None


def _moment(text: str) -> Any:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
