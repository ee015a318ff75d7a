# SPDX-License-Identifier: Apache-2.0
"""The command line itself: help, errors, configuration."""

import json
import re
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


def test_version_names_the_commit_and_what_it_was_built_with(program: Program) -> None:
    first, second = program.ok("--version").out.splitlines()
    assert re.fullmatch(r"hyportrait \d+\.\d+\.\d+ \([0-9a-f]{12}\)", first)
    assert re.fullmatch(r"LibTorch 2\.11\.0, FFmpeg \d+\.\S+", second)


def test_help_names_every_option_of_the_contract(program: Program) -> None:
    text = program.ok("animate", "--help-all").out
    for flag in ("ref drive output bundle device dtype steps guidance appearance-guidance motion-guidance size seed "
                 "noise window overlap shift padding decode-chunk start end max-frames fps audio ref-face "
                 "drive-face ref-box drive-box no-face crop-only blend colour-match side-by-side background "
                 "frames-dir codec crf pixel-format compat config print-config dry-run overwrite json quiet "
                 "log-level save-interval memory-budget preset engine detail detail-strength crop-size").split():
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
        ("animate", "--ref", "a", "--drive", "b", "--crop-size", "native"): "--crop-only",
        ("animate", "--ref", "a", "--drive", "b", "--crop-only", "--crop-size", "15"): "16 to 8192",
        ("animate", "--ref", "a", "--drive", "b", "--detail", "yes"): "auto|on|off",
        ("animate", "--ref", "a", "--drive", "b", "--detail-strength", "2.5"): "0 to 2",
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


def test_an_empty_value_is_an_error_that_says_so(program: Program, tmp_path: Path) -> None:
    given = ["--ref", "a", "--drive", "b"]
    for arguments in (["animate", *given, "--frames-dir=", "--crop-only"], ["animate", *given, "--steps=", "--seed", "3"],
                      ["animate", *given, "--steps", ""], ["animate", *given, "-o", ""], ["animate", *given, "-o="],
                      ["animate", *given, "--config", ""], ["animate", *given, "--crop-only="],
                      ["animate", *given, "--log-level", ""], ["inspect", ""], ["compare", "a", ""], ["report", ""],
                      ["bundle", "info", ""], ["batch", "", "--out-dir", "x"], ["batch", "--out-dir=", "j"],
                      ["batch", "--out-dir", "x", "--refs", "", "--drives", "b"], ["bench", "--bundle="],
                      ["bench", "--bundle", ""], ["doctor", "--device="], ["completion", ""]):
        outcome = program(*arguments, cwd=tmp_path)
        assert outcome.code == 2 and "its value is empty" in outcome.err, (arguments, outcome.err)
        assert list(tmp_path.iterdir()) == []


def test_the_name_of_an_option_is_no_value(program: Program, tmp_path: Path) -> None:
    for arguments in (["--frames-dir", "--crop-only"], ["-o", "--overwrite"], ["--noise", "--steps=3"], ["--config", "-o"]):
        outcome = program("animate", "--ref", "a", "--drive", "b", *arguments, cwd=tmp_path)
        assert outcome.code == 2 and f"{arguments[1].split('=')[0]} is an option" in outcome.err, outcome.err
    plan = program.ok("animate", "--ref", "./--crop-only", "--drive=--json", "--print-config", cwd=tmp_path).out
    assert json.loads(plan)["ref"].endswith("--crop-only") and json.loads(plan)["drive"].endswith("--json")
    assert list(tmp_path.iterdir()) == []


def test_the_last_of_a_repeated_option_wins(program: Program, tmp_path: Path) -> None:
    run = program.ok("animate", "--ref", "a", "--drive", "b", "--ref", "c", "--steps=3", "--steps", "9", "-o", "x.mp4",
                     "-o=y.mp4", "--crop-only", "--crop-only=false", "--quiet", "--quiet", "--print-config", cwd=tmp_path)
    config = json.loads(run.out)
    assert (config["ref"], config["output"]) == (str(tmp_path / "c"), str(tmp_path / "y.mp4"))
    assert config["steps"] == 9 and config["crop-only"] is False


