"""What Dockerfile, compose.yaml, units and examples name is there: files, roles, commands, settings, services."""

import configparser
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.chaos.house import Missing
from tests.image.dockerfile import in_context, instructions
from tests.rehearsal import certificate, proxy

ROOT = Path(__file__).resolve().parents[2]
ROLES = re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(), re.MULTILINE)
# Read by the Procfile, by compose.yaml or by Docker, not by the settings.
NOT_OURS = {
    "POSTGRES_PASSWORD", "COMPOSE_PROFILES", "EMSP_ENV", "EMSP_VERSION", "PORT", "PATH", "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE", *re.findall(r"\$\{(\w+)", (ROOT / "Procfile").read_text()),
}  # fmt: skip
EXAMPLES = ("deploy/production.env.example", "deploy/demo.env")
UNITS = sorted((ROOT / "deploy/systemd").iterdir())


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


SERVICES = sorted(compose()["services"])


def settings() -> set[str]:
    return set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def check_command(words: list[str]) -> None:
    """Each of ours is known: a role, a management command, a module."""
    match words:
        case ["sh", "deploy/run.sh", role]:
            assert role in ROLES
        case ["python", "manage.py", command, *_]:
            assert command in get_commands()
        case ["python", "-m", module, *_]:
            assert find_spec(module)
        case ["python", "deploy/healthcheck.py", role]:
            assert role in ROLES
            assert f'"{role}": ' in (ROOT / "deploy/healthcheck.py").read_text()
        case ["python", "-c", _] | ["pg_isready" | "redis-cli" | "redis-server", *_] | ["tini", "--"]:
            pass
        case _:
            pytest.fail(f"nobody knows {words}")
    for word in words:
        if "/" in word and (ROOT / word).suffix in {".py", ".sh"}:
            assert in_context(word), word


def test_what_the_dockerfile_copies_and_starts_is_there() -> None:
    for name, value in instructions():
        if name == "COPY" and not value.startswith("--from"):
            for source in value.split()[:-1]:
                assert (ROOT / source).exists()
                assert source == "." or in_context(source)
        if name in {"CMD", "ENTRYPOINT", "HEALTHCHECK"}:
            check_command(yaml.safe_load(value[value.index("[") :]))
        if name == "ENV":
            assert {pair.split("=")[0] for pair in value.split()} <= settings() | NOT_OURS
    names = [name for name, _ in instructions()]
    assert names.count("FROM") == 2
    assert names.index("USER", len(names) - names[::-1].index("FROM")) < names.index("CMD")


@pytest.mark.parametrize(
    "path", ["manage.py", "Procfile", "ocpi/core/apps.py", "mock_cpo/data/sites.json", "deploy/run.sh"]
)
def test_what_runs_is_in_the_image(path: str) -> None:
    assert (ROOT / path).exists()
    assert in_context(path)


@pytest.mark.parametrize(
    "path", [".git/config", ".env", "db.sqlite3", "deploy/production.env", "tests/run.py", ".venv/x"]
)
def test_what_is_nobodys_business_is_not(path: str) -> None:
    assert not in_context(path)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_of_compose_names_what_exists(name: str) -> None:
    service = compose()["services"][name]
    assert ("image" in service) or ("build" in service)
    assert set(service.get("environment", {})) <= settings() | NOT_OURS | {"POSTGRES_USER", "POSTGRES_DB"}
    if "command" in service:
        check_command(service["command"])
    test = service.get("healthcheck", {}).get("test")
    if test:
        assert test[0] == "CMD"
        check_command(test[1:])
    for other, how in service.get("depends_on", {}).items():
        there = compose()["services"][other]
        assert how["condition"] in {"service_healthy", "service_completed_successfully", "service_started"}
        if how["condition"] == "service_healthy":
            assert "healthcheck" in there or "build" in there  # the image has one
    for volume in service.get("volumes", []):
        assert volume.split(":")[0] in compose()["volumes"]


def test_each_role_is_a_service_and_a_unit() -> None:
    assert set(ROLES) <= set(SERVICES)
    assert {f"emsp-{role}.service" for role in ROLES} == {
        unit.name.replace("@", "") for unit in UNITS if unit.suffix == ".service"
    }


def test_the_clock_is_there_once() -> None:
    assert [line for line in (ROOT / "Procfile").read_text().splitlines() if " beat " in line or "--beat" in line] == [
        next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("beat:"))
    ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_sets_what_exists(example: str) -> None:
    shown = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / example).read_text(), re.MULTILINE)
    assert set(shown) <= settings() | NOT_OURS
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_exists(unit: Path) -> None:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(unit)
    names = {each.name for each in UNITS}
    for value in (parsed.get("Unit", key, fallback="") for key in ("Requires", "Wants", "PartOf", "After")):
        ours = [re.sub(r"@[%\w]+", "@", word) for word in value.split() if word.startswith("emsp")]
        assert set(ours) <= names
    if "Service" in parsed:
        check_command(parsed["Service"]["ExecStart"].replace("/bin/sh", "sh").split())
        assert parsed["Service"]["User"] == "emsp"


def test_nginx_takes_its_example_and_its_limits_are_ours(tmp_path: Path) -> None:
    text = (ROOT / "deploy/nginx.conf").read_text()
    bytes_ = int(re.search(r"MAX_BODY_BYTES=(\d+)", (ROOT / ".env.example").read_text())[1])  # type: ignore[index]
    assert f"client_max_body_size {bytes_ // 2**20}m;" in text
    assert re.search(r"proxy_pass http://emsp;", text), "a path here would decode the URL"
    ports = {"plain": 80, "tls": 443, "web": 8000, "cpo": 8002, "cpo_tls": 8003}
    configuration = proxy.write(tmp_path, ports, *certificate.make(tmp_path))
    try:
        assert proxy.check(configuration) == ""
    except Missing as problem:
        pytest.skip(str(problem))
