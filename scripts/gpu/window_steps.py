# SPDX-License-Identifier: Apache-2.0
"""Times one window-step of a bundle's U-Net in several forms, one after the other, on one device.

Usage: window_steps.py --bundle DIR --json FILE [--device cuda] [--original DIR] [--repeats 7] ...

The same weights and inputs for all: the original's own U-Net (three branches; --original is a checkout of
Tencent-Hunyuan/HunyuanPortrait whose packages this interpreter has), the bundle's TorchScript and its
compiled package (two branches), and matrix products of random numbers for the device's peak. The
compiled package's largest kernels follow. FILE is rewritten after each part.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch import Tensor

from export import compile as compiler
from export.bundle import DTYPES, read_manifest
from export.count_flops import count

BRANCHES = [(False, False), (True, True)]  # u and c: those of a guided step
KERNELS = 10


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def times(call: Callable[[], Any], device: str, repeats: int, warm_up: int = 2) -> dict[str, float]:
    """Median and range, seconds."""
    samples = []
    with torch.inference_mode():
        for i in range(warm_up + repeats):
            synchronize(device)
            begin = time.perf_counter()
            call()
            synchronize(device)
            if i >= warm_up:
                samples.append(time.perf_counter() - begin)
    return {"seconds": statistics.median(samples), "lowest": min(samples), "highest": max(samples)}


def matrix_product(device: str, dtype: torch.dtype) -> float:
    """FLOP/s of a large product of random numbers (of zeros a GPU computes faster)."""
    side = 8192 if device == "cuda" else 1024
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return 2 * side**3 / times(lambda: a @ b, device, 20, 5)["seconds"]


def original(job: argparse.Namespace, weights: dict[str, Tensor], inputs: tuple[Tensor, ...]) -> dict:
    """The original's U-Net; its arguments as scripts/reference/original_unet.py makes them."""
    from reference import original_unet

    sys.path.insert(0, str(job.original))
    with torch.device("meta"):
        unet = original_unet.build(job.preset)
    unet = unet.to(DTYPES[job.dtype]).to_empty(device=job.device).eval().requires_grad_(False)
    unknown = unet.load_state_dict(weights, strict=False)
    names = ("latents", "timestep", "reference", "appearance", "motion", "pose_feature", "added_ids")
    arguments, options = original_unet.call_arguments(dict(zip(names, inputs)))
    result = times(lambda: unet(*arguments, **options), job.device, job.repeats)
    return result | {"branches": 3, "weights_not_given": len(unknown.missing_keys)}


def scripted_unet(job: argparse.Namespace, manifest: dict[str, Any]) -> torch.jit.ScriptModule:
    file = job.bundle / manifest["modules"]["unet"]["file"]
    return torch.jit.load(str(file), map_location=job.device).to(DTYPES[job.dtype]).eval()


def package(job: argparse.Namespace, manifest: dict[str, Any], weights: dict[str, Tensor]) -> Callable:
    """The compiled package for u and c of these sizes, with the bundle's weights."""
    folder = compiler.cache_folder(manifest["modules"]["unet"]["sha256"], job.device, job.dtype)
    index = json.loads((folder / "index.json").read_text())
    flags = [[r for r, _ in BRANCHES], [m for _, m in BRANCHES]]
    entry = next(e for e in index["packages"] if e["flags"] == flags and e["shapes"][0][3] * 8 == job.size)
    constants = {}
    for name, recipe in index["weights"].items():
        parts = [weights[part] for part in recipe["of"]]
        whole = torch.cat(parts) if len(parts) > 1 else parts[0]
        laid = torch.empty_strided(whole.shape, recipe["strides"], dtype=whole.dtype, device=whole.device)
        constants[name] = laid.copy_(whole)
    index_of_gpu = 0 if job.device == "cuda" else -1
    runner = torch._C._aoti.AOTIModelPackageLoader(str(folder / entry["file"]), "model", False, 1, index_of_gpu)
    constants = {name: constants[name] for name in runner.get_constant_fqns()}
    runner.load_constants(constants, False, True, True)

    def run(*inputs: Tensor) -> Tensor:
        assert constants  # which the runner only points to, live as long as this function
        return runner.run(list(inputs))[0]

    return run


