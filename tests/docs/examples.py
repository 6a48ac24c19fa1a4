"""The examples of the API page: run in order, each answer compared with the one that the page shows."""

import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import pages


class Example(NamedTuple):
    command: str
    expected: Any


def of(page: Path) -> Iterator[Example]:
    """A shell block of one curl line, and the JSON after it."""
    found = pages.blocks(page)
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.text.startswith("curl ") and after is not None and after.language == "json":
            yield Example(block.text.strip(), json.loads(after.text))


def play(page: Path, variables: dict[str, str], patience: float = 40) -> int:
    """Run them all; returns how many. What the page calls `$NAME` in an answer is taken from there, and used later."""
    count = 0
    for example in of(page):
        count += 1
        until, found = time.monotonic() + patience, None
        while differs := _difference(example.expected, found := _run(example.command, variables), variables):
            assert time.monotonic() < until, f"{example.command}\n{differs}\n{json.dumps(found)[:2000]}"
            assert " POST " not in f" {example.command} ", f"{example.command}\n{differs}\n{found}"
            time.sleep(0.5)
    return count


def _run(command: str, variables: dict[str, str]) -> Any:
    for name, value in variables.items():
        command = command.replace(f"${name}", value)
    words = [*shlex.split(command), "--silent", "--max-time", "30"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return json.loads(done.stdout)


def _difference(expected: Any, found: Any, variables: dict[str, str], at: str = "") -> str:
    """What of `expected` is not in `found`; empty if nothing. Objects may hold more, and lists, at their end."""
    if isinstance(expected, str) and (name := re.fullmatch(r"\$([A-Z]+)", expected)):
        if not isinstance(found, str):
            return f"{at}: {found}"
        return "" if variables.setdefault(name[1], found) == found else f"{at}: {found}, not {variables[name[1]]}"
    if expected == "…":
        return "" if found is not None else f"{at} is missing"
    if isinstance(expected, dict) and isinstance(found, dict):
        parts = (_difference(value, found.get(key), variables, f"{at}.{key}") for key, value in expected.items())
        return next((text for text in parts if text), "")
    if isinstance(expected, list) and expected and isinstance(found, list) and len(found) >= len(expected):
        pairs = zip(expected, found, strict=False)
        return next((text for a, b in pairs if (text := _difference(a, b, variables, f"{at}[]"))), "")
    return "" if expected == found else f"{at}: {found!r}, not {expected!r}"
