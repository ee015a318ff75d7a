# SPDX-License-Identifier: Apache-2.0
"""Draws people: identities and motions in, pictures, landmarks and face boxes out.

Everything is vectorised signed-distance drawing in torch: the same picture for the same numbers on
every machine up to rounding, on the CPU or a GPU, at any size.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import torch
from torch import Tensor

from train_demo import features, hair, scene
from train_demo.drawing import cover, lit, outline, paint, smoothstep
from train_demo.geometry import HALF_HEIGHT, Head, surface
from train_demo.identity import as_fields

_CPU_BATCH = 4  # a larger working set leaves the cache and collapses in page faults


@dataclass
class Drawing:
    """Pictures [B, 3, S, S] in [0, 1], landmarks [B, 5, 2] (eyes, nose, mouth corners; left of the
    image first) and face boxes [B, 4] (x1 y1 x2 y2: brow to chin, ear to ear), both in pixels."""

    images: Tensor
    landmarks: Tensor
    boxes: Tensor


def _style(p: SimpleNamespace, head: Head, size: int) -> SimpleNamespace:
    """Pixel sizes, light and line widths that all painters share."""
    scale = size / 192
    plane = (1 - p.light_height**2).sqrt()
    return SimpleNamespace(
        canvas_pixel=2 / size, pixel=2 / size / head.size, unit=scale * head.size / HALF_HEIGHT,
        depth=p.depth, cel=p.cel, ink=p.ink, ink_width=p.ink_width * scale,
        ink_colour=p.ink_colour, shadow_tint=p.shadow_tint, light_x=p.light_angle.cos() * plane,
        light_y=p.light_angle.sin() * plane, light_z=p.light_height)


def _mouth_and_eyes(motion: Tensor) -> SimpleNamespace:
    m = motion[..., None, None].unbind(1)
    return SimpleNamespace(jaw=m[6], smile=m[7], mouth_width=m[8], eyelid_left=m[9],
                           eyelid_right=m[10], gaze_x=m[11], gaze_y=m[12], brows=m[13])


def _face(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor],
          motion: Tensor, style: SimpleNamespace) -> None:
    """The head from skin to glasses, with the hair cap between brows and freckles."""
    x, y = local[0], local[1] - head.jaw_stretch(local[1])
    m = _mouth_and_eyes(motion)
    face = surface(head, x, y, style.pixel)
    skin = cover(face.distance)
    light = 0.5 + 0.5 * (style.light_x * face.nx + style.light_y * face.ny + style.light_z * face.nz)
    paint(canvas, skin, lit(p.skin, light, style))
    outline(canvas, face.distance, style)
    front = skin * smoothstep(1.75, 1.45, torch.sqrt(face.u**2 + face.v**2))
    features.blush_and_freckles(canvas, p, face, front, m.smile)
    features.beard(canvas, p, face, front, light, style)
    features.mouth(canvas, p, face, front, m, style)
    features.eyes(canvas, p, face, front, m, style)
    _hair_shadow(canvas, p, face, front, style)
    features.nose(canvas, p, head, local, front, style)
    scene.ears(canvas, p, head, local, style, front=True)
    covered = hair.cap(canvas, p, head, local, style)
    features.brows(canvas, p, face, front, m, style)
    features.glasses(canvas, p, face, front, 1 - covered, style)
    hair.knots_in_front(canvas, p, head, local, style)


def _hair_shadow(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor,
                 style: SimpleNamespace) -> None:
    """The fringe's soft shadow on the forehead."""
    below = face.py - hair.hairline(p, face)
    shade = smoothstep(0.16, 0.0, below) * p.has_hair * (1 - p.buzz) * style.depth
    paint(canvas, mask * shade * 0.4, p.skin * p.shadow_tint)


def _paper(canvas: Tensor, p: SimpleNamespace) -> None:
    """The line style is a light wash of colour on paper."""
    canvas.lerp_(p.paper_colour.expand_as(canvas), p.paper[:, None] * 0.55)


def _draw(p: SimpleNamespace, motion: Tensor, size: int) -> Drawing:
    head = Head(p, motion)
    style = _style(p, head, size)
    step = (torch.arange(size, device=motion.device) + 0.5) * (2 / size) - 1
    x, y = step.view(1, 1, size), step.view(1, size, 1)
    x, y = x.expand(1, size, size), y.expand(1, size, size)
    canvas = torch.empty(motion.shape[0], 3, size, size, device=motion.device)
    local = head.to_local(x, y)
    scene.wall(canvas, p, x, y, style)
    _paper(canvas, p)
    hair.behind(canvas, p, head, local, style)
    scene.body(canvas, p, head, x, y, style)
    scene.ears(canvas, p, head, local, style, front=False)
    _face(canvas, p, head, local, motion, style)
    canvas.lerp_(p.paper_colour.expand_as(canvas), p.paper[:, None] * 0.25)
    landmarks = (_landmarks(p, head, motion) + 1) * (size / 2)
    return Drawing(canvas.clamp_(0, 1), landmarks, (_box(head) + 1) * (size / 2))


def _landmarks(p: SimpleNamespace, head: Head, motion: Tensor) -> Tensor:
    """Canvas coordinates [B, 5, 2] of the eyes' centres, the nose's tip and the mouth's corners."""
    m = _mouth_and_eyes(motion)
    half = p.mouth_half * (1 + 0.30 * m.mouth_width + 0.22 * m.smile.clamp(0, 1))
    corner = p.mouth_y - 0.135 * m.smile * 0.55
    centre = torch.zeros_like(corner)
    points = ((-p.eye_x, p.eye_y, 1.0), (p.eye_x, p.eye_y, 1.0),
              (centre, p.nose_y, p.nose_length), (-half, corner, 1.0), (half, corner, 1.0))
    drawn = []
    for u, v, radius in points:
        drawn.append(torch.cat(head.from_local(*head.place(u, v, radius)), -1).squeeze(1))
    return torch.stack(drawn, 1)


def _box(head: Head) -> Tensor:
    """Canvas box [B, 4] of the face from above the brows to the chin."""
    turn = torch.linspace(0, 2 * torch.pi, 33, device=head.size.device)[:-1].view(1, 1, -1)
    x, y = turn.sin(), -turn.cos()
    y = torch.where(y < 0, y * 0.62, y)
    width = head.half_width(y)
    canvas_x, canvas_y = head.from_local(x * width, head.jaw_stretched(y))
    canvas_x, canvas_y = canvas_x.flatten(1), canvas_y.flatten(1)
    return torch.stack([canvas_x.amin(1), canvas_y.amin(1), canvas_x.amax(1), canvas_y.amax(1)], 1)


@torch.no_grad()
def render(identities: dict[str, Tensor], motions: Tensor, size: int = 192,
           device: torch.device | str = "cpu") -> Drawing:
    """Draws person i in pose i: identities as from ``sample_identities`` (B people), motions
    [B, 14] in the units of motion.py; canvases of size x size on ``device``."""
    device = torch.device(device)
    batch = _CPU_BATCH if device.type == "cpu" else 320
    parts = []
    for start in range(0, motions.shape[0], batch):
        chosen = {name: value[start:start + batch] for name, value in identities.items()}
        motion = motions[start:start + batch].to(device, torch.float32)
        parts.append(_draw(as_fields(chosen, device), motion, size))
    return Drawing(torch.cat([part.images for part in parts]),
                   torch.cat([part.landmarks for part in parts]),
                   torch.cat([part.boxes for part in parts]))
