# SPDX-License-Identifier: Apache-2.0
"""What tests read and do not change, made by a script: once, and again when the scripts have changed."""

import fcntl
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make_once(folder: Path, *command: object) -> Path:
    """Runs a script that makes `folder`, its last argument, unless it is there and newer than every script that makes it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:  # tests run in several processes
        fcntl.flock(lock, fcntl.LOCK_EX)
        return make_if_old(folder, command)


def make_if_old(folder: Path, command: tuple[object, ...]) -> Path:
    package = ROOT / "python" / "hyportrait" / "export"
    makers = [path for part in (ROOT / "scripts", package, package / "networks") for path in part.glob("*.py")]
    if folder.exists() and folder.stat().st_mtime < max(path.stat().st_mtime for path in makers):
        shutil.rmtree(folder)
    if not folder.exists():
        subprocess.run([*map(str, command), folder], check=True, cwd=ROOT)
    return folder


def seeded_bundle(build: Path, preset: str) -> Path:
    """A seeded bundle of a preset's sizes whose detector reports one face in the middle."""
    return make_once(build / "test-bundles" / f"{preset}-cli", "scripts/hyportrait-export", "seeded",
                     "--preset", preset, "--out")
