# SPDX-License-Identifier: Apache-2.0
"""Face detectors behind one signature: image -> candidate boxes, scores and landmarks.

Candidates leave before non-maximum suppression; thresholds are the bundle's.
"""

from typing import Tuple

import torch
from torch import Tensor, nn

# eyes, nose, mouth corners: of the box's width and height (the 112 px ArcFace template's proportions)
_LANDMARK_PLACES = ((0.30, 0.40), (0.70, 0.40), (0.50, 0.60), (0.33, 0.78), (0.67, 0.78))
_BOX_WIDTH, _BOX_HEIGHT = 0.4, 0.5  # of the image's shorter side

Detections = Tuple[Tensor, Tensor, Tensor]


class CentreDetector(nn.Module):
    """One face of fixed proportions in the middle of every image: a stand-in without weights."""

    def __init__(self) -> None:
        super().__init__()
        self.landmark_places = [list(place) for place in _LANDMARK_PLACES]
        self.box_size = (_BOX_WIDTH, _BOX_HEIGHT)

    def forward(self, image: Tensor) -> Detections:
        """image [1,3,H,W] -> boxes [1,4] x1 y1 x2 y2 px, scores [1], landmarks [1,5,2] px."""
        height, width = image.shape[2], image.shape[3]
        side = min(height, width)
        w, h = self.box_size[0] * side, self.box_size[1] * side
        x, y = (width - w) / 2.0, (height - h) / 2.0
        box = torch.tensor([[x, y, x + w, y + h]], dtype=image.dtype, device=image.device)
        places = torch.tensor(self.landmark_places, dtype=image.dtype, device=image.device)
        size = torch.tensor([w, h], dtype=image.dtype, device=image.device)
        return box, torch.ones_like(box[:, 0]), box[:, None, :2] + places * size
