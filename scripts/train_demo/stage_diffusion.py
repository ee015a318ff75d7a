# SPDX-License-Identifier: Apache-2.0
"""Trains U-Net, appearance, motion refiner and pose guider together, on unrelated stills.

Each sample: a portrait of A, a driver B in some pose, and A in that pose as the truth.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from networks.vae import Vae
from train_demo import diffusion
from train_demo.crops import jitter_landmarks
from train_demo.features_cache import Features, load_features
from train_demo.loop import Stage, load_averaged, mixed_precision
from train_demo.motion import MOTION_NAMES
from train_demo.pool import CHECK, NATURAL, PORTRAITS, TRAIN, Pool, as_float, load_pool
from train_demo.ruler import Ruler, correlation
from train_demo.sizes import IMAGE
from train_demo.stage_vae import decode, load_vae
from train_demo.stills import freeze_time, stills

_CELLS = IMAGE // 8
_DROP_BOTH, _DROP_MOTION = 0.08, 0.10
_TARGETS = 4  # poses that share a portrait in a batch: the appearance is computed once for them
_SKELETONS = 3  # of them, those whose driver's landmarks are drawn for the pose guider
_NATURAL_POSES = 0.9  # share of targets in poses as clips have them; the others cover every pose alike
LANDMARK_ERROR = 1.5  # pixels, a detector's


def portraits(pool: Pool, at: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """The appearance network's pictures [N, 3, 224, 224]."""
    return nn.functional.interpolate(as_float(pool.images[at]), (224, 224), mode="bilinear",
                                     antialias=True)


class Batch:
    """Indices of a batch: ``people`` portraits with _TARGETS poses and drivers each."""

    def __init__(self, pool: Pool, people: int, generator: torch.Generator) -> None:
        groups, each, poses = pool.images.shape[:3]
        n = people * _TARGETS

        def draw(high: int, count: int) -> Tensor:
            return torch.randint(high, (count,), generator=generator)

        group, person = draw(groups, people), draw(each, people)
        frontal = torch.rand(people, generator=generator) < 0.9
        pose = torch.where(frontal, draw(PORTRAITS, people), draw(poses, people))
        other = (person.repeat_interleave(_TARGETS) + draw(each, n)) % each
        device = pool.images.device
        repeated = group.repeat_interleave(_TARGETS).to(device)
        natural = torch.rand(n, generator=generator) < _NATURAL_POSES
        moved = torch.where(natural, poses - 1 - draw(NATURAL, n), draw(poses, n)).to(device)
        self.reference = (group.to(device), person.to(device), pose.to(device))
        self.target = (repeated, person.repeat_interleave(_TARGETS).to(device), moved)
        self.driver = (repeated, other.to(device), moved)
        self.size, self.targets = n, _TARGETS


def reference_latents(features: Features, batch: Batch) -> Tensor:
    """The portraits' latents [N, z, h, w], unscaled, once for every target."""
    return features.latents[batch.reference].float().repeat_interleave(_TARGETS, 0)


def batch_conditions(nets: nn.ModuleDict, pool: Pool, features: Features, batch: Batch,
                     drawn: Tensor | None, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Appearance tokens [N, T, C], motion tokens [N, T, C] at random intensities, and pose features
    [N, C0, h, w]: with gaps for the targets in ``drawn`` [N], whole ones for all without it."""
    device, n = pool.images.device, batch.size
    appearance = nets["appearance"](portraits(pool, batch.reference),
                                    features.identity[batch.reference].float())
    buckets = torch.randint(128, (2, n), generator=generator).to(device)
    tokens = diffusion.motion_tokens(nets["motion_refiner"], features.expression[batch.driver].float(),
                                     features.pose[batch.driver].float(), buckets)
    landmarks = jitter_landmarks(pool.landmarks[batch.driver], LANDMARK_ERROR, generator)
    if drawn is None:
        pose = diffusion.whole_skeletons(nets["pose_guider"], landmarks)
    else:
        pose = diffusion.pose_features(nets["pose_guider"], landmarks, drawn, generator)
    return appearance.repeat_interleave(_TARGETS, 0), tokens, pose


def loss_of_batch(nets: nn.ModuleDict, pool: Pool, features: Features, batch: Batch,
                  generator: torch.Generator) -> dict[str, Tensor]:
    """The v-prediction loss; conditions of some samples are dropped for both guidance branches."""
    device, n, scale = pool.images.device, batch.size, float(features.scale)
    uniform = torch.rand(2, n, generator=generator)
    with_reference = uniform[0] >= _DROP_BOTH
    with_motion = (with_reference & (uniform[1] >= _DROP_MOTION)).float().to(device)
    with_reference = with_reference.float().to(device)
    sigma = diffusion.noise_levels(n, generator).to(device)
    clean = features.latents[batch.target].float() * scale
    noise = torch.randn(clean.shape, generator=generator).to(device)
    noisy, wanted = diffusion.velocity_target(clean, noise, sigma[:, None, None, None])

    drawn = torch.arange(n) % _TARGETS < _SKELETONS
    appearance, tokens, pose = batch_conditions(nets, pool, features, batch, drawn, generator)
    reference = reference_latents(features, batch) * with_reference[:, None, None, None]
    velocity = nets["unet"](noisy[:, None], 0.25 * sigma.log(), reference,
                            appearance * with_reference[:, None, None],
                            (tokens * with_motion[:, None, None])[:, None], pose[:, None],
                            diffusion.added_ids(device), [True], [True])[0, :, 0]
    error = (velocity.float() - wanted) ** 2
    weighted = (error * diffusion.focus(pool.landmarks[batch.target], _CELLS)).mean()
    return {"loss": weighted, "mse": error.mean()}


@torch.no_grad()
def animate(nets: nn.ModuleDict, pool: Pool, features: Features, reference: tuple, driver: tuple,
            vae: Vae) -> Tensor:
    """Pictures [N, 3, S, S] of the portraits at ``reference`` moved as the drivers, each alone."""
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
    """PSNR to the truth and what the ruler reads, over cross-identity pairs of the pool."""
    groups, device = pool.images.shape[0], pool.images.device
    index = torch.arange(groups * 8, device=device)
    group, person = index // 8, index % 8
    moved = PORTRAITS + index % 8
    reference = (group, person, torch.zeros_like(index))
    with stills(nets["unet"]), stills(vae):
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
    """The ruler, or None before it is trained."""
    if not (work / "ruler.pt").exists():
        return None
    return load_averaged("ruler", nn.ModuleDict({"ruler": Ruler()}), work, device)["ruler"]


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool = load_pool(work / "pools", groups, TRAIN, size, device)
    held_out = load_pool(work / "pools", 5, CHECK, size, device)
    features = load_features(pool, work, device, 1.0, 1)
    checked = load_features(held_out, work, device, 0.0, 2)
    checked.scale = features.scale
    torch.manual_seed(5)
    nets = diffusion.modules()
    freeze_time(nets["unet"])
    stage = Stage("diffusion", nets, work, device, 1.2e-3, average=0.998)
    people = 8 if device == "cpu" else 64
    vae = load_vae(work, device)

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        nets["latent_scale"].value.copy_(features.scale)  # also after a resume with a newer VAE
        generator = torch.Generator().manual_seed(seed)
        batch = Batch(pool, people, generator)
        with stills(nets["unet"]), mixed_precision(device):
            return loss_of_batch(nets, pool, features, batch, generator)

    stage.train(minutes, loss_of,
                lambda: describe(stage.averaged, held_out, checked, vae, load_ruler(work, device)),
                check_minutes=8.0 if device == "cpu" else 2.0)
