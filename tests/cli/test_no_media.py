# SPDX-License-Identifier: Apache-2.0
"""The build without OpenCV and FFmpeg, and how CMake decides for it. Runs with HYPORTRAIT_FULL=1."""

import os
import subprocess
from pathlib import Path

import pytest

from conftest import BUILD, ROOT, Program

pytestmark = pytest.mark.skipif(os.environ.get("HYPORTRAIT_FULL") != "1" or BUILD.name != "no-media",
                                reason="SKIPPED: needs HYPORTRAIT_FULL=1 HYPORTRAIT_BUILD=build/no-media")


def test_nothing_of_opencv_or_ffmpeg_is_linked() -> None:
    needed = subprocess.run(["readelf", "-d", BUILD / "lib" / "libhyportrait.so"], capture_output=True, text=True,
                            check=True).stdout
    assert "libtorch_cpu" in needed
    assert not any(name in needed for name in ("libav", "libsw", "opencv"))


def test_it_has_the_commands_that_need_no_media(program: Program, tiny: Path) -> None:
    text = program.ok("--help").out
    assert "bench" in text and "bundle" in text and "animate" not in text.replace("no animate", "")
    assert program.ok("bundle", "info", tiny).out.startswith("name ")
    assert program("animate").code == 2


def compile_user(folder: Path, body: str) -> subprocess.CompletedProcess:
    """A program that uses the library of this build."""
    source = folder / "user.cpp"
    source.write_text(f"#include <hyportrait/api.h>\nint main() {{ {body} }}\n")
    return subprocess.run(["g++", "-std=c++20", f"-I{ROOT / 'include'}", f"-I{BUILD / 'include'}", source, "-o",
                           folder / "user", f"-L{BUILD / 'lib'}", "-lhyportrait", "-Wl,--unresolved-symbols=report-all",
                           "-Wl,--allow-shlib-undefined"], capture_output=True, text=True, check=False)


def test_the_headers_declare_only_what_can_be_linked(tmp_path: Path) -> None:
    linked = compile_user(tmp_path, "static_assert(!HYPORTRAIT_HAS_MEDIA); hyportrait::set_log_sink({}); "
                                    "hyportrait::run_bench({}, {}); return hyportrait::bundle_info({}).name.empty();")
    assert linked.returncode == 0, linked.stderr
    for name in ("animate", "plan_run", "batch", "compare", "inspect", "measure", "diagnose", "route_ffmpeg_log"):
        refused = compile_user(tmp_path, f"auto* function = &hyportrait::{name}; return function == nullptr;")
        assert refused.returncode != 0 and "is not a member of" in refused.stderr, refused.stderr


def configure(folder: Path, media: str, *, opencv: bool, ffmpeg: bool) -> tuple[int, str]:
    environment = dict(os.environ)
    if not ffmpeg:
        environment["PKG_CONFIG_LIBDIR"] = str(folder / "none")
    run = subprocess.run(["cmake", "-S", ROOT, "-B", folder / "build", "-G", "Ninja", f"-DHYPORTRAIT_MEDIA={media}",
                          f"-DCMAKE_DISABLE_FIND_PACKAGE_OpenCV={'OFF' if opencv else 'ON'}"],
                         capture_output=True, text=True, env=environment, check=False)
    return run.returncode, " ".join((run.stdout + run.stderr).split())


def targets(folder: Path) -> str:
    return (folder / "build" / "build.ninja").read_text()


def test_neither_is_there(tmp_path: Path) -> None:
    code, text = configure(tmp_path, "AUTO", opencv=False, ffmpeg=False)
    assert code == 0 and "no `animate`" in text and "libopencv-dev" in text and "libavformat-dev" in text
    assert "hyportrait_bench" in targets(tmp_path) and "hyportrait_metrics" not in targets(tmp_path)


@pytest.mark.parametrize("opencv, ffmpeg, named", [(False, True, "libopencv-dev"), (True, False, "libavformat-dev")])
def test_one_is_missing(tmp_path: Path, opencv: bool, ffmpeg: bool, named: str) -> None:
    code, text = configure(tmp_path, "AUTO", opencv=opencv, ffmpeg=ffmpeg)
    assert code != 0 and named in text and "-DHYPORTRAIT_MEDIA=OFF" in text


def test_both_are_there(tmp_path: Path) -> None:
    code, _ = configure(tmp_path, "AUTO", opencv=True, ffmpeg=True)
    assert code == 0 and "hyportrait_metrics" in targets(tmp_path)


def test_media_is_insisted_on(tmp_path: Path) -> None:
    code, text = configure(tmp_path, "ON", opencv=False, ffmpeg=False)
    assert code != 0 and "libopencv-dev" in text
