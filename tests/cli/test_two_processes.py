# SPDX-License-Identifier: Apache-2.0
"""Two processes and one output: one works, the other says so and leaves everything alone."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

from conftest import Program, probe, read_until

FAILED = 1


def start(program: Program, arguments: list[object], until: str) -> subprocess.Popen:
    """A process that has logged `until`, stopped there: it holds its output as long as a test wants."""
    process = subprocess.Popen([str(program.path), *map(str, arguments)], stderr=subprocess.PIPE, text=True)
    read_until(process, until)
    process.send_signal(signal.SIGSTOP)
    return process


def animate(tiny: Path, samples: Path, output: Path, *more: object) -> list[object]:
    return ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o", output,
            "--steps", "12", "--log-level", "trace", *more]


def test_the_second_one_is_refused(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    first = start(program, animate(tiny, samples, output), "denoise: 2 of")
    for more in ([], ["--overwrite"]):
        second = program(*animate(tiny, samples, output, *more))
        assert second.code == FAILED and "out.mp4: another process is writing it" in second.err, second.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4.part"]
    first.send_signal(signal.SIGCONT)
    assert first.wait() == 0, first.stderr.read()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "out.mp4.json"]
    assert len(probe(output, "-select_streams", "v:0", "-show_frames")["frames"]) == 24
    assert "exists already" in program(*animate(tiny, samples, output)).err


def test_the_lock_dies_with_its_process(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    first = start(program, animate(tiny, samples, output, "--save-interval", "0"), "denoise: 20 of")
    first.kill()
    first.wait()
    again = program.ok(*animate(tiny, samples, output))
    assert "resuming at step" in again.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "out.mp4.json"]


def test_a_file_system_without_locks_is_a_warning(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    """flock as a file system without it answers, put before the system's own."""
    source = tmp_path / "no_locks.c"
    source.write_text("#include <errno.h>\nint flock(int file, int how) { errno = ENOLCK; return -1; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", tmp_path / "no_locks.so"], check=True)
    run = subprocess.run([program.path, *map(str, animate(tiny, samples, tmp_path / "out.mp4"))],
                         env={**os.environ, "LD_PRELOAD": str(tmp_path / "no_locks.so")}, capture_output=True, text=True,
                         check=False)
    assert run.returncode == 0, run.stderr
    assert "warning: " in run.stderr and "out.mp4.part: not locked" in run.stderr
    assert (tmp_path / "out.mp4").exists()


def test_two_batches_on_one_folder(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    jobs, out = tmp_path / "jobs.jsonl", tmp_path / "out"
    job = {"ref": str(samples / "portrait.png"), "drive": str(samples / "clip.mp4"), "max_frames": 3, "steps": 2}
    jobs.write_text("".join(json.dumps({**job, "output": name}) + "\n" for name in ("a.mp4", "b.mp4")))
    command = ["batch", jobs, "--out-dir", out, "--bundle", tiny, "--log-level", "trace"]
    first = start(program, command, "denoise: 1 of")  # in a.mp4
    second = program(*command, "--json")
    report = {Path(entry["output"]).name: entry for entry in json.loads(second.out)["jobs"]}
    assert second.code == FAILED and report["b.mp4"]["status"] == "done"
    assert report["a.mp4"]["status"] == "failed" and "another process is writing it" in report["a.mp4"]["detail"]
    assert sorted(path.name for path in out.iterdir()) == ["a.mp4.part", "b.mp4", "b.mp4.json"]  # no record of the refusal
    first.send_signal(signal.SIGCONT)
    log = first.communicate()[1]
    assert first.returncode == 0, log
    assert re.search(r"b\.mp4 +skipped .*done already, by another process meanwhile", log), log
    assert sorted(path.name for path in out.iterdir()) == ["a.mp4", "a.mp4.json", "b.mp4", "b.mp4.json"]
