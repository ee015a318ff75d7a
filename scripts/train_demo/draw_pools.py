# SPDX-License-Identifier: Apache-2.0
"""Draws the pools for training on a CPU: draw_pools.py --work DIR [--groups N] [--ruler N]."""

import argparse
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch

from train_demo.pool import CHECK, CHECK_GROUPS, RULER, TRAIN, draw_shards


def main() -> int:
    parser = argparse.ArgumentParser(description="Draws the pools that training on a CPU reads.")
    parser.add_argument("--work", type=Path, required=True, help="folder of pools and checkpoints")
    parser.add_argument("--groups", type=int, default=120, help="of the training pool (120)")
    parser.add_argument("--ruler", type=int, default=60, help="groups of the ruler's pool (60)")
    parser.add_argument("--size", type=int, default=192, help="pixels (192)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = options.work / "pools"
    for seed, groups in ((CHECK, CHECK_GROUPS), (RULER, options.ruler), (TRAIN, options.groups)):
        draw_shards(folder, groups, seed, options.size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
