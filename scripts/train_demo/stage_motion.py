# SPDX-License-Identifier: Apache-2.0
"""Trains the expression and head-pose networks on the renderer's own parameters.

Trained only through the diffusion loss, a perceiver reads gaze badly. A linear layer that reads the
parameters from the expression vector teaches the convolutions what to look at; it is discarded afterwards.
"""

from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.networks.motion import Bottleneck, ExpressionNetwork
from train_demo.crops import cut, face_square, jitter_boxes, jitter_colours, jitter_landmarks
from train_demo.loop import Stage, channels_last, load_averaged, mixed_precision
from train_demo.motion import MOTION_NAMES, normalise_motion
from train_demo.pool import TRAIN, Pool, as_float, load_pools
from train_demo.ruler import correlation
from train_demo.sizes import EXPRESSION, FACE_TOWARD_BOX, MOTION_SIZE, build_expression, build_head_pose

_HEAD_ALONE = 0.7  # share of the budget after which only the head pose is trained, since it limits the picture most
TRANSLATION = 5.0  # head_pose's translation for a shift of 1 half canvas or a doubled scale
_FACE = ("jaw", "smile", "mouth_width", "eyelid_left", "eyelid_right", "gaze_x", "gaze_y", "brows")
FACE_INDEX = [MOTION_NAMES.index(name) for name in _FACE]


