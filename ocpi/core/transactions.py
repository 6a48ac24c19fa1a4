"""One transaction for a service, tried again when another connection was faster."""

from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, transaction

P = ParamSpec("P")
R = TypeVar("R")

# Whoever collides lost to one who got through, so eight that put and delete one row at once need a few rounds.
ATTEMPTS = 5


def one_transaction(service: Callable[P, R]) -> Callable[P, R]:
    """Run the service in a transaction; two that create the same row, or lock each other out, both succeed.

    The next attempt sees the row that the last one collided with, and updates it.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        committed: list[bool] = []
        for _ in range(ATTEMPTS - 1):
            try:
                with transaction.atomic():
                    transaction.on_commit(partial(committed.append, True))
                    return service(*args, **kwargs)
            except (IntegrityError, OperationalError):
                if committed or transaction.get_connection().in_atomic_block:
                    raise  # it is done; or an outer transaction is broken, and only its owner can start anew
        with transaction.atomic():
            return service(*args, **kwargs)

    return run


def after_commit(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Once this transaction is committed, in another one, which is tried again by itself.

    Two that look for each other at the same moment may lock each other out.
    """
    transaction.on_commit(partial(one_transaction(work), *args, **kwargs))
