# SPDX-License-Identifier: Apache-2.0
"""`cmake --install` gives a program that runs from its prefix and a library that others can use."""

import os
import subprocess
from pathlib import Path

from conftest import BUILD, ROOT, frame_times


def run(*command: object) -> str:
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def test_program_library_headers_and_config_are_installed(tiny: Path, samples: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    run("cmake", "--install", BUILD, "--prefix", prefix)
    program = prefix / "bin" / "hyportrait"
    share = prefix / "share"
    for name in ("bash-completion/completions/hyportrait", "zsh/site-functions/_hyportrait",
                 "fish/vendor_completions.d/hyportrait.fish", "man/man1/hyportrait.1"):
        assert "hyportrait" in (share / name).read_text(), name
    media = ["--ref", samples / "portrait.png", "--drive", samples / "clip.mp4"]
    run(program, "animate", "--bundle", tiny, *media, "-o", tmp_path / "program.mp4", "--max-frames", "2", "--steps", "1")
    assert len(frame_times(tmp_path / "program.mp4")) == 2

    build = tmp_path / "consumer"
    run("cmake", "-S", ROOT / "tests" / "consumer", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", build)
    out = tmp_path / "out"
    out.mkdir()
    embedder = subprocess.run([build / "consumer", tiny, samples / "portrait.png", samples / "clip.mp4", out],
                              capture_output=True, text=True, check=False)
    assert embedder.returncode == 0, embedder.stderr
    assert embedder.stderr == ""  # the log went to the embedder
    assert len(frame_times(out / "out.mp4")) == 2


def test_a_package_runs_with_libtorch_beside_it(tiny: Path, samples: Path, tmp_path: Path) -> None:
    """cpack's archive, unpacked elsewhere, takes LibTorch from the folder beside bin before any other place."""
    run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", tmp_path)
    archive = next(tmp_path.glob("hyportrait-*.tar.gz"))
    assert archive.stat().st_size < 60e6
    run("tar", "-xzf", archive, "-C", tmp_path)
    folder = tmp_path / archive.name.removesuffix(".tar.gz")
    torch = next((ROOT / ".venv" / "lib").glob("python3.*/site-packages/torch"))
    (folder / "libtorch").symlink_to(torch)
    media = ["--ref", samples / "portrait.png", "--drive", samples / "clip.mp4"]
    command = [folder / "bin" / "hyportrait", "animate", "--bundle", tiny, *media, "-o", tmp_path / "out.mp4",
               "--max-frames", "2", "--steps", "1"]
    outcome = subprocess.run([str(word) for word in command], env=os.environ | {"LD_DEBUG": "libs"}, check=True,
                             capture_output=True, text=True)
    tried = [line.split("trying file=")[1] for line in outcome.stderr.splitlines() if "trying file=" in line]
    loaded = next(path for path in tried if path.endswith("libtorch_cpu.so") and Path(path).exists())
    assert loaded.startswith(str(folder)), loaded
    assert len(frame_times(tmp_path / "out.mp4")) == 2


def test_public_headers_name_no_foreign_type() -> None:
    for header in (ROOT / "include" / "hyportrait").glob("*.h*"):
        for line in header.read_text().splitlines():
            if line.startswith("#include"):
                assert "/" not in line or "<hyportrait/" in line, f"{header.name}: {line}"
                assert not any(word in line for word in ("torch", "opencv", "libav", "nlohmann", "spdlog"))
