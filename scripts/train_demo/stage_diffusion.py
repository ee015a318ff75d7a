# SPDX-License-Identifier: Apache-2.0
"""Trains the U-Net, appearance, motion refiner and pose guider together, on unrelated still pictures.

A sample is a portrait of A, a driver B in some pose, and A in that pose as the truth.
"""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from hyportrait.export.networks.vae import Vae
from train_demo import diffusion
from train_demo.crops import jitter_landmarks
from train_demo.features_cache import Features, load_features
from train_demo.loop import Stage, load_averaged, mixed_precision
from train_demo.motion import MOTION_NAMES
from train_demo.pool import NATURAL, PORTRAITS, TRAIN, Pool, as_float, load_pools
from train_demo.ruler import Ruler, correlation
from train_demo.sizes import IMAGE
from train_demo.stage_vae import decode, load_vae

_CELLS = IMAGE // 8
_DROP_BOTH, _DROP_MOTION = 0.08, 0.10
_TARGETS = 4  # poses for each portrait of a batch; they share its appearance tokens
_SKELETONS = 3  # of these, how many have the driver's landmarks drawn for the pose guider
_NATURAL_POSES = 0.9  # share of targets with poses from clips; the others cover all poses evenly
LANDMARK_ERROR = 1.5  # pixels, a detector's


