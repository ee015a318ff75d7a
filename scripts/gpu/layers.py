# SPDX-License-Identifier: Apache-2.0
"""Times single layers of the U-Net on a GPU, in fp16, with the shapes of the full-size network at 512 px.

Usage: layers.py [--json FILE]

Milliseconds (median of 10 calls) and TFLOP/s. These figures decide which form of a layer
hyportrait.export.compiled_forms uses. 50 pictures are a window of 25 frames in two branches.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch
import torch.nn.functional as F
from torch import Tensor

from gpu.timing import seconds
from hyportrait.export.command_line import add_json, write_json

PICTURES, FRAMES, HEAD = 50, 25, 64
LEVELS = ((64, 320), (32, 640), (16, 1280))  # side and channels


def milliseconds(call: Callable[[], Any]) -> float | None:
    """None if the kernel does not support these inputs."""
    try:
        return 1e3 * statistics.median(seconds(call, "cuda", repeats=10, warm_up=3))
    except RuntimeError:
        return None


def with_rate(call: Callable[[], Any], flop: float) -> dict[str, float | None]:
    ms = milliseconds(call)
    return {"ms": ms, "tflop_per_second": flop / ms / 1e9 if ms else None}


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, device="cuda", dtype=torch.float16)


def attentions(q: Tensor, k: Tensor, v: Tensor) -> dict[str, float | None]:
    aten = torch.ops.aten
    return {
        "cudnn": milliseconds(lambda: aten._scaled_dot_product_cudnn_attention(q, k, v, None, False)),
        "flash": milliseconds(lambda: aten._scaled_dot_product_flash_attention(q, k, v, 0.0, False, False)),
        "efficient": milliseconds(lambda: aten._scaled_dot_product_efficient_attention(q, k, v, None, False)),
    }


def measure() -> dict[str, Any]:
    found: dict[str, Any] = {"gpu": torch.cuda.get_device_name()}
    a, b = normal(8192, 8192), normal(8192, 8192)
    found["matrix product"] = with_rate(lambda: a @ b, 2.0 * 8192**3)
    for side, channels in LEVELS:
        pixels, heads = side * side, channels // HEAD
        rows = PICTURES * pixels
        for outputs in (channels, 3 * channels, 8 * channels):
            x, weight, bias = normal(rows, channels), normal(outputs, channels), normal(outputs)
            found[f"linear {channels} to {outputs}, {rows} rows"] = with_rate(
                partial(F.linear, x, weight, bias), 2.0 * rows * channels * outputs
            )
        for layout in (torch.contiguous_format, torch.channels_last):
            x = normal(PICTURES, channels, side, side).contiguous(memory_format=layout)
            weight = normal(channels, channels, 3, 3).contiguous(memory_format=layout)
            name = "last" if layout == torch.channels_last else "first"
            found[f"convolution {channels} at {side}, channels {name}"] = with_rate(
                partial(F.conv2d, x, weight, padding=1), 18.0 * rows * channels**2
            )
        x = normal(2, channels, FRAMES, pixels).contiguous(memory_format=torch.channels_last)
        weight = normal(channels, channels, 3, 1).contiguous(memory_format=torch.channels_last)
        found[f"temporal convolution {channels} at {side}"] = with_rate(
            partial(F.conv2d, x, weight, padding=(1, 0)), 6.0 * rows * channels**2
        )
        x, weight = normal(rows, 3 * channels), normal(channels, 3 * channels)
        found[f"temporal convolution {channels} at {side}, as a product"] = with_rate(
            partial(F.linear, x, weight), 6.0 * rows * channels**2
        )
        qkv = normal(PICTURES, pixels, 3, heads, HEAD).permute(2, 0, 3, 1, 4)
        found[f"attention over {pixels} pixels"] = attentions(*qkv.unbind(0))
        qkv = normal(FRAMES, pixels, 3, heads, HEAD).permute(2, 1, 3, 0, 4)
        found[f"attention over {FRAMES} frames of {pixels} pixels, one branch"] = attentions(*qkv.unbind(0))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Times the U-Net's kinds of layers alone on a GPU.")
    add_json(parser)
    options = parser.parse_args()
    found = measure()
    print(json.dumps(found, indent=2))
    write_json(options.json, found)


if __name__ == "__main__":
    main()
