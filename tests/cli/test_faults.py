# SPDX-License-Identifier: Apache-2.0
"""Bad input and bad surroundings: one clear sentence, the right exit code, nothing half-written."""

import json
import os
import random
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from conftest import Program, probe, read_until

FAILED, USAGE, INPUT, BUNDLE, DEVICE = 1, 2, 3, 4, 5
FULL = bool(os.environ.get("HYPORTRAIT_FULL"))


def refused(program: Program, code: int, part: str, folder: Path, *arguments: object) -> None:
    """The run fails as said, and writes nothing into `folder`."""
    before = sorted(folder.rglob("*"))
    outcome = program("animate", *arguments, "-o", folder / "out.mp4")
    assert outcome.code == code, outcome.err
    errors = [line for line in outcome.err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1 and part in errors[0], outcome.err
    assert sorted(folder.rglob("*")) == before


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_bad_clips(program: Program, tiny: Path, samples: Path, tmp_path: Path, out: Path) -> None:
    portrait = ["--bundle", tiny, "--ref", samples / "portrait.png"]
    bad = tmp_path / "bad.mp4"
    for content in (b"", b"just some text\n" * 50, (samples / "clip.mp4").read_bytes()[:900]):
        bad.write_bytes(content)
        refused(program, INPUT, "bad.mp4", out, *portrait, "--drive", bad)
    (tmp_path / "empty").mkdir()
    refused(program, INPUT, "has no picture in it", out, *portrait, "--drive", tmp_path / "empty")
    refused(program, INPUT, "none.mp4", out, *portrait, "--drive", tmp_path / "none.mp4")
    refused(program, INPUT, "http", out, *portrait, "--drive", "http://127.0.0.1:9/clip.mp4")


def test_a_clip_cut_off_half_way_gives_what_is_there(program: Program, tiny: Path, samples: Path, tmp_path: Path,
                                                     out: Path) -> None:
    """Matroska needs no index at the end, so half a file is half a clip."""
    whole = tmp_path / "whole.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-i", samples / "clip.mp4", "-c", "copy", whole], check=True)
    half = tmp_path / "half.mkv"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    outcome = program("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", half, "-o",
                      out / "out.mp4", "--steps", "1")
    assert outcome.code == 0, outcome.err
    frames = json.loads((out / "out.mp4.json").read_text())["written"]["frames"]
    assert 4 <= frames <= 20


def test_bad_portraits(program: Program, tiny: Path, samples: Path, tmp_path: Path, out: Path) -> None:
    clip = ["--bundle", tiny, "--drive", samples / "clip.mp4"]
    bad = tmp_path / "bad.png"
    for content in (b"", b"no picture", (samples / "portrait.png").read_bytes()[:100]):
        bad.write_bytes(content)
        refused(program, INPUT, "bad.png", out, *clip, "--ref", bad)
    refused(program, INPUT, "samples", out, *clip, "--ref", samples)
    refused(program, INPUT, "none.png", out, *clip, "--ref", tmp_path / "none.png")


