# SPDX-License-Identifier: Apache-2.0
"""Face detectors with one signature: image -> candidate boxes, scores and landmarks.

They return candidates before non-maximum suppression; the thresholds are in the bundle.
"""


import torch
from torch import Tensor, nn

# eyes, nose, mouth corners: of the box's width and height (the 112 px ArcFace template's proportions)
_LANDMARK_PLACES = ((0.30, 0.40), (0.70, 0.40), (0.50, 0.60), (0.33, 0.78), (0.67, 0.78))
_BOX_WIDTH, _BOX_HEIGHT = 0.4, 0.5  # of the image's shorter side

Detections = tuple[Tensor, Tensor, Tensor]


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


class YuNetDetector(nn.Module):
    """YuNet (Wu et al., 2023) behind the bundle's signature.

    `network`: image [1,3,H,W], BGR in 0..255 -> 12 tensors [1,cells,n], for strides 8, 16, 32 each: class
    and objectness scores (n 1), boxes (4), landmarks (10). The decoding is OpenCV's FaceDetectorYN's
    (modules/objdetect/src/face_detect.cpp): offsets from the cell's corner, sizes as logarithms.
    """

    def __init__(self, network: nn.Module, floor: float = 0.3) -> None:
        """Candidates with a score up to `floor` are dropped here, because there are thousands of cells."""
        super().__init__()
        self.network = network
        self.floor = floor
        self.strides = [8, 16, 32]

    def forward(self, image: Tensor) -> Detections:
        """image [1,3,H,W] in [0,1], H and W multiples of 32 -> boxes [N,4], scores [N], landmarks [N,5,2]."""
        raw = self.network(image.flip(1) * 255.0)
        boxes: list[Tensor] = []
        scores: list[Tensor] = []
        landmarks: list[Tensor] = []
        for i, stride in enumerate(self.strides):
            columns = image.shape[3] // stride
            score = torch.sqrt(
                raw[i][0, :, 0].clamp(0.0, 1.0) * raw[i + 3][0, :, 0].clamp(0.0, 1.0)
            )
            kept = torch.nonzero(score > self.floor).squeeze(1)
            x, y = kept % columns, torch.div(kept, columns, rounding_mode="floor")
            corner = torch.stack([x, y], dim=1).to(image.dtype)
            box = raw[i + 6][0, kept]
            centre, half = (corner + box[:, :2]) * stride, torch.exp(box[:, 2:]) * (stride / 2.0)
            boxes.append(torch.cat([centre - half, centre + half], dim=1))
            scores.append(score[kept])
            points = raw[i + 9][0, kept].reshape(-1, 5, 2)
            landmarks.append((points + corner.unsqueeze(1)) * stride)
        return torch.cat(boxes), torch.cat(scores), torch.cat(landmarks)


class YoloFaceDetector(nn.Module):
    """The official YOLOv5-face behind the bundle's signature.

    `network` is the released TorchScript: (image [1,3,H,W] RGB in [0,1], grids of cell places for
    strides 8, 16, 32) -> [1,N,16]: centre, size, objectness, five landmarks, class, in px
    (src/dataset/utils.py:132 and :50 of the original).
    """

    def __init__(self, network: nn.Module, floor: float = 0.5) -> None:
        """Candidates with an objectness up to `floor` are dropped, as in YuNetDetector."""
        super().__init__()
        self.network = network
        self.floor = floor
        self.strides = [8, 16, 32]

    def forward(self, image: Tensor) -> Detections:
        """image [1,3,H,W] in [0,1], sides multiples of 32 -> boxes, scores, landmarks."""
        grids: list[Tensor] = []
        for stride in self.strides:
            rows, columns = image.shape[2] // stride, image.shape[3] // stride
            y = torch.arange(rows, dtype=image.dtype, device=image.device)
            x = torch.arange(columns, dtype=image.dtype, device=image.device)
            grid = torch.stack([x.expand(rows, -1), y.unsqueeze(1).expand(-1, columns)], dim=2)
            grids.append(grid.view(1, 1, rows, columns, 2))
        rows_of_16 = self.network(image, grids)[0]
        kept = rows_of_16[rows_of_16[:, 4] > self.floor]
        centre, half = kept[:, :2], kept[:, 2:4] / 2.0
        boxes = torch.cat([centre - half, centre + half], dim=1)
        return boxes, kept[:, 15] * kept[:, 4], kept[:, 5:15].reshape(-1, 5, 2)


class GridStage(nn.Module):
    """Half the size by a 3x3 convolution, then another around a residual."""

    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(narrow, wide, 3, stride=2, padding=1)
        self.mix = nn.Conv2d(wide, wide, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.down(x))
        return x + torch.relu(self.mix(x))


class FaceGrid(nn.Module):
    """A small network with YuNet's twelve outputs, for YuNetDetector; the demo bundle's.

    A column of stages down to stride 32, with one 1x1 head for each of the strides 8, 16 and 32.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(GridStage(3, width), GridStage(width, 2 * width))
        self.stages = nn.ModuleList(
            GridStage(narrow * width, wide * width) for narrow, wide in ((2, 4), (4, 6), (6, 8))
        )
        self.heads = nn.ModuleList(nn.Conv2d(wide * width, 16, 1) for wide in (4, 6, 8))

    def forward(self, image: Tensor) -> list[Tensor]:
        """image [N,3,H,W], BGR in 0..255 -> class, objectness, box, landmarks, each for 8, 16, 32."""
        x = self.stem(image / 127.5 - 1.0)
        cells: list[Tensor] = []
        for stage, head in zip(self.stages, self.heads):
            x = stage(x)
            cells.append(head(x).flatten(2).transpose(1, 2))
        outputs: list[Tensor] = [torch.sigmoid(cell[..., :1]) for cell in cells]
        outputs += [torch.sigmoid(cell[..., 1:2]) for cell in cells]
        outputs += [cell[..., 2:6] for cell in cells]
        outputs += [cell[..., 6:] for cell in cells]
        return outputs
