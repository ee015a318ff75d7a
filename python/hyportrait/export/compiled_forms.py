# SPDX-License-Identifier: Apache-2.0
"""The U-Net and the VAE decoder in forms that compile well for GPUs: the same results from the same weights.

TorchScript runs one operator at a time, and the forms in networks/ are faster there. In compiled code
the costs are kernel launches and memory traffic. `prepare` changes a U-Net in place:

- Convolution weights are channels-last. Inductor would convert them at every call (a TODO in torch 2.11.0,
  _inductor/kernel/conv.py). Activations follow the weights' layout.
- Queries, keys and values of one input come from one matrix product (`to_qkv`, `to_kv`). Its weight is the
  concatenation of those of `to_q`, `to_k` and `to_v`.
- Norms over all frames of a window reduce 64 groups, fewer than a GPU has multiprocessors, which took three
  or four kernels. Computing each frame's mean and variance first, then combining them, takes two.
- The temporal block leaves the frames where they are: attention reads them through strides. Bringing each
  pixel's frames together would copy the tokens twice.

Sizes are those of networks/transformer.py: B branches, W windows, F frames of a window, S pixels, C channels.
"""

from collections.abc import Callable
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.networks.blocks import TemporalResnetBlock, TimeMixer, TimestepEmbedding, sinusoids
from hyportrait.export.networks.transformer import (
    Conditions,
    CrossAttention,
    FeedForward,
    SelfAttention,
    SpatialBlock,
    TemporalBlock,
    Transformer,
)
from hyportrait.export.networks.unet import UNet
from hyportrait.export.networks.vae import PixelAttention, VaeDecoder

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]  # q, k, v [N,heads,L,D] -> [N,heads,Q,D]


class Kernels(NamedTuple):
    """Which attention kernel is used where."""

    pixels: Attention  # many queries
    frames: Attention  # as many as a window has frames, in each of many thousand groups


def cudnn_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.ops.aten._scaled_dot_product_cudnn_attention(q, k, v, None, False)[0]


def efficient_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.ops.aten._scaled_dot_product_efficient_attention(q, k, v, None, False)[0]


# On one H200, fp16: 4096 pixels by cuDNN 2.3 ms, flash 3.5, efficient 8.1; 25 frames of 4096 pixels by
# efficient 0.25 ms, cuDNN 0.38, flash 0.50 (docs/performance-log.md).
CUDA_HALF = Kernels(cudnn_attention, efficient_attention)
ANY_DEVICE = Kernels(F.scaled_dot_product_attention, F.scaled_dot_product_attention)


class Joined(nn.Module):
    """Has parameters that are concatenated from those of a plain module; `sources` names the plain ones."""

    sources: dict[str, tuple[str, ...]]

    def join(self, name: str, plain: nn.Module, parts: tuple[str, ...]) -> None:
        weights: list[Tensor] = [plain.get_parameter(part) for part in parts]
        self.register_parameter(name, nn.Parameter(torch.cat(weights), requires_grad=False))
        self.sources = getattr(self, "sources", {}) | {name: parts}


