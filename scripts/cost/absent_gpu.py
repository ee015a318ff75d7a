# SPDX-License-Identifier: Apache-2.0
"""Runs Inductor's planning for a GPU that this machine does not have, to list the kernels it would launch.

torch has no option for this. While `absent_gpu` is active, a few functions of torch.cuda are replaced and
shapes are computed with fake tensors. Planning stops just before code generation. This relies on internals of
torch 2.11.0, so `check_torch` rejects other versions. Nothing runs, so nothing here says how fast a kernel
is.
"""

import contextlib
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import torch
import torch.utils._pytree as pytree
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

if TYPE_CHECKING:
    from torch._inductor.graph import GraphLowering

TORCH = "2.11.0"
DEVICE = torch.device("cuda", 0)


class AbsentGpuError(Exception):
    """What does not match, and what to do."""


@dataclass(frozen=True)
class Gpu:
    """A GPU's generation, and what Inductor asks of it (NVIDIA's CUDA C++ Programming Guide 13.0, table of
    technical specifications by compute capability; multiprocessors from the data sheets)."""

    major: int
    minor: int
    multiprocessors: int
    threads_per_multiprocessor: int
    shared_per_multiprocessor: int
    shared_per_block: int


GPUS = {
    "sm_80": Gpu(8, 0, 108, 2048, 167936, 166912),
    "sm_89": Gpu(8, 9, 128, 1536, 102400, 101376),
    "sm_90": Gpu(9, 0, 132, 2048, 233472, 232448),
}


def check_torch() -> None:
    """Raises AbsentGpuError for a torch version whose internals this file was not written for."""
    found = torch.__version__.split("+")[0]
    if found != TORCH:
        raise AbsentGpuError(
            f"torch {found}: this relies on internals of torch {TORCH} and would be wrong on another version; "
            "install scripts/requirements.txt"
        )


