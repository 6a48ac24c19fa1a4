"""Every command, path, setting and link of the documentation exists, and what is made from the code is fresh.

The curl lines are run against a demo by tests/journeys/test_readme.py.
"""

import importlib.util
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from celery.bin.celery import celery as celery_program
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve
from gunicorn.config import Config

from . import configuration, pages
from .__main__ import stale
from .pages import ROOT

PLACES_AT_RUNTIME = ("reports", "site", "var", ".venv", "db.sqlite3", "staticfiles", "compliance.json")
MADE_BY_HAND = {"deploy/production.env"}
INVENTED = ("ocpi/parking", "ocpi/protocol/parking.py")  # the module that the page on contributing adds
OF_OTHERS = {"/cpo/", "/A/B", "routers/v_2_2_1/cpo.py"}  # paths of a foreign stack
OF_A_MACHINE = re.compile(r"/(etc|srv|tmp)\b")  # files, not addresses
# Programs of others: nothing of ours can be wrong in them but files, which are looked at.
FOREIGN = {"createdb", "createuser", "docker", "git", "nginx", "openssl", "pg_dump", "pg_restore", "psql",
           "redis-server", "systemctl", "apt-get", "sudo", "runuser", "certbot", "cp", "install", "useradd", "chown",
           "mkdir", "cd", "tar", "kill", "journalctl", "set", "."}  # fmt: skip
SETTINGS_LIKE = re.compile(r"(OCPI|SECURE|METRICS|JOURNAL|LEARNING|LOG|OTEL|SENTRY|EMAIL|MAP|SECRET)_[A-Z0-9_]+")
HOSTS = {"github.com", "locust.io", "semver.org", "localhost:8000", "localhost:8001"}


@cache
def tracked() -> list[str]:
    """What belongs to the project; without git, or outside of a clone, what lies there but for what runs leave."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    with suppress(OSError, subprocess.CalledProcessError):
        return subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [str(path) for path in paths if path.parts[0] not in (*PLACES_AT_RUNTIME, ".git")]


@cache
def words_of_the_code() -> set[str]:
    """Every NAME_LIKE_THIS that stands in the code."""
    files = [ROOT / name for name in tracked() if name.endswith((".py", "Procfile", "Makefile", ".yaml", ".yml"))]
    own = Path(__file__).parent
    text = "\n".join(path.read_text() for path in files if path.exists() and own not in path.parents)
    return set(re.findall(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b", text))


# --- what is made from the code ---------------------------------------------------------------------------------------
def test_what_is_made_from_the_code_is_fresh() -> None:
    assert stale() == [], "run `make docs`"


def test_every_setting_is_on_the_configuration_page() -> None:
    assert {row.name for _, rows in configuration.sections() for row in rows} == set(configuration.types())
    assert [row.name for _, rows in configuration.sections() for row in rows if not row.about] == []


# --- the site ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr
    return folder


def test_the_site_is_built_without_a_warning_and_every_page_is_in_its_menu(site: Path) -> None:
    menu = (site / "index.html").read_text()
    names = [str(page.relative_to(ROOT / "docs").with_suffix(".html")) for page in (ROOT / "docs").rglob("*.md")]
    assert [name for name in names if f'href="{name}"' not in menu and name != "index.html"] == []


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    loads = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//([^"'\s>/]+)""")
    for page in site.rglob("*.html"):
        assert loads.findall(page.read_text()) == [], page
        assert 'class="mermaid"' not in page.read_text(), "its script would come from another host"
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import )[\"']?https?://", sheet.read_text()) == [], sheet


# --- commands ---------------------------------------------------------------------------------------------------------
def _make(words: list[str]) -> str:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    names = [word for word in words if "=" not in word and not word.startswith("-")]
    assigned = [word.partition("=")[0] for word in words if "=" in word]
    used = (ROOT / "Makefile").read_text()
    missing = [name for name in names if name not in targets]
    missing += [name for name in assigned if f"$({name})" not in used]
    return f"make knows no {missing}" if missing else ""


