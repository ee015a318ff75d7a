#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws a portrait and a driving clip of somebody else, for trying the program without any footage.

    draw_samples.py --out DIR [--seed N] [--frames N] [--size N]

Writes DIR/portrait.png and DIR/clip.mp4 (25 frames a second, H.264, a soft tone as sound). The people and their
motion come from the renderer of scripts/train_demo; needs the ffmpeg program.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch  # noqa: E402
from PIL import Image  # noqa: E402

from train_demo.identity import sample_identities, select  # noqa: E402
from train_demo.motion import motion_sequence, rest_motion  # noqa: E402
from train_demo.renderer import render  # noqa: E402

FRAME_RATE = 25


def to_bytes(images: torch.Tensor) -> torch.Tensor:
    """[N,3,H,W] in [0,1] -> [N,H,W,3] uint8."""
    return (images.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def write_clip(frames: torch.Tensor, path: Path) -> None:
    """frames: [F,S,S,3] uint8. Raises CalledProcessError when ffmpeg fails."""
    side, seconds = frames.shape[1], frames.shape[0] / FRAME_RATE
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{side}x{side}",
               "-r", str(FRAME_RATE), "-i", "-", "-f", "lavfi", "-t", f"{seconds}",
               "-i", "sine=frequency=220:sample_rate=44100,volume=0.1", "-c:v", "libx264", "-crf", "16",
               "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(path)]
    subprocess.run(command, input=frames.numpy().tobytes(), check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=1, help="who and what is drawn [1]")
    parser.add_argument("--frames", type=int, default=50, help="length of the clip [50]")
    parser.add_argument("--size", type=int, default=192, help="side of the pictures, px, even [192]")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    portrait, driver = (sample_identities([10 * arguments.seed + i]) for i in range(2))
    still = render(portrait, rest_motion(arguments.seed, 1), arguments.size).images
    Image.fromarray(to_bytes(still)[0].numpy()).save(arguments.out / "portrait.png")
    motion = motion_sequence(arguments.seed, arguments.frames)
    people = select(driver, torch.zeros(arguments.frames, dtype=torch.long))
    write_clip(to_bytes(render(people, motion, arguments.size).images), arguments.out / "clip.mp4")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
