"""deploy/nginx.conf as it stands, but for names, ports and files; and a second server, behind which the partner is."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.chaos.house import Missing

ROOT = Path(__file__).resolve().parents[2]
_FRAME = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/nginx-access.log;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    include {folder}/emsp.conf;
    server {{
        listen 127.0.0.1:{cpo_tls} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location / {{ proxy_pass http://127.0.0.1:{cpo}; proxy_set_header Host $http_host; }}
    }}
}}
"""


def program() -> str:
    """Raises Missing where nginx is not installed."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not found:
        raise Missing("nginx is not installed")
    return found


def write(folder: Path, ports: dict[str, int], certificate: Path, key: Path) -> Path:
    """The file for `nginx -c`. `ports`: plain, tls, web, cpo, cpo_tls."""
    text = (ROOT / "deploy/nginx.conf").read_text()
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    for before, after in {
        "listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{ports['tls']} ssl http2;",
        "127.0.0.1:8000": f"127.0.0.1:{ports['web']}",
        "/etc/letsencrypt/live/emsp.example.com/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/emsp.example.com/privkey.pem": str(key),
        "emsp.example.com": "localhost",
    }.items():
        assert before in text, f"deploy/nginx.conf: {before} is gone"
        text = text.replace(before, after)
    (folder / "emsp.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    frame = _FRAME.format(user=user, folder=folder, certificate=certificate, key=key, **ports)
    (folder / "nginx.conf").write_text(frame)
    return folder / "nginx.conf"


def check(configuration: Path) -> str:
    """What nginx says to it; empty when it is right."""
    done = subprocess.run(
        [program(), "-t", "-q", "-c", str(configuration)], capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""