def portraits(pool: Pool, at: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Pictures [N, 3, 224, 224] for the appearance network."""
    return nn.functional.interpolate(as_float(pool.images[at]), (224, 224), mode="bilinear",
                                     antialias=True)


def draw_batch(pool: Pool, people: int, generator: torch.Generator) -> dict[str, Tensor]:
    """The random choices for a batch of ``people`` portraits with _TARGETS poses and drivers each, on the
    CPU: indices ``group``, ``person`` and ``pose`` [people] of the portraits, ``other`` and ``moved`` [N]
    of drivers and poses; ``buckets`` [2, N] of intensity, ``jitter`` [N, 5, 2] of the driver's landmarks
    in pixels."""
    groups, each, poses = pool.images.shape[:3]
    n = people * _TARGETS

    def draw(high: int, *shape: int) -> Tensor:
        return torch.randint(high, shape, generator=generator)

    group, person = draw(groups, people), draw(each, people)
    frontal = torch.rand(people, generator=generator) < 0.9
    pose = torch.where(frontal, draw(PORTRAITS, people), draw(poses, people))
    other = (person.repeat_interleave(_TARGETS) + draw(each, n)) % each
    natural = torch.rand(n, generator=generator) < _NATURAL_POSES
    moved = torch.where(natural, poses - 1 - draw(NATURAL, n), draw(poses, n))
    jitter = jitter_landmarks(torch.zeros(n, 5, 2), LANDMARK_ERROR, generator)
    return {"group": group, "person": person, "pose": pose, "other": other, "moved": moved,
            "buckets": draw(128, 2, n), "jitter": jitter}


def draw_noise(people: int, generator: torch.Generator) -> dict[str, Tensor]:
    """What ``loss_of_batch`` needs in addition: ``uniform`` [2, N] for dropped conditions, noise levels
    ``sigma`` [N], gaps ``kept`` of the skeletons."""
    n = people * _TARGETS
    return {"uniform": torch.rand(2, n, generator=generator), "sigma": diffusion.noise_levels(n, generator),
            "kept": diffusion.gaps(people * _SKELETONS, generator)}


class Batch:
    """A drawn batch: pool indices of the portraits, of ``targets`` pictures for each, and of the drivers."""

    def __init__(self, drawn: dict[str, Tensor]) -> None:
        group, person = (drawn[name].repeat_interleave(_TARGETS) for name in ("group", "person"))
        self.reference = (drawn["group"], drawn["person"], drawn["pose"])
        self.target = (group, person, drawn["moved"])
        self.driver = (group, drawn["other"], drawn["moved"])
        self.buckets, self.jitter = drawn["buckets"], drawn["jitter"]
        self.size, self.targets = len(group), _TARGETS

    def first(self, count: int) -> Tensor:
        """The indices of the first ``count`` pictures of each portrait."""
        return torch.arange(self.size, device=self.buckets.device).view(-1, _TARGETS)[:, :count].flatten()


def reference_latents(features: Features, batch: Batch) -> Tensor:
    """The portraits' latents [N, z, h, w], unscaled, repeated for each target."""
    return features.latents[batch.reference].float().repeat_interleave(_TARGETS, 0)


def batch_conditions(nets: nn.ModuleDict, pool: Pool, features: Features, batch: Batch,
                     kept: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Appearance tokens [N, T, C], motion tokens [N, T, C] at random intensities, and pose features [N, C0,
    h, w]: of complete skeletons, or of some with the gaps ``kept`` and black for the rest."""
    appearance = nets["appearance"](portraits(pool, batch.reference),
                                    features.identity[batch.reference].float())
    tokens = diffusion.motion_tokens(nets["motion_refiner"], features.expression[batch.driver].float(),
                                     features.pose[batch.driver].float(), batch.buckets)
    landmarks = pool.landmarks[batch.driver] + batch.jitter
    if kept is None:
        pose = diffusion.whole_skeletons(nets["pose_guider"], landmarks)
    else:
        pose = diffusion.pose_features(nets["pose_guider"], landmarks, batch.first(_SKELETONS), kept)
    return appearance.repeat_interleave(_TARGETS, 0), tokens, pose


def loss_of_batch(nets: nn.ModuleDict, pool: Pool, features: Features, drawn: dict[str, Tensor]) -> dict[str, Tensor]:
    """The v-prediction loss. Conditions of some samples are dropped, to train both guidance branches."""
    batch, uniform, sigma, scale = Batch(drawn), drawn["uniform"], drawn["sigma"], float(features.scale)
    with_reference = uniform[0] >= _DROP_BOTH
    with_motion = (with_reference & (uniform[1] >= _DROP_MOTION)).float()
    with_reference = with_reference.float()
    clean = features.latents[batch.target].float() * scale
    noisy, wanted = diffusion.velocity_target(clean, torch.randn_like(clean), sigma[:, None, None, None])

    appearance, tokens, pose = batch_conditions(nets, pool, features, batch, drawn["kept"])
    reference = reference_latents(features, batch) * with_reference[:, None, None, None]
    velocity = nets["unet"](noisy[:, None], 0.25 * sigma.log(), reference,
                            appearance * with_reference[:, None, None],
                            (tokens * with_motion[:, None, None])[:, None], pose[:, None],
                            diffusion.added_ids(sigma.device), [True], [True])[0, :, 0]
    error = (velocity.float() - wanted) ** 2
    weighted = (error * diffusion.focus(pool.landmarks[batch.target], _CELLS)).mean()
    return {"loss": weighted, "mse": error.mean()}


@torch.no_grad()
def animate(nets: nn.ModuleDict, pool: Pool, features: Features, reference: tuple, driver: tuple,
            vae: Vae) -> Tensor:
    """Pictures [N, 3, S, S] of the portraits at ``reference`` with the drivers' motion, each independent."""
    device, results = pool.images.device, []
    for part in torch.arange(len(reference[0]), device=device).split(20):
        source = tuple(index[part] for index in reference)
        moved = tuple(index[part] for index in driver)
        buckets = torch.full((2, len(part)), 40, device=device)
        appearance = nets["appearance"](portraits(pool, source), features.identity[source].float())
        tokens = diffusion.motion_tokens(nets["motion_refiner"], features.expression[moved].float(),
                                         features.pose[moved].float(), buckets)
        pose = diffusion.whole_skeletons(nets["pose_guider"], pool.landmarks[moved])[:, None]
        latents = diffusion.sample(nets["unet"], features.latents[source].float(),
                                   float(features.scale), appearance, tokens[:, None], pose)
        results.append(decode(vae, latents[:, 0] / float(features.scale)).clamp(0, 1))
    return torch.cat(results)


@torch.no_grad()
def describe(nets: nn.ModuleDict, pool: Pool, features: Features, vae: Vae,
             ruler: Ruler | None) -> str:
    """PSNR to the truth and the ruler's readings, over cross-identity pairs of the pool."""
    groups, device = pool.images.shape[0], pool.images.device
    index = torch.arange(groups * 8, device=device)
    group, person = index // 8, index % 8
    moved = PORTRAITS + index % 8
    reference = (group, person, torch.zeros_like(index))
    results = animate(nets, pool, features, reference, (group, person + 1, moved), vae)
    truth = as_float(pool.images[group, person, moved])
    portrait = as_float(pool.images[reference])

    def psnr(pictures: Tensor) -> float:
        return -10 * ((pictures - truth) ** 2).mean((1, 2, 3)).log10().mean().item()

    text = f"held-out PSNR {psnr(results):.2f} dB, copy of the portrait {psnr(portrait):.2f}"
    if ruler is not None:
        read, ceiling = ruler(results)[0], ruler(truth)[0]
        motion = pool.motions[group, moved]
        values = zip(MOTION_NAMES, correlation(read, motion).tolist(),
                     correlation(ceiling, motion).tolist())
        text += " | r " + " ".join(f"{n} {r:.2f}/{c:.2f}" for n, r, c in values)
    return text


def load_ruler(work: Path, device: str) -> Ruler | None:
    """The ruler, or None if it is not trained yet."""
    if not (work / "ruler.pt").exists():
        return None
    nets = load_averaged("ruler", nn.ModuleDict({"ruler": Ruler()}), work, device)
    return cast(Ruler, nets["ruler"])


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool, held_out = load_pools(work, groups, TRAIN, size, device)
    features = load_features(pool, work, device, 1.0, 1)
    checked = load_features(held_out, work, device, 0.0, 2)
    checked.scale = features.scale
    torch.manual_seed(5)
    nets = diffusion.modules()
    stage = Stage("diffusion", nets, work, device, 1.2e-3, average=0.998)
    people = 8 if device == "cpu" else 64
    vae = load_vae(work, device)

    def draw(seed: int) -> tuple[str, dict[str, Tensor]]:
        # in every step, so that it also follows a newer VAE after a resume
        diffusion.latent_scale(nets).fill_(float(features.scale))
        generator = torch.Generator().manual_seed(seed)
        return "plain", draw_batch(pool, people, generator) | draw_noise(people, generator)

    def loss_of(kind: str, drawn: dict[str, Tensor]) -> dict[str, Tensor]:
        with mixed_precision(device):
            return loss_of_batch(nets, pool, features, drawn)

    ruler = load_ruler(work, device)
    stage.train_drawn(minutes, draw, loss_of, lambda: describe(stage.averaged, held_out, checked, vae, ruler),
                      check_minutes=8.0 if device == "cpu" else 2.0)
