# SPDX-License-Identifier: Apache-2.0
"""scripts/parity/check: passes the pack, and sees one changed value in any case."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from conftest import ROOT
from parity.compare import EXACT, Levels, Relative, compare

# a golden array of every case with a Python part that takes seconds
GOLDEN = {
    "expression": "feature",
    "headpose": "rotation",
    "motion_refiner": "b_tokens",
    "image_projector": "embedding",
    "pose_guider": "feature_of_black",
    "tiny_pose_guider": "feature",
    "tiny_dino_imadapter": "after_block_3",
    "tiny_vae": "decoded_last_alone",
    "unet_tiny": "down_blocks_1",
    "denoise_shared": "image_latents",
    "e2e_tiny": "motion",
}


# of the cases that only the C++ program computes, by the start of their names: the first and the last of each, all with
# HYPORTRAIT_FULL
GOLDEN_IN_CPP = {
    "crops_functions": "center_crop_hw",
    "crops_": "motion_face_u8",
    "denoise_linear_": "latents",
    "denoise_unet_": "windows_of_step0",
    "detector": "three_landmarks",
    "motion_bucket": "head_exp",
    "paste_back": "pasted_small",
    "scheduler": "stepped_10_5",
}
PROGRAM = ROOT / "build/release/bin/hyportrait-parity"


def copy_pack(source: Path, target: Path, names: list[str]) -> None:
    target.mkdir()
    shutil.copytree(source / "keys", target / "keys")
    for name in ("versions.json", *(f"{name}.npz" for name in names)):
        shutil.copy(source / name, target)


def rewrite(path: Path, **changed: np.ndarray) -> None:
    with np.load(path) as arrays:
        content = {name: arrays[name] for name in arrays.files} | changed
    np.savez(path, **content)


def failures(report: Path) -> set[str]:
    return {row["case"] for row in json.loads(report.read_text()) if not row["passed"]}


def change_one_value(path: Path, array: str) -> None:
    with np.load(path) as arrays:
        value = arrays[array].copy()
    place = (0,) * (value.ndim - 1) + (value.shape[-1] // 2,)
    if path.stem == "e2e_tiny":
        place = (0, 17, 3, 7)  # a frame of the clip: the padding is the C++ part's
    if value.dtype == np.uint8:
        value[place] = np.uint8(value[place] ^ 0x80)
    elif value.dtype.kind == "i":
        value[place] += 1
    else:
        value[place] += 0.01 * np.abs(value).max()
    rewrite(path, **{array: value})


def test_one_changed_value_fails_its_case(shared: Path, tmp_path: Path, run_script) -> None:
    pack = tmp_path / "pack"
    copy_pack(shared / "parity", pack, list(GOLDEN))
    for case, array in GOLDEN.items():
        change_one_value(pack / f"{case}.npz", array)
    report = tmp_path / "report.json"
    done = run_script("parity/check", "--pack", pack, "--python-only", "--json", report)
    assert done.returncode == 1, done.stderr
    assert failures(report) == set(GOLDEN)


def test_one_changed_value_fails_its_case_in_cpp(shared: Path, tmp_path: Path, run_script) -> None:
    if not PROGRAM.is_file():
        pytest.skip(f"SKIPPED BECAUSE {PROGRAM.name} IS NOT BUILT: the C++ half is not checked")
    pack = tmp_path / "pack"
    golden: dict[str, str] = {}
    for start, array in GOLDEN_IN_CPP.items():
        paths = sorted((shared / "parity").glob(f"{start}*.npz"))
        cases = [path.stem for path in paths if path.stem not in golden]
        chosen = cases if os.environ.get("HYPORTRAIT_FULL") else {cases[0], cases[-1]}
        golden |= dict.fromkeys(chosen, array)
    copy_pack(shared / "parity", pack, [*golden, "denoise_shared"])
    for case, array in golden.items():
        change_one_value(pack / f"{case}.npz", array)
    report = tmp_path / "report.json"
    done = run_script("parity/check", "--pack", pack, "--json", report)
    assert done.returncode == 1, done.stderr
    assert failures(report) == set(golden)


def test_passes_with_nothing_changed_and_refuses_what_it_does_not_know(
    shared: Path, tmp_path: Path, run_script
) -> None:
    pack = tmp_path / "pack"
    copy_pack(shared / "parity", pack, ["image_projector", "tiny_pose_guider"])
    done = run_script("parity/check", "--pack", pack, "--python-only")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "16 comparisons in 15 cases, 0 failed"

    rewrite(pack / "tiny_pose_guider.npz", surprise=np.zeros(3))
    np.savez(pack / "new_stage.npz", x=np.zeros(3))
    shutil.copy(pack / "keys/unet.tsv", pack / "keys/new_module.tsv")
    report = tmp_path / "report.json"
    done = run_script("parity/check", "--pack", pack, "--python-only", "--json", report)
    assert done.returncode == 1
    assert failures(report) == {"tiny_pose_guider", "new_stage", "keys/new_module"}


def test_other_seeds_are_used(shared: Path, tmp_path: Path, run_script) -> None:
    pack = tmp_path / "pack"
    copy_pack(shared / "parity", pack, ["image_projector"])
    (pack / "versions.json").write_text('{"seed": 2}')
    done = run_script("parity/check", "--pack", pack, "--python-only")
    assert done.returncode == 1 and "embedding" in done.stdout


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_half_precision(dtype: str, shared: Path, tmp_path: Path, run_script) -> None:
    pack = tmp_path / "pack"
    cases = ["image_projector", "scheduler", "tiny_vae", "unet_tiny"]
    copy_pack(shared / "parity", pack, cases)
    report = tmp_path / "report.json"
    options = ("--pack", pack, "--python-only", "--dtype", dtype, "--json", report)
    done = run_script("parity/check", *options)
    assert done.returncode == 0, done.stdout
    rows = {(row["case"], row["array"]): row for row in json.loads(report.read_text())}
    assert {case for case, _ in rows} == set(cases) - {"scheduler"}
    assert float(rows["tiny_vae", "mean"]["bound"]) == 1e-4  # the encoder stays in float32
    rounded = rows["unet_tiny", "output_t0"]
    assert 1e-4 < rounded["error"] < float(rounded["bound"]) <= 0.1


def test_half_precision_has_bounds_too(shared: Path, tmp_path: Path, run_script) -> None:
    pack = tmp_path / "pack"
    copy_pack(shared / "parity", pack, ["image_projector", "scheduler"])
    with np.load(pack / "image_projector.npz") as arrays:
        embedding = arrays["embedding"]
    embedding[0, 0] += 0.1 * np.abs(embedding).max()
    rewrite(pack / "image_projector.npz", embedding=embedding)
    report = tmp_path / "report.json"
    options = ("--case", "image_projector", "--case", "scheduler", "--json", report)
    done = run_script("parity/check", "--pack", pack, "--python-only", "--dtype", "bf16", *options)
    assert done.returncode == 1 and failures(report) == {"image_projector", "scheduler"}
    assert "scheduler" in done.stdout and "no network in half precision" in done.stdout


def test_says_when_the_program_or_the_pack_is_missing(tmp_path: Path, run_script) -> None:
    done = run_script("parity/check", "--pack", tmp_path, "--python-only")
    assert done.returncode == 2 and "not a parity pack" in done.stderr
    done = run_script("parity/check", "--pack", tmp_path, "--cpp", tmp_path / "absent")
    assert done.returncode == 2 and "absent: not found" in done.stderr


@pytest.mark.parametrize(
    ("bound", "ours", "passes"),
    [
        (Relative(1e-4), [1.0, 10.0009], True),
        (Relative(1e-4), [1.0, 10.002], False),
        (Relative(1e-4), [1.0, float("nan")], False),
        (EXACT, [1.0, 10.0], True),
        (EXACT, [1.0, 11.0], False),
        (Levels(0.5), [1.0, 11.0], True),
        (Levels(0.6), [1.0, 11.0], False),
        (Levels(0.5), [1.0, 12.0], False),
    ],
)
def test_bounds(bound: Relative, ours: list[float], passes: bool) -> None:
    assert bound.measure(np.array(ours), np.array([1.0, 10.0]))[1] is passes


def test_another_shape_fails() -> None:
    result = compare("expression", "python", "feature", np.zeros((1, 3)), np.zeros((1, 4)))
    assert not result.passed and "shape" in result.note
