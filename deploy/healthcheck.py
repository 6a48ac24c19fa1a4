"""Is this container well? `healthcheck.py web|worker|bulk|beat`, exit code 0 when it is.

Web: this process answers (a broker that is away is no reason to start it anew). Workers: they answer a ping through the
broker. Beat: it has written its schedule within the last ten minutes.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

_FRESH = 600  # seconds; beat writes every three minutes


def web() -> bool:
    """With the name that the world calls it by: others are refused."""
    host = os.environ.get("OCPI_HOST", "localhost")
    name = urlsplit(host if "://" in host else f"//{host}").netloc
    request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health/live")
    request.add_header("Host", name)
    request.add_header("X-Forwarded-Proto", "https")
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
        return bool(answer.status == 200)


def worker(name: str = "celery") -> bool:
    command = ["celery", "-A", "emsp_project", "inspect", "ping", "--timeout", "4"]
    whom = ["--destination", f"{name}@{socket.gethostname()}"]
    return subprocess.run([*command, *whom], capture_output=True, check=False).returncode == 0  # noqa: S603


def bulk() -> bool:
    return worker("bulk")


def beat() -> bool:
    return any(time.time() - file.stat().st_mtime < _FRESH for file in Path("/tmp").glob("celerybeat-schedule*"))  # noqa: S108


ROLES = {"web": web, "worker": worker, "bulk": bulk, "beat": beat}

if __name__ == "__main__":
    try:
        sys.exit(not ROLES[sys.argv[1]]())
    except OSError as error:
        sys.exit(f"no answer: {error}")
