"""Requirements section 18, as far as the platform itself goes: health, docs, development tokens, CORS, settings."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from ocpi import __version__
from ocpi.core import health
from ocpi.partners import development
from tests import factories
from tests.callers import BASE, Caller
from tests.platforms import settings_of

ROOT = Path(__file__).resolve().parents[2]
APP_ORIGIN = "https://app.example.com"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in an environment that holds nothing but what is given."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, timeout=60, check=False
    )


def production(tmp_path: Path, **changes: str) -> dict[str, str]:
    return {
        "ENVIRONMENT": "production", "SECRET_KEY": "s3cr3t-" + "abcdefghijkl" * 5, "OCPI_HOST": "emsp.example.com",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'production.sqlite3'}",
    } | changes  # fmt: skip


# --- health -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch, db: None) -> dict[str, Any]:
    checks = {**health.CHECKS, "broker": lambda: True, "worker": lambda: True}
    monkeypatch.setattr(health, "CHECKS", checks)
    return checks


@pytest.mark.requirement("SEED-01")
@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_health_is_200_when_everything_answers_and_needs_no_token(
    answering: dict[str, Any], client: Client, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["checks"] == {"database": "ok", "broker": "ok", "worker": "ok"}


@pytest.mark.requirement("SEED-01")
@pytest.mark.parametrize("name", ["database", "broker", "worker"])
def test_health_is_503_and_names_what_does_not_answer(answering: dict[str, Any], client: Client, name: str) -> None:
    for failure in (lambda: False, lambda: [][0]):
        answering[name] = failure
        answer = client.get("/health")
        assert answer.status_code == 503
        assert [part for part, state in answer.json()["checks"].items() if state != "ok"] == [name]


def test_a_process_that_answers_is_alive_whatever_else_is_away(client: Client) -> None:
    """Without a database: this test has none."""
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "ok", __version__)


def test_a_process_is_ready_without_a_worker_and_not_without_its_tables(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    health._migrations_seen.cache_clear()
    assert client.get("/health/ready").json()["checks"] == {"database": "ok", "migrations": "ok"}
    health._migrations_seen.cache_clear()
    with monkeypatch.context() as older:
        older.setattr(MigrationExecutor, "migration_plan", lambda *args: ["0007"])
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "no answer")
    assert client.get("/health/ready").status_code == 200, "the answer no is not kept"


def test_health_looks_at_the_embedded_worker_where_there_is_one(settings: Any) -> None:
    settings.EMBEDDED_WORKER = True
    assert health.CHECKS["worker"]() is False


# --- docs -------------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("SEED-03")
@pytest.mark.parametrize("prefix", ["", BASE])
def test_swagger_comes_with_every_asset_from_here(client: Client, db: None, prefix: str) -> None:
    page = client.get(f"{prefix}/docs")
    text = page.content.decode()
    assert (page.status_code, "swagger" in text.lower()) == (200, True)
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text)
    for asset in re.findall(r"""(?:src|href)=["'](/[^"']+)""", text):
        found = client.get(asset)
        found.close()
        assert found.status_code == 200, asset


@pytest.mark.requirement("SEED-03")
@pytest.mark.parametrize("path", ["/schema", f"{BASE}/schema"])
def test_the_schema_is_openapi_3_1_and_knows_every_module(client: Client, db: None, path: str) -> None:
    schema = client.get(path, {"format": "json"}, headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert schema["openapi"].startswith("3.1")
    paths = " ".join(schema["paths"])
    for module in ("versions", "credentials", "locations", "sessions", "cdrs", "tariffs", "tokens", "commands"):
        assert f"{BASE}/{module}" in paths


# --- versions, lists, single objects ----------------------------------------------------------------------------------
@pytest.mark.requirement("SEED-02")
def test_versions_are_the_same_at_both_addresses(cpo: Caller) -> None:
    assert cpo.get("/ocpi/versions").data == cpo.get(f"{BASE}/versions").data
    assert cpo.get(BASE).data == cpo.get(f"{BASE}/").data


@pytest.mark.requirement("SEED-04")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lat=52.09&lon=5.11&radius_km=5", ["L1"]),
        ("lat=48.1&lon=11.5&radius_km=5", []),
        ("status=AVAILABLE", ["L1"]),
        ("status=CHARGING", []),
        ("min_power_kw=11", ["L1"]),
        ("min_power_kw=50", []),
        ("connector=IEC_62196_T2", ["L1"]),
        ("connector=CHADEMO", []),
        ("lat=52.09&lon=5.11&status=AVAILABLE&connector=IEC_62196_T2", ["L1"]),
    ],
)
def test_apps_search_locations(cpo: Caller, app: Caller, query: str, found: list[str]) -> None:
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    assert [place["id"] for place in app.get("locations", query=query).data] == found


