# SPDX-License-Identifier: Apache-2.0
"""Trains the networks of the still pictures further, on the inputs that the sampler really produces.

Plain training shows the U-Net true latents with noise. The sampler shows it its own last prediction, and with
few steps that is a large part of the error. Here most batches first run some of the sampler's steps. The loss
then compares the result with the truth: as latents and, after the last step, also as decoded pictures and by
what the motion networks read from them. The networks learn to correct their own predictions, and need less
guidance.

The decoder is trained as well. The VAE stage taught it to draw all latents sharply. But most predictions are
off by about a pixel, so a sharp edge is in the wrong place, and a softer one is closer to the truth.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.networks.unet import UNet
from hyportrait.export.networks.vae import Vae
from train_demo import correspondence, diffusion
from train_demo.features_cache import Features, load_features
from train_demo.identity import sample_identities, select
from train_demo.loop import Stage, load_averaged, mixed_precision
from train_demo.motion import MOTION_NAMES, normalise_motion
from train_demo.pool import TRAIN, Pool, as_float, load_pools
from train_demo.sizes import LATENT_CHANNELS, STEPS
from train_demo.stage_diffusion import (
    Batch,
    batch_conditions,
    describe,
    draw_batch,
    draw_noise,
    load_ruler,
    loss_of_batch,
    reference_latents,
)
from train_demo.stage_motion import FACE_INDEX, driver_crops, head_distance, load_motion
from train_demo.stage_vae import decode, load_vae

PEOPLE = {"cpu": 4, "cuda": 32}  # in a batch, with four pictures each
_PLAIN = 0.10  # share of batches as in the diffusion stage, so that other noise levels are not forgotten
_DECODED = 2  # pictures of each portrait to decode; a decoded one costs as much as two others
_LATENTS = 0.3  # weights of the losses: of the latents, and of the decoded pictures
_SHOWN = {"picture": 0.5, "motion": 1.25, "head": 0.25, "expression": 1.0}
_MIN_LATENT_ERROR, _MIN_PICTURE_ERROR = 0.02, 5e-4  # mean squared errors below which the loss is flat
_FACE_MORE = 2.0  # weight of eyes and mouth in a picture's error, above the rest of it
_POINTING, _BRINGING = 0.15, 0.3  # weights: where the attention looks, and what its output carries
_DISPLACEMENT = 0.6  # weight of the displacements that are read from the layers
_BROWS = 4.0  # weight of the brows among the eight readings: thin strokes, which other losses hardly notice
# Motion that is read from the driver with an error comes out too weak, as in any regression. So training
# weakens the first ones in the input, which the networks learn to compensate, and amplifies the others in
# the target.
_WEAKER = {"gaze_y": 0.08}
_STRONGER = {"smile": 1.1, "gaze_x": 1.1, "gaze_y": 1.2}


def log_error(error: Tensor, floor: float) -> Tensor:
    """Mean over samples of the logarithm of each one's mean squared error, since pictures are judged in
    decibels: a relative improvement counts the same for small and large movements. Errors below ``floor``
    hardly matter."""
    return torch.log(error.flatten(1).mean(1) + floor).mean()


def least_squares(vectors: Tensor, values: Tensor) -> Tensor:
    """The linear map [E, K] from vectors [N, E] to values [N, K], both with their means removed. Uses double
    precision and the normal equations with a small ridge, because some directions of expression vectors
    carry nothing."""
    vectors, values = vectors.double(), values.double()
    gram = vectors.T @ vectors
    gram.diagonal().add_(1e-6 * gram.diagonal().mean())
    return torch.linalg.solve(gram, vectors.T @ values).float()


def weakened(expression: Tensor, motions: Tensor) -> Tensor:
    """Drivers' expression vectors [G, P, M, E] of poses ``motions`` [G, M, 14], minus the shares _WEAKER of
    what a linear regression reads from them. The networks learn to amplify these."""
    index = [MOTION_NAMES.index(name) for name in _WEAKER]
    shares = torch.tensor(list(_WEAKER.values()), device=expression.device)
    vectors = expression.flatten(0, 2).float()
    moved = motions[:, None, :, index].expand(*expression.shape[:3], -1).flatten(0, 2)
    vectors, moved = vectors - vectors.mean(0), moved - moved.mean(0)
    reading = least_squares(vectors, moved)  # [E, K]
    along = (moved.T @ vectors) / (moved**2).sum(0)[:, None]  # [K, E]: change of the vector for one unit
    return expression - ((vectors @ reading * shares) @ along).view_as(expression).to(expression.dtype)


@dataclass
class Readings:
    """The motion networks' output for N pictures: expression vectors [N, E], the facial motion [N, 8] read
    from them, in [-1, 1], and head poses [N, 6]."""

    vectors: Tensor
    motion: Tensor
    head: Tensor


class Judge:
    """Measures results with the truth of a pool, the people drawn in it, and the frozen motion networks.

    Facial motion is read from expression vectors by a linear regression over the pool's features.
    """

    def __init__(self, pool: Pool, features: Features, work: Path, device: str) -> None:
        self.pool, self.motion = pool, load_motion(work, device)
        self._people = {name: value.to(device)
                        for name, value in sample_identities(pool.seeds.flatten().tolist()).items()}
        names = [MOTION_NAMES[index] for index in FACE_INDEX]
        self._emphasis = torch.tensor([_BROWS if name == "brows" else 1.0 for name in names], device=device)
        self._strength = torch.tensor([_STRONGER.get(name, 1.0) for name in names], device=device)
        vectors = features.expression.flatten(0, 2).float()
        done = normalise_motion(pool.motions)[:, None, :, FACE_INDEX].expand(-1, pool.images.shape[1], -1, -1)
        done = done.flatten(0, 2)
        self._vector, self._done = vectors.mean(0), done.mean(0)
        self._reading = least_squares(vectors - self._vector, done - self._done)

    def sources(self, batch: Batch, cells: int) -> tuple[Tensor, Tensor]:
        """Where each cell of the batch's targets is in their portraits; see correspondence.py."""
        group, person, pose = batch.target
        people = select(self._people, group * self.pool.images.shape[1] + person)
        rest = self.pool.motions[batch.reference[0], batch.reference[2]].repeat_interleave(batch.targets, 0)
        return correspondence.sources(people, self.pool.motions[group, pose], rest, cells)

    def read(self, pictures: Tensor, at: tuple) -> Readings:
        """Readings of pictures [N, 3, S, S] in [0, 1], with faces at the positions of the pool's pictures
        ``at``."""
        face, head = driver_crops(pictures, self.pool.landmarks[at], self.pool.boxes[at],
                                  torch.Generator().manual_seed(0), 0.0)
        vectors = self.motion["expression"](face).float() - self._vector
        return Readings(vectors, vectors @ self._reading + self._done, self.motion["head_pose"](head).float())

    def losses(self, pictures: Tensor, at: tuple) -> dict[str, Tensor]:
        """Losses of pictures [N, 3, S, S] in [0, 1] against the pool's pictures ``at``."""
        truth = as_float(self.pool.images[at])
        error = pictures - truth
        weight = diffusion.focus(self.pool.landmarks[at], truth.shape[-1], _FACE_MORE)
        with torch.no_grad():
            wanted = self.read(truth, at)
        read = self.read(pictures, at)
        apart = F.smooth_l1_loss(read.motion, wanted.motion * self._strength, beta=0.1, reduction="none")
        return {"picture": log_error(weight * error**2, _MIN_PICTURE_ERROR),
                "motion": (apart.mean(0) * self._emphasis).mean(),
                "head": head_distance(read.head, wanted.head),
                "expression": vector_distance(read.vectors, wanted.vectors)}