class Reading(nn.Module):
    """Reads motion in [-1, 1] from the expression vector and, since that is learnt faster, from the feature
    maps before its mean, which keep positions. For training only."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(EXPRESSION, len(MOTION_NAMES))
        maps = build_expression().resnet50
        narrow, last = (cast(Bottleneck, layer[-1]).gn3.num_channels for layer in (maps.layer3, maps.layer4))
        side = MOTION_SIZE // 16
        self.narrow = nn.Conv2d(narrow, 24, 1)
        self.layer3 = nn.Linear(24 * side * side, len(MOTION_NAMES))
        self.layer4 = nn.Linear(last * (side // 2) ** 2, len(MOTION_NAMES))

    def forward(self, expression: Tensor) -> Tensor:
        return self.fc(expression)

    def all(self, net: ExpressionNetwork, faces: Tensor) -> Tensor:
        """[3, N, 14]: from the vector, the last map and the map before."""
        resnet = net.resnet50
        maps: list[Tensor] = []
        hooks = [layer.register_forward_hook(lambda module, given, result: maps.append(result))
                 for layer in (resnet.layer3, resnet.layer4)]
        expression = net(faces)
        for hook in hooks:
            hook.remove()
        return torch.stack([self(expression), self.layer4(maps[1].flatten(1)),
                            self.layer3(F.relu(self.narrow(maps[0])).flatten(1))])


def modules() -> nn.ModuleDict:
    return nn.ModuleDict({"expression": channels_last(build_expression()),
                          "head_pose": channels_last(build_head_pose()), "reading": Reading()})


def head_labels(motion: Tensor) -> Tensor:
    """The target of head_pose [N, 6] for motions [N, 14]: degrees, then scaled translation."""
    shift = torch.stack([motion[:, 3], motion[:, 4], motion[:, 5] - 1], 1) * TRANSLATION
    return torch.cat([motion[:, :3], shift], 1)


def head_distance(pose: Tensor, wanted: Tensor) -> Tensor:
    """Smooth L1 distance of head poses [N, 6], with each number in its own unit."""
    apart = (pose - wanted).split([1, 2, 3], 1)
    shares = torch.cat([part / unit for part, unit in zip(apart, (10.0, 8.0, 0.25))], 1)
    return F.smooth_l1_loss(shares, torch.zeros_like(shares), beta=0.1)


def driver_crops(images: Tensor, landmarks: Tensor, boxes: Tensor, generator: torch.Generator,
                 strength: float) -> tuple[Tensor, Tensor]:
    """Face and head crops [N, 3, 128, 128] as in the pipeline, with the paper's colour jitter and with scale,
    shift and rotation of the face crop; ``strength`` 0 disables both."""
    n = len(images)
    if strength > 0:
        images = jitter_colours(images, generator)
        boxes = jitter_boxes(boxes, generator)
        landmarks = jitter_landmarks(landmarks, 0.7 * strength * images.shape[-1] / 192, generator)
    centre, half = face_square(landmarks, boxes, FACE_TOWARD_BOX)
    angle = torch.zeros_like(half)
    if strength > 0:
        noise = torch.randn(n, 4, generator=generator).clamp(-2, 2).to(images) * strength
        centre = centre + noise[:, :2] * 0.04 * half[:, None]
        half, angle = half * torch.exp(0.06 * noise[:, 2]), 0.05 * noise[:, 3]
    faces = cut(images, centre, half, angle, MOTION_SIZE)
    heads = F.interpolate(images, (MOTION_SIZE, MOTION_SIZE), mode="bilinear", antialias=True)
    last = torch.channels_last
    return faces.contiguous(memory_format=last), heads.contiguous(memory_format=last)


@torch.no_grad()
def describe(nets: nn.ModuleDict, pool: Pool) -> str:
    images, landmarks = pool.images.flatten(0, 2), pool.landmarks.flatten(0, 2)
    boxes = pool.boxes.flatten(0, 2)
    motions = pool.motions[:, None].expand(-1, pool.images.shape[1], -1, -1).flatten(0, 2)
    read, heads = [], []
    for part in torch.arange(len(images)).split(60):
        face, head = driver_crops(as_float(images[part]), landmarks[part], boxes[part],
                                  torch.Generator().manual_seed(0), 0.0)
        read.append(nets["reading"](nets["expression"](face)))
        heads.append(nets["head_pose"](head))
    face_r = correlation(torch.cat(read), normalise_motion(motions))
    head_r = correlation(torch.cat(heads), head_labels(motions))
    text = " ".join(f"{name} {face_r[MOTION_NAMES.index(name)]:.3f}" for name in _FACE)
    return f"held-out r {text} | head " + " ".join(f"{value:.3f}" for value in head_r.tolist())


def train(minutes: float, work: Path, device: str, groups: int, size: int) -> None:
    pool, held_out = load_pools(work, groups, TRAIN, size, device)
    torch.manual_seed(2)
    stage = Stage("motion", modules(), work, device, 1.5e-3)
    batch = 24 if device == "cpu" else 256
    weight = torch.full((len(MOTION_NAMES),), 0.3, device=device)
    weight[FACE_INDEX] = 1.0

    def loss_of(seed: int, progress: float) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        g, p, m = (torch.randint(n, (batch,), generator=generator).to(device)
                   for n in pool.images.shape[:3])
        face, head = driver_crops(as_float(pool.images[g, p, m]), pool.landmarks[g, p, m],
                                  pool.boxes[g, p, m], generator, 1.0)
        motion = pool.motions[g, m]
        with mixed_precision(device):
            pose = stage.modules["head_pose"](head).float()
        head_loss = head_distance(pose, head_labels(motion))
        if progress > _HEAD_ALONE:
            return {"loss": head_loss, "head": head_loss}
        with mixed_precision(device):
            reading = cast(Reading, stage.modules["reading"])
            read = reading.all(cast(ExpressionNetwork, stage.modules["expression"]), face).float()
        wanted = normalise_motion(motion).expand_as(read)
        error = F.smooth_l1_loss(read, wanted, beta=0.1, reduction="none")
        by_reading = (error * weight).mean((1, 2))
        return {"loss": by_reading.sum() + 0.5 * head_loss, "face": by_reading[0],
                "maps": by_reading[1:].mean(), "head": head_loss}

    stage.train(minutes, loss_of, lambda: describe(stage.averaged, held_out))


def load_motion(work: Path, device: str) -> nn.ModuleDict:
    """The trained expression and head-pose networks, frozen."""
    return load_averaged("motion", modules(), work, device)
