#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles a bundle's U-Net for this machine with AOTInductor: what `--engine compiled` runs.

Usage: compile.py --bundle DIR [--device cpu|cuda] [--dtype fp32|fp16|bf16] [--size N] [--frames N]

Packages hold machine code and no weights. They belong to one U-Net, one kind of device and of GPU, one
precision and one size, and to processors that know what this one knows. They are native code, which the
program does not look into as it does into a bundle's modules: so they are made here and kept in the user's
cache, and never come with a bundle. Needs a C++ compiler; on a GPU also Triton, which comes with torch.

Each package then computes one window beside the bundle's own TorchScript, in a process of its own, and the
index says how far they are apart: the program does not take a package that failed.
"""

import argparse
import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch import Tensor, nn

from export import compiled_forms
from export.bundle import DTYPES, BundleError, build_unet, instantiate, read_manifest
from export.seeded_bundle import image_size
from networks.unet import UNet

# Greatest distance of a package's result from TorchScript's, of the norm of the latter. Both round in
# their own order: on an H200 in fp16 TorchScript itself is 1.9e-3 away from fp32.
BOUNDS = {"fp32": 1e-4, "fp16": 1e-2, "bf16": 5e-2}
# What a compiler may use that is told to compile for the processor it runs on.
_INSTRUCTIONS = ("avx", "amx", "bmi", "fma", "sse", "f16c", "gfni", "movbe", "popcnt", "adx", "vaes", "vpclmul", "abm")
# Which conditions a branch has (reference, motion), as src/diffusion/guidance orders them.
_BRANCHES = ((False, False), (True, False), (True, True))


class FixedBranches(nn.Module):
    """The U-Net with its branches settled, and tensors alone as inputs."""

    def __init__(self, unet: nn.Module, branches: list[tuple[bool, bool]]) -> None:
        super().__init__()
        self.unet = unet
        self.has_reference = [reference for reference, _ in branches]
        self.has_motion = [motion for _, motion in branches]

    def forward(self, latents: Tensor, timestep: Tensor, reference: Tensor, appearance: Tensor,
                motion: Tensor, pose_feature: Tensor, added_ids: Tensor) -> Tensor:  # fmt: skip
        return self.unet(latents, timestep, reference, appearance, motion, pose_feature, added_ids,
                         self.has_reference, self.has_motion)  # fmt: skip


def architecture(bundle: Path, config: dict[str, Any]) -> UNet:
    """The U-Net that the manifest describes, without its weights. Raises BundleError."""
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
    """The bundle's U-Net as a Python module. Raises BundleError for weights of another network."""
    unet = architecture(bundle, manifest["config"])
    archive = torch.jit.load(str(bundle / manifest["modules"]["unet"]["file"]), map_location="cpu")
    try:
        unet.load_state_dict(archive.state_dict())
    except RuntimeError as error:
        raise BundleError(
            f"{bundle}: the U-Net's weights are not those of scripts/networks at the manifest's sizes: "
            f"{str(error)[:300]}"
        ) from error
    return unet.to(device, dtype).eval().requires_grad_(False)


def branch_sets(guidance: dict[str, list[float]]) -> list[list[tuple[bool, bool]]]:
    """The branches of guided steps, and those of the steps without guidance."""
    sets = [[_BRANCHES[2]]]
    for end in (0, 1):
        appearance, motion = guidance["appearance"][end], guidance["motion"][end]
        weights = (1 - appearance, appearance - motion, motion)
        needed = [branch for branch, weight in zip(_BRANCHES, weights) if weight]
        if needed not in sets:
            sets.append(needed)
    return sets


def example_inputs(config: dict[str, Any], size: int, frames: int, device: str,
                   dtype: torch.dtype) -> tuple[Tensor, ...]:  # fmt: skip
    """Tensors of the shapes and types that the program gives to a call of one window."""
    side, z = size // config["latent"]["downsample"], config["latent"]["channels"]
    count, width = config["tokens"]["count"], config["tokens"]["width"]
    black = config["pose_image"] == "black"
    pose = (1, 1 if black else frames, config["unet"]["channels"][0], side, side)
    shapes: tuple[tuple[int, ...], ...] = ((1, frames, z, side, side), (1, z, side, side), (1, count, width),
              (1, frames, count, width), pose)  # fmt: skip
    latents, reference, appearance, motion, feature = (
        torch.randn(shape, device=device).to(dtype) for shape in shapes)  # fmt: skip
    return (latents, torch.tensor(0.3, device=device), reference, appearance, motion, feature,
            torch.tensor(config["added_ids"], device=device).to(dtype))  # fmt: skip


def cache_folder(unet_sha256: str, device: str, dtype: str) -> Path:
    """Where src/nn/compiled.cpp looks for the packages."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not cache.is_absolute():
        cache = Path.home() / ".cache"
    return cache / "hyportrait" / "compiled" / f"{unet_sha256[:32]}-{device}-{dtype}"


def machine(device: str) -> dict[str, Any]:
    """What packages made here need: the version of torch, instructions, a generation of GPUs."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = next((line.split(":")[1].split() for line in file if line.startswith("flags")), [])
    return {
        "torch": torch.__version__.split("+")[0],
        "processor": sorted(flag for flag in flags if flag.startswith(_INSTRUCTIONS)),
        "gpu": "sm_{}{}".format(*torch.cuda.get_device_capability()) if device == "cuda" else None,
    }