class JoinedSelfAttention(Joined):
    to_qkv: nn.Parameter

    def __init__(self, plain: SelfAttention, kernels: Kernels) -> None:
        super().__init__()
        self.heads = plain.heads
        self.kernels = kernels
        self.to_out = plain.to_out
        self.join("to_qkv", plain, ("to_q.weight", "to_k.weight", "to_v.weight"))

    def forward(self, x: Tensor) -> Tensor:
        """x [N,L,C] -> [N,L,C]."""
        q, k, v = self.split(x)
        return self.to_out(self.kernels.pixels(q, k, v).transpose(1, 2).flatten(2))

    def over_frames(self, x: Tensor) -> Tensor:
        """x [B*W,F,S,C] -> the same, each pixel's frames attending to each other."""
        moved: list[Tensor] = []
        for item in x:  # one window at a time: no single stride reaches the pixels of both
            q, k, v = (part.permute(2, 1, 0, 3) for part in self.split(item))
            attended = self.kernels.frames(q, k, v)  # [S,heads,F,D]
            moved.append(self.to_out(attended.transpose(1, 2).flatten(2)).transpose(0, 1))
        return torch.stack(moved)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[N,L,C] -> queries, keys and values [N,heads,L,D], views of one tensor."""
        together = F.linear(x, self.to_qkv).unflatten(2, (3, self.heads, -1))
        q, k, v = together.permute(2, 0, 3, 1, 4).unbind(0)
        return q, k, v


class JoinedCrossAttention(Joined):
    """CrossAttention; see there."""

    to_kv: nn.Parameter
    to_kv_ip: nn.Parameter

    def __init__(self, plain: CrossAttention, kernels: Kernels) -> None:
        super().__init__()
        self.heads = plain.heads
        self.kernels = kernels
        self.to_q = plain.to_q
        self.to_out = plain.to_out
        self.join("to_kv", plain, ("to_k.weight", "to_v.weight"))
        self.join("to_kv_ip", plain, ("processor.to_k_ip.0.weight", "processor.to_v_ip.0.weight"))

    def forward(
        self, x: Tensor, appearance: Tensor, motion: Tensor, has_reference: bool, has_motion: bool
    ) -> Tensor:
        q = self.to_q(x)
        parts: list[Tensor] = []
        if has_reference:
            folded = q.reshape(1, -1, q.shape[2])
            parts.append(self.attend(folded, F.linear(appearance, self.to_kv)).view_as(q))
        if has_motion:
            parts.append(self.attend(q, F.linear(motion, self.to_kv_ip)))
        return self.to_out(parts[0] if len(parts) == 1 else parts[0] + parts[1])

    def attend(self, q: Tensor, keys_and_values: Tensor) -> Tensor:
        """q [N,Q,C], keys and values [N,K,2C] -> [N,Q,C]."""
        q = q.unflatten(2, (self.heads, -1)).transpose(1, 2)
        k, v = keys_and_values.unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        return self.kernels.pixels(q, k, v).transpose(1, 2).flatten(2)

    def without_context(self) -> Tensor:
        return cast(nn.Linear, self.to_out[0]).bias


class FramesInPlace(nn.Module):
    """A temporal block on tokens in the spatial block's order."""

    norm_in: nn.LayerNorm
    ff_in: FeedForward
    norm1: nn.LayerNorm
    attn1: JoinedSelfAttention
    norm3: nn.LayerNorm
    ff: FeedForward

    def __init__(self, plain: TemporalBlock) -> None:
        super().__init__()
        for name, part in plain.named_children():
            self.add_module(name, part)

    def add_context(self, x: Tensor, motion: Tensor, conditions: Conditions) -> Tensor:
        return SpatialBlock.add_context(cast(SpatialBlock, self), x, motion, conditions)

    def forward(self, x: Tensor, conditions: Conditions) -> Tensor:
        """x [B*W,F,S,C] -> the same."""
        n, f, s, c = x.shape
        x = x + self.ff_in(self.norm_in(x))
        x = x + self.attn1.over_frames(self.norm1(x))
        x = self.add_context(x.view(n, f * s, c), conditions.motion_mean, conditions)
        x = x + self.ff(self.norm3(x))
        return x.view(n, f, s, c)


class TransformerInPlace(nn.Module):
    norm: nn.GroupNorm
    proj_in: nn.Linear
    time_pos_embed: TimestepEmbedding
    transformer_blocks: nn.ModuleList
    temporal_transformer_blocks: nn.ModuleList
    time_mixer: TimeMixer
    proj_out: nn.Linear

    def __init__(self, plain: Transformer) -> None:
        super().__init__()
        self.width = plain.width
        for name, part in plain.named_children():
            self.add_module(name, part)

    def forward(self, x: Tensor, conditions: Conditions) -> Tensor:
        """x [B*W*F,C,H,W] -> the same. Positions count from 0 in every window."""
        n, c, h, w = x.shape
        tokens = self.proj_in(self.norm(x).flatten(2).transpose(1, 2))
        frames = torch.arange(conditions.num_frames, device=x.device)
        position = self.time_pos_embed(sinusoids(frames, self.width).to(x.dtype)).unsqueeze(1)
        for spatial, temporal in zip(self.transformer_blocks, self.temporal_transformer_blocks):
            tokens = spatial(tokens, conditions)
            by_frame = tokens.view(-1, conditions.num_frames, h * w, c) + position
            moved = temporal(by_frame, conditions).view(n, h * w, c)
            tokens = torch.lerp(tokens, moved, self.time_mixer())
        return x + self.proj_out(tokens).transpose(1, 2).reshape(n, c, h, w)


