"""Charges, their bills, what finance makes of them, and every message that was exchanged."""

from ocpi.cdrs.invoice_files import Layout
from ocpi.protocol import cdrs as cdr_wire
from ocpi.protocol import pricing
from tests import factories

from .drivers_filling import CARD, CONTRACT
from .partners_filling import ago, series, uuid
from .statements import Filling, Number, Text, as_json, as_text, wire_time

# The n-th charge ended so long ago; the last ones are running, a few of them without news.
CHARGES = f"""(
    SELECT i, 1 + (i * 7919) % $tokens AS token, 1 + (i * 31) % $locations AS place, 5 + i % 60 AS kwh,
        now() - ($sessions - i) * interval '365 days' / $sessions AS changed,
        i > $sessions - $running AS runs, {CARD.format(n="1 + (i * 7919) % $tokens")} AS uid,
        {CONTRACT.format(n="1 + (i * 7919) % $tokens")} AS contract, upper({uuid("reference")}::text) AS reference,
        CASE WHEN (1 + (i * 7919) % $tokens) % 10 = 0 THEN 'APP_USER' ELSE 'RFID' END AS type,
        interval '1 minute' * (20 + i % 180) AS lasted FROM generate_series(1, $sessions::bigint) AS i
) AS s JOIN ocpi_locations_location AS l ON l.id = place"""
EVSE = "('E' || place + $locations * (i % 3))"
STATUS = """(CASE WHEN runs THEN CASE WHEN i % 20 = 0 THEN 'PENDING' ELSE 'ACTIVE' END
    WHEN i % 300 = 0 THEN 'INVALID' ELSE 'COMPLETED' END)"""
DRIVER = factories.cdr_token(uid=Text("uid"), type=Text("type"), contract_id=Text("contract"))
SESSION = factories.session(
    party_id=Text("l.party_id"), id=Text("'S' || i"), start_date_time=wire_time("changed - lasted"),
    kwh=Number("kwh"), cdr_token=DRIVER, location_id=Text("l.location_id"), evse_uid=Text(EVSE), status=Text(STATUS),
    authorization_reference=Text("reference"), last_updated=wire_time("changed"),
)  # fmt: skip
CODES = """(ARRAY['total_cost_differs','late','impossible_power','no_such_session','unknown_token',
    'duplicate_charge'])[1 + i % 6]"""
FAULTY = "(ARRAY['mismatch','mismatch','unpriceable'])[1 + (i / 20) % 3]"
VERDICT = f"""(CASE WHEN i > $cdrs - 300 THEN 'waiting' WHEN i % 100 = 3 THEN 'credit' WHEN i % 20 = 0 THEN {FAULTY}
    WHEN i % 30 = 1 THEN 'rounding' ELSE 'match' END)"""
BILLS = """(
    SELECT i, i AS charge, 3 + i % 20 AS energy, i % 100 = 3 AS credits FROM generate_series(1, $cdrs) AS i
) AS s JOIN ocpi_sessions_session AS c ON c.id = s.charge
    LEFT JOIN ocpi_locations_location AS l ON l.id = c.location_row_id"""
NAME = "coalesce(l.name, 'Laan')"
HOUR = "interval '1 hour'"
CDR_TOKEN = factories.cdr_token(uid=Text("c.token_uid"), contract_id=Text("c.contract_id"))
PLACE = factories.cdr()["cdr_location"] | {
    "id": Text("c.location_id"),
    "name": Text(NAME),
    "evse_uid": Text("c.evse_uid"),
}
COST = {"excl_vat": Number("energy * 0.35"), "incl_vat": Number("energy * 0.4235")}
CDR = factories.cdr(
    party_id=Text("c.party_id"), id=Text("'D' || i"), session_id=Text("c.session_id"), cdr_token=CDR_TOKEN,
    start_date_time=wire_time("c.start_date_time"), end_date_time=wire_time("c.last_updated"), cdr_location=PLACE,
    total_cost=COST, total_energy=Number("energy"), last_updated=wire_time("c.last_updated"),
    charging_periods=[
        factories.period(wire_time(f"c.start_date_time + {n} * interval '10 minutes'"), 2.5) for n in range(4)
    ],
)  # fmt: skip
REPORT = pricing.as_json(pricing.check(cdr_wire.CDR.from_wire(factories.cdr()), time_zone="Europe/Amsterdam"))
FOUND = "1 + (i * 20 - 1) % $cdrs"  # the CDR that a review or a finding is about
EXCHANGES = """(
    SELECT i, 1 + (i * 7919) % $sessions AS about, i % 97 = 0 AS failed, i % 3 = 0 AS ours,
        now() - ($exchanges - i) * interval '60 days' / $exchanges AS at
    FROM generate_series(1, $exchanges::bigint) AS i
) AS s JOIN ocpi_sessions_session AS c ON c.id = s.about"""
URL = """(CASE WHEN ours THEN 'http://cpo' || c.partner_id || '.test/ocpi/2.2.1/commands/START_SESSION' ELSE
    'http://emsp.test/ocpi/emsp/2.2.1/sessions/NL/' || c.party_id || '/' || c.session_id END)"""
