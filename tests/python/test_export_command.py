# SPDX-License-Identifier: Apache-2.0
"""hyportrait-export: help without torch, one sentence for what is missing, and the same bundle from any folder."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from conftest import EXPORT, PACKAGE, ROOT
from hyportrait.export import __main__ as command

SITE = Path(pytest.__file__).parents[1]  # site-packages
SCRIPT = """\
import sys
from hyportrait.export.__main__ import main
sys.exit(main())
"""  # what pip writes for the entry point


def run(python_path: list[Path], *arguments: object, **variables: str) -> subprocess.CompletedProcess:
    """`python -S`, which sees no installed package but those in `python_path`."""
    environment = os.environ | {"PYTHONPATH": ":".join(map(str, python_path))} | variables
    return subprocess.run([sys.executable, "-S", "-P", "-m", "hyportrait.export", *map(str, arguments)],
                          capture_output=True, text=True, check=False, env=environment)  # fmt: skip


@pytest.fixture
def without_onnx2torch(tmp_path: Path) -> list[Path]:
    """Everything that is installed here, but for one package."""
    site = tmp_path / "site"
    site.mkdir()
    for path in SITE.iterdir():
        if not path.name.startswith("onnx2torch"):
            (site / path.name).symlink_to(path)
    return [PACKAGE, site]


def said(done: subprocess.CompletedProcess, code: int) -> str:
    """The one line on stderr of a run that ended with `code`."""
    assert done.returncode == code and done.stdout == "", done.stderr
    (line,) = done.stderr.splitlines()
    return line


def test_help_lists_the_commands_without_torch() -> None:
    done = run([PACKAGE], "--help")
    assert done.returncode == 0 and done.stderr == ""
    listed = re.findall(r"^  (\w+) +\w.*$", done.stdout, re.MULTILINE)
    assert listed == ["official", "seeded", "detector", "compile"]


@pytest.mark.parametrize("name", command.COMMANDS)
def test_each_command_has_its_help(name: str, run_export) -> None:
    done = run_export(name, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: hyportrait-export {name} [-h]"), done.stderr


def test_an_unknown_command_is_one_sentence() -> None:
    unknown = said(run([PACKAGE], "sedeed"), 2)
    assert unknown.startswith("hyportrait-export: there is no command 'sedeed': it is one of official, "), unknown
    assert re.match(r"hyportrait-export: a command is needed: ", said(run([PACKAGE]), 2))


def test_missing_packages_are_named_at_once(without_onnx2torch: list[Path], tmp_path: Path) -> None:
    wanted = r"hyportrait-export {}: {} not installed in /\S+: pip install 'hyportrait\[export\]'"
    assert re.fullmatch(wanted.format("compile", "torch and numpy are"), said(run([PACKAGE], "compile", "--help"), 1))
    official = run(without_onnx2torch, "official", "--weights", tmp_path, "--out", tmp_path / "out")
    assert re.fullmatch(wanted.format("official", "onnx2torch is"), said(official, 1))


def test_a_package_that_one_input_needs_is_named_too(without_onnx2torch: list[Path], tiny: Path, tmp_path: Path) -> None:
    options = ("detector", "yunet.onnx", "--bundle", tiny, "--out", tmp_path / "out")
    assert said(run(without_onnx2torch, *options), 1).startswith("hyportrait-export detector: onnx2torch is not installed")
    assert not (tmp_path / "out").exists()


def test_the_extra_has_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    installed = [*project["dependencies"], *project["optional-dependencies"]["export"]]
    assert {re.split("[=<>]", line)[0] for line in installed} == set(command.PACKAGES)
    assert project["scripts"]["hyportrait-export"] == "hyportrait.export.__main__:main"


def test_compiling_without_a_compiler_is_one_sentence(tiny: Path) -> None:
    done = run([PACKAGE, SITE], "compile", "--bundle", tiny, "--device", "cpu", CXX="no-such-compiler")
    assert re.match(r"hyportrait-export compile: .*no C\+\+ compiler works here .*install", said(done, 1))


def test_compiling_without_a_gpu_is_one_sentence(tiny: Path) -> None:
    done = run([PACKAGE, SITE], "compile", "--bundle", tiny, CUDA_VISIBLE_DEVICES="")
    assert re.match(r"hyportrait-export compile: torch sees no GPU .*--device cpu", said(done, 1))


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    options = [str(EXPORT), "seeded", "--preset", "tiny", "--out", str(tmp_path / "bundle")]
    with subprocess.Popen(options, stderr=subprocess.PIPE, text=True) as started:
        assert "identity" in started.stderr.readline()  # its progress
        started.send_signal(signal.SIGINT)
        log = started.stderr.read()
    assert started.returncode == 130 and log.endswith("hyportrait-export seeded: stopped\n"), log
    assert list(tmp_path.iterdir()) == []


def test_an_installed_package_makes_the_same_bundle(tiny: Path, tmp_path: Path) -> None:
    """Every entry is that of the checkout's, but for the paths of source files in the debug information."""
    site, program, out = tmp_path / "site", tmp_path / "hyportrait-export", tmp_path / "bundle"
    shutil.copytree(PACKAGE / "hyportrait", site / "hyportrait", ignore=shutil.ignore_patterns("__pycache__", "bin", "lib", "share"))
    program.write_text(SCRIPT)
    subprocess.run([sys.executable, program, "seeded", "--preset", "tiny", "--out", out], check=True, cwd=tmp_path,
                   env=os.environ | {"PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}, capture_output=True)  # fmt: skip
    archives = sorted(path.name for path in tiny.glob("*.pt"))
    assert len(archives) == 10 and archives == sorted(path.name for path in out.glob("*.pt"))
    for name in archives:
        assert entries(out / name) == entries(tiny / name)


def entries(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()
                if not name.endswith((".debug_pkl", "serialization_id"))}  # fmt: skip
