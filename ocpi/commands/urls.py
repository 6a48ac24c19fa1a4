from django.urls import re_path

from .views import CommandView

_methods = {"get": "retrieve", "post": "create"}
_cancel = CommandView.as_view({"post": "cancel"})
urlpatterns = [
    re_path(r"^commands/(?P<name>[^/]+)/?$", CommandView.as_view(_methods), name="ocpi-command"),
    re_path(r"^commands/(?P<name>[^/]+)/cancel/?$", _cancel, name="ocpi-command-cancel"),
]
