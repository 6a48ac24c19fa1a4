"""The floor: a bare WSGI application that does the durable statements of each scenario and nothing else.

No framework, no validation, no check of the caller, no journal: JSON in, the same statements on the same tables with
all their indexes, JSON out. No platform on this database and this server can be faster.
"""

import os
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
import psycopg
from psycopg.types.json import Jsonb

_local = threading.local()
Body = dict[str, Any]

_SESSION = """
INSERT INTO ocpi_sessions_session (partner_id, country_code, party_id, session_id, status, start_date_time, kwh,
  currency, auth_method, authorization_reference, location_id, evse_uid, connector_id, token_uid, token_type,
  token_country_code,
  token_party_id, contract_id, period_count, replaced_at, field_times, changed_after_end, last_updated, payload,
  received_at, changed_at)
VALUES (%(partner)s, 'NL', 'CPO', upper(%(id)s), %(status)s, %(start)s, %(kwh)s, 'EUR', 'AUTH_REQUEST', '',
  %(location)s,
  'E1', 'C1', %(uid)s, 'RFID', 'NL', 'EMS', 'C1', 0, %(at)s, '{}', false, %(at)s, %(payload)s, now(), now())
ON CONFLICT (partner_id, country_code, party_id, session_id) DO UPDATE SET status = EXCLUDED.status, kwh = EXCLUDED.kwh,
  last_updated = EXCLUDED.last_updated, payload = EXCLUDED.payload, changed_at = EXCLUDED.changed_at
WHERE ocpi_sessions_session.last_updated <= EXCLUDED.last_updated RETURNING id"""
_KNOWN_SESSION = "SELECT id, payload FROM ocpi_sessions_session WHERE partner_id = %s AND session_id = upper(%s)"
_CHANGE_SESSION = """
UPDATE ocpi_sessions_session SET payload = %s, kwh = %s, last_updated = %s, changed_at = now()
WHERE id = %s AND last_updated <= %s"""
_KNOWN_EVSE = """
SELECT e.id, e.payload FROM ocpi_locations_evse e JOIN ocpi_locations_location l ON l.id = e.location_id
WHERE l.partner_id = %s AND l.country_code = 'NL' AND l.party_id = 'CPO' AND l.location_id = %s AND e.uid = %s"""
_CHANGE_EVSE = """
WITH evse AS (UPDATE ocpi_locations_evse SET payload = %s, status = %s, last_updated = %s WHERE id = %s
  AND last_updated <= %s RETURNING location_id)
UPDATE ocpi_locations_location SET last_updated = %s, changed_at = now(),
  payload = jsonb_set(payload, '{last_updated}', to_jsonb(%s::text)) FROM evse WHERE id = evse.location_id"""
_CDR = """
INSERT INTO ocpi_cdrs_cdr (partner_id, country_code, party_id, cdr_id, digest, start_date_time, end_date_time,
  session_id, authorization_reference, token_uid, token_type, contract_id, location_id, location_name, evse_id,
  currency, total_cost,
  total_energy, total_time, credit, credit_reference_id, invoice_reference_id, remarks, verdict, last_updated, payload,
  received_at, changed_at, token_row_id, session_row_id)
SELECT %(partner)s, 'NL', 'CPO', upper(%(id)s), '', %(start)s, %(end)s, %(session)s::varchar, '',
  %(uid)s::varchar, 'RFID', 'C1', %(location)s,
  '', '', 'EUR', %(cost)s, %(kwh)s, %(hours)s, false, '', '', '[]'::jsonb, 'waiting', %(at)s, %(payload)s, now(), now(),
  (SELECT id FROM ocpi_tokens_token WHERE uid = %(uid)s AND type = 'RFID'),
  (SELECT id FROM ocpi_sessions_session WHERE partner_id = %(partner)s AND session_id = upper(%(session)s))
ON CONFLICT DO NOTHING RETURNING id"""
_CARD = "SELECT id, status, payload FROM ocpi_tokens_token WHERE uid = %s AND type = 'RFID'"
_ANSWERED = """
INSERT INTO ocpi_tokens_authorization (partner_id, token_id, origin, location_id, evse_uids, allowed, reason, trace,
  authorization_reference, decided_at)
VALUES (%s, %s, 'REALTIME', %s, %s, 'ALLOWED', '', '[]', %s, now())"""


