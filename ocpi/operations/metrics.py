"""What Prometheus is told: a fixed number of queries, none of which reads a large table whole.

Everything comes from the database, so any process answers for all of them, on however many machines, and a restart
loses nothing. Counters are those of `ocpi.journal.counts`; everything else is as it is now, or of a span that an index
bounds. Sandboxes of learners are left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ocpi import __version__
from ocpi.alerts.models import Colour, Light
from ocpi.cdrs.models import CDR, Review
from ocpi.commands.models import Command
from ocpi.core import clock
from ocpi.journal.models import BUCKETS_MS, ExchangeCount
from ocpi.partners.models import ApiClient, Partner
from ocpi.protocol.states import SESSION
from ocpi.sessions.models import Session
from ocpi.sync.models import MissingBill, Pull, QuarantinedObject
from ocpi.tokens.models import TokenPush

from .queues import QUEUES

MOST = 10_000  # rows of one kind that are counted; more of them is no other news
_LIGHTS = {Colour.GREEN: 0, Colour.AMBER: 1, Colour.RED: 2, Colour.OFF: -1}
_WITHIN = [f"within_{limit}" for limit in BUCKETS_MS]


class Figures(Collector):
    """One look at everything, in 18 queries."""

    def collect(self) -> Iterator[Metric]:
        rows = list(Partner.objects.values_list("pk", "name", "registered_at", "status", "sandbox"))
        self.now = clock.now()
        self.names = {pk: name for pk, name, *_, sandbox in rows if not sandbox}
        self.since = {row[0]: row[2] for row in rows if row[0] in self.names and row[3] == Partner.Status.REGISTERED}
        self.sandboxes = [row[0] for row in rows if row[4]]
        yield _gauge("info", "What runs.", ["version", "environment"], [((__version__, settings.ENVIRONMENT), 1)])
        yield from self._exchanges()
        for part in (
            self._partners, self._lights, self._queues, self._commands, self._sessions, self._cdrs, self._reviews,
            self._pulls, self._token_pushes, self._missing_bills, self._left_out,
        ):  # fmt: skip
            yield part()

    def _real(self, rows: QuerySet[Any], path: str = "partner") -> QuerySet[Any]:
        """Without a subquery where nobody learns, so that counts stay within their index."""
        return rows.exclude(**{f"{path}__in": self.sandboxes}) if self.sandboxes else rows

    # --- exchanges ----------------------------------------------------------------------------------------------------
    def _exchanges(self) -> Iterator[Metric]:
        names, clients = {0: "", **self.names}, {0: "", **dict(ApiClient.objects.values_list("pk", "name"))}
        labels = ["direction", "partner", "client", "module", "http_status", "ocpi_status"]
        total = CounterMetricFamily("emsp_exchanges", "OCPI requests, theirs (IN) and ours (OUT).", labels=labels)
        by_module: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (len(_WITHIN) + 2))
        by_partner: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_WITHIN) + 2))
        for direction, whose, client, module, http, ocpi, *took in ExchangeCount.objects.order_by("pk").values_list(
            "direction", "partner_id", "api_client_id", "module", "http_status", "status_code", *_WITHIN, "calls",
            "total_ms",
        ):  # fmt: skip
            if whose not in names or client not in clients:
                continue
            told = [direction, names[whose], clients[client], module, str(http or "none"), str(ocpi or "none")]
            total.add_metric(told, took[-2])
            _add(by_module[direction, module], took)
            if direction == "OUT" and whose:
                _add(by_partner[names[whose]], took)
        yield total
        yield _histogram("exchange_seconds", "How long exchanges took.", ["direction", "module"], by_module.items())
        per_partner = (((name,), took) for name, took in by_partner.items())
        yield _histogram("partner_answer_seconds", "How long partners took to answer.", ["partner"], per_partner)

    # --- partners -----------------------------------------------------------------------------------------------------
    def _partners(self) -> Metric:
        return _gauge("partners_registered", "Partners that are registered.", (), [((), len(self.since))])

    def _lights(self) -> Metric:
        rows = Light.objects.values_list("partner_id", "colour")
        found = [((self.names[whose],), _LIGHTS[Colour(colour)]) for whose, colour in rows if whose in self.names]
        return _gauge("partner_light", "0 green, 1 amber, 2 red, -1 off.", ["partner"], found)

    def _pulls(self) -> Metric:
        """A pull that never ended is as old as the registration."""
        rows = Pull.objects.filter(partner__in=self.since).values_list("partner_id", "module", "finished_at")
        found = [((self.names[p], module), _age(self.now, at or self.since[p])) for p, module, at in rows]
        help_text = "Seconds since a module of a partner was last pulled to its end."
        return _gauge("pull_age_seconds", help_text, ["partner", "module"], found)

    # --- work ---------------------------------------------------------------------------------------------------------
    def _queues(self) -> Metric:
        found = [((queue.name,), _age(self.now, queue.oldest())) for queue in QUEUES]
        return _gauge("queue_age_seconds", "How long the oldest work that is due has waited.", ["queue"], found)

    def _commands(self) -> Metric:
        rows = self._real(Command.objects.filter(created_at__gte=self.now - timedelta(hours=1))).order_by()
        counted = rows.values_list("partner_id", "type", "state").annotate(n=Count("pk"))
        found = [((self.names[p], kind, state), n) for p, kind, state, n in counted if p in self.names]
        return _gauge("commands_last_hour", "Commands of the last hour.", ["partner", "command", "state"], found)

    def _token_pushes(self) -> Metric:
        states = {"pending": [TokenPush.State.PENDING, TokenPush.State.SENDING], "failed": [TokenPush.State.FAILED]}
        found = []
        for state, meant in states.items():
            rows = TokenPush.objects.filter(state__in=meant).order_by().values_list("partner_id", flat=True)[:MOST]
            found += [((self.names[p], state), n) for p, n in Counter(rows).items() if p in self.names]
        help_text = f"Tokens that partners should have and have not; the first {MOST} of each state are counted."
        return _gauge("token_pushes", help_text, ["partner", "state"], found)

    # --- charges and bills --------------------------------------------------------------------------------------------
    def _sessions(self) -> Metric:
        states = [state for state in SESSION.states if SESSION.waiting(state)]
        rows = self._real(Session.objects.filter(status__in=states)).order_by()
        counted = dict(rows.values_list("status").annotate(n=Count("pk")))
        return _gauge("sessions", "Charges that are open.", ["status"], [((s,), counted.get(s, 0)) for s in states])

    def _cdrs(self) -> Metric:
        rows = self._real(CDR.objects.filter(verdict__in=CDR.Verdict.values, last_updated__gte=self.now - timedelta(1)))
        counted = dict(rows.order_by().values_list("verdict").annotate(n=Count("pk")))
        found = [((verdict,), counted.get(verdict, 0)) for verdict in CDR.Verdict.values]
        return _gauge("cdrs_last_day", "CDRs made in the last 24 hours, by our verdict.", ["verdict"], found)

    def _reviews(self) -> Metric:
        rows = self._real(Review.objects.filter(state=Review.State.OPEN)).order_by().values_list("currency")
        found = [((currency,), float(stake or 0)) for currency, stake in rows.annotate(stake=Sum("at_stake"))]
        return _gauge("bills_at_stake", "Money that hangs on bills to review.", ["currency"], found)

    def _missing_bills(self) -> Metric:
        rows = self._real(MissingBill.objects.filter(closed_at=None, reported_at__isnull=False))
        return _gauge("missing_bills", f"Charges that were never billed, up to {MOST}.", (), [((), _count(rows))])

    def _left_out(self) -> Metric:
        rows = self._real(QuarantinedObject.objects.filter(closed_at=None))
        return _gauge("objects_left_out", f"Invalid objects of pulled lists, up to {MOST}.", (), [((), _count(rows))])


def _gauge(name: str, text: str, labels: Iterable[str], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(f"emsp_{name}", text, labels=list(labels))
    for told, value in values:
        family.add_metric(list(told), value)
    return family


def _histogram(
    name: str, text: str, labels: Iterable[str], values: Iterable[tuple[tuple[str, ...], list[int]]]
) -> Metric:
    family = HistogramMetricFamily(f"emsp_{name}", text, labels=list(labels))
    for told, (*within, calls, milliseconds) in values:
        limits = [*(str(limit / 1000) for limit in BUCKETS_MS), "+Inf"]
        family.add_metric(list(told), list(zip(limits, [*within, calls], strict=True)), milliseconds / 1000)
    return family


def _add(sums: list[int], more: Iterable[int]) -> None:
    for place, value in enumerate(more):
        sums[place] += value


def _age(now: datetime, since: datetime | None) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST].count()
