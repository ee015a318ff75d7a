# SPDX-License-Identifier: Apache-2.0
"""Whole runs of `animate` on drawn samples with the tiny bundle."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Program, audio_hashes, ffmpeg, frame_times, picture_hashes, probe


def inputs(samples: Path) -> list[object]:
    return ["--ref", samples / "portrait.png", "--drive", samples / "clip.mp4"]


def test_the_clip_comes_back_frame_for_frame_with_its_sound(program: Program, tiny: Path, samples: Path,
                                                            tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", out)
    assert np.allclose(frame_times(out), frame_times(samples / "clip.mp4"), atol=1e-3)
    assert audio_hashes(out) == audio_hashes(samples / "clip.mp4")
    stream = probe(out, "-select_streams", "v:0", "-show_streams")["streams"][0]
    assert (stream["width"], stream["height"]) == (192, 192)
    assert stream["pix_fmt"] == "yuv420p" and stream["color_space"] == "bt709" and stream["color_range"] == "tv"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "out.mp4.json"]


def test_the_sidecar_tells_what_was_done(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    outcome = program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", tmp_path / "out.mp4",
                         "--max-frames", "5", "--steps", "2", "--seed", "9", "--json", "--quiet")
    report = json.loads(outcome.out)
    assert report == json.loads((tmp_path / "out.mp4.json").read_text())
    assert report["written"]["frames"] == 5 and report["plan"]["seed"] == 9
    assert report["plan"]["sampler"]["steps"] == 2 and report["plan"]["bundle"]["kind"] == "seeded"
    assert set(report["seconds"]) == {"portrait", "motion", "denoise", "render"}
    assert len(report["plan_hash"]) == 64 and report["peak_host_bytes"] > 10**7
    assert outcome.err == ""


def test_the_same_plan_gives_the_same_frames(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", tmp_path / f"{name}.mp4", "--max-frames", "3",
                   "--frames-dir", tmp_path / name)
    for index in range(3):
        first = (tmp_path / "a" / f"{index:06}.png").read_bytes()
        assert first == (tmp_path / "b" / f"{index:06}.png").read_bytes()
    other = tmp_path / "c"
    program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", tmp_path / "c.mp4", "--max-frames", "3",
               "--frames-dir", other, "--seed", "1")
    assert (other / "000000.png").read_bytes() != (tmp_path / "a" / "000000.png").read_bytes()


def test_the_encoded_clip_depends_on_nothing_but_its_frames(program: Program, tiny: Path, samples: Path, tmp_path: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    """malloc fills new memory with another byte each time: an encoder that reads it gives other pictures."""
    hashes = []
    for fill in ("0", "85", "170"):
        monkeypatch.setenv("MALLOC_PERTURB_", fill)
        out = tmp_path / f"{fill}.mp4"
        program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", out, "--max-frames", "16", "--steps", "1")
        hashes.append(picture_hashes(out))
    assert hashes[0] == hashes[1] == hashes[2]


def test_nothing_is_overwritten_unasked(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_text("precious")
    outcome = program("animate", "--bundle", tiny, *inputs(samples), "-o", out)
    assert outcome.code == 2 and "--overwrite" in outcome.err
    assert out.read_text() == "precious"
    program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", out, "--overwrite", "--max-frames", "2")
    assert len(frame_times(out)) == 2
    for name in ("portrait.png", "clip.mp4"):
        refused = program("animate", "--bundle", tiny, *inputs(samples), "-o", samples / name, "--overwrite")
        assert refused.code == 2, refused.err


def test_dry_run_prints_the_plan_and_writes_nothing(program: Program, tiny: Path, samples: Path,
                                                    tmp_path: Path) -> None:
    arguments = ["animate", "--bundle", tiny, *inputs(samples), "-o", tmp_path / "out.mp4", "--dry-run"]
    plan = json.loads(program.ok(*arguments, "--json").out)
    config = json.loads((tiny / "manifest.json").read_text())["config"]
    padded = 24 + 2 * config["window"]["padding"]
    stride = config["window"]["frames"] - config["window"]["overlap"]
    assert plan["work"]["padded_frames"] == padded
    assert plan["work"]["windows_per_step"] == -(-padded // stride)
    assert plan["work"]["unet_calls"] == plan["work"]["windows_per_step"] * config["sampler"]["steps"]
    assert f"{plan['work']['unet_calls']} network calls" in program.ok(*arguments).out
    assert "unet_calls: " in program.ok(*arguments, "--verbose").out
    assert list(tmp_path.iterdir()) == []


def test_side_by_side_shows_each_source_frame_at_its_time(program: Program, tiny: Path, samples: Path,
                                                          tmp_path: Path) -> None:
    """The clip's frames carry their number as eight black or white bars; uneven time stamps."""
    folder = tmp_path / "bars"
    folder.mkdir()
    for number in range(12):
        bars = [255 * (number >> bit & 1) for bit in range(8)]
        picture = np.repeat(np.repeat(np.array(bars, np.uint8)[None], 128, 0), 16, 1)
        Image.fromarray(picture).convert("RGB").save(folder / f"{number:02}.png")
    clip = tmp_path / "bars.mp4"
    ffmpeg("-framerate", "25", "-i", folder / "%02d.png", "-vf", r"setpts=N/25/TB+0.01*mod(N\,3)/TB", "-vsync", "vfr",
           "-video_track_timescale", "1000", "-crf", "10", "-pix_fmt", "yuv420p", clip)
    out = tmp_path / "out.mp4"
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", clip, "-o", out,
               "--side-by-side", "--crop-only", "--steps", "1", "--frames-dir", tmp_path / "frames")
    assert np.allclose(frame_times(out), frame_times(clip), atol=1e-3)
    for number in range(12):
        picture = np.asarray(Image.open(tmp_path / "frames" / f"{number:06}.png").convert("L"))
        height = picture.shape[0]
        driver = picture[height // 2, height:2 * height]  # portrait, driver and result are squares
        bits = [int(driver[int((bit + 0.5) * height / 8)] > 127) for bit in range(8)]
        assert sum(value << bit for bit, value in enumerate(bits)) == number


def test_trimming_and_frame_rate(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", tmp_path / "cut.mp4", "--start", "0.2", "--end",
               "0.6", "--steps", "1")
    assert np.allclose(frame_times(tmp_path / "cut.mp4"), np.arange(10) / 25, atol=1e-3)
    program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", tmp_path / "slow.mp4", "--fps", "12.5", "--steps",
               "1", "--audio", "none")
    assert np.allclose(np.diff(frame_times(tmp_path / "slow.mp4")), 1 / 12.5, atol=1e-3)
    assert not audio_hashes(tmp_path / "slow.mp4")


