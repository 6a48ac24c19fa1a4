"""Every service of compose.yaml, demo and all, from a tree: read-only, as the image's user, in a network of its own."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from tests.chaos.house import Postgres

from .dockerfile import ROOT, instructions
from .tree import Tree

ONCE = ("migrate", "connect")
ROLES = ("web", "worker", "bulk", "beat", "mock-cpo")


def main() -> int:
    image, here = Tree(Path(sys.argv[1])), Path(tempfile.mkdtemp(prefix="emsp-roles-"))
    here.chmod(0o755)
    _enclose(image)
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    postgres = Postgres(here, 5432, "-c fsync=off")
    redis = subprocess.Popen(["redis-server", "--save", "", "--dir", str(here)], stdout=subprocess.DEVNULL)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        postgres.start()
        _once("migrate", image, services)
        for name in ROLES:
            running[name] = subprocess.Popen(image.command(_words(services[name])), env=image.environment)
        for name, process in running.items():
            _wait_for(name, process, image, services)
        _once("connect", image, services)
        _write_nothing(image)
        return _end(running)
    finally:
        for process in running.values():
            process.terminate()  # tini hands it on; were tini killed, what it started would live on
        for process in running.values():
            process.wait(60)
        redis.kill()
        postgres.stop()


def _enclose(image: Tree) -> None:
    """What compose.yaml says of network, names, user and file system."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    names = "localhost postgres redis web mock-cpo"
    (image.root / "etc/hosts").write_text(f"127.0.0.1 {names}\n")
    for words in (["mount", "--bind", str(image.root), str(image.root)],
                  ["mount", "-o", "remount,ro,bind", str(image.root)],
                  ["mount", "-t", "tmpfs", "tmpfs", str(image.root / "tmp")],
                  ["mount", "-t", "proc", "proc", str(image.root / "proc")],
                  ["mount", "--bind", "/dev", str(image.root / "dev")],
                  ["mount", "-t", "tmpfs", "tmpfs", str(image.root / "dev/shm")]):  # fmt: skip
        subprocess.run(words, check=True)
    for name, value in instructions():
        if name == "ENV":
            pairs = (pair.split("=", 1) for pair in value.split())
            image.environment |= {key: text.replace("$PATH", image.environment["PATH"]) for key, text in pairs}
        image.user = value if name == "USER" else image.user
    image.folder = "/app"
    lines = [line for line in (ROOT / "deploy/demo.env").read_text().splitlines() if line and not line.startswith("#")]
    image.environment |= dict(line.split("=", 1) for line in lines)
    image.environment |= {
        "TINI_SUBREAPER": "1",  # it is not the first process here
        "DATABASE_URL": "postgres://postgres@postgres:5432/chaos",
        "REDIS_URL": "redis://redis:6379/0",
    }


def _words(service: dict[str, Any]) -> list[str]:
    entry = next(value for name, value in instructions() if name == "ENTRYPOINT")
    return [*json.loads(entry), *service["command"]]


def _once(name: str, image: Tree, services: dict[str, Any]) -> None:
    began = time.monotonic()
    done = subprocess.run(
        image.command(_words(services[name])), env=image.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{name}: {done.stderr}"
    print(f"{name}: exit 0 after {time.monotonic() - began:.1f} s", flush=True)


def _wait_for(
    name: str, process: subprocess.Popen[bytes], image: Tree, services: dict[str, Any], seconds: float = 180
) -> None:
    began = time.monotonic()
    test = services[name].get("healthcheck", {}).get("test")
    if test is None:  # the image's own
        value = next(value for key, value in instructions() if key == "HEALTHCHECK")
        test = json.loads(value[value.index("[") :])
    words = test if test[0] != "CMD" else test[1:]
    while subprocess.run(image.command(words), env=image.environment, capture_output=True, check=False).returncode:
        assert process.poll() is None, f"{name} has ended"
        assert time.monotonic() - began < seconds, f"{name} does not become well"
        time.sleep(1)
    print(f"{name}: well", flush=True)


def _write_nothing(image: Tree) -> None:
    for place in ("/app/x", "/venv/x", "/etc/x"):
        done = subprocess.run(image.command(["touch", place]), env=image.environment, capture_output=True, check=False)
        assert done.returncode != 0, f"{place} can be written"


def _end(running: dict[str, subprocess.Popen[bytes]]) -> int:
    for process in running.values():
        process.terminate()
    codes = {name: process.wait(60) for name, process in running.items()}
    print(f"all of them ended when they were told to: {codes}")
    return int(any(codes.values()))


if __name__ == "__main__":
    sys.exit(main())
