# SPDX-License-Identifier: Apache-2.0
"""`doctor`: what it finds on this machine, with a damaged bundle, an FFmpeg without libx264, no LibTorch."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import BUILD, ROOT, Program

# Stands in front of the real libavcodec and hides two encoders from the program; everything else is the real
# library. It is what an FFmpeg built without them answers.
HIDE_X264 = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
const void *avcodec_find_encoder_by_name(const char *name) {
  if (strcmp(name, "libx264") == 0 || strcmp(name, "libopenh264") == 0) return 0;
  const void *(*real)(const char *) = (const void *(*)(const char *))dlsym(RTLD_NEXT, "avcodec_find_encoder_by_name");
  return real(name);
}
const void *avcodec_find_encoder(int codec) {
  const void *(*real)(int) = (const void *(*)(int))dlsym(RTLD_NEXT, "avcodec_find_encoder");
  return codec == 27 ? 0 : real(codec);  /* AV_CODEC_ID_H264 */
}
"""


@pytest.fixture
def bundle(tiny: Path, tmp_path: Path) -> Path:
    """A bundle of the test's own."""
    return shutil.copytree(tiny, tmp_path / "bundle")


def doctor(program: Program, bundle: Path) -> tuple[int, dict, str]:
    outcome = program("doctor", "--bundle", bundle, "--json")
    return outcome.code, json.loads(outcome.out), outcome.err


def test_a_healthy_machine(program: Program, bundle: Path) -> None:
    program.ok("doctor", "--bundle", bundle, "--write-self-test")
    code, report, err = doctor(program, bundle)
    assert code == 0, err
    assert report["passed"] and report["problems"] == []
    assert report["ffmpeg"]["encoders"]["h264"] == "libx264"
    assert report["versions"]["libtorch"].startswith("2.") and report["cpu"]["threads"] >= 1
    errors = report["self_test"]["errors"]["fp32"]
    assert set(errors) == {"identity", "appearance", "expression", "head_pose", "motion_refiner", "pose_guider",
                           "vae_encoder", "vae_decoder", "unet"}
    assert max(error["worst"] for error in errors.values()) < 1e-4
    table = program.ok("doctor", "--bundle", bundle).out
    assert "no problem found" in table and "h264 (libx264)" in table


def test_the_self_test_file_states_its_bounds(program: Program, bundle: Path) -> None:
    program.ok("doctor", "--bundle", bundle, "--write-self-test")
    stored = json.loads((bundle / "selftest.json").read_text())
    assert stored["format"] == 1 and set(stored["bounds"]) == {"fp32", "fp16", "bf16"}
    assert stored["bounds"]["fp32"] == 1e-3 < stored["bounds"]["bf16"]
    assert all(len(values) == 32 for values in stored["modules"].values())
    assert set(stored["errors"]["bf16"]) == {"appearance", "pose_guider", "vae_decoder", "unet"}


def test_networks_that_give_other_numbers_are_named(program: Program, bundle: Path) -> None:
    program.ok("doctor", "--bundle", bundle, "--write-self-test")
    stored = json.loads((bundle / "selftest.json").read_text())
    stored["modules"]["vae_decoder"] = [value * 1.01 + 0.01 for value in stored["modules"]["vae_decoder"]]
    (bundle / "selftest.json").write_text(json.dumps(stored))
    code, report, _ = doctor(program, bundle)
    assert code == 1 and len(report["problems"]) == 1
    assert "vae_decoder" in report["problems"][0]["problem"] and "fp32" in report["problems"][0]["problem"]
    (bundle / "selftest.json").write_text("{")
    code, report, _ = doctor(program, bundle)
    assert code == 1 and "selftest.json" in report["problems"][0]["problem"]


def test_without_a_gpu_it_says_so_and_loads_no_cuda(program: Program, bundle: Path) -> None:
    if Path("/proc/driver/nvidia").exists():
        pytest.skip("SKIPPED: this machine has an NVIDIA driver")
    run = subprocess.run([program.path, "doctor", "--bundle", bundle, "--json"], capture_output=True, text=True,
                         env=os.environ | {"LD_DEBUG": "files"}, check=False)
    report = json.loads(run.stdout)
    assert report["gpu"] is None and any("NVIDIA driver" in note for note in report["notes"])
    assert "libtorch_cpu.so" in run.stderr and "libtorch_cuda.so" not in run.stderr


@pytest.mark.parametrize("version, fix", [(11040, "NVIDIA driver for CUDA"), (99000, "make a GPU visible")])
def test_a_driver_without_a_usable_gpu(program: Program, bundle: Path, tmp_path: Path, version: int, fix: str) -> None:
    """A driver library of a few lines that has no GPU, and the real LibTorch, which loads its CUDA part for it."""
    if Path("/proc/driver/nvidia").exists() or not list(ROOT.glob(".venv/lib/*/site-packages/torch/lib/libtorch_cuda.so")):
        pytest.skip("SKIPPED: needs a LibTorch with CUDA and no NVIDIA driver")
    source = tmp_path / "driver.c"
    source.write_text(f"int cuDriverGetVersion(int *v) {{ *v = {version}; return 0; }}\n"
                      "int cuInit(unsigned flags) { return 100; }\n")  # CUDA_ERROR_NO_DEVICE
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "libcuda.so.1", source], check=True)
    run = subprocess.run([program.path, "doctor", "--bundle", bundle, "--json"], capture_output=True, text=True,
                         env=os.environ | {"LD_LIBRARY_PATH": str(tmp_path)}, check=False)
    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    assert report["gpu"]["driver_supports_cuda"] == f"{version // 1000}.{version % 1000 // 10}"
    assert len(report["problems"]) == 1 and fix in report["problems"][0]["fix"], report["problems"]


def test_a_damaged_bundle_is_named_with_its_cure(program: Program, bundle: Path) -> None:
    network = bundle / "unet.pt"
    data = bytearray(network.read_bytes())
    data[len(data) // 2] ^= 0xFF
    network.write_bytes(data)
    code, report, err = doctor(program, bundle)
    assert code == 1 and err == "error: 1 problem; its fix is above\n"
    assert "unet" in report["problems"][0]["problem"] and "sha256" in report["problems"][0]["problem"]
    assert "copy or export" in report["problems"][0]["fix"]
    assert report["ffmpeg"]["encoders"]["h264"]  # the rest was looked at all the same


def test_an_ffmpeg_without_libx264(program: Program, bundle: Path, tmp_path: Path) -> None:
    source, shim = tmp_path / "hide.c", tmp_path / "hide.so"
    source.write_text(HIDE_X264)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    run = subprocess.run([program.path, "doctor", "--bundle", bundle, "--json"], capture_output=True, text=True,
                         env=os.environ | {"LD_PRELOAD": str(shim)}, check=False)
    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    assert report["ffmpeg"]["encoders"]["h264"] is None and report["ffmpeg"]["encoders"]["vp9"]
    assert len(report["problems"]) == 1
    assert "libx264" in report["problems"][0]["problem"] and "libavcodec-extra" in report["problems"][0]["fix"]


def test_without_libtorch_it_says_where_to_put_it(tmp_path: Path) -> None:
    """The program's own files without the library beside them."""
    (tmp_path / "bin").mkdir()
    program = shutil.copy(BUILD / "bin" / "hyportrait", tmp_path / "bin")
    run = subprocess.run([program, "doctor"], capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "libtorch" in run.stdout and "fix:" in run.stdout
