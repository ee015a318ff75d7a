# SPDX-License-Identifier: Apache-2.0
"""The image VAE with Stable Video Diffusion's temporal decoder (diffusers 0.29.0).

Sources: autoencoder_kl_temporal_decoder.py, vae.py:40 (Encoder), unet_3d_blocks.py (the decoder's blocks).
"""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import (
    Downsample,
    ResnetBlock,
    SpatialResBlock,
    SpatioTemporalResBlock,
    TemporalConv,
    Upsample,
)

_EPS = 1e-6
_TEMPORAL_EPS = 1e-5


class PixelAttention(nn.Module):
    """Single-head self-attention over the pixels of each image, around a residual."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, _EPS)
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.to_out = nn.Sequential(nn.Linear(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """x [N,C,H,W] -> the same."""
        tokens = self.group_norm(x).flatten(2).transpose(1, 2).unsqueeze(1)
        attended = F.scaled_dot_product_attention(
            self.to_q(tokens), self.to_k(tokens), self.to_v(tokens)
        )
        return x + self.to_out(attended).squeeze(1).transpose(1, 2).reshape(x.shape)


class EncoderBlock(nn.Module):
    def __init__(
        self, in_channels: int, out_channels: int, layers: int, groups: int, downsample: bool
    ) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(
            ResnetBlock(in_channels if i == 0 else out_channels, out_channels, 0, groups, _EPS)
            for i in range(layers)
        )
        self.downsamplers = nn.ModuleList([Downsample(out_channels, False)] if downsample else [])

    def forward(self, x: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x)
        for downsampler in self.downsamplers:
            x = downsampler(x)
        return x


class EncoderMidBlock(nn.Module):
    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.attentions = nn.ModuleList([PixelAttention(channels, groups)])
        self.resnets = nn.ModuleList(
            ResnetBlock(channels, channels, 0, groups, _EPS) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Encoder(nn.Module):
    """[N,3,H,W] in [-1,1] -> moments before their last 1x1 convolution, [N,2*latent,H/8,W/8]."""

    def __init__(
        self, channels: Sequence[int], layers: int, groups: int, latent_channels: int
    ) -> None:
        super().__init__()
        last = len(channels) - 1
        self.conv_in = nn.Conv2d(3, channels[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            EncoderBlock(channels[max(i - 1, 0)], channels[i], layers, groups, downsample=i < last)
            for i in range(last + 1)
        )
        self.mid_block = EncoderMidBlock(channels[-1], groups)
        self.conv_norm_out = nn.GroupNorm(groups, channels[-1], _EPS)
        self.conv_out = nn.Conv2d(channels[-1], 2 * latent_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        x = self.mid_block(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


def _decoder_resnet(
    in_channels: int, out_channels: int, groups: int, temporal: bool
) -> SpatialResBlock:
    if temporal:
        return SpatioTemporalResBlock(
            in_channels, out_channels, 0, groups, _EPS, _TEMPORAL_EPS, swapped_mix=True
        )
    return SpatialResBlock(in_channels, out_channels, 0, groups, _EPS)


class DecoderMidBlock(nn.Module):
    def __init__(self, channels: int, layers: int, groups: int, temporal: bool) -> None:
        super().__init__()
        self.attentions = nn.ModuleList([PixelAttention(channels, groups)])
        self.resnets = nn.ModuleList(
            _decoder_resnet(channels, channels, groups, temporal) for _ in range(layers)
        )

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        for i, resnet in enumerate(self.resnets):
            x = resnet(x, num_frames)
            if i == 0:
                x = self.attentions[0](x)
        return x


class DecoderBlock(nn.Module):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        layers: int,
        groups: int,
        upsample: bool,
        temporal: bool,
    ) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(
            _decoder_resnet(
                in_channels if i == 0 else out_channels, out_channels, groups, temporal
            )
            for i in range(layers)
        )
        self.upsamplers = nn.ModuleList([Upsample(out_channels)] if upsample else [])

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x, num_frames)
        for upsampler in self.upsamplers:
            x = upsampler(x)
        return x


class Decoder(nn.Module):
    """[F,latent,h,w], unscaled -> [F,3,8h,8w] in [-1,1]. With `temporal`, frames of one call influence
    each other."""

    def __init__(
        self,
        channels: Sequence[int],
        layers: int,
        groups: int,
        latent_channels: int,
        temporal: bool,
    ) -> None:
        super().__init__()
        wide_first = channels[::-1]
        last = len(channels) - 1
        self.conv_in = nn.Conv2d(latent_channels, wide_first[0], 3, padding=1)
        self.mid_block = DecoderMidBlock(wide_first[0], layers, groups, temporal)
        self.up_blocks = nn.ModuleList(
            DecoderBlock(
                wide_first[max(i - 1, 0)], wide_first[i], layers + 1, groups, i < last, temporal
            )
            for i in range(last + 1)
        )
        self.conv_norm_out = nn.GroupNorm(groups, channels[0], _EPS)
        self.conv_out = nn.Conv2d(channels[0], 3, 3, padding=1)
        self.time_conv_out = TemporalConv(3, 3) if temporal else None

    def forward(self, latents: Tensor) -> Tensor:
        num_frames = latents.shape[0]
        x = self.mid_block(self.conv_in(latents), num_frames)
        for block in self.up_blocks:
            x = block(x, num_frames)
        x = self.conv_out(F.silu(self.conv_norm_out(x)))
        if self.time_conv_out is None:
            return x
        by_frame = x.flatten(2).transpose(0, 1).unsqueeze(0)
        return self.time_conv_out(by_frame).squeeze(0).transpose(0, 1).reshape(x.shape)


class Vae(nn.Module):
    """Encoder and decoder under one set of keys, as in the checkpoint.

    The arguments are the manifest's section `vae` (docs/model-bundle.md). `channels` a level, the finest
    first; `layers` of every level of the encoder, one more in the decoder. Without `temporal`, the decoder
    has no blocks over frames.
    """

    def __init__(
        self,
        channels: Sequence[int],
        layers: int,
        groups: int,
        latent_channels: int,
        temporal: bool = True,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(channels, layers, groups, latent_channels)
        self.decoder = Decoder(channels, layers, groups, latent_channels, temporal)
        self.quant_conv = nn.Conv2d(2 * latent_channels, 2 * latent_channels, 1)


class VaeEncoder(nn.Module):
    """The bundle's `vae_encoder`: the mean of the posterior (which is its mode too)."""

    def __init__(self, vae: Vae) -> None:
        super().__init__()
        self.encoder = vae.encoder
        self.quant_conv = vae.quant_conv

    def forward(self, image: Tensor) -> Tensor:
        """image [N,3,H,W] in [0,1] -> [N,latent,H/8,W/8], not multiplied by the latent scale."""
        mean, _ = self.quant_conv(self.encoder(image * 2.0 - 1.0)).chunk(2, dim=1)
        return mean


class VaeDecoder(nn.Module):
    """The bundle's `vae_decoder`."""

    def __init__(self, vae: Vae) -> None:
        super().__init__()
        self.decoder = vae.decoder

    def forward(self, latents: Tensor) -> Tensor:
        """latents [F,latent,h,w], divided by the latent scale -> [F,3,8h,8w] in [0,1] before clamping."""
        return self.decoder(latents) * 0.5 + 0.5
