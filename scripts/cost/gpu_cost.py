# SPDX-License-Identifier: Apache-2.0
"""Counts the kernel launches and memory traffic of the compiled U-Net and VAE decoder, without a GPU.

Usage: gpu_cost.py [--preset full] [--size 512] [--arch sm_90] [--json FILE]

Inductor plans the networks of `hyportrait-export compile` in fp16 for a GPU of `--arch`, up to its list of kernels
(absent_gpu.py). Nothing is compiled or run. The U-Net gets one window in two branches, the decoder one chunk.
The report has, for generated kernels and library calls, launches and gigabytes moved, where a kernel reads
each input once and writes each output once; copies that only change a layout, of weights (made at every call)
and of activations; and arithmetic (torch's counter). For some GPUs it predicts a time: arithmetic at 75 % of
the matrix product's rate, plus the generated kernels' bytes at 70 % of the bandwidth. docs/performance.md has
measured times. Takes minutes.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from cost import absent_gpu
from hyportrait.export import compiled_forms
from hyportrait.export.command_line import add_json, image_size, write_json
from hyportrait.export.compile import FixedBranches
from hyportrait.export.networks.vae import VaeDecoder
from hyportrait.export.presets import PRESETS, Preset
from hyportrait.export.unet_call import GUIDED, example_inputs

# Dense fp16 with fp32 sums, TFLOP/s, and bandwidth, TB/s: NVIDIA's data sheets of each (H200 and H100 SXM,
# A100 80GB SXM, L40S; the Ada whitepaper's table for the RTX 4090).
PEAKS = {
    "H200": (989.0, 4.8),
    "H100": (989.0, 3.35),
    "A100": (312.0, 2.04),
    "RTX 4090": (165.2, 1.01),
    "L40S": (362.0, 0.864),
}
MATRIX_SHARE, BANDWIDTH_SHARE = 0.75, 0.70


def unet_of(preset: Preset, size: int) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """The U-Net as `hyportrait-export compile` compiles it for a GPU in fp16, on the meta device, and its inputs."""
    with torch.device("meta"):
        plain = preset.unet()
        unet = FixedBranches(plain, GUIDED).half().eval().requires_grad_(False)
        compiled_forms.prepare(plain, compiled_forms.CUDA_HALF)
    frames = preset.config["window"]["frames"]
    return unet, example_inputs(preset.config, size, frames, "meta", torch.float16)


def decoder_of(preset: Preset, size: int) -> tuple[nn.Module, tuple[Tensor, ...]]:
    with torch.device("meta"):
        decoder = VaeDecoder(preset.vae()).half().eval().requires_grad_(False)
        compiled_forms.prepare_decoder(decoder, compiled_forms.CUDA_HALF)
    latent, side = preset.config["latent"], size // preset.config["latent"]["downsample"]
    shape = (preset.config["decode_chunk"], latent["channels"], side, side)
    return decoder, (torch.empty(shape, dtype=torch.float16, device="meta"),)


def fake_program(module: nn.Module, inputs: tuple[Tensor, ...]) -> torch.export.ExportedProgram:
    mode, cpu = FakeTensorMode(), torch.device("cpu")
    absent_gpu.on_fake(module, mode)
    fakes = tuple(FakeTensor(mode, value, cpu) for value in inputs)
    with torch.no_grad():
        return torch.export.export(module, fakes, strict=False)


def counted(graph: Any) -> dict[str, Any]:
    """Launches, gigabytes and copies of Inductor's plan."""
    from torch._inductor import ir, scheduler

    launches, moved = {"generated": 0, "library": 0}, {"generated": 0, "library": 0}
    copies = {"weights": 0, "activations": 0}
    for node in graph.scheduler.nodes:
        if isinstance(node, scheduler.NopKernelSchedulerNode):
            continue
        library = isinstance(node, scheduler.ExternKernelSchedulerNode)
        if library and isinstance(node.node, ir.MultiOutput):
            continue  # a result of the previous call
        kind = "library" if library else "generated"
        launches[kind] += 1
        moved[kind] += node.get_read_write_buffers_sizes()
        if not library and only_copies(node):
            read = [dep.name for dep in node.read_writes.reads]
            given = all(name in graph.constants or name in graph.graph_inputs for name in read)
            copies["weights" if given else "activations"] += 1
    gigabytes = {kind: bytes_ / 1e9 for kind, bytes_ in moved.items()}
    return {"launches": launches, "gigabytes": gigabytes, "layout_copies": copies}


def only_copies(node: Any) -> bool:
    """Whether a kernel only moves one tensor into another layout."""
    from torch._inductor import scheduler

    parts = node.get_nodes()
    return (
        len(parts) == 1
        and isinstance(parts[0], scheduler.SchedulerNode)
        and not parts[0].is_reduction()
        and len(node.read_writes.reads) == 1
        and set(parts[0]._body.op_counts) <= {"load", "store", "get_index"}
    )


def arithmetic(module: nn.Module, inputs: tuple[Tensor, ...]) -> float:
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        module(*inputs)
    return counter.get_total_flops() / 1e12


def predicted(tflop: float, gigabytes: float) -> dict[str, float]:
    """Milliseconds by GPU."""
    return {
        gpu: 1e3 * tflop / (matrix * MATRIX_SHARE) + gigabytes / (bandwidth * BANDWIDTH_SHARE)
        for gpu, (matrix, bandwidth) in PEAKS.items()
    }


def cost(module: nn.Module, inputs: tuple[Tensor, ...], arch: str) -> dict[str, Any]:
    tflop = arithmetic(module, inputs)
    program = fake_program(module, inputs)
    found: dict[str, Any] = {}
    with absent_gpu.absent_gpu(arch):
        absent_gpu.move_to_gpu(program)
        absent_gpu.planned(program, lambda graph: found.update(counted(graph)))
    return found | {"tflop": tflop, "predicted_ms": predicted(tflop, found["gigabytes"]["generated"])}


def main() -> int:
    parser = argparse.ArgumentParser(description="Counts kernels and bytes of the compiled networks.")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="full", help="sizes (full)")
    parser.add_argument("--size", type=image_size, default=512, help="image size, px (512)")
    parser.add_argument("--arch", choices=sorted(absent_gpu.GPUS), default="sm_90", help="(sm_90)")
    add_json(parser)
    options = parser.parse_args()
    preset = PRESETS[options.preset]()
    report: dict[str, Any] = {"preset": options.preset, "size": options.size, "arch": options.arch}
    try:
        absent_gpu.check_torch()
        for name, made in (("unet", unet_of), ("vae_decoder", decoder_of)):
            report[name] = cost(*made(preset, options.size), options.arch)
    except absent_gpu.AbsentGpuError as error:
        print(f"gpu_cost.py: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2))
    write_json(options.json, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
