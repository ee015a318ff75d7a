# SPDX-License-Identifier: Apache-2.0
"""Networks from ONNX files. The ONNX libraries take seconds to load, so import this only where needed."""

import warnings
from pathlib import Path

import onnx
import onnx2torch
import torch
from torch import Tensor, nn

from hyportrait.export.bundle import BundleError


def read(path: Path) -> onnx.ModelProto:
    """Raises BundleError for a file that is not there or not ONNX."""
    try:
        return onnx.load(path)
    except FileNotFoundError:
        raise BundleError(f"{path}: not found") from None
    except Exception as error:  # protobuf's parser has its own exceptions
        raise BundleError(f"{path}: not an ONNX model: {error}") from None


def converted(model: onnx.ModelProto) -> nn.Module:
    return onnx2torch.convert(model).eval().requires_grad_(False)


def traced(network: nn.Module, example: Tensor) -> torch.jit.ScriptModule:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecation of TorchScript; shapes that onnx2torch reads
        return torch.jit.trace(network, example, check_trace=False)
