"""The base of every admin page: what partners own is read-only, and links lead from object to object."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline


class OcpiAdmin(ModelAdmin):
    """Documented unfold hooks only (decision 8)."""

    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True
    list_filter_submit = False
    show_full_result_count = False


class ReadOnly:
    """Partners own it: operators look, filter and follow links, and change nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, OcpiAdmin):
    pass


class ReadOnlyInline(ReadOnly, TabularInline):
    extra = 0
    max_num = 0
    show_change_link: ClassVar[bool] = True


def link(target: Model | None, text: str = "") -> SafeString | str:
    """A link to an object's page, or a dash."""
    if target is None or target.pk is None:
        return "–"
    name = f"admin:{target._meta.app_label}_{target._meta.model_name}_change"
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
                       reverse(name, args=[target.pk]), text or str(target))


def list_link(model: type[Model], text: str, **filters: Any) -> SafeString:
    """A link to a filtered list."""
    from urllib.parse import urlencode

    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}?{}">{}</a>',
                       reverse(name), urlencode(filters), text)


def pretty_json(value: Any) -> SafeString:
    """JSON as a person reads it; text from partners is escaped (TYP-16)."""
    return format_html('<pre class="text-xs whitespace-pre-wrap break-all">{}</pre>',
                       json.dumps(value, indent=2, ensure_ascii=False))


def lines(values: Iterable[str]) -> str:
    return ", ".join(value for value in values if value) or "–"
