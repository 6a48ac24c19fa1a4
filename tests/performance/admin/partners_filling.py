"""Partners with what hangs on them, the people of the desk, and learners."""

from .statements import Filling, Text, as_json, quoted

SERIES = "(SELECT i FROM generate_series(1, {rows}) AS i) AS s"
MODULES = "(ARRAY['locations','tariffs','sessions','cdrs'])[1 + (i - 1) % 4]"
ENDPOINTS = "(ARRAY['credentials','locations','tariffs','sessions','cdrs','tokens','commands'])[1 + (i - 1) % 7]"


def series(rows: str) -> str:
    return SERIES.format(rows=rows)


def ago(days: str) -> str:
    return f"(now() - interval '1 day' * ({days}))"


def uuid(kind: str, number: str = "i") -> str:
    """The key of the n-th row of a kind: scattered as real ones are."""
    return f"md5('{kind}' || {number})::uuid"


EVERY = "$partners + $sandboxes"
PARTY = "('P' || lpad({n}::text, 2, '0'))"
REASONS = [{"code": "NO_CONTACT", "colour": "RED", "text": "nothing has been exchanged for 2 days"}]
PARTY_PAYLOAD = {
    "country_code": "NL", "party_id": Text("'H' || lpad(i::text, 2, '0')"), "role": "CPO", "status": "CONNECTED",
}  # fmt: skip

