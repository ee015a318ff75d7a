# SPDX-License-Identifier: Apache-2.0
"""hyportrait-export compile: the U-Net is built from what the bundle's manifest says, and from nothing else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from conftest import ROOT
from hyportrait.export import compile as compiler
from hyportrait.export.bundle import BundleError, read_manifest
from hyportrait.export.unet_call import example_inputs


@pytest.fixture
def bundles(tiny: Path) -> dict[str, Path]:
    return {"demo": ROOT / "models" / "demo", "tiny": tiny}


@pytest.mark.parametrize("name", ["demo", "tiny"])
def test_the_unet_is_the_bundles(name: str, bundles: dict[str, Path]) -> None:
    manifest = read_manifest(bundles[name])
    unet = compiler.load_unet(bundles[name], manifest, "cpu", torch.float32)
    config = manifest["config"]
    inputs = example_inputs(config, 64, 2, "cpu", torch.float32)
    scripted = torch.jit.load(str(bundles[name] / "unet.pt"), map_location="cpu").float()
    with torch.jit.optimized_execution(False):
        assert torch.equal(unet(*inputs, [True], [True]), scripted(*inputs, [True], [True]))


def changed(bundle: Path, folder: Path, sizes: dict[str, Any] | None) -> Path:
    """A bundle of links whose manifest has other sizes of the U-Net, or none."""
    folder.mkdir()
    for path in bundle.glob("*.pt"):
        (folder / path.name).symlink_to(path)
    manifest = read_manifest(bundle)
    if sizes is None:
        del manifest["config"]["unet"]
    else:
        manifest["config"]["unet"] |= sizes
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("sizes, said", [
    (None, "has no section 'unet'.*export the bundle again"),
    ({"groups": 7}, "not the sizes of a U-Net: "),
    ({"depth": 3}, "not the sizes of a U-Net: .*'depth'"),
    ({"layers": [1]}, "not the sizes of a U-Net: "),
    ({"channels": [16, 64]}, "the U-Net's weights are not those of hyportrait.export.networks"),
])  # fmt: skip
def test_what_is_not_the_bundles_unet_is_refused(
    sizes: dict[str, Any] | None, said: str, bundles: dict[str, Path], tmp_path: Path, run_export
) -> None:
    bundle = changed(bundles["tiny"], tmp_path / "bundle", sizes)
    with pytest.raises(BundleError, match=said):
        compiler.load_unet(bundle, read_manifest(bundle), "cpu", torch.float32)
    if sizes is None:
        done = run_export("compile", "--bundle", bundle, "--device", "cpu")
        assert done.returncode == 1 and done.stderr.startswith("hyportrait-export compile: "), done.stderr
        assert "Traceback" not in done.stderr


def test_it_needs_nothing_of_the_demos_training() -> None:
    code = "import sys, hyportrait.export.compile; print([m for m in sys.modules if m.startswith('train_demo')])"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "python", capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
