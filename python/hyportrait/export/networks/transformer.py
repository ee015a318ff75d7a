# SPDX-License-Identifier: Apache-2.0
"""The U-Net's spatio-temporal transformer with appearance and motion cross-attention.

Source: the original's unet_3d_blocks.py:195 (TransformerSpatioTemporalModel) and
attention_processor.py (IPAdapterAttnProcessor2_0); diffusers 0.29.0, models/attention.py.

Sizes: B branches, W windows, F frames of a window, S pixels, C channels, T and M tokens.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import TimeMixer, TimestepEmbedding, sinusoids


class Conditions(NamedTuple):
    """What every transformer of one U-Net call reads; branches share it."""

    appearance: Tensor  # [1,T,context]; in training also [W,T,context]
    motion: Tensor  # [W*F,M,context]
    motion_mean: Tensor  # [W,M,context], over the frames of a window
    has_reference: list[bool]  # by branch: appearance tokens; False means zeros
    has_motion: list[bool]  # by branch: motion tokens; False means zeros
    num_frames: int  # F


def attend(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """Multi-head attention: q [N,Q,C], k and v [N,K,C] -> [N,Q,C]."""
    q = q.unflatten(2, (heads, -1)).transpose(1, 2)
    k = k.unflatten(2, (heads, -1)).transpose(1, 2)
    v = v.unflatten(2, (heads, -1)).transpose(1, 2)
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(width, width, bias=False)
        self.to_v = nn.Linear(width, width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """x [N,L,C] -> [N,L,C]."""
        return self.to_out(attend(self.to_q(x), self.to_k(x), self.to_v(x), self.heads))


class MotionProjections(nn.Module):
    """Keys and values of the motion tokens: the `processor` of the original's attention."""

    def __init__(self, width: int, context_width: int) -> None:
        super().__init__()
        self.to_k_ip = nn.ModuleList([nn.Linear(context_width, width, bias=False)])
        self.to_v_ip = nn.ModuleList([nn.Linear(context_width, width, bias=False)])

    def keys(self, motion: Tensor) -> Tensor:
        return self.to_k_ip[0](motion)

    def values(self, motion: Tensor) -> Tensor:
        return self.to_v_ip[0](motion)


class CrossAttention(nn.Module):
    """One query, two contexts, whose attentions are added: to_out(attn(q, appearance) + attn(q, motion)).

    The projections have no bias, so a context of zeros has zero keys and values and attends to zero:
    it is left out, and a branch with neither context is `to_out`'s bias.
    """

    def __init__(self, width: int, heads: int, context_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context_width, width, bias=False)
        self.to_v = nn.Linear(context_width, width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(width, width))
        self.processor = MotionProjections(width, context_width)

    def forward(
        self, x: Tensor, appearance: Tensor, motion: Tensor, has_reference: bool, has_motion: bool
    ) -> Tensor:
        """x [G,Q,C], appearance [1,T,context], motion [G,M,context] -> [G,Q,C].

        The appearance is the same for all groups: they fold into the query's length. (Training has
        [A,T,context]: one for each G/A groups in turn.)
        """
        q = self.to_q(x)
        parts: list[Tensor] = []
        if has_reference:
            k, v = self.to_k(appearance), self.to_v(appearance)
            folded = q.reshape(k.shape[0], -1, q.shape[2])
            parts.append(attend(folded, k, v, self.heads).view_as(q))
        if has_motion:
            k, v = self.processor.keys(motion), self.processor.values(motion)
            parts.append(attend(q, k, v, self.heads))
        return self.to_out(parts[0] if len(parts) == 1 else parts[0] + parts[1])

    def without_context(self) -> Tensor:
        """What forward() gives for zero tokens: [C]."""
        # To mypy, the parts of a Sequential are plain modules.
        return self.to_out[0].bias  # type: ignore[return-value]


