# SPDX-License-Identifier: Apache-2.0
"""One odd input as a row: what is made, what is run, what is expected of it."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

DONE, FAILED, USAGE, INPUT, BUNDLE, DEVICE, COMPARISON, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
OUTPUT = ("out.mp4", "out.mp4.json")

Make = Callable[[Path], None]


@dataclass(frozen=True)
class Row:
    """`{tiny}` in the command is the tiny bundle. It runs in a folder with portrait.png, clip.mp4 and what `make` adds;
    beside that only `leaves` may be there afterwards."""

    name: str
    command: tuple[object, ...]
    code: int
    says: str  # a pattern, searched in both streams together; "" for anything
    make: Make | None = None
    leaves: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    shell: str = ""  # a line for bash with "$@" as the program with its command
    stdin: bytes = b""

    def named(self, family: str) -> "Row":
        return replace(self, name=f"{family}: {self.name}")


def animate(*more: object, ref: str = "portrait.png", drive: str = "clip.mp4", output: str = "out.mp4") -> tuple[object, ...]:
    return ("animate", "--bundle", "{tiny}", "--ref", ref, "--drive", drive, "-o", output, *more)


def plan(*more: object, **names: str) -> tuple[object, ...]:
    """A dry run: the inputs are read, no network runs."""
    return animate("--dry-run", "--verbose", *more, **names)


def run(*more: object, frames: int = 2, **names: str) -> tuple[object, ...]:
    """The cheapest run there is: two frames, one step, 64 px."""
    return animate("--steps", 1, "--max-frames", frames, "--size", 64, "--padding", 0, *more, **names)


def look(name: str, *more: object) -> tuple[object, ...]:
    return ("inspect", name, "--bundle", "{tiny}", *more)


def ffmpeg(*arguments: object) -> Make:
    """Makes a file in the row's folder."""
    def make(folder: Path) -> None:
        subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, cwd=folder)
    return make


def written(name: str, content: bytes | str) -> Make:
    data = content.encode() if isinstance(content, str) else content
    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return make


def copied(source: str, name: str, change: Callable[[bytes], bytes] = lambda data: data) -> Make:
    """`name` with the changed bytes of `source`."""
    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(change((folder / source).read_bytes()))
    return make


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


def every(*makes: Make) -> Make:
    def make(folder: Path) -> None:
        for one in makes:
            one(folder)
    return make