def prepared(unet: UNet, device: str, dtype: str) -> dict[str, Any]:
    """Changes the U-Net into the forms to compile. Gives `weights` of the index: each constant of a
    package, the U-Net's weights that it is made of (below each other) and its strides."""
    half = device == "cuda" and dtype != "fp32"
    sources = compiled_forms.prepare(
        unet, compiled_forms.CUDA_HALF if half else compiled_forms.ANY_DEVICE
    )
    values = dict(unet.named_parameters()) | dict(unet.named_buffers())
    return {
        f"unet.{name}": {"of": list(sources[name]), "strides": list(value.stride())}
        for name, value in values.items()
    }


def compile_package(unet: nn.Module, branches: list[tuple[bool, bool]], inputs: tuple[Tensor, ...],
                    path: Path) -> None:  # fmt: skip
    with torch.no_grad():
        program = torch.export.export(FixedBranches(unet, branches), inputs, strict=False)
        part = path.with_name("part-" + path.name)
        torch._inductor.aoti_compile_and_package(
            program,
            package_path=str(part),
            inductor_configs={
                "aot_inductor.package_constants_in_so": False,
                "always_keep_tensor_constants": True,  # weights of one number too
            },
        )
    part.replace(path)


def _distance(bundle: Path, path: Path, branches: list[tuple[bool, bool]], shape: tuple[int, int],
              device: str, dtype: str, result: Any) -> None:  # fmt: skip
    """Sends how far the package's window is from TorchScript's, of the norm of the latter."""
    manifest = read_manifest(bundle)
    unet = load_unet(bundle, manifest, device, DTYPES[dtype])
    torch.manual_seed(0)
    inputs = example_inputs(manifest["config"], *shape, device, DTYPES[dtype])
    prepared(unet, device, dtype)
    weights = {f"unet.{name}": value.detach() for name, value in
               [*unet.named_parameters(), *unet.named_buffers()]}  # fmt: skip
    runner = torch._C._aoti.AOTIModelPackageLoader(str(path), "model", False, 1, 0 if device == "cuda" else -1)
    runner.load_constants({name: weights[name] for name in runner.get_constant_fqns()}, False, True, True)
    with torch.no_grad():
        found = runner.run(list(inputs))[0].float()
        scripted = torch.jit.load(str(bundle / manifest["modules"]["unet"]["file"]), map_location=device)
        scripted = scripted.to(DTYPES[dtype])
        with torch.jit.optimized_execution(False):
            expected = scripted(*inputs, *([flags[i] for flags in branches] for i in (0, 1))).float()
    result.send(((found - expected).norm() / expected.norm()).item())


def check_package(bundle: Path, path: Path, branches: list[tuple[bool, bool]], shape: tuple[int, int],
                  device: str, dtype: str) -> dict[str, Any]:  # fmt: skip
    """`check` of a package in the index. In a process of its own: what was compiled wrongly may crash."""
    spawned = multiprocessing.get_context("spawn")
    receiver, sender = spawned.Pipe(duplex=False)
    process = spawned.Process(
        target=_distance, args=(bundle, path, branches, shape, device, dtype, sender)
    )
    process.start()
    sender.close()
    process.join()
    distance = receiver.recv() if receiver.poll() else None
    passed = distance is not None and distance <= BOUNDS[dtype]  # false for NaN
    check = {"passed": passed, "distance": distance, "bound": BOUNDS[dtype]}
    if distance is None:
        check["error"] = f"the process that ran it ended with {process.exitcode}"
    return check


def read_index(path: Path, here: dict[str, Any]) -> dict[str, Any]:
    """The index of packages that were made for what is here; of others nothing is kept."""
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
        if "weights" in known and all(known.get(name) == value for name, value in here.items()):
            return known
    return here | {"packages": []}


def write_index(path: Path, index: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def compile_bundle(bundle: Path, device: str, dtype: str, size: int | None, frames: int | None) -> Path:
    """Compiles and checks what is missing and gives the packages' folder."""
    manifest = read_manifest(bundle)
    config = manifest["config"]
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
            print(f"{path.name}: is there", file=sys.stderr)
            continue
        print(f"{path.name}: compiling", file=sys.stderr, flush=True)
        compile_package(unet, branches, inputs, path)
        check = check_package(bundle, path, branches, shape, device, dtype)
        said = "checked" if check["passed"] else "its check FAILED, so it will not be used"
        print(f"{path.name}: {said}: {json.dumps(check)}", file=sys.stderr, flush=True)
        index["packages"].append({"file": path.name, "check": check,
                                  "flags": [[r for r, _ in branches], [m for _, m in branches]],
                                  "shapes": [list(value.shape) for value in inputs]})  # fmt: skip
        write_index(index_path, index)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description="Compiles a bundle's U-Net for this machine.")
    parser.add_argument("--bundle", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda", help="(cuda)")
    parser.add_argument("--dtype", choices=sorted(DTYPES), help="(fp16 on cuda, fp32 on cpu)")
    parser.add_argument("--size", type=image_size, help="image size, px (the bundle's)")
    parser.add_argument("--frames", type=int, help="frames of a window (the bundle's)")
    options = parser.parse_args()
    dtype = options.dtype or ("fp16" if options.device == "cuda" else "fp32")
    try:
        print(compile_bundle(options.bundle, options.device, dtype, options.size, options.frames))
    except (BundleError, OSError) as error:
        print(f"compile.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
