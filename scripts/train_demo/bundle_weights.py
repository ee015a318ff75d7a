# SPDX-License-Identifier: Apache-2.0
"""The way back from a demo bundle to the checkpoints it was written from: export_demo.py reversed.

Half precision was kept, optimisers and what only training needs were not: the reading heads of the motion
stage and the readout of refine start anew, and so do the temporal parts before ``clips`` has run.
"""

import json
from pathlib import Path

import torch
from torch import Tensor, nn

from train_demo import correspondence, diffusion, sizes, stage_motion
from train_demo.stills import over_time

# What the checkpoint of a stage calls each file of the bundle.
_FILES: dict[str, dict[str, tuple[str, ...]]] = {
    "vae": {"vae.": ("vae_encoder.pt", "vae_decoder.pt")},
    "motion": {"expression.": ("expression.pt",), "head_pose.": ("head_pose.pt",)},
    "identity": {"identity.": ("identity.pt",)},
    "detector": {"detector.": ("face_detector.pt",)},
    "diffusion": {f"{name}.": (f"{name}.pt",)
                  for name in ("unet", "appearance", "motion_refiner", "pose_guider")},
}


def floats(state: dict[str, Tensor], prefix: str = "") -> dict[str, Tensor]:
    """The same in single precision, each name after ``prefix``."""
    return {prefix + name: value.float() if value.is_floating_point() else value
            for name, value in state.items()}


def halves(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same in half precision."""
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
    """By stage: ``weights``, ``step`` and ``seconds`` of the demo bundle in the folder ``bundle``.

    Raises OSError and ValueError for what is not a demo bundle.
    """
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    if manifest.get("kind") != "demo":
        raise ValueError(f"{bundle}: not a demo bundle")
    spent = json.loads(manifest["provenance"])["stages"]
    weights = {name: _stage(bundle, name) for name in _FILES}
    ruler = torch.load(bundle / "evaluation" / "ruler.pt", weights_only=True)
    weights["ruler"] = floats(ruler, "ruler.")
    torch.manual_seed(2)
    reading: nn.Module = stage_motion.Reading()
    weights["motion"].update(floats(reading.state_dict(), "reading."))
    scale = manifest["config"]["latent"]["scale"]
    weights["diffusion"]["latent_scale.value"] = torch.tensor(scale)
    _unfold_rotation(weights["diffusion"])
    unet = sizes.build_unet()
    if "clips" not in spent:
        started = floats(unet.state_dict(), "unet.")
        weights["diffusion"].update({name: value for name, value in started.items() if over_time(name)})
    if "refine" in spent:  # the bundle has the last of what several stages train
        readout = correspondence.Readout(unet, sizes.LATENT_CHANNELS)
        weights["refine"] = weights["diffusion"] | weights["vae"] | floats(readout.state_dict(), "readout.")
    if "clips" in spent:
        weights["clips"] = weights["diffusion"]
    return {name: {"weights": weights[name], "step": spent[name]["steps"],
                   "seconds": spent[name]["minutes"] * 60.0} for name in weights}
