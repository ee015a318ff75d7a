# SPDX-License-Identifier: Apache-2.0
"""The head as an egg-warped ball: from pixels to face coordinates and back.

Canvas coordinates run from -1 to 1, y down. Head coordinates are canvas coordinates after undoing
shift, roll, scale and the jaw's stretch. The ball's surface under a pixel, turned back by yaw and
pitch, gives face coordinates (u, v): the angle from the face's centre in radians, u to the right
of an unturned face, v down (an azimuthal equidistant chart, which keeps shapes near the centre).
"""

from types import SimpleNamespace

import torch
from torch import Tensor

from train_demo.drawing import bump, smoothstep

HALF_HEIGHT = 0.57  # of an unscaled head, in half canvas sizes
NECK_HEIGHT = 0.47  # of the canvas, where the head turns on the neck
_JAW_DROP = 0.20  # of the half height, at a fully open jaw


class Head:
    """Position and rotation of a batch of heads; every attribute is [B, 1, 1]."""

    def __init__(self, person: SimpleNamespace, motion: Tensor) -> None:
        """motion [B, 14] in the units of motion.py."""
        m = motion[..., None, None]
        yaw, pitch, roll = torch.deg2rad(m[:, 0:3]).unbind(1)
        self.cos_yaw, self.sin_yaw = yaw.cos(), yaw.sin()
        self.cos_pitch, self.sin_pitch = pitch.cos(), pitch.sin()
        self.cos_roll, self.sin_roll = roll.cos(), roll.sin()
        self.size = HALF_HEIGHT * m[:, 5]
        self.pivot_x, self.pivot_y = m[:, 3], m[:, 4] + NECK_HEIGHT  # the neck, about which heads tilt
        self.lean = 0.10 * self.sin_yaw
        self.nod = 0.06 * self.sin_pitch
        self.jaw = m[:, 6]
        self.person = person

    def to_local(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Canvas coordinates in units of the half height about the head's centre, jaw stretched."""
        x, y = (x - self.pivot_x) / self.size, (y - self.pivot_y) / self.size
        local_x = x * self.cos_roll + y * self.sin_roll - self.lean
        local_y = y * self.cos_roll - x * self.sin_roll + 0.92 - self.nod
        return local_x, local_y

    def from_local(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The inverse of ``to_local``."""
        x, y = x + self.lean, y - 0.92 + self.nod
        return (self.pivot_x + self.size * (x * self.cos_roll - y * self.sin_roll),
                self.pivot_y + self.size * (y * self.cos_roll + x * self.sin_roll))

    def jaw_stretch(self, y: Tensor) -> Tensor:
        """How far the point drawn at local height y was pulled down by the jaw."""
        return _JAW_DROP * self.jaw * smoothstep(0.15, 1.1, y)

    def jaw_stretched(self, y: Tensor) -> Tensor:
        """The inverse of ``jaw_stretch``: where points at local height y are drawn after the jaw moved them."""
        drawn = y
        for _ in range(12):  # a contraction: the stretch's slope is under 0.35
            drawn = y + self.jaw_stretch(drawn)
        return drawn

    def half_width(self, y: Tensor) -> Tensor:
        """Half width of the ball's chart at height y (before the jaw), in half heights."""
        p = self.person
        below = y.clamp(0, 1.3)
        egg = 1 - p.taper * below * below.sqrt() + p.cheeks * bump(y - 0.35, 0.3)
        return p.head_width * (egg + p.square * y * y * (y < 1.2))

    def turn(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rotates a direction in face coordinates by yaw, then pitch."""
        x, z = x * self.cos_yaw + z * self.sin_yaw, z * self.cos_yaw - x * self.sin_yaw
        return x, y * self.cos_pitch + z * self.sin_pitch, z * self.cos_pitch - y * self.sin_pitch

    def turn_back(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The inverse of ``turn``."""
        y, z = y * self.cos_pitch - z * self.sin_pitch, y * self.sin_pitch + z * self.cos_pitch
        return x * self.cos_yaw - z * self.sin_yaw, y, x * self.sin_yaw + z * self.cos_yaw

    def place(self, u: Tensor, v: Tensor, radius: Tensor | float = 1.0) -> tuple[Tensor, Tensor]:
        """Local coordinates at which the face point (u, v) is drawn, jaw included."""
        angle = torch.sqrt(u * u + v * v).clamp_min(1e-6)
        ratio = angle.sin() / angle
        x, y, _ = self.turn(u * ratio, v * ratio, angle.cos())
        x, y = x * radius * self.half_width(y), y * radius
        return x, self.jaw_stretched(y)


def surface(head: Head, x: Tensor, y: Tensor, unit: Tensor, swell: Tensor | float = 1.0,
            ripple: Tensor | float = 0.0) -> SimpleNamespace:
    """The head's (or, swollen, the hair's) surface under local points x, y [B, S, S].

    ``unit`` is the pixel's size in local units. Returns ``distance`` to the silhouette in pixels,
    the normal ``nx ny nz`` as seen, ``px py pz`` on the unturned ball, the chart ``u v`` and its
    ``grain``, pixels per radian (larger towards the rim, where the chart is squeezed).
    """
    width = head.half_width(y / swell) * swell
    nx, ny = x / width, y / swell
    radius = torch.sqrt(nx * nx + ny * ny).clamp_min(1e-4)
    slope = torch.sqrt((nx / width) ** 2 + (ny / swell) ** 2).clamp_min(1e-3) / radius
    distance = (radius - 1 - ripple) / (slope * unit)
    shrink = 1 / torch.maximum(radius, torch.ones_like(radius))
    nx, ny = nx * shrink, ny * shrink
    nz = (1 - nx * nx - ny * ny).clamp_min(1e-6).sqrt()
    px, py, pz = head.turn_back(nx, ny, nz)
    rim = torch.sqrt(px * px + py * py).clamp_min(1e-6)
    stretch = torch.atan2(rim, pz) / rim
    return SimpleNamespace(distance=distance, nx=nx, ny=ny, nz=nz, px=px, py=py, pz=pz,
                           u=px * stretch, v=py * stretch, grain=nz.clamp_min(0.2) / unit)
