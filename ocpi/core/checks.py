"""`manage.py check --deploy`: settings with which nobody should run in production, each by its name."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

_MOST_BYTES = 200 * 1024 * 1024
_MOST_FAILURES = 1000
_SECRET = 32  # characters
_WIDEST = {4: 16, 6: 48}  # bits of a prefix: a network, not all that is private
_STAFF = 50  # hashing a password takes long; platforms have few operators

Network = IPv4Network | IPv6Network


class Rule(NamedTuple):
    unsafe: Callable[[], bool]
    message: str
    hint: str
    id: str


def _plain_origins() -> list[str]:
    return [origin for origin in settings.CORS_ALLOWED_ORIGINS if urlsplit(origin).scheme != "https"]


def _too_open(network: Network) -> bool:
    return network.is_loopback or network.prefixlen < _WIDEST[network.version]


_RULES = [
    Rule(lambda: not settings.PRODUCTION, "ENVIRONMENT is not production",
         "Set ENVIRONMENT=production: well-known tokens work in development.", "ocpi.W101"),
    Rule(lambda: not settings.PUBLIC_URL.startswith("https://"), "OCPI_HOST or PROTOCOL says http",
         "OCPI is spoken over https only (TRA-01); tokens would travel in the open.", "ocpi.W102"),
    Rule(lambda: settings.OCPI_ALLOW_PRIVATE_URLS, "OCPI_ALLOW_PRIVATE_URLS is true",
         "URLs that partners give may then lead into your own network (TRA-51).", "ocpi.W103"),
    Rule(lambda: "*" in settings.ALLOWED_HOSTS, "ALLOWED_HOSTS holds *",
         "Name the hosts that you serve.", "ocpi.W104"),
    Rule(lambda: bool(_plain_origins()) or getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False),
         "BACKEND_CORS_ORIGINS holds an origin that is not https",
         "Scripts from there could be anybody's.", "ocpi.W105"),
    Rule(lambda: settings.PROXY_COUNT < 0 or settings.PROXY_COUNT > 5, "PROXY_COUNT is out of range",
         "It is how many proxies of your own stand before the web processes.", "ocpi.W106"),
    Rule(lambda: not 0 < settings.AUTH_FAILURES_PER_MINUTE <= _MOST_FAILURES
         or not 0 < settings.LOGIN_FAILURES_PER_15_MINUTES <= _MOST_FAILURES,
         "AUTH_FAILURES_PER_MINUTE or LOGIN_FAILURES_PER_15_MINUTES stops nobody, or everybody",
         f"Set both between 1 and {_MOST_FAILURES}.", "ocpi.W107"),
    Rule(lambda: max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.OCPI_MAX_RESPONSE_BYTES) > _MOST_BYTES,
         "MAX_BODY_BYTES or OCPI_MAX_RESPONSE_BYTES is more than 200 MB",
         "A body is held in memory while it is decoded.", "ocpi.W108"),
    Rule(lambda: settings.LOGGING["root"]["level"] == "DEBUG", "LOG_LEVEL is DEBUG",
         "Database queries are then logged with what they hold of drivers.", "ocpi.W109"),
    Rule(lambda: 0 < len(settings.METRICS_TOKEN) < _SECRET, "METRICS_TOKEN is short",
         f"Partners' names and figures stand behind it: at least {_SECRET} random characters.", "ocpi.W110"),
    Rule(lambda: any(ip_network(name).prefixlen == 0 for name in settings.METRICS_NETWORKS),
         "METRICS_NETWORKS holds the whole internet",
         "Name the network in which Prometheus is.", "ocpi.W111"),
    Rule(lambda: any(map(_too_open, settings.OCPI_PRIVATE_NETWORKS)),
         "OCPI_PRIVATE_NETWORKS holds this machine itself, or more than a network of yours",
         "Name the one network behind your VPN; loopback is for a rehearsal (TRA-51).", "ocpi.W112"),
    Rule(lambda: settings.SQLITE, "DATABASE_URL is SQLite",
         "It has one writer at a time, and one machine: name a PostgreSQL.", "ocpi.W113"),
    Rule(lambda: not settings.REDIS_URL, "REDIS_URL is not set",
         "Each web process would count failed logins alone.", "ocpi.W114"),
    Rule(lambda: settings.EMBEDDED_WORKER, "EMBEDDED_WORKER is true",
         "Each web process would carry a worker and a clock: start them on their own.", "ocpi.W115"),
    Rule(lambda: settings.LEARNING_ENABLED, "LEARNING_ENABLED is true",
         "Whoever opens /learn/ lets things happen here, without a login.", "ocpi.W116"),
]  # fmt: skip


@register(Tags.security, deploy=True)
def unsafe_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [Warning(rule.message, hint=rule.hint, id=rule.id) for rule in _RULES if rule.unsafe()]


@register(Tags.security, deploy=True)
def guessable_passwords(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An operator whose password is the name, as the demo's is."""
    try:
        staff = list(get_user_model().objects.filter(is_active=True, is_staff=True)[:_STAFF])
    except DatabaseError:
        return []  # not migrated yet, so nobody can log in
    return [
        Error(f"the password of operator {user} is their name", hint="change it", id="ocpi.E101")
        for user in staff
        if user.check_password(user.get_username())
    ]
