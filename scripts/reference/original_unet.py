# SPDX-License-Identifier: Apache-2.0
"""Times the original's own U-Net: original_unet.py JOB.json, in an interpreter that has its packages.

JOB.json: {original, preset, seed, device, dtype, threads, repeats, inputs, outputs}. `inputs` (.npz) holds
one window as our U-Net takes it. It is expanded to the original's batch of three branches, with zeros for the
conditions that a branch does not have (hunyuan_svd_pipeline.py, denoising loop). `outputs` (.npz) gets
`output` [3,F,4,h,w] and the seconds of each call (`wall`, `cpu`), which include the copy to the host.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import numpy as np
import torch
from torch import Tensor, nn

from hyportrait.export.bundle import DTYPES, seeded
from reference.timing import timed

# The constructor's arguments at the sizes of export/presets.py; `full` is Stable Video Diffusion XT's.
SIZES: dict[str, dict[str, Any]] = {
    "full": {"block_out_channels": (320, 640, 1280, 1280), "num_attention_heads": (5, 10, 20, 20)},
    "parity": {
        "block_out_channels": (32, 64, 64, 64),
        "num_attention_heads": (2, 4, 4, 4),
        "cross_attention_dim": 64,
        "addition_time_embed_dim": 32,
        "projection_class_embeddings_input_dim": 96,
    },
}
ADAPTER_TOKENS = [32]  # num_adapter_embeds of config/hunyuan-portrait.yaml


def build(preset: str) -> nn.Module:
    """The original's U-Net with its attention processors. Its folder must be in sys.path."""
    from src.models.condition.unet_3d_svd_condition_ip import (
        UNet3DConditionSVDModel,
        init_ip_adapters,
    )

    unet = UNet3DConditionSVDModel(**SIZES[preset])
    init_ip_adapters(unet, ADAPTER_TOKENS)
    return unet


def branches(value: Tensor, present: tuple[int, int, int]) -> Tensor:
    """[F,...] -> [3F,...]: the value where a branch has it, zeros where not."""
    return torch.cat([value * has for has in present])


def call_arguments(arrays: dict[str, Tensor]) -> tuple[tuple, dict]:
    """The original's call for one window of F frames."""
    latents = arrays["latents"][0]  # [F,4,h,w]
    frames = latents.shape[0]
    reference = arrays["reference"].expand(frames, -1, -1, -1)
    appearance = arrays["appearance"].expand(frames, -1, -1)
    sample = torch.cat([branches(latents, (1, 1, 1)), branches(reference, (0, 1, 1))], dim=1)
    contexts = (branches(appearance, (0, 1, 1)), [branches(arrays["motion"][0], (0, 0, 1))])
    pose = arrays["pose_feature"][0].expand(frames, -1, -1, -1)
    options = {
        "encoder_hidden_states": contexts,
        "pose_cond_fea": branches(pose, (1, 1, 1)).unflatten(0, (3, frames)),
        "added_time_ids": arrays["added_ids"].expand(3, -1),
        "return_dict": False,
    }
    return (sample.unflatten(0, (3, frames)), arrays["timestep"]), options


def run(job: dict) -> None:
    torch.set_num_threads(job["threads"])
    sys.path.insert(0, job["original"])
    dtype, device = DTYPES[job["dtype"]], torch.device(job["device"])
    unet = seeded(lambda: build(job["preset"]), job["seed"], dtype).to(device)
    with np.load(job["inputs"]) as stored:
        arrays = {name: torch.from_numpy(stored[name]).to(device) for name in stored.files}
    arrays = {name: v.to(dtype) if name != "timestep" else v for name, v in arrays.items()}
    arguments, options = call_arguments(arrays)

    def call() -> Tensor:
        return unet(*arguments, **options)[0].cpu()

    with torch.inference_mode():
        output, seconds = timed(call, job["repeats"])
    np.savez(job["outputs"], output=output.float().numpy(), wall=seconds["wall"], cpu=seconds["cpu"])


if __name__ == "__main__":
    run(json.loads(Path(sys.argv[1]).read_text()))
