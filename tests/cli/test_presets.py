# SPDX-License-Identifier: Apache-2.0
"""`--preset`: what each sets, that flags win, and that the sidecar and the plan hash know of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Program


def plan_of(program: Program, tiny: Path, samples: Path, *flags: object) -> dict:
    inputs = ["--ref", samples / "portrait.png", "--drive", samples / "clip.mp4"]
    run = program.ok("animate", "--bundle", tiny, *inputs, "--dry-run", "--json", *flags)
    return json.loads(run.out)


def test_exact_is_the_default_and_the_bundles_sampler(program: Program, tiny: Path, samples: Path) -> None:
    config = json.loads((tiny / "manifest.json").read_text())["config"]
    default = plan_of(program, tiny, samples)
    assert default == plan_of(program, tiny, samples, "--preset", "exact")
    assert default["options"]["preset"] == "exact"
    assert default["sampler"]["steps"] == config["sampler"]["steps"]
    assert default["sampler"]["padding"] == config["window"]["padding"]
    assert default["sampler"]["guidance_until"] == 1


# The tiny bundle: 4 steps, windows of 8 that overlap by 2, padding 4; the clip has 24 frames. 24 + 8 frames
# take 6 windows, 24 + 6 take 5.
@pytest.mark.parametrize(("preset", "steps", "branches"), [("fast", 2, 3), ("draft", 1, 2)])
def test_each_preset_does_less(program: Program, tiny: Path, samples: Path, preset: str, steps: int,
                               branches: int) -> None:
    exact = plan_of(program, tiny, samples)
    plan = plan_of(program, tiny, samples, "--preset", preset)
    assert plan["sampler"]["steps"] == steps and plan["sampler"]["padding"] == 3
    assert exact["work"]["windows_per_step"] == 6 and plan["work"]["windows_per_step"] == 5
    assert exact["work"]["branch_steps"] == 6 * 4 * 2 and plan["work"]["branch_steps"] == 5 * branches
    assert plan["options"]["preset"] == preset and plan["plan_hash"] != exact["plan_hash"]


def test_flags_win_over_the_preset(program: Program, tiny: Path, samples: Path) -> None:
    flags = ["--steps", "3", "--guidance-until", "1", "--padding", "4"]
    plan = plan_of(program, tiny, samples, "--preset", "fast", *flags)
    exact = plan_of(program, tiny, samples, "--steps", "3")
    assert plan["sampler"] == exact["sampler"]
    tiled = plan_of(program, tiny, samples, "--preset", "fast", "--window", "9", "--overlap", "1")
    assert tiled["sampler"]["padding"] == 4  # 24 + 8 frames are 4 windows of 8 new ones each


def test_a_config_file_names_a_preset(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    config = tmp_path / "job.json"
    config.write_text('{"preset": "draft"}')
    assert plan_of(program, tiny, samples, "--config", config)["sampler"]["steps"] == 1
    assert plan_of(program, tiny, samples, "--config", config, "--preset", "exact")["sampler"]["steps"] == 4


@pytest.mark.parametrize("words", [["--preset", "quick"], ["--guidance-until", "1.5"]])
def test_mistyped_values_are_refused(program: Program, words: list[str]) -> None:
    outcome = program("animate", "--ref", "a.png", "--drive", "b.mp4", *words)
    assert outcome.code == 2 and words[0] in outcome.err


def test_less_padding_leaves_each_frame_its_noise(program: Program, tiny: Path, samples: Path,
                                                  tmp_path: Path) -> None:
    """One step from pure noise of windows of one frame: nothing but its own noise reaches a frame."""
    frames = {}
    for padding in (4, 3):
        folder = tmp_path / str(padding)
        program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4",
                   "-o", tmp_path / f"{padding}.mp4", "--max-frames", "3", "--steps", "1", "--window", "1",
                   "--overlap", "0", "--shift", "0", "--decode-chunk", "1", "--padding", padding, "--crop-only",
                   "--frames-dir", folder, "--quiet")
        frames[padding] = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]
    assert all(np.array_equal(*pair) for pair in zip(frames[4], frames[3], strict=True))
    assert not np.array_equal(frames[4][0], frames[4][1])


def test_a_fast_run_says_so_in_its_sidecar(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o", out,
               "--preset", "fast", "--quiet")
    report = json.loads((tmp_path / "out.mp4.json").read_text())
    assert report["plan"]["options"]["preset"] == "fast" and report["written"]["frames"] == 24
    assert report["plan"]["sampler"]["guidance_until"] == 0.5 and report["unet_calls"] == 5 * 2
