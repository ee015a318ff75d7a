# SPDX-License-Identifier: Apache-2.0
"""The frames of a whole run, before encoding, against those kept in tests/golden (scripts/update_golden)."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from conftest import BUILD, ROOT, Program

GOLDEN = ROOT / "tests" / "golden" / "tiny"
KEPT = (0, 11, 23)
# CPU fp32: one level everywhere but for 1 % (another CPU may round the drawn samples or a sum differently), and
# never further than the floor.
LEVELS, SHARE, FLOOR_DB = 1, 0.99, 42.0


def compare(expected: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """Largest difference, share of values within LEVELS, PSNR (dB)."""
    difference = np.abs(expected.astype(int) - found.astype(int))
    mean_square = float(np.mean(difference.astype(float) ** 2))
    psnr = 99.0 if mean_square == 0 else 10 * np.log10(255**2 / mean_square)
    return {"max": int(difference.max()), "share": float(np.mean(difference <= LEVELS)), "psnr": psnr}


def keep_failure(name: str, expected: np.ndarray, found: np.ndarray, figures: dict[str, float]) -> Path:
    """actual | expected | difference x 8 beside the figures, to look at."""
    folder = BUILD / "golden-failures"
    folder.mkdir(exist_ok=True)
    difference = np.clip(np.abs(expected.astype(int) - found.astype(int)) * 8, 0, 255).astype(np.uint8)
    Image.fromarray(np.concatenate([found, expected, difference], axis=1)).save(folder / f"{name}.png")
    (folder / f"{name}.json").write_text(json.dumps(figures))
    return folder / f"{name}.png"


def test_frames_of_the_tiny_bundle(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
               tmp_path / "out.mp4", "--frames-dir", frames, "--device", "cpu", "--dtype", "fp32")
    found = [np.asarray(Image.open(path)) for path in sorted(frames.iterdir())]
    assert len(found) == 24
    for number in KEPT:
        expected = np.asarray(Image.open(GOLDEN / f"{number:06}.png"))
        figures = compare(expected, found[number])
        if figures["share"] < SHARE or figures["psnr"] < FLOOR_DB:
            raise AssertionError(f"frame {number}: {figures}; see {keep_failure(str(number), expected, found[number], figures)}")
    motion = float(np.mean([np.abs(a.astype(int) - b.astype(int)).mean() for a, b in pairwise(found)]))
    golden = json.loads((GOLDEN / "facts.json").read_text())
    assert abs(motion - golden["mean_frame_difference"]) <= 0.02 * golden["mean_frame_difference"]
