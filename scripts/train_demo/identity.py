# SPDX-License-Identifier: Apache-2.0
"""The people to draw: a person's look as named parameters, from a seed.

``sample_identities`` gives the same numbers for a seed on every machine. Lengths are in units of the head's
half height unless noted; colours are RGB in [0, 1].
"""

import colorsys
from types import SimpleNamespace

import torch
from torch import Tensor

STYLES = ("shaded", "flat", "cel", "line")
HAIR_STYLES = ("bald", "buzz", "short", "parted", "bowl", "bob", "long", "wavy", "curly", "bun",
               "pigtails", "swept")
_DRAWS = 160

_SKIN = torch.tensor([
    [1.00, 0.88, 0.80], [0.99, 0.82, 0.71], [0.96, 0.77, 0.63], [0.92, 0.71, 0.55],
    [0.86, 0.63, 0.47], [0.77, 0.55, 0.39], [0.66, 0.45, 0.31], [0.54, 0.36, 0.25],
    [0.43, 0.28, 0.20], [0.34, 0.22, 0.17]])
_HAIR = torch.tensor([
    [0.10, 0.08, 0.09], [0.17, 0.11, 0.09], [0.28, 0.17, 0.11], [0.40, 0.24, 0.14],
    [0.56, 0.33, 0.17], [0.90, 0.73, 0.42], [0.97, 0.86, 0.60], [0.80, 0.36, 0.14],
    [0.62, 0.20, 0.11], [0.72, 0.72, 0.74], [0.95, 0.94, 0.92], [0.30, 0.52, 0.60],
    [0.86, 0.48, 0.60], [0.45, 0.36, 0.66], [0.26, 0.47, 0.33]])
_IRIS = torch.tensor([
    [0.26, 0.15, 0.09], [0.40, 0.24, 0.12], [0.55, 0.36, 0.14], [0.33, 0.47, 0.22],
    [0.18, 0.50, 0.38], [0.20, 0.45, 0.75], [0.42, 0.62, 0.82], [0.42, 0.46, 0.52],
    [0.45, 0.30, 0.60]])

# Per hair style: volume low, volume high, fringe (height of the hairline in front, -1 is the
# crown), side length low, high (0 is the ear), back length, curl, wave, bun, pigtails.
_HAIR_TABLE = torch.tensor([
    [1.00, 1.00, -2.00, -2.0, -2.0, 0.0, 0.0, 0.0, 0, 0],
    [1.02, 1.03, -0.66, -0.10, 0.05, 0.0, 0.0, 0.0, 0, 0],
    [1.07, 1.13, -0.60, -0.05, 0.12, 0.0, 0.0, 0.4, 0, 0],
    [1.08, 1.14, -0.62, 0.00, 0.20, 0.0, 0.0, 0.0, 0, 0],
    [1.09, 1.15, -0.50, 0.10, 0.25, 0.0, 0.0, 0.1, 0, 0],
    [1.12, 1.18, -0.54, 0.50, 0.75, 0.55, 0.0, 0.1, 0, 0],
    [1.09, 1.15, -0.62, 0.55, 0.85, 1.35, 0.0, 0.0, 0, 0],
    [1.13, 1.20, -0.60, 0.55, 0.80, 1.05, 0.3, 1.0, 0, 0],
    [1.22, 1.34, -0.60, 0.15, 0.55, 0.35, 1.0, 0.8, 0, 0],
    [1.06, 1.10, -0.66, -0.05, 0.15, 0.0, 0.0, 0.0, 1, 0],
    [1.07, 1.11, -0.58, 0.00, 0.20, 0.0, 0.2, 0.2, 0, 1],
    [1.12, 1.20, -0.64, -0.05, 0.10, 0.0, 0.15, 0.6, 0, 0]])

# Per drawing style: depth of shading, cel, ink, ink width in pixels of a 192 canvas, paper.
_STYLE_TABLE = torch.tensor([
    [1.00, 0.0, 0.00, 0.6, 0.00],
    [0.10, 0.0, 0.00, 0.6, 0.00],
    [0.85, 1.0, 0.75, 0.6, 0.00],
    [0.20, 0.8, 1.00, 0.80, 0.85]])


