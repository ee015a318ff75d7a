# SPDX-License-Identifier: Apache-2.0
"""Compiles a bundle's U-Net for this machine with AOTInductor: what `--engine compiled` runs.

hyportrait-export compile --bundle DIR [--device cpu|cuda] [--dtype fp32|fp16|bf16] [--size N] [--frames N]

Packages hold machine code and no weights. A package fits one U-Net, device type, GPU generation, precision
and size, and processors with the same instructions. It is native code, which the program cannot inspect as it
inspects a bundle's modules. So packages are made on the user's machine, stay in the user's cache, and are
never part of a bundle. Needs a C++ compiler; on a GPU also Triton, which comes with torch.

Each package then computes one window and is compared with the bundle's TorchScript, in a separate process.
The index records the difference; the program does not use a package that failed.
"""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch._inductor.cpp_builder import get_cpp_compiler
from torch._inductor.exc import InvalidCxxCompiler

from hyportrait.export import compiled_forms
from hyportrait.export.bundle import DTYPES, BundleError, build_unet, instantiate, read_manifest
from hyportrait.export.command_line import exit_code, image_size, positive
from hyportrait.export.networks.unet import UNet
from hyportrait.export.unet_call import BRANCHES, EVERYTHING, Branch, example_inputs, flags

# Max distance of a package's result from TorchScript's, relative to the norm of the latter. Both round in
# a different order: on an H200 in fp16 TorchScript itself is 1.9e-3 away from fp32.
BOUNDS = {"fp32": 1e-4, "fp16": 1e-2, "bf16": 5e-2}
# Instruction sets that -march=native may use.
_INSTRUCTIONS = ("avx", "amx", "bmi", "fma", "sse", "f16c", "gfni", "movbe", "popcnt", "adx", "vaes", "vpclmul", "abm")


class FixedBranches(nn.Module):
    """The U-Net with fixed branches, so that all inputs are tensors."""

    def __init__(self, unet: nn.Module, branches: list[Branch]) -> None:
        super().__init__()
        self.unet = unet
        self.has_reference, self.has_motion = flags(branches)

    def forward(self, latents: Tensor, timestep: Tensor, reference: Tensor, appearance: Tensor,
                motion: Tensor, pose_feature: Tensor, added_ids: Tensor) -> Tensor:  # fmt: skip
        return self.unet(latents, timestep, reference, appearance, motion, pose_feature, added_ids,
                         self.has_reference, self.has_motion)  # fmt: skip


def architecture(bundle: Path, config: dict[str, Any]) -> UNet:
    """The U-Net that the manifest describes, without weights. Raises BundleError."""
    where = f"{bundle / 'manifest.json'}: config"
    if "unet" not in config:
        raise BundleError(
            f"{where}: has no section 'unet' with the sizes of the U-Net, which is needed to compile it; "
            "export the bundle again with the scripts of this version"
        )
    try:
        return instantiate(lambda: build_unet(config), torch.float32)
    except (TypeError, ValueError, IndexError) as error:
        raise BundleError(f"{where}: unet: not the sizes of a U-Net: {error}") from error


def load_unet(bundle: Path, manifest: dict[str, Any], device: str, dtype: torch.dtype) -> UNet:
    """The bundle's U-Net as a Python module. Raises BundleError if the weights do not fit it."""
    unet = architecture(bundle, manifest["config"])
    archive = torch.jit.load(str(bundle / manifest["modules"]["unet"]["file"]), map_location="cpu")
    try:
        unet.load_state_dict(archive.state_dict())
    except RuntimeError as error:
        raise BundleError(
            f"{bundle}: the U-Net's weights are not those of hyportrait.export.networks at the manifest's sizes: "
            f"{str(error)[:300]}"
        ) from error
    return unet.to(device, dtype).eval().requires_grad_(False)


def branch_sets(guidance: dict[str, list[float]]) -> list[list[Branch]]:
    """The sets of branches that the steps of this guidance run."""
    sets = [[EVERYTHING]]
    for end in (0, 1):
        appearance, motion = guidance["appearance"][end], guidance["motion"][end]
        weights = (1 - appearance, appearance - motion, motion)
        needed = [branch for branch, weight in zip(BRANCHES, weights) if weight]
        if needed not in sets:
            sets.append(needed)
    return sets


