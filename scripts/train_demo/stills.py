# SPDX-License-Identifier: Apache-2.0
"""Runs networks on independent still pictures, without their temporal parts.

The VAE's decoder and the U-Net treat their input as clips. While the temporal parts are still no-ops (as
sizes.py initialises them), skipping them gives the same numbers in half the time, and a batch may hold
unrelated pictures.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from networks.blocks import SpatioTemporalResBlock
from networks.transformer import Conditions, Transformer
from networks.vae import TemporalDecoder


class _StillResBlock(SpatioTemporalResBlock):
    def forward(self, x: Tensor, num_frames: int, time: Tensor | None = None) -> Tensor:
        return self.spatial_res_block(x, time)


class _StillTransformer(Transformer):
    def forward(self, x: Tensor, conditions: Conditions) -> Tensor:
        n, c, h, w = x.shape
        tokens = self.proj_in(self.norm(x).flatten(2).transpose(1, 2))
        for spatial in self.transformer_blocks:
            tokens = spatial(tokens, conditions)
        return x + self.proj_out(tokens).transpose(1, 2).reshape(n, c, h, w)


class _StillDecoder(TemporalDecoder):
    def forward(self, latents: Tensor) -> Tensor:
        x = self.mid_block(self.conv_in(latents), 1)
        for block in self.up_blocks:
            x = block(x, 1)
        return self.conv_out(nn.functional.silu(self.conv_norm_out(x)))


_STILL = {SpatioTemporalResBlock: _StillResBlock, Transformer: _StillTransformer,
          TemporalDecoder: _StillDecoder}


@contextmanager
def stills(module: nn.Module) -> Iterator[None]:
    """Within this context ``module`` runs without its temporal parts; weights are not changed."""
    changed = [(part, type(part)) for part in module.modules() if type(part) in _STILL]
    for part, kind in changed:
        part.__class__ = _STILL[kind]
    try:
        yield
    finally:
        for part, kind in changed:
            part.__class__ = kind


def over_time(name: str) -> bool:
    """Whether the weight of this name belongs to a temporal part."""
    return any(key in name for key in ("temporal", "time_mixer", "time_pos_embed", "time_conv_out"))


def freeze_time(module: nn.Module) -> None:
    """Excludes the temporal parts from training."""
    for name, parameter in module.named_parameters():
        if over_time(name):
            parameter.requires_grad_(False)


@torch.no_grad()
def empty_time(unet: nn.Module) -> None:
    """Sets the weights of the U-Net's untrained temporal parts to zero. They are no-ops before and after, but
    zeros take no space in a deflated file."""
    for name, parameter in unet.named_parameters():
        if over_time(name):
            parameter.zero_()
