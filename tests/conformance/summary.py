"""The mutation score in short: how many defects each module and role had, how many were found, and how many made up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ocpi.conformance.findings import Report
from ocpi.conformance.registry import Target

from .score import Outcome

BEGIN, END = "<!-- begin: make mutants -->", "<!-- end: make mutants -->"
MODULES = {
    "TRA": "Transport", "TYP": "Types", "PAG": "Paging", "VER": "Versions", "CRE": "Credentials", "LOC": "Locations",
    "TAR": "Tariffs", "TOK": "Tokens", "SES": "Sessions", "CDR": "CDRs", "TCS": "CDRs", "CMD": "Commands",
    "CHP": "Charging profiles", "HUB": "Hubs", "AMB": "Locations",
}  # fmt: skip
_HEADER = "| module | platform | seeded | found | reported on the flawless one |\n|---|---|---:|---:|---:|"


class Row(NamedTuple):
    module: str
    target: Target
    seeded: int
    found: int
    wrongly: int

    def __str__(self) -> str:
        return f"| {self.module} | {self.target} | {self.seeded} | {self.found} | {self.wrongly} |"


def rows(outcomes: Iterable[Outcome], flawless: Mapping[Target, Report]) -> list[Row]:
    """A defect counts for the module of the first row that it breaks; wrong findings for that of their check."""
    every = list(outcomes)
    seeded = Counter((_module(each.mutant.rows), each.mutant.target) for each in every)
    found = Counter((_module(each.mutant.rows), each.mutant.target) for each in every if each.found)
    wrong = Counter((_module(r.check.rows), target) for target, report in flawless.items() for r in report.failed)
    order = list(dict.fromkeys(MODULES.values()))
    keys = sorted(seeded.keys() | wrong.keys(), key=lambda key: (order.index(key[0]), key[1]))
    return [Row(*key, seeded[key], found[key], wrong[key]) for key in keys]


def _module(names: Iterable[str]) -> str:
    return MODULES.get(next(iter(names), "")[:3], "Transport")


def table(found: Iterable[Row]) -> str:
    """In Markdown, with a last line for each platform."""
    every = list(found)
    sums = [
        f"| **all** | {target} | {sum(row.seeded for row in own)} | {sum(row.found for row in own)} | "
        f"{sum(row.wrongly for row in own)} |"
        for target in Target
        if (own := [row for row in every if row.target is target])
    ]
    return "\n".join([_HEADER, *map(str, every), *sums])


def write(page: Path, text: str) -> None:
    """Between the two marks of the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{page} does not say where the table stands: {BEGIN} … {END}")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
