"""OpenAPI schema and Swagger UI, every asset local (SEED-03)."""

from django.urls import re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaView(SpectacularAPIView):
    schema = None


class DocsView(SpectacularSwaggerSplitView):
    """Its script is a file of its own, so that the page needs no inline script (CSP)."""

    schema = None


urlpatterns = [
    re_path(r"^(?:ocpi/emsp/2\.2\.1/)?schema/?$", SchemaView.as_view(), name="schema"),
    re_path(r"^(?:ocpi/emsp/2\.2\.1/)?docs/?$", DocsView.as_view(url_name="schema"), name="docs"),
]
