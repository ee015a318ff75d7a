# SPDX-License-Identifier: Apache-2.0
"""The outputs of the frozen networks for a pool, computed once, since the U-Net's training reads them often."""

import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import Tensor

from hyportrait.export.networks.vae import VaeEncoder
from train_demo.loop import mixed_precision
from train_demo.pool import Pool, as_float
from train_demo.stage_identity import embed, load_identity
from train_demo.stage_motion import driver_crops, load_motion
from train_demo.stage_vae import latent_scale, load_vae

_CHUNK = 48


@dataclass
class Features:
    """latents [G, P, M, z, h, w] float16, unscaled; expression [G, P, M, 512] and pose [G, P, M, 6]
    of jittered driver crops; identity [G, P, M, 512]; scale [] of the latents."""

    latents: Tensor
    expression: Tensor
    pose: Tensor
    identity: Tensor
    scale: Tensor


@torch.no_grad()
def compute(pool: Pool, work: Path, device: str, strength: float, seed: int) -> Features:
    """``strength`` of the drivers' colour jitter and crop transforms; 0 for evaluation."""
    encoder = VaeEncoder(load_vae(work, device))
    motion, identity = load_motion(work, device), load_identity(work, device)
    generator = torch.Generator().manual_seed(seed)
    images, landmarks = pool.images.flatten(0, 2), pool.landmarks.flatten(0, 2)
    boxes = pool.boxes.flatten(0, 2)
    columns: list[list[Tensor]] = [[], [], [], []]
    for part in torch.arange(len(images)).split(_CHUNK if device == "cpu" else 512):
        at = part.to(images.device)
        pictures = as_float(images[at])
        face, head = driver_crops(pictures, landmarks[at], boxes[at], generator, strength)
        with mixed_precision(device):
            values = (encoder(pictures), motion["expression"](face), motion["head_pose"](head),
                      embed(identity, pictures, landmarks[at]))
        for column, value in zip(columns, values):
            column.append(value.half())
    shape = pool.images.shape[:3]
    joined = [torch.cat(column).unflatten(0, shape) for column in columns]
    scale = torch.tensor(latent_scale(load_vae(work, device), pool))
    latents, expression, pose, vectors = joined
    return Features(latents, expression, pose, vectors, scale)


def load_features(pool: Pool, work: Path, device: str, strength: float, seed: int) -> Features:
    """As compute(); on a CPU the result is cached beside the checkpoints until one of the three networks is
    newer."""
    if device != "cpu":
        return compute(pool, work, device, strength, seed)
    path = work / f"features-{int(pool.seeds[0, 0])}-{len(pool.images)}-{strength:g}.pt"
    newest = max((work / f"{name}.pt").stat().st_mtime for name in ("vae", "motion", "identity"))
    if path.exists() and path.stat().st_mtime > newest:
        return Features(**torch.load(path))
    start = time.monotonic()
    features = compute(pool, work, device, strength, seed)
    part = path.with_suffix(".part")
    torch.save({field.name: getattr(features, field.name) for field in fields(Features)}, part)
    part.replace(path)
    print(f"{path.name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return features