ANSWER = {"data": None, "status_code": Number("CASE WHEN failed THEN 2001 ELSE 1000 END"), "timestamp": wire_time("at")}
HEADERS = {
    "Authorization": "Token …",
    "X-Request-ID": Text(f"{uuid('request')}::text"),
    "Content-Type": "application/json",
}
NEWEST_BILLS = f"""(
    SELECT row_number() OVER () AS i, * FROM (
        SELECT (end_date_time AT TIME ZONE 'UTC')::date AS day, partner_id, currency, count(*) AS bills,
            sum(total_energy) AS energy, sum(total_cost) AS cost, max(id) AS newest FROM ocpi_cdrs_cdr
        WHERE end_date_time > {ago("62")} GROUP BY 1, 2, 3
    ) AS counted
) AS s"""

FILLINGS = {
    "ocpi_sessions.Session": Filling(CHARGES, {
        "partner_id": "l.partner_id", "country_code": "'NL'", "party_id": "l.party_id", "session_id": "'S' || i",
        "status": STATUS, "start_date_time": "changed - lasted", "end_date_time": "CASE WHEN NOT runs THEN changed END",
        "kwh": "kwh", "currency": "CASE WHEN place % 9 = 0 THEN 'CHF' ELSE 'EUR' END", "total_cost": "kwh * 0.35",
        "auth_method": "'AUTH_REQUEST'", "authorization_reference": "reference", "location_id": "l.location_id",
        "evse_uid": EVSE, "connector_id": "'C1'", "token_uid": "uid", "token_type": "type",
        "token_country_code": "'NL'", "token_party_id": "'EMS'", "contract_id": "contract", "period_count": "2",
        "location_row_id": "CASE WHEN i % 1000 > 0 THEN place END",
        "token_row_id": "CASE WHEN i % 1500 > 0 THEN token END",
        "final_since": "CASE WHEN NOT runs THEN changed END", "changed_after_end": "i % 20011 = 0",
        "last_updated": "changed", "replaced_at": "changed", "received_at": "changed - lasted", "changed_at": "changed",
        "payload": as_json(SESSION),
    }),
    "ocpi_sessions.ChargingPeriod": Filling(
        "(SELECT i, 1 + (i - 1) / 2 AS charge, (i % 2) * interval '10 minutes' AS later"
        " FROM generate_series(1, $periods) AS i) AS s JOIN ocpi_sessions_session AS c ON c.id = charge", {
            "session_id": "charge", "pushed_at": "c.last_updated", "order_at": "c.start_date_time + later",
            "start_date_time": "c.start_date_time + later", "digest": "md5(i::text)",
            "payload": as_json(factories.period(wire_time("c.start_date_time + later"))),
        },
    ),
    "ocpi_sync.SessionWatch": Filling(series("$watches"), {
        "session_id": "$sessions - $running + i", "last_news": ago("0.5"), "stale_since": ago("0.4"),
    }),
    "ocpi_cdrs.CDR": Filling(BILLS, {
        "partner_id": "c.partner_id", "country_code": "'NL'", "party_id": "c.party_id", "cdr_id": "'D' || i",
        "digest": "md5(i::text)", "start_date_time": "c.start_date_time", "end_date_time": "c.last_updated",
        "session_id": "c.session_id", "authorization_reference": "c.authorization_reference",
        "token_uid": "c.token_uid", "token_type": "c.token_type", "contract_id": "c.contract_id",
        "location_id": "c.location_id", "location_name": NAME, "evse_id": "'NL*P01*' || c.evse_uid",
        "currency": "c.currency", "total_energy": "energy", "total_time": "1 + i % 3",
        "total_cost": "energy * 0.35 * CASE WHEN credits THEN -1 ELSE 1 END", "total_cost_incl_vat": "energy * 0.4235",
        "credit": "credits", "credit_reference_id": "CASE WHEN credits THEN 'D' || i - 1 ELSE '' END",
        "verdict": VERDICT, "our_cost": "CASE WHEN i <= $cdrs - 300 THEN energy * 0.35 END",
        "difference": "CASE WHEN i % 20 = 0 THEN i % 900 / 100.0 ELSE 0 END",
        "remarks": "CASE WHEN i % 500 = 0 THEN '[\"UNKNOWN_SESSION\"]' ELSE '[]' END::jsonb",
        "report": as_json(REPORT), "checked_at": "c.last_updated + interval '1 minute'",
        "session_row_id": "CASE WHEN i % 500 > 0 THEN c.id END", "token_row_id": "c.token_row_id",
        "last_updated": f"c.last_updated + {HOUR}", "received_at": f"c.last_updated + {HOUR}",
        "changed_at": f"c.last_updated + {HOUR}", "payload": as_json(CDR),
    }),
    "ocpi_cdrs.Finding": Filling(series("$findings"), {
        "cdr_id": FOUND, "code": CODES, "severity": "(ARRAY['error','warning','info'])[1 + i % 3]", "amount": "i % 9",
        "sentence": "'the bill is higher than the price'",
    }),
    "ocpi_cdrs.WantedTariff": Filling(series("$wanted_tariffs"), {"cdr_id": "$cdrs - i", "tariff_id": "'T' || i"}),
    "ocpi_cdrs.BillDay": Filling(NEWEST_BILLS, {
        name: name for name in ("day", "partner_id", "currency", "bills", "energy", "cost", "newest")
    }),
    "ocpi_cdrs.Review": Filling(
        f"(SELECT i, {FOUND} AS bill FROM generate_series(1, $reviews) AS i) AS s"
        " JOIN ocpi_cdrs_cdr AS c ON c.id = bill", {
            "cdr_id": "bill", "partner_id": "c.partner_id", "currency": "c.currency", "ended_at": "c.end_date_time",
            "state": "(ARRAY['OPEN','OPEN','DISPUTED','ACCEPTED','ACCEPTED','CREDITED','CLEARED'])[1 + i % 7]",
            "finding": CODES, "at_stake": "i % 9000 / 100.0", "claimed": "CASE WHEN i % 7 = 2 THEN i % 90 END",
            "assignee_id": "CASE WHEN i % 4 = 0 THEN 1 + i % $people END", "opened_at": "c.received_at",
        },
    ),
    "ocpi_cdrs.ReviewEvent": Filling(series("$review_events"), {
        "review_id": "1 + i % $reviews", "at": ago("i % 300"), "by_id": "1 + i % $people", "act": "'note'",
        "after": "'OPEN'", "note": "'the partner looks into it'",
    }),
    "ocpi_cdrs.Invoice": Filling(series("$invoices"), {
        "partner_id": "1 + i % $partners", "name": "'month ' || i || '.csv'", "digest": "md5(i::text)",
        "content": "convert_to('CDR id;kWh', 'UTF8')", "state": "CASE WHEN i % 40 = 0 THEN 'DRAFT' ELSE 'DONE' END",
        "layout": as_json(Layout("utf-8", ";", ",", {"cdr_id": 0, "kwh": 1}).as_json()), "uploaded_at": ago("i"),
        "uploaded_by_id": "1", "first_start": ago("i + 30"), "last_start": ago("i"),
    }),
    "ocpi_cdrs.InvoiceLine": Filling(series("$invoice_lines"), {
        "invoice_id": "1 + (i - 1) * $invoices / $invoice_lines", "number": "i", "cdr_ref": "'D' || i", "kwh": "10",
        "session_ref": "'S' || i", "start": ago("i % 300"), "excl_vat": "3.5", "currency": "'EUR'",
        "result": "CASE WHEN i % 20 > 0 THEN 'MATCHED'"
                  " ELSE (ARRAY['DIFFERS','UNKNOWN','TWICE','MISSING','BAD'])[1 + (i / 20) % 5] END",
        "difference": "i % 20", "cdr_id": "1 + i % $cdrs",
    }),
    "ocpi_sync.MissingBill": Filling(
        "(SELECT i, 1 + i * 90 % $sessions AS charge FROM generate_series(1, $missing_bills) AS i) AS s"
        " JOIN ocpi_sessions_session AS c ON c.id = charge", {
            "session_id": "c.id", "partner_id": "c.partner_id", "found_at": "c.last_updated", "tries": "3",
            "reported_at": "CASE WHEN i % 9 = 0 THEN c.last_updated END",
            "closed_at": f"CASE WHEN i % 20 > 0 THEN c.last_updated + {HOUR} END",
            "next_try_at": "CASE WHEN i % 20 = 0 THEN now() END",
        },
    ),
    "ocpi_journal.Exchange": Filling(EXCHANGES, {
        "direction": "CASE WHEN ours THEN 'OUT' ELSE 'IN' END", "partner_id": "c.partner_id",
        "api_client_id": "CASE WHEN i % 50 = 0 THEN 1 + i % $clients END",
        "module": "CASE WHEN ours THEN 'commands' ELSE 'sessions' END",
        "method": "CASE WHEN ours THEN 'POST' WHEN i % 2 = 0 THEN 'PUT' ELSE 'PATCH' END", "url": URL,
        "http_status": "CASE WHEN NOT failed OR i % 2 = 0 THEN 200 WHEN ours THEN NULL ELSE 400 END",
        "status_code": "CASE WHEN failed THEN 2001 ELSE 1000 END", "duration_ms": "5 + i % 400",
        "request_id": f"{uuid('request')}::text", "correlation_id": f"{uuid('flow', '(i / 4)')}::text",
        "request_headers": as_json(HEADERS), "request_body": as_text(SESSION | {
            "party_id": Text("c.party_id"), "id": Text("c.session_id"), "kwh": Number("c.kwh"),
            "start_date_time": wire_time("c.start_date_time"), "cdr_token": CDR_TOKEN,
            "location_id": Text("c.location_id"),
            "evse_uid": Text("c.evse_uid"), "status": Text("c.status"), "last_updated": wire_time("at"),
            "authorization_reference": Text("c.authorization_reference"),
        }),
        "response_headers": as_json(HEADERS), "response_body": as_text(ANSWER), "started_at": "at",
        "error": "CASE WHEN failed AND ours THEN 'Connection refused' ELSE '' END",
    }),
}  # fmt: skip
