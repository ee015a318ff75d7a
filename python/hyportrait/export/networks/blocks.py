# SPDX-License-Identifier: Apache-2.0
"""Convolution blocks that the U-Net and the VAE share (diffusers 0.29.0, models/resnet.py).

Images travel as [N,C,H,W] with N = items x frames, an item's frames next to each other.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def sinusoids(values: Tensor, width: int) -> Tensor:
    """values [N] -> [N,width] float32: cosines, then sines, of frequencies 1 .. 1/10000.

    Always computed in float32: half precision loses the fast frequencies (embeddings.py:27).
    """
    half = width // 2
    steps = torch.arange(half, dtype=torch.float32, device=values.device)
    angles = values.float().unsqueeze(1) * torch.exp(steps * (-math.log(10000.0) / half))
    return torch.cat([torch.cos(angles), torch.sin(angles)], dim=1)


class TimestepEmbedding(nn.Module):
    """Two linear layers with SiLU between: [N,inputs] -> [N,outputs] (embeddings.py:192)."""

    def __init__(self, inputs: int, width: int, outputs: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(inputs, width)
        self.linear_2 = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_2(F.silu(self.linear_1(x)))


class ResnetBlock(nn.Module):
    """Norm, SiLU, 3x3 convolution, twice, around a residual (resnet.py:190).

    time_width > 0: a projection of the time embedding is added between the two.
    """

    def __init__(
        self, in_channels: int, out_channels: int, time_width: int, groups: int, eps: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, in_channels, eps)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time_emb_proj = nn.Linear(time_width, out_channels) if time_width > 0 else None
        self.norm2 = nn.GroupNorm(groups, out_channels, eps)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.conv_shortcut = (
            nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else None
        )

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        """x [N,in,H,W], time [1,time_width] after its SiLU -> [N,out,H,W]."""
        y = self.conv1(F.silu(self.norm1(x)))
        if self.time_emb_proj is not None and time is not None:
            y = y + self.time_emb_proj(time).unsqueeze(-1).unsqueeze(-1)
        y = self.conv2(F.silu(self.norm2(y)))
        if self.conv_shortcut is not None:
            x = self.conv_shortcut(x)
        return x + y


class TemporalConv(nn.Conv3d):
    """A (3,1,1) convolution over [N,C,F,P], P the pixels in a row: as (3,1), the same sum.

    Its weight keeps the 5-D shape of the checkpoint; 2-D is 2.6 to 8 times faster on a CPU.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, (3, 1, 1), padding=(1, 0, 0))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight.squeeze(4), self.bias, padding=(1, 0))


class TemporalResnetBlock(nn.Module):
    """The residual of a resnet block over frames (resnet.py:560); the caller adds it to its input."""

    def __init__(self, channels: int, time_width: int, groups: int, eps: float) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, channels, eps)
        self.conv1 = TemporalConv(channels, channels)
        self.time_emb_proj = nn.Linear(time_width, channels) if time_width > 0 else None
        self.norm2 = nn.GroupNorm(groups, channels, eps)
        self.conv2 = TemporalConv(channels, channels)

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        """x [items,C,F,P] -> [items,C,F,P]; the norms span all frames."""
        y = self.conv1(F.silu(self.norm1(x)))
        if self.time_emb_proj is not None and time is not None:
            y = y + self.time_emb_proj(time).unsqueeze(-1).unsqueeze(-1)
        return self.conv2(F.silu(self.norm2(y)))


class TimeMixer(nn.Module):
    """The learned share of the temporal path (resnet.py:699, with image_only_indicator 0).

    The spatial share is sigmoid(mix_factor), so the temporal one is sigmoid(-mix_factor); the VAE's
    decoder has them swapped.
    """

    def __init__(self, swapped: bool) -> None:
        super().__init__()
        self.swapped = swapped
        self.mix_factor = nn.Parameter(torch.empty(1))

    def forward(self) -> Tensor:
        return torch.sigmoid(self.mix_factor if self.swapped else -self.mix_factor)


