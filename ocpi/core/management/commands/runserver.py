"""Django's runserver, telling the views the path as it came, so that `%2F` inside an id survives (TRA-48)."""

from typing import Any

from django.contrib.staticfiles.management.commands.runserver import Command as StaticFilesRunserver
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer


class RawPathHandler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "REQUEST_URI": self.path}


class RawPathServer(WSGIServer):
    def __init__(self, address: Any, handler: Any, **kwargs: Any) -> None:
        super().__init__(address, RawPathHandler, **kwargs)


class Command(StaticFilesRunserver):
    server_cls = RawPathServer