class _Draws:
    """Returns columns of uniform numbers [B] in a fixed order."""

    def __init__(self, seeds: list[int]) -> None:
        rows = [torch.rand(_DRAWS, generator=torch.Generator().manual_seed(s)) for s in seeds]
        self._table = torch.stack(rows)
        self._next = 0

    def uniform(self, low: float | Tensor = 0.0, high: float | Tensor = 1.0) -> Tensor:
        column = self._table[:, self._next]
        self._next += 1
        return low + (high - low) * column

    def chance(self, probability: float) -> Tensor:
        return (self.uniform() < probability).float()

    def pick(self, count: int) -> Tensor:
        return (self.uniform() * count).long().clamp(max=count - 1)

    def colour(self, saturation: tuple[float, float], value: tuple[float, float]) -> Tensor:
        rows = zip(self.uniform().tolist(), self.uniform(*saturation).tolist(),
                   self.uniform(*value).tolist())
        return torch.tensor([colorsys.hsv_to_rgb(*row) for row in rows])

    def from_palette(self, palette: Tensor, wobble: float) -> Tensor:
        """A colour between two neighbouring palette entries, slightly varied."""
        place = self.uniform() * (len(palette) - 1)
        low = place.floor().long().clamp(max=len(palette) - 2)
        share = (place - low)[:, None]
        colour = palette[low] * (1 - share) + palette[low + 1] * share
        return (colour * self.uniform(1 - wobble, 1 + wobble)[:, None]).clamp(0, 1)


def _head(d: _Draws) -> dict[str, Tensor]:
    return dict(
        head_width=d.uniform(0.78, 0.93), taper=d.uniform(0.08, 0.34), cheeks=d.uniform(0.0, 0.08),
        square=d.uniform(-0.02, 0.10), ear_size=d.uniform(0.13, 0.20), ear_tilt=d.uniform(-0.2, 0.2),
        neck_width=d.uniform(0.30, 0.42), skin=d.from_palette(_SKIN, 0.03),
        blush=d.uniform(0.0, 0.45) * d.chance(0.75), blush_size=d.uniform(0.12, 0.18),
        freckles=d.uniform(0.45, 0.85) * d.chance(0.25), freckle_phase=d.uniform(0, 50))


def _features(d: _Draws) -> dict[str, Tensor]:
    eye_size = d.uniform(0.195, 0.25)
    return dict(
        eye_x=d.uniform(0.36, 0.42), eye_y=d.uniform(-0.06, 0.04), eye_width=eye_size,
        eye_height=eye_size * d.uniform(0.76, 1.0), eye_tilt=d.uniform(-0.12, 0.2),
        iris_size=d.uniform(0.56, 0.68), iris=d.from_palette(_IRIS, 0.1),
        lash=d.uniform(0.4, 1.0), lash_flick=d.uniform(0.1, 0.3) * d.chance(0.45),
        lid_tint=d.uniform(0, 0.4) * d.chance(0.25), lid_colour=d.colour((0.4, 0.7), (0.4, 0.7)),
        brow_width=d.uniform(0.19, 0.25), brow_thick=d.uniform(0.028, 0.055),
        brow_gap=d.uniform(0.11, 0.15), brow_arch=d.uniform(0.04, 0.10),
        brow_slope=d.uniform(-0.025, 0.02), nose_width=d.uniform(0.08, 0.14),
        nose_y=d.uniform(0.24, 0.33), nose_length=d.uniform(1.12, 1.24),
        mouth_y=d.uniform(0.53, 0.60), mouth_half=d.uniform(0.21, 0.28),
        lip_upper=d.uniform(0.025, 0.05), lip_lower=d.uniform(0.035, 0.065),
        lip_rouge=d.uniform(0.25, 0.8), lip_colour=d.colour((0.55, 0.7), (0.65, 0.85)))


