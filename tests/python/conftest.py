# SPDX-License-Identifier: Apache-2.0
"""Paths and fixtures of the Python tests: `.venv/bin/python -m pytest tests/python`."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
YUNET = SHARED / "testdata/models/ShiqiYu_libfacedetection.train__yunet_n_640_640.onnx"
sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture(autouse=True)
def inference() -> Iterator[None]:
    """No gradients, one thread (the machines are shared), a fixed generator."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with torch.inference_mode():
        yield


@pytest.fixture
def shared() -> Path:
    """The folder with parity packs and test data beside the checkout; skips without it."""
    if not SHARED.is_dir():
        pytest.skip(
            "SKIPPED BECAUSE ../shared IS NOT THERE: parity packs and test data are not checked"
        )
    return SHARED


@pytest.fixture
def run_script() -> Callable[..., subprocess.CompletedProcess]:
    def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
        command = [sys.executable, str(ROOT / "scripts" / script), *map(str, arguments)]
        environment = dict(os.environ, OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    return run
