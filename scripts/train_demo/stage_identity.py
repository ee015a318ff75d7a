# SPDX-License-Identifier: Apache-2.0
"""Trains the identity network: the same person in different poses close together, others apart."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train_demo.crops import aligned, jitter_landmarks
from train_demo.loop import Stage, channels_last, load_averaged
from train_demo.pool import TRAIN, Pool, as_float, load_pools
from train_demo.sizes import build_identity

_TEMPERATURE = 0.1


def embed(network: nn.Module, images: Tensor, landmarks: Tensor) -> Tensor:
    """Unit-length identity vectors [N, 512]."""
    return F.normalize(network(aligned(images, landmarks)), dim=1)


@torch.no_grad()
def describe(network: nn.Module, pool: Pool) -> str:
    """How often a person in a free pose is recognised among the 10 portraits of the group."""
    right = []
    for g in range(pool.images.shape[0]):
        portraits = embed(network, as_float(pool.images[g, :, 0]), pool.landmarks[g, :, 0])
        for m in (3, 6, 9):
            posed = embed(network, as_float(pool.images[g, :, m]), pool.landmarks[g, :, m])
            best = (posed @ portraits.T).argmax(1).cpu()
            right.append((best == torch.arange(len(best))).float())
    return f"held-out picked right among 10: {torch.cat(right).mean():.3f}"


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool, held_out = load_pools(work, groups, TRAIN, size, device)
    torch.manual_seed(3)
    stage = Stage("identity", nn.ModuleDict({"identity": channels_last(build_identity())}), work,
                  device, 2e-3)
    people = 24 if device == "cpu" else 256

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        total_groups, each, poses = pool.images.shape[:3]
        who = torch.randperm(total_groups * each, generator=generator)[:people]
        views = []
        for _ in range(2):
            m = torch.randint(poses, (len(who),), generator=generator).to(device)
            at = ((who // each).to(device), (who % each).to(device), m)
            landmarks = jitter_landmarks(pool.landmarks[at], 1.0, generator)
            views.append(embed(stage.modules["identity"], as_float(pool.images[at]), landmarks))
        scores = views[0] @ views[1].T / _TEMPERATURE
        truth = torch.arange(len(who), device=device)
        loss = (F.cross_entropy(scores, truth) + F.cross_entropy(scores.T, truth)) / 2
        return {"loss": loss, "right": (scores.argmax(1) == truth).float().mean()}

    stage.train(minutes, loss_of, lambda: describe(stage.averaged["identity"], held_out))


def load_identity(work: Path, device: str) -> nn.Module:
    """The trained identity network, frozen."""
    return load_averaged("identity", nn.ModuleDict({"identity": build_identity()}), work,
                         device)["identity"]
