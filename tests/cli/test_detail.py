# SPDX-License-Identifier: Apache-2.0
"""The portrait's fine detail in results, as a user asks for it."""

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT, Program, read_until


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portrait and a clip of 1.6 s, both of 512 px."""
    folder = tmp_path_factory.mktemp("drawn")
    subprocess.run([sys.executable, ROOT / "scripts/draw_samples.py", "--out", folder, "--size", "512", "--frames", "40"],
                   check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def large(drawn: Path) -> Path:
    """A portrait far sharper than the tiny bundle's 64 px."""
    return drawn / "portrait.png"


@pytest.fixture
def animate(program: Program, tiny: Path, samples: Path, tmp_path: Path):
    def run(portrait: Path, *options: object) -> tuple[dict, list[np.ndarray]]:
        """The sidecar and the frames of a run of four frames."""
        out, frames = tmp_path / "out.mp4", tmp_path / "frames"
        program.ok("animate", "--bundle", tiny, "--ref", portrait, "--drive", samples / "clip.mp4", "-o", out,
                   "--max-frames", 4, "--steps", 1, "--frames-dir", frames, "--overwrite", "--quiet", *options)
        pictures = [np.asarray(Image.open(path)).astype(float) for path in sorted(frames.iterdir())]
        return json.loads(Path(f"{out}.json").read_text()), pictures
    return run


def test_auto_is_on_where_the_portrait_has_more_pixels(animate, large: Path, samples: Path) -> None:
    report, with_detail = animate(large)
    assert report["detail"]["on"] and 0 <= report["detail"]["mean_weight"] <= 1
    assert report["detail"]["seconds"] > 0
    report, without = animate(large, "--detail", "off")
    assert report["detail"] == {"on": False, "mean_weight": 0.0, "seconds": 0.0}
    assert not np.array_equal(with_detail[0], without[0])
    assert animate(large, "--compat", "original")[0]["detail"]["on"] is False
    assert animate(large, "--crop-only")[0]["detail"]["on"] is False  # the network's square has no more pixels
    assert animate(samples / "portrait.png", "--crop-only", "--detail", "on")[0]["detail"]["on"] is True


def test_the_square_in_the_portraits_resolution(animate, large: Path) -> None:
    report, frames = animate(large, "--crop-only", "--crop-size", "native")
    side = frames[0].shape[0]
    assert 64 < side <= 512 and frames[0].shape == (side, side, 3)
    assert report["plan"]["picture"] == {"width": side, "height": side} and report["detail"]["on"]
    report, frames = animate(large, "--crop-only", "--crop-size", 100)
    assert frames[0].shape == (100, 100, 3) and report["detail"]["on"]
    report, frames = animate(large, "--crop-only", "--crop-size", 32)
    assert frames[0].shape == (32, 32, 3) and not report["detail"]["on"]


def test_detail_does_not_depend_on_threads(animate, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = {}
    for threads in ("1", "4"):
        monkeypatch.setenv("OPENCV_FOR_THREADS_NUM", threads)
        frames[threads] = animate(large)[1]
    assert all(np.array_equal(a, b) for a, b in zip(frames["1"], frames["4"], strict=True))


@pytest.fixture(scope="module")
def clip(drawn: Path) -> Path:
    """The clip with sound and frame times that are not even, made 192 px small: what a generator of 192 px would make at
    best. Its first frame at 512 px lies beside it."""
    ffmpeg = ["ffmpeg", "-v", "error", "-y", "-i", drawn / "clip.mp4"]
    subprocess.run([*ffmpeg, "-frames:v", "1", drawn / "first.png"], check=True)
    subprocess.run([*ffmpeg, "-f", "lavfi", "-i", "sine=440:duration=1.6", "-vf",
                    "scale=192:192:flags=area,setpts=PTS+gt(N\\,20)*0.1/TB", "-fps_mode", "vfr", "-crf", "4", "-c:a", "aac",
                    drawn / "small.mp4"], check=True)
    return drawn / "small.mp4"


def laplacian(picture: np.ndarray) -> float:
    grey = picture.astype(float).mean(-1)
    return float((grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]).std())


def test_a_clip_gets_the_portraits_size_and_detail(program: Program, clip: Path, tmp_path: Path) -> None:
    portrait, out, frames = clip.with_name("first.png"), tmp_path / "sharp.mp4", tmp_path / "frames"
    report = json.loads(program.ok("detail", "--ref", portrait, "--clip", clip, "-o", out, "--frames-dir", frames, "--json",
                                   "--quiet").out)
    assert report["detail"]["on"] and report["detail"]["mean_weight"] > 0.05
    facts, source = probe(out), probe(clip)
    assert (facts["width"], facts["height"]) == (512, 512)
    assert facts["times"] == pytest.approx(source["times"], abs=0.002) and len(facts["times"]) == 40
    assert facts["audio"] == source["audio"] == 1
    for number in (2, 20, 35):
        sharp = np.asarray(Image.open(frames / f"{number:06}.png"))
        truth = frame_of(clip.with_name("clip.mp4"), number)
        soft = np.asarray(Image.fromarray(frame_of(clip, number)).resize((512, 512), Image.Resampling.BICUBIC))
        assert laplacian(sharp) > 1.2 * laplacian(soft)
        assert np.square(sharp.astype(float) - truth).mean() < np.square(soft.astype(float) - truth).mean()