@pytest.mark.requirement("SEED-05")
def test_a_cdr_is_found_by_its_id_and_its_owner_where_two_use_one_id(cpo: Caller, cp2: Caller, app: Caller) -> None:
    cpo.post("cdrs", body=factories.cdr())
    assert app.get("cdrs", "D1").data == factories.cdr()
    cp2.post("cdrs", body=factories.cdr(country_code="DE", party_id="CP2"))
    answer = app.get("cdrs", "D1")
    assert answer.status == (200, 2001)
    assert "NL-CPO" in answer.message
    assert "DE-CP2" in answer.message
    assert app.get("cdrs", "D1", query="country_code=DE&party_id=CP2").data["party_id"] == "CP2"
    assert cp2.get("cdrs", "D1").data["party_id"] == "CP2"
    assert cpo.get("cdrs", "D1").data["party_id"] == "CPO"


@pytest.mark.requirement("SEED-07")
def test_a_token_may_be_named_with_its_party(cpo: Caller) -> None:
    factories.token()
    assert cpo.get("tokens", "NL", "EMS", "04AABBCCDD").data["uid"] == "04AABBCCDD"
    long, short = (
        cpo.post("tokens", *party, "04AABBCCDD", "authorize", body={"location_id": "L1"}).data
        for party in (("NL", "EMS"), ())
    )
    assert long.pop("authorization_reference") != short.pop("authorization_reference")
    assert long == short
    assert cpo.post("tokens", "NL", "XXX", "04AABBCCDD", "authorize").status == (404, 2004)


# --- development only -------------------------------------------------------------------------------------------------
@pytest.mark.requirement("SEED-08")
@pytest.mark.parametrize("plain", [True, False])
def test_the_well_known_tokens_work_in_development(db: None, settings: Any, plain: bool) -> None:
    settings.DEVELOPMENT = True
    development.seed()
    assert Caller("test_token_c_123", plain=plain).get("locations").status == (200, 1000)
    for token in ("cpo_token_c_abcdef", "cpo_development_token_c"):
        place = factories.location(id=token)
        assert Caller(token, plain=plain).put("locations", "NL", "CPO", token, body=place).status == (201, 1000)
    for token in ("emsp_token_a_12345", "emsp_development_token_a"):
        assert Caller(token, plain=plain).get("/ocpi/versions").status == (200, 1000)
        assert Caller(token, plain=plain).get("tokens").status == (401, 2001)


@pytest.mark.requirement("SEED-08")
@pytest.mark.parametrize("token", development.ALL_TOKENS)
@pytest.mark.parametrize("plain", [True, False])
def test_and_nowhere_else(db: None, settings: Any, token: str, plain: bool) -> None:
    development.seed()
    settings.DEVELOPMENT = False
    assert Caller(token, plain=plain).get("/ocpi/versions").status == (401, 2001)


@pytest.mark.requirement("SEED-09")
def test_without_authentication_everybody_is_the_demo_app(db: None, settings: Any) -> None:
    settings.NO_AUTH = settings.DEVELOPMENT = True
    for path in ("/ocpi/versions", f"{BASE}/locations", f"{BASE}/tokens"):
        answer = Client().get(path)
        assert (answer.status_code, answer.json()["status_code"]) == (200, 1000)
    body = factories.location()
    assert Client().put(f"{BASE}/locations/NL/CPO/L1", body, "application/json").status_code == 403
    assert Client().get(f"{BASE}/credentials").status_code == 403
    assert Caller("unknown").get("locations").status == (401, 2001)


