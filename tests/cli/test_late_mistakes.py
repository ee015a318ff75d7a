# SPDX-License-Identifier: Apache-2.0
"""Whatever the output needs is tried before the first network runs, and by --dry-run."""

import json
import os
import resource
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conftest import Program, ffmpeg, picture_hashes, read_until

FAILED, USAGE, INPUT = 1, 2, 3
FULL = bool(os.environ.get("HYPORTRAIT_FULL"))


def job(tiny: Path, samples: Path, steps: int = 2) -> list[object]:
    return ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "--steps",
            steps]


def early(program: Program, folder: Path, code: int, part: str, *arguments: object, dry_only: bool = False) -> None:
    """Refused before the portrait is looked at, by a dry run too, with nothing left in `folder`."""
    before = sorted(folder.rglob("*"))
    for dry in (["--dry-run"], *([] if dry_only else [[]])):
        outcome = program(*arguments, *dry)
        assert outcome.code == code and part in outcome.err, outcome.err
        assert outcome.err.count("error: ") == 1 and "denoise:" not in outcome.err and "motion:" not in outcome.err
        assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("name, options, part", [
    ("out.mov", ["--codec", "prores", "--crf", "5"], "has no such setting"),
    ("out.mp4", ["--codec", "mjpeg"], "the encoder mjpeg does not start"),
    ("out.mp4", ["--codec", "nvenc"], "nvenc"),
    ("out.mp4", ["--codec", "h264_vaapi"], "h264_vaapi"),
    ("out.mkv", ["--codec", "h264_v4l2m2m"], "h264_v4l2m2m"),
    ("out.mp4", ["--codec", "h264", "--crf", "60"], ""),
])
def test_the_encoder_is_opened_with_its_options(program: Program, tiny: Path, samples: Path, tmp_path: Path, name: str,
                                                options: list[str], part: str) -> None:
    outcome = program(*job(tiny, samples), "-o", tmp_path / name, *options, "--dry-run")
    if outcome.code == 0:  # this machine can: then so can the run
        program.ok(*job(tiny, samples), "-o", tmp_path / name, *options, "--max-frames", "2")
        return
    early(program, tmp_path, USAGE, part, *job(tiny, samples), "-o", tmp_path / name, *options)


def test_sound_that_the_container_does_not_take(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    """Whatever FFmpeg's containers say of each other's sound, a dry run and a run say the same, early."""
    made = []
    for suffix, codec in (("wmv", "wmav2"), ("mkv", "pcm_s16le"), ("mkv", "adpcm_ms"), ("avi", "mp3"), ("mkv", "flac"),
                          ("mkv", "libopus"), ("mkv", "dca")):
        clip = tmp_path / f"{codec}.{suffix}"
        strict = ["-strict", "-2"] if codec == "dca" else []
        ffmpeg("-i", samples / "clip.mp4", "-c:v", "mpeg4", "-c:a", codec, *strict, clip)
        made.append(clip)
    out = tmp_path / "out"
    out.mkdir()
    names, taken = ("out.mp4", "out.mov", "out.mkv") if FULL else ("out.mp4",), []
    for clip in made:
        for name in names:
            arguments = ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", clip, "--steps", "1",
                         "--max-frames", "2", "-o", out / name]
            if program(*arguments, "--dry-run").code == 0:
                taken.append({"ref": str(samples / "portrait.png"), "drive": str(clip), "steps": 1, "max_frames": 2,
                              "output": f"{clip.stem}-{name}"})
            else:
                early(program, out, USAGE, "--audio none", *arguments)
    assert taken
    jobs = tmp_path / "jobs.jsonl"
    jobs.write_text("".join(json.dumps(line) + "\n" for line in taken))
    program.ok("batch", jobs, "--out-dir", out, "--bundle", tiny)
    assert len(list(out.glob("*-out.m??"))) == len(taken)