class _NoDevice:
    """Replaces torch.cuda.device."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _properties(arch: str) -> types.SimpleNamespace:
    gpu = GPUS[arch]
    return types.SimpleNamespace(
        name=arch,
        major=gpu.major,
        minor=gpu.minor,
        total_memory=80 << 30,
        multi_processor_count=gpu.multiprocessors,
        regs_per_multiprocessor=65536,
        max_threads_per_multi_processor=gpu.threads_per_multiprocessor,
        max_threads_per_block=1024,
        warp_size=32,
        gcnArchName=arch,
        L2_cache_size=50 << 20,
        shared_memory_per_block=49152,
        shared_memory_per_block_optin=gpu.shared_per_block,
        shared_memory_per_multiprocessor=gpu.shared_per_multiprocessor,
        is_integrated=False,
        is_multi_gpu_board=False,
        uuid="0" * 32,
    )


@contextlib.contextmanager
def absent_gpu(arch: str) -> Iterator[None]:
    """torch.cuda answers as if one GPU of `arch` (a key of GPUS) were there. Raises AbsentGpuError."""
    check_torch()
    import torch._inductor.config as config
    from torch._dynamo.device_interface import CudaInterface
    from torch._inductor import graph
    from torch._inductor.fx_passes import fuse_attention, misc_patterns, pad_mm
    from torch._subclasses import fake_tensor

    properties = _properties(arch)
    answers: dict[str, Any] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "set_device": lambda *_: None,
        "get_device_properties": lambda *_: properties,
        "synchronize": lambda *_: None,
        "is_bf16_supported": lambda *_, **__: True,
    }
    random_state: dict[str, Any] = {
        "get_rng_state": lambda *_, **__: torch.zeros(16, dtype=torch.uint8),
        "set_rng_state": lambda *_, **__: None,
    }
    module: dict[str, Any] = answers | random_state | {
        "is_initialized": lambda: True,
        "_lazy_init": lambda: None,
        "get_device_capability": lambda *_: (properties.major, properties.minor),
        "get_device_name": lambda *_: properties.name,
        "_exchange_device": lambda _: 0,
        "_maybe_exchange_device": lambda _: 0,
        "device": _NoDevice,
        "memory_allocated": lambda *_: 0,
        "mem_get_info": lambda *_: (70 << 30, 80 << 30),
    }  # fmt: skip
    interface: dict[str, Any] = {name: staticmethod(answer) for name, answer in answers.items()} | {
        "exchange_device": staticmethod(lambda _: 0),
        "maybe_exchange_device": staticmethod(lambda _: 0),
        "device": _NoDevice,
    }
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.multiple(torch.cuda, **module))
        stack.enter_context(mock.patch.multiple(torch.cuda.random, **random_state))
        stack.enter_context(mock.patch.multiple(CudaInterface, **interface))
        stack.enter_context(mock.patch.object(fake_tensor, "init_gpu_context", lambda *_: None))
        # These three trace their patterns on the GPU. The networks do not contain these patterns: they
        # call attention kernels by name, and none of their matrices has an odd size.
        stack.enter_context(mock.patch.object(fuse_attention, "_sfdp_init", lambda *_, **__: None))
        stack.enter_context(mock.patch.object(pad_mm, "_pad_mm_init", lambda *_, **__: None))
        stack.enter_context(mock.patch.object(misc_patterns, "_misc_patterns_init", lambda *_, **__: None))
        # It compares the addresses of weights, and fake weights have none.
        stack.enter_context(mock.patch.object(graph, "is_same_tensor", lambda one, other: one is other))
        stack.enter_context(config.patch(joint_graph_constant_folding=False,
                                         always_keep_tensor_constants=True))  # fmt: skip
        yield


def on_fake(module: nn.Module, mode: FakeTensorMode) -> None:
    """Gives a module made on the meta device fake weights on the CPU, with the same strides."""
    for part in module.modules():
        tables: tuple[dict[str, Any], ...] = (part._parameters, part._buffers)
        for values in tables:
            for name, value in values.items():
                if value is not None:
                    fake = FakeTensor(mode, value.detach(), torch.device("cpu"))
                    values[name] = (nn.Parameter(fake, requires_grad=False)
                                    if isinstance(value, nn.Parameter) else fake)  # fmt: skip


def move_to_gpu(program: torch.export.ExportedProgram) -> None:
    """Moves every tensor of a program to DEVICE; it was exported with fake tensors on the CPU."""
    mode = next(
        node.meta["val"].fake_mode
        for node in program.graph.nodes
        if isinstance(node.meta.get("val"), FakeTensor)
    )

    def moved(value: Any) -> Any:
        if isinstance(value, torch.device):
            return DEVICE
        if not isinstance(value, Tensor):
            return value
        there = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")
        return FakeTensor(mode, there, DEVICE)

    for module in program.graph_module.modules():
        if not isinstance(module, torch.fx.GraphModule):
            continue
        for node in module.graph.nodes:
            node.args = pytree.tree_map_only(torch.device, moved, node.args)
            node.kwargs = pytree.tree_map_only(torch.device, moved, node.kwargs)
            if "val" in node.meta:
                node.meta["val"] = pytree.tree_map(moved, node.meta["val"])
        module.recompile()
    for name, value in list(program.state_dict.items()):
        program._state_dict[name] = nn.Parameter(moved(value), requires_grad=False)
    for name, value in list(program.constants.items()):
        program._constants[name] = moved(value)
    assert program._example_inputs is not None
    args, kwargs = program._example_inputs
    program._example_inputs = (pytree.tree_map(moved, args), kwargs)


class _Planned(Exception):
    """Stops the compiler once the plan is complete."""


def planned(program: torch.export.ExportedProgram, take: Callable[["GraphLowering"], None]) -> None:
    """Passes Inductor's plan of the program to `take`: the nodes of graph.scheduler, fused and in order."""
    from torch._inductor.graph import GraphLowering

    def stop(graph: GraphLowering) -> None:
        graph.init_wrapper_code()
        graph._update_scheduler()
        take(graph)
        raise _Planned

    with mock.patch.object(GraphLowering, "codegen_with_cpp_wrapper", stop), torch.no_grad():
        try:
            torch._inductor.aoti_compile_and_package(
                program, inductor_configs={"aot_inductor.package_constants_in_so": False}
            )
        except Exception as error:
            if not any(isinstance(cause, _Planned) for cause in _chain(error)):
                raise


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
