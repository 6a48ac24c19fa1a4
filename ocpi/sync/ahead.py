"""Working ahead: while a page is written, the one behind it is validated, and the one behind that is on its way.

What waits for the partner and what waits for the database need not wait for each other. All that touches a table stays
in the thread of the pull; the other one sends requests and validates.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from ocpi.protocol.errors import PartnerError

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Ahead(ThreadPoolExecutor):
    """One thread beside this one, in its context: what it logs names the same flow."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="ahead")
        self._last: Future[Any] | None = None

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        self._last = given = super().submit(partial(copy_context().run, fn, *args, **kwargs))
        return given

    def finishes(self, seconds: float) -> bool:
        """Whether all that was given to it is done by then; waits no longer than it must."""
        return self._last is None or bool(wait([self._last], seconds).done)


def by_one(
    pages: Iterator[T], begin: Callable[[T], Callable[[], R]], soon: Callable[[], bool]
) -> Iterator[tuple[T, R]]:
    """Each page with what became of it, when `begin` was called for the one behind it.

    Where that one is not here `soon`, nobody waits for it. A PartnerError of `pages` comes after everything that came
    before it.
    """
    earlier: tuple[T, Callable[[], R]] | None = None
    while True:
        if earlier is not None and not soon():
            yield earlier[0], earlier[1]()
            earlier = None
        later, failure = None, None
        try:
            later = next(pages, None)
        except PartnerError as error:
            failure = error
        begun = None if later is None else (later, begin(later))
        if earlier is not None:
            yield earlier[0], earlier[1]()
        if failure is not None:
            raise failure
        if begun is None:
            return
        earlier = begun