@pytest.mark.parametrize("size", [238, 240, 250, 251, 255, 256, 300])
def test_names_too_long_for_what_is_written_beside_them(program: Program, tiny: Path, samples: Path, tmp_path: Path,
                                                        size: int) -> None:
    early(program, tmp_path, USAGE, "choose a shorter one with -o", *job(tiny, samples), "-o",
          tmp_path / ("x" * (size - 4) + ".mp4"))


def test_the_longest_name_works(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    name = "x" * 233 + ".mp4"
    program.ok(*job(tiny, samples), "-o", tmp_path / name, "--save-interval", "0")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, name + ".json"]


def test_a_folder_of_frames_that_cannot_be(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    arguments = [*job(tiny, samples), "-o", tmp_path / "out.mp4", "--frames-dir"]
    early(program, tmp_path, USAGE, "file: is not a folder", *arguments, tmp_path / "file")
    early(program, tmp_path, USAGE, "file: is not a folder", *arguments, tmp_path / "file" / "deep" / "er")
    outcome = program(*arguments, "/proc/frames")
    assert outcome.code == FAILED and "/proc/frames: cannot be made" in outcome.err
    assert not (tmp_path / "out.mp4.part").exists()


def test_a_folder_of_frames_goes_when_nothing_came_into_it(program: Program, tiny: Path, samples: Path,
                                                           tmp_path: Path) -> None:
    blank = tmp_path / "blank.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=160x160:r=25:d=0.2", blank)
    outcome = program(*job(tiny, samples), "--device", "cuda:77", "-o", tmp_path / "out.mp4", "--frames-dir",
                      tmp_path / "a" / "b")
    assert outcome.code != 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blank.mp4"]


