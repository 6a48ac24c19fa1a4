"""The pages, read by machines: their fenced blocks, inline code, links and headings."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHELL = {"console", "sh", "bash", "shell"}
_FENCE = re.compile(r"^( *)```([\w-]*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    page: Path
    language: str
    text: str


def all_pages() -> list[Path]:
    roots = [path for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG") if (path := ROOT / f"{name}.md")]
    return [*roots, *sorted((ROOT / "docs").rglob("*.md"))]


@cache
def blocks(page: Path) -> list[Block]:
    return [Block(page, found[2], found[3]) for found in _FENCE.finditer(page.read_text())]


@cache
def prose(page: Path) -> str:
    """Without fenced and indented blocks."""
    text = _FENCE.sub("", page.read_text())
    return re.sub(r"(?<=\n\n)(?: {4}[^\n]*\n)+", "", text)


def inline(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(page))


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", prose(page)))


def anchors(page: Path) -> set[str]:
    """As the site and code hosts make them: lower case, without punctuation, dashes for spaces."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title.lower())).strip("-") for title in titles}


def commands() -> Iterator[tuple[Path, str]]:
    """Every command line of a shell block, whole again where it was broken, without comment and output."""
    for page in all_pages():
        for block in blocks(page):
            lines = block.text.replace("\\\n", " ").splitlines()
            if block.language in SHELL or (block.language in {"", "text"} and _looks_like_shell(lines)):
                yield from ((page, line) for raw in lines if (line := without_comment(raw.strip().removeprefix("$ "))))
        for raw in re.findall(r"(?<=\n\n)(?: {4}[^\n]*\n)+", page.read_text()):
            yield from ((page, line.strip()) for line in raw.splitlines() if line.strip().startswith("python "))


def _looks_like_shell(lines: list[str]) -> bool:
    begins = r"(python|make|curl|createdb|docker|apt-get|useradd|systemctl|[A-Z_]+=\S+ make) "
    return any(re.match(begins, line) for line in lines)


def without_comment(line: str) -> str:
    return re.sub(r"\s{2,}[^\s-].*$|(^|\s+)#.*$", "", line)
