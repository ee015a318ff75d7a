# SPDX-License-Identifier: Apache-2.0
"""Counts the arithmetic of one window-step of the U-Net with two branches: no conditions, and all of them.

Usage: count_flops.py [--preset full] [--size 512] [--frames 25] [--json FILE]

torch's counter runs on the meta device: no weights, no memory, no GPU. A multiply-add counts as 2. Only
matrix products, convolutions and attention count. By the same counter the original's three branches take
114.5 TFLOP at the default size.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch
from torch.utils.flop_counter import FlopCounterMode

from hyportrait.export.bundle import build_unet
from hyportrait.export.command_line import add_json, image_size, positive, write_json
from hyportrait.export.presets import PRESETS
from hyportrait.export.unet_call import GUIDED, example_inputs, flags

ORIGINAL_TFLOP = 114.5  # three branches, 512 x 512, 25 frames


def count(config: dict[str, Any], size: int, frames: int) -> dict[str, int]:
    """FLOP by operator of one call with the branches u and c on one window of ``frames`` frames.

    ``config`` is a manifest's, with a section ``unet``. ``size`` is the image's side in pixels, a multiple of
    64.
    """
    with torch.device("meta"):
        unet = build_unet(config).eval()
    inputs = example_inputs(config, size, frames, "meta", torch.float32)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        unet(*inputs, *flags(GUIDED))
    return {str(op): flops for op, flops in counter.get_flop_counts()["Global"].items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Counts the arithmetic of one window-step of the U-Net, two branches."
    )
    parser.add_argument("--preset", choices=sorted(PRESETS), default="full", help="sizes (full)")
    parser.add_argument("--size", type=image_size, default=512, help="pixels, a multiple of 64 (512)")
    parser.add_argument("--frames", type=positive, default=25, help="frames of the window (25)")
    add_json(parser)
    options = parser.parse_args()
    by_operator = count(PRESETS[options.preset]().config, options.size, options.frames)
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
    write_json(options.json, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