FILLINGS = {
    "auth.User": Filling(series("$people"), {
        "username": "'desk ' || i", "password": "'!'", "is_staff": "TRUE", "is_superuser": "i = 1",
        "first_name": "''", "last_name": "''", "email": "'desk' || i || '@emsp.test'",
    }),
    "auth.User_groups": Filling(
        "auth_user u JOIN LATERAL (SELECT id FROM auth_group ORDER BY (id + u.id) % 4, id LIMIT 1) g ON TRUE",
        {"user_id": "u.id", "group_id": "g.id"}, keyed=False,
    ),
    "ocpi_partners.Partner": Filling(series(EVERY), {
        "name": "CASE WHEN i <= $partners THEN 'CPO ' || i ELSE 'Sandbox ' || i END",
        "status": "CASE WHEN i = $partners THEN 'NEW' WHEN i % 12 = 0 THEN 'SUSPENDED' ELSE 'REGISTERED' END",
        "version": "'2.2.1'", "versions_url": "'http://cpo' || i || '.test/ocpi/versions'", "token_out": "'sealed'",
        "sandbox": "i > $partners", "registered_at": ago("400"), "last_seen_at": ago("i / 100.0"),
    }),
    "ocpi_partners.PartnerRole": Filling(series(EVERY), {
        "partner_id": "i", "role": "CASE WHEN i = 2 THEN 'HUB' ELSE 'CPO' END", "country_code": "'NL'",
        "party_id": PARTY.format(n="i"), "name": "'CPO ' || i",
    }),
    "ocpi_partners.PartnerEndpoint": Filling(series(f"7 * ({EVERY})"), {
        "partner_id": "1 + (i - 1) / 7", "identifier": ENDPOINTS,
        "role": f"CASE WHEN {ENDPOINTS} IN ('credentials', 'tokens', 'commands') THEN 'RECEIVER' ELSE 'SENDER' END",
        "url": f"'http://cpo' || (1 + (i - 1) / 7) || '.test/ocpi/2.2.1/' || {ENDPOINTS}",
    }),
    "ocpi_partners.PartnerToken": Filling(series(f"4 * ({EVERY})"), {
        "partner_id": "1 + (i - 1) / 4", "digest": "md5(i::text) || md5('x' || i)",
        "purpose": "CASE WHEN i % 4 = 0 THEN 'REGISTRATION' ELSE 'OPERATIONAL' END",
        "valid_until": f"CASE WHEN i % 4 > 1 THEN {ago('i % 300')} END", "first_used_at": ago("400"),
    }),
    "ocpi_partners.PartnerLeniency": Filling(series(EVERY), {
        "partner_id": "i", "kind": "'string_numbers'", "count": "i * 1000", "last_seen": ago("0.1"), "example": "'kwh'",
    }),
    "ocpi_partners.HubParty": Filling(series("$hub_parties"), {
        "partner_id": "2", "role": "'CPO'",
        "country_code": "(ARRAY['NL','DE','BE','FR'])[1 + i % 4]", "party_id": "upper(lpad(to_hex(i), 3, '0'))",
        "status": "(ARRAY['CONNECTED','CONNECTED','OFFLINE','SUSPENDED',''])[1 + i % 5]",
        "last_updated": ago("i % 90"), "payload": as_json(PARTY_PAYLOAD),
    }),
    "ocpi_partners.Outage": Filling(series("3"), {
        "partner_id": "3 + i", "failures": "4", "pauses": "1", "paused_at": ago("0.01"),
        "probe_at": "now() + interval '5 minutes'", "reason": "'Connection refused'",
    }),
    "ocpi_partners.ApiClient": Filling(series("$clients"), {"name": "'App ' || i", "digest": "md5('app' || i)"}),
    "ocpi_credentials.Handshake": Filling(series("$handshakes"), {
        "partner_id": "1 + i % $partners", "direction": "CASE WHEN i % 2 = 0 THEN 'OURS' ELSE 'THEIRS' END",
        "state": "CASE WHEN i <= 5 THEN 'WAITING' WHEN i % 9 = 0 THEN 'CANCELLED' ELSE 'CONNECTED' END",
        "step": "'STORED'", "versions_url": "'http://cpo.test/ocpi/versions'", "flow": f"{uuid('handshake')}::text",
        "token_a": "''", "cause": "''", "detail": "''", "created_by_id": "1 + i % $people",
    }),
    "ocpi_conformance.Run": Filling(series("$conformance_runs"), {
        "partner_id": "1 + i % $partners", "state": "CASE WHEN i % 30 = 0 THEN 'FAILED' ELSE 'DONE' END",
        "asked_at": ago("i"), "ended_at": ago("i"), "errors": "i % 4", "warnings": "i % 9", "problem": "''",
    }),
    "ocpi_alerts.Light": Filling(series("$partners"), {
        "partner_id": "i", "colour": "(ARRAY['GREEN','GREEN','AMBER','RED','OFF'])[1 + i % 5]",
        "since": ago("i / 10.0"), "reasons": as_json(REASONS), "looked_at": "now()",
    }),
    "ocpi_alerts.LightChange": Filling(series("$light_changes"), {
        "partner_id": "1 + i % $partners", "at": ago("($light_changes - i) * 365.0 / $light_changes"),
        "before": "(ARRAY['GREEN','AMBER','RED'])[1 + i % 3]", "after": "(ARRAY['AMBER','RED','GREEN'])[1 + i % 3]",
        "reasons": as_json(REASONS),
    }),
    "ocpi_alerts.Contact": Filling(series("$partners"), {
        "partner_id": "i", "answered_at": ago("i / 100.0"), "skew_seconds": "i - 5", "skew_at": ago("i / 100.0"),
    }),
    "ocpi_alerts.Recipient": Filling(series("$recipients"), {
        "name": "'Night shift ' || i", "address": "'night' || i || '@emsp.test'", "active": "i % 5 > 0",
        "kind": "CASE WHEN i % 3 = 0 THEN 'WEBHOOK' ELSE 'EMAIL' END",
    }),
    "ocpi_alerts.Recipient_partners": Filling(series("$recipients"), {
        "recipient_id": "i", "partner_id": "1 + i % $partners",
    }),
    "ocpi_alerts.Alert": Filling(series("$alerts"), {
        "key": "'light:' || i", "event": "(ARRAY['light','light','command','bill'])[1 + i % 4]",
        "partner_id": "1 + i % $partners", "title": "'CPO ' || 1 + i % $partners || ' is red'",
        "path": "'/admin/ocpi_partners/partner/' || 1 + i % $partners || '/change/'",
        "at": ago("($alerts - i) * 365.0 / $alerts"),
    }),
    "ocpi_alerts.Delivery": Filling(series("2 * $alerts"), {
        "alert_id": "1 + (i - 1) / 2", "recipient_id": "1 + i % 2 + (i / 7) % ($recipients / 2) * 2", "attempts": "1",
        "state": "CASE WHEN i % 1000 = 0 THEN 'FAILED' WHEN i > 2 * $alerts - 5 THEN 'WAITING' ELSE 'SENT' END",
        "due_at": ago("1"), "sent_at": ago("1"),
    }),
    "ocpi_alerts.Mark": Filling(series("2"), {
        "name": "(ARRAY['cdrs','commands'])[i]", "first": "0", "last": "i",
    }),
    "ocpi_sync.Pull": Filling(series("4 * $partners"), {
        "partner_id": "1 + (i - 1) / 4", "module": MODULES, "high_water": ago("0.1"), "finished_at": ago("0.02"),
        "due_at": "now() + interval '1 hour'", "received": "i * 20", "changed": "i", "full_at": ago("1"),
        "error": "CASE WHEN i % 20 = 0 THEN 'Connection refused' ELSE '' END",
        "withheld": "CASE WHEN i % 25 = 0 THEN 400 ELSE 0 END",
    }),
    "ocpi_sync.ListedPage": Filling(series("$listed_pages"), {
        "pull_id": "1 + i % (4 * $partners)", "keys": as_json([["NL", "P01", Text("'L' || i")]]),
    }),
    "ocpi_sync.Agreement": Filling(series("$partners"), {"partner_id": "i", "bill_hours": "48"}),
    "ocpi_sync.QuarantinedObject": Filling(series("$quarantined"), {
        "partner_id": "1 + i % $partners", "module": MODULES, "country_code": "'NL'", "party_id": "'P01'",
        "object_id": "'BAD' || i", "key": "md5('bad' || i)", "field": "'address'", "reason": "'must not be empty'",
        "first_seen": ago("i % 300 + 1"), "last_seen": ago("i % 300"),
        "closed_at": f"CASE WHEN i % 10 > 0 THEN {ago('i % 200')} END",
        "closed_by": "CASE WHEN i % 10 > 0 THEN 'CAME' ELSE '' END", "shown": quoted('{"id": "BAD"}'),
    }),
    "admin.LogEntry": Filling(series("$history"), {
        "action_time": ago("($history - i) * 365.0 / $history"), "user_id": "1 + i % $people",
        "content_type_id": "(SELECT id FROM django_content_type WHERE app_label = 'ocpi_tokens' AND model = 'token')",
        "object_id": "(1 + i % $tokens)::text", "object_repr": "'RFID ' || i", "action_flag": "2",
        "change_message": quoted('[{"changed": {"fields": ["Status"]}}]'),
    }),
    "learning.Learner": Filling(series("$learners"), {"session_key": "md5('learner' || i)"}),
    "learning.Run": Filling(series("$learners"), {
        "id": uuid("run"), "learner_id": "i", "lesson": "'roles'", "touched_at": ago("i"),
        "state": "CASE WHEN i <= $sandboxes THEN 'OPEN' ELSE 'LEFT' END",
        "partner_id": "CASE WHEN i <= $sandboxes THEN $partners + i END",
    }),
    "learning.Attempt": Filling(series("$attempts"), {
        "run_id": uuid("run", "(1 + i % $learners)"), "step": "i % 9", "state": "'DONE'", "right": "i % 3 > 0",
    }),
}  # fmt: skip
