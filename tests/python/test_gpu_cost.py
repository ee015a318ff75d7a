# SPDX-License-Identifier: Apache-2.0
"""gpu_cost.py: what the compiled networks would launch and move, without a GPU."""

import json
import os
from pathlib import Path

import pytest
import torch

from cost import absent_gpu


def report_of(start_script, folder: Path, *options: object) -> dict:
    done = start_script("cost/gpu_cost.py", *options, "--json", folder / "cost.json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((folder / "cost.json").read_text())
    return json.loads(done.stdout)


def test_the_tiny_networks_are_counted(start_script, tmp_path: Path) -> None:
    report = report_of(start_script, tmp_path, "--preset", "tiny", "--size", 64, "--arch", "sm_80")
    for name in ("unet", "vae_decoder"):
        part = report[name]
        assert part["launches"]["generated"] > 50 and part["launches"]["library"] > 30
        assert part["layout_copies"]["weights"] == 0
        assert 0 < part["gigabytes"]["generated"] < 0.1
        slowest, fastest = part["predicted_ms"]["L40S"], part["predicted_ms"]["H200"]
        assert 0 < fastest < slowest
    assert not torch.cuda.is_available()  # what it put in place of torch.cuda is gone, here at least


def test_another_torch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.12.0+cpu")
    with pytest.raises(absent_gpu.AbsentGpuError, match=r"torch 2\.12\.0: .* torch 2\.11\.0 .*requirements"):
        absent_gpu.check_torch()


@pytest.mark.skipif("HYPORTRAIT_FULL" not in os.environ, reason="takes minutes: scripts/test --full")
def test_a_window_step_at_full_size_keeps_its_bounds(start_script, tmp_path: Path) -> None:
    unet = report_of(start_script, tmp_path)["unet"]
    assert unet["launches"]["generated"] < 674 and unet["launches"]["library"] < 744  # the networks' own forms
    assert sum(unet["gigabytes"].values()) <= 225
    assert unet["layout_copies"] == {"weights": 0, "activations": 0}
    assert unet["predicted_ms"]["H100"] <= 135
