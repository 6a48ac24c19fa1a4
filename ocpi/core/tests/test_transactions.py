"""A service that collides with another one runs again, and what it announced is announced after the commit."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, OperationalError, transaction

from ocpi.core import outbox
from ocpi.core.transactions import ATTEMPTS, after_commit, one_transaction


def service(failures: list[Exception]) -> Any:
    @one_transaction
    def run() -> str:
        Group.objects.create(name=f"attempt {len(failures)}")
        if failures:
            raise failures.pop()
        return "done"

    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("collisions", [1, ATTEMPTS - 1])
@pytest.mark.parametrize("error", [IntegrityError("twice"), OperationalError("locked")])
def test_a_collision_is_tried_again_from_the_start(error: Exception, collisions: int) -> None:
    assert service([error] * collisions)() == "done"
    assert [group.name for group in Group.objects.filter(name__startswith="attempt")] == ["attempt 0"]


@pytest.mark.django_db(transaction=True)
def test_a_collision_without_an_end_is_told() -> None:
    with pytest.raises(OperationalError):
        service([OperationalError("locked")] * ATTEMPTS)()
    assert not Group.objects.filter(name__startswith="attempt").exists()


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_only_its_owner_may_try_again() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        service([IntegrityError("twice")])()
    assert not Group.objects.filter(name__startswith="attempt").exists()


@pytest.mark.django_db(transaction=True)
def test_what_comes_after_the_commit_is_tried_again_alone() -> None:
    """Two that look for each other lock each other out; what was committed is not done twice."""
    failures, runs = [OperationalError("deadlock"), OperationalError("deadlock")], []

    def look_for_others() -> None:
        Group.objects.create(name=f"found after {len(failures)}")
        if failures:
            raise failures.pop()

    @one_transaction
    def run() -> str:
        runs.append(Group.objects.create(name="stored"))
        after_commit(look_for_others)
        return "done"

    assert run() == "done"
    assert len(runs) == 1
    assert sorted(Group.objects.filter(name__in=["stored", "found after 0"]).values_list("name", flat=True)) == [
        "found after 0", "stored",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_is_not_repeated_when_what_follows_fails() -> None:
    runs = []

    def broken() -> None:
        raise OperationalError("deadlock")

    @one_transaction
    def run() -> None:
        runs.append(Group.objects.create(name="stored"))
        transaction.on_commit(broken)

    with pytest.raises(OperationalError):
        run()
    assert len(runs) == 1


def test_a_row_is_announced_after_the_commit(db: None, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[Any] = []

    def listen(pk: Any, **kwargs: Any) -> None:
        heard.append(pk)

    outbox.row_waiting.connect(listen, sender=Group)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            group = Group.objects.create(name="CPO")
            outbox.announce(group)
            assert heard == []
    finally:
        outbox.row_waiting.disconnect(listen, sender=Group)
    assert heard == [group.pk]


def test_a_broker_that_does_not_answer_is_no_failure() -> None:
    class Deaf:
        name = "deaf"

        @staticmethod
        def delay(pk: str) -> None:
            raise OSError("refused")

    outbox.hands_to(Deaf())(pk=1)  # type: ignore[arg-type]
