"""One transaction for a service, tried again when another connection was faster."""

from collections.abc import Callable
from functools import wraps
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
        for _ in range(ATTEMPTS - 1):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except (IntegrityError, OperationalError):
                if transaction.get_connection().in_atomic_block:
                    raise  # an outer transaction is broken: only its owner can start anew
        with transaction.atomic():
            return service(*args, **kwargs)

    return run
