"""The lessons, in their order. Adding one is adding one file to `lessons/` that defines LESSON."""

import importlib
import pkgutil
from functools import lru_cache

from . import lessons as folder
from .errors import Trouble
from .lesson import Lesson


@lru_cache(maxsize=1)
def all_lessons() -> tuple[Lesson, ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(importlib.import_module(f"{folder.__name__}.{name}").LESSON for name in names)


def find(key: str) -> Lesson:
    """By key or by number. Raises Trouble."""
    for lesson in all_lessons():
        if key in (lesson.key, str(lesson.number)):
            return lesson
    raise Trouble(f"there is no lesson {key!r}; there are {', '.join(lesson.key for lesson in all_lessons())}")
