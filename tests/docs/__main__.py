"""`make docs`, its first half: write what is made from the code. `--check` only says what is stale (exit code 1)."""

import sys
from collections.abc import Iterator
from pathlib import Path

from . import configuration, diagrams


def made() -> Iterator[tuple[Path, str]]:
    yield configuration.PAGE, configuration.page()
    yield from diagrams.made()


def stale() -> list[Path]:
    return [path for path, text in made() if not path.exists() or path.read_text() != text]


def main() -> int:
    if "--check" in sys.argv:
        print(*stale(), sep="\n")
        return bool(stale())
    for path, text in made():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
