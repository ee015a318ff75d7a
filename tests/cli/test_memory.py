# SPDX-License-Identifier: Apache-2.0
"""--memory-budget: what the plan says, what it refuses, and a run in larger batches."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from conftest import Program, picture_hashes

# 12 frames in six windows of two.
JOB = ["--device", "cpu", "--size", 512, "--max-frames", 12, "--window", 2, "--overlap", 0, "--shift", 0, "--padding", 0,
       "--steps", 1, "--audio", "none", "--crop-only"]
SMALLER = ["--size", 256]  # for what is run


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
        program.ok(*command(program, tiny, samples, tmp_path / name, *SMALLER, *budget)[1:])
        reports.append(json.loads((tmp_path / name / "out.mp4.json").read_text()))
    assert [report["batch"] for report in reports] == [{"windows": windows, "branches": "together"} for windows in (1, 6)]
    compared = json.loads(program.ok("compare", tmp_path / "one" / "frames", tmp_path / "six" / "frames", "--json").out)
    assert compared["compared_frames"] == 12 and compared["psnr"]["worst"] > 60  # rounding: a level here and there


def test_the_plan_loads_no_network(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny, bundle)
    manifest = json.loads((bundle / "manifest.json").read_text())
    for module in manifest["modules"].values():  # whole by hash and size, and no TorchScript
        content = bytes(module["bytes"])
        (bundle / module["file"]).write_bytes(content)
        module["sha256"] = hashlib.sha256(content).hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest))

    def plan(of: Path) -> dict:
        return json.loads(program.ok(*command(program, of, samples, tmp_path)[1:], "--dry-run", "--json").out)

    assert plan(bundle)["memory"] == plan(tiny)["memory"]
    outcome = program(*command(program, bundle, samples, tmp_path)[1:])
    assert outcome.code == 4 and "not a TorchScript archive" in outcome.err, outcome.err


@pytest.fixture
def unsized(tiny: Path, tmp_path: Path) -> Path:
    """The tiny bundle as bundles were before their manifests had sizes of networks."""
    bundle = tmp_path / "unsized"
    shutil.copytree(tiny, bundle)
    manifest = json.loads((bundle / "manifest.json").read_text())
    del manifest["config"]["unet"], manifest["config"]["vae"]
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    return bundle


def test_without_the_networks_sizes_a_run_is_as_it_is_but_not_estimated(program: Program, tiny: Path, unsized: Path,
                                                                        samples: Path, tmp_path: Path) -> None:
    for bundle in (tiny, unsized):
        folder = tmp_path / f"out-{bundle.name}"
        folder.mkdir()
        program.ok(*command(program, bundle, samples, folder, *SMALLER)[1:])
    (sized, known), (plain, unknown) = (
        (picture_hashes(folder / "out.mp4"), json.loads((folder / "out.mp4.json").read_text())["plan"]["memory"])
        for folder in (tmp_path / f"out-{tiny.name}", tmp_path / "out-unsized"))
    assert plain == sized
    assert unknown == {**known, "denoise_bytes": None, "decode_bytes": None}
    assert known["denoise_bytes"] > 0 and known["decode_bytes"] > 0


def test_without_the_networks_sizes_a_budget_gives_one_window_and_refuses_nothing(
        program: Program, unsized: Path, samples: Path, tmp_path: Path) -> None:
    for budget in ("64G", "1M"):
        outcome = program.ok(*command(program, unsized, samples, tmp_path, "--memory-budget", budget)[1:], "--dry-run",
                             "--json")
        memory = json.loads(outcome.out)["memory"]
        assert memory["batch"] == {"windows": 1, "branches": "together"}
        assert memory["denoise_bytes"] is None and memory["decode_bytes"] is None
        assert "the manifest has no section 'unet'" in outcome.err and "one window at a time" in outcome.err
    table = program.ok(*command(program, unsized, samples, tmp_path)[1:], "--dry-run").out
    assert "memory not known" in table


def test_without_the_networks_sizes_bench_counts_no_arithmetic(program: Program, unsized: Path) -> None:
    job = ["bench", "--bundle", unsized, "--device", "cpu", "--frames", 2, "--steps", 1, "--repeat", 1, "--warm-up", 0,
           "--quiet"]
    report = json.loads(program.ok(*job, "--json").out)
    assert report["memory_plan"]["denoise_bytes"] is None and report["memory_plan"]["decode_bytes"] is None
    unet = report["unet"]
    assert [unet[key] for key in ("window_step_tflop", "tflop_per_second", "share_of_matmul")] == [None] * 3
    assert unet["window_step"]["median_seconds"] > 0 and unet["matmul_tflop_per_second"] > 0
    assert "Not known: the arithmetic of a window-step" in program.ok(*job).out
