# SPDX-License-Identifier: Apache-2.0
"""`compare`: figures against ffmpeg's psnr and ssim filters, bounds, exit codes."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Program, ffmpeg

FRAMES = 24


@pytest.fixture(scope="module")
def worse(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample clip, encoded badly; its frame times are the same."""
    out = tmp_path_factory.mktemp("compare") / "worse.mp4"
    ffmpeg("-i", samples / "clip.mp4", "-an", "-c:v", "libx264", "-crf", "38", "-pix_fmt", "yuv420p", out)
    return out


@pytest.fixture(scope="module")
def folders(samples: Path, worse: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The frames of both as PNGs."""
    pair = (tmp_path_factory.mktemp("a"), tmp_path_factory.mktemp("b"))
    for clip, folder in zip((samples / "clip.mp4", worse), pair):
        ffmpeg("-i", clip, "-start_number", "0", folder / "%06d.png")
    return pair


def ffmpeg_figures(a: list[object], b: list[object], filters: str, folder: Path) -> tuple[list[float], list[float]]:
    """PSNR and SSIM of each frame as ffmpeg's filters give them, on RGB planes."""
    graph = (f"[0:v]{filters}format=gbrp,split[a][c];[1:v]{filters}format=gbrp,split[b][d];"
             f"[a][b]psnr=stats_file=psnr.log[p];[c][d]ssim=stats_file=ssim.log[s]")
    subprocess.run(["ffmpeg", "-v", "error", *map(str, a), *map(str, b), "-filter_complex", graph, "-map", "[p]",
                    "-map", "[s]", "-f", "null", "-"], check=True, cwd=folder)
    psnr = re.findall(r"psnr_avg:(\S+)", (folder / "psnr.log").read_text())
    ssim = re.findall(r"All:(\S+)", (folder / "ssim.log").read_text())
    return [float(value) for value in psnr], [float(value) for value in ssim]


def assert_agrees(report: dict, psnr: list[float], ssim: list[float], decibels: float, similarity: float) -> None:
    assert report["compared_frames"] == len(psnr) == len(ssim)
    assert report["psnr"]["mean"] == pytest.approx(np.mean(psnr), abs=decibels)
    assert report["psnr"]["worst"] == pytest.approx(min(psnr), abs=decibels)
    assert psnr[report["psnr"]["worst_frame"]] == pytest.approx(min(psnr), abs=decibels)
    assert report["ssim"]["mean"] == pytest.approx(np.mean(ssim), abs=similarity)
    assert report["ssim"]["worst"] == pytest.approx(min(ssim), abs=similarity)


def test_figures_are_ffmpegs_on_pictures(program: Program, folders: tuple[Path, Path], tmp_path: Path) -> None:
    """On the same pixels: to ffmpeg's own rounding (two digits of dB, six of SSIM)."""
    a, b = folders
    report = json.loads(program.ok("compare", a, b, "--json").out)
    inputs = [["-framerate", "25", "-i", folder / "%06d.png"] for folder in folders]
    assert_agrees(report, *ffmpeg_figures(*inputs, "", tmp_path), decibels=0.006, similarity=2e-5)
    assert report["times"] is None


def test_figures_are_ffmpegs_on_clips(program: Program, samples: Path, worse: Path, tmp_path: Path) -> None:
    """Both convert to RGB first; ffmpeg with other rounding unless told: 0.05 dB, 0.001."""
    report = json.loads(program.ok("compare", samples / "clip.mp4", worse, "--json").out)
    exact = "scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,"
    figures = ffmpeg_figures(["-i", samples / "clip.mp4"], ["-i", worse], exact, tmp_path)
    assert_agrees(report, *figures, decibels=0.05, similarity=1e-3)
    assert report["times"]["largest_difference_seconds"] < 1e-3


def test_equal_clips(program: Program, samples: Path) -> None:
    clip = samples / "clip.mp4"
    outcome = program.ok("compare", clip, clip, "--min-psnr", "100", "--min-ssim", "1")
    assert "100.00" in outcome.out and "1.0000" in outcome.out and outcome.err == ""
    assert f"{FRAMES} frames" in outcome.out


def test_a_frame_below_the_bound_is_exit_6_and_named(program: Program, folders: tuple[Path, Path],
                                                     tmp_path: Path) -> None:
    a = folders[0]
    b = tmp_path / "b"
    shutil.copytree(a, b)
    Image.fromarray(255 - np.asarray(Image.open(b / "000007.png"))).save(b / "000007.png")
    outcome = program("compare", a, b, "--min-psnr", "40", "--json")
    assert outcome.code == 6
    assert "frame 7" in outcome.err and "below 40" in outcome.err
    report = json.loads(outcome.out)
    assert report["passed"] is False and report["psnr"]["worst_frame"] == 7 and len(report["failures"]) == 1
    assert program("compare", a, b, "--min-ssim", "0.9").code == 6
    assert program("compare", a, b).code == 0


def test_different_numbers_of_frames_fail(program: Program, folders: tuple[Path, Path], tmp_path: Path) -> None:
    a = folders[0]
    b = tmp_path / "b"
    shutil.copytree(a, b)
    (b / "000023.png").unlink()
    for pair in ((a, b), (b, a)):
        outcome = program("compare", *pair)
        assert outcome.code == 6
        assert "23 in" in outcome.err and "24 in" in outcome.err
        assert "PSNR" in outcome.out


def test_different_sizes_fail(program: Program, samples: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    small = tmp_path / "small.mp4"
    ffmpeg("-i", samples / "clip.mp4", "-vf", "scale=64:48", small)
    outcome = program("compare", folders[0], small)
    assert outcome.code == 6 and "64x48" in outcome.err and outcome.out == ""


def test_time_stamps_are_compared(program: Program, samples: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.mp4"
    ffmpeg("-i", samples / "clip.mp4", "-an", "-vf", "setpts=N/24/TB", "-r", "24", late)
    report = json.loads(program.ok("compare", samples / "clip.mp4", late, "--json").out)
    last = FRAMES - 1
    assert report["times"]["frame"] == last
    assert report["times"]["largest_difference_seconds"] == pytest.approx(last / 24 - last / 25, abs=1e-3)


def test_mistakes(program: Program, samples: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    missing = program("compare", samples / "clip.mp4", tmp_path / "none.mp4")
    assert missing.code == 3 and "none.mp4" in missing.err
    assert program("compare", samples / "clip.mp4", empty).code == 3
    assert program("compare", samples / "clip.mp4").code == 2
    assert program("compare", "a", "b", "--min-psnr", "many").code == 2
    assert program("compare", "a", "b", "--min-ssim", "7").code == 2


def test_memory_does_not_grow_with_the_clip(program: Program, tmp_path: Path) -> None:
    """640x480 is 0.9 MB a frame: 100 more frames of each held would be 184 MB."""
    peaks = []
    for seconds in (1, 5):
        clip = tmp_path / f"{seconds}.mp4"
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=640x480:rate=25:duration={seconds}", "-preset", "ultrafast",
               "-threads", "1", clip)
        run = subprocess.Popen([program.path, "compare", clip, clip], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(run.pid, 0)
        assert status == 0
        peaks.append(usage.ru_maxrss * 1024)
    assert peaks[1] - peaks[0] < 40e6, peaks


def test_a_contact_sheet_shows_where_two_clips_differ(program: Program, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(9):
            level = 100 + (20 if (name, number) == ("b", 7) else 0)
            Image.new("RGB", (64, 64), (level, level, level)).save(tmp_path / name / f"{number}.png")
    words = ("compare", tmp_path / "a", tmp_path / "b", "--sheet", tmp_path / "sheet.png")
    program.ok(*words)
    with Image.open(tmp_path / "sheet.png") as sheet:
        columns = [(column * 264 + 128) for column in range(7)]  # frames 0 1 3 4 6 and 8, and 7 as the worst
        assert sheet.size == (7 * 256 + 6 * 8, 3 * 256 + 2 * 8)
        assert [sheet.getpixel((x, 2 * 264 + 128))[0] for x in columns] == [0, 0, 0, 0, 0, 80, 0]
    assert program(*words).code == 2
