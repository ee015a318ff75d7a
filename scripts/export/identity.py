# SPDX-License-Identifier: Apache-2.0
"""The official identity network, ArcFace, from ONNX."""

import warnings
from pathlib import Path

import onnx
import onnx2torch
import torch

from export.bundle import BundleError

_INPUT = [3, 112, 112]
_OUTPUTS = 512


def arcface_module(path: Path) -> torch.jit.ScriptModule:
    """arcface.onnx as the bundle's `identity`: face [1,3,112,112], RGB in [0,1] -> [1,512].

    The original feeds it [0,1] as it is (test_preprocess.py:225). Raises BundleError.
    """
    try:
        model = onnx.load(path)
    except FileNotFoundError:
        raise BundleError(f"{path}: not found") from None
    except Exception as error:  # protobuf's parser raises its own kinds
        raise BundleError(f"{path}: not an ONNX model: {error}") from None
    inputs = model.graph.input  # none in an empty file, which is a valid ONNX model
    shape = [size.dim_value for size in inputs[0].type.tensor_type.shape.dim][1:] if inputs else []
    if shape != _INPUT:
        raise BundleError(f"{path}: reads images of {shape}, expected {_INPUT}: not ArcFace")
    network = onnx2torch.convert(model).eval().requires_grad_(False)
    example = torch.zeros(1, *_INPUT)
    if list(network(example).shape) != [1, _OUTPUTS]:
        raise BundleError(f"{path}: does not give {_OUTPUTS} numbers: not ArcFace")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecation of TorchScript; shapes that onnx2torch reads
        return torch.jit.trace(network, example, check_trace=False)
