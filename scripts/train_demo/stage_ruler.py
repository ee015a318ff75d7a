# SPDX-License-Identifier: Apache-2.0
"""Trains the ruler, on its own people."""

from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train_demo.crops import jitter_landmarks
from train_demo.identity import sample_identities
from train_demo.loop import Stage, mixed_precision
from train_demo.motion import MOTION_NAMES, normalise_motion
from train_demo.pool import NATURAL, RULER, Pool, as_float, load_pools
from train_demo.ruler import Ruler, correlation, look_of
from train_demo.scores import JUDGED, agreement

_SMALL = ("smile", "gaze_x", "gaze_y", "brows", "eyelid_left", "eyelid_right", "jaw")


def soften(images: Tensor, generator: torch.Generator) -> Tensor:
    """Blurs a quarter of the pictures and adds noise to another quarter, as decoded pictures have both."""
    n = len(images) // 4
    blurred = F.avg_pool2d(F.pad(images[:n], (1, 1, 1, 1), mode="replicate"), 3, 1)
    share = torch.rand(n, 2, 1, 1, 1, generator=generator).to(images.device)
    noise = torch.randn(images[n:2 * n].shape, generator=generator).to(images.device)
    return torch.cat([torch.lerp(images[:n], blurred, share[:, 0]),
                      images[n:2 * n] + 0.03 * share[:, 1] * noise, images[2 * n:]])


def _looks(pool: Pool) -> Tensor:
    flat = look_of(sample_identities(pool.seeds.flatten().tolist()))
    return flat.view(*pool.seeds.shape, -1).to(pool.images.device)


@torch.no_grad()
def _read(ruler: Ruler, images: Tensor) -> Tensor:
    """The ruler's readings [N, 14] of a pool's pictures [N, 3, S, S]."""
    return torch.cat([ruler(as_float(part))[0] for part in images.split(60)])


def describe(ruler: Ruler, pool: Pool) -> str:
    """Correlation of the ruler's readings with the truth, by motion parameter."""
    truth = normalise_motion(pool.motions)[:, None].expand(-1, pool.images.shape[1], -1, -1)
    values = correlation(_read(ruler, pool.images.flatten(0, 2)), truth.reshape(-1, truth.shape[-1]))
    return "held-out r " + " ".join(f"{n} {v:.3f}" for n, v in zip(MOTION_NAMES, values.tolist()))


@torch.no_grad()
def calibrate(ruler: Ruler, pool: Pool) -> dict[str, float]:
    """Scales the ruler's last layer so that its readings have slope 1; returns the slopes before, by
    parameter.

    What is seen with an error is read too weakly, as in any regression: in true clips the brows at 0.67 of
    their amplitude, gaze_y at 0.84, pitch at 0.90. Slopes of results only mean something if the ruler has
    slope 1. The rows of the judged parameters are scaled about their means, with clip poses of the ruler's
    own people.
    """
    images, motions = pool.images[:, :, -NATURAL:].flatten(0, 2), pool.motions[:, None, -NATURAL:]
    motions = motions.expand(-1, pool.images.shape[1], -1, -1).flatten(0, 2)
    read = _read(ruler, images)
    slopes = agreement(read, motions)["slope"]
    middle, wanted, last = read.mean(0), normalise_motion(motions).mean(0), cast(nn.Linear, ruler.motion[-1])
    for name in JUDGED:
        index, narrow = MOTION_NAMES.index(name), slopes[name]
        last.weight[index] /= narrow
        last.bias[index] = (last.bias[index] - middle[index]) / narrow + wanted[index]
    return slopes


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool, held_out = load_pools(work, groups, RULER, size, device)
    torch.manual_seed(RULER)
    stage = Stage("ruler", nn.ModuleDict({"ruler": Ruler()}), work, device, 2e-3)
    looks, motions = _looks(pool), normalise_motion(pool.motions)
    weight = torch.tensor([2.0 if name in _SMALL else 1.0 for name in MOTION_NAMES], device=device)
    batch = 32 if device == "cpu" else 256

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        pick = [torch.randint(n, (batch,), generator=generator) for n in pool.images.shape[:3]]
        at = [index.to(device) for index in pick]
        images = soften(as_float(pool.images[at[0], at[1], at[2]]), generator)
        ruler, places = cast(Ruler, stage.modules["ruler"]), pool.landmarks[at[0], at[1], at[2]]
        rough = jitter_landmarks(places, 1.5, generator)
        own = torch.rand(batch, 1, 1, generator=generator).to(device) < progress
        with mixed_precision(device):
            found, head, look = ruler.find(images)
            motion = ruler.read(images, torch.where(own, found.detach().float(), rough), head)
        found, motion, look = found.float(), motion.float(), look.float()
        place_loss = F.smooth_l1_loss(found / 8, places / 8)
        error = F.smooth_l1_loss(motion, motions[at[0], at[2]], beta=0.1, reduction="none")
        motion_loss = (error * weight).mean()
        look_loss = F.mse_loss(look, looks[at[0], at[1]])
        return {"loss": motion_loss + 0.3 * look_loss + 0.3 * place_loss, "motion": motion_loss,
                "look": look_loss, "places": place_loss}

    stage.modules.train()
    averaged = cast(Ruler, stage.averaged["ruler"])
    stage.train(minutes, loss_of, lambda: describe(averaged, held_out))
    slopes = calibrate(averaged, pool)
    stage.say("calibrated; slopes were " + " ".join(f"{name} {value:.2f}" for name, value in slopes.items()))
    stage.save()
