# SPDX-License-Identifier: Apache-2.0
"""Motion parameters of a drawn face: single poses and smooth sequences, both from a seed.

A motion is a float tensor [..., 14] in the order of ``MOTION_NAMES``. Angles are in degrees:
yaw > 0 turns the face to the right of the image, pitch > 0 looks down, roll > 0 tilts clockwise.
Shift is in half canvas sizes (positive: right, down), scale is a factor. ``jaw`` and the eyelids
run from 0 (closed mouth, open eye) to 1 (open mouth, closed eye); smile, mouth width, gaze
(positive: right, down) and brows (positive: raised) from -1 to 1. Left and right are the image's.
"""

import math

import torch
from torch import Tensor

MOTION_NAMES = (
    "yaw", "pitch", "roll", "shift_x", "shift_y", "scale", "jaw", "smile", "mouth_width",
    "eyelid_left", "eyelid_right", "gaze_x", "gaze_y", "brows",
)
MOTION_LOW = torch.tensor([-36, -24, -20, -0.16, -0.12, 0.82, 0, -1, -1, 0, 0, -1, -1, -1.0])
MOTION_HIGH = torch.tensor([36, 24, 20, 0.16, 0.12, 1.14, 1, 1, 1, 1, 1, 1, 1, 1.0])
FPS = 25.0


def normalise_motion(motion: Tensor) -> Tensor:
    """Maps every parameter's range to [-1, 1]; motion [..., 14]."""
    low, high = MOTION_LOW.to(motion), MOTION_HIGH.to(motion)
    return (motion - low) / (high - low) * 2 - 1


def denormalise_motion(motion: Tensor) -> Tensor:
    """The inverse of ``normalise_motion``."""
    low, high = MOTION_LOW.to(motion), MOTION_HIGH.to(motion)
    return (motion + 1) / 2 * (high - low) + low


def sample_motions(seed: int, count: int) -> Tensor:
    """``count`` independent poses [count, 14] that cover the whole range, on the CPU.

    Parameters are independent, so a network that learns from them cannot infer one from another. Both eyes
    are shut in a fifth of the poses and the mouth in a third.
    """
    generator = torch.Generator().manual_seed(seed)
    uniform = torch.rand(count, len(MOTION_NAMES), generator=generator)
    pick = torch.rand(count, 4, generator=generator)
    motion = MOTION_LOW + uniform * (MOTION_HIGH - MOTION_LOW)
    motion[:, 6] = torch.where(pick[:, 0] < 0.3, 0.06 * uniform[:, 6], motion[:, 6])
    lids = motion[:, 9:11]
    lids = torch.where(pick[:, 1:2] < 0.35, 0.15 * lids, lids)
    lids = torch.where(pick[:, 1:2] > 0.85, 1 - 0.1 * uniform[:, 9:11], lids)
    motion[:, 9:11] = lids
    return motion


def rest_motion(seed: int, count: int) -> Tensor:
    """Poses [count, 14] as a portrait has them: nearly frontal, eyes open, mouth nearly shut."""
    generator = torch.Generator().manual_seed(seed)
    spread = torch.tensor([9, 5, 4, 0.03, 0.02, 0, 0.06, 0.45, 0.3, 0.08, 0, 0.25, 0.2, 0.3])
    motion = torch.randn(count, len(MOTION_NAMES), generator=generator).clamp(-2, 2) * spread
    motion[:, 5] = 1 + 0.06 * (torch.rand(count, generator=generator) - 0.5)
    motion[:, 6] = motion[:, 6].abs()
    motion[:, 7] = motion[:, 7] + 0.2
    motion[:, 9] = motion[:, 9].abs()
    motion[:, 10] = motion[:, 9]
    return motion.clamp(MOTION_LOW, MOTION_HIGH)


def _wander(frames: int, period: float, generator: torch.Generator) -> Tensor:
    """A smooth signal [frames] in about [-1, 1] that changes over ``period`` seconds."""
    time = torch.arange(frames) / FPS
    signal = torch.zeros(frames)
    for weight, factor in ((0.7, 1.0), (0.4, 1.9), (0.2, 3.3)):
        phase, speed = torch.rand(2, generator=generator).tolist()
        rate = 2 * math.pi * factor * (0.75 + 0.5 * speed) / period
        signal += weight * torch.sin(rate * time + 2 * math.pi * phase)
    return signal


