# SPDX-License-Identifier: Apache-2.0
"""Pools of drawn pictures: groups of people who all make the same motions.

In a group everyone is drawn in the same poses, so the true result of "A moved like B" is in the pool. On a
GPU a pool is drawn in seconds and stays in its memory. On a CPU it is drawn once, in shards, so that an
interrupted run can continue, and memory-mapped.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from train_demo import renderer
from train_demo.identity import sample_identities, select
from train_demo.motion import motion_sequence, rest_motion, sample_motions

PEOPLE = 10  # of a group
PORTRAITS = 2  # the first poses of a group: nearly frontal, as portraits are
POSES = 16  # of a group, with the portraits
NATURAL = 7  # the last poses of a group: from a motion like those in clips
_NATURAL_EVERY = 50  # frames between them, enough for the poses to differ
SHARD_GROUPS = 5
CHECK_GROUPS = 5

# First seeds: training, the ruler's own people, and two held-out sets that are not used in training.
TRAIN, RULER, CHECK, HELD_OUT = 0, 3_000_000, 5_000_000, 2_000_000


@dataclass
class Pool:
    """images uint8 [G, P, M, 3, S, S]; motions [G, M, 14]; landmarks [G, P, M, 5, 2] and boxes
    [G, P, M, 4] in pixels; seeds of the people [G, P]."""

    images: Tensor
    motions: Tensor
    landmarks: Tensor
    boxes: Tensor
    seeds: Tensor

    @property
    def size(self) -> int:
        return self.images.shape[-1]


def group_motions(seed: int) -> Tensor:
    """The poses [POSES, 14] of a group: portraits, free poses, and a few of a natural sequence."""
    free = POSES - PORTRAITS - NATURAL
    natural = motion_sequence(seed, NATURAL * _NATURAL_EVERY)[_NATURAL_EVERY // 2::_NATURAL_EVERY]
    return torch.cat([rest_motion(seed, PORTRAITS), sample_motions(seed, free), natural])


def _draw_groups(first: int, count: int, seed: int, size: int, device: str) -> Pool:
    seeds = torch.arange(first * PEOPLE, (first + count) * PEOPLE) + seed
    motions = torch.stack([group_motions(seed + g) for g in range(first, first + count)])
    people = sample_identities(seeds.tolist())
    each = torch.arange(count * PEOPLE).repeat_interleave(POSES)
    poses = motions[:, None].expand(count, PEOPLE, POSES, -1).reshape(-1, motions.shape[-1])
    images, landmarks, boxes = [], [], []
    step = 640
    for start in range(0, len(each), step):
        drawn = renderer.render(select(people, each[start:start + step]),
                                poses[start:start + step], size, device)
        images.append((drawn.images * 255 + 0.5).to(torch.uint8))
        landmarks.append(drawn.landmarks)
        boxes.append(drawn.boxes)
    shape = (count, PEOPLE, POSES)
    return Pool(torch.cat(images).view(*shape, 3, size, size), motions.to(device),
                torch.cat(landmarks).view(*shape, 5, 2), torch.cat(boxes).view(*shape, 4),
                seeds.view(count, PEOPLE))


def _joined(parts: list[Pool]) -> Pool:
    return Pool(*(torch.cat([getattr(part, name) for part in parts])
                  for name in ("images", "motions", "landmarks", "boxes", "seeds")))


def _draw_shard(path: Path, index: int, seed: int, size: int) -> None:
    pool = _draw_groups(index * SHARD_GROUPS, SHARD_GROUPS, seed, size, "cpu")
    part = path.with_suffix(f".part{os.getpid()}")
    torch.save(vars(pool), part)
    part.replace(path)


def draw_shards(folder: Path, groups: int, seed: int, size: int) -> None:
    """Draws the missing shards of a pool on the CPU, with a compiled renderer: 15 ms for a picture instead of
    55."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = renderer._draw
    renderer._draw = torch.compile(plain, dynamic=False)
    for index in range(-(-groups // SHARD_GROUPS)):
        path = _shard_path(folder, size, seed, index)
        if not path.exists():
            start = time.monotonic()
            _draw_shard(path, index, seed, size)
            print(f"{path.name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    renderer._draw = plain


def load_pool(folder: Path, groups: int, seed: int, size: int, device: str) -> Pool:
    """The first ``groups`` groups of the pool that starts at ``seed``. On a GPU it is drawn now; on a CPU the
    shards in ``folder`` are read, as many as there are. Raises FileNotFoundError if there are none."""
    if device != "cpu":
        return _draw_groups(0, groups, seed, size, device)
    shards = []
    for index in range(-(-groups // SHARD_GROUPS)):
        path = _shard_path(folder, size, seed, index)
        if path.exists():
            shards.append(Pool(**torch.load(path, mmap=True)))
    if not shards:
        raise FileNotFoundError(f"{folder}: no pool of seed {seed}; run draw_pools.py first")
    return _joined(shards) if len(shards) > 1 else shards[0]


def load_pools(work: Path, groups: int, seed: int, size: int, device: str) -> tuple[Pool, Pool]:
    """The pool to train on, and the CHECK pool for the log."""
    folder = work / "pools"
    return load_pool(folder, groups, seed, size, device), load_pool(folder, CHECK_GROUPS, CHECK, size, device)


def _shard_path(folder: Path, size: int, seed: int, index: int) -> Path:
    return folder / f"pool-{size}-{seed}-{index:04d}.pt"


def as_float(images: Tensor) -> Tensor:
    """uint8 pictures as floats in [0, 1]."""
    return images.float() / 255
