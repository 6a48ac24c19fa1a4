"""`python -m tests.image`: the Dockerfile's steps in a Debian tree, then each role from it as compose.yaml says.

For machines without a Docker engine; needs root and debootstrap. `--base` keeps the bare tree for the next time.
"""

import argparse
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from . import tree
from .dockerfile import ROOT, Instruction, context, stages


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.image", description=__doc__)
    parser.add_argument("--base", type=Path, help="a folder for the bare tree, made when it is not there")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="emsp-image-"))
    work.chmod(0o755)
    try:
        base = options.base or work / "debian"
        if not base.exists():
            tree.debian(base, "bookworm")
        image = build(base, work)
        print(f"image: {tree.megabytes(image.root)} MB, of which Debian {tree.megabytes(base)} MB", flush=True)
        command = [sys.executable, "-m", "tests.image.roles", str(image.root)]
        return subprocess.run(["unshare", "--net", "--mount", *command], cwd=ROOT, check=False).returncode
    finally:
        shutil.rmtree(work, ignore_errors=True)


def build(base: Path, work: Path) -> tree.Tree:
    """Every stage in a tree of its own; the last one is the image."""
    trees: dict[str, tree.Tree] = {}
    current = tree.Tree(base)
    for number, (first, *steps) in enumerate(stages()):
        image, _, name = first.value.partition(" AS ")
        assert image == "debian:bookworm-slim", f"only Debian's trees can be made here, not {image}"
        current = trees[name] = tree.Tree(work / f"stage{number}")
        tree.copy(base, current.root)
        with current.lent():
            for step in steps:
                began = time.monotonic()
                _take(step, current, trees)
                print(f"{time.monotonic() - began:6.1f} s  {step.name} {step.value[:90]}", flush=True)
    return current


def _take(step: Instruction, here: tree.Tree, trees: dict[str, tree.Tree]) -> None:
    match step.name:
        case "RUN":
            here.run(["sh", "-c", step.value], check=True, stdout=subprocess.DEVNULL)
            here.trust()
        case "WORKDIR":
            here.folder = step.value
            (here.root / step.value.lstrip("/")).mkdir(exist_ok=True)
        case "ENV":
            for pair in shlex.split(step.value):
                name, value = pair.split("=", 1)
                here.environment[name] = value.replace("$PATH", here.environment["PATH"])
        case "USER":
            here.user = step.value
        case "COPY":
            _copy(step.value.split(), here, trees)
        case "EXPOSE" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
            yaml.safe_load(step.value[step.value.find("[") :])
        case _:
            raise NotImplementedError(step.name)


def _copy(words: list[str], here: tree.Tree, trees: dict[str, tree.Tree]) -> None:
    *sources, target = words
    if sources[0].startswith("--from="):
        source = trees[sources[0].removeprefix("--from=")]
        tree.copy(source.root / sources[1].lstrip("/"), here.root / target.lstrip("/"))
        return
    there = here.root / here.folder.lstrip("/") / target
    for path in context() if sources == ["."] else sources:
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, there / path)


if __name__ == "__main__":
    sys.exit(main())
