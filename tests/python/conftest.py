# SPDX-License-Identifier: Apache-2.0
"""Paths and fixtures of the Python tests: `.venv/bin/python -m pytest tests/python`."""

import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
YUNET = SHARED / "testdata/models/ShiqiYu_libfacedetection.train__yunet_n_640_640.onnx"
BUILD = ROOT / "build" / "release"
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
INSTALLED = find_spec("hyportrait") is not None  # scripts/test_wheel: the wheel's package is tested
PACKAGE = Path(sysconfig.get_path("platlib") if INSTALLED else ROOT / "python")
EXPORT = Path(sysconfig.get_path("scripts") if INSTALLED else ROOT / "scripts") / "hyportrait-export"
if not INSTALLED:
    sys.path.insert(0, str(PACKAGE))

from forked_scripts import run_forked, start_server

from made_once import seeded_bundle

# A shell has its background jobs ignore Ctrl-C, and so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


# In a namespace of its own: a disk of $1 at the folder $2, then the command; after it, what is there.
SMALL_DISK = """
mount -t tmpfs -o size="$1" tmpfs "$2" && echo MOUNTED
folder=$2; shift 2; "$@" >/dev/null; code=$?
find "$folder" -mindepth 1 -printf '%P\\n'; exit $code
"""


@pytest.fixture
def export_on_small_disk(tmp_path: Path) -> Callable[..., tuple[int, str, list[str]]]:
    """Runs hyportrait-export with the folder tmp_path/disk on a disk of that size.

    Its exit code, its errors, and the names of what it left on the disk.
    """
    disk = tmp_path / "disk"
    disk.mkdir()

    def run(size: str, *arguments: object) -> tuple[int, str, list[str]]:
        command = [EXPORT, *arguments]
        namespace = ["unshare", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK, "sh"]
        environment = dict(os.environ, OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
        done = subprocess.run(
            [*namespace, size, disk, *map(str, command)],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
        mounted, *left = done.stdout.splitlines() or [""]
        if mounted != "MOUNTED":
            pytest.skip(f"SKIPPED BECAUSE NO DISK CAN BE MOUNTED HERE: {done.stderr.strip()}")
        return done.returncode, done.stderr, left

    return run


@pytest.fixture(scope="session")
def torch_server() -> ForkServerContext:
    return start_server()


@pytest.fixture
def run_script(torch_server: ForkServerContext) -> Callable[..., subprocess.CompletedProcess]:
    def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
        return run_forked(torch_server, [str(ROOT / "scripts" / script), *map(str, arguments)])

    return run


@pytest.fixture
def run_export(torch_server: ForkServerContext) -> Callable[..., subprocess.CompletedProcess]:
    """hyportrait-export, without loading torch again."""

    def run(*arguments: object) -> subprocess.CompletedProcess:
        return run_forked(torch_server, ["hyportrait.export", *map(str, arguments)])

    return run


def start(*command: object) -> subprocess.CompletedProcess:
    environment = dict(os.environ, OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def start_export() -> Callable[..., subprocess.CompletedProcess]:
    """As a user starts it."""
    return partial(start, EXPORT)


@pytest.fixture
def start_script() -> Callable[..., subprocess.CompletedProcess]:
    """As a user starts it: with a Python and a torch of its own."""

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
        return start(sys.executable, ROOT / "scripts" / script, *arguments)

    return run


@pytest.fixture(scope="session")
def tiny() -> Path:
    """A seeded bundle of the tiny sizes, for all tests: not to be changed."""
    return seeded_bundle(BUILD, "tiny")
