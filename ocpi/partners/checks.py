"""System checks: what must never be in production."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import DatabaseError

from . import development


@register(Tags.security, deploy=True)
def no_development_tokens(app_configs: Any, **kwargs: Any) -> list[Error]:
    """`manage.py check --deploy` fails while a well-known token opens anything (SEED-08)."""
    if not settings.PRODUCTION:
        return []
    try:
        found = development.present()
    except DatabaseError:
        return []  # not migrated yet, so there is nothing in it
    return [
        Error(f"a development {kind} exists in this production database", hint="delete it", id="ocpi.E001")
        for kind in found
    ]
