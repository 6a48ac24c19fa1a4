"""Tokens, what drivers may do, what was decided, and what was asked of partners for them."""

from .partners_filling import ago, series, uuid
from .statements import Filling, Number, Text, as_json, wire_time

CARD = "('04' || lpad(upper(to_hex(({n})::bigint * 2654435761 % 4294967296)), 8, '0'))"
CONTRACT = "('NL-EMS-C' || lpad((({n}) / 2)::text, 7, '0'))"
TOKEN_STATUS = """(CASE WHEN i % 50 = 0 THEN 'BLOCKED' WHEN i % 70 = 0 THEN 'EXPIRED' WHEN i % 900 = 0 THEN 'NO_CREDIT'
    ELSE 'ACTIVE' END)"""
TOKENS = f"""(
    SELECT i, {CARD.format(n="i")} AS uid, {CONTRACT.format(n="i")} AS contract, {TOKEN_STATUS} AS status,
        CASE WHEN i % 10 = 0 THEN 'APP_USER' ELSE 'RFID' END AS type,
        now() - ($tokens - i) * interval '365 days' / $tokens AS changed FROM generate_series(1, $tokens) AS i
) AS s"""
TOKEN = {
    "country_code": "NL", "party_id": "EMS", "uid": Text("uid"), "type": Text("type"), "contract_id": Text("contract"),
    "issuer": "Open eMSP", "valid": Number("(status NOT IN ('BLOCKED', 'EXPIRED'))::text"), "whitelist": "ALLOWED",
    "last_updated": wire_time("changed"),
}  # fmt: skip
TRACE = [
    {"rule": "status", "outcome": "PASSED", "sentence": "the token is active", "facts": {}},
    {"rule": "max_charges", "outcome": Text("CASE WHEN i % 20 = 0 THEN 'REFUSED' ELSE 'PASSED' END"),
     "sentence": "one charge is running, two may", "facts": {"running": 1, "allowed": 2}},
]  # fmt: skip
# Orders: a table of their life, newest last; the last ones still wait.
STATE = """(CASE WHEN i > {rows} - 40 THEN (ARRAY['QUEUED','SENDING','ACCEPTED','ACCEPTED'])[1 + i % 4]
    WHEN i % 40 = 0 THEN (ARRAY['REJECTED','TIMED_OUT','UNKNOWN','EXPIRED','FAILED','CANCELLED'])[1 + (i / 40) % 6]
    ELSE 'SUCCEEDED' END)"""
ORDERS = f"""(
    SELECT i, 1 + (i * 7919) % $sessions AS about, {STATE} AS state,
        now() - ({{rows}} - i) * interval '365 days' / {{rows}} AS asked FROM generate_series(1, {{rows}}::bigint) AS i
) AS o JOIN ocpi_sessions_session AS c ON c.id = o.about"""


def order(kind: str) -> dict[str, str]:
    """The columns that all orders have."""
    return {
        "id": uuid(kind), "state": "o.state", "partner_id": "c.partner_id", "country_code": "c.country_code",
        "party_id": "c.party_id", "api_client_id": "CASE WHEN i % 5 > 0 THEN 1 + i % $clients END",
        "response": as_json({"result": "ACCEPTED", "timeout": 30}), "created_at": "asked", "sent_at": "asked",
        "correlation_id": f"{uuid('flow')}::text", "result_due_at": "asked + interval '30 seconds'",
        "finished_at": "CASE WHEN o.state = 'SUCCEEDED' THEN asked + interval '3 seconds' END",
        "steps": as_json([{"state": Text("o.state"), "at": wire_time("asked"), "detail": ""}]),
        "error": "CASE WHEN o.state = 'FAILED' THEN 'Connection refused' ELSE '' END",
    }  # fmt: skip


