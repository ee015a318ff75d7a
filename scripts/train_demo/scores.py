# SPDX-License-Identifier: Apache-2.0
"""Scores of animated frames against the truth, which the renderer knows."""

import torch
import torch.nn.functional as F
from torch import Tensor

from train_demo.identity import HAIR_STYLES, STYLES
from train_demo.motion import MOTION_NAMES, normalise_motion
from train_demo.ruler import LOOK_COLOURS, correlation, slope

# The parameters that are judged; the table and motion.py use the same names.
JUDGED = ("yaw", "pitch", "roll", "jaw", "smile", "eyelid_left", "eyelid_right", "gaze_x", "gaze_y",
          "brows")
_LIDS = [MOTION_NAMES.index(name) for name in ("eyelid_left", "eyelid_right")]
_SHUT = 0.7


def agreement(read: Tensor, motions: Tensor) -> dict[str, dict[str, float]]:
    """``correlation`` and ``slope``, by parameter, of what the ruler read [N, 14] against the driver's
    ``motions`` [N, 14]. Gaze counts only if the driver has an eye open, since shut lids hide it."""
    driven = normalise_motion(motions)
    open_eyes = motions[:, _LIDS].amin(1) < _SHUT
    result: dict[str, dict[str, float]] = {"correlation": {}, "slope": {}}
    for name in JUDGED:
        index = MOTION_NAMES.index(name)
        rows = open_eyes if name.startswith("gaze") else torch.ones_like(open_eyes)
        pair = read[rows][:, [index]], driven[rows][:, [index]]
        result["correlation"][name] = correlation(*pair).item()
        result["slope"][name] = slope(*pair).item()
    return result


def psnr(a: Tensor, b: Tensor) -> float:
    """Mean over frames of the peak signal-to-noise ratio in decibels; pictures in [0, 1]."""
    error = ((a - b) ** 2).mean((1, 2, 3)).clamp_min(1e-10)
    return (-10 * error.log10()).mean().item()


def ssim(a: Tensor, b: Tensor) -> float:
    """Structural similarity (Wang et al., 2004) of grey pictures, 11 x 11 Gaussian of deviation 1.5."""
    step = torch.arange(11) - 5.0
    row = torch.exp(-(step**2) / (2 * 1.5**2))
    row = row / row.sum()
    kernel = (row[:, None] * row[None, :])[None, None]
    a, b = a.mean(1, keepdim=True), b.mean(1, keepdim=True)

    def blur(x: Tensor) -> Tensor:
        return F.conv2d(x, kernel)

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    both = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    value = ((2 * mean_a * mean_b + c1) * (2 * both + c2) /
             ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)))
    return value.mean().item()


def laplacian_ratio(result: Tensor, truth: Tensor) -> float:
    """Sharpness: the standard deviation of each frame's Laplacian over the truth's, mean over frames [F, 3, H, W];
    of the channels' mean."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]

    def deviation(frames: Tensor) -> Tensor:
        grey = F.pad(frames.mean(1, keepdim=True), (1, 1, 1, 1), mode="reflect")
        return F.conv2d(grey, kernel).flatten(1).std(1)

    return (deviation(result) / deviation(truth)).mean().item()


def flicker(frames: Tensor) -> float:
    """Mean absolute second difference over time, which smooth motion hardly affects."""
    return (frames[2:] - 2 * frames[1:-1] + frames[:-2]).abs().mean().item()


def look_distance(read: Tensor, looks: Tensor) -> Tensor:
    """Distances [N, K] of look vectors [N, L] to candidates [K, L]. Drawing style and hair style count less
    than colours, because each colour channel is as reliable as a whole style."""
    kinds = len(STYLES) + len(HAIR_STYLES)
    weight = torch.ones(read.shape[1])
    weight[:3 * len(LOOK_COLOURS)] = 2.0
    weight[-kinds:] = 0.5
    return torch.cdist(read * weight, looks * weight)
