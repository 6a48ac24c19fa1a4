"""The course's pages."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """`/learn/`: what there is to learn with."""
    return TemplateResponse(request, "learning/overview.html", {"here": "overview"})