def write_noise(path: Path, *shape: int, value: float = 0.5) -> Path:
    noise = np.full(shape, value, np.float32)
    header = json.dumps({"noise": {"dtype": "F32", "shape": shape, "data_offsets": [0, noise.nbytes]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + noise.tobytes())
    return path


def test_a_noise_file_is_read_before_the_networks(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    plan = json.loads(program.ok(*job(tiny, samples), "-o", tmp_path / "out.mp4", "--dry-run", "--json").out)
    frames, side = plan["work"]["padded_frames"], plan["image_size"] // 8
    noise = tmp_path / "noise.safetensors"
    arguments = [*job(tiny, samples), "-o", tmp_path / "out.mp4", "--noise", noise]
    shapes = ((frames + 1, 4, side, side), (frames - 1, 4, side, side), (frames, 3, side, side), (frames, 4, 1, side),
              (frames,), ())
    for shape in shapes:
        write_noise(noise, *shape)
        early(program, tmp_path, INPUT, f"expected noise F32 {frames}x4x{side}x{side}", *arguments,
              dry_only=not FULL and shape != shapes[0])
    write_noise(noise, frames, 4, side, side, value=float("nan"))
    early(program, tmp_path, INPUT, "not finite", *arguments)
    noise.write_bytes(b"")
    early(program, tmp_path, INPUT, "not a usable .safetensors file", *arguments)
    noise.unlink()
    early(program, tmp_path, INPUT, "noise.safetensors", *arguments)
    os.mkfifo(noise)
    early(program, tmp_path, INPUT, "not an ordinary file", *arguments)
    noise.unlink()
    write_noise(noise, frames, 4, side, side)
    program.ok(*arguments)


def test_noise_for_a_clip_whose_container_states_another_length(program: Program, tiny: Path, samples: Path,
                                                                tmp_path: Path) -> None:
    """A raw H.264 stream states no length at all."""
    clip = tmp_path / "clip.h264"
    ffmpeg("-i", samples / "clip.mp4", "-an", "-c:v", "copy", "-bsf:v", "h264_mp4toannexb", clip)
    plan = json.loads(program.ok(*job(tiny, samples), "-o", tmp_path / "out.mp4", "--dry-run", "--json").out)
    side, frames = plan["image_size"] // 8, plan["work"]["padded_frames"]
    arguments = ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", clip, "--steps", "1", "-o",
                 tmp_path / "out.mp4", "--noise"]
    program.ok(*arguments, write_noise(tmp_path / "fits", frames, 4, side, side))
    (tmp_path / "out.mp4").unlink()
    outcome = program(*arguments, write_noise(tmp_path / "long", frames + 1, 4, side, side), "--dry-run")
    assert outcome.code == INPUT and f"expected noise F32 {frames}x4" in outcome.err, outcome.err


@pytest.fixture
def small_disk(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", disk],
                                           capture_output=True, check=False).returncode != 0:
        pytest.skip("SKIPPED: a small disk needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_room_on_the_disk(program: Program, tiny: Path, samples: Path, small_disk: Path) -> None:
    arguments = [*job(tiny, samples), "-o", small_disk / "out.mp4"]
    plan = json.loads(program.ok(*arguments, "--dry-run", "--json").out)
    assert plan["work"]["disk_bytes"] >= 2 * plan["work"]["latent_bytes"]
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "ballast").write_bytes(bytes(free - plan["work"]["disk_bytes"] // 2))
    early(program, small_disk, FAILED, "the disk is full: at least", *arguments)
    (small_disk / "ballast").unlink()
    program.ok(*arguments)


def test_a_disk_that_fills_during_the_run(program: Program, tiny: Path, samples: Path, small_disk: Path) -> None:
    process = subprocess.Popen([str(word) for word in (program.path, *job(tiny, samples, 12), "-o",
                                                       small_disk / "out.mp4", "--log-level", "trace")], stderr=subprocess.PIPE,
                               text=True)
    while "denoise: 2 of" not in (line := process.stderr.readline()):
        assert line
    process.send_signal(signal.SIGSTOP)
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError):
        while ballast.write(bytes(4096)) > 0:
            pass
    process.send_signal(signal.SIGCONT)
    err = process.communicate()[1]
    assert process.returncode == FAILED, err
    assert "out.mp4: cannot be written: the disk is full; free some space" in err
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def test_a_limit_on_the_size_of_files(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    """ulimit -f: by default the kernel ends the process without a word."""
    run = subprocess.run([str(word) for word in (program.path, *job(tiny, samples), "-o", tmp_path / "out.mp4", "--crf",
                                                 "0")], capture_output=True, text=True, check=False,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert run.returncode == FAILED, (run.returncode, run.stderr)
    assert "out.mp4: cannot be written: it is larger than a file may be here" in run.stderr
    assert "ulimit -f" in run.stderr and list(tmp_path.iterdir()) == []


def short(tiny: Path, samples: Path) -> list[object]:
    """Two steps of two network calls."""
    return [*job(tiny, samples), "--max-frames", "4", "-o", "out.mp4"]


@pytest.fixture(scope="module")
def killed(program: Program, tiny: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `short` leaves when it is killed in its second step. For copies."""
    folder = tmp_path_factory.mktemp("killed")
    command = [program.path, *short(tiny, samples), "--log-level", "trace", "--save-interval", "0"]
    process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True, cwd=folder)
    read_until(process, "denoise: 3 of 4")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return folder


@pytest.mark.parametrize("options", [["--codec", "hevc"], ["--crf", "30"], ["--audio", "none"], ["--crop-only"],
                                     ["--blend", "original"], ["--decode-chunk", "2"], ["--frames-dir", "frames"]])
def test_a_mended_output_option_goes_on_where_the_run_was(program: Program, tiny: Path, samples: Path, tmp_path: Path,
                                                          killed: Path, options: list[str]) -> None:
    here, fresh = shutil.copytree(killed, tmp_path / "here"), tmp_path / "fresh"
    fresh.mkdir()
    again = program.ok(*short(tiny, samples), *options, cwd=here)
    assert "resuming at step 1" in again.err, again.err
    program.ok(*short(tiny, samples), *options, cwd=fresh)
    assert picture_hashes(here / "out.mp4") == picture_hashes(fresh / "out.mp4")


def test_another_seed_does_not_go_on(program: Program, tiny: Path, samples: Path, tmp_path: Path, killed: Path) -> None:
    here = shutil.copytree(killed, tmp_path / "here")
    assert "belongs to other inputs" in program.ok(*short(tiny, samples), "--seed", "5", cwd=here).err
