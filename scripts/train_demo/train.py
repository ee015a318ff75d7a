# SPDX-License-Identifier: Apache-2.0
"""Trains one stage of the demo bundle: train.py STAGE --work DIR --minutes N [--device cuda].

Stages in order: ruler, vae, motion, identity, detector, diffusion, refine. Each resumes from its
checkpoint in the work folder. README.md in this folder has the thresholds between stages and suggested
budgets.
"""

import argparse
import importlib
import os
import socket
import sys
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch
import torch.distributed as dist
import torch.multiprocessing

STAGES = ("ruler", "vae", "motion", "identity", "detector", "diffusion", "refine")


def train(rank: int, options: argparse.Namespace, port: int) -> None:
    """Runs the stage in this process; ``rank`` is its index among ``options.processes``."""
    torch.set_num_threads(1)
    if options.processes > 1:
        dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank,
                                world_size=options.processes, timeout=timedelta(hours=2))
    if options.device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    stage = importlib.import_module(f"train_demo.stage_{options.stage}")
    stage.train(options.minutes, options.work, options.device, options.groups, options.size)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def main() -> int:
    parser = argparse.ArgumentParser(description="Trains one stage of the demo bundle.")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--work", type=Path, required=True, help="folder of pools and checkpoints")
    parser.add_argument("--minutes", type=float, required=True, help="budget, over all restarts")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    parser.add_argument("--groups", type=int, default=60, help="groups of the pool (60)")
    parser.add_argument("--size", type=int, default=192, help="pixels (192)")
    parser.add_argument("--processes", type=int, default=1, help="on a CPU, one core each (1)")
    options = parser.parse_args()
    if options.processes == 1:
        train(0, options, 0)
    else:
        torch.multiprocessing.spawn(train, (options, free_port()), options.processes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
