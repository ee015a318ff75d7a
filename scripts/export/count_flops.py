# SPDX-License-Identifier: Apache-2.0
"""Counts the arithmetic of one window-step of the U-Net: the branches with nothing and with everything.

Usage: count_flops.py [--preset full] [--size 512] [--frames 25] [--json FILE]

torch's counter runs on the meta device: no weights, no memory, no GPU. One multiply-add is 2. Only
matrix products, convolutions and attention count; the original's three branches take 114.5 TFLOP at
the default size by the same counter.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch.utils.flop_counter import FlopCounterMode

from export.bundle import build_unet
from export.presets import PRESETS

ORIGINAL_TFLOP = 114.5  # three branches, 512 x 512, 25 frames


def count(config: dict[str, Any], size: int, frames: int) -> dict[str, int]:
    """FLOP by operator of one call with the branches u and c on one window of ``frames`` frames.

    ``config`` is a manifest's, with its section ``unet``. ``size`` is the image's side in pixels, a
    multiple of 64. Raises ValueError for another.
    """
    if size < 64 or size % 64 or frames < 1:
        raise ValueError(f"--size {size} --frames {frames}: a multiple of 64, and at least 1")
    latent, tokens = config["latent"], config["tokens"]
    side, channels = size // latent["downsample"], latent["channels"]
    with torch.device("meta"):
        unet = build_unet(config).eval()
        inputs = (
            torch.empty(1, frames, channels, side, side),
            torch.empty(()),
            torch.empty(1, channels, side, side),
            torch.empty(1, tokens["count"], tokens["width"]),
            torch.empty(1, frames, tokens["count"], tokens["width"]),
            torch.empty(1, 1, unet.base_width, side, side),
            torch.empty(3),
        )
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        unet(*inputs, [False, True], [False, True])
    return {str(op): flops for op, flops in counter.get_flop_counts()["Global"].items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Counts the arithmetic of one window-step of the U-Net, two branches."
    )
    parser.add_argument("--preset", choices=sorted(PRESETS), default="full", help="sizes (full)")
    parser.add_argument("--size", type=int, default=512, help="pixels, a multiple of 64 (512)")
    parser.add_argument("--frames", type=int, default=25, help="frames of the window (25)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    try:
        by_operator = count(PRESETS[options.preset]().config, options.size, options.frames)
    except ValueError as error:
        parser.error(str(error))
    total = sum(by_operator.values()) / 1e12
    for name, flops in sorted(by_operator.items(), key=lambda item: -item[1]):
        print(f"{flops / 1e12:10.3f} TFLOP  {name}")
    print(f"{total:10.3f} TFLOP  one window-step of {options.frames} frames, two branches")
    report = {
        "preset": options.preset,
        "size": options.size,
        "frames": options.frames,
        "unet_window_step_tflop": total,
        "by_operator_tflop": {name: flops / 1e12 for name, flops in by_operator.items()},
    }
    if (options.preset, options.size, options.frames) == ("full", 512, 25):
        report["share_of_original"] = total / ORIGINAL_TFLOP
        print(f"{total / ORIGINAL_TFLOP:10.3f} of the original's {ORIGINAL_TFLOP} TFLOP")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
