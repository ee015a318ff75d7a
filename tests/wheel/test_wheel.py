# SPDX-License-Identifier: Apache-2.0
"""What is inside the wheel, and the program as it is installed from it. Run by scripts/test_wheel, in a Python that has the
wheel, torch, cv2 and av, and nothing of this checkout."""

import ctypes
import os
import re
import statistics
import subprocess
import sys
import sysconfig
import tarfile
import time
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHEEL = Path(os.environ["HYPORTRAIT_WHEEL"])
ARCHIVE = Path(os.environ["HYPORTRAIT_ARCHIVE"])
GPL = os.environ.get("HYPORTRAIT_WHEEL_VARIANT") == "gpl"
SITE = Path(sysconfig.get_paths()["platlib"])
PACKAGE = SITE / "hyportrait"
LIBRARY = PACKAGE / "lib" / "libhyportrait.so.0"
PROGRAM = Path(sysconfig.get_paths()["scripts"]) / "hyportrait"
DEMO = PACKAGE / "share" / "hyportrait" / "models" / "demo"
# With torch come libtorch*, libc10 and libgomp; the rest is the system's C and C++.
ALLOWED = re.compile(r"lib(torch_cpu|torch|c10|gomp)[-.\w]*\.so[.\d]*|lib(c|m|stdc\+\+|gcc_s|pthread|dl|rt)\.so\.\d|ld-linux-x86-64\.so\.2")


def run(*arguments: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False)


def test_its_name_size_and_metadata() -> None:
    assert re.fullmatch(r"hyportrait-\d+\.\d+\.\d+-py3-none-manylinux_2_36_x86_64\.whl", WHEEL.name)
    assert WHEEL.stat().st_size <= 60 << 20
    with zipfile.ZipFile(WHEEL) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert "Requires-Dist: torch==2.11.0\n" in metadata
    assert f"License-Expression: {'GPL-3.0-or-later' if GPL else 'Apache-2.0'}\n" in metadata
    assert not [name for name in names if "/evaluation/" in name or name.endswith((".h", ".pyc", ".cmake"))]
    assert any(name.endswith("models/demo/unet.pt") for name in names) and "hyportrait/py.typed" in names
    licences = {Path(name).stem for name in names if "/licenses/" in name}
    wanted = {"ffmpeg", "opencv", "openh264", "svt-av1", "libvpx", "dav1d", "opus", "libjpeg-turbo", "libpng1.6", "libwebp",
              "tiff", "libheif", "libde265", "lcms2", "zlib", "nv-codec-headers", "fmtlib", "spdlog", "libssl-dev"}
    assert wanted <= licences and ("x264" in licences) == GPL


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file in a wheel or an archive."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            for name in wheel.namelist():
                yield name, wheel.read(name)
        return
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                yield member.name, file.read()


@pytest.mark.parametrize("path", [WHEEL, ARCHIVE], ids=["wheel", "archive"])
def test_no_file_names_a_folder_of_the_machine_that_built_it(path: Path) -> None:
    folders = [str(ROOT).encode(), str(Path.home()).encode() + b"/", b"/tmp/"]
    names = []
    for name, content in contents(path):
        found = [folder for folder in folders if folder in content]
        if b"/tmp/" in found and name.endswith((".py", "libhyportrait.so.0")):
            found.remove(b"/tmp/")  # a default of a library, not a path of the build
        assert not found, (name, found)
        names.append(name)
    assert any(name.endswith("bin/hyportrait") for name in names)


