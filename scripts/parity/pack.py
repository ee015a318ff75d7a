# SPDX-License-Identifier: Apache-2.0
"""A parity pack: the original's inputs and outputs. It also tracks which arrays were used."""

import json
from pathlib import Path

import numpy as np

from parity.compare import Result, compare


class PackError(Exception):
    """What is wrong with a pack, and where."""


class Case:
    """One .npz file. Every array that is read or compared counts as used.

    `dtype`: fp32, bf16 or fp16; it selects the bounds.
    """

    def __init__(self, name: str, arrays: dict[str, np.ndarray], dtype: str = "fp32") -> None:
        self.name = name
        self.dtype = dtype
        self._arrays = arrays
        self.used: set[str] = set()
        self.results: list[Result] = []

    def names(self) -> list[str]:
        return list(self._arrays)

    def __contains__(self, array: str) -> bool:
        return array in self._arrays

    def __getitem__(self, array: str) -> np.ndarray:
        """The array; float16 as float32 (its values are meant exactly)."""
        if array not in self._arrays:
            raise PackError(
                f"{self.name}.npz: no array {array!r}; it has {', '.join(self._arrays)}"
            )
        self.used.add(array)
        value = self._arrays[array]
        return value.astype(np.float32) if value.dtype == np.float16 else value

    def check(self, where: str, array: str, ours: np.ndarray, label: str = "") -> None:
        """Compares with the pack's array of that name."""
        self.check_against(where, label or array, ours, self[array])

    def check_against(self, where: str, label: str, ours: np.ndarray, golden: np.ndarray) -> None:
        """Compares with something made from the pack's arrays; `label` finds its bound."""
        self.results.append(compare(self.name, where, label, ours, golden, self.dtype))

    def unused(self) -> list[str]:
        return [name for name in self._arrays if name not in self.used]


class Pack:
    """A folder with *.npz, keys/*.tsv and versions.json (the seed)."""

    def __init__(self, folder: Path, dtype: str = "fp32") -> None:
        self.folder = folder
        self.dtype = dtype
        self.case_names = sorted(path.stem for path in folder.glob("*.npz"))
        if not self.case_names:
            raise PackError(f"{folder}: no .npz file; not a parity pack")
        try:
            self.seed = int(json.loads((folder / "versions.json").read_text())["seed"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PackError(f"{folder}/versions.json: no seed: {error!r}") from None
        self._cases: dict[str, Case] = {}

    def case(self, name: str) -> Case:
        if name not in self._cases:
            with np.load(self.folder / f"{name}.npz") as arrays:
                content = {key: arrays[key] for key in arrays.files}
            self._cases[name] = Case(name, content, self.dtype)
        return self._cases[name]

    def key_lists(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / "keys").glob("*.tsv"))

    def keys(self, name: str) -> dict[str, tuple[int, ...]]:
        """State-dict key -> shape of one of the original's modules."""
        lines = (self.folder / "keys" / f"{name}.tsv").read_text().splitlines()[1:]
        rows = (line.split("\t") for line in lines)
        return {row[0]: tuple(int(n) for n in row[1].split(",") if n) for row in rows}
