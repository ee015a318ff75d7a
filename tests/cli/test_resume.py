# SPDX-License-Identifier: Apache-2.0
"""An interrupted run resumes from its state, with the same result."""

import json
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import Program

INTERRUPTED = 130
STEPS = 12  # x 6 windows a step: 72 U-Net calls
KILLS = 6


def command(tiny: Path, samples: Path, folder: Path, *more: object, interval: int = 0) -> list[object]:
    """A run with every U-Net call in its log, whose state is by default saved after each."""
    return ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
            folder / "out.mp4", "--frames-dir", folder / "frames", "--steps", STEPS, "--save-interval", interval,
            "--log-level", "trace", *more]


def start(program: Program, arguments: list[object], *before: str) -> subprocess.Popen:
    return subprocess.Popen([*before, str(program.path), *map(str, arguments)], stderr=subprocess.PIPE, text=True)


def calls(log: str) -> int:
    return len(re.findall(r"trace: denoise: \d+ of \d+", log))


def resumed_at(log: str) -> int:
    found = re.search(r"resuming at step (\d+) of", log)
    return int(found[1]) if found else 0


def stop_at(process: subprocess.Popen, step: int, how: int) -> str:
    """Sends a signal once so many U-Net calls are logged; gives the whole log."""
    log = ""
    while f"trace: denoise: {step} of" not in log:
        line = process.stderr.readline()
        assert line, log
        log += line
    process.send_signal(how)
    return log + process.communicate()[1]


def frames(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((folder / "frames").iterdir())]


@pytest.fixture(scope="module")
def whole(program: Program, tiny: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    program.ok(*command(tiny, samples, folder))
    assert sorted(path.name for path in folder.iterdir()) == ["frames", "out.mp4", "out.mp4.json"]
    return folder


@pytest.mark.parametrize("how, code", [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, INTERRUPTED),
                                       (signal.SIGHUP, INTERRUPTED),
                                       (signal.SIGKILL, -signal.SIGKILL)])
def test_the_same_command_goes_on(program: Program, tiny: Path, samples: Path, whole: Path, tmp_path: Path, how: int,
                                  code: int) -> None:
    arguments = command(tiny, samples, tmp_path)
    process = start(program, arguments)
    log = stop_at(process, 20, how)
    assert process.returncode == code, log
    assert "the same command resumes" in log or how == signal.SIGKILL
    assert (tmp_path / "out.mp4.state").exists() and not (tmp_path / "out.mp4").exists()
    again = program.ok(*arguments)
    assert resumed_at(again.err) >= 3
    report = json.loads((tmp_path / "out.mp4.json").read_text())
    undisturbed = json.loads((whole / "out.mp4.json").read_text())
    assert report["resumed_at_step"] == resumed_at(again.err) and undisturbed["resumed_at_step"] is None
    assert report["unet_calls"] == calls(again.err) and undisturbed["unet_calls"] == report["work"]["unet_calls"]
    assert calls(log) + calls(again.err) <= undisturbed["unet_calls"] + 1
    assert report["plan_hash"] == undisturbed["plan_hash"]
    assert frames(tmp_path) == frames(whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames", "out.mp4", "out.mp4.json"]


def test_nohup_outlives_its_terminal(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    process = start(program, command(tiny, samples, tmp_path), "nohup")
    stop_at(process, 2, signal.SIGHUP)
    assert process.returncode == 0 and (tmp_path / "out.mp4").exists()


def test_killed_at_random_moments(program: Program, tiny: Path, samples: Path, whole: Path, tmp_path: Path) -> None:
    arguments = command(tiny, samples, tmp_path)
    begin = time.perf_counter()
    shutil.copytree(whole, tmp_path / "timed")
    program.ok(*command(tiny, samples, tmp_path / "timed", "--overwrite"))
    seconds = time.perf_counter() - begin
    moments = random.Random(3)
    logs = []
    for _ in range(KILLS):
        process = start(program, arguments)
        try:
            logs.append(process.communicate(timeout=moments.uniform(0.3, 0.8) * seconds)[1])
        except subprocess.TimeoutExpired:
            process.kill()
            logs.append(process.communicate()[1])
        if process.returncode == 0:
            break
    if not (tmp_path / "out.mp4").exists():
        logs.append(program.ok(*arguments).err)
    assert sum(resumed_at(log) > 0 for log in logs) >= 1
    total = json.loads((whole / "out.mp4.json").read_text())["unet_calls"]
    assert sum(calls(log) for log in logs) <= total + len(logs)  # an interval of 0 holds one call
    assert frames(tmp_path) == frames(whole)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "timed") == ["frames", "out.mp4",
                                                                                        "out.mp4.json"]


def test_a_state_that_does_not_fit_is_set_aside(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    arguments = command(tiny, samples, tmp_path)
    state, aside = tmp_path / "out.mp4.state", tmp_path / "out.mp4.state.aside"
    log = stop_at(start(program, arguments), 8, signal.SIGKILL)
    saved = state.read_bytes()
    damaged = bytearray(saved)
    damaged[-9] ^= 4
    header = json.loads(saved[8:8 + int.from_bytes(saved[:8], "little")])["__metadata__"]
    assert header["device"] == "cpu" and header["dtype"] == "fp32" and int(header["step"]) >= 1
    for content, more, why in ((bytes(damaged), [], "damaged"), (saved[:-100], [], "truncated"), (b"", [], "cut off"),
                               (saved, ["--seed", "5"], "other inputs"), (saved, ["--dtype", "bf16"], "its dtype is fp32")):
        state.write_bytes(content)
        log = stop_at(start(program, [*arguments, *more]), 1, signal.SIGKILL)
        assert "it is renamed to" in log and why in log, log
        assert resumed_at(log) == 0
        assert aside.read_bytes() == content
    cuda = saved.replace(b'"device":"cpu"', b'"device":"npu"')
    state.write_bytes(cuda)
    log = stop_at(start(program, arguments), 1, signal.SIGKILL)
    assert "its device is npu, this run's is cpu" in log


def test_a_frame_that_a_killed_run_left_half_written_is_removed(program: Program, tiny: Path, samples: Path, whole: Path,
                                                                tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "000010.png.part-XWuQub").write_bytes(b"half a frame")
    program.ok(*command(tiny, samples, tmp_path))
    assert frames(tmp_path) == frames(whole)


def test_short_jobs_write_no_state_before_their_steps_are_done(program: Program, tiny: Path, samples: Path,
                                                               tmp_path: Path) -> None:
    arguments = command(tiny, samples, tmp_path, interval=30)
    stop_at(start(program, arguments), 10, signal.SIGKILL)
    assert not (tmp_path / "out.mp4.state").exists()
    stop_at(start(program, arguments), 20, signal.SIGINT)
    assert (tmp_path / "out.mp4.state").exists()
    assert resumed_at(program.ok(*arguments).err) >= 3
