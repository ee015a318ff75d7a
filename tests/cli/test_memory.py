# SPDX-License-Identifier: Apache-2.0
"""--memory-budget: what the plan says, what it refuses, and a run in larger batches."""

import json
from pathlib import Path

import pytest

from conftest import Program

# 12 frames in six windows of two.
JOB = ["--device", "cpu", "--size", 512, "--max-frames", 12, "--window", 2, "--overlap", 0, "--shift", 0, "--padding", 0,
       "--steps", 1, "--audio", "none", "--crop-only"]


def command(program: Program, tiny: Path, samples: Path, folder: Path, *more: object) -> list[str]:
    return [str(word) for word in [program.path, "animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive",
                                   samples / "clip.mp4", "-o", folder / "out.mp4", "--frames-dir", folder / "frames", *JOB,
                                   *more, *([] if "--decode-chunk" in more else ["--decode-chunk", 1])]]


def test_the_plan_says_what_it_takes_and_how_windows_go_together(program: Program, tiny: Path, samples: Path,
                                                                 tmp_path: Path) -> None:
    def plan(*more: object) -> dict:
        arguments = command(program, tiny, samples, tmp_path, *more)[1:]
        return json.loads(program.ok(*arguments, "--dry-run", "--json").out)

    one, all_six = plan(), plan("--memory-budget", "64G")
    assert one["memory"]["batch"] == {"windows": 1, "branches": "together"}
    assert all_six["memory"]["batch"]["windows"] == 6
    assert one["memory"]["budget_bytes"] is None  # the same plan whatever else runs on the machine
    assert all_six["memory"]["budget_bytes"] == 64 << 30
    features = 512 // 8 * 512 // 8 * 2 * 2 * 16 * 4  # of a window: side^2, frames, branches, channels, bytes
    assert all_six["memory"]["denoise_bytes"] - one["memory"]["denoise_bytes"] == pytest.approx(5 * 33 * features, rel=0.01)
    assert one["plan_hash"] == all_six["plan_hash"]


def test_what_cannot_fit_is_refused_before_it_starts(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    for more, text in ((["--memory-budget", "100M"], "one window in one branch takes about"),
                       (["--memory-budget", "1G", "--decode-chunk", 64], "decoding 64 frames together takes about")):
        outcome = program(*command(program, tiny, samples, tmp_path, *more)[1:])
        assert outcome.code == 5 and text in outcome.err and "--memory-budget allows" in outcome.err, outcome.err
    assert list(tmp_path.iterdir()) == []
    assert program(*command(program, tiny, samples, tmp_path, "--memory-budget", "8X")[1:]).code == 2


def test_windows_together_give_the_same_picture(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    reports = []
    for name, budget in (("one", []), ("six", ["--memory-budget", "64G"])):
        (tmp_path / name).mkdir()
        program.ok(*command(program, tiny, samples, tmp_path / name, *budget)[1:])
        reports.append(json.loads((tmp_path / name / "out.mp4.json").read_text()))
    assert [report["batch"] for report in reports] == [{"windows": windows, "branches": "together"} for windows in (1, 6)]
    compared = json.loads(program.ok("compare", tmp_path / "one" / "frames", tmp_path / "six" / "frames", "--json").out)
    assert compared["compared_frames"] == 12 and compared["psnr"]["worst"] > 60  # rounding: a level here and there
