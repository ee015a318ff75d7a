# SPDX-License-Identifier: Apache-2.0
"""The pose guider: an image of the pose -> a map that is added to the U-Net's first features."""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn


class PoseGuider(nn.Module):
    """Convolutions, one of stride 2 for each step in `channels` (pose_guider.py:32 of the original)."""

    def __init__(
        self, channels: tuple[int, ...] = (16, 32, 96, 256), out_channels: int = 320
    ) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, channels[0], 3, padding=1)
        self.blocks = nn.ModuleList()
        for narrow, wide in pairwise(channels):
            self.blocks.append(nn.Conv2d(narrow, narrow, 3, padding=1))
            self.blocks.append(nn.Conv2d(narrow, wide, 3, padding=1, stride=2))
        self.conv_out = nn.Conv2d(channels[-1], out_channels, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """image [N,3,H,W] in [0,1] -> [N,out_channels,H/8,W/8] (three strides of 2)."""
        x = F.silu(self.conv_in(image))
        for block in self.blocks:
            x = F.silu(block(x))
        return self.conv_out(x)
