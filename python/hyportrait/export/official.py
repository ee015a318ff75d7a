# SPDX-License-Identifier: Apache-2.0
"""Makes a bundle of the official weights (docs/weights.md).

hyportrait-export official --weights DIR --out models/official [--dtype fp16|fp32|bf16]
"""

import argparse
import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from hyportrait.export.bundle import (
    DTYPES,
    HALF_MODULES,
    BundleError,
    float_name,
    official_config,
)
from hyportrait.export.checkpoint import check_keys, load_strict
from hyportrait.export.command_line import add_output, exit_code, log
from hyportrait.export.detector import detector_module
from hyportrait.export.networks.appearance import Appearance
from hyportrait.export.networks.vae import Vae, VaeDecoder, VaeEncoder
from hyportrait.export.presets import PRESETS, Build, Preset
from hyportrait.export.resumable import ResumableWriter

_HUGGING_FACE = "https://huggingface.co"
_HUNYUAN = f"{_HUGGING_FACE}/tencent/HunyuanPortrait"
_DIFFUSION = f"{_HUGGING_FACE}/stabilityai/stable-video-diffusion-img2vid-xt"
_VAE = "vae/diffusion_pytorch_model"
# name -> (where it comes from, file names; the first existing one is used)
RELEASE: dict[str, tuple[str, tuple[str, ...]]] = {
    **{
        name: (_HUNYUAN, (f"hyportrait/{name}.pth", f"hyportrait/{name}.safetensors"))
        for name in (
            "unet", "pose_guider", "dino", "image_proj", "expression", "headpose", "motion_proj"
        )
    },
    "arcface": (f"{_HUGGING_FACE}/FoivosPar/Arc2Face", ("arcface.onnx",)),
    "yoloface": (f"{_HUGGING_FACE}/LeonJoe13/Sonic", ("yoloface_v5m.pt",)),
    # fp16 first: it is what the original downloads
    "vae": (_DIFFUSION, (f"{_VAE}.fp16.safetensors", f"{_VAE}.safetensors", f"{_VAE}.bin")),
    "vae_config": (_DIFFUSION, ("vae/config.json",)),
    "unet_config": (_DIFFUSION, ("unet/config.json",)),
    "scheduler_config": (_DIFFUSION, ("scheduler/scheduler_config.json",)),
}  # fmt: skip

# Settings that the networks and the sampler assume and that weights' shapes do not show.
_EXPECTED_CONFIG: dict[str, dict[str, Any]] = {
    "vae_config": {"latent_channels": 4, "scaling_factor": 0.18215},
    "unet_config": {
        "block_out_channels": official_config()["unet"]["channels"],
        "num_attention_heads": official_config()["unet"]["heads"],
    },
    "scheduler_config": {"prediction_type": "v_prediction", "sigma_min": 0.002, "sigma_max": 700.0},
}

LICENCE = """\
For academic, research and education use only, never commercial or production use (HunyuanPortrait's licence, Tencent).
HunyuanPortrait (c) 2025 THL A29 Limited, a Tencent company: its licence allows use, change and sharing of code and \
weights for those purposes only; copyright and licence notice go with every copy; no warranty.
Stable Video Diffusion (c) Stability AI Ltd: the VAE is part of this bundle and the U-Net was tuned from it. Its licence \
(non-commercial community or research licence, depending on the release) holds too, with its acceptable use policy.
ArcFace and YOLOv5-face: under the terms of where they came from.
The texts that came with the files decide; this is a summary."""

_BOUND = 1e-5  # file against Python module, both in float32: relative to the largest value
_SIDE = 64  # px, of the images in that check


@dataclass(frozen=True)
class Step:
    """One module of the bundle: from which files, stored in which precision."""

    name: str
    files: tuple[str, ...]  # keys of RELEASE
    dtype: torch.dtype
    build: Callable[[], nn.Module]


def _release_text() -> str:
    """The files of a release, grouped by where they come from."""
    places: dict[str, list[str]] = {}
    for origin, (first, *others) in RELEASE.values():
        instead = f"   (or {', '.join(Path(name).name for name in others)})" if others else ""
        places.setdefault(origin, []).append(f"    {first}{instead}")
    return "\n".join(f"  {origin}\n" + "\n".join(files) for origin, files in places.items())


def find_files(weights: Path) -> dict[str, Path]:
    """The release's files by name. Raises BundleError with one list of everything that is missing."""
    if not weights.is_dir():
        raise BundleError(f"{weights}: not a folder; docs/weights.md says what goes into it")
    found, missing = {}, []
    for name, (origin, choices) in RELEASE.items():
        there = [weights / choice for choice in choices if (weights / choice).is_file()]
        if there:
            found[name] = there[0]
        else:
            missing.append(f"  {' or '.join(choices)}   from {origin}")
    if missing:
        lines = [f"{weights}: {len(missing)} files are missing (docs/weights.md):", *missing]
        raise BundleError("\n".join(lines))
    return found


