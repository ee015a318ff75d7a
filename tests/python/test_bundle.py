# SPDX-License-Identifier: Apache-2.0
"""Seeded bundles and bundles with another detector, made by the scripts themselves."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import torch

from conftest import EXPORT, YUNET
from hyportrait.export.bundle import MODULES, BundleError, BundleWriter, deflate, script
from hyportrait.export.presets import PRESETS

MAX_TINY_BYTES = 5_000_000
CONFIG = PRESETS["tiny"]().config


def test_manifest_describes_the_files(tiny: Path) -> None:
    manifest = json.loads((tiny / "manifest.json").read_text())
    keys = ["format", "name", "kind", "licence", "provenance", "modules", "config"]
    assert list(manifest) == keys
    assert manifest["format"] == 1 and manifest["kind"] == "seeded"
    assert list(manifest["modules"]) == list(MODULES)
    for module in manifest["modules"].values():
        content = (tiny / module["file"]).read_bytes()
        assert len(content) == module["bytes"]
        assert hashlib.sha256(content).hexdigest() == module["sha256"]
        assert all(set(spec) == {"name", "dtype", "shape"} for spec in module["inputs"])
    files = {path.name for path in tiny.iterdir()}
    assert files == {"manifest.json"} | {module["file"] for module in manifest["modules"].values()}


def test_modules_give_the_shapes_of_the_manifest(tiny: Path) -> None:
    manifest = json.loads((tiny / "manifest.json").read_text())
    for name in ("appearance", "motion_refiner", "pose_guider", "vae_encoder", "vae_decoder"):
        entry = manifest["modules"][name]
        inputs = []
        for spec in entry["inputs"]:
            shape = [8 if size == -1 else size for size in spec["shape"]]
            if name in ("pose_guider", "vae_encoder"):
                shape = [2, 3, 64, 64]
            integer = spec["dtype"] == "int64"
            inputs.append(torch.tensor(3) if integer else torch.rand(shape))
        output = torch.jit.load(str(tiny / entry["file"]))(*inputs)
        declared = entry["outputs"][0]["shape"]
        assert output.dim() == len(declared)
        assert all(size in (-1, actual) for size, actual in zip(declared, output.shape))


def test_tiny_is_small_and_the_same_every_time(tmp_path: Path, start_export, run_export) -> None:
    for name, run in (("a", start_export), ("b", run_export)):
        done = run("seeded", "--preset", "tiny", "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    a, b = tmp_path / "a", tmp_path / "b"
    assert sum(path.stat().st_size for path in a.iterdir()) <= MAX_TINY_BYTES
    assert all(path.read_bytes() == (b / path.name).read_bytes() for path in a.iterdir())


def test_options_reach_the_manifest(tmp_path: Path, run_export) -> None:
    out = tmp_path / "half"
    options = ("--preset", "tiny", "--seed", 5, "--size", 128, "--dtype", "fp16", "--out", out)
    assert run_export("seeded", *options).returncode == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["config"]["image_size"] == 128
    assert "--seed 5" in manifest["provenance"]
    unet = manifest["modules"]["unet"]
    assert unet["inputs"][0] == {
        "name": "latents",
        "dtype": "float16",
        "shape": [-1, -1, 4, -1, -1],
    }
    weights = torch.jit.load(str(out / "unet.pt")).state_dict()
    assert {value.dtype for value in weights.values()} == {torch.float16}


@pytest.mark.parametrize("size", ["0", "-64", "100"])
def test_refuses_a_size_that_is_no_multiple_of_64(size: str, tmp_path: Path, run_export) -> None:
    out = tmp_path / "bundle"
    done = run_export("seeded", "--preset", "tiny", f"--size={size}", "--out", out)
    assert done.returncode == 2 and "multiple of 64" in done.stderr and not out.exists()


def test_keeps_what_is_there(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="--overwrite"):
        BundleWriter(tiny, False, CONFIG)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "love.txt").write_text("dear")
    with pytest.raises(BundleError, match="is not a bundle"):
        BundleWriter(tmp_path / "letters", True, CONFIG)


def test_overwrite_replaces_a_bundle_whole(tiny: Path, tmp_path: Path, run_export) -> None:
    out = tmp_path / "bundle"
    shutil.copytree(tiny, out)
    (out / "old_file").write_text("of the old bundle")
    options = ("--preset", "tiny", "--seed", 2, "--overwrite", "--out", out)
    assert run_export("seeded", *options).returncode == 0
    assert not (out / "old_file").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_leaves_nothing_of_an_unfinished_bundle(tmp_path: Path) -> None:
    with (pytest.raises(RuntimeError, match="power cut"),
          BundleWriter(tmp_path / "bundle", False, CONFIG) as writer):
        writer.add("identity", torch.nn.Identity())
        raise RuntimeError("power cut")
    assert list(tmp_path.iterdir()) == []


def test_starts_anew_after_being_killed(tmp_path: Path, run_export) -> None:
    options = ["--preset", "tiny", "--out", str(tmp_path / "bundle")]
    command = [str(EXPORT), "seeded", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        for line in run.stderr:
            if "motion_refiner" in line:  # begun
                os.kill(run.pid, signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [".bundle.part"]
    done = run_export("seeded", *options)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_one_export_at_a_time(tmp_path: Path) -> None:
    with (BundleWriter(tmp_path / "bundle", False, CONFIG),
          pytest.raises(BundleError, match="another export is writing it"),
          BundleWriter(tmp_path / "bundle", False, CONFIG)):
        pass


def test_refuses_a_detector_that_is_none(tiny: Path, tmp_path: Path, run_export) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("this is no network")
    for detector, why in ((tmp_path / "absent.onnx", "not found"), (text, "not a")):
        done = run_export("detector", detector, "--bundle", tiny, "--out", tmp_path / "out")
        assert done.returncode == 1
        assert str(detector) in done.stderr and why in done.stderr
        assert not (tmp_path / "out").exists()


def test_another_detector_keeps_the_other_modules(
    tiny: Path, tmp_path: Path, run_export, shared: Path
) -> None:
    out = tmp_path / "out"
    done = run_export("detector", YUNET, "--bundle", tiny, "--out", out)
    assert done.returncode == 0, done.stderr
    assert sum(path.stat().st_size for path in out.iterdir()) <= MAX_TINY_BYTES
    old = json.loads((tiny / "manifest.json").read_text())
    new = json.loads((out / "manifest.json").read_text())
    changed = [name for name in MODULES if old["modules"][name] != new["modules"][name]]
    assert changed == ["face_detector"]
    assert new["config"]["detector"]["score"] == 0.7
    assert YUNET.name in new["provenance"]


def test_seeded_bundle_on_a_full_disk(tmp_path: Path, export_on_small_disk) -> None:
    out = tmp_path / "disk/bundle"
    options = ("--preset", "tiny", "--out", out)
    code, errors, left = export_on_small_disk("20m", "seeded", *options)
    assert code == 1 and left == []
    (error,) = (line for line in errors.splitlines() if "hyportrait-export seeded:" in line)
    assert "cannot be written (No space left on device)" in error and "are needed" in error
    code, errors, left = export_on_small_disk("40m", "seeded", *options)
    assert code == 0, errors
    assert "bundle/manifest.json" in left


@pytest.mark.parametrize("size", ["1m", "24m"])  # full at the new file, and at a copied one
def test_other_detector_on_a_full_disk(
    size: str, tiny: Path, tmp_path: Path, export_on_small_disk
) -> None:
    large = tmp_path / "large"
    shutil.copytree(tiny, large)
    os.truncate(large / "unet.pt", 30_000_000)
    options = ("centre", "--bundle", large, "--out", tmp_path / "disk/bundle")
    code, errors, left = export_on_small_disk(size, "detector", *options)
    assert code == 1 and left == []
    assert errors.startswith("hyportrait-export detector: ") and "cannot be written" in errors
    assert "Traceback" not in errors


def test_a_deflated_module_is_smaller_and_the_same(tmp_path: Path) -> None:
    layer = torch.nn.Linear(256, 256).half()
    layer.weight[:128] = 0
    files = [tmp_path / "first.pt", tmp_path / "second.pt"]
    for file in files:
        script(layer).save(str(file))
    plain = files[0].stat().st_size
    for file in files:
        deflate(file)
    assert files[0].stat().st_size < 0.7 * plain
    loaded = torch.jit.load(str(files[0]))
    assert torch.equal(loaded.weight, layer.weight) and torch.equal(loaded.bias, layer.bias)
    before = files[0].read_bytes()
    deflate(files[0])
    assert files[0].read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.pt", "second.pt"]
