"""`python -m tests.image.fresh`: a bare Debian, the packages that Getting started names, and the README's two commands.

As somebody who is not root types them, in a clone of what is committed. Needs root and debootstrap; `--base` keeps the
bare tree for the next time. PostgreSQL and Redis are used where they answer on this machine, as anywhere.
"""

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from . import tree
from .dockerfile import ROOT

NAME, NUMBER = "newcomer", "1000"
HOME = f"/home/{NAME}"
FOLDER = f"{HOME}/open-emsp"
UP = "Both platforms stay up"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.image.fresh", description=__doc__)
    parser.add_argument("--base", type=Path, help="a folder for the bare tree, made when it is not there")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="emsp-fresh-"))
    work.chmod(0o755)
    base = options.base or work / "debian"
    try:
        if not base.exists():
            tree.debian(base, "bookworm")
        machine = tree.Tree(work / "machine")
        tree.copy(base, machine.root)
        with machine.lent():
            _settle(machine)
            return _type("make demo", machine, until=UP) or _type("make test", machine)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def packages() -> list[str]:
    """Those that Getting started tells to install on Debian."""
    page = (ROOT / "docs/getting-started.md").read_text()
    return re.findall(r"^apt-get install (.+?)(?:  |$)", page, re.MULTILINE)[0].split()


def _settle(machine: tree.Tree) -> None:
    def root(*command: str) -> None:
        machine.run([*command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    root("apt-get", "update")
    root("apt-get", "install", "--yes", "--no-install-recommends", *packages())
    machine.trust()
    root("useradd", "--create-home", "--uid", NUMBER, NAME)
    there = machine.root / FOLDER.lstrip("/")
    subprocess.run(["git", "clone", "--quiet", f"file://{ROOT}", str(there)], check=True)
    root("chown", "--recursive", f"{NAME}:", FOLDER)
    machine.user, machine.folder = NUMBER, FOLDER
    machine.environment |= {"HOME": HOME}
    del machine.environment["LANG"]


def _type(line: str, machine: tree.Tree, until: str = "") -> int:
    """Its exit code. With `until`: Ctrl-C as soon as that is told, and 0 when it ends well after it."""
    began, before = time.monotonic(), _cores()
    process = subprocess.Popen(
        machine.command(line.split()), env=machine.all(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    clock = threading.Timer(5400, os.killpg, (process.pid, signal.SIGKILL))
    clock.start()
    told, shown = 0.0, ""
    for text in process.stdout or ():
        print(f"    {text}", end="", flush=True)
        shown += text
        if until and until in text and not told:
            told = time.monotonic() - began
            os.killpg(process.pid, signal.SIGINT)
    code = process.wait()
    clock.cancel()
    seconds = told or time.monotonic() - began
    print(f"{line}: {seconds:.0f} s, {_cores() - before:.0f} s of a core; exit code {code}", flush=True)
    return int(not told) if until else code


def _cores() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
