"""The one kind of Markdown that lessons are written in: paragraphs, `code`, **strong**."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


@register.filter
def inline(text: str) -> SafeString:
    """Escaped first: facts of a run are what platforms sent."""
    found = _STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", escape(text)))
    return mark_safe(found)  # noqa: S308  escaped above


@register.filter
def paragraphs(text: str) -> SafeString:
    parts = [f"<p>{inline(part.strip())}</p>" for part in text.split("\n\n") if part.strip()]
    return mark_safe("".join(parts))  # noqa: S308  escaped above