# --- CORS -------------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("SEED-11")
@pytest.mark.parametrize(
    ("origin", "allowed"), [(APP_ORIGIN, True), ("https://evil.example.com", False), ("null", False)]
)
def test_a_preflight_is_answered_for_the_configured_origins_only(
    app: Caller, settings: Any, origin: str, allowed: bool
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    asked = {
        "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization",
    }  # fmt: skip
    preflight = Client().options(f"{BASE}/commands/START_SESSION", headers=asked)
    assert (preflight.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    if allowed:
        assert preflight.status_code == 200
        assert "authorization" in preflight["Access-Control-Allow-Headers"]
    answer = app.get("locations", Origin=origin)
    assert (answer.http.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    assert "Access-Control-Allow-Credentials" not in answer.http


@pytest.mark.requirement("SEED-11")
def test_errors_and_paging_can_be_read_by_a_browser(app: Caller, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    assert app.get("nowhere", Origin=APP_ORIGIN)["Access-Control-Allow-Origin"] == APP_ORIGIN
    exposed = app.get("locations", Origin=APP_ORIGIN)["Access-Control-Expose-Headers"]
    assert {"link", "x-total-count", "x-limit"} <= {name.strip().lower() for name in exposed.split(",")}


# --- settings ---------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("SEED-09", "SEED-10")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"NO_AUTH": "true"}, "NO_AUTH"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "insecure-development-key-do-not-use-in-production"}, "SECRET_KEY"),
        ({"ENVIRONMENT": "prod"}, "ENVIRONMENT"),
        ({"COUNTRY_CODE": "NLD"}, "COUNTRY_CODE"),
        ({"PARTY_ID": "LONG"}, "PARTY_ID"),
        ({"ENVIRONMENT": "test", "NO_AUTH": "1"}, "NO_AUTH"),
    ],
)
def test_a_setting_that_must_not_be_is_refused(tmp_path: Path, change: Any, told: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=told):
        settings_of(production(tmp_path, **change))


@pytest.mark.requirement("SEED-09", "SEED-10")
@pytest.mark.long
def test_a_process_whose_settings_are_refused_does_not_start(tmp_path: Path) -> None:
    done = manage("check", **production(tmp_path, NO_AUTH="true"))
    assert done.returncode != 0
    assert "NO_AUTH" in done.stderr.strip().splitlines()[-1]


@pytest.mark.long
@pytest.mark.requirement("SEED-08")
def test_the_deployment_check_fails_while_a_development_token_exists(tmp_path: Path) -> None:
    environment = production(tmp_path)
    assert manage("migrate", "--verbosity", "0", **environment).returncode == 0
    clean = manage("check", "--deploy", **environment)  # that SQLite is no database for production is told, too
    assert clean.returncode == 0, clean.stderr
    assert "development" not in clean.stderr
    assert manage("migrate", "--verbosity", "0", **environment | {"ENVIRONMENT": "development"}).returncode == 0
    seeded = manage("check", "--deploy", **environment)
    assert seeded.returncode != 0
    assert "development partner token" in seeded.stderr
    assert "development API client token" in seeded.stderr


@pytest.mark.requirement("SEED-10")
@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"OCPI_HOST": "emsp.example.com"}, "https://emsp.example.com/ocpi/versions"),
        ({"OCPI_HOST": "emsp.example.com", "PROTOCOL": "http"}, "http://emsp.example.com/ocpi/versions"),
        ({"OCPI_HOST": "https://emsp.example.com/"}, "https://emsp.example.com/ocpi/versions"),
        (
            {"OCPI_HOST": "http://emsp.example.com:8080", "PROTOCOL": "https"},
            "http://emsp.example.com:8080/ocpi/versions",
        ),
    ],
)
def test_the_host_may_be_given_with_or_without_a_scheme(tmp_path: Path, environment: Any, url: str) -> None:
    assert settings_of(production(tmp_path, **environment))["OCPI_VERSIONS_URL"] == url


@pytest.mark.parametrize("path", ["/nowhere", "/ocpix", "/favicon.ico", "//ocpi/versions"])
def test_other_addresses_are_404_without_html(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert b"<html" not in answer.content.lower()


@pytest.mark.requirement("TRA-13", "TRA-29")
@pytest.mark.parametrize("path", ["/ocpi", "/ocpi/", "/ocpi/nowhere", "/ocpi/emsp", f"{BASE}/nowhere/at/all"])
def test_everything_below_ocpi_is_an_envelope(cpo: Caller, path: str) -> None:
    assert cpo.get(path).status == (404, 2001)
    assert Caller("unknown").get(path).status == (401, 2001)


@pytest.mark.requirement("TRA-13")
def test_a_host_that_is_not_ours_is_400_in_an_envelope(cpo: Caller, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["emsp.test"]
    assert cpo.get("versions", Host="evil.test").status == (400, 2001)
    assert cpo.get("versions", Host="emsp.test").status == (200, 1000)
