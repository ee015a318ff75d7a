# SPDX-License-Identifier: Apache-2.0
"""The denoising U-Net: Stable Video Diffusion's, with appearance and motion in every cross-attention.

Source: the original's unet_3d_svd_condition_ip.py and unet_3d_blocks.py; Blattmann et al., Stable Video
Diffusion (2023). Computations with a known result are skipped: see CrossAttention and TemporalBlock for the
contexts, ReferenceConv for the input. The time embedding is one row for all branches and frames.

Sizes: B branches, W windows, F frames of a window, h and w of the latents.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import (
    Downsample,
    SpatialResBlock,
    SpatioTemporalResBlock,
    TimestepEmbedding,
    Upsample,
    sinusoids,
)
from .transformer import Conditions, NoTransformer, Transformer

NUM_ADDED_IDS = 3  # frame rate, motion bucket, noise augmentation


class ReferenceConv(nn.Conv2d):
    """The first convolution, over noisy and reference latents, each convolved once.

    Convolution is linear: the concatenation's result is the sum of the two parts' results.
    """

    def __init__(self, latent_channels: int, out_channels: int) -> None:
        super().__init__(2 * latent_channels, out_channels, 3, padding=1)
        self.latent_channels = latent_channels

    # A Conv2d, so that the weights keep their names; it takes more inputs than a Conv2d.
    def forward(  # type: ignore[override]
        self, latents: Tensor, reference: Tensor, has_reference: list[bool]
    ) -> Tensor:
        """latents [N,4,h,w], reference [1,4,h,w] -> [B*N,out,h,w]; without reference it is zero."""
        noise_weight, reference_weight = self.weight.split(self.latent_channels, dim=1)
        features = F.conv2d(latents, noise_weight, self.bias, padding=1)
        with_reference = features + F.conv2d(reference, reference_weight, None, padding=1)
        return torch.cat([with_reference if has else features for has in has_reference])


class Widths(NamedTuple):
    """What all levels have in common."""

    time: int  # of the time embedding
    context: int  # of a token
    groups: int  # of the group norms
    temporal: bool  # with blocks over frames

    def resnet(self, in_channels: int, out_channels: int, eps: float) -> SpatialResBlock:
        if self.temporal:
            return SpatioTemporalResBlock(
                in_channels, out_channels, self.time, self.groups, eps, eps, False
            )
        return SpatialResBlock(in_channels, out_channels, self.time, self.groups, eps)

    def transformer(self, channels: int, heads: int) -> Transformer:
        return Transformer(channels, heads, self.context, self.groups, self.temporal)


class DownBlock(nn.Module):
    """Resnets, each followed by a transformer where the level has them, and a downsampling."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        layers: int,
        heads: int,
        attention: bool,
        downsample: bool,
        widths: Widths,
    ) -> None:
        super().__init__()
        eps = 1e-6 if attention else 1e-5  # unet_3d_blocks.py:2416 and 2513 of the original
        self.resnets = nn.ModuleList()
        self.attentions = nn.ModuleList()
        for i in range(layers):
            channels = in_channels if i == 0 else out_channels
            self.resnets.append(widths.resnet(channels, out_channels, eps))
            self.attentions.append(
                widths.transformer(out_channels, heads) if attention else NoTransformer()
            )
        self.downsamplers = nn.ModuleList([Downsample(out_channels, True)] if downsample else [])

    def forward(
        self, x: Tensor, skips: list[Tensor], time: Tensor, conditions: Conditions
    ) -> Tensor:
        """Appends each layer's result to `skips`."""
        for resnet, attention in zip(self.resnets, self.attentions):
            x = attention(resnet(x, conditions.num_frames, time), conditions)
            skips.append(x)
        for downsampler in self.downsamplers:
            x = downsampler(x)
            skips.append(x)
        return x


class MidBlock(nn.Module):
    """Resnet, transformer, resnet."""

    def __init__(self, channels: int, heads: int, widths: Widths) -> None:
        super().__init__()
        self.attentions = nn.ModuleList([widths.transformer(channels, heads)])
        self.resnets = nn.ModuleList(widths.resnet(channels, channels, 1e-5) for _ in range(2))

    def forward(self, x: Tensor, time: Tensor, conditions: Conditions) -> Tensor:
        x = self.resnets[0](x, conditions.num_frames, time)
        x = self.attentions[0](x, conditions)
        return self.resnets[1](x, conditions.num_frames, time)


