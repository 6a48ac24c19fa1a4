from django.urls import re_path

from .views import CredentialsView

_methods = {"get": "retrieve", "post": "create", "put": "update", "delete": "destroy"}
urlpatterns = [re_path(r"^credentials/?$", CredentialsView.as_view(_methods), name="ocpi-credentials")]
