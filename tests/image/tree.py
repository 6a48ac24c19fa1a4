"""A folder with a Debian in it, in which commands run as if it were the machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PIP = (Path("/etc/pip.conf"), Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf")
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


class Tree:
    """`environment` is what ENV has set; this machine's own way to packages is lent while `lent` lasts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8"}
        self.folder, self.user = "/", "0"

    def run(self, command: list[str], **kwargs: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(command), env=self.all(), text=True, **kwargs)  # type: ignore[call-overload,no-any-return]

    def command(self, words: list[str]) -> list[str]:
        inside = ["sh", "-c", f'cd {self.folder} && exec "$@"', "sh", *words]
        return ["chroot", f"--userspec={self.user}:{self._group()}", str(self.root), *inside]

    def _group(self) -> str:
        """Of that user, as Docker takes it."""
        users = [line.split(":") for line in (self.root / "etc/passwd").read_text().splitlines()]
        return next((group for _, _, number, group, *_ in users if number == self.user), self.user)

    def all(self) -> dict[str, str]:
        lent = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
        return lent | {"DEBIAN_FRONTEND": "noninteractive"} | self.environment

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Names, package sources and certificate authorities of this machine; folders that pip installs from."""
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
        for file in (Path("/etc/resolv.conf"), *_PIP):
            if file.exists():
                self._copy(file)
        (self.root / "etc/apt/sources.list").unlink(missing_ok=True)  # this machine's are used instead
        for folder in (Path("/etc/apt/apt.conf.d"), Path("/etc/apt/sources.list.d")):
            for file in folder.glob("*[!d]"):
                if "docker" not in file.name:
                    self._copy(file)
        kernel = map(Path, ("/dev", "/dev/pts", "/dev/shm", "/proc"))  # noqa: S108 - shared memory, as everywhere
        mounted = [self._bind(folder) for folder in (*self._package_folders(), *kernel)]
        try:
            yield
        finally:
            for place in reversed(mounted):
                # Lazily: what still uses it must not keep it there, where the removal of the tree would empty it.
                subprocess.run(["umount", "--lazy", str(place)], check=True)

    def trust(self) -> None:
        """After each installation of packages, which may have brought authorities of its own."""
        if _AUTHORITIES.exists():
            self._copy(_AUTHORITIES)

    def _copy(self, file: Path) -> None:
        there = self.root / str(file).lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, there)

    def _bind(self, folder: Path) -> Path:
        there = self.root / str(folder).lstrip("/")
        there.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", str(folder), str(there)], check=True)
        return there

    @staticmethod
    def _package_folders() -> list[Path]:
        text = "\n".join([*(file.read_text() for file in _PIP if file.exists()), os.environ.get("PIP_FIND_LINKS", "")])
        named = {Path(path) for path in re.findall(r"(?:file://|(?<=[=\s]))(/[\w/.-]+)", f" {text}")}
        return sorted({path.parent if path.name == "simple" else path for path in named if path.is_dir()})


def debian(root: Path, release: str) -> None:
    """Nothing but what every Debian has."""
    if not shutil.which("debootstrap"):
        raise SystemExit("left out: debootstrap is not installed, or this is not root")
    subprocess.run(["debootstrap", "--variant=minbase", release, str(root)], check=True, stdout=subprocess.DEVNULL)


def copy(source: Path, target: Path) -> None:
    """`target` becomes what `source` is; where it is a folder already, it gets what is in there."""
    subprocess.run(["cp", "-a", "--no-target-directory", str(source), str(target)], check=True)


def megabytes(root: Path) -> int:
    done = subprocess.run(["du", "-smx", str(root)], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])
