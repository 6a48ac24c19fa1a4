"""`docs/configuration.md`: names and types of the settings from the code, what they mean from `.env.example`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/configuration.md"
_TYPES = {"": "text", "bool": "true or false", "int": "whole number", "float": "number", "list": "list", "db": "URL"}
_HEAD = """# Configuration

<!-- made by `make docs` from emsp_project/settings.py and .env.example; change those -->

Every setting is an environment variable, or a line in a file `.env` beside `manage.py`; the environment wins. Nothing
needs to be set for a demo. In production three things do: `ENVIRONMENT=production`, `SECRET_KEY` and `OCPI_HOST`; and
`DATABASE_URL` and `REDIS_URL` should be. `python manage.py check --deploy` names every setting that is not safe, and
`python manage.py doctor` what does not answer.

A list is separated by commas. Where the default is “unset”, the text says what happens then.
"""


class Setting(NamedTuple):
    name: str
    type: str
    default: str
    about: str


def types() -> dict[str, str]:
    """The settings that the code reads, each with the type that it asks for."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / "emsp_project/settings.py").read_text())):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "env":
            found[node.args[0].value] = _TYPES[""]
        elif isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "env":
            found[node.args[0].value] = _TYPES[node.func.attr]
    return found


def sections() -> Iterator[tuple[str, list[Setting]]]:
    """As `.env.example` has them: the comment above settings is about all of them up to the next comment."""
    kinds, title, rows, comment, fresh = types(), "", [], "", True
    for line in (ROOT / ".env.example").read_text().splitlines():
        if heading := re.match(r"# --- (.*) ---$", line):
            if title:
                yield title, rows
            title, rows, comment = heading[1], [], ""
        elif setting := re.match(r"(# )?([A-Z0-9_]+)=(.*)$", line):
            default = "unset" if setting[1] else f"`{setting[3].strip(chr(34))}`"
            example = f" For example `{setting[3]}`." if setting[1] and setting[3] else ""
            rows.append(Setting(setting[2], kinds[setting[2]], default, comment + example))
            fresh = True
        elif line.startswith("# ") and title:
            comment = f"{'' if fresh else comment + ' '}{line[2:]}"
            fresh = False
        elif not line:
            comment = ""
    yield title, rows


def page() -> str:
    parts = [_HEAD]
    for title, rows in sections():
        parts.append(f"\n## {title[0].upper()}{title[1:]}\n\n| setting | type | default | |\n|---|---|---|---|\n")
        parts += [f"| `{row.name}` | {row.type} | {row.default} | {_cell(row.about)} |\n" for row in rows]
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
