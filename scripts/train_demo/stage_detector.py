# SPDX-License-Identifier: Apache-2.0
"""Trains the face detector on drawn faces, from 0.3 to 1 of the frame's height, at any position, or without a
face."""

import math
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.networks.detector import FaceGrid, YuNetDetector
from train_demo.crops import jitter_colours
from train_demo.loop import Stage, channels_last, load_averaged
from train_demo.pool import TRAIN, Pool, as_float, load_pools

_STRIDES = (8, 16, 32)
_SIDE = 160  # px of the training pictures, as min_side in sizes.py
# Face heights in px for each stride; neighbours overlap by the square root of 1.4.
_REACH = {8: (12.0, 42.0), 16: (30.0, 84.0), 32: (60.0, 400.0)}


def build_detector() -> YuNetDetector:
    grid = channels_last(FaceGrid(width=12))
    for head in grid.heads:
        nn.init.constant_(cast(nn.Conv2d, head).get_parameter("bias")[:2], -2.0)  # most cells have no face
    return YuNetDetector(grid, floor=0.05)


def scenes(pool: Pool, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures [N, 3, 160, 160] with one drawn person zoomed and moved, boxes and landmarks in px.

    Beyond the drawing its border is repeated or mirrored. An eighth of the pictures shows an empty
    corner of a drawing; their boxes are NaN.
    """
    device = pool.images.device
    g, p, m = (torch.randint(n, (batch,), generator=generator).to(device)
               for n in pool.images.shape[:3])
    images = jitter_colours(as_float(pool.images[g, p, m]), generator)
    boxes, landmarks = pool.boxes[g, p, m], pool.landmarks[g, p, m]
    uniform = torch.rand(batch, 5, generator=generator).to(device)
    height = boxes[:, 3] - boxes[:, 1]
    wanted = 0.22 * (1.1 / 0.22) ** uniform[:, 0] * _SIDE  # log-uniform, 0.22 to 1.1 of the frame
    scale = wanted / height  # frame px per drawing px
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    room = (_SIDE - 0.8 * wanted).clamp_min(0.1 * _SIDE)
    middle = _SIDE / 2 + (uniform[:, 1:3] - 0.5) * room[:, None]
    empty = uniform[:, 3] < 0.125
    corner = torch.stack([torch.where(uniform[:, 4] < 0.5, -0.15, 1.15) * pool.size,
                          torch.full_like(height, 0.02 * pool.size)], 1)
    source = torch.where(empty[:, None], corner, centre)
    scale = torch.where(empty, 4.0 * torch.ones_like(scale), scale)
    step = (torch.arange(_SIDE, device=device) + 0.5)
    x = (step[None, None, :] - middle[:, 0, None, None]) / scale[:, None, None] + source[:, 0, None, None]
    y = (step[None, :, None] - middle[:, 1, None, None]) / scale[:, None, None] + source[:, 1, None, None]
    grid = torch.stack([x.expand(-1, _SIDE, -1), y.expand(-1, -1, _SIDE)], -1) * 2 / pool.size - 1
    mode = "border" if torch.rand(1, generator=generator) < 0.5 else "reflection"
    frames = F.grid_sample(images, grid, padding_mode=mode, align_corners=False)
    shift = middle - centre * scale[:, None]
    boxes = boxes * scale[:, None] + shift.repeat(1, 2)
    landmarks = landmarks * scale[:, None, None] + shift[:, None]
    boxes = torch.where(empty[:, None], torch.full_like(boxes, math.nan), boxes)
    return frames, boxes, landmarks


def _targets(boxes: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """Cells [N, cells] that must find the face, and whether the other cells count (a ring around the face
    does not)."""
    cells = _SIDE // stride
    step = torch.arange(cells, device=boxes.device, dtype=torch.float32)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 / stride
    distance = torch.maximum((step[None, None, :] + 0.5 - centre[:, 0, None, None]).abs(),
                             (step[None, :, None] + 0.5 - centre[:, 1, None, None]).abs())
    height = (boxes[:, 3] - boxes[:, 1])[:, None, None]
    low, high = _REACH[stride]
    fits = (height > low) & (height < high)
    positive = (distance <= 0.75) & fits
    ignored = (distance <= 1.6) & (height > low * 0.7) & (height < high * 1.4) & ~positive
    return positive.flatten(1), ~ignored.flatten(1)


def _loss(network: nn.Module, frames: Tensor, boxes: Tensor, landmarks: Tensor) -> dict[str, Tensor]:
    raw = network(frames.flip(1) * 255)
    score_loss = frames.new_zeros(())
    place_loss = frames.new_zeros(())
    for i, stride in enumerate(_STRIDES):
        positive, counts = _targets(boxes, stride)
        score = torch.sqrt(raw[i][..., 0] * raw[i + 3][..., 0]).float().clamp(1e-4, 1 - 1e-4)
        wanted = positive.float()
        focal = -(wanted * (1 - score) ** 2 * score.log() * 4 +
                  (1 - wanted) * score**2 * (1 - score).log())
        score_loss = score_loss + (focal * counts).sum() / len(frames)
        at = positive.nonzero()
        if len(at) == 0:
            continue
        columns = _SIDE // stride
        cell = torch.stack([at[:, 1] % columns, at[:, 1] // columns], 1).float()
        box = boxes[at[:, 0]]
        middle = (box[:, :2] + box[:, 2:]) / 2 / stride - cell
        sides = ((box[:, 2:] - box[:, :2]) / stride).log()
        points = (landmarks[at[:, 0]] / stride - cell[:, None]).flatten(1)
        found, marks = raw[i + 6][at[:, 0], at[:, 1]], raw[i + 9][at[:, 0], at[:, 1]]
        place_loss = place_loss + F.smooth_l1_loss(found, torch.cat([middle, sides], 1), beta=0.1)
        place_loss = place_loss + 2 * F.smooth_l1_loss(marks, points, beta=0.1)
    return {"loss": 0.3 * score_loss + place_loss, "score": score_loss, "place": place_loss}


@torch.no_grad()
def describe(detector: YuNetDetector, pool: Pool) -> str:
    """Share of faces found, landmark error in px of the 160 px frame, and false alarms."""
    frames, boxes, landmarks = scenes(pool, 200, torch.Generator().manual_seed(7))
    found, errors, alarms, faces = 0, [], 0, 0
    for i in range(len(frames)):
        _, score, marks = detector(frames[i:i + 1])
        hit = len(score) > 0 and score.max() > 0.5
        if boxes[i].isnan().any():
            alarms += int(hit)
            continue
        faces += 1
        if hit:
            found += 1
            errors.append((marks[score.argmax()] - landmarks[i]).norm(dim=1).mean().item())
    error = sum(errors) / max(1, len(errors))
    return f"held-out found {found}/{faces}, landmarks {error:.2f} px, {alarms} false of {200 - faces}"


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool, held_out = load_pools(work, groups, TRAIN, size, device)
    torch.manual_seed(4)
    stage = Stage("detector", nn.ModuleDict({"detector": build_detector()}), work, device, 2e-3)
    batch = 16 if device == "cpu" else 128

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        frames, boxes, landmarks = scenes(pool, batch, torch.Generator().manual_seed(seed))
        return _loss(cast(YuNetDetector, stage.modules["detector"]).network, frames, boxes, landmarks)

    stage.train(minutes, loss_of, lambda: describe(cast(YuNetDetector, stage.averaged["detector"]), held_out))


def load_detector(work: Path, device: str) -> YuNetDetector:
    """The trained detector, frozen."""
    modules = nn.ModuleDict({"detector": build_detector()})
    return cast(YuNetDetector, load_averaged("detector", modules, work, device)["detector"])
