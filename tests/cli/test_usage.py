# SPDX-License-Identifier: Apache-2.0
"""The command line itself: help, errors, configuration."""

import json
import subprocess
import time
from pathlib import Path

from conftest import Program


def test_help_and_version_answer_at_once(program: Program) -> None:
    for arguments in (["--help"], ["--version"], ["animate", "--help"]):
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            outcome = program.ok(*arguments)
            times.append(time.perf_counter() - begin)
        assert min(times) < 0.15, f"{arguments}: {times}"
        assert outcome.out and not outcome.err


def test_help_names_every_option_of_the_contract(program: Program) -> None:
    text = program.ok("animate", "--help").out
    for flag in ("ref drive output bundle device dtype steps guidance appearance-guidance motion-guidance size seed "
                 "noise window overlap shift padding decode-chunk start end max-frames fps audio ref-face "
                 "drive-face ref-box drive-box no-face crop-only blend colour-match side-by-side background "
                 "frames-dir codec crf pixel-format compat config print-config dry-run overwrite json quiet "
                 "log-level save-interval memory-budget preset engine").split():
        assert f"--{flag}" in text, flag


def test_mistakes_get_one_sentence_and_exit_2(program: Program, tmp_path: Path) -> None:
    cases = {
        ("animate", "--stpes", "3"): "did you mean '--steps'",
        ("anmate",): "did you mean 'animate'",
        ("animate",): "--ref FILE",
        (): "subcommand",
        ("animate", "--ref", "a", "--drive", "b", "--size", "100"): "multiple of 64",
        ("animate", "--ref", "a", "--drive", "b", "--no-face", "wait"): "hold|interpolate|skip|error",
        ("animate", "--ref", "a", "--drive", "b", "--log-level", "loud"): "--log-level loud",
        ("animate", "--config", tmp_path / "none.json"): "none.json",
    }
    for arguments, part in cases.items():
        outcome = program(*arguments)
        assert outcome.code == 2, (arguments, outcome.err)
        assert part.lower() in outcome.err.lower(), (arguments, outcome.err)
        assert outcome.out == ""


def test_print_config_is_a_config(program: Program, tmp_path: Path) -> None:
    config = tmp_path / "job.json"
    arguments = ["--ref", "face.png", "--drive", "clip.mp4", "--steps", "3", "--guidance", "1:2.5",
                 "--ref-box", "1,2,30,40", "--fps", "29.97", "--side-by-side", "--no-face", "skip"]
    first = program.ok("animate", *arguments, "--print-config").out
    config.write_text(first)
    assert program.ok("animate", "--config", config, "--print-config").out == first
    assert json.loads(first)["motion-guidance"] == "1:2.5"
    changed = json.loads(program.ok("animate", "--config", config, "--steps", "9", "--print-config").out)
    assert changed["steps"] == 9 and changed["side-by-side"] is True


def test_print_config_refuses_a_name_that_json_cannot_hold(program: Program) -> None:
    run = subprocess.run([program.path, "animate", "--ref", b"caf\xe9.png", "--drive", "c.mp4", "--print-config"],
                         capture_output=True, check=False)
    assert run.returncode == 2 and run.stdout == b""
    assert run.stderr.startswith(b"error: --ref ") and b"caf\xe9.png: is not UTF-8" in run.stderr


def test_unknown_config_keys_are_refused_with_a_suggestion(program: Program, tmp_path: Path) -> None:
    config = tmp_path / "job.json"
    config.write_text('{"ref": "a.png", "overlp": 3}')
    outcome = program("animate", "--config", config)
    assert outcome.code == 2
    assert "did you mean 'overlap'" in outcome.err and "job.json" in outcome.err