class GroupNormOverFrames(nn.Module):
    """A group norm of [items,C,F,P] that first computes statistics of each frame, then combines them.

    The total variance is the mean of the frames' variances plus the variance of their means.
    """

    def __init__(self, plain: nn.GroupNorm) -> None:
        super().__init__()
        self.groups = plain.num_groups
        self.eps = plain.eps
        self.weight, self.bias = plain.weight, plain.bias

    def forward(self, x: Tensor) -> Tensor:
        n, c, f, p = x.shape
        grouped = x.view(n, self.groups, c // self.groups, f, p).float()
        variances, means = torch.var_mean(grouped, dim=(2, 4), correction=0)  # [items,groups,F]
        spread, mean = torch.var_mean(means, dim=2, correction=0)
        variance = variances.mean(2) + spread
        scale = torch.rsqrt(variance + self.eps)

        def wide(value: Tensor) -> Tensor:
            return value.view(n, self.groups, 1, 1, 1)

        normal = ((grouped - wide(mean)) * wide(scale)).view(n, c, f, p)
        weight, bias = (value.float().view(1, c, 1, 1) for value in (self.weight, self.bias))
        return (normal * weight + bias).to(x.dtype)


def replace_temporal_norms(network: nn.Module) -> None:
    for module in list(network.modules()):
        if isinstance(module, TemporalResnetBlock):
            for name, child in list(module.named_children()):
                if isinstance(child, nn.GroupNorm):
                    setattr(module, name, GroupNormOverFrames(child))


class PixelAttentionByName(nn.Module):
    """The VAE's attention with the kernel that takes any head width."""

    group_norm: nn.GroupNorm
    to_q: nn.Linear
    to_k: nn.Linear
    to_v: nn.Linear
    to_out: nn.Sequential

    def __init__(self, plain: PixelAttention, kernels: Kernels) -> None:
        super().__init__()
        self.attention = kernels.frames
        for name, part in plain.named_children():
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Tensor:
        """x [N,C,H,W] -> the same."""
        tokens = self.group_norm(x).flatten(2).transpose(1, 2).unsqueeze(1)
        attended = self.attention(self.to_q(tokens), self.to_k(tokens), self.to_v(tokens))
        return x + self.to_out(attended).squeeze(1).transpose(1, 2).reshape(x.shape)


def prepare_decoder(decoder: VaeDecoder, kernels: Kernels) -> dict[str, tuple[str, ...]]:
    """As `prepare`, for the VAE's decoder."""
    attentions = decoder.decoder.mid_block.attentions
    attentions[0] = PixelAttentionByName(cast(PixelAttention, attentions[0]), kernels)
    replace_temporal_norms(decoder)
    lay_out_channels_last(decoder)
    return sources_of(decoder)


def prepare(unet: UNet, kernels: Kernels) -> dict[str, tuple[str, ...]]:
    """Changes `unet` in place. Returns the names of all parameters and buffers, each with the names in the
    plain U-Net that it is made of: one, or several to concatenate."""
    for module in list(unet.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, SelfAttention):
                setattr(module, name, JoinedSelfAttention(child, kernels))
            elif isinstance(child, CrossAttention):
                setattr(module, name, JoinedCrossAttention(child, kernels))
    replace_temporal_norms(unet)
    for module in list(unet.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, TemporalBlock):
                setattr(module, name, FramesInPlace(child))
            elif isinstance(child, Transformer) and child.time_mixer is not None:
                setattr(module, name, TransformerInPlace(child))
    lay_out_channels_last(unet)
    return sources_of(unet)


def lay_out_channels_last(module: nn.Module) -> None:
    for parameter in module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def sources_of(unet: nn.Module) -> dict[str, tuple[str, ...]]:
    sources: dict[str, tuple[str, ...]] = {}
    for prefix, module in unet.named_modules():
        dot = f"{prefix}." if prefix else ""
        joined = module.sources if isinstance(module, Joined) else {}
        names = [name for name, _ in module.named_parameters(recurse=False)]
        names += [name for name, _ in module.named_buffers(recurse=False)]
        for name in names:
            sources[dot + name] = tuple(dot + part for part in joined.get(name, (name,)))
    return sources