def cache_folder(unet_sha256: str, device: str, dtype: str) -> Path:
    """Where src/nn/compiled.cpp looks for the packages."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not cache.is_absolute():
        cache = Path.home() / ".cache"
    return cache / "hyportrait" / "compiled" / f"{unet_sha256[:32]}-{device}-{dtype}"


def machine(device: str) -> dict[str, Any]:
    """What a package made here depends on: torch's version, instructions, the GPU's generation."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = next((line.split(":")[1].split() for line in file if line.startswith("flags")), [])
    return {
        "torch": torch.__version__.split("+")[0],
        "processor": sorted(flag for flag in flags if flag.startswith(_INSTRUCTIONS)),
        "gpu": "sm_{}{}".format(*torch.cuda.get_device_capability()) if device == "cuda" else None,
    }


def prepared(unet: UNet, device: str, dtype: str) -> dict[str, Any]:
    """Changes the U-Net into the forms to compile. Returns `weights` of the index: for each constant of a
    package, the U-Net's weights that it is concatenated from, and its strides."""
    half = device == "cuda" and dtype != "fp32"
    sources = compiled_forms.prepare(
        unet, compiled_forms.CUDA_HALF if half else compiled_forms.ANY_DEVICE
    )
    values = dict(unet.named_parameters()) | dict(unet.named_buffers())
    return {
        f"unet.{name}": {"of": list(sources[name]), "strides": list(value.stride())}
        for name, value in values.items()
    }


def compile_package(unet: nn.Module, branches: list[Branch], inputs: tuple[Tensor, ...],
                    path: Path) -> None:  # fmt: skip
    with torch.no_grad():
        program = torch.export.export(FixedBranches(unet, branches), inputs, strict=False)
        part = path.with_name("part-" + path.name)
        torch._inductor.aoti_compile_and_package(
            program,
            package_path=str(part),
            inductor_configs={
                "aot_inductor.package_constants_in_so": False,
                "always_keep_tensor_constants": True,  # also for weights with one element
            },
        )
    part.replace(path)


def scripted_unet(bundle: Path, manifest: dict[str, Any], device: str, dtype: str) -> torch.jit.ScriptModule:
    """The bundle's TorchScript U-Net."""
    file = bundle / manifest["modules"]["unet"]["file"]
    return torch.jit.load(str(file), map_location=device).to(DTYPES[dtype]).eval()


