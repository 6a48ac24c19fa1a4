"""Why a light is not green: rules over the facts of one partner, each a few lines, all limits in one place.

| code                 | amber                                        | red                              |
|----------------------|----------------------------------------------|----------------------------------|
| HANDSHAKE_MISSING    | added more than a day ago (off before)       |                                  |
| HANDSHAKE_UNCLEAR    |                                              | our POST or PUT got no answer    |
| HANDSHAKE_FAILED     | the last handshake or rotation failed        |                                  |
| CALLS_PAUSED         |                                              | the circuit breaker is open      |
| CALLS_UNANSWERED     | two calls in a row                           |                                  |
| NO_CONTACT           | twice OCPI_PULL_INTERVAL                     | four times                       |
| ERRORS_OUT, ERRORS_IN| a tenth of at least ten in the last hour     | half                             |
| CLOCK_SKEW           | 30 seconds                                   | 5 minutes                        |
| TOKEN_DUE            | three days before OCPI_TOKEN_MAX_AGE_DAYS    |                                  |
| TOKEN_UNPROVEN       | not used an hour after a rotation            |                                  |
| TOKEN_LEAKED         |                                              | a replaced token was shown (7 d) |
| PULL_FAILED, PULL_HELD | the last pull broke off, was not believed  |                                  |
| PULL_OVERDUE         | an hour                                      | a day                            |
| PUSHES_LATE          | due for 15 minutes                           | two hours                        |
| PUSHES_FAILED, MISSING_BILLS, LEFT_OUT | any                        |                                  |
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from ocpi.partners import outages
from ocpi.partners.models import Partner

from .facts import PULL_LATE, Facts
from .models import Colour

_GRAVITY = {Colour.OFF: 0, Colour.GREEN: 0, Colour.AMBER: 1, Colour.RED: 2}
_FEWEST = 10  # calls in an hour that make a share
_SKEW, _WIDE_SKEW = 30, 300  # seconds
_DAY = timedelta(days=1)
_LEAK_KEPT = timedelta(days=7)
_PUSH_LATE, _PUSH_VERY_LATE = timedelta(minutes=15), timedelta(hours=2)


@dataclass(frozen=True)
class Reason:
    """`text`: a sentence for operators, without its full stop."""

    code: str
    colour: str
    text: str


Rule = Callable[[Facts], Iterator[Reason]]


def judge(facts: Facts) -> tuple[str, list[Reason]]:
    """The colour of a partner's light and its reasons, the gravest first."""
    Status = Partner.Status
    match facts.partner.status:
        case Status.SUSPENDED:
            return Colour.OFF, [Reason("SUSPENDED", Colour.OFF, "suspended by us: nothing is exchanged")]
        case Status.UNREGISTERED:
            return Colour.OFF, [Reason("UNREGISTERED", Colour.OFF, "unregistered: nothing is exchanged")]
        case Status.REGISTERED:
            found = [reason for rule in RULES for reason in rule(facts)]
            return worst(found), sorted(found, key=lambda reason: -_GRAVITY[Colour(reason.colour)])
        case _:
            found = list(_handshake(facts))
            return found[0].colour, found


def worst(found: list[Reason]) -> str:
    return max((reason.colour for reason in found), key=lambda c: _GRAVITY[Colour(c)], default=Colour.GREEN)


def _handshake(facts: Facts) -> Iterator[Reason]:
    """Of a partner that is not registered."""
    problem = f": {facts.partner.last_error}" if facts.partner.last_error else ""
    if facts.partner.status == Partner.Status.UNKNOWN:
        yield Reason("HANDSHAKE_UNCLEAR", Colour.RED, f"it is not known whether they registered us{problem}")
    elif problem:
        yield Reason("HANDSHAKE_FAILED", Colour.AMBER, f"the handshake failed{problem}")
    else:
        late = facts.now - facts.partner.created_at > _DAY
        since = f"added {_ago(facts.partner.created_at, facts.now)}"
        yield Reason("HANDSHAKE_MISSING", Colour.AMBER if late else Colour.OFF, f"no handshake yet; {since}")


def _last_error(facts: Facts) -> Iterator[Reason]:
    if facts.partner.last_error:
        yield Reason("HANDSHAKE_FAILED", Colour.AMBER, f"the last handshake or rotation: {facts.partner.last_error}")


def _calls(facts: Facts) -> Iterator[Reason]:
    outage = outages.of(facts.partner)
    if outage is None:
        return
    if outage.probe_at is not None:
        lasts = _span(facts.now - (outage.paused_at or facts.now))
        yield Reason("CALLS_PAUSED", Colour.RED, f"our calls have been paused for {lasts}: {outage.reason}")
    elif outage.failures > 1:
        yield Reason(
            "CALLS_UNANSWERED", Colour.AMBER, f"{outage.failures} calls in a row got no answer: {outage.reason}"
        )