@pytest.mark.parametrize("suffix, codec", [("mp4", "hevc"), ("mkv", "av1"), ("webm", "vp9"), ("mov", "prores")])
def test_other_codecs_and_containers(program: Program, tiny: Path, samples: Path, tmp_path: Path, suffix: str,
                                     codec: str) -> None:
    out = tmp_path / f"out.{suffix}"
    program.ok("animate", "--bundle", tiny, *inputs(samples), "-o", out, "--codec", codec, "--steps", "1",
               "--max-frames", "3")
    stream = probe(out, "-select_streams", "v:0", "-show_streams")["streams"][0]
    assert stream["codec_name"] == codec
    assert len(frame_times(out)) == 3


def test_an_alpha_portrait_is_composed_over_the_background(program: Program, tiny: Path, samples: Path,
                                                           tmp_path: Path) -> None:
    picture = Image.open(samples / "portrait.png").convert("RGBA")
    picture.putalpha(0)
    picture.save(tmp_path / "clear.png")
    program.ok("animate", "--bundle", tiny, "--ref", tmp_path / "clear.png", "--drive", samples / "clip.mp4", "-o",
               tmp_path / "out.mp4", "--background", "#204060", "--max-frames", "1", "--steps", "1", "--ref-box",
               "80,80,30,30", "--frames-dir", tmp_path / "frames")
    corner = np.asarray(Image.open(tmp_path / "frames" / "000000.png"))[0, 0]
    assert corner.tolist() == [0x20, 0x40, 0x60]


