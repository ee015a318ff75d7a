# SPDX-License-Identifier: Apache-2.0
"""The pipeline's crops in torch, for training; src/face/ cuts the same crops in C++.

Boxes are [N, 4] x1 y1 x2 y2, landmarks [N, 5, 2], both in pixels of square pictures [N, 3, S, S].
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# ArcFace's template for 112 x 112 pixels, as the pipeline uses it (x + 8).
_TEMPLATE = torch.tensor([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366],
                          [41.5493, 92.3655], [70.7299, 92.2041]])


def cut(images: Tensor, centre: Tensor, half: Tensor, angle: Tensor, size: int) -> Tensor:
    """Squares [N, 3, size, size] centred on ``centre`` [N, 2], of half side ``half`` [N] pixels, rotated by
    ``angle`` [N] radians; black outside."""
    scale = half * 2 / images.shape[-1]
    cos, sin = angle.cos() * scale, angle.sin() * scale
    shift = centre * 2 / images.shape[-1] - 1
    matrix = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1),
                          torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    grid = F.affine_grid(matrix, [len(images), 3, size, size], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


def face_square(landmarks: Tensor, first_box: Tensor, toward_box: float) -> tuple[Tensor, Tensor]:
    """Centre [N, 2] and half side [N] of the expression network's crop: the landmarks' range, moved
    toward the first frame's face box, as a square."""
    span = torch.cat([landmarks.amin(1), landmarks.amax(1)], 1)
    box = span + (first_box - span) * toward_box
    sides = box[:, 2:] - box[:, :2]
    return (box[:, :2] + box[:, 2:]) / 2, sides.amax(1) / 2


def jitter_boxes(boxes: Tensor, generator: torch.Generator) -> Tensor:
    """Boxes shifted and scaled a little, as if from another frame of the clip."""
    noise = torch.randn(len(boxes), 3, generator=generator).to(boxes)
    side = (boxes[:, 2:] - boxes[:, :2])
    centre = (boxes[:, 2:] + boxes[:, :2]) / 2 + noise[:, :2].clamp(-2, 2) * 0.09 * side
    half = side / 2 * torch.exp(noise[:, 2:] * 0.08)
    return torch.cat([centre - half, centre + half], 1)


def jitter_landmarks(landmarks: Tensor, pixels: float, generator: torch.Generator) -> Tensor:
    """Landmarks with the errors of a detector."""
    return landmarks + torch.randn(landmarks.shape, generator=generator).to(landmarks) * pixels


def jitter_colours(images: Tensor, generator: torch.Generator) -> Tensor:
    """Random changes of brightness, contrast, saturation and tint, so that a driver's colours carry no
    information (the paper's colour jitter)."""
    n = len(images)
    noise = (torch.rand(n, 6, 1, 1, generator=generator).to(images) * 2 - 1)[..., None]
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * (1 + 0.5 * noise[:, 0])
    images = (images - 0.5) * (1 + 0.25 * noise[:, 1]) + 0.5 + 0.12 * noise[:, 2]
    return (images * (1 + 0.15 * noise[:, 3:6, :, 0].reshape(n, 3, 1, 1))).clamp(0, 1)


def aligned(images: Tensor, landmarks: Tensor) -> Tensor:
    """Faces [N, 3, 112, 112] in the pose of ArcFace's template, by the least-squares similarity
    transform of the five landmarks (Umeyama, 1991)."""
    template = _TEMPLATE.to(landmarks)
    source_mean, target_mean = landmarks.mean(1), template.mean(0)
    source, target = landmarks - source_mean[:, None], template - target_mean
    # as complex numbers, the similarity from template to picture is one factor
    a = (source * target).sum((1, 2))
    b = (target[:, 0] * source[..., 1] - target[:, 1] * source[..., 0]).sum(1)
    norm = (target * target).sum()
    scale, angle = torch.sqrt(a * a + b * b) / norm, torch.atan2(b, a)
    middle = torch.full_like(target_mean, 56.0) - target_mean
    turned = torch.stack([angle.cos() * middle[0] - angle.sin() * middle[1],
                          angle.sin() * middle[0] + angle.cos() * middle[1]], 1)
    return cut(images, source_mean + turned * scale[:, None], 56 * scale, angle, 112)


_LINES = ((0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4))
_COLOURS = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1.0]])


def skeleton(landmarks: Tensor, size: int, points: Tensor, lines: Tensor) -> Tensor:
    """The pose image [N, 3, size, size] as src/face/landmarks_image.h defines it: coloured points and
    grey lines on black; ``points`` [N, 5] and ``lines`` [N, 6] in {0, 1} say which are drawn."""
    step = torch.arange(size, device=landmarks.device) + 0.5
    x, y = step.view(1, 1, size), step.view(1, size, 1)
    image = torch.zeros(len(landmarks), 3, size, size, device=landmarks.device)
    for index, (a, b) in enumerate(_LINES):
        ax, ay = landmarks[:, a, 0, None, None], landmarks[:, a, 1, None, None]
        bx, by = landmarks[:, b, 0, None, None] - ax, landmarks[:, b, 1, None, None] - ay
        t = (((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by).clamp_min(1e-3)).clamp(0, 1)
        distance = torch.sqrt((x - ax - t * bx) ** 2 + (y - ay - t * by) ** 2)
        stroke = (size / 128 + 0.5 - distance).clamp(0, 1) * (128 / 255)
        image = torch.maximum(image, (stroke * lines[:, index, None, None])[:, None])
    for index in range(5):
        px, py = landmarks[:, index, 0, None, None], landmarks[:, index, 1, None, None]
        distance = torch.sqrt((x - px) ** 2 + (y - py) ** 2)
        dot = (size / 64 + 0.5 - distance).clamp(0, 1) * points[:, index, None, None]
        image = torch.maximum(image, torch.stack([dot * value for value in _COLOURS[index].tolist()], 1))
    return image