def test_errors_are_one_line_and_in_json_too(program: Program, tmp_path: Path) -> None:
    for code, arguments in ((2, ["animate", "--stpes", "3"]), (2, ["animate", "--ref", "a", "--drive", "b", "--steps=0"]),
                            (2, ["--"]), (2, ["animate", "--json=maybe"]), (2, ["animate", "--ref"]),
                            (3, ["animate", "--ref", "none.png", "--drive", "b"]), (3, ["inspect", "none.png"]),
                            (3, ["compare", "none.mp4", "b"]), (4, ["bundle", "info", "none"]), (2, ["report", "none"]),
                            (2, ["batch", "none.jsonl", "--out-dir", "x"]), (4, ["bench", "--bundle", "none"])):
        plain, json_too = program(*arguments, cwd=tmp_path), program(*arguments, "--json", cwd=tmp_path)
        assert plain.code == code and plain.out == "", (arguments, plain)
        assert plain.err.startswith("error: ") and plain.err.count("\n") == 1, plain.err
        if arguments[-1] in ("--", "--ref"):
            continue
        assert json_too.code == code and json_too.err == plain.err, (arguments, json_too)
        told = json.loads(json_too.out)
        assert told == {"error": plain.err.removeprefix("error: ").rstrip("\n"), "exit_code": code}


def test_a_report_with_failures_stays_one_json_object(program: Program, samples: Path) -> None:
    run = program("compare", samples / "clip.mp4", samples / "portrait.png", "--json")
    assert run.code == 6 and json.loads(run.out)["passed"] is False and run.err.startswith("error: compare failed")


def test_keys_that_stand_twice_are_refused(program: Program, tmp_path: Path) -> None:
    config = tmp_path / "job.json"
    config.write_text('{"ref": "a.png", "steps": 3,\n "steps": 4}')
    outcome = program("animate", "--config", config)
    assert outcome.code == 2 and "'steps' twice in one object" in outcome.err, outcome.err


def test_control_characters_of_names_do_not_reach_the_terminal(program: Program, tmp_path: Path, tiny: Path,
                                                               samples: Path) -> None:
    name = "a\nb\t\x1b[31m\x07\u009b2J\x7f.png"
    shown = "a\\nb\\t\\x1b[31m\\x07\\x9b2J\\x7f.png"
    outcome = program("animate", "--ref", name, "--drive", "b", cwd=tmp_path)
    assert outcome.code == 3 and shown in outcome.err and outcome.err.count("\n") == 1, outcome.err
    (tmp_path / name).write_bytes((samples / "portrait.png").read_bytes())
    inspected = program.ok("inspect", name, "--bundle", tiny, cwd=tmp_path)
    planned = program.ok("animate", "--ref", name, "--drive", samples / "clip.mp4", "--bundle", tiny, "--dry-run", cwd=tmp_path)
    for text in (inspected.out, planned.out):
        assert not set(text) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160)])), text
    as_json = program.ok("inspect", name, "--bundle", tiny, "--json", cwd=tmp_path).out
    assert json.loads(as_json)["path"] == name and "\x7f" not in as_json and "\u009b" not in as_json


def test_a_terminal_without_escape_codes_gets_none(program: Program, tmp_path: Path, tiny: Path, samples: Path) -> None:
    command = [str(program.path), "inspect", str(samples / "clip.mp4"), "--bundle", str(tiny), "--max-frames", "2"]
    shown = {}
    for term in ("dumb", "xterm"):
        script = ["script", "-qec", " ".join(command), "/dev/null"]
        run = subprocess.run(script, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
                             env={"PATH": "/usr/bin:/bin", "TERM": term, "COLORTERM": "truecolor", "HOME": str(tmp_path)})
        shown[term] = run.stdout
    assert "\x1b" in shown["xterm"] and "\x1b" not in shown["dumb"], shown
    assert "inspect: 2" in shown["dumb"]


def test_short_names_and_help(program: Program) -> None:
    for command in ("animate", "batch", "bench"):
        assert program.ok("help", command).out == program.ok(command, "--help").out
    assert program.ok("help").out == program.ok("--help").out
    assert program.ok("help", "bundle", "info").out == program.ok("bundle", "info", "--help").out
    config = program.ok("animate", "--ref", "a", "--drive", "b", "-y", "--print-config").out
    assert json.loads(config)["overwrite"] is True
