#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times this program and the code that it must beat, with the same weights and inputs, in one run.

    bench_reference.py --original DIR [--size N] [--device cpu|cuda] [--dtype D] ...
    bench_reference.py --demo [--bundle DIR] ...

--original: one window-step of the original's own U-Net (three branches; DIR is a checkout of
Tencent-Hunyuan/HunyuanPortrait) against the exported U-Net in C++ (the two branches of the default
guidance), seeded weights at the official sizes. --demo: a clip of the demo's sizes from crops to RGB,
hyportrait.export.networks run eagerly in Python with three branches against the functions that `animate` calls in
C++, and against `animate` as a whole. Each prints both times, their ratio, and the max difference of
the results. Only one process at a time holds weights: 7 GB at the official sizes in fp32, and as much on disk.

Exit 6 when results differ by more than 1e-3 in fp32; 1 when something is missing.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
if __name__ == "__main__" and VENV.is_dir() and Path(sys.prefix).resolve() != VENV.resolve():
    os.execv(VENV / "bin" / "python", [str(VENV / "bin" / "python"), *sys.argv])
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "python")]

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import tempfile
import time

import numpy as np
from safetensors.numpy import load_file, save_file

from hyportrait.export.bundle import DTYPES
from hyportrait.export.command_line import add_json, image_size, positive, write_json
from hyportrait.export.presets import PRESETS, Preset
from hyportrait.export.unet_call import TENSORS, shapes
from parity.case_bundle import write_case_bundle
from reference import eager_clip

Arrays = dict[str, np.ndarray]
BOUND = 1e-3  # max difference, in fp32
PROGRAMS = ROOT / "build" / "release" / "bin"
REQUIREMENTS = ROOT / "scripts" / "reference" / "requirements.txt"
STEP, STEPS = 8, 25  # the step to time; all steps take the same time
# hyportrait sets these before it loads LibTorch (src/cli/library.cpp, Note [Reused memory]).
REUSED_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(512 << 20)}


class BenchError(Exception):
    """What is missing, and what to do."""


