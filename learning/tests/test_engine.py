"""The engine without platforms: who may do what when, scores, idle learners, and that nothing stays."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from learning.course import engine, sandbox, views
from learning.course.errors import LearningOff, Trouble
from learning.course.lesson import Predict, Quiz
from learning.models import Attempt, Learner, Run
from ocpi.chargingprofiles import services as profiles
from ocpi.commands import services as commands
from ocpi.core import clock
from ocpi.journal.models import Exchange
from ocpi.partners.models import Partner
from ocpi.protocol import chargingprofiles as profile_wire
from ocpi.protocol.commands import CommandType
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token
from tests import factories
from tests.callers import Caller

PARTY = ("NL", "0AB")


@pytest.fixture(autouse=True)
def _nobody_answers(settings: Any) -> None:
    settings.LEARNING_CPO_URL = "http://localhost:9"


@pytest.fixture
def journal(settings: Any) -> None:
    """Lessons need it; nothing is written to it by what these tests do."""
    settings.JOURNAL_ENABLED = True


@pytest.fixture
def learner(db: None) -> Learner:
    return engine.learner("somebody")


@pytest.fixture
def run(learner: Learner) -> Run:
    return sandboxed(learner)


def sandboxed(learner: Learner) -> Run:
    """A run of the roles lesson whose sandbox has been made."""
    partner = factories.partner(name="Learner", party=PARTY, token="token-of-learner", sandbox=True)
    row = Run.objects.create(learner=learner, lesson="roles", partner=partner, world="w", touched_at=clock.now())
    row.facts = {"country": "NL", "party": "0AB", "base_url": "http://localhost:9/worlds/w", "hub": False}
    row.save()
    Attempt.objects.create(run=row, step=Attempt.PREPARE, state="DONE", done_at=clock.now())
    return row


def at(run: Run, kind: type) -> int:
    """The number of the first step of this kind; the learner stands there."""
    number = next(n for n, step in enumerate(engine.catalogue.find(run.lesson).steps) if isinstance(step, kind))
    Run.objects.filter(pk=run.pk).update(position=number)
    run.refresh_from_db()
    return number


# --- beginning -------------------------------------------------------------------------------------------------------
def test_a_session_is_one_learner(learner: Learner) -> None:
    assert engine.learner("somebody") == learner
    assert engine.learner("somebody else") != learner


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("name", ["LEARNING_ENABLED", "JOURNAL_ENABLED"])
def test_nothing_begins_where_it_is_switched_off(learner: Learner, settings: Any, name: str) -> None:
    setattr(settings, name, False)
    with pytest.raises(LearningOff, match=name):
        engine.begin(learner, "roles")


@pytest.mark.usefixtures("journal")
def test_without_the_mock_cpo_a_lesson_says_what_to_do(learner: Learner) -> None:
    begun = engine.begin(learner, "roles")
    attempt = engine.perform(begun.attempts.get().pk)
    assert "make demo" in attempt.outcome["error"]
    assert views.show(begun)["error"] == attempt.outcome["error"]
    assert not Partner.objects.filter(sandbox=True).exists()


@pytest.mark.usefixtures("journal")
def test_who_begins_anew_leaves_what_was_open(learner: Learner, run: Run) -> None:
    engine.begin(learner, "handshake")
    run.refresh_from_db()
    assert (run.state, run.partner) == ("LEFT", None)
    assert not Partner.objects.filter(sandbox=True).exists()


# --- steps -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("tries", "points"), [([1], 2), ([0, 1], 1), ([0, 2, 1], 1), ([1, 1], 2), ([0], 0)])
def test_the_first_try_is_worth_more_and_a_step_gives_its_points_once(run: Run, tries: list[int], points: int) -> None:
    number = at(run, Quiz)
    made = [engine.submit(run, number, {"option": option}) for option in tries]
    assert [attempt.right for attempt in made] == [option == 1 for option in tries]
    [row] = [row for row in engine.progress(run.learner) if row["key"] == "roles"]
    assert (row["points"], row["begun"], row["finished"]) == (points, True, False)


def test_a_prediction_waits_for_what_happens(run: Run) -> None:
    made = engine.submit(run, at(run, Predict), {"option": 1})
    assert (made.state, made.right, made.points) == ("DONE", None, 0)


@pytest.mark.parametrize("given", [{}, {"option": 3}, {"option": -1}, {"option": "1"}, {"choice": 1}])
def test_an_answer_is_one_of_those_that_are_offered(run: Run, given: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="choose one of 3"):
        engine.submit(run, at(run, Quiz), given)


def test_no_step_is_done_before_its_time(run: Run) -> None:
    with pytest.raises(Trouble, match="later"):
        engine.submit(run, 4, {"option": 1})
    with pytest.raises(Trouble, match="no such step"):
        engine.submit(run, 99)


def test_one_goes_on_when_something_was_done(run: Run) -> None:
    number = at(run, Quiz)
    with pytest.raises(Trouble, match="something to do"):
        engine.go_on(run)
    engine.submit(run, number, {"option": 0})
    assert engine.go_on(run).position == number + 1


def test_the_last_step_finishes_the_lesson(run: Run) -> None:
    run.position = len(engine.catalogue.find("roles").steps) - 1
    engine.go_on(run)
    run.refresh_from_db()
    assert run.state == "FINISHED"
    assert run.finished_at is not None
    assert views.show(run)["step"] is None


def test_two_things_are_not_done_at_once(run: Run) -> None:
    Attempt.objects.create(run=run, step=0)
    with pytest.raises(Trouble, match="still going on"):
        engine.submit(run, 0)


def test_an_attempt_is_carried_out_once(run: Run) -> None:
    done = Attempt.objects.create(run=run, step=2, state="DONE", outcome={"claims": []})
    assert engine.perform(done.pk).outcome == {"claims": []}


def test_no_answer_is_given_away(run: Run) -> None:
    for number in (at(run, Predict), at(run, Quiz)):
        shown = views.step(engine.step_of(run, number), run.facts)
        assert shown["options"]
        assert "right" not in shown
        assert "why" not in str(shown)


# --- the end ---------------------------------------------------------------------------------------------------------
def test_idle_learners_are_left_and_others_are_not(run: Run, settings: Any) -> None:
    engine.sweep()
    run.refresh_from_db()
    assert run.partner is not None
    past = clock.now() - timedelta(minutes=settings.LEARNING_IDLE_MINUTES + 1)
    Run.objects.filter(pk=run.pk).update(touched_at=past)
    engine.sweep()
    run.refresh_from_db()
    assert (run.partner, run.state, run.facts) == (None, "LEFT", {})


def test_attempts_that_nobody_took_are_offered_again_and_dead_ones_end(run: Run) -> None:
    lost, dead = (Attempt.objects.create(run=run, step=2) for _ in range(2))
    Attempt.objects.filter(pk=lost.pk).update(created_at=clock.now() - timedelta(minutes=1))
    Attempt.objects.filter(pk=dead.pk).update(state="RUNNING", began_at=clock.now() - timedelta(minutes=10))
    assert engine.sweep() == [lost.pk]
    dead.refresh_from_db()
    assert dead.is_done
    assert "interrupted" in dead.outcome["error"]


@pytest.mark.long
def test_nothing_of_a_sandbox_stays(learner: Learner, cpo: Caller) -> None:
    fill(cpo, factories.token(uid="REAL1"))
    before = counts()
    run = sandboxed(learner)
    caller = Caller(token="token-of-learner", partner=run.partner, party=PARTY)
    fill(caller, factories.token(uid="LEARN1", sandbox=run.partner), sandbox=run.partner)
    message = {"module": "versions", "method": "GET", "url": "/", "duration_ms": 1, "started_at": clock.now()}
    Exchange.objects.create(**message, direction="IN", correlation_id=f"{run.flow}1")
    Exchange.objects.create(**message, direction="IN", partner=run.partner)
    assert {name for name, count in counts().items() if count > before[name]} >= {
        "Location", "EVSE", "Session", "CDR", "Tariff", "Command", "ProfileRequest", "Token", "TokenPush", "Exchange",
        "Authorization", "Partner",
    }  # fmt: skip
    engine.leave(run)
    assert counts() == before
    assert Token.objects.get().wire_uid == "REAL1"
    sandbox.close(run)  # once more does no harm


def fill(caller: Caller, token: Token, sandbox: Partner | None = None) -> None:
    """Everything that a partner can have."""
    owner = {"country_code": caller.party[0], "party_id": caller.party[1]}
    card = factories.cdr_token(uid=token.wire_uid)
    caller.put("tariffs", *caller.party, "T1", body=factories.tariff(**owner))
    place = factories.location(**owner, evses=[factories.evse(capabilities=[
        "REMOTE_START_STOP_CAPABLE", "CHARGING_PROFILE_CAPABLE"])])  # fmt: skip
    caller.put("locations", *caller.party, "L1", body=place)
    caller.put("sessions", *caller.party, "S1", body=factories.session(**owner, cdr_token=card))
    caller.post("cdrs", body=factories.cdr(**owner, cdr_token=card, tariffs=[factories.tariff(**owner)]))
    caller.post("tokens", token.wire_uid, "authorize")
    caller.partner.endpoints.create(identifier="chargingprofiles", role="RECEIVER", url="http://cpo.test/profiles")
    body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": token.wire_uid}}
    commands.request(type=CommandType.START_SESSION, body=body, sandbox=sandbox)
    session = Session.objects.select_related("partner").get(partner=caller.partner)
    limit = {"charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 4000}]}
    profiles.set_profile(session=session, profile=profile_wire.ChargingProfile.from_wire(limit))


def counts() -> dict[str, int]:
    """Rows of every table of ours, but for what the learner keeps."""
    return dict(_counted())


def _counted() -> Iterator[tuple[str, int]]:
    for model in apps.get_models():
        if model._meta.app_label.startswith("ocpi_"):
            yield model.__name__, model._default_manager.count()
