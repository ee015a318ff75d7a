# SPDX-License-Identifier: Apache-2.0
"""Shared by training and sampling of the U-Net: conditions, noise levels, the v-prediction loss.

Latents are scaled to unit variance here, except the reference, which the U-Net gets unscaled.
"""

import math
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from train_demo.crops import skeleton
from train_demo.sizes import (
    ADDED_IDS,
    IMAGE,
    MOTION_GUIDANCE,
    RHO,
    SIGMA_MAX,
    SIGMA_MIN,
    STEPS,
    TOKENS,
    build_appearance,
    build_motion_refiner,
    build_pose_guider,
    build_unet,
)

# Rotations reach 36 degrees, other tokens are about 1. Training divides rotations by this factor, and
# fold_rotation() moves it into the weights that read them.
ROTATION_UNIT = 20.0
_MIN_TRAINING_SIGMA = 0.02
_LOG_SIGMA_MEAN, _LOG_SIGMA_DEVIATION = 1.8, 2.0  # high: with few steps the first ones count most


class LatentScale(nn.Module):
    """The factor between the VAE's latents and the sampler's; stored with the U-Net that was trained with it."""

    value: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("value", torch.ones(()))


def modules() -> nn.ModuleDict:
    return nn.ModuleDict({"unet": build_unet(), "appearance": build_appearance(),
                          "motion_refiner": build_motion_refiner(),
                          "pose_guider": build_pose_guider(), "latent_scale": LatentScale()})


def latent_scale(nets: nn.ModuleDict) -> Tensor:
    """The scalar of LatentScale in these modules."""
    return cast(LatentScale, nets["latent_scale"]).value


def motion_tokens(refiner: nn.Module, expression: Tensor, pose: Tensor, buckets: Tensor) -> Tensor:
    """Tokens [N, T, C] of expression vectors [N, 512] and head poses [N, 6]; buckets [2, N]."""
    refined = refiner(expression, buckets[0], buckets[1])
    rotation = pose[:, :3] / ROTATION_UNIT
    head = torch.cat([rotation, pose[:, 3:]], 1)
    return torch.cat([refined, head[:, None].expand(-1, TOKENS, -1)], 2)


@torch.no_grad()
def fold_rotation(unet: nn.Module) -> None:
    """Changes a trained U-Net to read rotations in degrees, as in the pipeline's tokens."""
    for name, parameter in unet.named_parameters():
        if ".to_k_ip." in name or ".to_v_ip." in name:
            parameter[:, -6:-3] /= ROTATION_UNIT


def gaps(count: int, generator: torch.Generator) -> Tensor:
    """Which points and lines of each skeleton are drawn [count, 11], in {0, 1}: in half of the skeletons all,
    in the others a random part (the paper's edge dropping)."""
    uniform = torch.rand(count, 12, generator=generator)
    return (uniform[:, 1:] < 2 * uniform[:, :1]).float()


def pose_features(guider: nn.Module, landmarks: Tensor, at: Tensor, kept: Tensor) -> Tensor:
    """The pose guider's features [N, C0, h, w] of the driver's landmarks [N, 5, 2]. The K pictures ``at``
    show skeletons with ``gaps`` ``kept`` [K, 11], all others are black; black is computed once."""
    device = landmarks.device
    features = guider(torch.zeros(1, 3, IMAGE, IMAGE, device=device)).repeat(len(landmarks), 1, 1, 1)
    if len(at) > 0:
        features[at] = guider(skeleton(landmarks[at], IMAGE, kept[:, :5], kept[:, 5:]))
    return features


def whole_skeletons(guider: nn.Module, landmarks: Tensor) -> Tensor:
    """The pose guider's features [N, C0, h, w] of landmarks [N, 5, 2], drawn as in the pipeline."""
    whole = torch.ones(len(landmarks), 6, device=landmarks.device)
    return guider(skeleton(landmarks, IMAGE, whole[:, :5], whole))


