# SPDX-License-Identifier: Apache-2.0
"""Hundreds of odd inputs, a row each (tests/cli/odd): the exit code, one clear sentence, nothing left behind. Every
second row runs by default, all of them with HYPORTRAIT_FULL=1."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import Program
from odd import clips, configs, files, jobs, limits, options, outputs, pictures
from odd.row import Row

FAMILIES = (options, configs, files, pictures, clips, outputs, jobs, limits)
ALL = [row.named(family.__name__.split(".")[-1]) for family in FAMILIES for row in family.ROWS]
CHOSEN = ALL if os.environ.get("HYPORTRAIT_FULL") else ALL[::2]
# What no user should be shown: a crash, a library's own words, a stack.
NOISE = re.compile(r"this is a bug|terminate called|Traceback|what\(\):|Exception raised|^frame #|Aborted|Segmentation"
                   r"|libpng|cv::|c10::|Svt\[|\b1 (frames|jobs|faces|steps)\b|\b-0\b|\(s\)", re.MULTILINE)
CONTROLS = {*map(chr, [*range(10), *range(11, 32), *range(127, 160)])}


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_there_are_enough_rows_and_no_name_twice() -> None:
    assert len(ALL) >= 300
    assert len({row.name for row in ALL}) == len(ALL)


@pytest.mark.parametrize("row", CHOSEN, ids=lambda row: row.name)
def test_row(program: Program, tiny: Path, samples: Path, tmp_path: Path, row: Row) -> None:
    for name in ("portrait.png", "clip.mp4"):
        shutil.copyfile(samples / name, tmp_path / name)
    if row.make:
        row.make(tmp_path)
    before = names(tmp_path)
    words = [str(program.path), *(str(word).replace("{tiny}", str(tiny)) for word in row.command)]
    command = ["bash", "-c", row.shell, "bash", *words] if row.shell else words
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path.parent / "cache"), **row.env}
    done = subprocess.run(command, cwd=tmp_path, input=row.stdin, capture_output=True, timeout=60, check=False,
                          env=environment)
    out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    told = f"exit {done.returncode}\n{err}{out[:300]}"
    assert done.returncode == row.code, told
    assert re.search(row.says, err + out), told
    assert not NOISE.search(err), told
    assert not CONTROLS & set(out + err), told
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    several = row.command[:1] == ("batch",)  # a job's errors, then the batch's
    assert (err.splitlines()[-1] == errors[-1] and (several or len(errors) == 1)) if row.code else not errors, told
    left = names(tmp_path) - before
    assert left == set(row.leaves), f"left behind: {sorted(left)}\n{told}"
