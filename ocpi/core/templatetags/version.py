"""The version, for the foot of pages."""

from django import template

from ocpi import __version__

register = template.Library()


@register.simple_tag
def version() -> str:
    return __version__