def check_configs(files: dict[str, Path]) -> None:
    """Raises BundleError unless Stable Video Diffusion's settings are those of img2vid-xt."""
    for name, expected in _EXPECTED_CONFIG.items():
        path = files[name]
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise BundleError(f"{path}: not JSON ({error}); download it again") from None
        for key, value in expected.items():
            if config.get(key) != value:
                raise BundleError(
                    f"{path}: {key} is {config.get(key)}, expected {value}; "
                    f"use the file of {_DIFFUSION}"
                )


def _networks(preset: Preset) -> dict[str, Build]:
    """A builder for every file with a state dict."""
    return {
        "unet": preset.unet,
        "vae": preset.vae,
        "dino": preset.dino,
        "image_proj": preset.projector,
        "expression": preset.expression,
        "headpose": preset.head_pose,
        "motion_proj": preset.motion_refiner,
        "pose_guider": preset.pose_guider,
    }


def steps(files: dict[str, Path], preset: Preset, dtype: torch.dtype) -> list[Step]:
    """The bundle's modules, small ones first; HALF_MODULES in `dtype`, the others in float32."""
    networks = _networks(preset)

    def load(name: str, precision: torch.dtype) -> nn.Module:
        return load_strict(files[name], networks[name], precision)

    def arcface(_: torch.dtype) -> nn.Module:
        from hyportrait.export.identity import arcface_module  # here: it loads the ONNX libraries

        return arcface_module(files["arcface"])

    def appearance(precision: torch.dtype) -> nn.Module:
        dino = load_strict(files["dino"], preset.dino, precision)
        return Appearance(dino, load_strict(files["image_proj"], preset.projector, precision)).eval()

    def vae(precision: torch.dtype) -> Vae:
        return load_strict(files["vae"], preset.vae, precision)

    builds: dict[str, tuple[tuple[str, ...], Callable[[torch.dtype], nn.Module]]] = {
        "face_detector": (("yoloface",), lambda p: detector_module(str(files["yoloface"]), p)[0]),
        "identity": (("arcface",), arcface),
        "head_pose": (("headpose",), lambda p: load("headpose", p)),
        "expression": (("expression",), lambda p: load("expression", p)),
        "motion_refiner": (("motion_proj",), lambda p: load("motion_proj", p)),
        "pose_guider": (("pose_guider",), lambda p: load("pose_guider", p)),
        "vae_encoder": (("vae",), lambda p: VaeEncoder(vae(p)).eval()),
        "vae_decoder": (("vae",), lambda p: VaeDecoder(vae(p)).eval()),
        "appearance": (("dino", "image_proj"), appearance),
        "unet": (("unet",), lambda p: load("unet", p)),
    }
    planned = []
    for name, (sources, build) in builds.items():
        precision = dtype if name in HALF_MODULES else torch.float32
        planned.append(Step(name, sources, precision, partial(build, precision)))
    return planned


def small_inputs(preset: Preset) -> dict[str, list]:
    """Inputs for comparing each file with its Python module."""
    config, channels = preset.config, preset.pose_channels
    count, width = config["tokens"]["count"], config["tokens"]["width"]
    latent, crop = config["latent"]["channels"], config["crop"]["motion_size"]
    h = _SIDE // config["latent"]["downsample"]
    noise = torch.Generator().manual_seed(0)

    def image(n: int, side: int) -> Tensor:
        return torch.rand(n, 3, side, side, generator=noise)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=noise)

    return {
        "face_detector": [image(1, _SIDE)],
        "identity": [image(1, 112)],
        "appearance": [image(1, 224), nn.functional.normalize(normal(1, 512))],
        "expression": [image(1, crop)],
        "head_pose": [image(1, crop)],
        "motion_refiner": [normal(2, 512), torch.tensor(5), torch.tensor(90)],
        "pose_guider": [image(1, _SIDE)],
        "vae_encoder": [image(1, _SIDE)],
        "vae_decoder": [normal(2, latent, h, h)],
        "unet": [
            normal(1, 2, latent, h, h), torch.tensor(0.7), normal(1, latent, h, h),
            normal(1, count, width), normal(1, 2, count, width), normal(1, 1, channels, h, h),
            torch.tensor(config["added_ids"]), [False, True], [False, True],
        ],
    }  # fmt: skip


def _outputs(where: str, module: nn.Module, inputs: list) -> list[Tensor]:
    """The outputs in float32. TorchScript's optimiser is off, as in the program."""
    try:
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            result = module(*inputs)
    except Exception as error:  # TorchScript's exceptions are not all RuntimeErrors
        last = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise BundleError(
            f"{where}: the network fails on a small input ({last[0]}); "
            "is it the file of the official release?"
        ) from None
    return list(result) if isinstance(result, tuple) else [result]


