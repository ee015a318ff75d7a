# SPDX-License-Identifier: Apache-2.0
"""A bundle written over several runs: finished modules stay in OUT.partial until all are complete."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from hyportrait.export.bundle import BundleWriter, float_name, sha256_of

_PROGRESS = "progress.json"
_PACKAGE = Path(__file__).resolve().parent


def code_hash() -> str:
    """Hash of the networks and the exporter. Modules made by other code are exported again."""
    total = hashlib.sha256()
    for path in sorted([*_PACKAGE.glob("networks/*.py"), *_PACKAGE.glob("*.py")]):
        total.update(path.read_bytes())
    return total.hexdigest()


class ResumableWriter(BundleWriter):
    """A BundleWriter whose finished modules survive an error or the end of the program.

    OUT.partial/progress.json records each finished module: its hash, its precision, the hash of the code, and
    the sizes, modification times and hashes of its sources.
    """

    _what_to_do = f"{BundleWriter._what_to_do}: finished modules are kept"

    def __init__(self, out: Path, overwrite: bool, config: dict[str, Any]) -> None:
        super().__init__(out, overwrite, config)
        self._folder = out.with_name(f"{out.name}.partial")
        self._code = code_hash()
        self._progress: dict[str, Any] = {"modules": {}, "sources": {}}

    def _begin(self) -> None:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):  # the first run has none
            self._progress = json.loads((self._folder / _PROGRESS).read_text(encoding="utf-8"))

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)

    def source_hash(self, path: Path) -> str:
        """SHA-256 of a source, computed again only if the file has changed."""
        stat = path.stat()
        known = self._progress["sources"].get(str(path))
        if known is None or [known["bytes"], known["mtime_ns"]] != [stat.st_size, stat.st_mtime_ns]:
            digest = sha256_of(path)
            known = {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": digest}
            self._progress["sources"][str(path)] = known
        return known["sha256"]

    def reuse(self, name: str, sources: list[Path], dtype: torch.dtype) -> bool:
        """Whether an earlier run has written this module from the same sources and code; if so, it is kept."""
        recorded = self._progress["modules"].get(name)
        if recorded is None or recorded["made_from"] != self._made_from(sources, dtype):
            return False
        file = self._folder / f"{name}.pt"
        if not file.is_file() or sha256_of(file) != recorded["entry"]["sha256"]:
            return False
        self._modules[name] = recorded["entry"]
        return True

    def save(self, name: str, module: nn.Module, dtype: torch.dtype) -> Path:
        """Writes one module but does not record it: the caller checks the file before record()."""
        self.add(name, module, dtype)
        return self._folder / f"{name}.pt"

    def record(self, name: str, sources: list[Path], dtype: torch.dtype) -> int:
        """Marks the module as finished, so that later runs reuse it. Returns its size in bytes."""
        made_from = self._made_from(sources, dtype)
        self._progress["modules"][name] = {"made_from": made_from, "entry": self._modules[name]}
        new = self._folder / f"{_PROGRESS}.new"
        text = json.dumps(self._progress, indent=1)
        with self._room_for(new, len(text)):
            new.write_text(text, encoding="utf-8")
        new.replace(self._folder / _PROGRESS)
        return self._modules[name]["bytes"]

    def finish(self, *arguments: Any, **named: Any) -> None:
        super().finish(*arguments, **named)
        (self._out / _PROGRESS).unlink()

    def _made_from(self, sources: list[Path], dtype: torch.dtype) -> dict[str, Any]:
        hashes = {path.name: self.source_hash(path) for path in sources}
        return {"sources": hashes, "dtype": float_name(dtype), "code": self._code}