def vector_distance(read: Tensor, wanted: Tensor) -> Tensor:
    """Of expression vectors [N, E] without their mean: 1 - cosine, plus the squared distance relative to the
    target's squared length, averaged. The program's ``metrics`` uses these to judge results."""
    apart = (read - wanted).square().sum(1).mean() / wanted.square().sum(1).mean()
    return (1 - F.cosine_similarity(read, wanted)).mean() + apart


def unrolled_loss(nets: nn.ModuleDict, features: Features, judge: Judge, drawn: dict[str, Tensor],
                steps: int) -> dict[str, Tensor]:
    """The losses of the prediction after ``steps`` steps of the sampler. Gradients flow through those steps
    too, so that they learn what the last step needs. Only the last step's prediction is judged as a
    picture."""
    batch, scale = Batch(drawn), float(features.scale)
    appearance, tokens, pose = batch_conditions(nets, judge.pool, features, batch, None)
    reference = reference_latents(features, batch)
    levels = diffusion.sigmas().tolist()
    latents = reference * scale + levels[0] * torch.randn_like(reference)

    def guess(latents: Tensor, sigma: float) -> Tensor:
        return diffusion.guess(nets["unet"], latents[:, None], sigma, reference, appearance,
                               tokens[:, None], pose[:, None])[:, 0]

    for sigma, following in pairwise(levels[: steps + 1]):
        clean = guess(latents, sigma)
        latents = clean + (latents - clean) * (following / sigma)
    with correspondence.Watch(cast(UNet, nets["unet"])) as watch:
        clean = guess(latents, levels[steps])
    wanted = features.latents[batch.target].float() * scale
    at, seen = judge.sources(batch, watch.cells)
    readout = cast(correspondence.Readout, nets["readout"])
    pointing, bringing = watch.losses(at, seen, readout, wanted)
    displacement = watch.displacement_loss(at, seen, readout)
    error = (clean - wanted) ** 2
    focused = error * diffusion.focus(judge.pool.landmarks[batch.target], error.shape[-1])
    loss = (_LATENTS * log_error(focused, _MIN_LATENT_ERROR) + _POINTING * pointing + _BRINGING * bringing +
            _DISPLACEMENT * displacement)
    figures = {"mse": error.mean(), "pointing": pointing, "bringing": bringing, "displacement": displacement}
    if steps < STEPS - 1:
        return {"loss": loss, **figures}
    some = batch.first(_DECODED)
    pictures = decode(cast(Vae, nets["vae"]), clean[some] / scale).float()
    shown = judge.losses(pictures, tuple(index[some] for index in batch.target))
    loss = loss + sum(weight * shown[name] for name, weight in _SHOWN.items())
    return {"loss": loss, **figures, **shown}


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool, held_out = load_pools(work, groups, TRAIN, size, device)
    features = load_features(pool, work, device, 1.0, 1)
    judge = Judge(pool, features, work, device)
    features.expression = weakened(features.expression, pool.motions)
    checked = load_features(held_out, work, device, 0.0, 2)
    nets = load_averaged("diffusion", diffusion.modules(), work, device).train().requires_grad_(True)
    checked.scale = features.scale
    vae = load_vae(work, device)
    vae.decoder.requires_grad_(True)
    nets["vae"] = vae
    torch.manual_seed(6)
    nets["readout"] = correspondence.Readout(cast(UNet, nets["unet"]), LATENT_CHANNELS)
    ruler = load_ruler(work, device)
    stage = Stage("refine", nets, work, device, 1e-3, average=0.998, muon_rate=0.008)

    def draw(seed: int) -> tuple[str, dict[str, Tensor]]:
        diffusion.latent_scale(nets).fill_(float(features.scale))
        torch.default_generator.manual_seed(seed)  # for noise on the CPU; a GPU has its own generator
        generator = torch.Generator().manual_seed(seed)
        drawn = draw_batch(pool, PEOPLE[device], generator)
        # The same in all processes, so that none waits for another's larger number of steps.
        kind, step = torch.rand(2, generator=torch.Generator().manual_seed(stage.step)).tolist()
        if kind < _PLAIN:
            return "plain", drawn | draw_noise(PEOPLE[device], generator)
        return str(int(step**0.5 * STEPS)), drawn  # the last step most often, since its result is shown

    def loss_of(kind: str, drawn: dict[str, Tensor]) -> dict[str, Tensor]:
        with mixed_precision(device):
            if kind == "plain":
                return loss_of_batch(nets, pool, features, drawn)
            return unrolled_loss(nets, features, judge, drawn, int(kind))

    averaged = cast(Vae, stage.averaged["vae"])
    stage.train_drawn(minutes, draw, loss_of,
                      lambda: describe(stage.averaged, held_out, checked, averaged, ruler),
                      check_minutes=8.0 if device == "cpu" else 2.0)