def run(command: list, threads: int, **environment: str) -> tuple[float, float]:
    """Runs a command. Returns wall and processor seconds. Raises BenchError with its last line of output."""
    fixed = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive", "PYTHONWARNINGS": "ignore"}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False,
        env=os.environ | fixed | environment,
    )  # fmt: skip
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchError(f"{Path(str(command[0])).name}: exit {done.returncode}: {last}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_python(interpreter: Path, script: str, job: dict, arrays: Arrays, scratch: Path) -> Arrays:
    """Runs a script of reference/ with a JOB.json; returns its arrays."""
    job |= {"inputs": str(scratch / "in.npz"), "outputs": str(scratch / "out.npz")}
    np.savez(job["inputs"], **arrays)
    (scratch / "job.json").write_text(json.dumps(job))
    run([interpreter, ROOT / "scripts" / "reference" / script, scratch / "job.json"], job["threads"])
    with np.load(job["outputs"]) as stored:
        return dict(stored)


def run_case(program: Path, case: str, arrays: Arrays, bundle: Path, threads: int) -> Arrays:
    """Runs one case of hyportrait-parity; returns its arrays."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.safetensors", Path(folder) / "out.safetensors"
        save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, source)
        run([program, case, source, target, "--bundle", bundle], threads, **REUSED_MEMORY)
        return load_file(target)


def unet_inputs(preset: Preset, size: int, frames: int, seed: int) -> Arrays:
    """One window at a medium noise level: float32 values that half precision can represent."""
    random = np.random.default_rng(seed)
    sigma = eager_clip.sigmas(preset.config["sampler"] | {"steps": STEPS})[STEP]
    given = {
        "timestep": np.array(0.25 * np.log(sigma), np.float32),
        "added_ids": np.array(preset.config["added_ids"], np.float32),
    }

    def normal(shape: tuple[int, ...]) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float16).astype(np.float32)

    described = shapes(preset.config, size, frames)
    return {name: given[name] if name in given else normal(shape) for name, shape in described.items()}


def original_python(options: argparse.Namespace) -> Path:
    """The interpreter that has the original's packages."""
    interpreter = options.python or options.original / ".venv" / "bin" / "python"
    check = [str(interpreter), "-c", "import diffusers, einops, transformers"]
    if not interpreter.exists() or subprocess.run(check, capture_output=True, check=False).returncode != 0:
        raise BenchError(
            f"{interpreter}: is not there or lacks the original's packages; make it with\n"
            f"  python3 -m venv {options.original}/.venv && {options.original}/.venv/bin/python -m pip "
            f"install -r {REQUIREMENTS}\nor name another one with --python"
        )
    return interpreter


def write_unet_bundle(options: argparse.Namespace, folder: Path) -> Path:
    """A bundle with a real U-Net, written in a separate process that frees the weights' memory."""
    bundle = folder / f"unet-{options.preset}-{options.seed}-{options.dtype}"
    if not bundle.exists():
        arguments = (bundle, options.preset, options.seed, frozenset({"unet"}), DTYPES[options.dtype])
        process = multiprocessing.get_context("spawn").Process(target=write_case_bundle, args=arguments)
        process.start()
        process.join()
        if process.exitcode != 0:
            raise BenchError(f"{bundle}: the weights could not be written")
    return bundle


def guided(branches: np.ndarray, weights: list[float]) -> np.ndarray:
    return np.tensordot(np.array(weights, np.float32), branches, axes=1)


def compare_unet(options: argparse.Namespace, scratch: Path) -> dict:
    """Times the original's U-Net, then ours; the first call of each does not count."""
    interpreter = original_python(options)
    preset = PRESETS[options.preset]()
    scale = preset.config["guidance"]["appearance"][0]  # the same for motion: the middle branch is 0
    arrays = unet_inputs(preset, options.size, options.frames, options.seed)
    job = {"original": str(options.original.resolve()), "repeats": options.repeats + 1}
    job |= {name: getattr(options, name) for name in ("preset", "seed", "device", "dtype", "threads")}
    theirs = run_python(interpreter, "original_unet.py", job, arrays, scratch)

    bundle = write_unet_bundle(options, options.work or scratch)
    numbered = {str(i): arrays[name] for i, name in enumerate(TENSORS)}
    flags = np.array([0, 1], np.uint8)  # u and c
    numbered |= {"7": flags, "8": flags, "repeats": np.array(options.repeats + 1)}
    numbered["cuda"] = np.array(options.device.startswith("cuda"), np.int64)
    ours = run_case(options.program, "time_unet", numbered, bundle, options.threads)

    u, d, c = theirs["output"]
    expected = u + scale * (d - u) + scale * (c - d)
    difference = np.abs(guided(ours["output"][:, 0], [1 - scale, scale]) - expected)
    title = (
        f"one window-step of the U-Net: {options.preset} size, {options.size} px, {options.frames} frames, "
        f"{options.device} {options.dtype}, {options.threads} thread(s), median of {options.repeats}"
    )
    rows = {"original, 3 branches": theirs, "hyportrait, 2 branches": ours}
    return report(title, {k: timing(v, 1) for k, v in rows.items()}, difference, expected)


def clip_inputs(config: dict, frames: int, seed: int) -> Arrays:
    """Noise pictures with the crops' sizes, and one frame's noise repeated for all frames."""
    random = np.random.default_rng(seed)
    side, crop = config["image_size"], config["crop"]["motion_size"]

    def picture(*shape: int) -> np.ndarray:
        return random.integers(0, 256, (*shape, 3), dtype=np.uint8)

    latent = (config["latent"]["channels"], *[side // config["latent"]["downsample"]] * 2)
    noise = random.standard_normal((1, *latent)).astype(np.float32)
    return {
        "portrait": picture(side, side),
        "aligned_face": random.random((112, 112, 3), dtype=np.float32),
        "faces": picture(frames, crop, crop),
        "heads": picture(frames, crop, crop),
        "noise": np.repeat(noise, frames + 2 * config["window"]["padding"], axis=0),
    }


def time_animate(options: argparse.Namespace, bundle: Path, scratch: Path) -> Arrays:
    """The whole program on drawn pictures: start, decoding, detection, networks, encoding."""
    run([sys.executable, ROOT / "scripts/draw_samples.py", "--out", scratch, "--frames", options.clip_frames],
        options.threads)  # fmt: skip
    command = [options.program.with_name("hyportrait"), "animate", "--bundle", bundle, "--quiet",
               "--device", "cpu", "--ref", scratch / "portrait.png", "--drive", scratch / "clip.mp4",
               "-o", scratch / "out.mp4"]  # fmt: skip
    wall, cpu = run(command, options.threads)
    return {"wall": np.array([wall]), "cpu": np.array([cpu])}


def compare_clip(options: argparse.Namespace, scratch: Path) -> dict:
    """The demo's clip: eager in Python, the same crops in C++, and the whole program."""
    bundle = options.bundle
    if bundle is None:
        bundle = scratch / "untrained-demo"
        eager_clip.write_untrained(bundle, options.seed)
    config = json.loads((bundle / "manifest.json").read_text())["config"]
    arrays = clip_inputs(config, options.clip_frames, options.seed)
    job = {"bundle": str(bundle.resolve()), "threads": options.threads}
    eager = run_python(Path(sys.executable), "eager_clip.py", job, arrays, scratch)
    ours = run_case(options.program, "time_clip", arrays, bundle, options.threads)
    rows = {
        "hyportrait.export.networks, eager, 3 branches": eager,
        "hyportrait, the same from crops to RGB": ours,
        "hyportrait animate, the whole program": time_animate(options, bundle, scratch),
    }
    title = (
        f"a clip of the demo: {options.clip_frames} frames, {config['image_size']} px, "
        f"{config['sampler']['steps']} steps, cpu fp32, {options.threads} thread(s)"
    )
    difference = np.abs(ours["decoded"] - eager["decoded"])
    return report(title, {k: timing(v, 0) for k, v in rows.items()}, difference, eager["decoded"])


def timing(arrays: Arrays, skipped: int) -> dict:
    """Seconds of the calls after the first `skipped`."""
    wall, cpu = (arrays[name][skipped:].tolist() for name in ("wall", "cpu"))
    return {"median": statistics.median(wall), "min": min(wall), "max": max(wall),
            "processor": statistics.median(cpu)}  # fmt: skip


def report(title: str, rows: dict[str, dict], difference: np.ndarray, expected: np.ndarray) -> dict:
    """Prints the table, with ratios to the first row; returns its figures."""
    base = next(iter(rows.values()))
    print(f"{title}\n{'':40}{'seconds':>10}{'min':>9}{'max':>9}{'processor':>11}{'ratio':>8}{'(processor)':>13}")
    for name, row in rows.items():
        row["ratio"] = base["median"] / row["median"]
        row["processor_ratio"] = base["processor"] / row["processor"]
        print(f"{name:40}{row['median']:10.3f}{row['min']:9.3f}{row['max']:9.3f}{row['processor']:11.3f}"
              f"{row['ratio']:8.2f}{row['processor_ratio']:13.2f}")  # fmt: skip
    largest = float(np.abs(expected).max())
    print(f"max difference {difference.max():.2e} (values up to {largest:.3g})\n", flush=True)
    return {"title": title, "rows": rows, "difference": float(difference.max()), "largest": largest}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--original", type=Path, metavar="DIR", help="time the original's U-Net in this checkout")
    parser.add_argument("--demo", action="store_true", help="time a clip of the demo's sizes")
    parser.add_argument("--preset", choices=("full", "parity"), default="full", help="sizes of the U-Net (full)")
    parser.add_argument("--size", type=image_size, default=512, help="pixels, a multiple of 64 (512)")
    parser.add_argument("--frames", type=positive, default=25, help="frames of the window (25)")
    parser.add_argument("--device", default="cpu", help="of the U-Net: cpu or cuda (cpu)")
    parser.add_argument("--dtype", choices=sorted(DTYPES), default="fp32", help="of the U-Net (fp32)")
    parser.add_argument("--repeats", type=positive, default=3, help="timed calls after one to warm up (3)")
    parser.add_argument("--threads", type=positive, default=1, help="of each side (1)")
    parser.add_argument("--seed", type=int, default=1, help="of weights and inputs (1)")
    parser.add_argument("--clip-frames", type=positive, default=50, help="frames of the demo's clip (50)")
    parser.add_argument("--bundle", type=Path, help="for --demo: a bundle of the demo's sizes (untrained weights)")
    parser.add_argument("--python", type=Path, help="interpreter of the original (DIR/.venv/bin/python)")
    parser.add_argument("--program", type=Path, default=PROGRAMS / "hyportrait-parity",
                        help="hyportrait-parity, with hyportrait beside it (build/release/bin)")  # fmt: skip
    parser.add_argument("--work", type=Path, help="keep the weights' bundle in this folder (a temporary one)")
    add_json(parser)
    options = parser.parse_args()
    if not options.original and not options.demo:
        parser.error("nothing to time: --original DIR, --demo or both")
    return options


def main() -> int:
    options = parse()
    figures = []
    try:
        if not options.program.exists():
            raise BenchError(f"{options.program}: not built; build it (target hyportrait_parity) or pass --program")
        with tempfile.TemporaryDirectory(prefix="bench-reference-") as folder:
            if options.original:
                figures.append(compare_unet(options, Path(folder)) | {"dtype": options.dtype})
            if options.demo:
                figures.append(compare_clip(options, Path(folder)) | {"dtype": "fp32"})
    except (BenchError, OSError) as error:
        print(f"bench_reference.py: {error}", file=sys.stderr)
        return 1
    write_json(options.json, figures)
    wrong = [f for f in figures if f["dtype"] == "fp32" and not f["difference"] <= BOUND]
    for figure in wrong:
        print(f"bench_reference.py: the results differ by more than {BOUND}: {figure['title']}", file=sys.stderr)
    return 6 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
