# SPDX-License-Identifier: Apache-2.0
"""Trains the U-Net's temporal parts on clips, in windows of 25 frames, and the other parts a little further.

Starts from the weights of the stills. All frames of a window share one noise, as in the pipeline.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from networks.vae import Vae, VaeEncoder
from train_demo import diffusion
from train_demo.crops import jitter_landmarks
from train_demo.identity import sample_identities, select
from train_demo.loop import Stage, first_trained, load_averaged, mixed_precision
from train_demo.motion import motion_sequence, rest_motion
from train_demo.pool import CHECK, TRAIN, as_float
from train_demo.renderer import render
from train_demo.scores import flicker, psnr
from train_demo.sizes import IMAGE, WINDOW
from train_demo.stage_diffusion import LANDMARK_ERROR
from train_demo.stage_identity import embed, load_identity
from train_demo.stage_motion import driver_crops, load_motion
from train_demo.stage_vae import decode, load_last_vae, load_vae
from train_demo.stills import stills

_CLIP_SEEDS = 700_000  # beyond the people and motions of the stills' pool


@dataclass
class Clips:
    """C clips of 25 frames: latents [C, F, z, h, w] float16 of A, unscaled; expression [C, F, 512]
    and pose [C, F, 6] of the driver B; of A's portrait: reference [C, z, h, w], portrait uint8
    [C, 3, S, S], identity [C, 512]; landmarks [C, F, 5, 2] of A and driven [C, F, 5, 2] of B."""

    latents: Tensor
    expression: Tensor
    pose: Tensor
    reference: Tensor
    portrait: Tensor
    identity: Tensor
    landmarks: Tensor
    driven: Tensor


@torch.no_grad()
def draw_clips(count: int, seed: int, work: Path, device: str, strength: float) -> Clips:
    """Draws clips and runs the frozen networks on them; ``strength`` as in driver_crops."""
    encoder, motion = VaeEncoder(load_vae(work, device)), load_motion(work, device)
    identity = load_identity(work, device)
    rows: list[list[Tensor]] = [[] for _ in range(8)]
    for index in range(count):
        generator = torch.Generator().manual_seed(seed + index)
        people = sample_identities([seed + 2 * index, seed + 2 * index + 1])
        moves = motion_sequence(seed + index, WINDOW)
        still = render(select(people, torch.tensor([0])), rest_motion(seed + index, 1), IMAGE, device)
        actor = render(select(people, torch.zeros(WINDOW, dtype=torch.long)), moves, IMAGE, device)
        driver = render(select(people, torch.ones(WINDOW, dtype=torch.long)), moves, IMAGE, device)
        first = driver.boxes[:1].expand(WINDOW, -1)
        faces, heads = driver_crops(driver.images, driver.landmarks, first, generator, strength)
        values = (encoder(actor.images).half(), motion["expression"](faces),
                  motion["head_pose"](heads), encoder(still.images)[0],
                  (still.images[0] * 255 + 0.5).byte(),
                  embed(identity, still.images, still.landmarks)[0], actor.landmarks,
                  driver.landmarks)
        for row, value in zip(rows, values):
            row.append(value)
    return Clips(*(torch.stack(row) for row in rows))


def intensity(landmarks: Tensor) -> Tensor:
    """Motion buckets [2, C] (head, expression) of landmarks [C, F, 5, 2]: src/face/motion_buckets.h."""
    relative = landmarks - landmarks[:, :, 2:3]
    sides = relative[:, 0].amax(1) - relative[:, 0].amin(1)
    scale = sides.norm(dim=1)
    spread = (relative - relative.mean(1, keepdim=True)).norm(dim=-1).mean((1, 2))
    nose = landmarks[:, :, 2]
    moved = (nose - nose.mean(1, keepdim=True)).norm(dim=-1).mean(1)
    levels = torch.stack([moved / scale * 256, spread / scale * 1024])
    return levels.clamp(0, 127).long()


def conditions(nets: nn.ModuleDict, clips: Clips, at: Tensor) -> tuple[Tensor, Tensor]:
    """Appearance tokens [N, T, C] and motion tokens [N, F, T, C] of the clips ``at`` [N]."""
    pictures = F.interpolate(as_float(clips.portrait[at]), (224, 224), mode="bilinear",
                             antialias=True)
    appearance = nets["appearance"](pictures, clips.identity[at])
    buckets = intensity(clips.driven[at]).repeat_interleave(WINDOW, 1)
    tokens = diffusion.motion_tokens(nets["motion_refiner"], clips.expression[at].flatten(0, 1),
                                     clips.pose[at].flatten(0, 1), buckets)
    return appearance, tokens.unflatten(0, (len(at), WINDOW))


def loss_of_clips(nets: nn.ModuleDict, clips: Clips, at: Tensor,
                  generator: torch.Generator) -> dict[str, Tensor]:
    """The v-prediction loss of N clips at one noise level, plus the loss of its change over time."""
    device, n, scale = clips.latents.device, len(at), float(diffusion.latent_scale(nets))
    sigma = diffusion.noise_levels(1, generator).to(device)
    clean = clips.latents[at].float() * scale
    noise = torch.randn(n, 1, *clean.shape[2:], generator=generator).to(device)
    noisy, wanted = diffusion.velocity_target(clean, noise, sigma)
    appearance, tokens = conditions(nets, clips, at)
    uniform = torch.rand(2, n, generator=generator).to(device)
    with_reference = (uniform[0] >= 0.08).float()
    with_motion = with_reference * (uniform[1] >= 0.1).float()
    reference = clips.reference[at] * with_reference[:, None, None, None]
    drawn = (torch.rand(n, generator=generator) < 0.8).repeat_interleave(WINDOW)
    landmarks = jitter_landmarks(clips.driven[at].flatten(0, 1), LANDMARK_ERROR, generator)
    shown = drawn.nonzero().squeeze(1)
    kept = diffusion.gaps(len(shown), generator)
    pose = diffusion.pose_features(nets["pose_guider"], landmarks, shown.to(device), kept.to(device))
    pose = pose.unflatten(0, (n, WINDOW))
    velocity = nets["unet"](
        noisy, 0.25 * sigma.log().squeeze(), reference.repeat_interleave(WINDOW, 0),
        appearance * with_reference[:, None, None], tokens * with_motion[:, None, None, None], pose,
        diffusion.added_ids(device), [True], [True])[0].float()
    error = velocity - wanted
    weight = diffusion.focus(clips.landmarks[at].flatten(0, 1), clean.shape[-1])
    spatial = (error**2 * weight.unflatten(0, (n, WINDOW))).mean()
    steady = ((error[:, 1:] - error[:, :-1]) ** 2).mean()
    return {"loss": spatial + 0.5 * steady, "steady": steady}


@torch.no_grad()
def describe(nets: nn.ModuleDict, clips: Clips, vae: Vae) -> str:
    """PSNR to the decoded truth, and flicker relative to the truth's."""
    scale = float(diffusion.latent_scale(nets))
    scores, ratios = [], []
    for index in range(len(clips.latents)):
        at = torch.tensor([index], device=clips.latents.device)
        appearance, tokens = conditions(nets, clips, at)
        pose = diffusion.whole_skeletons(nets["pose_guider"], clips.driven[index])[None]
        latents = diffusion.sample(nets["unet"], clips.reference[at], scale, appearance, tokens, pose)
        with stills(vae):
            result = decode(vae, latents[0] / scale).clamp(0, 1)
            truth = decode(vae, clips.latents[index].float()).clamp(0, 1)
        scores.append(psnr(result, truth))
        ratios.append(flicker(result) / flicker(truth))
    n = len(scores)
    return f"held-out PSNR to the VAE {sum(scores) / n:.2f} dB, flicker x {sum(ratios) / n:.2f}"


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    """``groups`` clips on a CPU, ten times as many on a GPU."""
    on_cpu = device == "cpu"
    clips = draw_clips(groups if on_cpu else 10 * groups, TRAIN + _CLIP_SEEDS, work, device, 1.0)
    held_out = draw_clips(4, CHECK + _CLIP_SEEDS, work, device, 0.0)
    before = first_trained(work, "refine", "diffusion")
    nets = load_averaged(before, diffusion.modules(), work, device).train().requires_grad_(True)
    stage = Stage("clips", nets, work, device, 3e-4, average=0.998, muon_rate=0.005)
    vae = load_last_vae(work, device)

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        at = torch.randint(len(clips.latents), (1 if on_cpu else 12,), generator=generator)
        with mixed_precision(device):
            return loss_of_clips(nets, clips, at.to(clips.latents.device), generator)

    stage.train(minutes, loss_of, lambda: describe(stage.averaged, held_out, vae),
                check_minutes=8.0 if on_cpu else 2.0)
