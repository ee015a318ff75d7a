# SPDX-License-Identifier: Apache-2.0
"""hyportrait bench: its figures hang together, and its arithmetic is what torch's counter says."""

import json
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Program

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "python")]
from cost.count_flops import count
from hyportrait.export.presets import PRESETS

SMALL = ["--frames", 9, "--steps", 2, "--device", "cpu"]


@pytest.fixture(scope="module")
def report(program: Program, tiny: Path) -> dict:
    return json.loads(program.ok("bench", "--bundle", tiny, *SMALL, "--repeat", 3, "--json").out)


def test_every_stage_has_a_median_between_its_fastest_and_slowest(report: dict) -> None:
    assert list(report["stages"]) == ["appearance", "motion", "denoise", "decode"]
    for times in [*report["stages"].values(), report["unet"]["window_step"]]:
        assert 0 < times["fastest_seconds"] <= times["median_seconds"] <= times["slowest_seconds"]
    assert all(times["load_seconds"] > 0 for times in report["stages"].values())


def test_the_figures_hang_together(report: dict, tiny: Path) -> None:
    config = json.loads((tiny / "manifest.json").read_text())["config"]
    padded = 9 + 2 * config["window"]["padding"]
    windows = -(-padded // (config["window"]["frames"] - config["window"]["overlap"]))
    assert (report["padded_frames"], report["windows_per_step"], report["steps"]) == (padded, windows, 2)
    stages, unet = report["stages"], report["unet"]
    # the U-Net's calls are a part of the denoise, repetition by repetition
    assert unet["window_step"]["fastest_seconds"] * windows * 2 < stages["denoise"]["slowest_seconds"]
    seconds = stages["denoise"]["median_seconds"] + stages["decode"]["median_seconds"]
    assert report["frames_per_second"] == pytest.approx(9 / seconds)
    rate = unet["window_step_tflop"] / unet["window_step"]["median_seconds"]
    assert unet["tflop_per_second"] == pytest.approx(rate)
    assert unet["share_of_matmul"] == pytest.approx(rate / unet["matmul_tflop_per_second"])
    assert 0 < unet["share_of_matmul"] < 1.5
    assert report["peak_host_bytes"] > 50e6 and report["peak_device_bytes"] == 0


def test_the_arithmetic_is_what_torchs_counter_says(report: dict) -> None:
    counted = sum(count(PRESETS["tiny"]().config, 64, 8).values()) / 1e12
    assert report["unet"]["window_step_tflop"] == pytest.approx(counted, rel=1e-9)


def test_the_table_shows_the_stages(program: Program, tiny: Path) -> None:
    table = program.ok("bench", "--bundle", tiny, *SMALL, "--repeat", 1, "--warm-up", 0, "--quiet").out
    for word in ("appearance", "motion", "denoise", "decode", "U-Net, a window-step", "ms a frame",
                 "% of a matrix product", "frames a second", "Peak memory"):
        assert word in table, table


@pytest.mark.parametrize("arguments, code, text", [
    (["--size", 100], 2, "multiple of 64"),
    (["--frames", 0], 2, "--frames"),
    (["--memory-budget", "much"], 2, "8G"),
    (["--memory-budget", "9M"], 5, "--memory-budget allows 9.00 MiB"),
    (["--dtype", "fp8"], 2, "fp8"),
])
def test_mistakes_are_named(program: Program, tiny: Path, arguments: list, code: int, text: str) -> None:
    outcome = program("bench", "--bundle", tiny, *SMALL, *arguments)
    assert outcome.code == code and text in outcome.err, outcome.err


def test_no_bundle(program: Program, tmp_path: Path) -> None:
    assert program("bench", "--bundle", tmp_path).code == 4