def probe(path: Path) -> dict:
    """Size, frame times and the number of sound tracks."""
    told = json.loads(subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_entries",
                                      "frame=pts_time,media_type", "-show_frames", path], check=True,
                                     capture_output=True, text=True).stdout)
    video = next(stream for stream in told["streams"] if stream["codec_type"] == "video")
    times = [float(frame["pts_time"]) for frame in told["frames"] if frame["media_type"] == "video"]
    return {"width": video["width"], "height": video["height"], "times": times,
            "audio": sum(stream["codec_type"] == "audio" for stream in told["streams"])}


def frame_of(path: Path, number: int) -> np.ndarray:
    """One frame, by its number."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vf", f"select=eq(n\\,{number})", "-frames:v", "1", "-f",
                          "image2pipe", "-c:v", "png", "-"], check=True, capture_output=True).stdout
    return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))


def test_sizes_need_not_divide_and_may_be_odd(program: Program, clip: Path, tmp_path: Path) -> None:
    portrait = tmp_path / "odd.png"
    Image.open(clip.with_name("first.png")).resize((455, 457)).save(portrait)
    out, frames = tmp_path / "out.mkv", tmp_path / "frames"
    program.ok("detail", "--ref", portrait, "--clip", clip, "-o", out, "--max-frames", 1, "--frames-dir", frames, "--quiet")
    assert Image.open(frames / "000000.png").size == (455, 457) and len(list(frames.iterdir())) == 1
    assert probe(out)["width"] == 454  # yuv420p takes even sizes only


@pytest.mark.parametrize(("size", "options", "code", "text"), [
    ((512, 400), [], 3, "aspect ratios may differ by 1 %"),
    ((192, 192), [], 3, "--sigma PX"),
    ((192, 192), ["--sigma", "1"], 0, ""),
    ((100, 100), ["--sigma", "1"], 0, ""),
    ((512, 512), ["--sigma", "17"], 2, "--sigma 17"),
    ((512, 512), ["--strength", "3"], 2, "--strength 3"),
    ((512, 512), ["--audio-track", "4"], 2, "--audio-track 4"),
    ((15, 15), ["--sigma", "1"], 3, "too small"),
])
def test_what_does_not_fit_is_said(program: Program, clip: Path, tmp_path: Path, size: tuple[int, int], options: list[str],
                                   code: int, text: str) -> None:
    portrait, out = tmp_path / "portrait.png", tmp_path / "out.mp4"
    Image.open(clip.with_name("first.png")).resize(size).save(portrait)
    outcome = program("detail", "--ref", portrait, "--clip", clip, "-o", out, "--max-frames", 2, "--quiet", *options)
    assert outcome.code == code, outcome.err
    assert text in outcome.err and outcome.err.count("\n") == (1 if code else 0)
    assert out.exists() == (code == 0)


def test_detail_has_the_habits_of_animate(program: Program, clip: Path, tmp_path: Path) -> None:
    portrait, out = clip.with_name("first.png"), tmp_path / "small_detail.mp4"
    plan = json.loads(program.ok("detail", "--ref", portrait, "--clip", clip, "--dry-run", "--json", cwd=tmp_path).out)
    assert plan["output"] == str(out) and plan["picture"] == {"width": 512, "height": 512}
    assert not list(tmp_path.iterdir())
    outcome = program.ok("detail", "--ref", portrait, "--clip", clip, "--max-frames", 3, cwd=tmp_path)
    assert "wrote" in outcome.err and "3 frames" in outcome.err and outcome.out == ""
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    again = program("detail", "--ref", portrait, "--clip", clip, "--max-frames", 3, cwd=tmp_path)
    assert again.code == 2 and "--overwrite" in again.err
    program.ok("detail", "--ref", portrait, "--clip", clip, "--max-frames", 2, "-y", cwd=tmp_path)
    assert len(probe(out)["times"]) == 2
    for same in (portrait, clip):
        outcome = program("detail", "--ref", portrait, "--clip", clip, "-o", same, "-y")
        assert outcome.code == 2 and "would replace an input" in outcome.err
    missing = program("detail", "--ref", portrait)
    assert missing.code == 2 and "--clip" in missing.err


def test_ctrl_c_leaves_nothing(program: Program, clip: Path, tmp_path: Path) -> None:
    process = subprocess.Popen([str(program.path), "detail", "--ref", clip.with_name("first.png"), "--clip", clip, "-o",
                                tmp_path / "out.mp4"], stderr=subprocess.PIPE, text=True)
    read_until(process, "read: 40 frames")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130 and not list(tmp_path.iterdir())
