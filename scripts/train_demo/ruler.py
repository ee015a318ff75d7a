# SPDX-License-Identifier: Apache-2.0
"""The ruler: a network that reads motion and look from a picture, for evaluation only.

It shares neither people, seed nor architecture with the bundle's encoders. Batch norm and a fully
connected head on the last map (a mean over the image would lose where things are).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train_demo.identity import HAIR_STYLES, STYLES
from train_demo.motion import MOTION_NAMES

# What of a look is read: colours and shares as they are, kinds as one number for each.
LOOK_COLOURS = ("skin", "hair", "cloth", "wall", "iris")
LOOK_SHARES = ("glasses", "beard", "head_width", "volume", "back")
LOOK_WIDTH = 3 * len(LOOK_COLOURS) + len(LOOK_SHARES) + len(STYLES) + len(HAIR_STYLES)
SIZE = 192


def look_of(people: dict[str, Tensor]) -> Tensor:
    """The look vector [B, LOOK_WIDTH] of identities, about unit-sized."""
    colours = [people[name] * 2 - 1 for name in LOOK_COLOURS]
    shares = [people[name][:, None] for name in LOOK_SHARES]
    kinds = [F.one_hot(people["style"], len(STYLES)).float(),
             F.one_hot(people["hair_style"], len(HAIR_STYLES)).float()]
    return torch.cat([*colours, *shares, *kinds], 1)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.path(x))


class Ruler(nn.Module):
    """Pictures [N, 3, 192, 192] in [0, 1] -> motion [N, 14] in [-1, 1] and look [N, LOOK_WIDTH]."""

    def __init__(self, widths: tuple[int, ...] = (20, 36, 64, 96, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        narrow = 3
        for index, width in enumerate(widths):
            layers += [nn.Conv2d(narrow, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            if index > 1:
                layers.append(_Residual(width))
            narrow = width
        self.body = nn.Sequential(*layers)
        last = narrow * (SIZE // 2 ** len(widths)) ** 2
        self.motion = nn.Sequential(nn.Dropout(0.1), nn.Linear(last, 192), nn.ReLU(),
                                    nn.Linear(192, len(MOTION_NAMES)))
        self.look = nn.Sequential(nn.Linear(narrow, 128), nn.ReLU(), nn.Linear(128, LOOK_WIDTH))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(images * 2 - 1)
        return self.motion(features.flatten(1)), self.look(features.mean((2, 3)))


def correlation(a: Tensor, b: Tensor) -> Tensor:
    """Pearson correlation of each column of a and b [N, K]."""
    a, b = a - a.mean(0), b - b.mean(0)
    return (a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0)).clamp_min(1e-8)


def slope(result: Tensor, driver: Tensor) -> Tensor:
    """Slope of the least-squares line of each result column over the driver's."""
    result, driver = result - result.mean(0), driver - driver.mean(0)
    return (result * driver).sum(0) / (driver * driver).sum(0).clamp_min(1e-8)
