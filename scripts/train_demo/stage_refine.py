# SPDX-License-Identifier: Apache-2.0
"""Trains the stills' networks further on what the sampler will really give them.

Plain training shows the U-Net true latents with noise. The sampler shows it its own last guess, and
with a few steps that is a large part of the error. Here most batches are walked to one of the sampler's
steps by the networks themselves, and judged by where they arrive: as latents and, after the last step,
as decoded pictures and by what the motion networks read from those. The networks learn to mend their
own guesses, and need less guidance.

The decoder learns with them. The VAE taught it to draw every latent sharply; of a guess that is wrong by
a pixel, as most are, that is a sharp edge in the wrong place, and the picture is nearer to the truth
without it.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train_demo import correspondence, diffusion
from train_demo.features_cache import Features, load_features
from train_demo.loop import Stage, load_averaged, mixed_precision
from train_demo.motion import MOTION_NAMES
from train_demo.pool import CHECK, TRAIN, Pool, as_float, load_pool
from train_demo.sizes import LATENT_CHANNELS, STEPS
from train_demo.stage_diffusion import (Batch, batch_conditions, describe, load_ruler, loss_of_batch,
                                        reference_latents)
from train_demo.stage_motion import FACE_INDEX, driver_crops, head_distance, load_motion
from train_demo.stage_vae import decode, load_vae
from train_demo.stills import freeze_time, stills

_PLAIN = 0.10  # share of batches as in the diffusion stage, which keeps every other noise level alive
_DECODED = 2  # of a portrait's pictures: a decoded one costs as much as two others
_LATENTS, _PICTURE, _MOTION, _HEAD = 0.3, 0.5, 1.25, 0.25  # weights of the losses
_FACE_MORE = 2.0  # weight of eyes and mouth in a picture's error, above the rest of it
_POINTING, _BRINGING = 0.15, 0.3  # weights of where the attention looks, and of what it brings
_DISPLACEMENT = 0.6  # weight of how well the networks know how far everything moved
_BROWS = 4.0  # weight of the brows among the eight readings: thin strokes, which other losses hardly see
# What is read with an error from the driver is shown too weakly, as in any regression. So training shows
# these weaker than they are, which the networks learn to make up for, and asks for these stronger.
_WEAKER = {"brows": 0.14, "gaze_y": 0.08}
_STRONGER = {"brows": 1.65, "smile": 1.1, "gaze_x": 1.1, "gaze_y": 1.2}


def log_error(error: Tensor, least: float) -> Tensor:
    """Mean over samples of the logarithm of each one's mean squared error: pictures are judged in decibels,
    so a tenth less error counts alike in one that hardly moves and in one that turns away. Below ``least``
    nothing more is won."""
    return torch.log(error.flatten(1).mean(1) + least).mean()


def weakened(expression: Tensor, motions: Tensor) -> Tensor:
    """Drivers' expression vectors [G, P, M, E], of poses ``motions`` [G, M, 14], with the shares _WEAKER of
    what a linear regression reads in them taken away: the networks learn to move further than they are told."""
    index = [MOTION_NAMES.index(name) for name in _WEAKER]
    shares = torch.tensor(list(_WEAKER.values()), device=expression.device)
    vectors = expression.flatten(0, 2).float()
    moved = motions[:, None, :, index].expand(*expression.shape[:3], -1).flatten(0, 2)
    vectors, moved = vectors - vectors.mean(0), moved - moved.mean(0)
    reading = torch.linalg.lstsq(vectors, moved).solution  # [E, K]
    along = (moved.T @ vectors) / (moved**2).sum(0)[:, None]  # [K, E]: what one unit does to the vector
    return expression - ((vectors @ reading * shares) @ along).view_as(expression).to(expression.dtype)


class Judge:
    """What decoded pictures are measured with: the frozen motion networks."""

    def __init__(self, work: Path, device: str) -> None:
        self.motion = load_motion(work, device)
        names = [MOTION_NAMES[index] for index in FACE_INDEX]
        self.emphasis = torch.tensor([_BROWS if name == "brows" else 1.0 for name in names], device=device)
        self.strength = torch.tensor([_STRONGER.get(name, 1.0) for name in names], device=device)

    def read(self, pictures: Tensor, pool: Pool, at: tuple) -> tuple[Tensor, Tensor]:
        """Facial motion [N, 8] in [-1, 1] and head pose [N, 6] of faces where the pool has them."""
        face, head = driver_crops(pictures, pool.landmarks[at], pool.boxes[at],
                                  torch.Generator().manual_seed(0), 0.0)
        read = self.motion["reading"](self.motion["expression"](face))
        return read[:, FACE_INDEX].float(), self.motion["head_pose"](head).float()

    def losses(self, pictures: Tensor, pool: Pool, at: tuple) -> dict[str, Tensor]:
        """Of pictures [N, 3, S, S] in [0, 1] to the pool's ``at``."""
        truth = as_float(pool.images[at])
        error = pictures.float() - truth
        weight = diffusion.focus(pool.landmarks[at], truth.shape[-1], _FACE_MORE)
        with torch.no_grad():
            wanted, wanted_head = self.read(truth, pool, at)
        read, head = self.read(pictures, pool, at)
        apart = F.smooth_l1_loss(read, wanted * self.strength, beta=0.1, reduction="none").mean(0)
        return {"picture": log_error(weight * error**2, 5e-4), "motion": (apart * self.emphasis).mean(),
                "head": head_distance(head, wanted_head)}