def _manage(words: list[str]) -> str:
    name, *arguments = words
    if name not in get_commands():
        return f"there is no command {name}"
    found = get_commands()[name]
    command = load_command_class(found, name) if isinstance(found, str) else found
    return _parsed(lambda: command.create_parser("manage.py", name).parse_args(arguments))


def _parsed(parse: Callable[[], object]) -> str:
    said = io.StringIO()
    try:
        with redirect_stderr(said), redirect_stdout(said):
            parse()
    except SystemExit as end:
        return said.getvalue() if end.code else ""
    except Exception as error:
        return str(error)
    return ""


def _module(words: list[str]) -> str:
    name = words[0]
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    return "" if found else f"there is no module {name}"


def _celery(words: list[str]) -> str:
    if words[:2] != ["-A", "emsp_project"] or words[2] not in celery_program.commands:
        return "not our Celery application, or no such command"
    known = {option for param in celery_program.commands[words[2]].params for option in param.opts}
    unknown = [word for word in words[3:] if word.startswith("-") and word.split("=")[0] not in known]
    return f"celery {words[2]} has no {unknown}" if unknown else ""


def _gunicorn(words: list[str]) -> str:
    return _parsed(lambda: Config().parser().parse_args(words))


def _python(words: list[str]) -> str:
    if words[:1] == ["manage.py"]:
        return _manage(words[1:])
    return _module(words[1:]) if words[:1] == ["-m"] else f"what is python {words}?"


def _pip(words: list[str]) -> str:
    files = [after for flag, after in pairwise(words) if flag == "-r"]
    return "".join(f"no file {name}" for name in files if not (ROOT / name).exists())


def _curl(words: list[str]) -> str:
    urls = [word for word in words if re.match(r"(https?://)?localhost:8000/", word)]
    return "".join(f"{url} leads nowhere" for url in urls if not _leads(urlsplit(f"//{url.split('://')[-1]}").path))


def _source(words: list[str]) -> str:
    return "" if words == [".venv/bin/activate"] else f"no {words}"


def _foreign(words: list[str]) -> str:
    """Files of ours that it is given, and what it is told to run of ours within a container."""
    tops = {name.split("/")[0] for name in tracked() if "/" in name}
    files = [word for word in words if word.split("/")[0] in tops and "/" in word]
    missing = [name for name in files if not list(ROOT.glob(name)) and name not in MADE_BY_HAND]
    if "exec" in words and words[:2] == ["docker", "compose"]:
        service, *inner = words[words.index("exec") + 1 :]
        return f"no service {service}" if service not in _services() else problem(shlex.join(inner))
    return f"there is no {missing}" if missing else ""


