"""R24: a credit CDR takes another one back. It is compared with that one and never priced."""

from collections.abc import Iterator
from decimal import Decimal

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing.results import Amount, Difference, Finding, Outcome, Verdict
from ocpi.protocol.types import Price, ci_equal

# What tells a credit from its original, or is written anew for each document.
_ITS_OWN = {"id", "credit", "credit_reference_id", "total_cost", "last_updated", "invoice_reference_id", "remark"}


def check_credit(cdr: CDR, original: CDR | None) -> Verdict:
    """`credit` when it takes back exactly the original, or when that is not known and it must wait; else `mismatch`."""
    if original is None:
        reference = cdr.credit_reference_id
        hold = Finding("credit_original_unknown", "hold", f"The CDR {reference} that this takes back is not known.")
        return Verdict(Outcome.CREDIT, cdr.currency, findings=(hold, *_about_sign(cdr)))
    expected = Amount(-original.total_cost.excl_vat, -_incl(original.total_cost))
    differences = tuple(_differences(cdr, expected))
    findings = (*_about_amounts(cdr, differences, original), *_about_fields(cdr, original))
    wrong = any(finding.severity == "error" for finding in findings)
    return Verdict(
        Outcome.MISMATCH if wrong else Outcome.CREDIT,
        cdr.currency,
        expected=expected,
        differences=differences,
        findings=findings,
    )


def _incl(price: Price) -> Decimal:
    return price.excl_vat if price.incl_vat is None else price.incl_vat


def _differences(cdr: CDR, expected: Amount) -> Iterator[Difference]:
    yield Difference("total_cost.excl_vat", cdr.total_cost.excl_vat, expected.excl_vat)
    yield Difference("total_cost.incl_vat", _incl(cdr.total_cost), expected.incl_vat)


def _about_sign(cdr: CDR) -> Iterator[Finding]:
    if cdr.total_cost.excl_vat > 0:
        yield Finding("credit_not_negative", "warning", "The total of a credit should be negative.")


def _about_amounts(cdr: CDR, differences: tuple[Difference, ...], original: CDR) -> Iterator[Finding]:
    off = [difference for difference in differences if difference.delta]
    if off:
        sentence = f"The credit takes back {-cdr.total_cost.excl_vat}, the original was {original.total_cost.excl_vat}."
        yield Finding("credit_amount_differs", "error", sentence, off[0].delta)


def _about_fields(cdr: CDR, original: CDR) -> Iterator[Finding]:
    if not ci_equal(cdr.credit_reference_id or "", original.id):
        sentence = f"The credit refers to {cdr.credit_reference_id}, but was compared with {original.id}."
        yield Finding("credit_refers_elsewhere", "error", sentence)
    if original.credit:
        yield Finding("credit_of_a_credit", "error", "What is taken back is itself a credit.")
    names = [
        name for name in CDR.model_fields if name not in _ITS_OWN and getattr(cdr, name) != getattr(original, name)
    ]
    if names:
        sentence = f"All but the total should equal the original; these do not: {', '.join(names)}."
        yield Finding("credit_differs_from_original", "error", sentence)
