"""What browsers are told with every answer: pages, the API, errors; cookies; other origins."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.callers import BASE, Caller

APP_ORIGIN = "https://app.example.com"
STRICT = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def directives(response: Any) -> dict[str, set[str]]:
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in parts}


@pytest.mark.parametrize(
    "path", ["/ocpi/versions", f"{BASE}/locations", "/ocpi/nowhere", "/nowhere", "/health", "/schema"]
)
@pytest.mark.long
def test_what_is_no_page_may_load_nothing_and_be_shown_nowhere(db: None, client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer["Content-Security-Policy"] == STRICT
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/admin/login/", "/docs", "/ocpi/emsp/2.2.1/docs"])
def test_a_page_loads_only_what_is_ours(db: None, client: Client, path: str) -> None:
    policy = directives(client.get(path))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}
    assert policy["script-src"] <= {"'self'", "'unsafe-eval'"}
    assert policy["form-action"] == policy["connect-src"] == policy["font-src"] == {"'self'"}
    assert ("'unsafe-eval'" in policy["script-src"]) is path.startswith("/admin/")


@pytest.mark.parametrize("path", ["/admin/login/", "/docs"])
def test_no_page_needs_an_inline_script(db: None, client: Client, path: str) -> None:
    """The policy would forbid it; this says which page forgot."""
    html = client.get(path).content.decode()
    assert "<script" in html
    assert [tag for tag in html.split("<script")[1:] if "src=" not in tag.split(">")[0]] == []


def test_answers_of_the_api_are_kept_by_no_cache(cpo: Caller) -> None:
    assert cpo.get("locations")["Cache-Control"] == "no-store"
    assert Client().get("/ocpi/nowhere")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/ocpi/versions", "/ocpi/nowhere", "/admin/login/", "/health"])
def test_who_came_by_https_is_to_stay_there(db: None, settings: Any, path: str) -> None:
    settings.SECURE_HSTS_SECONDS = 3600
    assert Client().get(path, secure=True)["Strict-Transport-Security"] == "max-age=3600"
    assert "Strict-Transport-Security" not in Client().get(path)


@pytest.mark.parametrize("path", ["/ocpi/versions", "/admin/login/"])
def test_an_unknown_host_is_refused_and_told_the_same_as_all(db: None, settings: Any, path: str) -> None:
    settings.ALLOWED_HOSTS = ["emsp.test"]
    answer = Client().get(path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == (400, "nosniff", "DENY")


# --- cookies ----------------------------------------------------------------------------------------------------------
def test_the_api_sets_and_reads_no_cookies(cpo: Caller, admin_client: Client) -> None:
    assert not cpo.get("locations").http.cookies
    answer = admin_client.get(f"{BASE}/locations")  # who is logged in to the admin is nobody to the API
    assert answer.status_code == 401
    assert admin_client.post("/ocpi/emsp/2.2.1/commands/START_SESSION", {}).status_code == 401


def test_cookies_of_the_admin_are_out_of_reach_of_scripts_and_other_sites(db: None, client: Client) -> None:
    User.objects.create_superuser("admin", password="right")
    client.get("/admin/login/")
    answer = client.post("/admin/login/", {"username": "admin", "password": "right"})
    assert set(answer.cookies) == {"sessionid", "csrftoken"}
    for cookie in answer.cookies.values():
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"


def test_a_form_of_the_admin_from_elsewhere_is_refused(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/admin/login/", {"username": "admin", "password": "right"}).status_code == 403


# --- other origins ----------------------------------------------------------------------------------------------------
@pytest.mark.requirement("SEED-11")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{APP_ORIGIN}.evil.example", "http://app.example.com"]
)
def test_scripts_of_other_origins_read_nothing(cpo: Caller, settings: Any, origin: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    for answer in (
        cpo.get("locations", Origin=origin).http,
        Client().options(f"{BASE}/locations", headers={"Origin": origin, **asked}),
    ):
        assert "Access-Control-Allow-Origin" not in answer
        assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.requirement("SEED-11")
def test_our_own_app_may_read_and_sends_no_cookies(cpo: Caller, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    answer = cpo.get("locations", Origin=APP_ORIGIN)
    assert answer["Access-Control-Allow-Origin"] == APP_ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer.http


@pytest.mark.requirement("SEED-11")
def test_the_admin_is_for_no_other_origin_at_all(db: None, client: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    assert "Access-Control-Allow-Origin" not in client.get("/admin/login/", headers={"Origin": APP_ORIGIN})
