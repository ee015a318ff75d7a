# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the two official files that cannot be had: yoloface_v5m.pt and arcface.onnx."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from hyportrait.export.bundle import script
from hyportrait.export.detector import detector_module


class YoloSignature(nn.Module):
    """A YuNet that answers as YOLOv5-face does: image and three grids -> [1,N,16]."""

    def __init__(self, yunet: nn.Module) -> None:
        super().__init__()
        self.yunet = yunet

    def forward(self, image: Tensor, grids: list[Tensor]) -> Tensor:
        cells = sum([grid.shape[2] * grid.shape[3] for grid in grids])
        assert cells == image.shape[2] * image.shape[3] * 21 // 1024
        boxes, scores, landmarks = self.yunet(image)
        centre, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        score = scores.unsqueeze(1)
        rows = torch.cat([centre, size, score.sqrt(), landmarks.flatten(1), score.sqrt()], dim=1)
        return rows.unsqueeze(0)


def write_yolo(path: Path, yunet: Path) -> None:
    script(YoloSignature(detector_module(str(yunet), torch.float32)[0])).save(str(path))


def write_arcface(path: Path) -> None:
    """Input "data" [1,3,112,112] -> [1,512]: one convolution, its mean, one linear layer."""
    generator = np.random.default_rng(0)
    weights = {
        "conv": generator.standard_normal((16, 3, 7, 7)).astype(np.float32) / 12,
        "linear": generator.standard_normal((16, 512)).astype(np.float32) / 4,
    }
    nodes = [
        helper.make_node("Conv", ["data", "conv"], ["features"], strides=[4, 4]),
        helper.make_node("Relu", ["features"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["row"]),
        helper.make_node("MatMul", ["row", "linear"], ["fc1"]),
    ]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, 512])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)]), path)
