"""Fenced blocks that are no commands: each is read by whatever reads its language, and names what exists.

Commands, and names of settings wherever they stand, are looked at in test_pages.py.
"""

import ast
import fnmatch
import json
import re

import pytest
import yaml
from django.apps import apps

from tests.image.fresh import packages
from tests.suites import SUITES

from . import pages
from .pages import ROOT, Block
from .test_pages import PLACES_AT_RUNTIME, problem

ACTIONS = {"actions/checkout@v4", "actions/setup-python@v5", "actions/upload-artifact@v4"}


def blocks(language: str) -> list[Block]:
    return [block for page in pages.all_pages() for block in pages.blocks(page) if block.language == language]


def only(language: str, page: str) -> str:
    [block] = [block for block in blocks(language) if block.page.name == page]
    return block.text


def test_every_block_has_a_language_that_is_looked_at() -> None:
    known = pages.SHELL | {"json", "yaml", "python", "groovy", "text", ""}
    assert {block.language for page in pages.all_pages() for block in pages.blocks(page)} <= known


@pytest.mark.parametrize(("language", "read"), [("json", json.loads), ("yaml", yaml.safe_load), ("python", ast.parse)])
def test_every_block_can_be_read(language: str, read: object) -> None:
    found = blocks(language)
    assert found
    for block in found:
        assert callable(read)
        assert read(block.text), block


# --- a CI server, docs/testing.md -------------------------------------------------------------------------------------
def test_what_github_is_told_to_do_is_there() -> None:
    [job] = yaml.safe_load(only("yaml", "testing.md"))["jobs"].values()
    uses = {step["uses"] for step in job["steps"] if "uses" in step}
    [line] = [step["run"] for step in job["steps"] if "run" in step]
    assert uses <= ACTIONS
    assert line.split()[-1] == ".ci/run"
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    [kept] = [step["with"]["path"] for step in job["steps"] if "upload" in step.get("uses", "")]
    assert kept.rstrip("/") in PLACES_AT_RUNTIME
    [python] = [step["with"]["python-version"] for step in job["steps"] if "setup-python" in step.get("uses", "")]
    assert f'requires-python = ">={python}"' in (ROOT / "pyproject.toml").read_text()


def test_what_jenkins_is_told_to_do_is_what_our_own_ci_does() -> None:
    text = only("groovy", "testing.md")
    lines = re.findall(r"\bsh '([^']+)'", text)
    assert lines
    assert [line for line in lines if problem(line)] == []
    ours = (ROOT / ".ci/run").read_text().splitlines()
    assert [line for line in lines if not any(each.split(" PYTEST=")[0] == line for each in ours)] == []
    for opened, closed in ("{}", "()"):
        assert text.count(opened) == text.count(closed)
    [pattern] = re.findall(r"junit '([^']+)'", text)
    told = pages.inline(ROOT / "docs/testing.md")
    for key in ("sqlite", "postgresql"):
        assert fnmatch.fnmatch(f"reports/junit-{key}.xml", pattern)
        assert f"reports/junit-{key}.xml" in told


def test_every_suite_is_told_of() -> None:
    assert set(SUITES) <= set(pages.inline(ROOT / "docs/testing.md"))


# --- the rest ---------------------------------------------------------------------------------------------------------
def test_every_table_that_sql_names_is_there() -> None:
    tables = {model._meta.db_table for model in apps.get_models()}
    sql = "\n".join(block.text for block in blocks("text"))
    named = re.findall(r"^ALTER TABLE (\w+)", sql, re.MULTILINE)
    assert named
    assert set(named) <= tables


def test_what_a_bare_debian_needs_is_told_where_one_begins() -> None:
    """`make fresh-check` installs just that, and types the README's commands."""
    assert "python3-venv" in packages()
    assert "make" in packages()
