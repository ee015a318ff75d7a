# SPDX-License-Identifier: Apache-2.0
"""Writes the demo bundle from a work folder's checkpoints: export_demo.py --work DIR --out DIR.

Weights are stored in half precision. The ruler goes to evaluation/ruler.pt inside the bundle, and the steps and
minutes of each stage to training.json.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

from hyportrait.export.hash_seed import fix_hash_seed

if __name__ == "__main__":
    fix_hash_seed()

import torch
from torch import nn

from hyportrait.export.bundle import BundleWriter
from hyportrait.export.command_line import exit_code
from hyportrait.export.networks.vae import VaeDecoder, VaeEncoder
from train_demo import diffusion, sizes
from train_demo.bundle_weights import halves
from train_demo.loop import first_trained, load_averaged
from train_demo.ruler import Ruler
from train_demo.stage_detector import load_detector
from train_demo.stage_identity import load_identity
from train_demo.stage_motion import load_motion
from train_demo.stage_vae import load_last_vae
from train_demo.train import STAGES

LICENCE = ("Apache-2.0. Trained only on faces drawn by scripts/train_demo/renderer.py: for drawn faces "
           "of that kind, not for photographs of people.")
PROVENANCE = "Trained from scratch on drawn faces by scripts/train_demo; see models/demo/README.md."


def spent(work: Path) -> dict[str, dict[str, float]]:
    """Steps and minutes of each stage that has been trained."""
    stages = {}
    for name in STAGES:
        if not (work / f"{name}.pt").exists():  # refine is optional
            continue
        state = torch.load(work / f"{name}.pt", map_location="cpu", weights_only=True)
        stages[name] = {"steps": state["step"], "minutes": round(state["seconds"] / 60, 1)}
    return stages


def networks(work: Path) -> tuple[dict[str, nn.Module], float]:
    """The ten modules of the bundle in fp32, and the latent scale."""
    nets = load_averaged(first_trained(work, "refine", "diffusion"), diffusion.modules(), work,
                         "cpu")
    diffusion.fold_rotation(nets["unet"])
    vae, motion = load_last_vae(work, "cpu"), load_motion(work, "cpu")
    modules = {
        "face_detector": load_detector(work, "cpu"), "identity": load_identity(work, "cpu"),
        "appearance": nets["appearance"], "expression": motion["expression"],
        "head_pose": motion["head_pose"], "motion_refiner": nets["motion_refiner"],
        "pose_guider": nets["pose_guider"], "vae_encoder": VaeEncoder(vae),
        "vae_decoder": VaeDecoder(vae), "unet": nets["unet"]}
    return modules, float(diffusion.latent_scale(nets))


def write(work: Path, out: Path) -> None:
    modules, scale = networks(work)
    config = sizes.config(scale)
    keep = {name: out / name for name in ("samples", "README.md") if (out / name).exists()}
    with BundleWriter(out, True, config, torch.float16, deflated=True) as writer:
        for name, module in modules.items():
            # torch's stubs have no overload of to() with only a memory format.
            plain = module.eval().half().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
            writer.add(name, plain)
        ruler = load_averaged("ruler", nn.ModuleDict({"ruler": Ruler()}), work, "cpu")["ruler"]
        folder = writer.folder / "evaluation"
        folder.mkdir()
        torch.save(halves(ruler.state_dict()), folder / "ruler.pt")
        (writer.folder / "training.json").write_text(json.dumps(spent(work), indent=2) + "\n", encoding="utf-8")
        for name, path in keep.items():
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, writer.folder / name)
        writer.finish("demo", "demo", LICENCE, PROVENANCE)


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the demo bundle from checkpoints.")
    parser.add_argument("--work", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    options = parser.parse_args()
    return exit_code(parser.prog, lambda: write(options.work, options.out))


if __name__ == "__main__":
    sys.exit(main())
