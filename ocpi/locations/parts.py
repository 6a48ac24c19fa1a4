"""EVSEs and connectors as rows: what a push of the whole, of what is around it, or of some fields changes.

Nothing here validates: payloads are the wire form of validated objects. A part has its own `last_updated`, which tells
what a push of its parent knew of it; what was pushed of it later stays (`ocpi.protocol.order`). Only the absence from
its parent has the parent's time.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from ocpi.core import clock, many
from ocpi.protocol import order
from ocpi.protocol.order import WHOLE, Times
from ocpi.protocol.types import ci_key, format_datetime, parse_datetime

from .models import EVSE, Connector, Location, touch

Part = EVSE | Connector
Build = Callable[[dict[str, Any]], Any]
_COLUMNS = ["position", "last_updated", "hidden_at", "payload", "since", "field_times"]
EVSE_COLUMNS = [*_COLUMNS, "evse_id", "status", "capabilities", "physical_reference"]
CONNECTOR_COLUMNS = [
    *_COLUMNS, "standard", "format", "power_type", "max_voltage", "max_amperage", "power_w", "tariff_ids",
]  # fmt: skip


# --- with their parent -----------------------------------------------------------------------------------------------
def create_evses(location: Location, payloads: list[dict[str, Any]]) -> None:
    """Those of a location that is new."""
    payloads = once(payloads, "uid")
    rows = write_evses([_whole(partial(EVSE.build, location, n), payload) for n, payload in enumerate(payloads)])
    connectors = [
        _whole(partial(Connector.build, evse, n), connector)
        for evse, payload in zip(rows, payloads, strict=True)
        for n, connector in enumerate(once(payload["connectors"], "id"))
    ]
    write_connectors(connectors)


def replace_evses(location: Location, payloads: list[dict[str, Any]], moment: datetime) -> datetime:
    """Those of a location that was PUT. Returns the latest time of it and of what was pushed later, and stays."""
    payloads = once(payloads, "uid")
    pushed = {row.uid: row for row in location.evses.exclude(field_times={})}
    rows, inner = [], []
    for n, payload in enumerate(payloads):
        known = pushed.get(ci_key(payload["uid"]))
        if not _is_newer(known, parse_datetime(payload["last_updated"])):
            rows.append(_whole(partial(EVSE.build, location, n), payload, known))
            inner.append(payload)
    later = [uid for uid, row in pushed.items() if _is_newer(row, moment)]
    listed = [ci_key(payload["uid"]) for payload in payloads]
    _hide(location.evses.exclude(uid__in=[*listed, *later]), moment)
    stayed = replace_connectors(write_evses(rows), inner, moment)
    return order.latest(moment, *stayed, *(order.since(moment, row.field_times) for row in pushed.values()))


def replace_connectors(evses: list[EVSE], payloads: list[dict[str, Any]], moment: datetime) -> list[Times]:
    """Those of EVSEs that were pushed whole. Returns the times of what was pushed later, and stays."""
    connectors = Connector.objects.filter(evse__in=evses)
    pushed = {(row.evse_id, row.connector_id): row for row in connectors.exclude(field_times={})}
    rows, keep = [], [row.pk for row in pushed.values() if _is_newer(row, moment)]
    for evse, payload in zip(evses, payloads, strict=True):
        for n, connector in enumerate(once(payload["connectors"], "id")):
            known = pushed.get((evse.pk, ci_key(connector["id"])))
            if known is not None and _is_newer(known, parse_datetime(connector["last_updated"])):
                keep.append(known.pk)
            else:
                rows.append(_whole(partial(Connector.build, evse, n), connector, known))
    written = write_connectors(rows)
    _hide(connectors.exclude(pk__in=[*keep, *(row.pk for row in written)]), moment)
    return [_carry_up(evse, pushed) for evse in evses] if pushed else []


def _carry_up(evse: EVSE, pushed: dict[tuple[int, str], Connector]) -> Times:
    """What was pushed of its connectors later than the EVSE itself moves its time (LOC-04)."""
    times = [order.since(evse.since, row.field_times) for (pk, _), row in pushed.items() if pk == evse.pk]
    newest = order.latest(evse.since, *times)
    if newest > evse.last_updated:
        touch(evse, newest)
        evse.save(update_fields=["last_updated", "payload"])
    return {WHOLE: order.stamp(newest)}


def _hide(parts: Any, moment: datetime) -> None:
    parts.filter(hidden_at=None).update(hidden_at=clock.now(), since=moment, field_times={})


# --- on their own ----------------------------------------------------------------------------------------------------
def put_evse(location: Location, known: EVSE | None, payload: dict[str, Any]) -> None:
    position = known.position if known else location.evses.count()
    moment = parse_datetime(payload["last_updated"])
    row = _whole(partial(EVSE.build, location, position), payload, known)
    row.field_times = order.given([WHOLE], moment, row.field_times)
    replace_connectors(write_evses([row]), [payload], moment)


def patch_evse(known: EVSE, patch: dict[str, Any], payload: dict[str, Any], moment: datetime) -> EVSE:
    """`payload`: the whole EVSE with the patch merged in; what newer patches gave is not taken from it."""
    [row] = write_evses([changed(partial(EVSE.build, known.location, known.position), known, patch, payload, moment)])
    merged = {ci_key(connector["id"]): connector for connector in payload["connectors"]}
    for connector in patch.get("connectors") or []:
        key = ci_key(connector["id"])
        inner = Connector.objects.filter(evse=known, connector_id=key).first()
        if inner is None or inner.hidden_at is not None:
            put_connector(known, inner, merged[key])
        else:
            patch_connector(inner, connector, merged[key], _own_moment(connector, moment))
    return row


def put_connector(evse: EVSE, known: Connector | None, payload: dict[str, Any]) -> None:
    write_connectors([whole_connector(evse, known, payload)])


def whole_connector(evse: EVSE, known: Connector | None, payload: dict[str, Any]) -> Connector:
    position = known.position if known else evse.connectors.count()
    row: Connector = _whole(partial(Connector.build, evse, position), payload, known)
    row.field_times = order.given([WHOLE], parse_datetime(payload["last_updated"]), row.field_times)
    return row


def patch_connector(known: Connector, patch: dict[str, Any], payload: dict[str, Any], moment: datetime) -> None:
    build = partial(Connector.build, known.evse, known.position)
    write_connectors([changed(build, known, patch, payload, moment)])


def patch_evses(location: Location, patch: dict[str, Any], payloads: list[dict[str, Any]], moment: datetime) -> None:
    """The EVSEs in a PATCH of their location (LOC-11). `payloads`: all of them, with the patch merged in."""
    merged = {ci_key(payload["uid"]): payload for payload in payloads}
    for evse in patch.get("evses") or []:
        key = ci_key(evse["uid"])
        known = location.evses.filter(uid=key).first()
        if known is None or known.hidden_at is not None:
            put_evse(location, known, merged[key])
        else:
            patch_evse(known, evse, merged[key], _own_moment(evse, moment))


# --- shared ----------------------------------------------------------------------------------------------------------
def _is_newer(known: Part | None, moment: datetime) -> bool:
    """Whether it was pushed whole, on its own, after that moment."""
    return known is not None and known.field_times.get(WHOLE, 0) > order.stamp(moment)


def _whole(build: Build, payload: dict[str, Any], known: Part | None = None) -> Any:
    """The row of an object that came whole, with what was pushed of it later."""
    row = build(payload)
    row.since = row.last_updated
    newer = order.since(row.since, known.field_times) if known else {}
    if known is None or not newer:
        return row
    times = {"last_updated": format_datetime(order.latest(row.since, newer))}
    later = build(order.laid_under(payload, known.payload, newer) | times)
    later.since, later.field_times = row.since, newer
    return later


def changed(build: Build, known: Part, patch: dict[str, Any], payload: dict[str, Any], moment: datetime) -> Any:
    counting = order.counting(patch, moment, known.field_times)
    fields = {name: payload[name] for name in counting if name in payload}
    if patch.get("last_updated") is not None:
        fields["last_updated"] = format_datetime(max(known.last_updated, moment))
    row = build(known.payload | fields)
    row.since, row.field_times = known.since, order.given(counting, moment, known.field_times)
    return row


def _own_moment(part: dict[str, Any], moment: datetime) -> datetime:
    """Inside a PATCH of the parent a part may have a time of its own."""
    own = part.get("last_updated")
    return parse_datetime(own) if isinstance(own, str) else moment


def write_evses(rows: list[EVSE]) -> list[EVSE]:
    return many.store(rows, over=["location", "uid"], names=EVSE_COLUMNS)


def write_connectors(rows: list[Connector]) -> list[Connector]:
    return many.store(rows, over=["evse", "connector_id"], names=CONNECTOR_COLUMNS)


def once(payloads: Iterable[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Case variants of one id are one object; the last one counts (AMB-44)."""
    return list({ci_key(payload[key]): payload for payload in payloads}.values())