class SpatialResBlock(nn.Module):
    """The spatial half of SpatioTemporalResBlock, alone: for networks without temporal parts."""

    def __init__(
        self, in_channels: int, out_channels: int, time_width: int, groups: int, eps: float
    ) -> None:
        super().__init__()
        self.spatial_res_block = ResnetBlock(in_channels, out_channels, time_width, groups, eps)

    def forward(self, x: Tensor, num_frames: int, time: Tensor | None = None) -> Tensor:
        """x [items*F,in,H,W] -> [items*F,out,H,W]."""
        return self.spatial_res_block(x, time)


class SpatioTemporalResBlock(SpatialResBlock):
    """A resnet block in space, then one over frames, mixed (resnet.py:622).

    Mixing s and s + r with shares 1-a and a is s + a*r: the temporal residual alone is scaled.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        time_width: int,
        groups: int,
        eps: float,
        temporal_eps: float,
        swapped_mix: bool,
    ) -> None:
        super().__init__(in_channels, out_channels, time_width, groups, eps)
        self.temporal_res_block = TemporalResnetBlock(
            out_channels, time_width, groups, temporal_eps
        )
        self.time_mixer = TimeMixer(swapped_mix)

    def forward(self, x: Tensor, num_frames: int, time: Tensor | None = None) -> Tensor:
        """x [items*F,in,H,W] -> [items*F,out,H,W]."""
        spatial = self.spatial_res_block(x, time)
        n, c, h, w = spatial.shape
        by_frame = spatial.reshape(-1, num_frames, c, h * w).transpose(1, 2)
        residual = self.temporal_res_block(by_frame, time)
        return spatial + self.time_mixer() * residual.transpose(1, 2).reshape(n, c, h, w)


def phase_kernels(weight: Tensor, dim: int) -> list[Tensor]:
    """Splits a kernel of three taps into two kernels of two taps, for an input whose pixels are doubled.

    At the first pixel of a pair the last two taps read the same value, at the second pixel the first two do.
    """
    first, middle, last = weight.split(1, dim)
    return [torch.cat([first, middle + last], dim), torch.cat([first + middle, last], dim)]


class Upsample(nn.Module):
    """Nearest neighbour, twice the size, then a 3x3 convolution (upsampling.py:76).

    Done as four 2x2 convolutions of the small image, one for each pixel of a 2x2 square of the result:
    the same sums, 4/9 of the products.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """x [N,C,H,W] -> [N,C,2H,2W], in memory with the channels last if x has them last."""
        n, c, h, w = x.shape
        padded = F.pad(x, [1, 1, 1, 1])
        if x.is_contiguous(memory_format=torch.channels_last):
            rows_first = torch.empty([n, h, 2, w, 2, c], dtype=x.dtype, device=x.device)
            result = rows_first.permute(0, 5, 1, 2, 3, 4)
        else:
            result = torch.empty([n, c, h, 2, w, 2], dtype=x.dtype, device=x.device)
        for i, rows in enumerate(phase_kernels(self.conv.weight, 2)):
            for j, kernel in enumerate(phase_kernels(rows, 3)):
                square = padded[:, :, i : i + h + 1, j : j + w + 1]
                result[:, :, :, i, :, j] = F.conv2d(square, kernel, self.conv.bias)
        return result.view(n, c, 2 * h, 2 * w)


class Downsample(nn.Module):
    """A convolution of stride 2 (downsampling.py:70).

    `symmetric`: one pixel of zeros all round (the U-Net); otherwise right and below only (the VAE).
    """

    def __init__(self, channels: int, symmetric: bool) -> None:
        super().__init__()
        self.symmetric = symmetric
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1 if symmetric else 0)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x if self.symmetric else F.pad(x, [0, 1, 0, 1]))
