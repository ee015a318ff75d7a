# SPDX-License-Identifier: Apache-2.0
"""Painting with signed distances: coverage, strokes, and light for four drawing styles.

Distances are in pixels, negative inside, and shaped [B, S, S]; colours are [B, 3, 1, 1] or
[B, 3, S, S] in [0, 1]; parameters are [B, 1, 1].
"""

from types import SimpleNamespace

import torch
from torch import Tensor


def smoothstep(low: float | Tensor, high: float | Tensor, x: Tensor) -> Tensor:
    """Hermite step from 0 at ``low`` to 1 at ``high``; ``high`` may be the smaller one."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def mix(a: Tensor | float, b: Tensor | float, t: Tensor | float) -> Tensor:
    """a where t is 0, b where t is 1. At least one of them is a tensor."""
    mixed = a + (b - a) * t
    assert isinstance(mixed, Tensor)
    return mixed


def bump(x: Tensor, width: float | Tensor) -> Tensor:
    """Gaussian bell of height 1 at x = 0."""
    return torch.exp(-((x / width) ** 2))


def cover(distance: Tensor) -> Tensor:
    """Share of a pixel that is inside a shape, from its signed distance in pixels."""
    return (0.5 - distance).clamp(0, 1)


def to_pixels(field: Tensor) -> Tensor:
    """Converts any smooth field [B, S, S], negative inside, to an approximate distance in pixels."""
    padded = torch.nn.functional.pad(field[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    return field / torch.sqrt(across * across + down * down).clamp_min(1e-5)


def paint(canvas: Tensor, alpha: Tensor, colour: Tensor) -> None:
    """Puts ``colour`` over ``canvas`` [B, 3, S, S] in place; alpha [B, S, S]."""
    canvas.lerp_(colour.expand_as(canvas), alpha[:, None])


def channels(values: Tensor) -> Tensor:
    """A field [B, S, S] or [B, 1, 1] as [B, 1, S, S], to multiply with colours."""
    return values[:, None]


def outline(canvas: Tensor, distance: Tensor, style: SimpleNamespace, clip: Tensor | None = None) -> None:
    """Draws a shape's outline if the style has outlines; ``clip``, in [0, 1], limits it."""
    alpha = cover(distance.abs() - style.ink_width) * style.ink
    paint(canvas, alpha if clip is None else alpha * clip, style.ink_colour)


def lit(colour: Tensor, light: Tensor, style: SimpleNamespace) -> Tensor:
    """The colour under ``light`` (0 shadow, 1 full) as the style draws it: [B, 3, S, S].

    Shadows are tinted rather than black; cel has two tones, flat and line almost none.
    """
    soft = smoothstep(0.02, 0.8, light)
    hard = 0.25 + 0.75 * smoothstep(0.32, 0.38, light)
    tone = 1 - style.depth * (1 - mix(soft, hard, style.cel))
    glow = style.depth * (1 - style.cel) * smoothstep(0.75, 1.05, light) * 0.10
    shadow = colour * style.shadow_tint
    return (mix(shadow, colour, channels(tone)) + channels(glow)).clamp(0, 1)
