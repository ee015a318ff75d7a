# SPDX-License-Identifier: Apache-2.0
"""Hair: the part behind head and shoulders, and the cap with fringe and sides in front."""

from types import SimpleNamespace

import torch
from torch import Tensor

from train_demo.drawing import bump, channels, cover, lit, mix, outline, paint, smoothstep, to_pixels
from train_demo.geometry import Head, surface


def _strand_tone(p: SimpleNamespace, across: Tensor, style: SimpleNamespace) -> Tensor:
    """Lighter and darker strands, as a factor [B, 1, S, S] about 1."""
    fine = torch.sin(across * p.strands + 2 * torch.sin(across * 5 + p.hair_phase))
    broad = torch.sin(across * 0.37 * p.strands + p.hair_phase)
    return channels(1 + (0.4 + 0.6 * style.depth) * (0.06 * fine + 0.05 * broad))


def _ball(head: Head, x: Tensor, y: Tensor, centre: tuple[float, float, float], size: Tensor,
          pixel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Distance in pixels to a ball of hair fixed to the head, and its depth and light."""
    direction = [torch.full_like(size, value) for value in centre]
    cx, cy, cz = head.turn(*direction)
    dx, dy = x - cx * head.person.head_width, y - cy
    distance = (torch.sqrt(dx * dx + dy * dy) - size) / pixel
    return distance, cz, 0.55 - 0.4 * dy / size - 0.2 * dx / size


def behind(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
           style: SimpleNamespace) -> None:
    """Long hair behind the shoulders, buns, and pigtails on the far side."""
    x, y = local
    hang_x = x + 0.16 * head.sin_yaw + 0.5 * head.sin_roll * smoothstep(0.0, 1.4, y) * 0.6
    wave = p.wave * torch.sin(y * 9 + p.hair_phase)
    flare = 1 + 0.10 * smoothstep(-0.2, 1.2, y) + 0.02 * torch.sin(y * 13) * p.curl * 20
    half = p.head_width * p.volume * 1.03 * flare
    corner = 0.28
    bottom = p.back + 0.05 * torch.sin(hang_x * 11 + p.hair_phase) * (p.wave > 0.01)
    dx = (hang_x + wave).abs() - half + corner
    dy = (y - (bottom - 0.3) / 2).abs() - (bottom + 0.3) / 2 + corner
    box = torch.sqrt(dx.clamp_min(0) ** 2 + dy.clamp_min(0) ** 2) + torch.maximum(dx, dy).clamp_max(0)
    distance = (box - corner) / style.pixel
    mask = cover(distance) * (p.back > 0.05)
    tone = _strand_tone(p, hang_x, style) * 0.80
    light = 0.62 + 0.35 * x - 0.12 * y
    paint(canvas, mask, lit(p.hair * tone, light, style))
    outline(canvas, distance, style, (p.back > 0.05).float())
    _inside(canvas, p, head, local, style)
    for centre, size in (((0.0, -1.12, -0.25), p.bun), ((1.22, -0.30, -0.25), p.tails),
                         ((-1.22, -0.30, -0.25), p.tails)):
        _knot(canvas, p, head, local, centre, size, style)


def _inside(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
            style: SimpleNamespace) -> None:
    """The inner side of the hair, visible between the face and hair that stands off."""
    s = _shell(p, head, local, style)
    far_py = s.py - 2 * s.nz * (-head.sin_pitch)
    reach = (far_py - p.side.clamp_min(0.3)) * 0.9 / style.pixel
    distance = torch.maximum(s.distance, reach)
    paint(canvas, cover(distance) * p.has_hair * (1 - p.buzz), p.hair * p.shadow_tint)


def _shell(p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
           style: SimpleNamespace) -> SimpleNamespace:
    """The surface of the hair: the head's ball, larger and a little higher, with curls at the rim."""
    x, y = local[0], local[1] - head.jaw_stretch(local[1])
    ripple = p.curl * torch.sin(torch.atan2(x, -y) * 11 + p.hair_phase) * smoothstep(0.9, 0.3, y)
    swell = p.volume.clamp_min(1.0)
    return surface(head, x, y + 0.3 * (swell - 1), style.pixel, swell, ripple)


def _knot(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
          centre: tuple[float, float, float], size: Tensor, style: SimpleNamespace) -> None:
    present = (size > 0).float()
    distance, _, light = _ball(head, *local, centre, size.clamp_min(0.05), style.pixel)
    paint(canvas, cover(distance) * present,
          lit(p.hair * _strand_tone(p, local[0] * 1.6 + local[1], style), light, style))
    outline(canvas, distance, style, present)


def hairline(p: SimpleNamespace, cap: SimpleNamespace) -> Tensor:
    """Height (on the unit ball, down) to which the hair reaches at each longitude."""
    longitude = torch.atan2(cap.px, cap.pz)
    side = longitude.abs()
    front = p.fringe + 0.10 * (longitude / 0.8) ** 2
    front = front - p.part_depth * bump(longitude - p.part, 0.30)
    front = front + p.wave * 0.8 * torch.sin(longitude * p.hairline_wobble + p.hair_phase)
    to_side = smoothstep(0.72, 1.02, side)
    sides = mix(p.side, torch.maximum(p.side, torch.full_like(p.side, 0.62)),
                smoothstep(1.62, 2.0, side))
    sides = sides + p.wave * torch.sin(side * 15 + p.hair_phase)
    return mix(front, sides, to_side)


def cap(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
        style: SimpleNamespace) -> Tensor:
    """The hair on the head. Returns its coverage [B, S, S]."""
    s = _shell(p, head, local, style)
    edge = to_pixels(s.py - hairline(p, s))
    distance = torch.maximum(s.distance, edge)
    mask = cover(distance) * p.has_hair * mix(1.0, 0.72, p.buzz)
    longitude = torch.atan2(s.px, (s.pz - 0.4 * s.py).clamp_min(0.02))
    tone = _strand_tone(p, longitude * 1.3, style)
    light = style.light_x * s.nx + style.light_y * s.ny + style.light_z * s.nz
    light = 0.5 + 0.5 * light - 0.22 * smoothstep(-0.10, 0.0, s.py - hairline(p, s)) * (1 - p.buzz)
    band = bump(s.py + 0.66 + 0.03 * torch.sin(longitude * 9), 0.11) * s.nz
    colour = lit(p.hair * tone, light, style)
    shine = channels(band * p.gloss * (0.15 + 0.85 * style.depth) * (1 - p.buzz))
    paint(canvas, mask, (colour + shine * (0.35 + 0.65 * p.hair)).clamp(0, 1))
    outline(canvas, distance, style, p.has_hair * (1 - 0.7 * p.buzz))
    return mask


def knots_in_front(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
                   style: SimpleNamespace) -> None:
    """Hair ties of the pigtails, small balls on the near side."""
    present = (p.tails > 0).float()
    for sign in (1.0, -1.0):
        distance, depth, light = _ball(head, *local, (1.02 * sign, -0.34, -0.15),
                                       torch.full_like(p.tails, 0.075), style.pixel)
        near = smoothstep(-0.45, -0.1, depth)
        paint(canvas, cover(distance) * present * near, lit(p.cloth_second, light, style))


