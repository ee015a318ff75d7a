# SPDX-License-Identifier: Apache-2.0
"""What the command-line tests share: the built program, a tiny bundle, drawn samples, ffprobe."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from made_once import make_once, seeded_bundle

SHARED = ROOT.parent / "shared"
BUILD = Path(os.environ.get("HYPORTRAIT_BUILD", ROOT / "build" / "release"))

# A shell has its background jobs ignore Ctrl-C, and nohup the hang-up; so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)  # not ignored by what is started; the tests live on


@dataclass
class Outcome:
    """What a run of the program gave."""

    code: int
    out: str
    err: str


def read_until(process: subprocess.Popen, text: str) -> str:
    """What a process has logged up to the line with `text`. Fails when it ends before."""
    log = ""
    while text not in log:
        line = process.stderr.readline()
        assert line, log
        log += line
    return log


def read_terminal(leader: int) -> bytes:
    """What a program has shown on a pseudo-terminal, to its end; closes it."""
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(leader)
    return shown


class Program:
    """The built executable; every test runs it as a user would."""

    path = BUILD / "bin" / "hyportrait"

    def __call__(self, *arguments: object, cwd: Path | None = None, timeout: float = 300) -> Outcome:
        run = subprocess.run([str(self.path), *map(str, arguments)], capture_output=True, text=True,
                             errors="replace", cwd=cwd, timeout=timeout, check=False)
        return Outcome(run.returncode, run.stdout, run.stderr)

    def ok(self, *arguments: object, cwd: Path | None = None) -> Outcome:
        outcome = self(*arguments, cwd=cwd)
        assert outcome.code == 0, outcome.err
        return outcome


@pytest.fixture(scope="session")
def program() -> Program:
    assert Program.path.exists(), f"{Program.path} is not built"
    return Program()


@pytest.fixture(scope="session", autouse=True)
def fresh_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of the session's own. The user's has the hashes of thousands of files, which every start reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tiny() -> Path:
    """A tiny seeded bundle whose detector reports one face in the middle."""
    return seeded_bundle(BUILD, "tiny")


def need_shared(relative: str) -> Path:
    """A path in ../shared; skips the test, loudly, when it is not there."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"SKIPPED: needs ../shared/{relative}, which is not here")
    return path


@pytest.fixture(scope="session")
def tiny_yunet() -> Path:
    """The tiny bundle with a real face detector."""
    onnx = need_shared("testdata/models/ShiqiYu_libfacedetection.train__yunet_n_640_640.onnx")
    return make_once(BUILD / "test-bundles" / "tiny-yunet-cli", "scripts/hyportrait-export", "seeded",
                     "--preset", "tiny", "--detector", onnx, "--out")


@pytest.fixture(scope="session")
def samples() -> Path:
    """portrait.png and clip.mp4 (24 frames, with sound), drawn."""
    return make_once(BUILD / "test-bundles" / "samples", sys.executable, "scripts/draw_samples.py", "--frames", "24",
                     "--out")


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def probe(path: Path, *arguments: str) -> dict:
    """ffprobe's JSON."""
    run = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *arguments, str(path)],
                         capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def picture_hashes(video: Path) -> list[str]:
    """One hash for each decoded frame, with its time stamp."""
    run = subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-map", "0:v", "-f", "framemd5", "-"],
                         capture_output=True, text=True, check=True)
    return [line for line in run.stdout.splitlines() if not line.startswith("#")]


def frame_times(path: Path) -> list[float]:
    """Time stamps of the video frames, in seconds."""
    frames = probe(path, "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time")
    return [float(frame["best_effort_timestamp_time"]) for frame in frames["frames"]]


def audio_hashes(path: Path) -> list[str]:
    """One hash for each packet of the first audio stream."""
    packets = probe(path, "-select_streams", "a:0", "-show_packets", "-show_data_hash", "md5")
    return [packet["data_hash"] for packet in packets["packets"]]