def test_bad_bundles(program: Program, tiny: Path, samples: Path, tmp_path: Path, out: Path) -> None:
    media = ["--ref", samples / "portrait.png", "--drive", samples / "clip.mp4"]
    bundle = tmp_path / "bundle"

    def fresh() -> dict:
        shutil.rmtree(bundle, ignore_errors=True)
        shutil.copytree(tiny, bundle)
        return json.loads((bundle / "manifest.json").read_text())

    def check(part: str) -> None:
        refused(program, BUNDLE, part, out, *media, "--bundle", bundle)

    manifest = fresh()
    unet = bundle / manifest["modules"]["unet"]["file"]
    unet.unlink()
    check("unet")
    fresh()
    content = bytearray(unet.read_bytes())
    content[len(content) // 2] ^= 1
    unet.write_bytes(content)
    check("expected sha256")
    for change, part in (({"config": {**manifest["config"], "windw": 1}}, "did you mean 'window'"),
                         ({"format": 2}, "format"), ({"kind": "magic"}, "kind")):
        fresh()
        (bundle / "manifest.json").write_text(json.dumps({**manifest, **change}))
        check(part)
    for path in ("/etc/hostname", "../tiny-cli/unet.pt"):
        fresh()
        changed = json.loads(json.dumps(manifest))
        changed["modules"]["unet"]["file"] = path
        (bundle / "manifest.json").write_text(json.dumps(changed))
        check("unet")
    changed = fresh()
    for tensor in changed["modules"]["expression"]["inputs"]:
        tensor["dtype"] = "float16"
    (bundle / "manifest.json").write_text(json.dumps(changed))
    check("expression")
    (bundle / "manifest.json").write_text("{")
    check("not valid JSON")
    refused(program, BUNDLE, "none", out, *media, "--bundle", tmp_path / "none")


def test_bundle_info_and_verify(program: Program, tiny: Path, tmp_path: Path) -> None:
    info = program.ok("bundle", "info", tiny).out
    assert "seeded" in info and "unet" in info and "licence" in info
    assert json.loads(program.ok("bundle", "info", tiny, "--json").out)["kind"] == "seeded"
    program.ok("bundle", "verify", tiny)
    copy = tmp_path / "copy"
    shutil.copytree(tiny, copy)
    path = copy / json.loads((copy / "manifest.json").read_text())["modules"]["identity"]["file"]
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    outcome = program("bundle", "verify", copy)
    assert outcome.code == BUNDLE and "identity" in outcome.err


def test_unwritable_places(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    media = ["--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "--steps", "1"]
    outcome = program("animate", *media, "-o", tmp_path / "none" / "out.mp4")
    assert outcome.code == FAILED and "no such folder" in outcome.err
    outcome = program("animate", *media, "-o", "/proc/out.mp4")
    assert outcome.code == FAILED and "/proc" in outcome.err
    outcome = program("animate", *media, "-o", tmp_path / "out.avi")
    assert outcome.code == USAGE and "out.avi" in outcome.err
    outcome = program("animate", *media, "-o", tmp_path / "out.mp4", "--codec", "nosuchcodec")
    assert outcome.code == USAGE and "nosuchcodec" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_clear_sentence(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", disk], capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("SKIPPED: a full disk needs the right to mount a small tmpfs")
    try:
        outcome = program("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive",
                          samples / "clip.mp4", "-o", disk / "out.mp4", "--steps", "1", "--crf", "0")
        assert outcome.code == FAILED, outcome.err
        assert "disk is full" in outcome.err and "out.mp4" in outcome.err
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def start(program: Program, tiny: Path, samples: Path, target: Path, *more: object) -> subprocess.Popen:
    command = [program.path, "animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive",
               samples / "clip.mp4", "-o", target, "--overwrite", *more]
    return subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)


def test_killed_at_any_moment_the_name_holds_nothing_or_a_whole_file(program: Program, tiny: Path, samples: Path,
                                                                     out: Path) -> None:
    target, options = out / "out.mp4", ("--quiet", "--steps", 1)
    begin = time.perf_counter()
    assert start(program, tiny, samples, target, *options).wait() == 0
    whole = time.perf_counter() - begin
    target.unlink()
    moments = random.Random(7)
    for _ in range(20 if FULL else 8):
        process = start(program, tiny, samples, target, *options)
        try:
            process.wait(timeout=moments.uniform(0, whole))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if target.exists():
            assert len(probe(target, "-select_streams", "v:0", "-show_frames")["frames"]) == 24
            assert (out / "out.mp4.json").exists()
            target.unlink()


def test_ctrl_c_stops_cleanly(program: Program, tiny: Path, samples: Path, out: Path) -> None:
    process = start(program, tiny, samples, out / "out.mp4", "--log-level", "trace")
    err = read_until(process, "trace: denoise: 3 of")
    process.send_signal(signal.SIGINT)
    err += process.communicate()[1]
    assert process.returncode == 130, err
    assert "interrupted" in err and [path.name for path in out.iterdir()] == ["out.mp4.state"]


def write_noise(path: Path, program: Program, tiny: Path, samples: Path, value: float) -> None:
    """Noise of the run's shape with one number changed."""
    plan = json.loads(program.ok("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive",
                                 samples / "clip.mp4", "-o", path.parent / "plan.mp4", "--dry-run", "--json").out)
    side = plan["image_size"] // 8
    noise = np.random.default_rng(1).standard_normal((plan["work"]["padded_frames"], 4, side, side), np.float32)
    noise[7, 1, 2, 3] = value
    header = json.dumps({"noise": {"dtype": "F32", "shape": noise.shape, "data_offsets": [0, noise.nbytes]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + noise.tobytes())


def test_noise_that_is_not_finite(program: Program, tiny: Path, samples: Path, tmp_path: Path, out: Path) -> None:
    noise = tmp_path / "noise.safetensors"
    for value in (float("nan"), float("inf")):
        write_noise(noise, program, tiny, samples, value)
        refused(program, INPUT, "not finite", out, "--bundle", tiny, "--ref", samples / "portrait.png", "--drive",
                samples / "clip.mp4", "--noise", noise)


def test_latents_that_overflow_are_no_video(program: Program, tiny: Path, samples: Path, tmp_path: Path,
                                            out: Path) -> None:
    """Finite noise whose products are not, as an overflow of fp16 would be."""
    noise = tmp_path / "noise.safetensors"
    write_noise(noise, program, tiny, samples, 3e38)
    outcome = program("animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4",
                      "-o", out / "out.mp4", "--noise", noise)
    assert outcome.code == DEVICE and "not finite" in outcome.err and "--dtype bf16" in outcome.err, outcome.err
    assert "after step 1 of" in outcome.err
    assert list(out.iterdir()) == []


def test_a_box_outside_its_picture(program: Program, tiny: Path, samples: Path, out: Path) -> None:
    media = ["--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4"]
    for box in ("--drive-box", "--ref-box"):
        refused(program, USAGE, f"{box} 0,0,1e+06,1e+06", out, *media, box, "0,0,1000000,1000000")
    outcome = program("inspect", samples / "clip.mp4", "--bundle", tiny, "--box", "0,0,1000000,1000000")
    assert outcome.code == USAGE and "--box" in outcome.err


@pytest.mark.parametrize("arguments", [["bundle", "info", "--json"], ["bundle", "info"], ["completion", "bash"],
                                       ["completion", "man"], ["--help"], ["--version"], ["animate", "--help"],
                                       ["report", "."], ["doctor", "--json"]])
def test_standard_output_that_cannot_be_written(program: Program, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        run = subprocess.run([program.path, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == FAILED, run.stderr
    assert "error: standard output cannot be written: " in run.stderr


def test_frames_are_there_once_the_run_has_ended(program: Program, tiny: Path, samples: Path, out: Path) -> None:
    """One sync for all of them, not one each."""
    trace = out / "trace"
    command = ["strace", "-f", "-o", trace, "-e", "trace=fsync,fdatasync,syncfs", program.path, "animate", "--bundle",
               tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o", out / "out.mp4",
               "--frames-dir", out / "frames", "--steps", "1"]
    if shutil.which("strace") is None:
        pytest.skip("SKIPPED: needs strace")
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    calls = trace.read_text()
    assert calls.count("syncfs(") == 1 and calls.count("fsync(") < 10, calls
    assert len(list((out / "frames").glob("*.png"))) == 24
