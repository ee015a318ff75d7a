# SPDX-License-Identifier: Apache-2.0
"""The portrait's fine detail in results, as a user asks for it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT, Program


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portrait of 512 px, far sharper than the tiny bundle's 64 px."""
    folder = tmp_path_factory.mktemp("large")
    subprocess.run([sys.executable, ROOT / "scripts/draw_samples.py", "--out", folder, "--size", "512", "--frames", "4"],
                   check=True, capture_output=True)
    return folder / "portrait.png"


@pytest.fixture
def animate(program: Program, tiny: Path, samples: Path, tmp_path: Path):
    def run(portrait: Path, *options: object) -> tuple[dict, list[np.ndarray]]:
        """The sidecar and the frames of a run of four frames."""
        out, frames = tmp_path / "out.mp4", tmp_path / "frames"
        program.ok("animate", "--bundle", tiny, "--ref", portrait, "--drive", samples / "clip.mp4", "-o", out,
                   "--max-frames", 4, "--steps", 1, "--frames-dir", frames, "--overwrite", "--quiet", *options)
        pictures = [np.asarray(Image.open(path)).astype(float) for path in sorted(frames.iterdir())]
        return json.loads(Path(f"{out}.json").read_text()), pictures
    return run


def test_auto_is_on_where_the_portrait_has_more_pixels(animate, large: Path, samples: Path) -> None:
    report, with_detail = animate(large)
    assert report["detail"]["on"] and 0 <= report["detail"]["mean_weight"] <= 1
    assert report["detail"]["seconds"] > 0
    report, without = animate(large, "--detail", "off")
    assert report["detail"] == {"on": False, "mean_weight": 0.0, "seconds": 0.0}
    assert not np.array_equal(with_detail[0], without[0])
    assert animate(large, "--compat", "original")[0]["detail"]["on"] is False
    assert animate(large, "--crop-only")[0]["detail"]["on"] is False  # the network's square has no more pixels
    assert animate(samples / "portrait.png", "--crop-only", "--detail", "on")[0]["detail"]["on"] is True


def test_the_square_in_the_portraits_resolution(animate, large: Path) -> None:
    report, frames = animate(large, "--crop-only", "--crop-size", "native")
    side = frames[0].shape[0]
    assert 64 < side <= 512 and frames[0].shape == (side, side, 3)
    assert report["plan"]["picture"] == {"width": side, "height": side} and report["detail"]["on"]
    report, frames = animate(large, "--crop-only", "--crop-size", 100)
    assert frames[0].shape == (100, 100, 3) and report["detail"]["on"]
    report, frames = animate(large, "--crop-only", "--crop-size", 32)
    assert frames[0].shape == (32, 32, 3) and not report["detail"]["on"]


def test_detail_does_not_depend_on_threads(animate, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = {}
    for threads in ("1", "4"):
        monkeypatch.setenv("OPENCV_FOR_THREADS_NUM", threads)
        frames[threads] = animate(large)[1]
    assert all(np.array_equal(a, b) for a, b in zip(frames["1"], frames["4"], strict=True))
