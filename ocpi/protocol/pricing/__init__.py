"""What a charge costs, why, and what a CPO did differently (OCPI 2.2.1, chapters 10 and 11).

`price` prices a CDR or a session, `check` compares a CDR with that price, `estimate` prices a charge that has not
happened, `explain` says in words what a tariff costs, `lint` says what is wrong with it. The rules are numbered R1 to
R25 in the comments; docs/pricing.md tells them in prose. Everything is exact Decimals: nothing is rounded here.
"""

from ocpi.protocol.pricing.checking import check
from ocpi.protocol.pricing.engine import price
from ocpi.protocol.pricing.estimating import estimate
from ocpi.protocol.pricing.explaining import explain
from ocpi.protocol.pricing.linting import Lint, lint
from ocpi.protocol.pricing.policy import Policy
from ocpi.protocol.pricing.report import as_json, segment_as_json
from ocpi.protocol.pricing.results import (
    Amount,
    Billed,
    Difference,
    Explanation,
    Finding,
    Outcome,
    Priced,
    Segment,
    Unpriceable,
    Verdict,
    Warning,
)

__all__ = [
    "Amount",
    "Billed",
    "Difference",
    "Explanation",
    "Finding",
    "Lint",
    "Outcome",
    "Policy",
    "Priced",
    "Segment",
    "Unpriceable",
    "Verdict",
    "Warning",
    "as_json",
    "check",
    "estimate",
    "explain",
    "lint",
    "price",
    "segment_as_json",
]
