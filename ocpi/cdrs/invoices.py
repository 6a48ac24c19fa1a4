"""What can happen to a partner's invoice: it is received, read on trial, and reconciled with our CDRs, once."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from ocpi.partners.models import Partner
from ocpi.protocol.pricing.currencies import minor_unit
from ocpi.protocol.types import ci_key

from .invoice_files import InvoiceError, Layout, Row, guess, rows
from .models import CDR, Invoice, InvoiceLine

_BATCH = 500
_MOST_MISSING = 20_000
_KWH = Decimal("0.05")
_BILLED = (InvoiceLine.Result.MATCHED, InvoiceLine.Result.DIFFERS)
Result = InvoiceLine.Result


def receive(*, partner: Partner, name: str, content: bytes, by: Any) -> tuple[Invoice, bool]:
    """Keep the file as a draft; the same file again is the same invoice. Raises InvoiceError for what is no list."""
    layout = guess(content)
    digest = hashlib.sha256(content).hexdigest()
    return Invoice.objects.get_or_create(partner=partner, digest=digest, defaults={
        "name": name[:255], "content": content, "layout": layout.as_json(), "uploaded_by": by,
    })  # fmt: skip


def layout_of(invoice: Invoice) -> Layout:
    return Layout(**invoice.layout)


def preview(invoice: Invoice, layout: Layout, shown: int = 10) -> tuple[list[Row], list[Row], int]:
    """The first good rows, the first bad ones, and how many lines there are. Raises InvoiceError."""
    good: list[Row] = []
    bad: list[Row] = []
    count = 0
    for row in rows(bytes(invoice.content), layout):
        count += 1
        kind, most = (bad, 50) if row.problem else (good, shown)
        if len(kind) < most:
            kind.append(row)
    return good, bad, count


@transaction.atomic
def reconcile(invoice: Invoice, layout: Layout) -> bool:
    """Read it all and compare; False when somebody else did so. Raises InvoiceError, and then stores nothing."""
    if not {"cdr_id", "session_id"} & set(layout.columns):
        raise InvoiceError("a column must be the CDR id or the session id")
    if not {"excl_vat", "incl_vat"} & set(layout.columns):
        raise InvoiceError("a column must be the total")
    locked = Invoice.objects.select_for_update().filter(pk=invoice.pk, state=Invoice.State.DRAFT).first()
    if locked is None:
        return False
    _Reconciliation(locked).run(rows(bytes(locked.content), layout))
    Invoice.objects.filter(pk=locked.pk).update(state=Invoice.State.DONE, layout=layout.as_json(), content=b"")
    return True


def counts(invoice: Invoice) -> dict[str, int]:
    """How many lines of each result that there is."""
    return dict(invoice.lines.order_by().values_list("result").annotate(n=Count("pk")))


class _Reconciliation:
    """Lines against CDRs, in batches; remembers what was billed so far."""

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.billed: set[int] = set()
        self.starts: list[datetime] = []

    def run(self, lines: Iterator[Row]) -> None:
        while batch := list(islice(lines, _BATCH)):
            InvoiceLine.objects.bulk_create(self._compared(batch))
        if self.starts:
            span = {"first_start": min(self.starts), "last_start": max(self.starts)}
            Invoice.objects.filter(pk=self.invoice.pk).update(**span)
            InvoiceLine.objects.bulk_create(self._missing(**span), batch_size=_BATCH)

    def _compared(self, batch: list[Row]) -> list[InvoiceLine]:
        by_cdr, by_session = self._candidates(batch)
        found = [(row, by_cdr.get(_key(row, "cdr_id")) or by_session.get(_key(row, "session_id"))) for row in batch]
        elsewhere = self._elsewhere({cdr.pk for _, cdrs in found for cdr in cdrs or ()})
        return [self._line(row, cdrs or [], elsewhere) for row, cdrs in found]

    def _candidates(self, batch: list[Row]) -> tuple[dict[str, list[CDR]], dict[str, list[CDR]]]:
        names = [{_key(row, key) for row in batch} - {""} for key in ("cdr_id", "session_id")]
        asked = Q(cdr_id__in=names[0]) | Q(session_id__in=names[1], credit=False)
        by_cdr: dict[str, list[CDR]] = {}
        by_session: dict[str, list[CDR]] = {}
        for cdr in CDR.objects.filter(asked, partner=self.invoice.partner_id).defer("payload", "report").order_by("pk"):
            by_cdr.setdefault(cdr.cdr_id, []).append(cdr)
            if cdr.session_id and not cdr.credit:
                by_session.setdefault(cdr.session_id, []).append(cdr)
        return by_cdr, by_session

    def _elsewhere(self, keys: Iterable[int]) -> dict[int, str]:
        """CDRs that another invoice of this partner bills, and its name."""
        known = InvoiceLine.objects.filter(cdr__in=set(keys), result__in=_BILLED).exclude(invoice=self.invoice)
        return dict(known.values_list("cdr", "invoice__name"))

    def _line(self, row: Row, cdrs: list[CDR], elsewhere: dict[int, str]) -> InvoiceLine:
        values = row.values
        line = InvoiceLine(
            invoice=self.invoice, number=row.number, cdr_ref=values.get("cdr_id") or "",
            session_ref=values.get("session_id") or "", start=values.get("start"), kwh=values.get("kwh"),
            excl_vat=values.get("excl_vat"), incl_vat=values.get("incl_vat"), currency=values.get("currency") or "",
        )  # fmt: skip
        if row.problem:
            line.result, line.note = Result.BAD, row.problem[:300]
        elif len(cdrs) != 1:
            line.result = Result.UNKNOWN
            line.note = "several of our CDRs have this id" if cdrs else ""
            self.starts += [line.start] if line.start else []
        else:
            self._judge(line, cdrs[0], elsewhere)
        return line

    def _judge(self, line: InvoiceLine, cdr: CDR, elsewhere: dict[int, str]) -> None:
        line.cdr = cdr
        self.starts.append(cdr.start_date_time)
        line.difference, line.note = _apart(line, cdr)
        line.result = Result.DIFFERS if line.note else Result.MATCHED
        if cdr.pk in self.billed or cdr.pk in elsewhere:
            line.result = Result.TWICE
            line.note = f"also on {elsewhere[cdr.pk]}"[:300] if cdr.pk in elsewhere else "also on an earlier line"
        self.billed.add(cdr.pk)

    def _missing(self, first_start: datetime, last_start: datetime) -> list[InvoiceLine]:
        """CDRs of the invoice's span that no line bills; what ended before it began cannot be among them."""
        span = {
            "end_date_time__gte": first_start,
            "start_date_time__gte": first_start,
            "start_date_time__lte": last_start,
        }
        found = CDR.objects.filter(partner=self.invoice.partner_id, **span).defer("payload", "report").order_by("pk")
        lines = (self._absent(cdr) for cdr in found.iterator(2_000) if cdr.pk not in self.billed)
        return list(islice(lines, _MOST_MISSING))

    def _absent(self, cdr: CDR) -> InvoiceLine:
        return InvoiceLine(
            invoice=self.invoice, cdr=cdr, cdr_ref=cdr.cdr_id, session_ref=cdr.session_id, start=cdr.start_date_time,
            kwh=cdr.total_energy, excl_vat=cdr.total_cost, incl_vat=cdr.total_cost_incl_vat, currency=cdr.currency,
            result=Result.MISSING,
        )  # fmt: skip


def _key(row: Row, name: str) -> str:
    return ci_key(row.values.get(name) or "")


def _apart(line: InvoiceLine, cdr: CDR) -> tuple[Decimal | None, str]:
    """What the line bills more than its CDR, and in words what is not the same."""
    if line.currency and line.currency != cdr.currency:
        return None, f"the CDR is in {cdr.currency}"
    pairs = [(line.excl_vat, cdr.total_cost, "excl."), (line.incl_vat, cdr.total_cost_incl_vat, "incl.")]
    known = [(theirs, ours, vat) for theirs, ours, vat in pairs if theirs is not None and ours is not None]
    off = [f"the CDR says {ours.normalize():f} {cdr.currency} {vat} VAT" for theirs, ours, vat in known
           if abs(theirs - ours) > minor_unit(cdr.currency)]  # fmt: skip
    if line.kwh is not None and abs(line.kwh - cdr.total_energy) > _KWH:
        off.append(f"the CDR says {cdr.total_energy.normalize():f} kWh")
    return known[0][0] - known[0][1] if known else None, "; ".join(off)
