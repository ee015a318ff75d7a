# SPDX-License-Identifier: Apache-2.0
"""Bundles for single cases: a few real modules, placeholders for the rest."""

from pathlib import Path

import torch
from torch import Tensor, nn

from export.bundle import MODULES, BundleWriter, signatures
from export.presets import PRESETS
from export.seeded_bundle import exported_networks
from networks.detector import CentreDetector


class Placeholder(nn.Module):
    """Keeps a module's place in the manifest; the case does not call it."""

    def forward(self, x: Tensor) -> Tensor:
        return x


@torch.no_grad()
def write_case_bundle(out: Path, preset_name: str, seed: int, real: frozenset[str]) -> None:
    """Writes the bundle `out` of that preset and seed in which only the modules `real` can be run."""
    preset = PRESETS[preset_name]()
    described = signatures(preset.config, preset.pose_channels)
    networks = exported_networks(preset, seed)
    networks["face_detector"] = CentreDetector
    with BundleWriter(out, overwrite=False) as writer:
        for name in MODULES:
            build = networks[name] if name in real else Placeholder
            writer.add(name, build().eval(), described[name])
        writer.finish(
            name=f"parity-{preset_name}",
            kind="seeded",
            licence="Random weights for parity checks.",
            provenance=f"scripts/parity, seed {seed}",
            config=preset.config,
        )