REQUEST = {
    "location_id": Text("c.location_id"),
    "evse_uid": Text("c.evse_uid"),
    "authorization_reference": Text(f"{uuid('reference', 'c.id')}::text"),
}
PROFILE = {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": 8}]}

FILLINGS = {
    "ocpi_tokens.Token": Filling(TOKENS, {
        "country_code": "'NL'", "party_id": "'EMS'", "uid": "uid", "type": "type", "contract_id": "contract",
        "issuer": "'Open eMSP'", "group_id": "'G' || i / 100", "status": "status", "last_updated": "changed",
        "visual_number": "contract", "whitelist": "(ARRAY['ALLOWED','ALWAYS','ALLOWED_OFFLINE','NEVER'])[1 + i % 4]",
        "created_at": "changed", "payload": as_json(TOKEN),
    }),
    "ocpi_tokens.TokenBatch": Filling(series("$batches"), {
        "kind": "(ARRAY['IMPORT','BLOCK','UNBLOCK'])[1 + i % 3]", "name": "'cards ' || i || '.csv'",
        "state": "CASE WHEN i = $batches THEN 'CHECKED' WHEN i % 30 = 0 THEN 'FAILED' ELSE 'DONE' END",
        "country_code": "'NL'", "party_id": "'EMS'", "total": "$batch_rows / $batches", "error": "''",
        "counts": as_json({"NEW": 100, "CHANGED": 20, "UNCHANGED": 5}), "created_by_id": "1 + i % $people",
        "written": "$batch_rows / $batches", "created_at": ago("i"), "finished_at": ago("i"),
    }),
    "ocpi_tokens.TokenBatchRow": Filling(series("$batch_rows"), {
        "batch_id": "1 + (i - 1) % $batches", "number": "1 + (i - 1) / $batches", "type": "'RFID'", "note": "''",
        "result": "CASE WHEN i % 50 = 0 THEN 'BAD' WHEN i % 5 = 0 THEN 'CHANGED' ELSE 'NEW' END",
        "token_id": "1 + i % $tokens", "uid": CARD.format(n="(1 + i % $tokens)"),
        "values": as_json({"status": "BLOCKED"}),
    }),
    "ocpi_tokens.TokenPush": Filling(
        "(SELECT i, 1 + (i - 1) % $tokens AS token, 1 + (i - 1) / $tokens AS partner"
        " FROM generate_series(1, $pushes) AS i) AS s JOIN ocpi_tokens_token AS t ON t.id = token", {
            "token_id": "token", "partner_id": "partner", "attempts": "1", "next_try_at": "t.last_updated",
            "state": "CASE WHEN i % 4000 = 0 THEN 'PENDING' WHEN i % 9001 = 0 THEN 'FAILED'"
                     " WHEN i % 500000 = 7 THEN 'SENDING' ELSE 'DONE' END",
            "claimed_at": "CASE WHEN i % 500000 = 7 THEN now() END", "delivered": "t.payload",
            "delivered_at": "t.last_updated", "error": "CASE WHEN i % 9001 = 0 THEN 'HTTP 500' ELSE '' END",
        },
    ),
    "ocpi_tokens.Authorization": Filling(
        "(SELECT i, 1 + (i * 7919) % $tokens AS token, 1 + (i * 31) % $locations AS place,"
        " now() - ($authorizations - i) * interval '365 days' / $authorizations AS decided"
        " FROM generate_series(1, $authorizations::bigint) AS i) AS s"
        " JOIN ocpi_locations_location AS l ON l.id = place", {
            "partner_id": "l.partner_id", "token_id": "token", "location_id": "l.location_id",
            "origin": "CASE WHEN i % 9 = 0 THEN 'RESERVE_NOW' WHEN i % 2 = 0 THEN 'START_SESSION' ELSE 'REALTIME' END",
            "allowed": "CASE WHEN i % 20 > 0 THEN 'ALLOWED'"
                       " ELSE (ARRAY['BLOCKED','EXPIRED','NO_CREDIT','NOT_ALLOWED','NO_PLACE'])[1 + (i / 20) % 5] END",
            "reason": "'one charge is running, two may'", "trace": as_json(TRACE),
            "authorization_reference": f"upper({uuid('permission')}::text)", "decided_at": "decided",
        },
    ),
    "ocpi_tokens.Policy": Filling(series("$policies"), {
        "name": "'Fleet ' || i", "active": "i % 9 > 0", "max_charges": "2", "budget": "500", "budget_currency": "'EUR'",
        "contract_id": f"CASE WHEN i % 2 = 0 THEN {CONTRACT.format(n='i * 2')} ELSE '' END",
        "token_id": "CASE WHEN i % 2 = 1 THEN i END",
    }),
    "ocpi_tokens.Policy_partners": Filling(series("$policies"), {
        "policy_id": "i", "partner_id": "1 + i % $partners",
    }),
    "ocpi_tokens.Policy_barred_partners": Filling(series("$policies / 10"), {
        "policy_id": "i", "partner_id": "2 + i % ($partners - 1)",
    }),
    "ocpi_commands.Command": Filling(ORDERS.format(rows="$commands"), order("command") | {
        "type": "(ARRAY['START_SESSION','START_SESSION','STOP_SESSION','RESERVE_NOW','UNLOCK_CONNECTOR'])[1 + i % 5]",
        "token_id": "c.token_row_id", "location_id": "c.location_id", "evse_uid": "c.evse_uid",
        "session_id": "CASE WHEN i % 5 = 2 THEN c.session_id ELSE '' END", "request": as_json(REQUEST),
        "authorization_reference": "c.authorization_reference",
        "webhook_state": "CASE WHEN i % 3 = 0 THEN 'SENT' ELSE '' END", "webhook_url": "'http://app.test/hook'",
    }),
    "ocpi_chargingprofiles.ProfileRequest": Filling(ORDERS.format(rows="$profiles"), order("profile") | {
        "kind": "(ARRAY['SET','SET','GET','CLEAR'])[1 + i % 4]", "session_id": "c.id", "profile": as_json(PROFILE),
    }),
    "ocpi_chargingprofiles.ActiveProfile": Filling(series("$active_profiles"), {
        "session_id": "$sessions - i", "start_date_time": ago("0.1"), "received_at": ago("0.1"),
        "payload": as_json({"start_date_time": wire_time("now()"), "charging_profile": PROFILE}),
    }),
    "ocpi_sessions.ChargingPreference": Filling(ORDERS.format(rows="$preferences"), order("preference") | {
        "session_id": "c.id", "answer": "'ACCEPTED'", "request": as_json({"profile_type": "GREEN"}),
    }),
}  # fmt: skip