def constants(index: dict[str, Any], weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A package's constants, made from the U-Net's weights as `weights` of the index says."""
    made = {}
    for name, source in index["weights"].items():
        parts = [weights[part] for part in source["of"]]
        whole = torch.cat(parts) if len(parts) > 1 else parts[0]
        laid = torch.empty_strided(whole.shape, source["strides"], dtype=whole.dtype, device=whole.device)
        made[name] = laid.copy_(whole)
    return made


def load_package(path: Path, index: dict[str, Any], weights: dict[str, Tensor], device: str) -> Callable[..., Tensor]:
    """The compiled U-Net with these weights."""
    runner = torch._C._aoti.AOTIModelPackageLoader(str(path), "model", False, 1, 0 if device == "cuda" else -1)
    made = constants(index, weights)
    made = {name: made[name] for name in runner.get_constant_fqns()}
    runner.load_constants(made, False, True, True)

    def run(*inputs: Tensor) -> Tensor:
        assert made  # keeps the constants alive: the runner only points to them
        return runner.run(list(inputs))[0]

    return run


def distance(package: Callable[..., Tensor], scripted: torch.jit.ScriptModule, inputs: tuple[Tensor, ...],
             branches: list[Branch]) -> float:  # fmt: skip
    """Distance of the package's result from TorchScript's, relative to the norm of the latter."""
    with torch.inference_mode(), torch.jit.optimized_execution(False):
        found, expected = package(*inputs).float(), scripted(*inputs, *flags(branches)).float()
    return ((found - expected).norm() / expected.norm()).item()


def _send_distance(bundle: Path, path: Path, index: dict[str, Any], branches: list[Branch],
                   shape: tuple[int, int], device: str, dtype: str, result: Any) -> None:  # fmt: skip
    manifest = read_manifest(bundle)
    torch.manual_seed(0)
    inputs = example_inputs(manifest["config"], *shape, device, DTYPES[dtype])
    scripted = scripted_unet(bundle, manifest, device, dtype)
    weights = {name: value.detach() for name, value in scripted.state_dict().items()}
    result.send(distance(load_package(path, index, weights, device), scripted, inputs, branches))


def check_package(bundle: Path, path: Path, index: dict[str, Any], branches: list[Branch],
                  shape: tuple[int, int], device: str, dtype: str) -> dict[str, Any]:  # fmt: skip
    """`check` of a package in the index. It runs in a separate process, since miscompiled code may crash."""
    spawned = multiprocessing.get_context("spawn")
    receiver, sender = spawned.Pipe(duplex=False)
    process = spawned.Process(
        target=_send_distance, args=(bundle, path, index, branches, shape, device, dtype, sender)
    )
    process.start()
    sender.close()
    process.join()
    found = receiver.recv() if receiver.poll() else None
    passed = found is not None and found <= BOUNDS[dtype]  # false for NaN
    check = {"passed": passed, "distance": found, "bound": BOUNDS[dtype]}
    if found is None:
        check["error"] = f"the process that ran it ended with {process.exitcode}"
    return check


def read_index(path: Path, here: dict[str, Any]) -> dict[str, Any]:
    """The index, if its packages were made for this machine; otherwise an empty one."""
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
        if "weights" in known and all(known.get(name) == value for name, value in here.items()):
            return known
    return here | {"packages": []}


def write_index(path: Path, index: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def check_machine(device: str) -> None:
    """Raises BundleError on a machine without a C++ compiler, or without the GPU to compile for."""
    if device == "cuda" and not torch.cuda.is_available():
        raise BundleError("torch sees no GPU that works with CUDA; --device cpu compiles for the processor")
    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        raise BundleError(
            "packages are native code, and no C++ compiler works here (g++, or what CXX names); "
            "install one, such as the package g++ of Debian and Ubuntu"
        ) from None


def compile_bundle(bundle: Path, device: str, dtype: str, size: int | None, frames: int | None) -> Path:
    """Compiles and checks the missing packages; returns their folder."""
    manifest = read_manifest(bundle)
    config = manifest["config"]
    check_machine(device)
    unet = load_unet(bundle, manifest, device, DTYPES[dtype])
    shape = size or config["image_size"], frames or config["window"]["frames"]
    inputs = example_inputs(config, *shape, device, DTYPES[dtype])
    folder = cache_folder(manifest["modules"]["unet"]["sha256"], device, dtype)
    folder.mkdir(parents=True, exist_ok=True)
    index_path = folder / "index.json"
    index = read_index(index_path, machine(device)) | {"weights": prepared(unet, device, dtype)}
    for branches in branch_sets(config["guidance"]):
        name = "".join("u" if not r else "c" if m else "d" for r, m in branches)
        path = folder / f"unet-{shape[0]}px-{shape[1]}f-{name}.pt2"
        if any(entry["file"] == path.name for entry in index["packages"]) and path.exists():
            print(f"{path.name}: exists", file=sys.stderr)
            continue
        print(f"{path.name}: compiling", file=sys.stderr, flush=True)
        compile_package(unet, branches, inputs, path)
        check = check_package(bundle, path, index, branches, shape, device, dtype)
        said = "checked" if check["passed"] else "its check FAILED, so it will not be used"
        print(f"{path.name}: {said}: {json.dumps(check)}", file=sys.stderr, flush=True)
        index["packages"].append({"file": path.name, "check": check,
                                  "flags": list(flags(branches)),
                                  "shapes": [list(value.shape) for value in inputs]})  # fmt: skip
        write_index(index_path, index)
    return folder


def main(program: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(program, description="Compiles a bundle's U-Net for this machine.")
    parser.add_argument("--bundle", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda", help="(cuda)")
    parser.add_argument("--dtype", choices=sorted(DTYPES), help="(fp16 on cuda, fp32 on cpu)")
    parser.add_argument("--size", type=image_size, help="image size, px (the bundle's)")
    parser.add_argument("--frames", type=positive, help="frames of a window (the bundle's)")
    options = parser.parse_args(arguments)
    dtype = options.dtype or ("fp16" if options.device == "cuda" else "fp32")
    return exit_code(
        program,
        lambda: print(compile_bundle(options.bundle, options.device, dtype, options.size, options.frames)),
    )
