# SPDX-License-Identifier: Apache-2.0
"""The stand-in for ArcFace: a small convolutional network of the same signature.

The official bundle's identity network comes from arcface.onnx; seeded and demo bundles use this one.
"""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn


class IdentityNetwork(nn.Module):
    """Four 3x3 convolutions of stride 2, their mean over the image, one linear layer."""

    def __init__(self, width: int = 16, outputs: int = 512) -> None:
        super().__init__()
        sizes = (3, width, 2 * width, 4 * width, 4 * width)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(narrow, wide, 3, stride=2, padding=1) for narrow, wide in pairwise(sizes)
        )
        self.fc = nn.Linear(sizes[-1], outputs)

    def forward(self, face: Tensor) -> Tensor:
        """face [N,3,112,112], RGB in [0,1], aligned -> [N,outputs], not yet of unit length."""
        x = face
        for convolution in self.convolutions:
            x = F.silu(convolution(x))
        return self.fc(x.mean(dim=(2, 3)))
