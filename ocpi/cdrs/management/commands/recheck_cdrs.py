"""`manage.py recheck_cdrs`: check received bills again, after a change of a rule, a setting or a tariff."""

from collections import Counter
from datetime import datetime, time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from rich.console import Console
from rich.progress import track

from ocpi.cdrs import checks
from ocpi.cdrs.models import CDR
from ocpi.core.management.base import OcpiCommand
from ocpi.partners.models import Partner


class Command(OcpiCommand):
    help = "Check CDRs again, here and now, and say how many changed their verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", help="only CDRs of this partner")
        parser.add_argument("--since", help="only CDRs that ended on this day or later, YYYY-MM-DD")
        parser.add_argument("--verdict", choices=CDR.Verdict.values, help="only CDRs with this verdict")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = list(self._choose(options).values_list("pk", "verdict"))
        for pk, _ in track(chosen, description="checking", console=Console(file=self.stderr._out)):
            checks.recheck(pk)
        after = dict(CDR.objects.filter(pk__in=[pk for pk, _ in chosen]).values_list("pk", "verdict"))
        changed = sum(after[pk] != verdict for pk, verdict in chosen)
        counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(Counter(after.values()).items()))
        self.stdout.write(f"{len(chosen)} CDRs checked: {counts or 'none'}; {changed} changed their verdict")

    def _choose(self, options: dict[str, Any]) -> QuerySet[CDR]:
        rows = CDR.objects.order_by("pk")
        if name := options["partner"]:
            if not Partner.objects.filter(name=name).exists():
                raise CommandError(f"there is no partner named {name!r}")
            rows = rows.filter(partner__name=name)
        if text := options["since"]:
            rows = rows.filter(end_date_time__gte=_midnight(text))
        return rows.filter(verdict=options["verdict"]) if options["verdict"] else rows


def _midnight(text: str) -> datetime:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"--since {text!r} is not a day such as 2026-03-01")
    return make_aware(datetime.combine(day, time.min))