def _verify(expected: list[Tensor], file: Path, inputs: list) -> float:
    """The max difference of the file's outputs from `expected`, relative to the largest value."""
    actual = _outputs(str(file), torch.jit.load(str(file), map_location="cpu").float(), inputs)
    worst = 0.0
    for ours, theirs in zip(actual, expected, strict=True):
        if ours.shape != theirs.shape:
            raise BundleError(f"{file}: gives {list(ours.shape)}, in Python {list(theirs.shape)}")
        if theirs.numel() == 0:
            continue  # a detector that finds nothing
        scale = theirs.abs().max().clamp_min(1e-30)
        error = ((ours - theirs).abs().max() / scale).item()
        if not error <= _BOUND:  # NaN too
            raise BundleError(
                f"{file}: differs from the Python module by {error:g} (at most {_BOUND:g}); "
                "run the same command again, and report it if it stays"
            )
        worst = max(worst, error)
    return worst


def _export(writer: ResumableWriter, step: Step, sources: list[Path], preset: Preset) -> str:
    """Loads, writes, verifies and records one module, then frees it. Returns a line for the log."""
    started = time.monotonic()
    inputs = small_inputs(preset)[step.name]
    module = step.build()
    file = writer.save(step.name, module, step.dtype)
    gc.collect()  # the scripted form: it shares the weights
    names = " and ".join(map(str, sources))
    expected = _outputs(names, module.float(), inputs)  # fp16 on a CPU is slow and may overflow
    del module
    gc.collect()
    error = _verify(expected, file, inputs)
    size = writer.record(step.name, sources, step.dtype)
    gc.collect()
    return (
        f"{size / 1e6:.1f} MB, {float_name(step.dtype)}, verified (difference {error:.1g}), "
        f"{time.monotonic() - started:.0f} s"
    )


def export_official(
    weights: Path, out: Path, dtype: torch.dtype, overwrite: bool, preset: Preset
) -> None:
    """Writes the bundle `out` from the release in `weights`; `preset` has the networks' sizes.

    Reuses the modules that an interrupted run has finished. Raises BundleError.
    """
    writer = ResumableWriter(out, overwrite, preset.config)  # first, since it may refuse `out`
    files = find_files(weights)
    check_configs(files)
    log("checking the files' keys and shapes")
    for name, build in _networks(preset).items():
        check_keys(files[name], build)
    planned = steps(files, preset, dtype)
    with writer:
        for i, step in enumerate(planned):
            label = f"[{i + 1}/{len(planned)}] {step.name}"
            sources = [files[name] for name in step.files]
            if writer.reuse(step.name, sources, step.dtype):
                log(f"{label}: kept from an earlier run")
                continue
            log(f"{label}: {', '.join(str(path) for path in sources)}")
            log(f"{label}: {_export(writer, step, sources, preset)}")
        lines = [
            f"{path.relative_to(weights)} sha256 {writer.source_hash(path)}"
            for path in files.values()
        ]
        made = f"hyportrait-export official --dtype {float_name(dtype)}, from:"
        writer.finish("official", "official", LICENCE, "\n".join([made, *lines]))


def main(program: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        program,
        description="Makes a bundle of the official HunyuanPortrait weights, which you download "
        "yourself.\nThey are for academic, research and education use only: docs/weights.md, which "
        "also has the commands.",
        epilog=f"files in --weights, and where they come from:\n{_release_text()}\n\n"
        "It needs 12 GB of memory, no GPU, and for fp16 5 GB of disk.\n"
        "After an interruption, run the same command again to continue.\n"
        "Exit code: 0 done, 1 failed (the reason is on stderr), 2 usage, 130 stopped with Ctrl-C.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--weights", type=Path, metavar="DIR", required=True, help="folder of the downloads"
    )
    add_output(parser, "folder of the bundle; the program of a checkout looks for models/official")
    parser.add_argument(
        "--dtype",
        choices=list(DTYPES),
        default="fp16",
        help=f"how {', '.join(HALF_MODULES)} are stored (fp16); the others are always fp32",
    )
    options = parser.parse_args(arguments)

    def work() -> None:
        export_official(
            weights=options.weights,
            out=options.out,
            dtype=DTYPES[options.dtype],
            overwrite=options.overwrite,
            preset=PRESETS["full"](),
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        log(f"wrote {options.out}; at most {peak:.1f} GB of memory")

    try:
        return exit_code(program, work)
    except KeyboardInterrupt:
        print(f"{program}: stopped; run the same command again to continue", file=sys.stderr)
        return 130