class Geglu(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 2 * hidden)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        # index 1 is the dropout of the original: the linear layer's key is net.2
        self.net = nn.Sequential(
            Geglu(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class SpatialBlock(nn.Module):
    """Self-attention over pixels, cross-attention, feed-forward (attention.py:231)."""

    def __init__(self, width: int, heads: int, context_width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn1 = SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.attn2 = CrossAttention(width, heads, context_width)
        self.norm3 = nn.LayerNorm(width)
        self.ff = FeedForward(width)

    def forward(self, x: Tensor, conditions: Conditions) -> Tensor:
        """x [B*W*F,S,C] -> the same."""
        x = x + self.attn1(self.norm1(x))
        x = self.add_context(x, conditions.motion, conditions)
        return x + self.ff(self.norm3(x))

    def add_context(self, x: Tensor, motion: Tensor, conditions: Conditions) -> Tensor:
        """x [B*G,Q,C], motion [G,M,context]: x plus its cross-attention, branch by branch."""
        branches: list[Tensor] = []
        for i, branch in enumerate(x.chunk(len(conditions.has_motion))):
            reference, moving = conditions.has_reference[i], conditions.has_motion[i]
            if reference or moving:
                normed = self.norm2(branch)
                context = self.attn2(normed, conditions.appearance, motion, reference, moving)
            else:
                context = self.attn2.without_context()
            branches.append(branch + context)
        return torch.cat(branches)


class TemporalBlock(SpatialBlock):
    """The same over the frames of each pixel, with a feed-forward before (attention.py:463).

    Its context is the mean of the tokens over the window's frames, the same for every pixel: keys and
    values are projected once a window, and pixels fold into the query's length.
    """

    def __init__(self, width: int, heads: int, context_width: int) -> None:
        super().__init__(width, heads, context_width)
        self.norm_in = nn.LayerNorm(width)
        self.ff_in = FeedForward(width)

    def forward(self, x: Tensor, conditions: Conditions) -> Tensor:
        """x [B*W,S,F,C] -> the same."""
        n, s, f, c = x.shape
        x = x + self.ff_in(self.norm_in(x))
        over_frames = x.reshape(n * s, f, c)
        over_frames = over_frames + self.attn1(self.norm1(over_frames))
        x = over_frames.reshape(n, s * f, c)
        x = self.add_context(x, conditions.motion_mean, conditions)
        x = x + self.ff(self.norm3(x))
        return x.view(n, s, f, c)


class Transformer(nn.Module):
    """A spatial block around a residual; with `temporal`, a temporal one after it, their results mixed."""

    def __init__(
        self, width: int, heads: int, context_width: int, groups: int, temporal: bool = True
    ) -> None:
        super().__init__()
        self.width = width
        self.norm = nn.GroupNorm(groups, width, 1e-6)
        self.proj_in = nn.Linear(width, width)
        self.transformer_blocks = nn.ModuleList([SpatialBlock(width, heads, context_width)])
        self.temporal_transformer_blocks = nn.ModuleList(
            [TemporalBlock(width, heads, context_width)] if temporal else []
        )
        self.time_pos_embed = TimestepEmbedding(width, 4 * width, width) if temporal else None
        self.time_mixer = TimeMixer(swapped=False) if temporal else None
        self.proj_out = nn.Linear(width, width)

    def forward(self, x: Tensor, conditions: Conditions) -> Tensor:
        """x [B*W*F,C,H,W] -> the same. Positions count from 0 in every window."""
        n, c, h, w = x.shape
        tokens = self.proj_in(self.norm(x).flatten(2).transpose(1, 2))
        for spatial in self.transformer_blocks:
            tokens = spatial(tokens, conditions)
        if self.time_pos_embed is not None and self.time_mixer is not None:
            frames = torch.arange(conditions.num_frames, device=x.device)
            position = self.time_pos_embed(sinusoids(frames, self.width).to(x.dtype))
            for temporal in self.temporal_transformer_blocks:
                by_pixel = tokens.view(-1, conditions.num_frames, h * w, c).transpose(1, 2)
                moved = temporal(by_pixel + position, conditions).transpose(1, 2)
                tokens = torch.lerp(tokens, moved.reshape(n, h * w, c), self.time_mixer())
        return x + self.proj_out(tokens).transpose(1, 2).reshape(n, c, h, w)


class NoTransformer(nn.Module):
    """Takes a transformer's place at levels that have none: no weights, returns its input."""

    def forward(self, x: Tensor, conditions: Conditions) -> Tensor:
        return x
