# SPDX-License-Identifier: Apache-2.0
"""Puts the figures of evaluate.py, and the steps and minutes of training.json, into a demo bundle's README.

    readme_tables.py A.json B.json [--bundle models/demo]

A and B are what evaluate.py --json wrote for two seeds. Table rows are found by their first cell; the rest of
the text is written by hand.
"""

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_WANTED = {"smile": 0.8, "gaze_y": 0.8, "brows": 0.8}  # share of the ceiling; 0.9 for the rest
_TRAINS = {"ruler": "the ruler of `evaluate.py`", "vae": "VAE", "motion": "expression and head pose",
           "identity": "identity", "detector": "face detector",
           "diffusion": "U-Net, appearance, motion refiner, pose guider",
           "refine": "the same and the VAE's decoder, on the sampler's own steps"}


def gain(figures: dict) -> float:
    """Decibels above the better of the two copies."""
    return figures["psnr"] - max(figures["psnr_copy_portrait"], figures["psnr_copy_driver"])


def rows(pair: list[dict]) -> dict[str, str]:
    """The tables' lines by their first cell."""
    def both(text: str) -> str:
        return " | ".join(text.format(**figures, gain=gain(figures)) for figures in pair)

    lines = {"PSNR to ground truth, dB": f"{both('{psnr:.2f}')} | ",
             "PSNR of a copy of the portrait, of the driver":
                 f"{both('{psnr_copy_portrait:.2f}, {psnr_copy_driver:.2f}')} | ",
             "gain over the better copy, dB": f"{both('{gain:.2f}')} | 6",
             "SSIM": f"{both('{ssim:.3f}')} | ",
             "identity picked correctly among 8": f"{both('{identity_match:.0%}')} | 95 %",
             "the same, by the bundle's identity vectors": f"{both('{identity_match_embedding:.0%}')} | ",
             "the same, by the drawing parameters":
                 f"{both('{identity_match_parameters:.0%}')} | ",
             "flicker relative to ground truth": f"{both('{flicker_ratio:.2f}')} | max 1.3",
             "sharpness (`laplacian_ratio`) relative to ground truth": f"{both('{laplacian_ratio:.2f}')} | 0.5",
             "seconds for a 2 s clip, end to end": f"{both('{seconds_per_clip:.1f}')} | max 30"}
    first, second = pair
    for name, correlation in first["correlation"].items():
        ceiling, other = first["ceiling"][name], second["correlation"][name] / second["ceiling"][name]
        lines[name.replace("_", " ")] = (
            f"{ceiling:.3f} | {correlation:.3f} | {correlation / ceiling:.2f} | {first['slope'][name]:.2f} | "
            f"{other:.2f} | {second['slope'][name]:.2f} | {_WANTED.get(name, 0.9)}")
    return lines


def training_rows(stages: dict[str, dict]) -> dict[str, str]:
    """The rows of the stages by their first cell: what they train, steps, minutes."""
    lines = {name: f"{_TRAINS[name]} | {stage['steps']} | {stage['minutes']:.0f}" for name, stage in stages.items()}
    minutes = sum(stage["minutes"] for stage in stages.values())
    return lines | {"all": f"{minutes / 60:.1f} hours | | {minutes:.0f}"}


def filled(text: str, lines: dict[str, str]) -> str:
    """``text`` with these rows replaced. Raises ValueError if a row is missing."""
    for first, rest in lines.items():
        row = f"| {first} | {rest} |".replace("\\", r"\\")  # re.subn reads escapes
        text, count = re.subn(rf"(?m)^\| {re.escape(first)} \|.*$", row, text)
        if count != 1:
            raise ValueError(f"{count} rows of the tables begin with {first!r}")
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description="Puts figures into a demo bundle's README.")
    parser.add_argument("figures", type=Path, nargs=2, help="what evaluate.py --json wrote, for two seeds")
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "demo")
    options = parser.parse_args()
    pair = [json.loads(path.read_text(encoding="utf-8")) for path in options.figures]
    stages = json.loads((options.bundle / "training.json").read_text(encoding="utf-8"))
    path = options.bundle / "README.md"
    text = filled(path.read_text(encoding="utf-8"), rows(pair) | training_rows(stages))
    path.write_text(text, encoding="utf-8")
    for figures in pair:
        print(f"seed {figures['seed']}: gain {gain(figures):.2f} dB, slopes {min(figures['slope'].values()):.2f} to "
              f"{max(figures['slope'].values()):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
