"""Log records: what happened, in which request or task, at which partner; never a token, never a driver's card.

Whoever takes up a request, a call or a task says so by `bound`, and whoever learns more adds it by `bind`; every record
of that thread then carries it. Records are masked where they are written, whatever library wrote them.
"""

import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

from .masking import MASK, token_path

_context: ContextVar[Mapping[str, str]] = ContextVar("log_context", default={})  # noqa: B039  nobody changes it
# What callers and libraries put into messages: a header, the password of a URL, a secret in a query.
_SECRETS = (
    re.compile(r"(\b(?:Token|Bearer|Basic) )[\w+/=.~-]{16,}"),
    re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(r"([?&](?:token|key|secret|password)=)[^&\s\"']+", re.IGNORECASE),
)


class bound:
    """What is known from here to the end of the block; what is bound within it ends with it, too."""

    def __init__(self, **names: Any) -> None:
        self.names = names

    def __enter__(self) -> None:
        self.token = _context.set(_merged(self.names))

    def __exit__(self, *failure: object) -> None:
        _context.reset(self.token)


def bind(**names: Any) -> None:
    _context.set(_merged(names))


def context() -> Mapping[str, str]:
    return _context.get()


def _merged(names: dict[str, Any]) -> dict[str, str]:
    return {**_context.get(), **{name: str(value) for name, value in names.items() if value}}


def masked(text: str) -> str:
    for secret in _SECRETS:
        text = secret.sub(rf"\1{MASK}", text)
    return token_path(text)


class Line(logging.Formatter):
    """For people: one line, and a traceback below where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class Json(logging.Formatter):
    """For machines: one object a line. Of what a record carries besides only `fields` is taken: libraries attach
    whole requests to theirs."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            **context(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["exception"] = masked(self.formatException(record.exc_info))
        return orjson.dumps(told, default=str).decode()
