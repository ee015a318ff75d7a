# SPDX-License-Identifier: Apache-2.0
"""scripts/bench_reference.py at a small size: both sides run, agree, and are timed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Program

SCRIPT = ROOT / "scripts" / "bench_reference.py"
ORIGINAL = os.environ.get("HYPORTRAIT_ORIGINAL")  # a checkout with a .venv, see the script's --help


def bench(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, SCRIPT, "--program", Program.path.with_name("hyportrait-parity"), *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the demo's widths at 64 px with two steps, windows of 4 and little padding."""
    bundle = tmp_path_factory.mktemp("bench") / "demo"
    make = ("import sys; from pathlib import Path; from reference.eager_clip import write_untrained; "
            "write_untrained(Path(sys.argv[1]), 1)")
    subprocess.run([sys.executable, "-c", make, bundle], check=True,
                   env=os.environ | {"PYTHONPATH": f"{ROOT}/scripts:{ROOT}/python"})
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["config"]["window"] = {"frames": 4, "overlap": 1, "shift": 1, "padding": 2}
    manifest["config"]["sampler"]["steps"] = 2
    manifest["config"]["image_size"] = 64
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    return bundle


@pytest.fixture(scope="module")
def timed(small_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The figures of a clip of the demo, and what was printed."""
    figures = tmp_path_factory.mktemp("timed") / "figures.json"
    run = bench("--demo", "--bundle", small_demo, "--clip-frames", 3, "--json", figures)
    assert run.returncode == 0, run.stderr
    return figures, run.stdout


def test_a_clip_of_the_demo_is_timed_and_equal(timed: tuple[Path, str]) -> None:
    figure = json.loads(timed[0].read_text())[0]
    assert 0 < figure["difference"] < 1e-4 and figure["largest"] > 0.1
    eager, ours, program = figure["rows"].values()
    assert eager["ratio"] == 1 and ours["median"] > 0 and program["median"] > 0
    assert ours["ratio"] == pytest.approx(eager["median"] / ours["median"])
    assert "max difference" in timed[1] and "eager, 3 branches" in timed[1]


def test_a_difference_above_the_bound_fails(timed: tuple[Path, str]) -> None:
    """The bound lowered to nothing: rounding alone, of the run before, is above it."""
    strict = ("import json, sys; sys.path.insert(0, sys.argv.pop(1)); import bench_reference as b; b.BOUND = 0.0; "
              "figures = json.load(open(sys.argv.pop(1))); b.compare_clip = lambda *_: figures[0]; sys.exit(b.main())")
    run = subprocess.run([sys.executable, "-c", strict, ROOT / "scripts", timed[0], "--demo", "--program",
                          Program.path.with_name("hyportrait-parity")], capture_output=True, text=True, check=False)
    assert run.returncode == 6 and "differ by more than" in run.stderr, run.stderr


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    run = bench("--original", tmp_path)
    assert run.returncode == 1 and "requirements.txt" in run.stderr
    assert bench().returncode == 2


@pytest.mark.skipif(ORIGINAL is None, reason="SKIPPED BECAUSE HYPORTRAIT_ORIGINAL IS NOT SET: the original is not timed")
def test_the_originals_unet_is_timed_and_equal(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    run = bench("--original", ORIGINAL, "--preset", "parity", "--size", 64, "--frames", 3, "--repeats", 1, "--json", out)
    assert run.returncode == 0, run.stderr
    figure = json.loads(out.read_text())[0]
    assert 0 < figure["difference"] < 1e-4 * figure["largest"]
    assert figure["rows"]["hyportrait, 2 branches"]["median"] > 0
