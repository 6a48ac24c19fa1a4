"""API clients: our own systems, which read and send commands."""

from typing import ClassVar

from django.db import models

from ocpi.protocol.types import Tolerance

from .callers import CallerQuerySet


class Scope(models.TextChoices):
    """What an API client may do."""

    READ = "read", "read everything"
    COMMANDS = "commands", "send commands, charging profiles and preferences"
    AUTHORIZE = "tokens:authorize", "ask whether a token may charge"


def every_scope() -> list[str]:
    return [str(scope) for scope in Scope]


class ApiClient(models.Model):
    """One of our own systems: reads, sends commands, pushes nothing; `scopes` may say less."""

    name = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(default=True)
    scopes = models.JSONField(default=every_scope)
    development = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CallerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "API client"

    def __str__(self) -> str:
        return self.name

    is_authenticated = True
    is_api_client = True
    is_registering = False

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def keep_leniencies(self) -> None:
        """Our own systems get none."""

    def tolerance(self) -> Tolerance:
        return Tolerance()
