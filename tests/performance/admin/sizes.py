"""How many rows of each kind: what issue 6 demands of the desk, and beside it what goes with so much roaming."""

FULL = {
    "partners": 25, "sandboxes": 2, "clients": 3, "people": 20, "hub_parties": 400,
    "locations": 20_000, "evses": 60_000, "connectors": 120_000, "tariffs": 2_000, "tariff_versions": 10_000,
    "tokens": 1_000_000, "pushes": 2_000_000, "authorizations": 1_000_000, "policies": 50_000,
    "sessions": 2_000_000, "running": 3_000, "periods": 4_000_000, "preferences": 20_000, "profiles": 20_000,
    "active_profiles": 1_000, "watches": 500,
    "cdrs": 2_000_000, "findings": 250_000, "reviews": 100_000, "review_events": 250_000, "wanted_tariffs": 500,
    "invoices": 240, "invoice_lines": 120_000, "commands": 500_000,
    "exchanges": 2_000_000, "listed_pages": 100, "quarantined": 20_000, "missing_bills": 20_000,
    "light_changes": 50_000, "alerts": 50_000, "recipients": 40, "history": 200_000, "learners": 200,
    "handshakes": 500, "conformance_runs": 1_000, "batches": 200, "batch_rows": 500_000, "attempts": 2_000,
}  # fmt: skip
_LEAST = 60  # rows of each kind, so that every list has a second page
FIXED = ("partners", "sandboxes", "clients", "people", "recipients")


def counts(share: float = 1.0, **other: int) -> dict[str, int]:
    """The rows of each kind, at a share of the full size, which is `other` for some."""
    full = FULL | other
    return {name: n if name in FIXED else max(min(n, _LEAST), int(n * share)) for name, n in full.items()}