def noise_levels(count: int, generator: torch.Generator) -> Tensor:
    """Sigmas [count], log-normal."""
    normal = torch.randn(count, generator=generator)
    return (normal * _LOG_SIGMA_DEVIATION + _LOG_SIGMA_MEAN).exp().clamp(_MIN_TRAINING_SIGMA, SIGMA_MAX)


def velocity_target(clean: Tensor, noise: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """The scaled noisy input and the velocity (Salimans and Ho, 2022, in the sigma form that the
    Euler sampler uses); sigma broadcasts."""
    norm = torch.sqrt(sigma * sigma + 1)
    return (clean + sigma * noise) / norm, (noise - sigma * clean) / norm


def focus(landmarks: Tensor, cells: int, more: float = 5.0) -> Tensor:
    """Loss weights [N, 1, cells, cells]: 1, plus up to ``more`` at eyes and mouth, plus twice as much at the
    thin brows. These cover only a few cells but carry most of an expression."""
    step = (torch.arange(cells, device=landmarks.device) + 0.5) * (IMAGE / cells)
    eyes, mouth = landmarks[:, :2], landmarks[:, 3:]
    across = eyes[:, 1] - eyes[:, 0]
    up = torch.stack([across[:, 1], -across[:, 0]], 1)[:, None]
    points = torch.cat([eyes, mouth, mouth.mean(1, keepdim=True), eyes + 0.4 * up], 1)
    square = ((step[None, None, :, None] - points[:, :, 1, None, None]) ** 2 +
              (step[None, None, None, :] - points[:, :, 0, None, None]) ** 2)
    near = torch.exp(-square / (2 * 9.0**2))
    near[:, -2:] *= 2
    return 1 + more * near.amax(1, keepdim=True)


def added_ids(device: torch.device) -> Tensor:
    return torch.stack([torch.full((), value, device=device) for value in ADDED_IDS])


def sigmas(steps: int = STEPS) -> Tensor:
    """Karras's noise levels [steps + 1], the last 0."""
    ramp = torch.linspace(0, 1, steps)
    low, high = SIGMA_MIN ** (1 / RHO), SIGMA_MAX ** (1 / RHO)
    return torch.cat([(high + ramp * (low - high)) ** RHO, torch.zeros(1)])


def guess(unet: nn.Module, latents: Tensor, sigma: float, reference: Tensor, appearance: Tensor,
          motion: Tensor, pose_feature: Tensor) -> Tensor:
    """The U-Net's prediction of the clean latents [N, F, z, h, w], scaled, from noisy ones of noise level
    ``sigma``."""
    n, norm = len(latents), (sigma * sigma + 1) ** 0.5
    time = torch.full((n,) if n > 1 else (), 0.25 * math.log(sigma), device=latents.device)
    velocity = unet(latents / norm, time, reference, appearance, motion, pose_feature,
                    added_ids(latents.device), [True], [True])[0]
    return latents / (norm * norm) - velocity.float() * (sigma / norm)


@torch.no_grad()
def sample(unet: nn.Module, reference: Tensor, scale: float, appearance: Tensor, motion: Tensor,
           pose_feature: Tensor, guidance: float = MOTION_GUIDANCE, steps: int = STEPS,
           seed: int = 0) -> Tensor:
    """Scaled latents [N, F, z, h, w] of N windows with one reference [N, z, h, w] each, as in the pipeline:
    all frames share the noise, only the motion is guided.

    motion [N, F, T, C]; appearance [N, T, C]. The N windows share a call: N > 1 needs F = 1.
    """
    frames = motion.shape[1]
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(1, 1, *reference.shape[1:], generator=generator).to(reference)
    levels = sigmas(steps).tolist()
    latents = (reference * scale)[:, None].expand(-1, frames, -1, -1, -1) + levels[0] * noise
    for sigma, following in pairwise(levels):
        clean = guess(unet, latents, sigma, reference, appearance, motion, pose_feature)
        if guidance != 1:
            still = guess(unet, latents, sigma, reference, appearance, torch.zeros_like(motion),
                          pose_feature)
            clean = still + guidance * (clean - still)
        latents = clean + (latents - clean) * (following / sigma)
    return latents
