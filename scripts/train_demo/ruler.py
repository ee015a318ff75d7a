# SPDX-License-Identifier: Apache-2.0
"""The ruler: a network that reads motion and look from a picture, only for evaluation.

It shares no people, seeds or architecture with the bundle's encoders. It looks twice: at the whole picture at
low resolution, which also finds five landmarks, and then at eyes and mouth, cut out at full resolution. Gaze
and lids are only a few pixels wide; with a single look they were learnt many times slower.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train_demo.crops import aligned
from train_demo.identity import HAIR_STYLES, STYLES
from train_demo.motion import MOTION_NAMES

# The parts of a look that are read: colours and shares directly, styles one-hot.
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


def _layers(widths: tuple[int, ...], strides: tuple[int, ...]) -> nn.Sequential:
    """3x3 convolutions with batch norm and ReLU, from three channels."""
    layers: list[nn.Module] = []
    narrow = 3
    for width, stride in zip(widths, strides):
        layers += [nn.Conv2d(narrow, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        narrow = width
    return nn.Sequential(*layers)


def _flat(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(inputs, outputs), nn.ReLU())


class Ruler(nn.Module):
    """Pictures [N, 3, 192, 192] in [0, 1] -> motion [N, 14] in [-1, 1] and look [N, LOOK_WIDTH]."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = _layers((24, 40, 64, 96, 96), (2, 2, 2, 2, 1))
        self.head = _flat(96 * 6 * 6, 192)
        self.landmarks = nn.Linear(192, 10)
        self.look = nn.Sequential(nn.Linear(96, 128), nn.ReLU(), nn.Linear(128, LOOK_WIDTH))
        self.eyes = _layers((16, 32, 48, 64), (1, 2, 2, 2))
        self.eyes_head = _flat(64 * 6 * 14, 128)
        self.mouth = _layers((16, 32, 48, 64), (1, 2, 2, 2))
        self.mouth_head = _flat(64 * 6 * 10, 96)
        self.motion = nn.Sequential(nn.Linear(192 + 10 + 128 + 96, 192), nn.ReLU(),
                                    nn.Linear(192, len(MOTION_NAMES)))

    def find(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Landmarks [N, 5, 2] in pixels, and features of the whole picture for motion and look."""
        small = F.interpolate(images, (96, 96), mode="bilinear", antialias=True)
        features = self.whole(small * 2 - 1)
        head = self.head(features)
        landmarks = (self.landmarks(head).float().unflatten(1, (5, 2)) + 1) * (SIZE / 2)
        return landmarks, head, self.look(features.mean((2, 3)))

    def read(self, images: Tensor, landmarks: Tensor, head: Tensor) -> Tensor:
        """Motion [N, 14]; eyes and mouth are cut out at ``landmarks``."""
        face = aligned(images, landmarks) * 2 - 1
        eyes = self.eyes_head(self.eyes(face[:, :, 22:70]))
        mouth = self.mouth_head(self.mouth(face[:, :, 64:112, 16:96]))
        places = landmarks.flatten(1) * (2 / SIZE) - 1
        return self.motion(torch.cat([head, places, eyes, mouth], 1))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        landmarks, head, look = self.find(images)
        return self.read(images, landmarks, head), look


def correlation(a: Tensor, b: Tensor) -> Tensor:
    """Pearson correlation of each column of a and b [N, K]."""
    a, b = a - a.mean(0), b - b.mean(0)
    return (a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0)).clamp_min(1e-8)


def slope(result: Tensor, driver: Tensor) -> Tensor:
    """Slope of the least-squares line of each result column over the driver's."""
    result, driver = result - result.mean(0), driver - driver.mean(0)
    return (result * driver).sum(0) / (driver * driver).sum(0).clamp_min(1e-8)
