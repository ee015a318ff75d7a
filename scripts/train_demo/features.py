# SPDX-License-Identifier: Apache-2.0
"""Eyes, brows, nose, mouth, beard, freckles and glasses, painted in face coordinates (u, v)."""

from types import SimpleNamespace

import torch
from torch import Tensor

from train_demo.drawing import bump, channels, cover, lit, mix, paint, smoothstep
from train_demo.geometry import Head

_WHITE = (0.98, 0.97, 0.96)
_DARK = (0.16, 0.10, 0.09)


def _constant(colour: tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor(colour, device=like.device).view(1, 3, 1, 1)


def blush_and_freckles(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor,
                       smile: Tensor) -> None:
    """Rosy cheeks, which a smile lifts and warms, and freckles over nose and cheeks."""
    side = face.u.abs()
    cheek = bump(side - 0.47, p.blush_size) * bump(face.v - 0.30 + 0.05 * smile, p.blush_size * 0.8)
    rose = _constant((0.93, 0.36, 0.34), canvas) * (0.45 + 0.55 * p.skin)
    paint(canvas, mask * cheek * (p.blush + 0.14 * smile.clamp(0, 1)), rose)
    cell = 0.052
    column, row = (face.u / cell).floor(), (face.v / cell).floor()
    noise = torch.sin(column * 12.99 + row * 78.23 + p.freckle_phase) * 43758.5
    jitter = noise - noise.floor()
    du = face.u / cell - column - 0.3 - 0.4 * jitter
    dv = face.v / cell - row - 0.7 + 0.4 * jitter
    dot = cover((torch.sqrt(du * du + dv * dv) - 0.26 * jitter) * cell * face.grain)
    zone = smoothstep(0.75, 0.3, side) * bump(face.v - 0.24, 0.14)
    paint(canvas, mask * dot * zone * p.freckles, p.skin * _constant((0.62, 0.42, 0.34), canvas))


def beard(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor, light: Tensor,
          style: SimpleNamespace) -> None:
    """A beard with a soft, combed edge, fuller at the chin, and a moustache."""
    side = face.u.abs()
    comb = 0.5 + 0.5 * torch.sin(face.u * 58 + 3 * torch.sin(face.v * 7 + p.hair_phase))
    edge = mix(p.beard_top + 0.22, p.beard_top - 0.22, smoothstep(0.25, 0.95, side))
    shape = smoothstep(-0.05, 0.09, face.v - edge - 0.05 * comb + 0.02)
    lip = (torch.sqrt((face.u / 0.3) ** 2 + ((face.v - p.mouth_y) / 0.15) ** 2) - 1)
    shape = shape * smoothstep(-0.1, 0.25, lip)
    above = face.v - p.mouth_y + 0.105 - 0.12 * side
    whisker = cover((above.abs() - 0.052 * smoothstep(0.34, 0.12, side)) * face.grain)
    whisker = whisker * smoothstep(0.40, 0.3, side) * p.moustache
    alpha = torch.maximum(shape * p.beard, whisker * 0.92)
    tone = channels(0.78 + 0.09 * comb * style.depth + 0.18 * smoothstep(1.1, 0.4, face.v))
    paint(canvas, mask * alpha, lit(p.hair * tone, light, style))


def _mouth_lines(p: SimpleNamespace, face: SimpleNamespace, m: SimpleNamespace) -> SimpleNamespace:
    """Heights of the upper and lower edge of the opening, relative to the mouth's place."""
    grin = m.smile.clamp(0, 1)
    half = p.mouth_half * (1 + 0.30 * m.mouth_width + 0.22 * grin)
    t = face.u / half
    inside = (1 - t * t)
    centre = -(m.smile + 0.12) * 0.135 * (t * t - 0.45)
    gap = 0.27 * m.jaw + 0.055 * grin
    top = centre - 0.22 * gap * inside
    bottom = centre + gap * inside * (1 + 0.12 * m.jaw)
    return SimpleNamespace(t=t, half=half, centre=centre, top=top, bottom=bottom, inside=inside,
                           gap=gap, y=face.v - p.mouth_y)


def mouth(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor,
          m: SimpleNamespace, style: SimpleNamespace) -> None:
    """Lips, the open mouth with teeth and tongue, the closed line, and the smile's creases."""
    s = _mouth_lines(p, face, m)
    bow = 1 - 0.35 * bump(s.t, 0.16)
    upper = p.lip_upper * s.inside * bow * 1.15
    lower = p.lip_lower * s.inside
    rouge = mix(p.skin * _constant((0.80, 0.55, 0.53), canvas), p.lip_colour, p.lip_rouge[:, None])
    ends = (s.t.abs() - 1.0) * s.half * face.grain
    lips = torch.maximum(s.top - upper - s.y, s.y - s.bottom - lower) * face.grain
    lips = torch.maximum(lips, ends)
    shine = bump(s.y - s.bottom - 0.5 * lower, 0.022) * bump(s.t, 0.45) * style.depth
    paint(canvas, mask * cover(lips), (rouge + channels(0.16 * shine)).clamp(0, 1))
    under = bump(s.y - s.bottom - lower - 0.035, 0.025) * bump(s.t, 0.5)
    paint(canvas, mask * under * 0.25 * style.depth, p.skin * 0.62)
    opening = torch.maximum(s.top - s.y, s.y - s.bottom) * face.grain
    hole = mask * cover(torch.maximum(opening, ends)) * smoothstep(0.004, 0.02, s.gap)
    paint(canvas, hole, _constant((0.30, 0.07, 0.09), canvas))
    tongue = torch.sqrt((s.t / 0.62) ** 2 + ((s.y - s.bottom) / (0.5 * s.gap + 1e-3)) ** 2) - 1
    paint(canvas, hole * cover(tongue * 0.5 * s.gap * face.grain) * 0.95,
          _constant((0.86, 0.38, 0.40), canvas))
    teeth = (s.y - s.top - (0.035 + 0.10 * s.gap + 0.03 * m.smile.clamp(0, 1))) * face.grain
    paint(canvas, hole * cover(teeth), _constant(_WHITE, canvas))
    line = (s.y - s.centre).abs() * face.grain - 0.95 * style.unit
    shut = smoothstep(0.10, 0.02, s.gap)
    paint(canvas, mask * cover(torch.maximum(line, ends - 1)) * (0.25 + 0.7 * shut) *
          cover(opening.neg() - 1.5), p.skin * _constant((0.42, 0.22, 0.22), canvas))
    _creases(canvas, p, face, mask, m, s, style)


def _creases(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor,
             m: SimpleNamespace, s: SimpleNamespace, style: SimpleNamespace) -> None:
    """Arcs beside a smiling mouth, shorter ones below the corners of a sad one."""
    corner_v = p.mouth_y - 0.135 * m.smile * 0.55
    side, height = face.u.abs() - s.half, face.v - corner_v
    ring = torch.sqrt((side + 0.10) ** 2 + (height + 0.02) ** 2) - 0.165
    arc = cover(ring.abs() * face.grain - 0.6 * style.unit) * smoothstep(0.0, 0.06, side)
    arc = arc * smoothstep(0.16, 0.05, height.abs())
    paint(canvas, mask * arc * 0.6 * smoothstep(0.05, 0.7, m.smile), p.skin * 0.55)
    droop = cover((side - 0.02 - 0.3 * height).abs() * face.grain - 0.6 * style.unit)
    droop = droop * smoothstep(0.0, 0.02, height) * smoothstep(0.11, 0.07, height)
    paint(canvas, mask * droop * 0.6 * smoothstep(0.15, 0.8, -m.smile), p.skin * 0.55)


def _eye_frame(p: SimpleNamespace, face: SimpleNamespace, m: SimpleNamespace) -> SimpleNamespace:
    """Both eyes at once: each pixel belongs to the eye on its half of the face."""
    right = face.u > 0
    outward = face.u.abs() - p.eye_x
    x = torch.where(right, outward, -outward)
    shut = torch.where(right, m.eyelid_right, m.eyelid_left)
    y = face.v - p.eye_y + p.eye_tilt * outward
    t = outward / p.eye_width
    arch = (1 - t * t) * (1 + 0.12 * t)
    upper = -p.eye_height * arch
    lower = 0.80 * p.eye_height * (1 - t * t)
    lower = lower * (1 - 0.25 * m.smile.clamp(0, 1))
    lid = mix(upper, lower * 0.85, shut)
    return SimpleNamespace(x=x, y=y, t=t, shut=shut, upper=upper, lower=lower, lid=lid)


def eyes(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor,
         m: SimpleNamespace, style: SimpleNamespace) -> None:
    """Socket, lid, eyeball with iris and light, lashes and the lid's crease."""
    e = _eye_frame(p, face, m)
    grain = face.grain
    socket = torch.sqrt((e.t / 1.35) ** 2 + ((e.y + 0.02) / (p.eye_height * 1.5)) ** 2)
    paint(canvas, mask * smoothstep(1.0, 0.5, socket) * 0.16 * style.depth, p.skin * 0.5)
    lid = mix(p.skin * 0.90, p.lid_colour, p.lid_tint[:, None])
    fold = torch.maximum(e.upper - 0.02 - e.y, e.y - e.lower) * grain
    paint(canvas, mask * cover(fold), lid)
    ball = torch.maximum(e.lid - e.y, e.y - e.lower) * grain
    open_eye = mask * cover(ball)
    shade = smoothstep(0.0, 0.09, e.y - e.lid)
    paint(canvas, open_eye, _constant(_WHITE, canvas) * channels(0.78 + 0.22 * shade))
    _iris(canvas, p, e, open_eye, grain, m, shade)
    ink = mix(_constant(_DARK, canvas), p.hair * 0.35, 0.4)
    reach = 1.04 + p.lash_flick * smoothstep(-0.2, 0.8, e.t)
    lash_y = e.lid - p.lash_flick * 0.5 * p.eye_height * smoothstep(0.7, 1.3, e.t)
    lash = (e.y - lash_y).abs() * grain - (0.8 + 0.7 * p.lash * (1 + 0.5 * e.t)) * style.unit
    lash = torch.maximum(lash, (e.t.abs() - reach) * p.eye_width * grain)
    paint(canvas, mask * cover(lash), ink)
    rim = (e.y - e.lower).abs() * grain - 0.25 * style.unit
    rim = torch.maximum(rim, (e.t.abs() - 0.9) * p.eye_width * grain)
    paint(canvas, mask * cover(rim) * 0.55, p.skin * 0.45)
    crease = (e.y - e.upper * 1.12 + 0.035).abs() * grain - 0.2 * style.unit
    crease = torch.maximum(crease, (e.t.abs() - 0.8) * p.eye_width * grain)
    paint(canvas, mask * cover(crease) * 0.5 * (1 - e.shut), p.skin * 0.5)


def _iris(canvas: Tensor, p: SimpleNamespace, e: SimpleNamespace, open_eye: Tensor, grain: Tensor,
          m: SimpleNamespace, shade: Tensor) -> None:
    """Iris, pupil and highlight. The gaze moves them far, so that it can be read."""
    x = e.x - 0.50 * p.eye_width * m.gaze_x
    y = e.y - 0.02 - 0.50 * p.eye_height * m.gaze_y
    radius = p.iris_size * p.eye_height
    distance = torch.sqrt(x * x + y * y)
    rim = smoothstep(0.65, 1.0, distance / radius)
    glow = smoothstep(-0.6, 0.9, y / radius)
    tone = channels((0.72 + 0.55 * glow) * (1 - 0.55 * rim) * (0.7 + 0.3 * shade))
    paint(canvas, open_eye * cover((distance - radius) * grain), (p.iris * tone).clamp(0, 1))
    paint(canvas, open_eye * cover((distance - 0.48 * radius) * grain),
          _constant((0.05, 0.04, 0.05), canvas))
    spark = torch.sqrt((x + 0.34 * radius) ** 2 + (y + 0.38 * radius) ** 2) - 0.27 * radius
    paint(canvas, open_eye * cover(spark * grain), _constant((1.0, 1.0, 1.0), canvas))


def brows(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor,
          m: SimpleNamespace, style: SimpleNamespace) -> None:
    """Brows that arch when raised and lower their inner ends in a frown; level when at rest."""
    raised, frown = m.brows.clamp(0, 1), (-m.brows).clamp(0, 1)
    t = (face.u.abs() - p.eye_x - 0.01) / p.brow_width
    base = p.eye_y - p.eye_height - p.brow_gap - 0.15 * raised + 0.05 * frown
    arch = (p.brow_arch + 0.06 * raised - 0.03 * frown) * 0.7 * (t - 0.15) ** 2
    tilt = (p.brow_slope + 0.02 * raised) * t - 0.085 * frown * (t - 0.2)
    thick = p.brow_thick * (1 - 0.45 * smoothstep(0.0, 1.0, t)) * (1 - 0.25 * smoothstep(-0.6, -1, t))
    shape = torch.maximum((face.v - base - arch - tilt).abs() - thick, (t.abs() - 1) * p.brow_width)
    comb = 0.5 + 0.5 * torch.sin(face.u.abs() * 130 + face.v * 60)
    colour = p.hair * 0.48 + 0.02
    grey = mix(colour, p.skin * 0.62, 0.35)
    paint(canvas, mask * cover(shape * face.grain) * (0.97 - 0.15 * comb * style.depth),
          mix(colour, grey, (p.hair.mean(1) > 0.6).float()[:, None]))
    knit = cover((face.u.abs() - 0.055).abs() * face.grain - 0.35 * style.unit)
    knit = knit * smoothstep(0.09, 0.03, (face.v - p.eye_y + 0.17).abs())
    paint(canvas, mask * knit * frown * 0.55, p.skin * 0.5)


def nose(canvas: Tensor, p: SimpleNamespace, head: Head, local: tuple[Tensor, Tensor], mask: Tensor,
         style: SimpleNamespace) -> None:
    """A nose that stands out of the face: its tip is placed on a larger ball, which gives parallax."""
    tip_x, tip_y = head.place(torch.zeros_like(p.nose_y), p.nose_y, p.nose_length)
    top_x, top_y = head.place(torch.zeros_like(p.nose_y), p.eye_y - 0.02)
    x, y = local[0] - tip_x, local[1] - tip_y
    unit = style.pixel
    along = ((local[1] - top_y) / (tip_y - top_y).clamp_min(0.05)).clamp(0, 1)
    ridge = local[0] - mix(top_x, tip_x, along)
    width = mix(0.035, 0.8, along * along) * p.nose_width
    turn = (head.sin_yaw * 2).clamp(-1, 1)
    side = bump(ridge - width * torch.where(turn >= 0, -1.0, 1.0) * 1.1, 0.045)
    shadow = side * along * smoothstep(1.6, 0.6, y / p.nose_width + 1) * (0.10 + 0.24 * turn.abs())
    paint(canvas, mask * shadow * (0.35 + 0.65 * style.depth) * (y < 0.1), p.skin * 0.5)
    paint(canvas, mask * bump(ridge, 0.03) * along * (y < 0) * 0.22 * style.depth,
          (p.skin * 1.25).clamp(0, 1))
    ball = torch.sqrt((x / p.nose_width) ** 2 + ((y + 0.01) / (0.8 * p.nose_width)) ** 2)
    under = smoothstep(1.25, 0.9, ball) * smoothstep(-0.01, 0.07, y)
    paint(canvas, mask * under * (0.12 + 0.28 * style.depth), p.skin * _constant((0.62, 0.45, 0.44), canvas))
    paint(canvas, mask * bump(x + 0.02, 0.035) * bump(y + 0.035, 0.03) * 0.4 * style.depth,
          (p.skin * 1.3 + 0.05).clamp(0, 1))
    holes = torch.sqrt(((x.abs() - 0.5 * p.nose_width) / 1.5) ** 2 + (y - 0.045) ** 2) - 0.017
    paint(canvas, mask * cover(holes / unit) * 0.75, p.skin * _constant((0.36, 0.22, 0.22), canvas))
    arc = cover((ball - 1).abs() * p.nose_width / unit - style.ink_width) * (y > 0.3 * p.nose_width)
    paint(canvas, mask * arc * style.ink, style.ink_colour)


def glasses(canvas: Tensor, p: SimpleNamespace, face: SimpleNamespace, mask: Tensor,
            bare: Tensor, style: SimpleNamespace) -> None:
    """Two rounded frames, a bridge and temples (where ``bare`` of hair), a tint and a glint."""
    side = face.u.abs()
    size = p.eye_width * p.glasses_size
    x, y = (side - p.eye_x - 0.01).abs() / size, (face.v - p.eye_y - 0.02).abs() / (0.88 * size)
    power = p.glasses_power
    ring = ((x.clamp_min(1e-4) ** power + y.clamp_min(1e-4) ** power) ** (1 / power) - 1) * size
    glass = mask * cover(ring * face.grain) * p.glasses
    paint(canvas, glass * p.lens_tint, mix(p.glasses_colour, _constant((0.8, 0.9, 1.0), canvas), 0.6))
    glint = bump(face.u - p.eye_x * face.u.sign() + face.v - p.eye_y + 0.12, 0.03)
    paint(canvas, glass * glint * 0.22, _constant((1.0, 1.0, 1.0), canvas))
    thick = 1.15 * style.unit
    frame = ring.abs() * face.grain - thick
    bridge = torch.maximum((face.v - p.eye_y + 0.01).abs() * face.grain - thick,
                           (side - p.eye_x + size) * face.grain)
    temple = torch.maximum((face.v - p.eye_y).abs() * face.grain - 0.9 * thick,
                           (p.eye_x + size - side) * face.grain)
    temple = torch.maximum(temple, (side - 1.3) * face.grain)
    shape = torch.maximum(cover(torch.minimum(frame, bridge)), cover(temple) * bare)
    paint(canvas, mask * shape * p.glasses, p.glasses_colour)