def _hair(d: _Draws) -> dict[str, Tensor]:
    style = d.pick(len(HAIR_STYLES))
    row = _HAIR_TABLE[style].T
    return dict(
        hair_style=style, has_hair=(style != 0).float(), buzz=(style == 1).float(),
        hair=d.from_palette(_HAIR, 0.06), volume=d.uniform(row[0], row[1]),
        fringe=row[2] + d.uniform(-0.07, 0.05), part=d.uniform(-0.35, 0.35),
        part_depth=d.uniform(0.05, 0.22) * ((style == 3) | (style == 6) | (style == 11)).float(),
        side=d.uniform(row[3], row[4]), back=row[5] * d.uniform(0.85, 1.15), curl=row[6] * 0.045,
        wave=row[7] * d.uniform(0.02, 0.05), bun=row[8] * d.uniform(0.26, 0.36),
        tails=row[9] * d.uniform(0.26, 0.36), strands=d.uniform(16, 34), hair_phase=d.uniform(0, 6.3),
        gloss=d.uniform(0.1, 0.4), hairline_wobble=d.uniform(4, 9))


def _extras(d: _Draws) -> dict[str, Tensor]:
    beard = d.chance(0.22)
    return dict(
        beard=beard * d.uniform(0.7, 0.97), beard_length=d.uniform(0.0, 0.12),
        beard_top=d.uniform(0.12, 0.34), moustache=torch.maximum(beard, d.chance(0.06)),
        glasses=d.chance(0.24), glasses_size=d.uniform(1.25, 1.5), glasses_power=d.uniform(2, 5),
        glasses_colour=d.colour((0.2, 0.8), (0.1, 0.45)), lens_tint=d.uniform(0.05, 0.2),
        earring=d.chance(0.2), earring_colour=d.colour((0.3, 0.7), (0.75, 0.95)))


def _scene(d: _Draws) -> dict[str, Tensor]:
    cloth = d.colour((0.35, 0.8), (0.35, 0.85))
    wall = d.colour((0.15, 0.5), (0.72, 0.98))
    return dict(
        cloth=cloth, cloth_second=d.colour((0.2, 0.8), (0.3, 0.95)), shoulder=d.uniform(0.62, 0.86),
        collar=d.pick(3), collar_depth=d.uniform(0.08, 0.2), stripes=d.chance(0.3),
        stripe_rate=d.uniform(14, 24), stripe_angle=d.chance(0.5) * d.uniform(-0.7, 0.7),
        wall=wall, wall_second=mix_colours(wall, d.colour((0.2, 0.6), (0.5, 0.95)), 0.6),
        wall_angle=d.uniform(0, 6.283), spots=d.chance(0.4), spot_phase=d.uniform(0, 100),
        rays=d.chance(0.15), light_angle=d.uniform(-2.6, -0.55), light_height=d.uniform(0.45, 0.8))


def mix_colours(a: Tensor, b: Tensor, share: float) -> Tensor:
    """a * (1 - share) + b * share."""
    return a * (1 - share) + b * share


def _drawing_style(d: _Draws) -> dict[str, Tensor]:
    style = d.pick(len(STYLES))
    row = _STYLE_TABLE[style].T
    ink = torch.tensor([0.13, 0.09, 0.12]) + d.uniform(0, 0.12)[:, None] * torch.tensor([1, 0.6, 0.9])
    tint = torch.stack([d.uniform(0.52, 0.6), d.uniform(0.42, 0.5), d.uniform(0.5, 0.62)], 1)
    paper = torch.tensor([0.99, 0.97, 0.93])
    return dict(style=style, depth=row[0], cel=row[1], ink=row[2], ink_width=row[3], paper=row[4],
                ink_colour=ink, shadow_tint=tint, paper_colour=paper.expand(len(style), 3))


def sample_identities(seeds: list[int]) -> dict[str, Tensor]:
    """The looks of the people with these seeds: tensors [B] and colours [B, 3], on the CPU."""
    draws = _Draws(seeds)
    fields = {}
    for part in (_drawing_style, _head, _features, _hair, _extras, _scene):
        fields.update(part(draws))
    return fields


def select(identities: dict[str, Tensor], index: Tensor) -> dict[str, Tensor]:
    """The identities at ``index`` (long tensor [N]), in that order; repeats are allowed."""
    return {name: value[index] for name, value in identities.items()}


def as_fields(identities: dict[str, Tensor], device: torch.device) -> SimpleNamespace:
    """The same with shapes for drawing: [B, 1, 1], and [B, 3, 1, 1] for colours."""
    shaped = {}
    for name, value in identities.items():
        shaped[name] = value.to(device, torch.float32)[..., None, None]
    return SimpleNamespace(**shaped)
