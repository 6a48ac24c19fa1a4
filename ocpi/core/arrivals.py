"""Who waits for a row of a lower layer: a bill for its session, say. Asked by the statement that stores the row.

Where nobody waits, storing is one statement; otherwise `object_arrived` is sent, inside the transaction.
"""

from collections.abc import Callable
from typing import Any

from django.db import models

from . import rows

_Question = Callable[[Any], rows.Key | None]
_questions: dict[type[models.Model], dict[str, _Question]] = {}


def wait_for(model: type[models.Model], name: str, question: _Question) -> None:
    """`question`: what of ours would wait for this row, or None."""
    _questions.setdefault(model, {})[name] = question


def waiting(row: models.Model) -> list[rows.Key]:
    asked = (question(row) for question in _questions.get(type(row), {}).values())
    return [key for key in asked if key is not None]
