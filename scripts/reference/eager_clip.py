# SPDX-License-Identifier: Apache-2.0
"""Times a clip of the demo's networks in eager mode, from crops to RGB: eager_clip.py JOB.json.

It does what the program does, without its optimisations: always three branches in a window-step, one window
at a time, and every frame of the padded ring is decoded (as the original's decode_latents does). Networks are
built and loaded before the clock starts. JOB.json: {bundle, threads, inputs, outputs}. `inputs` (.npz) is the
input of the case time_clip of hyportrait-parity; `outputs` gets `decoded` [F,3,H,W] and the seconds `wall`
and `cpu`.
"""

import json
import math
import sys
from itertools import pairwise
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.bundle import BundleWriter, seeded
from hyportrait.export.networks.detector import CentreDetector
from hyportrait.export.networks.vae import VaeDecoder, VaeEncoder
from reference.timing import timed
from train_demo import sizes

BUILDERS = {
    "identity": sizes.build_identity,
    "appearance": sizes.build_appearance,
    "expression": sizes.build_expression,
    "head_pose": sizes.build_head_pose,
    "motion_refiner": sizes.build_motion_refiner,
    "pose_guider": sizes.build_pose_guider,
    "vae_encoder": lambda: VaeEncoder(sizes.build_vae()),
    "vae_decoder": lambda: VaeDecoder(sizes.build_vae()),
    "unet": sizes.build_unet,
}
APPEARANCE_SIDE = 224  # px, of the appearance network's image
BRANCHES = ([False, True, True], [False, False, True])  # u, d, c


def write_untrained(out: Path, seed: int) -> None:
    """A bundle of the demo's sizes with the recipe's weights and the centre detector."""
    config = sizes.config(latent_scale=1.0)
    with BundleWriter(out, False, config) as writer:
        for name, build in BUILDERS.items():
            writer.add(name, seeded(build, seed))
        writer.add("face_detector", CentreDetector().eval())
        writer.finish(
            name="untrained-demo",
            kind="seeded",
            licence="Random weights for timing.",
            provenance=f"scripts/bench_reference.py, seed {seed}",
        )


def load_networks(bundle: Path, manifest: dict) -> dict[str, nn.Module]:
    """The networks of hyportrait.export.networks at the demo's sizes with the bundle's weights, in float32."""
    networks = {}
    for name, build in BUILDERS.items():
        stored = torch.jit.load(str(bundle / manifest["modules"][name]["file"])).float()
        networks[name] = build().eval().requires_grad_(False)
        networks[name].load_state_dict(stored.state_dict())
    return networks


def unit(pixels: Tensor) -> Tensor:
    """[N,H,W,3] uint8 -> [N,3,H,W] in [0,1]."""
    return pixels.permute(0, 3, 1, 2).contiguous().float() / 255


def encode_motion(networks: dict, config: dict, faces: Tensor, heads: Tensor) -> Tensor:
    """Tokens [F,T,C] of crops [F,m,m,3]; the landmarks do not move, so the intensities are 0."""
    tokens, step = [], config["motion"]["bucket_frames"]
    still = torch.tensor(0)
    for first in range(0, len(faces), step):
        expression = networks["expression"](unit(faces[first : first + step]))
        refined = networks["motion_refiner"](expression, still, still)
        pose = networks["head_pose"](unit(heads[first : first + step]))
        pose = torch.cat([pose[:, :3], pose[:, 3:] * config["motion"]["translation_scale"]], 1)
        tokens.append(torch.cat([refined, pose[:, None].expand(-1, refined.shape[1], -1)], 2))
    return torch.cat(tokens)


def padded(tokens: Tensor, padding: int) -> Tensor:
    """Faded in before the first frame and out after the last (inference.py:292-314)."""
    fade = torch.arange(padding).view(-1, 1, 1) / max(padding, 1)
    return torch.cat([tokens[:1] * fade, tokens, tokens[-1:] * (1 - fade)])


