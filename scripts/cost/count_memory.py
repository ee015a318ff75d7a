#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the memory, besides the weights, of one call of the U-Net and of the VAE's decoder.

Usage: count_memory.py [--preset full] [--size 512] [--windows 1] [--branches 2] [--chunk 8] [--json FILE]

The networks run on the meta device, where tensors have sizes but no memory. A tensor counts from its creation
to its last use, as in an allocator without fragmentation. Attention counts as fused: no matrix of queries
times keys. `units` is the peak divided by the size of the first level's features (U-Net: images x C0 x h x w)
or of the last level's (decoder: frames x C x H x W). src/diffusion/unet_cost and src/vae/decode
multiply with it.
"""

import argparse
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from hyportrait.export.bundle import DTYPES
from hyportrait.export.command_line import add_json, image_size, positive, write_json
from hyportrait.export.presets import PRESETS, Preset
from hyportrait.export.unet_call import example_inputs


class LiveMemory(TorchDispatchMode):
    """Tracks the storages that operators create until they are freed; `peak` is in bytes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.live = self.peak = 0
        self.storages = {parameter.untyped_storage()._cdata for parameter in network.parameters()}

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = operator(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self._follow(tensor.untyped_storage())
        return result

    def _follow(self, storage: torch.UntypedStorage) -> None:
        if storage._cdata in self.storages:
            return
        self.storages.add(storage._cdata)
        self.live += storage.nbytes()
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._freed, storage._cdata, storage.nbytes())

    def _freed(self, key: int, size: int) -> None:
        self.storages.discard(key)
        self.live -= size


@contextmanager
def fused_attention() -> Iterator[None]:
    """Replaces attention by one that allocates only its result, like the fused kernels of every device."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return q.new_empty(*q.shape[:-1], v.shape[-1])

    with mock.patch.object(F, "scaled_dot_product_attention", attend):
        yield


def peak_bytes(network: nn.Module, call: Callable[[], Tensor]) -> int:
    with torch.no_grad(), fused_attention(), LiveMemory(network) as memory:
        call()
    return memory.peak


def unet_bytes(
    preset: Preset, size: int, windows: int, branches: int, dtype: torch.dtype
) -> dict[str, float]:
    """Peak bytes of one U-Net call, absolute and in units of its first features."""
    frames = preset.config["window"]["frames"]
    side = size // preset.config["latent"]["downsample"]
    has = ([False] + [True] * branches)[-branches:] if branches > 1 else [True]
    with torch.device("meta"):
        unet = preset.unet().eval().to(dtype)
    inputs = example_inputs(preset.config, size, frames, "meta", dtype, windows)
    peak = peak_bytes(unet, lambda: unet(*inputs, has, has))
    features = windows * frames * branches * preset.pose_channels * side * side * dtype.itemsize
    return {"bytes": peak, "units": peak / features}


def decoder_bytes(preset: Preset, size: int, chunk: int, dtype: torch.dtype) -> dict[str, float]:
    """Peak bytes of decoding `chunk` frames together, absolute and in units of its last features."""
    latent = preset.config["latent"]
    side = size // latent["downsample"]
    with torch.device("meta"):
        decoder = preset.vae().decoder.eval().to(dtype)
        latents = torch.empty(chunk, latent["channels"], side, side, dtype=dtype)
    peak = peak_bytes(decoder, lambda: decoder(latents))
    width = decoder.conv_norm_out.weight.numel()
    return {"bytes": peak, "units": peak / (chunk * width * size * size * dtype.itemsize)}


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Counts the memory of one U-Net call and of decoding one chunk."
    )
    parser.add_argument("--preset", choices=sorted(PRESETS), default="full", help="sizes (full)")
    parser.add_argument("--size", type=image_size, default=512, help="pixels, a multiple of 64 (512)")
    parser.add_argument("--windows", type=positive, default=1, help="windows together (1)")
    parser.add_argument("--branches", type=int, choices=(1, 2, 3), default=2, help="together (2)")
    parser.add_argument("--chunk", type=positive, default=8, help="frames decoded together (8)")
    parser.add_argument("--dtype", choices=("fp16", "fp32"), default="fp16", help="(fp16)")
    add_json(parser)
    options = parser.parse_args()
    preset = PRESETS[options.preset]()
    dtype = DTYPES[options.dtype]
    report = {
        "unet": unet_bytes(preset, options.size, options.windows, options.branches, dtype),
        "decoder": decoder_bytes(preset, options.size, options.chunk, dtype),
    }
    for name, figures in report.items():
        print(f"{name}: {figures['bytes'] / 1e9:.3f} GB, {figures['units']:.2f} units")
    write_json(options.json, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
