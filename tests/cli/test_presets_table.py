# SPDX-License-Identifier: Apache-2.0
"""scripts/presets_table.py: one command, a table that says what it is good for."""

import json
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, Program


def test_the_table_has_a_row_a_preset(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    out, figures = tmp_path / "table.md", tmp_path / "figures.json"
    command = [sys.executable, ROOT / "scripts" / "presets_table.py", "--program", program.path, "--bundle", tiny,
               "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "--out", out, "--json", figures]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == out.read_text()
    assert "says nothing about any trained weights" in run.stdout
    rows = [line.split("|")[1].strip() for line in run.stdout.splitlines() if line.startswith("| ")]
    assert rows == ["preset", "exact", "fast", "draft"]
    by_preset = json.loads(figures.read_text())
    assert [by_preset[name][0]["branch_steps"] for name in rows[1:]] == [48, 15, 10]
    for name in ("fast", "draft"):
        row = by_preset[name][0]
        assert 5 < row["psnr"] < 100 and 0 < row["ssim"] < 1  # random weights: another picture, but a picture
        assert -1 <= row["expression"] <= 1 and row["frames"] == 24


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "presets_table.py"), "--bundle", str(tmp_path / "none")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "none" in run.stderr
