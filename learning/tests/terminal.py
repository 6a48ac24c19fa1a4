"""Whoever sits at a terminal: what they type, and what they read."""

from collections.abc import Callable, Iterator

from rich.console import Console


def text_of(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined]


def saying(*lines: str) -> Callable[[str], str]:
    """Somebody who types these lines, and then leaves."""
    left: Iterator[str] = iter(lines)

    def ask(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return ask
