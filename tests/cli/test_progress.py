# SPDX-License-Identifier: Apache-2.0
"""--progress: what long commands say on standard error, for people and for programs."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from conftest import Program, read_terminal


def job(tiny: Path, samples: Path, out: Path, *more: object) -> list[str]:
    words = ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o", out,
             "--max-frames", 9, "--steps", 1, *more]
    return [str(word) for word in words]


def events(text: str) -> list[dict]:
    """Every line is one object with the name of its event."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(event, dict) and "event" in event for event in found)
    return found


def test_json_is_one_object_a_line_from_the_first_to_the_last(program: Program, tiny: Path, samples: Path,
                                                              tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    found = events(program.ok(*job(tiny, samples, out, "--progress", "json")).err)
    stages = [event for event in found if event["event"] == "progress"]
    assert list(dict.fromkeys(event["stage"] for event in stages)) == ["motion", "denoise", "render"]
    for event in stages:
        assert 0 <= event["done"] <= event["total"] and event["seconds"] >= 0
        assert event["seconds_left"] is None or event["seconds_left"] >= 0
    last = {event["stage"]: event for event in stages}
    assert all(event["done"] == event["total"] for event in last.values())
    assert last["render"]["total"] == 9 and last["render"]["unit"] == "frame"
    assert any(event["event"] == "log" and event["level"] == "info" and "bundle" in event["message"] for event in found)
    assert found[-1] == {"event": "done", "output": str(out), "frames": 9}


@pytest.mark.parametrize("mistake, code, words", [
    (["--stpes", "3", "--progress=json"], 2, "did you mean '--steps'"),
    (["--progress", "json", "--ref", "missing.png"], 3, "missing.png: there is no such file")])
def test_an_error_is_an_object_too(program: Program, tiny: Path, samples: Path, tmp_path: Path, mistake: list[str],
                                   code: int, words: str) -> None:
    outcome = program(*job(tiny, samples, tmp_path / "out.mp4"), *mistake)
    found = events(outcome.err)
    assert outcome.code == code and found[-1]["event"] == "error"
    assert found[-1]["exit_code"] == code and words in found[-1]["message"]


def test_a_batch_names_its_jobs(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    jobs = "".join(json.dumps({"ref": str(samples / "portrait.png"), "drive": str(drive)}) + "\n"
                   for drive in (samples / "clip.mp4", tmp_path / "missing.mp4"))
    (tmp_path / "jobs.jsonl").write_text(jobs)
    outcome = program("batch", tmp_path / "jobs.jsonl", "--out-dir", tmp_path / "out", "--bundle", tiny, "--max-frames", 4,
                      "--steps", 1, "--progress", "json")
    found = events(outcome.err)
    begun = [event for event in found if event["event"] == "job"]
    assert [(event["job"], event["jobs"], event["reason"]) for event in begun] == [(1, 2, "new"), (2, 2, "new")]
    assert {event["job"] for event in found if event["event"] == "progress"} == {1}
    assert any(event["event"] == "log" and event["level"] == "error" and "missing.mp4" in event["message"] for event in found)
    assert outcome.code == 1 and found[-1]["event"] == "error" and "1 of 2 jobs failed" in found[-1]["message"]


def test_lines_none_quiet_and_a_bar(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    lines = program.ok(*job(tiny, samples, out, "--progress", "lines")).err
    assert "denoise: " in lines and "render: 9 frames in" in lines and "\033[K" not in lines
    none = program.ok(*job(tiny, samples, out, "-y", "--progress", "none")).err
    assert "render" not in none and f"wrote {out} (9 frames)" in none
    assert program.ok(*job(tiny, samples, out, "-y", "--progress", "bar", "--quiet")).err == ""
    assert "\033[K" in program.ok(*job(tiny, samples, out, "-y", "--progress", "bar")).err
    refused = program(*job(tiny, samples, out, "-y", "--progress", "loud"))
    assert refused.code == 2 and "auto|bar|lines|json|none" in refused.err


def test_auto_is_a_bar_on_a_terminal_alone(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    run = subprocess.Popen([str(program.path), *job(tiny, samples, tmp_path / "out.mp4")], stderr=follower, env=environment)
    os.close(follower)
    shown = read_terminal(leader)
    assert run.wait() == 0
    assert b"\r" in shown and b"render    [########" in shown
    assert b"[#" not in program.ok(*job(tiny, samples, tmp_path / "out.mp4", "-y")).err.encode()