def _contact(facts: Facts) -> Iterator[Reason]:
    heard = [facts.partner.last_seen_at, facts.answered_at, facts.partner.registered_at]
    last = max((moment for moment in heard if moment), default=None)
    patience = 2 * timedelta(seconds=settings.OCPI_PULL_INTERVAL)
    if last is not None and facts.now - last > patience:
        colour = Colour.RED if facts.now - last > 2 * patience else Colour.AMBER
        yield Reason("NO_CONTACT", colour, f"nothing has been exchanged for {_span(facts.now - last)}")


def _errors(facts: Facts) -> Iterator[Reason]:
    seen = facts.traffic
    for code, what, part, whole in (
        ("ERRORS_OUT", "of our calls failed", seen.failed, seen.calls),
        ("ERRORS_IN", "of their calls were invalid pushes", seen.refused, seen.received),
    ):
        if whole >= _FEWEST and part * 10 >= whole:
            colour = Colour.RED if part * 2 >= whole else Colour.AMBER
            yield Reason(code, colour, f"{part / whole:.0%} {what} in the last hour ({part:,} of {whole:,})")


def _clock(facts: Facts) -> Iterator[Reason]:
    contact = getattr(facts.partner, "contact", None)
    if contact is None or contact.skew_at is None or facts.now - contact.skew_at > _DAY:
        return
    if abs(contact.skew_seconds) > _SKEW:
        colour = Colour.RED if abs(contact.skew_seconds) > _WIDE_SKEW else Colour.AMBER
        yield Reason("CLOCK_SKEW", colour, f"their clock is {skew_in_words(contact.skew_seconds)} ours")


def skew_in_words(seconds: int) -> str:
    return f"{_span(timedelta(seconds=abs(seconds)))} {'ahead of' if seconds > 0 else 'behind'}"


def _tokens(facts: Facts) -> Iterator[Reason]:
    partner, now = facts.partner, facts.now
    if facts.late_use_at and now - facts.late_use_at < _LEAK_KEPT:
        text = f"a token that had been replaced was shown to us {_ago(facts.late_use_at, now)}"
        yield Reason("TOKEN_LEAKED", Colour.RED, text)
    age = now - (partner.registered_at or now)
    if age > timedelta(days=settings.OCPI_TOKEN_MAX_AGE_DAYS - 3):
        limit = f"rotate them by the age of {settings.OCPI_TOKEN_MAX_AGE_DAYS}"
        yield Reason("TOKEN_DUE", Colour.AMBER, f"the credentials are {age.days} days old; {limit}")
    if partner.token_out_before and age > timedelta(hours=1):
        yield Reason("TOKEN_UNPROVEN", Colour.AMBER, "the new token of the last rotation has not opened anything yet")


def _pulls(facts: Facts) -> Iterator[Reason]:
    for row in facts.pulls:
        late = facts.now - row.due_at if row.due_at else timedelta(0)
        if row.error:
            yield Reason("PULL_FAILED", Colour.AMBER, f"the pull of {row.module} broke off: {row.error}")
        if row.withheld:
            text = f"the list of {row.module} is not believed: {row.withheld:,} objects would vanish"
            yield Reason("PULL_HELD", Colour.AMBER, text)
        if late > PULL_LATE:
            colour = Colour.RED if late > _DAY else Colour.AMBER
            yield Reason("PULL_OVERDUE", colour, f"the pull of {row.module} is overdue by {_span(late)}")


def _pushes(facts: Facts) -> Iterator[Reason]:
    waiting = [moment for moment in (facts.push_due_at, facts.partner.push_all_at) if moment]
    late = facts.now - min(waiting) if waiting else timedelta(0)
    if late > _PUSH_LATE:
        colour = Colour.RED if late > _PUSH_VERY_LATE else Colour.AMBER
        yield Reason("PUSHES_LATE", colour, f"token pushes have been due for {_span(late)}")
    if facts.pushes_failed:
        yield Reason("PUSHES_FAILED", Colour.AMBER, f"{facts.pushes_failed:,} token pushes were given up")


def _objects(facts: Facts) -> Iterator[Reason]:
    if facts.missing_bills:
        yield Reason("MISSING_BILLS", Colour.AMBER, f"{facts.missing_bills:,} charges have no bill")
    if facts.left_out:
        yield Reason("LEFT_OUT", Colour.AMBER, f"{facts.left_out:,} objects of theirs are invalid and left out")


RULES: list[Rule] = [_last_error, _calls, _contact, _errors, _clock, _tokens, _pulls, _pushes, _objects]


def _ago(moment: datetime, now: datetime) -> str:
    return f"{_span(now - moment)} ago"


def _span(span: timedelta) -> str:
    """The largest unit, which is all that a sentence needs."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
