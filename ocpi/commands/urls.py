from django.urls import re_path

from .views import CommandView

_methods = {"get": "retrieve", "post": "create"}
urlpatterns = [re_path(r"^commands/(?P<name>[^/]+)/?$", CommandView.as_view(_methods), name="ocpi-command")]
