# SPDX-License-Identifier: Apache-2.0
"""Puts the figures of evaluate.py and the manifest's provenance into a demo bundle's README.

    readme_tables.py A.json B.json [--bundle models/demo]

A and B are what evaluate.py --json wrote for two seeds. Table lines are found by their first cell, provenance
lines by their first word. The rest of the text is written by hand.
"""

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_WANTED = {"smile": 0.8, "gaze_y": 0.8, "brows": 0.8}  # share of the ceiling; 0.9 for the rest


def gain(figures: dict) -> float:
    """Decibels above the better of the two copies."""
    return figures["psnr"] - max(figures["psnr_copy_portrait"], figures["psnr_copy_driver"])


def rows(pair: list[dict]) -> dict[str, str]:
    """The tables' lines by their first cell."""
    def both(text: str) -> str:
        return " | ".join(text.format(**figures, gain=gain(figures)) for figures in pair)

    lines = {"PSNR to the truth, dB": f"{both('{psnr:.2f}')} | ",
             "of a copy of the portrait, of the driver":
                 f"{both('{psnr_copy_portrait:.2f}, {psnr_copy_driver:.2f}')} | ",
             "gain over the better copy, dB": f"{both('{gain:.2f}')} | 6",
             "SSIM": f"{both('{ssim:.3f}')} | ",
             "identity picked right among 8": f"{both('{identity_match:.0%}')} | 95 %",
             "the same by the bundle's own identity vectors": f"{both('{identity_match_embedding:.0%}')} | ",
             "the same by the parameters that the people are drawn from":
                 f"{both('{identity_match_parameters:.0%}')} | ",
             "flicker, as a multiple of the truth's": f"{both('{flicker_ratio:.2f}')} | at most 1.3",
             "seconds for a clip of 2 s, start to end": f"{both('{seconds_per_clip:.1f}')} | at most 30"}
    first, second = pair
    for name, correlation in first["correlation"].items():
        ceiling, other = first["ceiling"][name], second["correlation"][name] / second["ceiling"][name]
        lines[name.replace("_", " ")] = (
            f"{ceiling:.3f} | {correlation:.3f} | {correlation / ceiling:.2f} | {first['slope'][name]:.2f} | "
            f"{other:.2f} | {second['slope'][name]:.2f} | {_WANTED.get(name, 0.9)}")
    return lines


def provenance_lines(provenance: dict) -> dict[str, str]:
    """The list's lines by their first word."""
    stages = provenance["stages"]
    spent = ", ".join(f"{name} {stage['minutes']:.0f} min ({stage['steps']} steps)" for name, stage in stages.items())
    hours = sum(stage["minutes"] for stage in stages.values()) / 60
    return {"Command": f"`{provenance['command']}`", "Hardware": provenance["hardware"],
            "Time": f"{hours:.1f} hours of one core, of the GPU for the part on it: {spent}."}


def _replaced(text: str, start: str, line: str) -> str:
    """Replaces the one line of ``text`` that begins with ``start`` by ``line``."""
    text, count = re.subn(rf"(?m)^{re.escape(start)}.*$", lambda _: line, text)
    if count != 1:
        raise ValueError(f"{count} lines begin with {start!r}")
    return text


def filled(text: str, lines: dict[str, str], listed: dict[str, str]) -> str:
    """``text`` with these lines replaced. Raises ValueError if a line is missing."""
    for first, rest in lines.items():
        text = _replaced(text, f"| {first} |", f"| {first} | {rest} |")
    for first, rest in listed.items():
        text = _replaced(text, f"- {first}: ", f"- {first}: {rest}")
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description="Puts figures into a demo bundle's README.")
    parser.add_argument("figures", type=Path, nargs=2, help="what evaluate.py --json wrote, for two seeds")
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "demo")
    options = parser.parse_args()
    pair = [json.loads(path.read_text(encoding="utf-8")) for path in options.figures]
    manifest = json.loads((options.bundle / "manifest.json").read_text(encoding="utf-8"))
    path = options.bundle / "README.md"
    text = filled(path.read_text(encoding="utf-8"), rows(pair), provenance_lines(json.loads(manifest["provenance"])))
    path.write_text(text, encoding="utf-8")
    for figures in pair:
        print(f"seed {figures['seed']}: gain {gain(figures):.2f} dB, slopes {min(figures['slope'].values()):.2f} to "
              f"{max(figures['slope'].values()):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
