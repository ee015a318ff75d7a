# SPDX-License-Identifier: Apache-2.0
"""A folder laid out like the official release, of any sizes: recipe weights and the two stand-ins."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from stand_ins import write_arcface, write_yolo
from torch import nn

from conftest import YUNET
from hyportrait.export.networks import recipe
from hyportrait.export.official import RELEASE
from hyportrait.export.presets import Build, Preset

CONFIGS = {
    "vae/config.json": {"latent_channels": 4, "scaling_factor": 0.18215, "force_upcast": True},
    "unet/config.json": {
        "block_out_channels": [320, 640, 1280, 1280],
        "num_attention_heads": [5, 10, 20, 20],
    },
    "scheduler/scheduler_config.json": {
        "prediction_type": "v_prediction",
        "sigma_min": 0.002,
        "sigma_max": 700.0,
    },
}


def recipe_state(build: Build, seed: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """The weights of the parity packs' recipe for every key of the network."""
    with torch.device("meta"):
        shapes = build().state_dict()
    state = {}
    for key, value in shapes.items():
        filled = recipe.tensor(seed, key, value.shape)
        if filled is None:  # a counter
            state[key] = torch.zeros(value.shape, dtype=value.dtype)
        else:
            state[key] = filled.to(dtype)
    return state


def write_release(
    folder: Path, preset: Preset, seed: int = 1, dtype: torch.dtype = torch.float32
) -> None:
    """`dtype`: of the .pth files. The VAE is float16, as in its official file."""
    networks = {
        "unet": preset.unet,
        "pose_guider": preset.pose_guider,
        "dino": preset.dino,
        "image_proj": preset.projector,
        "expression": preset.expression,
        "headpose": preset.head_pose,
        "motion_proj": preset.motion_refiner,
    }
    for name in ("hyportrait", "vae", "unet", "scheduler"):
        (folder / name).mkdir(parents=True)
    for name, build in networks.items():
        torch.save(recipe_state(build, seed, dtype), folder / RELEASE[name][1][0])
    vae = recipe_state(preset.vae, seed, torch.float16)
    save_file(vae, folder / RELEASE["vae"][1][0])
    for name, config in CONFIGS.items():
        (folder / name).write_text(json.dumps(config))
    write_yolo(folder / "yoloface_v5m.pt", YUNET)
    write_arcface(folder / "arcface.onnx")


def filled(build: Build, seed: int = 1) -> nn.Module:
    """The network with those weights, in float32."""
    module = build()
    module.load_state_dict(recipe_state(build, seed, torch.float32))
    return module.eval()
