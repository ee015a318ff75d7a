# SPDX-License-Identifier: Apache-2.0
"""Times one window-step of a bundle's U-Net in several forms on one device.

Usage: window_steps.py --bundle DIR --json FILE [--device cuda] [--original DIR] [--repeats 7] ...

All forms get the same weights and inputs: the original's own U-Net (three branches; --original is a checkout
of Tencent-Hunyuan/HunyuanPortrait, and this interpreter must have its packages), the bundle's TorchScript and
its compiled package (two branches). Matrix products of random numbers give the device's peak rate. The report
also lists the compiled package's most expensive kernels. FILE is rewritten after each part.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch
from torch import Tensor

from cost.count_flops import count
from gpu.timing import seconds
from hyportrait.export import compile as compiler
from hyportrait.export.bundle import DTYPES, read_manifest
from hyportrait.export.command_line import image_size
from hyportrait.export.unet_call import GUIDED, TENSORS, example_inputs, flags

KERNELS = 10


def times(call: Callable[[], Any], device: str, repeats: int, warm_up: int = 2) -> dict[str, float]:
    """Median and range, seconds."""
    samples = seconds(call, device, repeats, warm_up)
    return {"seconds": statistics.median(samples), "min": min(samples), "max": max(samples)}


def matrix_product(device: str, dtype: torch.dtype) -> float:
    """FLOP/s of a large product of random numbers (with zeros a GPU is faster)."""
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
    arguments, options = original_unet.call_arguments(dict(zip(TENSORS, inputs)))
    result = times(lambda: unet(*arguments, **options), job.device, job.repeats)
    return result | {"branches": 3, "weights_not_given": len(unknown.missing_keys)}


def package(job: argparse.Namespace, manifest: dict[str, Any], weights: dict[str, Tensor]) -> Callable:
    """The compiled package for u and c of these sizes, with the bundle's weights."""
    folder = compiler.cache_folder(manifest["modules"]["unet"]["sha256"], job.device, job.dtype)
    index = json.loads((folder / "index.json").read_text())
    fitting = (entry for entry in index["packages"]
               if entry["flags"] == list(flags(GUIDED)) and entry["shapes"][0][3] * 8 == job.size)  # fmt: skip
    return compiler.load_package(folder / next(fitting)["file"], index, weights, job.device)


def largest_kernels(call: Callable[[], Any]) -> dict[str, Any]:
    """Milliseconds and launches by kernel of one call, the most expensive first."""
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


def compiled_part(job: argparse.Namespace, manifest: dict[str, Any], weights: dict[str, Tensor],
                  inputs: tuple[Tensor, ...], scripted: torch.jit.ScriptModule, with_rate: Callable) -> dict[str, Any]:  # fmt: skip
    run = package(job, manifest, weights)
    apart = compiler.distance(run, scripted, inputs, GUIDED)
    result = with_rate(times(lambda: run(*inputs), job.device, job.repeats))
    result["distance_from_torchscript"] = apart
    if job.device == "cuda":
        result["profile"] = largest_kernels(lambda: run(*inputs))
    return result


class Report:
    """The results so far, written to the file after each part. If a part fails, its error is recorded and the
    others still run."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.found: dict[str, Any] = {}

    def part(self, name: str, work: Callable[[], Any]) -> Any:
        try:
            result = work()
        except Exception as error:  # a failure must not stop the other parts
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

    scripted = compiler.scripted_unet(job.bundle, manifest, job.device, job.dtype)
    weights = {name: value.detach() for name, value in scripted.state_dict().items()}
    torch.manual_seed(0)
    inputs = example_inputs(config, job.size, config["window"]["frames"], job.device, dtype)
    branches = flags(GUIDED)

    def torchscript() -> dict[str, Any]:
        with torch.jit.optimized_execution(False):
            return with_rate(times(lambda: scripted(*inputs, *branches), job.device, job.repeats))

    report.part("torchscript", torchscript)
    report.part("compiled", lambda: compiled_part(job, manifest, weights, inputs, scripted, with_rate))
    if job.device == "cuda":
        report.part("kernels_of_torchscript",
                    lambda: largest_kernels(lambda: scripted(*inputs, *branches)))  # fmt: skip
    if job.original:
        report.part("original", lambda: original(job, weights, inputs))
    report.part("matrix_product_again", lambda: matrix_product(job.device, dtype))


def main() -> int:
    parser = argparse.ArgumentParser(description="Times one window-step of the U-Net in several forms.")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True, help="file for what was found")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="(cuda)")
    parser.add_argument("--dtype", choices=sorted(DTYPES), default="fp16", help="(fp16)")
    parser.add_argument("--size", type=image_size, default=512, help="px (512)")
    parser.add_argument("--preset", default="full", help="sizes of the original's U-Net (full)")
    parser.add_argument("--original", type=Path, help="checkout of the original, to time it too")
    parser.add_argument("--repeats", type=int, default=7, help="calls that count (7)")
    measure(parser.parse_args())
    return 0


if __name__ == "__main__":
    sys.exit(main())
