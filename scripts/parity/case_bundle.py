# SPDX-License-Identifier: Apache-2.0
"""Bundles for single cases: a few real modules, placeholders for the rest."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from hyportrait.export.bundle import HALF_MODULES, MODULES, BundleWriter, read_manifest
from hyportrait.export.networks.detector import CentreDetector
from hyportrait.export.presets import PRESETS
from hyportrait.export.seeded_bundle import exported_networks


class Placeholder(nn.Module):
    """Keeps a module's place in the manifest; the case does not call it."""

    def forward(self, x: Tensor) -> Tensor:
        return x


@torch.no_grad()
def write_case_bundle(
    out: Path,
    preset_name: str,
    seed: int,
    real: frozenset[str],
    dtype: torch.dtype,
    made: dict[str, Path] | None = None,
) -> None:
    """Writes the bundle `out` of that preset and seed in which only the modules `real` can be run.

    `dtype`: of HALF_MODULES; the others are float32, as in an official bundle. `made`: other bundles of the same
    preset, seed and dtype to copy modules from, by module; scripting one again takes seconds.
    """
    preset = PRESETS[preset_name]()
    stored = {name: dtype if name in HALF_MODULES else torch.float32 for name in MODULES}
    networks: dict[str, Callable[[], nn.Module]] = {"face_detector": CentreDetector}
    for precision in (torch.float32, dtype):
        of_precision = exported_networks(preset, seed, precision)
        networks |= {name: of_precision[name] for name in of_precision if stored[name] == precision}
    with BundleWriter(out, False, preset.config) as writer:
        for name in MODULES:
            if made and name in made:
                writer.copy(name, made[name], read_manifest(made[name])["modules"][name])
                continue
            build = networks[name] if name in real else Placeholder
            writer.add(name, build().eval(), stored[name])
        writer.finish(
            name=f"parity-{preset_name}",
            kind="seeded",
            licence="Random weights for parity checks.",
            provenance=f"scripts/parity, seed {seed}",
        )