def walked_loss(nets: nn.ModuleDict, pool: Pool, features: Features, judge: Judge, batch: Batch,
                steps: int, generator: torch.Generator) -> dict[str, Tensor]:
    """The losses of the guess after ``steps`` steps of the sampler, the gradient through the last. Only
    what would be shown, the guess of the last step, is judged as a picture."""
    scale = float(features.scale)
    appearance, tokens, pose = batch_conditions(nets, pool, features, batch, None, generator)
    reference = reference_latents(features, batch)
    levels = diffusion.sigmas().tolist()
    noise = torch.randn(reference.shape, generator=generator).to(reference)
    latents = reference * scale + levels[0] * noise

    def guess(latents: Tensor, sigma: float) -> Tensor:
        return diffusion.guess(nets["unet"], latents[:, None], sigma, reference, appearance,
                               tokens[:, None], pose[:, None])[:, 0]

    for sigma, following in zip(levels[:steps], levels[1:]):
        with torch.no_grad():
            clean = guess(latents, sigma)
            latents = clean + (latents - clean) * (following / sigma)
    with correspondence.Watch(nets["unet"]) as watch:
        clean = guess(latents, levels[steps])
    people = pool.seeds[tuple(index.cpu() for index in batch.target[:2])]
    moved, rest = (pool.motions[at[0], at[2]] for at in (batch.target, batch.reference))
    wanted = features.latents[batch.target].float() * scale
    at, seen = correspondence.sources(people, moved, rest.repeat_interleave(batch.targets, 0), watch.cells)
    pointing, bringing = watch.losses(at, seen, nets["readout"], wanted)
    displacement = watch.displacement_loss(at, seen, nets["readout"])
    error = (clean - wanted) ** 2
    weighted = log_error(error * diffusion.focus(pool.landmarks[batch.target], error.shape[-1]), 0.02)
    loss = (_LATENTS * weighted + _POINTING * pointing + _BRINGING * bringing +
            _DISPLACEMENT * displacement)
    figures = {"mse": error.mean(), "pointing": pointing, "bringing": bringing, "displacement": displacement}
    if steps < STEPS - 1:
        return {"loss": loss, **figures}
    some = torch.arange(batch.size, device=error.device).view(-1, batch.targets)[:, :_DECODED].flatten()
    with stills(nets["vae"]):
        pictures = decode(nets["vae"], clean[some] / scale)
    seen = judge.losses(pictures, pool, tuple(index[some] for index in batch.target))
    loss = loss + _PICTURE * seen["picture"] + _MOTION * seen["motion"] + _HEAD * seen["head"]
    return {"loss": loss, **figures, **seen}


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool = load_pool(work / "pools", groups, TRAIN, size, device)
    held_out = load_pool(work / "pools", 5, CHECK, size, device)
    features = load_features(pool, work, device, 1.0, 1)
    features.expression = weakened(features.expression, pool.motions)
    checked = load_features(held_out, work, device, 0.0, 2)
    nets = load_averaged("diffusion", diffusion.modules(), work, device).train().requires_grad_(True)
    checked.scale = features.scale
    nets["vae"] = load_vae(work, device)
    nets["vae"].decoder.requires_grad_(True)
    torch.manual_seed(6)
    nets["readout"] = correspondence.Readout(nets["unet"], LATENT_CHANNELS)
    freeze_time(nets)
    stage = Stage("refine", nets, work, device, 1e-3, average=0.998, muon_rate=0.008)
    people = 4 if device == "cpu" else 64
    judge = Judge(work, device)

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        nets["latent_scale"].value.copy_(features.scale)
        generator = torch.Generator().manual_seed(seed)
        batch = Batch(pool, people, generator)
        # The same in every process, so that none waits for another one's longer walk.
        kind, step = torch.rand(2, generator=torch.Generator().manual_seed(stage.step)).tolist()
        with stills(nets["unet"]), mixed_precision(device):
            if kind < _PLAIN:
                return loss_of_batch(nets, pool, features, batch, generator)
            steps = int(step**0.5 * STEPS)  # the last most often: the others only lead to it
            return walked_loss(nets, pool, features, judge, batch, steps, generator)

    stage.train(minutes, loss_of, lambda: describe(stage.averaged, held_out, checked, stage.averaged["vae"],
                                                   load_ruler(work, device)),
                check_minutes=8.0 if device == "cpu" else 2.0)
