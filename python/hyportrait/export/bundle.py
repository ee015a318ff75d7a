# SPDX-License-Identifier: Apache-2.0
"""Writes a bundle: TorchScript files and the manifest.json that describes them (docs/model-bundle.md).

A bundle gets its name only when it is complete.
"""

import errno
import fcntl
import gc
import hashlib
import json
import os
import shutil
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import torch
from torch import nn

from hyportrait.export.networks import recipe
from hyportrait.export.networks.unet import UNet
from hyportrait.export.networks.vae import Vae

Module = TypeVar("Module", bound=nn.Module)

FORMAT = 1
DTYPES = {"fp16": torch.float16, "fp32": torch.float32, "bf16": torch.bfloat16}
MODULES = (
    "face_detector",
    "identity",
    "appearance",
    "expression",
    "head_pose",
    "motion_refiner",
    "pose_guider",
    "vae_encoder",
    "vae_decoder",
    "unet",
)
# The modules that run in --dtype. All others run in float32 on every device; for the VAE's encoder the
# original does the same (force_upcast).
HALF_MODULES = ("appearance", "pose_guider", "vae_decoder", "unet")

ANY = -1  # in a shape: any size
_CODE_BYTES = 20_000_000  # upper bound for what a module's file has besides weights
_FLOAT = "float"  # in the table below: the bundle's float type


class BundleError(Exception):
    """What failed, on which input, and what to do."""


def official_config() -> dict[str, Any]:
    """`config` of the official system: the original's config/hunyuan-portrait.yaml and code."""
    return {
        "image_size": 512,
        "latent": {"channels": 4, "scale": 0.18215, "downsample": 8},
        "tokens": {"count": 64, "width": 1024},
        "detector": {
            "min_side": 416,
            "multiple": 32,
            "keep_aspect": False,
            "score": 0.5,
            "nms_iou": 0.45,
        },
        "crop": {"portrait_expand": 1.0, "face_toward_box": 0.45, "motion_size": 256},
        "motion": {"buckets": 128, "bucket_frames": 25, "translation_scale": 0.0},
        "window": {"frames": 25, "overlap": 3, "shift": 3, "padding": 15},
        "sampler": {"steps": 25, "sigma_min": 0.002, "sigma_max": 700.0, "rho": 7.0},
        "guidance": {"appearance": [2.0, 2.0], "motion": [2.0, 2.0]},
        "added_ids": [12.5, 0.0, 0.0],
        "noise": "per_frame",
        "pose_image": "black",
        "decode_chunk": 8,
        "unet": {
            "channels": [320, 640, 1280, 1280],
            "layers": [2, 2, 2, 2],
            "attention": [True, True, True, False],
            "heads": [5, 10, 20, 20],
            "context_width": 1024,
            "added_width": 256,
            "groups": 32,
            "latent_channels": 4,
        },
        "vae": {"channels": [128, 256, 512, 512], "layers": 2, "groups": 32, "latent_channels": 4},
    }


def build_unet(config: dict[str, Any]) -> UNet:
    """The U-Net of section `unet` in a manifest's `config`, without weights."""
    return UNet(**config["unet"])


def build_vae(config: dict[str, Any]) -> Vae:
    """The VAE of section `vae`: encoder and decoder, without weights."""
    return Vae(**config["vae"])


