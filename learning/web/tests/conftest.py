"""A learner at a lesson, without the mock CPO: the sandbox is a partner, and what was exchanged are rows."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client, override_settings

from learning.models import Attempt, Run
from ocpi.core import clock
from ocpi.journal.models import Exchange
from ocpi.partners.models import Partner
from tests import admin_pages, factories

WORLD = "http://cpo.test/worlds/abc"


class Learning(NamedTuple):
    client: Client
    run: Run

    def path(self, rest: str = "") -> str:
        return f"/learn/{self.run.lesson}/{rest}"

    def live(self, **seen: str) -> dict[str, Any]:
        return self.client.get(self.path("live/"), seen).json()

    def post(self, rest: str, **fields: Any) -> dict[str, Any]:
        return self.client.post(self.path(rest), fields, headers={"X-Requested-With": "learning"}).json()

    def exchange(self, **fields: Any) -> Exchange:
        return admin_pages.exchange(self.run.partner, **fields)

    def stand_at(self, kind: str) -> int:
        """Puts the learner at the first step of this kind."""
        from learning.course import catalogue

        steps = catalogue.find(self.run.lesson).steps
        self.run.position = next(n for n, step in enumerate(steps) if step.kind == kind)
        self.run.save()
        return self.run.position


@pytest.fixture
def begin(db: None) -> Callable[..., Learning]:
    def someone(lesson: str = "handshake", party: str = "1AB") -> Learning:
        client = Client()
        with override_settings(JOURNAL_ENABLED=True):
            assert client.post(f"/learn/{lesson}/begin/").status_code == 302
        run = Run.objects.latest("started_at")
        partner = factories.partner(name=f"Learner {party}", party=("NL", party), token=f"token-of-{party}")
        Partner.objects.filter(pk=partner.pk).update(sandbox=True)
        partner.sandbox = True
        run.partner, run.facts = partner, {"base_url": WORLD, "party": party, "country": "NL"}
        run.save()
        run.attempts.update(state=Attempt.State.DONE, done_at=clock.now())
        return Learning(client, run)

    return someone


@pytest.fixture
def learning(begin: Callable[..., Learning]) -> Learning:
    return begin()
