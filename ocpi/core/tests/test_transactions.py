"""A service that collides with another one runs once more, and what it announced is announced after the commit."""

from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction

from ocpi.core import outbox
from ocpi.core.transactions import one_transaction
from ocpi.partners.models import Partner


def service(failures: list[Exception]) -> Any:
    @one_transaction
    def run() -> str:
        Partner.objects.create(name=f"attempt {len(failures)}")
        if failures:
            raise failures.pop()
        return "done"

    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [IntegrityError("twice"), OperationalError("locked")])
def test_a_collision_is_tried_once_more_from_the_start(error: Exception) -> None:
    assert service([error])() == "done"
    assert [partner.name for partner in Partner.objects.all()] == ["attempt 0"]


@pytest.mark.django_db(transaction=True)
def test_a_second_collision_is_told() -> None:
    with pytest.raises(OperationalError):
        service([OperationalError("locked"), OperationalError("locked")])()
    assert not Partner.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_only_its_owner_may_try_again() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        service([IntegrityError("twice")])()
    assert not Partner.objects.exists()


def test_a_row_is_announced_after_the_commit(db: None, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[Any] = []

    def listen(pk: Any, **kwargs: Any) -> None:
        heard.append(pk)

    outbox.row_waiting.connect(listen, sender=Partner)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            partner = Partner.objects.create(name="CPO")
            outbox.announce(partner)
            assert heard == []
    finally:
        outbox.row_waiting.disconnect(listen, sender=Partner)
    assert heard == [partner.pk]


def test_a_broker_that_does_not_answer_is_no_failure() -> None:
    class Deaf:
        name = "deaf"

        @staticmethod
        def delay(pk: str) -> None:
            raise OSError("refused")

    outbox.hands_to(Deaf())(pk=1)  # type: ignore[arg-type]
