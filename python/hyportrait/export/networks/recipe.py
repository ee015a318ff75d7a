# SPDX-License-Identifier: Apache-2.0
"""Deterministic weights: every tensor is a function of (seed, key, shape) alone.

The parity packs' recipe: the same numbers fill the original's modules and ours, whatever the order.
An element is the sum of the four 16-bit lanes of one splitmix64 output, scaled to unit variance.
"""

import hashlib
import math
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)

_INCREMENT = np.uint64(0x9E3779B97F4A7C15)  # splitmix64's Weyl step
_MULTIPLIERS = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))
_EVEN_LANES = np.uint64(0x0000FFFF0000FFFF)
_LANE_MEAN = 131070  # of the sum of four 16-bit lanes
_LANE_SCALE = np.float32(math.sqrt(3.0) / 65536.0)
_BLOCK = 1 << 15  # elements at a time: the working set stays in the cache

_WIDE_LEAVES = frozenset(
    {"cls_token", "pos_embed", "register_tokens", "mask_token", "latents", "mix_factor"}
)


def stream_start(seed: int, key: str) -> int:
    """First counter of a key's stream: 8 little-endian bytes of SHA-256 of "<seed>:<key>"."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest()[:8], "little")


def unit_noise(seed: int, key: str, count: int) -> np.ndarray:
    """`count` float32 numbers, mean 0, variance 1, |n| < 3.47."""
    start = np.uint64(stream_start(seed, key))
    ramp = np.arange(1, _BLOCK + 1, dtype=np.uint64) * _INCREMENT
    shifted = np.empty_like(ramp)
    out = np.empty(count, np.float32)
    with np.errstate(over="ignore"):  # the arithmetic is modulo 2^64
        for first in range(0, count, _BLOCK):
            size = min(_BLOCK, count - first)
            bits = ramp[:size] + (start + np.uint64(first) * _INCREMENT)
            other = shifted[:size]
            for shift, multiplier in _MULTIPLIERS:
                np.right_shift(bits, np.uint64(shift), out=other)
                bits ^= other
                bits *= multiplier
            np.right_shift(bits, np.uint64(31), out=other)
            bits ^= other
            np.right_shift(bits, np.uint64(16), out=other)  # from here: add the four lanes
            bits &= _EVEN_LANES
            other &= _EVEN_LANES
            bits += other
            np.right_shift(bits, np.uint64(32), out=other)
            bits += other
            total = bits.astype(np.uint32).view(np.int32) - np.int32(_LANE_MEAN)
            np.multiply(total.astype(np.float32), _LANE_SCALE, out=out[first : first + size])
    return out


def offset_and_scale(key: str, shape: tuple[int, ...]) -> tuple[float, float] | None:
    """Mean and deviation of a tensor of that name; None for counters, which stay as they are."""
    leaf = key.rsplit(".", 1)[-1]
    if leaf == "num_batches_tracked":
        return None
    if leaf.endswith("bias") or leaf == "running_mean":
        return 0.0, 0.05
    if leaf in _WIDE_LEAVES or key.startswith("position_"):
        return 0.0, 0.5
    if len(shape) <= 1:  # norm weights, layer scales, running variances
        return 1.0, 0.1
    return 0.0, 1.0 / math.sqrt(math.prod(shape[1:]))


def tensor(seed: int, key: str, shape: Iterable[int]) -> torch.Tensor | None:
    """The float32 tensor of that name and shape; None where the recipe leaves it alone."""
    shape = tuple(shape)
    rule = offset_and_scale(key, shape)
    if rule is None:
        return None
    offset, scale = rule
    values = unit_noise(seed, key, math.prod(shape))
    values *= np.float32(scale)
    if offset:
        values += np.float32(offset)
    return torch.from_numpy(values).reshape(shape)


@torch.no_grad()
def fill(module: Module, seed: int) -> Module:
    """Overwrites every parameter and buffer in place, in the module's dtype; returns the module."""
    for key, value in module.state_dict().items():
        replacement = tensor(seed, key, value.shape)
        if replacement is not None:
            value.copy_(replacement)
    return module
