# SPDX-License-Identifier: Apache-2.0
"""Trains the VAE on crops of still pictures; eyes and mouth have more weight, since viewers look there.

Most of what the U-Net does to a portrait is to move it. So two thirds of the crops are shifted, rotated and
scaled as latents, between encoder and decoder, and the result is compared with crops moved in the same way
(EQ-VAE, Kouzelis et al. 2025). Otherwise the U-Net would have to learn how a move by half a cell changes
latents.
"""

import math
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.networks.vae import Vae, VaeEncoder
from train_demo.loop import Stage, first_trained, load_averaged, mixed_precision
from train_demo.pool import TRAIN, Pool, as_float, load_pools
from train_demo.sizes import build_vae

_CROP = 96
_PENALTY = 3e-3  # on the squared latents: limits their range and costs almost no detail
_NOISE = 0.3  # max, relative to the latents' deviation: makes the decoder robust to small errors
_STILL = 3  # every third crop is not moved
_SHIFT, _TURN, _ZOOM = 8.0, 0.3, 0.22  # max: pixels, radians, log scale


def decode(vae: Vae, latents: Tensor) -> Tensor:
    """Pictures in [0, 1], not clamped, of independent latents."""
    return vae.decoder(latents) * 0.5 + 0.5


def _crops(pool: Pool, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random crops [N, 3, 96, 96], half of them around a landmark, and their weights [N, 1, 96, 96]."""
    device = pool.images.device
    g, p, m = (torch.randint(n, (batch,), generator=generator) for n in pool.images.shape[:3])
    landmark = torch.randint(5, (batch,), generator=generator)
    uniform = torch.rand(batch, 3, generator=generator).to(device)
    at = (g.to(device), p.to(device), m.to(device))
    images, landmarks = pool.images[at], pool.landmarks[at]
    room = pool.size - _CROP
    centre = landmarks[torch.arange(batch), landmark.to(device)] - _CROP / 2
    about = centre + (uniform[:, :2] - 0.5) * _CROP * 0.6
    anywhere = uniform[:, :2] * room
    corner = torch.where(uniform[:, 2:] < 0.5, about, anywhere).round().clamp(0, room).long()
    step = torch.arange(_CROP, device=device)
    columns, rows = corner[:, 0, None] + step, corner[:, 1, None] + step
    which = torch.arange(batch, device=device)[:, None, None, None]
    channel = torch.arange(3, device=device)[None, :, None, None]
    crops = images[which, channel, rows[:, None, :, None], columns[:, None, None, :]]
    points = landmarks[:, [0, 1, 3, 4]]
    square = ((rows[:, None, :, None] - points[:, :, 1, None, None]) ** 2 +
              (columns[:, None, None, :] - points[:, :, 0, None, None]) ** 2)
    weights = 1 + 3 * torch.exp(-square / (2 * 9.0**2)).amax(1, keepdim=True)
    return as_float(crops), weights


def _moves(count: int, generator: torch.Generator) -> Tensor:
    """Random shifts, rotations and zooms as affine matrices [N, 2, 3] for affine_grid; every third is the
    identity."""
    low_high = torch.rand(count, 4, generator=generator) * 2 - 1
    moving = (torch.arange(count) % _STILL > 0).float()[:, None]
    shift, turn, zoom = (moving * low_high).split([2, 1, 1], 1)
    turn, zoom = turn * _TURN, (zoom * _ZOOM).exp()
    rotation = torch.cat([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], 1) * zoom
    return torch.cat([rotation.view(-1, 2, 2), shift[:, :, None] * (2 * _SHIFT / _CROP)], 2)


def _loss(vae: Vae, crops: Tensor, weights: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
    moves = _moves(len(crops), generator).to(crops.device)
    moments = vae.quant_conv(vae.encoder(crops * 2 - 1))
    mean = moments.chunk(2, 1)[0].float()
    latents = F.grid_sample(mean, F.affine_grid(moves, list(mean.shape), align_corners=False),
                            padding_mode="border", align_corners=False)
    grid = F.affine_grid(moves, list(crops.shape), align_corners=False)
    target = F.grid_sample(crops, grid, "bicubic", "border", align_corners=False).clamp(0, 1)
    inside = (grid.abs().amax(3) < 1 - 16 / _CROP).float()[:, None]  # at least a cell from the crop's border
    inside[::_STILL] = 1
    weights = inside * F.grid_sample(weights, grid, padding_mode="border", align_corners=False)
    level = torch.rand(len(crops), 1, 1, 1, generator=generator).to(crops.device) * _NOISE
    level = level * mean.detach().std()
    noisy = latents + level * torch.randn(latents.shape, generator=generator).to(crops.device)
    error = decode(vae, noisy).float() - target
    flat = (weights * (error.abs() + 4 * error * error)).mean()
    edges = sum((inside.narrow(d, 1, _CROP - 1) *
                 (error.narrow(d, 1, _CROP - 1) - error.narrow(d, 0, _CROP - 1)).abs()).mean()
                for d in (2, 3))
    spread = (mean * mean).mean()
    return {"loss": flat + 0.5 * edges + _PENALTY * spread, "l1": error[::_STILL].abs().mean(),
            "moved": (inside * error.abs()).mean(), "spread": spread, "edges": edges}


@torch.no_grad()
def describe(vae: Vae, pool: Pool) -> str:
    """Mean PSNR of reconstructions in decibels; also with latents shifted by half a cell, compared with
    pictures shifted as far."""
    images = as_float(pool.images[:, ::2, ::4].reshape(-1, 3, pool.size, pool.size))
    encoder = VaeEncoder(vae)
    plain, moved = [], []
    for part in images.split(8):
        latents = encoder(part)
        plain.append(((decode(vae, latents).clamp(0, 1) - part) ** 2).mean((1, 2, 3)))
        half = decode(vae, (latents[..., 1:] + latents[..., :-1]) / 2).clamp(0, 1)
        moved.append(((half - part[..., 4:-4]) ** 2).mean((1, 2, 3)))
    of_plain, of_moved = (-10 * torch.cat(errors).log10().mean().item() for errors in (plain, moved))
    return f"held-out PSNR {of_plain:.2f} dB, shifted by half a cell {of_moved:.2f} dB"


@torch.no_grad()
def latent_scale(vae: Vae, pool: Pool) -> float:
    """The factor that gives this pool's latents unit variance."""
    images = pool.images[:, ::3, ::3].reshape(-1, 3, pool.size, pool.size)[:400]
    encoder = VaeEncoder(vae)
    latents = torch.cat([encoder(as_float(part)) for part in images.split(8)])
    return 1 / math.sqrt(latents.var().item())


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool, held_out = load_pools(work, groups, TRAIN, size, device)
    torch.manual_seed(1)
    vae = build_vae()
    stage = Stage("vae", nn.ModuleDict({"vae": vae}), work, device, 2e-3)
    batch = 4 if device == "cpu" else 96  # a CPU has time for few samples, so more steps of fewer are better

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        crops, weights = _crops(pool, batch, generator)
        with mixed_precision(device):
            return _loss(vae, crops, weights, generator)

    stage.train(minutes, loss_of, lambda: describe(cast(Vae, stage.averaged["vae"]), held_out))


def load_vae(work: Path, device: str, stage: str = "vae") -> Vae:
    """The VAE from a stage's checkpoint, frozen."""
    nets = load_averaged(stage, nn.ModuleDict({"vae": build_vae()}), work, device)
    return cast(Vae, nets["vae"])


def load_last_vae(work: Path, device: str) -> Vae:
    """The VAE, with the decoder of ``refine`` if that stage has run; frozen."""
    return load_vae(work, device, first_trained(work, "refine", "vae"))
