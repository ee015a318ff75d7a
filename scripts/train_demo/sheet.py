# SPDX-License-Identifier: Apache-2.0
"""Contact sheets: pictures side by side in one file."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor


def save_sheet(images: Tensor, columns: int, path: Path) -> None:
    """Writes images [N, 3, H, W] in [0, 1] row by row, in the format that the suffix names; the last row is padded
    with white."""
    count, _, height, width = images.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * columns, 3, height, width)
    sheet[:count] = images.detach().float().cpu().clamp(0, 1)
    sheet = sheet.view(rows, columns, 3, height, width).permute(0, 3, 1, 4, 2)
    pixels = (sheet.reshape(rows * height, columns * width, 3) * 255 + 0.5).byte()
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.numpy()).save(path)
