# SPDX-License-Identifier: Apache-2.0
"""What is called done is whole: outputs are held against the size and the hash that their sidecars tell."""

import hashlib
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import Program, read_until

FAILED, USAGE = 1, 2


@pytest.fixture
def jobs(samples: Path, tmp_path: Path) -> Path:
    path = tmp_path / "jobs.jsonl"
    job = {"ref": str(samples / "portrait.png"), "drive": str(samples / "clip.mp4"), "steps": 1, "max_frames": 3}
    path.write_text("".join(json.dumps({**job, "output": f"{name}.mp4"}) + "\n" for name in "abc"))
    return path


def batch(program: Program, tiny: Path, jobs: Path, out: Path, *more: object) -> tuple[int, dict[str, dict], str]:
    outcome = program("batch", jobs, "--out-dir", out, "--bundle", tiny, "--json", *more)
    return outcome.code, {Path(job["output"]).stem: job for job in json.loads(outcome.out)["jobs"]}, outcome.err


def report(program: Program, out: Path) -> tuple[int, dict[str, dict], str]:
    outcome = program("report", out, "--json")
    return outcome.code, {Path(row["output"]).stem: row for row in json.loads(outcome.out)["outputs"]}, outcome.err


def test_the_sidecar_tells_size_and_hash(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o", out,
               "--steps", "1", "--max-frames", "3")
    written = json.loads((tmp_path / "out.mp4.json").read_text())["written"]
    assert written["bytes"] == out.stat().st_size
    assert written["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()


def test_outputs_that_are_not_whole(program: Program, tiny: Path, jobs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(program, tiny, jobs, out)[0] == 0
    assert report(program, out)[0] == 0
    whole = {name: (out / f"{name}.mp4").read_bytes() for name in "abc"}
    (out / "a.mp4").write_bytes(b"")
    (out / "b.mp4").write_bytes(whole["b"][: len(whole["b"]) // 2])
    code, rows, err = report(program, out)
    assert code == FAILED and "2 of 3 outputs are not done" in err
    assert [rows[name]["status"] for name in "abc"] == ["damaged", "damaged", "done"]
    assert rows["a"]["error"] == f"the output has 0 bytes, and {len(whole['a'])} were written"
    _, planned, _ = batch(program, tiny, jobs, out, "--dry-run")
    assert "0 bytes" in planned["a"]["detail"] and planned["c"]["status"] == "skipped"
    code, done, _ = batch(program, tiny, jobs, out)
    assert code == 0 and [done[name]["status"] for name in "abc"] == ["done", "done", "skipped"]
    assert {name: (out / f"{name}.mp4").read_bytes() for name in "abc"} == whole


def test_an_edited_output_is_not_replaced(program: Program, tiny: Path, jobs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(program, tiny, jobs, out)[0] == 0
    whole = (out / "a.mp4").read_bytes()
    edited = bytearray(whole)
    edited[-1] ^= 1
    stamp = (out / "a.mp4").stat()
    (out / "a.mp4").write_bytes(edited)
    os.utime(out / "a.mp4", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # the time of change tells all the same
    (out / "b.mp4").write_bytes((out / "b.mp4").read_bytes() + b"more")
    code, rows, _ = report(program, out)
    assert code == FAILED and [rows[name]["status"] for name in "abc"] == ["damaged", "damaged", "done"]
    code, done, err = batch(program, tiny, jobs, out)
    assert code == FAILED and done["a"]["status"] == done["b"]["status"] == "failed", done
    assert "move it away" in done["a"]["detail"] and done["a"]["exit_code"] == USAGE
    assert "lists them" in err
    assert (out / "a.mp4").read_bytes() == edited
    assert json.loads((out / "a.mp4.json").read_text())["status"] == "done"
    (out / "a.mp4").write_bytes(whole)
    assert batch(program, tiny, jobs, out)[1]["a"]["status"] == "skipped"


def test_what_cannot_be_read_is_listed(program: Program, tiny: Path, jobs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(program, tiny, jobs, out)[0] == 0
    for text in ("", "{", "[]", "{}", '{"format": 1'):
        (out / "a.mp4.json").write_text(text)
        code, rows, err = report(program, out)
        assert code == FAILED and "1 of 3 outputs is not done" in err
        assert rows["a"]["status"] == "unreadable" and "a.mp4.json" in rows["a"]["error"], rows["a"]
    (out / "a.mp4.json").unlink()
    os.mkfifo(out / "a.mp4.json")
    (out / "notes.json").write_text("{")
    outcome = program("report", out, timeout=60)
    text = " ".join(outcome.out.split())  # its last column is wrapped
    assert outcome.code == FAILED and "unreadable" in text and "not an ordinary file" in text
    assert "notes.json" not in outcome.out
    code, done, _ = batch(program, tiny, jobs, out)
    assert code == FAILED and "the name is taken" in done["a"]["detail"]


def test_report_and_batch_agree_on_failures(program: Program, tiny: Path, samples: Path, jobs: Path,
                                            tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.mp4").write_bytes(b"somebody's")
    (out / "b.mp4").write_bytes(b"somebody's")
    code, done, err = batch(program, tiny, jobs, out)
    assert code == FAILED and "2 of 3 jobs failed; hyportrait report" in err and "lists them" in err
    code, rows, _ = report(program, out)
    assert code == FAILED and [rows[name]["status"] for name in "abc"] == ["failed", "failed", "done"]
    assert rows["a"]["exit_code"] == USAGE and "the name is taken" in rows["a"]["error"]
    assert (out / "a.mp4").read_bytes() == b"somebody's"
    code, done, _ = batch(program, tiny, jobs, out)  # the record does not make it ours
    assert code == FAILED and done["a"]["status"] == "failed" and (out / "a.mp4").read_bytes() == b"somebody's"
    (out / "a.mp4").unlink()
    (out / "b.mp4").unlink()
    assert batch(program, tiny, jobs, out)[0] == 0 and report(program, out)[0] == 0


def test_a_change_always_has_a_reason(program: Program, tiny: Path, jobs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(program, tiny, jobs, out)[0] == 0
    sidecar = json.loads((out / "a.mp4.json").read_text())
    sidecar["plan_hash"] = "0" * 64
    (out / "a.mp4.json").write_text(json.dumps(sidecar))
    _, planned, _ = batch(program, tiny, jobs, out, "--dry-run")
    assert planned["a"]["detail"].startswith("changed: the sidecar")


def test_metrics_tells_strangers(program: Program, tiny_yunet: Path, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    program.ok("animate", "--bundle", tiny_yunet, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
               out, "--steps", "1", "--max-frames", "3", "--ref-box", "20,20,100,100", "--drive-box", "20,20,100,100")
    arguments = ["metrics", "--bundle", tiny_yunet, "--drive", samples / "clip.mp4", "--result", out, "--json"]
    outcome = program(*arguments, "--ref", samples / "portrait.png")
    assert json.loads(outcome.out)["notes"] == [], outcome.err
    other = tmp_path / "other.png"
    other.write_bytes((samples / "portrait.png").read_bytes() + b" ")
    outcome = program(*arguments, "--ref", other)
    notes = json.loads(outcome.out)["notes"]
    assert len(notes) == 1 and "other.png: is not the portrait of the run" in notes[0] and notes[0] in outcome.err
    sidecar = json.loads((tmp_path / "out.mp4.json").read_text())
    sidecar["written"]["sha256"] = "0" * 64
    (tmp_path / "out.mp4.json").write_text(json.dumps(sidecar))
    notes = json.loads(program(*arguments, "--ref", samples / "portrait.png").out)["notes"]
    assert len(notes) == 1 and "out.mp4: has changed since its run wrote it" in notes[0]


@pytest.mark.parametrize("place", ["cache/hyportrait/hashes.json", "cache/hyportrait/run-speeds.json"])
def test_a_pipe_in_the_place_of_a_cache_file(tiny: Path, samples: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    os.mkfifo(tmp_path / place)
    run = subprocess.run([str(word) for word in (Program.path, "animate", "--bundle", tiny, "--ref",
                                                 samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
                                                 tmp_path / "out.mp4", "--steps", "1", "--max-frames", "2")],
                         env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}, capture_output=True, text=True,
                         timeout=120, check=False)
    assert run.returncode == 0, run.stderr


def test_inputs_that_are_pipes_in_a_batch(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    for name in ("ref.png", "clip.mp4", "noise"):
        os.mkfifo(tmp_path / name)
    jobs = tmp_path / "jobs.jsonl"
    good = {"ref": str(samples / "portrait.png"), "drive": str(samples / "clip.mp4"), "steps": 1, "max_frames": 2}
    bad = [{"ref": str(tmp_path / "ref.png")}, {"drive": str(tmp_path / "clip.mp4")}, {"noise": str(tmp_path / "noise")}]
    jobs.write_text("".join(json.dumps({**good, **one, "output": f"{number}.mp4"}) + "\n"
                            for number, one in enumerate(bad)))
    outcome = program("batch", jobs, "--out-dir", tmp_path / "out", "--bundle", tiny, "--json", timeout=120)
    assert outcome.code == FAILED, outcome.err
    assert [job["exit_code"] for job in json.loads(outcome.out)["jobs"]] == [3, 3, 3]
    assert all("not an ordinary file" in job["detail"] for job in json.loads(outcome.out)["jobs"])


def interrupted(arguments: list[object], until: str) -> str:
    process = subprocess.Popen([str(word) for word in arguments], stderr=subprocess.PIPE, text=True)
    err = read_until(process, until)
    process.send_signal(signal.SIGINT)
    err += process.communicate()[1]
    assert process.returncode == 130, err
    return err


def test_what_is_saved_is_said_and_nothing_else(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    job = [program.path, "animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4",
           "-o", tmp_path / "out.mp4", "--steps", "12", "--log-level", "trace"]
    err = interrupted(job, "loaded expression")  # as the motion stage begins
    assert "interrupted during motion; nothing was saved yet, so the same command starts over" in err
    err = interrupted(job, "denoise: 3 of")
    assert "interrupted during denoise; the same command resumes from what is saved" in err
    assert (tmp_path / "out.mp4.state").exists()


def test_bench_saves_nothing(program: Program, tiny: Path) -> None:
    err = interrupted([program.path, "bench", "--bundle", tiny, "--steps", "40", "--repeat", "100"], "appearance: ")
    assert "interrupted during" in err
    assert "resumes" not in err