def put_session(run: Callable[..., Any], path: list[str], body: Body) -> tuple[str, Any]:
    values = {
        "partner": PARTNER, "id": body["id"], "status": body["status"], "kwh": body["kwh"],
        "location": body["location_id"],
        "start": datetime.fromisoformat(body["start_date_time"]), "at": datetime.fromisoformat(body["last_updated"]),
        "uid": body["cdr_token"]["uid"], "payload": Jsonb(body, orjson.dumps),
    }  # fmt: skip
    return ("201 Created" if run(_SESSION, values).fetchone() else "200 OK"), None


def patch_session(run: Callable[..., Any], path: list[str], body: Body) -> tuple[str, Any]:
    pk, payload = run(_KNOWN_SESSION, (PARTNER, path[-1])).fetchone()
    merged, at = payload | body, datetime.fromisoformat(body["last_updated"])
    run(_CHANGE_SESSION, (Jsonb(merged, orjson.dumps), merged["kwh"], at, pk, at))
    return "200 OK", None


def patch_evse(run: Callable[..., Any], path: list[str], body: Body) -> tuple[str, Any]:
    pk, payload = run(_KNOWN_EVSE, (PARTNER, path[-2], path[-1])).fetchone()
    merged, at = payload | body, datetime.fromisoformat(body["last_updated"])
    run(_CHANGE_EVSE, (Jsonb(merged, orjson.dumps), merged["status"], at, pk, at, at, body["last_updated"]))
    return "200 OK", None


def post_cdr(run: Callable[..., Any], path: list[str], body: Body) -> tuple[str, Any]:
    values = {
        "partner": PARTNER, "id": body["id"], "session": body["session_id"], "uid": body["cdr_token"]["uid"],
        "location": body["cdr_location"]["id"], "cost": body["total_cost"]["excl_vat"], "kwh": body["total_energy"],
        "hours": body["total_time"], "start": datetime.fromisoformat(body["start_date_time"]),
        "end": datetime.fromisoformat(body["end_date_time"]), "at": datetime.fromisoformat(body["last_updated"]),
        "payload": Jsonb(body, orjson.dumps),
    }  # fmt: skip
    run(_CDR, values)
    return "201 Created", None


def authorize(run: Callable[..., Any], path: list[str], body: Body) -> tuple[str, Any]:
    pk, _, payload = run(_CARD, (path[-2],)).fetchone()
    reference = str(uuid4()).upper()
    run(_ANSWERED, (PARTNER, pk, body["location_id"], Jsonb(body["evse_uids"], orjson.dumps), reference))
    return "200 OK", {"allowed": "ALLOWED", "token": payload, "location": body, "authorization_reference": reference}


ROUTES: dict[tuple[str, str], Callable[[Callable[..., Any], list[str], Body], tuple[str, Any]]] = {
    ("PUT", "sessions"): put_session, ("PATCH", "sessions"): patch_session, ("PATCH", "locations"): patch_evse,
    ("POST", "cdrs"): post_cdr, ("POST", "tokens"): authorize,
}  # fmt: skip
PARTNER = int(os.environ.get("FLOOR_PARTNER", "1"))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"].removeprefix("/ocpi/emsp/2.2.1/").split("/")
    serve = ROUTES.get((environ["REQUEST_METHOD"], path[0]))
    status, data = "200 OK", None
    if serve is not None:
        body = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        status, data = serve(_connection().execute, path, body)
    answer = orjson.dumps({"status_code": 1000, "data": data, "timestamp": datetime.now().isoformat()})
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def _connection() -> psycopg.Connection[Any]:
    """One for each thread, kept; each statement is committed by itself."""
    if not hasattr(_local, "connection"):
        url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
        _local.connection = psycopg.connect(url, autocommit=True)
    return _local.connection
