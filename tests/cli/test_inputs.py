# SPDX-License-Identifier: Apache-2.0
"""Inputs as people have them: phones' pictures, colour profiles, damage, folders of pictures, sound tracks."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Program, audio_hashes, ffmpeg, frame_times, need_shared, probe

SIDE = 256


def profile(gamma: float) -> bytes:
    """An ICC profile (ICC.1:2001) with sRGB's primaries and a plain power for its curve."""
    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"odd1\0" + bytes(83),
            b"cprt": b"text\0\0\0\0none\0\0\0\0",
            b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1.0, 0.8249),
            b"rXYZ": b"XYZ \0\0\0\0" + fixed(0.4361, 0.2225, 0.0139),
            b"gXYZ": b"XYZ \0\0\0\0" + fixed(0.3851, 0.7169, 0.0971),
            b"bXYZ": b"XYZ \0\0\0\0" + fixed(0.1431, 0.0606, 0.7141),
            b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    size = 128 + len(table) + len(data)
    header = struct.pack(">I4sI4s4s4s12s4s", size, b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ", bytes(12), b"acsp")
    header += bytes(28) + fixed(0.9642, 1.0, 0.8249) + bytes(48)
    return header + table + data


def seen(program: Program, bundle: Path, picture: Path, folder: Path) -> np.ndarray:
    """The picture as the program reads it."""
    overlay = folder / (picture.name + ".seen.png")
    program.ok("inspect", picture, "--bundle", bundle, "--overlay", overlay, "--quiet")
    return np.asarray(Image.open(overlay))


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif"])
def test_a_colour_profile_is_converted_to_srgb(program: Program, tiny_yunet: Path, tmp_path: Path, ending: str) -> None:
    level = 100
    grey = Image.new("RGB", (SIDE, SIDE), (level, level, level))
    how = {"webp": {"lossless": True}, "jpg": {"quality": 100}}.get(ending, {})
    grey.save(tmp_path / f"plain.{ending}", **how)
    grey.save(tmp_path / f"linear.{ending}", icc_profile=profile(1.0), **how)
    light = level / 255
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    centre = (SIDE // 2, SIDE // 2)
    assert abs(seen(program, tiny_yunet, tmp_path / f"plain.{ending}", tmp_path)[centre][0] - level) <= 1
    assert abs(seen(program, tiny_yunet, tmp_path / f"linear.{ending}", tmp_path)[centre][0] - expected) <= 2


def test_a_deep_transparent_picture_with_a_profile(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", f"color=0x646464:s={SIDE}x{SIDE},format=rgba64be,colorchannelmixer=aa=0.5",
           "-frames:v", "1", "-pix_fmt", "rgba64be", tmp_path / "plain.png")
    raw = (tmp_path / "plain.png").read_bytes()
    chunk = b"iCCP" + b"odd\0\0" + zlib.compress(profile(1.0))
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "linear.png").write_bytes(raw[:33] + chunk + raw[33:])
    converted = 255 * (1.055 * (100 / 255) ** (1 / 2.4) - 0.055)
    value = seen(program, tiny_yunet, tmp_path / "linear.png", tmp_path)[SIDE // 2, SIDE // 2][0]
    assert abs(value - (converted + 255) / 2) <= 3  # over white


def test_a_cut_jpeg_is_refused(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    picture = Image.open(samples / "portrait.png").convert("RGB").resize((SIDE, SIDE))
    for progressive in (False, True):
        picture.save(tmp_path / "whole.jpg", progressive=progressive)
        whole = (tmp_path / "whole.jpg").read_bytes()
        for percent in (30, 50, 70, 90, 97):
            (tmp_path / f"cut{progressive:d}{percent}.jpg").write_bytes(whole[: len(whole) * percent // 100])
        outcome = program("inspect", tmp_path / f"cut{progressive:d}97.jpg", "--bundle", tiny)
        assert outcome.code == 3 and "is damaged or cut off" in outcome.err, progressive
        assert outcome.err.count("\n") == 1
    outcome = program("animate", "--bundle", tiny, "--ref", tmp_path / "cut197.jpg", "--drive", samples / "clip.mp4",
                      "-o", tmp_path / "out.mp4", "--dry-run")
    assert outcome.code == 3 and "is damaged or cut off" in outcome.err
    outcome = program("batch", "--bundle", tiny, "--refs", tmp_path / "cut*.jpg", "--drives", samples / "clip.mp4",
                      "--out-dir", tmp_path / "out", "--json")
    jobs = json.loads(outcome.out)["jobs"]
    assert len(jobs) == 10, outcome.err
    for told in jobs:
        assert told["exit_code"] == 3 and "is damaged or cut off" in told["detail"], told
        assert "\n" not in told["detail"]


def make_kinds(samples: Path, folder: Path) -> list[Path]:
    ffmpeg("-i", samples / "portrait.png", "-vf", "scale=256:256", "-c:v", "libaom-av1", "-still-picture", "1",
           "-pix_fmt", "yuv420p", folder / "a.avif")
    ffmpeg("-i", samples / "portrait.png", folder / "a.bmp")
    ffmpeg("-i", samples / "portrait.png", folder / "a.gif")
    ffmpeg("-i", samples / "clip.mp4", "-frames:v", "5", folder / "moving.gif")
    picture = Image.open(samples / "portrait.png").convert("RGB")
    picture.save(folder / "moving.webp", save_all=True, append_images=[Image.new("RGB", picture.size, "red")])
    return sorted(folder.glob("*.*"))


def test_inspect_and_animate_agree_on_every_kind(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    verdicts = {}
    for path in make_kinds(samples, tmp_path):
        looked = program("inspect", path, "--bundle", tiny, "--json", "--quiet", "--max-frames", "2")
        kind = json.loads(looked.out)["kind"] if looked.code == 0 else "refused"
        common = ("--bundle", tiny, "-o", tmp_path / "out.mp4", "--dry-run", "--quiet")
        portrait = program("animate", "--ref", path, "--drive", samples / "clip.mp4", *common)
        clip = program("animate", "--ref", samples / "portrait.png", "--drive", path, *common)
        verdicts[path.name] = (kind, portrait.code, clip.code)
    # A still picture is also a clip of one frame; the first frame of a moving GIF is a portrait.
    assert verdicts == {"a.avif": ("picture", 0, 0), "a.bmp": ("picture", 0, 0), "a.gif": ("picture", 0, 0),
                        "moving.gif": ("clip", 0, 0), "moving.webp": ("refused", 3, 3)}


def test_swapped_inputs_get_a_hint(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    outcome = program("animate", "--bundle", tiny, "--ref", samples / "clip.mp4", "--drive", samples / "portrait.png",
                      "-o", tmp_path / "out.mp4", "--dry-run")
    assert outcome.code == 3 and "swapped" in outcome.err


def test_a_folder_of_pictures_drives(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    ffmpeg("-i", samples / "clip.mp4", "-frames:v", "11", tmp_path / "shots" / "%d.png")
    base = ("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--steps", "1", "--quiet", "--crop-only")
    program.ok(*base, "--drive", "shots", cwd=tmp_path)
    program.ok(*base, "--drive", "shots/%d.png", "--fps", "10", "-o", "ten.mp4", cwd=tmp_path)
    assert np.allclose(frame_times(tmp_path / "portrait_shots.mp4"), np.arange(11) / 25, atol=1e-3)
    assert np.allclose(frame_times(tmp_path / "ten.mp4"), np.arange(11) / 10, atol=1e-3)
    report = json.loads((tmp_path / "portrait_shots.mp4.json").read_text())
    changed = program("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--steps", "1", "--drive", "shots",
                      "--frames-dir", "shots", "-o", "x.mp4", "--dry-run", cwd=tmp_path)
    assert changed.code == 2 and "would replace the pictures" in changed.err
    Image.new("RGB", (10, 10)).save(tmp_path / "shots" / "5.png")
    again = program(*base, "--drive", "shots", "-o", "y.mp4", cwd=tmp_path)
    assert again.code == 3 and "5.png: is 10x10 px" in again.err
    planned = json.loads(program.ok(*base, "--drive", "shots", "-o", "z.mp4", "--dry-run", "--json", cwd=tmp_path).out)
    assert report["plan_hash"] != planned["plan_hash"]  # a picture in the folder has changed


def test_a_batch_takes_folders(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    for folder in ("faces", "clips", "shots"):
        (tmp_path / folder).mkdir()
    for name in ("a.png", "b.PNG"):
        (tmp_path / "faces" / name).write_bytes((samples / "portrait.png").read_bytes())
    (tmp_path / "faces" / "notes.txt").write_text("no picture")
    (tmp_path / "clips" / "c.mp4").write_bytes((samples / "clip.mp4").read_bytes())
    (tmp_path / "shots" / "1.png").write_bytes((samples / "portrait.png").read_bytes())
    outcome = program.ok("batch", "--bundle", tiny, "--refs", "faces", "--drives", "clips", "--drives", "shots",
                         "--out-dir", "out", "--dry-run", "--json", cwd=tmp_path)
    outputs = [Path(job["output"]).name for job in json.loads(outcome.out)["jobs"]]
    assert outputs == ["a_c.mp4", "b_c.mp4", "a_shots.mp4", "b_shots.mp4"]
    (tmp_path / "none").mkdir()
    outcome = program("batch", "--bundle", tiny, "--refs", "none", "--drives", "clips", "--out-dir", "out", cwd=tmp_path)
    assert outcome.code == 2 and "has no picture in it" in outcome.err


def test_sound_tracks(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    clip = tmp_path / "two.mkv"
    ffmpeg("-i", samples / "clip.mp4", "-f", "lavfi", "-i", "sine=f=300:d=1", "-map", "0:v", "-map", "0:a", "-map", "1",
           "-c:v", "copy", "-c:a", "flac", clip)
    base = ("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", clip, "--steps", "1",
            "--crop-only", "--max-frames", "4")
    told = program.ok(*base, "-o", tmp_path / "first.mkv")
    assert "has 2 sound tracks" in told.err and "--audio-track" in told.err
    quiet = program.ok(*base, "-o", tmp_path / "second.mkv", "--audio-track", "1")
    assert "sound tracks" not in quiet.err
    assert audio_hashes(tmp_path / "first.mkv") != audio_hashes(tmp_path / "second.mkv")
    wrong = program(*base, "-o", tmp_path / "x.mkv", "--audio-track", "2", "--dry-run")
    assert wrong.code == 2 and "2 sound track" in wrong.err
    program.ok(*base, "-o", tmp_path / "silent.mkv", "--no-audio")
    assert not probe(tmp_path / "silent.mkv", "-select_streams", "a", "-show_streams")["streams"]


def test_sound_of_windows_media_is_encoded_again(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.wmv"
    ffmpeg("-i", samples / "clip.mp4", "-c:v", "msmpeg4", "-c:a", "wmav2", clip)
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", clip, "--steps", "1",
               "--crop-only", "-o", tmp_path / "out.mp4")
    report = json.loads((tmp_path / "out.mp4.json").read_text())
    assert report["written"]["audio_reencoded"] is True


def test_a_face_that_is_not_there(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    two = need_shared("testdata/clips/two_faces_LivePortrait_d0+d10.mp4")
    face = need_shared("testdata/portraits/skimage__astronaut.png")
    outcome = program("animate", "--bundle", tiny_yunet, "--ref", face, "--drive", two, "--drive-face", "2",
                      "--max-frames", "3", "-o", tmp_path / "out.mp4")
    assert outcome.code == 3 and "a frame has at most 2 faces, numbered 0 to 1" in outcome.err
    outcome = program("animate", "--bundle", tiny_yunet, "--ref", face, "--ref-face", "1", "--drive", two,
                      "-o", tmp_path / "out.mp4")
    assert outcome.code == 3 and "has 1 face" in outcome.err
    outcome = program("inspect", two, "--bundle", tiny_yunet, "--face", "2", "--max-frames", "3", "--require-face")
    assert outcome.code == 3 and "at most 2 faces" in outcome.out


def test_require_face(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    cat = need_shared("testdata/portraits/skimage__chelsea.png")
    outcome = program("inspect", cat, "--bundle", tiny_yunet, "--require-face", "--json", "--quiet")
    assert outcome.code == 3 and json.loads(outcome.out)["faces"] == []
    face = need_shared("testdata/portraits/skimage__astronaut.png")
    assert program("inspect", face, "--bundle", tiny_yunet, "--require-face", "--quiet").code == 0


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_quiet_lets_no_library_speak(program: Program, tiny: Path, samples: Path, tmp_path: Path, codec: str) -> None:
    outcome = program.ok("animate", "--bundle", tiny, "--ref", need_shared("testdata/portraits/gray8_astronaut.png"),
                         "--drive", samples / "clip.mp4", "--steps", "1", "--crop-only", "--max-frames", "3", "--quiet",
                         "--codec", codec, "-o", tmp_path / "out.mkv")
    assert outcome.err == "" and outcome.out == ""


def test_strips_beside_one_another_are_refused_before_work(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    Image.new("RGB", (1, 16384)).save(tmp_path / "high.png")
    outcome = program("animate", "--bundle", tiny, "--ref", tmp_path / "high.png", "--drive", samples / "clip.mp4",
                      "--side-by-side", "-o", tmp_path / "out.mp4", "--dry-run")
    assert outcome.code == 2 and "too large" in outcome.err


def test_a_cmyk_jpeg_is_read(program: Program, tiny_yunet: Path, tmp_path: Path) -> None:
    Image.new("CMYK", (SIDE, SIDE), (0, 255, 255, 0)).save(tmp_path / "red.jpg", quality=100)
    red = seen(program, tiny_yunet, tmp_path / "red.jpg", tmp_path)[SIDE // 2, SIDE // 2]
    assert red[0] > 250 and red[1] < 5 and red[2] < 5