def _glances(frames: int, generator: torch.Generator) -> Tensor:
    """Gaze [frames, 2]: holds a target for 0.3 to 1.2 s, moves to the next in about 0.12 s."""
    targets = torch.zeros(frames, 2)
    start = 0
    while start < frames:
        length = int(FPS * (0.3 + 0.9 * torch.rand(1, generator=generator).item()))
        targets[start:start + length] = torch.rand(2, generator=generator) * 2 - 1
        start += length
    return _smooth(targets, 3)


def _smooth(signal: Tensor, width: int) -> Tensor:
    """Hann-weighted moving average over frames, [frames] or [frames, n]; edges are repeated."""
    kernel = torch.hann_window(2 * width + 3, periodic=False)[1:-1]
    kernel = kernel / kernel.sum()
    rows = signal.reshape(signal.shape[0], -1).T[:, None]
    padded = torch.nn.functional.pad(rows, (width, width), mode="replicate")
    return torch.nn.functional.conv1d(padded, kernel[None, None])[:, 0].T.reshape(signal.shape)


def _blinks(frames: int, generator: torch.Generator) -> Tensor:
    """Closure [frames, 2] of both lids: blinks every 0.8 to 2.4 s, some of one eye only."""
    lids = torch.zeros(frames, 2)
    centre = FPS * 1.2 * torch.rand(1, generator=generator).item()
    while centre < frames:
        wink, hold, gap = torch.rand(3, generator=generator).tolist()
        distance = (torch.arange(frames) - centre).abs()
        closed = ((5.0 + 6 * hold * hold - distance) / 3.2).clamp(0, 1)
        sides = torch.tensor([wink > 0.16, not 0.16 < wink < 0.32]).float()
        lids = torch.maximum(lids, closed[:, None] * sides)
        centre += FPS * (0.8 + 1.6 * gap)
    return lids


def _speech(frames: int, generator: torch.Generator) -> Tensor:
    """Jaw opening [frames] in [0, 1]: syllables at 2.5 to 4 Hz in phrases with pauses."""
    time = torch.arange(frames) / FPS
    rate = 2.5 + 1.5 * torch.rand(1, generator=generator).item()
    phase = 2 * math.pi * (rate * time + 0.6 * _wander(frames, 1.6, generator))
    phrase = ((_wander(frames, 2.2, generator) + 0.55) * 3).clamp(0, 1)
    loud = 0.55 + 0.45 * _wander(frames, 0.9, generator)
    return (phrase * loud * (0.5 - 0.5 * torch.cos(phase))).clamp(0, 1)


def motion_sequence(seed: int, frames: int) -> Tensor:
    """A smooth sequence [frames, 14] at 25 frames a second: head turns, glances, blinks, talk."""
    generator = torch.Generator().manual_seed(seed)
    energy = 0.7 + 0.5 * torch.rand(1, generator=generator).item()
    motion = torch.empty(frames, len(MOTION_NAMES))
    for index, reach, period in ((0, 27, 2.6), (1, 15, 2.2), (2, 12, 3.1), (3, 0.09, 3.4),
                                 (4, 0.06, 3.0), (5, 0.08, 4.0), (7, 0.95, 2.4), (8, 0.8, 1.3),
                                 (13, 0.95, 1.9)):
        motion[:, index] = energy * reach * _wander(frames, period, generator)
    motion[:, 5] += 1
    motion[:, 6] = _speech(frames, generator)
    lids = _blinks(frames, generator)
    droop = (0.3 * _wander(frames, 2.7, generator)).clamp(0, 1)[:, None]
    motion[:, 9:11] = torch.maximum(lids, droop)
    motion[:, 11:13] = _glances(frames, generator) + 0.1 * motion[:, :2] / MOTION_HIGH[:2]
    return motion.clamp(MOTION_LOW, MOTION_HIGH)
