"""What a token, or the tokens of a contract, spent: bills, and charges that have no bill yet."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, Sum

from ocpi.sessions.models import Session

from .models import CDR

_LONGEST_CHARGE = timedelta(days=30)


def spent(token_id: int | None, contract_id: str, since: datetime | None, currency: str) -> Decimal:
    """Excluding VAT, in this currency only, of charges that ended since then or run still. Credits count negative.

    A charge without a bill counts with the cost that its session states so far.
    """
    whose = (Q(token_row=token_id) if token_id else Q()) | (Q(contract_id=contract_id) if contract_id else Q())
    return _billed(whose & Q(currency=currency), since) + _unbilled(whose & Q(currency=currency), since)


def _billed(whose: Q, since: datetime | None) -> Decimal:
    rows = CDR.objects.filter(whose, **({"end_date_time__gte": since} if since else {}))
    return rows.aggregate(sum=Sum("total_cost"))["sum"] or Decimal(0)


def _unbilled(whose: Q, since: datetime | None) -> Decimal:
    rows = Session.objects.filter(whose, ~Exists(CDR.objects.filter(session_row=OuterRef("pk"))))
    if since:
        rows = rows.filter(Q(end_date_time__gte=since) | Q(end_date_time=None))
        rows = rows.filter(start_date_time__gte=since - _LONGEST_CHARGE)
    return rows.aggregate(sum=Sum("total_cost"))["sum"] or Decimal(0)
