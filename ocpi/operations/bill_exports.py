"""The columns of exported bills."""

from typing import Any

from .exports import Columns

CDR_COLUMNS: Columns = [
    ("partner", lambda row: row.partner.name),
    ("country_code", lambda row: row.country_code),
    ("party_id", lambda row: row.party_id),
    ("cdr_id", lambda row: row.cdr_id),
    ("session_id", lambda row: row.session_id),
    ("start", lambda row: row.start_date_time),
    ("end", lambda row: row.end_date_time),
    ("location", lambda row: row.location_name),
    ("evse_id", lambda row: row.evse_id),
    ("contract_id", lambda row: row.contract_id),
    ("credit", lambda row: "credit" if row.credit else "bill"),
    ("credit_reference_id", lambda row: row.credit_reference_id),
    ("kwh", lambda row: row.total_energy),
    ("hours", lambda row: row.total_time),
    ("currency", lambda row: row.currency),
    ("their_cost_excl_vat", lambda row: row.total_cost),
    ("their_cost_incl_vat", lambda row: row.total_cost_incl_vat),
    ("our_cost_excl_vat", lambda row: row.our_cost),
    ("difference_excl_vat", lambda row: row.difference),
    ("verdict", lambda row: row.verdict),
]


def _of_cdr(get: Any) -> Any:
    return lambda review: get(review.cdr)


REVIEW_COLUMNS: Columns = [
    ("state", lambda row: row.state),
    ("finding", lambda row: row.finding),
    ("at_stake", lambda row: row.at_stake),
    ("disputed", lambda row: row.claimed),
    ("reason", lambda row: row.reason),
    ("assigned_to", lambda row: row.assignee.get_username() if row.assignee else ""),
    ("decided_at", lambda row: row.decided_at),
    ("partner", lambda row: row.partner.name),
    *((name, _of_cdr(get)) for name, get in CDR_COLUMNS if name != "partner"),
]