def _services() -> set[str]:
    return set(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"])


RULES: dict[str, Callable[[list[str]], str]] = {
    "make": _make, "manage.py": _manage, "./manage.py": _manage, "python": _python, "python3": _python,
    ".venv/bin/python": _python, "celery": _celery, "gunicorn": _gunicorn, "pip": _pip, "curl": _curl,
    "source": _source, "export": lambda words: "",
}  # fmt: skip


def problem(line: str) -> str:
    """What is wrong with a command; optional parts are taken as given, assignments before it must be settings."""
    line = re.sub(r"\[(--[^\]]+)\]", r"\1", line).replace("<key>", "locations")
    if len(parts := re.split(r"\s*(?:\|\||&&|[|;])\s+", line)) > 1 and "curl" not in line:
        return next((found for part in parts if (found := problem(part))), "")
    words = shlex.split(line)
    while words and (assigned := re.match(r"([A-Z][A-Z0-9_]*)=", words[0])):
        if assigned[1] not in set(configuration.types()) | words_of_the_code():
            return f"{assigned[1]} is no setting"
        words = words[1:]
    if not words:
        return ""
    if words[0] in FOREIGN:
        return _foreign(words)
    return RULES[words[0]](words[1:]) if words[0] in RULES else f"nobody checks {words[0]}"


def test_every_command_exists_with_its_options() -> None:
    found = list(pages.commands())
    assert len(found) > 60
    assert [(page.name, line, wrong) for page, line in found if (wrong := problem(line))] == []


def test_every_command_within_a_sentence_exists() -> None:
    wrong = []
    for page in pages.all_pages():
        for text in pages.inline(page):
            if re.match(r"(python |\.venv/bin/python )?manage\.py \w|make [a-z-]+$|python -m ", text):
                told = re.sub(r" (NAME|KEY|…)$", " NAME", text)
                needs_more = "the following arguments are required"
                wrong += [(page.name, text, it) for it in [problem(told)] if it and needs_more not in it]
    assert wrong == []


@pytest.mark.parametrize(
    "line",
    ["make dmeo", "make bench-admin BECNH=x", "python manage.py learm", "python manage.py demo --hubb",
     "python manage.py price", "python -m tests.nothing", "celery -A emsp_project worker --quues x",
     "gunicorn emsp_project.wsgi --treads 8", "pip install -r requirements-nothing.txt", "OCPI_HOSTT=x make run",
     "curl localhost:8000/helth", "frobnicate"],
)  # fmt: skip
def test_a_wrong_command_would_be_found(line: str) -> None:
    assert problem(line)


# --- paths, settings, addresses, links --------------------------------------------------------------------------------
def _exists(text: str, page: Path) -> bool:
    name = text.rstrip("/")
    if name.split("/")[0] in PLACES_AT_RUNTIME or name in INVENTED:
        return True
    return (ROOT / name).exists() or (page.parent / name).exists() or any(
        each == name or each.endswith(f"/{name}") or f"/{name}/" in f"/{each}" for each in tracked()
    )  # fmt: skip


def test_every_path_exists() -> None:
    tops = {name.split("/")[0] for name in tracked() if "/" in name}
    file = re.compile(r"[\w./-]+\.(py|md|json|ya?ml|toml|txt|css|html)")

    def is_path(text: str) -> bool:
        ours = text.split("/")[0] in tops and "/" in text
        return bool(re.fullmatch(r"[\w.][\w./-]*", text) and (ours or file.fullmatch(text)))

    told = {(page, text) for page in pages.all_pages() for text in pages.inline(page) if is_path(text)}
    assert len(told) > 40
    assert [(page.name, text) for page, text in told if text not in OF_OTHERS and not _exists(text, page)] == []


def test_every_name_in_capitals_is_a_setting_or_stands_in_the_code() -> None:
    settings = set(configuration.types())
    wrong = []
    for page in pages.all_pages():
        for text in [*pages.inline(page), *(block.text for block in pages.blocks(page))]:
            for name in re.findall(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b", text):
                known = settings if SETTINGS_LIKE.fullmatch(name) else settings | words_of_the_code()
                wrong += [(page.name, name)] if name not in known | words_of_the_code() else []
    assert wrong == []


def _leads(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return path.startswith("/admin/")
    return True


def test_every_address_of_ours_leads_somewhere() -> None:
    wrong = [
        (page.name, text)
        for page in pages.all_pages()
        for text in pages.inline(page)
        if re.fullmatch(r"/[\w./-]*", text)
        and not _leads(text)
        and text not in OF_OTHERS
        and not OF_A_MACHINE.match(text)
    ]
    assert wrong == []


def test_every_link_leads_somewhere() -> None:
    wrong = []
    for page in pages.all_pages():
        for link in [*pages.links(page), *re.findall(r"<(https?://[^>]+)>", pages.prose(page))]:
            if "://" in link:
                at = urlsplit(link)
                fine = at.netloc in HOSTS and (at.netloc != "localhost:8000" or _leads(at.path))
            else:
                name, _, anchor = link.partition("#")
                target = page if not name else (page.parent / name).resolve()
                fine = target.exists() and (not anchor or anchor in pages.anchors(target))
            wrong += [] if fine else [(page.name, link)]
    assert wrong == []


def test_every_picture_is_shown_somewhere() -> None:
    shown = " ".join(page.read_text() for page in pages.all_pages())
    assert [image.name for image in (ROOT / "docs/images").iterdir() if image.name not in shown] == []


def test_the_version_is_told_once() -> None:
    from ocpi import __version__

    assert f"## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text()
    assert 'version = { attr = "ocpi.__version__" }' in (ROOT / "pyproject.toml").read_text()