def sigmas(sampler: dict) -> list[float]:
    """Karras's noise levels, rounded to float32 as diffusers keeps them, then 0."""
    low, high = (sampler[name] ** (1 / sampler["rho"]) for name in ("sigma_min", "sigma_max"))
    ramp = np.linspace(0, 1, sampler["steps"])
    return [float(np.float32(s)) for s in (high + ramp * (low - high)) ** sampler["rho"]] + [0.0]


def denoise(networks: dict, config: dict, reference: Tensor, tokens: tuple, noise: Tensor) -> Tensor:
    """Latents [P,z,h,w], still multiplied by the latent scale; tokens: appearance [1,T,C], motion [P,T,C]."""
    appearance, motion = tokens
    frames, window = len(noise), config["window"]
    side = config["image_size"]
    pose = networks["pose_guider"](torch.zeros(1, 3, side, side))[None]
    ids, levels = torch.tensor(config["added_ids"]), sigmas(config["sampler"])
    latents = reference * config["latent"]["scale"] + levels[0] * noise
    ends = [config["guidance"][of] for of in ("appearance", "motion")]
    scales = [np.linspace(first, last, len(levels) - 1) for first, last in ends]
    for step, (sigma, following) in enumerate(pairwise(levels)):
        total, count = torch.zeros_like(latents), torch.zeros(frames, 1, 1, 1)
        origin = window["shift"] * step % window["frames"]
        norm = math.sqrt(sigma * sigma + 1)
        for start in range(-origin, frames - origin, window["frames"] - window["overlap"]):
            index = torch.arange(start, start + window["frames"]) % frames
            x = latents[index]
            u, d, c = networks["unet"](
                (x / norm)[None], torch.tensor(0.25 * math.log(sigma)), reference, appearance,
                motion[index][None], pose, ids, *BRANCHES,
            )[:, 0]  # fmt: skip
            velocity = u + float(scales[0][step]) * (d - u) + float(scales[1][step]) * (c - d)
            clean = x / norm**2 - velocity * (sigma / norm)
            total.index_add_(0, index, clean + (x - clean) * (following / sigma))
            count.index_add_(0, index, torch.ones(len(index), 1, 1, 1))
        latents = total / count
    return latents


def clip(networks: dict, config: dict, arrays: dict[str, Tensor]) -> Tensor:
    """Frames [F,3,H,W], in [0,1] before clamping."""
    portrait = unit(arrays["portrait"][None])
    identity = F.normalize(networks["identity"](arrays["aligned_face"].permute(2, 0, 1)[None]), dim=1)
    small = F.interpolate(portrait, (APPEARANCE_SIDE,) * 2, mode="bilinear", antialias=True)
    appearance = networks["appearance"](small, identity)
    reference = networks["vae_encoder"](portrait)
    padding = config["window"]["padding"]
    motion = padded(encode_motion(networks, config, arrays["faces"], arrays["heads"]), padding)
    latents = denoise(networks, config, reference, (appearance, motion), arrays["noise"])
    scaled = latents / config["latent"]["scale"]
    frames = torch.cat([networks["vae_decoder"](part) for part in scaled.split(config["decode_chunk"])])
    return frames[padding : len(frames) - padding]


def run(job: dict) -> None:
    torch.set_num_threads(job["threads"])
    bundle = Path(job["bundle"])
    manifest = json.loads((bundle / "manifest.json").read_text())
    networks = load_networks(bundle, manifest)
    with np.load(job["inputs"]) as stored:
        arrays = {name: torch.from_numpy(stored[name]) for name in stored.files}
    with torch.inference_mode():
        decoded, seconds = timed(lambda: clip(networks, manifest["config"], arrays))
    np.savez(job["outputs"], decoded=decoded.numpy(), wall=seconds["wall"], cpu=seconds["cpu"])


if __name__ == "__main__":
    run(json.loads(Path(sys.argv[1]).read_text()))