@pytest.mark.parametrize("ending, video, audio", [(".webm", "vp9", ["opus"]), (".gif", "gif", []), (".webp", "webp", [])])
def test_the_ending_chooses_the_encoder(program: Program, tiny: Path, samples: Path, tmp_path: Path, ending: str, video: str,
                                        audio: list[str]) -> None:
    result, frames = tmp_path / f"out{ending}", tmp_path / "frames"
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o", result,
               "--steps", "1", "--max-frames", "6", "--frames-dir", frames)
    report = json.loads((tmp_path / f"out{ending}.json").read_text())
    assert report["written"]["frames"] == 6
    assert ("this kind of file carries no sound" in report["written"]["notes"]) == (not audio)
    if ending == ".webp":  # FFmpeg reads no animated WebP
        with Image.open(result) as animation:
            assert animation.n_frames == 6 and animation.info["loop"] == 0
            animation.seek(5)
            shown = np.asarray(animation.convert("RGB"), np.float64)
    else:
        streams = probe(result, "-show_streams")["streams"]
        assert [stream["codec_name"] for stream in streams] == [video, *audio]
        assert len(frame_times(result)) == 6
        ffmpeg("-i", result, "-fps_mode", "passthrough", tmp_path / "%d.png")
        shown = np.asarray(Image.open(tmp_path / "6.png").convert("RGB"), np.float64)
    written = np.asarray(Image.open(frames / "000005.png"), np.float64)
    # Random weights make noise, which no encoder keeps; a wrong matrix or range moves the mean of a colour.
    assert abs(shown - written).mean() < 10, abs(shown - written).mean()
    assert np.all(abs((shown - written).mean(axis=(0, 1))) < 1.5), (shown - written).mean(axis=(0, 1))


def test_long_animations_are_refused_before_the_work(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=size=64x64:rate=60:duration=31", "-c:v", "libx264", long)
    for ending in (".gif", ".webp"):
        given = ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", long, "-o", tmp_path / f"o{ending}"]
        run = program(*given)
        assert run.code == 2 and f"1860 frames are too many for a {ending}, which takes 1800" in run.err, run.err
        program.ok(*given, "--end", "30", "--dry-run")


def test_a_sidecar_makes_the_result_again(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
               tmp_path / "out.mp4", "--steps", "2", "--seed", "7", "--start", "0.2", "--max-frames", "3", "--overwrite",
               "--frames-dir", tmp_path / "frames")
    again = program("animate", "--config", tmp_path / "out.mp4.json")
    assert again.code == 2 and "exists already" in again.err
    program.ok("animate", "--config", tmp_path / "out.mp4.json", "-o", tmp_path / "again.mp4", cwd=tmp_path)
    assert picture_hashes(tmp_path / "again.mp4") == picture_hashes(tmp_path / "out.mp4")
    first, second = (json.loads((tmp_path / name).read_text()) for name in ("out.mp4.json", "again.mp4.json"))
    assert first["plan"]["sampler"] == second["plan"]["sampler"] and "frames-dir" not in second["plan"]["options"]


def test_progress_says_what_is_counted(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    run = program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
                     tmp_path / "out.mp4", "--steps", "1", "--max-frames", "1")
    for pattern in (r"^motion: 1 frame in \d", r"^denoise: \d+ network calls? in \d", r"^render: 1 frame in \d", r"\(1 frame\), "):
        assert re.search(pattern, run.err, re.MULTILINE), (pattern, run.err)


def test_a_contact_sheet_shows_portrait_driver_and_result(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    words = ("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "--steps", "1",
             "--max-frames", "9", "-o", tmp_path / "out.mp4", "--sheet", tmp_path / "sheet.png")
    program.ok(*words)
    with Image.open(tmp_path / "sheet.png") as sheet, Image.open(samples / "portrait.png") as portrait:
        assert sheet.size == (7 * 256 + 6 * 8, 2 * 256 + 8)
        cell = np.asarray(sheet.convert("RGB").crop((0, 0, 256, 256)), int)
        assert np.abs(cell - np.asarray(portrait.convert("RGB").resize((256, 256)), int)).mean() < 3
    again = program(*words)
    assert again.code == 2 and "--overwrite" in again.err
    wrong = program(*words[:-1], tmp_path / "sheet.jpg", "--overwrite")
    assert wrong.code == 2 and "a contact sheet is a .png" in wrong.err