def test_the_library_needs_torch_and_the_system_alone() -> None:
    dynamic = subprocess.run(["readelf", "-dW", LIBRARY], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
    assert needed and not [name for name in needed if not ALLOWED.fullmatch(name)], needed
    path = re.search(r"R(?:UN)?PATH.*\[(.*)\]", dynamic)
    assert path is not None and all(part.startswith("$ORIGIN") for part in path[1].split(":")), path
    symbols = subprocess.run(["nm", "-DC", "--defined-only", LIBRARY], capture_output=True, text=True, check=True).stdout
    foreign = [line for line in symbols.splitlines()
               if re.search(r"\b(av_\w+|avcodec_\w+|sws_\w+|cv::|png_\w+|jpeg_\w+|spdlog::|fmt::|SSL_|EVP_)", line) and
               "hyportrait::" not in line and re.search(r" [TDBR] ", line)]
    assert foreign == []


def test_the_archive_finds_libtorch(tmp_path: Path) -> None:
    assert ARCHIVE.stat().st_size <= 35 << 20
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    command = next(tmp_path.iterdir()) / "hyportrait"
    inputs = ["--bundle", DEMO, "--ref", DEMO / "samples" / "portrait.png", "--drive", DEMO / "samples" / "clip.mp4"]
    words = [str(word) for word in [command, "animate", *inputs, "--max-frames", 2, "--steps", 1, "-o", tmp_path / "out.mp4"]]
    torch = find_spec("torch")
    assert torch is not None and torch.origin is not None
    bare = {"PATH": "/usr/bin:/bin"}  # Debian's python3, which has no torch
    missing = subprocess.run(words, env=bare, capture_output=True, text=True, check=False)
    assert missing.returncode == 1 and missing.stderr.count("\n") == 1, missing.stderr
    assert "needs LibTorch 2.11.0, and none was found" in missing.stderr
    assert subprocess.run([str(command), "--help"], env=bare, capture_output=True, check=False).returncode == 0
    done = subprocess.run(words, env={**bare, "LIBTORCH_ROOT": str(Path(torch.origin).parent)}, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr


def test_help_answers_at_once_and_version_says_what_is_inside() -> None:
    times = []
    for _ in range(15):
        begin = time.perf_counter()
        assert run("--help").returncode == 0
        times.append(time.perf_counter() - begin)
    assert statistics.median(times) <= 0.15, times
    assert re.search(r"hyportrait \d+\.\d+\.\d+ \([0-9a-f]{12}\)\nLibTorch 2\.11\.0, FFmpeg 5\.1", run("--version").stdout)


def test_the_demo_is_one_command(tmp_path: Path) -> None:
    done = run("animate", "--demo", "--max-frames", "3", "--steps", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    probed = subprocess.run([sys.executable, "-c", "import av, sys; print(av.open(sys.argv[1]).streams.video[0].codec.name)",
                             str(tmp_path / "demo.mp4")], capture_output=True, text=True, check=True).stdout
    assert probed == "h264\n"


def test_without_x265_hevc_says_what_is_missing(tmp_path: Path) -> None:
    asked = run("animate", "--demo", "--codec", "hevc", "-o", tmp_path / "out.mp4", "--dry-run")
    if GPL:
        assert asked.returncode == 0, asked.stderr
    else:
        assert asked.returncode == 2 and "has no encoder libx265; it has h264, av1" in asked.stderr, asked.stderr


@pytest.mark.parametrize("codec, ending", [("h264", "mp4"), ("av1", "mp4"), ("vp9", "webm"), ("prores", "mov"), ("auto", "gif"),
                                           ("auto", "webp")])
def test_its_encoders(tmp_path: Path, codec: str, ending: str) -> None:
    out = tmp_path / f"out.{ending}"
    done = run("animate", "--demo", "--max-frames", "3", "--steps", "1", "--codec", codec, "-o", out)
    assert done.returncode == 0, done.stderr
    assert run("inspect", out).returncode in (0, 3)  # decoded to its end


def test_beside_other_opencv_and_ffmpeg_in_one_process(tmp_path: Path) -> None:
    """cv2 and av first, then the library by ctypes: all three decode and encode."""
    shim = tmp_path / "shim.so"
    config = tmp_path / "include" / "hyportrait"
    config.mkdir(parents=True)
    version = re.match(r"hyportrait (\S+)", run("--version").stdout)
    assert version is not None
    (config / "version.h").write_text(f'#pragma once\n#define HYPORTRAIT_VERSION "{version[1]}"\n')
    (config / "config.h").write_text("#pragma once\n#define HYPORTRAIT_HAS_MEDIA 1\n")
    subprocess.run(["g++", "-std=c++20", "-shared", "-fPIC", f"-I{tmp_path / 'include'}", f"-I{ROOT / 'include'}",
                    str(Path(__file__).with_name("shim.cpp")), "-o", str(shim)], check=True)
    code = f"""
import ctypes, sys
import av, cv2, numpy as np
import torch  # whose LibTorch the library finds loaded
picture = cv2.imread({str(DEMO / 'samples' / 'portrait.png')!r})
library = ctypes.CDLL({str(LIBRARY)!r})
shim = ctypes.CDLL({str(shim)!r})
words = {[str(LIBRARY), str(DEMO), str(DEMO / 'samples' / 'portrait.png'), str(DEMO / 'samples' / 'clip.mp4'),
          str(tmp_path / 'ours.mp4')]!r}
assert shim.shim_animate(*[word.encode() for word in words]) == 0
frames = [frame.to_ndarray(format="bgr24") for frame in av.open(words[-1]).decode(video=0)]
assert len(frames) == 2 and frames[0].shape == picture.shape
assert cv2.imwrite({str(tmp_path / 'a.jpg')!r}, frames[0]) and cv2.GaussianBlur(picture, (5, 5), 1).shape == picture.shape
with av.open({str(tmp_path / 'theirs.mp4')!r}, "w") as target:
    stream = target.add_stream("mpeg4", rate=25)
    stream.width, stream.height, stream.pix_fmt = 512, 512, "yuv420p"
    for packet in [*stream.encode(av.VideoFrame.from_ndarray(frames[0], format="bgr24")), *stream.encode()]:
        target.mux(packet)
words[3], words[4] = {str(tmp_path / 'theirs.mp4')!r}, {str(tmp_path / 'again.mp4')!r}
print("code", shim.shim_animate(*[word.encode() for word in words]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ctypes.c_int(int(done.stdout.split()[-1])).value in (0, 3)  # a run, or no face in it: it was decoded


def test_the_package_is_this_wheels() -> None:
    import hyportrait

    assert hyportrait.__file__ is not None and Path(hyportrait.__file__).parent == PACKAGE
