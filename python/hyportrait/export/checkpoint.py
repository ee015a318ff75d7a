# SPDX-License-Identifier: Apache-2.0
"""Loads a weights file into a network, strictly: every key and shape must match, every value must be finite.

Files are memory-mapped. Tensors that already have the wanted precision are used in place, so loading needs no
more memory than the network's own weights.
"""

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from hyportrait.export.bundle import BundleError, float_name
from hyportrait.export.presets import Build

Module = TypeVar("Module", bound=nn.Module)

_SHOWN = 20  # keys of each kind in an error; a file of another network differs in hundreds


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Key -> tensor, from a .safetensors file or a PyTorch file that holds only tensors.

    Raises BundleError for a file that is truncated, contains code, or holds something else.
    """
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except SafetensorError as error:
            raise BundleError(
                f"{path}: truncated, or not a safetensors file ({error}); download it again"
            ) from None
    state = _unpickled(path)
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise BundleError(
            f"{path}: holds a {type(state).__name__} that is not a table of tensors; "
            "use the file of the official release"
        )
    return state


def _unpickled(path: Path) -> object:
    """Loads with weights_only, so no code of the file runs."""
    zipped = zipfile.is_zipfile(path)  # the directory is at the end, so a truncated file is no zip file
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception as error:  # a damaged pickle may raise anything
        text = str(error)
        if isinstance(error, pickle.UnpicklingError) and "GLOBAL" in text:
            raise BundleError(
                f"{path}: has code in it, so it was not opened; a weights file has only tensors: "
                "use the file of the official release"
            ) from None
        reason = text.splitlines()[0][:200] if text else type(error).__name__
        raise BundleError(
            f"{path}: truncated, or not a PyTorch weights file ({reason}); download it again"
        ) from None


def _listed(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    rest = len(lines) - _SHOWN
    more = [f"    and {rest} more"] if rest > 0 else []
    return [f"  {title} ({len(lines)}):", *(f"    {line}" for line in lines[:_SHOWN]), *more]


def _differences(given: dict[str, Tensor], expected: dict[str, Tensor]) -> list[str]:
    """The differences as lines; an empty list if everything matches."""
    shapes, kinds = [], []
    for key in sorted(given.keys() & expected.keys()):
        found, wanted = given[key], expected[key]
        if found.shape != wanted.shape:
            shapes.append(f"{key}: {list(found.shape)}, expected {list(wanted.shape)}")
        elif found.is_floating_point() != wanted.is_floating_point():
            kinds.append(f"{key}: {float_name(found.dtype)}, expected {float_name(wanted.dtype)}")
    return [
        *_listed("missing keys", sorted(expected.keys() - given.keys())),
        *_listed("unexpected keys", sorted(given.keys() - expected.keys())),
        *_listed("wrong shapes", shapes),
        *_listed("wrong types", kinds),
    ]


def check_keys(path: Path, build: Build) -> None:
    """Raises BundleError unless the file's keys, shapes and types match the network exactly."""
    with torch.device("meta"):
        expected = build().state_dict()
    _refuse_differences(path, read_tensors(path), expected)


def _refuse_differences(
    path: Path, given: dict[str, Tensor], expected: dict[str, Tensor]
) -> None:
    lines = _differences(given, expected)
    if lines:
        other = "" if given.keys() & expected.keys() else ": the file of another network"
        raise BundleError("\n".join([f"{path}: does not fit the network{other}", *lines]))


def _converted(path: Path, key: str, value: Tensor, dtype: torch.dtype) -> Tensor:
    if not value.is_floating_point():
        return value
    converted = value.to(dtype)
    if torch.isfinite(converted).all():
        return converted
    if not torch.isfinite(value).all():
        raise BundleError(f"{path}: {key}: has values that are no numbers; download it again")
    largest = value.abs().max().item()
    raise BundleError(
        f"{path}: {key}: has values up to {largest:g}, too large for {float_name(dtype)}; "
        "choose --dtype bf16 or fp32"
    )


def load_strict(path: Path, build: Callable[[], Module], dtype: torch.dtype) -> Module:
    """The network with the file's weights in `dtype`, for inference. Raises BundleError."""
    with torch.device("meta"):
        module = build()
    given = read_tensors(path)
    _refuse_differences(path, given, module.state_dict())
    state = {key: _converted(path, key, value, dtype) for key, value in given.items()}
    module.load_state_dict(state, strict=True, assign=True)
    return module.eval().requires_grad_(False)
