#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what each preset of `animate` costs in the picture and saves in time, for one bundle.

    presets_table.py --bundle DIR [--ref FILE]... [--drive FILE]... [--device D] [--dtype D] [--out FILE.md]

Every portrait with every clip goes through the program as exact, fast and draft (the same seed, the
generated square alone). Of fast and draft against exact: PSNR and SSIM (`hyportrait compare`), and how the
expression and the head's pose move (`hyportrait metrics` with the exact result as the driver, by the
bundle's own networks). Prints a markdown table. Without --ref and --drive: the portraits and clips of
BUNDLE/samples, else drawn ones.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build" / "release" / "bin" / "hyportrait"
PRESETS = ("exact", "fast", "draft")
PORTRAITS, CLIPS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"), (".mp4", ".mov", ".mkv", ".webm")
OF_OTHER_WEIGHTS = {
    "demo": "It says nothing about the official weights: this bundle animates drawn faces.",
    "seeded": "It says nothing about any trained weights: this bundle's are random.",
    "official": "It holds for these weights, portraits and clips.",
}


class TableError(Exception):
    """What failed, and what to do."""


def run(*words: object) -> str:
    """The program's standard output. Raises TableError with its message."""
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                          env=environment)  # fmt: skip
    if done.returncode != 0:
        raise TableError((done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])
    return done.stdout


def animate(options: argparse.Namespace, pair: tuple[Path, Path], preset: str, folder: Path) -> dict:
    """One run into folder/PRESET.mp4 and folder/PRESET/*.png; its sidecar."""
    ref, drive = pair
    command = [options.program, "animate", "--bundle", options.bundle, "--ref", ref, "--drive", drive,
               "-o", folder / f"{preset}.mp4", "--frames-dir", folder / preset, "--crop-only",
               "--device", options.device, "--dtype", options.dtype, "--preset", preset, "--json", "--quiet"]  # fmt: skip
    return json.loads(run(*command))


def against_exact(options: argparse.Namespace, pair: tuple[Path, Path], preset: str, folder: Path) -> dict:
    """PSNR and SSIM of the frames before encoding, motion of the clips."""
    pictures = json.loads(run(options.program, "compare", folder / "exact", folder / preset, "--json"))
    motion = json.loads(run(options.program, "metrics", "--bundle", options.bundle, "--device", options.device,
                            "--ref", pair[0], "--drive", folder / "exact.mp4", "--result",
                            folder / f"{preset}.mp4", "--json", "--quiet"))  # fmt: skip
    return {
        "psnr": pictures["psnr"]["mean"], "worst": pictures["psnr"]["worst"],
        "ssim": pictures["ssim"]["mean"],
        "expression": motion["expression"]["correlation"], "pose": motion["pose"]["correlation"],
    }  # fmt: skip


def measure(options: argparse.Namespace, pairs: list[tuple[Path, Path]]) -> dict[str, list[dict]]:
    """For each preset, one row of figures for each pair; those of `exact` have only times."""
    rows: dict[str, list[dict]] = {preset: [] for preset in PRESETS}
    for number, pair in enumerate(pairs):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            for preset in PRESETS:
                print(f"{number + 1} of {len(pairs)}: {pair[0].name}, {pair[1].name}, {preset}", file=sys.stderr)
                sidecar = animate(options, pair, preset, folder)
                sampler, work = sidecar["plan"]["sampler"], sidecar["work"]
                row = {"steps": sampler["steps"], "branch_steps": work["branch_steps"], "frames": work["frames"],
                       "denoise": sidecar["seconds"]["denoise"], "all": sum(sidecar["seconds"].values())}  # fmt: skip
                if preset != "exact":
                    row |= against_exact(options, pair, preset, folder)
                rows[preset].append(row)
    return rows


def mean(rows: list[dict], key: str) -> float | None:
    """Mean over the rows that have the figure; None if none has it."""
    values = [row[key] for row in rows if row.get(key) is not None]
    return statistics.fmean(values) if values else None


def text(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def table(manifest: dict, device: str, pairs: int, rows: dict[str, list[dict]]) -> str:
    """The markdown: a sentence on what it covers, then a row for each preset."""
    frames = sum(row["frames"] for row in rows["exact"])
    lines = [
        (f"Presets against `exact`, bundle `{manifest['name']}`, {pairs} pair(s) of portrait and clip, "
         f"{frames} frames, {device}. {OF_OTHER_WEIGHTS[manifest['kind']]}"),
        "",
        ("| preset | steps | branches of windows | denoise, s | all, s | times as fast | PSNR, dB | worst frame, dB "
         "| SSIM | expression r | head pose r |"),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    whole = sum(row["all"] for row in rows["exact"])
    for preset, of_preset in rows.items():
        total = {key: sum(row[key] for row in of_preset) for key in ("branch_steps", "denoise", "all")}
        worst = min((row["worst"] for row in of_preset if "worst" in row), default=None)
        cells = [
            preset, str(of_preset[0]["steps"]), str(total["branch_steps"]), f"{total['denoise']:.1f}",
            f"{total['all']:.1f}", f"{whole / total['all']:.2f}", text(mean(of_preset, "psnr"), 1), text(worst, 1),
            text(mean(of_preset, "ssim"), 3), text(mean(of_preset, "expression"), 3),
            text(mean(of_preset, "pose"), 3),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def inputs(options: argparse.Namespace, scratch: Path) -> list[tuple[Path, Path]]:
    """Every portrait with every clip: the given ones, the bundle's samples, or drawn ones."""
    samples = options.bundle / "samples"
    if not samples.is_dir():
        samples = scratch
        if not options.ref or not options.drive:
            run(sys.executable, ROOT / "scripts" / "draw_samples.py", "--out", samples)
    found = sorted(samples.iterdir())
    refs = options.ref or [path for path in found if path.suffix.lower() in PORTRAITS]
    drives = options.drive or [path for path in found if path.suffix.lower() in CLIPS]
    if not refs or not drives:
        raise TableError(f"{samples}: no portraits or no clips there; pass --ref and --drive")
    return [(ref, drive) for ref in refs for drive in drives]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "demo", help="the bundle (models/demo)")
    parser.add_argument("--ref", type=Path, action="append", help="a portrait; may be given again")
    parser.add_argument("--drive", type=Path, action="append", help="a driving clip; may be given again")
    parser.add_argument("--device", default="cpu", help="as animate's (cpu)")
    parser.add_argument("--dtype", default="auto", help="as animate's (auto)")
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    parser.add_argument("--json", type=Path, help="also write the figures of every pair to this file")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="hyportrait (build/release/bin)")
    return parser.parse_args()


def main() -> int:
    options = parse()
    try:
        manifest = json.loads((options.bundle / "manifest.json").read_text())
        with tempfile.TemporaryDirectory() as scratch:
            pairs = inputs(options, Path(scratch))
            rows = measure(options, pairs)
    except (TableError, OSError) as error:
        print(f"presets_table.py: {error}", file=sys.stderr)
        return 1
    markdown = table(manifest, f"{options.device} {options.dtype}", len(pairs), rows)
    print(markdown, end="")
    if options.out:
        options.out.write_text(markdown)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