class UpBlock(nn.Module):
    """Resnets that read a skip connection each, transformers, and an upsampling."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        last_skip_channels: int,
        layers: int,
        heads: int,
        attention: bool,
        upsample: bool,
        widths: Widths,
    ) -> None:
        super().__init__()
        self.resnets = nn.ModuleList()
        self.attentions = nn.ModuleList()
        for i in range(layers):
            channels = in_channels if i == 0 else out_channels
            channels += last_skip_channels if i == layers - 1 else out_channels
            self.resnets.append(widths.resnet(channels, out_channels, 1e-6))
            self.attentions.append(
                widths.transformer(out_channels, heads) if attention else NoTransformer()
            )
        self.upsamplers = nn.ModuleList([Upsample(out_channels)] if upsample else [])

    def forward(
        self, x: Tensor, skips: list[Tensor], time: Tensor, conditions: Conditions
    ) -> Tensor:
        """Takes one of `skips` from the end for each layer."""
        for resnet, attention in zip(self.resnets, self.attentions):
            x = torch.cat([x, skips.pop()], dim=1)
            x = attention(resnet(x, conditions.num_frames, time), conditions)
        for upsampler in self.upsamplers:
            x = upsampler(x)
        return x


class UNet(nn.Module):
    """The arguments are the manifest's section `unet` (docs/model-bundle.md).

    One number a level, the finest first; `layers` on the way down, one more on the way up. Without
    `temporal`, there are no blocks over frames: each frame is denoised on its own.
    """

    def __init__(
        self,
        channels: Sequence[int],
        layers: Sequence[int],
        attention: Sequence[bool],
        heads: Sequence[int],
        context_width: int,
        added_width: int,
        groups: int,
        latent_channels: int,
        temporal: bool = True,
    ) -> None:
        super().__init__()
        self.base_width = channels[0]
        self.added_width = added_width
        self.latent_channels = latent_channels
        time_width = 4 * channels[0]
        widths = Widths(time_width, context_width, groups, temporal)
        self.conv_in = ReferenceConv(latent_channels, channels[0])
        self.time_embedding = TimestepEmbedding(channels[0], time_width, time_width)
        self.add_embedding = TimestepEmbedding(NUM_ADDED_IDS * added_width, time_width, time_width)
        last = len(channels) - 1
        self.down_blocks = nn.ModuleList(
            DownBlock(
                channels[max(i - 1, 0)], channels[i], layers[i], heads[i], attention[i],
                downsample=i < last, widths=widths,
            )
            for i in range(last + 1)
        )  # fmt: skip
        self.mid_block = MidBlock(channels[-1], heads[-1], widths)
        self.up_blocks = nn.ModuleList(
            UpBlock(
                channels[min(i + 1, last)], channels[i], channels[max(i - 1, 0)], layers[i] + 1,
                heads[i], attention[i], upsample=i > 0, widths=widths,
            )
            for i in range(last, -1, -1)
        )  # fmt: skip
        self.conv_norm_out = nn.GroupNorm(groups, channels[0], 1e-5)
        self.conv_out = nn.Conv2d(channels[0], latent_channels, 3, padding=1)

    def forward(
        self,
        latents: Tensor,
        timestep: Tensor,
        reference: Tensor,
        appearance: Tensor,
        motion: Tensor,
        pose_feature: Tensor,
        added_ids: Tensor,
        has_reference: list[bool],
        has_motion: list[bool],
    ) -> Tensor:
        """Velocity [B,W,F,4,h,w] of every branch.

        latents [W,F,4,h,w], scaled for the step; timestep []; reference [1,4,h,w], unscaled; appearance
        [1,T,context]; motion [W,F,M,context]; pose_feature [1,1,C0,h,w] or [W,F,C0,h,w]; added_ids [3].
        has_reference, has_motion: by branch, False for a zero reference latent and zero tokens.
        """
        num_windows, num_frames = latents.shape[0], latents.shape[1]
        conditions = Conditions(
            appearance,
            motion.flatten(0, 1),
            motion.mean(dim=1),
            has_reference,
            has_motion,
            num_frames,
        )
        time = self.time_rows(timestep, added_ids, latents.dtype)
        x = self.conv_in(latents.flatten(0, 1), reference, has_reference)
        x = (x.unflatten(0, (-1, num_windows, num_frames)) + pose_feature).flatten(0, 2)

        skips = [x]
        for block in self.down_blocks:
            x = block(x, skips, time, conditions)
        x = self.mid_block(x, time, conditions)
        for block in self.up_blocks:
            x = block(x, skips, time, conditions)
        x = self.conv_out(F.silu(self.conv_norm_out(x)))
        return x.unflatten(0, (-1, num_windows, num_frames))

    def time_rows(self, timestep: Tensor, added_ids: Tensor, dtype: torch.dtype) -> Tensor:
        """SiLU of the time embedding, [1,4*C0]: the same for every branch, window and frame.

        Training on windows of one frame gives [W] time steps and gets [W,4*C0].
        """
        time = sinusoids(timestep.reshape(-1), self.base_width).to(dtype)
        added = sinusoids(added_ids, self.added_width).reshape(1, -1).to(dtype)
        return F.silu(self.time_embedding(time) + self.add_embedding(added))