def signatures(config: dict[str, Any]) -> dict[str, tuple[list, list]]:
    """Inputs and outputs of every module as (name, dtype, shape); ANY is any size."""
    pose_channels = config["unet"]["channels"][0] if "unet" in config else ANY  # older bundles have no `unet`
    t, c = config["tokens"]["count"], config["tokens"]["width"]
    z, crop = config["latent"]["channels"], config["crop"]["motion_size"]
    image = ("image", _FLOAT, [ANY, 3, ANY, ANY])
    return {
        "face_detector": (
            [("image", _FLOAT, [1, 3, ANY, ANY])],
            [
                ("boxes", _FLOAT, [ANY, 4]),
                ("scores", _FLOAT, [ANY]),
                ("landmarks", _FLOAT, [ANY, 5, 2]),
            ],
        ),
        "identity": (
            [("face", _FLOAT, [1, 3, 112, 112])],
            [("identity", _FLOAT, [1, 512])],
        ),
        "appearance": (
            [("portrait", _FLOAT, [1, 3, 224, 224]), ("identity", _FLOAT, [1, 512])],
            [("tokens", _FLOAT, [1, t, c])],
        ),
        "expression": (
            [("faces", _FLOAT, [ANY, 3, crop, crop])],
            [("expression", _FLOAT, [ANY, 512])],
        ),
        "head_pose": (
            [("heads", _FLOAT, [ANY, 3, crop, crop])],
            [("pose", _FLOAT, [ANY, 6])],
        ),
        "motion_refiner": (
            [
                ("expression", _FLOAT, [ANY, 512]),
                ("head_bucket", "int64", []),
                ("expression_bucket", "int64", []),
            ],
            [("tokens", _FLOAT, [ANY, t, c - 6])],
        ),
        "pose_guider": ([image], [("feature", _FLOAT, [ANY, pose_channels, ANY, ANY])]),
        "vae_encoder": ([image], [("mean", _FLOAT, [ANY, z, ANY, ANY])]),
        "vae_decoder": ([("latents", _FLOAT, [ANY, z, ANY, ANY])], [image]),
        "unet": (
            [
                ("latents", _FLOAT, [ANY, ANY, z, ANY, ANY]),
                ("timestep", _FLOAT, []),
                ("reference", _FLOAT, [1, z, ANY, ANY]),
                ("appearance", _FLOAT, [1, t, c]),
                ("motion", _FLOAT, [ANY, ANY, ANY, c]),
                ("pose_feature", _FLOAT, [ANY, ANY, pose_channels, ANY, ANY]),
                ("added_ids", _FLOAT, [3]),
                ("has_reference", "bool", [ANY]),
                ("has_motion", "bool", [ANY]),
            ],
            [("velocity", _FLOAT, [ANY, ANY, ANY, z, ANY, ANY])],
        ),
    }


def instantiate(build: Callable[[], Module], dtype: torch.dtype = torch.float32) -> Module:
    """The module in evaluation mode and in `dtype`, with memory allocated once and not yet filled."""
    with torch.device("meta"):
        module = build()
    module = module.to(dtype).to_empty(device="cpu").eval().requires_grad_(False)
    for buffer in module.buffers():
        buffer.zero_()  # integer counters: neither the recipe nor inference uses them
    return module


def seeded(build: Callable[[], Module], seed: int, dtype: torch.dtype = torch.float32) -> Module:
    """The module with the recipe's weights."""
    return recipe.fill(instantiate(build, dtype), seed)


def script(module: nn.Module) -> torch.jit.ScriptModule:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is a decision: docs/adr
        return torch.jit.script(module)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def deflate(file: Path) -> None:
    """Compresses the entries of a TorchScript archive, which torch stores uncompressed. LibTorch reads both.
    It helps where weights have few bits or many zeros."""
    small = file.with_suffix(".deflated")
    with zipfile.ZipFile(file) as stored, zipfile.ZipFile(small, "w") as written:
        for entry in stored.infolist():
            dated = zipfile.ZipInfo(entry.filename)  # 1980, so that the bytes are the same every time
            written.writestr(dated, stored.read(entry), zipfile.ZIP_DEFLATED, 9)
    small.replace(file)


def _reserve(file: Path, size: int) -> None:
    """Raises OSError if the disk has no room for a file of `size` bytes.

    On a full disk torch's writer throws in its destructor, which ends the program.
    """
    with file.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, size)


