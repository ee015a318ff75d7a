#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Doubles the width of the first level of a trained U-Net: widen.py --work DIR STAGE ...

For checkpoints from before sizes.py had a first level twice as wide: what is learnt stays, and training
goes on with room for more. Every channel is there twice, and what reads the copies shares its weight
out between them, at random, so that they part in training (Chen, Goodfellow, Shlens, "Net2Net", 2016).
The networks say the same as before, but for the norms over two levels' channels, whose groups are
others: 0.08 dB on the shipped demo.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch  # noqa: E402
from torch import Size, Tensor  # noqa: E402

from train_demo import diffusion  # noqa: E402
from train_demo.loop import save_warm_start  # noqa: E402

_GROUPS = 8  # of the U-Net's norms
_SINUSOIDS = "time_embedding.linear_1.weight"


def copied_channels(width: int) -> Tensor:
    """Which of ``width`` channels each of 2 * width new ones is: the norms' groups keep their members."""
    return torch.arange(width).unflatten(0, (_GROUPS, -1)).repeat(1, 2).flatten()


def _sources(old: int, new: int, width: int) -> Tensor:
    """Which of ``old`` channels each of ``new`` is; ``width`` is the first level's before.

    Channels are the level's own, a skip's of its own behind its own, its behind another level's, or the
    time embedding's, four times as many.
    """
    copies = copied_channels(width)
    if old == 2 * width:
        return torch.cat([copies, width + copies])
    if old == 4 * width:
        return torch.arange(old).repeat(2)
    if new - old != width:
        raise ValueError(f"{old} channels cannot become {new}: the first level must be twice as wide")
    other = old - width
    return torch.cat([torch.arange(other), other + copies])


def _shared_out(weight: Tensor, sources: Tensor, generator: torch.Generator) -> Tensor:
    """Weights [O, I, ...] for the copies of their inputs: what a pair has adds up to the old one."""
    wide = weight[:, sources].clone()
    for channel in range(weight.shape[1]):
        copies = (sources == channel).nonzero().flatten().tolist()
        if len(copies) == 2:
            share = 0.25 + 0.5 * torch.rand(weight[:, channel].shape, generator=generator)
            wide[:, copies[0]] *= share
            wide[:, copies[1]] *= 1 - share
    return wide


def _faster_between(weight: Tensor) -> Tensor:
    """First layer of a time embedding that gets twice as many frequencies: every other is an old one."""
    wide = weight.new_zeros(weight.shape[0], 2 * weight.shape[1])
    wide[:, ::2] = weight
    return wide


def widened(state: dict[str, Tensor], shapes: dict[str, Size], width: int) -> dict[str, Tensor]:
    """``state`` as the same networks of these shapes have it, with 2 * ``width`` channels in the first
    level. Raises ValueError where the shapes are others than that gives."""
    generator = torch.Generator().manual_seed(11)
    wide = {}
    for name, weight in state.items():
        shape = shapes[name]
        if name.endswith(_SINUSOIDS) and weight.shape[1] == width:
            weight = _faster_between(weight)
        elif weight.dim() > 1 and weight.shape[1] != shape[1]:
            weight = _shared_out(weight, _sources(weight.shape[1], shape[1], width), generator)
        if weight.dim() > 0 and weight.shape[0] != shape[0]:
            weight = weight[_sources(weight.shape[0], shape[0], width)]
        wide[name] = weight.contiguous()
    return wide


def main() -> int:
    parser = argparse.ArgumentParser(description="Doubles the width of the U-Net's first level.")
    parser.add_argument("stages", nargs="+", choices=["diffusion", "refine", "clips"])
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    shapes = {name: value.shape for name, value in diffusion.modules().state_dict().items()}
    for stage in options.stages:
        path = options.work / f"{stage}.pt"
        state = torch.load(path, map_location="cpu", weights_only=True)
        width = len(state["averaged"]["unet.conv_in.bias"])
        weights = widened(state["averaged"], shapes, width)
        save_warm_start(path, weights, state["step"], state["seconds"])
        print(f"{stage}: {width} channels, now {len(weights['unet.conv_in.bias'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
