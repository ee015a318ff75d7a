# SPDX-License-Identifier: Apache-2.0
"""Makes a bundle of deterministic random weights, for tests, parity and benchmarks.

hyportrait-export seeded --preset tiny|parity|full [--seed N] [--size N] [--detector centre|FILE.onnx] --out DIR
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from hyportrait.export.bundle import (
    DTYPES,
    BundleWriter,
    Module,
    seeded,
)
from hyportrait.export.command_line import add_output, exit_code, image_size, log
from hyportrait.export.detector import detector_module
from hyportrait.export.networks.appearance import Appearance
from hyportrait.export.networks.vae import VaeDecoder, VaeEncoder
from hyportrait.export.presets import PRESETS, Preset

LICENCE = "Random weights made by hyportrait-export seeded (Apache-2.0): for tests only."


def write_seeded_bundle(
    out: Path,
    preset_name: str,
    seed: int = 1,
    size: int | None = None,
    detector: str = "centre",
    dtype: torch.dtype = torch.float32,
    overwrite: bool = False,
) -> None:
    """Writes the bundle `out`. Only one module is in memory at a time.

    Raises BundleError if `out` may not be replaced or the detector cannot be read.
    """
    preset = PRESETS[preset_name]()
    config = preset.config
    if size is not None:
        config["image_size"] = size
    with BundleWriter(out, overwrite, config, dtype) as writer:
        module, detector_config = detector_module(detector, dtype)
        config["detector"].update(detector_config)
        for network, build in exported_networks(preset, seed, dtype).items():
            log(network)
            writer.add(network, build())
        writer.add("face_detector", module)
        size_option = f" --size {size}" if size is not None else ""
        name = "centre" if detector == "centre" else Path(detector).name
        writer.finish(
            name=f"seeded-{preset_name}",
            kind="seeded",
            licence=LICENCE,
            provenance=f"hyportrait-export seeded --preset {preset_name} --seed {seed}{size_option} --detector {name}",
        )


def exported_networks(
    preset: Preset, seed: int, dtype: torch.dtype = torch.float32
) -> dict[str, Callable[[], nn.Module]]:
    """A builder for every module but the detector, by name; it returns the module with weights, ready to
    script."""

    def filled(build: Callable[[], Module]) -> Module:
        return seeded(build, seed, dtype)

    return {
        "identity": lambda: filled(preset.identity),
        "appearance": lambda: Appearance(filled(preset.dino), filled(preset.projector)).eval(),
        "expression": lambda: filled(preset.expression),
        "head_pose": lambda: filled(preset.head_pose),
        "motion_refiner": lambda: filled(preset.motion_refiner),
        "pose_guider": lambda: filled(preset.pose_guider),
        "vae_encoder": lambda: VaeEncoder(filled(preset.vae)).eval(),
        "vae_decoder": lambda: VaeDecoder(filled(preset.vae)).eval(),
        "unet": lambda: filled(preset.unet),
    }


def main(program: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(program, description="Makes a bundle of deterministic random weights.")
    parser.add_argument("--preset", required=True, choices=sorted(PRESETS))
    parser.add_argument("--seed", type=int, default=1, help="of the weights (1)")
    parser.add_argument(
        "--size", type=image_size, help="image size, a multiple of 64 (the preset's)"
    )
    parser.add_argument(
        "--detector", default="centre", help="centre, or a YuNet as FILE.onnx (centre)"
    )
    parser.add_argument(
        "--dtype", choices=("fp16", "fp32"), default="fp32", help="of the weights (fp32)"
    )
    add_output(parser)
    options = parser.parse_args(arguments)
    return exit_code(
        program,
        lambda: write_seeded_bundle(
            out=options.out,
            preset_name=options.preset,
            seed=options.seed,
            size=options.size,
            detector=options.detector,
            dtype=DTYPES[options.dtype],
            overwrite=options.overwrite,
        ),
    )