def _amount(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def float_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _spec(stored: str, name: str, dtype: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "dtype": stored if dtype == _FLOAT else dtype, "shape": shape}


class BundleWriter:
    """Collects modules in a folder beside `out`; finish() renames it to `out`.

    Use as a context manager. Without finish() nothing remains. The next run removes what a killed run left.
    If a file cannot be written, the BundleError says how much space is needed.
    """

    _what_to_do = "make space and run the same command again"

    def __init__(
        self,
        out: Path,
        overwrite: bool,
        config: dict[str, Any],
        dtype: torch.dtype = torch.float32,
        deflated: bool = False,
    ) -> None:
        """`config`: for the manifest; finish() writes it. `deflated`: smaller files that take longer to load,
        for bundles of a few megabytes."""
        if out.exists():
            if not overwrite:
                raise BundleError(f"{out}: exists; choose another --out or pass --overwrite")
            if not (out / "manifest.json").is_file():
                raise BundleError(
                    f"{out}: is not a bundle, so it is not overwritten; choose another --out"
                )
        self._out = out
        self._config = config
        self._signatures = signatures(config)
        self._dtype = dtype
        self._deflated = deflated
        self._folder = out.with_name(f".{out.name}.part")
        self._modules: dict[str, dict[str, Any]] = {}

    @property
    def folder(self) -> Path:
        """Where the files are until finish(); callers may add files of their own."""
        return self._folder

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise BundleError(f"{self._folder}: another export is writing it") from None
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)

    def _begin(self) -> None:
        for path in self._folder.iterdir():  # of a run that was killed
            path.unlink()

    def add(self, name: str, module: nn.Module, dtype: torch.dtype | None = None) -> None:
        """Scripts the module, if it is not scripted yet, and saves it. The module may be freed afterwards.

        `dtype`: of its weights, if not the bundle's.
        """
        scripted = module if isinstance(module, torch.jit.ScriptModule) else script(module)
        file = self._folder / f"{name}.pt"
        weights = sum(value.numel() * value.itemsize for value in scripted.state_dict().values())
        with self._room_for(file, weights + _CODE_BYTES):
            _reserve(file, weights + _CODE_BYTES)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            scripted.save(str(file))
        if self._deflated:
            deflate(file)
        del scripted
        gc.collect()  # scripted modules hold reference cycles, here of gigabytes
        stored = float_name(dtype or self._dtype)
        inputs, outputs = ([_spec(stored, *tensor) for tensor in side] for side in self._signatures[name])
        self._describe(name, file.name, inputs, outputs)

    def copy(self, name: str, source: Path, entry: dict[str, Any]) -> None:
        """Copies one module of another bundle unchanged; `entry` is its part of that bundle's manifest."""
        file = self._folder / f"{name}.pt"
        with self._room_for(file, entry["bytes"]):
            shutil.copyfile(source / entry["file"], file)
        self._describe(name, file.name, entry["inputs"], entry["outputs"])

    def finish(self, name: str, kind: str, licence: str, provenance: str) -> None:
        missing = [module for module in MODULES if module not in self._modules]
        if missing:
            raise BundleError(f"{self._out}: modules missing: {', '.join(missing)}")
        manifest = {
            "format": FORMAT,
            "name": name,
            "kind": kind,
            "licence": licence,
            "provenance": provenance,
            "modules": {module: self._modules[module] for module in MODULES},
            "config": self._config,
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        file = self._folder / "manifest.json"
        with self._room_for(file, len(text)):
            file.write_text(text, encoding="utf-8")
        self._take_name()

    @contextmanager
    def _room_for(self, file: Path, size: int) -> Iterator[None]:
        """Turns the errors of a full disk, or of a file size limit, into a BundleError."""
        try:
            yield
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
                raise
            free = shutil.disk_usage(self._folder).free
            raise BundleError(
                f"{file}: cannot be written ({error.strerror}): {_amount(size)} are needed, "
                f"{_amount(free)} are free; {self._what_to_do}"
            ) from None

    def _take_name(self) -> None:
        if not self._out.exists():
            self._folder.rename(self._out)
            return
        old = self._out.with_name(f".{self._out.name}.old")
        shutil.rmtree(old, ignore_errors=True)  # of a run that was killed
        self._out.rename(old)
        self._folder.rename(self._out)
        shutil.rmtree(old)

    def _describe(self, name: str, file: str, inputs: list, outputs: list) -> None:
        path = self._folder / file
        self._modules[name] = {
            "file": file,
            "sha256": sha256_of(path),
            "bytes": path.stat().st_size,
            "inputs": inputs,
            "outputs": outputs,
        }


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an existing bundle. Raises BundleError if it is missing or has another format."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{path}: not found; {folder} is not a bundle") from None
    except json.JSONDecodeError as error:
        raise BundleError(f"{path}: not JSON: {error}") from None
    if manifest.get("format") != FORMAT:
        raise BundleError(f"{path}: format {manifest.get('format')}, expected {FORMAT}")
    return manifest
