"""Who fails too often is told to wait; who is right is never kept out."""

import os
import socket
import time
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client, RequestFactory

from ocpi.core import throttle
from ocpi.core.throttle import Throttle
from ocpi.protocol.headers import authorization
from tests import factories
from tests.callers import BASE, Answer, Caller

REDIS_URL = os.environ.get("REDIS_URL") or os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/9"


@pytest.fixture(autouse=True)
def _one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window ends within a test."""
    started = int(time.time()) // 900 * 900 + 10.0
    monkeypatch.setattr(throttle.time, "time", lambda: started)


def wrong(address: str = "192.0.2.1", header: str | None = None, **meta: str) -> Answer:
    sent = {"Authorization": authorization("guess") if header is None else header}
    return Answer(Client().get(f"{BASE}/locations", headers=sent, REMOTE_ADDR=address, **meta))


@pytest.mark.requirement("TRA-08", "TRA-13", "TRA-29")
def test_a_source_that_keeps_failing_is_told_to_wait_in_the_envelope(db: None, settings: Any) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 3
    assert [wrong().status for _ in range(3)] == [(401, 2001)] * 3
    refused = wrong()
    assert refused.status == (429, 2000)
    assert refused["Retry-After"] == "50"
    assert "wait" in refused.message


def test_another_source_is_not_meant(db: None, settings: Any) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 1
    assert [wrong("192.0.2.1").status[0] for _ in range(2)] == [401, 429]
    assert wrong("192.0.2.2").status[0] == 401
    assert wrong("2001:db8::1").status[0] == 401
    assert wrong("2001:db8::2").status[0] == 429  # whoever has an IPv6 network has all of it


def test_a_right_token_opens_even_behind_a_blocked_address(db: None, settings: Any, cpo: Caller, app: Caller) -> None:
    """A partner in the same data centre as an attacker loses nothing."""
    settings.AUTH_FAILURES_PER_MINUTE = 1
    for _ in range(5):
        wrong("127.0.0.1")
    assert wrong("127.0.0.1").status[0] == 429
    assert cpo.get("locations").status == (200, 1000)
    assert app.get("locations").status == (200, 1000)


def test_a_right_token_asks_no_counter(db: None, cpo: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Throttle, "failed", lambda *args: pytest.fail("asked"))
    assert cpo.get("locations").status == (200, 1000)


def test_a_request_without_a_token_guesses_nothing(db: None, settings: Any) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 1
    assert {wrong(header="").status[0] for _ in range(5)} == {401}


def test_a_suspended_partner_is_counted_like_any_other(db: None, settings: Any, cpo: Caller) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 1
    type(cpo.partner).objects.update(status="SUSPENDED")
    assert [cpo.get("locations").status[0] for _ in range(2)] == [401, 429]


def test_the_next_minute_is_a_new_one(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 1
    assert [wrong().status[0] for _ in range(2)] == [401, 429]
    later = throttle.time.time() + 60
    monkeypatch.setattr(throttle.time, "time", lambda: later)
    assert wrong().status[0] == 401


# --- who is the source ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("proxies", "forwarded", "source"),
    [
        (0, "", "192.0.2.9"),
        (0, "198.51.100.1", "192.0.2.9"),  # anyone can write that
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.7, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.7, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "192.0.2.9"),  # came around the outer proxy
        (1, "198.51.100.1:4711", "198.51.100.1"),
        (1, "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "nonsense", "unknown"),
        (1, "", "unknown"),
    ],
)
def test_the_source_is_what_our_own_proxies_saw(settings: Any, proxies: int, forwarded: str, source: str) -> None:
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR="192.0.2.9")
    assert throttle.source_of(request) == source


def test_forwarded_addresses_that_the_caller_made_up_do_not_help(db: None, settings: Any) -> None:
    settings.AUTH_FAILURES_PER_MINUTE, settings.PROXY_COUNT = 1, 1
    seen = [wrong(HTTP_X_FORWARDED_FOR=f"203.0.113.{n}, 198.51.100.1").status[0] for n in range(3)]
    assert seen == [401, 429, 429]


# --- where it is counted ----------------------------------------------------------------------------------------------
def test_memory_stays_bounded_whatever_addresses_come(settings: Any) -> None:
    limit = Throttle("test", 10, 60)
    for n in range(12_000):
        limit.failed(f"source {n}")
    assert len(caches["local"]._cache) <= 10_000


def test_keys_do_not_hold_what_was_counted() -> None:
    assert "admin@example.com" not in Throttle("login", 1, 60)._key("admin@example.com")


def test_a_count_that_is_taken_back_leaves_room_and_never_fails() -> None:
    limit = Throttle("test", 1, 60)
    for _ in range(3):
        assert limit.failed("a") == 0
        limit.succeeded("a")
    limit.succeeded("never counted")


def _redis_answers() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=1).ping())
    except redis.RedisError:
        return False


def _shared(url: str) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "KEY_PREFIX": f"test-{os.getpid()}",
        "OPTIONS": {"socket_connect_timeout": 10, "socket_timeout": 10},
    }  # fmt: skip


@pytest.mark.skipif(not _redis_answers(), reason="no Redis")
def test_two_processes_count_together_in_redis(settings: Any) -> None:
    """Two caches on one Redis are what two web processes are."""
    settings.CACHES = {**settings.CACHES, "default": _shared(REDIS_URL)}
    source = f"source {time.monotonic()}"
    first, second = Throttle("test", 2, 60), Throttle("test", 2, 60)
    assert [first.failed(source), second.failed(source)] == [0, 0]
    caches["local"].clear()
    assert second.failed(source) > 0
    assert 0 < caches["default"]._cache.get_client().ttl(caches["default"].make_key(first._key(source))) <= 60


def test_without_its_redis_a_process_counts_alone_and_goes_on(db: None, settings: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{probe.getsockname()[1]}/0"  # bound, and nobody listens
        settings.CACHES = {**settings.CACHES, "default": _shared(url)}
        settings.AUTH_FAILURES_PER_MINUTE = 2
        assert [wrong().status[0] for _ in range(3)] == [401, 401, 429]


# --- the admin --------------------------------------------------------------------------------------------------------
def log_in(client: Client, password: str, username: str = "admin", address: str = "192.0.2.1") -> Any:
    return client.post("/admin/login/", {"username": username, "password": password}, REMOTE_ADDR=address)


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("admin", password="right")


def test_guesses_at_the_admins_door_end_with_429_and_no_password_is_looked_at(
    operator: User, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOGIN_FAILURES_PER_15_MINUTES = 2
    assert [log_in(client, "wrong").status_code for _ in range(2)] == [200, 200]
    monkeypatch.setattr("django.contrib.auth.forms.authenticate", lambda *a, **k: pytest.fail("looked at"))
    refused = log_in(client, "right")
    assert (refused.status_code, refused["Retry-After"]) == (429, "890")
    assert "Too many failed attempts. Try again in 15 minutes." in refused.content.decode()
    assert "_auth_user_id" not in client.session


def test_who_knows_the_password_may_log_in_as_often_as_they_like(operator: User, client: Client, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_15_MINUTES = 2
    log_in(client, "wrong")
    assert [log_in(Client(), "right").status_code for _ in range(5)] == [302] * 5


def test_guesses_at_one_account_from_many_addresses_end_as_well(operator: User, client: Client, settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_15_MINUTES = 1
    seen = [log_in(client, "wrong", "Admin" if n % 2 else "admin", f"198.51.100.{n}").status_code for n in range(11)]
    assert seen == [200] * 10 + [429]
    assert log_in(client, "wrong", "somebody else", "198.51.100.200").status_code == 200


def test_the_throttle_of_partners_and_that_of_operators_do_not_mix(
    operator: User, client: Client, settings: Any
) -> None:
    settings.AUTH_FAILURES_PER_MINUTE = 1
    factories.api_client()
    assert [wrong().status[0] for _ in range(3)] == [401, 429, 429]
    assert log_in(client, "right").status_code == 302
