"""The rows of the requirements checklist as data: rows.json, and the reasons why some of them do not apply."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROTOCOL = 14  # sections 1 to 14 are the protocol; what follows is prices, field practice and extensions


@dataclass(frozen=True)
class Section:
    id: str
    number: int
    title: str


@dataclass(frozen=True)
class Row:
    """`strength` is M (mandatory), S (recommended) or D (our decision); `who` says whom the row binds."""

    id: str
    who: str
    strength: str
    sentence: str

    @property
    def section(self) -> str:
        return self.id.split("-")[0]

    @property
    def binds_emsp(self) -> bool:
        return not {part.strip() for part in self.who.split(",")} <= {"CPO-mock", "hub-mock", "the specification"}

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "section": self.section}


@cache
def _read() -> dict[str, Any]:
    return json.loads((HERE / "rows.json").read_text())


@cache
def sections() -> dict[str, Section]:
    return {part["id"]: Section(**part) for part in _read()["sections"]}


@cache
def rows() -> dict[str, Row]:
    """Every row, by its ID, in the order of the checklist."""
    found = [Row(**part) for part in _read()["rows"]]
    order = list(sections())
    found.sort(key=lambda row: (order.index(row.section), int(row.id.split("-")[1])))
    return {row.id: row for row in found}


@cache
def protocol_rows() -> dict[str, Row]:
    return {row.id: row for row in rows().values() if sections()[row.section].number <= PROTOCOL}


@cache
def not_applicable() -> dict[str, str]:
    """ID → why nothing is there to prove, in one sentence."""
    return json.loads((HERE / "not_applicable.json").read_text())
