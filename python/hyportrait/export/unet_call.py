# SPDX-License-Identifier: Apache-2.0
"""The inputs of one U-Net call, as the program makes it: tensor shapes, and the branches of guidance."""

from typing import Any

import torch
from torch import Tensor

# The conditions of a branch: reference, motion.
Branch = tuple[bool, bool]
NOTHING, APPEARANCE, EVERYTHING = (False, False), (True, False), (True, True)
BRANCHES = (NOTHING, APPEARANCE, EVERYTHING)  # in the order of src/diffusion/guidance
GUIDED = [NOTHING, EVERYTHING]  # of a step with the default guidance
TENSORS = ("latents", "timestep", "reference", "appearance", "motion", "pose_feature", "added_ids")


def flags(branches: list[Branch]) -> tuple[list[bool], list[bool]]:
    """The arguments has_reference and has_motion."""
    return [reference for reference, _ in branches], [motion for _, motion in branches]


def shapes(config: dict[str, Any], size: int, frames: int, windows: int = 1) -> dict[str, tuple[int, ...]]:
    """Shape of each of TENSORS. `config` is a manifest's; `size` is the image's side in pixels."""
    side, z = size // config["latent"]["downsample"], config["latent"]["channels"]
    count, width = config["tokens"]["count"], config["tokens"]["width"]
    pose = (1, 1) if config["pose_image"] == "black" else (windows, frames)
    return {
        "latents": (windows, frames, z, side, side),
        "timestep": (),
        "reference": (1, z, side, side),
        "appearance": (1, count, width),
        "motion": (windows, frames, count, width),
        "pose_feature": (*pose, config["unet"]["channels"][0], side, side),
        "added_ids": (len(config["added_ids"]),),
    }


def example_inputs(config: dict[str, Any], size: int, frames: int, device: str, dtype: torch.dtype,
                   windows: int = 1) -> tuple[Tensor, ...]:  # fmt: skip
    """Random TENSORS of these shapes; the time step is always float32."""
    given = {"timestep": torch.tensor(0.3, device=device),
             "added_ids": torch.tensor(config["added_ids"], device=device).to(dtype)}  # fmt: skip
    return tuple(
        given[name] if name in given else torch.randn(shape, device=device).to(dtype)
        for name, shape in shapes(config, size, frames, windows).items()
    )