def largest_kernels(call: Callable[[], Any]) -> dict[str, Any]:
    """Of one call: milliseconds and launches by kernel, the largest first."""
    from torch.profiler import ProfilerActivity, profile

    with torch.inference_mode(), profile(activities=[ProfilerActivity.CUDA]) as profiler:
        call()
        torch.cuda.synchronize()
    rows = [
        {"kernel": event.key, "launches": event.count, "ms": event.self_device_time_total / 1e3}
        for event in profiler.key_averages()
    ]
    rows.sort(key=lambda row: -row["ms"])
    return {
        "kernels": sum(row["launches"] for row in rows),
        "busy_ms": sum(row["ms"] for row in rows),
        "largest": rows[:KERNELS],
        "all": rows,
    }


def distance(found: Tensor, expected: Tensor) -> float:
    return ((found.float() - expected.float()).norm() / expected.float().norm()).item()


def compiled_part(job: argparse.Namespace, manifest: dict[str, Any], weights: dict[str, Tensor],
                  inputs: tuple[Tensor, ...], scripted: Callable, with_rate: Callable) -> dict[str, Any]:  # fmt: skip
    run = package(job, manifest, weights)
    flags = [[r for r, _ in BRANCHES], [m for _, m in BRANCHES]]
    with torch.inference_mode(), torch.jit.optimized_execution(False):
        apart = distance(run(*inputs), scripted(*inputs, *flags))
    result = with_rate(times(lambda: run(*inputs), job.device, job.repeats))
    result["distance_from_torchscript"] = apart
    if job.device == "cuda":
        result["profile"] = largest_kernels(lambda: run(*inputs))
    return result


class Report:
    """What was found so far, in the file after each part; a part that fails says why and ends alone."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.found: dict[str, Any] = {}

    def part(self, name: str, work: Callable[[], Any]) -> Any:
        try:
            result = work()
        except Exception as error:  # whatever it is, the next part can be measured
            result, self.found[name] = None, {"failed": f"{type(error).__name__}: {str(error)[:500]}"}
        else:
            self.found[name] = result
        self.file.write_text(json.dumps(self.found, indent=1) + "\n")
        print(name, json.dumps(self.found[name])[:1200], flush=True)
        return result


def measure(job: argparse.Namespace) -> None:
    report, dtype = Report(job.json), DTYPES[job.dtype]
    manifest = read_manifest(job.bundle)
    config = manifest["config"]
    flop = sum(count(config, job.size, config["window"]["frames"]).values())
    report.part("window_step_tflop", lambda: flop / 1e12)
    peak = report.part("matrix_product_flop_per_second", lambda: matrix_product(job.device, dtype))

    def with_rate(result: dict[str, Any]) -> dict[str, Any]:
        rate = flop / result["seconds"]
        return result | {"tflop_per_second": rate / 1e12, "share_of_matrix_product": rate / peak}

    scripted = scripted_unet(job, manifest)
    weights = {name: value.detach() for name, value in scripted.state_dict().items()}
    torch.manual_seed(0)
    inputs = compiler.example_inputs(config, job.size, config["window"]["frames"], job.device, dtype)
    flags = [[r for r, _ in BRANCHES], [m for _, m in BRANCHES]]

    def torchscript() -> dict[str, Any]:
        with torch.jit.optimized_execution(False):
            return with_rate(times(lambda: scripted(*inputs, *flags), job.device, job.repeats))

    report.part("torchscript", torchscript)
    report.part("compiled", lambda: compiled_part(job, manifest, weights, inputs, scripted, with_rate))
    if job.device == "cuda":
        report.part("kernels_of_torchscript",
                    lambda: largest_kernels(lambda: scripted(*inputs, *flags)))  # fmt: skip
    if job.original:
        report.part("original", lambda: original(job, weights, inputs))
    report.part("matrix_product_again", lambda: matrix_product(job.device, dtype))


def main() -> int:
    parser = argparse.ArgumentParser(description="Times one window-step of the U-Net in several forms.")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True, help="file for what was found")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="(cuda)")
    parser.add_argument("--dtype", choices=sorted(DTYPES), default="fp16", help="(fp16)")
    parser.add_argument("--size", type=int, default=512, help="px (512)")
    parser.add_argument("--preset", default="full", help="sizes of the original's U-Net (full)")
    parser.add_argument("--original", type=Path, help="checkout of the original, to time it too")
    parser.add_argument("--repeats", type=int, default=7, help="calls that count (7)")
    measure(parser.parse_args())
    return 0


if __name__ == "__main__":
    sys.exit(main())
