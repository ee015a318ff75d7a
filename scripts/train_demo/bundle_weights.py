# SPDX-License-Identifier: Apache-2.0
"""Reads the weights of a demo bundle back into checkpoints: the reverse of export_demo.py.

The bundle has them in half precision, without optimiser state and without what only training needs. So the
reading heads of the motion stage and the readout of refine start from new weights.
"""

import json
from pathlib import Path

import torch
from torch import Tensor, nn

from train_demo import correspondence, diffusion, sizes, stage_motion

# By stage: the prefix of weight names in its checkpoint, and the bundle's files with these weights.
_FILES: dict[str, dict[str, tuple[str, ...]]] = {
    "vae": {"vae.": ("vae_encoder.pt", "vae_decoder.pt")},
    "motion": {"expression.": ("expression.pt",), "head_pose.": ("head_pose.pt",)},
    "identity": {"identity.": ("identity.pt",)},
    "detector": {"detector.": ("face_detector.pt",)},
    "diffusion": {f"{name}.": (f"{name}.pt",)
                  for name in ("unet", "appearance", "motion_refiner", "pose_guider")},
}


def floats(state: dict[str, Tensor], prefix: str = "") -> dict[str, Tensor]:
    """The same weights in single precision, with ``prefix`` before each name."""
    return {prefix + name: value.float() if value.is_floating_point() else value
            for name, value in state.items()}


def halves(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same weights in half precision."""
    return {name: value.half() if value.is_floating_point() else value for name, value in state.items()}


def _stage(bundle: Path, name: str) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    for prefix, files in _FILES[name].items():
        for file in files:
            stored: dict[str, Tensor] = torch.jit.load(str(bundle / file)).state_dict()
            weights.update(floats(stored, prefix))
    return weights


def _unfold_rotation(weights: dict[str, Tensor]) -> None:
    for name, value in weights.items():
        if ".to_k_ip." in name or ".to_v_ip." in name:
            value[:, -6:-3] *= diffusion.ROTATION_UNIT


def read(bundle: Path) -> dict[str, dict]:
    """``weights``, ``step`` and ``seconds`` of each stage, from the demo bundle in the folder ``bundle``.

    Raises OSError or ValueError if it is not a demo bundle.
    """
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    if manifest.get("kind") != "demo":
        raise ValueError(f"{bundle}: not a demo bundle")
    spent = json.loads((bundle / "training.json").read_text(encoding="utf-8"))
    weights = {name: _stage(bundle, name) for name in _FILES}
    ruler = torch.load(bundle / "evaluation" / "ruler.pt", weights_only=True)
    weights["ruler"] = floats(ruler, "ruler.")
    torch.manual_seed(2)
    reading: nn.Module = stage_motion.Reading()
    weights["motion"].update(floats(reading.state_dict(), "reading."))
    scale = manifest["config"]["latent"]["scale"]
    weights["diffusion"]["latent_scale.value"] = torch.tensor(scale)
    _unfold_rotation(weights["diffusion"])
    if "refine" in spent:  # several stages train the same weights; the bundle has the last ones
        readout = correspondence.Readout(sizes.build_unet(), sizes.LATENT_CHANNELS)
        weights["refine"] = weights["diffusion"] | weights["vae"] | floats(readout.state_dict(), "readout.")
    return {name: {"weights": weights[name], "step": spent[name]["steps"],
                   "seconds": spent[name]["minutes"] * 60.0} for name in weights}
