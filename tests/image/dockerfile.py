"""Dockerfile and .dockerignore as far as ours go: instructions in order, stages, and what the context holds."""

import fnmatch
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Instruction(NamedTuple):
    name: str
    value: str


def instructions() -> list[Instruction]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return [Instruction(name, value.strip()) for name, value in lines]


def stages() -> list[list[Instruction]]:
    """Each begins with its FROM."""
    found: list[list[Instruction]] = []
    for each in instructions():
        if each.name == "FROM":
            found.append([])
        found[-1].append(each)
    return found


def in_context(path: str) -> bool:
    """As .dockerignore decides: the last line that fits counts."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        fits = any(fnmatch.fnmatch(each, pattern) for each in (path, *map(str, Path(path).parents)))
        if line and not line.startswith("#") and fits:
            kept = line.startswith("!")
    return kept


def context() -> list[str]:
    """The files that `COPY . .` takes from a fresh clone."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in done.stdout.splitlines() if in_context(path) and (ROOT / path).is_file()]
