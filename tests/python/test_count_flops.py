# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of one window-step, and that the counter sees what a branch adds."""

import json
from pathlib import Path

import pytest

from cost.count_flops import count
from hyportrait.export.presets import PRESETS


def test_a_full_size_window_step_takes_at_most_056_of_the_originals(tmp_path: Path, run_script) -> None:
    out = tmp_path / "out.json"
    options = ("--preset", "full", "--size", 512, "--frames", 25, "--json", out)
    run = run_script("cost/count_flops.py", *options)
    assert run.returncode == 0, run.stderr
    report = json.loads(out.read_text())
    assert 55 < report["unet_window_step_tflop"] <= 0.56 * 114.5
    assert sum(report["by_operator_tflop"].values()) == pytest.approx(
        report["unet_window_step_tflop"]
    )


def test_it_grows_with_the_frames() -> None:
    one, two = (sum(count(PRESETS["tiny"]().config, 64, frames).values()) for frames in (8, 16))
    assert 1.9 * one < two < 2.1 * one  # nearly in proportion: attention over frames is a square


def test_a_size_between_the_latents_is_refused(run_script) -> None:
    run = run_script("cost/count_flops.py", "--preset", "tiny", "--size", 100)
    assert run.returncode == 2
    assert "multiple of 64" in run.stderr
