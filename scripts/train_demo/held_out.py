# SPDX-License-Identifier: Apache-2.0
"""People and motions not used in training, as the pictures and clips that a user would have."""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from train_demo.identity import sample_identities, select
from train_demo.motion import motion_sequence, rest_motion
from train_demo.pool import HELD_OUT
from train_demo.renderer import Drawing, render
from train_demo.sizes import IMAGE

PEOPLE, MOTIONS, PAIRS, FRAMES = 8, 12, 24, 50
_FRAME_MS = 40


@dataclass
class Pair:
    """The person in the portrait, a motion, and another person who performs it."""

    person: int
    motion: int
    driver: int


@dataclass
class HeldOut:
    """people: identities [8]; motions [12, 50, 14]; portraits [8, 3, S, S] in [0, 1], S the ``size``."""

    people: dict[str, Tensor]
    motions: Tensor
    portraits: Tensor
    pairs: list[Pair]
    size: int

    def draw(self, person: int, motion: int) -> Drawing:
        """The person doing the motion, 50 frames."""
        who = select(self.people, torch.full((FRAMES,), person))
        return render(who, self.motions[motion], self.size)

    def first_frames(self, motion: int) -> Drawing:
        """All people in the motion's first pose."""
        return render(self.people, self.motions[motion, :1].expand(PEOPLE, -1), self.size)


def held_out(seed: int, size: int = IMAGE) -> HeldOut:
    """8 people, 12 motions of 2 s and 24 cross-identity pairs for the evaluation seed ``seed``. Each person
    is animated three times and each motion used twice, always performed by someone else; pictures have a side of
    ``size`` px."""
    base = HELD_OUT + 1000 * seed
    people = sample_identities([base + i for i in range(PEOPLE)])
    motions = torch.stack([motion_sequence(base + 100 + i, FRAMES) for i in range(MOTIONS)])
    portraits = render(people, rest_motion(base + 200, PEOPLE), size).images
    pairs = []
    for index in range(PAIRS):
        person, motion = index % PEOPLE, (index * 5 + index // MOTIONS) % MOTIONS
        driver = (person + 1 + motion % (PEOPLE - 1)) % PEOPLE
        pairs.append(Pair(person, motion, driver))
    return HeldOut(people, motions, portraits, pairs, size)


def to_bytes(pictures: Tensor) -> Tensor:
    """Pictures [N, 3, H, W] in [0, 1] as rows of bytes [N, H, W, 3]."""
    return (pictures.clamp(0, 1) * 255 + 0.5).byte().permute(0, 2, 3, 1).contiguous()


def save_picture(picture: Tensor, path: Path) -> None:
    Image.fromarray(to_bytes(picture[None])[0].numpy()).save(path)


def save_clip(pictures: Tensor, path: Path) -> None:
    """An animated PNG at 25 frames a second: lossless, and needs no encoder."""
    frames = [Image.fromarray(rows.numpy()) for rows in to_bytes(pictures)]
    frames[0].save(path, format="PNG", save_all=True, append_images=frames[1:], duration=_FRAME_MS,
                   loop=1, compress_level=1)


def load_frames(folder: Path) -> Tensor:
    """The numbered PNG files of a folder as pictures [N, 3, H, W] in [0, 1]."""
    paths = sorted(folder.glob("*.png"))
    rows = [torch.frombuffer(bytearray(image.convert("RGB").tobytes()), dtype=torch.uint8)
            .view(image.height, image.width, 3) for image in map(Image.open, paths)]
    return torch.stack(rows).permute(0, 3, 1, 2).float() / 255
