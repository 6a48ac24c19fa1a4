"""How often Python looks for garbage that only a search finds: seldom, for we make hardly any.

Its usual thresholds are for small programs. A request makes hundreds of objects, a page of a partner's list tens of
thousands, all of which go by themselves; searches among them took a third of the time of a pull.
"""

import gc

_REQUEST = (10_000, 10, 10)
_BULK = (50_000, 20, 20)  # for pages of a hundred objects with hundreds of parts


def not_yet() -> None:
    """What a start makes stays for good: nobody looks before it is over."""
    gc.disable()


def seldom(*, bulk: bool) -> None:
    """And never at what was made by now."""
    gc.freeze()
    gc.set_threshold(*(_BULK if bulk else _REQUEST))
    gc.enable()
