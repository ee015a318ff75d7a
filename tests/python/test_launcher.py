# SPDX-License-Identifier: Apache-2.0
"""The wheel's launcher: finds torch without importing it, and says in one sentence what does not fit."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
from hyportrait import _launch

TORCH_FILES = ("lib/libtorch_cpu.so", "lib/libc10.so")


def torch_at(site: Path, version: str, files: tuple[str, ...] = TORCH_FILES) -> Path:
    """A folder that looks like an installed torch, and that ends the process that imports it."""
    folder = site / "torch"
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("raise SystemExit('torch was imported')\n")
    (folder / "version.py").write_text(f"__version__ = '{version}'\n")
    return folder


def launch(package: Path, *search: Path) -> subprocess.CompletedProcess[str]:
    """`python -m hyportrait --help` of a package folder, in a Python that has nothing else."""
    environment = {"PYTHONPATH": ":".join(map(str, [package, *search])), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-S", "-m", "hyportrait", "--help"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package with a program that prints where LibTorch is sought."""
    site = tmp_path / "site"
    shutil.copytree(ROOT / "python" / "hyportrait", site / "hyportrait", ignore=shutil.ignore_patterns("__pycache__", "bin"))
    (site / "hyportrait" / "bin").mkdir()
    program = site / "hyportrait" / "bin" / "hyportrait"
    program.write_text('#!/bin/sh\necho "$1 ${LD_LIBRARY_PATH-none}"\n')
    program.chmod(0o755)
    return site


def test_torch_beside_the_package_needs_no_search_path(package: Path) -> None:
    torch_at(package, "2.11.0+cu130")
    run = launch(package)
    assert (run.returncode, run.stdout) == (0, "--help none\n"), run.stderr


def test_torch_elsewhere_is_named_to_the_loader(package: Path, tmp_path: Path) -> None:
    folder = torch_at(tmp_path / "elsewhere", "2.11.0")
    run = launch(package, tmp_path / "elsewhere")
    assert (run.returncode, run.stdout) == (0, f"--help {folder / 'lib'}\n"), run.stderr


def test_what_is_missing_or_does_not_fit_is_one_sentence(package: Path, tmp_path: Path) -> None:
    none = launch(package)
    wrong = launch(package, torch_at(tmp_path / "wrong", "2.10.1+cpu").parent)
    torn = launch(package, torch_at(tmp_path / "torn", "2.11.0", TORCH_FILES[:1]).parent)
    for run, words in ((none, ["needs torch 2.11.0", "has none"]), (wrong, ["needs torch 2.11.0", "2.10.1+cpu is in"]),
                       (torn, ["has no lib/libc10.so", "--force-reinstall"])):
        assert run.returncode == 1 and run.stdout == "", run
        assert run.stderr.startswith("error: ") and run.stderr.count("\n") == 1, run.stderr
        assert all(word in run.stderr for word in [*words, "-m pip install torch==2.11.0"]), run.stderr
    (package / "hyportrait" / "bin" / "hyportrait").unlink()
    assert "--force-reinstall hyportrait" in launch(package, tmp_path / "wrong").stderr


@pytest.mark.parametrize("found, words", [("glibc 2.31", "this system has glibc 2.31"), (None, "musl"), ("glibc 3.1", "")])
def test_an_old_or_another_c_library_is_named(monkeypatch: pytest.MonkeyPatch, found: str | None, words: str) -> None:
    monkeypatch.setattr(os, "confstr", lambda _name: found)
    if not words:
        _launch.check_glibc()
        return
    with pytest.raises(_launch.SetupError, match=r"needs glibc 2\.36 or newer") as refused:
        _launch.check_glibc()
    assert words in str(refused.value)
