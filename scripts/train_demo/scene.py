# SPDX-License-Identifier: Apache-2.0
"""Everything that is not the head: wall, shoulders, neck, clothes and ears."""

from types import SimpleNamespace

import torch
from torch import Tensor

from train_demo.drawing import bump, channels, cover, lit, mix, outline, paint, smoothstep
from train_demo.geometry import HALF_HEIGHT, NECK_HEIGHT, Head


def wall(canvas: Tensor, p: SimpleNamespace, x: Tensor, y: Tensor, style: SimpleNamespace) -> None:
    """A gradient between two colours, some with large soft spots or rays, lighter behind the head."""
    along = 0.5 + 0.42 * (x * p.wall_angle.cos() + y * p.wall_angle.sin())
    canvas.copy_(mix(p.wall, p.wall_second, channels(along)))
    glow = bump(torch.sqrt(x * x + (y + 0.1) ** 2), 0.9) * 0.22
    for index in range(5):
        phase = p.spot_phase + 17.3 * index
        dx, dy = x - phase.sin() * 0.9, y - (phase * 1.7).cos() * 0.9
        radius = 0.16 + 0.12 * (phase * 2.3).sin()
        spot = torch.sqrt(dx * dx + dy * dy) - radius
        glow = glow + p.spots * 0.13 * smoothstep(0.02, -0.02, spot)
    angle = torch.atan2(y + 0.2, x)
    glow = glow + p.rays * 0.10 * smoothstep(-0.15, 0.15, torch.sin(angle * 9 + p.spot_phase))
    vignette = 0.20 * smoothstep(0.7, 1.5, torch.sqrt(x * x + y * y))
    white = torch.ones(1, 3, 1, 1, device=canvas.device)
    paint(canvas, glow, white)
    paint(canvas, vignette * style.depth, p.wall_second * 0.45)
    canvas.clamp_(0, 1)


def to_body(head: Head, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Canvas coordinates relative to the body, which follows part of the head's movement."""
    size = head.size / HALF_HEIGHT
    return (x - 0.75 * head.pivot_x) / size, (y - 0.6 * (head.pivot_y - NECK_HEIGHT)) / size


def from_body(head: Head, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The inverse of ``to_body``."""
    size = head.size / HALF_HEIGHT
    return x * size + 0.75 * head.pivot_x, y * size + 0.6 * (head.pivot_y - NECK_HEIGHT)


def body(canvas: Tensor, p: SimpleNamespace, head: Head, x: Tensor, y: Tensor,
         style: SimpleNamespace) -> None:
    """Shoulders in a top with one of three collars, and the neck under the head's shadow."""
    x, y = to_body(head, x, y)
    unit = style.canvas_pixel * HALF_HEIGHT / head.size
    slope = smoothstep(0.10, p.shoulder, x.abs())
    top = 0.64 + 0.24 * slope * slope
    shoulders = torch.maximum((top - y) * 0.9, (x.abs() - p.shoulder - 0.15 * (y - 0.7)) * 0.9)
    shoulders = shoulders / unit
    fold = torch.sin(x * 9 + 3 * torch.sin(y * 4)) * bump(y - 1.0, 0.3)
    light = 0.72 + 0.5 * style.light_x * x - 0.45 * (y - 0.7) + 0.03 * fold
    light = light + 0.2 * smoothstep(0.12, 0.0, y - top)
    stripe = torch.sin((y + p.stripe_angle * x) * p.stripe_rate)
    stripes = channels(smoothstep(-0.15, 0.15, stripe) * p.stripes)
    paint(canvas, cover(shoulders), lit(mix(p.cloth, p.cloth_second, stripes), light, style))
    outline(canvas, shoulders, style)
    _neck(canvas, p, head, x, y, unit, style)


def _neck(canvas: Tensor, p: SimpleNamespace, head: Head, x: Tensor, y: Tensor, unit: Tensor,
          style: SimpleNamespace) -> None:
    half = HALF_HEIGHT * p.neck_width * (1 + 0.5 * smoothstep(0.5, 0.8, y))
    lean = (0.15 * head.sin_roll + 0.05 * head.sin_yaw) * smoothstep(0.75, 0.2, y)
    opening = torch.sqrt((x / (half + 0.06)) ** 2 + ((y - 0.66) / p.collar_depth) ** 2) - 1
    vee = (y - 0.66 - 1.3 * p.collar_depth + 0.62 * x.abs()) * 1.6
    high = y - 0.62 - 0.02 * x.abs()
    neckline = torch.where(p.collar > 1.5, high, torch.where(p.collar > 0.5, vee,
                                                             opening * p.collar_depth))
    cloth = (neckline - 0.035) / unit
    sides = ((x - lean).abs() - half) * 0.95
    column = torch.maximum(sides, torch.maximum(0.3 - y, y - 0.7))
    open_skin = torch.maximum(torch.maximum((x.abs() - half - 0.05) * 0.95, neckline), 0.3 - y)
    skin = torch.minimum(column, open_skin) / unit
    light = 0.60 + 0.5 * style.light_x * (x - lean) / half
    shade = smoothstep(0.78, 0.50, y) * (0.35 + 0.65 * style.depth)
    collar = torch.maximum(torch.maximum(cloth, (0.5 - y) / unit), (x.abs() - half - 0.1) / unit)
    paint(canvas, cover(collar), lit(p.cloth_second * 0.85, light, style))
    paint(canvas, cover(skin), lit(p.skin, light, style))
    paint(canvas, cover(skin) * shade * 0.55, p.skin * p.shadow_tint)
    outline(canvas, skin, style)


def ears(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
         style: SimpleNamespace, front: bool) -> None:
    """Both ears; with ``front`` only one that is turned towards us, over the head."""
    for sign in (-1.0, 1.0):
        at = [torch.full_like(p.ear_size, value) for value in (1.04 * sign, 0.06, -0.02)]
        cx, cy, depth = head.turn(*at)
        width = p.ear_size * (0.62 + 0.5 * depth.clamp(-0.3, 0.6))
        dx = local[0] - cx * head.half_width(cy) - sign * 0.02
        dy = local[1] - cy + sign * p.ear_tilt * dx
        ball = torch.sqrt((dx / width) ** 2 + (dy / (1.25 * p.ear_size)) ** 2)
        distance = (ball - 1) * width / style.pixel
        shown = smoothstep(0.02, 0.25, depth) if front else torch.ones_like(depth)
        light = 0.55 + 0.5 * style.light_x * sign - 0.5 * dy
        paint(canvas, cover(distance) * shown, lit(p.skin * 0.97, light, style))
        inner = smoothstep(0.85, 0.35, torch.sqrt(((dx + sign * 0.02) / width) ** 2 +
                                                  (dy / (1.25 * p.ear_size)) ** 2))
        paint(canvas, inner * shown * 0.45 * (0.3 + 0.7 * style.depth), p.skin * p.shadow_tint)
        outline(canvas, distance, style, shown * torch.ones_like(distance))
        ring = torch.sqrt(dx * dx + (dy - 1.35 * p.ear_size) ** 2) - 0.035
        paint(canvas, cover(ring / style.pixel) * shown * p.earring, p.earring_colour)
