"""What gunicorn says when a request cannot even be parsed: the envelope, as for every other error (TRA-13, TRA-29).

gunicorn reads this file from the folder that it is started in. Its own answer is a page of HTML, and has no setting.
Where records are objects, its own are as well.
"""

import os
from datetime import UTC, datetime
from typing import Any

from gunicorn import glogging, systemd, util

from emsp_project import settings
from ocpi.core import logs
from ocpi.protocol import envelope, errors


class Logger(glogging.Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        if settings.LOG_FORMAT == "json":
            for handler in self.error_log.handlers:
                handler.setFormatter(logs.Json())


def _write_error(client: Any, status: int, reason: str, message: str) -> None:
    """501 is for a Transfer-Encoding that nobody knows: a mistake of the caller's as well."""
    if status >= 500 and message:
        status, reason = 400, "Bad Request"
    error = errors.ServerError() if status >= 500 else errors.NotJson("the request cannot be read: " + reason.lower())
    body = envelope.encode(envelope.failure(error, datetime.now(UTC)))
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/json\r\n"
    util.write_nonblock(client, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


_systemd = os.environ.pop("NOTIFY_SOCKET", "")


def post_worker_init(worker: Any) -> None:
    """systemd hears that we serve from a process that does, not from its parent, which has only begun to start it."""
    if _systemd:
        os.environ["NOTIFY_SOCKET"] = _systemd
        systemd.sd_notify("READY=1\nSTATUS=serving", worker.log, unset_environment=True)


util.write_error = _write_error
logger_class = Logger
# Seconds for which a connection waits for the next request: longer than balancers (60) and partners' clients keep
# theirs, so that they end it and no push meets one that is being closed. gunicorn's own 2 lie in the midst of a charge.
keepalive = 75
forwarder_headers = ""  # a caller behind a proxy on this machine must not choose SCRIPT_NAME and PATH_INFO
