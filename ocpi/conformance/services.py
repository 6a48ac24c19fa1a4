"""Looking at a partner by the registration that exists: nothing is written there, and no handshake is made."""

from ocpi.core import clock, parties
from ocpi.core.signals import exchange_ended
from ocpi.partners.models import Partner

from . import engine
from .comparison import compare
from .exchange import Exchange
from .findings import Report
from .kit import Kit, Options
from .models import Run
from .registry import Level, Severity, Target

KEPT = 20  # runs of one partner


def ask(*, partner: Partner) -> Run:
    """A run that a worker will make; the oldest of this partner are forgotten."""
    old = partner.conformance_runs.values_list("pk", flat=True)[KEPT - 1 :]
    Run.objects.filter(pk__in=list(old)).delete()
    return Run.objects.create(partner=partner)


def carry_out(*, run: Run) -> bool:
    """Make the run, once, and keep what came out. False when somebody else makes or made it."""
    waiting = Run.objects.filter(pk=run.pk, state=Run.State.WAITING)
    if not waiting.update(state=Run.State.RUNNING):
        return False
    try:
        report = engine.run(kit_for(run.partner))
    except Exception as error:
        _settle(run, Run.State.FAILED, problem=f"the kit fell over ({type(error).__name__})")
        raise
    _keep(run, report)
    return True


def kit_for(partner: Partner) -> Kit:
    """It reads only, with the token that the partner gave us; what is said stands in the journal."""
    ours, *more = parties.ours()
    peer = partner.peer()
    options = Options(level=Level.READS, plain_auth=peer.plain_auth)
    kit = Kit(Target.CPO, peer.reachable(partner.versions_url), peer.token, options=options, party=ours)
    kit.registered, kit.also, kit.partner_id = True, more, partner.pk
    kit.roles = [
        {"role": role.role, "country_code": role.country_code, "party_id": role.party_id}
        for role in partner.roles.all()
    ]
    kit.listen_to = _journal
    return kit


def _journal(exchange: Exchange) -> None:
    exchange_ended.send(sender=None, exchange=exchange)


def _keep(run: Run, report: Report) -> None:
    told = report.as_json()
    before = Run.objects.filter(partner=run.partner, state=Run.State.DONE).exclude(pk=run.pk).first()
    compared = compare(told, before.report if before else None)
    run.errors, run.warnings, run.notes = (report.count(severity) for severity in reversed(Severity))
    run.report, run.comparison = told, compared.as_json() if compared else {}
    _settle(run, Run.State.DONE, problem=report.stopped[:500])


def _settle(run: Run, state: Run.State, *, problem: str) -> None:
    run.state, run.problem, run.ended_at = state, problem, clock.now()
    run.save(update_fields=["state", "problem", "ended_at", "errors", "warnings", "notes", "report", "comparison"])
