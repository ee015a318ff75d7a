# SPDX-License-Identifier: Apache-2.0
"""The official identity network, ArcFace, from ONNX."""

from pathlib import Path

import torch

from hyportrait.export import onnx_network
from hyportrait.export.bundle import BundleError

_INPUT = [3, 112, 112]
_OUTPUTS = 512


def arcface_module(path: Path) -> torch.jit.ScriptModule:
    """arcface.onnx as the bundle's `identity`: face [1,3,112,112], RGB in [0,1] -> [1,512].

    The original feeds it [0,1] as it is (test_preprocess.py:225). Raises BundleError.
    """
    model = onnx_network.read(path)
    inputs = model.graph.input  # none in an empty file, which is a valid ONNX model
    shape = [size.dim_value for size in inputs[0].type.tensor_type.shape.dim][1:] if inputs else []
    if shape != _INPUT:
        raise BundleError(f"{path}: reads images of {shape}, expected {_INPUT}: not ArcFace")
    network = onnx_network.converted(model)
    example = torch.zeros(1, *_INPUT)
    if list(network(example).shape) != [1, _OUTPUTS]:
        raise BundleError(f"{path}: does not give {_OUTPUTS} numbers: not ArcFace")
    return onnx_network.traced(network, example)
